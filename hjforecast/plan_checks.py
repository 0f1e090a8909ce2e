"""Checks that need more than one row or one file of a plan directory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import TYPE_CHECKING

from hjforecast.errors import Problem, closest
from hjforecast.indicators import IDENTITIES, Indicator
from hjforecast.plan import Plan, Target
from hjforecast.units import back_cast

if TYPE_CHECKING:
    from hjforecast.reading import Row

__all__ = ["check_catalogue", "check_plan", "plan_warnings"]

_NEED_DRIVER = ("elastic", "share_of", "identity")


def check_catalogue(catalogue: Mapping[str, Indicator], rows: Mapping[str, Row]) -> None:
    """Note, on the catalogue's rows, unknown parents and drivers, misformed identities, and cycles."""
    for name, item in catalogue.items():
        row = rows[name]
        for column, words in (("parent", (item.parent,) if item.parent else ()), ("driver", item.members)):
            for word in words:
                if word not in catalogue:
                    _unknown(row, column, word, catalogue)
        if item.rule in _NEED_DRIVER and not item.driver:
            row.problem("driver", f"规则 {item.rule} 须写驱动指标。", f"rule {item.rule} needs a driver.")
        elif item.rule == "identity":
            _check_form(row, item)
        elif item.rule == "share_of" and len(item.members) != 2:
            row.problem(
                "driver", "规则 share_of 须写两个指标：比重、总量。", "rule share_of takes two: a share and its whole."
            )
        if item.rule == "elastic" and item.kind == "share":
            row.problem(
                "rule",
                "比重不能按弹性随驱动指标增长（会超过100%）；请改用 growth、target 或 identity ratio。",
                "a share cannot follow a driver by elasticity (it would pass 100 %); use growth, target or identity ratio.",
            )
        if item.kind in ("share", "growth") and item.unit != "%":
            row.problem("unit", f"{item.kind} 类指标的单位应为%。", f"the unit of a {item.kind} must be %.")
    _check_cycle(rows, "parent", {name: {item.parent} & catalogue.keys() for name, item in catalogue.items()})
    _check_cycle(rows, "driver", {name: set(item.members) & catalogue.keys() for name, item in catalogue.items()})


def _unknown(row: Row, column: str, word: str, catalogue: Mapping[str, Indicator]) -> None:
    near = closest(word, catalogue)
    hint_zh, hint_en = (f"是否为“{near}”？", f"did you mean {near!r}?") if near else (
        "请写指标目录中已有的代码。", "write an id of the catalogue."
    )  # fmt: skip
    row.problem(column, f"没有指标“{word}”；{hint_zh}", f"no indicator {word!r}; {hint_en}")


def _check_form(row: Row, item: Indicator) -> None:
    if item.form not in IDENTITIES:
        allowed = "、".join(IDENTITIES)
        row.problem("driver", f"恒等式应以下列词开头：{allowed}。", f"an identity starts with one of: {allowed}.")
        return
    want, got = IDENTITIES[item.form], len(item.members)
    if got != want and not (want == 0 and got >= 2):
        count = str(want) if want else "≥2"
        row.problem(
            "driver",
            f"{item.form} 需要 {count} 个成员，现有 {got} 个。",
            f"{item.form} takes {count} members, got {got}.",
        )


def _check_cycle(rows: Mapping[str, Row], column: str, graph: Mapping[str, set[str]]) -> None:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        members = error.args[1]
        loop = " → ".join(reversed(members))
        rows[members[0]].problem(
            column, f"循环依赖：{loop}；请断开其中一处。", f"a cycle: {loop}; break it at one place."
        )


def check_plan(plan: Plan, *, complete: bool = True) -> Iterator[Problem]:
    """Yield what is wrong between the tables of a plan: repeated keys, years out of order, absent bases.

    Where rows could not be read (not `complete`) nothing is said to be absent.
    """
    yield from _repeated_observations(plan)
    yield from _repeated_targets(plan)
    yield from _late_baseline(plan)
    yield from _impossible_targets(plan)
    if complete:
        yield from _absent(plan)


def _absent(plan: Plan) -> Iterator[Problem]:
    if plan.targets and not plan.targets_of(plan.id):
        ids = "、".join(dict.fromkeys(row.plan for row in plan.targets))
        zh, en = (
            f"targets.csv 没有规划 {plan.id} 的行；现有：{ids}。",
            f"targets.csv has no row of plan {plan.id}; it has: {ids}.",
        )
        yield Problem("plan.toml", 0, "plan.id", plan.id, zh, en)


