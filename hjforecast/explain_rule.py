"""Which rule moves an indicator under a scenario, span by span, with its equation and the numbers in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from hjforecast.conditioning import run_of
from hjforecast.explain_rates import rate_steps
from hjforecast.explain_step import Number, Step, lever_number, stated_number, value_number
from hjforecast.growth import filled
from hjforecast.indicators import Indicator
from hjforecast.levers import delivery_levers
from hjforecast.projection import PROJECTED, Projection
from hjforecast.rules import own_speed, solved_mix
from hjforecast.run import Run, already_met
from hjforecast.samples import cap_of

__all__ = ["steps_of"]

_IDENTITIES: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "ratio": ("{0} ÷ {1}", "前者与后者之比。", "The first over the second."),
        "difference": ("{0} − {1}", "前者减后者。", "The first less the second."),
        "sum": ("{sum}", "各组成部分之和。", "The sum of its parts."),
        "mix": (
            "{0} × {2} + {1} × (1 − {2})",
            "城镇与农村两部分按城镇化率加权平均。",
            "The mean of the urban and the rural part, weighted by the urban share.",
        ),
        "quotient_growth": (
            "(1 + {0}) ÷ (1 + {1}) − 1",
            "总量增速除以投入增速。",
            "Growth of the total over that of the input.",
        ),
        "compound": (
            "y_(t−1) × (1 + {0}) × (1 + {1})",
            "上年数逐年乘以各增速，用于没有实绩的年份。",
            "Last year's figure times each rate, in years without an actual figure.",
        ),
    }
)


def steps_of(projection: Projection, name: str) -> tuple[Step, ...]:
    """Return the steps of an indicator's path in order of time; a step that adds to another comes after it.

    Empty where nothing is left to compute: no figure to start from, or every year observed.

    Parameters: `projection`, with the target year in it; `name`, an indicator's id.
    """
    run, item = run_of(projection), projection.plan.indicators[name]
    years = [year for year in projection.years.tolist()[1:] if projection.status_of(name, year) in PROJECTED]
    if not years:
        return ()
    if _is_placed(projection, item):
        return (_placed(projection, run, item),)
    if item.rule == "identity":
        return (_identity(projection, item, years),)
    kind = rate_steps if item.kind == "growth" else _level_steps
    return tuple(kind(projection, run, item))


def _is_placed(projection: Projection, item: Indicator) -> bool:
    """Whether the target year holds the target itself, with no figure to draw a path from."""
    index = projection.plan.target_year - projection.plan.base_year
    known = np.flatnonzero(~np.isnan(projection.central[item.id]))
    members = [projection.central[name][index] for name in item.members if item.rule == "identity"]
    computed = bool(members) and not np.isnan(members).any()
    return item.kind != "growth" and known.tolist() == [index] and not computed


def _goal(projection: Projection, run: Run, item: Indicator, goal: float) -> Iterator[Number]:
    """Yield the level aimed at (`goal` in inside units), and how much of the planned change it is."""
    year, target = projection.plan.target_year, projection.plan.target(item.id)
    source = target.source if target is not None else ""
    status = projection.status_of(item.id, year)
    yield Number(f"y_{year}", goal * item.scale, item.unit, status, f"目标：{source}", f"target: {source}")
    ratio = run.delivered(item)
    if ratio is not None and ratio != 1.0:
        lever = next((name for name in delivery_levers(item) if name in run.settings), "delivery")
        yield lever_number("d", lever, ratio)


def _placed(projection: Projection, run: Run, item: Indicator) -> Step:
    year = projection.plan.target_year
    return Step(
        "target", year, year, f"y_{year} = 目标 / target",
        "没有可起算的数，无法测算；情景只在目标年取目标值，不是测算结果。",
        "No figure to start from, hence no path; the scenario supposes the target in its year, which is no projection.",
        tuple(_goal(projection, run, item, float(run.paths[item.id][run.horizon]))),
    )  # fmt: skip


def _identity(projection: Projection, item: Indicator, years: list[int]) -> Step:
    """Return the identity with its members' values in the target year, or in the last year that has one."""
    target = projection.plan.target_year
    year = target if target in years else years[-1]
    form, zh, en = _IDENTITIES[item.form]
    names = [f"{name}_t" for name in item.members]
    equation = "y_t = " + form.format(*names, sum=" + ".join(names))
    numbers = [
        value_number(projection, f"{name}_{year}", name, year)
        for name in item.members
        if _known(projection, name, year)
    ]
    if item.form == "compound" and _known(projection, item.id, year - 1):
        numbers.insert(0, value_number(projection, f"y_{year - 1}", item.id, year - 1))
    return Step("identity", years[0], years[-1], equation, zh, en, tuple(numbers))


