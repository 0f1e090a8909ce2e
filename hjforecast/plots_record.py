"""Figures of the record: what the last plan delivered, and how wide bands proved in backtests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hjforecast.plan import Plan
from hjforecast.plots_canvas import GREY, INK, heading, new_figure, number, plain_numbers, sentence, styled
from hjforecast.plots_labels import arrange, end_label, point_label
from hjforecast.plots_names import name_of
from hjforecast.plots_rows import column, name_rows, short_number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["coverage_figure", "delivery_figure", "draw_method", "method_looks"]

_WORDS = {
    "zh": {
        "ratio": "上一规划期兑现率",
        "unit": "规划为1",
        "growth": "年均增速",
        "change": "规划期累计变动",
        "expected": "本规划预计兑现率",
        "reference": "同类规划兑现率 {value}",
        "coverage": "80%区间的实际覆盖率",
        "horizon": "预测期（年）",
        "nominal": "名义覆盖率80%",
        "range": "hjforecast 各起点的最低值与最高值",
    },
    "en": {
        "ratio": "Delivery ratio, last plan",
        "unit": "plan = 1",
        "growth": "yearly growth",
        "change": "change over the plan",
        "expected": "expected of this plan",
        "reference": "comparable plans {value}",
        "coverage": "Outcomes inside the 80% band",
        "horizon": "years ahead",
        "nominal": "nominal 80%",
        "range": "hjforecast: lowest and highest origin",
    },
}
_COLUMNS = {"zh": ("规划", "完成", "兑现率", "观测数"), "en": ("plan", "outcome", "ratio", "n")}
_OFFSETS = {"zh": (44, 82, 118, 154), "en": (48, 90, 126, 144)}
_MARKERS = {"growth": "o", "change": "s"}
_COLOUR = "#1F55D0"
_TOP = 2.0
_OURS = "hjforecast"
# Okabe and Ito's colours for the methods we are compared with, each with a marker as the second cue.
_RIVALS = (("#E38A12", "s"), ("#2CA6CF", "^"), ("#3DAA6D", "v"), ("#9E2F0A", "D"), ("#70207F", "P"), ("#8A7A00", "X"))


def delivery_figure(plan: Plan, rows: pd.DataFrame, lang: str = "zh") -> Figure | None:
    """Draw delivered / planned of the last plan by indicator, highest first, with what is expected now (grey tick).

    `rows` is the table of `delivery(plan)`. Ratios above 2 or below 0 stand at the edge with an arrow. The lines are 1
    and the reference class of plans. None where the last plan left no record.
    """
    told = sorted(rows.to_dict("records"), key=lambda row: -row["ratio"])
    if not told:
        return None
    words = _WORDS[lang]
    names = [name_of(plan.indicator(row["indicator"]), lang) for row in told]
    with styled():
        figure = new_figure(1.0 + 0.265 * len(told))
        ax = figure.subplots()
        name_rows(ax, names, 44, size=8)
        _draw_delivery(ax, told)
        _delivery_columns(ax, told, lang)
        reference = plan.number("delivery_reference")
        ax.axvline(1.0, color=INK, linewidth=0.9, zorder=1)
        ax.axvline(reference, color=GREY, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
        heading(ax, words["unit"], words["ratio"], wrap_at=30)
        _delivery_key(figure, told, words["reference"].format(value=number(reference, 2)), lang)
        arrange(figure)
    ratios = [f"{name} {number(row['ratio'], 2)}" for name, row in zip(names, told, strict=True)]
    figure.set_label(sentence(words["ratio"], words["unit"], ratios, lang))
    return figure


def _draw_delivery(ax: Axes, rows: Sequence[Mapping[Any, Any]]) -> None:
    for at, row in enumerate(rows):
        ratio, marker = float(row["ratio"]), _MARKERS.get(row["basis"], "o")
        if not 0.0 <= ratio <= _TOP:
            marker, ratio = (">", _TOP) if ratio > _TOP else ("<", 0.0)
        ax.plot([row["expected"]], [at], "|", color=GREY, markersize=9, markeredgewidth=1.4, zorder=2)
        ax.plot([ratio], [at], marker, color=_COLOUR, markersize=6, zorder=3, clip_on=False)
    ax.set_xlim(0, _TOP)
    ax.set_xticks([0, 0.5, 1, 1.5, _TOP], ["0", "0.5", "1", "1.5", "2"])


def _delivery_columns(ax: Axes, rows: Sequence[Mapping[Any, Any]], lang: str) -> None:
    titles = _COLUMNS[lang]
    texts = (
        [short_number(float(row["planned"])) for row in rows],
        [short_number(float(row["delivered"])) for row in rows],
        [number(float(row["ratio"]), 2) for row in rows],
        [str(int(row["n"])) for row in rows],
    )
    for offset, title, cells, ink in zip(_OFFSETS[lang], titles, texts, (GREY, GREY, INK, GREY), strict=True):
        column(ax, offset, title, cells, ink)


def _delivery_key(figure: Figure, rows: Sequence[Mapping[Any, Any]], reference: str, lang: str) -> None:
    from matplotlib.lines import Line2D

    words, used = _WORDS[lang], {row["basis"] for row in rows}
    keys = [
        Line2D([], [], linestyle="", marker=marker, color=_COLOUR, markersize=6, label=words[basis])
        for basis, marker in _MARKERS.items() if basis in used
    ]  # fmt: skip
    keys.append(Line2D([], [], linestyle="", marker="|", color=GREY, markersize=9, label=words["expected"]))
    keys.append(Line2D([], [], linestyle=(0, (4, 3)), color=GREY, linewidth=0.9, label=reference))
    place: dict[str, Any] = {"loc": "outside upper left", "ncols": len(keys), "borderpad": 0}
    figure.legend(handles=keys, handlelength=1.4, handletextpad=0.4, columnspacing=1.4, fontsize=8, **place)


def coverage_figure(table: pd.DataFrame, lang: str = "zh") -> Figure | None:
    """Draw the share of outcomes (%) inside each method's 80 % band by years ahead, pooled over origins by their n.

    `table` is that of `backtest`: columns method, origin, horizon, n and coverage80 (0 to 1). The shade is the range
    of our own rule over origins, for one pooled figure would hide its bad years. None where nothing was tested.
    """
    pooled = _pooled(table)
    if not pooled:
        return None
    words = _WORDS[lang]
    with styled():
        figure = new_figure(3.4)
        ax = figure.subplots()
        _draw_range(ax, table, words["range"])
        looks = method_looks(pooled)
        for method, found in pooled.items():
            draw_method(ax, method, found, *looks[method])
        _coverage_axes(ax, sorted({horizon for found in pooled.values() for horizon in found}), lang)
        arrange(figure)
    told = [
        f"{method} " + ", ".join(f"{horizon}: {share:.0f}" for horizon, share in found.items())
        for method, found in pooled.items()
    ]
    figure.set_label(sentence(words["coverage"], "%", told, lang))
    return figure


def _tested(table: pd.DataFrame) -> list[Mapping[Any, Any]]:
    """Return the rows of single origins that have a coverage."""
    return [
        row for row in table.to_dict("records")
        if str(row["origin"]).isdigit() and row["n"] > 0 and np.isfinite(row["coverage80"])
    ]  # fmt: skip


def _pooled(table: pd.DataFrame) -> dict[str, dict[int, float]]:
    """Return coverage (%) by method and horizon over all origins, weighted by n; our own rule comes last, on top."""
    sums: dict[str, dict[int, list[float]]] = {}
    for row in _tested(table):
        pair = sums.setdefault(str(row["method"]), {}).setdefault(int(row["horizon"]), [0.0, 0.0])
        pair[0] += row["n"] * row["coverage80"]
        pair[1] += row["n"]
    order = sorted(sums, key=lambda method: (method == _OURS, method))
    return {name: {at: 100.0 * sums[name][at][0] / sums[name][at][1] for at in sorted(sums[name])} for name in order}


def method_looks(methods: Mapping[str, object]) -> dict[str, tuple[str, str]]:
    """Return a colour and a marker for each method, our own in blue."""
    rivals = [name for name in methods if name != _OURS]
    return {_OURS: (_COLOUR, "o"), **{name: _RIVALS[at % len(_RIVALS)] for at, name in enumerate(rivals)}}


def draw_method(ax: Axes, method: str, found: Mapping[int, float], colour: str, marker: str, decimals: int = 0) -> None:
    """Draw one method's scores (by years ahead, or by origin), labelled at its end with the last of them."""
    from hjforecast.plots_canvas import Look

    ours, (years, scores) = method == _OURS, (list(found), list(found.values()))
    line: dict[str, Any] = {"linewidth": 2.4 if ours else 1.3, "zorder": 4 if ours else 3, "clip_on": False}
    ax.plot(years, scores, color=colour, marker=marker, markersize=4.5, **line)
    text = f"{method} {number(scores[-1], decimals)}"
    end_label(ax, years[-1], scores[-1], text, Look(colour, "-", marker).ink, bold=ours)


