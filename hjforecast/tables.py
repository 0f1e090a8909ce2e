"""Tables of reports, built from projections, plans and findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from hjforecast.assumptions import IMPLIED, kind_of
from hjforecast.document import Cell, Column, Table
from hjforecast.indicators import Indicator
from hjforecast.industry import required_growth
from hjforecast.levers import lever_names
from hjforecast.plan import Plan
from hjforecast.projection import Projection
from hjforecast.run import REAL
from hjforecast.targets import Gap, average_growth, gaps
from hjforecast.text import decimal, difference, is_placed
from hjforecast.unit_names import unit_name

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "BINDING_EN",
    "assumption_table",
    "chain_table",
    "columns_of",
    "finding_table",
    "growth_word",
    "lever_table",
    "measured_name",
    "path_table",
    "pick",
    "target_table",
    "value_cell",
]

MARKS = {"assumed": "*", "derived": "†", "projected_from_assumed": "*", "unavailable": ""}
STATUS = {
    "reported": ("公布", "reported"),
    "derived": ("推算", "derived"),
    "assumed": ("假定", "assumed"),
}
SEVERITY = {"error": ("错误", "Error"), "warning": ("警示", "Warning"), "note": ("提示", "Note")}
SIGNS = {"=": "", ">=": "≥", "<=": "≤", ">": ">", "~": "≈"}
BINDING_EN = {"约束性": "binding", "预期性": "expected"}


def pick(pair: tuple[str, str], lang: str) -> str:
    """Return the word of the report's language."""
    return pair[0] if lang == "zh" else pair[1]


def columns_of(lang: str, *titles: tuple[str, str, bool]) -> list[Column]:
    """Return columns from triples of Chinese title, English title, and whether they hold numbers."""
    return [Column(pick(title[:2], lang), title[2]) for title in titles]


def value_cell(projection: Projection, name: str, year: int, decimals: int | None = None) -> Cell:
    """Return a value with its status mark; an unavailable one as a dash, as the plan prints it."""
    item, status = projection.plan.indicator(name), projection.status_of(name, year)
    if status == "unavailable":
        return Cell("—", status)
    seen = projection.plan.history(name).get(year)
    digits = seen.value.decimals if seen is not None and status == "reported" else item.decimals
    return Cell(
        decimal(projection.value(name, year), digits if decimals is None else decimals) + MARKS.get(status, ""), status
    )


_MARK_NOTES = (
    ("*", "带*的为假定数或由假定测算的数", "* assumed, or projected from an assumed figure"),
    ("†", "带†的为由公布数推算的数", "† derived from printed figures"),
    ("—", "“—”表示没有公布、无法测算或不适用", "— not published, not to be projected, or not applicable"),
    ("≈", "“≈”表示规划写明“左右”", "≈ the plan says about"),
)


def mark_note(rows: Sequence[Sequence[Cell]], lang: str, *more: tuple[str, str]) -> str:
    """Return the note that explains the marks which stand in a table, and whatever else it needs said."""
    texts = [cell.text for row in rows for cell in row[1:]]
    kept = [
        (zh, en)
        for mark, zh, en in _MARK_NOTES
        if any(text == mark or text.startswith(mark) or text.endswith(mark) for text in texts)
    ]
    words = [pick(pair, lang) for pair in (*kept, *more)]
    if not words:
        return ""
    return f"注：{'；'.join(words)}。" if lang == "zh" else f"Note: {'; '.join(words)}."


_CIRCULAR_NOTE = (
    "基期为假定的，所需年均增长就是倒推所用的增速，不能说明目标的难易",
    "where the base is assumed, the growth required is the rate used to back-cast it and says nothing of the effort",
)
_GAP_NOTE = ("差距为测算数减规划数", "the gap is the projected less the planned figure")
_VERDICT_NOTE = (
    "测算数按规划数的小数位数四舍五入后达到规划数的，判断为“达到”；规划写明不低于、高于、不高于的，不作舍入",
    "a target counts as met where the projected figure, rounded as the plan prints it, meets it; bounds are not rounded",
)
_PLACED_NOTE = (
    "“设定”指规划未公布基期数，无法测算，本情景直接取目标值",
    "supposed: no base is published, so there is no path and the scenario simply takes the target",
)