def _has_base(plan: Plan, row: Target) -> bool:
    return row.base_year in plan.history(row.indicator)


def _repeated_observations(plan: Plan) -> Iterator[Problem]:
    groups: dict[tuple[str, int], list] = {}
    for item in plan.observations:
        groups.setdefault((item.indicator, item.year), []).append(item)
    for (name, year), items in groups.items():
        if len(items) < 2:
            continue
        name_zh, name_en = plan.indicators[name].name_zh, plan.indicators[name].name_en
        first, last = items[0], items[-1]
        preferred = sum(item.vintage == "preferred" for item in items)
        if len({item.source for item in items}) < len(items):
            zh = f"“{name_zh}”{year}年与第{first.row}行重复（来源相同）；请删去一行。"
            en = f"{name_en} {year} repeats row {first.row} with the same source; delete one."
            yield Problem(last.file, last.row, "indicator", name, zh, en)
        elif preferred != 1:
            zh = f"“{name_zh}”{year}年有{len(items)}个不同来源的数值；请只在其中一行的 vintage 写 preferred。"
            en = (
                f"{name_en} {year} has {len(items)} values of different sources; mark exactly one preferred in vintage."
            )
            yield Problem(last.file, last.row, "vintage", last.vintage, zh, en)


def _repeated_targets(plan: Plan) -> Iterator[Problem]:
    seen: dict[tuple, int] = {}
    for row in plan.targets:
        key = (row.plan, row.indicator, row.base_year, row.target_year, row.source)
        if key in seen:
            zh, en = f"与第{seen[key]}行重复；请删去一行。", f"repeats row {seen[key]}; delete one."
            yield Problem("targets.csv", row.row, "indicator", row.indicator, zh, en)
        seen.setdefault(key, row.row)


def _late_baseline(plan: Plan) -> Iterator[Problem]:
    for item in plan.observations:
        if item.file.startswith("baseline") and item.year > plan.base_year:
            zh = f"基期表只收 {plan.base_year} 年及以前；以后的实绩写入 actuals.csv。"
            en = f"the baseline ends in {plan.base_year}; put later figures into actuals.csv."
            yield Problem(item.file, item.row, "year", str(item.year), zh, en)


def _impossible_targets(plan: Plan) -> Iterator[Problem]:
    zeros: dict[tuple[str, int], None] = {}
    for row in plan.targets_of(plan.id):
        item, base = plan.indicator(row.indicator), plan.history(row.indicator).get(row.base_year)
        if base is None:
            continue
        if row.cumulative is not None and row.level is None:
            end = float(row.cumulative) if item.adds_up else base.value + row.cumulative
            if (item.kind == "share" and not 0.0 <= end <= 100.0) or (item.kind in ("level", "count") and end < 0.0):
                zh = f"基期 {row.base_year} 年的 {base.value:g} 加上累计变动得 {end:g}，"
                zh = f"各年之和为 {end:g}，" if item.adds_up else zh
                zh += "比重应在 0 至 100 之间。" if item.kind == "share" else "数量不能为负。"
                en = f"with {base.value:g} in {row.base_year} the cumulative change ends at {end:g}: "
                en += "a share must lie from 0 to 100." if item.kind == "share" else "a level cannot be negative."
                yield Problem("targets.csv", row.row, "cumulative", f"{row.cumulative:g}", zh, en)
        if item.kind == "level" and base.value == 0.0 and not (row.level is None and row.growth_pct is None):
            if (base.indicator, base.year) not in zeros:
                zh = "有目标的指标基期不能是 0；没有数据时请整行空着不写，请勿填 0。"
                en = "the base of a target cannot be 0; where there is no figure leave the row out, do not enter 0."
                yield Problem(base.file, base.row, "value", "0", zh, en)
            zeros[base.indicator, base.year] = None


def plan_warnings(plan: Plan) -> Iterator[Problem]:
    """Yield what is worth knowing though nothing is wrong: what is still to be filled in, and gaps between figures."""
    yield from _still_empty(plan)
    for row in plan.targets_of(plan.id):
        item = plan.indicator(row.indicator)
        if row.quantified and item.kind != "growth" and row.cumulative is None and not _has_base(plan, row):
            yield Problem("targets.csv", row.row, "base_year", row.indicator, *_without_base(plan, item, row))
        elif missing := _missing_members(plan, item):
            names_zh, names_en = ("、".join(one.name_zh for one in missing), ", ".join(one.name_en for one in missing))
            zh = f"“{item.name_zh}”由成员指标算出，{names_zh}没有 {plan.base_year} 年数值，无法测算；请补上，"
            zh += "或在 indicators.csv 把它的规则改为 elastic、驱动指标改为 gdp。"
            en = f"{item.name_en} is computed from its members, and {names_en} has no value for {plan.base_year}: no path "
            en += "is drawn; add it, or give the indicator the rule elastic and the driver gdp in indicators.csv."
            yield Problem("targets.csv", row.row, "indicator", row.indicator, zh, en)
    for name in plan.indicators:
        yield from _gaps(plan, plan.indicators[name])


