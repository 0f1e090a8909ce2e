"""Targets against a projection: what is reached, by how much it is missed, and the growth it takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hjforecast.indicators import Indicator
from hjforecast.plan import Target
from hjforecast.projection import Projection
from hjforecast.run import GDP, REAL
from hjforecast.units import Printed, growth_average

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Gap", "average_growth", "gaps", "is_met", "met_between", "target_gaps"]

_ARITHMETIC = 1e-9
"""What a path drawn to a figure may miss it by, a share of it."""


@dataclass(frozen=True)
class Gap:
    """One target set against the central path; figures in the indicator's unit, or % where `measure` is a growth.

    `measure` is `level`, `growth` (yearly average over the plan) or `change` (the bracketed cumulative one).
    `central`, `gap` and `met` are None where no path reaches the target year.
    """

    indicator: str
    target_year: int
    measure: str
    comparator: str
    target: Printed
    central: float | None
    gap: float | None
    met: bool | None
    required_growth_pct: float | None
    binding: str
    status: str
    source: str


def met_between(comparator: str, target: Printed, better: str = "up") -> tuple[float, float]:
    """Return the lowest and highest value that meet a target, infinite where any will do.

    A bound (`>=`, `>`, `<=`) is the exact number that it prints; of `=` and `~` half a unit of the last printed decimal
    counts in the value's favour, and they mean at least the target where more is better, at most where less is, and
    the same otherwise. A central path cannot pass a bound that it is drawn to, so `>` counts as met at the figure itself.
    """
    slack = _ARITHMETIC * max(abs(float(target)), 1.0)
    if comparator in (">", ">="):
        return float(target) - slack, np.inf
    if comparator == "<=":
        return -np.inf, float(target) + slack
    low, high = (target.low, np.inf) if better == "up" else (-np.inf, target.high)
    return (low, high) if better in ("up", "down") else (target.low, target.high)


def is_met(central: float, comparator: str, target: Printed, better: str = "up") -> bool:
    """Return whether a value meets a target (see `met_between`)."""
    low, high = met_between(comparator, target, better)
    return low <= central <= high


def average_growth(projection: Projection, name: str, year: int) -> float | None:
    """Return the yearly growth (%) from the base year to `year`: of the level, or the mean of a growth rate.

    None where either end has no value or is not positive.
    """
    item, base = projection.plan.indicator(name), projection.plan.base_year
    index = year - base
    if not 0 < index < projection.years.size:
        return None
    if item.kind == "growth":
        rates = projection.central[name][1 : index + 1] / 100.0
        mean = float(np.prod(1.0 + rates) ** (1.0 / index) - 1.0)
        return None if np.isnan(mean) else 100.0 * mean
    start, end = projection.central[name][0], projection.central[name][index]
    return 100.0 * float(growth_average(start, end, index)) if start > 0.0 and end > 0.0 else None


def gaps(projection: Projection) -> Iterator[Gap]:
    """Yield a Gap for each quantified target of the plan within the projected years, in file order.

    GDP's level is at current prices and its growth at constant ones, so they count as two targets.
    """
    plan = projection.plan
    for row in plan.targets_of(plan.id):
        item = plan.indicator(row.indicator)
        if not row.quantified or row.target_year > projection.years[-1]:
            continue
        if row.level is not None:
            yield _level_gap(projection, item, row)
            if item.id == GDP and row.growth_pct is not None and REAL in plan.indicators:
                yield _growth_gap(projection, item, row, REAL)
        elif row.growth_pct is not None:
            yield _growth_gap(projection, item, row, REAL if item.id == GDP and REAL in plan.indicators else item.id)
        else:
            yield _change_gap(projection, item, row)


def _gap(
    item: Indicator, row: Target, measure: str, target: Printed, central: float | None, need: float | None, status: str
) -> Gap:
    gap = None if central is None else central - float(target)
    met = None if central is None else is_met(central, row.comparator, target, item.better)
    return Gap(
        item.id,
        row.target_year,
        measure,
        row.comparator,
        target,
        central,
        gap,
        met,
        need,
        row.binding,
        status,
        row.source,
    )


def _level_gap(projection: Projection, item: Indicator, row: Target) -> Gap:
    assert row.level is not None
    if item.kind == "growth":
        return _growth_gap(projection, item, row, item.id, row.level)
    central = _central(projection, item.id, row.target_year)
    start = projection.central[item.id][0]
    positive = item.kind in ("level", "count") and start > 0.0 and row.level > 0.0
    need = (
        100.0 * float(growth_average(start, float(row.level), row.target_year - projection.plan.base_year))
        if positive
        else None
    )
    return _gap(item, row, "level", row.level, central, need, projection.status_of(item.id, row.target_year))


def _growth_gap(projection: Projection, item: Indicator, row: Target, of: str, target: Printed | None = None) -> Gap:
    wanted = target if target is not None else row.growth_pct
    assert wanted is not None
    central = average_growth(projection, of, row.target_year)
    return _gap(item, row, "growth", wanted, central, float(wanted), projection.status_of(of, row.target_year))


def _change_gap(projection: Projection, item: Indicator, row: Target) -> Gap:
    assert row.cumulative is not None
    end = _central(projection, item.id, row.target_year)
    start = _central(projection, item.id, row.base_year)
    central = end - start if end is not None and start is not None else None
    if central is not None and item.adds_up:
        first = row.base_year - projection.plan.base_year + 1
        central = float(projection.central[item.id][first : first + row.years].sum())
    status = projection.status_of(item.id, row.target_year) if central is not None else "unavailable"
    return _gap(item, row, "change", row.cumulative, central, None, status)


def _central(projection: Projection, name: str, year: int) -> float | None:
    return None if projection.status_of(name, year) == "unavailable" else projection.value(name, year)


def target_gaps(projection: Projection) -> pd.DataFrame:
    """Return the plan's targets against a projection, one row each; columns as in `Gap`, `scenario` first."""
    import pandas as pd

    frame = pd.DataFrame([vars(gap) for gap in gaps(projection)], columns=list(Gap.__dataclass_fields__))
    frame["target"] = frame["target"].astype(float)
    frame.insert(0, "scenario", projection.scenario.id)
    return frame
