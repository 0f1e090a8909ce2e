"""The audit's checks on growth: levels, growth and changes that must follow from each other, and completion."""

from __future__ import annotations

from collections.abc import Iterator

from hjforecast.audit_figures import Interval, agree, bases, implied_price_change, point, recovered_base, reported
from hjforecast.audit_rules import (
    Finding,
    Text,
    amount,
    as_percent,
    both,
    cited,
    listed,
    named,
    number,
    percent,
    percent_span,
    printed,
    quantity,
    rules,
    sources,
    span,
    wording,
)
from hjforecast.indicators import Indicator
from hjforecast.plan import Observation, Plan, Target
from hjforecast.units import Printed, compound, growth_average, growth_interval, level_interval, price_change_implied

__all__ = ["base_recovered_twice", "completion", "cumulative_vs_levels", "level_vs_growth", "stated_start"]

_COMPLETION, _CUMULATIVE_GROWTH = "_completion", "_cumulative_growth"


def level_vs_growth(plan: Plan) -> Iterator[Finding]:
    """Yield targets whose level is not base x (1 + growth)^years, within print.

    A `compound` (its level at current prices, its growth at constant ones) is judged by the price change it implies.
    """
    for row in plan.targets:
        base = bases(plan, row)
        if row.level is None or row.growth_pct is None or row.comparator == "~" or not base:
            continue
        if not any(agree(level_interval(seen.value, row.growth_pct, row.years), point(row.level)) for seen in base):
            yield _level_finding(plan, row, row.level, row.growth_pct, base[0])


def _level_finding(plan: Plan, row: Target, level: Printed, growth: Printed, base: Observation) -> Finding:
    item = plan.indicators[row.indicator]
    expected = float(compound(base.value, growth / 100.0, row.years))
    ends = level_interval(base.value, growth, row.years)
    fields: dict[str, Text] = {
        "name": named(item), "growth": quantity(printed(growth), "%"), "year": str(row.target_year),
        "base": amount(base.value, item), "base_year": str(row.base_year),
        "expected": quantity(number(expected, item.decimals), item.unit), "interval": span(*ends, item.decimals),
        "observed": amount(level, item),
        "who": wording("words", "delivered" if row.plan == plan.previous_outcome else "planned"),
    }  # fmt: skip
    variant = ""
    if item.form == "compound":
        nominal = growth_interval(base.value, level, row.years)
        price = implied_price_change(nominal, growth)
        central = price_change_implied(growth_average(base.value, level, row.years), growth / 100.0)
        fields |= {"price": percent(float(central)), "price_interval": percent_span(price)}
        variant = "price" if agree(price, _plausible_prices("level_vs_growth")) else "price_beyond"
    return Finding(
        "level_vs_growth",
        (item.id,),
        row.target_year,
        expected,
        float(level),
        ends,
        sources(row.source, base.source),
        fields,
        variant,
    )


def _plausible_prices(rule: str) -> Interval:
    limits = rules()[rule].thresholds
    return limits["price_low"] / 100.0, limits["price_high"] / 100.0


def stated_start(plan: Plan) -> Iterator[Finding]:
    """Yield delivered growth that does not follow from the printed start and end levels.

    The start is the first printed level after the base year of the last plan. Growth over the plan's length agreeing
    is silence; over the true span only, a lesser finding, since the words claim the whole plan. For a `compound` the
    growth is at constant prices, so a plausible price change is silence too.
    """
    for row in plan.targets_of(plan.previous_outcome):
        started = [seen for seen in reported(plan, row.indicator) if row.base_year < seen.year < row.target_year]
        if row.level is None or row.growth_pct is None or not started or started[0].value.low <= 0.0:
            continue
        start, growth = started[0], row.growth_pct
        length, true_span = (
            growth_interval(start.value, row.level, years) for years in (row.years, row.target_year - start.year)
        )
        claimed = (growth.low / 100.0, growth.high / 100.0)
        if agree(length, claimed) or _prices_explain(plan, row, true_span):
            continue
        variant = "true_span" if agree(true_span, claimed) else ""
        yield _start_finding(plan, row, row.level, growth, start, variant)