def _known(projection: Projection, name: str, year: int) -> bool:
    return projection.status_of(name, year) != "unavailable"


def _level_steps(projection: Projection, run: Run, item: Indicator) -> Iterator[Step]:
    """Yield the steps of a level, share, index or count: to its target while followed, then its default rule."""
    path, years = filled(run.observed(item), item.link), run.years
    start = int(np.flatnonzero(~np.isnan(path))[-1])
    given = {
        int(year): float(one)
        for year, one in zip(years[1:], run.lever_path(f"chain_growth.{item.id}", hold=True), strict=True)
        if item.is_chain and not np.isnan(one) and year > years[start]
    }
    last = min(given, default=int(years[-1]) + 1) - 1
    if item.is_chain and projection.status_of(item.id, projection.plan.base_year) == "assumed" and start == 0:
        yield from _assumed_base(projection, run, item)
    yield from _between(projection, item)
    aim = _aim(projection, run, item, path, start, last)
    if aim is not None:
        yield aim
        start = run.horizon
    if years[start] < last:
        yield _default(projection, run, item, start, last)
        yield from _projects(projection, run, item, int(years[start]))
    if given:
        yield _chain_growth(item, given, int(years[-1]))


def _assumed_base(projection: Projection, run: Run, item: Indicator) -> Iterator[Step]:
    plan, lever = projection.plan, run.lever(f"chain_base.{item.id}")
    base, target = plan.base_year, plan.target(item.id)
    number = value_number(projection, f"y_{base}", item.id, base)
    if lever is not None:
        number = lever_number("x", f"chain_base.{item.id}", lever, item.unit)
        yield Step(
            "chain_base",
            base,
            base,
            f"y_{base} = x",
            "基期产值由情景给定。",
            "The base is set by the scenario.",
            (number,),
        )
    elif target is not None and target.level is not None and plan.base(item.id) is None:
        yield Step(
            "chain_base", base, base, f"y_{base} = y_{plan.target_year} ÷ (1 + g)^{run.horizon}",
            "没有公布基期产值：由目标按假定增速倒推，属假定数。",
            "No base is published: it is back-cast from the target at a stated rate, and is an assumed figure.",
            (Number(f"y_{plan.target_year}", float(target.level), item.unit, "reported", target.source, target.source),
             stated_number(projection, "g", "chain_base_growth", plan.number("chain_base_growth"), "%")),
        )  # fmt: skip


def _between(projection: Projection, item: Indicator) -> Iterator[Step]:
    """Yield the steps of years without a figure between two that have one."""
    seen = [
        year
        for year in projection.years.tolist()
        if projection.status_of(item.id, year) not in (*PROJECTED, "unavailable")
    ]
    for first, last in pairwise(seen):
        if last - first > 1:
            ends = [value_number(projection, f"y_{year}", item.id, year) for year in (first, last)]
            equation, _, _ = _toward(item, ends[0].value / item.scale, ends[1].value / item.scale, first, last)
            yield Step(
                "filled", first + 1, last - 1, equation,
                f"{first} 年与 {last} 年之间没有数：按不变的速度相连。",
                f"No figure between {first} and {last}: they are joined at an even pace.", tuple(ends),
            )  # fmt: skip


