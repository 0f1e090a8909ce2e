"""Write a plan directory as an Excel workbook that clerks can fill in: every cell is text, so that 8.0 stays 8.0."""

from __future__ import annotations

import csv
import io
import math
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hjforecast.assumptions import kind_of
from hjforecast.excel_words import (
    ASSUMPTION_COLUMNS,
    ASSUMPTIONS,
    CATEGORY_WORDS,
    FACT_LABELS,
    FACTS,
    NAMED,
    NOTES,
    SCENARIO_COLUMNS,
    SCENARIOS,
    SHEETS,
    WORDS,
    label,
    parent_label,
)
from hjforecast.indicators import IDENTITIES, Indicator
from hjforecast.loading import COLUMNS, load_plan
from hjforecast.plan import Plan
from hjforecast.plan_file import read_toml
from hjforecast.plan_readme import COLUMN_MEANINGS
from hjforecast.reading import decode, plain, read_bytes

__all__ = ["write_template"]

Rows = list[list[str]]

_LAST_ROW = 2000
_LEAST_PARENTS = 2
_WITH_UNITS, _UNIT_HEADER = ("baseline", "targets", "actuals"), "单位（以“指标”表为准）"
"""The tables whose rows show their unit in a last column, which is not read back, and its header."""
_NOTE_COLUMNS, _NOTE_WIDTH = 9, 165
"""The columns of the sheet of notes, and how many characters fit across them."""
_IN_WORDS = (label("", "source"), label("", "note"))
"""The headers of columns that a clerk fills with words: wide also while they are blank."""
_WIDEST, _LINE = 42, 16
"""The widest column in characters, and the height of a line in points."""
_INTRO = (
    "本工作簿是一份规划的数据，每张表对应规划目录里的一个文件。填好后运行：hjforecast import 本文件.xlsx 规划目录",
    "单元格一律为文本：规划印 8.0 就填 8.0，印 8 就填 8，小数位数表示精度，不要增减。",
    "没有公布的空着，请勿填 0。没有数值和出处的行不用删，导入时略过。方括号、“—”、千分号、全角数字、“≥22”“8%以上”“6%左右”照抄即可，导入时自动选比较符。",
    "黄色表头的列有下拉选项。指标从列表中选；列表里没有的，在“指标”表末尾加一行，填中文名称和单位即可（单位为%的再选类型，产业链的类别选“产业链”），其余各列空着时按常规补上。",
    "推算值（性质为“推算”）须在“说明”列写明算式，如 10÷1.08^5=6.81。只有文字、没有数字的目标（如“稳步提高”），照抄在“目标水平”或“说明”列均可。",
    "“规划期累计”填方括号里的数：投资额和新增数为各年之和，其他为累计变动。上一规划期的合计（如2025年栏印“[352.6]”）在“目标”表另加一行，规划代码填“基本信息”表里上一规划完成情况的代码。",
    "情景表每行一个项目：title.zh 为名称，levers. 开头的为杠杆（hjforecast list levers 列出全部）；分年的杠杆把时段写在“年份”列，如 2026-2030。",
)
_EXAMPLES = (
    ("基期与历年数据", ("指标", "年份", "数值", "性质", "口径或版本", "出处", "说明")),
    ("", ("地区生产总值", "2025", "210.50", "公布", "", "表1 第1项", "现价")),
    ("", ("居民人均可支配收入", "2025", "28262", "推算", "", "表1 第6—8项", "0.523×36800+0.477×18900=28262")),
    ("目标", ("指标", "比较符", "目标水平", "年均增长（%）", "规划期累计", "属性", "出处", "说明")),
    ("", ("地区生产总值", "等于", "295", "6.5", "", "预期性", "表1 第1项")),
    ("", ("规模以上工业增加值", "不低于", "", "7.5", "", "预期性", "表1 第2项", "原文“7.5%以上”")),
    ("", ("固定资产投资", "等于", "", "", "480", "预期性", "表1 第4项", "五年合计，原文“[480]”")),
    ("", ("森林覆盖率", "不低于", "66.2", "", "", "约束性", "表1 第9项")),
    ("", ("数字经济增加值占GDP比例", "左右", "", "", "", "预期性", "表1 第10项", "原文“稳步提高”")),
)
_OWN_MEANINGS = {
    ("indicators", "indicator"): "英文小写加下划线，不得重复；新指标可空，导入时编号",
    ("indicators", "name_en"): "可空，英文报告里用中文名称",
    ("indicators", "category"): "从列表选，产业链必须选“产业链”；也可自拟",
    ("indicators", "better"): "从列表选，可空",
    ("indicators", "decimals"): "显示的小数位数；新指标可空",
    ("indicators", "driver"): "指标名称或代码；恒等式写形式和成员，形式有 " + "、".join(IDENTITIES),
    ("indicators", "parent"): "本指标是哪个指标的一部分，可空",
    ("targets", "plan"): "本规划与“基本信息”表一致；上一规划的目标和完成情况用那里的另两个代码",
}
_PICKED = "从列表选，或写指标代码"


