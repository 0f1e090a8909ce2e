"""What the caption of a figure with bands says: whose past errors they rest on."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources

from hjforecast.projection import Projection
from hjforecast.uncertainty import error_scale

__all__ = ["band_note", "error_source"]

_WORDS = {
    "zh": {
        "fan": "实线为中心路径，浅色带为80%区间、深色带为50%区间；",
        "whisker": "细横线为80%区间；",
        "rest": "误差依据：{sources}。",
        "join": "；",
        "open": "（",
        "close": "）",
        "inner": "；",
        "origins": "{places}{unit}，{window}年起点",
        "between": "{places}{unit}，{window}年",
    },
    "en": {
        "fan": "Line: central path; light band: 80% interval; dark band: 50% interval. ",
        "whisker": "Thin bar: 80% interval. ",
        "rest": "Behind the intervals: {sources}.",
        "join": "; ",
        "open": " (",
        "close": ")",
        "inner": "; ",
        "origins": "{places} {unit}, origins {window}",
        "between": "{places} {unit}, {window}",
    },
}
_PLACES = {
    "city": {"zh": "个市", "en": "prefectures"},
    "county": {"zh": "个县级单位", "en": "county units"},
    "census": {"zh": "个县级单位", "en": "county units"},
    "us": {"zh": "个州", "en": "states"},
    "": {"zh": "个地区", "en": "places"},
}
"""What the places of a panel are, by the first word of the panel's name."""


def band_note(projection: Projection, names: Iterable[str], lang: str = "zh", *, whisker: bool = False) -> str:
    """Return the sentence under a figure that says what its bands are and whose past errors they rest on.

    `names` are the indicators drawn; an identity rests on the errors of its members. Each source is named once, with
    its number of places and years. Empty where none of them has draws. With `whisker` bands are thin bars.
    """
    words, sources = _WORDS[lang], {}
    for name in names:
        if name in projection.samples:
            sources.update({_table_row(kind): kind for kind in _classes(projection, name)})
    if not sources:
        return ""
    told = words["join"].join(error_source(kind, lang) for kind in sources.values())
    return words["whisker" if whisker else "fan"] + words["rest"].format(sources=told)


def _classes(projection: Projection, name: str) -> Iterator[str]:
    """Yield the error classes behind an indicator: its own, or those of its members where it is an identity."""
    item = projection.plan.indicator(name)
    if item.rule == "identity":
        for member in item.members:
            yield from _classes(projection, member)
    elif name in projection.errors.classes:
        yield projection.errors.classes[name]


def _table_row(kind: str) -> str:
    """Return the row of the error table that a class is measured by: prices are nominal less real GDP."""
    return "gdp_nominal" if kind == "gdp_price" else kind


def error_source(kind: str, lang: str) -> str:
    """Return a class's reason with its places and years, inside the reason's own brackets if it ends with any."""
    words, scale = _WORDS[lang], error_scale(kind)
    reason = next(row[f"reason_{lang}"] for row in _rows("error_class") if row["error_class"] == kind)
    panel = scale.panel.split("_")[0]
    window = scale.window.replace("-", "—" if lang == "zh" else "–")
    unit = _PLACES.get(panel, _PLACES[""])[lang]
    form = words["between" if panel == "census" else "origins"]
    measured = form.format(places=f"{_places(kind):,}" if lang == "en" else _places(kind), unit=unit, window=window)
    if reason.endswith(words["close"]):
        return reason.removesuffix(words["close"]) + words["inner"] + measured + words["close"]
    return reason + words["open"] + measured + words["close"]


def _places(kind: str) -> int:
    """Return how many places the errors of a class were measured on."""
    for row in _rows("error_scale"):
        if row["indicator"] == _table_row(kind) and row["origin"] == "all":
            return int(row["series"])
    return next(int(row["n"]) for row in _rows("urban_norm") if row["indicator"] == kind)


@cache
def _rows(table: str) -> tuple[dict[str, str], ...]:
    text = resources.files("hjforecast").joinpath(f"calibration/{table}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))
