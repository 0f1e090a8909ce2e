"""A worker process: renders one report, and ends with it or with the run."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Any

from hjforecast.reporting.render import Task, prepare_worker, render_report

__all__ = ["end_group", "work"]

_KERNEL_SECONDS = 2.5


def work(connection: Connection, forked: bool = False) -> None:
    """Render the task that the connection gives, and send back its outcome; before it, the processes started.

    `forked` says that this process is a copy of the fork server, and its kernel will be a copy too.
    """
    if hasattr(os, "setsid"):
        os.setsid()
    embryo = None
    if forked:
        from hjforecast.reporting.kernel import Embryo

        embryo = Embryo(connection)
    connection.send(os.getpid())
    task: Task = connection.recv()
    kernels: list[Any] = []
    threading.Thread(target=_end_with_run, args=(connection, kernels), daemon=True).start()
    prepare_worker()
    from hjforecast.reporting.kernel import ReportProvisioner

    def started(kernel: Any) -> None:
        """Note a kernel here and tell the run of it."""
        kernels.append(kernel)
        connection.send(kernel.pid)

    ReportProvisioner.embryo, ReportProvisioner.started = embryo, staticmethod(started)
    outcome = render_report(task)
    _await(kernels)
    connection.send(replace(outcome, memory_mb=_peak_memory()))
    # The rest of an interpreter's end is of no use to anybody.
    os._exit(0)


def _await(kernels: list[Any]) -> None:
    """Wait for the kernels, which have been asked to end; end those that do not."""
    deadline = time.monotonic() + _KERNEL_SECONDS
    for kernel in kernels:
        while kernel.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        end_group(kernel.pid)
        kernel.wait()


def _end_with_run(connection: Connection, kernels: list[Any]) -> None:
    """End this process and its kernel when the run's process ends: a killed run leaves nobody writing."""
    with suppress(EOFError, OSError):
        connection.recv()
    for kernel in kernels:
        end_group(kernel.pid)
    os._exit(1)


def end_group(pid: int) -> None:
    """End the processes of a group at once; one that has ended already is no error."""
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGTERM)


def _peak_memory() -> float:
    """Return the most that this process and its kernel held, in MB, pages that they share counted in each."""
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    kilobytes = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return round(kilobytes / 1024 / (1024 if sys.platform == "darwin" else 1), 1)
