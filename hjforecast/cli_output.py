"""What the commands print: csv, JSON and aligned tables, to standard output or to a file that appears whole."""

from __future__ import annotations

import contextlib
import csv
import errno
import io
import json
import math
import os
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hjforecast.errors import HjforecastError
from hjforecast.unit_names import unit_name

if TYPE_CHECKING:
    import pandas as pd

    from hjforecast.plan import Plan

__all__ = ["aligned", "comparison_table", "emit", "projection_table", "render", "table_of", "width"]

_ASSUMED = ("assumed", "projected_from_assumed")
_NAMED = {"zh": ("indicator", "指标", "单位", "年份"), "en": ("indicator", "name", "unit", "year")}
_NOTE = (
    "* 该数值为假定，或由假定推算 / assumed, or rests on an assumed figure\n"
    "– 无法测算（没有基期或增速）/ unavailable (no base or growth)"
)


def render(frame: pd.DataFrame, form: str) -> str:
    """Return a frame as `csv` or `json` text (or a plain aligned `table`).

    Numbers keep 12 significant digits, so that 123.45 reads 123.45 and identities hold to 1e-9; what is missing is
    blank in csv and null in JSON.
    """
    rows = list(zip(*(frame[name].tolist() for name in frame.columns), strict=True))
    if form == "json":
        records = [dict(zip(frame.columns, map(_json_value, row), strict=True)) for row in rows]
        return json.dumps(records, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    if form == "table":
        return table_of(frame)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(frame.columns)
    writer.writerows([_text(value) for value in row] for row in rows)
    return buffer.getvalue()


def _json_value(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return float(f"{value:.12g}") if math.isfinite(value) else None
    return [_json_value(item) for item in value] if isinstance(value, list | tuple) else str(value)


def _text(value: Any, digits: int = 12) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, float):
        return f"{value + 0.0:.{digits}g}"  # + 0.0: no "-0"
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def width(text: str) -> int:
    """Return how many columns a text takes in a terminal: Chinese characters take two, combining marks none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def aligned(header: Sequence[str], rows: Iterable[Sequence[str]], numeric: Iterable[int] = ()) -> str:
    """Return an aligned text table; the columns whose positions are in `numeric` stand to the right."""
    lines = [[" ".join(cell.split()) for cell in row] for row in [header, *rows]]
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * size for size in widths])
    places = set(numeric)
    right = [place in places for place in range(len(widths))]
    padded = (map(_padded, line, widths, right) for line in lines)
    return "".join("  ".join(line).rstrip() + "\n" for line in padded)


def _padded(text: str, size: int, right: bool) -> str:
    blank = " " * (size - width(text))
    return blank + text if right else text + blank


def table_of(frame: pd.DataFrame) -> str:
    """Return any frame as an aligned table, numbers to six significant digits and to the right."""
    rows = [[_text(value, 6) for value in row] for row in frame.itertuples(index=False)]
    numeric = [place for place, kind in enumerate(frame.dtypes) if kind.kind in "iuf"]
    return aligned(list(frame.columns), rows, numeric)


def _figure(value: float, status: str, decimals: int) -> str:
    """Return a figure as the plan prints it, with * where it rests on an assumed one and – where there is none."""
    if not math.isfinite(value):
        return "–"
    if status == "reported":
        decimals = max(decimals, len(f"{value:.10g}".partition(".")[2]))
    return f"{value:.{decimals}f}{'*' if status in _ASSUMED else ''}"


def projection_table(plan: Plan, frame: pd.DataFrame, lang: str = "zh") -> str:
    """Return a projection with one row an indicator and one column a year; assumed figures carry an asterisk."""
    cells: dict[str, dict[int, str]] = {}
    for name, year, value, status in _columns(frame, "indicator", "year", "value", "status"):
        cells.setdefault(name, {})[year] = _figure(value, status, plan.indicators[name].decimals)
    years = sorted({year for found in cells.values() for year in found})
    rows = [[*_named(plan, name, lang), *(found.get(year, "") for year in years)] for name, found in cells.items()]
    text = aligned([*_NAMED[lang][:3], *map(str, years)], rows, range(3, 3 + len(years)))
    return f"{text}\n{_NOTE}\n"


def comparison_table(plan: Plan, frame: pd.DataFrame, lang: str = "zh") -> str:
    """Return scenarios side by side, one row an indicator and year, the difference to the baseline in brackets."""
    baseline, scenarios = frame.attrs["baseline"], list(dict.fromkeys(frame["scenario"].tolist()))
    cells: dict[tuple[str, int], dict[str, str]] = {}
    names = ("scenario", "indicator", "year", "value", "difference", "status")
    for scenario, name, year, value, difference, status in _columns(frame, *names):
        decimals = plan.indicators[name].decimals
        figure = _figure(value, status, decimals)
        if scenario != baseline and math.isfinite(difference):
            figure += f" ({round(difference, decimals) + 0.0:+.{decimals}f})"
        cells.setdefault((name, year), {})[scenario] = figure
    rows = [
        [*_named(plan, name, lang), str(year), *(found[scenario] for scenario in scenarios)]
        for (name, year), found in cells.items()
    ]
    text = aligned([*_NAMED[lang], *scenarios], rows, range(3, 4 + len(scenarios)))
    return f"{text}\n基准情景 / baseline: {baseline}；括号内为与基准之差 / in brackets: difference to it\n{_NOTE}\n"


def _columns(frame: pd.DataFrame, *names: str) -> Iterator[tuple[Any, ...]]:
    return zip(*(frame[name].tolist() for name in names), strict=True)


def _named(plan: Plan, name: str, lang: str) -> tuple[str, str, str]:
    item = plan.indicators[name]
    return name, item.name(lang), unit_name(item.unit, lang)


def emit(text: str, out: str | None) -> None:
    """Write to standard output, or to the file `out`, which appears whole or not at all.

    Raises HjforecastError where the file cannot be written. A reader that stops early (`| head`) is no error.
    """
    if out not in (None, "-"):
        _write_whole(Path(str(out)), text)
        return
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.EINVAL):
            raise
        # What is still buffered would fail again, loudly, when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write_whole(path: Path, text: str) -> None:
    target = path.resolve()
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    in_place = target.exists() and not target.is_file() and not target.is_dir()
    try:
        if in_place:  # a device or pipe: nothing to replace
            target.write_text(text, encoding="utf-8", newline="\n")
            return
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, "这是文件夹 / is a folder")
        temporary.write_text(text, encoding="utf-8", newline="\n")
        os.replace(temporary, target)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        zh = f"无法写入 {path}（{error.strerror}）；请检查文件夹是否存在、是否可写，文件是否被其他程序打开。"
        en = f"cannot write {path} ({error.strerror}): is its folder there and writable, is it open elsewhere?"
        raise HjforecastError(f"{zh}\n    {en}") from None
