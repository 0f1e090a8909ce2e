"""The audit's checks on targets: behind the base, too bold, too easy, wrong unit or sign, not accountable."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from hjforecast.audit_figures import Interval, agree, bases, point, reported
from hjforecast.audit_rules import (
    Finding,
    Text,
    amount,
    cited,
    listed,
    named,
    number,
    percent,
    printed,
    quantity,
    rules,
    sources,
    target_text,
    wording,
)
from hjforecast.indicators import Indicator
from hjforecast.plan import Observation, Plan, Target
from hjforecast.rules import own_speed
from hjforecast.units import Printed, growth_average, inverse_logit, logit

__all__ = [
    "aggregate_vs_parts",
    "binding_without_base",
    "target_behind_base",
    "too_bold",
    "too_easy",
    "unit_or_sign",
]

_BINDING = "约束性"
_BOUNDS = (">=", ">", "<=")


def _worse(item: Indicator, value: float, than: float) -> bool:
    return value < than if item.better == "up" else value > than if item.better == "down" else False


def _no_worse(item: Indicator, value: float) -> Interval:
    return (value, math.inf) if item.better == "up" else (-math.inf, value)


def _side(item: Indicator) -> Text:
    return wording("words", "below" if item.better == "up" else "above")


def target_behind_base(plan: Plan) -> Iterator[Finding]:
    """Yield target levels worse than a figure already printed for their base year.

    A bound (`>=`, `>`, `<=`) is the exact number that it prints. Where rounding could still make target and base
    equal, the finding is a lesser one.
    """
    for row in plan.targets_of(plan.id):
        item, level = plan.indicators[row.indicator], row.level
        if level is None or item.kind == "growth":
            continue
        behind = [seen for seen in bases(plan, row) if _worse(item, level, seen.value)]
        if behind:
            yield _behind_finding(row, item, level, behind)


def _behind_finding(row: Target, item: Indicator, level: Printed, behind: list[Observation]) -> Finding:
    meant = (float(level), float(level)) if row.comparator in _BOUNDS else point(level)
    clear = [seen for seen in behind if not agree(meant, point(seen.value))]
    shown = clear or behind
    fields: dict[str, Text] = {
        "name": named(item), "year": str(row.target_year), "base_year": str(row.base_year), "side": _side(item),
        "level": target_text(row, level, item), "binding": wording("words", row.binding),
        "values": listed([cited(amount(seen.value, item), seen.source) for seen in shown]),
    }  # fmt: skip
    best = (max if item.better == "up" else min)(shown, key=lambda seen: seen.value)
    return Finding(
        "target_behind_base",
        (item.id,),
        row.target_year,
        float(best.value),
        float(level),
        _no_worse(item, float(best.value)),
        sources(row.source, *(seen.source for seen in shown)),
        fields,
        "" if clear else "within_print",
    )


def too_bold(plan: Plan) -> Iterator[Finding]:
    """Yield planned growth far above the last plan's delivered growth: by a factor and by a number of points."""
    limits = rules()["too_bold"].thresholds
    for row in plan.targets_of(plan.id):
        item, delivered = plan.indicators[row.indicator], plan.outcome(row.indicator)
        if row.growth_pct is None or delivered is None or delivered.growth_pct is None or item.better == "down":
            continue
        planned, past = row.growth_pct, delivered.growth_pct
        ceiling = max(past * limits["times"], past + limits["points"])
        if planned.low >= ceiling:
            fields: dict[str, Text] = {
                "name": named(item), "planned": quantity(printed(planned), "%"),
                "delivered": quantity(printed(past), "%"),
                "difference": number(planned - past, max(planned.decimals, past.decimals)),
                "years": _years(row), "past_years": _years(delivered),
            }  # fmt: skip
            yield Finding(
                "too_bold",
                (item.id,),
                row.target_year,
                float(past),
                float(planned),
                (-math.inf, ceiling),
                sources(row.source, delivered.source),
                fields,
            )


def _years(row: Target) -> Text:
    return f"{row.base_year + 1}—{row.target_year}", f"{row.base_year + 1}–{row.target_year}"


def too_easy(plan: Plan) -> Iterator[Finding]:
    """Yield targets that the indicator's own trend passes without any effort.

    Only indicators whose default rule carries a trend of their own (`urgd`, with two observations or more) are
    judged: a follower's path says what its driver does, not what it would reach by itself. The trend is logistic,
    at the speed seen between the first and the last observation: logit P_T = logit P_0 + d_0 T.
    """
    rows = [(item, row) for item in plan.indicators.values() if item.rule == "urgd" and (row := plan.target(item.id))]
    rows = [(item, row) for item, row in rows if row.level is not None and len(plan.history(item.id)) > 1]
    for item, row in rows:
        expected = _own_trend(plan, item, row.target_year)
        if row.level is None or expected is None:
            continue
        meant = point(row.level)
        if not _worse(item, meant[1] if item.better == "up" else meant[0], expected):
            continue
        years = [year for year in plan.history(item.id) if year <= plan.base_year]
        fields: dict[str, Text] = {
            "name": named(item), "year": str(row.target_year), "first": str(years[0]), "last": str(years[-1]),
            "level": target_text(row, row.level, item), "side": _side(item),
            "expected": quantity(number(expected, max(item.decimals, 2)), item.unit),
        }  # fmt: skip
        yield Finding(
            "too_easy",
            (item.id,),
            row.target_year,
            expected,
            float(row.level),
            _no_worse(item, expected),
            row.source,
            fields,
        )


