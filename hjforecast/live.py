"""A scenario being edited: levers moved one by one, and what then follows, computed when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any

import numpy as np

from hjforecast.conditioning import run_of
from hjforecast.errors import InputError, Problem, closest
from hjforecast.lever_labels import GROUPS, group_of, lever_basis, lever_label
from hjforecast.lever_values import lever_path, lever_value
from hjforecast.levers import GDP_INDUSTRY, Lever, lever_names
from hjforecast.model import project
from hjforecast.odds import odds
from hjforecast.plan import Plan
from hjforecast.projection import PROJECTED, Projection
from hjforecast.run import PRICE, REAL, Run
from hjforecast.scenario import Scenario, Setting, find_scenario, settings
from hjforecast.scenario_text import scenario_toml
from hjforecast.targets import Gap, gaps
from hjforecast.unit_names import unit_name

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Live", "LiveLever"]

_SPANS_EACH_WAY = 4
"""How many plausible moves (`levers.STEPS`) a slider reaches to either side of the scenario's own value."""
_STEPS_A_MOVE = 20
_LAST_YEAR = 2200
Years = int | str | tuple[int, int]


@dataclass(frozen=True)
class LiveLever:
    """One lever that an editor offers.

    `low` and `high` are the catalogue's bounds, `slider` the calibrated range that a slider spans, `step` its
    increment, all in `unit`. `value` is what the unedited scenario has (the mean over `years` where it varies by
    year), None where it leaves the lever alone or gives a word. `years` are those that a change means (for `shock` one
    of them), empty for a lever without years. `start` is where a slider begins.
    """

    name: str
    group: str
    unit: str
    low: float
    high: float
    step: float
    slider: tuple[float, float]
    start: float
    value: float | None
    words: tuple[str, ...]
    years: tuple[int, ...]
    zh: str
    en: str
    basis_zh: str
    basis_en: str

    def label(self, lang: str = "zh") -> str:
        """Return what it is called, with its price basis, in Chinese (`zh`) or English (`en`)."""
        return self.zh if lang == "zh" else self.en

    def basis(self, lang: str = "zh") -> str:
        """Return what the slider's range rests on, in Chinese (`zh`) or English (`en`)."""
        return self.basis_zh if lang == "zh" else self.basis_en

    def unit_name(self, lang: str = "zh") -> str:
        """Return its unit in Chinese (`zh`) or English (`en`)."""
        return unit_name(self.unit, lang)


