"""The audit's checks on agreement: identities, parts and wholes, one fact or one target stated twice."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np

from hjforecast.audit_figures import (
    Figure,
    Interval,
    agree,
    bases,
    identity_interval,
    observed_figure,
    point,
    reported,
    sheets,
    target_figure,
)
from hjforecast.audit_rules import (
    Finding,
    Text,
    amount,
    both,
    cited,
    listed,
    named,
    number,
    printed,
    quantity,
    sources,
    span,
    target_text,
    wording,
)
from hjforecast.indicators import Indicator
from hjforecast.plan import Plan, Target
from hjforecast.rules import IDENTITY
from hjforecast.units import Printed, compound, level_interval

__all__ = ["baseline_vs_identity", "identity_vs_members", "parts_vs_whole", "stated_twice", "targets_disagree"]


def identity_vs_members(plan: Plan) -> Iterator[Finding]:
    """Yield printed figures that their identity does not give from its members' printed figures (sums apart)."""
    for year, sheet in sheets(plan):
        for item in plan.indicators.values():
            if item.form in ("", "sum", "compound") or not {item.id, *item.members} <= sheet.keys():
                continue
            members = [sheet[name] for name in item.members]
            ends, own = identity_interval(plan, item, [figure.interval for figure in members]), sheet[item.id]
            if ends is not None and not agree(ends, own.interval):
                expected = _central(plan, item, [figure.value for figure in members])
                fields = _identity_fields(plan, item, [figure.value for figure in members], year, expected, own.value)
                fields["interval"] = span(*ends, item.decimals)
                yield Finding(
                    "identity_vs_members",
                    (item.id, *item.members),
                    year,
                    expected,
                    float(own.value),
                    ends,
                    sources(own.source, *(figure.source for figure in members)),
                    fields,
                )


def _central(plan: Plan, item: Indicator, values: Sequence[float]) -> float:
    scaled = [np.float64(value) / plan.indicators[name].scale for name, value in zip(item.members, values, strict=True)]
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(IDENTITY[item.form](*scaled)) * item.scale


def _identity_fields(
    plan: Plan, item: Indicator, values: Sequence[Printed], year: int, expected: float, observed: Printed
) -> dict[str, Text]:
    members = [plan.indicators[name] for name in item.members]
    pairs = zip(members, values, strict=True)
    terms = [both("{}{}", (one.name_zh, one.name_en + " "), amount(value, one)) for one, value in pairs]
    form = (
        wording("forms", item.form)
        if item.form != "sum"
        else ("+".join(["{}"] * len(terms)), " + ".join(["{}"] * len(terms)))
    )
    return {
        "name": named(item), "year": str(year), "formula": both(form, *terms),
        "expected": quantity(number(expected, item.decimals), item.unit), "observed": amount(observed, item),
    }  # fmt: skip


def baseline_vs_identity(plan: Plan) -> Iterator[Finding]:
    """Yield derived figures that the identity of their indicator does not give from the figures beside them."""
    for seen in plan.observations:
        item = plan.indicators[seen.indicator]
        if seen.status != "derived" or item.form in ("", "compound"):
            continue
        members = [plan.history(name).get(seen.year) for name in item.members]
        values = [member.value for member in members if member is not None]
        if len(values) < len(members):
            continue
        expected, half = _central(plan, item, values), seen.value.high - seen.value
        if math.isfinite(expected) and not seen.value.low <= expected <= seen.value.high:
            fields = _identity_fields(plan, item, values, seen.year, expected, seen.value)
            yield Finding(
                "baseline_vs_identity",
                (item.id, *item.members),
                seen.year,
                expected,
                float(seen.value),
                (expected - half, expected + half),
                seen.source,
                fields,
            )


def parts_vs_whole(plan: Plan) -> Iterator[Finding]:
    """Yield wholes that are not the sum of all their parts (`sum`), or smaller than some of them (`parent`)."""
    for year, sheet in sheets(plan):
        for whole in plan.indicators.values():
            exhaustive = whole.form == "sum" and set(whole.members) <= sheet.keys()
            parts = whole.members if exhaustive else _children(plan, whole, sheet)
            if whole.id not in sheet or not parts:
                continue
            own = sheet[whole.id]
            low, high = sum(sheet[name].low for name in parts), sum(sheet[name].high for name in parts)
            if low > own.high:
                yield _parts_finding(plan, whole, parts, sheet, year, (low, high), "")
            elif exhaustive and high < own.low:
                yield _parts_finding(plan, whole, parts, sheet, year, (low, high), "remainder")


def _children(plan: Plan, whole: Indicator, sheet: Mapping[str, Figure]) -> tuple[str, ...]:
    own_kind = (whole.unit, whole.kind)
    same = (item for item in plan.indicators.values() if item.parent == whole.id and (item.unit, item.kind) == own_kind)
    return tuple(item.id for item in same if item.id in sheet)


