"""Growth learnt from figures as they come in: a damped local trend in log level, filtered with calibrated parameters.

Nothing is estimated from the county's own few figures: noise and drift come from the tables in `calibration/`, the
prior from the plan, the damping and the long-run rate from its assumptions. Missing years are normal.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Any

import numpy as np

from hjforecast.errors import InputError, Problem
from hjforecast.macro import implied_price_change, trend_start
from hjforecast.plan import Observation, Plan
from hjforecast.run import GDP, PRICE, REAL
from hjforecast.uncertainty import error_scale

__all__ = [
    "MAX_GROWTH",
    "MIN_HISTORY",
    "Filtered",
    "Observed",
    "StartGrowth",
    "filter_growth",
    "level_noise",
    "observed_growth",
    "real_noise",
    "updated_growth",
]

MAX_GROWTH = 0.4
"""A log change a year beyond this is a unit slip or a re-basing, not growth."""

MIN_HISTORY = 4
"""Fewest GDP levels before the base year, of the base year's vintage, that count as a history."""

Array = np.ndarray


@dataclass(frozen=True)
class Filtered:
    """What the figures say about growth, year by year and ahead; log points throughout.

    `growth` is the lasting growth g_t given the figures up to year t, `level` the log level (an index that starts at 0
    where no level is known). `ahead_*` are 1..h years after the last year; `ahead_growth_sd` is the standard deviation
    of lasting growth, `ahead_level_sd` that of the level. `restarts` are the years in which the levels begin anew: a
    jump, or as told. Shapes (T,) and (h,).
    """

    years: Array
    growth: Array
    growth_sd: Array
    level: Array
    level_sd: Array
    ahead_growth: Array
    ahead_growth_sd: Array
    ahead_level: Array
    ahead_level_sd: Array
    restarts: tuple[int, ...]


@dataclass(frozen=True)
class StartGrowth:
    """Real growth from which the trend sets off: `growth` a year (fraction) as of `year`, its sd and the reason."""

    growth: float
    sd: float
    year: int
    note_zh: str
    note_en: str

    def note(self, lang: str = "zh") -> str:
        """Return what the growth rests on, in Chinese (`zh`) or English (`en`)."""
        return self.note_zh if lang == "zh" else self.note_en


@dataclass(frozen=True)
class Observed:
    """What the trend may learn from: real log levels and real log growth by year, NaN where there is none, shape (T,).

    `restarts` are the years whose level is of another vintage than the level before it.
    """

    years: Array
    levels: Array
    growth: Array
    restarts: tuple[int, ...]


def filter_growth(
    years: Any,
    log_levels: Any = None,
    growth: Any = None,
    *,
    prior_growth: float,
    prior_sd: float,
    long_run: Any,
    damping: float,
    noise: Any,
    drift_noise: float,
    measurement: float = 0.0,
    restarts: Any = (),
    horizon: int = 0,
) -> Filtered:
    """Return lasting growth and level given the figures so far, and both for the years ahead.

    y_t = mu_t + e_t;  mu_t = mu_{t-1} + d_t;  d_t = g_t + n_t;  g_t = g*_t + phi (g_{t-1} - g*_t) + z_t, all Gaussian:
    e with sd `measurement`, n with sd `noise`, z with sd `drift_noise`. A growth figure observes d_t, a level y_t.
    The first level starts the series. It begins anew at a level that jumps by more than MAX_GROWTH a year, at one
    named in `restarts`, and at one that comes with a growth figure of its own year (the better measure of the change).

    Parameters
    ----------
    years : strictly increasing; years left out are missing.
    log_levels, growth : log of the level, log growth in the year; shape (T,), NaN where missing, None for none at all.
    prior_growth, prior_sd : mean and sd of g in the first of `years` (log points).
    long_run : g* (log points), one number or one for each of `years`; the last one holds ahead.
    damping : phi in [0, 1].
    noise : sd of n, above 0, one number or one for each of `years` (a year left out takes the next one's).
    drift_noise, measurement : sds of z and e, not below 0.
    restarts : years whose level cannot be compared with the one before (another vintage).
    horizon : years ahead.

    Raises InputError for years out of order, shapes that differ, infinite figures, or parameters out of bounds.
    Source: Harvey, Forecasting, Structural Time Series Models and the Kalman Filter (1989), sections 2.3.2 and 3.2.
    """
    years = np.asarray(years, dtype=int)
    level, rate = _column(log_levels, years.size), _column(growth, years.size)
    noise, long_run = np.asarray(noise, dtype=float), np.asarray(long_run, dtype=float)
    stated = np.array([prior_sd, drift_noise, measurement, prior_growth])
    _check(years, level, rate, stated, noise, long_run, damping, horizon)
    span = np.arange(years[0], years[-1] + 1 + horizon)
    level, rate = _placed(level, years, span), _placed(rate, years, span)
    rate[np.abs(np.nan_to_num(rate)) > MAX_GROWTH] = np.nan
    anew = _anew(level, np.isin(span, np.asarray(restarts, dtype=int)))
    anchored = ~np.isnan(level) & (anew | ~np.isnan(rate) | (np.cumsum(~np.isnan(level)) == 1))
    place = np.minimum(np.searchsorted(years, span), years.size - 1)
    long_run, noise = (np.broadcast_to(one, years.shape)[place] for one in (long_run, noise))
    system = _system(level, anchored, long_run, noise, damping, drift_noise, measurement)
    mean, sd = _run_filter(np.where(anchored, np.nan, level), rate, system, prior_growth, prior_sd, measurement)
    cut = span.size - horizon
    return Filtered(
        span[:cut], mean[2, :cut], sd[2, :cut], mean[0, :cut], sd[0, :cut],
        mean[2, cut:], sd[2, cut:], mean[0, cut:], sd[0, cut:], tuple(span[anew].tolist()),
    )  # fmt: skip


