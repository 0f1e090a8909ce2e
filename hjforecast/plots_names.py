"""Names as charts show them: cut and wrapped, so that a very long one leaves the picture its room.

Tables and prose keep the whole name. Lengths are counted in columns: a Chinese character takes two, a Latin one one
(but M and W two).
"""

from __future__ import annotations

from itertools import accumulate
from textwrap import wrap
from unicodedata import east_asian_width

from hjforecast.indicators import Indicator
from hjforecast.projection import Projection

__all__ = ["NARROW", "is_broad", "is_wide", "name_of", "short", "title_of", "wrapped"]

NARROW = 22
"""Columns of a scenario's title where two panels share the width of a figure."""
_TITLE, _NAME, _ELLIPSIS, _BROAD = 32, 72, "…", "MWmw@%"


def is_wide(text: str) -> bool:
    """Return whether a text has Chinese characters, or others as wide."""
    return any(east_asian_width(char) in "WF" for char in text)


def is_broad(text: str) -> bool:
    """Return whether lines of a text hold half as many characters: it is Chinese, or mostly broad letters."""
    return is_wide(text) or sum(_columns(text)) > 1.4 * len(text)


def _columns(text: str) -> list[int]:
    return [2 if char in _BROAD or is_wide(char) else 1 for char in text]


def short(text: str, most: int) -> str:
    """Return a text of at most `most` columns; one that was longer ends in an ellipsis, which takes two."""
    ends = list(accumulate(_columns(text[: most + 1])))
    if not ends or ends[-1] <= most:
        return text
    return text[: sum(end <= most - 2 for end in ends)].rstrip() + _ELLIPSIS


def wrapped(text: str, limit: int, most: int = 2) -> str:
    """Return a text in at most `most` lines of `limit` columns; one that was longer ends in an ellipsis."""
    text = text[: (most + 1) * limit]
    width = limit // 2 if is_broad(text) else limit
    lines = wrap(text, width)
    if len(lines) > most:
        lines[most - 1 :] = [lines[most - 1][: width - 1].rstrip() + _ELLIPSIS]
    return "\n".join(lines)


def title_of(projection: Projection, lang: str, most: int = _TITLE) -> str:
    """Return the title of a projection's scenario, of at most `most` columns."""
    return short(projection.scenario.title(lang), most)


def name_of(item: Indicator, lang: str, most: int = _NAME) -> str:
    """Return an indicator's name, of at most `most` columns."""
    return short(item.name(lang), most)
