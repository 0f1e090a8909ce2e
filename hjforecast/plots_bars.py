"""Bars: what scenarios differ by, and what the audit found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hjforecast.audit_rules import rules as audit_rules
from hjforecast.plots_canvas import GREY, INK, heading, look_of, new_figure, number, sentence, styled
from hjforecast.plots_labels import arrange
from hjforecast.plots_names import NARROW, name_of, short, title_of
from hjforecast.plots_series import points
from hjforecast.projection import Projection
from hjforecast.text import difference
from hjforecast.unit_names import unit_name

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["audit_figure", "difference_figure"]

_WORDS = {
    "zh": {
        "difference": "{name}与“{base}”之差",
        "year": "{unit}，{year}年",
        "findings": "审查发现",
        "items": "项",
    },
    "en": {
        "difference": "{name}: difference from {base}",
        "year": "{unit}, {year}",
        "findings": "Findings",
        "items": "number",
    },
}
_LONGEST = 48
"""Columns of a rule's title."""
_SEVERITIES = {
    "error": ("#9E2F0A", {"zh": "错误", "en": "error"}),
    "warning": ("#E38A12", {"zh": "警示", "en": "warning"}),
    "note": ("#8A94A3", {"zh": "提示", "en": "note"}),
}


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
        (one, difference(found, start, base.plan.indicator(indicator).decimals))
        for one in projections
        if one is not base and (found := values[id(one)]) is not None and start is not None
    ]
    if start is None or not rows:
        return None
    rows.sort(key=lambda row: row[1])
    with styled():
        figure = new_figure(0.6 + 0.3 * len(rows))
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
    titles = [title_of(one, lang, NARROW) for one, _ in rows]
    ax.set_yticks(range(len(rows)), titles)
    ax.grid(False)
    ax.axvline(0, color=GREY, linewidth=0.8)
    ax.spines["bottom"].set_visible(False)
    ax.set_xticks([])
    texts = [_difference_text(value, start, item.kind, item.decimals, lang) for value in widths]
    for at, (value, text) in enumerate(zip(widths, texts, strict=True)):
        side = ("left", 5) if value >= 0 else ("right", -5)
        ax.annotate(text, (value, at), (side[1], 0), textcoords="offset points", ha=side[0], va="center", color=INK)
    reach = max(map(abs, widths)) or 1.0
    low, high = min(0.0, *widths), max(0.0, *widths)
    # Long titles leave a narrower axes, of which the figures take a larger share.
    room = (0.45 if any(one.endswith("…") for one in titles) else 0.3) * max(high - low, reach)
    ax.set_xlim(low - (room if low < 0 else 0.02 * room), high + (room if high > 0 else 0.02 * room))
    subject = words["difference"].format(name=name_of(item, lang), base=title_of(base, lang))
    unit = unit_name(_difference_unit(item.kind, item.unit, lang), lang)
    heading(ax, words["year"].format(unit=unit, year=year), subject, wrap_at=66)
    told = [f"{title_of(one, lang)} {text}" for (one, _), text in zip(rows, texts, strict=True)]
    figure: Any = ax.get_figure()
    figure.set_label(sentence(subject, words["year"].format(unit=unit, year=year), told, lang))


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


def audit_figure(findings: pd.DataFrame, lang: str = "zh") -> Figure | None:
    """Draw how many findings each rule of the audit has, by severity; rules with most errors come first.

    `findings` is the table of `audit()`, of which `rule` and `severity` are used. None where it is empty.
    """
    counts: dict[str, dict[str, int]] = {}
    for rule, severity in zip(findings["rule"], findings["severity"], strict=True):
        row = counts.setdefault(rule, dict.fromkeys(_SEVERITIES, 0))
        row[severity] += 1
    if not counts:
        return None
    rules = sorted(counts, key=lambda rule: (list(counts[rule].values()), rule))
    with styled():
        figure = new_figure(0.6 + 0.28 * len(rules))
        _draw_counts(figure.subplots(), rules, counts, lang)
        arrange(figure)
    return figure


def _draw_counts(ax: Axes, rules: Sequence[str], counts: Mapping[str, Mapping[str, int]], lang: str) -> None:
    from matplotlib.patches import Patch

    titles = audit_rules()
    names = {rule: short(titles[rule].title(lang) if rule in titles else rule, _LONGEST) for rule in rules}
    left = np.zeros(len(rules))
    for severity, (colour, _) in _SEVERITIES.items():
        widths = np.array([counts[rule][severity] for rule in rules], dtype=float)
        ax.barh(range(len(rules)), widths, left=left, height=0.62, color=colour)
        left += widths
    for at, total in enumerate(left):
        ax.annotate(f"{total:.0f}", (total, at), (4, 0), textcoords="offset points", va="center", color=INK)
    ax.set_yticks(range(len(rules)), [names[rule] for rule in rules])
    ax.set_xticks([])
    ax.set_xlim(0, 1.05 * left.max())
    ax.spines["bottom"].set_visible(False)
    ax.grid(False)
    heading(ax, _WORDS[lang]["items"], _WORDS[lang]["findings"])
    keys = [Patch(color=colour, label=words[lang]) for colour, words in _SEVERITIES.values()]
    ax.legend(handles=keys, loc="lower right", bbox_to_anchor=(1, 1), ncols=3, borderpad=0, handlelength=1)
    told = [f"{names[rule]} {total:.0f}" for rule, total in zip(reversed(rules), left[::-1], strict=True)]
    figure: Any = ax.get_figure()
    figure.set_label(sentence(_WORDS[lang]["findings"], _WORDS[lang]["items"], told, lang))
