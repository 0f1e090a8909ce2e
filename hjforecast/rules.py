"""Path rules: how each indicator moves by default, and how it moves while it follows its target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from types import MappingProxyType

import numpy as np

from hjforecast.filtering import updated_growth
from hjforecast.growth import elastic, filled, growth_of, level_path, target_path
from hjforecast.income import mix, solve_parts
from hjforecast.indicators import Indicator
from hjforecast.industry import project_output
from hjforecast.macro import price_change, real_growth
from hjforecast.plan import Plan
from hjforecast.run import PRICE, REAL, Run, already_met
from hjforecast.units import employment_growth, logit
from hjforecast.urban import urgd

__all__ = ["IDENTITY", "identity_path", "own_speed", "path_of", "solved_mix"]


def path_of(run: Run, item: Indicator) -> np.ndarray:
    """Return an indicator's central path from the base year on (inside units), NaN where none can be drawn."""
    if item.rule == "identity":
        return identity_path(run, item)
    if item.kind == "growth":
        return _growth_rate(run, item)
    path = run.observed(item)
    known = np.flatnonzero(~np.isnan(path))
    if known.size == 0:
        return _target_only(run, item, path)
    return _projected(run, item, filled(path, item.link), int(known[-1]))


def _target_only(run: Run, item: Indicator, path: np.ndarray) -> np.ndarray:
    goal = run.goal(item, np.nan)
    if goal is not None and run.horizon < path.size:
        path[run.horizon] = goal
    return path


def _projected(run: Run, item: Indicator, path: np.ndarray, start: int) -> np.ndarray:
    """Fill `path` after index `start`: to the target while it is followed, by the default rule afterwards."""
    end, path = run.horizon, path.copy()
    aim = _aim(run, item, path, start)
    if aim is not None:
        path[start : end + 1] = aim
        start = end
    path[start:] = _default(run, item, start, path[start])
    given = run.lever_path(f"chain_growth.{item.id}", hold=True) if item.is_chain else np.full(path.size - 1, np.nan)
    if not np.isnan(given).all():
        first = int(np.flatnonzero(~np.isnan(run.observed(item)))[-1])
        growth = np.where(np.isnan(given), growth_of(path), given / 100.0)[first:]
        path[first:] = level_path(path[first], growth)
    return path


def _aim(run: Run, item: Indicator, path: np.ndarray, start: int) -> np.ndarray | None:
    """Return the path from `start` to the target year, None where no target is followed (or it lies behind)."""
    if start >= run.horizon:
        return None
    solved = solved_mix(run, item)
    if solved is not None:
        return solved[start:]
    goal = run.goal(item, path[0])
    target = run.plan.target(item.id)
    if goal is None or target is None or already_met(target.comparator, path[start], goal):
        return None
    return target_path(path[start], goal, run.horizon - start, item.link)


def _default(run: Run, item: Indicator, start: int, value: float) -> np.ndarray:
    """Return the default path from index `start` on, beginning at `value`."""
    size = run.years.size - start
    if item.rule == "elastic" or (item.rule == "target" and item.members):
        path = elastic(value, run.paths[item.members[0]][start:], run.elasticity(item.id))
        path[0] = value  # also where the driver has no figure
    elif item.rule == "urgd":
        path = _urban(run, item, start, value)
    elif item.rule == "share_of":
        share, whole = (run.paths[name][start:] for name in item.members)
        path = np.concatenate([[value], (share * whole)[1:]])
    else:
        path = np.full(size, value)
    return path + _projects(run, item, start)


def _projects(run: Run, item: Indicator, start: int) -> np.ndarray:
    total = np.zeros(run.years.size - start)
    lever = run.lever("pipeline")
    for one in run.plan.investments:
        if one.indicator == item.id:
            output = project_output(run.years[start:], one.start_year, one.capacity, one.ramp_years, one.probability)
            total += (1.0 if lever is None else lever) * (output - output[0]) / item.scale
    return total


def _urban(run: Run, item: Indicator, start: int, value: float) -> np.ndarray:
    cap = _first(run.lever("urban.cap"), run.plan.number("urban.cap")) / 100.0
    if not 0.0 < value < cap:
        return np.full(run.years.size - start, value)
    push: np.ndarray | float = 0.0
    sensitivity = run.elasticity(item.id, 0.0)
    if sensitivity and REAL in run.paths:
        push = sensitivity * (run.paths[REAL][start + 1 :] - run.plan.number("long_run_growth") / 100.0)
    norm = (run.plan.number("urban.norm_intercept"), run.plan.number("urban.norm_slope"))
    return urgd(
        value, _first(run.lever("urban.d0"), own_speed(run.plan, item, cap)), run.years.size - start - 1,
        norm=norm, fade_years=run.plan.number("urban.fade_years"), elapsed=start, cap=cap, push=push,
    )  # fmt: skip


def _first(lever: float | None, default: float) -> float:
    return default if lever is None else lever


def own_speed(plan: Plan, item: Indicator, cap: float = 1.0) -> float:
    """Return d_0: the yearly logit change between the first and last observation up to the base year.

    With one observation only, the peer norm at that share stands in. `cap` is the ceiling of the share (fraction).
    """
    past = {year: seen.value / item.scale for year, seen in plan.history(item.id).items() if year <= plan.base_year}
    shares = {year: share for year, share in past.items() if 0.0 < share < cap}
    if len(shares) < 2:
        norm = plan.number("urban.norm_intercept"), plan.number("urban.norm_slope")
        return norm[0] + sum(norm[1] * float(logit(share, cap)) for share in shares.values())
    first, last = min(shares), max(shares)
    return float(logit(shares[last], cap) - logit(shares[first], cap)) / (last - first)