def _own_trend(plan: Plan, item: Indicator, year: int) -> float | None:
    base = plan.base(item.id)
    if base is None or not 0.0 < base.value < item.scale:
        return None
    ahead = own_speed(plan, item) * (year - plan.base_year)
    return float(inverse_logit(logit(base.value / item.scale) + ahead)) * item.scale


def unit_or_sign(plan: Plan) -> Iterator[Finding]:
    """Yield units that the name contradicts, and planned changes that run against what is better."""
    limits = rules()["unit_or_sign"].thresholds
    change, per_unit = re.compile("|".join(limits["change_words"])), re.compile(limits["per_unit"])
    for item in plan.indicators.values():
        shown = _first_figure(plan, item)
        if shown is None or item.unit != "%" or change.search(item.name_zh):
            continue
        if item.kind == "growth":
            yield _unit_finding(item, *shown, "")
        elif per_unit.search(item.name_zh):
            yield _unit_finding(item, *shown, "per_unit")
    for row in (*plan.targets_of(plan.previous), *plan.targets_of(plan.id)):
        yield from _wrong_sign(plan.indicators[row.indicator], row)


def _first_figure(plan: Plan, item: Indicator) -> tuple[int, Printed, str] | None:
    row = plan.target(item.id)
    if row is not None and row.level is not None:
        return row.target_year, row.level, row.source
    seen = next(iter(reported(plan, item.id)), None)
    return (seen.year, seen.value, seen.source) if seen else None


def _unit_finding(item: Indicator, year: int, value: Printed, source: str, variant: str) -> Finding:
    fields: dict[str, Text] = {"name": named(item), "printed_name": item.name_zh, "year": str(year)}
    fields["observed"] = amount(value, item)
    return Finding("unit_or_sign", (item.id,), year, None, float(value), None, source, fields, variant)


def _wrong_sign(item: Indicator, row: Target) -> Iterator[Finding]:
    for change, bracket in ((row.growth_pct, False), (row.cumulative, True)):
        if change is None or not item.better or not _worse(item, change, 0.0):
            continue
        shown: Text = f"[{printed(change)}]" if bracket else quantity(printed(change), "%")
        fields: dict[str, Text] = {
            "name": named(item), "year": str(row.target_year), "observed": shown,
            "better": wording("words", "higher" if item.better == "up" else "lower"),
        }  # fmt: skip
        yield Finding(
            "unit_or_sign",
            (item.id,),
            row.target_year,
            None,
            float(change),
            _no_worse(item, 0.0),
            row.source,
            fields,
            "sign",
        )


def binding_without_base(plan: Plan) -> Iterator[Finding]:
    """Yield binding targets of this plan without a number, or without a printed base to measure progress from."""
    for row in plan.targets_of(plan.id):
        if row.binding != _BINDING:
            continue
        item = plan.indicators[row.indicator]
        without_base = item.kind != "growth" and not bases(plan, row)
        if row.quantified and not without_base:
            continue
        fields: dict[str, Text] = {"name": named(item), "year": str(row.target_year), "base_year": str(row.base_year)}
        level = None if row.level is None else float(row.level)
        yield Finding("binding_without_base", (item.id,), row.target_year, None, level, None, row.source, fields,
                      "" if row.quantified else "unquantified")  # fmt: skip


def aggregate_vs_parts(plan: Plan) -> Iterator[Finding]:
    """Yield level targets that need growth far above the planned growth of every part (`parent`).

    A whole of all its parts cannot outgrow the fastest of them; the threshold leaves room for prices and for parts
    that are not planned. A `mix` is left out: its weights move, so it may outgrow both its parts.
    """
    limits = rules()["aggregate_vs_parts"].thresholds
    for row in plan.targets_of(plan.id):
        item = plan.indicators[row.indicator]
        needed, base = _needed_growth(plan, row), next(iter(bases(plan, row)), None)
        parts = dict(_part_growths(plan, row)) if item.form != "mix" else {}
        if needed is None or base is None or row.level is None or len(parts) < limits["parts"]:
            continue
        fastest = max(parts.values())
        if 100.0 * (needed - fastest) <= limits["points"]:
            continue
        fields: dict[str, Text] = {
            "name": named(item), "year": str(row.target_year), "level": target_text(row, row.level, item),
            "base": amount(base.value, item), "base_year": str(row.base_year), "needed": percent(needed),
            "fastest": percent(fastest), "difference": number(100.0 * (needed - fastest)),
            "parts": listed([_part_text(plan.indicators[name], growth) for name, growth in parts.items()]),
        }  # fmt: skip
        yield Finding(
            "aggregate_vs_parts",
            (item.id, *parts),
            row.target_year,
            100.0 * fastest,
            100.0 * needed,
            (-math.inf, 100.0 * fastest + limits["points"]),
            sources(row.source, base.source),
            fields,
        )


def _part_text(item: Indicator, growth: float) -> Text:
    shown = percent(growth, 1)
    return item.name_zh + shown[0], f"{item.name_en} {shown[1]}"


def _part_growths(plan: Plan, row: Target) -> Iterator[tuple[str, float]]:
    for item in plan.indicators.values():
        if item.parent != row.indicator or item.kind not in ("level", "count"):
            continue
        for part in plan.targets_of(plan.id, item.id):
            growth = part.growth_pct / 100.0 if part.growth_pct is not None else _needed_growth(plan, part)
            if part.target_year == row.target_year and growth is not None:
                yield item.id, growth
                break


def _needed_growth(plan: Plan, row: Target) -> float | None:
    """Return the yearly growth (fraction) from the printed base to a target level, None where either is missing."""
    base = next(iter(bases(plan, row)), None)
    if base is None or row.level is None or not base.value > 0.0 or not row.level > 0.0:
        return None
    return float(growth_average(base.value, row.level, row.years))
