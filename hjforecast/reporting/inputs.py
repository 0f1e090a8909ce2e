"""What a report is made from, the key that it gives, and which of it changed since the last time."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

import hjforecast
from hjforecast.plan import Plan
from hjforecast.reporting.files import sha256
from hjforecast.reporting.jobs import Job

__all__ = ["FILES", "Cause", "causes", "made_from", "package_hash", "report_key"]

Cause = tuple[str, str]
"""Why a report is rendered: a code of `reasons.WORDS`, and what it is about."""

_LIBRARIES = (
    "ipykernel", "ipython", "jinja2", "matplotlib", "nbclient", "nbconvert", "nbformat", "numpy", "pandas",
    "papermill", "pypandoc_binary", "python-docx", "scipy", "statsmodels", "typst", "xlsxwriter",
)  # fmt: skip
# In a wheel these two folders lie inside the package; the plan and notebook in use are hashed on their own.
_NOT_CONTENT = {"data", "notebooks"}
FILES = ("actuals", "panel")
"""Parameters of the notebooks that we ship which name a file."""


@lru_cache(maxsize=1)
def package_hash() -> str:
    """Return a sha256 over the installed package's files: code, styles, fonts, tables and templates."""
    root = Path(hjforecast.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if path.is_file() and path.suffix != ".pyc" and relative.parts[0] not in _NOT_CONTENT:
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
        "notebook": {"name": notebook.name, "sha256": sha256(notebook)},
        "parameters": dict(job.parameters),
        "files": dict(_parameter_files(job, notebook)),
        "plan": {"id": plan.id, "region": plan.region.name(job.lang), "inputs": dict(plan.inputs)},
        "hjforecast": {"version": hjforecast.__version__, "content_sha256": package_hash()},
        "python": platform.python_version(),
        "libraries": dict(_versions()),
        "seed": job.parameters.get("seed"),
        "draws": job.parameters.get("draws"),
    }


def _parameter_files(job: Job, notebook: Path) -> Iterator[tuple[str, str]]:
    """Yield the files that parameters name, and their sha256: a user's own notebook may name any in any of them."""
    for name, value in job.parameters.items():
        if isinstance(value, str) and value and name != "plan_dir" and (job.group == "own" or name in FILES):
            path = notebook.parent / value
            try:
                if path.is_file():
                    yield value, sha256(path)
            except (OSError, ValueError):  # a text that cannot be a path
                continue


def report_key(job: Job, inputs: Mapping[str, Any]) -> str:
    """Return a sha256 over what a report depends on. The plan counts by its content, not by where it lies."""
    content = {**inputs, "parameters": _counted(inputs["parameters"]), "lang": job.lang}
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _counted(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if name != "plan_dir"}


def causes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Cause]:
    """Return what differs between two records of `made_from` and makes a report be rendered again."""
    found: list[Cause] = []
    if before.get("notebook") != now["notebook"]:
        found.append(("notebook", now["notebook"]["name"]))
    old, new = before.get("plan", {}), now["plan"]
    found += [("plan_file", name) for name in _differing(old.get("inputs"), new["inputs"])]
    old_parameters = _counted(before.get("parameters") or {})
    found += [("parameter", name) for name in _differing(old_parameters, _counted(now["parameters"]))]
    found += [("file", Path(name).name) for name in _differing(before.get("files"), now["files"])]
    if before.get("hjforecast") != now["hjforecast"]:
        found.append(("package", ""))
    if before.get("python") != now["python"]:
        found.append(("library", "python"))
    return found + [("library", name) for name in _differing(before.get("libraries"), now["libraries"])]


def _differing(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> list[str]:
    """Return the names whose values differ, or that only one of the two has."""
    before, missing = old or {}, object()
    return [name for name in {**before, **new} if before.get(name, missing) != new.get(name, missing)]
