"""The figure of the mid-term evaluation: each target's progress against the time gone by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hjforecast.evaluate_text import aim_name, records
from hjforecast.evaluate_words import class_name
from hjforecast.plan import Plan
from hjforecast.plots_canvas import GREY, INK, heading, new_figure, number, sentence, styled
from hjforecast.plots_labels import arrange
from hjforecast.plots_names import short, wrapped

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["progress_figure"]

_LOOKS = {
    "提前实现": ("#1F55D0", "D"),
    "快于预期": ("#2CA6CF", "^"),
    "符合预期": ("#6B6B6B", "o"),
    "滞后": ("#C0390B", "v"),
}
_WORDS = {
    "zh": {"axis": "已完成规划变动的比重，%", "time": "时间已过{}%", "name": "规划目标进度", "binding": "约束性", "expected": "预期性"},
    "en": {"axis": "share of the planned change done, %", "time": "time gone by {} %", "name": "Progress of the targets",
           "binding": "binding", "expected": "expected"},
}  # fmt: skip
_SHOWN = (-25.0, 125.0)
"""Progress that has a place of its own on the axis; what lies beyond is drawn at its end, with its number."""


def progress_figure(plan: Plan, found: pd.DataFrame, lang: str = "zh") -> Figure | None:
    """Draw a dot for each target's progress, with the time gone by as a line: binding targets first.

    Shape and colour tell the class. Targets that are only kept or not, and those without progress, are left out; None
    where nothing is left.
    """
    rows = [row for row in records(found) if row["basis"] not in ("", "bound", "none")]
    # One indicator with two comparators (2.5, and at least 2.5) makes the same dot twice.
    kept = list({(row["indicator"], row["measure"], row["target_year"], row["target"]): row for row in rows}.values())
    if not kept:
        return None
    with styled():
        figure = new_figure(1.15 + 0.26 * len(kept))
        _draw(figure.subplots(), plan, kept, found.attrs["year"], lang)
        arrange(figure)
    return figure


def _draw(ax: Axes, plan: Plan, rows: Sequence[Mapping[str, Any]], year: int, lang: str) -> None:
    words = _WORDS[lang]
    elapsed = 100.0 * min((year - plan.base_year) / (plan.target_year - plan.base_year), 1.0)
    for at, row in enumerate(rows):
        _draw_row(ax, at, row, elapsed)
    ax.axvline(elapsed, color=INK, linewidth=1.0, zorder=1)
    top: dict[str, Any] = {"textcoords": "offset points", "va": "bottom", "fontsize": 8, "color": INK}
    said = words["time"].format(number(elapsed, 0))
    ax.annotate(said, (elapsed, 1), (0, 3), xycoords=ax.get_xaxis_transform(), ha="center", **top)
    binding = sum(row["binding"] == "约束性" for row in rows)
    if 0 < binding < len(rows):
        ax.axhline(binding - 0.5, color=GREY, linewidth=0.6, linestyle=(0, (2, 2)))
    ax.set_yticks(range(len(rows)), [_row_name(plan, row, lang) for row in rows], fontsize=8, linespacing=1.0)
    ax.set_ylim(len(rows) - 0.4, -0.7)
    ax.set_xlim(_SHOWN[0] - 5.0, _SHOWN[1] + 20.0)
    ax.set_xticks([0, 20, 40, 60, 80, 100])
    ax.grid(False, axis="y")
    ax.grid(True, axis="x")
    heading(ax, words["axis"])
    ax.set_title(ax.get_title(loc="left"), loc="left", fontsize=9, pad=18, fontweight="normal", color=INK)
    _legend(ax, rows, lang)
    told = [f"{_aim(plan, row, lang)} {number(row['progress_pct'], 0)}%{_said(row, lang)}" for row in rows]
    figure: Any = ax.get_figure()
    figure.set_label(sentence(words["name"], words["axis"], [said, *told], lang))


def _draw_row(ax: Axes, at: int, row: Mapping[str, Any], elapsed: float) -> None:
    colour, marker = _LOOKS.get(row["class"], (GREY, "o"))
    place = min(max(row["progress_pct"], _SHOWN[0]), _SHOWN[1])
    ax.plot([0.0, place], [at, at], color=colour, linewidth=3.2, alpha=0.3, solid_capstyle="butt", zorder=2)
    ax.plot([place], [at], color=colour, marker=marker, markersize=5.5, linestyle="None", zorder=4)
    if abs(row["time_elapsed_pct"] - elapsed) > 0.1:  # the latest figure is of another year
        ax.plot([row["time_elapsed_pct"]] * 2, [at - 0.32, at + 0.32], color=INK, linewidth=1.0, zorder=3)
    ax.annotate(number(row["progress_pct"], 0), (1, at), (-2, 0), xycoords=ax.get_yaxis_transform(),
                textcoords="offset points", ha="right", va="center", fontsize=8, color=INK, in_layout=False)  # fmt: skip


def _aim(plan: Plan, row: Mapping[str, Any], lang: str) -> str:
    return short(aim_name(plan, row, lang), 68)


def _row_name(plan: Plan, row: Mapping[str, Any], lang: str) -> str:
    word = _WORDS[lang]["binding"]
    mark = (f"（{word}）" if lang == "zh" else f" ({word})") if row["binding"] == "约束性" else ""
    return wrapped(_aim(plan, row, lang) + mark, 44)


def _said(row: Mapping[str, Any], lang: str) -> str:
    return f"（{row['class']}）" if lang == "zh" else f" ({class_name(row['class'], 'en')})"


def _legend(ax: Axes, rows: Sequence[Mapping[str, Any]], lang: str) -> None:
    from matplotlib.lines import Line2D

    seen = {row["class"] for row in rows}
    keys = [
        Line2D([], [], color=colour, marker=marker, markersize=5.5, linestyle="None", label=class_name(word, lang))
        for word, (colour, marker) in _LOOKS.items() if word in seen
    ]  # fmt: skip
    ax.legend(handles=keys, loc="upper right", bbox_to_anchor=(1, -0.5 / len(rows) - 0.02), ncols=len(keys),
              handlelength=1, columnspacing=1.2, borderaxespad=0, fontsize=8)  # fmt: skip
