"""Random paths of every indicator: link-space errors laid on the central paths, identities computed draw by draw."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hjforecast.indicators import Indicator
from hjforecast.rules import IDENTITY
from hjforecast.run import GDP, Run
from hjforecast.uncertainty import ErrorModel, draw_errors
from hjforecast.units import link, unlink

__all__ = ["QUANTILES", "cap_of", "lay_errors", "sample_paths", "with_error"]

QUANTILES = {"p05": 0.05, "p10": 0.10, "p25": 0.25, "p50": 0.50, "p75": 0.75, "p90": 0.90, "p95": 0.95}
"""Statistics of the tidy table and the quantile each stands for."""


def sample_paths(run: Run, order: tuple[str, ...], model: ErrorModel, draws: int, seed: int) -> dict[str, np.ndarray]:
    """Return random paths by indicator in inside units, each of shape (draws, years); only those that have errors.

    An identity has draws where any of its members has; its other members keep their central path.
    """
    return lay_errors(run, order, draw_errors(model, draws, seed))


def lay_errors(run: Run, order: tuple[str, ...], errors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the paths that link-space errors of shape (..., years) lead to, identities computed from their members.

    `order` names the indicators to go through, members before their identities.
    """
    paths: dict[str, np.ndarray] = {}
    for name in order:
        item = run.plan.indicators[name]
        if name in errors:
            paths[name] = with_error(item, run.paths[name], errors[name], cap_of(run, item))
        elif item.rule == "identity" and item.form in IDENTITY and any(one in paths for one in item.members):
            paths[name] = _identity(run, item, paths)
    return paths


def cap_of(run: Run, item: Indicator) -> float:
    """Return the ceiling of a share (fraction): the urban one for the urban share, else 1."""
    if item.rule != "urgd":
        return 1.0
    lever = run.lever("urban.cap")
    return (run.plan.number("urban.cap") if lever is None else lever) / 100.0


def with_error(item: Indicator, central: np.ndarray, error: np.ndarray, cap: float = 1.0) -> np.ndarray:
    """Return a central path with link-space errors laid on it.

    A growth rate's error is that of the level it drives: (1 + g_t) exp(e_t - e_{t-1}) - 1.
    """
    if item.kind == "growth":
        steps = np.diff(error, axis=-1, prepend=error[..., :1])
        return (1.0 + central) * np.exp(steps) - 1.0
    if item.link == "log":
        path = np.exp(error)
        path *= central
        return path
    if item.link == "logit":
        return _share_with_error(central, error, cap)
    return central + error


def _share_with_error(central: np.ndarray, error: np.ndarray, cap: float) -> np.ndarray:
    inside = (central > 0.0) & (central < cap)
    safe = np.where(inside, central, 0.5 * cap)
    return np.where(inside, unlink(link(safe, "logit", cap) + error, "logit", cap), central)


def _identity(run: Run, item: Indicator, paths: Mapping[str, np.ndarray]) -> np.ndarray:
    path = np.array(IDENTITY[item.form](*(paths.get(name, run.paths[name]) for name in item.members)))
    seen = ~np.isnan(run.observed(item)) if item.id != GDP else np.zeros(run.years.size, dtype=bool)
    path[..., seen] = run.paths[item.id][seen]
    return path
