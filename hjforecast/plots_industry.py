"""Figures of the industry chains: from base to target, and how the assumed base bears on the growth required."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hjforecast.industry import required_growth
from hjforecast.plots_canvas import (
    GREY,
    INK,
    heading,
    look_of,
    new_figure,
    number,
    plain_numbers,
    sentence,
    styled,
)
from hjforecast.plots_fans import interval
from hjforecast.plots_labels import arrange, point_label
from hjforecast.plots_names import NARROW, name_of, title_of
from hjforecast.plots_rows import name_rows
from hjforecast.plots_series import points, target_level, yearly_growth
from hjforecast.projection import Projection
from hjforecast.unit_names import unit_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["chain_base_figure", "chains_figure"]

_WORDS = {
    "zh": {
        "assumed": "{year}年假定基期",
        "base": "{year}年基期",
        "value": "{year}年测算（{title}）",
        "target": "{year}年目标",
        "likely": "80%区间",
        "part": "　其中：",
        "required": "达到{year}年目标所需年均增速",
        "share": "{year}年基期占目标的比重（%）",
        "chains": "{n} 条产业链",
        "gdp": "地区生产总值现价年均增长 {rate}%（{title}）",
        "assumed_base": "假定基期",
        "printed_base": "基期",
        "mark": "{what}：{base}为目标的 {share}%，\n须年均增长 {growth}%",
        "join": "、",
    },
    "en": {
        "assumed": "{year}, assumed base",
        "base": "{year} base",
        "value": "{year} ({title})",
        "target": "{year} target",
        "likely": "80% interval",
        "part": "  of which: ",
        "required": "Yearly growth required to reach the {year} target",
        "share": "Base of {year} as a share of the target (%)",
        "chains": "{n} chains",
        "gdp": "GDP growth, nominal: {rate}% ({title})",
        "assumed_base": "assumed base",
        "printed_base": "base",
        "mark": "{what}: {base} {share}% of the target,\nrequires {growth}% a year",
        "join": ", ",
    },
}
_COLUMNS = {"zh": ("基期", "测算", "目标"), "en": ("base", "path", "target")}


@dataclass(frozen=True)
class _Chain:
    """One row of the chart; figures in the indicator's unit, None where there is none."""

    id: str
    part: bool
    base: float | None
    assumed: bool
    value: float | None
    target: float | None
    decimals: int
    likely: tuple[float, float] | None = None

    @property
    def reach(self) -> float:
        """The largest figure drawn."""
        return max(one for one in (self.base, self.value, self.target, *(self.likely or ())) if one is not None)


def _chains(projection: Projection) -> list[_Chain]:
    """Return the chains, largest target first, each followed by its parts."""
    plan = projection.plan
    rows = {name: _chain(projection, name) for name, item in plan.indicators.items() if item.is_chain}
    rows = {name: row for name, row in rows.items() if row.target is not None or row.value is not None}
    order = sorted(rows, key=lambda name: -(rows[name].target or rows[name].value or 0.0))
    tops = [name for name in order if not rows[name].part]
    return [rows[one] for top in tops for one in (top, *(name for name in order if _parent(rows, plan, name) == top))]


def _parent(rows: dict[str, _Chain], plan: Any, name: str) -> str:
    return plan.indicators[name].parent if rows[name].part else ""


def _chain(projection: Projection, name: str) -> _Chain:
    plan, values = projection.plan, points(projection, name)
    item, level = plan.indicator(name), target_level(plan, name)
    parent = plan.indicators.get(item.parent)
    return _Chain(
        name, parent is not None and parent.is_chain, values.get(plan.base_year),
        projection.status_of(name, plan.base_year) == "assumed", values.get(plan.target_year),
        level[0] if level else None, item.decimals, interval(projection, name, plan.target_year),
    )  # fmt: skip


