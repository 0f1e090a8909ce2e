"""Render one report in a worker process: run the notebook through papermill, export it to each format.

Everything is written into the task's own folder; the runner moves finished files to where readers look.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from hjforecast.reporting.exports import EXPORTS

__all__ = [
    "Outcome",
    "RenderError",
    "Task",
    "keep_partial",
    "prepare_worker",
    "render_report",
    "set_environment",
]

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_EXECUTED = "executed.ipynb"
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


class RenderError(Exception):
    """A notebook ran but cannot be published."""


@dataclass(frozen=True)
class Task:
    """One report for a worker: `folder` is its own, `parameters` are passed to the notebook as they are.

    `timeout` is how many seconds the whole report may take, 0 for any; `engine` is `warm` or `plain`; `edition` is
    the earlier edition that the report tells its changes from, None for a first one; `cwd` is where the notebook
    runs, `folder` where it is None; `private` is where its kernel keeps sockets and history, `folder` where empty.
    """

    name: str
    notebook: Path
    parameters: Mapping[str, Any]
    lang: str
    formats: tuple[str, ...]
    folder: Path
    timeout: float = 0.0
    engine: str = "warm"
    edition: Mapping[str, Any] | None = None
    cwd: Path | None = None
    private: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a task: finished files by format, or an error with the notebook as far as it came.

    `warnings` are things that do not stop a report, such as characters that no font of ours can draw; `figures` are
    the report's own main numbers, which the next edition is compared with; `memory_mb` is the most that the worker
    and its kernel held together.
    """

    name: str
    started: float
    seconds: float
    files: Mapping[str, Path] = field(default_factory=dict)
    error: str = ""
    notebook: Path | None = None
    warnings: tuple[str, ...] = ()
    figures: Mapping[str, Any] | None = None
    memory_mb: float = 0.0


def set_environment() -> None:
    """Set what must be set before numpy and matplotlib are imported; kernels inherit it."""
    for name in _THREAD_VARIABLES:
        os.environ[name] = "1"
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    # Figures are drawn as in Jupyter and without a window, whatever the user's backend.
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    os.environ["HJFORECAST_STATIC"] = "1"
    # jsonschema imports this grammar when it is there (1.3 s a process); no Jupyter schema needs it.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def prepare_worker() -> None:
    """Set up a worker process: one BLAS thread, no window, a quiet log."""
    set_environment()
    for name in ("papermill", "nbclient", "nbconvert", "traitlets"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def render_report(task: Task) -> Outcome:
    """Return what became of a task; every error is part of the outcome, so that other reports go on."""
    from hjforecast.reporting.editions import with_changes
    from hjforecast.reporting.parts import edition_rows, parts_of, unshown

    started, clock = time.time(), time.perf_counter()
    try:
        notebook = with_changes(run_notebook(task), task.edition, task.lang)
        files, warnings = {}, unshown(notebook)
        for name in task.formats:
            files[name], told = EXPORTS[name](notebook, task)
            warnings.extend(told)
        rows = {"rows": edition_rows(parts_of(notebook))}
        # A character that no font of ours has is told once, not once a format.
        told_once = tuple(dict.fromkeys(warnings))
        return Outcome(task.name, started, time.perf_counter() - clock, files, warnings=told_once, figures=rows)
    except Exception as error:
        message = _describe(error)
        partial = keep_partial(task, message, "".join(traceback.format_exception(error)))
        return Outcome(task.name, started, time.perf_counter() - clock, error=message, notebook=partial)


def run_notebook(task: Task) -> Any:
    """Return the executed notebook of a task, kept in its folder as far as it came.

    Raises papermill's errors, and RenderError where the kernel ended or an output is an error that papermill passes.
    """
    from papermill import execute_notebook
    from papermill.translators import papermill_translators

    from hjforecast.reporting.engine import ENGINE
    from hjforecast.reporting.kernel import KERNEL_NAME

    papermill_translators.register("python", _readable_translator())
    # The user's own IPython profile and start-up files have no say in a report.
    os.environ["JUPYTER_RUNTIME_DIR"] = os.environ["IPYTHONDIR"] = task.private or str(task.folder)
    notebook = execute_notebook(
        _literal(task.notebook), _literal(task.folder / _EXECUTED), dict(task.parameters), engine_name=ENGINE,
        kernel_name=KERNEL_NAME, language="python", progress_bar=False, cwd=str(task.cwd or task.folder),
    )  # fmt: skip
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                raise RenderError(f"{output.ename}: {output.evalue}")
    notebook.cells = [cell for cell in notebook.cells if _is_for(cell, task.lang)]
    return notebook


def _is_for(cell: Any, lang: str) -> bool:
    """Tell whether a cell belongs in a report of this language: one tagged `lang-zh` or `lang-en` is in that one only."""
    meant = [tag for tag in cell.get("metadata", {}).get("tags", []) if tag.startswith("lang-")]
    return not meant or f"lang-{lang}" in meant


def _literal(path: Path) -> str:
    """Return a path with braces doubled: papermill fills in `{...}` of paths."""
    return str(path).replace("{", "{{").replace("}", "}}")


@lru_cache(maxsize=1)
def _readable_translator() -> Any:
    """Return a papermill translator that writes Chinese strings as they are, not as \\u escapes."""
    from papermill.translators import PythonTranslator

    class ReadableTranslator(PythonTranslator):
        """Python source for parameter values, strings by `repr`."""

        @classmethod
        def translate_escaped_str(cls, str_val: Any) -> str:
            """Return a text as Python writes it, Chinese left readable."""
            return repr(str(str_val))

    return ReadableTranslator


def _describe(error: Exception) -> str:
    """Return an error as text, its first line saying what happened."""
    name, value = getattr(error, "ename", type(error).__name__), getattr(error, "evalue", str(error))
    lines = "\n".join(getattr(error, "traceback", None) or []) if hasattr(error, "ename") else ""
    value = value.strip()
    text = value if isinstance(error, RenderError) else f"{name}: {value}" if value else name
    return _ANSI.sub("", f"{text}\n\n{lines}".strip())


def keep_partial(task: Task, message: str, details: str = "") -> Path | None:
    """Return the notebook as far as it came, with an error on top; None where not even that can be written.

    `details` are told where the message is a single line.
    """
    import nbformat

    executed = task.folder / _EXECUTED
    try:
        notebook = nbformat.read(executed if executed.exists() else task.notebook, as_version=4)
        told = message if "\n" in message else f"{message}\n\n{details}".strip()
        text = "\n".join(f"    {line}" for line in _ANSI.sub("", told).splitlines())
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell(f"# 渲染失败 / rendering failed\n\n{text}"))
        partial = task.folder / "failed.ipynb"
        nbformat.write(notebook, partial)
        return partial
    except Exception:
        return None