def _missing_members(plan: Plan, item: Indicator) -> list[Indicator]:
    """Return the levels and shares without a base-year figure that an identity is computed from."""
    if item.rule != "identity" or item.form == "compound":
        return []
    members = [plan.indicators[name] for name in item.members]
    found = [
        _missing_members(plan, one)
        if one.rule == "identity"
        else []
        if plan.base(one.id) or one.kind == "growth"
        else [one]
        for one in members
    ]
    return [one for missing in found for one in missing if not _has_assumed_base(plan, one)]


def _still_empty(plan: Plan) -> Iterator[Problem]:
    """Yield the tables of a new plan that hold no row yet: nothing can be computed before they do."""
    file = f"baseline_{plan.base_year}.csv"
    if not plan.observations:
        zh = f"还没有数值；请填写 {plan.base_year} 年及以前的数值，每个数一行，没有的不写。"
        en = f"no figure yet; enter those of {plan.base_year} and before, one a row, leaving out what is not known."
        yield Problem(file, 0, "", "", zh, en)
    if not plan.targets:
        zh = f"还没有目标；请填写规划 {plan.id} 的目标，每个目标一行。"
        en = f"no target yet; enter those of plan {plan.id}, one a row."
        yield Problem("targets.csv", 0, "", "", zh, en)


def _without_base(plan: Plan, item: Indicator, row: Target) -> tuple[str, str]:
    """Return what a target without a figure for its base year leads to, and the base that its own numbers imply."""
    start_zh, start_en = (
        f"“{item.name_zh}”没有 {row.base_year} 年数值，",
        f"{item.name_en} has no value for {row.base_year}: ",
    )
    if row.level is None:
        return (
            start_zh + "只给出增速，无法测算；请在基期表补上。",
            start_en + "with growth alone no path is drawn; add it.",
        )
    if row.growth_pct is not None:
        base = float(back_cast(row.level, row.growth_pct / 100.0, row.years))
        sum_ = f"{row.level:g}÷(1+{row.growth_pct:g}%)^{row.years}={base:.{item.decimals}f}"
        return (
            f"{start_zh}只能画出目标年；如水平与增速口径一致，可补一行推算值（derived），note 写 {sum_}。",
            f"{start_en}only its target year is drawn; where level and growth are of one kind, a derived base may "
            f"stand there, with {sum_} in note.",
        )
    if _has_assumed_base(plan, item):
        return start_zh + "路径从假定基期起算；有实际数请补上。", start_en + "its path sets off from an assumed base."
    return start_zh + "只能画出目标年；有实际数请补上。", start_en + "only its target year is drawn; add the figure."


def _gaps(plan: Plan, item: Indicator) -> Iterator[Problem]:
    """Yield the years without a figure between two that have one, and how they are filled."""
    seen = {year: one for year, one in plan.history(item.id).items() if year >= plan.base_year}
    start = [plan.base_year] if item.kind == "growth" or _has_assumed_base(plan, item) else []
    for first, last in pairwise(sorted({*start, *seen})):
        if last - first < 2:
            continue
        span = f"{first + 1}" if last - first == 2 else f"{first + 1}-{last - 1}"
        if item.kind == "growth":
            zh, en = "按该指标的规则取值", "its rule's value stands there"
        elif item.rule == "identity" and item.form != "compound":
            zh, en = (
                "由成员指标算出（缺成员时按匀速变化补上）",
                "computed from its members (evenly filled without them)",
            )
        else:
            zh, en = f"按 {first} 至 {last} 年匀速变化补上", f"filled by even change from {first} to {last}"
        yield Problem(
            seen[last].file, seen[last].row, "year", str(last),
            f"“{item.name_zh}”缺 {span} 年数值，{zh}；如有实绩请补录。",
            f"{item.name_en} has no figure for {span}: {en}; add the figure where there is one.",
        )  # fmt: skip


def _has_assumed_base(plan: Plan, item: Indicator) -> bool:
    target = plan.target(item.id)
    return item.is_chain and target is not None and target.level is not None and "chain_base_growth" in plan.assumptions
