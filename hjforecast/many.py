"""Project every plan directory below a folder, on this machine's processors or on a Dask cluster."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from pathlib import Path

from hjforecast.errors import HjforecastError

__all__ = ["PlanRows", "Request", "find_plans", "project_many"]

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
# So many plans are ahead of the one being written out, for each worker: none waits, and memory stays bounded.
_AHEAD = 4
_DIED = "计算进程意外终止（可能内存不足），已停止 / a worker process died (out of memory?); stopped"


@dataclass(frozen=True)
class Request:
    """What is asked of each plan; `form` is `csv` or `json`, the rest as in `project`."""

    scenario: str
    to: int | None = None
    indicators: tuple[str, ...] = ()
    draws: int = 0
    seed: int | None = None
    form: str = "csv"


@dataclass(frozen=True)
class PlanRows:
    """What came of one plan: `text` holds its rows, csv lines or JSON records without what stands around them.

    `plan` is its directory below the folder; `error` says, in both languages, why there are no rows.
    """

    plan: str
    text: str = ""
    error: str = ""


def find_plans(root: Path) -> list[str]:
    """Return the plan directories below a folder (and itself: `.`), relative to it, in order. Links are not followed.

    A plan directory is one that holds a `plan.toml`; folders whose names begin with a dot are passed over.
    """
    found = []
    for folder, below, files in os.walk(root):
        # A plan's own scenarios/plan.toml is a scenario.
        own = {"scenarios"} if "plan.toml" in files else set()
        below[:] = [name for name in below if not name.startswith(".") and name not in own]
        if own:
            found.append(Path(folder).relative_to(root).as_posix())
    return sorted(found)


def project_many(
    root: Path, plans: Sequence[str], request: Request, *, jobs: int = 1, cluster: str | None = None
) -> Iterator[PlanRows]:
    """Yield the rows of each plan, in the order of `plans`; the numbers are those of `project`, whatever the workers.

    Parameters
    ----------
    root, plans :
        the folder, and plan directories relative to it.
    request :
        what to project.
    jobs :
        how many processes work at once on this machine.
    cluster :
        the address of a Dask scheduler, to work there instead.

    Raises HjforecastError where a worker process of this machine dies; InputError where the cluster cannot be used.
    """
    return _on_cluster(cluster, root, plans, request) if cluster else _in_processes(root, plans, request, jobs)


def _in_processes(root: Path, plans: Sequence[str], request: Request, jobs: int) -> Iterator[PlanRows]:
    context = get_context("spawn")
    with ProcessPoolExecutor(max(jobs, 1), mp_context=context, initializer=_prepare) as pool:
        sent = (pool.submit(rows_of, root / plan, plan, request) for plan in plans)
        try:
            waiting: deque[Future[PlanRows]] = deque(islice(sent, _AHEAD * max(jobs, 1)))
            while waiting:
                yield waiting.popleft().result()
                waiting.extend(islice(sent, 1))
        except BrokenProcessPool:
            raise HjforecastError(_DIED) from None
        finally:
            pool.shutdown(cancel_futures=True)


def _prepare() -> None:
    """Set up a worker process: one BLAS thread, and an end when the process that started it ends."""
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started it
    if (parent := parent_process()) is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _on_cluster(address: str, root: Path, plans: Sequence[str], request: Request) -> Iterator[PlanRows]:
    from hjforecast.on_cluster import LostError, call_on_cluster

    calls = ((_packed(root / plan), plan, request) for plan in plans)
    early: dict[int, PlanRows] = {}
    turn = 0
    for index, result in call_on_cluster(address, sent_rows_of, calls):
        early[index] = PlanRows(plans[index], error=str(result)) if isinstance(result, LostError) else result
        while turn in early:
            yield early.pop(turn)
            turn += 1


def _packed(folder: Path) -> Mapping[str, bytes] | str:
    """Return a plan's files, or why they cannot be read."""
    from hjforecast.parcel import pack_plan

    try:
        return pack_plan(folder)
    except OSError as error:
        return f"无法读取 / cannot be read: {error}"


def sent_rows_of(files: Mapping[str, bytes] | str, plan: str, request: Request) -> PlanRows:
    """Return the rows of a plan whose files were sent here; what `_packed` says of files that could not be read."""
    from hjforecast.parcel import unpack

    if isinstance(files, str):
        return PlanRows(plan, error=files)
    with tempfile.TemporaryDirectory(prefix="hjforecast-") as folder:
        unpack(files, Path(folder))
        return rows_of(Path(folder), plan, request)


def rows_of(folder: Path, plan: str, request: Request) -> PlanRows:
    """Return the rows of the plan in `folder`; every error is part of the answer, so that the other plans go on."""
    try:
        return PlanRows(plan, text=_rows(folder, plan, request))
    except (HjforecastError, OSError) as error:
        return PlanRows(plan, error=str(error))
    except Exception as error:
        return PlanRows(plan, error=f"{type(error).__name__}: {error}")


def _rows(folder: Path, plan: str, request: Request) -> str:
    from hjforecast.cli_output import render
    from hjforecast.comparison import known_indicators
    from hjforecast.loading import load_plan
    from hjforecast.model import project

    loaded = load_plan(folder)
    wanted = [item.id for item in known_indicators(loaded, request.indicators or None)]
    found = project(loaded, request.scenario, draws=request.draws, seed=request.seed, to=request.to)
    frame = found.frame[found.frame["indicator"].isin(wanted)].copy()
    frame.insert(0, "plan", plan)
    text = render(frame, request.form)
    return text.partition("\n")[2] if request.form == "csv" else text[1:-2].strip("\n")
