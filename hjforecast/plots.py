"""Figures of a projection: GDP, incomes, urbanization, scenarios side by side, findings of the audit.

Every function returns a matplotlib Figure whose label is a sentence for screen readers, or None where the plan has
nothing to draw. Nothing is read from files, shown or saved. Figures carry no title: captions belong to the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from hjforecast.plots_canvas import (
    GREY,
    INK,
    SCENARIO_COLOURS,
    Look,
    heading,
    look_of,
    new_figure,
    number,
    plain_numbers,
    styled,
    to_svg,
    unit_name,
    year_axis,
)
from hjforecast.plots_industry import chain_base_figure, chains_figure
from hjforecast.plots_labels import arrange, end_label, point_label
from hjforecast.plots_series import (
    decimals_of,
    draw_band,
    draw_history,
    draw_path,
    draw_target,
    known,
    points,
    summary,
    yearly_growth,
)
from hjforecast.projection import Projection

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "COMPARED",
    "SCENARIO_COLOURS",
    "audit_figure",
    "chain_base_figure",
    "chains_figure",
    "comparison_figure",
    "difference_figure",
    "draw_band",
    "gdp_figure",
    "income_figure",
    "to_svg",
    "urbanization_figure",
]

COMPARED = ("gdp", "gdp_real_growth", "income_resident", "urbanization", "retail_sales", "manufacturing_va")
"""Indicators of the small multiples where none are named."""

_INCOMES = {
    "income_urban": {"zh": "城镇", "en": "Urban"},
    "income_resident": {"zh": "全体居民", "en": "All residents"},
    "income_rural": {"zh": "农村", "en": "Rural"},
}
_WORDS = {
    "zh": {
        "level": "地区生产总值，现价", "growth": "年增长速度", "real": "实际", "nominal": "名义", "planned": "规划目标（实际年均）",
        "income": "人均可支配收入，现价", "gap": "城乡收入差距", "ratio": "城乡收入比（农村为 1）", "difference": "{name}与“{base}”之差",
        "year": "{year} 年", "findings": "发现数", "items": "项",
    },
    "en": {
        "level": "GDP, current prices", "growth": "Growth", "real": "real", "nominal": "nominal", "planned": "planned average, real",
        "income": "Disposable income per head, current prices", "gap": "Urban-rural gap", "ratio": "Urban income, rural = 1",
        "difference": "{name}: difference from “{base}”", "year": "{year}", "findings": "Findings", "items": "number",
    },
}  # fmt: skip
_SEVERITIES = {
    "error": ("#9E2F0A", {"zh": "错误", "en": "error"}),
    "warning": ("#E38A12", {"zh": "提醒", "en": "warning"}),
    "note": ("#8A94A3", {"zh": "说明", "en": "note"}),
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


def _years(ax: Axes, projection: Projection, name: str, lang: str, *, label: bool = True) -> None:
    years = projection.series(name)[0]
    year_axis(ax, projection.plan, int(years[0]), int(projection.years[-1]), lang, label=label)
    plain_numbers(ax)


def _headroom(ax: Axes, share: float = 0.12) -> None:
    """Leave room at the top, where the plan period is named."""
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + share * (high - low))


def _labelled_paths(ax: Axes, projection: Projection, others: Sequence[Projection], name: str, lang: str) -> None:
    """Draw history, baseline, path and target of an indicator, each labelled where it stands."""
    for other in others:
        look = look_of(other)
        years, values = draw_path(ax, other, name, look, width=1.2)
        end_label(ax, years[-1], values[-1], _ending(other, name, values[-1], lang), look.ink)
    look = look_of(projection)
    years, values = draw_path(ax, projection, name, look)
    end_label(ax, years[-1], values[-1], _ending(projection, name, values[-1], lang), look.ink)
    draw_history(ax, projection, name, lang)
    draw_target(ax, projection, name, lang)


def _ending(projection: Projection, name: str, value: float, lang: str) -> str:
    return f"{projection.scenario.title(lang)} {number(value, decimals_of(projection, name, value))}"


def _draw_growth(ax: Axes, projection: Projection, others: Sequence[Projection], lang: str) -> None:
    words = _WORDS[lang]
    _years(ax, projection, "gdp", lang, label=False)
    heading(ax, "%", words["growth"])
    for one in [*others, projection]:
        look, title = look_of(one), one.scenario.title(lang)
        years, rates = yearly_growth(one, "gdp")
        if one is projection and years.size:
            ax.plot(years, rates, color=look.colour, linewidth=0.9, alpha=0.75)
            end_label(ax, years[-1], rates[-1], f"{title}·{words['nominal']} {number(rates[-1], 1)}", look.ink)
        if known(one, "gdp_real_growth"):
            width = 1.8 if one is projection else 1.2
            years, rates = draw_path(ax, one, "gdp_real_growth", look, width=width, first=1)
            end_label(ax, years[-1], rates[-1], f"{title}·{words['real']} {number(rates[-1], 1)}", look.ink)
    target = projection.plan.target("gdp")
    if target is not None and target.growth_pct is not None:
        rate, first, last = float(target.growth_pct), target.base_year + 1, target.target_year
        ax.plot([first, last], [rate, rate], color=INK, linewidth=1.2, linestyle=(0, (1, 2)), zorder=1)
        text = f"{words['planned']} {number(rate, target.growth_pct.decimals)}"
        point_label(ax, (first + last) / 2, rate, text, INK)
    _headroom(ax, 0.1)


def income_figure(projection: Projection, baseline: Projection | None = None, lang: str = "zh") -> Figure | None:
    """Draw urban, rural and all residents' income (元 a head, current prices), below them their gap (元) and ratio.

    The thin lines are the baseline's. Panels without data stay out; None where the plan has none of these incomes.
    """
    lines = [name for name in _INCOMES if known(projection, name)]
    parts = [name for name in ("income_gap", "income_ratio") if known(projection, name)]
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
    look = look_of(projection)
    for name in lines:
        for other in _others(projection, baseline, name):
            years, values = draw_path(ax, other, name, look_of(other), width=1.0)
            title = f"{other.scenario.title(lang)} " if name == lines[0] else ""
            text = title + number(values[-1], decimals_of(other, name, values[-1]))
            end_label(ax, years[-1], values[-1], text, look_of(other).ink, size=8)
        years, values = draw_path(ax, projection, name, look)
        text = f"{_INCOMES[name][lang]} {number(values[-1], decimals_of(projection, name, values[-1]))}"
        end_label(ax, years[-1], values[-1], text, look.ink)
        draw_history(ax, projection, name, lang)
    ax.set_ylim(0, None)
    _headroom(ax)


def _draw_part(ax: Axes, projection: Projection, baseline: Projection | None, name: str, lang: str) -> None:
    _years(ax, projection, name, lang, label=False)
    heading(ax, unit_name(projection.plan.indicator(name).unit, lang), _WORDS[lang][name.removeprefix("income_")])
    for one in [*_others(projection, baseline, name), projection]:
        look, mine = look_of(one), one is projection
        years, values = draw_path(ax, one, name, look, width=1.8 if mine else 1.0)
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
        heading(ax, unit_name(item.unit, lang), item.name(lang))
        _labelled_paths(ax, projection, others, "urbanization", lang)
        _headroom(ax)
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
            _draw_panel(ax, [one for one in projections if known(one, name)], baseline_id, name, lang)
        for ax in grid[len(chosen) :]:
            ax.remove()
        arrange(figure)
    figure.set_label(_comparison_label(projections, chosen, lang))
    return figure


def _draw_panel(ax: Axes, projections: Sequence[Projection], baseline_id: str, name: str, lang: str) -> None:
    item = projections[0].plan.indicator(name)
    last = max(int(one.years[-1]) for one in projections)
    year_axis(ax, projections[0].plan, int(projections[0].years[0]), last, lang, label=False)
    plain_numbers(ax, ticks=4)
    heading(ax, unit_name(item.unit, lang), fill(item.name(lang), 40))
    for one in sorted(projections, key=lambda each: each.scenario.id == baseline_id):
        look, bold = look_of(one, projections), one.scenario.id == baseline_id
        width = 2.6 if bold else 1.4
        start = int(item.kind == "growth" and one.status_of(name, int(one.years[0])) != "reported")
        years, values = draw_path(ax, one, name, look, width=width, first=start, dashed=not bold)
        end_label(ax, years[-1], values[-1], one.scenario.title(lang), look.ink, size=8)


def _comparison_label(projections: Sequence[Projection], names: Sequence[str], lang: str) -> str:
    items = [projections[0].plan.indicator(name).name(lang) for name in names]
    titles = [one.scenario.title(lang) for one in projections]
    if lang == "zh":
        return f"各情景对比：{'、'.join(titles)}。指标：{'、'.join(items)}。"
    return f"Scenarios side by side: {', '.join(titles)}. Indicators: {', '.join(items)}."


def difference_figure(
    projections: Sequence[Projection],
    baseline_id: str,
    indicator: str = "gdp",
    year: int | None = None,
    lang: str = "zh",
) -> Figure | None:
    """Draw bars: each scenario's difference from the baseline in `year` (the target year by default), largest first.

    Each bar carries its difference in the indicator's unit and, for levels, in per cent of the baseline. None where
    the baseline is not among the projections, or it has no value in that year, or no other scenario has.
    """
    base = next((one for one in projections if one.scenario.id == baseline_id), None)
    if base is None:
        return None
    year = base.plan.target_year if year is None else year
    values = {id(one): points(one, indicator).get(year) for one in projections}
    start = values[id(base)]
    rows = [
        (one, found - start)
        for one in projections
        if one is not base and (found := values[id(one)]) is not None and start is not None
    ]
    if start is None or not rows:
        return None
    rows.sort(key=lambda row: row[1])
    with styled():
        figure = new_figure(0.75 + 0.36 * len(rows))
        _draw_differences(figure.subplots(), rows, base, start, indicator, year, projections, lang)
        arrange(figure)
    return figure


def _draw_differences(
    ax: Axes, rows: Sequence[tuple[Projection, float]], base: Projection, start: float, name: str, year: int,
    projections: Sequence[Projection], lang: str,
) -> None:  # fmt: skip
    item, words = base.plan.indicator(name), _WORDS[lang]
    widths = [value for _, value in rows]
    ax.barh(range(len(rows)), widths, height=0.62, color=[look_of(one, projections).colour for one, _ in rows])
    ax.set_yticks(range(len(rows)), [one.scenario.title(lang) for one, _ in rows])
    ax.grid(False)
    ax.axvline(0, color=GREY, linewidth=0.8)
    ax.spines["bottom"].set_visible(False)
    ax.set_xticks([])
    texts = [_difference_text(value, start, item.kind, decimals_of(base, name, value), lang) for value in widths]
    for at, (value, text) in enumerate(zip(widths, texts, strict=True)):
        side = ("left", 5) if value >= 0 else ("right", -5)
        ax.annotate(text, (value, at), (side[1], 0), textcoords="offset points", ha=side[0], va="center", color=INK)  # type: ignore[arg-type]
    reach = max(map(abs, widths)) or 1.0
    low, high = min(0.0, *widths, 0.0), max(0.0, *widths, 0.0)
    room = 0.3 * max(high - low, reach)
    ax.set_xlim(low - (room if low < 0 else 0.02 * room), high + (room if high > 0 else 0.02 * room))
    name_of = words["difference"].format(name=item.name(lang), base=base.scenario.title(lang))
    unit = unit_name(_difference_unit(item.kind, item.unit, lang), lang)
    heading(ax, f"{unit}，{year} 年" if lang == "zh" else f"{unit}, {year}", name_of)
    told = "；".join(f"{one.scenario.title(lang)} {text}" for (one, _), text in zip(rows, texts, strict=True))
    ax.get_figure().set_label(f"{name_of}（{unit}，{year}）：{told}")  # type: ignore[union-attr]


def _difference_unit(kind: str, unit: str, lang: str) -> str:
    points_word = "个百分点" if lang == "zh" else "percentage points"
    return points_word if kind in ("share", "growth") and unit == "%" else unit


def _difference_text(value: float, start: float, kind: str, decimals: int, lang: str) -> str:
    sign = "+" if round(value, decimals) > 0 else ""
    text = sign + number(value, decimals)
    if kind in ("share", "growth", "index") or not start:
        return text
    share = 100.0 * value / start
    percent = ("+" if round(share, 1) > 0 else "") + number(share, 1) + "%"
    return f"{text}（{percent}）" if lang == "zh" else f"{text} ({percent})"


def audit_figure(findings: Iterable[Any], lang: str = "zh") -> Figure | None:
    """Draw how many findings each rule of the audit has, by severity: anything with `rule` and `severity` will do.

    Rules with most errors come first. None where there are no findings.
    """
    counts: dict[str, dict[str, int]] = {}
    for one in findings:
        row = counts.setdefault(one.rule, dict.fromkeys(_SEVERITIES, 0))
        row[one.severity] = row.get(one.severity, 0) + 1
    if not counts:
        return None
    rules = sorted(counts, key=lambda rule: (list(counts[rule].values()), rule))
    with styled():
        figure = new_figure(0.8 + 0.3 * len(rules))
        _draw_counts(figure.subplots(), rules, counts, lang)
        arrange(figure)
    return figure


def _draw_counts(ax: Axes, rules: Sequence[str], counts: dict[str, dict[str, int]], lang: str) -> None:
    from matplotlib.patches import Patch

    left = np.zeros(len(rules))
    for severity, (colour, _) in _SEVERITIES.items():
        widths = np.array([counts[rule][severity] for rule in rules], dtype=float)
        ax.barh(range(len(rules)), widths, left=left, height=0.62, color=colour)
        left += widths
    for at, total in enumerate(left):
        ax.annotate(f"{total:.0f}", (total, at), (4, 0), textcoords="offset points", va="center", color=INK)
    ax.set_yticks(range(len(rules)), rules)
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    ax.grid(False)
    heading(ax, _WORDS[lang]["items"], _WORDS[lang]["findings"])
    keys = [Patch(color=colour, label=names[lang]) for colour, names in _SEVERITIES.values()]
    ax.legend(handles=keys, loc="lower right", bbox_to_anchor=(1, 1), ncols=3, borderpad=0, handlelength=1)
    told = "；".join(f"{rule} {total:.0f}" for rule, total in zip(reversed(rules), left[::-1], strict=True))
    ax.get_figure().set_label(f"{_WORDS[lang]['findings']}：{told}")  # type: ignore[union-attr]
