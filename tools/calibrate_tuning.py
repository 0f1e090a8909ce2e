"""The search of tools/calibrate.py: panels, out-of-sample errors of the rule, and coordinate descent on its constants."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from calibrate_tables import m3_windows

from hjforecast.backtest import QUANTILES, quantile_loss, scorable
from hjforecast.cleaning import file_sha256
from hjforecast.panel import check_panel, wide_panel
from hjforecast.prior import Prior
from hjforecast.trend import NORMAL_P90, alone_trend, trend, yearly_growth

__all__ = [
    "BAND_STEPS",
    "HORIZON",
    "PATH_STEPS",
    "SHORT_STEPS",
    "START",
    "Panel",
    "as_panel",
    "errors",
    "tune",
    "tune_alone",
]

Array = npt.NDArray[np.float64]

HORIZON = 5
DIGITS = 4
#: Share of the objective that is scored with groups; the rest is scored without, so the rule works on a bare panel too.
GROUP_SHARE = 0.75
#: Share of outcomes that the 80 % bands must hold on the calibration half.
COVERAGE = 0.8
#: A step is kept when it lowers the loss by this share: flat directions stay at their start.
GAIN = 2e-4

#: Starting values. Growth and worth start at what the regressions of docs/evidence.md show; k and memory are not tuned.
START = Prior(
    anchor=0.05,
    damping=0.78,
    last_weight=0.1,
    worth_group=0.6,
    damping_group=0.75,
    memory_group=0.35,
    k_group=4,
    worth_own=0.6,
    damping_own=0.5,
    memory_own=0.3,
    k_catchup=30,
    risk_group=0.5,
    risk_own=0.2,
    memory_spread=0.92,
    spread=0.045,
    k_spread=50,
    k_spread_group=75,
    k_spread_own=5,
    spread_power=0.6,
    noise=1.1,
    drift=0.6,
    k_drift=10,
    shock=0.035,
    k_shock=4,
    shock_weight=0.8,
    skew=1.0,
    alone_k=1,
    alone_damping=0.9,
    alone_memory=0.9,
    alone_noise=1.0,
    alone_drift=1.0,
    alone_spread=0.05,
)
PATH_STEPS = {
    "anchor": 0.005,
    "damping": 0.02,
    "last_weight": 0.1,
    "worth_group": 0.1,
    "damping_group": 0.05,
    "worth_own": 0.1,
    "damping_own": 0.1,
    "risk_group": 0.1,
    "risk_own": 0.1,
}
BAND_STEPS = {"noise": 0.05, "drift": 0.05, "spread_power": 0.1, "skew": 0.02}
ALONE_STEPS = {"alone_noise": 0.05, "alone_drift": 0.2}
#: Sectors, real growth and income take over the county rule and only re-measure these.
SHORT_STEPS = {"anchor": 0.005, "damping": 0.02, "noise": 0.05, "drift": 0.05}


@dataclass(frozen=True)
class Panel:
    """One cleaned panel: link values, shape (n, T), years, group codes, the origins to score, and where it comes from."""

    indicator: str
    link: Array
    years: npt.NDArray[np.int64]
    group: npt.NDArray[np.int64]
    origins: tuple[int, ...]
    name: str
    sha256: str
    names: npt.NDArray[np.str_]


def as_panel(indicator: str, frame: pd.DataFrame, origins: Iterable[int], path: Path, half: str = "") -> Panel:
    """Panel from a tidy frame; `half` names the part of the file that was read."""
    checked = check_panel(frame)
    link, years, group = wide_panel(checked)
    names = np.unique(checked["series"].to_numpy(dtype=str))
    return Panel(indicator, link, years, group, tuple(origins), path.name + half, file_sha256(path), names)


def errors(panel: Panel, prior: Prior, grouped: bool = True) -> pd.DataFrame:
    """Out-of-sample errors of our rule: row, origin, horizon, error (outcome - median), pinball, inside."""
    tables = []
    for origin in panel.origins:
        column = origin - int(panel.years[0])
        known = panel.link[:, : column + 1]
        seen = ~np.isnan(known).all(axis=1)
        path = trend(known[seen], HORIZON, panel.group[seen] if grouped else None, prior)
        row, step = np.nonzero(scorable(panel.link, column, HORIZON, 0.4)[seen])
        actual = panel.link[seen][row, column + 1 + step]
        bands = [path.quantile(z)[row, step] for z in (-NORMAL_P90, 0.0, NORMAL_P90)]
        loss = np.mean([quantile_loss(actual, q, p) for q, p in zip(bands, QUANTILES, strict=True)], axis=0)
        inside = (actual >= bands[0]) & (actual <= bands[2])
        table = {
            "row": np.flatnonzero(seen)[row],
            "origin": origin,
            "horizon": step + 1,
            "error": actual - bands[1],
        }
        tables.append(pd.DataFrame(table | {"pinball": loss, "inside": inside.astype(float)}))
    return pd.concat(tables, ignore_index=True)


def panel_loss(panel: Panel, prior: Prior) -> float:
    """Mean pinball, with groups and without."""
    with_group = float(errors(panel, prior)["pinball"].mean())
    if len(np.unique(panel.group)) == 1:
        return with_group
    return GROUP_SHARE * with_group + (1 - GROUP_SHARE) * float(errors(panel, prior, grouped=False)["pinball"].mean())


def descend(loss: Callable[[Prior], float], prior: Prior, steps: dict[str, float], sweeps: int = 4) -> Prior:
    """Coordinate descent on a grid: each parameter moves while the loss falls by GAIN or more."""
    best = loss(prior)
    for _ in range(sweeps):
        before = best
        for name, step in steps.items():
            for sign in (1, -1):
                while True:
                    value = round(getattr(prior, name) + sign * step, 6)
                    trial = replace(prior, **{name: value})
                    if not _allowed(name, value) or (score := loss(trial)) > best * (1 - GAIN):
                        break
                    prior, best = trial, score
        if best == before:
            break
    return prior


def _allowed(name: str, value: float) -> bool:
    """Bounds that keep the rule sane whatever the data say: damping below 1, memory at most 1, nothing negative."""
    limit = 0.98 if "damping" in name else 1.0 if name in ("last_weight", "alone_memory", "spread_power") else np.inf
    return 0 <= value <= limit and not (name in ("noise", "drift", "alone_noise", "alone_drift") and value < 0.1)


def common_shock(panel: Panel, prior: Prior) -> tuple[float, float, float]:
    """Mean absolute yearly deviation, shock, and shock weight of a panel.

    shock: root mean square yearly change of median growth. weight: root mean square over origins of the median error at
    the longest horizon, a year, over the shock: the part of the error that all series share.
    """
    growth = yearly_growth(panel.link)
    growth = np.where(np.abs(growth) > 0.4, np.nan, growth)[:, 1:]
    enough = (~np.isnan(growth)).sum(axis=0) >= 20
    pooled = np.nanmedian(growth[:, enough], axis=0)
    shock = float(np.sqrt(np.mean(np.diff(pooled) ** 2)))
    found = errors(panel, prior)
    common = found[found["horizon"] == HORIZON].groupby("origin")["error"].median().to_numpy()
    spread = float(np.nanmean(np.abs(growth[:, enough] - pooled)))
    return spread, shock, float(np.sqrt(np.mean(common**2))) / HORIZON / shock


def measured_scale(panel: Panel, prior: Prior, longer: Panel | None = None) -> Prior:
    """Prior with spread, shock and shock_weight measured on the panel.

    Nine origins of one cycle are few for a shared error, so with a `longer` panel the weight is the geometric mean of
    the two: neither is right for both.
    """
    spread, shock, weight = common_shock(panel, prior)
    if longer is not None:
        weight = float(np.sqrt(weight * common_shock(longer, prior)[2]))
    return replace(prior, spread=round(spread, DIGITS), shock=round(shock, DIGITS), shock_weight=round(weight, 2))


def tune(
    panel: Panel,
    start: Prior,
    path_steps: dict[str, float],
    band_steps: dict[str, float],
    longer: Panel | None = None,
) -> Prior:
    """Path first, then the measured scale, then the width around it."""

    def loss(prior: Prior) -> float:
        return panel_loss(panel, prior)

    prior = descend(loss, start, path_steps)
    return widened(panel, descend(loss, measured_scale(panel, prior, longer), band_steps))


def widened(panel: Panel, prior: Prior) -> Prior:
    """Prior whose noise, drift and shock_weight are scaled up by one factor, in steps of 2 %, until the bands hold
    COVERAGE.

    Pinball is flat around its best width and forgives bands that are a little too narrow; a promise of 80 % does not.
    """
    names = ("noise", "drift", "shock_weight")
    for factor in np.arange(1.0, 2.0, 0.02):
        trial = replace(prior, **{n: round(float(getattr(prior, n) * factor), DIGITS) for n in names})
        if errors(panel, trial)["inside"].mean() >= COVERAGE:
            return trial
    return trial


def alone_loss(known: Array, later: Array, kind: npt.NDArray[np.str_], prior: Prior) -> tuple[float, float]:
    """Pinball of the rule for single series, geometric mean over categories, and the share of outcomes in the 80 %
    band.

    The geometric mean weighs every category alike, in relative terms: smooth macro series count as much as noisy micro
    ones.
    """
    path = alone_trend(known, later.shape[1], prior)
    bands = [path.quantile(z) for z in (-NORMAL_P90, 0.0, NORMAL_P90)]
    loss = np.mean([quantile_loss(later, q, p) for q, p in zip(bands, QUANTILES, strict=True)], axis=0)
    by_kind = [np.log(loss[kind == k].mean()) for k in np.unique(kind)]
    return float(np.exp(np.mean(by_kind))), float(((later >= bands[0]) & (later <= bands[2])).mean())


def tune_alone(path: Path, prior: Prior) -> Prior:
    """Width of the rule for single series, by pinball on windows of the M3 training parts.

    Its path keeps textbook constants: worth b^2 / (b^2 + se^2) (empirical Bayes) and damping 0.9 (Gardner & McKenzie
    1985).
    """
    windows = m3_windows(path)
    return descend(lambda p: alone_loss(*windows, p)[0], prior, ALONE_STEPS)
