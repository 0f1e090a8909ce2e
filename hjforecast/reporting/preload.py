"""What workers and kernels of reports import, and caches that fill with the same content for every report."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import hjforecast

__all__ = ["preload"]

_LIBRARIES = (
    "IPython.display", "ipykernel.kernelapp", "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg",
    "matplotlib.figure", "matplotlib.style", "numpy", "papermill.execute", "pandas",
)  # fmt: skip
_OWN = ("report", "plots", "text", "tables")


def preload() -> None:
    """Import what every report needs, and make what does not depend on a report: fonts, templates, the exporter."""
    for name in (*_LIBRARIES, *_own_modules()):
        import_module(name)
    from nbformat.v4 import new_notebook

    from hjforecast.fonts import register
    from hjforecast.plots_canvas import styled
    from hjforecast.reporting import engine, page  # noqa: F401

    register()
    with styled():
        pass
    page.report_page(new_notebook(), "zh")


def _own_modules() -> list[str]:
    """Return the modules of this package that notebooks show things with, by how their names begin."""
    found = (module.name for module in pkgutil.iter_modules(hjforecast.__path__) if not module.ispkg)
    return [f"hjforecast.{name}" for name in found if name.startswith(_OWN)]