class Live:
    """A scenario of a plan with some levers moved.

    Parameters
    ----------
    plan : the plan.
    scenario : the scenario to start from, its id or a Scenario.
    draws, seed : of the random paths behind bands and odds.

    Raises InputError where the scenario cannot be run.
    """

    def __init__(
        self, plan: Plan, scenario: str | Scenario = "trend", draws: int = 2000, seed: int | None = None
    ) -> None:
        self.plan, self.draws, self.seed = plan, draws, seed
        self.base = find_scenario(plan, scenario)
        self.original = project(plan, self.base, draws=draws, seed=seed)
        """The scenario as it was before any change."""
        self._changes: dict[str, Any] = {}
        self._known: dict[str, Any] = {}

    @property
    def changes(self) -> Mapping[str, Any]:
        """The levers moved so far, as a scenario file writes them."""
        return dict(self._changes)

    @property
    def scenario(self) -> Scenario:
        """The scenario as edited; the one it began as where nothing is changed."""
        return self._edited(self._changes) if self._changes else self.base

    @property
    def projection(self) -> Projection:
        """The projection of the scenario as edited."""
        if not self._changes:
            return self.original
        return self._once("projection", lambda: project(self.plan, self.scenario, draws=self.draws, seed=self.seed))

    @property
    def baseline(self) -> Projection:
        """What it is compared with: the scenario before the changes, or its own baseline where there are none."""
        if self._changes or self.base.baseline not in self.plan.scenarios:
            return self.original
        return self._own_baseline

    @cached_property
    def _own_baseline(self) -> Projection:
        return project(self.plan, self.base.baseline, draws=self.draws, seed=self.seed)

    @property
    def odds(self) -> pd.DataFrame:
        """The odds of each target, as `odds()` gives them."""
        return self._once("odds", lambda: odds(self.projection))

    @property
    def gaps(self) -> list[Gap]:
        """Each target against the central path, as `gaps()` gives them."""
        return self._once("gaps", lambda: list(gaps(self.projection)))

    @cached_property
    def levers(self) -> Mapping[str, LiveLever]:
        """The levers that can matter here, by name, in the order in which they are shown."""
        run, names = run_of(self.original), lever_names(self.plan)
        found = [self._lever(run, name, names[name]) for name in names if self._matters(run, name)]
        return {one.name: one for group in GROUPS for one in found if one.group == group}

    def set(self, name: str, value: float | str | None, years: Years | None = None) -> None:
        """Move a lever: a number in its unit, a word that it allows, or None for what the scenario had.

        `years` (2022, (2021, 2023) or "2021-2023") says when, for a lever by year; the plan's years yet to come where
        it is None, for `shock` the first of them. Other years keep what they have.

        Raises InputError for an unknown lever, a value out of bounds or years that cannot be; nothing is changed then.
        """
        if value is None:
            return self.reset(name)
        if name not in lever_names(self.plan):
            near = closest(name, lever_names(self.plan))
            zh, en = (f"；是否为“{near}”？", f"; did you mean {near!r}?") if near else ("。", ".")
            raise InputError([Problem("live", 0, "lever", name, f"没有这个杠杆{zh}", f"unknown lever{en}")])
        wanted = {**self._changes, name: self._written(name, value, years)}
        settings(self.plan, self._edited(wanted))
        self._changes, self._known = wanted, {}
        return None

    def reset(self, name: str | None = None) -> None:
        """Undo the changes of one lever, or all of them."""
        self._changes = {} if name is None else {key: one for key, one in self._changes.items() if key != name}
        self._known = {}

    def setting(self, name: str) -> Setting | None:
        """Return what the scenario as edited says of a lever, None where it says nothing."""
        return settings(self.plan, self.scenario).get(name)

    def toml(self) -> str:
        """Return a scenario file that says the same; it belongs in the plan's `scenarios/` as `filename`."""
        return scenario_toml(self._edited(self._changes))

    @property
    def filename(self) -> str:
        """The name that the scenario file must have, which is the scenario's id."""
        return f"{self._edited(self._changes).id}.toml"

    def _once(self, name: str, compute: Any) -> Any:
        if name not in self._known:
            self._known[name] = compute()
        return self._known[name]

    def _edited(self, changes: Mapping[str, Any]) -> Scenario:
        """Return the scenario with changes, inheriting where its own file can be inherited from."""
        filed, base = self.base.id in self.plan.scenarios, self.base
        if not changes and not filed:
            return base
        stem = base.id.removesuffix("_edited")
        whole = {} if filed else dict(base.with_levers({}).levers)
        words = [", ".join(self._told(name, lang) for name in changes) for lang in ("zh", "en")]
        return Scenario(
            next(one for one in _ids(stem) if one not in self.plan.scenarios), {**whole, **changes},
            f"{base.title('zh').removesuffix('（调整）')}（调整）", f"{base.title('en').removesuffix(' (edited)')} (edited)",
            base.author, f"由“{base.title('zh')}”情景调整，取值由使用者设定",
            f"在“{base.title('zh')}”情景的基础上调整：{words[0].replace(', ', '、') or '无'}。",
            f'Edited from the "{base.title("en")}" scenario: {words[1] or "nothing"}.',
            base.baseline, base.id if filed else base.extends,
            f'edited from the "{base.title("en")}" scenario; the values are the user\'s',
        )  # fmt: skip

    def _told(self, name: str, lang: str) -> str:
        return lever_label(self.plan, name, lang)

    def _written(self, name: str, value: float | str, years: Years | None) -> Any:
        """Return a value as a scenario file writes it: with its years for a lever by year."""
        plain = float(value) if isinstance(value, int | float | np.number) and not isinstance(value, bool) else value
        lever = lever_names(self.plan)[name]
        if years is None and (not lever.by_year or isinstance(plain, str)):
            return plain
        first, last = self._span(name, years)
        if not lever.by_year:
            return {f"{first}-{last}": plain}  # the check says that this lever has no years
        return {f"{start}-{end}" if end > start else str(start): one
                for start, end, one in _replaced(self._spans_now(name), (first, last, plain))}  # fmt: skip

    def _spans_now(self, name: str) -> list[tuple[int, int, Any]]:
        now = self.setting(name)
        if isinstance(now, float):
            return [(self.plan.base_year + 1, _LAST_YEAR, now)]
        return list(now) if isinstance(now, tuple) else []

    def _span(self, name: str, years: Years | None) -> tuple[int, int]:
        if years is None:
            ahead = self._open_years(name)
            return ahead[0], ahead[0] if name == "shock" else ahead[-1]
        parts = [years] if isinstance(years, int) else years.split("-") if isinstance(years, str) else list(years)
        try:
            return int(parts[0]), int(parts[-1])
        except (ValueError, IndexError):
            zh, en = "应写成 2022 或 2021-2025。", "must read like 2022 or 2021-2025."
            raise InputError([Problem("live", 0, name, str(years), zh, en)]) from None

    def _open_years(self, name: str) -> tuple[int, ...]:
        """Return the plan's years that are yet to come, those after it where none is."""
        word = name.partition(".")[2] or (PRICE if name == "price_change" else REAL)
        status = self.original.status.get(word, ())
        ahead = [int(year) for year, one in zip(self.original.years, status, strict=False) if one in PROJECTED]
        planned = [year for year in ahead if year <= self.plan.target_year] or ahead
        return tuple(planned or range(self.plan.base_year + 1, self.plan.target_year + 1))

    def _matters(self, run: Run, name: str) -> bool:
        """Whether a lever can move anything here."""
        family, _, word = name.partition(".")
        item = self.plan.indicators.get(word)
        if family == "delivery":
            return any(self._follows(one) for one in self.plan.indicators if word in ("", one, self._category(one)))
        if lever_names(self.plan)[name].by_year:
            path = lever_path(self.plan, self.base, run, family, word)
            return path is not None and not np.isnan(path).any() and REAL in run.paths
        if family == "elasticity":
            if word == GDP_INDUSTRY:
                return REAL in run.paths and any(one.is_chain for one in self.plan.indicators.values())
            return item is not None and not np.isnan(run.paths[word]).any()
        return lever_value(self.plan, run, self.plan.indicators, name) is not None

    def _category(self, name: str) -> str:
        return self.plan.indicators[name].category

    def _follows(self, name: str) -> bool:
        """Whether an indicator has a path, and a target that would pull it."""
        item, path = self.plan.indicators[name], self.original.central[name]
        if item.rule == "identity":
            return item.form in ("compound", "mix") and self.plan.target(name) is not None
        run = Run(self.plan, {"delivery": 1.0}, self.original.years)
        return not np.isnan(path[0]) and run.goal(item, path[0] / item.scale) is not None

    def _lever(self, run: Run, name: str, lever: Lever) -> LiveLever:
        years = self._open_years(name) if lever.by_year else ()
        value = self._value(run, name, lever, years)
        start = _default(lever) if value is None else value
        move = lever.step * (abs(start) if lever.relative else 1.0)
        step = _nice(move / _STEPS_A_MOVE)
        low, high = _range(lever, start, _SPANS_EACH_WAY * move, step)
        plan = self.plan
        return LiveLever(
            name, group_of(plan, name), lever.unit, lever.low, lever.high, step, (low, high), start, value, lever.words,
            years, lever_label(plan, name, "zh"), lever_label(plan, name, "en"), lever_basis(name, "zh"),
            lever_basis(name, "en"),
        )  # fmt: skip

    def _value(self, run: Run, name: str, lever: Lever, years: tuple[int, ...]) -> float | None:
        family, _, word = name.partition(".")
        if not lever.by_year:
            return lever_value(self.plan, run, self.plan.indicators, name)
        path = lever_path(self.plan, self.base, run, family, word)
        assert path is not None
        meant = years[:1] if name == "shock" else years
        return float(np.mean([path[year - self.plan.base_year - 1] for year in meant]))


