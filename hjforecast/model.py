"""project(): order the rules by what they depend on, run them, and say where every number comes from."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

import numpy as np

from hjforecast.errors import InputError, Problem
from hjforecast.indicators import Indicator
from hjforecast.plan import Plan
from hjforecast.projection import Projection
from hjforecast.rules import path_of
from hjforecast.run import REAL, Run
from hjforecast.samples import sample_paths
from hjforecast.scenario import Scenario, find_scenario, settings
from hjforecast.uncertainty import DEFAULT_SEED, error_model

__all__ = ["central_path", "dependencies", "order_of", "project"]

_LAST_YEAR = 2200
_MOST_DRAWS = 1_000_000
_ROUNDING = 1e-9


def project(
    plan: Plan, scenario: str | Scenario = "trend", *, draws: int = 0, seed: int | None = None, to: int | None = None
) -> Projection:
    """Return the paths of every indicator under a scenario, from the base year to the outlook year.

    Every path is its indicator's rule applied in link space; identities are computed from their members. The same
    inputs always give the same numbers.

    Parameters
    ----------
    plan : the plan.
    scenario : its id, or a Scenario.
    draws : number of random paths (0: the central path alone).
    seed : seed of the draws; without one a fixed seed is used, so that every run can be repeated.
    to : last year, the plan's outlook year by default; after the base year. An earlier one changes no number.

    Raises InputError for an unknown scenario or lever, a value out of bounds, rules that depend on each other in a
    circle, or a central path that cannot be: infinite, a negative level, a share outside 0 to 100 %.
    """
    found = _projected(plan, scenario, draws, seed, to)
    problems = list(_impossible(found))
    if problems:
        raise InputError(problems)
    return found


def _projected(plan: Plan, scenario: str | Scenario, draws: int, seed: int | None, to: int | None) -> Projection:
    """Return what `project` does, impossible paths included."""
    _check_draws(draws, seed)
    chosen, last = find_scenario(plan, scenario), _last_year(plan, to)
    # Targets shape every year before them, and a shorter run would draw other numbers: it is cut afterwards.
    whole_to = max(last, plan.target_year, plan.outlook_year)
    run = Run(plan, settings(plan, chosen), np.arange(plan.base_year, whole_to + 1))
    order = order_of(plan)
    for name in order:
        run.paths[name] = path_of(run, plan.indicators[name])
        if _rests_on_assumed(run, plan.indicators[name]):
            run.assumed.add(name)
    central = {name: run.paths[name] * item.scale for name, item in plan.indicators.items()}
    _restore_printed(plan, run.years, run.settings, central)
    status = {name: _statuses(run, item) for name, item in plan.indicators.items()}
    errors, seed = error_model(run), DEFAULT_SEED if seed is None else seed
    samples = sample_paths(run, order, errors, draws, seed) if draws else {}
    for name, paths in samples.items():
        if plan.indicators[name].scale != 1.0:
            paths *= plan.indicators[name].scale
    whole = Projection(plan, chosen, run.settings, run.years, central, status, errors, samples, draws, seed)
    return whole.until(last)


def central_path(plan: Plan, scenario: Scenario, name: str, last: int) -> np.ndarray:
    """Return an indicator's central path from the base year to `last`, in its unit, as `project` would.

    Only the paths that it rests on are computed: a search for a lever's value asks for one figure many times. Years
    without a value are NaN, and a path that cannot be is not refused.
    """
    run = Run(plan, settings(plan, scenario), np.arange(plan.base_year, last + 1))
    for one in _needed(plan, name):
        run.paths[one] = path_of(run, plan.indicators[one])
    return run.paths[name] * plan.indicators[name].scale


def _needed(plan: Plan, name: str) -> tuple[str, ...]:
    """Return an indicator after all that its path is computed from, each after what it rests on itself."""
    before = (one for part in sorted(dependencies(plan, plan.indicators[name])) for one in _needed(plan, part))
    return (*dict.fromkeys(before), name)


def _impossible(projection: Projection) -> Iterator[Problem]:
    """Yield, for each indicator whose central path cannot be, the first year in which it is so."""
    for name, path in projection.central.items():
        item, wrong = projection.plan.indicators[name], np.isinf(path)
        if item.kind == "share":
            wrong |= (path < -_ROUNDING) | (path > 100.0 + _ROUNDING)
        elif item.kind in ("level", "count"):
            below = path < -_ROUNDING
            # Which indicators are signed is asked only where one is negative, for that takes the whole catalogue.
            wrong |= below if below.any() and name not in _may_be_negative(projection.plan) else False
        if wrong.any():
            first = int(np.flatnonzero(wrong)[0])
            year, word = int(projection.years[first]), projection.scenario.id
            zh, en = (
                ("比重须在 0 至 100 之间", "a share must lie from 0 to 100") if item.kind == "share"
                else ("数量须为有限的非负数", "a level must be finite and not negative")
            )  # fmt: skip
            yield Problem(
                "project", 0, name, f"{path[first]:g}",
                f"“{word}”情景下“{item.name_zh}”{year} 年的测算值不可能成立：{zh}；请核对其目标、实绩、规则和情景杠杆。",
                f"{item.name_en} in {year} under scenario {word!r} cannot be: {en}; check its targets, figures, rule "
                "and the scenario's levers.",
            )  # fmt: skip


def _may_be_negative(plan: Plan) -> set[str]:
    """Return the differences, and what is computed from them."""
    found: set[str] = set()
    for name in order_of(plan):
        item = plan.indicators[name]
        if item.form == "difference" or (item.rule == "identity" and not found.isdisjoint(item.members)):
            found.add(name)
    return found


def _check_draws(draws: int, seed: int | None) -> None:
    problems = []
    if not 0 <= draws <= _MOST_DRAWS:
        zh, en = f"抽样次数应在 0 至 {_MOST_DRAWS} 之间。", f"must be from 0 to {_MOST_DRAWS} draws."
        problems.append(Problem("project", 0, "draws", str(draws), zh, en))
    if seed is not None and seed < 0:
        problems.append(Problem("project", 0, "seed", str(seed), "随机种子不能为负。", "a seed cannot be negative."))
    if problems:
        raise InputError(problems)


def _last_year(plan: Plan, to: int | None) -> int:
    last = plan.outlook_year if to is None else to
    if plan.base_year < last <= _LAST_YEAR:
        return last
    zh, en = (
        f"应晚于基期 {plan.base_year} 年且不晚于 {_LAST_YEAR} 年。",
        f"must come after {plan.base_year}, up to {_LAST_YEAR}.",
    )
    raise InputError([Problem("project", 0, "to", str(last), zh, en)])


def dependencies(plan: Plan, item: Indicator) -> set[str]:
    """Return the indicators whose paths must be known before this one's."""
    needed = set(item.members)
    if item.rule == "urgd" and REAL in plan.indicators:
        needed.add(REAL)
    if item.id in plan.mix_of:
        needed.add(plan.mix_of[item.id].members[2])
    return needed