def chains_figure(projection: Projection, lang: str = "zh") -> Figure | None:
    """Draw each chain from its base (open where assumed) to its target-year value, beside its target (diamond).

    Output in the chains' unit (亿元). Largest target first; parts stand under their chain and are not added to it.
    With draws a thin bar holds 80 % of them. None where the plan has no chain with a figure or target.
    """
    rows = _chains(projection)
    if not rows:
        return None
    with styled():
        figure = new_figure(1.0 + 0.31 * len(rows))
        ax = figure.subplots()
        for at, row in enumerate(rows):
            _draw_chain(ax, at, row, look_of(projection).colour)
        _chain_axes(ax, projection, rows, lang)
        _chain_key(figure, projection, rows, lang)
        arrange(figure)
    figure.set_label(_chain_label(projection, rows, lang))
    return figure


def _draw_chain(ax: Axes, at: int, row: _Chain, colour: str) -> None:
    ends = [one for one in (row.base, row.value) if one is not None]
    ax.plot(ends, [at] * len(ends), color=colour, linewidth=1.2 if row.part else 2.2, alpha=0.45, zorder=2)
    if row.likely is not None:
        ax.plot(row.likely, [at, at], "|-", color=colour, linewidth=1.0, markersize=6, zorder=2)
    size = 4.5 if row.part else 6.5
    if row.base is not None:
        ax.plot(
            [row.base], [at], "o", color=INK, markerfacecolor="white" if row.assumed else INK, markersize=size, zorder=3
        )
    if row.value is not None:
        ax.plot([row.value], [at], "o", color=colour, markersize=size, zorder=4)
    if row.target is not None:
        ax.plot([row.target], [at], "D", color=INK, markerfacecolor="none", markersize=size + 2.5, zorder=5)


def _chain_axes(ax: Axes, projection: Projection, rows: Sequence[_Chain], lang: str) -> None:
    plan, words = projection.plan, _WORDS[lang]
    names, parts = [name_of(plan.indicator(row.id), lang) for row in rows], [row.part for row in rows]
    name_rows(ax, names, 34, parts=parts, lead=words["part"])
    ax.set_ylim(len(rows) - 0.4, -0.7)
    ax.set_xlim(0, 1.06 * max(row.reach for row in rows))
    plain_numbers(ax, "x")
    heading(ax, unit_name(plan.indicator(rows[0].id).unit, lang))
    _columns(ax, rows, look_of(projection).ink, _COLUMNS[lang])


def _columns(ax: Axes, rows: Sequence[_Chain], colour: str, names: Any) -> None:
    """Write base, value and target as three columns right of the chart."""
    for column, (name, field, ink) in enumerate(
        zip(names, ("base", "value", "target"), (GREY, colour, INK), strict=True)
    ):
        x = 34 + 38 * column
        place: dict[str, Any] = {"textcoords": "offset points", "ha": "right", "annotation_clip": False, "color": ink}
        ax.annotate(name, (1, 1), (x, 6), xycoords="axes fraction", va="bottom", fontsize=8, **place)
        for at, row in enumerate(rows):
            if (value := getattr(row, field)) is not None:
                text, size = number(value, row.decimals), 8 if row.part else 9
                # The column's name makes room for it.
                ax.annotate(
                    text, (1, at), (x, 0), xycoords=ax.get_yaxis_transform(), va="center", fontsize=size,
                    in_layout=False, **place,
                )  # fmt: skip


def _chain_key(figure: Figure, projection: Projection, rows: Sequence[_Chain], lang: str) -> None:
    from matplotlib.lines import Line2D

    plan, words, look = projection.plan, _WORDS[lang], look_of(projection)
    title = title_of(projection, lang, NARROW)
    value, target = (words[key].format(year=plan.target_year, title=title) for key in ("value", "target"))
    based = [row.assumed for row in rows if row.base is not None]
    keys = [
        (any(based), "o", INK, "white", words["assumed"].format(year=plan.base_year)),
        (not all(based), "o", INK, INK, words["base"].format(year=plan.base_year)),
        (any(row.value for row in rows), "o", look.colour, look.colour, value),
        (any(row.target for row in rows), "D", INK, "none", target),
    ]
    handles = [
        Line2D([], [], linestyle="", marker=marker, color=colour, markerfacecolor=face, markersize=6.5, label=text)
        for used, marker, colour, face, text in keys if used
    ]  # fmt: skip
    if any(row.likely for row in rows):
        handles.append(
            Line2D([], [], linestyle="", marker="_", color=look.colour, markersize=13, label=words["likely"])
        )
    figure.legend(
        handles=handles, loc="outside upper left", ncols=len(handles), handletextpad=0.1, columnspacing=1.6, borderpad=0
    )


