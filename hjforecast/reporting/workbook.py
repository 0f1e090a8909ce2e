"""Excel files: a sheet of contents, one sheet per table of a report, and its tidy data as the last sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from hjforecast.document import Part
from hjforecast.reporting.parts import frame_of, parts_of
from hjforecast.reporting.sheet_text import text_width
from hjforecast.reporting.sheets import HAIR, SHADE, SOFT, Book, Column, Listed, add_table, write_across, write_header

__all__ = ["write_xlsx"]

_FOREIGN = re.compile(r"<table\b|\||^\s*#", re.IGNORECASE | re.MULTILINE)
_SAMPLE = 500  # rows that the column widths of the tidy data are taken from
_WIDEST_DATA = 48
_MOST_ROWS = 1_048_576
_LINK = "#0B5394"
_WIDTHS = (38.0, 78.0, 14.0, 10.0)
"""Of the columns of the contents."""

_WORDS = {
    "zh": {
        "contents": "目录", "sheet": "工作表", "table": "内容", "unit": "单位", "unit_is": "单位：", "rows": "行数", "other": "附表",
        "data": "明细数据（未经四舍五入）", "report": "报告",
    },
    "en": {
        "contents": "Contents", "sheet": "Sheet", "table": "Table", "unit": "Unit", "unit_is": "Unit: ", "rows": "Rows", "other": "Other table ",
        "data": "The data in full, unrounded", "report": "Report",
    },
}  # fmt: skip


def write_xlsx(notebook: Any, path: Path, lang: str) -> list[str]:
    """Write the tables of an executed notebook as an Excel file and return warnings about it.

    The same notebook gives the same bytes. Raises OSError where the file cannot be written.

    Parameters
    ----------
    notebook :
        the nbformat notebook.
    path :
        the file to write.
    lang :
        `zh` or `en`, the language of the report.
    """
    parts = [shown for part in parts_of(notebook) for shown in _own_parts(part)]
    book = Book(lang)
    contents = book.add_sheet(_WORDS[lang]["contents"])
    listed = [add_table(book, part) for part in _numbered(parts, _WORDS[lang]["other"])]
    listed += [_add_data(book, part) for part in parts if part["kind"] == "data"]
    _fill_contents(book, contents, parts, listed)
    path.write_bytes(book.finished(_title(parts, book)))
    return book.warnings


def _own_parts(part: Part) -> list[Part]:
    """Return a part as it is; of other people's Markdown and HTML, the headings and tables."""
    if part["kind"] not in ("markdown", "html"):
        return [part]
    # pandoc takes a tenth of a second: not for a cell in which there is nothing for us.
    if not _FOREIGN.search(part["text"]):
        return []
    from hjforecast.reporting.pandoc import foreign_parts

    return foreign_parts(part)


def _numbered(parts: Sequence[Part], word: str) -> Iterator[Part]:
    """Yield the tables in the report's order; other people's get a number, and the heading above as their caption."""
    heading, count = "", 0
    for part in parts:
        if part["kind"] == "heading":
            heading = part["text"]
        elif part["kind"] == "table" and part["label"]:
            yield part
        elif part["kind"] == "table" and (part["rows"] or any(title for title, _ in part["columns"])):
            count += 1
            yield {**part, "label": f"{word}{count}", "caption": part["caption"] or heading}


def _title(parts: Sequence[Part], book: Book) -> str:
    titles = (part["text"] for part in parts if part["kind"] == "heading" and part["level"] == 0)
    return book.text(next(titles, _WORDS[book.lang]["report"]))


