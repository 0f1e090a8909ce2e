"""Our trend rule for short yearly series: pooled recent growth, shrunk own growth, damping, honest width.

Everything is in link space (log for levels, logit for shares), vectorised over series and pure. The caller hands over
the years up to the origin and nothing later, so the rule cannot look ahead. Equations and evidence: docs/evidence.md.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hjforecast.prior import Prior, load_prior

__all__ = [
    "MAX_GROWTH",
    "MIN_PANEL",
    "NORMAL_P90",
    "Trend",
    "alone_trend",
    "catchup_slope",
    "lasting_growth",
    "panel_trend",
    "pooled_growth",
    "recent_growth",
    "repair_slips",
    "trend",
    "yearly_growth",
]

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: 90 % point of the standard normal: an 80 % band reaches this many standard deviations to each side.
NORMAL_P90 = 1.2815515655446004
#: A yearly |log growth| above this is a unit slip or a re-basing, not growth (shared data, README).
MAX_GROWTH = 0.4
#: A last value that jumps by more than this is a unit slip and is set aside; a smaller jump is a re-based level.
SLIP = 2.0
#: What a re-basing counts for when a series' spread is measured (a unit slip counts for nothing): such a
#: series is less reliable.
BREAK_SPREAD = 0.3
#: E|x| of a standard normal.
MEAN_ABS = 0.7978845608028654
#: No band is narrower than this standard deviation times the square root of the horizon.
FLOOR_SD = 1e-3
#: Fewest series with growth that count as a panel; fewer are treated each alone.
MIN_PANEL = 5
#: Levels further than this many log units from the panel's median count as this far for catching up.
MAX_DISTANCE = 2.5


@dataclass(frozen=True)
class Trend:
    """Central path and error scale of n series over H horizons, in link space.

    median, sd: shape (n, H); sd_h^2 = s^2 k + t^2 k^2, k = h + years since the last value. s, t: shape (n,).
    skew: square root of lower over upper half-width.
    """

    median: Array
    sd: Array
    s: Array
    t: Array
    skew: float

    def quantile(self, z: float) -> Array:
        """Path z standard deviations from the median: median + z sd, times skew below and divided by it above."""
        return np.asarray(self.median + z * self.sd * (self.skew if z < 0 else 1 / self.skew))


def yearly_growth(link: Array) -> Array:
    """Growth a year between present values, dated at the later year, shape (n, T); NaN where there is none.

    Equation: g_t = (x_t - x_u) / (t - u), u the last present year before t.
    Parameters: link, shape (n, T), one column a year, NaN where missing.
    """
    growth = np.full(link.shape, np.nan)
    last = np.full(len(link), np.nan)
    when = np.zeros(len(link))
    for t in range(link.shape[1]):
        here = ~np.isnan(link[:, t])
        growth[here, t] = (link[here, t] - last[here]) / np.maximum(t - when[here], 1)
        last[here], when[here] = link[here, t], t
    return growth


def repair_slips(link: Array) -> Array:
    """Copy without last values that are unit slips: |jump| > SLIP from the value before, at least two values before it."""
    out = link.copy()
    for i in np.flatnonzero((~np.isnan(link)).sum(axis=1) >= 3):
        present = np.flatnonzero(~np.isnan(link[i]))
        if abs(link[i, present[-1]] - link[i, present[-2]]) > SLIP:
            out[i, present[-1]] = np.nan
    return out


def _column_median(values: Array) -> Array:
    """Median by column, 0 where a column is empty."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.nan_to_num(np.nanmedian(values, axis=0))


def _weighted(values: Array, memory: float) -> tuple[Array, Array]:
    """Sum over years of memory^age x value, and of the weights, per row; missing years weigh nothing."""
    weight = np.where(np.isnan(values), 0.0, memory ** np.arange(values.shape[1])[::-1])
    return (weight * np.nan_to_num(values)).sum(axis=1), weight.sum(axis=1)


def _recent_mean(values: Array, memory: float) -> Array:
    total, weight = _weighted(values, memory)
    return np.asarray(np.divide(total, weight, out=np.zeros_like(total), where=weight > 0))


