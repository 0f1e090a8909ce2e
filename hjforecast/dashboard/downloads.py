"""Reports of an edited scenario, rendered by the command that renders all reports, in a process of its own."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from html import escape
from pathlib import Path

from filelock import FileLock

from hjforecast.errors import InputError, Problem, headline
from hjforecast.live import Live
from hjforecast.resources import builtin_plan_dir

__all__ = ["FORMATS", "KINDS", "link", "rendered"]

FORMATS = {
    "docx": (("Word", "Word"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "pdf": (("PDF", "PDF"), "application/pdf"),
    "xlsx": (("Excel", "Excel"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "html": (("网页", "Web page"), "text/html"),
}
"""The formats of reports with what they are called, in Chinese and English, and their media types."""

KINDS = {
    "scenario": ("情景报告", "Scenario report"),
    "plan_audit": ("规划审查报告", "Audit of the plan"),
    "midterm_evaluation": ("中期评估报告", "Mid-term evaluation"),
}
"""The reports that can be had: of the scenario, else by the name of their notebook."""

_SEED, _SECONDS = 2025, 120


def rendered(
    live: Live, text: str, kind: str, formats: Sequence[str], lang: str, plan_dir: Path | None, actuals: str
) -> dict[str, tuple[str, bytes]]:
    """Return name and content of a report's files by format.

    A copy of the plan's directory takes the scenario (for an evaluation the actual figures too, which the projections
    on the page know nothing of), so that the report is what `hjforecast report` makes of these files. One report is rendered at a time, whoever asks.

    Parameters: `live`; `text`, its scenario file when the report was asked for; `kind` of KINDS; `formats` of FORMATS; `lang`; `plan_dir`, None for the built-in plan;
    `actuals`, the text of a file of actual figures.

    Raises InputError where the report could not be rendered, with what the command said.
    """
    with (
        tempfile.TemporaryDirectory() as name,
        FileLock(os.environ.get("HJFORECAST_DASHBOARD_QUEUE") or f"{name}/lock"),
    ):
        folder = Path(name)
        plan = Path(shutil.copytree(plan_dir or builtin_plan_dir(), folder / "plan"))
        word = _write(live, text, plan, actuals if kind == "midterm_evaluation" else "")
        named = [] if kind == "plan_audit" else [word]
        which = named if kind == "scenario" else [*named, "--notebook", kind]
        command = [
            sys.executable, "-m", "hjforecast", "report", *which, "--plan-dir", str(plan), "--out", str(folder / "out"),
            "--formats", ",".join(formats), "--lang", lang, "--draws", str(live.draws),
            "--seed", str(_SEED if live.seed is None else live.seed), "--jobs", "1", "--timeout", str(_SECONDS),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", cwd=folder, check=False)
        if done.returncode:
            raise InputError([_failed(done.stderr, lang)])
        return {one: _found(folder / "out", one) for one in formats}


def _write(live: Live, text: str, plan: Path, actuals: str) -> str:
    """Write scenario and actual figures into a plan directory; return the scenario's id."""
    if actuals:
        (plan / "actuals.csv").write_text(actuals, encoding="utf-8")
    if "\n[levers]\n" in text and text.rstrip().endswith("[levers]") and live.base.id in live.plan.scenarios:
        return live.base.id  # nothing is changed: the report is the scenario's own
    (plan / "scenarios").mkdir(exist_ok=True)
    word = str(tomllib.loads(text)["id"])
    (plan / "scenarios" / f"{word}.toml").write_text(text, encoding="utf-8")
    return word


def _failed(told: str, lang: str) -> Problem:
    said = headline(told, lang) or "—"
    return Problem("report", 0, "", "", f"报告没有生成：{said}", f"the report was not rendered: {said}")


def _found(folder: Path, form: str) -> tuple[str, bytes]:
    path = next(one for one in sorted(folder.glob(f"*.{form}")) if one.name != "index.html")
    return path.name, path.read_bytes()


def link(name: str, content: bytes, words: str, media: str) -> str:
    """Return a link that saves a file, its content inside the page."""
    data = base64.b64encode(content).decode("ascii")
    return f'<a class="hj-save" download="{escape(name, quote=True)}" href="data:{media};base64,{data}">{escape(words)}</a>'