def _chain_label(projection: Projection, rows: Sequence[_Chain], lang: str) -> str:
    plan = projection.plan
    told = []
    for row in rows:
        figures = [number(one, row.decimals) if one is not None else "—" for one in (row.base, row.value, row.target)]
        told.append(f"{name_of(plan.indicator(row.id), lang)} {' / '.join(figures)}")
    unit, columns = unit_name(plan.indicator(rows[0].id).unit, lang), " / ".join(_COLUMNS[lang])
    return sentence(columns, unit, told, lang)


def chain_base_figure(projection: Projection, lang: str = "zh") -> Figure | None:
    """Draw the yearly growth (%) that reaches a target against the base as a share of it (%, 50 to 90).

    g = (target / base)^(1/n) - 1 depends on the share alone, so one curve serves all chains; the bases in force are
    marked on it, and GDP's nominal growth in this scenario is drawn for comparison. None where no chain has both a
    base and a target.
    """
    rows = [row for row in _chains(projection) if row.base and row.target]
    if not rows:
        return None
    plan, words = projection.plan, _WORDS[lang]
    years = plan.target_year - plan.base_year
    with styled():
        figure = new_figure(3.3)
        ax = figure.subplots()
        found = {round(100.0 * row.base / row.target, 1) for row in rows}  # type: ignore[operator]
        shares = np.linspace(min(50.0, *found), max(90.0, *found), 81)
        ax.plot(shares, 100.0 * required_growth(shares, 100.0, years), color=look_of(projection).colour, zorder=3)
        told = [_mark_bases(ax, projection, rows, share, years, lang) for share in sorted(found)]
        _draw_gdp_growth(ax, projection, shares, lang)
        ax.set_xlim(shares[0], shares[-1])
        ax.set_ylim(0, None)
        plain_numbers(ax)
        plain_numbers(ax, "x", 8)
        heading(ax, "%", words["required"].format(year=plan.target_year))
        ax.set_xlabel(words["share"].format(year=plan.base_year))
        arrange(figure)
    told = [one.replace("\n", "" if lang == "zh" else " ") for one in told]
    figure.set_label(sentence(words["required"].format(year=plan.target_year), "%", told, lang))
    return figure


def _mark_bases(ax: Axes, projection: Projection, rows: Sequence[_Chain], share: float, years: int, lang: str) -> str:
    """Mark the bases of one share of their target; return what the label says."""
    words = _WORDS[lang]
    here = [row for row in rows if round(100.0 * row.base / row.target, 1) == share]  # type: ignore[operator]
    growth = 100.0 * float(required_growth(share, 100.0, years))
    assumed = all(row.assumed for row in here)
    ax.plot([share], [growth], "o", color=INK, markerfacecolor="white" if assumed else INK, markersize=7, zorder=5)
    names = [name_of(projection.plan.indicator(row.id), lang, 40) for row in here]
    what = words["join"].join(names) if len(here) <= 2 else words["chains"].format(n=len(here))
    base = words["assumed_base" if assumed else "printed_base"]
    text = words["mark"].format(what=what, base=base, share=number(share, 1), growth=number(growth, 1))
    point_label(ax, share, growth, text, INK)
    return text


def _draw_gdp_growth(ax: Axes, projection: Projection, shares: np.ndarray, lang: str) -> None:
    years, rates = yearly_growth(projection, "gdp")
    rates = rates[years <= projection.plan.target_year]
    if not rates.size:
        return
    mean = 100.0 * (float(np.prod(1.0 + rates / 100.0)) ** (1.0 / rates.size) - 1.0)
    ax.axhline(mean, color=GREY, linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
    # The curve crosses the line at this share: the label goes to the longer side of it.
    crossing = 100.0 / (1.0 + mean / 100.0) ** (projection.plan.target_year - projection.plan.base_year)
    at = 0.84 if crossing < shares.mean() else 0.16
    text = _WORDS[lang]["gdp"].format(rate=number(mean, 1), title=title_of(projection, lang))
    point_label(ax, float(shares[0] + at * (shares[-1] - shares[0])), mean, text, GREY)
