"""The rivals' bands for whole panels: many small fits, spread over helper processes that each use one thread.

The linear algebra under statsmodels' optimiser starts a thread per core for matrices of five rows; on a busy machine its
threads wait for one another and a fit takes twenty times as long. A helper is therefore started with one thread, as a
plain subprocess: it needs no `if __name__ == "__main__"` in the caller's script and works in notebooks. Few fits are done
here, with one thread for as long as they take.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any, cast

import numpy as np
import numpy.typing as npt

from hjforecast.rivals import RIVALS, fill_gaps, run_rival
from hjforecast.trend import NORMAL_P90

__all__ = ["one_thread", "rival_bands", "serve"]

Array = npt.NDArray[np.float64]
Task = tuple[Array, int]
Progress = Callable[[int, int], None]

#: Fewer series x origins than this are fitted here: a helper takes about two seconds to start.
FEW_FITS = 100
#: Series in one task: small enough to keep every helper busy to the end.
TASK_SERIES = 50
_ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM", "BLIS")}


def rival_bands(
    log_values: Array, columns: list[int], horizon: int, workers: int | None = None, progress: Progress | None = None
) -> list[Array]:
    """Return every rival's 10, 50 and 90 % paths, one array of shape (n, rivals, 3, horizon) for every origin column.

    A fit is handed the columns up to the origin and nothing later. Each series is fitted alone, so the numbers are the
    same for any number of workers (default one a core).
    """
    parts = [np.arange(i, min(i + TASK_SERIES, len(log_values))) for i in range(0, len(log_values), TASK_SERIES)]
    tasks = [(log_values[part, : column + 1], horizon) for column in columns for part in parts]
    count = min((os.cpu_count() or 1) if workers is None else workers, len(tasks))
    few = len(log_values) * len(columns) < FEW_FITS
    done = _here(tasks) if few else _spread(tasks, count, progress)
    return [np.concatenate(done[i * len(parts) : (i + 1) * len(parts)]) for i in range(len(columns))]


def _here(tasks: list[Task]) -> list[Array]:
    with one_thread():
        return [_fitted(task) for task in tasks]


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Hold the OpenBLAS of numpy's and scipy's wheels to one thread; other builds are left as they are."""
    before = [get() for get, _ in _blas()]
    try:
        for _, put in _blas():
            put(1)
        yield
    finally:
        for (_, put), count in zip(_blas(), before, strict=True):
            put(count)


@cache
def _blas() -> tuple[tuple[Any, Any], ...]:
    """Return how many threads each OpenBLAS uses, as functions that read and set it."""
    found = []
    for package in ("numpy", "scipy"):
        spec = find_spec(package)
        folder = Path(spec.origin).parent.with_name(f"{package}.libs") if spec and spec.origin else Path()
        for file in sorted(folder.glob("*openblas*")):
            with contextlib.suppress(OSError):
                library = ctypes.CDLL(str(file))
                names = (f"scipy_openblas_{{}}_num_threads{end}" for end in ("64_", ""))
                found += [
                    (getattr(library, name.format("get")), getattr(library, name.format("set")))
                    for name in names
                    if hasattr(library, name.format("set"))
                ]
    return tuple(found)


def _fitted(task: Task) -> Array:
    """Return the bands of one task; NaN for a series without a value at the origin."""
    known, horizon = task
    out = np.full((len(known), len(RIVALS), 3, horizon), np.nan)
    for i in np.flatnonzero(~np.isnan(known[:, -1])):
        y = fill_gaps(known[i])
        for r, name in enumerate(RIVALS):
            mean, sd = run_rival(name, y, horizon)
            out[i, r] = np.stack([mean - NORMAL_P90 * sd, mean, mean + NORMAL_P90 * sd])
    return out


class _Helper:
    """One helper process; where it cannot be started or dies, its tasks are done here."""

    def __init__(self) -> None:
        paths = os.pathsep.join(path for path in sys.path if path)
        command = [sys.executable, "-c", "from hjforecast.rivals_pool import serve; serve()"]
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=os.environ | _ONE_THREAD | {"PYTHONPATH": paths},
            )
        except OSError:
            self._process = None

    def run(self, task: Task) -> Array:
        """Return the bands of one task."""
        if self._process is None:
            return _fitted(task)
        try:
            pickle.dump(task, cast(IO[bytes], self._process.stdin))
            cast(IO[bytes], self._process.stdin).flush()
            return cast(Array, pickle.load(cast(IO[bytes], self._process.stdout)))
        except (OSError, ValueError, EOFError, pickle.UnpicklingError):
            if self._stopped:
                raise
            self._end()
            return _fitted(task)

    def stop(self) -> None:
        """End the process; a task under way is given up."""
        self._stopped = True
        self._end()

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _spread(tasks: list[Task], count: int, progress: Progress | None) -> list[Array]:
    """Return the bands of every task in order, done by `count` helpers."""
    helpers = [_Helper() for _ in range(count)]
    free: SimpleQueue[_Helper] = SimpleQueue()
    for helper in helpers:
        free.put(helper)

    def one(task: Task) -> Array:
        """Run one task on whichever helper is free."""
        helper = free.get()
        try:
            return helper.run(task)
        finally:
            free.put(helper)

    total, fitted = sum(len(known) for known, _ in tasks), 0
    pool = ThreadPoolExecutor(count)
    try:
        waiting = {pool.submit(one, task): task for task in tasks}
        for future in as_completed(waiting):
            fitted += len(waiting[future][0])
            if progress is not None:
                progress(fitted, total)
        return [future.result() for future in waiting]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for helper in helpers:
            helper.stop()


def serve() -> None:
    """Run as a helper: read tasks from standard input, write their bands to standard output, until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not mix with the bands
    while True:
        try:
            task = pickle.load(source)
        except EOFError:
            return
        pickle.dump(_fitted(task), target)
        target.flush()
