"""The figure of the urbanization norm: how fast peers moved at each share, and what that makes of a plan's own path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hjforecast.plan import Plan
from hjforecast.plots_canvas import GREY, INK, heading, new_figure, number, plain_numbers, sentence, styled, year_axis
from hjforecast.plots_labels import arrange, end_label, point_label

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["norm_figure"]

_WORDS = {
    "zh": {
        "speed": "城镇化率年均变动",
        "points": "个百分点",
        "share": "期初城镇化率（%）",
        "usual": "同类标准",
        "range": "八成县级单位",
        "own": "自身速度不变",
        "model": "模型路径",
        "norm": "只按同类标准",
        "path": "常住人口城镇化率",
        "year": "年份",
        "mine": "本规划自身速度 {value}",
        "target": "{year}年目标 {value}",
    },
    "en": {
        "speed": "Change of the urban share a year",
        "points": "points",
        "share": "urban share at the start (%)",
        "usual": "peer norm",
        "range": "80% of county units",
        "own": "own speed held",
        "model": "as modelled",
        "norm": "norm alone",
        "path": "Urban share",
        "year": "year",
        "mine": "this plan's own speed {value}",
        "target": "target {year}: {value}",
    },
}
_BLUE, _BROWN, _GREEN = "#1F55D0", "#9E2F0A", "#2E7D4F"


def norm_figure(speeds: pd.DataFrame, paths: pd.DataFrame, plan: Plan, lang: str = "zh") -> Figure:
    """Draw the norm, and below it a plan's share with its own speed held, by the norm alone, and as modelled.

    `speeds` is `norm_speeds()`, `paths` is `urban_paths(plan)`; the lower panel is left out where that is empty.
    """
    words = _WORDS[lang]
    with styled():
        figure = new_figure(5.6 if len(paths) else 3.1)
        axes = figure.subplots(2 if len(paths) else 1, 1, squeeze=False).ravel()
        _draw_norm(axes[0], speeds, words)
        if len(paths):
            _mark_own(axes[0], paths, words)
            _draw_paths(axes[1], paths, plan, lang)
        arrange(figure)
    told = [f"{row['share']:.0f}%: {number(row['usual'], 2)}" for row in speeds.iloc[::5].to_dict("records")]
    figure.set_label(sentence(words["speed"], words["points"], told, lang))
    return figure


def _draw_norm(ax: Axes, speeds: pd.DataFrame, words: dict[str, str]) -> None:
    ax.fill_between(speeds["share"], speeds["low"], speeds["high"], color=_BLUE, alpha=0.14, linewidth=0)
    ax.plot(speeds["share"], speeds["usual"], color=_BLUE, linewidth=2.0)
    ax.axhline(0, color=INK, linewidth=0.8, zorder=1)
    middle = speeds.iloc[len(speeds) // 4]
    point_label(ax, middle["share"], middle["usual"], words["usual"], _BLUE, side="below")
    point_label(ax, middle["share"], middle["high"], words["range"], GREY, side="above")
    ax.set_xlim(float(speeds["share"].min()), float(speeds["share"].max()))
    plain_numbers(ax)
    heading(ax, words["points"], words["speed"])
    ax.set_xlabel(words["share"])


def _mark_own(ax: Axes, paths: pd.DataFrame, words: dict[str, str]) -> None:
    """Mark the plan's own share and how far its own speed, held, would take it in ten years."""
    start, years = float(paths["own"].iloc[0]), min(10, len(paths) - 1)
    if not years:
        return
    speed = (float(paths["own"].iloc[years]) - start) / years
    ax.plot([start], [speed], "D", color=_BROWN, markersize=7, zorder=5, clip_on=False)
    point_label(ax, start, speed, words["mine"].format(value=number(speed, 2)), _BROWN, side="above")


def _draw_paths(ax: Axes, paths: pd.DataFrame, plan: Plan, lang: str) -> None:
    words = _WORDS[lang]
    looks: dict[str, tuple[str, Any, float]] = {
        "own": (_BROWN, (0, (4, 2)), 1.4), "norm": (_BLUE, (0, (1, 1.2)), 1.6), "model": (_GREEN, "-", 2.2),
    }  # fmt: skip
    years = paths["year"].tolist()
    year_axis(ax, plan, years[0], years[-1], lang)
    for name, (colour, dashes, width) in looks.items():
        ax.plot(years, paths[name], color=colour, linestyle=dashes, linewidth=width)
        last = float(paths[name].iloc[-1])
        end_label(ax, years[-1], last, f"{words[name]} {number(last, 1)}", colour, bold=name == "model")
    target = plan.target("urbanization")
    if target is not None and target.level is not None and target.target_year <= years[-1]:
        year, level = target.target_year, float(target.level)
        ax.plot([year], [level], "D", color=INK, markerfacecolor="white", markersize=6, zorder=5)
        text = words["target"].format(year=year, value=number(level, target.level.decimals))
        point_label(ax, year, level, text, INK, side="above")
    plain_numbers(ax)
    heading(ax, "%", words["path"])
    ax.set_xlabel(words["year"])
