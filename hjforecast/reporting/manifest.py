"""The receipt of an output folder, `manifest.json`: what each report was made from, and what came out.

The schema is in docs/manifest.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from hjforecast.reporting.files import sha256, write_whole
from hjforecast.reporting.jobs import GROUPS, LANGUAGES

__all__ = [
    "MANIFEST",
    "as_recorded",
    "differences",
    "is_whole",
    "output_record",
    "read_manifest",
    "recorded",
    "recorded_files",
    "timestamp",
    "unfinished",
    "write_manifest",
]

MANIFEST = "manifest.json"
_SCHEMA = 1
# What rows of an earlier version of this program may lack.
_LATER: Mapping[str, Any] = {
    "reason": "", "memory_mb": 0.0, "attempted_from": None, "editions": [], "rows": None, "compared_with": None,
}  # fmt: skip


def timestamp(seconds: float) -> str:
    """Return a time in seconds since 1970 as local ISO 8601 with the zone."""
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="seconds")


def output_record(path: Path, out: Path) -> dict[str, Any]:
    """Return the manifest's record of an output file of the folder `out`."""
    return {"file": path.relative_to(out).as_posix(), "bytes": path.stat().st_size, "sha256": sha256(path)}


def read_manifest(out: Path) -> dict[str, Any]:
    """Return the manifest of a folder, a fresh one where there is none; rows that are damaged are left out."""
    content = _content(out)
    rows = content["reports"] if content else {}
    whole = {name: {**_LATER, **row} for name, row in rows.items() if is_whole(row)}
    pages = (content or {}).get("index")
    return {
        "schema": _SCHEMA,
        "run": {},
        "reports": whole,
        "index": pages if isinstance(pages, dict) and all(map(_is_record, pages.values())) else {},
        "unfinished": _names((content or {}).get("unfinished")),
    }


def recorded(out: Path) -> dict[str, Any] | None:
    """Return the reports that a folder's manifest records, damaged rows too; None where it holds no manifest of ours.

    Raises OSError where there is a manifest that cannot be read.
    """
    content = _content(out)
    return content["reports"] if content else None


def unfinished(out: Path) -> list[str]:
    """Return the files that a run which was killed may have made in a folder without recording them."""
    return _names((_content(out) or {}).get("unfinished"))


def _names(value: Any) -> list[str]:
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []


def _content(out: Path) -> dict[str, Any] | None:
    try:
        content = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError, RecursionError):
        return None
    ours = isinstance(content, dict) and content.get("schema") == _SCHEMA and isinstance(content.get("reports"), dict)
    return content if ours else None


def is_whole(row: Any) -> bool:
    """Tell whether a row has what a run and the index read of it."""
    try:
        words = [row["title"], row["description"], *(row[name] or "" for name in ("error", "failed_notebook", "key"))]
        editions = row.get("editions", [])
        words += [row["rendered"] or "", *(item[name] for item in editions for name in ("rendered", "key"))]
        before = row.get("compared_with") or {"rendered": "", "rows": []}
        return (
            all(isinstance(word, str) for word in [*words, before["rendered"]])
            and all(_is_record(item) for each in (row, *editions) for item in each["outputs"].values())
            and row["group"] in GROUPS
            and row["lang"] in LANGUAGES
            and row["status"] in ("ok", "unchanged", "failed")
            and isinstance(row["made_from"]["plan"]["inputs"], dict)
            and all(isinstance(rows, list) for rows in (before["rows"], row.get("rows") or []))
        )
    except (KeyError, TypeError, AttributeError):
        return False


def _is_record(item: Any) -> bool:
    wanted = {"file": str, "sha256": str, "bytes": int}
    return isinstance(item, dict) and all(isinstance(item.get(name), kind) for name, kind in wanted.items())


def write_manifest(out: Path, content: Mapping[str, Any]) -> None:
    """Write the manifest of a folder, whole or not at all."""
    write_whole(out / MANIFEST, json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def as_recorded(out: Path, record: Mapping[str, Any]) -> bool:
    """Tell whether a file is there as its record says."""
    try:
        return sha256(out / record["file"]) == record["sha256"]
    except OSError:
        return False


def recorded_files(content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the record of every file that a manifest names: outputs, earlier editions, index pages."""
    for row in content["reports"].values():
        yield from row["outputs"].values()
        for edition in row["editions"]:
            yield from edition["outputs"].values()
    yield from content["index"].values()


def differences(out: Path) -> list[str]:
    """Return the files of a folder that are missing or not as its manifest records them."""
    return [record["file"] for record in recorded_files(read_manifest(out)) if not as_recorded(out, record)]
