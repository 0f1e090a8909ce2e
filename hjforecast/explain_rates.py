"""How a growth rate moves: GDP's two rates year by year, every other one constant."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import numpy as np

from hjforecast.assumptions import IMPLIED
from hjforecast.explain_step import Number, Step, lever_number, stated_number
from hjforecast.filtering import updated_growth
from hjforecast.indicators import Indicator
from hjforecast.levers import GDP_INDUSTRY, delivery_levers
from hjforecast.macro import implied_price_change, parent_growth, planned_growth
from hjforecast.projection import PROJECTED, Projection
from hjforecast.run import GDP, PRICE, REAL, Run

__all__ = ["rate_steps"]


def rate_steps(projection: Projection, run: Run, item: Indicator) -> Iterator[Step]:
    """Yield the steps of a growth rate, one for each run of years that follow the same rule."""
    steps = {REAL: _real_steps, PRICE: _price_steps}.get(item.id, _steady_steps)
    yield from steps(projection, run, item)


def _open(projection: Projection, name: str) -> list[int]:
    """Return the years whose value a rule computes."""
    return [year for year in projection.years.tolist()[1:] if projection.status_of(name, year) in PROJECTED]


def _spans(labels: dict[int, str]) -> Iterator[tuple[str, int, int]]:
    """Yield each run of consecutive years with one label."""
    for label, group in groupby(labels.items(), key=lambda pair: pair[1]):
        years = [year for year, _ in group]
        yield label, years[0], years[-1]


def _given(run: Run, lever: str, *, hold: bool = False) -> dict[int, float]:
    """Return what a scenario gives for a lever, by year."""
    path = run.lever_path(lever, hold=hold)
    years = run.years[1:]
    return {int(year): float(one) for year, one in zip(years, path, strict=True) if not np.isnan(one)}


def _labels(plan_years: range, planned: float | None, given: dict[int, float], years: list[int]) -> dict[int, str]:
    """Return the rule of each year: trend, target, lever, or eased (damped from the last year that was set)."""
    labels = dict.fromkeys(range(plan_years.start, max([*years, plan_years.start]) + 1), "trend")
    for fixed, label in ((plan_years if planned is not None else (), "target"), (given, "lever")):
        labels.update(dict.fromkeys(fixed, label))
        labels.update({year: "eased" for year in labels if fixed and year > max(fixed)})
    return {year: labels[year] for year in years}


def _real_steps(projection: Projection, run: Run, item: Indicator) -> Iterator[Step]:
    plan, given, planned = projection.plan, _given(run, "real_growth"), planned_growth(run)
    years = range(plan.base_year + 1, plan.target_year + 1)
    for label, first, last in _spans(_labels(years, planned, given, _open(projection, REAL))):
        if label == "trend":
            yield _trend(projection, first, last)
        elif label == "target":
            yield _planned(projection, run, first, last, 100.0 * float(planned or 0.0))
        elif label == "lever":
            yield _lever(first, last, "real_growth", given)
        else:
            start = max([*given, *([plan.target_year] if planned is not None else [])])
            value = given.get(start, 100.0 * float(planned or 0.0))
            yield _eased(projection, first, last, start, value)
    yield from _additions(run)


def _long_run(projection: Projection) -> list[Number]:
    plan = projection.plan
    return [
        stated_number(projection, "g*", "long_run_growth", plan.number("long_run_growth"), "%"),
        stated_number(projection, "φ", "damping", plan.number("damping")),
    ]


def _trend(projection: Projection, first: int, last: int) -> Step:
    plan = projection.plan
    start = updated_growth(plan)
    numbers = [Number(f"g_{start.year}", 100.0 * start.growth, "%", "derived", start.note_zh, start.note_en)]
    outcome, parent = plan.outcome(GDP), parent_growth(plan)
    if outcome is not None and outcome.growth_pct is not None:
        numbers.append(Number("own", float(outcome.growth_pct), "%", "reported", outcome.source, outcome.source))
        numbers.append(stated_number(projection, "w", "own_growth_weight", plan.number("own_growth_weight")))
    if parent is not None:
        source = plan.parents[0].name("zh"), plan.parents[0].name("en")
        numbers.append(
            Number("parent", parent, "%", "reported", f"{source[0]}，context.csv", f"{source[1]}, context.csv")
        )
    return Step(
        "growth", first, last, f"y_t = g* + (g_{start.year} − g*) × φ^(t−{start.year})",
        "由近年增速（本地 own 与上级 parent 按 w 加权，有实绩时再由滤波更新）起步，逐年向长期增速 g* 靠拢。",
        "Sets off from recent growth (own and the parent region's, weighted by w, then updated by a filter where there are "
        "actual figures) and eases toward the long-run rate g*.",
        (*numbers, *_long_run(projection)),
    )  # fmt: skip


def _planned(projection: Projection, run: Run, first: int, last: int, rate: float) -> Step:
    target = projection.plan.target(GDP)
    assert target is not None
    gdp = projection.plan.indicators[GDP]
    ratio = float(run.delivered(gdp) or 0.0)
    lever = next((name for name in delivery_levers(gdp) if name in run.settings), "delivery")
    numbers = [lever_number("d", lever, ratio)]
    full = rate / ratio if ratio else 0.0
    status = "reported" if target.growth_pct is not None and abs(full - target.growth_pct) < 1e-9 else "derived"
    numbers.append(Number("g_plan", full, "%", status, target.source, target.source))
    return Step(
        "target", first, last, "y_t = d × g_plan",
        "规划的实际年均增速乘以兑现率 d（1 为如期实现）。", "The plan's yearly real growth times d, the share delivered.",
        tuple(numbers),
    )  # fmt: skip


def _lever(first: int, last: int, lever: str, given: dict[int, float]) -> Step:
    numbers = tuple(lever_number(f"y_{year}", lever, given[year], "%") for year in range(first, last + 1))
    return Step(
        lever, first, last, "y_t = x_t",
        f"由情景的杠杆 {lever} 直接给定。", f"Set by the scenario's lever {lever}.",
        numbers if len({one.value for one in numbers}) > 1 else (lever_number("x_t", lever, numbers[0].value, "%"),),
    )  # fmt: skip


def _eased(projection: Projection, first: int, last: int, start: int, value: float) -> Step:
    return Step(
        "growth", first, last, f"y_t = g* + (g_{start} − g*) × φ^(t−{start})",
        f"从 {start} 年的增速起，逐年向长期增速 g* 靠拢。", f"Eases from the growth of {start} toward the long-run rate g*.",
        (Number(f"g_{start}", value, "%", "projected", "上一段末年", "last year of the span before"),
         *_long_run(projection)),
    )  # fmt: skip


def _additions(run: Run) -> Iterator[Step]:
    """Yield what comes on top of growth: shocks, and the pull of chains that outgrow their usual path."""
    shocks = {year: one for year, one in _given(run, "shock").items() if one}
    if shocks:
        yield Step(
            "shock", min(shocks), max(shocks), "y_t = y_t + x_t",
            "冲击：当年增速另加 x_t 个百分点。", "Shock: x_t points on top of the year's growth.",
            tuple(lever_number(f"x_{year}", "shock", one, "个百分点") for year, one in shocks.items()),
        )  # fmt: skip
    pull = run.elasticity(GDP_INDUSTRY, 0.0)
    if pull:
        years = run.years.tolist()
        yield Step(
            "elastic", years[1], min(run.plan.target_year, years[-1]), "y_t = y_t + e × x_t",
            "产业链增长快于与 GDP 同步的路径时，超出部分 x_t 按 e 拉动增速。",
            "Where chains outgrow their usual path with GDP, the excess x_t adds e × x_t to growth.",
            (lever_number("e", f"elasticity.{GDP_INDUSTRY}", pull),),
        )  # fmt: skip


def _price_steps(projection: Projection, run: Run, item: Indicator) -> Iterator[Step]:
    plan, given = projection.plan, _given(run, "price_change", hold=True)
    labels = {year: "lever" if year in given else "stated" for year in _open(projection, PRICE)}
    for label, first, last in _spans(labels):
        if label == "lever":
            yield _lever(first, last, "price_change", given)
            continue
        stated = plan.assumption("price_change")
        value = 100.0 * float(implied_price_change(plan) or 0.0) if stated == IMPLIED else float(stated)
        yield Step(
            "growth", first, last, "y_t = p", "年均价格变动按 plan.toml 的假设，逐年不变。",
            "The price change stated in plan.toml, the same every year.",
            (stated_number(projection, "p", "price_change", value, "%"),),
        )  # fmt: skip


def _steady_steps(projection: Projection, run: Run, item: Indicator) -> Iterator[Step]:
    years = _open(projection, item.id)
    if not years:
        return
    value, target = projection.value(item.id, years[-1]), projection.plan.target(item.id)
    known = [year for year in projection.plan.history(item.id) if year < years[0]]
    last = float(projection.plan.history(item.id)[known[-1]].value) if known else np.nan
    if target is not None and run.goal(item, last / item.scale) is not None:
        number = Number("x", value, "%", "projected", f"目标：{target.source}", f"target: {target.source}")
        zh, en = "取规划目标的增速，逐年不变。", "The growth of the plan's target, the same every year."
    elif item.id in projection.plan.assumptions:
        number = stated_number(projection, "x", item.id, value, "%")
        zh, en = "取 plan.toml 的假设，逐年不变。", "The rate stated in plan.toml, the same every year."
    else:
        seen = projection.plan.history(item.id)[known[-1]]
        number = Number("x", value, "%", seen.status, f"{seen.year} 年，{seen.source}", f"{seen.year}, {seen.source}")
        zh, en = "没有目标和假设，保持最近一年的增速。", "No target and no assumption: the latest rate stays."
    yield Step("growth", years[0], years[-1], "y_t = x", zh, en, (number,))