def _meaning(table: str, column: str, zh: str) -> str:
    """Return what a column of a sheet holds, in the sheet's own words."""
    if (table, column) in _OWN_MEANINGS:
        return _OWN_MEANINGS[table, column]
    if column in WORDS:
        return "从列表选：" + "、".join(WORDS[column].values())
    return _PICKED if column == "indicator" else zh


def write_template(folder: Path, target: Path) -> None:
    """Write the plan directory `folder` as a workbook; one without figures gets a row for each indicator to fill in.

    The file appears whole or not at all. Raises InputError where the directory is no plan without problems.
    """
    import xlsxwriter

    plan, draft = load_plan(folder), target.with_name(f".{target.name}.draft")
    options = {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    try:
        with xlsxwriter.Workbook(draft, options) as book:
            sheets = _Sheets(book)
            sheets.notes(plan)
            sheets.add(FACTS, ("项目", "内容"), _facts(folder), {})
            sheets.add(ASSUMPTIONS, ("含义", *ASSUMPTION_COLUMNS.values()), _assumptions(folder), {"性质": "status"})
            for table, name in SHEETS.items():
                columns = COLUMNS["baseline" if table == "actuals" else table]
                headers = tuple(label(table, column) for column in columns)
                lists = {label(table, one): one for one in columns if one in WORDS or one == "category"}
                lists |= {
                    label(table, column): column for column in columns if column in NAMED and table != "indicators"
                }
                rows = _table(folder, plan, table, columns)
                if table in _WITH_UNITS:
                    named = columns.index("indicator")
                    rows = [[*row, _unit(plan, row[named])] for row in rows]
                    headers = (*headers, _UNIT_HEADER)
                sheets.add(name, headers, rows, lists)
            sheets.add(SCENARIOS, tuple(SCENARIO_COLUMNS.values()), list(_scenarios(folder)), {})
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)