def _fade(phi: float, steps: Array) -> Array:
    """phi + phi^2 + ... + phi^k for each number of steps k."""
    return np.asarray(phi * (1 - phi**steps) / (1 - phi))


def pooled_growth(growth: Array, anchor: float) -> Array:
    """Panel growth by year, shape (T,): c_t = (n_t median_t + anchor) / (n_t + 1), n_t series with growth in year t."""
    count = (~np.isnan(growth)).sum(axis=0)
    return np.asarray((count * _column_median(growth) + anchor) / (count + 1))


def recent_growth(pooled: Array, last_weight: float) -> float:
    """Growth the panel sets off with: last_weight x last year + the rest x median of the last three years.

    The median keeps one shock year (2009) from setting the trend.
    """
    return float(last_weight * pooled[-1] + (1 - last_weight) * np.median(pooled[-3:]))


def _group_distance(distance: Array, group: IntArray, k: float) -> Array:
    """Median distance of each series' group from pooled growth by year, times n_g / (n_g + k)."""
    out = np.zeros_like(distance)
    for code in np.unique(group):
        rows = group == code
        count = (~np.isnan(distance[rows])).sum(axis=0)
        out[rows] = _column_median(distance[rows]) * count / np.maximum(count + k, 1e-12)
    return out


def catchup_slope(link: Array, distance: Array, k: float, years: int = 5) -> tuple[float, Array]:
    """How much faster low levels grow: OLS slope of the last `years` of distance on the level before them, at least 0.

    Returns (c, level): forecast growth loses c a year per unit of level, level being the last one less the panel's
    median. c is shrunk by n / (n + k); fewer than ten series give 0.
    """
    level = _last_value(link)[0]
    level = np.clip(level - np.median(level), -MAX_DISTANCE, MAX_DISTANCE)
    if link.shape[1] <= years:
        return 0.0, level
    start = link[:, -years - 1]
    ok = ~np.isnan(start) & (~np.isnan(distance[:, -years:])).any(axis=1)
    if ok.sum() < 10:
        return 0.0, level
    x = np.clip(start[ok] - np.median(start[ok]), -MAX_DISTANCE, MAX_DISTANCE)
    y = _recent_mean(distance[ok, -years:], 1.0)
    slope = float(((x - x.mean()) * y).sum() / max(float(((x - x.mean()) ** 2).sum()), 1e-12))
    return max(-slope, 0.0) * float(ok.sum() / (ok.sum() + k)), level


def lasting_growth(own: Array, k: float, years: int = 5) -> Array:
    """Part of each series' distance from its parent that lasts, a year, shape (n,): worth x its mean distance.

    The worth is measured on the panel itself: b^2 n / (n + k), b the OLS slope (no constant, kept within 0..1) of the
    mean distance of the last `years` on the mean before them; one b because the forecast is b times it, the other
    because a slope seen over one cycle is itself uncertain. Own past growth hardly predicts a county (b 0 to 0.16, so
    worth near 0); it does where series truly differ in drift.
    """
    if own.shape[1] <= years + 2:
        return np.zeros(len(own))
    before, after = own[:, :-years], own[:, -years:]
    ok = ((~np.isnan(before)).sum(axis=1) >= 3) & ((~np.isnan(after)).sum(axis=1) >= 3)
    x, y = _recent_mean(before[ok], 1.0), _recent_mean(after[ok], 1.0)
    slope = float((x * y).sum() / max(float((x * x).sum()), 1e-12))
    count = (~np.isnan(own)).sum(axis=1)
    worth = min(max(slope, 0.0), 1.0) ** 2 * float(ok.sum() / (ok.sum() + k))
    return worth * _recent_mean(own, 1.0) * count / (count + 1)


def _last_value(link: Array) -> tuple[Array, Array]:
    """Last present value of each series and the years since, shapes (n,)."""
    present = ~np.isnan(link)
    lag = np.argmax(present[:, ::-1], axis=1)
    return link[np.arange(len(link)), link.shape[1] - 1 - lag], lag.astype(float)