def _parts_finding(
    plan: Plan, whole: Indicator, parts: Sequence[str], sheet: Mapping[str, Figure],
    year: int, ends: Interval, variant: str,
) -> Finding:  # fmt: skip
    own, total = sheet[whole.id], sum(float(sheet[name].value) for name in parts)
    items = [plan.indicators[name] for name in parts]
    shown = [both("{}{}", (one.name_zh, one.name_en + " "), amount(sheet[one.id].value, one)) for one in items]
    gap = abs(own.value - total)
    fields: dict[str, Text] = {
        "name": named(whole), "year": str(year), "observed": amount(own.value, whole),
        "expected": quantity(number(total, whole.decimals), whole.unit), "parts": listed(shown),
        "difference": quantity(number(gap, whole.decimals), whole.unit),
    }  # fmt: skip
    return Finding(
        "parts_vs_whole",
        (whole.id, *parts),
        year,
        total,
        float(own.value),
        ends,
        sources(own.source, *(sheet[name].source for name in parts)),
        fields,
        variant,
    )


def stated_twice(plan: Plan) -> Iterator[Finding]:
    """Yield indicator-years whose printed values (and delivered level) cannot all be one number, within print."""
    for name, item in plan.indicators.items():
        seen = reported(plan, name)
        for year in sorted({one.year for one in seen}):
            figures = [observed_figure(one) for one in seen if one.year == year]
            delivered = plan.outcome(name)
            if delivered and delivered.target_year == year and delivered.level is not None:
                figures.append(target_figure(delivered.level, delivered.comparator, delivered.source))
            if max(one.low for one in figures) > min(one.high for one in figures):
                yield _twice_finding(item, year, figures)


def _twice_finding(item: Indicator, year: int, figures: Sequence[Figure]) -> Finding:
    pointers: dict[str, list[str]] = {}
    for one in figures:
        pointers.setdefault(printed(one.value), []).append(one.source)
    values = [cited(quantity(text, item.unit), sources(*found)) for text, found in pointers.items()]
    first = figures[0]
    farthest = max(figures, key=lambda one: abs(one.value - first.value))
    fields: dict[str, Text] = {
        "name": named(item), "year": str(year), "count": str(len(values)), "values": listed(values),
    }  # fmt: skip
    return Finding(
        "stated_twice",
        (item.id,),
        year,
        float(first.value),
        float(farthest.value),
        first.interval,
        sources(*(one.source for one in figures)),
        fields,
    )


def targets_disagree(plan: Plan) -> Iterator[Finding]:
    """Yield indicators whose target rows cannot all hold, or whose earlier stage already equals the final target."""
    for name, item in plan.indicators.items():
        rows = sorted(plan.targets_of(plan.id, name), key=lambda row: row.target_year)
        meant = [(row, *level) for row in rows if (level := _meant_level(plan, row))]
        if len(meant) < 2:
            continue
        same_year = [(one, two) for one, two in combinations(meant, 2) if one[0].target_year == two[0].target_year]
        stages = [(one, two) for one, two in combinations(meant, 2) if one[0].target_year < two[0].target_year]
        sign = -1.0 if item.better == "down" else 1.0
        clash = next(((one, two) for one, two in same_year if not agree(one[2], two[2])), None)
        done = next(((one, two) for one, two in stages if item.better and sign * (one[1] - two[1]) >= 0.0), None)
        found = clash or done
        if found:
            fields: dict[str, Text] = {
                "name": named(item), "values": listed([_meaning(plan, row, item) for row, *_ in meant]),
            }  # fmt: skip
            yield Finding(
                "targets_disagree",
                (name,),
                found[1][0].target_year,
                found[0][1],
                found[1][1],
                found[0][2],
                sources(*(row.source for row, *_ in meant)),
                fields,
                "" if clash else "stage",
            )


def _meant_level(plan: Plan, row: Target) -> tuple[float, Interval] | None:
    """Return the level that a target row means, from its base and change (or growth) where it prints none."""
    if row.level is not None:
        about = row.comparator == "~"
        return float(row.level), target_figure(row.level, "~", "").interval if about else point(row.level)
    base = next(iter(bases(plan, row)), None)
    if base is None:
        return None
    if row.growth_pct is not None:
        level = float(compound(base.value, row.growth_pct / 100.0, row.years))
        return level, level_interval(base.value, row.growth_pct, row.years)
    if row.cumulative is None or plan.indicators[row.indicator].adds_up:
        return None
    return base.value + row.cumulative, (base.value.low + row.cumulative.low, base.value.high + row.cumulative.high)


def _meaning(plan: Plan, row: Target, item: Indicator) -> Text:
    if row.level is not None:
        text = target_text(row, row.level, item)
    elif row.growth_pct is not None:
        text = quantity(printed(row.growth_pct), "%")
    else:
        base = bases(plan, row)[0].value
        change = row.cumulative if row.cumulative is not None else Printed("0")
        decimals = max(base.decimals, change.decimals)
        text = both("{}+{}={}", printed(base), printed(change), quantity(number(base + change, decimals), item.unit))
    return cited(both("{}{}{}", str(row.target_year), ("年", ": "), text), row.source)
