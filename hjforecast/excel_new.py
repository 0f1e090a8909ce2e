"""Indicators that a clerk adds to the Excel template: what may be left blank, and what then stands there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hjforecast.excel_words import CATEGORY_WORDS, SHEETS, WORDS, label
from hjforecast.indicators import CHAIN_CATEGORIES
from hjforecast.reading import narrow, plain, tidy

if TYPE_CHECKING:
    from hjforecast.excel_book import Book

__all__ = ["complete"]

_TABLE = "indicators"
_GDP = "gdp"
_FIGURES = {"baseline": ("value",), "actuals": ("value",), "targets": ("level", "cumulative")}


def complete(book: Book) -> dict[str, str]:
    """Fill the blank cells of new indicators; return the ids given to those that came without one, by Chinese name.

    A per-cent unit does not say whether a share, a growth or another rate is meant: that stays to be filled in.
    """
    rows = [cells for _, cells in book.rows[SHEETS[_TABLE]]]
    taken = {plain(cells[label(_TABLE, "indicator")]) for cells in rows}
    given, capped = dict[str, str](), _capped(book)
    for number, cells in book.rows[SHEETS[_TABLE]]:
        record = _Record(cells)
        if not record["name_zh"]:
            continue
        if not record["indicator"]:
            fresh = next(code for n in range(1, len(rows) + 2) if (code := f"local_{n}") not in taken)
            taken.add(fresh)
            given[record["name_zh"]] = record["indicator"] = fresh
            record.default("better", "down" if record["name_zh"] in capped else "up")
        _fill(record, book, with_gdp=_GDP in taken)
        if not record["kind"]:
            zh = "单位是%的指标请选类型：占比填“比重”，增长速度填“增速”，降幅等其他填“指数”。"
            en = "in per cent: choose 比重 for a share, 增速 for a growth, 指数 for any other rate."
            book.note(SHEETS[_TABLE], number, label(_TABLE, "kind"), "", zh, en)
    return given


class _Record:
    """The cells of one indicator by column."""

    def __init__(self, cells: dict[str, str]) -> None:
        self._cells = cells

    def __getitem__(self, column: str) -> str:
        return tidy(self._cells[label(_TABLE, column)])

    def __setitem__(self, column: str, text: str) -> None:
        self._cells[label(_TABLE, column)] = text

    def default(self, column: str, code: str) -> None:
        """Write a code where nothing stands."""
        if not self[column] and code:
            self[column] = WORDS[column][code] if column in WORDS else code


def _fill(record: _Record, book: Book, *, with_gdp: bool) -> None:
    money = narrow(record["unit"]).partition("/")[0].endswith("元")
    record.default("name_en", record["name_zh"])
    record.default("category", "other")
    record.default("kind", "" if record["unit"] in ("%", "％", "‰") else "level")
    record.default("price_basis", "current" if money else "none")
    chain = CATEGORY_WORDS.get(record["category"], record["category"]) in CHAIN_CATEGORIES
    record.default("rule", "elastic" if with_gdp and (chain or money) else "growth")
    if record["rule"] in ("elastic", WORDS["rule"]["elastic"]):
        record.default("driver", _GDP)
    record.default("decimals", str(_decimals(book, record["name_zh"])))


def _capped(book: Book) -> set[str]:
    """Return the names of the indicators with an upper bound: less of them is better."""
    name, sign = label("targets", "indicator"), label("targets", "comparator")
    rows = book.rows[SHEETS["targets"]]
    return {tidy(cells[name]) for _, cells in rows if tidy(cells[sign]) in ("<=", WORDS["comparator"]["<="])}


def _decimals(book: Book, name: str) -> int:
    """Return the decimals that the workbook's figures of an indicator have."""
    found = [0]
    for table, columns in _FIGURES.items():
        for _, cells in book.rows[SHEETS[table]]:
            if tidy(cells[label(table, "indicator")]) == name:
                found += [len(narrow(cells[label(table, one)]).rstrip("%]").partition(".")[2]) for one in columns]
    return min(max(found), 6)
