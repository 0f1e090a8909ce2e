"""Actual figures put into a plan, from a file or a frame; later vintages of the base kept beside the printed one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hjforecast.errors import InputError, Problem
from hjforecast.loading import COLUMNS, observation_of, read_actuals, split_actuals
from hjforecast.plan import Observation, Plan
from hjforecast.plan_checks import check_plan
from hjforecast.reading import Row
from hjforecast.units import Printed

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "EXAMPLE",
    "Revision",
    "evaluation_year",
    "is_example",
    "plan_up_to",
    "plan_with_actuals",
    "revised_base",
    "revisions",
]

EXAMPLE = "示例，非实际数据"
"""What `source` or `note` of a made-up figure says; reports then carry a banner."""

_NEEDED = ("indicator", "year", "value")
_FILLED = {"status": "reported", "source": "DataFrame"}
_LAST_YEAR = 2200


@dataclass(frozen=True)
class Revision:
    """A later vintage of a figure up to the base year. `old` and `change_pct` are None where none was printed."""

    indicator: str
    year: int
    old: Printed | None
    new: Printed
    change_pct: float | None
    vintage: str
    source: str
    note: str


def plan_with_actuals(plan: Plan, actuals: str | Path | pd.DataFrame | None = None) -> Plan:
    """Return the plan with these actual figures in place of its own (None: its own).

    Parameters
    ----------
    plan : the plan.
    actuals : a CSV file, or a frame, with the columns of `actuals.csv`; a frame may leave out status, vintage,
        source and note.

    Raises InputError with every problem: unknown indicators, impossible values, a year up to the base without a
    vintage, repeated years, no figure at all.
    """
    problems: list[Problem] = []
    if actuals is not None:
        plan = _replaced(plan, actuals, problems)
        problems.extend(check_plan(plan, complete=False))
    name = "actuals.csv" if actuals is None else _file_name(actuals)
    problems.extend(_zero_levels(plan))
    if not problems and not actual_figures(plan):
        zh = f"没有 {plan.base_year} 年以后的实绩；请填写后再评估。"
        en = f"holds no actual figure after {plan.base_year}; fill some in to evaluate."
        problems.append(Problem(name, 0, "", "", zh, en))
    if problems:
        raise InputError(problems)
    return plan


def _file_name(actuals: str | Path | pd.DataFrame) -> str:
    return Path(actuals).name if isinstance(actuals, str | Path) else "DataFrame"


def _replaced(plan: Plan, actuals: str | Path | pd.DataFrame, problems: list[Problem]) -> Plan:
    if isinstance(actuals, str | Path):
        path = Path(actuals)
        found, revised = read_actuals(path, plan.indicators, plan.base_year, problems)
        inputs = {name: digest for name, digest in plan.inputs.items() if name != "actuals.csv"}
        if path.is_file():
            inputs[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    else:
        rows = (observation_of(row, plan.indicators) for row in _rows(actuals, problems))
        found, revised = split_actuals((item for item in rows if item), plan.base_year, problems)
        inputs = dict(plan.inputs)
    printed = tuple(item for item in plan.observations if item.year <= plan.base_year)
    return replace(plan, observations=(*printed, *found), revisions=tuple(revised), inputs=inputs)


def _rows(frame: pd.DataFrame, problems: list[Problem]) -> Iterator[Row]:
    """Yield a frame's rows as those of a file; row 2 is the first, as in a spreadsheet."""
    before = len(problems)
    for name in _NEEDED:
        if name not in frame.columns:
            problems.append(Problem("DataFrame", 1, name, "", "缺少此列；请补上。", "column missing; add it."))
    for name in frame.columns:
        if name not in COLUMNS["baseline"]:
            allowed = "、".join(COLUMNS["baseline"])
            problems.append(Problem("DataFrame", 1, str(name), str(name), f"多余的列；只允许：{allowed}。",
                                    f"unknown column; allowed: {allowed}."))  # fmt: skip
    if len(problems) > before:
        return
    for number, record in enumerate(frame.to_dict("records"), start=2):
        cells = {name: _cell(record.get(name, _FILLED.get(name, ""))) for name in COLUMNS["baseline"]}
        yield Row("DataFrame", number, cells, problems)


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None or value != value:  # NaN is not itself
        return ""
    if isinstance(value, float | np.floating):
        return np.format_float_positional(float(value), trim="-")
    return str(value)


def actual_figures(plan: Plan) -> tuple[Observation, ...]:
    """Return the plan's observations after its base year."""
    return tuple(item for item in plan.observations if item.year > plan.base_year)


def _zero_levels(plan: Plan) -> Iterator[Problem]:
    """Yield the levels that fall to nothing from a positive base: a missing figure entered as 0."""
    for item in actual_figures(plan):
        base = plan.base(item.indicator)
        if plan.indicator(item.indicator).kind == "level" and float(item.value) == 0.0 and base and base.value > 0.0:
            zh = f"水平类指标不会由 {float(base.value):g} 降为 0；没有数据请删去此行，不要填 0。"
            en = f"a level does not fall from {float(base.value):g} to 0; where there is no figure delete the row."
            yield Problem(item.file, item.row, "value", "0", zh, en)


def evaluation_year(plan: Plan, year: int | None = None) -> int:
    """Return the year to evaluate at: `year`, or that of the latest actual figure.

    Raises InputError for a year that is not after the base year, or before the first actual figure.
    """
    years = [item.year for item in actual_figures(plan)]
    if year is None:
        return max(years)
    if not plan.base_year < year <= _LAST_YEAR:
        zh, en = f"应晚于基期 {plan.base_year} 年。", f"must come after the base year {plan.base_year}."
        raise InputError([Problem("evaluate", 0, "year", str(year), zh, en)])
    if year < min(years):
        zh = f"最早的实绩是 {min(years)} 年；请换一个年份。"
        en = f"the first actual figure is of {min(years)}; choose another year."
        raise InputError([Problem("evaluate", 0, "year", str(year), zh, en)])
    return year


def plan_up_to(plan: Plan, year: int) -> Plan:
    """Return the plan without figures after `year`, as a projection from that year may know it.

    Of a growth rate only the unbroken run of years from the base counts: after a gap no level could be computed.
    """
    kept = tuple(item for item in plan.observations if item.year <= year and not _after_gap(plan, item))
    return replace(plan, observations=kept)


def _after_gap(plan: Plan, item: Observation) -> bool:
    if plan.indicator(item.indicator).kind != "growth" or item.year <= plan.base_year:
        return False
    return any(year not in plan.history(item.indicator) for year in range(plan.base_year + 1, item.year))


def revisions(plan: Plan) -> tuple[Revision, ...]:
    """Return every revision of a figure up to the base year beside what the plan printed, in file order."""
    return tuple(_revision(plan, item) for item in plan.revisions)


def _revision(plan: Plan, item: Observation) -> Revision:
    seen = plan.history(item.indicator).get(item.year)
    old = seen.value if seen is not None else None
    change = 100.0 * (item.value / old - 1.0) if old else None
    return Revision(item.indicator, item.year, old, item.value, change, item.vintage, item.source, item.note)


def revised_base(plan: Plan, name: str, year: int) -> Revision | None:
    """Return the last revision of an indicator's figure of `year`, None where there is none."""
    found = [item for item in revisions(plan) if (item.indicator, item.year) == (name, year)]
    return found[-1] if found else None


def is_example(found: Iterable[Observation]) -> bool:
    """Return whether any of these figures says that it is made up."""
    return any(EXAMPLE in item.source or EXAMPLE in item.note for item in found)
