"""Render tasks in parallel, so that a worker that dies takes only its own report with it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from queue import SimpleQueue

from hjforecast.reporting.render import Outcome, Task, prepare_worker, render_report

__all__ = ["render_all"]

_DIED = "渲染进程意外终止（可能内存不足或被杀） / the worker process died (out of memory, or killed)"


def render_all(tasks: Sequence[Task], workers: int) -> Iterator[Outcome]:
    """Yield the outcome of every task as it ends, `workers` of them running at once.

    Each worker is a pool of one process: a shared pool breaks as a whole when one of its processes dies, and would
    lose the reports of the others.
    """
    count = min(workers, len(tasks))
    lanes: SimpleQueue[ProcessPoolExecutor] = SimpleQueue()
    for _ in range(count):
        lanes.put(_lane())
    threads = ThreadPoolExecutor(max(count, 1))
    try:
        for future in as_completed([threads.submit(_render, task, lanes) for task in tasks]):
            yield future.result()
    finally:
        threads.shutdown(cancel_futures=True)
        while not lanes.empty():
            lanes.get().shutdown()


def _lane() -> ProcessPoolExecutor:
    """Return a pool of one process, which starts with its first task. Spawned: forked ones inherit open sockets."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=prepare_worker)


def _render(task: Task, lanes: SimpleQueue[ProcessPoolExecutor]) -> Outcome:
    lane, started, clock = lanes.get(), time.time(), time.perf_counter()
    try:
        return lane.submit(render_report, task).result()
    except BrokenProcessPool:
        lane.shutdown()
        lane = _lane()
        return Outcome(task.name, started, time.perf_counter() - clock, error=_DIED)
    finally:
        lanes.put(lane)
