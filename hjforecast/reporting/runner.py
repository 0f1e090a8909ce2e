"""Render a set of reports: check first, run in parallel, publish whole files, record everything."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from hjforecast.cli_output import width
from hjforecast.errors import InputError, Problem
from hjforecast.reporting.exports import missing_libraries
from hjforecast.reporting.files import LOCK, FolderBusyError, output_folder, unusable, work_folder
from hjforecast.reporting.foreign import foreign_files
from hjforecast.reporting.history import prune
from hjforecast.reporting.index import write_indexes
from hjforecast.reporting.inputs import made_from, report_key
from hjforecast.reporting.manifest import read_manifest, timestamp, write_manifest
from hjforecast.reporting.pool import render_all
from hjforecast.reporting.progress import Log, log_of
from hjforecast.reporting.reasons import reasons
from hjforecast.reporting.recording import Stage, Work, compared_with, record
from hjforecast.reporting.remote import UnsentError, mirrored, without_secret
from hjforecast.reporting.render import Outcome, Task
from hjforecast.reporting.request import PlanFolder, Request, absolute, check_usage, checked_folders, default_jobs
from hjforecast.reporting.top import foreign_top, top_row, write_top

__all__ = ["default_jobs", "run_reports"]

_WAIT_SECONDS = 600.0


def run_reports(
    scenarios: Sequence[str],
    plan_dir: str | Sequence[str] | None,
    out: str,
    formats: Sequence[str],
    lang: str | Sequence[str],
    jobs: int,
    draws: int,
    seed: int,
    force: bool,
    *,
    notebooks: Sequence[str] = (),
    parameters: Sequence[tuple[str, str]] = (),
    timeout: float = 0.0,
    engine: str = "warm",
    cluster: str = "",
    keep: int = 0,
    dry_run: bool = False,
    log: Log | None = None,
    notebook_dir: Path | None = None,
    wait: float = _WAIT_SECONDS,
) -> int:
    """Render the reports of a plan into `out`; return the exit code: 0 all made or unchanged, 1 some failed or unsent.

    Parameters
    ----------
    scenarios :
        ids; none for every scenario of the plan. Unless one alone is named, comparison and audit are made too.
    plan_dir :
        the plan directory; None or empty for the built-in plan. Several have a folder each below `out`, of their name.
    out, formats, lang :
        the output folder or fsspec address; any of `exports.FORMATS` (those that a report has are made again with it);
        `zh`, `en` or both.
    jobs, timeout, engine, cluster :
        how many to render at once (0 for `default_jobs()`); seconds that each may take (0 for any); `warm` or `plain`;
        the address of a Dask scheduler that renders instead of this machine.
    draws, seed, notebooks, parameters :
        passed to the notebooks; the notebooks instead of the usual ones, by file or by the name of one that we ship;
        more parameters for them, names and values as text.
    force, keep, dry_run :
        render what is unchanged too; how many earlier editions to keep; write nothing, but tell what would be done.
    log, notebook_dir, wait :
        told of the run, standard error by default; where the notebooks that we ship lie; seconds to wait for another run.

    Raises InputError on bad input before any kernel starts. What goes wrong later is told to the log.
    """
    langs, kinds = tuple(dict.fromkeys([lang] if isinstance(lang, str) else lang)), tuple(dict.fromkeys(formats))
    plan_dirs = [plan_dir or ""] if isinstance(plan_dir, str | None) else plan_dir
    counts = {"--jobs": jobs, "--draws": draws, "--seed": seed, "--timeout": timeout, "--keep": keep}
    check_usage(out, kinds, langs, engine, counts)
    log = log or log_of("text", langs[0])

    def request_in(folder: Path) -> Request:
        """Return what is asked for, its outputs in a local folder."""
        place, numbers = absolute("--out", str(folder)), {"draws": draws, "seed": seed}
        folders = checked_folders(plan_dirs, place, scenarios, langs, numbers, notebooks, parameters, notebook_dir)
        workers = jobs or default_jobs()
        return Request(
            folders, place, kinds, langs, workers, force, keep, timeout, engine, cluster, without_secret(out)
        )

    clock, ended = time.perf_counter(), _Ended(1)
    try:
        with mirrored(out, log.say) as folder:
            ended = _ended(request_in(folder), dry_run, log, wait)
    except UnsentError as error:
        log.say(str(error))
        ended = _Ended(1, ended.counts)
    _show(ended.page, log)
    log.end(ended.counts, ended.exit_code, time.perf_counter() - clock)
    return ended.exit_code


@dataclass(frozen=True)
class _Ended:
    """How a run ended, and the page to open."""

    exit_code: int
    counts: Mapping[str, int] = field(default_factory=dict)
    page: str = ""


def _ended(request: Request, dry_run: bool, log: Log, wait: float) -> _Ended:
    """Return how a run ended, or what telling of one gave; what stops it is told to the log."""
    try:
        if dry_run or not _used_before(request.out):  # not even a lock is left in a folder that is refused
            _refuse_foreign(request)
        if dry_run:
            return _rehearse(request, log)
        with _held(request, wait, log):
            _refuse_foreign(request)
            return _run(request, log)
    except FolderBusyError as error:
        log.say(str(error))
    except OSError as error:
        log.say(f"无法写入输出文件夹 / cannot use the output folder {request.out}: {error}")
    finally:
        log.close()
    return _Ended(1)


def _used_before(out: Path) -> bool:
    try:
        return (out / LOCK).exists()
    except OSError as error:  # such as a name that is too long
        raise unusable(out, error) from None


def _refuse_foreign(request: Request) -> None:
    """Raise InputError where a file that the run would write stands there and is not ours."""
    found: list[Path] = []
    try:
        for folder in request.folders:
            names = [job.name for job, _ in folder.work]
            found += foreign_files(folder.out, names, request.formats, request.langs)
            found += foreign_top(request.out, request.langs) if folder.label and folder is request.folders[0] else []
    except OSError as error:
        raise unusable(request.out, error) from None
    if found:
        zh = "已有此文件，且不是本程序生成的（或已损坏），不会覆盖；请移走该文件或换一个 --out。"
        en = "this file is there and was not made by hjforecast, or is damaged; move it or give another --out."
        raise InputError([Problem("hjforecast report", 0, "--out", str(path), zh, en) for path in found])


@contextmanager
def _held(request: Request, wait: float, log: Log) -> Iterator[None]:
    """Hold every folder of a run: always in the same order, so that two runs cannot wait for each other."""
    places = sorted({request.out, *(folder.out for folder in request.folders)})
    with ExitStack() as stack:
        for place in places:
            stack.enter_context(output_folder(place, wait, log.say))
        yield


def _work(request: Request, folder: PlanFolder, content: Mapping[str, Any]) -> Iterator[Work]:
    """Yield each report of a folder with why it has to be rendered."""
    for job, notebook in folder.work:
        inputs = made_from(job, folder.plan, notebook)
        key = report_key(job, inputs)
        row = content["reports"].get(job.name)
        why = reasons(row, inputs, key, folder.out, request.formats, request.force)
        yield Work(job, notebook, inputs, key, tuple(why))


def _rehearse(request: Request, log: Log) -> _Ended:
    """Print what a run would do and why."""
    counts = {"render": 0, "unchanged": 0}
    log.start(sum(len(folder.work) for folder in request.folders), request.workers, request.shown)
    room = max((width(folder.told(job.name)) for folder in request.folders for job, _ in folder.work), default=0)
    for folder in request.folders:
        for work in _work(request, folder, read_manifest(folder.out)):
            counts["render" if work.reasons else "unchanged"] += 1
            log.planned(folder.told(work.job.name), work.reason, room)
    return _Ended(0, counts)


def _run(request: Request, log: Log) -> _Ended:
    """Render what has changed, then write manifests and indexes."""
    started, clock = time.time(), time.perf_counter()
    log.start(sum(len(folder.work) for folder in request.folders), request.workers, request.shown)
    with ExitStack() as stack:
        stages = [_stage(request, folder, stack) for folder in request.folders]
        try:
            _render_changed(request, stages, log)
        finally:
            # However the run ends, the folder tells what is in it.
            page, run = _finish(request, stages, timestamp(started), clock)
    return _Ended(run["exit_code"], run["counts"], request.told(page))


def _show(page: str, log: Log) -> None:
    """Print the page to open. Where nobody reads it, the reports are there all the same."""
    try:
        if page:
            click.echo(page)
    except OSError as error:
        log.say(f"无法写到标准输出 / cannot write to standard output: {error}")


def _stage(request: Request, folder: PlanFolder, stack: ExitStack) -> Stage:
    """Return a folder ready to work on: earlier editions put in order, and what is going to be made noted."""
    content = read_manifest(folder.out)
    for row in content["reports"].values():
        row["editions"] = [edition for edition in row["editions"] if _is_there(folder.out, edition)]
    prune(folder.out, content["reports"])
    work, left = tuple(_work(request, folder, content)), tuple(content["unfinished"])
    due = [f"{item.job.name}.{kind}" for item in work if item.reasons for kind in _formats(request, content, item)]
    content["unfinished"] = sorted({*left, *due})
    tasks = stack.enter_context(work_folder(folder.out))
    if due:  # before the first file of a killed run appears, the next run knows whose it is
        write_manifest(folder.out, content)
    return Stage(folder, content, work, tasks, left)


def _is_there(out: Path, edition: Mapping[str, Any]) -> bool:
    return all((out / item["file"]).is_file() for item in edition["outputs"].values())


def _formats(request: Request, content: Mapping[str, Any], work: Work) -> tuple[str, ...]:
    """Return the formats to make a report in: those wanted, and those that it has and that can be made here."""
    row = content["reports"].get(work.job.name)
    had = [kind for kind in (row["outputs"] if row else ()) if not missing_libraries((kind,))]
    return tuple(dict.fromkeys((*request.formats, *had)))


def _render_changed(request: Request, stages: Sequence[Stage], log: Log) -> None:
    """Render every report that is not current, all folders' together, and record it as it ends."""
    due: dict[str, tuple[Stage, Work, Task]] = {}
    for stage in stages:
        for work in stage.work:
            name = stage.folder.told(work.job.name)
            if work.reasons:
                due[name] = (stage, work, _task(request, stage, work, name))
            else:
                stage.ended[work.job.name] = stage.content["reports"][work.job.name]["status"] = "unchanged"
                log.report(name, "unchanged", 0.0, "", "")
    outcomes = _outcomes(request, [task for *_, task in due.values()])
    # However the run ends, no process is left.
    with closing(outcomes):  # type: ignore[type-var]
        for outcome in outcomes:
            stage, work, task = due[outcome.name]
            try:
                told = record(stage, work, outcome, task.folder, request.keep)
            except (
                OSError
            ) as error:  # the disk is full: later reports may still fit, and the end of the run tries again
                told = [f"无法写入清单 / cannot write the manifest: {error}"]
            # What lies there takes room that other reports need.
            shutil.rmtree(task.folder, ignore_errors=True)
            row = stage.content["reports"][work.job.name]
            stage.ended[work.job.name] = row["status"]
            log.report(outcome.name, row["status"], outcome.seconds, work.reason, row["error"] or "")
            for text in told:
                log.warn(outcome.name, text)


