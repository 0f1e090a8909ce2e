"""Start-up and speed as ratios within one run, printed as JSON.

`hjforecast --help` against `python -c "import click"`, `import hjforecast` against an empty interpreter, and the time of
`project()` and `audit()` after import. Set PYTHONDONTWRITEBYTECODE empty: without bytecode caches every process recompiles.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from timing import timings

RUNS = 15


def seconds(action: Callable[[], object], runs: int = RUNS) -> float:
    return statistics.median(timings(action, runs))


def process_seconds(commands: dict[str, list[str]]) -> dict[str, float]:
    """Median seconds of each command, taken in turn, so that a busy moment of the machine meets all of them."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(RUNS):
        for name, words in commands.items():
            run = partial(subprocess.run, words, check=True, capture_output=True, env=environment)
            times[name] += timings(run, 1)
    return {name: statistics.median(found) for name, found in times.items()}


def main() -> None:
    from hjforecast import audit, load_plan, project

    python = sys.executable
    took = process_seconds(
        {
            "empty": [python, "-c", ""],
            "click": [python, "-c", "import click"],
            "help": [str(Path(python).parent / "hjforecast"), "--help"],
            "import": [python, "-c", "import hjforecast"],
        }
    )
    plan = load_plan()
    result = {
        "help_over_import_click": round(took["help"] / took["click"], 2),
        "import_over_empty_interpreter": round(took["import"] / took["empty"], 2),
        "project_ms": round(1000 * seconds(lambda: project(plan, "plan")), 1),
        "audit_ms": round(1000 * seconds(lambda: audit(plan)), 1),
        "load_plan_ms": round(1000 * seconds(load_plan), 1),
        "empty_interpreter_ms": round(1000 * took["empty"], 1),
        "runs": RUNS,
        "bytecode": not os.environ.get("PYTHONDONTWRITEBYTECODE"),
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
