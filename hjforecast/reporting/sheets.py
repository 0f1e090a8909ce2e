"""The sheets of an Excel file: a workbook in a report's fonts, and a table set out on a sheet of its own.

Every text is written as text, whatever it looks like: nothing in a file is a formula or a link out of it.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from hjforecast.document import Cell, Part
from hjforecast.reporting.sheet_text import SheetNames, cell_text, line_count, plain_integer, printed_number, text_width

__all__ = [
    "HAIR",
    "MARK_STYLES",
    "SHADE",
    "SOFT",
    "Book",
    "Column",
    "Listed",
    "add_table",
    "write_across",
    "write_header",
]

# Every Windows since Vista has these two, and WPS uses them; 等线 comes with Office only. Where 微软雅黑 is lacking,
# the system's own sans-serif takes its place, at about the same width.
_FONTS = {"zh": "微软雅黑", "en": "Arial"}
_LINES = {"zh": 16.5, "en": 14.0}
_SIZE, _PADDING, _TALLEST = 10, 3.0, 409.0
"""Points; Excel's rows end at 409."""

_PAGE_WIDTH, _LEAST_TABLE, _NARROWEST = 140, 64, 6
"""Digits: what fits across a landscape page unshrunk, and what a caption, and a column, need."""

_FILTER_BUTTON, _INDENT, _HEAD_LINE = 3, 1.5, 10
_RAISED = "*†‡"
_NO_VALUE = {"nan", "NaN", "None", "NaT", "<NA>"}
_TITLE_LIMIT = 255
_CREATED = datetime(1980, 1, 1)
"""The same notebook gives the same bytes: no file knows when it was made. Its zip entries bear this date too."""

HAIR, SOFT, SHADE = "#D5D9DE", "#57606A", "#F2F4F7"
"""Colours of the lines between rows, of what stands under a table, and behind its header."""

MARK_STYLES: Mapping[str, Mapping[str, Any]] = {
    "assumed": {"font_color": "#8A4B08"},
    "projected_from_assumed": {"font_color": "#8A4B08"},
    "derived": {"font_color": "#5B3A8E"},
    "projected": {"font_color": "#24425C"},
    "unavailable": {"font_color": SOFT},
    "met": {"font_color": "#1D6335"},
    "missed": {"font_color": "#8E1519"},
    "error": {"font_color": "#8E1519", "bg_color": "#FDF0F0", "bold": True},
    "warning": {"font_color": "#7A4A00", "bg_color": "#FFF6E5", "bold": True},
    "note": {"font_color": "#1D4F7C", "bg_color": "#EEF5FB"},
}
"""How a cell with a mark looks: the colours of the HTML pages."""

_FOOTERS = {"zh": "&C第 &P 页，共 &N 页", "en": "&CPage &P of &N"}


@dataclass(frozen=True)
class Listed:
    """A sheet as the contents list it."""

    name: str
    caption: str
    unit: str
    rows: int


@dataclass(frozen=True)
class Column:
    """How a column is set: flush `right` where it holds figures, else `indent`ed.

    `numbers` tells that its figures are written as numbers; `mark` is what some of them end with.
    """

    title: str
    width: float
    right: bool = False
    indent: int = 0
    numbers: bool = False
    mark: str = ""


