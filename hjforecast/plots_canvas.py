"""The canvas of every figure: style, scenario colours, year axis, units, and SVG out.

Charts are drawn without pyplot, so nothing global is opened and nothing has to be closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from io import StringIO
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from hjforecast.plan import Plan
from hjforecast.plots_names import is_wide, short, wrapped
from hjforecast.projection import Projection

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "GREY",
    "INK",
    "SCENARIO_COLOURS",
    "WIDTH",
    "Look",
    "heading",
    "look_of",
    "new_figure",
    "number",
    "plain_numbers",
    "plan_period",
    "sentence",
    "styled",
    "to_svg",
    "year_axis",
    "year_ticks",
]

STYLE = "hjforecast.hjforecast"
WIDTH = 6.69
"""Width of a figure in inches: 17 cm, the column of a report."""
INK, GREY, SHADE = "#333333", "#6B6B6B", "#F1F3F6"

SCENARIO_COLOURS = MappingProxyType(
    {
        "plan": "#1F55D0",
        "trend": "#555555",
        "delivery": "#70207F",
        "high": "#4DAA6D",
        "low": "#9E2F0A",
        "shock": "#E38A12",
        "industry": "#2CA6CF",
    }
)
"""Colour of each built-in scenario, told apart with any colour vision."""

_OTHER_COLOURS = ("#3DAA9F", "#D65F9C", "#531B0A", "#8A7A00", "#0D05FB")
_CUES: dict[str, tuple[Any, str]] = {
    "plan": ("-", "o"),
    "trend": ("-", ""),
    "delivery": ((0, (6, 2)), "s"),
    "high": ((0, (3, 1.5)), "^"),
    "low": ((0, (3, 1.5)), "v"),
    "shock": ((0, (6, 1.5, 1.2, 1.5)), "X"),
    "industry": ((0, (1.2, 1.2)), "D"),
}
_OTHER_CUES: tuple[tuple[Any, str], ...] = (((0, (8, 2)), "P"), ((0, (4, 2, 1, 2, 1, 2)), "*"), ((0, (2, 2)), "p"))
_DIGITS = "〇一二三四五六七八九"


@dataclass(frozen=True)
class Look:
    """How a scenario is drawn: a colour, and dashes and a marker as the second cue."""

    colour: str
    dashes: Any
    marker: str

    @property
    def ink(self) -> str:
        """The colour dark enough for small text on white (contrast 4.5 or more)."""
        channels = [int(self.colour[at : at + 2], 16) / 255.0 for at in (1, 3, 5)]
        while _luminance(channels) > 1.05 / 4.5 - 0.05:
            channels = [0.95 * one for one in channels]
        return "#" + "".join(f"{int(255 * one):02X}" for one in channels)


def _luminance(channels: Sequence[float]) -> float:
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def look_of(projection: Projection, others: Iterable[Projection] = ()) -> Look:
    """Return how a projection's scenario is drawn, the same in every figure.

    Built-in scenarios have fixed colours. The plan's own other scenarios take the remaining ones in the order of
    their ids, so that the choice does not depend on which of them are drawn; scenarios made in Python come after.
    """
    name = projection.scenario.id
    if name in SCENARIO_COLOURS:
        return Look(SCENARIO_COLOURS[name], *_CUES[name])
    filed = sorted(set(projection.plan.scenarios) - set(SCENARIO_COLOURS))
    made = {one.scenario.id for one in (projection, *others)} - set(SCENARIO_COLOURS) - set(filed)
    index = [*filed, *sorted(made)].index(name)
    return Look(_OTHER_COLOURS[index % len(_OTHER_COLOURS)], *_OTHER_CUES[index % len(_OTHER_CUES)])


def styled() -> AbstractContextManager[None]:
    """Return a context in which our fonts and style rule, whatever the user's matplotlib settings are."""
    from matplotlib import style

    from hjforecast import fonts

    fonts.register()
    return style.context(STYLE, after_reset=True)


def new_figure(height: float, width: float = WIDTH) -> Figure:
    """Return an empty figure; sizes in inches. Call it inside `styled()`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    layout: Any = figure.get_layout_engine()
    layout.set(w_pad=0.09, h_pad=0.07, wspace=0.02, hspace=0.03)
    return figure


def heading(ax: Axes, unit: str, name: str = "", wrap_at: int = 90) -> None:
    """Write the unit over the top left of an axes, as statistical yearbooks do, after a panel's `name` if any.

    Where both take more than `wrap_at` characters (a Chinese one counts twice) the unit stands on its own line; of a
    longer name three lines are kept.
    """
    unit, wide = short(unit, 40), is_wide(name)
    limit = wrap_at // 2 if wide else wrap_at
    gap = "\n" if len(name) + len(unit) + 2 > limit else "" if wide else " "
    name = wrapped(name, wrap_at, 3)
    text = (f"{name}{gap}（{unit}）" if wide else f"{name}{gap}({unit})") if name else unit
    ax.set_title(text, loc="left", fontsize=9, fontweight="normal", color=INK, pad=6, y=1.0)


def number(value: float, decimals: int) -> str:
    """Return a value with thousands separators and a true minus sign."""
    text = f"{value:,.{decimals}f}"
    text = text.lstrip("-") if not text.strip("-0.,") else text
    return text.replace("-", "−")


def sentence(subject: str, unit: str, parts: Iterable[str], lang: str) -> str:
    """Return a figure's label for screen readers: what it shows, in which unit, and its numbers."""
    unit = short(unit, 40)
    if lang == "zh":
        return f"{subject}（{unit}）：{'；'.join(parts)}。"
    return f"{subject} ({unit}): {'; '.join(parts)}."


