"""Render tasks in parallel, each in a process of its own: one that dies or is stopped takes only its report with it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

from hjforecast.reporting.fork_server import ForkServer, can_fork
from hjforecast.reporting.render import Outcome, Task, keep_partial
from hjforecast.reporting.worker import end_group, work

__all__ = ["Pool", "render_all"]

_DIED = "渲染进程意外终止（可能是内存不足，或被强行终止） / the worker process died (out of memory, or killed)"
_NO_FOLDER = "无法新建临时文件夹 / cannot make a temporary folder"
_TOO_LONG = "超过时限 {0:g} 秒，已停止 / stopped after the time limit of {0:g} s"
# A fork server that has imported nothing in this time is stuck, such as on a network folder.
_START_SECONDS = 120.0


def render_all(tasks: Sequence[Task], workers: int) -> Iterator[Outcome]:
    """Yield the outcome of every task as it ends, `workers` of them running at once.

    No process is left when the iterator ends or is closed.
    """
    pool = Pool()
    threads = ThreadPoolExecutor(max(min(workers, len(tasks)), 1))
    try:
        for future in as_completed([threads.submit(pool.render, task) for task in tasks]):
            yield future.result()
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        pool.close()
        threads.shutdown()


class _Worker:
    """A process that renders one task: what it started, and what it sends."""

    def __init__(self, connection: Connection, process: BaseProcess | None = None) -> None:
        self._connection, self._process = connection, process
        self._leaders: list[int] = []

    def give(self, task: Task) -> None:
        """Hand over the task once the worker is there. Raises EOFError or OSError where it is not."""
        self._leaders.append(self._receive(_START_SECONDS))
        self._connection.send(task)

    def outcome(self, timeout: float) -> Outcome:
        """Return what became of the task. Raises TimeoutError past the limit, EOFError or OSError where it died."""
        deadline = time.monotonic() + timeout if timeout else None
        while not isinstance(message := self._receive(deadline and deadline - time.monotonic()), Outcome):
            self._leaders.append(message)
        return message

    def _receive(self, seconds: float | None) -> Any:
        if not self._connection.poll(None if seconds is None else max(seconds, 0.0)):
            raise TimeoutError
        return self._connection.recv()

    def kill(self) -> None:
        """End the worker, its kernel, and what they started."""
        for pid in self._leaders:
            end_group(pid)
        if self._process:
            self._process.kill()

    def close(self) -> None:
        """End everything and forget it."""
        self.kill()
        self._connection.close()
        if self._process:
            self._process.join()


class Pool:
    """The processes of one run: the workers, and the fork server once a task asks for it."""

    def __init__(self) -> None:
        self._lock, self._closed = Lock(), False
        self._server: ForkServer | None = None
        self._workers: set[_Worker] = set()

    def render(self, task: Task) -> Outcome:
        """Return the outcome of a task, rendered in a process of its own."""
        # Made here, so that it goes too where the process is killed, or its kernel still writes as it ends.
        try:
            with TemporaryDirectory(prefix="hjf-", ignore_cleanup_errors=True) as private:
                return self._rendered(replace(task, private=private))
        except OSError as problem:
            error = f"{_NO_FOLDER}: {problem}"
            return Outcome(task.name, time.time(), 0.0, error=error, notebook=keep_partial(task, error))

    def _rendered(self, task: Task) -> Outcome:
        started, clock = time.time(), time.perf_counter()
        worker = None
        try:
            worker = self._ready(task)
            return worker.outcome(task.timeout)
        except TimeoutError:
            error = _TOO_LONG.format(task.timeout)
        except (EOFError, OSError):
            error = _DIED
        finally:
            if worker:
                self._end(worker)
        seconds = time.perf_counter() - clock
        partial = None if self._closed else keep_partial(task, error)
        return Outcome(task.name, started, seconds, error=error, notebook=partial)

    def close(self) -> None:
        """End every process; tasks that are being rendered then come to their end."""
        with self._lock:
            self._closed = True
            for worker in self._workers:
                worker.kill()
            if self._server:
                self._server.close()

    def _ready(self, task: Task) -> _Worker:
        """Return a worker that has its task: a forked one, or where forking fails a spawned one."""
        if task.engine == "warm" and can_fork():
            with suppress(EOFError, OSError):
                return self._given(self._forked, task)
        return self._given(_spawned, task)

    def _given(self, start: Callable[[], _Worker], task: Task) -> _Worker:
        with self._lock:
            if self._closed:
                raise EOFError
            worker = start()
            self._workers.add(worker)
        try:
            worker.give(task)
            with self._lock:
                if self._closed:
                    # The run was closed before this worker had told whom to end.
                    raise EOFError
        except BaseException:
            self._end(worker)
            raise
        return worker

    def _forked(self) -> _Worker:
        if self._server is None:
            self._server = ForkServer()
        return _Worker(self._server.fork())

    def _end(self, worker: _Worker) -> None:
        with self._lock:
            self._workers.discard(worker)
            worker.close()


def _spawned() -> _Worker:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    with theirs:
        process = context.Process(target=work, args=(theirs,))
        process.start()
    return _Worker(ours, process)