class _Sheets:
    """The workbook in the making, with the looks that its sheets share."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "vcenter"})
        self.head = book.add_format({"bold": True, "bg_color": "#D9E2F3", "border": 1})
        self.choice = book.add_format({"bold": True, "bg_color": "#FFF2CC", "border": 1})

    def add(self, name: str, headers: Sequence[str], rows: Rows, lists: Mapping[str, str]) -> None:
        """Add a sheet of text cells; `lists` says by header which words or names its cells may hold."""
        sheet = self.book.add_worksheet(name)
        sheet.freeze_panes(1, 1)
        spans = [max(_span(row[index]) for row in [headers, *rows[:50]]) for index in range(len(headers))]
        least = [24 if header in _IN_WORDS else 10 for header in headers]
        widths = [min(max(span + 2, narrowest), _WIDEST) for span, narrowest in zip(spans, least, strict=True)]
        for index, header in enumerate(headers):
            sheet.set_column(index, index, widths[index], self.text)
            sheet.write_string(0, index, header, self.choice if header in lists else self.head)
            if header in lists:
                self._choices(sheet, index, lists[header])
        for number, row in enumerate(rows, start=1):
            lines = max(_lines(cell, width) for cell, width in zip(row, widths, strict=True))
            if lines > 1:
                sheet.set_row(number, _LINE * lines)
            for index, cell in enumerate(row):
                sheet.write_string(number, index, cell, self.text) if cell else sheet.write_blank(
                    number, index, None, self.text
                )

    def _choices(self, sheet: Any, index: int, column: str) -> None:
        if column in NAMED or column == "category":
            # The drop-down helps; an id or a category of one's own is understood too, so it only draws a warning.
            names = f"='{SHEETS['indicators']}'!$B$2:$B${_LAST_ROW}"
            source: Any = names if column in NAMED else list(CATEGORY_WORDS)
            asked = "请从列表选择，或写指标代码。" if column in NAMED else "请从列表选择；自拟的也可以。"
            rule = {"validate": "list", "source": source, "error_type": "warning", "error_message": asked}
        else:
            rule = {"validate": "list", "source": list(WORDS[column].values()), "error_message": "请从列表选择。"}
        sheet.data_validation(1, index, _LAST_ROW, index, {**rule, "error_title": "填写有误"})

    def notes(self, plan: Plan) -> None:
        """Add the sheet that explains the others."""
        sheet = self.book.add_worksheet(NOTES)
        sheet.set_column(0, 0, 18)
        sheet.set_column(1, 1, 28)
        sheet.set_column(2, _NOTE_COLUMNS - 1, 19)
        lines: list[tuple[str, ...]] = [
            (f"{plan.region.name_zh or '规划'}数据填报说明",),
            *((line,) for line in _INTRO),
            (),
        ]
        lines += [("填写示例",), *((sheet_name, *cells) for sheet_name, cells in _EXAMPLES), (), ("各列含义",)]
        for table, meanings in COLUMN_MEANINGS.items():
            lines += [
                (SHEETS[table], label(table, column), _meaning(table, column, zh))
                for column, (zh, _) in meanings.items()
            ]
        for number, cells in enumerate(lines):
            if number in range(1, len(_INTRO) + 1):
                sheet.merge_range(number, 0, number, _NOTE_COLUMNS - 1, cells[0], self.text)
                sheet.set_row(number, _LINE * _lines(cells[0], _NOTE_WIDTH))
                continue
            for index, cell in enumerate(cells):
                sheet.write_string(number, index, cell, self.head if len(cells) == 1 else None)


def _facts(folder: Path) -> Rows:
    content = read_toml(folder / "plan.toml", [])
    rows = [[words, _text(_at(content, key))] for key, words in FACT_LABELS.items()]
    parents = list(content["region"].get("parents", []))
    for number in range(1, max(len(parents), _LEAST_PARENTS) + 1):
        parent = parents[number - 1] if number <= len(parents) else {}
        rows += [
            [parent_label(number, key), _text(_at(parent, key))] for key in ("name.zh", "name.en", "code", "level")
        ]
    return rows


def _at(content: Mapping[str, Any], key: str) -> Any:
    for part in key.split("."):
        content = content.get(part, "") if isinstance(content, Mapping) else ""
    return content


def _text(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)


def _assumptions(folder: Path) -> Rows:
    rows = []
    for name, body in _leaves(read_toml(folder / "plan.toml", []).get("assumptions", {}), "value"):
        kind = kind_of(name)
        cells = [_text(body.get(key, "")) for key in ("value", "status", "source", "source_en")]
        cells[1] = WORDS["status"].get(cells[1], cells[1])
        rows.append([kind.zh if kind else "", name, *cells])
    return rows


def _leaves(content: Mapping[str, Any], mark: str, prefix: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, body in content.items():
        if mark in body:
            yield prefix + key, body
        else:
            yield from _leaves(body, mark, f"{prefix}{key}.")


def _table(folder: Path, plan: Plan, table: str, columns: Sequence[str]) -> Rows:
    path = folder / (f"baseline_{plan.base_year}.csv" if table == "baseline" else f"{table}.csv")
    records = list(_records(path)) if path.exists() else []
    if not records and not plan.observations and not plan.targets:
        records = list(_to_fill_in(plan, table))
    once = Counter(item.name_zh for item in plan.indicators.values())
    names = {item.id: item.name_zh for item in plan.indicators.values() if once[item.name_zh] == 1}
    return [[_shown(table, column, record.get(column, ""), names) for column in columns] for record in records]


def _span(text: str) -> int:
    """Return how many Latin characters a text is as wide as: a Chinese one takes two."""
    return sum(1 if character.isascii() else 2 for character in text)


def _lines(text: str, width: int) -> int:
    """Return how many lines a wrapped text takes; lines end before they are full, where a word would not fit."""
    span = _span(text)
    return math.ceil(1.1 * span / width) if span > width else 1


def _unit(plan: Plan, name: str) -> str:
    """Return the unit of an indicator by its Chinese name or its id, nothing where there is none."""
    return next((one.unit for one in plan.indicators.values() if name in (one.id, one.name_zh)), "")


def _records(path: Path) -> Iterator[dict[str, str]]:
    lines = csv.reader(io.StringIO(decode(read_bytes(path), path.name), newline=""))
    header = [plain(cell) for cell in next(lines)]
    for cells in lines:
        if any(cell.strip() for cell in cells):
            yield dict(zip(header, cells, strict=False))


def _shown(table: str, column: str, cell: str, names: Mapping[str, str]) -> str:
    if column in WORDS:
        return WORDS[column].get(plain(cell), cell)
    if column == "category":
        return {code: word for word, code in CATEGORY_WORDS.items()}.get(cell, cell)
    return names.get(cell.strip(), cell) if column in NAMED and (table, column) != ("indicators", "indicator") else cell


def _to_fill_in(plan: Plan, table: str) -> Iterator[dict[str, str]]:
    base, target = str(plan.base_year), str(plan.target_year)
    if table == "baseline":
        yield from ({"indicator": item.id, "year": base, "status": "reported"} for item in _printed(plan, levels=True))
    elif table == "targets":
        for item in _printed(plan, levels=False):
            yield {"plan": plan.id, "indicator": item.id, "base_year": base, "target_year": target, "comparator": "=",
                   "binding": "预期性"}  # fmt: skip


def _printed(plan: Plan, *, levels: bool) -> Iterable[Indicator]:
    """Return the indicators that a plan's table may print: no rate that only serves an identity, for a base no rate."""
    serves = {
        name for item in plan.indicators.values() for name in item.members if plan.indicators[name].kind == "growth"
    }
    return [
        item for item in plan.indicators.values() if item.id not in serves and not (levels and item.kind == "growth")
    ]


def _scenarios(folder: Path) -> Iterator[list[str]]:
    for path in sorted(folder.glob("scenarios/*.toml")):
        for key, years, value in _flat(read_toml(path, []), ""):
            yield [path.stem, key, years, _text(value)]


def _flat(content: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str, Any]]:
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif key[:1].isdigit():
            yield prefix.removesuffix("."), key, value
        else:
            yield prefix + key, "", value