def _ids(stem: str) -> Iterator[str]:
    yield f"{stem}_edited"
    number = 1
    while True:
        number += 1
        yield f"{stem}_edited_{number}"


def _replaced(spans: list[tuple[int, int, Any]], new: tuple[int, int, Any]) -> list[tuple[int, int, Any]]:
    """Return spans in which a new one takes its years from the others."""
    kept = []
    for start, end, value in spans:
        kept += [(start, min(end, new[0] - 1), value), (max(start, new[1] + 1), end, value)]
    return sorted([*(one for one in kept if one[0] <= one[1]), new])


def _default(lever: Lever) -> float:
    """Return where a slider begins whose lever the scenario leaves alone: 1 for a multiplier, else 0."""
    return 1.0 if lever.low <= 1.0 <= lever.high and lever.name.partition(".")[0] == "delivery" else 0.0


def _nice(size: float) -> float:
    """Return the 1, 2 or 5 times a power of ten that is nearest to a size from above or below."""
    power = 10.0 ** floor(log10(size))
    best = min((1.0, 2.0, 5.0, 10.0), key=lambda one: abs(log10(one * power / size)))
    return float(f"{best * power:.0e}")


def _range(lever: Lever, start: float, reach: float, step: float) -> tuple[float, float]:
    """Return the ends of a slider on its increments, within the lever's bounds."""
    low, high = (
        round(end * step, 10) for end in (floor((start - reach) / step + 0.5), ceil((start + reach) / step - 0.5))
    )
    return max(low, lever.low), min(high, lever.high)
