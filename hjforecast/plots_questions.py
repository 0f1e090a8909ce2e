"""Figures of the questions a projection answers: the odds of each target, and what moves an outcome most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hjforecast.lever_labels import CATEGORIES
from hjforecast.levers import GDP_INDUSTRY, lever_names
from hjforecast.plan import Plan
from hjforecast.plots_canvas import (
    GREY,
    INK,
    SCENARIO_COLOURS,
    heading,
    new_figure,
    number,
    plain_numbers,
    sentence,
    styled,
)
from hjforecast.plots_labels import arrange
from hjforecast.plots_names import is_broad, name_of
from hjforecast.plots_rows import name_rows, short_number
from hjforecast.run import GDP
from hjforecast.unit_names import unit_name

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["odds_figure", "target_name", "tornado_figure"]

_WORDS = {
    "zh": {
        "odds": "达到目标的概率",
        "growth": "{name}年均增长",
        "real": "{name}实际年均增长",
        "change": "{name}累计变化",
        "year": "{name}（{year}年）",
        "binding": "{name}（约束性）",
        "none": "无历史误差可依据：",
        "join": "、",
        "stop": "",
        "outcome": "{name}，{year}年",
        "low": "取低值",
        "high": "取高值",
        "of": "{meaning}：{subject}",
        "central": "中心值 {value}",
        "follow": "地区生产总值随产业链",
    },
    "en": {
        "odds": "Probability of meeting the target",
        "growth": "{name}, growth a year",
        "real": "{name}, real growth a year",
        "change": "{name}, change",
        "year": "{name} ({year})",
        "binding": "{name} (binding)",
        "none": "No past errors to rest on: ",
        "join": ", ",
        "stop": ".",
        "outcome": "{name}, {year}",
        "low": "at its low value",
        "high": "at its high value",
        "of": "{meaning}: {subject}",
        "central": "central {value}",
        "follow": "GDP following the chains",
    },
}
_LOW, _HIGH = "#E38A12", "#1F55D0"
_MOST = 10
_POINTS = {"zh": "个百分点", "en": "points"}


def odds_figure(plan: Plan, rows: pd.DataFrame, lang: str = "zh") -> Figure | None:
    """Draw the probability (%) of meeting each target, most likely first; below them, in grey, targets without one.

    `rows` has the columns indicator, target_year, probability (0 to 1, empty where no past errors are known), binding
    and measure; with a column `scenario` the dots take its colour. None where no target has a probability.
    """
    told = rows.to_dict("records")
    priced = sorted((row for row in told if _is_number(row["probability"])), key=lambda row: -row["probability"])
    if not priced:
        return None
    several = rows["target_year"].nunique() > 1
    names = [target_name(plan, row, lang, with_year=several) for row in priced]
    rest = [target_name(plan, row, lang, with_year=several) for row in told if not _is_number(row["probability"])]
    note = _filled(_WORDS[lang]["none"], rest, lang)
    with styled():
        figure = new_figure(0.75 + 0.27 * len(priced) + 0.165 * len(note))
        ax = figure.subplots()
        _draw_odds(ax, priced, names)
        heading(ax, "%", _WORDS[lang]["odds"])
        if note:
            figure.supxlabel("\n".join(note), x=0.014, ha="left", fontsize=8, color=GREY, linespacing=1.3)
        arrange(figure)
    figure.set_label(_odds_label(priced, names, rest, lang))
    return figure


def _is_number(value: Any) -> bool:
    return value is not None and bool(np.isfinite(value))


def target_name(plan: Plan, row: Mapping[Any, Any], lang: str, *, with_year: bool = False) -> str:
    """Return what a target is about: its indicator, whether its growth or change is meant, and whether it binds."""
    item, words = plan.indicator(row["indicator"]), _WORDS[lang]
    name, measure = name_of(item, lang), str(row["measure"])
    if measure == "growth" and item.kind != "growth":
        name = words["real" if item.id == GDP else "growth"].format(name=name)
    elif measure == "change":
        name = words["change"].format(name=name)
    name = words["year"].format(name=name, year=row["target_year"]) if with_year else name
    return words["binding"].format(name=name) if row["binding"] == "约束性" else name


def _draw_odds(ax: Axes, priced: Sequence[Mapping[Any, Any]], names: Sequence[str]) -> None:
    colour = SCENARIO_COLOURS.get(str(priced[0].get("scenario", "plan")), SCENARIO_COLOURS["plan"])
    name_rows(ax, names, 46, size=8)
    ax.axvline(50, color=GREY, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    for at, row in enumerate(priced):
        share = 100.0 * float(row["probability"])
        ax.plot([0, share], [at, at], color=colour, linewidth=1.2, alpha=0.45, zorder=2, solid_capstyle="butt")
        ax.plot([share], [at], "o", color=colour, markersize=6, zorder=3, clip_on=False)
        ax.annotate(
            _percent(share), (share, at), (7, 0), textcoords="offset points", va="center", color=INK, fontsize=8
        )
    ax.set_xlim(0, 108)
    ax.set_xticks([0, 25, 50, 75, 100])


def _percent(share: float) -> str:
    """Return a probability in whole per cent; what is neither impossible nor certain never reads so."""
    if 0.0 < share < 1.0:
        return "<1"
    return ">99" if 99.0 < share < 100.0 else f"{share:.0f}"


def _filled(lead: str, names: Sequence[str], lang: str) -> list[str]:
    """Return names as lines of a paragraph, broken between names only; empty without names."""
    width = 60 if lang == "zh" or any(map(is_broad, names)) else 112
    join = _WORDS[lang]["join"]
    lines = [lead]
    for at, name in enumerate(names):
        piece = name + (join if at < len(names) - 1 else _WORDS[lang]["stop"])
        if len(lines[-1]) + len(piece) > width and lines[-1] != lead:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines] if names else []


def _odds_label(priced: Sequence[Mapping[Any, Any]], names: Sequence[str], rest: Sequence[str], lang: str) -> str:
    told = [f"{name} {_percent(100.0 * float(row['probability']))}" for row, name in zip(priced, names, strict=True)]
    words = _WORDS[lang]
    told += [words["none"] + words["join"].join(rest)] if rest else []
    return sentence(words["odds"], "%", told, lang)


def tornado_figure(plan: Plan, rows: pd.DataFrame, indicator: str, year: int, lang: str = "zh") -> Figure | None:
    """Draw what an outcome becomes with each lever at its low and at its high value; the ten that matter most.

    `rows`, largest effect first, has the columns lever, low, high (the lever's values), at_low, at_high (the outcome in
    its unit), effect_low and effect_high (its difference from the central value). None where no lever moves it.
    """
    moving = [row for row in rows.to_dict("records") if _moves(row)][:_MOST]
    if not moving:
        return None
    item, words = plan.indicator(indicator), _WORDS[lang]
    name = words["outcome"].format(name=name_of(item, lang), year=year)
    with styled():
        figure = new_figure(0.95 + 0.33 * len(moving))
        ax = figure.subplots()
        name_rows(ax, [_lever_name(plan, str(row["lever"]), lang) for row in moving], 40, size=8)
        texts = _draw_tornado(ax, plan, moving, item.decimals, lang)
        heading(ax, unit_name(item.unit, lang), name, wrap_at=60)
        _tornado_key(figure, lang)
        arrange(figure)
    told = [
        f"{_lever_name(plan, str(row['lever']), lang)} {'; '.join(filter(None, ends))}"
        for row, ends in zip(moving, texts, strict=True)
    ]
    figure.set_label(sentence(name, unit_name(item.unit, lang), told, lang))
    return figure


def _moves(row: Mapping[Any, Any]) -> bool:
    """Return whether both ends of a lever could be computed and either changes the outcome."""
    effects = row["effect_low"], row["effect_high"]
    return all(map(_is_number, effects)) and any(effects)


def _lever_name(plan: Plan, name: str, lang: str) -> str:
    """Return a lever's meaning in the catalogue, and for a family whose lever it is."""
    levers = lever_names(plan)
    if name not in levers:
        return name
    meaning, subject = levers[name].meaning(lang), name.partition(".")[2]
    if not levers[name].name.endswith("*"):
        return meaning
    return _WORDS[lang]["of"].format(meaning=meaning, subject=_subject(plan, subject, lang))


