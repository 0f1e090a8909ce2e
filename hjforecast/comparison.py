"""Scenarios side by side: level, growth, and the difference to a named baseline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from hjforecast.errors import InputError, Problem
from hjforecast.indicators import Indicator
from hjforecast.model import project
from hjforecast.plan import Plan
from hjforecast.projection import Projection
from hjforecast.scenario import Scenario, find_scenario

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "compare", "known_indicators"]

COLUMNS = (
    "scenario", "indicator", "year", "value", "growth_pct", "baseline", "baseline_value", "difference",
    "difference_pct", "unit", "status",
)  # fmt: skip
_RELATIVE = ("level", "count")


def compare(
    plan: Plan,
    scenarios: Iterable[str | Scenario] | None = None,
    *,
    baseline: str | Scenario = "trend",
    years: Iterable[int] | None = None,
    indicators: Iterable[str] | None = None,
    to: int | None = None,
) -> pd.DataFrame:
    """Return one row a scenario, indicator and year, each set against the baseline; also named in `frame.attrs`.

    Columns: scenario, indicator, year, value, growth_pct, baseline, baseline_value, difference, difference_pct, unit,
    status. growth_pct = 100 ((value / base)^(1/n) - 1), n years after the base year; difference = value -
    baseline_value in the indicator's unit (percentage points for shares and growth rates); difference_pct =
    100 difference / baseline_value. The two percentages are blank for shares, growth rates and indices, and where a
    value is not positive; every number is blank where it is unavailable.

    Parameters
    ----------
    plan :
        the plan.
    scenarios :
        ids or Scenarios; all of the plan's by default.
    baseline :
        what the differences are to; it has rows of its own only where `scenarios` names it.
    years :
        years to keep; every year from the base year on by default.
    indicators :
        ids to keep; all by default.
    to :
        last year; the plan's outlook year by default.

    Raises InputError for an unknown scenario, baseline or indicator (with the closest), two scenarios of one id, or
    a year outside the run.
    """
    import pandas as pd

    reference = project(plan, baseline, to=to)
    items = known_indicators(plan, indicators)
    keep = _kept(reference, years)
    rows = [
        row
        for chosen in _distinct(plan, scenarios)
        for row in _rows(project(plan, chosen, to=to), reference, items, keep)
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame.attrs["baseline"] = reference.scenario.id
    return frame


def known_indicators(plan: Plan, names: Iterable[str] | None) -> tuple[Indicator, ...]:
    """Return indicators by id, each once (all where `names` is None); raises InputError with every unknown id."""
    found: dict[str, Indicator] = {}
    problems: list[Problem] = []
    for name in plan.indicators if names is None else names:
        try:
            found[name] = plan.indicator(name)
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    return tuple(found.values())


def _distinct(plan: Plan, scenarios: Iterable[str | Scenario] | None) -> tuple[Scenario, ...]:
    found: dict[str, Scenario] = {}
    for one in plan.scenarios if scenarios is None else scenarios:
        chosen = find_scenario(plan, one)
        if found.setdefault(chosen.id, chosen) != chosen:
            zh, en = "两个不同的情景用了同一个 id；请改名。", "two different scenarios share this id; rename one."
            raise InputError([Problem("compare", 0, "scenario", chosen.id, zh, en)])
    return tuple(found.values())


def _kept(projection: Projection, years: Iterable[int] | None) -> np.ndarray:
    wanted = projection.years if years is None else np.array(sorted({int(year) for year in years}), dtype=int)
    first, last = int(projection.years[0]), int(projection.years[-1])
    outside = wanted[(wanted < first) | (wanted > last)]
    if outside.size:
        zh, en = f"年份应在 {first} 至 {last} 之间。", f"years must lie from {first} to {last}."
        raise InputError([Problem("compare", 0, "years", "、".join(map(str, outside.tolist())), zh, en)])
    return wanted - first


def _rows(
    projection: Projection, reference: Projection, items: Sequence[Indicator], keep: np.ndarray
) -> Iterator[tuple[object, ...]]:
    scenario, named, years = projection.scenario.id, reference.scenario.id, projection.years[keep].tolist()
    for item in items:
        value, baseline = projection.central[item.id], reference.central[item.id]
        difference = value - baseline
        columns = (value, _growth_pct(item, value), baseline, difference, _difference_pct(item, difference, baseline))
        status = [projection.status[item.id][index] for index in keep]
        numbers = zip(years, *(column[keep].tolist() for column in columns), status, strict=True)
        for year, one, growth, other, gap, gap_pct, word in numbers:
            yield scenario, item.id, year, one, growth, named, other, gap, gap_pct, item.unit, word


def _growth_pct(item: Indicator, value: np.ndarray) -> np.ndarray:
    growth = np.full(value.size, np.nan)
    if item.kind in _RELATIVE and value[0] > 0.0:
        after = np.flatnonzero(value > 0.0)
        after = after[after > 0]
        growth[after] = 100.0 * ((value[after] / value[0]) ** (1.0 / after) - 1.0)
    return growth


def _difference_pct(item: Indicator, difference: np.ndarray, baseline: np.ndarray) -> np.ndarray:
    relative = np.full(baseline.size, np.nan)
    if item.kind in _RELATIVE:
        positive = baseline > 0.0
        relative[positive] = 100.0 * difference[positive] / baseline[positive]
    return relative
