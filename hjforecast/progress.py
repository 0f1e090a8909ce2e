"""How far a target has come: shares of the planned change, paths, classes, and what the remaining years take.

Plain functions of numbers in the indicator's unit; growth in per cent a year. With base b, target T, actual a, k of
the plan's n years gone:

- `level` (levels and counts): progress ln(a/b) / ln(T/b); the path is b (T/b)^(k/n).
- `points` (shares, indices, changes): progress (a - b) / (T - b); the path is straight.
- `growth` (planned g a year): progress is the log growth so far / (n ln(1 + g)).
- `sum` (a cumulative target without a base, or one that the years' amounts add up to): progress total / T.
- `bound` (already met in the base year, or `<=` without a base): kept or not.
- `none` (no base, not met): no progress can be measured.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hjforecast.units import Printed

__all__ = [
    "CLASSES",
    "TOLERANCE_POINTS",
    "Progress",
    "bound",
    "change",
    "classify",
    "growth",
    "level",
    "points",
    "total",
]

EARLY, AHEAD, ON_TRACK, BEHIND, UNKNOWN = "提前实现", "快于预期", "符合预期", "滞后", "无数据"
CLASSES = (EARLY, AHEAD, ON_TRACK, BEHIND, UNKNOWN)
"""The classes of a mid-term evaluation, best first; the last where nothing can be judged."""

TOLERANCE_POINTS = 5.0
"""Points of progress that count as on time: a quarter of a year in a plan of five (100/5/4). Yearly figures come out
months later and are revised by about as much, so a smaller distance says nothing."""


@dataclass(frozen=True)
class Progress:
    """Where a target stands after `years` of `length`; shares of the planned change are fractions.

    `slack` is how far `done` may stand from the time elapsed for no other reason than rounding: half a unit in the last
    printed decimal of the actual figure, and of the base as far as the path still rests on it. The target is a
    decision, not a measurement, and is taken as printed. `required_growth` is % a year, `required_change` in units a
    year; both are 0 where the target is met, and None where they do not apply or no year is left.
    """

    basis: str
    actual: float
    met: bool
    done: float | None = None
    change_done: float | None = None
    slack: float = 0.0
    path: float | None = None
    planned_growth: float | None = None
    growth_so_far: float | None = None
    change_so_far: float | None = None
    required_growth: float | None = None
    required_change: float | None = None


def _half(value: float) -> float:
    return value.high - float(value) if isinstance(value, Printed) else 0.0


def _log_rate(change: float, years: int) -> float:
    """Return a log change as average growth, % a year."""
    return 100.0 * math.expm1(change / years)


def _needed(met: bool, left: int, amount: float) -> float | None:
    return None if left <= 0 else 0.0 if met else amount


def level(base: float, target: float, actual: float, years: int, length: int, *, met: bool) -> Progress:
    """Return the progress of a positive level toward another; raises ValueError where one is not positive."""
    planned, so_far, left = math.log(target / base), math.log(actual / base), length - years
    done = so_far / planned
    share = years / length
    slack = _half(actual) / actual + (1.0 - share) * _half(base) / base
    return Progress(
        "level", float(actual), met, done, (actual - base) / (target - base), slack / abs(planned),
        base * math.exp(planned * years / length), _log_rate(planned, length), _log_rate(so_far, years),
        required_growth=_needed(met, left, _log_rate(math.log(target / actual), max(left, 1))),
    )  # fmt: skip


def points(base: float, target: float, actual: float, years: int, length: int, *, met: bool) -> Progress:
    """Return the progress of a share, index or change: points done of points planned."""
    planned, left = target - base, length - years
    done = (actual - base) / planned
    share = years / length
    slack = (_half(actual) + (1.0 - share) * _half(base)) / abs(planned)
    return Progress(
        "points", float(actual), met, done, done, slack, base + planned * share,
        change_so_far=(actual - base) / years, required_change=_needed(met, left, (target - actual) / max(left, 1)),
    )  # fmt: skip


def change(base: float, planned: float, actual: float, years: int, length: int, *, met: bool) -> Progress:
    """Return the progress of a cumulative change from the base; actual and path are changes too."""
    found, share = points(base, base + planned, actual, years, length, met=met), years / length
    slack = (_half(actual) + _half(base)) / abs(planned)
    return replace(found, actual=float(actual - base), path=planned * share, slack=slack)


def growth(
    log_so_far: float, planned_pct: float, years: int, length: int, *, met: bool, measured: float, blur: float
) -> Progress:
    """Return the progress of a planned average growth.

    Parameters
    ----------
    log_so_far : log growth over `measured` years.
    planned_pct : planned growth, % a year, not zero.
    years, length : years gone and the plan's years; where rates of some years are missing `measured` is smaller
        than `years`, and the average of the others stands for them.
    blur : what the printed decimals could move `log_so_far` by.
    """
    rate, left = math.log1p(planned_pct / 100.0), length - years
    so_far = log_so_far / measured
    whole, reached = length * rate, so_far * years
    done = reached / whole
    slack = blur * years / measured
    early = done >= 1.0 if left > 0 else met
    return Progress(
        "growth", 100.0 * math.expm1(so_far), early, done, None, slack / abs(whole), float(planned_pct),
        float(planned_pct), 100.0 * math.expm1(so_far),
        required_growth=_needed(early, left, _log_rate(whole - reached, max(left, 1))),
    )  # fmt: skip


def total(amounts: Sequence[float], target: float, years: int, length: int, *, met: bool) -> Progress:
    """Return the progress of a cumulative target as the sum of the years' amounts (fixed investment, new firms)."""
    amount, left = math.fsum(amounts), length - years
    done = amount / target
    slack = sum(map(_half, amounts)) / abs(target)
    return Progress(
        "sum", amount, met, done, done, slack, target * years / length,
        change_so_far=amount / years, required_change=_needed(met, left, (target - amount) / max(left, 1)),
    )  # fmt: skip