def _spreads(deviation: Array, group: IntArray, prior: Prior) -> tuple[float, Array, Array]:
    """Mean absolute yearly deviation of the panel, of each group and of each series, each shrunk to the one before."""
    total, weight = _weighted(deviation, prior.memory_spread)
    panel = float((total.sum() + prior.k_spread * prior.spread) / (weight.sum() + prior.k_spread))
    group_total, group_weight = np.bincount(group, total), np.bincount(group, weight)
    by_group = (group_total + prior.k_spread_group * panel) / (group_weight + prior.k_spread_group)
    parent = by_group[group]
    own = (total + prior.k_spread_own * parent) / (weight + prior.k_spread_own)
    return panel, parent, np.asarray(own)


def _persistence(deviation: Array, prior: Prior, years: int = 5) -> float:
    """Variance of lasting drift over the yearly spread squared: prior.drift^2 blended with what the panel itself shows.

    Equation: with V_k the squared mean absolute k-year sum, V_1 = s^2 + t^2 and V_5 = 5 s^2 + 25 t^2, so t^2 / V_1 =
    (V_5 / V_1 - 5) / 20, at least 0; its weight is T / (T + k_drift), T years of deviations.
    """
    span = deviation.shape[1] - 1
    if span < years:
        return prior.drift**2
    sums = np.stack([deviation[:, i : i + years].sum(axis=1) for i in range(1, span - years + 2)])
    sums, single = np.abs(sums[~np.isnan(sums)]), np.abs(deviation[~np.isnan(deviation)])
    if len(sums) < 20 or single.mean() == 0:
        return prior.drift**2
    measured = max(((sums.mean() / single.mean()) ** 2 - years) / (years * (years - 1)), 0.0)
    trust = span / (span + prior.k_drift)
    return float(trust * measured / MEAN_ABS**2 + (1 - trust) * prior.drift**2)


def _shock(pooled: Array, prior: Prior) -> float:
    """Root mean square yearly change of pooled growth, old years fading, shrunk to the prior's."""
    change = np.diff(pooled)
    weight = prior.memory_spread ** np.arange(len(change))[::-1]
    total = (weight * change**2).sum() + prior.k_shock * prior.shock**2
    return float(np.sqrt(total / (weight.sum() + prior.k_shock)))


def _band(median: Array, s: Array, t: Array, lag: Array, skew: float) -> Trend:
    """Trend with sd_h = sqrt(s^2 k + t^2 k^2), k = h + lag, never below the floor."""
    s = np.maximum(s, FLOOR_SD)
    k = np.arange(1, median.shape[1] + 1)[None, :] + lag[:, None]
    return Trend(median, np.sqrt(s[:, None] ** 2 * k + t[:, None] ** 2 * k**2), s, t, skew)


def panel_trend(link: Array, group: IntArray, horizon: int, prior: Prior) -> Trend:
    """Trend of every series of a panel, its growth led by the panel's, then its group's, then its own.

    Equation, at k years after a series' last value: x + a k + (r - a) F(phi) + w_g G F(phi_g) + w_o O F(phi_o) - (c
    level + risk) k, where F(phi) = phi + ... + phi^k, r recent pooled growth, a the lower of the anchor and the panel's
    own mean growth, G and O the recent distance of the group from the panel and of the series from its group.
    Parameters: link, shape (n, T), NaN where missing, each row with a value; group, shape (n,), codes 0, 1, ...
    """
    raw = yearly_growth(link)
    broken = np.abs(np.nan_to_num(raw)) > MAX_GROWTH
    growth = np.where(broken, np.nan, raw)
    pooled = pooled_growth(growth[:, 1:], prior.anchor) if link.shape[1] > 1 else np.array([prior.anchor])
    distance = growth.copy()
    distance[:, 1:] -= pooled if link.shape[1] > 1 else 0.0
    by_group = _group_distance(distance, group, prior.k_group)
    own = distance - by_group
    lasting = lasting_growth(own, prior.k_catchup)
    own = own - lasting[:, None]
    rebased = broken & (np.abs(np.nan_to_num(raw)) <= SLIP)
    spread, parent, each = _spreads(np.where(rebased, BREAK_SPREAD, np.abs(own)), group, prior)
    start, lag = _last_value(link)
    k = np.arange(1, horizon + 1)[None, :] + lag[:, None]
    anchor = min(prior.anchor, float(pooled.mean()))
    slope, level = catchup_slope(link, distance, prior.k_catchup)
    toll = slope * level - lasting + prior.risk_group * (parent - spread) + prior.risk_own * (each - spread)
    median = start[:, None] + (anchor - toll[:, None]) * k
    median = median + (recent_growth(pooled, prior.last_weight) - anchor) * _fade(prior.damping, k)
    g, o = _recent_mean(by_group[:, 1:], prior.memory_group), _recent_mean(own, prior.memory_own)
    median = median + prior.worth_group * g[:, None] * _fade(prior.damping_group, k)
    median = median + prior.worth_own * o[:, None] * _fade(prior.damping_own, k)
    unit = parent * (each / parent) ** prior.spread_power
    common = prior.shock_weight * _shock(pooled, prior)
    return _band(median, prior.noise * unit, np.sqrt(_persistence(own, prior) * unit**2 + common**2), lag, prior.skew)


