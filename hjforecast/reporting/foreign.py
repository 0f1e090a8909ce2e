"""Whose are the files of an output folder: a run writes over its own and never over the user's."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hjforecast.reporting.manifest import MANIFEST, is_whole, recorded, unfinished

__all__ = ["foreign_files", "is_ours"]

# How our pages and failed notebooks begin. It tells what a run made that was killed before it could record it.
_MARKS = {".html": b'<meta name="generator" content="hjforecast">', ".ipynb": "渲染失败 / rendering failed".encode()}
_BEGINNING = 4096
_NO_ROW = object()


def foreign_files(out: Path, names: Sequence[str], formats: Sequence[str], langs: Sequence[str]) -> list[Path]:
    """Return the files that a run would write and that stand there already without being ours.

    Ours is what the folder's manifest records, what a killed run was about to make, and what bears our mark. `names`
    are the reports to make. Raises OSError where a file cannot be read.
    """
    rows, left = recorded(out), {out / name for name in unfinished(out)}
    places = _places(out, rows, names, formats, langs)
    return [path for path, ours in places if not ours and path not in left and _is_foreign(path)]


def _places(
    out: Path, rows: dict[str, Any] | None, names: Sequence[str], formats: Sequence[str], langs: Sequence[str]
) -> Iterator[tuple[Path, bool]]:
    """Yield each file that the run may write, and whether the manifest makes it ours."""
    for name in names:
        row = (rows or {}).get(name, _NO_ROW)
        for kind in formats:
            yield out / f"{name}.{kind}", _records(row, "outputs", kind)
        yield out / "failed" / f"{name}.ipynb", _records(row, "failed_notebook", f"failed/{name}.ipynb")
    english = "en" in langs or any(name.endswith(".en") for name in rows or ())
    for index in ("index.html", "index.en.html")[: 1 + english]:
        yield out / index, rows is not None
    yield out / MANIFEST, rows is not None


def _records(row: Any, key: str, value: str) -> bool:
    """Tell whether a row names a file; a damaged row may have named any."""
    if row is _NO_ROW or not is_whole(row):
        return row is not _NO_ROW
    return value in row[key] if isinstance(row[key], dict) else value == row[key]


def _is_foreign(path: Path) -> bool:
    return os.path.lexists(path) and not is_ours(path)


def is_ours(path: Path) -> bool:
    """Tell whether a file bears our mark. Raises OSError where it cannot be read."""
    if path.suffix not in _MARKS or not path.is_file():
        return False
    with path.open("rb") as stream:
        return _MARKS[path.suffix] in stream.read(_BEGINNING)
