"""The pieces that time charts are made of: path, history, target; and what they say in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hjforecast.plan import Plan
from hjforecast.plots_canvas import GREY, INK, Look, number, sentence
from hjforecast.plots_fans import interval, range_text
from hjforecast.plots_labels import point_label
from hjforecast.plots_names import name_of, title_of
from hjforecast.projection import Projection
from hjforecast.run import full_goal, target_base
from hjforecast.unit_names import unit_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "decimals_of",
    "draw_arrival",
    "draw_history",
    "draw_path",
    "draw_target",
    "known",
    "points",
    "summary",
    "target_level",
    "yearly_growth",
]

_MARK = {"zh": {"derived": "（推算）", "assumed": "（假定）"}, "en": {"derived": " (derived)", "assumed": " (assumed)"}}
_TARGET = {"zh": "目标 ", "en": "target "}
_SIGN = {">=": "≥", "<=": "≤", ">": ">", "~": "约"}


def known(projection: Projection, name: str) -> bool:
    """Return whether a projection has any path of an indicator after its base year."""
    return name in projection.plan.indicators and bool(np.isfinite(projection.central[name][1:]).any())


def points(projection: Projection, name: str) -> dict[int, float]:
    """Return an indicator's values by year, in its unit; empty where the plan has none or no such indicator."""
    if name not in projection.plan.indicators:
        return {}
    years, values = projection.series(name)
    return dict(zip(years.tolist(), values.tolist(), strict=True))


def decimals_of(projection: Projection, name: str, value: float) -> int:
    """Return how many decimals a label shows: the indicator's, but one at most from 10 on and none from 1,000 on."""
    most = 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 2
    return min(projection.plan.indicator(name).decimals, most)


def yearly_growth(projection: Projection, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return years and growth (%) of a level from one projected year to the next; gaps in years are left out."""
    years, values = projection.series(name)
    if years.size < 2:
        return np.array([], dtype=int), np.array([])
    next_to = (np.diff(years) == 1) & (years[1:] > projection.years[0]) & (values[:-1] > 0)
    return years[1:][next_to], 100.0 * (values[1:][next_to] / values[:-1][next_to] - 1.0)


def draw_path(
    ax: Axes, projection: Projection, name: str, look: Look, *, width: float = 1.8, first: int = 0, dashed: bool = False
) -> tuple[list[int], list[float]]:
    """Draw an indicator's projected path from the `first` year after the base year (0: the base year itself).

    A path that rests on an assumed figure is drawn like any other: reports mark it in words. With `dashed` the
    scenario's own dashes and marker are the second cue beside its colour. Returns the years and values drawn.
    """
    start = int(projection.years[0]) + first
    found = [(year, value) for year, value in points(projection, name).items() if year >= start]
    years, values = [year for year, _ in found], [value for _, value in found]
    (line,) = ax.plot(years, values, color=look.colour, linewidth=width, zorder=3, clip_on=False)
    if len(years) == 1:
        line.set(marker=look.marker or "o", markersize=4.2)
    elif dashed:
        marked = [at for at, year in enumerate(years) if year % 5 == 0 and at > 0]
        line.set(linestyle=look.dashes, marker=look.marker, markersize=3.2, markevery=marked)
    return years, values


def draw_history(ax: Axes, projection: Projection, name: str, lang: str, side: str = "") -> None:
    """Draw an indicator's observations, the base year's with its value, and the first too where it has no `side`.

    Full dots are reported figures, open ones derived or assumed, which their label says. The dotted line between
    them only guides the eye. `side` is where labels go if they can: above, below or left.
    """
    seen = projection.plan.history(name)
    if not seen:
        return
    before = [year for year in seen if year <= projection.plan.base_year]
    ax.plot(before, [float(seen[year].value) for year in before], color=GREY, linewidth=0.8, linestyle=(0, (1, 2)))
    for year, one in seen.items():
        fill = INK if one.status == "reported" else "white"
        ax.plot([year], [float(one.value)], "o", color=INK, markerfacecolor=fill, markersize=4.2, zorder=5)
    for year in sorted({before[-1] if side else before[0], before[-1]} if before else ()):
        text = number(float(seen[year].value), seen[year].value.decimals)
        point_label(ax, year, float(seen[year].value), text + _MARK[lang].get(seen[year].status, ""), INK, side=side)


def target_level(plan: Plan, name: str) -> tuple[float, int] | None:
    """Return an indicator's target as a level in its unit, with decimals; None where the plan sets none.

    A printed growth or cumulative change is applied to the base-year figure; not where the level is at current prices
    and the growth a real one (`compound`).
    """
    target, item, base = plan.target(name), plan.indicator(name), plan.base(name)
    if target is None or (item.form == "compound" and target.level is None):
        return None
    start = target_base(plan, item, target, float(base.value) / item.scale if base else np.nan)
    level = full_goal(item, target, start)
    if level is None:
        return None
    return level * item.scale, target.level.decimals if target.level is not None else item.decimals


def draw_target(ax: Axes, projection: Projection, name: str, lang: str) -> None:
    """Draw an indicator's target as an open diamond with its value, where the plan sets one."""
    target, level = projection.plan.target(name), target_level(projection.plan, name)
    if target is None or level is None:
        return
    ax.plot([target.target_year], [level[0]], "D", color=INK, markerfacecolor="none", markersize=6.5, zorder=6)
    sign = _SIGN.get(target.comparator, "")
    sign = "about " if sign == "约" and lang != "zh" else sign
    point_label(ax, target.target_year, level[0], f"{_TARGET[lang]}{sign}{number(*level)}", INK)


def draw_arrival(ax: Axes, projection: Projection, name: str, look: Look) -> None:
    """Mark where the path stands in the target year, unless it stands on the target, which is marked already."""
    year, level = projection.plan.target_year, target_level(projection.plan, name)
    value = points(projection, name).get(year)
    if value is None or (level is not None and number(value, level[1]) == number(*level)):
        return
    ax.plot([year], [value], "o", color=look.colour, markersize=4.2, zorder=5)
    text = number(value, decimals_of(projection, name, value))
    point_label(ax, year, value, text, look.ink, side="above" if level is not None and value > level[0] else "below")


def summary(projection: Projection, others: Sequence[Projection], name: str, lang: str) -> str:
    """Return a figure's main numbers as a sentence: each scenario's base, target-year and last values."""
    plan, item = projection.plan, projection.plan.indicator(name)
    told = []
    for one in (projection, *others):
        values = points(one, name)
        years = [year for year in (plan.base_year, plan.target_year, int(one.years[-1])) if year in values]
        figures = [
            f"{year} {number(values[year], item.decimals)}{_interval(one, name, year, lang)}"
            for year in dict.fromkeys(years)
        ]
        told.append(f"{title_of(one, lang)} " + ("，" if lang == "zh" else ", ").join(figures))
    return sentence(name_of(item, lang), unit_name(item.unit, lang), told, lang)


def _interval(projection: Projection, name: str, year: int, lang: str) -> str:
    found = interval(projection, name, year)
    if found is None:
        return ""
    text = range_text(*found, projection.plan.indicator(name).decimals, lang)
    return f"（80%区间{text}）" if lang == "zh" else f" (80% interval {text})"
