"""How the benchmarks time an action."""

from __future__ import annotations

import time
from collections.abc import Callable


def timings(action: Callable[[], object], runs: int) -> list[float]:
    """Return the seconds of `runs` calls, one warm-up call left out."""
    action()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return times
