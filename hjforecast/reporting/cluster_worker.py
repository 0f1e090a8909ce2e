"""The process that renders for one thread of a Dask worker: tasks on standard input, outcomes on standard output."""

from __future__ import annotations

import os
import pickle
import sys
import threading
from typing import BinaryIO

from hjforecast.reporting.pool import Pool
from hjforecast.reporting.render import Task

__all__ = ["main"]


def main() -> None:
    """Render the tasks that arrive, one at a time, until the input closes; then end at once, and what renders too."""
    # What a library prints must not stand among the outcomes.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    pool = Pool()
    while True:
        try:
            task: Task = pickle.load(sys.stdin.buffer)
        except EOFError:
            pool.close()
            os._exit(0)
        threading.Thread(target=_answer, args=(pool, task, answers), daemon=True).start()


def _answer(pool: Pool, task: Task, answers: BinaryIO) -> None:
    pickle.dump(pool.render(task), answers)
    answers.flush()


if __name__ == "__main__":
    main()
