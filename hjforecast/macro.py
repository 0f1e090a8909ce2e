"""GDP's two rates: real growth and the price change, kept apart so that 8 % real never meets current prices."""

from __future__ import annotations

import numpy as np

from hjforecast.assumptions import IMPLIED
from hjforecast.errors import InputError, Problem
from hjforecast.growth import damped, elastic, level_path, scheduled, target_path
from hjforecast.industry import excess_growth
from hjforecast.levers import GDP_INDUSTRY
from hjforecast.plan import Plan, Target
from hjforecast.run import GDP, REAL, Run
from hjforecast.units import growth_average, price_change_implied

__all__ = ["implied_price_change", "parent_growth", "planned_growth", "price_change", "real_growth", "trend_start"]


def implied_price_change(plan: Plan) -> float | None:
    """Return the price change (fraction a year) that makes GDP's planned level and real growth agree.

    (1 + p) = (level / base)^(1/n) / (1 + real); None where the plan prints not all three.
    """
    target = plan.target(GDP) if GDP in plan.indicators else None
    base = plan.history(GDP).get(target.base_year) if target is not None else None
    if target is None or base is None or target.level is None or target.growth_pct is None:
        return None
    nominal = growth_average(float(base.value), float(target.level), target.years)
    return float(price_change_implied(nominal, target.growth_pct / 100.0))


def _stated_price_change(plan: Plan) -> float:
    stated = plan.assumption("price_change")
    if stated != IMPLIED:
        return float(stated) / 100.0
    implied = implied_price_change(plan)
    if implied is not None:
        return implied
    if GDP not in plan.indicators or max(plan.history(GDP), default=0) < plan.base_year:
        return float("nan")  # no level of GDP to be priced: it stands as unavailable
    zh = "规划未同时给出地区生产总值的基期、目标水平和实际增速，无法推出价格变动；"
    zh += '请填写年均数（单位%，如 value = 1.5；没有依据可用的填 0，即按基期年价格测算），status 写 "assumed"，source 写明理由。'
    en = "GDP's base, target level and real growth are not all printed, so none is implied; give a number "
    en += '(% a year, such as value = 1.5; 0 keeps the base year\'s prices) with status = "assumed" and its reason in source.'
    raise InputError([Problem("plan.toml", 0, "price_change", IMPLIED, zh, en)])


def price_change(run: Run) -> np.ndarray:
    """Return the price change by projected year (fractions): the lever, else the plan's assumption."""
    stated = _stated_price_change(run.plan)
    given = run.lever_path("price_change", hold=True) / 100.0
    return np.where(np.isnan(given), stated, given)


def trend_start(plan: Plan) -> float:
    """Return g_0, recent real growth shrunk toward the parent region's: w own + (1 - w) parent (fraction).

    Own growth is the last plan's outcome for GDP; the parent's is its longest yearly average up to the base year.
    Where one is missing the other stands alone; where both are, the long-run rate does.
    """
    outcome = plan.outcome(GDP)
    own = outcome.growth_pct if outcome else None
    parent = parent_growth(plan)
    if own is None and parent is None:
        return plan.number("long_run_growth") / 100.0
    if own is None or parent is None:
        return float(own if own is not None else parent) / 100.0  # type: ignore[arg-type]
    weight = plan.number("own_growth_weight")
    return (weight * own + (1.0 - weight) * parent) / 100.0


def parent_growth(plan: Plan) -> float | None:
    """Return the first parent region's average real growth (%) over its longest period up to the base year."""
    if not plan.parents:
        return None
    rows = [
        row for row in plan.context
        if (row.indicator, row.measure, row.region) == (GDP, "growth", plan.parents[0].name_zh)
        and row.end_year <= plan.base_year
    ]  # fmt: skip
    rows.sort(key=lambda row: (row.end_year - row.start_year, row.end_year))
    return float(rows[-1].value) if rows else None


def real_growth(run: Run, start: float, year: int) -> np.ndarray:
    """Return real GDP growth by projected year (fractions).

    The plan's growth times its delivery ratio up to the target year where the target is followed, else the damped
    trend from `start`, growth as of `year` (`filtering.updated_growth`); then `real_growth` levers, `shock` points, and
    the pull of chains that outgrow their usual path.
    """
    plan, steps = run.plan, run.years.size - 1
    long_run, damping = plan.number("long_run_growth") / 100.0, plan.number("damping")
    growth = damped(trend_start(plan), long_run, damping, steps)
    ahead = min(year - plan.base_year, steps)
    growth[ahead:] = damped(start, long_run, damping, steps - ahead)
    planned = planned_growth(run)
    if planned is not None:
        held = np.full(steps, np.nan)
        held[: run.horizon] = planned
        growth = scheduled(growth, held, long_run, damping)
    growth = scheduled(growth, run.lever_path("real_growth") / 100.0, long_run, damping)
    growth = growth + np.nan_to_num(run.lever_path("shock")) / 100.0
    pull = run.elasticity(GDP_INDUSTRY, 0.0)
    if pull:
        run.assumed.add(REAL)
        growth = growth + pull * _chain_excess(run, growth)
    return growth


def planned_growth(run: Run) -> float | None:
    """Return the real growth a year (fraction) that the plan means, as far as it is delivered; None where not followed."""
    if GDP not in run.plan.indicators:
        return None
    ratio, target = run.delivered(run.plan.indicators[GDP]), run.plan.target(GDP)
    if ratio is None or target is None:
        return None
    if target.growth_pct is not None and target.base_year == run.plan.base_year:
        return ratio * target.growth_pct / 100.0
    base = run.plan.base(GDP)
    if target.level is None:
        rest = _growth_left(run.plan, target)
        return None if rest is None else ratio * rest
    if base is None:
        return None
    nominal = growth_average(float(base.value), float(target.level), run.horizon)
    return ratio * float(price_change_implied(nominal, _stated_price_change(run.plan)))


def _growth_left(plan: Plan, target: Target) -> float | None:
    """Return the real growth a year still to come of a target that counts from another year, None if unknown.

    What has grown since its base year must be known: every year's real growth up to the plan's base year.
    """
    seen = plan.history(REAL)
    past = range(target.base_year + 1, plan.base_year + 1)
    if target.growth_pct is None or not past or any(year not in seen for year in past):
        return None
    due = (1.0 + target.growth_pct / 100.0) ** target.years
    grown = float(np.prod([1.0 + seen[year].value / 100.0 for year in past]))
    return float(growth_average(grown, due, plan.target_year - plan.base_year)) if grown > 0.0 else None


def _chain_excess(run: Run, growth: np.ndarray) -> np.ndarray:
    """Return how much faster the top-level chains grow to their targets than with GDP, one value a year."""
    n = min(run.horizon, growth.size)
    gdp = level_path(1.0, (1.0 + growth) * (1.0 + price_change(run)) - 1.0)[: n + 1]
    followed, usual = [], []
    for item in run.plan.indicators.values():
        if item.category != "industry" or not item.is_chain or _is_part(run, item.parent):
            continue
        base = run.observed(item)[0]
        goal = run.goal(item, base)
        if np.isnan(base) or goal is None:
            continue
        followed.append(target_path(base, goal, n, item.link))
        usual.append(elastic(base, gdp, run.elasticity(item.id)))
    excess = np.zeros(growth.size)
    if followed:
        excess[:n] = excess_growth(np.array(followed), np.array(usual))
    return excess


def _is_part(run: Run, parent: str) -> bool:
    return bool(parent) and run.plan.indicators[parent].is_chain
