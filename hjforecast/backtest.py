"""Rolling-origin backtest of our trend rule beside naive, drift, Theta, damped Holt and ETS.

One call, one tidy table: `backtest(panel)`. No method is given a value later than the origin.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from hjforecast.errors import Problem
from hjforecast.panel import BacktestError, check_panel, wide_panel
from hjforecast.prior import Prior
from hjforecast.rivals import RIVALS
from hjforecast.rivals_pool import rival_bands
from hjforecast.trend import MAX_GROWTH, NORMAL_P90, trend, yearly_growth

__all__ = [
    "METHODS",
    "BacktestError",
    "backtest",
    "backtest_scores",
    "check_panel",
    "default_origins",
    "quantile_loss",
    "scorable",
    "summarise",
    "wide_panel",
]

Array = npt.NDArray[np.float64]

#: Methods in the order of the output.
METHODS = ("hjforecast", *RIVALS)
#: Quantiles whose mean loss is the pinball column.
QUANTILES = (0.1, 0.5, 0.9)
#: Columns of the output.
COLUMNS = ["method", "origin", "horizon", "n", "mae_log", "pinball", "coverage80"]
#: Years of panel before the first default origin, and the most default origins.
DEFAULT_HISTORY, DEFAULT_ORIGINS = 8, 6


def default_origins(years: npt.NDArray[np.int64], horizon: int) -> list[int]:
    """The last six years with DEFAULT_HISTORY years of panel before them and `horizon` years after.

    A panel too short for that gives the years that have at least three years up to them and one after.
    """
    first, last = int(years.min()), int(years.max())
    known = [int(y) for y in np.unique(years)]
    full = [y for y in known if y - first + 1 >= DEFAULT_HISTORY and y + horizon <= last]
    return (full or [y for y in known if y - first + 1 >= 3 and y < last])[-DEFAULT_ORIGINS:]


def _check_request(years: npt.NDArray[np.int64], origins: Sequence[int] | None, horizon: int) -> list[int]:
    """Return the origins to run.

    Raises BacktestError for a bad horizon, and for an origin without data or without anything after it.
    """
    problems = []
    if isinstance(horizon, bool) or int(horizon) != horizon or horizon < 1:
        zh, en = "应为不小于1的整数年数，如 5。", "must be a whole number of years, 1 or more, such as 5."
        problems.append(Problem("backtest", 0, "horizon", str(horizon), zh, en))
    first, last = int(years.min()), int(years.max())
    known = set(years.tolist())
    chosen = default_origins(years, max(int(horizon), 1)) if origins is None else sorted({int(o) for o in origins})
    for origin in (o for o in chosen if first < last and (o not in known or o >= last)):
        zh = f"该年{'没有数据' if origin not in known else '之后没有数据'}；应为{first}至{last - 1}年中有数据的年份。"
        en = f"no data {'in' if origin not in known else 'after'} that year; use one with data, {first} to {last - 1}."
        problems.append(Problem("backtest", 0, "origin", str(origin), zh, en))
    if not chosen or first == last:
        zh = f"面板只有{first}至{last}年，无可用起点；每个起点至少要有三年历史，其后至少一年。"
        en = f"no origin in {first} to {last}: an origin needs three years up to it and one after; add years."
        problems.append(Problem("backtest", 0, "origin", "", zh, en))
    if problems:
        raise BacktestError(problems)
    return chosen


def _our_bands(known: Array, code: npt.NDArray[np.int64], horizon: int, prior: Prior | None) -> Array:
    """Our 10, 50 and 90 % paths, shape (n, 3, horizon), from the columns up to the origin; NaN where no value yet."""
    out = np.full((len(known), 3, horizon), np.nan)
    seen = ~np.isnan(known).all(axis=1)
    path = trend(known[seen], horizon, code[seen], prior)
    out[seen] = np.stack([path.quantile(-NORMAL_P90), path.median, path.quantile(NORMAL_P90)], axis=1)
    return out


def scorable(log_values: Array, column: int, horizon: int, max_growth: float | None) -> npt.NDArray[np.bool_]:
    """Which outcomes count, shape (n, horizon): present at origin and outcome, no break on the way."""
    later = np.full((len(log_values), horizon), np.nan)
    after = log_values[:, column + 1 : column + 1 + horizon]
    later[:, : after.shape[1]] = after
    ok = ~np.isnan(later) & ~np.isnan(log_values[:, column])[:, None]
    if max_growth is None:
        return ok
    growth = yearly_growth(np.column_stack([log_values[:, column], later]))[:, 1:]
    breaks = np.abs(np.nan_to_num(growth)) > max_growth
    return ok & ~np.logical_or.accumulate(breaks, axis=1)


def backtest_scores(
    panel: pd.DataFrame,
    origins: Sequence[int] | None = None,
    horizon: int = 5,
    *,
    prior: Prior | None = None,
    max_growth: float | None = MAX_GROWTH,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Every scored forecast: method, series, origin, horizon, actual, p10, p50, p90 (logs), mae_log, pinball,
    coverage80.

    Parameters and errors as in `backtest`.
    """
    frame = check_panel(panel)
    chosen, horizon = _check_request(frame["year"].to_numpy(), origins, horizon), int(horizon)
    log_values, years, code = wide_panel(frame)
    names = np.unique(frame["series"].to_numpy(dtype=str))
    columns = [o - int(years[0]) for o in chosen]
    rivals = rival_bands(log_values, columns, horizon, workers, progress)
    tables = []
    for origin, column, bands in zip(chosen, columns, rivals, strict=True):
        ours = _our_bands(log_values[:, : column + 1], code, horizon, prior)
        ok = scorable(log_values, column, horizon, max_growth)
        tables.append(
            _score_origin(np.concatenate([ours[:, None], bands], axis=1), log_values, column, ok, names, origin)
        )
    scores = pd.concat(tables, ignore_index=True)
    if scores.empty:
        zh = "没有一个序列在起点及其后都有数据（且其间没有跳变），无可评分。"
        en = "no series has data at an origin and after it (without a break between): nothing to score."
        raise BacktestError([Problem("backtest", 0, "origin", " ".join(map(str, chosen)), zh, en)])
    return scores