def _column(values: Any, size: int) -> Array:
    return np.full(size, np.nan) if values is None else np.asarray(values, dtype=float)


def _placed(values: Array, years: Array, span: Array) -> Array:
    out = np.full(span.size, np.nan)
    out[years - span[0]] = values
    return out


def _check(
    years: Array, level: Array, rate: Array, stated: Array, noise: Array, long_run: Array, damping: float, horizon: int
) -> None:
    figures = np.concatenate([level.ravel(), rate.ravel()])
    by_year = all(one.shape in ((), years.shape) for one in (noise, long_run))
    rules = (
        (years.size > 0 and years.ndim == 1 and bool((np.diff(years) > 0).all()), "years",
         "年份应至少一个，且逐个递增。", "needs at least one year, in increasing order."),
        (level.shape == rate.shape == years.shape and by_year, "values",
         "数值与年份个数应相同。", "needs one value for each year."),
        (not np.isinf(figures).any(), "values", "不能为无穷大；缺失请留空。", "must be finite; leave missing ones empty."),
        (bool(np.isfinite(noise).all() and (noise > 0.0).all()), "noise", "应大于 0。", "must be above 0."),
        (bool((stated[:3] >= 0.0).all()), "prior_sd, drift_noise, measurement", "不能为负。", "cannot be negative."),
        (bool(np.isfinite(stated).all() and np.isfinite(long_run).all()), "prior_growth, prior_sd, long_run",
         "应为有限数。", "must be finite."),
        (0.0 <= damping <= 1.0, "damping", "应在 0 至 1 之间。", "must be from 0 to 1."),
        (horizon >= 0, "horizon", "不能为负。", "cannot be negative."),
    )  # fmt: skip
    problems = [Problem("filter_growth", 0, name, "", zh, en) for kept, name, zh, en in rules if not kept]
    if problems:
        raise InputError(problems)


def _anew(level: Array, told: Array) -> Array:
    """Return where a level cannot be compared with the one before it: a jump, or as told; shape (T,)."""
    seen = np.flatnonzero(~np.isnan(level))
    jumps = np.abs(np.diff(level[seen])) / np.diff(seen) > MAX_GROWTH
    out = np.zeros(level.size, dtype=bool)
    out[seen[1:]] = jumps | told[seen[1:]]
    return out


def _system(
    level: Array, anchored: Array, long_run: Array, noise: Array, damping: float, drift_noise: float, measurement: float
) -> dict[str, Array]:
    """Return the transition into each year for the state (mu, d, g): matrix, intercept and covariance, time last.

    The entries of year t lead from t - 1 to t; year 0 holds the start itself.
    """
    size = level.size
    matrix, intercept, covariance = np.zeros((3, 3, size)), np.zeros((3, size)), np.zeros((3, 3, size))
    matrix[:, 2, :] = damping
    matrix[0, 0, :] = 1.0
    intercept[:] = (1.0 - damping) * long_run
    covariance[:] = drift_noise**2
    covariance[:2, :2, :] += noise**2
    matrix[0, :, anchored] = 0.0
    intercept[0, anchored] = level[anchored]
    covariance[0, :, anchored] = 0.0
    covariance[:, 0, anchored] = 0.0
    covariance[0, 0, anchored] = measurement**2
    return {"transition": matrix, "state_intercept": intercept, "state_cov": covariance}


