"""Reports against plain papermill, as ratios within one run, printed as JSON.

Eight scenario reports to HTML, by `hjforecast report` and by a shell loop of `papermill` and `jupyter nbconvert`; one
report, cold, against `papermill` alone; a run with nothing changed; memory per worker. Set PYTHONDONTWRITEBYTECODE
empty: without bytecode caches every process recompiles.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from hjforecast.resources import builtin_notebook_dir, builtin_plan_dir

RUNS = 3
SCENARIOS = ("delivery", "high", "industry", "low", "plan", "shock", "trend", "eighth")
BIN = Path(sys.executable).parent
NOTEBOOK = builtin_notebook_dir() / "scenario_report.ipynb"
DRAWS, SEED = "2000", "2025"


def plan_of_eight(folder: Path) -> Path:
    """Write the built-in plan with an eighth scenario, a copy of the first."""
    plan = Path(shutil.copytree(builtin_plan_dir(), folder / "plan"))
    text = (plan / "scenarios" / "delivery.toml").read_text(encoding="utf-8")
    (plan / "scenarios" / "eighth.toml").write_text(text.replace('id = "delivery"', 'id = "eighth"'), encoding="utf-8")
    return plan


def run(words: list[str]) -> float:
    """Return the seconds of a command that must succeed."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    subprocess.run(words, check=True, capture_output=True, env=environment)
    return time.perf_counter() - start


def papermill(plan: Path, scenario: str, out: Path) -> list[str]:
    """Return the command of plain papermill for one report."""
    given = {"scenario": scenario, "plan_dir": str(plan), "draws": DRAWS, "seed": SEED}
    words = [word for name, value in given.items() for word in ("-p", name, value)]
    return [str(BIN / "papermill"), str(NOTEBOOK), str(out / f"{scenario}.ipynb"), *words]


def loop(plan: Path, out: Path) -> float:
    """Return the seconds of a shell loop over the eight reports."""
    convert = [str(BIN / "jupyter"), "nbconvert", "--to", "html", "--no-input"]
    return sum(run(papermill(plan, name, out)) + run([*convert, str(out / f"{name}.ipynb")]) for name in SCENARIOS)


def report(plan: Path, out: Path, *words: str) -> list[str]:
    """Return our command for the scenario reports of these scenarios."""
    options = ["--plan-dir", str(plan), "--out", str(out), "--draws", DRAWS, "--seed", SEED]
    return [str(BIN / "hjforecast"), "report", *words, "--notebook", "scenario_report", *options]


def memory(plan: Path, out: Path) -> dict[str, float]:
    """Return the most that the processes of a run held, in MB: each page counted once (PSS), by role, sampled."""
    peak = {"all": 0.0, "largest": 0.0}
    with subprocess.Popen(
        report(plan, out, "trend", "--force"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        family = psutil.Process(process.pid)
        while process.poll() is None:
            held = [_pss(member) for member in (family, *family.children(recursive=True))]
            peak = {"all": max(peak["all"], sum(held)), "largest": max(peak["largest"], *held)}
            time.sleep(0.1)
    return {name: round(value) for name, value in peak.items()}


def _pss(process: psutil.Process) -> float:
    try:
        return process.memory_full_info().pss / 2**20
    except (psutil.Error, AttributeError):
        return 0.0


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plan, out = plan_of_eight(folder), folder / "reports"
        took: dict[str, list[float]] = {"loop": [], "eight": [], "papermill": [], "one": [], "unchanged": []}
        run(report(plan, folder / "first", "trend"))  # fills caches of fonts and bytecode
        for _ in range(RUNS):
            took["loop"].append(loop(plan, folder))
            took["eight"].append(run(report(plan, out, *SCENARIOS, "--force")))
            took["unchanged"].append(run(report(plan, out, *SCENARIOS)))
            took["papermill"].append(run(papermill(plan, "trend", folder)))
            took["one"].append(run(report(plan, folder / "one", "trend", "--force")))
        held = memory(plan, folder / "one")
        rows = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["reports"]
    median = {name: statistics.median(times) for name, times in took.items()}
    result = {
        "loop_over_eight": round(median["loop"] / median["eight"], 2),
        "one_over_papermill": round(median["one"] / median["papermill"], 2),
        **{f"{name}_s": round(seconds, 2) for name, seconds in median.items()},
        "reports_in_eight": len(rows),
        "memory_of_one_run_mb": held["all"],
        "largest_process_mb": held["largest"],
        "runs": RUNS,
        "processors": os.cpu_count(),
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