class Book:
    """The workbook being written: its language, formats and sheet names, and the warnings so far."""

    def __init__(self, lang: str) -> None:
        from xlsxwriter import Workbook

        self.lang = lang
        self.warnings: list[str] = []
        self._names = SheetNames()
        self._stream = io.BytesIO()
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._workbook = Workbook(self._stream, options)

    def add_sheet(self, text: str) -> Any:
        """Return a new sheet named after a text, set up to be printed on landscape A4, one page wide."""
        sheet = self._workbook.add_worksheet(self._names.name(text))
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(_FOOTERS[self.lang])
        # A code or a year in a column of words is text on purpose.
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        return sheet

    def format(self, **properties: Any) -> Any:
        """Return a cell format in the report's font, made once."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            base = {"font_name": _FONTS[self.lang], "font_size": _SIZE, "valign": "vcenter"}
            self._formats[key] = self._workbook.add_format({**base, **properties})
        return self._formats[key]

    def warn(self, text: str) -> None:
        """Note a warning, once."""
        if text and text not in self.warnings:
            self.warnings.append(text)

    def text(self, text: str) -> str:
        """Return a text that a cell can hold, with a warning where it had to be changed."""
        kept, done = cell_text(text)
        self.warn(done)
        return kept

    def height(self, texts: Iterable[tuple[str, float]], scale: float = 1.0) -> float:
        """Return the height of a row for texts and the widths they are set in, in a font `scale` times the usual."""
        lines = line_count((text, width / scale) for text, width in texts)
        return min(_TALLEST, scale * (lines * _LINES[self.lang] + _PADDING))

    def finished(self, title: str) -> bytes:
        """Return the whole file."""
        self._workbook.set_properties({"title": title[:_TITLE_LIMIT], "author": "hjforecast", "created": _CREATED})
        self._workbook.close()
        return self._stream.getvalue()


def add_table(book: Book, part: Part) -> Listed:
    """Add a sheet: caption, unit, header row, rows, notes."""
    sheet = book.add_sheet(f"{part['label']} {part['caption']}")
    rows = [[Cell(book.text(text), mark, indent) for text, mark, indent in row] for row in part["rows"]]
    columns = _columns([(book.text(title), right) for title, right in part["columns"]], rows)
    widths = [column.width for column in columns]
    for n, width in enumerate(widths):
        sheet.set_column(n, n, width)
    caption = f"{part['label']}　{part['caption']}"
    write_across(book, sheet, 0, caption, widths, bold=True, font_size=12)
    if part["unit"]:
        sheet.write_string(1, len(widths) - 1, book.text(part["unit"]), book.format(align="right", font_color=SOFT))
    header, last = 2, 2 + len(rows)
    write_header(book, sheet, header, columns)
    for place, row in enumerate(rows, header + 1):
        _write_row(book, sheet, place, row, columns, closing=place == last)
    for place, note in enumerate(part["notes"], last + 1):
        write_across(book, sheet, place, note, widths, font_size=9, font_color=SOFT)
    sheet.freeze_panes(header + 1, 0)
    sheet.repeat_rows(header)
    sheet.autofilter(header, 0, last, len(widths) - 1)
    return Listed(sheet.name, caption, part["unit"], len(rows))


def _columns(titles: Sequence[tuple[str, bool]], rows: Sequence[Sequence[Cell]]) -> list[Column]:
    """Return how each column is set, from its title and whether it holds figures, and from its cells."""
    widths = _column_widths(titles, rows)
    found = []
    for n, (title, right) in enumerate(titles):
        texts = [row[n].text for row in rows if row[n].text]
        marks = [text[-1] for text in texts if text[-1] in _RAISED]
        # A column of words may be years or running numbers; codes with a leading zero leave it one of words.
        numbers = right or all(map(plain_integer, texts))
        indent = int(not right and n > 0)
        found.append(Column(title, widths[n], right, indent, numbers, marks[0] if right and marks else ""))
    return found


def _column_widths(titles: Sequence[tuple[str, bool]], rows: Sequence[Sequence[Cell]]) -> list[float]:
    """Return widths that fit the page: whole cells where there is room, the longest columns wrapped where not."""
    wanted = []
    for n, (title, _) in enumerate(titles):
        word = max((len(word) for word in title.split() if word.isascii()), default=0)
        whole = text_width(title)
        head = max(word, whole if whole <= _HEAD_LINE else ceil(whole / 2)) + _FILTER_BUTTON
        cells = max((text_width(row[n].text) + _INDENT * row[n].indent for row in rows), default=0)
        wanted.append(max(_NARROWEST, head, cells + _INDENT) + _INDENT)
    cap, widths = float(_PAGE_WIDTH), wanted
    while cap > _NARROWEST and sum(widths) > _PAGE_WIDTH:
        cap -= 1
        # A figure cannot wrap: in a narrower column Excel shows ####.
        widths = [width if right else min(width, cap) for width, (_, right) in zip(wanted, titles, strict=True)]
    # Caption and notes need a line of some length even over a small table.
    widths[0] += max(0.0, _LEAST_TABLE - sum(widths))
    return widths


def write_across(
    book: Book, sheet: Any, row: int, text: str, widths: Sequence[float], first: int = 0, **look: Any
) -> None:
    """Write a text over all columns from `first` on, wrapped, its row as high as it needs."""
    text, style = book.text(text), book.format(text_wrap=True, align="left", **look)
    if len(widths) - first > 1:
        sheet.merge_range(row, first, row, len(widths) - 1, "", style)
    sheet.write_string(row, first, text, style)
    sheet.set_row(row, book.height([(text, sum(widths[first:]))], look.get("font_size", _SIZE) / _SIZE))


def write_header(book: Book, sheet: Any, row: int, columns: Sequence[Column]) -> None:
    """Write the titles of columns as a table's first row."""
    for n, column in enumerate(columns):
        # Centred over figures, not flush right: the filter's button stands there.
        place = {"align": "center"} if column.right else {"align": "left", "indent": column.indent}
        style = book.format(bold=True, text_wrap=True, bg_color=SHADE, top=2, bottom=1, **place)
        _write_text(sheet, row, n, column.title, style)
    sheet.set_row(row, book.height((column.title, column.width - _INDENT * column.indent) for column in columns))


def _write_row(
    book: Book, sheet: Any, place: int, row: Sequence[Cell], columns: Sequence[Column], *, closing: bool
) -> None:
    """Write a row of table cells as high as it needs; the `closing` one ends the table."""
    edge = {"bottom": 2} if closing else {"bottom": 1, "bottom_color": HAIR}
    room = []
    for n, (column, cell) in enumerate(zip(columns, row, strict=True)):
        look = {**edge, **MARK_STYLES.get(cell.mark, {}), "align": "right" if column.right else "left"}
        indent = column.indent + cell.indent
        if indent and not column.right:
            look["indent"] = indent
        room.append((cell.text, column.width - _INDENT * indent))
        number = printed_number(cell.text) if column.numbers else None
        if number:
            shown = _aligned(number.format, column.mark)
            sheet.write_number(place, n, number.value, book.format(num_format=shown, **look))
        else:
            text = "" if column.numbers and cell.text in _NO_VALUE else cell.text
            _write_text(sheet, place, n, text, book.format(text_wrap=True, **look))
    sheet.set_row(place, book.height(room))


def _write_text(sheet: Any, row: int, column: int, text: str, style: Any) -> None:
    """Write a text; an empty one leaves the cell empty for Excel too."""
    if text:
        sheet.write_string(row, column, text, style)
    else:
        sheet.write_blank(row, column, None, style)


def _aligned(number_format: str, mark: str) -> str:
    """Return a format that leaves the room of a mark which others in the column bear, so that digits stay in line."""
    if not mark or number_format.endswith(f'{mark}"'):
        return number_format
    return ";".join(f"{section}_{mark}" for section in number_format.split(";"))
