"""Read the tables a clerk writes: lenient about encodings and spaces, strict about everything else."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from hjforecast.errors import InputError, Problem, closest
from hjforecast.units import Printed

__all__ = ["Row", "decode", "narrow", "plain", "read_bytes", "read_table", "tidy"]

_NUMBER = re.compile(r"[+-]? ?(\d+|\d{1,3}(,\d{3})+|\d{1,3}( \d{3})+)(\.\d+)?")
# Marks that turn the direction of text are among them: they would show the figures after a name backwards.
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_BINARY_MARKS = {b"PK\x03\x04": "Excel (xlsx)", b"\xd0\xcf\x11\xe0": "Excel (xls)", b"%PDF": "PDF"}


def read_bytes(path: Path, file: str = "") -> bytes:
    """Return the content of a file, or raise InputError (naming `file`) where it cannot be read."""
    file = file or path.name
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise InputError([_whole(file, "不是普通文件；请换成文件。", "is no regular file; put a file there.")])
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError([_whole(file, "没有这个文件；请补上。", "there is no such file; add it.")]) from None
    except OSError as error:
        raise InputError(
            [_whole(file, f"无法读取（{error.strerror}）。", f"cannot be read ({error.strerror}).")]
        ) from None


def decode(content: bytes, file: str) -> str:
    """Return the text of a file in UTF-8 (with or without BOM) or GB18030.

    Raises InputError where the content is empty, binary (an Excel file renamed to .csv) or in another encoding.
    """
    if not content.removeprefix(codecs.BOM_UTF8).strip():
        zh, en = "文件为空；应至少有表头一行。", "the file is empty; it needs at least its header line."
        if _is_toml(file):
            zh, en = (
                "文件为空；请照 hjforecast init 写出的样式填写。",
                "the file is empty; fill it in as hjforecast init does.",
            )
        raise InputError([_whole(file, zh, en)])
    for mark, name in _BINARY_MARKS.items():
        if content.startswith(mark):
            raise InputError([_not_text(file, name)])
    if b"\x00" in content:
        raise InputError([_not_text(file, "二进制 / binary")])
    # A byte-order mark says UTF-8: a damaged file must not pass as GB18030, which decodes almost anything.
    for encoding in ("utf-8-sig",) if content.startswith(codecs.BOM_UTF8) else ("utf-8", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError([_not_text(file, "未知编码 / unknown encoding")])


def _is_toml(file: str) -> bool:
    return file.lower().endswith(".toml")


def _not_text(file: str, found: str) -> Problem:
    if _is_toml(file):
        zh = "不是 TOML 文本；请用记事本等纯文本编辑器另存，编码选 UTF-8。"
        return Problem(file, 0, "", found, zh, "not TOML text; save it from a plain-text editor as UTF-8.")
    return Problem(
        file, 0, "", found,
        "不是 CSV 文本；请在 Excel 或 WPS 中另存为“CSV UTF-8（逗号分隔）”。",
        "not CSV text; in Excel or WPS save it as 'CSV UTF-8 (comma delimited)'.",
    )  # fmt: skip


def _whole(file: str, zh: str, en: str) -> Problem:
    return Problem(file, 0, "", "", zh, en)


def tidy(text: str) -> str:
    """Return `text` without the invisible spaces and marks that Excel and web pages leave in it."""
    return _INVISIBLE.sub("", text).replace("\xa0", " ").replace("\u202f", " ").strip()


def narrow(text: str) -> str:
    """Return a number in ASCII: full-width forms narrowed, every run of spaces made one."""
    forms = unicodedata.normalize("NFKC", tidy(text)).replace("\u2212", "-").replace("，", ",")
    return re.sub(r"\s+", " ", forms).strip()


def plain(text: str) -> str:
    """Return a code word in ASCII: full-width forms narrowed, every kind of space removed."""
    return narrow(text).replace(" ", "")


class Row:
    """One line of a table; each reader returns the cell's value or notes a problem and returns a blank."""

    def __init__(self, file: str, number: int, cells: dict[str, str], problems: list[Problem]) -> None:
        self.file, self.line, self._cells, self._problems = file, number, cells, problems

    def problem(self, column: str, zh: str, en: str) -> None:
        """Note what is wrong with this row's `column`."""
        read = tidy(self._cells.get(column, ""))
        self._problems.append(Problem(self.file, self.line, column, read, zh, en))

    def text(self, column: str, *, required: bool = False) -> str:
        """Return the cell as text, spaces trimmed."""
        value = tidy(self._cells[column])
        if required and not value:
            self.problem(column, "不能为空；请填写。", "must not be empty; fill it in.")
        return value

    def choice(
        self, column: str, allowed: Iterable[str], *, required: bool = True, words: Mapping[str, str] | None = None
    ) -> str:
        """Return the cell where it is one of the `allowed` codes, or the code of one of the `words` that stand for them."""
        codes, meanings = list(allowed), words or {}
        value = meanings.get(plain(self._cells[column]), plain(self._cells[column]))
        if value in codes or (not value and not required):
            return value
        spoken = {code: f"{code}（{word}）" for word, code in meanings.items()}
        near = closest(value, codes)
        listed = "、".join(spoken.get(code, code) for code in codes[:12]) + ("……" if len(codes) > 12 else "")
        hint_zh = f"最接近的是“{near}”。" if near else f"允许的值：{listed}。"
        hint_en = f"did you mean {near!r}?" if near else f"allowed: {listed}."
        told_zh, told_en = ("不是允许的值", "not an allowed value") if value else ("不能为空", "must not be empty")
        self.problem(column, f"{told_zh}；{hint_zh}", f"{told_en}; {hint_en}")
        return ""

    def integer(self, column: str, low: int, high: int) -> int:
        """Return the cell as a whole number from `low` to `high`; 0 after a problem."""
        value = narrow(self._cells[column])
        if re.fullmatch(r"-?\d{1,9}", value) and low <= int(value) <= high:
            return int(value)
        self.problem(column, f"应为{low}至{high}之间的整数。", f"must be a whole number from {low} to {high}.")
        return 0

    def number(self, column: str, *, percent: bool = False, required: bool = False) -> Printed | None:
        """Return the cell as a number with its printed decimals, None where it is blank.

        A per-cent sign is understood only where the column is in per cent (`percent`).
        """
        value = narrow(self._cells[column])
        if percent:
            value = value.removesuffix("%").rstrip()
        if not value:
            if required:
                self.problem(column, "不能为空；应为数字。", "must not be empty; a number is needed.")
            return None
        if _NUMBER.fullmatch(value) and math.isfinite(float(re.sub("[, ]", "", value))):
            return Printed(re.sub("[, ]", "", value))
        self._number_problem(column, value)
        return None

    def _number_problem(self, column: str, value: str) -> None:
        if value.endswith("%"):
            self.problem(
                column,
                "该指标的单位不是%，请去掉百分号或改正单位。",
                "its unit is not %; drop the sign or mend the unit.",
            )
        else:
            self.problem(
                column,
                "应为数字（如 123.45）；单位和文字请写入 note 列。",
                "must be a number (such as 123.45); put words in note.",
            )


