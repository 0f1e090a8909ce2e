"""Figures of a projection: GDP, incomes, urbanization, scenarios side by side, findings of the audit.

Every function returns a matplotlib Figure whose label is a sentence for screen readers, or None where the plan has
nothing to draw. Nothing is read from files, shown or saved. Figures carry no title: captions belong to the report.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hjforecast.plots_bars import audit_figure, difference_figure
from hjforecast.plots_canvas import (
    INK,
    SCENARIO_COLOURS,
    heading,
    look_of,
    new_figure,
    number,
    plain_numbers,
    styled,
    to_svg,
    year_axis,
)
from hjforecast.plots_condition import condition_figure
from hjforecast.plots_fans import draw_band, draw_fan
from hjforecast.plots_industry import chain_base_figure, chains_figure
from hjforecast.plots_labels import arrange, end_label, point_label
from hjforecast.plots_names import NARROW, name_of, title_of
from hjforecast.plots_notes import band_note
from hjforecast.plots_questions import odds_figure, tornado_figure
from hjforecast.plots_record import coverage_figure, delivery_figure
from hjforecast.plots_series import (
    decimals_of,
    draw_arrival,
    draw_history,
    draw_path,
    draw_target,
    known,
    summary,
    yearly_growth,
)
from hjforecast.projection import Projection
from hjforecast.unit_names import unit_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "COMPARED",
    "SCENARIO_COLOURS",
    "audit_figure",
    "band_note",
    "chain_base_figure",
    "chains_figure",
    "comparison_figure",
    "condition_figure",
    "coverage_figure",
    "delivery_figure",
    "difference_figure",
    "draw_band",
    "gdp_figure",
    "income_figure",
    "odds_figure",
    "to_svg",
    "tornado_figure",
    "urbanization_figure",
]

COMPARED = ("gdp", "gdp_real_growth", "income_resident", "urbanization", "retail_sales", "manufacturing_va")
"""Indicators of the small multiples where none are named."""

_INCOMES = {
    "income_urban": {"zh": "城镇", "en": "Urban", "side": "above"},
    "income_resident": {"zh": "全体居民", "en": "All residents", "side": "left"},
    "income_rural": {"zh": "农村", "en": "Rural", "side": "below"},
}
_WORDS = {
    "zh": {
        "level": "地区生产总值，现价",
        "growth": "年增长速度",
        "real": "{title}·实际 {rate}",
        "nominal": "{title}·现价 {rate}",
        "planned": "规划目标 {rate}%（实际年均）",
        "income": "人均可支配收入，现价",
    },
    "en": {
        "level": "GDP, current prices",
        "growth": "Growth a year",
        "real": "{title}, real {rate}",
        "nominal": "{title}, nominal {rate}",
        "planned": "planned: {rate}% a year, real",
        "income": "Disposable income per head, current prices",
    },
}
_PARTS = {
    "income_gap": {"zh": ("城乡收入差距", "元"), "en": ("Urban-rural income gap", "yuan")},
    "income_ratio": {"zh": ("城乡收入比", "农村为1"), "en": ("Urban-rural income ratio", "rural = 1")},
}


def gdp_figure(projection: Projection, baseline: Projection | None = None, lang: str = "zh") -> Figure | None:
    """Draw GDP: above its level (亿元, current prices), below its growth (% a year, real, and nominal as a thin line).

    Dots are printed figures, the open diamond is the target, the thinner line the baseline (left out where it is the
    scenario itself). None where the plan has no path of `gdp`.
    """
    if not known(projection, "gdp"):
        return None
    others = _others(projection, baseline, "gdp")
    with styled():
        figure = new_figure(5.3)
        level, growth = figure.subplots(2, 1, sharex=True, height_ratios=[3, 2])
        _years(level, projection, "gdp", lang)
        heading(level, unit_name(projection.plan.indicator("gdp").unit, lang), _WORDS[lang]["level"])
        _labelled_paths(level, projection, others, "gdp", lang)
        level.set_ylim(0, None)
        _headroom(level)
        _draw_growth(growth, projection, others, lang)
        arrange(figure)
    figure.set_label(summary(projection, others, "gdp", lang))
    return figure


def _others(projection: Projection, baseline: Projection | None, name: str) -> list[Projection]:
    """Return the baseline as a list, empty where there is none to tell apart from the projection."""
    if baseline is None or baseline.scenario.id == projection.scenario.id or not known(baseline, name):
        return []
    return [baseline]


def _years(ax: Axes, projection: Projection, name: str, lang: str, *, label: str = "center") -> None:
    years = projection.series(name)[0]
    year_axis(ax, projection.plan, int(years[0]), int(projection.years[-1]), lang, label=label)
    plain_numbers(ax)


def _headroom(ax: Axes, top: float = 0.12, bottom: float = 0.0) -> None:
    """Leave room at the top, where the plan period is named, and at the bottom for labels (shares of the height)."""
    low, high = ax.get_ylim()
    ax.set_ylim(low - bottom * (high - low), high + top * (high - low))


def _labelled_paths(ax: Axes, projection: Projection, others: Sequence[Projection], name: str, lang: str) -> None:
    """Draw history, baseline, path and target of an indicator, each labelled where it stands."""
    for other in others:
        look = look_of(other)
        years, values = draw_path(ax, other, name, look, width=1.2)
        end_label(ax, years[-1], values[-1], _ending(other, name, values[-1], lang), look.ink)
    look = look_of(projection)
    years, values = draw_path(ax, projection, name, look)
    named = (projection.plan.target_year, int(projection.years[-1]))
    draw_fan(ax, projection, name, look, lang, decimals_of(projection, name, values[-1]), years=named)
    end_label(ax, years[-1], values[-1], _ending(projection, name, values[-1], lang), look.ink)
    draw_history(ax, projection, name, lang)
    draw_target(ax, projection, name, lang)
    draw_arrival(ax, projection, name, look)


def _ending(projection: Projection, name: str, value: float, lang: str) -> str:
    return f"{title_of(projection, lang)} {number(value, decimals_of(projection, name, value))}"


def _draw_growth(ax: Axes, projection: Projection, others: Sequence[Projection], lang: str) -> None:
    words = _WORDS[lang]
    _years(ax, projection, "gdp", lang, label="")
    heading(ax, "%", words["growth"])
    for one in [*others, projection]:
        look, title = look_of(one), title_of(one, lang)
        years, rates = yearly_growth(one, "gdp")
        if one is projection and years.size:
            ax.plot(years, rates, color=look.colour, linewidth=0.9, alpha=0.75)
            end_label(
                ax, years[-1], rates[-1], words["nominal"].format(title=title, rate=number(rates[-1], 1)), look.ink
            )
        if known(one, "gdp_real_growth"):
            width = 1.8 if one is projection else 1.2
            ends, real = draw_path(ax, one, "gdp_real_growth", look, width=width, first=1)
            if one is projection:
                draw_fan(ax, one, "gdp_real_growth", look, lang, 1, first=1)
            end_label(ax, ends[-1], real[-1], words["real"].format(title=title, rate=number(real[-1], 1)), look.ink)
    target = projection.plan.target("gdp")
    if target is not None and target.growth_pct is not None:
        rate, first, last = float(target.growth_pct), target.base_year + 1, target.target_year
        ax.plot([first, last], [rate, rate], color=INK, linewidth=1.2, linestyle=(0, (1, 2)), zorder=1)
        text = words["planned"].format(rate=number(rate, target.growth_pct.decimals))
        point_label(ax, (first + last) / 2, rate, text, INK)
    _headroom(ax, 0.1, 0.05)


def income_figure(projection: Projection, baseline: Projection | None = None, lang: str = "zh") -> Figure | None:
    """Draw urban, rural and all residents' income (元 a head, current prices), below them their gap (元) and ratio.

    The thin lines are the baseline's. Panels without data stay out; None where the plan has none of these incomes.
    """
    lines = [name for name in _INCOMES if known(projection, name)]
    parts = [name for name in _PARTS if known(projection, name)]
    if not lines:
        return None
    with styled():
        figure = new_figure(5.6 if parts else 3.4)
        rows = [["income"] * max(len(parts), 1)] + ([parts] if parts else [])
        axes = figure.subplot_mosaic(rows, height_ratios=[5, 3][: len(rows)])  # type: ignore[arg-type]
        first = min(lines, key=lambda name: projection.series(name)[0][0])
        _years(axes["income"], projection, first, lang)
        heading(axes["income"], unit_name(projection.plan.indicator(lines[0]).unit, lang), _WORDS[lang]["income"])
        _draw_incomes(axes["income"], projection, baseline, lines, lang)
        for name in parts:
            _draw_part(axes[name], projection, baseline, name, lang)
        arrange(figure)
    figure.set_label(summary(projection, _others(projection, baseline, lines[0]), lines[0], lang))
    return figure


def _draw_incomes(
    ax: Axes, projection: Projection, baseline: Projection | None, lines: Sequence[str], lang: str
) -> None:
    look, banded = look_of(projection), "income_resident" if "income_resident" in lines else lines[0]
    for name in lines:
        for other in _others(projection, baseline, name):
            years, values = draw_path(ax, other, name, look_of(other), width=1.0)
            title = f"{title_of(other, lang)} " if name == lines[0] else ""
            text = title + number(values[-1], decimals_of(other, name, values[-1]))
            end_label(ax, years[-1], values[-1], text, look_of(other).ink, size=8)
        years, values = draw_path(ax, projection, name, look)
        if name == banded:
            places, who = decimals_of(projection, name, values[-1]), _INCOMES[name][lang]
            draw_fan(ax, projection, name, look, lang, places, who=who)
        text = f"{_INCOMES[name][lang]} {number(values[-1], decimals_of(projection, name, values[-1]))}"
        end_label(ax, years[-1], values[-1], text, look.ink)
        draw_history(ax, projection, name, lang, side=_INCOMES[name]["side"])
    ax.set_ylim(0, None)
    _headroom(ax)


def _draw_part(ax: Axes, projection: Projection, baseline: Projection | None, name: str, lang: str) -> None:
    _years(ax, projection, name, lang, label="")
    title, unit = _PARTS[name][lang]
    heading(ax, unit, title)
    for one in [*_others(projection, baseline, name), projection]:
        look, mine = look_of(one), one is projection
        years, values = draw_path(ax, one, name, look, width=1.8 if mine else 1.0)
        if mine:
            draw_fan(ax, one, name, look, lang, decimals_of(one, name, values[-1]), short=True)
        end_label(ax, years[-1], values[-1], number(values[-1], decimals_of(one, name, values[-1])), look.ink)
    draw_history(ax, projection, name, lang)
    ax.margins(y=0.2)


def urbanization_figure(projection: Projection, baseline: Projection | None = None, lang: str = "zh") -> Figure | None:
    """Draw the urban share of residents (%): printed figures, the path, the baseline's and the target.

    None where the plan has no path of `urbanization`.
    """
    if not known(projection, "urbanization"):
        return None
    others = _others(projection, baseline, "urbanization")
    with styled():
        figure = new_figure(3.3)
        ax = figure.subplots()
        _years(ax, projection, "urbanization", lang)
        item = projection.plan.indicator("urbanization")
        heading(ax, unit_name(item.unit, lang), name_of(item, lang))
        _labelled_paths(ax, projection, others, "urbanization", lang)
        _headroom(ax, bottom=0.08)
        arrange(figure)
    figure.set_label(summary(projection, others, "urbanization", lang))
    return figure


def comparison_figure(
    projections: Sequence[Projection], baseline_id: str, indicators: Sequence[str] = COMPARED, lang: str = "zh"
) -> Figure | None:
    """Draw small multiples: one panel an indicator, one line a scenario, the baseline's bold.

    Each panel has its own scale and unit. Indicators that no projection has stay out; None where none is left.
    """
    chosen = [name for name in indicators if any(known(one, name) for one in projections)]
    if not chosen:
        return None
    with styled():
        rows = -(-len(chosen) // 2)
        figure = new_figure(2.15 * rows)
        grid = figure.subplots(rows, min(len(chosen), 2), squeeze=False).ravel()
        for ax, name in zip(grid, chosen, strict=False):
            _draw_panel(
                ax, [one for one in projections if known(one, name)], baseline_id, name, lang, named=ax is grid[0]
            )
        for ax in grid[len(chosen) :]:
            ax.remove()
        arrange(figure)
    figure.set_label(_comparison_label(projections, chosen, lang))
    return figure


def _draw_panel(
    ax: Axes, projections: Sequence[Projection], baseline_id: str, name: str, lang: str, *, named: bool
) -> None:
    item = projections[0].plan.indicator(name)
    last = max(int(one.years[-1]) for one in projections)
    year_axis(ax, projections[0].plan, int(projections[0].years[0]), last, lang, label="left" if named else "")
    plain_numbers(ax, ticks=4)
    heading(ax, unit_name(item.unit, lang), name_of(item, lang), wrap_at=42)
    for one in sorted(projections, key=lambda each: each.scenario.id != baseline_id):
        look, bold = look_of(one, projections), one.scenario.id == baseline_id
        width = 2.6 if bold else 1.4
        start = int(item.kind == "growth" and one.status_of(name, int(one.years[0])) != "reported")
        years, values = draw_path(ax, one, name, look, width=width, first=start, dashed=not bold)
        end_label(ax, years[-1], values[-1], title_of(one, lang, NARROW), look.ink, size=8, bold=bold)
    _headroom(ax, 0.06)


def _comparison_label(projections: Sequence[Projection], names: Sequence[str], lang: str) -> str:
    items = [name_of(projections[0].plan.indicator(name), lang) for name in names]
    titles = [title_of(one, lang) for one in projections]
    if lang == "zh":
        return f"各情景对比：{'、'.join(titles)}。指标：{'、'.join(items)}。"
    return f"Scenarios side by side: {', '.join(titles)}. Indicators: {', '.join(items)}."