def _prices_explain(plan: Plan, row: Target, nominal: Interval) -> bool:
    if plan.indicators[row.indicator].form != "compound" or row.growth_pct is None:
        return False
    return agree(implied_price_change(nominal, row.growth_pct), _plausible_prices("stated_start"))


def _start_finding(
    plan: Plan, row: Target, level: Printed, growth: Printed, start: Observation, variant: str
) -> Finding:
    item, years = plan.indicators[row.indicator], row.target_year - start.year
    by_length, by_span = (float(growth_average(start.value, level, n)) for n in (row.years, years))
    fields: dict[str, Text] = {
        "name": named(item), "start": amount(start.value, item), "start_year": str(start.year),
        "end": amount(level, item), "year": str(row.target_year), "growth": quantity(printed(growth), "%"),
        "length": str(row.years), "by_length": percent(by_length), "years": str(years), "by_span": percent(by_span),
    }  # fmt: skip
    if item.form == "compound" and not variant:
        variant = "price_beyond"
        fields["price"] = percent(float(price_change_implied(by_span, growth / 100.0)))
    ends = as_percent(growth_interval(start.value, level, years))
    return Finding(
        "stated_start",
        (item.id,),
        row.target_year,
        100.0 * by_span,
        float(growth),
        ends,
        sources(row.source, start.source),
        fields,
        variant,
    )


def cumulative_vs_levels(plan: Plan) -> Iterator[Finding]:
    """Yield bracketed changes that are not target level - base level, within print."""
    for row in plan.targets:
        base = bases(plan, row)
        if row.level is None or row.cumulative is None or not base or plan.indicators[row.indicator].adds_up:
            continue
        changes = [(row.level.low - seen.value.high, row.level.high - seen.value.low) for seen in base]
        if any(agree(change, point(row.cumulative)) for change in changes):
            continue
        item, expected = plan.indicators[row.indicator], row.level - base[0].value
        unit = wording("words", "points") if item.unit == "%" else quantity("", item.unit)
        fields: dict[str, Text] = {
            "name": named(item), "base": amount(base[0].value, item), "base_year": str(row.base_year),
            "level": amount(row.level, item), "year": str(row.target_year),
            "interval": span(*changes[0], item.decimals),
            "expected": number(expected, item.decimals), "unit": unit, "observed": f"[{printed(row.cumulative)}]",
        }  # fmt: skip
        yield Finding(
            "cumulative_vs_levels",
            (item.id,),
            row.target_year,
            expected,
            float(row.cumulative),
            changes[0],
            sources(row.source, base[0].source),
            fields,
        )


def base_recovered_twice(plan: Plan) -> Iterator[Finding]:
    """Yield bases of the last plan that planned and delivered figures recover differently, within print."""
    for planned in plan.targets_of(plan.previous):
        delivered = plan.outcome(planned.indicator)
        if delivered is None or delivered.base_year != planned.base_year:
            continue
        if plan.indicators[planned.indicator].adds_up and None in (planned.growth_pct, delivered.growth_pct):
            continue
        first, second = recovered_base(planned), recovered_base(delivered)
        if first is None or second is None or agree(first[1], second[1]):
            continue
        item = plan.indicators[planned.indicator]
        fields: dict[str, Text] = {
            "name": named(item), "year": str(planned.base_year),
            "planned": _terms(planned, item), "delivered": _terms(delivered, item),
            "third": _third(plan, planned, item),
            "expected": quantity(number(first[0], item.decimals), item.unit),
            "expected_interval": span(*first[1], item.decimals),
            "observed": quantity(number(second[0], item.decimals), item.unit),
            "observed_interval": span(*second[1], item.decimals),
        }  # fmt: skip
        yield Finding(
            "base_recovered_twice",
            (item.id,),
            planned.base_year,
            first[0],
            second[0],
            first[1],
            sources(planned.source, delivered.source),
            fields,
            "price" if item.form == "compound" else "",
        )


