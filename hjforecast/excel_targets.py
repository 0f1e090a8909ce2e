"""Rows of the sheet of targets as clerks type them from a printed table: its signs, its words, and what is left blank."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from hjforecast.excel_book import place_of
from hjforecast.excel_cells import figure, signed
from hjforecast.excel_words import SHEETS, WORDS, label
from hjforecast.reading import plain, tidy

if TYPE_CHECKING:
    from hjforecast.excel_book import Book

__all__ = ["complete_targets"]

_TABLE = "targets"
_FIGURES = ("level", "growth_pct", "cumulative")
_NUMERALS = re.compile(r"[\d０-９〇零一二两三四五六七八九十百千万亿倍番半翻]")


def complete_targets(book: Book, facts: Mapping[str, str]) -> None:
    """Read printed signs as comparators and printed words as notes, and fill what a new row leaves blank.

    `facts` are the plan's by key of `plan.toml`. A sign that contradicts the comparator, or another sign of its row,
    is left as it is, so that the reader asks about it; so are words that may hold a figure (翻一番, 五十).
    """
    for number, cells in book.rows[SHEETS[_TABLE]]:
        if any(tidy(cells[label(_TABLE, column)]) for column in (*_FIGURES, "note")):
            _read_signs(book, number, cells)
            _read_words(book, number, cells)
            _fill(cells, facts)


def _read_signs(book: Book, number: int, cells: dict[str, str]) -> None:
    found = {column: sign for column in _FIGURES if (sign := signed(cells[label(_TABLE, column)]))}
    header = label(_TABLE, "comparator")
    codes, words = {code for code, _ in found.values()}, WORDS["comparator"]
    if len(codes) != 1 or plain(cells[header]) not in ("", "=", words["="], *codes, *(words[code] for code in codes)):
        return
    for column, (code, value) in found.items():
        read = f"{words[code]} {value}"
        _told(book, number, label(_TABLE, column), cells, f"读作“{read}”", f"read as {read!r}")
        cells[label(_TABLE, column)], cells[header] = value, words[code]


def _read_words(book: Book, number: int, cells: dict[str, str]) -> None:
    note = label(_TABLE, "note")
    for header in (label(_TABLE, column) for column in _FIGURES):
        text = tidy(cells[header])
        if text and figure("level", text) and re.search(r"[\u4e00-\u9fff]", text) and not _NUMERALS.search(text):
            _told(book, number, header, cells, f"已移入“{note}”列", f"moved to {note!r}")
            cells[note] = f"{text}；{tidy(cells[note])}" if tidy(cells[note]) else text
            cells[header] = ""


def _told(book: Book, number: int, header: str, cells: Mapping[str, str], zh: str, en: str) -> None:
    place = place_of((SHEETS[_TABLE], f"{book.letters[SHEETS[_TABLE]][header]}{number}"))
    text = tidy(cells[header])
    book.understood.append((f"{place}：“{text}”{zh}", f"{place}: {text!r} {en}"))


def _fill(cells: dict[str, str], facts: Mapping[str, str]) -> None:
    """Write the plan's id and years, and `=`, where a row of this plan leaves them blank."""
    defaults = {"plan": facts["plan.id"], "comparator": WORDS["comparator"]["="]}
    if tidy(cells[label(_TABLE, "plan")]) in ("", facts["plan.id"]):
        defaults |= {"base_year": facts["plan.base_year"], "target_year": facts["plan.target_year"]}
    for column, text in defaults.items():
        if not tidy(cells[label(_TABLE, column)]):
            cells[label(_TABLE, column)] = text
