"""What the last plan delivered of what it planned, and what that implies for this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hjforecast.plan import Plan, Target

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["delivery", "delivery_ratio", "delivery_ratios"]


def delivery_ratios(plan: Plan) -> dict[str, float]:
    """Return delivered / planned of the last plan by indicator: growth rates where both are printed, else changes.

    An indicator is left out whose plan or outcome prints neither, plans no change, or plans a change for the worse
    (then the two figures are not of one kind; the audit names the row).
    """
    ratios = {}
    for planned in plan.targets_of(plan.previous):
        outcome = plan.outcome(planned.indicator)
        pair = _comparable(planned, outcome) if outcome else None
        if pair and planned.indicator not in ratios and _is_aim(plan, planned.indicator, pair[0]):
            ratios[planned.indicator] = pair[1] / pair[0]
    return ratios


def _is_aim(plan: Plan, name: str, change: float) -> bool:
    wrong = {"up": change < 0.0, "down": change > 0.0}
    return change != 0.0 and not wrong.get(plan.indicator(name).better, False)


def _comparable(planned: Target, outcome: Target) -> tuple[float, float] | None:
    if planned.growth_pct is not None and outcome.growth_pct is not None:
        return planned.growth_pct, outcome.growth_pct
    if planned.cumulative is not None and outcome.cumulative is not None:
        return planned.cumulative, outcome.cumulative
    return None


def delivery_ratio(plan: Plan, name: str) -> float:
    """Return the ratio expected of one indicator now: d = (n d_own + k d_ref) / (n + k), not below 0.

    n is 1 with the indicator's own record. An indicator without one takes the median of the plan's records as
    its own, with their number as n. d_ref and k are the plan's `delivery_reference` and `delivery_weight`.
    """
    ratios = delivery_ratios(plan)
    if name in ratios:
        own, count = ratios[name], 1
    else:
        own, count = (float(np.median(list(ratios.values()))), len(ratios)) if ratios else (0.0, 0)
    reference, weight = plan.number("delivery_reference"), plan.number("delivery_weight")
    if count + weight == 0:
        return reference
    return max((count * own + weight * reference) / (count + weight), 0.0)


def delivery(plan: Plan) -> pd.DataFrame:
    """Return the last plan's record: indicator, planned, delivered, ratio, expected, n, basis (growth or change).

    `ratio` is delivered / planned; `expected` is the ratio after shrinkage to the reference class.
    """
    import pandas as pd

    rows = []
    for name, ratio in delivery_ratios(plan).items():
        planned = next(row for row in plan.targets_of(plan.previous, name) if row.quantified)
        outcome = plan.outcome(name)
        assert outcome is not None
        pair = _comparable(planned, outcome)
        assert pair is not None
        basis = "growth" if planned.growth_pct is not None and outcome.growth_pct is not None else "change"
        rows.append((name, *map(float, pair), ratio, delivery_ratio(plan, name), 1, basis))
    return pd.DataFrame(rows, columns=["indicator", "planned", "delivered", "ratio", "expected", "n", "basis"])
