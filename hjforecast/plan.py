"""A plan as data: frozen records, and the questions everything else asks of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from hjforecast.assumptions import Assumption
from hjforecast.display import facts_html
from hjforecast.errors import InputError, Problem, closest
from hjforecast.indicators import Indicator
from hjforecast.units import Printed

__all__ = ["ContextValue", "Investment", "Observation", "Plan", "Region", "Target"]


@dataclass(frozen=True)
class Region:
    """A place: its names, administrative code and level (county, prefecture, province)."""

    name_zh: str
    name_en: str
    code: str = ""
    level: str = ""

    def name(self, lang: str = "zh") -> str:
        """Return its name in Chinese (`zh`) or English (`en`)."""
        return self.name_zh if lang == "zh" else self.name_en


@dataclass(frozen=True)
class Observation:
    """One figure for one indicator and year, in the indicator's outside unit."""

    indicator: str
    year: int
    value: Printed
    status: str
    vintage: str
    source: str
    note: str
    file: str = ""
    row: int = 0


@dataclass(frozen=True)
class Target:
    """One row of `targets.csv`: a planned (or, for an outcome plan, delivered) level, growth or change."""

    plan: str
    indicator: str
    base_year: int
    target_year: int
    comparator: str
    level: Printed | None
    growth_pct: Printed | None
    cumulative: Printed | None
    binding: str
    source: str
    note: str
    row: int = 0

    @property
    def years(self) -> int:
        """Length of the plan in years."""
        return self.target_year - self.base_year

    @property
    def quantified(self) -> bool:
        """Whether the row holds any number (some targets are words only)."""
        return not (self.level is None and self.growth_pct is None and self.cumulative is None)


@dataclass(frozen=True)
class Investment:
    """One project of the pipeline: `capacity` in the indicator's unit, reached linearly over `ramp_years`."""

    project: str
    indicator: str
    start_year: int
    capacity: float
    ramp_years: int
    probability: float
    source: str


@dataclass(frozen=True)
class ContextValue:
    """A figure for a parent region over `start_year`..`end_year` (a yearly average where they differ).

    `measure` says whether it is the indicator's level, its growth (%, constant prices for GDP) or planned growth.
    """

    region: str
    indicator: str
    measure: str
    start_year: int
    end_year: int
    value: Printed
    status: str
    source: str
    note: str


@dataclass(frozen=True)
class Plan:
    """A five-year plan: catalogue, observations, targets, assumptions and scenario texts.

    `warnings` are things worth knowing that do not stop a run; `inputs` maps each file read to its sha256.
    `revisions` are later vintages of figures up to the base year: shown beside the printed ones, never put in their place.
    """

    id: str
    title_zh: str
    title_en: str
    region: Region
    parents: tuple[Region, ...]
    base_year: int
    target_year: int
    outlook_year: int
    previous: str
    previous_outcome: str
    assumptions: Mapping[str, Assumption]
    indicators: Mapping[str, Indicator]
    observations: tuple[Observation, ...]
    targets: tuple[Target, ...]
    investments: tuple[Investment, ...] = ()
    context: tuple[ContextValue, ...] = ()
    revisions: tuple[Observation, ...] = ()
    scenarios: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()

    def title(self, lang: str = "zh") -> str:
        """Return the plan's title in Chinese (`zh`) or English (`en`)."""
        return self.title_zh if lang == "zh" else self.title_en

    def indicator(self, name: str) -> Indicator:
        """Return an indicator by id; raises InputError naming the closest id where there is none."""
        if name in self.indicators:
            return self.indicators[name]
        near = closest(name, self.indicators)
        zh = f"没有这个指标；最接近的是“{near}”。" if near else "没有这个指标；可用 hjforecast list 查看。"
        en = f"no such indicator; did you mean {near!r}?" if near else "no such indicator; see hjforecast list."
        raise InputError([Problem("indicators.csv", 0, "indicator", name, zh, en)])

    @cached_property
    def _preferred(self) -> Mapping[str, Mapping[int, Observation]]:
        chosen: dict[str, dict[int, Observation]] = {name: {} for name in self.indicators}
        for item in self.observations:
            years = chosen[item.indicator]
            if item.year not in years or item.vintage == "preferred":
                years[item.year] = item
        return MappingProxyType({name: dict(sorted(years.items())) for name, years in chosen.items()})

    def history(self, name: str) -> Mapping[int, Observation]:
        """Return an indicator's observations by year, the preferred one where a year stands twice."""
        return self._preferred[name]

    def base(self, name: str) -> Observation | None:
        """Return the observation of the base year, None where the plan prints none."""
        return self.history(name).get(self.base_year)

    def target(self, name: str) -> Target | None:
        """Return the target that paths aim at: this plan's, for its target year, with a level where one is printed."""
        rows = [row for row in self.targets_of(self.id, name) if row.target_year == self.target_year]
        rows = [row for row in rows if row.quantified] or rows
        return next((row for row in rows if row.level is not None), rows[0] if rows else None)

    def targets_of(self, plan: str, name: str | None = None) -> tuple[Target, ...]:
        """Return a plan's target rows in file order, of one indicator where `name` is given."""
        return self._by_plan.get((plan, name), ())

    @cached_property
    def _by_plan(self) -> Mapping[tuple[str, str | None], tuple[Target, ...]]:
        groups: dict[tuple[str, str | None], tuple[Target, ...]] = {}
        for row in self.targets:
            for key in ((row.plan, None), (row.plan, row.indicator)):
                groups[key] = (*groups.get(key, ()), row)
        return groups

    def outcome(self, name: str) -> Target | None:
        """Return what the last plan delivered for an indicator."""
        return next(iter(self.targets_of(self.previous_outcome, name)), None)

    @cached_property
    def mix_of(self) -> Mapping[str, Indicator]:
        """For each part (urban, rural) of a mixed mean, the indicator that is the mean."""
        mixes = [item for item in self.indicators.values() if item.form == "mix"]
        return {part: item for item in mixes for part in item.members[:2]}

    def assumption(self, name: str, default: float | str | None = None) -> float | str:
        """Return an assumption's value in its catalogue unit; raises InputError where it has none."""
        if name in self.assumptions:
            return self.assumptions[name].value
        if default is not None:
            return default
        zh = f"缺少假设；请在 [assumptions] 中写明 {name}（value、status、source）。"
        en = f"assumption missing; state {name} (value, status, source) under [assumptions]."
        raise InputError([Problem("plan.toml", 0, name, "", zh, en)])

    def number(self, name: str, default: float | None = None) -> float:
        """Return an assumption that must be a number; raises InputError where it is a word."""
        value = self.assumption(name, default)
        if isinstance(value, str):
            en = "cannot be computed from the plan's own figures; give a number."
            raise InputError([Problem("plan.toml", 0, name, value, "无法由规划自身数字推出；请给出数值。", en)])
        return value

    def _repr_html_(self) -> str:
        newest = max((one.year for one in self.observations), default=self.base_year)
        years = f"{self.base_year} → {self.target_year} → {self.outlook_year}"
        return facts_html(
            f"{self.title_zh or self.id} / {self.title_en}",
            [
                ("地区 / region", f"{self.region.name_zh} {self.region.name_en} {self.region.code}".strip()),
                ("基期、目标年、展望年 / years", years),
                ("最新数据 / newest figure", newest),
                ("指标 / indicators", len(self.indicators)),
                ("数值 / observations", len(self.observations)),
                ("目标 / targets", len(self.targets_of(self.id))),
                ("情景 / scenarios", ", ".join(self.scenarios)),
                ("提示 / notes", len(self.warnings)),
            ],
        )
