"""What a spreadsheet makes of texts: printed figures as numbers, sheet names, the room that a text needs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from math import ceil
from typing import NamedTuple

__all__ = ["Number", "SheetNames", "cell_text", "line_count", "plain_integer", "printed_number", "text_width"]

_NUMBER = re.compile(
    r"(?P<before>[≥≤><≈~＞＜]?[ \u00a0]?\[?)(?P<sign>[-+−]?)(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?P<fraction>\.\d+)?"
    r"(?P<exponent>[eE][-+]?\d{1,2})?(?P<after>[ \u00a0\u202f]?[%％‰]?\]?[*†‡]*(?:（\d{4}年）|[ \u00a0]\(\d{4}\))?)",
    re.ASCII,
)
_INTEGER = re.compile(r"0|[1-9][0-9]{0,14}")
_MOST_DIGITS = 15
"""Significant digits that a spreadsheet keeps; a longer run of digits is an identifier."""

_NOT_XML = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TURNS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
"""Marks that turn the direction of what follows: the figures behind one would read backwards."""

_LONGEST_TEXT = 32767
_LONGEST_NAME = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")


class Number(NamedTuple):
    """A figure as a spreadsheet holds it: its value, and the number format that shows it as printed."""

    value: float
    format: str


def printed_number(text: str) -> Number | None:
    """Return a printed figure as a number; None where the text is none: a word, a range, a dash, a code.

    Signs, marks, brackets and a year in parentheses go into the format as literals, so the cell shows what the page
    shows: `≥8.0` is 8.0 shown by `"≥"0.0`. A percentage keeps its scale: `8 %` is 8. A run of digits with a leading
    zero, or longer than a spreadsheet can hold, is a code.
    """
    found = _NUMBER.fullmatch(text.strip())
    if not found or ("[" in found["before"]) != ("]" in found["after"]):
        return None
    whole, fraction = found["whole"].replace(",", ""), found["fraction"] or ""
    digits = whole + fraction[1:]
    if len(digits.lstrip("0")) > _MOST_DIGITS or re.match(r"0\d", whole):
        return None
    size = float(f"{whole}{fraction}{found['exponent'] or ''}")
    value = -size if size and found["sign"] in ("-", "−") else size
    return Number(value, _number_format(found, value))


def _number_format(found: re.Match[str], value: float) -> str:
    sign, before, after = found["sign"], _literal(found["before"]), _literal(found["after"])
    digits = "#,##0" if "," in found["whole"] else "0"
    if found["fraction"]:
        digits += "." + "0" * (len(found["fraction"]) - 1)
    digits += "E+00" if found["exponent"] else ""
    minus = _literal("−") if sign == "−" else "-"
    plus = "+" if sign == "+" else ""
    if not sign or (sign == "-" and value and not before):
        return f"{before}{digits}{after}"
    # Excel sets its own minus before every literal; sections of our own keep a sign where it is printed.
    zero = "" if value else plus or minus
    return f"{before}{plus}{digits}{after};{before}{minus}{digits}{after};{before}{zero}{digits}{after}"


def _literal(text: str) -> str:
    return f'"{text}"' if text else ""


def plain_integer(text: str) -> bool:
    """Tell whether a text is an integer as a spreadsheet shows it: digits alone, without a leading zero."""
    return _INTEGER.fullmatch(text) is not None


def cell_text(text: str) -> tuple[str, str]:
    """Return a text that a cell can hold, and what had to be done to it (empty for nothing)."""
    done = []
    text = _TURNS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if _NOT_XML.search(text):
        text = _NOT_XML.sub("\ufffd", text)
        done.append("Excel文件不能有的字符改作\ufffd / characters that an Excel file cannot hold are shown as \ufffd")
    if _units(text) > _LONGEST_TEXT:
        text = _cut(text, _LONGEST_TEXT)
        done.append(f"超过{_LONGEST_TEXT}个字符的文字已截断 / texts longer than {_LONGEST_TEXT} characters are cut")
    return text, "; ".join(done)


def _units(text: str) -> int:
    """Return a text's length as Excel counts it, in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _cut(text: str, longest: int) -> str:
    """Return a text cut to a length in UTF-16 units, an ellipsis at its end."""
    if _units(text) <= longest:
        return text
    return text.encode("utf-16-le")[: 2 * (longest - 1)].decode("utf-16-le", "ignore").rstrip() + "…"


class SheetNames:
    """Gives out sheet names that Excel accepts, each once whatever its case."""

    def __init__(self) -> None:
        self._taken = {"history"}  # Excel keeps this one for itself.

    def name(self, text: str) -> str:
        """Return a sheet name for a text, shortened, without forbidden and invisible characters."""
        # Lone surrogates are of category Cs, direction marks of Cf.
        kept = "".join(" " if unicodedata.category(char)[0] == "C" else char for char in text)
        base = " ".join(_FORBIDDEN.sub(" ", kept).split()) or "Sheet"
        count, name = 1, _cut(base, _LONGEST_NAME)
        while name.casefold() in self._taken:
            count += 1
            mark = f" ({count})"
            name = _cut(base, _LONGEST_NAME - len(mark)) + mark
        self._taken.add(name.casefold())
        return name


def text_width(text: str) -> int:
    """Return how wide the widest line of a text is, in digits; a Chinese character counts two."""
    return max(map(_line_width, text.split("\n")), default=0)


def _line_width(line: str) -> int:
    return (
        len(line) if line.isascii() else sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in line)
    )


def line_count(texts: Iterable[tuple[str, float]]) -> int:
    """Return how many lines the tallest of some texts takes; each comes with the width that it is set in."""
    counts = [sum(_lines(_line_width(line), width - 1) for line in text.split("\n")) for text, width in texts]
    return max(counts, default=1)


def _lines(wanted: float, room: float) -> int:
    # A little is lost at the end of each line, where a word or figure does not fit.
    return 1 if wanted <= room else ceil(1.05 * wanted / max(1.0, room))
