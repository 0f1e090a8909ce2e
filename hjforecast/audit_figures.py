"""The printed figures of a plan as intervals, and the arithmetic of intervals that the audit rests on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from hjforecast.indicators import Indicator
from hjforecast.plan import Observation, Plan, Target
from hjforecast.rules import IDENTITY
from hjforecast.units import Printed, back_cast, price_change_implied

__all__ = [
    "Figure",
    "Interval",
    "agree",
    "bases",
    "identity_interval",
    "implied_price_change",
    "observed_figure",
    "point",
    "recovered_base",
    "reported",
    "sheets",
    "target_figure",
]

Interval = tuple[float, float]

ABOUT = 0.05
"""Half-width, as a fraction of the figure, of a target printed as 左右 (`~`)."""


@dataclass(frozen=True)
class Figure:
    """One printed figure, the interval of true values that it allows, and where it stands."""

    value: Printed
    low: float
    high: float
    source: str

    @property
    def interval(self) -> Interval:
        """Lowest and highest true value."""
        return self.low, self.high


def point(value: Printed) -> Interval:
    """Return the interval of true values that print like `value`."""
    return value.low, value.high


def agree(first: Interval, second: Interval) -> bool:
    """Return whether two intervals share a value."""
    return max(first[0], second[0]) <= min(first[1], second[1])


def target_figure(value: Printed, comparator: str, source: str) -> Figure:
    """Return a target as a figure: a floor (`>=`, `>`) has no upper end, a ceiling (`<=`) no lower, `~` is wide."""
    low, high = point(value)
    if comparator == "~":
        low, high = min(low, value * (1.0 - ABOUT)), max(high, value * (1.0 + ABOUT))
    elif comparator in (">=", ">"):
        high = math.inf
    elif comparator == "<=":
        low = -math.inf
    return Figure(value, low, high, source)


def observed_figure(item: Observation) -> Figure:
    """Return an observation as a figure."""
    return Figure(item.value, *point(item.value), item.source)


def reported(plan: Plan, name: str) -> tuple[Observation, ...]:
    """Return the observations of an indicator that the plan prints, by year, the preferred one of a year first."""
    found = [item for item in plan.observations if item.indicator == name and item.status == "reported"]
    return tuple(sorted(found, key=lambda item: (item.year, item.vintage != "preferred")))


def bases(plan: Plan, row: Target) -> tuple[Observation, ...]:
    """Return what the plan prints for a target's base year, the preferred figure first."""
    return tuple(item for item in reported(plan, row.indicator) if item.year == row.base_year)


def recovered_base(row: Target) -> tuple[float, Interval] | None:
    """Return the base level that a target's level implies with its growth (or change), and its interval.

    base = level / (1 + growth)^years, or level - change; None where the row prints too little.
    """
    if row.level is None:
        return None
    if row.growth_pct is not None:
        growth = row.growth_pct
        value, low, high = (
            float(back_cast(level, rate / 100.0, row.years))
            for level, rate in ((row.level, growth), (row.level.low, growth.high), (row.level.high, growth.low))
        )
        return value, (low, high)
    if row.cumulative is None:
        return None
    change = row.cumulative
    return row.level - change, (row.level.low - change.high, row.level.high - change.low)


def implied_price_change(nominal: Interval, growth_pct: Printed) -> Interval:
    """Return the price change (fraction) between a nominal growth interval and a printed real growth (%)."""
    low = price_change_implied(nominal[0], growth_pct.high / 100.0)
    high = price_change_implied(nominal[1], growth_pct.low / 100.0)
    return float(low), float(high)


def identity_interval(plan: Plan, item: Indicator, members: Sequence[Interval]) -> Interval | None:
    """Return the lowest and highest value (outside unit) of an identity over its members' intervals (outside units).

    Every form rises or falls steadily in each member, so the ends lie at corners. None where a divisor may be 0.
    """
    scales = [plan.indicators[name].scale for name in item.members]
    ends = [(low / scale, high / scale) for (low, high), scale in zip(members, scales, strict=True)]
    corners = zip(*ends, strict=True) if item.form == "sum" else product(*ends)
    if item.form == "ratio" and ends[1][0] <= 0.0:
        return None
    with np.errstate(invalid="ignore"):
        values = [float(IDENTITY[item.form](*np.array(corner))) * item.scale for corner in corners]
    known = [value for value in values if not math.isnan(value)]
    return (min(known), max(known)) if known else None


def sheets(plan: Plan) -> Iterator[tuple[int, Mapping[str, Figure]]]:
    """Yield each set of printed levels that must fit together, with its year.

    First the observations of each year (with what the last plan is said to have delivered by then), then the target
    levels of each plan and year; there a printed growth of a `compound` stands for its first growth rate.
    """
    delivered = plan.targets_of(plan.previous_outcome)
    for year in sorted({item.year for item in plan.observations}):
        sheet = _levels([row for row in delivered if row.target_year == year])
        history = {name: plan.history(name).get(year) for name in plan.indicators}
        sheet.update(
            {name: observed_figure(seen) for name, seen in history.items() if seen and seen.status == "reported"}
        )
        yield year, sheet
    for plan_id in (plan.previous, plan.id):
        rows = plan.targets_of(plan_id)
        for year in sorted({row.target_year for row in rows}):
            of_year = [row for row in rows if row.target_year == year]
            yield year, {**_growth_rates(plan, of_year), **_levels(of_year)}


def _levels(rows: Sequence[Target]) -> dict[str, Figure]:
    sheet: dict[str, Figure] = {}
    for row in rows:
        if row.level is not None:
            sheet.setdefault(row.indicator, target_figure(row.level, row.comparator, row.source))
    return sheet


def _growth_rates(plan: Plan, rows: Sequence[Target]) -> dict[str, Figure]:
    found = {}
    for row in rows:
        item = plan.indicators[row.indicator]
        if item.form == "compound" and row.growth_pct is not None:
            found[item.members[0]] = target_figure(row.growth_pct, row.comparator, row.source)
    return found
