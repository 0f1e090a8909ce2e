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
import time
from collections.abc import Callable
from pathlib import Path

RUNS = 15


def seconds(action: Callable[[], object], runs: int = RUNS) -> float:
    action()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def process(*words: str) -> Callable[[], object]:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return lambda: subprocess.run(words, check=True, capture_output=True, env=environment)


def main() -> None:
    from hjforecast import audit, load_plan, project

    command = str(Path(sys.executable).parent / "hjforecast")
    empty, click = seconds(process(sys.executable, "-c", "")), seconds(process(sys.executable, "-c", "import click"))
    helped, imported = seconds(process(command, "--help")), seconds(process(sys.executable, "-c", "import hjforecast"))
    plan = load_plan()
    result = {
        "help_over_import_click": round(helped / click, 2),
        "import_over_empty_interpreter": round(imported / empty, 2),
        "project_ms": round(1000 * seconds(lambda: project(plan, "plan")), 1),
        "audit_ms": round(1000 * seconds(lambda: audit(plan)), 1),
        "load_plan_ms": round(1000 * seconds(load_plan), 1),
        "empty_interpreter_ms": round(1000 * empty, 1),
        "runs": RUNS,
        "bytecode": not os.environ.get("PYTHONDONTWRITEBYTECODE"),
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
