"""Render reports on a Dask cluster, whose workers need not see this machine's disk."""

from __future__ import annotations

import pickle
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from hjforecast.on_cluster import LostError, call_on_cluster
from hjforecast.parcel import pack_plan, unpack
from hjforecast.reporting.render import Outcome, Task

__all__ = ["render_on_cluster"]

_PLACES = ("notebook", "folder", "cwd")
_PLANS = 32
_DIED = "渲染进程意外终止（可能是内存不足，或被强行终止） / the worker process died (out of memory, or killed)"


@dataclass(frozen=True)
class _Finished:
    """An outcome as it travels: the files' names and bytes in place of their paths."""

    outcome: Outcome
    files: Mapping[str, tuple[str, bytes]]
    notebook: bytes | None


def render_on_cluster(tasks: Sequence[Task], address: str) -> Iterator[Outcome]:
    """Yield the outcome of every task as it ends, rendered on the cluster, its files in the task's folder.

    The same as `pool.render_all`, with the same numbers. The notebook, the plan and other files that
    parameters name travel with the task.

    Parameters
    ----------
    tasks :
        the reports. Files and the plan directory among their parameters are replaced by the worker's copies.
    address :
        of the Dask scheduler, such as `tcp://scheduler:8786`.

    Raises InputError where Dask is not installed or the scheduler cannot be reached.
    """
    if not tasks:
        return
    # Each task carries its plan (about 0.1 MB): Dask keeps tasks that share an argument on the worker that has it.
    # Not all plans of a prefecture are kept in memory here; the reports of one follow each other.
    plan_of = lru_cache(_PLANS)(lambda place: pack_plan(Path(place)))
    calls = (_parcel(task, plan_of) for task in tasks)
    for index, found in call_on_cluster(address, render_parcel, calls):
        task = tasks[index]
        if isinstance(found, LostError):
            yield Outcome(task.name, time.time(), 0.0, error=str(found))
        else:
            yield _unpacked(found, task.folder)


def _parcel(task: Task, plan_of: Callable[[str], Mapping[str, bytes]]) -> tuple[Any, ...]:
    """Return what `render_parcel` takes: the task but for its places, and the files it needs."""
    values = {item.name: getattr(task, item.name) for item in fields(task) if item.name not in _PLACES}
    place = str(task.parameters.get("plan_dir") or "")
    plan = (Path(place).name, plan_of(place)) if place else None
    return values, (task.notebook.name, task.notebook.read_bytes()), plan, dict(_given_files(task.parameters))


def _given_files(parameters: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, bytes]]]:
    """Yield the parameters that name a file of this machine, such as actual figures, with its name and content."""
    for name, value in parameters.items():
        if name != "plan_dir" and isinstance(value, str) and Path(value).is_absolute() and Path(value).is_file():
            yield name, (Path(value).name, Path(value).read_bytes())


def _unpacked(found: _Finished, folder: Path) -> Outcome:
    """Write an outcome's files into the task's folder and return it with their paths."""
    outcome = found.outcome
    try:
        unpack(dict(found.files.values()), folder)
        files = {kind: folder / name for kind, (name, _) in found.files.items()}
        if found.notebook is not None:
            unpack({"failed.ipynb": found.notebook}, folder)
        notebook = folder / "failed.ipynb" if found.notebook is not None else None
        return replace(outcome, files=files, notebook=notebook)
    except OSError as error:
        return replace(outcome, files={}, notebook=None, error=f"{type(error).__name__}: {error}")


def render_parcel(
    values: dict[str, Any],
    notebook: tuple[str, bytes],
    plan: tuple[str, Mapping[str, bytes]] | None,
    files: Mapping[str, tuple[str, bytes]],
) -> _Finished:
    """Return what became of a task that was sent to this worker; nothing of it stays on its disk."""
    with tempfile.TemporaryDirectory(prefix="hjforecast-", dir=_scratch(), ignore_cleanup_errors=True) as private:
        work, given = Path(private) / "work", Path(private) / "given"
        work.mkdir()
        unpack(dict([notebook]), given)
        places = {}
        for name, (file, content) in files.items():
            unpack({file: content}, Path(private) / name)
            places[name] = str(Path(private) / name / file)
        if plan is not None:
            places["plan_dir"] = str(Path(private) / "plan" / plan[0])
            unpack(plan[1], Path(places["plan_dir"]))
        values = {**values, "parameters": {**values["parameters"], **places}}
        outcome = _render(Task(**values, notebook=given / notebook[0], folder=work))
        made = {kind: (path.relative_to(work).as_posix(), path.read_bytes()) for kind, path in outcome.files.items()}
        partial = outcome.notebook.read_bytes() if outcome.notebook else None
        return _Finished(replace(outcome, files={}, notebook=None), made, partial)


def _scratch() -> str | None:
    """Return the Dask worker's own folder, which Dask clears after a worker that was killed; None outside of one."""
    from distributed import get_worker

    with suppress(ValueError):
        return get_worker().local_directory
    return None


_own = threading.local()


def _render(task: Task) -> Outcome:
    """Return what became of a task, rendered by the process that serves this thread; it is started once.

    A Dask worker has threads, and may have no children by multiprocessing: a process between it and the renderers
    keeps each from the other, and its imports are paid once.
    """
    started = time.time()
    try:
        server = _server()
        pickle.dump(task, server.stdin)
        server.stdin.flush()
        outcome: Outcome = pickle.load(server.stdout)
        return outcome
    except (OSError, EOFError, pickle.UnpicklingError):
        _own.server.kill()
        _own.server.wait()
        return Outcome(task.name, started, time.time() - started, error=_DIED)


def _server() -> Any:
    """Return this thread's rendering process: it ends when this process ends, for then its input closes."""
    server = getattr(_own, "server", None)
    if server is None or server.poll() is not None:
        command = [sys.executable, "-P", "-m", "hjforecast.reporting.cluster_worker"]
        server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        _own.server = server
    return server
