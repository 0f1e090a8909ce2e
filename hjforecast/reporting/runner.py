"""Render a set of reports: check first, run in parallel, publish whole files, record everything."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from hjforecast.errors import InputError, Problem, closest
from hjforecast.loading import load_plan
from hjforecast.plan import Plan
from hjforecast.reporting.files import LOCK, FolderBusyError, output_folder, publish, unusable, work_folder
from hjforecast.reporting.foreign import foreign_files
from hjforecast.reporting.index import write_indexes
from hjforecast.reporting.jobs import LANGUAGES, Job, plan_jobs
from hjforecast.reporting.manifest import (
    is_current,
    made_from,
    output_record,
    read_manifest,
    report_key,
    timestamp,
    write_manifest,
)
from hjforecast.reporting.parameters import check_parameters
from hjforecast.reporting.pool import render_all
from hjforecast.reporting.progress import Reporter, progress, say
from hjforecast.reporting.render import EXPORTS, Outcome, Task
from hjforecast.resources import builtin_notebook_dir

__all__ = ["default_jobs", "run_reports"]

_WAIT_SECONDS = 600.0


def default_jobs() -> int:
    """Return how many reports are rendered at once unless told otherwise: one for each processor, at most four."""
    return min(os.cpu_count() or 1, 4)


@dataclass(frozen=True)
class _Request:
    """What a run was asked for, checked."""

    plan: Plan
    work: tuple[tuple[Job, Path], ...]
    formats: tuple[str, ...]
    lang: str
    workers: int
    force: bool


def run_reports(
    scenarios: tuple[str, ...],
    plan_dir: str | None,
    out: str,
    formats: tuple[str, ...],
    lang: str,
    jobs: int,
    draws: int,
    seed: int,
    force: bool,
    *,
    notebook_dir: Path | None = None,
    wait: float = _WAIT_SECONDS,
) -> int:
    """Render the reports of a plan into `out`; return the exit code: 0 all made or unchanged, 1 some failed.

    Parameters
    ----------
    scenarios :
        ids; none for every scenario of the plan. Unless one alone is named, the comparison and the audit of the plan
        are made too.
    plan_dir :
        the plan directory, the built-in plan where it is None or empty.
    out :
        the output folder. English reports end in `.en.html`, so that both languages can share it.
    formats :
        any of `EXPORTS`.
    lang :
        `zh` or `en`.
    jobs :
        how many to render at once; 0 for `default_jobs()`. The results do not depend on it.
    draws, seed :
        passed to the notebooks.
    force :
        render again what is unchanged.
    notebook_dir :
        where the templates lie; those of the package by default.
    wait :
        how many seconds to wait for another run on the same folder.

    Raises InputError, before any kernel starts, on bad input: an unknown scenario, format or language, a parameter
    that a notebook does not take, a plan that cannot be read, an output folder that cannot be used or holds files
    of the user's own where a report would go. What goes wrong later is told on standard error.
    """
    _check_usage(out, formats, lang, {"--jobs": jobs, "--draws": draws, "--seed": seed})
    plan = load_plan(plan_dir or None)
    place = str(Path(plan_dir).resolve()) if plan_dir else ""
    chosen = plan_jobs(plan, scenarios, plan_dir=place, lang=lang, draws=draws, seed=seed)
    work = tuple(_with_notebooks(chosen, notebook_dir or builtin_notebook_dir()))
    request = _Request(plan, work, tuple(dict.fromkeys(formats)), lang, jobs or default_jobs(), force)
    place_out = Path(out).resolve()
    try:
        if not _used_before(place_out):  # not even a lock is left in a folder that is refused
            _refuse_foreign(request, place_out)
        with output_folder(place_out, wait, say) as folder:
            _refuse_foreign(request, folder)
            return _run(request, folder)
    except FolderBusyError as error:
        say(str(error))
    except OSError as error:
        say(f"无法写入输出文件夹 / cannot use the output folder {out}: {error}")
    return 1


def _used_before(out: Path) -> bool:
    try:
        return (out / LOCK).exists()
    except OSError as error:  # such as a name that is too long
        raise unusable(out, error) from None


def _refuse_foreign(request: _Request, out: Path) -> None:
    """Raise InputError where a file that the run would write stands there and is not ours."""
    try:
        found = foreign_files(out, [job.name for job, _ in request.work], request.formats, request.lang)
    except OSError as error:
        raise unusable(out, error) from None
    if found:
        zh = "已有此文件，且不是本程序生成的，不会覆盖；请移走该文件或换一个 --out。"
        en = "this file is there and was not made by hjforecast; move it or give another --out."
        raise InputError([Problem("hjforecast report", 0, "--out", str(path), zh, en) for path in found])


def _check_usage(out: str, formats: Sequence[str], lang: str, counts: Mapping[str, int]) -> None:
    problems = [_not_among("--formats", name, tuple(EXPORTS)) for name in formats if name not in EXPORTS]
    if not formats:
        problems.append(_not_among("--formats", "", tuple(EXPORTS)))
    if lang not in LANGUAGES:
        problems.append(_not_among("--lang", lang, LANGUAGES))
    if not out:
        problems.append(Problem("hjforecast report", 0, "--out", "", "请给出文件夹。", "name a folder."))
    for option, value in counts.items():
        if value < 0:
            problems.append(Problem("hjforecast report", 0, option, str(value), "不能为负。", "cannot be negative."))
    if problems:
        raise InputError(problems)


def _not_among(option: str, read: str, allowed: Sequence[str]) -> Problem:
    near, names = closest(read, allowed), "、".join(allowed)
    hint_zh, hint_en = (f"是否为“{near}”？", f"did you mean {near!r}? ") if near else ("", "")
    return Problem("hjforecast report", 0, option, read, f"{hint_zh}可用：{names}。", f"{hint_en}allowed: {names}.")


def _with_notebooks(jobs: Sequence[Job], folder: Path) -> Iterator[tuple[Job, Path]]:
    """Yield each job with its notebook; raises InputError listing what is wrong with any job's parameters."""
    problems: dict[Problem, None] = {}
    for job in jobs:
        try:
            check_parameters(folder / job.notebook, job.parameters)
        except InputError as error:
            problems.update(dict.fromkeys(error.problems))
    if problems:
        raise InputError(tuple(problems))
    for job in jobs:
        yield job, folder / job.notebook