def alone_trend(link: Array, horizon: int, prior: Prior) -> Trend:
    """Trend of series that have no panel: own mean growth times its worth, damped.

    Equation: x + w b F(phi), w = b^2 / (b^2 + k se^2): b the mean of past growth weighted by memory^age, se its
    standard error. A series with one value grows at the prior's anchor. sd: s^2 = noise^2 v, t^2 = drift^2 v / n, v the
    variance of growth.
    """
    raw = yearly_growth(link)
    growth = np.where(np.abs(raw) > MAX_GROWTH, np.nan, raw)
    b = _recent_mean(growth, prior.alone_memory)
    n = (~np.isnan(growth)).sum(axis=1)
    square, weight = _weighted((growth - b[:, None]) ** 2, prior.alone_memory)
    variance = (square / np.maximum(weight, 1e-12) * n + prior.alone_spread**2) / np.maximum(n, 1)
    worth = b**2 / (b**2 + prior.alone_k * variance / np.maximum(n, 1) + 1e-12)
    slope = np.where(n > 0, worth * b, prior.anchor)
    start, lag = _last_value(link)
    k = np.arange(1, horizon + 1)[None, :] + lag[:, None]
    median = start[:, None] + slope[:, None] * _fade(prior.alone_damping, k)
    s, t = prior.alone_noise * np.sqrt(variance), prior.alone_drift * np.sqrt(variance / np.maximum(n, 1))
    return _band(median, s, t, lag, 1.0)


def trend(link: Array, horizon: int = 5, group: IntArray | None = None, prior: Prior | None = None) -> Trend:
    """Trend of n series from the years up to the origin, in link space; the one entry point.

    With at least MIN_PANEL series, or when a prior is given, `panel_trend`; otherwise each series by `alone_trend`.
    Parameters: link, shape (n, T), one column a year, the last one the origin, NaN where missing; group, shape (n,),
    integer codes; prior, default the calibrated one for nominal GDP.
    Raises ValueError when a series has no value at all, a value is infinite, or horizon < 1.
    """
    link = np.asarray(link, dtype=float)
    if link.ndim != 2 or horizon < 1:
        raise ValueError(f"need an array (series, years) and horizon >= 1; got shape {link.shape}, horizon {horizon}")
    empty = np.flatnonzero(np.isnan(link).all(axis=1))
    if len(empty) or np.isinf(link).any():
        raise ValueError(f"every series needs a finite value up to the origin; rows without one: {empty.tolist()}")
    link = repair_slips(link)
    alone = prior is None and len(link) < MIN_PANEL
    prior = prior or load_prior()
    codes = np.zeros(len(link), dtype=np.int64) if group is None else np.unique(group, return_inverse=True)[1]
    return alone_trend(link, horizon, prior) if alone else panel_trend(link, codes, horizon, prior)
