"""A workbook as text, where each of its cells went, and problems of a plan's files as problems of those cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from hjforecast.errors import Problem
from hjforecast.excel_words import (
    ASSUMPTION_COLUMNS,
    ASSUMPTIONS,
    FACTS,
    SCENARIO_COLUMNS,
    SCENARIOS,
    SHEETS,
    WORDS,
    label,
)
from hjforecast.loading import COLUMNS

__all__ = ["Book", "Cell", "columns_of", "in_cells", "layout", "place_of"]

Cell = tuple[str, str]
"""A sheet and the name of a cell in it."""


@dataclass
class Book:
    """A workbook as text: rows by sheet, each with its cells by header, and where every cell stands.

    `given` holds the ids that new indicators came without, by Chinese name; `understood` says, in Chinese and English,
    how printed signs and words were read.
    """

    rows: dict[str, list[tuple[int, dict[str, str]]]] = field(default_factory=dict)
    letters: dict[str, dict[str, str]] = field(default_factory=dict)
    places: dict[tuple[str, int, str], Cell] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    skipped: int = 0
    given: dict[str, str] = field(default_factory=dict)
    understood: list[tuple[str, str]] = field(default_factory=list)

    def note(self, sheet: str, row: int, header: str, read: str, zh: str, en: str) -> None:
        """Note a problem of one cell."""
        self.problems.append(Problem(place_of((sheet, f"{self.letters[sheet][header]}{row}")), 0, "", read, zh, en))


def place_of(cell: Cell) -> str:
    """Return how a message names a cell, or a sheet."""
    return f"表“{cell[0]}”单元格 {cell[1]}" if cell[1] else f"表“{cell[0]}”"


def layout() -> dict[str, list[str]]:
    """Return the headers that each sheet needs."""
    tables = {name: [label(table, column) for column in columns_of(table)] for table, name in SHEETS.items()}
    return {
        FACTS: ["项目", "内容"], ASSUMPTIONS: list(ASSUMPTION_COLUMNS.values()), **tables,
        SCENARIOS: list(SCENARIO_COLUMNS.values()),
    }  # fmt: skip


def columns_of(table: str) -> Sequence[str]:
    """Return the columns of a table; those of the actual figures are the baseline's."""
    return COLUMNS["baseline" if table == "actuals" else table]


def in_cells(book: Book, problems: Iterable[Problem]) -> list[Problem]:
    """Return problems of a plan directory's files as problems of the cells that they came from, in their order.

    One is told a cell, and one that several cells share is told once, with all of them.
    """
    found = {problem.file: problem for problem in book.problems}
    for problem in problems:
        cell = _cell_of(book, problem)
        moved = _moved(problem, cell) if cell else problem
        found.setdefault(f"{moved.file}{'' if cell and cell[1] else moved.zh}", moved)
    shared: dict[tuple[str, str, str], list[str]] = {}
    for problem in sorted(found.values(), key=_order):
        shared.setdefault((problem.read, problem.zh, problem.en), []).append(problem.file)
    return [Problem(_places_of(files), 0, "", *words) for words, files in shared.items()]


def _moved(problem: Problem, cell: Cell) -> Problem:
    zh, en = (_in_words(text, problem.column) for text in (problem.zh, problem.en))
    if cell[0] == ASSUMPTIONS:
        zh = _of_assumptions(zh)
    return Problem(place_of(cell), 0, "", problem.read, zh, en)


def _of_assumptions(zh: str) -> str:
    """Return a message on `plan.toml` with the words of the sheet of assumptions."""
    for code, word in WORDS["status"].items():
        zh = zh.replace(f'status 写 "{code}"', f"“{ASSUMPTION_COLUMNS['status']}”选“{word}”")
    zh = re.sub(r" ?\bvalue = (\S+?)(?=[；，）])", rf"“{ASSUMPTION_COLUMNS['value']}”填 \1", zh)
    return re.sub(r"\bsource\b ?", f"“{ASSUMPTION_COLUMNS['source']}”", zh, flags=re.ASCII)


def _order(problem: Problem) -> tuple[int, int, int, str]:
    """Return where a problem comes in the workbook: sheet, row, column."""
    match = re.fullmatch(r"表“(.+)”(?:单元格 ([A-Z]+)(\d+))?", problem.file)
    if not match:
        return -1, 0, 0, ""
    sheet, letters, row = match.groups()
    return [*layout()].index(sheet), int(row or 0), len(letters or ""), letters or ""


def _places_of(files: Sequence[str]) -> str:
    """Return the places of one problem, each sheet named once: 表“目标”单元格 B3、B7."""
    parts: dict[str, list[str]] = {}
    for file in files:
        sheet, _, cell = file.partition("单元格 ")
        parts.setdefault(sheet, []).append(cell)
    return "；".join(f"{sheet}单元格 {'、'.join(cells)}" if cells[0] else sheet for sheet, cells in parts.items())


def _in_words(text: str, told: str) -> str:
    """Return a message with the workbook's names of the files, columns and choices that it speaks of."""
    for table, sheet in SHEETS.items():
        text = re.sub(rf"\b{table}(_\w+)?\.csv", f"“{sheet}”表", text, flags=re.ASCII)
    if told in WORDS:
        # The longest first and all in one pass: ">=" holds ">" and "=".
        for code, word in WORDS[told].items():
            text = text.replace(f"{code}（{word}）", word)
        codes = [
            rf"\b{code}\b" if code.isidentifier() else re.escape(code) for code in sorted(WORDS[told], key=len)[::-1]
        ]
        return re.sub("|".join(codes), lambda found: WORDS[told][found[0]], text, flags=re.ASCII)
    for column in ("growth_pct", "cumulative", "note", "vintage"):
        text = re.sub(rf"\b{column}\b", f"“{label('', column)}”", text, flags=re.ASCII)
    return re.sub(r"\blevel(?=[、,] ?“)", f"“{label('', 'level')}”", text, flags=re.ASCII)


def _cell_of(book: Book, problem: Problem) -> Cell | None:
    """Return the cell that a problem is about: its own, else one of the same row or key, else its sheet."""
    exact = book.places.get((problem.file, problem.row, problem.column))
    if exact:
        return exact
    near = [
        cell for (file, row, column), cell in book.places.items()
        if (file, row) == (problem.file, problem.row) and (row or column.startswith(f"{problem.column}."))
    ]  # fmt: skip
    if near and problem.column:
        return near[0]
    if "." in problem.column:
        return _cell_of(book, Problem(problem.file, problem.row, problem.column.rpartition(".")[0], "", "", ""))
    if problem.file.startswith("scenarios/"):
        return SCENARIOS, ""
    tables = {"plan": FACTS, **SHEETS}
    sheet = tables.get(problem.file.partition(".")[0].partition("_")[0])
    return (sheet, "") if sheet else None
