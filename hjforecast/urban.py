"""Kernel for the urban share: the UN urban-rural growth difference, fading to a peer norm."""

from __future__ import annotations

from typing import Any

import numpy as np

from hjforecast.units import inverse_logit, logit

__all__ = ["peer_norm", "urgd", "urgd_weight"]

Array = Any


def urgd_weight(elapsed: Array, fade_years: float) -> Array:
    """Return w_t, the weight of a place's own speed: 1 at `elapsed` 0, falling straight to 0 at `fade_years`."""
    return np.clip(1.0 - np.asarray(elapsed, dtype=float) / fade_years, 0.0, 1.0)


def peer_norm(share: Array, intercept: float, slope: float, cap: float = 1.0) -> Array:
    """Return d*(P) = intercept + slope x logit(P), the yearly logit change usual among peers at share P."""
    return intercept + slope * logit(share, cap)


def urgd(
    start: float,
    own_speed: float,
    steps: int,
    *,
    norm: tuple[float, float],
    fade_years: float,
    elapsed: int = 0,
    cap: float = 1.0,
    push: Array = 0.0,
) -> Array:
    """Return the urban share for 0..steps: logit P_t - logit P_{t-1} = d_t, d_t = w_t d_0 + (1 - w_t) d*(P_{t-1}).

    Parameters
    ----------
    start, cap : share now and its ceiling K, fractions.
    own_speed : d_0, the place's own yearly logit change.
    steps : years ahead.
    norm : intercept and slope of the peer norm d*.
    fade_years : years from the base year until the norm rules alone (the UN uses 25).
    elapsed : years from the base year to `start`.
    push : added to d_t, a scalar or one value a step (growth elasticity).

    Source: UN DESA, World Urbanization Prospects: The 2018 Revision, Methodology, ch. III; peers instead of its world line.
    """
    weights = urgd_weight(elapsed + np.arange(1, steps + 1), fade_years)
    pushes = np.broadcast_to(np.asarray(push, dtype=float), (steps,))
    x = np.empty(steps + 1)
    x[0] = logit(start, cap)
    for t in range(steps):
        norm_speed = norm[0] + norm[1] * x[t]
        x[t + 1] = x[t] + weights[t] * own_speed + (1.0 - weights[t]) * norm_speed + pushes[t]
    path = inverse_logit(x, cap)
    path[0] = start
    return path
