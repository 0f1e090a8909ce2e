"""Figure of a condition: what else must be true for a figure to be reached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hjforecast.conditioning import Conditions
from hjforecast.plots_canvas import (
    GREY,
    INK,
    Look,
    heading,
    look_of,
    new_figure,
    number,
    plain_numbers,
    sentence,
    styled,
    year_axis,
)
from hjforecast.plots_fans import BANDS, band, draw_band
from hjforecast.plots_labels import arrange, end_label, point_label
from hjforecast.plots_names import NARROW, name_of, title_of, wrapped
from hjforecast.plots_series import decimals_of, known, points, target_level
from hjforecast.projection import Projection
from hjforecast.unit_names import unit_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["condition_figure"]

_Marked = Sequence[tuple[int, float]]
_Marks = dict[str, _Marked]
_WORDS = {
    "zh": {"before": "{title} {value}", "after": "须为 {value}", "set": "条件 {value}", "at": "{year}年{value}"},
    "en": {
        "before": "{title} {value}",
        "after": "must be {value}",
        "set": "condition {value}",
        "at": "{year}: {value}",
    },
}


def condition_figure(
    before: Projection,
    after: Projection,
    names: Sequence[str],
    lang: str = "zh",
    *,
    conditions: Conditions | None = None,
) -> Figure | None:
    """Draw small multiples: each indicator's path before (dashed) and under the condition (solid), condition marked.

    Each panel has its own scale and unit and ends at the plan's target year, or at the last condition if that is later.
    Without `conditions` the targets that the path after meets to the printed digit, and the one before does not, are
    taken for them. With draws the bands are what stays uncertain. None where no indicator has both paths.
    """
    chosen = [name for name in names if known(before, name) and known(after, name)]
    if not chosen:
        return None
    asked = _met(before, after, chosen) if conditions is None else _listed(conditions)
    last = max([before.plan.target_year, *(year for marks in asked.values() for year, _ in marks)])
    with styled():
        rows = -(-len(chosen) // 2)
        figure = new_figure(2.15 * rows)
        grid = figure.subplots(rows, min(len(chosen), 2), squeeze=False).ravel()
        for ax, name in zip(grid, chosen, strict=False):
            _draw_panel(ax, before, after, name, last, asked.get(name, []), lang, named=ax is grid[0])
        for ax in grid[len(chosen) :]:
            ax.remove()
        arrange(figure)
    told = [_told(before, after, name, last, lang) for name in chosen]
    figure.set_label(("" if lang == "zh" else " ").join(told))
    return figure


def _told(before: Projection, after: Projection, name: str, year: int, lang: str) -> str:
    """Return a panel's last figures as a sentence for screen readers: without and with the condition."""
    item, words, title = before.plan.indicator(name), _WORDS[lang], title_of(before, lang)
    parts = [
        f"{year} " + words[form].format(title=title, value=number(value, decimals_of(one, name, value)))
        for one, form in ((before, "before"), (after, "after"))
        if (value := points(one, name).get(year)) is not None
    ]
    return sentence(name_of(item, lang), unit_name(item.unit, lang), parts, lang)


def _listed(conditions: Conditions) -> _Marks:
    """Return conditions as a list of (year, value) by indicator, whether one or several were given."""
    listed: _Marks = {}
    for name, given in conditions.items():
        several = given if isinstance(given[0], Sequence) else [given]
        listed[name] = [(int(year), float(value)) for year, value in several]  # type: ignore[misc,arg-type]
    return listed


def _met(before: Projection, after: Projection, names: Sequence[str]) -> _Marks:
    """Return the targets that the path after meets to the printed digit, and the one before does not."""
    found: _Marks = {}
    year = before.plan.target_year
    for name in names:
        level, old, new = target_level(before.plan, name), points(before, name).get(year), points(after, name).get(year)
        if level is None or old is None or new is None:
            continue
        if number(new, level[1]) == number(*level) != number(old, level[1]):
            found[name] = [(year, level[0])]
    return found


def _draw_panel(
    ax: Axes, before: Projection, after: Projection, name: str, last: int, asked: _Marked, lang: str,
    *, named: bool,
) -> None:  # fmt: skip
    item, words, look = before.plan.indicator(name), _WORDS[lang], look_of(after)
    year_axis(ax, before.plan, int(before.years[0]), last, lang, label="left" if named else "")
    plain_numbers(ax, ticks=4)
    heading(ax, unit_name(item.unit, lang), name_of(item, lang), wrap_at=42)
    first = int(before.years[0]) + int(item.kind == "growth")
    for one, form, width in ((before, "before", 1.3), (after, "after", 2.0)):
        found = {year: value for year, value in points(one, name).items() if first <= year <= last}
        if not found:
            continue
        hue = GREY if form == "before" else look.colour
        if form == "after":
            _shade(ax, one, name, last, hue)
        (line,) = ax.plot(list(found), list(found.values()), color=hue, linewidth=width, zorder=3, clip_on=False)
        line.set_linestyle((0, (4, 2)) if form == "before" else "-")
        end, value = list(found.items())[-1]
        text = number(value, decimals_of(one, name, value))
        text = wrapped(words[form].format(title=title_of(before, lang, NARROW), value=text), NARROW)
        end_label(ax, end, value, text, Look(hue, "-", "").ink, size=8, bold=form == "after")
    for year, value in asked:
        _mark(ax, before, name, year, value, lang)
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + 0.12 * (high - low))


def _shade(ax: Axes, projection: Projection, name: str, last: int, colour: str) -> None:
    """Shade what stays uncertain under the condition: 80 % and 50 % of the draws."""
    for inside in BANDS:
        table = band(projection, name, inside)
        if table is not None:
            years, low, high = table[:, table[0] <= last]
            draw_band(ax, years.tolist(), low.tolist(), high.tolist(), colour)


def _mark(ax: Axes, projection: Projection, name: str, year: int, value: float, lang: str) -> None:
    level = target_level(projection.plan, name)
    places = (
        level[1] if level is not None and abs(level[0] - value) < 1e-9 else projection.plan.indicator(name).decimals
    )
    ax.plot([year], [value], "D", color=INK, markerfacecolor="white", markersize=7, zorder=6, clip_on=False)
    point_label(ax, year, value, _WORDS[lang]["set"].format(value=number(value, places)), INK, side="left")
