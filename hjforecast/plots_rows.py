"""Charts of one row an item: names at the left, columns of figures at the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hjforecast.plots_canvas import GREY, INK, WIDTH
from hjforecast.plots_names import wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["column", "name_rows", "short_number"]

_MOST = 0.32 * 72 * WIDTH
"""Points that the names of rows should take at most; a tenth more is let be."""


def name_rows(
    ax: Axes, names: Sequence[str], limit: int, size: float = 9, *, parts: Sequence[bool] = (), lead: str = ""
) -> None:
    """Name the rows of an axes (row 0 at the top), left-aligned in a column of their own.

    Names are wrapped at `limit` columns, or at fewer where they would take too much of the figure. The `parts` of the
    row above them are smaller and grey, after a `lead`.
    """
    parts = parts or [False] * len(names)
    widest = _name(
        ax, [lead * part + wrapped(name, limit) for name, part in zip(names, parts, strict=True)], size, parts
    )
    if widest > 1.1 * _MOST:
        limit = int(limit * _MOST / widest)
        widest = _name(
            ax, [wrapped(lead * part + name, limit) for name, part in zip(names, parts, strict=True)], size, parts
        )
    ax.tick_params(axis="y", pad=widest + 4)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.grid(False, axis="y")
    ax.grid(True, axis="x")


def _name(ax: Axes, names: Sequence[str], size: float, parts: Sequence[bool]) -> float:
    """Write the names of the rows; return the width of the widest in points."""
    ax.set_yticks(range(len(names)), list(names))
    labels = ax.get_yticklabels()
    for label, part in zip(labels, parts, strict=True):
        label.set(ha="left", color=GREY if part else INK, fontsize=size - part, linespacing=1.0)
    figure: Any = ax.get_figure()
    return max(label.get_window_extent(figure.canvas.get_renderer()).width for label in labels) * 72 / figure.dpi


def column(ax: Axes, offset: float, title: str, texts: Sequence[str], colour: str = INK, size: float = 8) -> None:
    """Write a column of figures right of an axes, its right edge `offset` points from it, with its title on top."""
    place: dict[str, Any] = {"textcoords": "offset points", "ha": "right", "annotation_clip": False, "fontsize": size}
    ax.annotate(title, (1, 1), (offset, 6), xycoords="axes fraction", va="bottom", color=GREY, **place)
    # The title alone makes room for the column: its figures stand beside their rows, none further out.
    place |= {"xycoords": ax.get_yaxis_transform(), "va": "center", "in_layout": False}
    for at, text in enumerate(texts):
        ax.annotate(text, (1, at), (offset, 0), color=colour, **place)


def short_number(value: float, decimals: int = 3) -> str:
    """Return a number with as many decimals as it has, at most `decimals`, and a true minus sign."""
    text = f"{value:,.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text.replace("-", "−")
