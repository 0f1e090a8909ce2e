"""Where the built-in plan and notebooks lie: inside the wheel, or beside the package in a checkout."""

from __future__ import annotations

from pathlib import Path

__all__ = ["builtin_notebook_dir", "builtin_plan_dir"]


def _find(name: str) -> Path:
    package = Path(__file__).parent
    return package / name if (package / name).is_dir() else package.parent / name


def builtin_plan_dir() -> Path:
    """Return the directory of the built-in plan."""
    return _find("data")


def builtin_notebook_dir() -> Path:
    """Return the directory of the notebook templates."""
    return _find("notebooks")
