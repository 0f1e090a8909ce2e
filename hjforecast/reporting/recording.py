"""What becomes of a rendered report: its files are published, and its row in the manifest written."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hjforecast.reporting.files import publish
from hjforecast.reporting.history import keep_edited, keep_edition, prune, restored
from hjforecast.reporting.inputs import Cause, causes
from hjforecast.reporting.jobs import Job
from hjforecast.reporting.manifest import as_recorded, output_record, timestamp, write_manifest
from hjforecast.reporting.reasons import reason_text
from hjforecast.reporting.request import PlanFolder

if TYPE_CHECKING:
    from hjforecast.reporting.render import Outcome

__all__ = ["Stage", "Work", "compared_with", "record"]

_NEVER: Mapping[str, Any] = {"rendered": None, "key": None, "outputs": {}, "editions": [], "rows": None,
                             "compared_with": None}  # fmt: skip


@dataclass(frozen=True)
class Work:
    """One report of a run: what it is made from, and why it has to be rendered (nothing where it is current)."""

    job: Job
    notebook: Path
    inputs: Mapping[str, Any]
    key: str
    reasons: tuple[Cause, ...]

    @property
    def reason(self) -> str:
        """Why it has to be rendered, as a line in the report's language."""
        return reason_text(self.reasons, self.job.lang)


@dataclass(frozen=True)
class Stage:
    """A folder while a run works on it.

    `content` is its manifest, which changes; `tasks` is where tasks write; `left` are files that a killed run may have
    made; `ended` holds how the reports of this run ended, by name.
    """

    folder: PlanFolder
    content: dict[str, Any]
    work: tuple[Work, ...]
    tasks: Path
    left: tuple[str, ...]
    ended: dict[str, str] = field(default_factory=dict)


def compared_with(work: Work, row: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the edition that a report tells its changes from, None for a first one.

    A report that is rendered again from the same inputs is compared with the edition before, as it was then.
    """
    if row is None or not row["outputs"]:
        return None
    if row["key"] == work.key:
        return row["compared_with"]
    if row["rows"] is None:
        return None
    reason = reason_text(causes(row["made_from"], work.inputs), work.job.lang)
    return {"rendered": row["rendered"], "reason": reason, "rows": row["rows"]}


def record(stage: Stage, work: Work, outcome: Outcome, folder: Path, keep: int) -> list[str]:
    """Publish what a task made and write the manifest; return what a user should be told of it.

    A report that failed keeps its last good files, of all formats.

    Parameters
    ----------
    stage, work :
        the folder and the report.
    outcome :
        what became of its task.
    folder :
        the task's own folder.
    keep :
        how many earlier editions to keep; 0 leaves those kept before as they are.

    Raises OSError where the manifest cannot be written.
    """
    name, out, reports, error = work.job.name, stage.folder.out, stage.content["reports"], outcome.error
    outputs, told = {}, list(outcome.warnings)
    if not error:
        try:
            told += _make_room(stage, work, keep)
            outputs = _published(work, outcome, out, folder)
        except OSError as problem:
            error = f"{type(problem).__name__}: {problem}"
    before = reports.get(name)
    row = _row(work, outcome, error, before)
    if error:
        row["failed_notebook"] = _keep_failed(outcome.notebook, out, name) or (before or {}).get("failed_notebook")
    else:
        row |= _edition(work, outcome, outputs, before, keep)
    row["warnings"] = told
    reports[name] = row
    write_manifest(out, stage.content)
    if before and not error:
        _tidy(name, row, before, reports, out)
    return told


def _make_room(stage: Stage, work: Work, keep: int) -> list[str]:
    """Keep aside what the new edition would replace, recorded before anything is replaced; return what to tell."""
    out, reports, lang = stage.folder.out, stage.content["reports"], work.job.lang
    before = reports.get(work.job.name)
    if not before:
        return []
    aside = keep_edited(out, before, stage.left)
    # The same inputs give the same edition: it takes the place of itself.
    if keep and before["key"] != work.key and (edition := keep_edition(out, before)):
        reports[work.job.name] = {**before, "editions": [edition, *before["editions"]]}
        write_manifest(out, stage.content)
    return [f"改动过的文件另存为 {file}" if lang == "zh" else f"the edited file is kept as {file}" for file in aside]


def _published(work: Work, outcome: Outcome, out: Path, folder: Path) -> dict[str, Any]:
    """Move the files of all formats to where readers look, or none; return their records."""
    places = {kind: out / f"{work.job.name}.{kind}" for kind in outcome.files}
    with restored(list(places.values()), folder):
        for kind, part in outcome.files.items():
            publish(part, places[kind])
    return {kind: output_record(path, out) for kind, path in places.items()}


def _row(work: Work, outcome: Outcome, error: str, before: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a report's row as its last attempt left it, the edition that stands untouched."""
    job = work.job
    return {
        "group": job.group,
        "lang": job.lang,
        "title": job.title,
        "description": job.description,
        "status": "failed" if error else "ok",
        "reason": work.reason,
        "error": error or None,
        "failed_notebook": None,
        "warnings": [],
        "started": timestamp(outcome.started),
        "duration_seconds": round(outcome.seconds, 3),
        "memory_mb": outcome.memory_mb,
        "made_from": before["made_from"] if before and before["outputs"] else work.inputs,
        "attempted_from": work.inputs if error else None,
        **{name: before[name] if before else value for name, value in _NEVER.items()},
    }


def _edition(
    work: Work, outcome: Outcome, outputs: Mapping[str, Any], before: Mapping[str, Any] | None, keep: int
) -> dict[str, Any]:
    """Return what a row says of the edition that now stands."""
    editions = before["editions"] if before else []
    return {
        "rendered": timestamp(outcome.started),
        "key": work.key,
        "made_from": work.inputs,
        "outputs": outputs,
        "editions": editions[:keep] if keep else editions,
        "rows": outcome.figures["rows"] if outcome.figures else None,
        "compared_with": compared_with(work, before),
    }


def _keep_failed(part: Path | None, out: Path, name: str) -> str | None:
    """Move a failed notebook to where the index links it; return where, None where that did not go well."""
    with suppress(OSError):
        if part is not None:
            publish(part, out / "failed" / f"{name}.ipynb")
            return f"failed/{name}.ipynb"
    return None


def _tidy(name: str, row: Mapping[str, Any], before: Mapping[str, Any], reports: Mapping[str, Any], out: Path) -> None:
    """Remove what the manifest no longer names: a repaired failure, formats that are not made here, old editions."""
    stale = [kind for kind, item in before["outputs"].items() if kind not in row["outputs"] and as_recorded(out, item)]
    names = [f"{name}.{kind}" for kind in stale]
    if before["failed_notebook"]:
        names.append(f"failed/{name}.ipynb")
    for file in names:
        with suppress(OSError):
            (out / file).unlink()
    if before["editions"]:
        prune(out, reports)