def _run_filter(
    level: Array, rate: Array, system: dict[str, Array], prior_growth: float, prior_sd: float, measurement: float
) -> tuple[Array, Array]:
    """Return filtered means and sds of (mu, d, g), shape (3, T), by statsmodels' Kalman filter."""
    from statsmodels.tsa.statespace.kalman_filter import KalmanFilter

    start_cov = np.full((3, 3), prior_sd**2)
    start_cov[0, :], start_cov[:, 0] = 0.0, 0.0
    start_cov[0, 0] = measurement**2
    start_cov[1, 1] += system["state_cov"][1, 1, 0] - system["state_cov"][2, 2, 0]
    model = KalmanFilter(k_endog=2, k_states=3, tolerance=0.0)
    model.bind(np.column_stack([level, rate]))
    # statsmodels' matrices of period t lead from t to t + 1, so each is moved up by one; the last one is never used.
    for name, values in system.items():
        model[name] = np.roll(values, -1, axis=-1)
    model["design"] = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    model["selection"] = np.eye(3)
    model["obs_cov"] = np.diag([measurement**2, 0.0])
    start = np.array([_start_level(system), prior_growth, prior_growth])
    model.initialize_known(start, start_cov)
    found = model.filter()
    variance = np.diagonal(found.filtered_state_cov).T
    return np.asarray(found.filtered_state), np.sqrt(np.maximum(variance, 0.0))


def _start_level(system: dict[str, Array]) -> float:
    """Return the level that the first year is anchored at, 0 where it is not."""
    return float(system["state_intercept"][0, 0]) if not system["transition"][0, 0, 0] else 0.0


@cache
def real_noise() -> float:
    """Return the sd of one year's real growth about lasting growth (log points).

    The calibrated s of real growth pooled over origins, or the root mean square of s within origins where that is
    larger: pooled, the cycle that all places share counts as drift, and s can come out as 0.
    """
    text = resources.files("hjforecast").joinpath("calibration/error_scale.csv").read_text(encoding="utf-8")
    rows = [row for row in csv.DictReader(text.splitlines()) if row["indicator"] == "gdp_real"]
    within = [float(row["s"]) ** 2 for row in rows if row["origin"] != "all"]
    return max(error_scale("gdp_real").noise, float(np.sqrt(np.mean(within))) if within else 0.0, 1e-3)


def level_noise() -> float:
    """Return the same sd where growth is a nominal change net of a stated price change (log points).

    Prices then deviate from what is stated: real noise, price noise and a year's price drift add up.
    """
    price = error_scale("gdp_price")
    return float(np.sqrt(real_noise() ** 2 + price.noise**2 + price.drift**2))


def updated_growth(plan: Plan) -> StartGrowth:
    """Return the real growth from which the trend sets off, after learning from the figures that the plan holds.

    The prior is `macro.trend_start`, with the calibrated drift of real growth as its sd. Up to the base year growth
    stays around it; afterwards it is damped toward the long-run rate. What counts as a figure: `observed_growth`.
    Without any, the prior itself, to the bit, as of the base year; otherwise growth as of the last figure's year, or of
    the base year where that is later.
    """
    prior, drift, seen = trend_start(plan), error_scale("gdp_real").drift, observed_growth(plan)
    if np.isnan(seen.growth).all() and np.isfinite(seen.levels).sum() < 2:
        zh, en = "没有可用的实绩或历史，起点为先验增速。", "no actual figures or history: the prior growth stands."
        return StartGrowth(prior, drift * (1.0 + prior), plan.base_year, zh, en)
    damping, anchor = plan.number("damping"), np.log1p([prior, plan.number("long_run_growth") / 100.0])
    found = filter_growth(
        seen.years, seen.levels, seen.growth, prior_growth=anchor[0], prior_sd=drift,
        long_run=np.where(seen.years <= plan.base_year, *anchor), damping=damping,
        noise=np.where(np.isnan(seen.growth), level_noise(), real_noise()),
        drift_noise=drift * np.sqrt(1.0 - damping**2), restarts=seen.restarts,
    )  # fmt: skip
    growth = float(np.expm1(found.growth[-1]))
    sd, zh, en = float(found.growth_sd[-1]) * (1.0 + growth), *_note(seen, found.restarts)
    return StartGrowth(growth, sd, int(seen.years[-1]), zh, en)