def plain_numbers(ax: Axes, axis: str = "y", ticks: int = 5) -> None:
    """Number an axis with thousands separators and as many decimals as its step needs."""
    from matplotlib.ticker import Formatter, MaxNLocator

    class Plain(Formatter):
        """Numbers all ticks in one go: asked one by one, each would look for the others again."""

        def __call__(self, value: float, pos: int | None = None) -> str:
            return self.format_ticks([value])[0]

        def format_ticks(self, values: Sequence[float]) -> list[str]:
            """Return the labels of all ticks with the same number of decimals."""
            step = (values[-1] - values[0]) / max(len(values) - 1, 1) if len(values) else 0.0
            places = next((n for n in range(4) if abs(round(step, n) - step) < 1e-9), 4)
            return [number(value, places) for value in values]

    chosen = ax.yaxis if axis == "y" else ax.xaxis
    chosen.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10], min_n_ticks=3))
    chosen.set_major_formatter(Plain())


def plan_period(plan: Plan, lang: str) -> str:
    """Return what the plan's years are called: “十四五” for 2021-2025, else “规划期”; `plan period` in English.

    The first plan ended in 1957, the third in 1970; since then every fifth year.
    """
    order = (plan.target_year - 1955) // 5
    regular = plan.target_year % 5 == 0 and plan.target_year - plan.base_year == 5 and 3 <= order < 100
    if lang != "zh":
        return "plan period"
    return f"“{_chinese(order)}五”" if regular else "规划期"


def _chinese(value: int) -> str:
    tens, ones = divmod(value, 10)
    return ("" if tens < 2 else _DIGITS[tens]) + ("十" if tens else "") + (_DIGITS[ones] if ones else "")


def year_ticks(first: int, last: int, target: int) -> list[int]:
    """Return every fifth year and the target year, without a fifth year that would touch the target's label."""
    fifths = {year for year in range(first, last + 1) if year % 5 == 0 and not 0 < abs(year - target) < 2}
    return sorted((fifths | {target} if first <= target <= last else fifths) or {first, last})


def year_axis(ax: Axes, plan: Plan, first: int, last: int, lang: str, *, label: str = "center") -> None:
    """Set an axes' years, shade the plan period, and name it at the top: `label` is center, left or empty (no name)."""
    ax.set_xticks(year_ticks(first, last, plan.target_year))
    ax.set_xlim(first - 0.02 * (last - first) - 0.1, last)
    ax.axvspan(plan.base_year, plan.target_year, color=SHADE, zorder=0)
    if label:
        x = (plan.base_year + plan.target_year) / 2 if label == "center" else plan.base_year
        place: dict[str, Any] = {"transform": ax.get_xaxis_transform(), "ha": label, "va": "top", "fontsize": 8}
        ax.text(x, 0.985, plan_period(plan, lang), color=GREY, **place)


def to_svg(figure: Figure, label: str = "") -> str:
    """Return a figure as an `<svg>` element for an HTML page: one string, the same every time.

    Text is drawn as outlines, so no font is needed; nothing refers outside the string. It has role="img" and
    carries `label` (by default the figure's own label, a sentence with its main numbers) for screen readers.
    Figures of this module have no window or pyplot state, so nothing stays open.
    """
    buffer = StringIO()
    with styled():
        figure.savefig(buffer, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    svg = buffer.getvalue()
    svg = _compact(svg[svg.index("<svg") :])
    words = escape(label or str(figure.get_label() or ""), quote=True)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{words}" ', 1)


def _compact(svg: str) -> str:
    """Drop what a page has no use for: comments, ids nobody refers to, style for other elements, needless digits."""
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.S)
    svg = re.sub(r"<style[^>]*>\*\{([^}]*)\}</style>", "", svg)
    svg = svg.replace("<svg ", '<svg style="stroke-linejoin:round;stroke-linecap:butt" ', 1)
    used = set(re.findall(r'(?:href="|url\()#([^")]+)', svg))
    svg = re.sub(r' id="([^"]*)"', lambda match: match[0] if match[1] in used else "", svg)
    svg = svg.replace("NotoSansSC-Regular-", "R").replace("NotoSansSC-Bold-", "B")
    svg = re.sub(r'(<path id="[^"]*" d=")([^"]*)(" transform=")scale\(0\.015625\)', _coarser, svg)
    svg = re.sub(r"scale\([^)]*\)|\d+\.\d{3,}", lambda match: _rounded(match[0]), svg)
    return re.sub(r"\s*\n\s*", "\n", svg)


def _coarser(glyph: re.Match[str]) -> str:
    return f"{glyph[1]}{_outline(glyph[2])}{glyph[3]}scale(0.125)"


@lru_cache(maxsize=4096)
def _outline(path: str) -> str:
    """Return a glyph's outline on a grid of 800 to the em, finer than any screen or printer, in relative steps.

    Points are rounded before their differences are taken, so no error adds up; steps take half the digits.
    """
    outline, here, start = [], (0, 0), (0, 0)
    for command, numbers in re.findall(r"([A-Za-z])([^A-Za-z]*)", path):
        flat = [round(float(one) / 8) for one in numbers.split()]
        points = list(zip(flat[::2], flat[1::2], strict=True))
        steps = " ".join(f"{x - here[0]} {y - here[1]}" for x, y in points).replace(" -", "-")
        outline.append(command.lower() + steps)
        here = points[-1] if points else start
        start = here if command == "M" else start
    return "".join(outline)


def _rounded(text: str) -> str:
    return text if text.startswith("scale") else f"{float(text):.2f}"