def _draw_range(ax: Axes, table: pd.DataFrame, label: str) -> None:
    ours: dict[int, list[float]] = {}
    for row in _tested(table):
        if row["method"] == _OURS:
            ours.setdefault(int(row["horizon"]), []).append(100.0 * row["coverage80"])
    years = sorted(ours)
    if any(len(found) > 1 for found in ours.values()):
        low, high = [min(ours[year]) for year in years], [max(ours[year]) for year in years]
        ax.fill_between(years, low, high, color=_COLOUR, alpha=0.14, linewidth=0, zorder=1)
        middle = years[(len(years) - 1) // 2]
        point_label(ax, middle, low[years.index(middle)], label, _COLOUR, size=7.5, side="below")


def _coverage_axes(ax: Axes, horizons: Sequence[int], lang: str) -> None:
    words = _WORDS[lang]
    ax.axhline(80, color=INK, linewidth=1.0, linestyle=(0, (4, 3)), zorder=2)
    ax.set_xticks(horizons)
    ax.set_xlim(horizons[0] - 0.15, horizons[-1] + 0.02)
    ax.set_ylim(0, 104)
    plain_numbers(ax)
    point_label(ax, horizons[0] + 0.1 * (horizons[-1] - horizons[0]), 80, words["nominal"], INK, side="above")
    heading(ax, "%", words["coverage"])
    ax.set_xlabel(words["horizon"])
