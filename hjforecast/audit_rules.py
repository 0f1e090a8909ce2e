"""The audit's rules as data: severities, titles, thresholds and messages, and what one finding is."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from hjforecast.indicators import Indicator
from hjforecast.plan import Target
from hjforecast.units import Printed

__all__ = [
    "Finding",
    "Message",
    "Rule",
    "Text",
    "amount",
    "as_percent",
    "both",
    "cited",
    "listed",
    "named",
    "number",
    "percent",
    "percent_span",
    "printed",
    "quantity",
    "rules",
    "sources",
    "span",
    "target_text",
    "wording",
]

Text = str | tuple[str, str]
"""A field of a message: one text for both languages, or the Chinese and the English one."""

_LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class Message:
    """One wording of a rule: its severity and its sentence in both languages, with named fields."""

    severity: str
    zh: str
    en: str


@dataclass(frozen=True)
class Rule:
    """One rule of `audit_rules.toml`. `messages` holds its wordings by variant, the plain one under an empty name."""

    id: str
    title_zh: str
    title_en: str
    thresholds: Mapping[str, Any]
    messages: Mapping[str, Message]

    def title(self, lang: str = "zh") -> str:
        """Return its title in Chinese (`zh`) or English (`en`)."""
        return self.title_zh if lang == "zh" else self.title_en


@dataclass(frozen=True)
class Finding:
    """One thing that a rule found.

    `expected` and `observed` are in the first indicator's unit, or per cent where the rule compares growth; None
    where there is no number. `tolerance` is the lowest and highest value that would have been silent. `fields` fill
    the message that `variant` selects.
    """

    rule: str
    indicators: tuple[str, ...]
    year: int
    expected: float | None
    observed: float | None
    tolerance: tuple[float, float] | None
    source: str
    fields: Mapping[str, Text] = field(default_factory=dict)
    variant: str = ""

    @property
    def message(self) -> Message:
        """The wording that fits it."""
        return rules()[self.rule].messages[self.variant]

    def text(self, lang: str = "zh") -> str:
        """Return its message in Chinese (`zh`) or English (`en`)."""
        template = self.message.zh if lang == "zh" else self.message.en
        chosen = _LANGUAGES.index(lang)
        return template.format_map(
            {name: text if isinstance(text, str) else text[chosen] for name, text in self.fields.items()}
        )


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name("audit_rules.toml").read_text(encoding="utf-8"))


@cache
def rules() -> Mapping[str, Rule]:
    """Return the rule table by rule id."""
    return {name: _rule(name, body) for name, body in _table()["rules"].items()}


def _rule(name: str, body: Mapping[str, Any]) -> Rule:
    wordings = {"": body, **body.get("variants", {})}
    messages = {
        variant: Message(words.get("severity", body["severity"]), words["message"]["zh"], words["message"]["en"])
        for variant, words in wordings.items()
    }
    return Rule(name, body["title"]["zh"], body["title"]["en"], body.get("thresholds", {}), messages)


def wording(group: str, key: str) -> Text:
    """Return a word of the table's `[words]` or a formula of its `[forms]`, in both languages."""
    found = _table()[group][key]
    return found["zh"], found["en"]


def number(value: float, decimals: int = 2) -> str:
    """Return a number with fixed decimals, never `-0.00`."""
    text = f"{value:.{decimals}f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text


def printed(value: Printed) -> str:
    """Return a figure as it was printed."""
    return number(float(value), value.decimals)


def span(low: float, high: float, decimals: int = 2, unit: str = "") -> Text:
    """Return an interval, `0.69%—1.63%` in Chinese and `0.69–1.63 %` in English; one-sided with ≥ or ≤.

    A narrow interval gets up to three decimals more, so that its ends do not print alike.
    """
    if math.isinf(high) or math.isinf(low):
        bound = f"≥{number(low, decimals)}" if math.isinf(high) else f"≤{number(high, decimals)}"
        return quantity(bound, unit)
    if high > low:
        decimals = min(max(decimals, math.ceil(-math.log10((high - low) / 2.0))), decimals + 3)
    ends = number(low, decimals), number(high, decimals)
    if ends[0] == ends[1]:
        return quantity(ends[0], unit)
    mark_zh, mark_en = ("至", " to ") if low < 0.0 else ("—", "–")
    return ends[0] + unit + mark_zh + ends[1] + unit, quantity(mark_en.join(ends), unit)[1]


def quantity(text: str, unit: str) -> tuple[str, str]:
    """Return a number with its unit: `123.45亿元`, `123.45 hundred million yuan`."""
    unit_en = _table()["units"].get(unit, unit)
    return text + unit, f"{text} {unit_en}".rstrip()


def percent(value: float, decimals: int = 2) -> Text:
    """Return a per cent figure (given as a fraction) with its sign: `4.07%`, `4.07 %`."""
    return quantity(number(100.0 * value, decimals), "%")


def _pair(text: Text) -> tuple[str, str]:
    return (text, text) if isinstance(text, str) else text


def both(template: Text, *texts: Text) -> Text:
    """Return `template` filled, by position, with the Chinese texts and with the English ones."""
    pairs, (zh, en) = [_pair(text) for text in texts], _pair(template)
    return zh.format(*(pair[0] for pair in pairs)), en.format(*(pair[1] for pair in pairs))


def amount(value: Printed, item: Indicator) -> Text:
    """Return a printed figure with its indicator's unit."""
    return quantity(printed(value), item.unit)


def target_text(row: Target, value: Printed, item: Indicator) -> Text:
    """Return a target level with its comparator and unit: `≥16.8万吨`."""
    mark = {">=": "≥", "<=": "≤", ">": ">"}.get(row.comparator, "")
    text = quantity(mark + printed(value), item.unit)
    return both(wording("words", "about"), text) if row.comparator == "~" else text


def named(item: Indicator) -> Text:
    """Return an indicator's name."""
    return item.name_zh, item.name_en


def cited(text: Text, source: str) -> Text:
    """Return a text followed by where it stands."""
    zh, en = _pair(text)
    return f"{zh}（{source}）", f"{en} ({source})"


def listed(texts: Sequence[Text]) -> Text:
    """Return several texts as one list."""
    pairs = [_pair(text) for text in texts]
    return "、".join(pair[0] for pair in pairs), "; ".join(pair[1] for pair in pairs)


def sources(*pointers: str) -> str:
    """Return source pointers as one, each once."""
    return "；".join(dict.fromkeys(pointer for joined in pointers for pointer in joined.split("；") if pointer))


def as_percent(ends: tuple[float, float]) -> tuple[float, float]:
    """Return an interval of fractions in per cent."""
    return 100.0 * ends[0], 100.0 * ends[1]


def percent_span(ends: tuple[float, float]) -> Text:
    """Return an interval of fractions as per cent text."""
    return span(*as_percent(ends), unit="%")