def target_table(projection: Projection, found: Iterable[Gap], caption: str, source: str, lang: str = "zh") -> Table:
    """Return targets against the central path: base, target, projection, gap, growth, growth required, verdict."""
    plan = projection.plan
    base, year = plan.base_year, plan.target_year
    columns = columns_of(
        lang, ("指标", "Indicator", False), ("单位", "Unit", False), (f"{base}年", str(base), True),
        (f"{year}年规划", f"{year} target", True), (f"{year}年测算", f"{year} projected", True), ("差距", "Gap", True),
        ("年均增长(%)", "Growth %/yr", True), ("所需年均增长(%)", "Required %/yr", True), ("属性", "Kind", False), ("判断", "Verdict", False),
    )  # fmt: skip
    rows = [_target_row(projection, gap, lang) for gap in found]
    placed = any(cell.text == pick(_PLACED, lang) for row in rows for cell in row[-1:])
    more = [_GAP_NOTE, _VERDICT_NOTE, *([_PLACED_NOTE] if placed else [])]
    return Table(columns, rows, caption, "", [mark_note(rows, lang, *more), source])


_PLACED = ("设定", "supposed")
VERDICTS = {True: ("达到", "met"), False: ("未达到", "missed"), None: ("不作判断", "not judged")}


def _target_row(projection: Projection, gap: Gap, lang: str) -> list[Cell]:
    plan = projection.plan
    growth = gap.measure == "growth"
    item = plan.indicator(gap.indicator)
    name = measured_name(gap, item, lang)
    unit = "%" if growth else unit_name(item.unit, lang)
    digits = max(gap.target.decimals, 1) if growth else max(gap.target.decimals, item.decimals)
    central = "—" if gap.central is None else decimal(gap.central, digits) + MARKS.get(gap.status, "")
    distance = "—" if gap.central is None else decimal(difference(gap.central, float(gap.target), digits), digits)
    of = REAL if growth and gap.indicator == "gdp" and REAL in plan.indicators else gap.indicator
    rate = average_growth(projection, of, gap.target_year) if item.kind in ("level", "count", "growth") else None
    places = digits if growth else 1
    verdict = VERDICTS[gap.met]
    if gap.met and is_placed(projection, gap):
        verdict = _PLACED
    return [
        Cell(name), Cell(unit), Cell("—") if gap.measure != "level" else value_cell(projection, item.id, plan.base_year),
        Cell(SIGNS[gap.comparator] + decimal(float(gap.target), gap.target.decimals)), Cell(central, gap.status), Cell(distance),
        Cell("—" if rate is None else decimal(rate, places)),
        Cell("—" if gap.required_growth_pct is None else decimal(gap.required_growth_pct, places)),
        Cell(gap.binding if lang == "zh" else BINDING_EN[gap.binding]), Cell(pick(verdict, lang), "" if gap.met is None or verdict is _PLACED else "met" if gap.met else "missed"),
    ]  # fmt: skip


def measured_name(gap: Gap, item: Indicator, lang: str) -> str:
    """Return an indicator's name with what its target measures, where that is not the level."""
    return item.name(lang) + _measure(gap, item, lang)


def _measure(gap: Gap, item: Indicator, lang: str) -> str:
    if gap.measure == "growth" and gap.indicator == "gdp":
        return "（可比价年均增长）" if lang == "zh" else " (real growth a year)"
    if gap.measure == "growth":
        return "（年均增长）" if lang == "zh" else " (growth a year)" if item.kind != "growth" else ""
    if gap.measure == "change" and item.adds_up:
        return "（规划期合计）" if lang == "zh" else " (sum over the plan)"
    if gap.measure == "change":
        return "（累计变动）" if lang == "zh" else " (cumulative change)"
    return ""


def growth_word(item: Indicator, lang: str) -> str:
    """Return （增速） for a growth rate whose name reads like a level, as 全员劳动生产率 does in the plan."""
    plain = item.kind == "growth" and not any(word in item.name_zh for word in ("增", "变动", "降"))
    return "（增速）" if plain and lang == "zh" else ""