def _growth_rate(run: Run, item: Indicator) -> np.ndarray:
    """Return a growth rate's path: GDP's two by their own rules, others constant; a figure given stands in its year."""
    path = run.observed(item)
    if item.id == REAL:
        start = updated_growth(run.plan)
        rule = real_growth(run, start.growth, start.year)
    elif item.id == PRICE:
        rule = price_change(run)
    else:
        rule = _steady_rates(run, item, path)
    path[1:] = np.where(np.isnan(path[1:]), rule, path[1:])
    return path


def _steady_rates(run: Run, item: Indicator, seen: np.ndarray) -> np.ndarray:
    """Return, for each projected year, the constant rate that continues from the last figure before it."""
    rates, last = np.empty(seen.size - 1), seen[0]
    for index in range(1, seen.size):
        rates[index - 1] = _steady_rate(run, item, last)
        last = last if np.isnan(seen[index]) else seen[index]
    return rates


def _steady_rate(run: Run, item: Indicator, last: float) -> float:
    goal = run.goal(item, last)
    if goal is not None:
        return goal
    return run.plan.number(item.id) / 100.0 if item.id in run.plan.assumptions else last


def solved_mix(run: Run, item: Indicator) -> np.ndarray | None:
    """Return a part's path to the target year where its mixed total follows a target and the parts have none.

    It sets off from the last year in which both parts are observed, and again from every later year in which one of
    them, or the total, is.
    """
    total = run.plan.mix_of.get(item.id)
    if total is None or any(run.plan.target(name) for name in total.members[:2]):
        return None
    urban, rural, share = total.members
    seen = np.array([_filled_figures(run, name)[: run.horizon + 1] for name in (urban, rural)])
    both = np.flatnonzero(~np.isnan(seen).any(axis=0))
    start = int(both[-1]) if both.size else run.horizon
    if start >= run.horizon or share not in run.paths or np.isnan(run.paths[share][start : run.horizon + 1]).any():
        return None
    shares = run.paths[share][: run.horizon + 1]
    goal = run.goal(total, _mixed_base(run, total, seen, shares))
    if goal is None:
        return None
    parts, printed = seen.copy(), _reported(run, total)
    anchors = ~np.isnan(seen).all(axis=0) | ~np.isnan(printed[: run.horizon + 1])
    for stop in (*(start + 1 + np.flatnonzero(anchors[start + 1 : run.horizon])).tolist(), run.horizon):
        bases = float(parts[0, start]), float(parts[1, start])
        mean = float(mix(*bases, shares[start]))
        totals = (
            target_path(mean, goal, run.horizon - start, total.link)[: stop - start + 1]
            if np.isnan(printed[stop])
            else target_path(mean, float(printed[stop]), stop - start, total.link)
        )
        solved = solve_parts(totals, shares[start : stop + 1], *bases, _lead(run, urban, rural))
        ahead = slice(start, stop + 1)
        parts[:, ahead] = np.where(np.isnan(seen[:, ahead]), solved, seen[:, ahead])
        start = stop
    return parts[total.members.index(item.id)]


def _filled_figures(run: Run, name: str) -> np.ndarray:
    item = run.plan.indicators[name]
    return filled(run.observed(item), item.link)


def _reported(run: Run, item: Indicator) -> np.ndarray:
    """Return an identity's own figures that stand as printed, NaN elsewhere."""
    history = run.plan.history(item.id)
    own = [year in history and history[year].status == "reported" for year in run.years.tolist()]
    return np.where(own, run.observed(item), np.nan)


def _mixed_base(run: Run, total: Indicator, parts: np.ndarray, shares: np.ndarray) -> float:
    """Return the total in the base year: mixed from its parts, or as printed where one of them is missing."""
    mean = float(mix(parts[0, 0], parts[1, 0], shares[0]))
    return float(run.observed(total)[0]) if np.isnan(mean) else mean


def _lead(run: Run, urban: str, rural: str) -> float:
    rates = [row.growth_pct if row else None for row in (run.plan.outcome(rural), run.plan.outcome(urban))]
    return 0.0 if rates[0] is None or rates[1] is None else (rates[0] - rates[1]) / 100.0


def _compound(level: np.ndarray, *rates: np.ndarray) -> np.ndarray:
    start = int(np.flatnonzero(~np.isnan(level))[-1]) if not np.isnan(level).all() else level.size
    path = filled(level, "log")
    factors = np.prod([1.0 + rate[start + 1 :] for rate in rates], axis=0)
    if start < level.size:
        path[start + 1 :] = level[start] * np.cumprod(factors, axis=-1)
    return path


IDENTITY: Mapping[str, Callable[..., np.ndarray]] = MappingProxyType(
    {
        "ratio": lambda top, bottom: top / bottom,
        "difference": lambda first, second: first - second,
        "sum": lambda *parts: reduce(np.add, parts),
        "mix": mix,
        "quotient_growth": lambda whole, part: employment_growth(whole, part),
    }
)
"""Identity forms as functions of their members (inside units); `compound` also needs a start level."""


def identity_path(run: Run, item: Indicator) -> np.ndarray:
    """Return an identity computed from its members; a printed figure of its own stands in years already observed."""
    members = [run.paths[name] for name in item.members]
    seen = run.observed(item)
    if item.form == "compound":
        return _compound(seen, *members)
    path = IDENTITY[item.form](*members)
    printed = [run.plan.history(item.id).get(year) for year in run.years.tolist()]
    for index, figure in enumerate(printed):
        if figure is not None and (figure.status == "reported" or np.isnan(path[index])):
            path[index] = seen[index]
    path = filled(path, item.link, ~np.isnan(seen))
    if np.isnan(path[1:]).all() and run.horizon < path.size:
        goal = run.goal(item, np.nan)
        path[run.horizon] = np.nan if goal is None else goal
    return path
