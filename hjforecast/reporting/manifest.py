"""The receipt of an output folder, `manifest.json`: what each report was made from, and what came out.

Schema 1, UTF-8 JSON:

- `schema`: 1.
- `run`, the last run: `started`, `duration_seconds`, `jobs`, `lang`, `exit_code`, `counts` (`ok`, `unchanged`,
  `failed`).
- `reports`, by name (the file name without its ending, so `plan` and `plan.en`). Each:
  - `group`, `lang`, `title`, `description`: as the index shows them.
  - `status`: `ok` rendered in its last run, `unchanged` nothing to do, `failed` the outputs are the last good ones.
  - `error`: null, or why it failed. `failed_notebook`: null, or the notebook as far as it came.
  - `warnings`: what a reader should know though the report was made.
  - `started`, `duration_seconds`: of the last attempt to render it. `rendered`: when its outputs were made, or null.
  - `made_from`: what the last attempt read. `notebook` (`name`, `sha256`), `parameters`, `plan` (`id`, `region`,
    `inputs`: file to sha256), `hjforecast` (`version`, `content_sha256`: of the installed package's code, styles,
    fonts and templates), `python`, `libraries` (name to version), `seed` and `draws` (null where it takes none).
  - `key`: sha256 over `made_from` without the place of the plan directory; null after a failure. A report whose key
    and outputs are unchanged is not rendered again.
  - `outputs`, by format: `file` (beside the manifest), `bytes`, `sha256`.

Times are ISO 8601 with the zone.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

import hjforecast
from hjforecast.plan import Plan
from hjforecast.reporting.files import sha256, write_whole
from hjforecast.reporting.jobs import GROUPS, LANGUAGES, Job

__all__ = [
    "MANIFEST",
    "differences",
    "is_current",
    "is_whole",
    "made_from",
    "output_record",
    "package_hash",
    "read_manifest",
    "recorded",
    "report_key",
    "timestamp",
    "write_manifest",
]

MANIFEST = "manifest.json"
_SCHEMA = 1
_LIBRARIES = (
    "ipykernel", "ipython", "jinja2", "matplotlib", "nbclient", "nbconvert", "nbformat", "numpy", "pandas",
    "papermill", "scipy", "statsmodels",
)  # fmt: skip
_CONTENT = {".py", ".toml", ".mplstyle", ".ttf", ".otf", ".j2", ".css", ".json", ".csv"}
# In a wheel these two folders lie inside the package; the plan and notebook in use are hashed on their own.
_NOT_CONTENT = {"data", "notebooks"}


def timestamp(seconds: float) -> str:
    """Return a time in seconds since 1970 as local ISO 8601 with the zone."""
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="seconds")


@lru_cache(maxsize=1)
def package_hash() -> str:
    """Return a sha256 over the installed package's code, styles, fonts, tables and templates."""
    root = Path(hjforecast.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if path.suffix in _CONTENT and relative.parts[0] not in _NOT_CONTENT:
            digest.update(f"{relative.as_posix()} {sha256(path)}\n".encode())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def _versions() -> Mapping[str, str]:
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def made_from(job: Job, plan: Plan, notebook: Path) -> dict[str, Any]:
    """Return all that a report depends on, as the manifest records it."""
    return {
        "notebook": {"name": job.notebook, "sha256": sha256(notebook)},
        "parameters": dict(job.parameters),
        "plan": {"id": plan.id, "region": plan.region.name(job.lang), "inputs": dict(plan.inputs)},
        "hjforecast": {"version": hjforecast.__version__, "content_sha256": package_hash()},
        "python": platform.python_version(),
        "libraries": dict(_versions()),
        "seed": job.parameters.get("seed"),
        "draws": job.parameters.get("draws"),
    }


def report_key(job: Job, inputs: Mapping[str, Any]) -> str:
    """Return a sha256 over what a report depends on. The plan counts by its content, not by where it lies."""
    parameters = {name: value for name, value in inputs["parameters"].items() if name != "plan_dir"}
    content = {**inputs, "parameters": parameters, "lang": job.lang}
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def output_record(path: Path) -> dict[str, Any]:
    """Return the manifest's record of an output file."""
    return {"file": path.name, "bytes": path.stat().st_size, "sha256": sha256(path)}


def read_manifest(out: Path) -> dict[str, Any]:
    """Return the manifest of a folder, a fresh one where there is none; rows that are damaged are left out."""
    rows = recorded(out) or {}
    return {"schema": _SCHEMA, "run": {}, "reports": {name: row for name, row in rows.items() if is_whole(row)}}


def recorded(out: Path) -> dict[str, Any] | None:
    """Return the reports that a folder's manifest records, damaged rows too; None where it holds no manifest of ours.

    Raises OSError where there is a manifest that cannot be read.
    """
    try:
        content = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError, RecursionError):
        return None
    rows = content.get("reports") if isinstance(content, dict) and content.get("schema") == _SCHEMA else None
    return rows if isinstance(rows, dict) else None


def is_whole(row: Any) -> bool:
    """Tell whether a row has what a run and the index read of it."""
    try:
        words = [row["title"], row["description"], *(row[name] or "" for name in ("error", "failed_notebook"))]
        words += [row["rendered"] or "", *(item[key] for item in row["outputs"].values() for key in ("file", "sha256"))]
        return (
            all(isinstance(word, str) for word in words)
            and row["group"] in GROUPS
            and row["lang"] in LANGUAGES
            and row["status"] in ("ok", "unchanged", "failed")
            and isinstance(row["made_from"]["plan"]["inputs"], dict)
        )
    except (KeyError, TypeError, AttributeError):
        return False


def write_manifest(out: Path, content: Mapping[str, Any]) -> None:
    """Write the manifest of a folder, whole or not at all."""
    write_whole(out / MANIFEST, json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def is_current(entry: Mapping[str, Any] | None, key: str, out: Path, formats: Sequence[str]) -> bool:
    """Tell whether a recorded report has this key and all `formats`, its files as recorded."""
    if entry is None or entry.get("key") != key or not set(formats) <= entry["outputs"].keys():
        return False
    return all(_as_recorded(out, record) for record in entry["outputs"].values())


def _as_recorded(out: Path, record: Mapping[str, Any]) -> bool:
    try:
        return sha256(out / record["file"]) == record["sha256"]
    except OSError:
        return False


def differences(out: Path) -> list[str]:
    """Return the output files of a folder that are missing or not as its manifest records them."""
    return list(_differences(out, read_manifest(out)))


def _differences(out: Path, content: Mapping[str, Any]) -> Iterator[str]:
    for entry in content["reports"].values():
        for record in entry["outputs"].values():
            if not _as_recorded(out, record):
                yield record["file"]