def _aim(projection: Projection, run: Run, item: Indicator, path: np.ndarray, start: int, last: int) -> Step | None:
    """Return the step that leads to the target, None where none is followed (as `rules` decides)."""
    plan, target = projection.plan, projection.plan.target(item.id)
    if start >= run.horizon:
        return None
    first, end, base = int(run.years[start]) + 1, min(plan.target_year, last), int(run.years[start])
    if solved_mix(run, item) is not None:
        return _solved(projection, item, first, end)
    goal = run.goal(item, path[0])
    if goal is None or target is None or already_met(target.comparator, path[start], goal):
        return None
    equation, zh, en = _toward(item, float(path[start]), goal, base, plan.target_year)
    numbers = (value_number(projection, f"y_{base}", item.id, base), *_goal(projection, run, item, goal))
    return Step("target", first, end, equation, zh, en, numbers)


def _toward(item: Indicator, start: float, goal: float, base: int, end: int) -> tuple[str, str, str]:
    """Return the equation and words of a path to a target: even in logs, logits, or in the figure itself."""
    passed = f"(t−{base}) ÷ {end - base}"
    if item.link == "log" and min(start, goal) > 0.0:
        return (
            f"y_t = y_{base} × (y_{end} ÷ y_{base})^({passed})",
            "以不变的年增速到达目标。", "Reaches its target at an even rate of growth.",
        )  # fmt: skip
    if item.link == "logit" and min(start, goal) > 0.0 and max(start, goal) < 1.0:
        return (
            f"logit y_t = logit y_{base} + (logit y_{end} − logit y_{base}) × {passed}",
            "比重的 logit 每年等量变动，到达目标；logit y = ln(y ÷ (1 − y))。",
            "Reaches its target by even steps of the logit, ln(y ÷ (1 − y)).",
        )
    return (
        f"y_t = y_{base} + (y_{end} − y_{base}) × {passed}",
        "每年等量变动，到达目标。", "Reaches its target by even steps.",
    )  # fmt: skip


def _solved(projection: Projection, item: Indicator, first: int, last: int) -> Step:
    total = projection.plan.mix_of[item.id]
    urban, rural, share = total.members
    other = rural if item.id == urban else urban
    year = projection.plan.target_year
    return Step(
        "target", first, last, f"{total.id}_t = {urban}_t × {share}_t + {rural}_t × (1 − {share}_t)",
        f"规划只给了{total.name_zh}的目标：城镇、农村两部分的增速由上式解出，农村快于城镇的幅度同上一规划的实绩。",
        f"Only {total.name_en} has a target: the growth of both parts is solved from it, rural income keeping the lead over "
        "urban income that the last plan's outcome shows.",
        tuple(value_number(projection, f"{name}_{year}", name, year) for name in (total.id, other, share)),
    )  # fmt: skip


def _default(projection: Projection, run: Run, item: Indicator, start: int, last: int) -> Step:
    """Return the step of the default rule from index `start` on."""
    base, value = int(run.years[start]), float(run.paths[item.id][start])
    number = value_number(projection, f"y_{base}", item.id, base)
    if item.rule == "elastic" or (item.rule == "target" and item.members):
        return _elastic(projection, run, item, number, base, last)
    if item.rule == "urgd" and 0.0 < value < cap_of(run, item):
        return _urban(projection, run, item, number, base, last)
    if item.rule == "share_of":
        names = [f"{name}_t" for name in item.members]
        return Step(
            "share_of", base + 1, last, f"y_t = {names[0]} × {names[1]}",
            "占比乘以总量。", "A share times its whole.",
            tuple(value_number(projection, f"{name}_{last}", name, last)
                  for name in item.members if _known(projection, name, last)),
        )  # fmt: skip
    return Step(
        item.rule, base + 1, last, f"y_t = y_{base}",
        f"没有驱动指标可循：保持 {base} 年的数。", f"Nothing drives it: the figure of {base} stays.", (number,),
    )  # fmt: skip