def _outcomes(request: Request, tasks: Sequence[Task]) -> Iterator[Outcome]:
    if not request.cluster:
        return render_all(tasks, request.workers)
    from hjforecast.reporting.cluster import render_on_cluster

    return render_on_cluster(tasks, request.cluster)


def _task(request: Request, stage: Stage, work: Work, name: str) -> Task:
    own, job = stage.tasks / work.job.name, work.job
    own.mkdir()
    return Task(
        name, work.notebook.resolve(), job.parameters, job.lang, _formats(request, stage.content, work), own,
        request.timeout, request.engine, compared_with(work, stage.content["reports"].get(job.name)),
        # As in Jupyter: a user's notebook finds the files beside it.
        work.notebook.resolve().parent if job.group == "own" else None,
    )  # fmt: skip


def _finish(request: Request, stages: Sequence[Stage], started: str, clock: float) -> tuple[Path, dict[str, Any]]:
    """Write the indexes, then the manifests that record them; return the page to open, and the record of the run."""
    lang, page = request.langs[0], request.out
    for stage in stages:
        content = stage.content
        content["run"] = _run_record(request, [stage], started, clock)
        content["unfinished"] = _still_unfinished(stage)
        try:
            page = write_indexes(stage.folder.out, content, stage.folder.plan, lang)
        finally:  # the receipt fits on a disk that has no room for the page
            write_manifest(stage.folder.out, content)
    run = _run_record(request, stages, started, clock)
    if stages[0].folder.label:
        page = write_top(request.out, {item.folder.label: top_row(item) for item in stages}, run, lang)
    return page, run


def _still_unfinished(stage: Stage) -> list[str]:
    """Return the files of killed runs that are there and that no row names."""
    named = {item["file"] for row in stage.content["reports"].values() for item in row["outputs"].values()}
    return [name for name in stage.content["unfinished"] if name not in named and (stage.folder.out / name).exists()]


def _run_record(request: Request, stages: Sequence[Stage], started: str, clock: float) -> dict[str, Any]:
    """Return what the manifest says of a run: `exit_code` is null where it was stopped before its end."""
    statuses = [status for stage in stages for status in stage.ended.values()]
    whole = len(statuses) == sum(len(stage.work) for stage in stages)
    return {
        "started": started,
        "duration_seconds": round(time.perf_counter() - clock, 3),
        "jobs": request.workers,
        "langs": list(request.langs),
        "exit_code": int("failed" in statuses) if whole else None,
        "counts": {status: statuses.count(status) for status in ("ok", "unchanged", "failed")},
    }
