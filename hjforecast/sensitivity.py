"""Which lever reaches a figure, and which levers matter most for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hjforecast.conditioning import run_of
from hjforecast.display import facts_html
from hjforecast.errors import InputError, Problem, closest
from hjforecast.indicators import Indicator
from hjforecast.lever_values import later_spans, lever_path, lever_value
from hjforecast.levers import GDP_INDUSTRY, Lever, lever_names
from hjforecast.model import central_path, dependencies, project
from hjforecast.plan import Plan
from hjforecast.projection import PROJECTED, Projection
from hjforecast.run import GDP, PRICE, REAL
from hjforecast.scenario import Scenario, find_scenario
from hjforecast.unit_names import unit_name

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "Required", "required", "sensitivity"]

COLUMNS = ("lever", "low", "high", "at_low", "at_high", "effect_low", "effect_high")

_GRID = 9
_ROUNDS = 200
_HIT = 1e-13
_NO_EFFECT = 1e-10


@dataclass(frozen=True)
class Required:
    """The value of `lever` that brings `indicator` to `target` in `year`, all in their own units.

    `value` is None where no value within the lever's bounds gets there: then `bound` is the bound that comes nearest.
    `reached` is the indicator at `value` or at `bound`, `now` what the scenario gives as it stands.
    """

    lever: str
    value: float | None
    feasible: bool
    bound: float | None
    reached: float
    now: float
    scenario: str
    indicator: str
    year: int
    target: float
    unit: str
    note_zh: str
    note_en: str

    def _repr_html_(self) -> str:
        return facts_html(f"{self.note_zh} / {self.note_en}", vars(self).items())


def required(
    plan: Plan, scenario: str | Scenario, indicator: str, year: int, value: float, lever: str | None = None
) -> Required:
    """Return the lever value with which an indicator reaches `value` in `year`, every other lever as in the scenario.

    Bisection, quickened by secant steps, within the catalogue's bounds. A lever that may vary by year takes one value
    over the whole plan period.
    Without `lever` the indicator's rule decides: real growth for GDP and what follows it, the own speed of
    urbanization, a chain's own growth, else the delivery of its target; the first that moves it.

    Parameters: `plan`; `scenario`, id or Scenario; `indicator`; `year` after the last observation; `value` in its unit.

    Raises InputError for an unknown indicator or lever (with the closest), a year already observed or outside the run,
    a value that is no number, and a lever that does not move the indicator.
    """
    chosen, item = find_scenario(plan, scenario), plan.indicator(indicator)
    present = project(plan, chosen, to=_end(plan, year))
    now = present.value(item.id, year)
    _check(plan, item, year, value, lever, present)
    for name in [lever] if lever else _candidates(plan, item):
        if name in lever_names(plan):
            grid = _grid(lever_names(plan)[name])
            outcomes = [_at(plan, chosen, name, one, item.id, year) for one in grid]
            if max(outcomes) - min(outcomes) > _NO_EFFECT * max(abs(now), _NO_EFFECT):
                return _solve(plan, chosen, item, year, value, name, grid, outcomes, now)
    raise InputError([_idle(item, lever, year)])


def _solve(
    plan: Plan, scenario: Scenario, item: Indicator, year: int, value: float,
    name: str, grid: list[float], outcomes: list[float], now: float,
) -> Required:  # fmt: skip
    found = _between(plan, scenario, item, year, value, name, grid, outcomes)
    nearest = int(np.argmin(np.abs(np.array(outcomes) - value)))
    feasible, bound = found is not None, None if found is not None else grid[nearest]
    reached = outcomes[nearest] if found is None else _at(plan, scenario, name, found, item.id, year)
    notes = _notes(plan, item, year, value, name, found, bound, reached)
    return Required(
        name, found, feasible, bound, reached, now, scenario.id, item.id, year, float(value),
        lever_names(plan)[name].unit, *notes,
    )  # fmt: skip


def _between(
    plan: Plan, scenario: Scenario, item: Indicator, year: int, value: float,
    name: str, grid: list[float], outcomes: list[float],
) -> float | None:  # fmt: skip
    """Return the lever value between the first two grid points that enclose `value`, None where none do."""
    ahead = np.array(outcomes) - value
    exact = np.flatnonzero(ahead == 0.0)
    if exact.size:
        return grid[int(exact[0])]
    turns = np.flatnonzero(np.sign(ahead[:-1]) != np.sign(ahead[1:]))
    if not turns.size:
        return None
    first = int(turns[0])
    return _root(
        lambda one: _at(plan, scenario, name, one, item.id, year) - value,
        (grid[first], float(ahead[first])), (grid[first + 1], float(ahead[first + 1])), _HIT * abs(value),
    )  # fmt: skip


def _root(gap: Callable[[float], float], one: tuple[float, float], other: tuple[float, float], near: float) -> float:
    """Return where `gap` is zero between two points (x, gap) of opposite sign: secant steps, else halving."""
    for turn in range(_ROUNDS):
        (left, low), (right, high) = one, other
        secant, middle = left - low * (right - left) / (high - low), 0.5 * (left + right)
        x = middle if turn % 3 == 2 or not min(left, right) < secant < max(left, right) else secant
        if middle in (left, right):
            return middle
        at = gap(x)
        if abs(at) <= near:
            return x
        one, other = ((x, at), other) if (at < 0.0) == (low < 0.0) else (one, (x, at))
    return 0.5 * (one[0] + other[0])


def _grid(lever: Lever) -> list[float]:
    wide = lever.low > 0.0 and lever.high / lever.low > 1e3
    space = np.geomspace if wide else np.linspace
    grid = [float(one) for one in space(lever.low, lever.high, _GRID)]
    return [lever.low, *grid[1:-1], lever.high]


def _notes(
    plan: Plan, item: Indicator, year: int, value: float, name: str, found: float | None, bound: float | None, at: float
) -> tuple[str, str]:
    lever, places = lever_names(plan)[name], item.decimals
    first, last = plan.base_year + 1, plan.target_year
    when_zh, when_en = (f"{first}—{last}年", f" in {first}–{last}") if lever.by_year else ("", "")
    goal_zh, goal_en = (_printed(f"{value:.{places}f}", item.unit, lang) for lang in ("zh", "en"))
    lever_zh, lever_en = _titles(plan, lever, name)
    if found is not None:
        by_zh, by_en = (_printed(f"{found:.4g}", lever.unit, lang) for lang in ("zh", "en"))
        zh = f"{lever_zh}{when_zh}取{by_zh}时，{year}年{item.name_zh}达到{goal_zh}。"
        return zh, f"{item.name_en} reaches {goal_en} in {year} with {lever_en} at {by_en}{when_en}."
    zh = f"{lever_zh}须在{lever.low:g}至{lever.high:g}之间；取{bound:g}时，{year}年{item.name_zh}为{at:.{places}f}，达不到{goal_zh}。"
    en = f"{lever_en} must lie from {lever.low:g} to {lever.high:g}; at {bound:g} {item.name_en} is {at:.{places}f} in {year}, not {goal_en}."
    return zh, en


def _printed(number: str, unit: str, lang: str) -> str:
    """Return a number with its unit; English brackets those that begin with a number themselves."""
    name = unit_name(unit, lang)
    if lang == "zh" or not name:
        return f"{number}{name}"
    return f"{number} ({name})" if name[0].isdigit() else f"{number} {name}"


def _titles(plan: Plan, lever: Lever, name: str) -> tuple[str, str]:
    """Return a lever's name with what it is, in Chinese and English; of a family's member, what it belongs to."""
    word = name.partition(".")[2] if lever.name.endswith("*") else ""
    owner = plan.indicators.get(word)
    zh = lever.zh.replace("某产业链", "").replace("某指标或某类指标的", "") if owner else lever.zh
    return (f"{owner.name_zh}的{zh}（{name}）" if owner else f"{zh}（{name}）"), name


def _end(plan: Plan, year: int) -> int:
    return max(year, plan.target_year)


def _outcome(plan: Plan, scenario: Scenario, name: str, year: int) -> float:
    value = float(central_path(plan, scenario, name, _end(plan, year))[year - plan.base_year])
    # Where there is none, the whole projection says why.
    return project(plan, scenario, to=_end(plan, year)).value(name, year) if np.isnan(value) else value


def _at(plan: Plan, scenario: Scenario, lever: str, value: float, indicator: str, year: int) -> float:
    setting: Any = value
    if lever_names(plan)[lever].by_year:
        span = {f"{plan.base_year + 1}-{plan.target_year}": value}
        setting = {**span, **later_spans(plan, scenario, lever)}
    return _outcome(plan, scenario.with_levers({lever: setting}), indicator, year)


def _candidates(plan: Plan, item: Indicator) -> Iterator[str]:
    """Yield the levers that may move an indicator, the one that its rule names first."""
    own = {"urgd": ("urban.d0", "urban.cap"), "elastic": ("real_growth",)}.get(item.rule, ())
    if item.form in ("ratio", "difference"):
        own = (f"elasticity.{item.members[0]}", f"delivery.{item.members[0]}")
    elif item.form in ("mix", "sum", "quotient_growth"):
        own = ("real_growth",)
    if item.id in (GDP, REAL, PRICE):
        yield "price_change" if item.id == PRICE else "real_growth"
    if item.is_chain:
        yield f"chain_growth.{item.id}"
    yield from own
    yield f"delivery.{item.id}"
    if item.rule == "elastic":
        yield f"elasticity.{item.id}"
    for member in item.members:
        yield from _candidates(plan, plan.indicators[member])


def _check(plan: Plan, item: Indicator, year: int, value: float, lever: str | None, now: Projection) -> None:
    problems = []
    if now.status_of(item.id, year) not in PROJECTED:
        zh, en = f"{year} 年已有数值，不能改变。", f"{year} is observed and cannot change."
        problems.append(Problem("required", 0, "year", str(year), zh, en))
    if not np.isfinite(value):
        problems.append(Problem("required", 0, "value", str(value), "应为数字。", "must be a number."))
    if lever is not None and lever not in lever_names(plan):
        near = closest(lever, lever_names(plan)) or "real_growth"
        zh, en = f"没有这个杠杆；是否为“{near}”？", f"unknown lever; did you mean {near!r}?"
        problems.append(Problem("required", 0, "lever", lever, zh, en))
    if problems:
        raise InputError(problems)


def _idle(item: Indicator, lever: str | None, year: int) -> Problem:
    zh = f"它不影响{item.name_zh} {year} 年的数值；换一个杠杆，或不指定。"
    en = f"it does not move {item.name_en} in {year}; name another lever, or none."
    if lever is None:
        zh = f"没有杠杆能改变{item.name_zh} {year} 年的数值。"
        en = f"no lever moves {item.name_en} in {year}."
    return Problem("required", 0, "lever", lever or "", zh, en)


def sensitivity(plan: Plan, scenario: str | Scenario, indicator: str = GDP, year: int | None = None) -> pd.DataFrame:
    """Return the tornado of an outcome: every lever that moves it, each moved down and up alone, the largest first.

    Columns COLUMNS: the lever, its low and high value (the scenario's own value less and plus its plausible step in
    `levers.STEPS`, kept within its bounds; the mean over the plan period where it varies by year), the outcome at each,
    and its difference to the scenario's. A lever by year is moved over the plan period, `shock` in the first projected
    year only. Left out: a delivery lever where the scenario follows no target, the base of a chain that is reported,
    and a wider delivery lever that does the same as a narrower one. `attrs` holds scenario, indicator, year, central.

    Parameters: `plan`; `scenario`, id or Scenario; `indicator`; `year`, the plan's target year by default.

    Raises InputError for an unknown indicator or scenario, or a year without a value.
    """
    import pandas as pd

    chosen, item = find_scenario(plan, scenario), plan.indicator(indicator)
    year = plan.target_year if year is None else year
    now = project(plan, chosen, to=_end(plan, year))
    central = now.value(item.id, year)
    rows: list[tuple[Any, ...]] = []
    for name, low, high, settings_low, settings_high in _moves(plan, chosen, now, item):
        at = [_outcome(plan, chosen.with_levers({name: one}), item.id, year) for one in (settings_low, settings_high)]
        if max(abs(value - central) for value in at) > _NO_EFFECT * max(abs(central), _NO_EFFECT):
            rows.append((name, low, high, *at, at[0] - central, at[1] - central))
    rows = sorted(_narrowest(rows), key=lambda row: -max(abs(effect) for effect in row[5:]))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame.attrs.update(scenario=chosen.id, indicator=item.id, year=year, central=central)
    return frame


def _narrowest(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return the rows without delivery levers that do what a narrower one (which comes earlier) does too."""
    seen: set[tuple[float, ...]] = set()
    kept = []
    for row in rows:
        mark = row[3:5]
        if row[0].partition(".")[0] != "delivery" or mark not in seen:
            kept.append(row)
        if row[0].partition(".")[0] == "delivery":
            seen.add(mark)
    return kept