def _note(seen: Observed, restarts: tuple[int, ...]) -> tuple[str, str]:
    direct, nominal = int(np.isfinite(seen.growth).sum()), int(np.isfinite(seen.levels).sum())
    last = int(seen.years[np.isfinite(seen.growth) | np.isfinite(seen.levels)][-1])
    zh = f"由卡尔曼滤波得出：实际增速 {direct} 个、现价总量 {nominal} 个，截至 {last} 年"
    en = f"Kalman filter over {direct} real growth figure(s) and {nominal} nominal level(s) up to {last}"
    if restarts:
        listed = "、".join(map(str, restarts))
        zh = f"{zh}；{listed} 年总量与上年口径不同，不计增速"
        en = f"{en}; levels of {listed.replace('、', ', ')} are not comparable with the year before and give no growth"
    return f"{zh}。", f"{en}."


def observed_growth(plan: Plan) -> Observed:
    """Return the figures for GDP that the trend may learn from.

    Growth is `gdp_real_growth` as given, in the baseline or the actuals; else GDP's change on the year before net of a
    `gdp_price_change` given for the year. Levels are GDP net of the stated price change, at base-year prices: those of
    the base year and after, and those before only if there are at least MIN_HISTORY of the base year's vintage. Assumed
    figures teach nothing. The years run from the first figure (or the base year) to the last (or the base year).
    Raises InputError for a level of 0 or below, or growth of -100 % or below.
    """
    known = {name: _figures(plan, name) for name in (GDP, REAL, PRICE)}
    levels = _one_history(plan, known[GDP])
    nominal = {year: float(np.log(seen.value)) for year, seen in levels.items()}
    rates = {year: float(np.log1p(seen.value / 100.0)) for year, seen in known[REAL].items()}
    restarts = tuple(year for last, year in pairwise(levels) if not _alike(levels[last], levels[year]))
    for year, seen in known[PRICE].items():
        if year in nominal and year - 1 in nominal and year not in restarts:
            rates.setdefault(year, nominal[year] - nominal[year - 1] - float(np.log1p(seen.value / 100.0)))
    price, span = _price(plan) if len(nominal) > 1 else 0.0, {plan.base_year, *nominal, *rates}
    years = np.arange(min(span), max(span) + 1)
    real = [nominal.get(year, np.nan) - price * (year - plan.base_year) for year in years.tolist()]
    return Observed(years, np.array(real), np.array([rates.get(year, np.nan) for year in years.tolist()]), restarts)


def _figures(plan: Plan, name: str) -> dict[int, Observation]:
    """Return an indicator's observations by year without the assumed ones; none may be at or below its bound."""
    if name not in plan.indicators:
        return {}
    seen = {year: one for year, one in plan.history(name).items() if one.status != "assumed"}
    low = 0.0 if name == GDP else -100.0
    zh, en = f"应大于 {low:g}；请核对后改正。", f"must be above {low:g}; check and correct it."
    problems = [Problem(o.file, o.row, "value", f"{o.value:g}", zh, en) for o in seen.values() if not o.value > low]
    if problems:
        raise InputError(problems)
    return seen


def _one_history(plan: Plan, seen: dict[int, Observation]) -> dict[int, Observation]:
    """Return GDP's observations from the base year on, and before it where a history of one vintage stands."""
    base = plan.base_year
    before = {year: one for year, one in seen.items() if year < base and (base not in seen or _alike(one, seen[base]))}
    return {year: one for year, one in seen.items() if year >= base or (len(before) >= MIN_HISTORY and year in before)}


def _alike(first: Observation, second: Observation) -> bool:
    """Whether two figures may be compared: their vintages agree, or one of them states none."""
    marks = {one.vintage for one in (first, second)} - {"", "preferred"}
    return len(marks) < 2


def _price(plan: Plan) -> float:
    """Return the price change (log points a year): the plan's number, else what its GDP target implies, else 0."""
    stated = plan.assumption("price_change")
    value = implied_price_change(plan) if isinstance(stated, str) else stated / 100.0
    return float(np.log1p(value or 0.0))
