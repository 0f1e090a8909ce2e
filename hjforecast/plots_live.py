"""The figure under a slider: laid out once, then only its lines, bands, numbers and axis move."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from hjforecast.live import Live
from hjforecast.plots_canvas import (
    GREY,
    heading,
    new_figure,
    number,
    plain_numbers,
    sentence,
    styled,
    to_svg,
    year_axis,
)
from hjforecast.plots_fans import BANDS, band
from hjforecast.plots_labels import arrange, spread
from hjforecast.plots_names import name_of
from hjforecast.plots_series import decimals_of, draw_history, draw_target, points, target_level
from hjforecast.projection import Projection
from hjforecast.unit_names import basis_name, unit_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["LiveFigure"]

_BLUE, _HEIGHT, _DPI = "#1F55D0", 3.5, 110
_WORDS = {
    "zh": {"before": "原情景", "after": "调整后", "low": "80%区间下端", "high": "80%区间上端", "year": "年份"},
    "en": {"before": "before", "after": "after", "low": "80% band from", "high": "80% band to", "year": "year"},
}
_RIGHT = 0.80
"""Share of the width that the axes take; the labels at the ends of the lines stand right of it."""


class LiveFigure:
    """One indicator of a `Live`: the path as it was (grey), as changed (blue) with its 50 and 80 % bands, and the target.

    Parameters
    ----------
    live : the scenario being edited; it has to have a path of the indicator.
    name : the indicator.
    lang : zh or en.
    """

    def __init__(self, live: Live, name: str, lang: str = "zh") -> None:
        self.name, self.lang = name, lang
        item = live.plan.indicator(name)
        with styled():
            self.figure = new_figure(_HEIGHT)
            self.figure.set_dpi(_DPI)
            self._canvas: Any = self.figure.canvas
            self._ax = self.figure.subplots()
            first = int(live.original.series(name)[0][0])
            year_axis(self._ax, live.plan, first, int(live.original.years[-1]), lang, label="left")
            plain_numbers(self._ax)
            basis, comma = basis_name(item.price_basis, lang), "，" if lang == "zh" else ", "
            heading(
                self._ax, unit_name(item.unit, lang), comma.join(one for one in (name_of(item, lang), basis) if one)
            )
            self._ax.set_xlabel(_WORDS[lang]["year"])
            self._bands = [self._band() for _ in BANDS]
            (self._before,) = self._ax.plot([], [], color=GREY, linewidth=1.3, linestyle=(0, (4, 2)), zorder=3)
            (self._after,) = self._ax.plot([], [], color=_BLUE, linewidth=2.2, zorder=4)
            draw_history(self._ax, live.original, name, lang, side="above")
            draw_target(self._ax, live.original, name, lang)
            self._fit(live)
            arrange(self.figure)
            self.figure.set_layout_engine("none")
            self._ax.set_position((0.07, 0.15, _RIGHT - 0.07, 0.73))
            self._labels = [_label(self._ax) for _ in range(4)]
        self.update(live)

    def update(self, live: Live) -> None:
        """Move everything to where the scenario now stands."""
        self._fit(live)
        self._say(live)
        told = [
            f"{word} {year} {number(value, self._decimals(one, value))}"
            for word, one in ((_WORDS[self.lang]["before"], live.original), (_WORDS[self.lang]["after"], live.projection))
            for year, value in points(one, self.name).items() if year in (live.plan.target_year, int(one.years[-1]))
        ]  # fmt: skip
        item = live.plan.indicator(self.name)
        self.figure.set_label(sentence(name_of(item, self.lang), unit_name(item.unit, self.lang), told, self.lang))

    def png(self) -> bytes:
        """Return the picture as it stands, as PNG."""
        from PIL import Image

        buffer = BytesIO()
        with styled():
            self._canvas.draw()
        # `savefig` would draw it twice; hardly larger and much quicker than the usual compression.
        Image.fromarray(np.asarray(self._canvas.buffer_rgba())).save(buffer, format="png", compress_level=1)
        return buffer.getvalue()

    def svg(self) -> str:
        """Return the picture as it stands, as SVG text for a report."""
        return to_svg(self.figure)

    def _band(self) -> Any:
        from matplotlib.patches import Polygon

        shape = Polygon(np.zeros((1, 2)), closed=True, facecolor=_BLUE, alpha=0.16, linewidth=0, zorder=2)
        self._ax.add_patch(shape)
        return shape

    def _fit(self, live: Live) -> None:
        """Set lines, bands and the height of the axis."""
        for line, one in ((self._before, live.original), (self._after, live.projection)):
            path = _ahead(one, self.name)
            line.set_data(list(path), list(path.values()))
        seen = [*points(live.original, self.name).values(), *points(live.projection, self.name).values()]
        for shape, inside in zip(self._bands, BANDS, strict=True):
            table = band(live.projection, self.name, inside)
            shape.set_visible(table is not None)
            if table is not None:
                years, low, high = table
                shape.set_xy(np.column_stack([[*years, *years[::-1]], [*low, *high[::-1]]]))
                seen += [float(low.min()), float(high.max())]
        level = target_level(live.plan, self.name)
        self._ax.set_ylim(*_limits([*seen, *([level[0]] if level else [])], live.plan.indicator(self.name).kind))

    def _say(self, live: Live) -> None:
        """Label the ends of the lines and of the 80 % band, apart from each other."""
        words, told = _WORDS[self.lang], []
        for word, one, colour in ((words["before"], live.original, GREY), (words["after"], live.projection, _BLUE)):
            if live.changes or word == words["after"]:
                path = _ahead(one, self.name)
                value = list(path.values())[-1]
                name = word if live.changes else one.scenario.title(self.lang)
                told.append((value, f"{name} {number(value, self._decimals(one, value))}", colour))
        table = band(live.projection, self.name)
        if table is not None:
            for end, value in zip(("low", "high"), table[1:, -1].tolist(), strict=True):
                told.append((value, f"{words[end]} {number(value, self._decimals(live.projection, value))}", GREY))
        self._place(told)

    def _place(self, told: Sequence[tuple[float, str, str]]) -> None:
        low, high = self._ax.get_ylim()
        apart = spread([value for value, _, _ in told], 0.062 * (high - low), low, high)
        for label, at in zip(self._labels, range(len(self._labels)), strict=True):
            label.set_visible(at < len(told))
            if at < len(told):
                _, text, colour = told[at]
                weight = "bold" if colour == _BLUE else "normal"
                label.set(text=text, color=colour, y=float(apart[at]), fontweight=weight)

    def _decimals(self, projection: Projection, value: float) -> int:
        return decimals_of(projection, self.name, value)


def _ahead(projection: Projection, name: str) -> dict[int, float]:
    first = int(projection.years[0])
    return {year: value for year, value in points(projection, name).items() if year >= first}


def _limits(values: Sequence[float], kind: str) -> tuple[float, float]:
    """Return the ends of the axis: from 0 for levels, with room above and, where there is any, below."""
    low, high = min(values), max(values)
    room = 0.1 * (high - low) or 0.1 * abs(high) or 1.0
    return (0.0 if kind in ("level", "count") and low >= 0.0 else low - room), high + room


def _label(ax: Axes) -> Any:
    place: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "va": "center", "ha": "left"}
    return ax.text(1.015, 0.0, "", fontsize=8.5, clip_on=False, **place)
