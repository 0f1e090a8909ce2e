"""The values that levers have in a scenario as it stands: by year, or one for all years."""

from __future__ import annotations

from collections.abc import Container

import numpy as np

from hjforecast.growth import growth_of
from hjforecast.levers import GDP_INDUSTRY
from hjforecast.model import central_path
from hjforecast.plan import Plan
from hjforecast.rules import own_speed
from hjforecast.run import PRICE, REAL, Run
from hjforecast.samples import cap_of
from hjforecast.scenario import Scenario, settings

__all__ = ["later_spans", "lever_path", "lever_value"]


def lever_path(plan: Plan, scenario: Scenario, run: Run, family: str, word: str) -> np.ndarray | None:
    """Return the present value of a lever by projected year (outside units), None where it has no path."""
    if family == "shock":
        return np.nan_to_num(run.lever_path("shock"))
    if family == "chain_growth":
        path = 100.0 * growth_of(run.paths[word])
    elif family == "price_change":
        path = 100.0 * run.paths[PRICE][1:] if PRICE in run.paths else np.array([np.nan])
    elif REAL in run.paths:
        # Without shocks and the pull of chains, which come on top of the lever.
        bare = scenario.with_levers({"shock": 0.0, f"elasticity.{GDP_INDUSTRY}": 0.0})
        path = central_path(plan, bare, REAL, int(run.years[-1]))[1:]
    else:
        return None
    return None if np.isnan(path).any() else path


def later_spans(plan: Plan, scenario: Scenario, lever: str) -> dict[str, float]:
    """Return what a scenario says of a lever after the plan period, as spans."""
    current, first = settings(plan, scenario).get(lever), plan.target_year + 1
    if isinstance(current, float):
        return {f"{first}-2200": current}
    spans = current if isinstance(current, tuple) else ()
    return {f"{max(start, first)}-{end}": value for start, end, value in spans if end >= first}


def lever_value(plan: Plan, run: Run, near: Container[str], name: str) -> float | None:
    """Return the value that a plain lever has in a scenario, None where it has none or cannot matter."""
    family, _, word = name.partition(".")
    item = plan.indicators.get(word)
    if family == "elasticity":
        free = word == GDP_INDUSTRY or (item is not None and item.rule == "urgd")
        return run.elasticity(word, 0.0 if free else None)
    if family == "delivery":
        return run.delivered(item) if item is not None and plan.target(item.id) is not None else run.lever(name)
    if family == "chain_base":
        seen = plan.base(word)
        known = run.paths[word][0]
        return None if (seen is not None and seen.status == "reported") or np.isnan(known) else float(known)
    if family == "pipeline":
        return _or(run.lever(name), 1.0) if plan.investments else None
    return _urban(plan, run, near, name)


def _urban(plan: Plan, run: Run, near: Container[str], name: str) -> float | None:
    urban = next((one for one in plan.indicators.values() if one.rule == "urgd" and one.id in near), None)
    if urban is None:
        return None
    cap = cap_of(run, urban)
    return 100.0 * cap if name == "urban.cap" else _or(run.lever(name), own_speed(plan, urban, cap))


def _or(value: float | None, default: float) -> float:
    return default if value is None else value
