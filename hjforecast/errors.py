"""Errors a user can act on: what was read, where, what is allowed, and the fix."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from hjforecast.display import table_html

__all__ = ["HjforecastError", "InputError", "Problem", "closest", "headline", "sentences"]

_MOST_READ = 200


class HjforecastError(Exception):
    """Base of every error that a user of hjforecast can cause and repair."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input.

    `row` counts as a spreadsheet does (the header is row 1) and is 0 where the whole file is meant; `column` is then
    an option or a key.
    `zh` and `en` each say what is allowed and how to repair it.
    """

    file: str
    row: int
    column: str
    read: str
    zh: str
    en: str

    def __str__(self) -> str:
        row_zh = f" 第{self.row}行" if self.row else ""
        row_en = f" row {self.row}" if self.row else ""
        # Without a row it is no column of a table, but an option of a command or a key of a TOML file.
        name = f" {self.column}" if self.column else ""
        column_zh, column_en = (f"{name}列", f" column{name}") if name and self.row else (name, name)
        read = " ".join(self.read.splitlines())  # each language has one line
        read = read if len(read) <= _MOST_READ else f"{read[:_MOST_READ]}…"
        read_zh = f"读到“{read}”；" if read else ""
        read_en = f"read {read!r}; " if read else ""
        return (
            f"{self.file}{row_zh}{column_zh}：{read_zh}{self.zh}\n"
            f"    {self.file}{row_en}{column_en}: {read_en}{self.en}"
        )


class InputError(HjforecastError):
    """All problems found in one input, reported together.

    Parameters
    ----------
    problems : the problems, in reading order; at least one.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        lines = "\n".join(f"{n}. {problem}" for n, problem in enumerate(self.problems, start=1))
        super().__init__(f"发现{count}处问题 / {count} problem(s):\n{lines}")

    def _repr_html_(self) -> str:
        header = ("文件 / file", "行 / row", "列 / column", "读到 / read", "应当 / fix", "")
        rows = [(one.file, one.row or "", one.column, one.read, one.zh, one.en) for one in self.problems]
        return table_html(f"发现{len(rows)}处问题 / {len(rows)} problem(s)", header, rows)


def closest(read: str, allowed: Iterable[str]) -> str:
    """Return the allowed word nearest to `read`, or an empty string where none is near."""
    matches = get_close_matches(read, list(allowed), n=1, cutoff=0.5)
    return matches[0] if matches else ""


def headline(text: str, lang: str) -> str:
    """Return the one line of an error's text that says what is wrong: of several problems the first."""
    lines = [line for line in text.strip().partition("\n\n")[0].splitlines() if line.strip()]
    if len(lines) < 2 or not lines[0].rstrip().endswith(":"):
        return lines[0].strip() if lines else ""
    if not lines[1].startswith("1. "):
        return f"{lines[0].strip()} {lines[1].strip()}"
    return lines[2].strip() if lang == "en" and len(lines) > 2 else lines[1].removeprefix("1. ").strip()


def sentences(error: Exception, lang: str) -> list[str]:
    """Return what an error says in one language: of an InputError a sentence a problem, else its one main line."""
    if isinstance(error, InputError):
        return [str(one).splitlines()[int(lang == "en")].strip() for one in error.problems]
    return [headline(str(error), lang)]