def _score_origin(
    bands: Array,
    log_values: Array,
    column: int,
    ok: npt.NDArray[np.bool_],
    names: npt.NDArray[np.str_],
    origin: int,
) -> pd.DataFrame:
    """Long table of one origin's scored forecasts; bands has shape (n, methods, 3, horizon)."""
    row, step = np.nonzero(ok)
    actual = log_values[row, column + 1 + step]
    tables = []
    for m, method in enumerate(METHODS):
        low, mid, high = (bands[row, m, q, step] for q in range(3))
        losses = [quantile_loss(actual, q, p) for q, p in zip((low, mid, high), QUANTILES, strict=True)]
        scores = {"mae_log": np.abs(actual - mid), "pinball": np.mean(losses, axis=0)}
        inside = ((actual >= low) & (actual <= high)).astype(float)
        keys = {"method": method, "series": names[row], "origin": origin, "horizon": step + 1}
        tables.append(
            pd.DataFrame(
                keys | {"actual": actual, "p10": low, "p50": mid, "p90": high} | scores | {"coverage80": inside}
            )
        )
    return pd.concat(tables, ignore_index=True)


def quantile_loss(actual: Array, quantile: Array, p: float) -> Array:
    """p (y - q) where y >= q, (1 - p)(q - y) where y < q (Koenker & Bassett 1978)."""
    return np.maximum(p * (actual - quantile), (p - 1) * (actual - quantile))


def summarise(scores: pd.DataFrame, by: Sequence[str] = ("method", "origin", "horizon")) -> pd.DataFrame:
    """Means of `backtest_scores` by the named columns, with n, methods in the order of METHODS."""
    grouped = scores.groupby(list(by), sort=True)
    out = grouped[["mae_log", "pinball", "coverage80"]].mean().assign(n=grouped.size()).reset_index()
    if "method" in by:
        out["rank"] = out["method"].map({m: i for i, m in enumerate(METHODS)})
        out = out.sort_values(["rank", *[c for c in by if c != "method"]], ignore_index=True)
    return out[[*by, "n", "mae_log", "pinball", "coverage80"]]


def backtest(
    panel: pd.DataFrame,
    origins: Sequence[int] | None = None,
    horizon: int = 5,
    *,
    prior: Prior | None = None,
    max_growth: float | None = MAX_GROWTH,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Our trend rule and its rivals on a panel, side by side: method, origin, horizon, n, mae_log, pinball, coverage80.

    mae_log: mean |log outcome - log median|. pinball: mean over the 10, 50 and 90 % quantiles of the quantile loss on
    the log scale. coverage80: share of outcomes inside the 10-90 % band. A series is scored where it has a value at the
    origin and at the outcome; all methods are scored on the same outcomes.

    Parameters
    panel: series, year, value > 0, optionally group (a parent region). Gaps are allowed; row order does not matter.
    origins: years to forecast from, default `default_origins`. horizon: years ahead, 1 or more.
    prior: calibrated constants of our rule, default those of nominal GDP.
    max_growth: an outcome is not scored when a yearly |log growth| above this lies between origin and outcome (a unit
    slip or a re-basing is not growth); None scores everything.
    workers: processes, default one per core. The numbers do not depend on it.
    progress: called with the fits done and to do, as parts are finished.

    Raises BacktestError listing every problem with its row, what was read, what is allowed, and the fix.
    """
    scores = backtest_scores(
        panel, origins, horizon, prior=prior, max_growth=max_growth, workers=workers, progress=progress
    )
    return summarise(scores)
