"""What every page imports and computes alike, done once before any visitor comes."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

__all__ = ["warm"]

_MODULES = (
    "IPython.display", "ipykernel.kernelapp", "ipywidgets", "matplotlib.backends.backend_svg",
    "hjforecast.dashboard.page", "hjforecast.controls", "hjforecast.report_live",
)  # fmt: skip


def warm(plan_dir: Path | None) -> None:
    """Import what a page needs and draw once: fonts and styles are read, and glyphs' outlines are kept."""
    for name in _MODULES:
        import_module(name)
    from hjforecast.errors import HjforecastError
    from hjforecast.live import Live
    from hjforecast.loading import load_plan
    from hjforecast.report_live import LiveReport

    try:
        plan = load_plan(plan_dir)
        for lang in ("zh", "en"):
            LiveReport(Live(plan, next(iter(plan.scenarios)), draws=2), lang).drawn("gdp")
    except (HjforecastError, OSError, StopIteration):
        return  # the page itself says what is wrong
