"""Are the rivals handicapped by their cheap configuration? Prints one JSON object.

    python benchmarks/rivals_check.py ../shared/data [--every N]

Pinball, coverage and milliseconds a fit of each rival as the backtest runs it and in statsmodels' full form, on every
Nth calibration county, origins 2009, 2011, 2013, 2015, horizons 1-5; and of the rivals fitted on levels instead of
logs.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from hjforecast import rivals
from hjforecast.backtest import QUANTILES, quantile_loss, scorable
from hjforecast.cleaning import county_panel
from hjforecast.panel import check_panel, wide_panel
from hjforecast.rivals_pool import one_thread
from hjforecast.trend import NORMAL_P90

Forecast = Callable[[np.ndarray, int], tuple[np.ndarray, np.ndarray]]


def theta_full(y: np.ndarray, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """ThetaModel with its own prediction interval."""
    from statsmodels.tsa.forecasting.theta import ThetaModel

    fit = ThetaModel(y, period=1, deseasonalize=False).fit()
    mean = np.asarray(fit.forecast(horizon))
    return mean, (fit.prediction_intervals(horizon, alpha=0.2).to_numpy()[:, 1] - mean) / NORMAL_P90


def holt_full(y: np.ndarray, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """Damped Holt with the brute-force search for starting values."""
    from statsmodels.tsa.holtwinters import Holt

    fit = Holt(y, damped_trend=True, initialization_method="estimated").fit(use_brute=True)
    sigma = max(float(np.sqrt(fit.sse / len(y))), rivals.FLOOR_SD)
    p = fit.params
    sd = rivals._additive_damped_sd(p["smoothing_level"], p["smoothing_trend"], p["damping_trend"], sigma, horizon)
    return np.asarray(fit.forecast(horizon)), sd


def ets_chosen(y: np.ndarray, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """ETS with additive errors: no trend, trend or damped trend, whichever has the lowest AICc."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    shapes: tuple[dict[str, object], ...] = ({}, {"trend": "add"}, {"trend": "add", "damped_trend": True})
    fits = [ETSModel(pd.Series(y), error="add", **shape).fit(disp=False) for shape in shapes]
    best = min(fits, key=lambda f: f.aicc if np.isfinite(f.aicc) else np.inf)
    table = best.get_prediction(len(y), len(y) + horizon - 1, method="exact").summary_frame(alpha=0.2)
    return table["mean"].to_numpy(), ((table["pi_upper"] - table["mean"]) / NORMAL_P90).to_numpy()


def bands(forecast: Forecast, y: np.ndarray, horizon: int, on_levels: bool) -> np.ndarray:
    """10, 50 and 90 % paths on the log scale; a level below 1 % of the last value counts as 1 % of it."""
    mean, sd = forecast(np.exp(y) if on_levels else y, horizon)
    paths = np.stack([mean - NORMAL_P90 * sd, mean, mean + NORMAL_P90 * sd])
    return np.log(np.maximum(paths, 0.01 * np.exp(y[-1]))) if on_levels else paths


def score(forecast: Forecast, link: np.ndarray, columns: list[int], on_levels: bool) -> dict[str, float]:
    """Mean pinball, coverage and milliseconds a fit."""
    losses, inside, spent, fits = [], [], 0.0, 0
    for column in columns:
        ok = scorable(link, column, 5, 0.4)
        for i in np.flatnonzero(ok.any(axis=1)):
            y = rivals.fill_gaps(link[i, : column + 1])
            if len(y) < rivals.MIN_MODEL_OBS:
                continue
            started = time.perf_counter()
            paths = bands(forecast, y, 5, on_levels)
            spent, fits = spent + time.perf_counter() - started, fits + 1
            h = np.flatnonzero(ok[i])
            actual = link[i, column + 1 + h]
            losses.append(np.mean([quantile_loss(actual, paths[q, h], p) for q, p in enumerate(QUANTILES)], axis=0))
            inside.append((actual >= paths[0, h]) & (actual <= paths[2, h]))
    return {
        "pinball": round(float(np.concatenate(losses).mean()), 4),
        "coverage80": round(float(np.concatenate(inside).mean()), 3),
        "ms": round(1000 * spent / fits, 1),
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Rivals as run against statsmodels' full form, as JSON.")
    parser.add_argument("data", type=Path, help="directory with the shared panels, for example ../shared/data")
    parser.add_argument("--every", type=int, default=12, help="every Nth series")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    panel = county_panel(args.data / "county_panel_2000_2021.csv.gz", held_out=False)
    panel = panel[panel["series"].isin(sorted(panel["series"].unique())[:: args.every])]
    link, years, _ = wide_panel(check_panel(panel))
    columns = [o - int(years[0]) for o in (2009, 2011, 2013, 2015)]
    pairs: dict[str, Forecast] = {
        "theta": rivals.theta,
        "theta, statsmodels ThetaModel": theta_full,
        "damped_holt": rivals.damped_holt,
        "damped_holt, brute-force start": holt_full,
        "ets": rivals.ets,
        "ets, shape chosen by AICc": ets_chosen,
    }
    with one_thread():
        result = {name: score(f, link, columns, on_levels=False) for name, f in pairs.items()}
        for name in ("naive", "drift", "theta", "damped_holt", "ets"):
            result[f"{name}, on levels"] = score(rivals.RIVALS[name], link, columns, on_levels=True)
        result["damped_holt, brute-force start, on levels"] = score(holt_full, link, columns, on_levels=True)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