def _terms(row: Target, item: Indicator) -> Text:
    level = amount(row.level, item) if row.level is not None else ""
    if row.growth_pct is not None:
        return both(wording("words", "with_growth"), level, quantity(printed(row.growth_pct), "%"))
    change = f"[{printed(row.cumulative)}]" if row.cumulative is not None else ""
    return both(wording("words", "with_change"), level, change)


def _third(plan: Plan, row: Target, item: Indicator) -> Text:
    found = [
        cited(amount(one.value, item), one.source) for one in plan.context
        if one.region == plan.region.name_zh and one.indicator == item.id and one.measure == "level"
        and one.start_year == one.end_year == row.base_year
    ]  # fmt: skip
    return both(wording("words", "elsewhere"), listed(found)) if found else ""


def completion(plan: Plan) -> Iterator[Finding]:
    """Yield completion and growth percentages that the printed plan, outcome or levels of their parent do not give.

    `<parent>_completion` is delivered / planned; `<parent>_cumulative_growth` the growth from the parent's first
    printed level.
    """
    for item in plan.indicators.values():
        for seen in reported(plan, item.id):
            if item.id == item.parent + _COMPLETION:
                yield from _completion_of_plan(plan, item, seen)
            elif item.id == item.parent + _CUMULATIVE_GROWTH:
                yield from _growth_over_period(plan, item, seen)


def _completion_of_plan(plan: Plan, item: Indicator, seen: Observation) -> Iterator[Finding]:
    planned = next((row for row in plan.targets_of(plan.previous, item.parent) if row.quantified), None)
    done = plan.outcome(item.parent)
    pairs = _comparable(planned, done) if planned and done else []
    ends = [
        (100.0 * have.low / (want.high * years), 100.0 * have.high / (want.low * years)) for want, have, years in pairs
    ]
    if not pairs or any(agree(one, point(seen.value)) for one in ends):
        return
    assert planned is not None
    assert done is not None
    (want, have, years), parent = pairs[0], plan.indicators[item.parent]
    expected = 100.0 * have / (want * years)
    fields: dict[str, Text] = {
        "name": named(parent), "year": str(seen.year), "observed": quantity(printed(seen.value), "%"),
        "expected": quantity(number(expected), "%"), "interval": span(*ends[0], unit="%"),
        "planned": both("{}{}", amount(want, parent), "" if years == 1 else f"×{years}"),
        "delivered": amount(have, parent),
    }  # fmt: skip
    yield Finding(
        "completion",
        (item.id, parent.id),
        seen.year,
        expected,
        float(seen.value),
        ends[0],
        sources(seen.source, planned.source, done.source),
        fields,
    )


def _comparable(planned: Target, done: Target) -> list[tuple[Printed, Printed, int]]:
    """Return the readings planned, delivered, years: totals, levels, or a yearly number against a total."""
    readings = [
        (planned.cumulative, done.cumulative, 1),
        (planned.level, done.level, 1),
        (planned.level, done.cumulative, planned.years),
    ]
    return [(want, have, years) for want, have, years in readings if want and have and want.low > 0.0]


def _growth_over_period(plan: Plan, item: Indicator, seen: Observation) -> Iterator[Finding]:
    levels = reported(plan, item.parent)
    start, end = next(iter(levels), None), next((one for one in levels if one.year == seen.year), None)
    if start is None or end is None or start.year >= end.year or start.value.low <= 0.0:
        return
    ends = growth_interval(start.value, end.value, 1)
    if agree(as_percent(ends), point(seen.value)):
        return
    parent, growth = plan.indicators[item.parent], end.value / start.value - 1.0
    fields: dict[str, Text] = {
        "name": named(parent), "year": str(end.year), "start_year": str(start.year),
        "start": amount(start.value, parent), "end": amount(end.value, parent), "expected": percent(growth),
        "interval": percent_span(ends), "observed": quantity(printed(seen.value), "%"),
    }  # fmt: skip
    yield Finding(
        "completion",
        (item.id, parent.id),
        seen.year,
        100.0 * growth,
        float(seen.value),
        as_percent(ends),
        sources(seen.source, start.source, end.source),
        fields,
        "growth",
    )
