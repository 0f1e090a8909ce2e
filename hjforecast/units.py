"""Plan arithmetic: growth and level, shares and logits, price change, printed precision.

Rates and shares are fractions here (0.08, 0.451); only files and tables show percent. Every function works on
scalars and arrays alike and keeps no state.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "Printed",
    "back_cast",
    "compound",
    "employment_growth",
    "growth_average",
    "growth_interval",
    "growth_summing_to",
    "inverse_logit",
    "level_interval",
    "link",
    "logit",
    "price_change_implied",
    "unlink",
]

Array = Any


class Printed(float):
    """A number that remembers how many decimals it was printed with.

    `Printed("9.0")` is any true value in [8.95, 9.05]; arithmetic on it gives plain floats.
    """

    decimals: int

    def __new__(cls, text: str) -> Printed:
        """Return the number that `text` prints."""
        number = super().__new__(cls, text)
        number.decimals = len(text.partition(".")[2])
        return number

    @property
    def low(self) -> float:
        """Smallest true value that prints like this one."""
        return float(self) - 0.5 * 10.0**-self.decimals

    @property
    def high(self) -> float:
        """Largest true value that prints like this one."""
        return float(self) + 0.5 * 10.0**-self.decimals


def growth_average(start: Array, end: Array, years: Array) -> Array:
    """Return the average yearly growth g that solves start x (1 + g)^years = end (年均增长)."""
    return (np.asarray(end) / np.asarray(start)) ** (1.0 / np.asarray(years)) - 1.0


def growth_summing_to(start: float, total: float, years: int) -> float:
    """Return the yearly growth g by which the amounts start x (1 + g)^t of t = 1..years add up to `total`.

    Parameters: `start` and `total` positive, in one unit. Solved by halving, which cannot fail: the sum rises with g.
    """
    low, high = -1.0, max(total / start, 1.0)
    for _ in range(200):
        middle = (low + high) / 2.0
        amounts = start * (1.0 + middle) ** np.arange(1, years + 1)
        low, high = (middle, high) if amounts.sum() < total else (low, middle)
    return (low + high) / 2.0


def compound(start: Array, growth: Array, years: Array) -> Array:
    """Return start x (1 + growth)^years."""
    return np.asarray(start) * (1.0 + np.asarray(growth)) ** np.asarray(years)


def back_cast(end: Array, growth: Array, years: Array) -> Array:
    """Return the start level from which `growth` a year reaches `end` in `years`."""
    return np.asarray(end) / (1.0 + np.asarray(growth)) ** np.asarray(years)


def price_change_implied(growth_nominal: Array, growth_real: Array) -> Array:
    """Return the price change p in (1 + nominal) = (1 + real)(1 + p)."""
    return (1.0 + np.asarray(growth_nominal)) / (1.0 + np.asarray(growth_real)) - 1.0


def employment_growth(growth_real: Array, productivity_growth: Array) -> Array:
    """Return the employment growth e in (1 + gdp) = (1 + productivity)(1 + e)."""
    return price_change_implied(growth_real, productivity_growth)


def logit(share: Array, cap: float = 1.0) -> Array:
    """Return log(share / (cap - share)) for a share strictly between 0 and its cap (fractions)."""
    share = np.asarray(share, dtype=float)
    return np.log(share) - np.log(cap - share)


def inverse_logit(x: Array, cap: float = 1.0) -> Array:
    """Return the share (fraction) whose logit under `cap` is x."""
    return cap / (1.0 + np.exp(-np.asarray(x, dtype=float)))


def link(value: Array, name: str, cap: float = 1.0) -> Array:
    """Return `value` in link space: `log`, `logit` (under `cap`) or `identity`."""
    if name == "log":
        return np.log(np.asarray(value, dtype=float))
    return logit(value, cap) if name == "logit" else np.asarray(value, dtype=float)


def unlink(x: Array, name: str, cap: float = 1.0) -> Array:
    """Return the value whose link is x; the inverse of `link`."""
    if name == "log":
        return np.exp(np.asarray(x, dtype=float))
    return inverse_logit(x, cap) if name == "logit" else np.asarray(x, dtype=float)


def level_interval(start: Printed, growth_pct: Printed, years: int) -> tuple[float, float]:
    """Return the lowest and highest level that a printed start and a printed growth (%) can reach in `years`."""
    low = compound(start.low, growth_pct.low / 100.0, years)
    high = compound(start.high, growth_pct.high / 100.0, years)
    return float(low), float(high)


def growth_interval(start: Printed, end: Printed, years: int) -> tuple[float, float]:
    """Return the lowest and highest average growth (fraction) consistent with two printed levels."""
    low = growth_average(start.high, end.low, years)
    high = growth_average(start.low, end.high, years)
    return float(low), float(high)
