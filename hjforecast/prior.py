"""What past errors taught the trend rule: one constant per row of calibration/trend_prior.csv.

The table is written by tools/calibrate.py, never by hand; every row says how many errors, origins and which
panel (sha256) it rests on.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib import resources

__all__ = ["Prior", "load_prior"]


@dataclass(frozen=True)
class Prior:
    """Constants of the trend rule; growth is log growth a year, k_* are pseudo-observations of a shrinkage.

    Path
    anchor, damping: long-run growth g* and the yearly decay phi of the distance to it.
    last_weight: weight of the last year's pooled growth; the rest is the median of the last three years.
    worth_group, damping_group, memory_group: the share of a group's recent distance from the panel that is
        carried forward, how fast it fades, and the weight of a year relative to the next in "recent".
    worth_own, damping_own, memory_own: the same for a series' distance from its group.
    risk_group, risk_own: yearly growth lost per unit of spread above the panel's (volatile places slow down).

    Width
    memory_spread, spread: decay of old deviations, and the prior mean absolute yearly deviation.
    spread_power: how far a series' own spread, against its group's, moves its band (0 not at all, 1 fully).
    noise, drift: s and t as multiples of the spread.
    shock, shock_weight: prior root mean square yearly change of pooled growth, and its multiple that joins t.
    skew: square root of lower over upper half-width.

    A series without a panel
    alone_k: k of its worth b^2 / (b^2 + k se^2). alone_damping, alone_memory, alone_noise, alone_drift,
        alone_spread: as above.
    """

    anchor: float
    damping: float
    last_weight: float
    worth_group: float
    damping_group: float
    memory_group: float
    k_group: float
    worth_own: float
    damping_own: float
    memory_own: float
    k_catchup: float
    risk_group: float
    risk_own: float
    memory_spread: float
    spread: float
    k_spread: float
    k_spread_group: float
    k_spread_own: float
    spread_power: float
    noise: float
    drift: float
    k_drift: float
    shock: float
    k_shock: float
    shock_weight: float
    skew: float
    alone_k: float
    alone_damping: float
    alone_memory: float
    alone_noise: float
    alone_drift: float
    alone_spread: float


def load_prior(indicator: str = "gdp_nominal") -> Prior:
    """The committed calibrated prior of an indicator (hjforecast/calibration/trend_prior.csv).

    Raises ValueError naming the known indicators when the table has none for this one.
    """
    text = resources.files("hjforecast").joinpath("calibration/trend_prior.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    values = {r["parameter"]: float(r["value"]) for r in rows if r["indicator"] == indicator}
    if not values:
        known = ", ".join(sorted({r["indicator"] for r in rows}))
        raise ValueError(f"no calibrated prior for indicator {indicator!r}; known: {known}")
    return Prior(**values)