def _add_data(book: Book, part: Part) -> Listed:
    """Add a tidy table as it is: names in the first row, numbers unrounded, missing values empty."""
    frame = frame_of(part)
    if len(frame) >= _MOST_ROWS:
        book.warn(
            f"明细数据共{len(frame)}行，一张工作表只能放{_MOST_ROWS - 1}行，其余已截去 / "
            f"a sheet holds {_MOST_ROWS - 1} rows: the data's {len(frame)} rows are cut"
        )
        frame = frame.iloc[: _MOST_ROWS - 1]
    sheet = book.add_sheet(part["name"])
    header = book.format(bold=True, bg_color=SHADE, bottom=1, align="left", indent=1)
    for n, name in enumerate(map(str, frame.columns)):
        values = frame.iloc[:, n].tolist()
        widest = max((text_width(str(value)) for value in values[:_SAMPLE]), default=0)
        sheet.set_column(n, n, min(_WIDEST_DATA, max(widest + 2, text_width(name) + 4)))  # 4: the filter's button
        sheet.write_string(0, n, book.text(name), header)
        _write_values(book, sheet, n, values)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.autofilter(0, 0, len(frame), max(0, len(frame.columns) - 1))
    return Listed(sheet.name, _WORDS[book.lang]["data"], "", len(frame))


def _write_values(book: Book, sheet: Any, column: int, values: Sequence[Any]) -> None:
    """Write one column of the tidy data below its name."""
    figure, words = book.format(), book.format(align="left", indent=1)
    texts: dict[str, str] = {}
    for row, value in enumerate(values, 1):
        if isinstance(value, int | float) and not isinstance(value, bool):
            if isfinite(value):
                sheet.write_number(row, column, value, figure)
                continue
            value = "" if value != value else str(value)
        if value == "":
            continue
        key = str(value)
        if key not in texts:
            texts[key] = book.text(key)
        sheet.write_string(row, column, texts[key], words)


def _fill_contents(book: Book, sheet: Any, parts: Sequence[Part], listed: Sequence[Listed]) -> None:
    """Write the first sheet: title, opening paragraphs, a link to every sheet, and where the report comes from."""
    for n, width in enumerate(_WIDTHS):
        sheet.set_column(n, n, width)
    write_across(book, sheet, 0, _title(parts, book), _WIDTHS, bold=True, font_size=16)
    leads = [part["text"] for part in parts if part["kind"] == "paragraph" and part["role"] == "lead"]
    for row, text in enumerate(leads, 1):
        write_across(book, sheet, row, text, _WIDTHS)
    header = len(leads) + 2
    words = _WORDS[book.lang]
    write_header(
        book, sheet, header,
        [Column(words["sheet"], _WIDTHS[0]), Column(words["table"], _WIDTHS[1]), Column(words["unit"], _WIDTHS[2]),
         Column(words["rows"], _WIDTHS[3], right=True)],
    )  # fmt: skip
    for row, one in enumerate(listed, header + 1):
        _write_listed(book, sheet, row, one)
    _write_facts(book, sheet, header + len(listed) + 2, parts)


def _write_listed(book: Book, sheet: Any, row: int, one: Listed) -> None:
    edge = {"bottom": 1, "bottom_color": HAIR}
    link, plain = book.format(font_color=_LINK, underline=1, **edge), book.format(text_wrap=True, **edge)
    sheet.write_url(row, 0, f"internal:'{one.name}'!A1", link, one.name)
    sheet.write_string(row, 1, book.text(one.caption), plain)
    unit = one.unit.removeprefix(_WORDS[book.lang]["unit_is"])  # the column's title says it
    sheet.write_string(row, 2, book.text(unit), plain)
    sheet.write_number(row, 3, one.rows, book.format(num_format="0", align="right", **edge))
    sheet.set_row(row, book.height([(one.caption, _WIDTHS[1]), (unit, _WIDTHS[2])]))


def _write_facts(book: Book, sheet: Any, row: int, parts: Sequence[Part]) -> None:
    """Write the lists of facts from `row` on, one under another."""
    small = {"font_size": 9, "font_color": SOFT}
    for part in parts:
        if part["kind"] != "facts":
            continue
        write_across(book, sheet, row, part["title"], _WIDTHS, bold=True, font_color=SOFT)
        for name, value in part["rows"]:
            row += 1
            write_across(book, sheet, row, value, _WIDTHS, first=1, **small)
            sheet.write_string(row, 0, book.text(name), book.format(text_wrap=True, **small))
        row += 2