def _run(request: _Request, out: Path) -> int:
    """Render what has changed, then write manifest and index; return the exit code."""
    started, clock = time.time(), time.perf_counter()
    content = read_manifest(out)
    with work_folder(out) as folder, progress(len(request.work), request.lang) as report:
        _render_changed(request, content, out, folder, report)
    statuses = [content["reports"][job.name]["status"] for job, _ in request.work]
    content["run"] = {
        "started": timestamp(started),
        "duration_seconds": round(time.perf_counter() - clock, 3),
        "jobs": request.workers,
        "lang": request.lang,
        "exit_code": int("failed" in statuses),
        "counts": {status: statuses.count(status) for status in ("ok", "unchanged", "failed")},
    }
    write_manifest(out, content)
    click.echo(write_indexes(out, content, request.plan, request.lang))
    return int("failed" in statuses)


def _render_changed(request: _Request, content: dict[str, Any], out: Path, folder: Path, report: Reporter) -> None:
    """Render every report that is not current and record it in the manifest's `content`."""
    reports, pending = content["reports"], {}
    for job, notebook in request.work:
        inputs = made_from(job, request.plan, notebook)
        key, entry = report_key(job, inputs), reports.get(job.name)
        if not request.force and is_current(entry, key, out, request.formats):
            entry["status"] = "unchanged"
            report(job.name, "unchanged", 0.0, "")
        else:
            pending[job.name] = (job, inputs, key, _task(request, job, notebook, folder))
    for outcome in render_all([task for *_, task in pending.values()], request.workers):
        job, inputs, key, _ = pending[outcome.name]
        entry = reports[job.name] = _record(job, inputs, key, outcome, out, reports.get(job.name))
        # After each report: a run that is killed has still recorded what it finished.
        write_manifest(out, content)
        report(job.name, entry["status"], outcome.seconds, entry["error"] or "")


def _task(request: _Request, job: Job, notebook: Path, folder: Path) -> Task:
    own = folder / job.name
    own.mkdir()
    return Task(job.name, notebook.resolve(), job.parameters, job.lang, request.formats, own)


def _record(
    job: Job, inputs: Mapping[str, Any], key: str, outcome: Outcome, out: Path, before: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Publish what a task made and return its manifest entry; a failed report keeps its last good files."""
    error, notebook, outputs = outcome.error, out / "failed" / f"{job.name}.ipynb", {}
    if not error:
        try:
            outputs = {kind: _publish(part, out / f"{job.name}.{kind}") for kind, part in outcome.files.items()}
        except OSError as problem:
            error = f"{type(problem).__name__}: {problem}"
    kept = bool(outcome.notebook) and _keep_failed(outcome.notebook, notebook)
    if not error and (before or {}).get("failed_notebook") == f"failed/{notebook.name}":
        with suppress(OSError):
            notebook.unlink()
    started = timestamp(outcome.started)
    return {
        "group": job.group,
        "lang": job.lang,
        "title": job.title,
        "description": job.description,
        "status": "failed" if error else "ok",
        "error": error or None,
        "failed_notebook": f"failed/{notebook.name}" if kept else None,
        "warnings": list(outcome.warnings),
        "started": started,
        "duration_seconds": round(outcome.seconds, 3),
        "rendered": started if not error else (before or {}).get("rendered"),
        "made_from": inputs,
        "key": None if error else key,
        "outputs": (before or {}).get("outputs", {}) if error else outputs,
    }


def _publish(part: Path, path: Path) -> dict[str, Any]:
    publish(part, path)
    return output_record(path)


def _keep_failed(part: Path | None, path: Path) -> bool:
    """Move a failed notebook to where the index links it; tell whether that went well."""
    with suppress(OSError):
        if part is not None:
            publish(part, path)
            return True
    return False
