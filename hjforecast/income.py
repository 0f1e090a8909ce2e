"""Kernels for income: the mean of urban and rural residents, and its two parts solved from it."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["mix", "solve_parts"]

Array = Any


def mix(urban: Array, rural: Array, share_urban: Array) -> Array:
    """Return residents' mean income: urban x share + rural x (1 - share); any shape, share a fraction.

    It may rightly grow faster than both parts while people move from the poorer to the richer one.
    """
    share_urban = np.asarray(share_urban)
    return np.asarray(urban) * share_urban + np.asarray(rural) * (1.0 - share_urban)


def solve_parts(total: Array, share_urban: Array, urban: float, rural: float, lead: float) -> tuple[Array, Array]:
    """Return urban and rural income paths whose mix is `total` while rural grows `lead` faster than urban.

    Each year solves total_t = s_t U (1 + g) + (1 - s_t) R (1 + g + lead) for g, linear in g.

    Parameters: `total` and `share_urban` for indices 0..n (yuan; fraction), `urban` and `rural` at index 0 (yuan),
    `lead` a fraction a year. Index 0 of the results is `urban` and `rural` themselves.
    """
    total, share_urban = np.asarray(total, dtype=float), np.asarray(share_urban, dtype=float)
    parts = np.empty((2, total.size))
    parts[:, 0] = urban, rural
    for t in range(1, total.size):
        weighted = parts[:, t - 1] * (share_urban[t], 1.0 - share_urban[t])
        growth = (total[t] - weighted[1] * lead) / weighted.sum() - 1.0
        parts[:, t] = parts[:, t - 1] * (1.0 + growth, 1.0 + growth + lead)
    return parts[0], parts[1]
