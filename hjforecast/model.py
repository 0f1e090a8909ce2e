"""project(): order the rules by what they depend on, run them, and say where every number comes from."""

from __future__ import annotations

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

__all__ = ["dependencies", "order_of", "project"]

_LAST_YEAR = 2200
_MOST_DRAWS = 1_000_000


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
    to : last year, the plan's outlook year by default; after the base year.

    Raises InputError for an unknown scenario or lever, a value out of bounds, or rules that depend on each other
    in a circle.
    """
    _check_draws(draws, seed)
    chosen, last = find_scenario(plan, scenario), _last_year(plan, to)
    # Targets shape every year before them, so a run always reaches the target year and is cut afterwards.
    run = Run(plan, settings(plan, chosen), np.arange(plan.base_year, max(last, plan.target_year) + 1))
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
    for name, values in central.items():
        for index, year in enumerate(years.tolist()):
            seen = plan.history(name).get(year)
            if seen is not None and seen.status == "reported" and f"chain_base.{name}" not in levers:  # type: ignore[operator]
                values[index] = float(seen.value)


def _statuses(run: Run, item: Indicator) -> tuple[str, ...]:
    history, path = run.plan.history(item.id), run.paths[item.id]
    base_moved = f"chain_base.{item.id}" in run.settings
    words = []
    for index, year in enumerate(run.years.tolist()):
        seen = history.get(year)
        if np.isnan(path[index]):
            words.append("unavailable")
        elif seen is not None and not (base_moved and index == 0):
            words.append(seen.status)
        elif index == 0:
            words.append("assumed" if item.id in run.assumed else "derived")
        else:
            words.append("projected_from_assumed" if item.id in run.assumed else "projected")
    return tuple(words)
