"""What one rule does to an indicator over a span of years: its equation, in words, and the numbers in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from hjforecast.plan import Observation
from hjforecast.projection import Projection

__all__ = ["SCENARIO", "Number", "Step", "lever_number", "seen_number", "stated_number", "value_number"]

SCENARIO = "scenario"
"""The status of a number that the scenario sets."""


@dataclass(frozen=True)
class Number:
    """One number of an equation: its symbol there, value and unit (per cent as printed), status and source.

    `status` is reported, derived, assumed, projected, projected_from_assumed, or `scenario` for a lever's setting.
    """

    symbol: str
    value: float
    unit: str
    status: str
    source_zh: str = ""
    source_en: str = ""

    def source(self, lang: str = "zh") -> str:
        """Return its source in Chinese (`zh`) or English (`en`)."""
        return self.source_zh if lang == "zh" else self.source_en


@dataclass(frozen=True)
class Step:
    """How an indicator moves from `first` to `last`: rule, equation, the same in words, and the numbers that enter.

    In an equation y is the indicator itself, t the year; per cents enter as fractions.
    """

    rule: str
    first: int
    last: int
    equation: str
    zh: str
    en: str
    numbers: tuple[Number, ...] = ()

    def words(self, lang: str = "zh") -> str:
        """Return what the rule says in Chinese (`zh`) or English (`en`)."""
        return self.zh if lang == "zh" else self.en


_NO_SOURCE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"projected": ("测算", "projected"), "projected_from_assumed": ("由假定测算", "projected from an assumed figure")}
)


def value_number(projection: Projection, symbol: str, name: str, year: int) -> Number:
    """Return an indicator's value of a year as a number of an equation."""
    item, status = projection.plan.indicators[name], projection.status_of(name, year)
    seen = projection.plan.history(name).get(year)
    if seen is not None and status == seen.status:
        return seen_number(symbol, seen, item.unit)
    zh, en = _NO_SOURCE.get(status, ("", ""))
    return Number(symbol, projection.value(name, year), item.unit, status, zh, en)


def seen_number(symbol: str, seen: Observation, unit: str) -> Number:
    """Return a figure that the plan holds as a number of an equation."""
    return Number(symbol, float(seen.value), unit, seen.status, seen.source, seen.source)


def lever_number(symbol: str, lever: str, value: float, unit: str = "") -> Number:
    """Return a lever's setting as a number of an equation."""
    return Number(symbol, value, unit, SCENARIO, f"杠杆 {lever}", f"lever {lever}")


def stated_number(projection: Projection, symbol: str, name: str, value: float, unit: str = "") -> Number:
    """Return an assumption as a number of an equation; `value` is what it comes to where it is a word."""
    stated = projection.plan.assumptions.get(name)
    if stated is None:
        return Number(symbol, value, unit, "assumed", "程序的默认值", "default of the program")
    return Number(symbol, value, unit, stated.status, stated.reason("zh"), stated.reason("en"))
