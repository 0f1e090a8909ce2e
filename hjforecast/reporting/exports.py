"""The formats that a report comes in: how an executed notebook becomes a file, and what each format needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hjforecast.reporting.render import Task

__all__ = ["EXPORTS", "FORMATS", "missing_libraries"]

_NEEDS: Mapping[str, tuple[str, ...]] = {
    "html": (),
    "docx": ("pypandoc", "docx", "typst"),
    "pdf": ("pypandoc", "typst"),
    "xlsx": ("pypandoc", "xlsxwriter"),
}
FORMATS = tuple(_NEEDS)
"""The formats, in the order in which the index links them."""


def missing_libraries(formats: tuple[str, ...]) -> list[str]:
    """Return the modules that these formats need and that are not installed (extra `publish`)."""
    needed = dict.fromkeys(name for kind in formats for name in _NEEDS[kind])
    return [name for name in needed if find_spec(name) is None]


def _export_html(notebook: Any, task: Task) -> tuple[Path, list[str]]:
    from hjforecast.reporting.page import report_page

    html, warnings = report_page(notebook, task.lang)
    path = task.folder / "report.html"
    path.write_text(html, encoding="utf-8", newline="\n")
    return path, warnings


def _export_docx(notebook: Any, task: Task) -> tuple[Path, list[str]]:
    from hjforecast.reporting.word import write_docx

    path = task.folder / "report.docx"
    return path, write_docx(notebook, path, task.lang)


def _export_pdf(notebook: Any, task: Task) -> tuple[Path, list[str]]:
    from hjforecast.reporting.pdf import write_pdf

    path = task.folder / "report.pdf"
    return path, write_pdf(notebook, path, task.lang)


def _export_xlsx(notebook: Any, task: Task) -> tuple[Path, list[str]]:
    from hjforecast.reporting.workbook import write_xlsx

    path = task.folder / "report.xlsx"
    return path, write_xlsx(notebook, path, task.lang)


EXPORTS: dict[str, Callable[[Any, Task], tuple[Path, list[str]]]] = {
    "html": _export_html,
    "docx": _export_docx,
    "pdf": _export_pdf,
    "xlsx": _export_xlsx,
}
"""How an executed notebook becomes a file, by format: each returns the file and its warnings."""
