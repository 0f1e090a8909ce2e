"""How text fits a PDF page: what can be drawn, where a long word breaks, how wide each column of a table is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import ceil, inf
from typing import Any

from hjforecast import fonts
from hjforecast.document import Part

__all__ = ["TEXT_WIDTH", "breakable", "clean", "drawable", "table_layout", "text_width"]

TEXT_WIDTH = 156 / 25.4 * 72
"""The width of the text block in points (156 mm, GB/T 9704-2012)."""

_SIZES = (9.0, 8.5, 8.0, 7.5, 7.0, 6.5, 6.0, 5.5, 5.0)
# Before the type shrinks below a size, texts take more lines: (sizes, the most lines of a text).
_TRIES = ((_SIZES[:4], 2), (_SIZES[2:6], 3), (_SIZES[2:], 99))
_SLACK = 0.05  # what rounding may take from a column before a word is broken
_GAP = 0.45  # left and right of every cell, in em as all widths here
_APART = 1.2  # left of a text that follows a number
_FLAG = 0.6  # where a mark hangs to the right of a number
_TALLEST_ROW = 20  # lines; a taller row may break over pages
_TALLEST_TABLE = 250.0  # points, two fifths of a page; a taller table may
_MOST_NUMBER = 20.0
_LEAST_TEXT, _MOST_LEAST, _MOST_WORD, _MOST_TEXT = 6.0, 12.0, 14.0, 80.0
_MOST_NOTES = 800.0  # em; longer notes may break over pages
_SHORT_TITLE = 3.4  # em; a shorter title of numbers stays on one line
_SMALL_WANT = 4.0  # em; a column that lacks no more than this comes first
_BREAK = "\u200b"
_MISSING = "□"
_CONTROLS = {chr(code) for code in range(32)}
# Lines break between Han characters and kana; what stands between them and spaces holds together.
_WORD = re.compile(r"[^\s\u2e80-\u2fff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
_TITLE_BREAK = re.compile(r"(?<=\d年)(?=.)|(?=\(%\)$)")
_MARKED = re.compile(r"(.*\d.*)([*†])", re.DOTALL)


@dataclass(frozen=True)
class _Column:
    """What a column asks for: the widths of its title, longest word and longest text, and the room left and right."""

    numeric: bool
    title: float
    word: float
    body: float
    left: float
    right: float

    def least(self, title_lines: int, lines: int) -> float:
        """Return the least width: words whole, the title of numbers and texts on about so many lines."""
        if self.numeric:
            wrapped = max(self.title / title_lines + (title_lines > 1) * 0.5, min(self.title, _SHORT_TITLE))
            return max(min(self.body, _MOST_NUMBER), self.word, min(wrapped, _MOST_WORD)) + self.left + self.right
        longest = max(self.body, self.title)
        wrapped = min(max(_LEAST_TEXT, longest / lines + 0.5), _MOST_LEAST)
        return max(self.word, min(longest, wrapped)) + self.left + self.right

    @property
    def natural(self) -> float:
        """Return the width at which nothing wraps, within reason."""
        return min(max(self.body, self.title), _MOST_TEXT) + self.left + self.right


def clean(value: Any, table: dict[int, str | None]) -> Any:
    """Return a value of lists, mappings and texts with every text put through `str.translate`."""
    if isinstance(value, str):
        return value.translate(table)
    if isinstance(value, dict):
        return {name: clean(item, table) for name, item in value.items()}
    return [clean(item, table) for item in value] if isinstance(value, list | tuple) else value


def drawable(characters: set[str]) -> tuple[dict[int, str | None], set[str]]:
    """Return the table for `clean` that leaves only what our fonts can draw, and the characters that they lack.

    Control and format characters go, with them what would turn the direction of the text; a lacking character
    becomes □.
    """
    lacking = fonts.missing("".join(characters))
    table: dict[int, str | None] = {ord(char): _MISSING for char in lacking}
    for char in characters | _CONTROLS:  # JSON holds these as escapes
        category = unicodedata.category(char)
        if category in ("Zl", "Zp"):
            table[ord(char)] = "\n"
        elif char == "\t":
            table[ord(char)] = " "
        elif category in ("Cc", "Cf") and char != "\n":
            table[ord(char)] = None
    return table, lacking


@lru_cache(maxsize=1)
def _advances() -> dict[int, float]:
    """Return how wide each character of our fonts is, in em; read from the bold weight, the wider one."""
    from fontTools.ttLib import TTFont

    with TTFont(fonts.font_paths()["bold"], lazy=True) as font:
        widths, em = font["hmtx"].metrics, font["head"].unitsPerEm
        return {code: widths[name][0] / em for code, name in font.getBestCmap().items()}


def text_width(text: str) -> float:
    """Return how wide a text is in em, of several lines the widest."""
    known = _advances()
    return max(sum(known.get(ord(char), 0.0) for char in line) for line in text.split("\n"))


def breakable(text: str, width: float) -> str:
    """Return a text whose words that are wider than `width` em may break, after every third of a line."""
    if text_width(text) <= width:
        return text
    return _WORD.sub(lambda match: _broken(match[0], width), text)


def _broken(word: str, width: float) -> str:
    if text_width(word) <= width:
        return word
    pieces: list[str] = []
    room = 0.0
    for char in word:
        advance = text_width(char)
        if room + advance > width / 3 and pieces:
            pieces.append(_BREAK)
            room = 0.0
        pieces.append(char)
        room += advance
    return "".join(pieces)


def table_layout(part: Part) -> dict[str, Any]:
    """Return a table part with the size of its type, the widths of its columns and words that fit them."""
    columns = [_measure(part, n) for n in range(len(part["columns"]))]
    size, widths = _fit(columns)
    rooms = [width - column.left - column.right + _SLACK for width, column in zip(widths, columns, strict=True)]
    titles = [_title(title, room) for (title, _), room in zip(part["columns"], rooms, strict=True)]
    rows = [_row(row, columns, rooms) for row in part["rows"]]
    notes = [breakable(note, 40.0) for note in part["notes"]]
    header = _lines(titles, rooms)
    height = size * (1.4 * (header + sum(row["lines"] for row in rows)) + 0.5 * len(rows))
    return {
        **part,
        "caption": breakable(part["caption"], 30.0),
        "notes": notes,
        "tall_end": text_width("".join(notes)) > _MOST_NOTES or any(row["tall"] for row in rows[-2:]),
        "size": size,
        "tall_header": header > _TALLEST_ROW,
        "columns": [
            {"title": title, "numeric": column.numeric, "left": column.left, "right": column.right, "width": width}
            for title, column, width in zip(titles, columns, widths, strict=True)
        ],
        "rows": rows,
        "long": height > _TALLEST_TABLE,
    }


def _title(title: str, room: float) -> str:
    """Return a column's title that takes a new line after its year or before its unit where that makes it fit."""
    lines = _TITLE_BREAK.sub("\n", title)
    return lines if text_width(title) > room >= text_width(lines) else breakable(title, room)


