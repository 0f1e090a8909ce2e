"""Earlier editions of reports, and files that somebody edited: kept aside before a new edition takes their place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from hjforecast.reporting.exports import FORMATS
from hjforecast.reporting.files import duplicate
from hjforecast.reporting.manifest import as_recorded, output_record, timestamp

__all__ = ["is_edition", "keep_edited", "keep_edition", "prune", "restored"]

_EDITIONS, _EDITED = "editions", "edited"
# What we name, to the letter: a user's own files may lie beside ours.
_OURS = re.compile(rf"{_EDITIONS}/\d{{4}}-\d\d-\d\dT\d{{6}}(-\d+)?/[^/]+\.({'|'.join(FORMATS)})")


def keep_edition(out: Path, row: Mapping[str, Any]) -> dict[str, Any] | None:
    """Keep the files of a report's present edition under `editions/` too; return its record.

    None where they are not as recorded, or were kept before. Raises OSError where they cannot be kept.
    """
    outputs = row["outputs"]
    this = (row["rendered"], row["key"])
    known = any((edition["rendered"], edition["key"]) == this for edition in row["editions"])
    if known or not outputs or not all(as_recorded(out, item) for item in outputs.values()):
        return None
    folder = _free(out / _EDITIONS, row["rendered"], [Path(item["file"]).name for item in outputs.values()])
    for item in outputs.values():
        duplicate(out / item["file"], folder / Path(item["file"]).name)
    kept = {kind: output_record(folder / Path(item["file"]).name, out) for kind, item in outputs.items()}
    return {"rendered": row["rendered"], "key": row["key"], "outputs": kept}


def keep_edited(out: Path, row: Mapping[str, Any], left: Sequence[str]) -> list[str]:
    """Keep under `edited/` the outputs that somebody edited; return what they are called there.

    `left` are files that a killed run may have written. Raises OSError where they cannot be kept.
    """
    found = []
    for item in row["outputs"].values():
        path = out / item["file"]
        if path.is_file() and item["file"] not in left and not as_recorded(out, item):
            kept = _free(out / _EDITED, timestamp(path.stat().st_mtime), [path.name]) / path.name
            duplicate(path, kept)
            found.append(kept.relative_to(out).as_posix())
    return found


def _free(parent: Path, time: str, names: Sequence[str]) -> Path:
    """Return a folder of that time in which none of the names is taken."""
    stamp = datetime.fromisoformat(time).strftime("%Y-%m-%dT%H%M%S")
    folders = (parent / (f"{stamp}-{number}" if number > 1 else stamp) for number in count(1))
    return next(folder for folder in folders if not any((folder / name).exists() for name in names))


def prune(out: Path, reports: Mapping[str, Any]) -> None:
    """Remove the files of earlier editions that the rows of the manifest no longer name.

    Files of reports without a row stay: their row may have been lost.
    """
    named = {item["file"] for row in reports.values() for edition in row["editions"]
             for item in edition["outputs"].values()}  # fmt: skip
    for path in out.glob(f"{_EDITIONS}/*/*"):
        file = path.relative_to(out).as_posix()
        if is_edition(file) and path.stem in reports and file not in named:
            with suppress(OSError):
                path.unlink()
    for folder in out.glob(f"{_EDITIONS}/*"):
        with suppress(OSError):
            folder.rmdir()


def is_edition(file: str) -> bool:
    """Tell whether a file, named from its output folder, is called as one of an earlier edition."""
    return _OURS.fullmatch(file) is not None


@contextmanager
def restored(paths: Sequence[Path], folder: Path) -> Iterator[None]:
    """While several files are replaced: where that ends midway, they are again as they were.

    `folder` is one of the same file system to keep the old ones in.
    """
    before = {path: folder / f"old-{path.name}" for path in paths if path.exists()}
    for path, copy in before.items():
        duplicate(path, copy)
    try:
        yield
    except BaseException:
        for path in paths:
            with suppress(OSError):
                if path in before:
                    before[path].replace(path)
                else:
                    path.unlink(missing_ok=True)
        raise