def bound(
    base: float | None, target: float, actual: float, years: int, length: int, *, met: bool, rates: bool
) -> Progress:
    """Return whether a bound is kept (`done` 1 or 0); `rates` where the indicator moves by growth, not by points.

    Nothing is required of a bound that is kept; a broken one has to come back.
    """
    left = length - years
    logs = rates and min(target, actual) > 0.0
    back = _log_rate(math.log(target / actual), max(left, 1)) if logs else (target - actual) / max(left, 1)
    so_far = _log_rate(math.log(actual / base), years) if base and logs and base > 0.0 else None
    return Progress(
        "bound", float(actual), met, float(met), path=float(target), growth_so_far=so_far,
        change_so_far=None if base is None or logs else (actual - base) / years,
        required_growth=_needed(met, left, back) if logs else None,
        required_change=None if logs else _needed(met, left, back),
    )  # fmt: skip


def classify(progress: Progress, elapsed: float, *, finished: bool) -> str:
    """Return the class of a target, one of CLASSES.

    提前实现: met before its year, though not yet in the base year. 快于预期 / 滞后: progress ahead of, behind, the time
    elapsed by more than TOLERANCE_POINTS and the printed decimals' slack. 符合预期: in between, a bound kept, or met in
    the target year itself. 滞后 also: a bound broken, or the target year gone without the target.
    """
    if progress.basis == "bound":
        return ON_TRACK if progress.met else BEHIND
    if progress.met:
        return ON_TRACK if finished else EARLY
    if progress.done is None:
        return BEHIND if finished else UNKNOWN
    ahead, tolerance = progress.done - elapsed, TOLERANCE_POINTS / 100.0 + progress.slack
    if finished or ahead < -tolerance:
        return BEHIND
    return AHEAD if ahead >= tolerance else ON_TRACK