def _elastic(projection: Projection, run: Run, item: Indicator, number: Number, base: int, last: int) -> Step:
    driver, name = item.members[0], f"elasticity.{item.id}"
    value, moved = run.elasticity(item.id), run.lever(name)
    own = name if name in projection.plan.assumptions else "elasticity.default"
    e = stated_number(projection, "e", own, value) if moved is None else lever_number("e", name, moved)
    drivers = [
        value_number(projection, f"{driver}_{year}", driver, year)
        for year in (base, last)
        if _known(projection, driver, year)
    ]
    who = projection.plan.indicators[driver]
    return Step(
        "elastic", base + 1, last, f"y_t = y_{base} × ({driver}_t ÷ {driver}_{base})^e",
        f"{who.name_zh}每增长 1%，本指标约增长 e%。", f"For each 1 % that {who.name_en} grows, it grows by about e %.",
        (number, e, *drivers),
    )  # fmt: skip


def _urban(projection: Projection, run: Run, item: Indicator, number: Number, base: int, last: int) -> Step:
    plan, cap = projection.plan, run.lever("urban.cap")
    speed, push = run.lever("urban.d0"), run.elasticity(item.id, 0.0)
    numbers = [
        number,
        lever_number("d0", "urban.d0", speed) if speed is not None
        else Number("d0", own_speed(plan, item, cap_of(run, item)), "", "derived", "首末两次观测之间的 logit 年均变动",
                    "yearly logit change between the first and the last observation"),
        lever_number("K", "urban.cap", cap, "%") if cap is not None
        else stated_number(projection, "K", "urban.cap", plan.number("urban.cap"), "%"),
        stated_number(projection, "n", "urban.fade_years", plan.number("urban.fade_years"), "年"),
        stated_number(projection, "a", "urban.norm_intercept", plan.number("urban.norm_intercept")),
        stated_number(projection, "b", "urban.norm_slope", plan.number("urban.norm_slope")),
    ]  # fmt: skip
    more = ""
    if push:
        more = " + e × (gdp_real_growth_t − g*)"
        numbers.append(lever_number("e", f"elasticity.{item.id}", push))
        numbers.append(stated_number(projection, "g*", "long_run_growth", plan.number("long_run_growth"), "%"))
    return Step(
        "urgd", base + 1, last,
        "logit y_t = logit y_(t−1) + w_t × d0 + (1 − w_t) × (a + b × logit y_(t−1))" + more
        + f"; w_t = max(1 − (t−{plan.base_year}) ÷ n, 0); logit y = ln(y ÷ (K − y))",
        "城镇化率的 logit 先按自身速度 d0 变动，n 年内逐步过渡到同类县域标准 a + b × logit y。",
        "Its logit moves at its own speed d0, which gives way within n years to the norm of comparable counties, a + b × logit y.",
        tuple(numbers),
    )  # fmt: skip


def _projects(projection: Projection, run: Run, item: Indicator, base: int) -> Iterator[Step]:
    found = [one for one in projection.plan.investments if one.indicator == item.id]
    if not found:
        return
    lever = run.lever("pipeline")
    numbers = [
        Number(one.project, one.capacity * one.probability, item.unit, "assumed",
               f"{one.source}；{one.start_year} 年起，{one.ramp_years} 年达产，概率 {one.probability:g}",
               f"{one.source}; from {one.start_year}, full after {one.ramp_years} years, probability {one.probability:g}")
        for one in found
    ]  # fmt: skip
    yield Step(
        "pipeline", base + 1, int(run.years[-1]), "y_t = y_t + m × Σ capacity × probability × ramp_t",
        "另加项目储备的产能：每个项目按概率计入，逐年达产。",
        "Plus the projects of the pipeline: each capacity counts with its probability and is reached year by year.",
        (lever_number("m", "pipeline", lever) if lever is not None else Number("m", 1.0, "", "assumed", "全部计入", "all"),
         *numbers),
    )  # fmt: skip


def _chain_growth(item: Indicator, given: Mapping[int, float], last: int) -> Step:
    lever, first = f"chain_growth.{item.id}", min(given)
    same = len(set(given.values())) == 1
    numbers = {"x_t": given[first]} if same else {f"x_{year}": one for year, one in given.items()}
    return Step(
        lever, first, last, "y_t = y_(t−1) × (1 + x_t)",
        f"产值增速由情景的杠杆 {lever} 给定。", f"Growth is set by the scenario's lever {lever}.",
        tuple(lever_number(symbol, lever, one, "%") for symbol, one in numbers.items()),
    )  # fmt: skip