_Move = tuple[str, float, float, Any, Any]


def _moves(plan: Plan, scenario: Scenario, now: Projection, item: Indicator) -> Iterator[_Move]:
    """Yield each lever that may matter: name, low and high value, and the settings that bring them about."""
    run, near = run_of(now), _sources(plan, now, item)
    names, by_width = lever_names(plan), lambda name: (name.partition(".")[2] not in plan.indicators, "." not in name)
    for name in sorted(names, key=by_width):
        lever, (family, _, word) = names[name], name.partition(".")
        if word in plan.indicators and word not in near:
            continue
        if lever.by_year:
            path = lever_path(plan, scenario, run, family, word)
            if path is not None:
                yield _by_year(plan, name, lever, now, path)
            continue
        value = lever_value(plan, run, near, name)
        if value is not None:
            step = lever.step * (abs(value) if lever.relative else 1.0)
            low, high = (float(np.clip(value + sign * step, lever.low, lever.high)) for sign in (-1.0, 1.0))
            yield name, low, high, low, high


def _sources(plan: Plan, now: Projection, item: Indicator) -> set[str]:
    """Return everything that an indicator's path is computed from, itself included."""
    found, queue = {item.id}, [item.id]
    pulled = run_of(now).elasticity(GDP_INDUSTRY, 0.0) != 0.0
    while queue:
        name = queue.pop()
        needed = dependencies(plan, plan.indicators[name])
        if name == REAL:
            # Delivery of GDP's own target sets real growth; chains do where they pull GDP.
            needed |= {one.id for one in plan.indicators.values() if one.id == GDP or (pulled and one.is_chain)}
        for one in needed & plan.indicators.keys() - found:
            found.add(one)
            queue.append(one)
    return found


def _by_year(plan: Plan, name: str, lever: Lever, now: Projection, path: np.ndarray) -> _Move:
    """Return the move of a lever that may vary by year: over the plan period, a shock in its first open year."""
    years, shift = now.years[1:], np.zeros(path.size)
    if name == "shock":
        status = now.status.get(REAL, ("projected",) * now.years.size)[1:]
        first = next((place for place, word in enumerate(status) if word in PROJECTED), 0)
        moved = np.arange(path.size) == first
    else:
        moved = years <= plan.target_year
    shift[moved] = lever.step
    paths = [np.clip(path + sign * shift, lever.low, lever.high) for sign in (-1.0, 1.0)]
    # Real growth eases from its last given year by itself; the others would hold that year's value.
    given = moved if name == "real_growth" else np.ones(path.size, dtype=bool)
    later = later_spans(plan, now.scenario, name) if name == "real_growth" else {}
    low, high = (
        {**{str(year): float(one) for year, one in zip(years[given].tolist(), values[given], strict=True)}, **later}
        for values in paths
    )
    return name, float(paths[0][moved].mean()), float(paths[1][moved].mean()), low, high