def order_of(plan: Plan) -> tuple[str, ...]:
    """Return every indicator, each after those its path is computed from; raises InputError for a circle."""
    graph = {name: dependencies(plan, item) for name, item in plan.indicators.items()}
    try:
        return tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        loop = " → ".join(reversed(error.args[1]))
        zh, en = f"规则循环依赖：{loop}；请断开其中一处。", f"rules depend in a circle: {loop}; break it at one place."
        raise InputError([Problem("indicators.csv", 0, "driver", "", zh, en)]) from None


def _rests_on_assumed(run: Run, item: Indicator) -> bool:
    """Whether a path is computed from one that rests on an assumed figure (an urban share only if growth moves it)."""
    sources = set(item.members)
    if item.id in run.plan.mix_of:
        sources.add(run.plan.mix_of[item.id].members[2])
    if item.rule == "urgd" and run.elasticity(item.id, 0.0):
        sources.add(REAL)
    return not sources.isdisjoint(run.assumed)


def _restore_printed(plan: Plan, years: np.ndarray, levers: object, central: dict[str, np.ndarray]) -> None:
    """Put printed figures back to the bit, for 45.1 / 100 x 100 need not be 45.1."""
    base, last = int(years[0]), int(years[-1])
    for name, values in central.items():
        for year, seen in plan.history(name).items():
            if base <= year <= last and seen.status == "reported" and f"chain_base.{name}" not in levers:  # type: ignore[operator]
                values[year - base] = float(seen.value)


def _statuses(run: Run, item: Indicator) -> tuple[str, ...]:
    history, blank = run.plan.history(item.id), np.isnan(run.paths[item.id]).tolist()
    base_moved = f"chain_base.{item.id}" in run.settings
    words = []
    for index, year in enumerate(run.years.tolist()):
        seen = history.get(year)
        if blank[index]:
            words.append("unavailable")
        elif seen is not None and not (base_moved and index == 0):
            words.append(seen.status)
        elif index == 0:
            words.append("assumed" if item.id in run.assumed else "derived")
        else:
            words.append("projected_from_assumed" if item.id in run.assumed else "projected")
    return tuple(words)
