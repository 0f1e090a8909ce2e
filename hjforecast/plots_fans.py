"""Fans: the 50 % and 80 % bands of a projection's draws, their labels, and the interval of one year.

Everything here does nothing for an indicator without draws, so that a run with `draws=0` looks as it always did.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hjforecast.plots_canvas import GREY, Look, number
from hjforecast.plots_labels import end_label
from hjforecast.projection import Projection

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["BANDS", "band", "draw_band", "draw_fan", "interval", "range_text"]

BANDS = (0.8, 0.5)
"""Shares of the draws inside the bands of a fan, widest first."""

_INTERVAL = {"zh": "80%区间 {ends}", "en": "80% band {ends}"}
_INTERVAL_OF = {"zh": "{who} 80%：{ends}", "en": "{who}, 80%: {ends}"}
_IN_YEAR = {"zh": "{year}年 {ends}", "en": "{year}: {ends}"}


def band(projection: Projection, name: str, inside: float = BANDS[0], first: int = 0) -> np.ndarray | None:
    """Return years, low and high of the band that holds `inside` of the draws, shape (3, years); None without draws.

    It opens at the last year without error (the last observation), or at the `first` year after the base year.
    """
    sample = projection.samples.get(projection.plan.indicator(name).id)
    if sample is None:
        return None
    low, high = np.quantile(sample, (0.5 - inside / 2.0, 0.5 + inside / 2.0), axis=0)
    kept = np.isfinite(low) & np.isfinite(high) & (np.arange(low.size) >= first)
    table = np.array([projection.years, low, high])[:, kept]
    wide = np.flatnonzero(table[2] - table[1] > 1e-9 * np.abs(table[2]))
    return table[:, max(int(wide[0]) - 1, 0) :] if wide.size else None


def draw_band(ax: Axes, years: Sequence[int], low: Sequence[float], high: Sequence[float], colour: str) -> None:
    """Draw an uncertainty band behind the paths; bands drawn over each other add up (draw 80 % first, then 50 %)."""
    ax.fill_between(years, low, high, color=colour, alpha=0.16, linewidth=0, zorder=2)


def draw_fan(
    ax: Axes, projection: Projection, name: str, look: Look, lang: str, decimals: int,
    *, first: int = 0, who: str | None = None, short: bool = False, years: Sequence[int] = (),
) -> None:  # fmt: skip
    """Draw the 80 % and 50 % bands of an indicator in its scenario's colour, the 80 % one labelled at its end.

    `who` names the line that the fan belongs to, where others cross it. A `short` label is the two ends as numbers;
    with `years` it has a line for each of them that has a band.
    """
    found = [table for inside in BANDS if (table := band(projection, name, inside, first)) is not None]
    for ahead, low, high in found:
        draw_band(ax, ahead.tolist(), low.tolist(), high.tolist(), look.colour)
    if not found:
        return
    year, low, high = found[0][:, -1].tolist()
    if short:
        for value in (low, high):
            end_label(ax, year, value, number(value, decimals), GREY, size=7.5)
        return
    text = (_INTERVAL_OF if who else _INTERVAL)[lang].format(who=who, ends=range_text(low, high, decimals, lang))
    listed = [(int(at), *ends) for at, *ends in found[0][:, 1:].T.tolist() if at in years]
    if len(listed) > 1:
        told = [_IN_YEAR[lang].format(year=at, ends=range_text(a, b, decimals, lang)) for at, a, b in listed]
        text = "\n".join([_INTERVAL[lang].format(ends="").strip(), *told])
    end_label(ax, year, high, text, GREY, size=7.5)


def interval(projection: Projection, name: str, year: int, inside: float = BANDS[0]) -> tuple[float, float] | None:
    """Return the interval that holds `inside` of the draws in one year; None without draws or where it has no width."""
    table = band(projection, name, inside) if name in projection.samples else None
    if table is None or year not in table[0, 1:]:
        return None
    low, high = table[1:, table[0] == year].ravel().tolist()
    return low, high


def range_text(low: float, high: float, decimals: int, lang: str) -> str:
    """Return a range in words: 131—240, or with “至” where a minus sign stands in it."""
    ends = number(low, decimals), number(high, decimals)
    if low < 0.0:
        return (" 至 " if lang == "zh" else " to ").join(ends)
    return ("—" if lang == "zh" else "–").join(ends)