def read_table(path: Path, columns: Sequence[str], problems: list[Problem]) -> Iterator[Row]:
    """Yield the rows of a CSV file that has exactly `columns` (in any order), blank lines skipped.

    What is wrong with the file is added to `problems`; nothing is yielded where its header cannot be used.
    """
    try:
        text = decode(read_bytes(path), path.name)
    except InputError as error:
        problems.extend(error.problems)
        return
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    yield from _rows(path.name, _records(path.name, reader, problems), columns, problems)


def _records(file: str, lines: Iterator[list[str]], problems: list[Problem]) -> Iterator[list[str]]:
    """Yield the cells of each line up to the first that is not CSV, which is noted."""
    for number in itertools.count(1):
        try:
            yield next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            zh, en = (
                f"从这一行起不是合法的 CSV（{error}）；请检查引号。",
                f"not CSV from here on ({error}); check the quotes.",
            )
            problems.append(Problem(file, number, "", "", zh, en))
            return


def _rows(file: str, lines: Iterator[list[str]], columns: Sequence[str], problems: list[Problem]) -> Iterator[Row]:
    before = len(problems)
    first = next(lines, [])
    if len(problems) > before or _other_separator(file, first, problems):
        return
    header = [plain(cell) for cell in first]
    while header and not header[-1]:
        header.pop()
    if not _header_is_good(file, header, columns, problems):
        return
    for number, cells in enumerate(lines, start=2):
        if not any(tidy(cell) for cell in cells):
            continue
        if len(cells) < len(header) or any(tidy(cell) for cell in cells[len(header) :]):
            zh = f"有{len(cells)}个单元格，表头有{len(header)}列；含逗号的文字请加英文双引号。"
            en = f"{len(cells)} cells under a header of {len(header)}; put text that holds commas in double quotes."
            problems.append(Problem(file, number, "", ",".join(cells)[:60], zh, en))
            continue
        yield Row(file, number, dict(zip(header, cells, strict=False)), problems)


def _other_separator(file: str, header: list[str], problems: list[Problem]) -> bool:
    if len(header) != 1 or not re.search(r"[;\t|]", header[0].strip()):
        return False
    zh = "各列之间应以英文逗号分隔；请另存为“CSV UTF-8（逗号分隔）”。"
    en = "columns must be separated by commas; save it as 'CSV UTF-8 (comma delimited)'."
    problems.append(Problem(file, 1, "", header[0][:60], zh, en))
    return True


def _header_is_good(file: str, header: list[str], columns: Sequence[str], problems: list[Problem]) -> bool:
    before = len(problems)
    for name in columns:
        if name not in header:
            near = closest(name, [word for word in header if word not in columns])
            zh = f"缺少此列；请在表头补上“{name}”" + (f"（现有的“{near}”是否写错？）。" if near else "。")
            en = f"column missing; add {name!r} to the header" + (f" (is {near!r} it, misspelt?)." if near else ".")
            problems.append(Problem(file, 1, name, "", zh, en))
    for name in header:
        if name not in columns:
            allowed = "、".join(columns)
            problems.append(
                Problem(file, 1, name, name, f"多余的列；只允许：{allowed}。", f"unknown column; allowed: {allowed}.")
            )
    problems.extend(
        Problem(file, 1, name, name, "此列出现多次；请只留一列。", "this column stands twice; keep one.")
        for name in sorted({name for name in header if header.count(name) > 1})
    )
    return len(problems) == before
