"""The general-purpose methods that our own rule is measured against.

Every rival takes one gap-free series of log values and returns its central path and the standard deviation of its error
for horizons 1..H, Gaussian on the log scale. They are statsmodels' methods in their usual configuration; where a call
is written more cheaply than statsmodels' own wrapper, a test shows that the numbers are the same.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

__all__ = [
    "MIN_MODEL_OBS",
    "RIVALS",
    "damped_holt",
    "drift",
    "ets",
    "fill_gaps",
    "ma1_sigma",
    "naive",
    "run_rival",
    "smoothing_level",
    "theta",
]

Array = npt.NDArray[np.float64]
Path = tuple[Array, Array]

#: Fewest yearly values for which Theta, damped Holt and ETS are fitted; shorter series fall back to `drift`.
MIN_MODEL_OBS = 6
#: Standard deviation a rival falls back to when its series gives none (fewer than three values, or constant).
FLOOR_SD = 1e-3
SHORT_SD = 0.1


def fill_gaps(log_values: Array) -> Array:
    """Series from its first to its last present value with inner gaps filled linearly (constant growth).

    Parameters: log_values, shape (T,), NaN where missing; needs at least one present value.
    """
    present = np.flatnonzero(~np.isnan(log_values))
    span = np.arange(present[0], present[-1] + 1)
    return np.interp(span, present, log_values[present])


def _spread(differences: Array) -> float:
    """Standard deviation of yearly differences, with the fallback for fewer than two of them."""
    if len(differences) < 2:
        return SHORT_SD
    return max(float(np.std(differences, ddof=1)), FLOOR_SD)


def naive(y: Array, horizon: int) -> Path:
    """Last value held; sd_h = sd(differences) * sqrt(h) (Hyndman & Athanasopoulos, FPP3, section 5.5)."""
    h = np.arange(1, horizon + 1)
    return np.full(horizon, y[-1]), _spread(np.diff(y)) * np.sqrt(h)


def drift(y: Array, horizon: int) -> Path:
    """Last value plus h times the mean difference; sd_h = sd * sqrt(h (1 + h/n)), n differences (FPP3, section 5.5)."""
    h = np.arange(1, horizon + 1)
    d = np.diff(y)
    slope = float(d.mean()) if len(d) else 0.0
    return y[-1] + slope * h, _spread(d) * np.sqrt(h * (1 + h / max(len(d), 1)))


def theta(y: Array, horizon: int) -> Path:
    """Theta (theta = 2) as statsmodels' ThetaModel: simple exponential smoothing plus half the OLS slope.

    f_h = SES + b/2 (h - 1 + (1 - (1-a)^n) / a); sd_h^2 = sigma^2 (1 + (h-1)(1 + (a-1)^2)), statsmodels' own interval,
    where sigma^2 is the innovation variance of ARIMA(0,1,1) with drift by maximum likelihood. The same steps as
    ThetaModel.fit and prediction_intervals without their pandas and SARIMAX overhead (25 ms a series).
    Source: Assimakopoulos & Nikolopoulos 2000; Hyndman & Billah 2003.
    """
    n, h = len(y), np.arange(1, horizon + 1)
    alpha, level = smoothing_level(y)
    slope = float(np.polyfit(np.arange(n), y, 1)[0])
    steps = h - 1 + ((1 - (1 - alpha) ** n) / alpha if alpha > 0 else n)  # n: the limit
    sigma = max(ma1_sigma(np.diff(y)), FLOOR_SD)
    sd = sigma * np.sqrt(1 + (h - 1) * (1 + (alpha - 1) ** 2))
    return np.asarray(level + 0.5 * slope * steps), np.asarray(sd)


def smoothing_level(y: Array) -> tuple[float, float]:
    """Smoothing constant and last level of simple exponential smoothing started at y_0, by least squares, 0 to 1.

    The sum of squared one-step errors on a grid of constants that is refined three times: what statsmodels'
    ExponentialSmoothing(initial_level=y[0]) minimises, without its wrapper (3 ms a series).
    """
    low, high = 0.0, 1.0
    for _ in range(4):
        grid = np.linspace(low, high, 41)
        level, loss = np.full_like(grid, y[0]), np.zeros_like(grid)
        for value in y[1:]:
            error = value - level
            loss += error**2
            level = level + grid * error
        best = int(np.argmin(loss))
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    return float(grid[best]), float(level[best])


def ma1_sigma(x: Array) -> float:
    """Innovation standard deviation of x_t = c + e_t + m e_{t-1} by exact maximum likelihood, |m| < 1.

    The likelihood, concentrated over c and sigma, is evaluated by the innovations algorithm on a grid of m that is
    refined twice (Brockwell & Davis, Time Series: Theory and Methods, section 8.7).
    """
    low, high = -0.999, 0.999
    for _ in range(3):
        grid = np.linspace(low, high, 41)
        loss, variance = _ma1_loss(x, grid)
        best = int(np.argmin(loss))
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    return float(np.sqrt(max(variance[best], 0.0)))


def _ma1_loss(x: Array, m: Array) -> tuple[Array, Array]:
    """-2 log likelihood / n + const and innovation variance for every MA coefficient in m, c and sigma concentrated
    out.
    """
    v = 1 + m**2
    ex, ec = np.full_like(m, x[0]), np.ones_like(m)
    sxx, sxc, scc, logs = ex * ex / v, ex * ec / v, ec * ec / v, np.log(v)
    for value in x[1:]:
        gain = m / v
        ex, ec = value - gain * ex, 1 - gain * ec
        v = 1 + m**2 - m * gain
        sxx, sxc, scc, logs = sxx + ex * ex / v, sxc + ex * ec / v, scc + ec * ec / v, logs + np.log(v)
    variance = (sxx - sxc**2 / scc) / len(x)
    return np.log(np.maximum(variance, 1e-300)) + logs / len(x), variance


def _additive_damped_sd(alpha: float, beta: float, phi: float, sigma: float, horizon: int) -> Array:
    """sd_h of ETS(A,Ad,N): sigma^2 (1 + sum_{j<h} c_j^2), c_j = alpha + beta (phi + ... + phi^j) (FPP3, table 8.8)."""
    c = alpha + beta * np.cumsum(phi ** np.arange(1, horizon))
    return sigma * np.sqrt(1 + np.concatenate([[0.0], np.cumsum(c**2)]))


def damped_holt(y: Array, horizon: int) -> Path:
    """Damped Holt (statsmodels Holt, estimated start), with the analytic variance of ETS(A,Ad,N).

    Without the brute-force search for starting values, which takes as long as the fit and forecasts no better
    (docs/evidence.md).
    """
    from statsmodels.tsa.holtwinters import Holt

    fit = Holt(y, damped_trend=True, initialization_method="estimated").fit(use_brute=False)
    p = fit.params
    sigma = max(float(np.sqrt(fit.sse / len(y))), FLOOR_SD)
    alpha, phi = float(p["smoothing_level"]), float(p["damping_trend"])
    return np.asarray(fit.forecast(horizon)), _additive_damped_sd(
        alpha, float(p["smoothing_trend"]), phi, sigma, horizon
    )


def ets(y: Array, horizon: int) -> Path:
    """ETS(A,Ad,N) by maximum likelihood (statsmodels ETSModel, estimated start), analytic variance."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    fit = ETSModel(y, error="add", trend="add", damped_trend=True).fit(disp=False)
    sigma = max(float(np.sqrt(fit.mse)), FLOOR_SD)
    sd = _additive_damped_sd(fit.smoothing_level, fit.smoothing_trend, fit.damping_trend, sigma, horizon)
    return np.asarray(fit.forecast(horizon)), sd


RIVALS: dict[str, Callable[[Array, int], Path]] = {
    "naive": naive,
    "drift": drift,
    "theta": theta,
    "damped_holt": damped_holt,
    "ets": ets,
}


def run_rival(name: str, y: Array, horizon: int) -> Path:
    """Path of one rival, warnings silenced; short, constant or unfittable series fall back to `drift`, never NaN."""
    short = len(y) < MIN_MODEL_OBS or float(np.ptp(y)) == 0.0
    if name in ("naive", "drift") or short:
        return (naive if name == "naive" else drift)(y, horizon)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            mean, sd = RIVALS[name](y, horizon)
        except (ValueError, ArithmeticError, np.linalg.LinAlgError):
            return drift(y, horizon)
    return (mean, sd) if np.isfinite(mean).all() and np.isfinite(sd).all() else drift(y, horizon)
