"""What one projection, one plan's output and one report cost, printed as JSON: the figures behind docs/scale.md.

Times of projections are processor time, least of several runs, so that a busy machine counts little; those of several
processes are wall time too. The reports' processor time is summed over all processes that a run starts.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import psutil

DRAWS = (0, 2_000, 10_000)
RUNS = 5
PLANS = 12
CALLS = 300


def processor_seconds(action: Callable[[], object], runs: int = RUNS) -> float:
    """Least processor seconds of a call, one warm-up call left out."""
    action()
    times = []
    for _ in range(runs):
        start = time.process_time()
        action()
        times.append(time.process_time() - start)
    return min(times)


def projection(draws: int) -> dict[str, float]:
    """One process: seconds of each step, rows and bytes of one plan and scenario. For a process of its own."""
    from hjforecast import load_plan, project
    from hjforecast.cli_output import render

    plan = load_plan()
    frame = project(plan, "trend", draws=draws).frame
    text = render(frame, "csv").encode()
    steps = {
        "load_plan": processor_seconds(load_plan),
        "project": processor_seconds(lambda: project(plan, "trend", draws=draws)),
        "frame": processor_seconds(lambda: project(plan, "trend", draws=draws).frame),
        "csv": processor_seconds(lambda: render(frame, "csv")),
    }
    steps["frame"] = max(steps["frame"] - steps["project"], 0.0)
    whole = sum(steps.values())
    return {
        **{f"{name}_ms": round(1000 * value, 1) for name, value in steps.items()},
        "projections_per_second": round(1 / steps["project"], 1),
        "whole_ms": round(1000 * whole, 1),
        "rows": len(frame),
        "indicators_with_draws": len(project(plan, "trend", draws=10).samples),
        "csv_bytes": len(text),
        "csv_gzip_bytes": len(gzip.compress(text, 6)),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def in_a_process(draws: int) -> dict[str, float]:
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    words = [sys.executable, __file__, "--projection", str(draws)]
    found = subprocess.run(words, check=True, capture_output=True, text=True, env=environment).stdout
    return dict(json.loads(found))


def workers(root: Path, jobs: int, draws: int) -> dict[str, float]:
    """Seconds of `project --all-plans` over the plans below `root`, with the start of the processes."""
    from hjforecast.many import Request, find_plans, project_many

    before, start = os.times(), time.perf_counter()
    for rows in project_many(root, find_plans(root), Request("trend", draws=draws), jobs=jobs):
        assert not rows.error, rows.error
    wall, after = time.perf_counter() - start, os.times()
    return {
        "plans": PLANS,
        "wall_seconds": round(wall, 2),
        "workers_processor_seconds": round(sum(after[2:4]) - sum(before[2:4]), 2),
        "own_processor_ms_a_plan": round(1000 * (sum(after[:2]) - sum(before[:2])) / PLANS, 1),
    }


def cluster(root: Path, draws: int) -> dict[str, float]:
    """The same on a Dask cluster of two processes here, and what a call costs that only sends back as much."""
    from distributed import LocalCluster

    from hjforecast.many import Request, find_plans, project_many
    from hjforecast.on_cluster import call_on_cluster

    with LocalCluster(2, threads_per_worker=1, dashboard_address="127.0.0.1:0", host="127.0.0.1") as two:
        list(call_on_cluster(two.scheduler_address, bytes, [(1,)] * 4))
        start = time.perf_counter()
        request = Request("trend", draws=draws)
        size = sum(
            len(rows.text.encode())
            for rows in project_many(root, find_plans(root), request, cluster=two.scheduler_address)
        )
        wall, start, before = time.perf_counter() - start, time.perf_counter(), time.process_time()
        assert len(list(call_on_cluster(two.scheduler_address, bytes, [(size // PLANS,)] * CALLS))) == CALLS
        empty, used = time.perf_counter() - start, time.process_time() - before
    return {
        "plans": PLANS,
        "wall_seconds": round(wall, 2),
        "empty_call_wall_ms": round(1000 * empty / CALLS, 1),
        "empty_call_scheduler_and_runner_processor_ms": round(1000 * used / CALLS, 1),
    }


@contextmanager
def descendants() -> Iterator[dict[int, float]]:
    """Give processor seconds by process of all that is started meanwhile, looked at 50 times a second."""
    used: dict[int, float] = {}
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.02):
            for child in psutil.Process().children(recursive=True):
                try:
                    used[child.pid] = sum(child.cpu_times()[:2])
                except psutil.NoSuchProcess:
                    continue

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield used
    finally:
        ended.set()
        thread.join()


def reports(formats: tuple[str, ...]) -> dict[str, object]:
    """Processor and wall seconds of the nine reports of the built-in plan, one at a time, and the size of the output."""
    from hjforecast.reporting.runner import run_reports

    with tempfile.TemporaryDirectory() as folder, descendants() as used:
        start = time.perf_counter()
        with redirect_stdout(sys.stderr):
            code = run_reports((), None, folder, formats, "zh", 1, 2000, 2025, True)
        wall = time.perf_counter() - start
        assert code == 0, code
        rows = json.loads((Path(folder) / "manifest.json").read_text(encoding="utf-8"))["reports"].values()
        sizes = [item["bytes"] for row in rows for item in row["outputs"].values()]
    return {
        "reports": len(rows),
        "formats": ",".join(formats),
        "wall_seconds": round(wall, 2),
        "processor_seconds": round(sum(used.values()), 2),
        "median_report_seconds": round(statistics.median(row["duration_seconds"] for row in rows), 2),
        "worker_memory_mb": max(row.get("memory_mb", 0.0) for row in rows),
        "bytes": sum(sizes),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--projection", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--formats", default="html html,docx,pdf,xlsx", help="sets of formats, blanks between")
    options = parser.parse_args()
    if options.projection is not None:
        print(json.dumps(projection(options.projection)))
        return
    from hjforecast.resources import builtin_plan_dir

    with tempfile.TemporaryDirectory() as folder:
        for number in range(PLANS):
            shutil.copytree(builtin_plan_dir(), Path(folder) / f"{number:03}")
        result = {
            "load_average": round(os.getloadavg()[0], 1),
            "processors": os.cpu_count(),
            "one_process": {str(draws): in_a_process(draws) for draws in DRAWS},
            "all_plans": {
                f"{jobs} workers, {draws} draws": workers(Path(folder), jobs, draws)
                for draws in DRAWS
                for jobs in (1, 2)
            },
            "dask, 2 workers, 10000 draws": cluster(Path(folder), 10_000),
            "reports": [reports(tuple(kinds.split(","))) for kinds in options.formats.split()],
        }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