def path_table(
    projection: Projection, names: Sequence[str], years: Sequence[int], caption: str, lang: str = "zh"
) -> Table:
    """Return the paths of some indicators in chosen years, one row an indicator."""
    plan = projection.plan
    kept = [name for name in names if name in plan.indicators]
    kept = [name for name in kept if any(projection.status_of(name, year) != "unavailable" for year in years)]
    titles = [
        ("指标", "Indicator", False),
        ("单位", "Unit", False),
        *((f"{year}年", str(year), True) for year in years),
    ]
    rows = []
    for name in kept:
        item = plan.indicator(name)
        rows.append(
            [
                Cell(item.name(lang) + growth_word(item, lang)),
                Cell(unit_name(item.unit, lang)),
                *(value_cell(projection, name, year) for year in years),
            ]
        )
    return Table(columns_of(lang, *titles), rows, caption, "", [mark_note(rows, lang)])


def chains_of(plan: Plan) -> list[Indicator]:
    """Return the industry and value chains, each followed by its parts."""
    chains = [item for item in plan.indicators.values() if item.is_chain]
    tops = [item for item in chains if item.parent not in {chain.id for chain in chains}]
    ordered = []
    for top in tops:
        ordered += [top, *(item for item in chains if item.parent == top.id)]
    return ordered


def chain_table(projection: Projection, caption: str, lang: str = "zh") -> Table:
    """Return every chain: base and its status, target, projected level, growth, growth required."""
    plan = projection.plan
    base, year, years = plan.base_year, plan.target_year, plan.target_year - plan.base_year
    columns = columns_of(
        lang, ("产业链", "Chain", False), (f"{base}年", str(base), True), (f"{year}年规划", f"{year} target", True),
        (f"{year}年测算", f"{year} projected", True), ("年均增长(%)", "Growth %/yr", True), ("所需年均增长(%)", "Required %/yr", True),
        ("出处", "Source", False),
    )  # fmt: skip
    rows = []
    for item in chains_of(plan):
        target, growth = plan.target(item.id), average_growth(projection, item.id, year)
        level = target.level if target is not None else None
        start = projection.central[item.id][0]
        need = (
            "—"
            if level is None or not start > 0.0
            else decimal(100.0 * float(required_growth(start, float(level), years)), 1)
        )
        goal = (
            "—" if target is None or level is None else SIGNS[target.comparator] + decimal(float(level), level.decimals)
        )
        rows.append([
            Cell(_chain_name(plan, item, lang), indent=int(bool(item.parent) and plan.indicators[item.parent].is_chain)),
            value_cell(projection, item.id, base), Cell(goal), value_cell(projection, item.id, year),
            Cell("—" if growth is None else decimal(growth, 1)), Cell(need), Cell(target.source if target else "—"),
        ])  # fmt: skip
    units = list(dict.fromkeys(item.unit for item in chains_of(plan)))
    unit = pick(("单位：", "Unit: "), lang) + pick(("、", "; "), lang).join(unit_name(one, lang) for one in units)
    assumed = any(projection.status_of(item.id, base) == "assumed" for item in chains_of(plan))
    return Table(columns, rows, caption, unit, [mark_note(rows, lang, *([_CIRCULAR_NOTE] if assumed else []))])


def _chain_name(plan: Plan, item: Indicator, lang: str) -> str:
    """Return a chain's name, with its unit where the chains are not all in the same one."""
    if len({one.unit for one in chains_of(plan)}) < 2:
        return item.name(lang)
    return item.name(lang) + pick((f"（{item.unit}）", f" ({unit_name(item.unit, lang)})"), lang)


def lever_table(projection: Projection, caption: str, lang: str = "zh") -> Table:
    """Return the levers that the scenario moves, with value, meaning and, below, what they are based on."""
    names = lever_names(projection.plan)
    columns = columns_of(
        lang, ("杠杆", "Lever", False), ("取值", "Value", False), ("单位", "Unit", False), ("含义", "Meaning", False)
    )
    rows = []
    for name, setting in projection.settings.items():
        lever = names[name]
        rows.append(
            [Cell(name), Cell(_setting(setting, lang)), Cell(unit_name(lever.unit, lang)), Cell(lever.meaning(lang))]
        )
    source = projection.scenario.based_on(lang)
    note = (f"依据：{source}" if lang == "zh" else f"Basis: {source}") if source and rows else ""
    return Table(columns, rows, caption, "", [note])


