"""Word tables: columns as wide as their content asks, numbers flush right, the header repeated on each page."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from copy import deepcopy
from itertools import pairwise
from typing import Any, NamedTuple

from hjforecast.document import Part
from hjforecast.reporting.word_xml import node, paragraph, run

__all__ = ["Layout", "column_groups", "layout_of", "table"]

PORTRAIT, LANDSCAPE = 442.25, 637.8
"""Width of the text block in points: 156 mm, and 225 mm on a page laid sideways."""

_STYLES = {10.5: "TableText", 9.0: "TableTextSmall"}
_SMALLEST = min(_STYLES)
# The margins of a cell in points, with a little room; then, in letters, what counts as a short word and how much of a
# column's title stays on one line (2025年).
_PADDING = 8.0
_SHORT, _HEAD = 4.0, 3.3
_KEPT_ROWS = 2
_WORD = re.compile(r"[!-~]+")
_MARK = re.compile(r"[*†]$")


class Layout(NamedTuple):
    """How a table is set: size of its letters and width of its columns in points, the side (`right`, `center` or
    empty) to which each column is set, and whether it lies sideways."""

    size: float
    widths: tuple[float, ...]
    sides: tuple[str, ...]
    sideways: bool = False


def layout_of(columns: Sequence[Sequence[Any]], rows: Sequence[Sequence[Sequence[Any]]]) -> Layout:
    """Return the layout of a table: 五号 upright where it fits, then 小五, then sideways.

    Parameters
    ----------
    columns :
        pairs of title and whether the column holds numbers.
    rows :
        cells of text, mark and indent.
    """
    asked = _asked(columns, rows)
    sides = tuple(_side(at, numeric, asked[at].natural) for at, (_, numeric) in enumerate(columns))
    for width, sideways in ((PORTRAIT, False), (LANDSCAPE, True)):
        for size in _STYLES:
            least = [size * (one.least if size == _SMALLEST else one.easy) + _PADDING for one in asked]
            if sum(least) <= width:
                natural = [size * one.natural + _PADDING for one in asked]
                return Layout(size, _shared(least, natural, width), sides, sideways)
    return Layout(size, tuple(width * low / sum(least) for low in least), sides, True)


def column_groups(columns: Sequence[Sequence[Any]], rows: Sequence[Sequence[Sequence[Any]]]) -> list[list[int]]:
    """Return which columns stand together: one group, or several where no page is wide enough, each with the first."""
    first, *others = [_SMALLEST * one.least + _PADDING for one in _asked(columns, rows)] or [0.0]
    groups: list[list[int]] = [[0]] if columns else []
    used = first
    for at, width in enumerate(others, start=1):
        if used + width > LANDSCAPE and len(groups[-1]) > 1:
            groups.append([0])
            used = first
        groups[-1].append(at)
        used += width
    return groups


def _side(at: int, numeric: bool, natural: float) -> str:
    """Return the side of a column: numbers right, units and other short words in the middle, text left."""
    if numeric:
        return "right"
    return "center" if at and natural <= _SHORT else ""


class _Asked(NamedTuple):
    """Widths that a column asks for, in letters: Chinese ones count 1, Latin ones about half.

    `least` leaves its words whole and its numbers on one line, with `easy` its texts read well, at `natural` nothing
    is broken.
    """

    least: float
    easy: float
    natural: float


def _asked(columns: Sequence[Sequence[Any]], rows: Sequence[Sequence[Sequence[Any]]]) -> list[_Asked]:
    return [
        _asked_by(title, numeric, [(str(row[at][0]), row[at][2]) for row in rows])
        for at, (title, numeric) in enumerate(columns)
    ]


def _asked_by(title: str, numeric: bool, cells: Sequence[tuple[str, int]]) -> _Asked:
    head = _ems(title)
    least_head = max(_longest_word(title), head / 3, min(head, _HEAD))
    natural = max((_ems(text) + indent for text, indent in cells), default=0.0)
    if numeric or natural <= _SHORT:
        least = easy = max(least_head, natural)
    else:
        words = max(_longest_word(text) for text, _ in cells)
        least = max(least_head, _SHORT, min(words, 8.0), min(natural / 3, 7.0))
        easy = max(least, min(natural / 2, 9.0))
    return _Asked(least, easy, max(easy, head / 2, min(natural, 200.0)))


def _ems(text: str) -> float:
    """Return the width of a text in letters, with the space that Word sets between Chinese and Latin ones."""
    widths = [_em(char) for char in text]
    return sum(widths) + 0.25 * sum((a < 1) != (b < 1) for a, b in pairwise(widths))


def _em(char: str) -> float:
    if unicodedata.east_asian_width(char) in "WF":
        return 1.0
    return 0.75 if char.isupper() or char in "—%…≥≤≈→mMwW" else 0.5


def _longest_word(text: str) -> float:
    return max((_ems(word) for word in _WORD.findall(text)), default=0.0)


def _shared(least: Sequence[float], natural: Sequence[float], width: float) -> tuple[float, ...]:
    """Return widths that fill `width`: each column its least, the rest by what it still lacks."""
    spare = width - sum(least)
    lacking = [high - low for low, high in zip(least, natural, strict=True)]
    if sum(lacking) > spare:
        return tuple(low + spare * lack / sum(lacking) for low, lack in zip(least, lacking, strict=True))
    return tuple(high * width / sum(natural) for high in natural)


def table(part: Part, layout: Layout, header: bool = True) -> Any:
    """Return a three-line table; `part` has columns, rows, notes and a caption, which is its alternative text.

    The first and last rows stay with what is next to them, so that no header and no note stands alone on a page.
    """
    twips = [round(20 * width) for width in layout.widths]
    last, kept = len(part["rows"]) - 1, bool(part["notes"])
    rows = [_row(row, layout, _stays(at, last, kept)) for at, row in enumerate(part["rows"])]
    if header:
        titles = [[title, "", 0] for title, _ in part["columns"]]
        rows.insert(0, _row(titles, layout, True, node("tblHeader")))
    look = node("tblLook", val="0620" if header else "0600", firstRow=int(header), lastRow=0, firstColumn=0,
                lastColumn=0, noHBand=1, noVBand=1)  # fmt: skip
    properties = node(
        "tblPr", node("tblStyle", val="ThreeLine"), node("tblW", w=sum(twips), type="dxa"), node("jc", val="center"),
        node("tblLayout", type="fixed"), look, node("tblCaption", val=part["caption"][:255]),
    )  # fmt: skip
    return node("tbl", properties, node("tblGrid", *(node("gridCol", w=width) for width in twips)), *rows)


def _stays(at: int, last: int, notes: bool) -> bool:
    """Tell whether a row stays on the page of what follows: the first ones, and the last ones with the notes."""
    return at < min(_KEPT_ROWS, last) or last - _KEPT_ROWS <= at < last or (at == last and notes)


def _row(cells: Sequence[Sequence[Any]], layout: Layout, stays: bool, *properties: Any) -> Any:
    """Return a row that no page break cuts; a header row stands at the foot of its cells."""
    foot = [node("vAlign", val="bottom")] if properties else []
    kept = [node("keepNext")] if stays else []
    made = []
    for cell, width, side in zip(cells, layout.widths, layout.sides, strict=True):
        place = node("tcPr", node("tcW", w=round(20 * width), type="dxa"), *deepcopy(foot))
        made.append(node("tc", place, _text(cell, layout.size, side, deepcopy(kept))))
    return node("tr", node("trPr", node("cantSplit"), *properties), *made)


def _text(cell: Sequence[Any], size: float, side: str, properties: list[Any]) -> Any:
    """Return a cell's paragraph. The mark after a number hangs into the margin, so that digits line up."""
    text, mark, indent = cell
    if indent:
        properties.append(node("ind", left=round(20 * size * indent)))
    elif side == "right" and _MARK.search(text):
        properties.append(node("ind", right=round(-10 * size)))
    if side:
        properties.append(node("jc", val=side))
    bold = [node("b"), node("bCs")] if mark in ("error", "warning") else []
    return paragraph(_STYLES[size], [run(text.replace(" %", "\u00a0%"), *bold)], properties)
