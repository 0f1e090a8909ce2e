"""Read a filled-in Excel workbook into a plan directory; what is wrong is told by sheet and cell, all together."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from hjforecast.errors import InputError, Problem, closest
from hjforecast.excel_book import Book, columns_of, layout, place_of
from hjforecast.excel_cells import FIGURES, YEARS, advice, code_of, figure, unknown_name, year
from hjforecast.excel_new import complete
from hjforecast.excel_targets import complete_targets
from hjforecast.excel_words import (
    ASSUMPTION_COLUMNS,
    ASSUMPTIONS,
    CATEGORY_WORDS,
    FACT_LABELS,
    FACTS,
    NAMED,
    SCENARIO_COLUMNS,
    SCENARIOS,
    SHEETS,
    WORDS,
    label,
    parent_label,
)
from hjforecast.plan_readme import readme
from hjforecast.plan_template import write_text
from hjforecast.reading import narrow, plain, tidy

__all__ = ["fill_plan_dir", "read_book"]

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_FORMAT = re.compile(r"[#0,]*0(?:\.(0+))?(%?)(?:_\))?")
_FILLED = {
    "baseline": ("value", "source", "note"),
    "actuals": ("value", "source", "note"),
    "targets": ("level", "growth_pct", "cumulative", "source", "note"),
}
"""By table: the columns of which a row of the template holds none before a clerk has filled it in."""

_FIGURE_HEADERS = {label(table, column) for table in SHEETS for column in columns_of(table) if column in FIGURES}
_YEAR_HEADERS = {label(table, column) for table, column in (*(("", one) for one in YEARS), ("projects", "start_year"))}


def read_book(path: Path) -> Book:
    """Return the sheets of a workbook as text; raises InputError where it is none or lacks a sheet or a column."""
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        shown, written = (openpyxl.load_workbook(path, data_only=cached) for cached in (True, False))
    except FileNotFoundError:
        zh, en = "没有这个文件；请核对文件名。", "there is no such file; check its name."
        raise InputError([Problem(path.name, 0, "", "", zh, en)]) from None
    except (BadZipFile, InvalidFileException, KeyError, ValueError):
        zh, en = "不是 Excel 工作簿（xlsx）；请另存为 xlsx。", "no Excel workbook (xlsx); save it as xlsx."
        raise InputError([Problem(path.name, 0, "", "", zh, en)]) from None
    book = Book()
    missing = [*_missing_sheets(path.name, shown.sheetnames)]
    for sheet, headers in layout().items():
        if sheet in shown.sheetnames:
            missing += _read_sheet(book, sheet, headers, shown[sheet], written[sheet])
    if missing:
        raise InputError(missing)
    return book


def _missing_sheets(file: str, names: Sequence[str]) -> Iterator[Problem]:
    for sheet in layout():
        if sheet not in names:
            near = closest(sheet, [name for name in names if name not in layout()])
            zh = f"缺少工作表“{sheet}”；{f'现有的“{near}”是否改过名？' if near else '请用 hjforecast init --excel 写出的模板。'}"
            en = f"sheet {sheet!r} is missing; {f'has it become {near!r}?' if near else 'start from the template.'}"
            yield Problem(file, 0, "", "", zh, en)


def _read_sheet(book: Book, sheet: str, headers: Sequence[str], shown: Any, written: Any) -> list[Problem]:
    """Read a sheet into `book`; return the headers that it lacks, as problems."""
    found = {tidy(str(cell.value)): cell.column_letter for cell in shown[1] if cell.value is not None}
    book.letters[sheet], book.rows[sheet] = found, []
    columns = {header: written[f"{found[header]}1"].column - 1 for header in headers if header in found}
    spread = _spread(shown, {column for header, column in columns.items() if header not in _FIGURE_HEADERS})
    pairs = zip(shown.iter_rows(min_row=2), written.iter_rows(min_row=2), strict=False)
    for number, (values, formulas) in enumerate(pairs, start=2):
        if all(cell.value is None for cell in formulas):
            continue
        cells = {
            header: _cell(book, sheet, number, header, *spread.get((number, index), (values[index], formulas[index])))
            for header, index in columns.items()
        }
        if any(cells.values()):
            book.rows[sheet].append((number, cells))
    return [_missing_header(sheet, header, headers, found) for header in headers if header not in found]


def _spread(sheet: Any, columns: Container[int]) -> dict[tuple[int, int], tuple[Any, Any]]:
    """Return, by row and column, the cell that a merged one shows, in `columns`: words stand for all rows they span."""
    return {
        (row, area.min_col - 1): (top := sheet.cell(area.min_row, area.min_col), top)
        for area in sheet.merged_cells.ranges
        if area.min_col - 1 in columns
        for row in range(area.min_row + 1, area.max_row + 1)
    }


def _missing_header(sheet: str, header: str, headers: Sequence[str], found: Iterable[str]) -> Problem:
    near = closest(header, [word for word in found if word not in headers])
    zh = f"第1行缺少表头“{header}”；{f'现有的“{near}”是否写错？' if near else '请补上。'}"
    en = f"row 1 lacks the header {header!r}; {f'is {near!r} it?' if near else 'add it.'}"
    return Problem(place_of((sheet, "")), 0, "", "", zh, en)


def _cell(book: Book, sheet: str, row: int, header: str, shown: Any, written: Any) -> str:
    """Return what a cell shows as text: typed text as it is, a number with the decimals of its format."""
    value = shown.value
    if value is None and written.data_type == "f":
        zh, en = "公式没有结果；请改为数值。", "a formula without a result; put its value there."
        book.note(sheet, row, header, str(written.value), zh, en)
    if value is None:
        return ""
    if isinstance(value, str):
        return value if tidy(value) else ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number_text(value, shown.number_format)
    if isinstance(value, date) and header in _YEAR_HEADERS:
        return str(value.year)
    zh, en = "应为文字或数字；请把单元格格式改为“文本”再填。", "must be text or a number; format the cell as text."
    book.note(sheet, row, header, str(value), zh, en)
    return ""


def _number_text(value: float, shown_as: str) -> str:
    """Return a number with the decimals that its cell shows, or all it has where the format hides some."""
    exact = Decimal(repr(value))
    match = _FORMAT.fullmatch(shown_as.split(";")[0])
    percent = bool(match and match[2])
    exact = exact * 100 if percent else exact
    decimals = len(match[1] or "") if match else 0
    places = max(decimals, _places(exact))
    return f"{exact:.{places}f}{'%' if percent else ''}"


def _places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def fill_plan_dir(book: Book, folder: Path) -> None:
    """Write a workbook's content as the files of a plan directory; `book` then knows which cell each figure came from.

    Problems that only the workbook shows (a word that is no choice, a key that is no name) go to `book.problems`.
    """
    facts = {words: (row, cells["内容"]) for row, cells in book.rows[FACTS] if (words := tidy(cells["项目"]))}
    base_year = narrow(facts.get(FACT_LABELS["plan.base_year"], (0, ""))[1])
    base = base_year if re.fullmatch(r"\d{4}", base_year) else "0"
    write_text(folder / "plan.toml", _facts_toml(book, facts) + _assumptions_toml(book))
    complete_targets(book, {key: tidy(facts.get(words, (0, ""))[1]) for key, words in FACT_LABELS.items()})
    book.given = complete(book)
    ids = _ids(book)
    for table, sheet in SHEETS.items():
        file = f"baseline_{base}.csv" if table == "baseline" else f"{table}.csv"
        write_text(folder / file, _csv(book, table, sheet, file, ids))
    for name, text in _scenario_texts(book):
        write_text(folder / "scenarios" / f"{name}.toml", text)
    write_text(folder / "README.md", readme(int(base)))


def _facts_toml(book: Book, facts: Mapping[str, tuple[int, str]]) -> str:
    def at(words: str, key: str) -> str:
        """Return a fact's text, and note its cell for messages."""
        row, text = facts.get(words, (0, ""))
        if row:
            book.places["plan.toml", 0, key] = (FACTS, f"{book.letters[FACTS]['内容']}{row}")
        return text

    values = {key: at(words, key) for key, words in FACT_LABELS.items()}
    parents = []
    for number in range(1, len(facts)):
        keys = ("name.zh", "name.en", "code", "level")
        parent = [at(parent_label(number, key), f"region.parents.{number}.{key}") for key in keys]
        if any(map(tidy, parent)):
            zh, en, code, level = map(_quoted, parent)
            parents.append(f"    {{ name = {{ zh = {zh}, en = {en} }}, code = {code}, level = {level} }},\n")
    lines = [
        "[region]",
        f"name = {{ zh = {_quoted(values['region.name.zh'])}, en = {_quoted(values['region.name.en'])} }}",
        f"code = {_quoted(values['region.code'])}", f"level = {_quoted(values['region.level'])}",
        f"parents = [{chr(10) if parents else ''}{''.join(parents)}]\n", "[plan]", f"id = {_quoted(values['plan.id'])}",
        f"title = {{ zh = {_quoted(values['plan.title.zh'])}, en = {_quoted(values['plan.title.en'])} }}",
        *(f"{name} = {_literal(values[f'plan.{name}'])}" for name in ("base_year", "target_year", "outlook_year")),
        *(f"{name} = {_quoted(values[f'plan.{name}'])}" for name in ("previous", "previous_outcome")),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _assumptions_toml(book: Book) -> str:
    blocks, header = [], ASSUMPTION_COLUMNS
    for row, cells in book.rows[ASSUMPTIONS]:
        name = plain(cells[header["name"]])
        if not re.fullmatch(r"[\w-]+(\.[\w-]+)*", name, re.ASCII):
            zh, en = "应为假设的代码，如 damping。", "must be the code of an assumption, such as damping."
            book.note(ASSUMPTIONS, row, header["name"], name, zh, en)
            continue
        for key in ("name", "value", "status", "source"):
            cell = (ASSUMPTIONS, f"{book.letters[ASSUMPTIONS][header[key]]}{row}")
            book.places["plan.toml", 0, name if key == "value" else f"{name}.{key}"] = cell
        status = _code(book, ASSUMPTIONS, row, header["status"], "status", cells[header["status"]])
        lines = [f"[assumptions.{name}]", f"value = {_literal(cells[header['value']])}", f"status = {_quoted(status)}",
                 f"source = {_quoted(cells[header['source']])}"]  # fmt: skip
        if tidy(cells[header["source_en"]]):
            lines.append(f"source_en = {_quoted(cells[header['source_en']])}")
        blocks.append("\n" + "\n".join(lines) + "\n")
    return "".join(blocks)


def _quoted(text: str) -> str:
    return json.dumps(tidy(text), ensure_ascii=False).replace("\x7f", "\\u007f")


def _literal(text: str) -> str:
    """Return a number as it is, and any other text in quotes."""
    number = narrow(text)
    return number if _NUMBER.fullmatch(number) and not re.match(r"[+-]?0\d", number) else _quoted(text)


def _ids(book: Book) -> dict[str, str]:
    """Return the id of each Chinese name that one indicator alone has."""
    pairs = [
        (tidy(cells[label("indicators", "name_zh")]), plain(cells[label("indicators", "indicator")]))
        for _, cells in book.rows[SHEETS["indicators"]]
    ]
    names = [name for name, _ in pairs]
    return {name: code for name, code in pairs if names.count(name) == 1}


def _csv(book: Book, table: str, sheet: str, file: str, ids: Mapping[str, str]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns, line = columns_of(table), 1
    writer.writerow(columns)
    for row, cells in book.rows[sheet]:
        record = {column: cells[label(table, column)] for column in columns}
        dashed = any(
            tidy(record[column]) and not figure(column, record[column]) for column in FIGURES if column in record
        )
        record |= {column: figure(column, record[column]) for column in FIGURES if column in record}
        filled = _FILLED[table][:1] if dashed and table != "targets" else _FILLED.get(table, columns)
        if not any(tidy(record[column]) for column in filled):
            book.skipped += 1
            continue
        line += 1
        for column in columns:
            header = label(table, column)
            book.places[file, line, column] = (sheet, f"{book.letters[sheet][header]}{row}")
            record[column] = _text_of(book, (table, sheet, row, header), column, record[column], ids)
        if "value" in _FILLED.get(table, ()) and not tidy(record["value"]):
            zh, en = (
                "没有数值；没有公布的，请删去这一行。",
                "a figure is missing; delete the row where none is published.",
            )
            book.note(sheet, row, label(table, "value"), "", zh, en)
        writer.writerow([record[column] for column in columns])
    return text.getvalue()


def _text_of(book: Book, place: tuple[str, str, int, str], column: str, cell: str, ids: Mapping[str, str]) -> str:
    """Return what a cell becomes in the CSV file; what it must become instead is noted."""
    table, sheet, row, header = place
    if column in WORDS:
        return _code(book, sheet, row, header, column, cell)
    if column in YEARS:
        return year(cell)
    if (table, column) == ("indicators", "category"):
        return CATEGORY_WORDS.get(tidy(cell), cell)
    if (table, column) == ("indicators", "driver"):
        return " ".join(code_of(word, ids) for word in cell.split())
    if column in NAMED and (table, column) != ("indicators", "indicator"):
        code = code_of(cell, ids)
        if tidy(cell) and code not in ids.values() and plain(code) not in ids.values():
            book.note(sheet, row, header, tidy(cell), *unknown_name(cell, ids))
        return code
    if column in FIGURES and (told := advice(table, column, cell)):
        book.note(sheet, row, header, tidy(cell), *told)
    return cell


def _code(book: Book, sheet: str, row: int, header: str, column: str, cell: str) -> str:
    """Return the code for a word of a drop-down list; a code stands for itself, and anything else is noted."""
    words, text = WORDS[column], plain(cell)
    found = next((code for code, word in words.items() if text in (code, word)), None)
    if found is not None or not text:
        return found or ""
    zh = f"不是允许的值；可选：{'、'.join(words.values())}。"
    book.note(sheet, row, header, tidy(cell), zh, f"not an allowed value; one of {', '.join(words.values())}.")
    return cell


def _scenario_texts(book: Book) -> Iterator[tuple[str, str]]:
    header, texts = SCENARIO_COLUMNS, dict[str, list[str]]()
    for row, cells in book.rows[SCENARIOS]:
        name, key, years = (narrow(cells[header[one]]) for one in ("scenario", "key", "years"))
        if not re.fullmatch(r"[\w-]+", name) or not key:
            zh, en = "每行须有情景代码和项目。", "every row needs a scenario's id and an item."
            book.note(SCENARIOS, row, header["scenario"], name, zh, en)
            continue
        place = (SCENARIOS, f"{book.letters[SCENARIOS][header['value']]}{row}")
        book.places[f"scenarios/{name}.toml", 0, key.removeprefix("levers.")] = place
        path = ".".join(_bare(part) for part in [*key.split("."), *([years] if years else [])])
        number = key == "order" or key.startswith("levers.")
        value = cells[header["value"]]
        texts.setdefault(name, []).append(f"{path} = {_literal(value) if number else _quoted(value)}")
    yield from ((name, "\n".join(lines) + "\n") for name, lines in texts.items())


def _bare(part: str) -> str:
    return part if re.fullmatch(r"[\w-]+", part, re.ASCII) else _quoted(part)
