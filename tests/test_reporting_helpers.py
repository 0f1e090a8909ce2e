"""What the tests of reporting share: small notebooks, a small plan directory, and a renderer without kernels."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from hjforecast.reporting.render import Outcome, Task
from hjforecast.reporting.runner import run_reports
from hjforecast.resources import builtin_plan_dir

SHARED = 'plan_dir: str = ""\nlang: str = "zh"  # zh 或 en\n'
DRAWN = "draws: int = 0\nseed: int = 2025\n"
PARAMETERS = {
    "scenario_report": f'scenario: str = "plan"  # 情景\nbaseline: str = "trend"\n{SHARED}{DRAWN}',
    "scenario_comparison": f'scenarios: str = ""\nbaseline: str = "trend"\n{SHARED}{DRAWN}',
    "plan_audit": SHARED,
}
SHOWN = """
import sys
from IPython.display import HTML, SVG, Markdown, display
secret_variable = 1
print("printed to standard output")
print("printed to standard error", file=sys.stderr)
display(HTML(f'<h1 class="title">报告：{globals().get("scenario", "规划")}</h1><h2>一、总体</h2><p>地区生产总值</p>'))
display(Markdown("### （一）表格\\n\\n价格 $5 与 **粗体**"))
display(HTML('<figure class="table"><table><tr><td><span class="assumed">1.5</span></td></tr></table>'
             f'</figure><footer class="provenance">{sys.executable}</footer>'))
display(SVG('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'))
"plain text result"
"""


def notebook(parameters: str, *sources: str) -> str:
    """Return the JSON of a notebook with a parameters cell and code cells."""
    cells = [
        {"cell_type": "code", "id": f"c{number}", "execution_count": None, "outputs": [], "source": source,
         "metadata": {"tags": ["parameters"]} if number == 0 else {}}
        for number, source in enumerate((parameters, *sources))
    ]  # fmt: skip
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def write_notebooks(folder: Path, **extra: str) -> Path:
    """Write the three templates, each showing a little; `extra` is a cell to add to one, by its name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, parameters in PARAMETERS.items():
        sources = [SHOWN, *([extra[name]] if name in extra else [])]
        (folder / f"{name}.ipynb").write_text(notebook(parameters, *sources), encoding="utf-8")
    return folder


def write_plan(folder: Path) -> Path:
    """Write the built-in plan with two scenarios only."""
    shutil.copytree(builtin_plan_dir(), folder)
    for path in folder.glob("scenarios/*.toml"):
        if path.stem not in ("plan", "trend"):
            path.unlink()
    return folder


class World:
    """A plan directory, notebooks and an output folder to run reports in."""

    def __init__(self, folder: Path) -> None:
        self.plan = write_plan(folder / "规划")
        self.notebooks = write_notebooks(folder / "notebooks")
        # Braces, spaces and Chinese: papermill fills in {...} of paths.
        self.out = folder / "报告 {out}"

    def run(self, *scenarios: str, **options: object) -> int:
        """Run the reports, as `hjforecast report` does; return the exit code."""
        given = {"lang": "zh", "jobs": 2, "draws": 0, "seed": 2025, "force": False, "formats": ("html",), "wait": 5.0}
        given |= options
        plan, out = given.pop("plan_dir", str(self.plan)), given.pop("out", str(self.out))
        return run_reports(scenarios, plan, out, notebook_dir=self.notebooks, **given)  # type: ignore[arg-type]

    def manifest(self) -> dict:
        return json.loads((self.out / "manifest.json").read_text(encoding="utf-8"))

    def html(self, name: str) -> str:
        return (self.out / f"{name}.html").read_text(encoding="utf-8")


def row(key: str, value: float | None, state: str = "", name: str = "", unit: str = "亿元", decimals: int = 2) -> dict:
    """Return a row that a report's next edition is compared with."""
    return {"key": key, "name": name or key, "unit": unit, "decimals": decimals, "value": value, "state": state}


def fake_renderer(
    rendered: list[str],
    fail: Sequence[str] = (),
    before: Callable[[str], None] = lambda name: None,
    rows: Sequence[dict] | None = None,
    told: list[Task] | None = None,
):
    """Return a stand-in for `render_all` that notes what it renders, writes every format and starts nothing."""

    def render_all(tasks: Sequence[Task], workers: int) -> Iterator[Outcome]:
        for task in tasks:
            before(task.name)
            rendered.append(task.name)
            (told if told is not None else []).append(task)
            if task.name in fail:
                partial = task.folder / "failed.ipynb"
                partial.write_text('{"cells": "渲染失败 / rendering failed"}', encoding="utf-8")
                yield Outcome(task.name, 0.0, 0.1, error="ValueError: 出错了\nsecond line", notebook=partial)
                continue
            paths = {kind: task.folder / f"report.{kind}" for kind in task.formats}
            for kind, path in paths.items():
                mark = '<meta name="generator" content="hjforecast">' if kind == "html" else ""
                path.write_text(f"{mark}{task.name} {kind} {len(rendered)}", encoding="utf-8")
            figures = None if rows is None else {"rows": list(rows)}
            yield Outcome(task.name, 60.0 * len(rendered), 0.1, paths, figures=figures)

    return render_all
