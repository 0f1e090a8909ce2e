"""Render one report in a worker process: run the notebook through papermill, export it to each format.

Everything is written into the task's own folder; the runner moves finished files to where readers look.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from multiprocessing import parent_process
from pathlib import Path
from typing import Any

__all__ = ["EXPORTS", "Outcome", "RenderError", "Task", "prepare_worker", "render_report"]

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
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
    the earlier edition that the report tells its changes from, None for a first one.
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


def prepare_worker() -> None:
    """Set up a worker process: one BLAS thread, a quiet log, and an end when the runner's process ends."""
    for name in _THREAD_VARIABLES:
        os.environ[name] = "1"
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    # For the kernels too, which inherit it: figures are drawn without a window, whatever the user's backend.
    os.environ["MPLBACKEND"] = "agg"
    # jsonschema imports this grammar when it is there (1.3 s a process); no Jupyter schema needs it.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    for name in ("papermill", "nbclient", "nbconvert", "traitlets"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    """End this process when `parent` ends; its kernel then ends too. A killed run leaves nobody writing."""
    parent.join()
    os._exit(1)


def render_report(task: Task) -> Outcome:
    """Return what became of a task; every error is part of the outcome, so that other reports go on."""
    started, clock = time.time(), time.perf_counter()
    executed = task.folder / "executed.ipynb"
    try:
        notebook = run_notebook(task, executed)
        files, warnings = {}, []
        for name in task.formats:
            files[name], told = EXPORTS[name](notebook, task)
            warnings.extend(told)
        return Outcome(task.name, started, time.perf_counter() - clock, files, warnings=tuple(warnings))
    except Exception as error:
        message = _describe(error)
        partial = _keep_partial(task, executed, message, error)
        return Outcome(task.name, started, time.perf_counter() - clock, error=message, notebook=partial)


def run_notebook(task: Task, executed: Path) -> Any:
    """Return the executed notebook of a task, kept in `executed` cell by cell.

    Raises papermill's and nbclient's errors, and RenderError where an output is an error that they let pass.
    """
    from papermill import execute_notebook
    from papermill.translators import papermill_translators

    from hjforecast.reporting.kernel import KERNEL_NAME, OwnKernelManager

    papermill_translators.register("python", _readable_translator())
    with tempfile.TemporaryDirectory(prefix="hjf-", ignore_cleanup_errors=True) as private:
        # The user's own IPython profile and start-up files have no say in a report.
        os.environ["JUPYTER_RUNTIME_DIR"], os.environ["IPYTHONDIR"] = private, private
        notebook = execute_notebook(
            _literal(task.notebook), _literal(executed), dict(task.parameters), kernel_name=KERNEL_NAME,
            language="python", progress_bar=False, log_output=False, cwd=str(task.folder),
            kernel_manager_class=OwnKernelManager,
        )  # fmt: skip
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                raise RenderError(f"{output.ename}: {output.evalue}")
    return notebook


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
    text = value if isinstance(error, RenderError) else f"{name}: {value}"
    return _ANSI.sub("", f"{text}\n\n{lines}".strip())


def _keep_partial(task: Task, executed: Path, message: str, error: Exception) -> Path | None:
    """Return the notebook as far as it came, with the error on top; None where not even that can be written."""
    import nbformat

    try:
        source = executed if executed.exists() else task.notebook
        notebook = nbformat.read(source, as_version=4)
        if not message.count("\n"):
            message += "\n\n" + "".join(traceback.format_exception(error))
        text = "\n".join(f"    {line}" for line in _ANSI.sub("", message).splitlines())
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell(f"# 渲染失败 / rendering failed\n\n{text}"))
        partial = task.folder / "failed.ipynb"
        nbformat.write(notebook, partial)
        return partial
    except Exception:
        return None


def _export_html(notebook: Any, task: Task) -> tuple[Path, list[str]]:
    from hjforecast.reporting.page import report_page

    html, warnings = report_page(notebook, task.lang)
    path = task.folder / "report.html"
    path.write_text(html, encoding="utf-8", newline="\n")
    return path, warnings


EXPORTS: dict[str, Callable[[Any, Task], tuple[Path, list[str]]]] = {"html": _export_html}
"""How an executed notebook becomes a file, by format: each returns the file and its warnings."""