def _setting(setting: object, lang: str) -> str:
    if isinstance(setting, tuple):
        dash, colon, join = ("—", "：", "；") if lang == "zh" else ("–", ": ", "; ")
        spans = [(f"{a}{dash}{b}" if a != b else str(a), value) for a, b, value in setting]
        return join.join(f"{span}{'年' if lang == 'zh' else ''}{colon}{value:g}" for span, value in spans)
    if isinstance(setting, float):
        return f"{setting:g}"
    words = {
        "record": ("按上一规划的兑现记录", "the last plan's record"),
        IMPLIED: ("由规划推出", "implied by the plan"),
    }
    return pick(words[str(setting)], lang)


def assumption_table(plan: Plan, caption: str, lang: str = "zh") -> Table:
    """Return every stated assumption with value, status and source."""
    columns = columns_of(
        lang, ("假设", "Assumption", False), ("取值", "Value", True), ("单位", "Unit", False), ("性质", "Status", False), ("来源或理由", "Source or reason", False)
    )  # fmt: skip
    rows = []
    for one in plan.assumptions.values():
        kind = kind_of(one.name)
        assert kind is not None
        meaning = pick((kind.zh, kind.en), lang) + (
            pick(("（{}）", " ({})"), lang).format(_subject(plan, one.name, lang)) if kind.name.endswith("*") else ""
        )
        value = _setting(one.value, lang)
        rows.append(
            [
                Cell(meaning),
                Cell(value),
                Cell(unit_name(kind.unit, lang)),
                Cell(pick(STATUS[one.status], lang), one.status),
                Cell(one.reason(lang)),
            ]
        )
    return Table(columns, rows, caption)


def _subject(plan: Plan, name: str, lang: str) -> str:
    word = name.partition(".")[2]
    if word in plan.indicators:
        return plan.indicators[word].name(lang)
    return pick({"default": ("未单列的指标", "all others")}.get(word, (word, word)), lang)


def finding_table(findings: pd.DataFrame, caption: str, lang: str = "zh") -> Table:
    """Return audit findings: number, severity, what was found, source."""
    columns = columns_of(
        lang,
        ("序号", "No.", False),
        ("级别", "Severity", False),
        ("审查意见", "Finding", False),
        ("出处", "Source", False),
    )
    rows = []
    for number, row in enumerate(findings.to_dict("records"), start=1):
        severity, message = str(row["severity"]), str(row["message_zh" if lang == "zh" else "message_en"])
        words = (str(number), pick(SEVERITY[severity], lang), message, str(row["source"]))
        rows.append([Cell(word, severity if index == 1 else "") for index, word in enumerate(words)])
    return Table(columns, rows, caption)


def main_gaps(projection: Projection) -> list[Gap]:
    """Return the targets of the plan's own indicator table (all of them where no source names a table)."""
    found = [gap for gap in gaps(projection) if gap.target_year == projection.plan.target_year]
    tabled = ([gap for gap in found if gap.source.startswith(words)] for words in _TABLES)
    return next(filter(None, tabled), found)


_TABLES = (("表", "附表", "指标表", "Table"), ("专栏", "Box"))
"""How a source begins that points at the plan's table; plans without any called so print theirs in a 专栏."""


def other_gaps(projection: Projection) -> list[Gap]:
    """Return the remaining targets of the target year that have both a base and a path; chains have their own table."""
    plan, main = projection.plan, set(map(_key, main_gaps(projection)))
    return [
        gap for gap in gaps(projection)
        if gap.target_year == plan.target_year and gap.met is not None and _key(gap) not in main
        and not plan.indicator(gap.indicator).is_chain
        and projection.status_of(gap.indicator, plan.base_year) != "unavailable"
    ]  # fmt: skip


def _key(gap: Gap) -> tuple[str, str, str]:
    return gap.indicator, gap.measure, gap.source
