"""Kernels for growth: damped rates, levels from rates, followers of a driver, paths to a target.

Time runs along the last axis; index 0 is the start year. Rates are fractions a year. No state, numpy only.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from hjforecast.units import link, unlink

__all__ = ["damped", "elastic", "filled", "growth_of", "level_path", "scheduled", "target_path"]

Array = Any


def damped(start: Array, long_run: Array, damping: Array, steps: int) -> Array:
    """Return growth after 1..steps years: g_t = g* + (g_0 - g*) phi^t.

    Parameters: `start` g_0 and `long_run` g* (fractions), `damping` phi in [0, 1], `steps` years ahead.
    Shape: that of `start`, with `steps` along a new last axis.
    """
    start, long_run = np.asarray(start, dtype=float), np.asarray(long_run, dtype=float)
    powers = np.asarray(damping, dtype=float) ** np.arange(1, steps + 1)
    return long_run[..., None] + (start - long_run)[..., None] * powers


def scheduled(default: Array, given: Array, long_run: float, damping: float) -> Array:
    """Return growth that follows `given` where it is set (not NaN) and `default` before and between.

    After the last given year growth continues from there, damped toward `long_run`. All shape (steps,).
    """
    given = np.asarray(given, dtype=float)
    growth = np.asarray(np.where(np.isnan(given), default, given))
    if np.isnan(given).all():
        return growth
    last = int(np.flatnonzero(~np.isnan(given))[-1])
    growth[last + 1 :] = damped(growth[last], long_run, damping, growth.size - last - 1)
    return growth


def level_path(start: Array, growth: Array) -> Array:
    """Return levels for indices 0..n: start x prod(1 + g). Shape: that of `growth` with one more along time."""
    growth = np.asarray(growth, dtype=float)
    first = np.ones((*growth.shape[:-1], 1))
    factors = np.concatenate([first, np.cumprod(1.0 + growth, axis=-1)], axis=-1)
    return np.asarray(start)[..., None] * factors


def growth_of(path: Array) -> Array:
    """Return the yearly growth of a path of levels: one fewer along time."""
    path = np.asarray(path, dtype=float)
    return path[..., 1:] / path[..., :-1] - 1.0


def elastic(start: Array, driver: Array, elasticity: Array, drift: Array = 0.0) -> Array:
    """Return a follower's levels: d log y = elasticity x d log driver + drift (log points a year).

    `driver` holds levels from the start year on; the result has its shape and begins at `start`.
    """
    driver = np.asarray(driver, dtype=float)
    years = np.arange(driver.shape[-1])
    relative = driver / driver[..., :1]
    return (
        np.asarray(start)[..., None] * relative ** np.asarray(elasticity)[..., None] * np.exp(np.asarray(drift) * years)
    )


def target_path(start: float, goal: float, years: int, link_name: str, cap: float = 1.0) -> Array:
    """Return levels for 0..years from `start` to `goal` by constant change in link space.

    Both ends are kept to the bit. Where an end lies on the bound of its link (a share of 0 or its cap, a
    level of 0) no link change exists and the path is straight.
    """
    inside = {"log": min(start, goal) > 0.0, "logit": min(start, goal) > 0.0 and max(start, goal) < cap}
    name = link_name if inside.get(link_name, True) else "identity"
    ends = link(np.array([start, goal]), name, cap)
    path = unlink(ends[0] + (ends[1] - ends[0]) * np.arange(years + 1) / years, name, cap)
    path[0], path[-1] = start, goal
    return path


def filled(path: Array, link_name: str, seen: Array | None = None) -> Array:
    """Return a path whose missing years between two known ones follow constant change in link space.

    `seen` says which years count as ends (those that hold a number by default); a number in between is kept.
    """
    path = np.array(path, dtype=float)
    ends = np.flatnonzero(~np.isnan(path) if seen is None else seen)
    for first, last in pairwise(ends.tolist()):
        between = target_path(float(path[first]), float(path[last]), last - first, link_name)
        path[first : last + 1] = np.where(np.isnan(path[first : last + 1]), between, path[first : last + 1])
    return path