def _measure(part: Part, n: int) -> _Column:
    title, numeric = part["columns"][n]
    cells = [row[n] for row in part["rows"]]
    split = [_split(text, numeric) for text, _, _ in cells]
    words = [text_width(word) + cell[2] for cell in cells for word in _WORD.findall(cell[0])]
    flagged = any(flag for _, flag in split)
    apart = n > 0 and part["columns"][n - 1][1] and not numeric
    return _Column(
        bool(numeric),
        text_width(title),
        min(max([text_width(word) for word in _WORD.findall(title)] + words, default=0.0), _MOST_WORD),
        max((text_width(text) + cell[2] for (text, _), cell in zip(split, cells, strict=True)), default=0.0),
        _APART if apart else _GAP,
        _GAP + (_FLAG if flagged else 0.0),
    )


def _split(text: str, numeric: bool) -> tuple[str, str]:
    """Return a cell's text and the mark that hangs to the right of its number."""
    match = _MARKED.fullmatch(text) if numeric else None
    return (match[1], match[2]) if match else (text, "")


def _fit(columns: Sequence[_Column]) -> tuple[float, list[float]]:
    """Return the largest type size at which the table fits, titles on as few lines as it takes, and the widths."""
    tries = [(size, lines) for sizes, lines in _TRIES for size in sizes]
    for (size, lines), title_lines in product(tries, (1, 2, 3, 4)):
        least = [column.least(title_lines, lines) for column in columns]
        spare = TEXT_WIDTH / size - sum(least)
        if spare >= 0:
            return size, _spread(columns, least, spare)
    return size, [width * (TEXT_WIDTH / size) / sum(least) for width in least]


def _spread(columns: Sequence[_Column], least: Sequence[float], spare: float) -> list[float]:
    """Return the least widths with the spare room given first to columns that lack little, then to all that wrap."""
    widths = list(least)
    for most in (_SMALL_WANT, inf):
        wants = [max(column.natural - width, 0.0) for column, width in zip(columns, widths, strict=True)]
        wants = [want if want <= most else 0.0 for want in wants]
        given = min(spare / sum(wants), 1.0) if any(wants) else 0.0
        widths = [width + given * want for width, want in zip(widths, wants, strict=True)]
        spare -= given * sum(wants)
    return [width + spare / len(widths) for width in widths]


def _row(row: Sequence[Sequence[Any]], columns: Sequence[_Column], rooms: Sequence[float]) -> dict[str, Any]:
    cells = []
    for (text, mark, indent), column, room in zip(row, columns, rooms, strict=True):
        kept, flag = _split(text, column.numeric)
        cells.append({"text": breakable(kept, room - indent), "flag": flag, "mark": mark, "indent": indent})
    lines = _lines([cell["text"] for cell in cells], rooms)
    return {"cells": cells, "lines": lines, "tall": lines > _TALLEST_ROW}


def _lines(texts: Sequence[str], rooms: Sequence[float]) -> int:
    """Return about how many lines the tallest of these cells takes."""
    pairs = zip(texts, rooms, strict=True)
    return max((ceil(text_width(text) / max(room, 1.0)) + text.count("\n") for text, room in pairs), default=1)
