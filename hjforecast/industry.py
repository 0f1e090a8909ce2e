"""Kernels for industry: assumed bases, the pull of chains on GDP, and investment projects."""

from __future__ import annotations

from typing import Any

import numpy as np

from hjforecast.growth import growth_of
from hjforecast.units import back_cast, growth_average

__all__ = ["assumed_base", "excess_growth", "project_output", "required_growth"]

Array = Any


def assumed_base(target: Array, growth: float, years: int) -> Array:
    """Return the base from which `growth` (fraction) reaches `target`: target / (1 + g)^years."""
    return back_cast(target, growth, years)


def required_growth(base: Array, target: Array, years: int) -> Array:
    """Return the average growth (fraction) that a base needs to reach its target in `years`."""
    return growth_average(base, target, years)


def excess_growth(chains: Array, usual: Array) -> Array:
    """Return how much faster the chains' total grows than usual, one value a year.

    Parameters: `chains` and `usual`, outputs for 0..n, shape (number of chains, n + 1), current prices.
    """
    return growth_of(np.sum(chains, axis=0)) - growth_of(np.sum(usual, axis=0))


def project_output(years: Array, start_year: int, capacity: float, ramp_years: int, probability: float) -> Array:
    """Return a project's expected output: capacity x ramp x probability.

    The ramp is 1/ramp_years in the start year and rises straight to 1, then stays.
    """
    ramp = np.clip((np.asarray(years) - start_year + 1) / ramp_years, 0.0, 1.0)
    return capacity * ramp * probability
