"""Panels for the backtest: a CSV file or a data frame in, one checked tidy frame out, every problem reported together."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from hjforecast.errors import InputError, Problem, closest
from hjforecast.reading import Row, decode, plain, read_bytes, tidy

__all__ = ["BacktestError", "check_panel", "province_groups", "read_panel", "wide_panel"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

NEEDED = ("series", "year", "value")
COLUMNS = (*NEEDED, "group")
#: A file of a hundred thousand rows in the wrong format has as many problems; the rest is counted.
MAX_PROBLEMS = 200
#: The first two digits of a province's codes (GB/T 2260).
_PROVINCES = "1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12]"


class BacktestError(InputError):
    """A panel or a request that cannot be backtested; `problems` holds every one with row, what was read and the fix."""


def read_panel(path: str | Path) -> pd.DataFrame:
    """Return a panel file as text cells: series, year, value and group where there is one; `check_panel` reads them.

    The index is the row in the file, the header being row 1. Blank lines are skipped. `attrs["ignored"]` names columns
    that are not used. UTF-8 (with or without BOM) and GB18030 are understood.
    Raises BacktestError where the file is not CSV, lacks a column, or a row has other cells than the header.
    """
    path = Path(path)
    file, problems = path.name, list[Problem]()
    try:
        text = decode(read_bytes(path), file)
    except InputError as error:
        raise BacktestError(error.problems) from None
    lines = _lines(file, text, problems)
    header = [plain(cell) for cell in next(lines, (1, [""]))[1]]
    while header and not header[-1]:
        header.pop()
    problems.extend(_header_problems(file, header))
    if problems:
        raise BacktestError(problems)
    rows, cells = [], []
    for number, line in lines:
        if not any(map(str.strip, line)):
            continue
        if len(line) < len(header) or any(map(str.strip, line[len(header) :])):
            problems.append(_ragged(file, number, line, len(header)))
            continue
        rows.append(number)
        cells.append(line[: len(header)])
    if problems:
        raise BacktestError(_limited(problems))
    frame = pd.DataFrame(cells, columns=header, index=rows, dtype=object)
    ignored = [name for name in header if name not in COLUMNS]
    frame = frame.drop(columns=ignored)
    frame.attrs["ignored"] = ignored
    return frame


def _lines(file: str, text: str, problems: list[Problem]) -> Iterator[tuple[int, list[str]]]:
    """Yield row number and cells up to the first row that is not CSV, which is noted."""
    number = 0
    try:
        for number, line in enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), start=1):
            yield number, line
    except csv.Error as error:
        zh = f"从这一行起不是合法的 CSV（{error}）；请检查引号。"
        problems.append(Problem(file, number + 1, "", "", zh, f"not CSV from here on ({error}); check the quotes."))


def _header_problems(file: str, header: list[str]) -> list[Problem]:
    """Return what is wrong with a header: a needed column missing or misspelt, or a column twice."""
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        zh = "各列之间应以英文逗号分隔；请另存为“CSV UTF-8（逗号分隔）”。"
        en = "columns must be separated by commas; save it as 'CSV UTF-8 (comma delimited)'."
        return [Problem(file, 1, "", header[0][:60], zh, en)]
    out = []
    for name in (name for name in NEEDED if name not in header):
        near = closest(name, [word for word in header if word and word not in COLUMNS])
        zh = f"缺少此列；需要 series,year,value（可另有 group）{f'，“{near}”是否写错？' if near else '。'}"
        en = f"column missing; needed: series,year,value, optionally group{f' (is {near!r} it?)' if near else ''}."
        out.append(Problem(file, 1, name, ",".join(header)[:60], zh, en))
    out.extend(
        Problem(file, 1, name, name, "此列出现多次；请只留一列。", "this column stands twice; keep one.")
        for name in COLUMNS
        if header.count(name) > 1
    )
    return out


def _ragged(file: str, number: int, line: list[str], width: int) -> Problem:
    zh = f"有{len(line)}个单元格，表头有{width}列；含逗号的文字或数字请加英文双引号。"
    en = f"{len(line)} cells under a header of {width}; put text or numbers that hold commas in double quotes."
    return Problem(file, number, "", ",".join(line)[:60], zh, en)


def _limited(problems: Sequence[Problem]) -> list[Problem]:
    """Return the first MAX_PROBLEMS in the order of rows, and how many more there are."""
    ordered = sorted(problems, key=lambda problem: problem.row)
    more = len(ordered) - MAX_PROBLEMS
    if more <= 0:
        return ordered
    zh, en = f"另有{more}处问题未列出；请先改正以上各处。", f"{more} more problem(s) not listed; mend these first."
    return [*ordered[:MAX_PROBLEMS], Problem(ordered[0].file, 0, "", "", zh, en)]


def check_panel(panel: pd.DataFrame, file: str = "panel") -> pd.DataFrame:
    """Return the panel as `series` (str), `year` (int), `value` (float), `group` (str), sorted by series and year.

    A blank value is a gap: its row is left out. Text, zero, negative and infinite values are problems. Numbers may have
    thousands commas and full-width digits. Without a `group`, see `province_groups`. Other columns are ignored.
    Raises BacktestError with all problems together; rows count as in a CSV file, the header being row 1 (or are the
    index of `read_panel`).
    """
    missing = _header_problems(file, [str(name) for name in panel.columns])
    if missing:
        raise BacktestError(missing)
    rows = panel.index.to_numpy() if "ignored" in panel.attrs else np.arange(len(panel)) + 2
    year, year_blank, year_bad = _numbers(panel["year"])
    value, gap, value_bad = _numbers(panel["value"])
    year_bad |= year_blank | ~np.isfinite(year) | (year % 1 != 0) | (year < 1) | (year > 9999)
    value_bad |= ~gap & ~(np.isfinite(value) & (value > 0))
    frame = pd.DataFrame({"row": rows, "series": _names(panel["series"]), "year": year, "value": value})
    frame["group"] = _names(panel["group"]) if "group" in panel.columns else ""
    problems = [
        *_cells(file, "series", frame["series"].eq("").to_numpy(), frame["row"], panel["series"]),
        *_cells(file, "year", year_bad, frame["row"], panel["year"]),
        *_cells(file, "value", value_bad, frame["row"], panel["value"]),
        *_twice(file, frame[~(year_bad | gap)]),
        *_groups(file, frame),
    ]
    if not problems and gap.all():
        zh, en = "没有任何数值；每个序列每年一行。", "has no value at all; needed: one row per series and year."
        problems = [Problem(file, 0, "", "", zh, en)]
    if problems:
        raise BacktestError(_limited(problems))
    frame = frame[~gap].astype({"year": int}).sort_values(["series", "year"], ignore_index=True)
    if (frame["group"] == "").all():
        frame["group"] = province_groups(frame["series"])
    return frame[list(COLUMNS)]


def _numbers(column: pd.Series) -> tuple[Array, Mask, Mask]:
    """Return a column as numbers, which cells are blank, and which hold something that is no number."""
    cells = column.astype(object).to_numpy()
    if column.dtype.kind in "mM":
        return np.full(len(cells), np.nan), pd.isna(cells), ~pd.isna(cells)
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan).copy()
    blank, bad = pd.isna(cells), np.zeros(len(cells), dtype=bool)
    for i in np.flatnonzero(np.isnan(numbers) & ~blank):
        text = str(cells[i])
        found = Row("", 0, {"": text}, []).number("")
        blank[i], bad[i] = not plain(text), bool(plain(text)) and found is None
        numbers[i] = np.nan if found is None else float(found)
    return numbers, np.asarray(blank, dtype=bool), bad


def _names(column: pd.Series) -> npt.NDArray[np.object_]:
    """Return a column as trimmed text, blank where there is none; codes read as 430000.0 become 430000."""
    codes, found = pd.factorize(column.astype(object), use_na_sentinel=True)
    whole = [int(name) if isinstance(name, float) and name.is_integer() else name for name in found]
    return np.array([*(tidy(str(name)) for name in whole), ""], dtype=object)[codes]


_ALLOWED = {
    "series": ("不能为空；请填写序列名称。", "must not be empty; fill in the name of the series."),
    "year": ("应为年份整数，如 2016。", "must be a whole year such as 2016."),
    "value": (
        "应为大于0的数（按对数评分）；没有数据请留空。",
        "must be a number above 0 (scored on logs); leave it blank where there is none.",
    ),
}


def _cells(file: str, name: str, bad: Mask, rows: pd.Series, column: pd.Series) -> Iterator[Problem]:
    cells = column.to_numpy()
    for i in np.flatnonzero(bad):
        read = "" if pd.isna(cells[i]) else tidy(str(cells[i]))[:60]
        yield Problem(file, int(rows[i]), name, read, *_ALLOWED[name])


def _twice(file: str, frame: pd.DataFrame) -> Iterator[Problem]:
    """Yield one problem for every series-year that stands more than once."""
    same = frame[frame.duplicated(["series", "year"], keep=False) & frame["series"].ne("")]
    for (name, year), rows in same.groupby(["series", "year"])["row"]:
        listed = "、".join(map(str, rows))
        zh = f"序列“{name}”的{year:.0f}年出现{len(rows)}次（第{listed}行）；请只留一行。"
        en = f"series {name!r} has {year:.0f} {len(rows)} times (rows {', '.join(map(str, rows))}); keep one."
        yield Problem(file, int(rows.iloc[0]), "year", f"{year:.0f}", zh, en)


def _groups(file: str, frame: pd.DataFrame) -> Iterator[Problem]:
    """Yield one problem for every series in two groups, or in none while others have one; fill blanks from its rows."""
    if frame["group"].eq("").all():
        return
    filled = frame[frame["group"].ne("") & frame["series"].ne("")].groupby("series")["group"]
    several = filled.nunique()
    frame["group"] = frame["series"].map(filled.first()).fillna("")
    for name in several.index[several > 1]:
        row = int(frame.loc[frame["series"].eq(name), "row"].iloc[0])
        listed = [str(group) for group in filled.get_group(name).unique()]
        zh, en = f"序列“{name}”属于多个组；请只归入一组。", f"series {name!r} stands in several groups; give it one."
        yield Problem(file, row, "group", "、".join(listed)[:60], zh, en)
    alone = frame[frame["group"].eq("") & frame["series"].ne("")].drop_duplicates("series")
    zh, en = "该序列没有组，而其他序列有；请填写。", "this series has no group while others do; fill it in."
    for row in alone["row"]:
        yield Problem(file, int(row), "group", "", zh, en)


def province_groups(series: pd.Series) -> pd.Series | str:
    """Return the province of every series where all are six-digit division codes (GB/T 2260), else one group, "all".

    430000 and 431281 are both of 43. A province says what a panel without `group` would have said itself.
    """
    codes = pd.Series(series.unique())
    if codes.str.fullmatch(f"({_PROVINCES})[0-9]{{4}}").all():
        return series.str[:2]
    return "all"


def wide_panel(frame: pd.DataFrame) -> tuple[Array, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return log values, shape (series, years) over every calendar year, the years, and each series' group code."""
    years = np.arange(frame["year"].min(), frame["year"].max() + 1)
    names, row = np.unique(frame["series"].to_numpy(dtype=str), return_inverse=True)
    log_values = np.full((len(names), len(years)), np.nan)
    log_values[row, frame["year"].to_numpy() - years[0]] = np.log(frame["value"].to_numpy())
    code = np.zeros(len(names), dtype=np.int64)
    code[row] = np.unique(frame["group"].to_numpy(dtype=str), return_inverse=True)[1]
    return log_values, years, code
