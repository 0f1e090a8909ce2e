"""One projection in the making: the paths found so far and the levers in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from hjforecast.assumptions import IMPLIED
from hjforecast.delivery import delivery_ratio
from hjforecast.indicators import Indicator
from hjforecast.industry import assumed_base
from hjforecast.levers import delivery_levers
from hjforecast.plan import Plan, Target
from hjforecast.scenario import Setting, values_at
from hjforecast.units import compound, growth_summing_to, link, unlink

__all__ = ["GDP", "PRICE", "REAL", "Run", "already_met", "full_goal", "target_base"]

GDP, REAL, PRICE = "gdp", "gdp_real_growth", "gdp_price_change"


@dataclass
class Run:
    """Inside units throughout: fractions for shares and growth. Index 0 of every path is the base year.

    `assumed` names the indicators whose path rests on a figure that nobody printed.
    """

    plan: Plan
    settings: Mapping[str, Setting]
    years: np.ndarray
    paths: dict[str, np.ndarray] = field(default_factory=dict)
    assumed: set[str] = field(default_factory=set)

    @property
    def horizon(self) -> int:
        """Index of the target year."""
        return self.plan.target_year - self.plan.base_year

    def lever(self, name: str) -> float | None:
        """Return a plain-number lever, None where the scenario leaves it alone."""
        value = self.settings.get(name)
        return value if isinstance(value, float) else None

    def lever_path(self, name: str, *, hold: bool = False) -> np.ndarray:
        """Return a lever by projected year (index 0 is the first year after the base), NaN where unset."""
        return values_at(self.settings.get(name), self.years[1:], hold=hold)

    def elasticity(self, name: str, default: float | None = None) -> float:
        """Return the elasticity of a follower: the lever, else the plan's assumption, else `default`.

        Without a `default` the plan's `elasticity.default` rules: a number, or `implied` by the plan's own targets.
        """
        lever = self.lever(f"elasticity.{name}")
        if lever is not None:
            return lever
        stated = self.plan.assumption(f"elasticity.{name}", IMPLIED if default is None else default)
        if stated == IMPLIED:
            stated = self.plan.assumption("elasticity.default", 1.0)
        return self._implied_elasticity(name) if stated == IMPLIED else float(stated)

    def _implied_elasticity(self, name: str) -> float:
        """Return planned log change / the driver's planned log change, 1 where the plan prints not both."""
        item = self.plan.indicators[name]
        changes = [self._planned_log_change(self.plan.indicators[one]) for one in (name, *item.members[:1])]
        if len(changes) < 2 or changes[0] is None or not changes[1]:
            return 1.0
        return float(np.clip(changes[0] / changes[1], -5.0, 5.0))

    def _planned_log_change(self, item: Indicator) -> float | None:
        base, target = self.observed(item)[0], self.plan.target(item.id)
        full = full_goal(item, target, target_base(self.plan, item, target, base)) if target is not None else None
        return float(np.log(full / base)) if full and base > 0.0 else None

    def delivered(self, item: Indicator) -> float | None:
        """Return the share of its planned change that an indicator delivers, None where it follows no target."""
        for name in delivery_levers(item):
            if name in self.settings:
                value = self.settings[name]
                return delivery_ratio(self.plan, item.id) if value == "record" else float(value)  # type: ignore[arg-type]
        return 1.0 if item.rule == "target" else None

    def observed(self, item: Indicator) -> np.ndarray:
        """Return the figures from the base year on, NaN where there is none; an assumed base is filled in."""
        history = self.plan.history(item.id)
        values = np.array([float(history[y].value) if y in history else np.nan for y in self.years.tolist()])
        values /= item.scale
        base = self._chain_base(item) if item.is_chain else None
        if base is not None and (np.isnan(values[0]) or f"chain_base.{item.id}" in self.settings):
            values[0] = base
            self.assumed.add(item.id)
        if self.plan.base_year in history and history[self.plan.base_year].status == "assumed":
            self.assumed.add(item.id)
        return values

    def _chain_base(self, item: Indicator) -> float | None:
        lever = self.lever(f"chain_base.{item.id}")
        target = self.plan.target(item.id)
        if lever is not None or target is None or target.level is None:
            return lever
        if "chain_base_growth" not in self.plan.assumptions:
            return None
        return float(assumed_base(float(target.level), self.plan.number("chain_base_growth") / 100.0, self.horizon))

    def goal(self, item: Indicator, base: float) -> float | None:
        """Return the level that the target means, delivered as far as the levers say; None where it means none.

        A growth target is compounded from `base` (from the figure of its own base year where that is another one: none
        without it), a cumulative one added to it. Growth in levels and logit change
        in shares are multiplied by the delivery ratio; a ratio of exactly 1 gives the printed level to the bit. A
        bound that the base year already keeps (forest cover of at least 68 % at 68.24 %) pulls nothing back to it.
        """
        ratio, target = self.delivered(item), self.plan.target(item.id)
        if ratio is None or target is None:
            return None
        full = full_goal(item, target, target_base(self.plan, item, target, base))
        if full is None or already_met(target.comparator, base, full):
            return None
        if ratio == 1.0:
            return full
        if np.isnan(base):
            return None
        years = target.years if target.level is not None else self.horizon
        return _part_of(item, base, full, ratio, years)


def target_base(plan: Plan, item: Indicator, target: Target, base: float) -> float:
    """Return the figure (inside units) that a target counts from, NaN where there is none.

    `base` is the plan's base-year figure; a target with another base year counts from the observation of that year.
    """
    if target.base_year == plan.base_year:
        return base
    seen = plan.history(item.id).get(target.base_year)
    return np.nan if seen is None else float(seen.value) / item.scale


def full_goal(item: Indicator, target: Target, base: float) -> float | None:
    """Return a target's level in inside units, from its growth or cumulative figure where no level is printed.

    Where the yearly amounts add up to the cumulative figure (investment), it is the last of them at an even growth.
    """
    if target.level is not None:
        return float(target.level) / item.scale
    if np.isnan(base):
        return None
    if target.growth_pct is not None:
        return float(base * (1.0 + target.growth_pct / 100.0) ** target.years)
    if target.cumulative is None:
        return None
    if not item.adds_up:
        return base + target.cumulative / item.scale
    if base <= 0.0 or target.cumulative <= 0.0:
        return None
    return float(compound(base, growth_summing_to(base, target.cumulative, target.years), target.years))


def already_met(comparator: str, base: float, full: float) -> bool:
    """Return whether a value already keeps a bound (`>=`, `>`, `<=`); never so for other comparators."""
    return base >= full if comparator in (">=", ">") else base <= full if comparator == "<=" else False


def _part_of(item: Indicator, base: float, full: float, ratio: float, years: int) -> float:
    """Return the level after a part of the planned change; more than all of a decline ends at 0, not below."""
    if item.link == "log" and min(base, full) > 0.0:
        growth = (full / base) ** (1.0 / years) - 1.0
        return float(base * max(1.0 + ratio * growth, 0.0) ** years)
    if item.link == "logit" and min(base, full) > 0.0 and max(base, full) < 1.0:
        ends = link(np.array([base, full]), "logit")
        return float(unlink(ends[0] + ratio * (ends[1] - ends[0]), "logit"))
    level = base + ratio * (full - base)
    if item.link == "identity":
        return level
    return max(level, 0.0) if item.link == "log" else min(max(level, 0.0), 1.0)
