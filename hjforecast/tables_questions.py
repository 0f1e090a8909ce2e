"""Tables on odds, conditions and the last plan's record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hjforecast.document import Cell, Column, Table
from hjforecast.plan import Plan
from hjforecast.projection import Projection
from hjforecast.tables import BINDING_EN, MARKS, mark_note
from hjforecast.text import decimal, difference
from hjforecast.unit_names import unit_name

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["chance_text", "condition_table", "delivery_table", "odds_table"]

SIGNS = {"=": "", ">=": "≥", "<=": "≤", ">": ">", "~": "≈"}


def _columns(lang: str, *titles: tuple[str, str, bool]) -> list[Column]:
    return [Column(zh if lang == "zh" else en, numeric) for zh, en, numeric in titles]


def odds_table(
    projection: Projection, rows: pd.DataFrame, baseline: Projection, base: pd.DataFrame, caption: str, lang: str = "zh"
) -> Table:
    """Return targets (rows of `odds`) with central value, 80 % band, probability here and on the baseline, growth required."""
    other = {(row["indicator"], row["measure"]): row["probability"] for row in base.to_dict("records")}
    columns = _columns(
        lang, ("指标", "Indicator", False), ("单位", "Unit", False), ("目标", "Target", True), ("测算", "Projected", True),
        ("80%区间", "80 % band", True), ("实现概率(%)", "Probability %", True),
        (f"{baseline.scenario.title('zh')}下概率(%)", f"on {baseline.scenario.title('en')} %", True), ("所需年均增长(%)", "Required %/yr", True),
        ("属性", "Kind", False),
    )  # fmt: skip
    priced = [(row, other.get((row["indicator"], row["measure"]))) for row in rows.to_dict("records")]
    body = [
        _odds_row(projection, row, base, lang)
        for row, base in priced
        if not _blank(row["probability"]) or not _blank(base)
    ]
    if baseline.scenario.id == projection.scenario.id:
        columns, body = [*columns[:6], *columns[7:]], [[*row[:6], *row[7:]] for row in body]
    note = (
        "注：区间与概率取自同类指标以往样本外预测误差（5年以内），更远年份为外推；没有可依据的历史误差的目标不给概率，未列入。" if lang == "zh"
        else "Note: bands and probabilities rest on past out-of-sample errors of comparable series up to five years ahead, extrapolated beyond; targets without such errors are not listed."
    )  # fmt: skip
    return Table(columns, body, caption, "", [note, mark_note(body, lang)])


def _odds_row(projection: Projection, row: dict, base: float | None, lang: str) -> list[Cell]:
    item, growth = projection.plan.indicator(row["indicator"]), row["measure"] == "growth"
    digits = 2 if growth else item.decimals
    words = {
        ("growth", "zh"): "（年均增长）",
        ("growth", "en"): " (growth a year)",
        ("change", "zh"): "（规划期累计）",
        ("change", "en"): " (cumulative)",
    }
    said = item.kind == "growth" and (lang != "zh" or "增" in item.name_zh)
    name = item.name(lang) + ("" if said else words.get((row["measure"], lang), ""))
    blank, mark = "—", MARKS.get(projection.status_of(item.id, int(row["target_year"])), "")
    chances = [chance_text(share) for share in (row["probability"], base)]
    return [
        Cell(name), Cell("%" if growth else unit_name(item.unit, lang)),
        Cell(SIGNS[row["comparator"]] + f"{row['target']:g}"),
        Cell(blank if row["central"] != row["central"] else decimal(row["central"], digits) + mark),
        Cell(blank if row["measure"] != "level" else _band(projection, item.id, int(row["target_year"]), item.decimals, lang)), *map(Cell, chances),
        Cell(blank if row["required_growth_pct"] != row["required_growth_pct"] else decimal(row["required_growth_pct"], 1)),
        Cell(row["binding"] if lang == "zh" else BINDING_EN[row["binding"]]),
    ]  # fmt: skip


def _blank(share: float | None) -> bool:
    return share is None or share != share


def chance_text(share: float | None) -> str:
    """Return a probability in whole per cent, `<1` and `>99` near the ends, a dash where there is none."""
    if share is None or share != share:
        return "—"
    rounded = round(100.0 * share)
    return "<1" if rounded < 1 else ">99" if rounded > 99 else str(rounded)


def _band(projection: Projection, name: str, year: int, decimals: int, lang: str) -> str:
    low, high = (projection.quantile(name, q) for q in (0.1, 0.9))
    if low is None or high is None:
        return "—"
    index = year - projection.plan.base_year
    dash = "—" if lang == "zh" else "–"
    return f"{decimal(float(low[index]), decimals)}{dash}{decimal(float(high[index]), decimals)}"


def condition_table(
    before: Projection, after: Projection, names: Sequence[str], caption: str, lang: str = "zh"
) -> Table:
    """Return indicators in the target year before and after a condition, and the difference."""
    plan, year = before.plan, before.plan.target_year
    columns = _columns(
        lang, ("指标", "Indicator", False), ("单位", "Unit", False), (before.scenario.title("zh"), before.scenario.title("en"), True),
        ("须达到", "Must reach", True), ("差额", "Difference", True),
    )  # fmt: skip
    body = []
    for name in names:
        if name not in plan.indicators or before.status_of(name, year) == "unavailable":
            continue
        item, old, new = plan.indicator(name), before.value(name, year), after.value(name, year)
        gap = decimal(difference(new, old, item.decimals), item.decimals)
        status = before.status_of(name, year)
        values = [Cell(decimal(value, item.decimals) + MARKS.get(status, ""), status) for value in (old, new)]
        apart = Cell(gap if gap.startswith("-") or float(gap) == 0.0 else f"+{gap}")
        body.append([Cell(item.name(lang)), Cell(unit_name(item.unit, lang)), *values, apart])
    note = (
        f"注：各指标为{year}年数；增速为当年值。"
        if lang == "zh"
        else f"Note: values of {year}; growth rates are that year's."
    )
    return Table(columns, body, caption, "", [note, mark_note(body, lang)])


def delivery_table(plan: Plan, rows: pd.DataFrame, caption: str, lang: str = "zh") -> Table:
    """Return planned, delivered, ratio and the ratio after shrinkage to the reference class, with n."""
    columns = _columns(
        lang, ("指标", "Indicator", False), ("比较内容", "Basis", False), ("规划", "Planned", True), ("完成", "Delivered", True),
        ("兑现率", "Ratio", True), ("收缩后", "Shrunk", True), ("观测数", "n", True),
    )  # fmt: skip
    bases = {"growth": ("年均增长%", "growth % a year"), "change": ("累计变动", "cumulative change")}
    body = []
    for row in rows.to_dict("records"):
        item = plan.indicator(str(row["indicator"]))
        numbers = (
            f"{row['planned']:g}",
            f"{row['delivered']:g}",
            decimal(row["ratio"], 2),
            decimal(row["expected"], 2),
            str(row["n"]),
        )
        basis = bases[str(row["basis"])][lang != "zh"]
        body.append([Cell(item.name(lang)), Cell(basis), *map(Cell, numbers)])
    note = (
        f"注：收缩后 =（自身兑现率×观测数 + 同类兑现率×k）/（观测数 + k），同类兑现率为{plan.number('delivery_reference'):g}，k = {plan.number('delivery_weight'):g}。"
        if lang == "zh" else
        f"Note: shrunk = (own ratio × n + class ratio × k)/(n + k), class ratio {plan.number('delivery_reference'):g}, k = {plan.number('delivery_weight'):g}."
    )  # fmt: skip
    return Table(columns, body, caption, "", [note])