def _subject(plan: Plan, name: str, lang: str) -> str:
    """Return whom a lever of a family moves: an indicator, a category of them, or GDP following its chains."""
    if name in plan.indicators:
        return name_of(plan.indicator(name), lang)
    if name == GDP_INDUSTRY:
        return _WORDS[lang]["follow"]
    return CATEGORIES.get(name, name) if lang == "zh" else name.replace("_", " ")


def _draw_tornado(
    ax: Axes, plan: Plan, rows: Sequence[Mapping[Any, Any]], decimals: int, lang: str
) -> list[tuple[str, str]]:
    """Draw the bars with the lever's value and the outcome at each end; return what the ends say."""
    centre = float(rows[0]["at_low"] - rows[0]["effect_low"])
    told = []
    for at, row in enumerate(rows):
        ends = [(row[f"at_{side}"], row[f"effect_{side}"], row[side], hue) for side, hue in _SIDES]
        for value, _, _, hue in sorted(ends, key=lambda end: -abs(end[1])):
            ax.barh(at, value - centre, left=centre, height=0.56, color=hue, zorder=2)
        texts = [
            f"{_setting(plan, row, setting, lang)} → {number(value, decimals)}" if effect else ""
            for value, effect, setting, _ in ends
        ]
        leftmost = 0 if ends[0][1] <= ends[1][1] else 1
        _end_texts(ax, at, centre, [(ends[one][0], texts[one]) for one in (leftmost, 1 - leftmost)])
        told.append((texts[0], texts[1]))
    ax.axvline(centre, color=INK, linewidth=0.9, zorder=3)
    reach = max(abs(row[key]) for row in rows for key in ("effect_low", "effect_high"))
    ax.set_xlim(centre - 1.9 * reach, centre + 1.9 * reach)
    plain_numbers(ax, "x")
    return told


_SIDES = (("low", _LOW), ("high", _HIGH))


def _end_texts(ax: Axes, at: int, centre: float, ends: Sequence[tuple[float, str]]) -> None:
    """Write the left end's text left of the bars and the right end's right of them, never over a bar."""
    (left, left_text), (right, right_text) = ends
    place: dict[str, Any] = {"textcoords": "offset points", "va": "center", "fontsize": 7.5, "color": INK}
    ax.annotate(left_text, (min(left, right, centre), at), (-4, 0), ha="right", **place)
    ax.annotate(right_text, (max(left, right, centre), at), (4, 0), ha="left", **place)


def _setting(plan: Plan, row: Mapping[Any, Any], value: float, lang: str) -> str:
    lever = lever_names(plan).get(str(row["lever"]))
    unit = _POINTS[lang] if lever and lever.unit == "个百分点" else unit_name(lever.unit, lang) if lever else ""
    return short_number(float(value)) + (unit if unit in ("", "%") else f" {unit}")


def _tornado_key(figure: Figure, lang: str) -> None:
    from matplotlib.patches import Patch

    keys = [Patch(color=hue, label=_WORDS[lang][side]) for side, hue in _SIDES]
    figure.legend(handles=keys, loc="outside upper left", ncols=2, borderpad=0, handlelength=1)
