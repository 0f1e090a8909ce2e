"""Cost of random paths as ratios within one run, printed as JSON.

`project(draws=10000)`, less `project()` without draws too, against numpy drawing 10 000 x 15 x indicators normals (those
with a band) and against the normals that are really drawn (one set a shock); peak memory against the same array; and
the time of 100 000 draws over that of 10 000. Every time is the least of several runs: the machine's noise only adds.
"""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable

import numpy as np
from timing import timings

DRAWS, YEARS, RUNS = 10_000, 15, 7


def seconds(action: Callable[[], object], runs: int = RUNS) -> float:
    return min(timings(action, runs))


def peak_bytes(action: Callable[[], object]) -> int:
    tracemalloc.start()
    action()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def main() -> None:
    from hjforecast import load_plan, project

    plan = load_plan()
    first = project(plan, "trend", draws=10)
    indicators = len(first.samples)
    shocks = len({shock for factors in first.errors.factors.values() for shock in factors})
    generator = np.random.Generator(np.random.PCG64(1))
    numpy_all = seconds(lambda: generator.standard_normal((DRAWS, YEARS, indicators)))
    numpy_drawn = seconds(lambda: generator.standard_normal((DRAWS, YEARS + 1, shocks)))
    central = seconds(lambda: project(plan, "trend"))
    drawn = seconds(lambda: project(plan, "trend", draws=DRAWS))
    tenfold = seconds(lambda: project(plan, "trend", draws=10 * DRAWS), runs=3)
    array = 8 * DRAWS * YEARS * indicators
    result = {
        "indicators_with_draws": indicators,
        "indicators_of_the_plan": len(plan.indicators),
        "shocks": shocks,
        "project_over_numpy_same_normals": round(drawn / numpy_all, 2),
        "draws_alone_over_numpy_same_normals": round((drawn - central) / numpy_all, 2),
        "project_over_numpy_normals_drawn": round(drawn / numpy_drawn, 2),
        "peak_memory_over_array": round(peak_bytes(lambda: project(plan, "trend", draws=DRAWS)) / array, 2),
        "time_100000_over_10000": round((tenfold - central) / (drawn - central), 2),
        "numpy_ms": round(1000 * numpy_all, 1),
        "project_ms": round(1000 * drawn, 1),
        "project_without_draws_ms": round(1000 * central, 1),
        "runs": RUNS,
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
