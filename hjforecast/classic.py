"""Classic methods for a user's longer yearly series: ETS, Theta and ARIMA of statsmodels, each with a stated fallback.

A method that a series cannot carry (too short, gaps, constant, no convergence) is never forced: the next one in line
answers, and the note says so. All work is in link space; bands are Gaussian there.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from hjforecast.errors import InputError, Problem, closest
from hjforecast.trend import FLOOR_SD, MAX_GROWTH, NORMAL_P90, trend, yearly_growth
from hjforecast.uncertainty import error_scale
from hjforecast.units import link as to_link
from hjforecast.units import unlink

__all__ = ["METHODS", "MINIMUM", "ClassicForecast", "forecast"]

Array = np.ndarray
Path = tuple[Array, Array]
"""Central path and standard deviation in link space, each of shape (horizon,)."""

MINIMUM = {"hjforecast": 1, "drift": 4, "theta": 8, "ets": 10, "arima": 15}
"""Fewest yearly values for each method (Theta and ETS: without a gap; the others: present values).

About two values for every number that is fitted, which leaves half of them to measure the error: drift fits a slope and
a spread (2); Theta a smoothing weight, a start, a slope and a spread (4); damped ETS three weights and two starts (5);
ARIMA is chosen among three models by AICc, with up to three numbers each, so five values for each number.
"""

METHODS = ("auto", *MINIMUM)
"""Words that `method` may be."""

_LINKS = ("log", "logit", "identity")
_LONGEST, _MOST = 50, 700.0
_ORDERS = ((0, 1, 0), (1, 1, 0), (0, 1, 1))


@dataclass(frozen=True)
class ClassicForecast:
    """A forecast of one series: central path (median) and 80 % band in the series' own unit, shape (horizon,).

    `method_used` is the method that answered (`held`: the last value), which is not the one asked for where a fallback
    stepped in; the notes say why, and hold what statsmodels warned of. `years` follow the last year with a value.
    """

    method_used: str
    years: Array
    central: Array
    low80: Array
    high80: Array
    note_zh: str
    note_en: str

    def note(self, lang: str = "zh") -> str:
        """Return what must be known about the forecast, in Chinese (`zh`) or English (`en`); may be empty."""
        return self.note_zh if lang == "zh" else self.note_en


def forecast(
    values: Any, years: Any, horizon: int = 5, method: str = "auto", *, link: str = "log", cap: float = 1.0
) -> ClassicForecast:
    """Return the forecast of one yearly series, 1..horizon years after its last value; it is deterministic.

    `auto` is our own trend rule (on M3 yearly it beats each of the others, docs/filtering.md); for the identity link,
    which the rule does not know, Theta. A method that cannot answer gives way to our rule (identity: drift), then to
    the last value held.

    Parameters
    ----------
    values, years : shape (T,), years strictly increasing; NaN or years left out are gaps. Unit: the series' own.
    horizon : 1 to 50 years.
    method : one of METHODS.
    link : `log` (levels above 0), `logit` (shares between 0 and `cap`), `identity` (anything, such as growth rates).

    Raises InputError for an unknown method or link, years out of order, infinite figures, no figure at all, or a figure
    outside its link's bounds (a level of 0 or below).
    Sources: Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., chapters 5, 8 and 9;
    Assimakopoulos & Nikolopoulos, The theta model (2000).
    """
    values, years = np.asarray(values, dtype=float), np.asarray(years, dtype=int)
    _check(values, years, horizon, method, link, cap)
    x, span = _grid(values, years, link, cap)
    name, path, notes = _answer(_line(x, method, link), x, span, horizon, link)
    notes = _jumps(x, span, link) + notes
    central, sd = path[0], _width(path[1], x, horizon)
    low, middle, high = (unlink(_bounded(central + z * sd, link), link, cap) for z in (-NORMAL_P90, 0.0, NORMAL_P90))
    zh, en = ("；".join(note[0] for note in notes), "; ".join(note[1] for note in notes))
    return ClassicForecast(name, span[-1] + np.arange(1, horizon + 1), middle, low, high, zh, en)


def _check(values: Array, years: Array, horizon: int, method: str, link: str, cap: float) -> None:
    problems = []
    for column, read, allowed in (("method", method, METHODS), ("link", link, _LINKS)):
        if read not in allowed:
            near, words = closest(read, allowed) or allowed[0], "、".join(allowed)
            zh, en = f"应为 {words} 之一。", f"must be one of {', '.join(allowed)}; did you mean {near!r}?"
            problems.append(Problem("forecast", 0, column, read, zh, en))
    if not 1 <= horizon <= _LONGEST:
        zh, en = f"应为 1 至 {_LONGEST} 年。", f"must be from 1 to {_LONGEST} years."
        problems.append(Problem("forecast", 0, "horizon", str(horizon), zh, en))
    if values.ndim != 1 or values.shape != years.shape or not (np.diff(years) > 0).all():
        zh, en = "每个年份对应一个数值，年份逐个递增。", "needs one value a year, years in increasing order."
        problems.append(Problem("forecast", 0, "years", "", zh, en))
    elif np.isnan(values).all():
        problems.append(Problem("forecast", 0, "values", "", "没有任何数值。", "holds no value at all."))
    if problems:
        raise InputError(problems)
    _check_bounds(values, years, link, cap)


def _check_bounds(values: Array, years: Array, link: str, cap: float) -> None:
    low, high = {"log": (0.0, np.inf), "logit": (0.0, cap)}.get(link, (-np.inf, np.inf))
    wrong = ~np.isnan(values) & ~((values > low) & (values < high) & np.isfinite(values))
    zh, en = {
        "log": ("应大于 0；增速等可为负的序列请用 link=identity。", "must be above 0; use link='identity' for rates."),
        "logit": (f"应在 0 与 {cap:g} 之间。", f"must lie between 0 and {cap:g}."),
    }.get(link, ("应为有限数。", "must be finite."))
    problems = [
        Problem("forecast", 0, str(year), f"{value:g}", zh, en)
        for year, value in zip(years[wrong].tolist(), values[wrong].tolist(), strict=True)
    ]
    if problems:
        raise InputError(problems)


def _grid(values: Array, years: Array, link: str, cap: float) -> tuple[Array, Array]:
    """Return link values from the first year with a value to the last, NaN in the gaps, and those years."""
    seen = ~np.isnan(values)
    span = np.arange(years[seen][0], years[seen][-1] + 1)
    x = np.full(span.size, np.nan)
    x[years[seen] - span[0]] = to_link(values[seen], link, cap)
    return x, span


def _jumps(x: Array, span: Array, link: str) -> list[tuple[str, str]]:
    if link != "log":
        return []
    found = span[np.abs(np.nan_to_num(yearly_growth(x[None])[0])) > MAX_GROWTH].tolist()
    if not found:
        return []
    years = [str(year) for year in found]
    zh = f"{'、'.join(years)} 年变动过大，请核对单位或口径"
    return [(zh, f"the jump in {', '.join(years)} is hardly growth: check units and vintage")]


def _line(x: Array, method: str, link: str) -> tuple[str, ...]:
    """Return the methods to try in turn; the last one always answers."""
    own = "drift" if link == "identity" else "hjforecast"
    wanted = ("theta" if link == "identity" else "hjforecast") if method == "auto" else method
    return ("held",) if _constant(x) else tuple(dict.fromkeys((wanted, own, "held")))


def _constant(x: Array) -> bool:
    seen = x[~np.isnan(x)]
    return seen.size > 1 and float(np.ptp(seen)) <= 1e-12 * float(np.abs(seen).max())


def _answer(
    line: tuple[str, ...], x: Array, span: Array, horizon: int, link: str
) -> tuple[str, Path, list[tuple[str, str]]]:
    """Return the first method of the line that answers, its path, and what must be said on the way."""
    notes = [("序列没有变动，区间取自校准误差", "the series never changes: its band is the calibrated error")]
    notes = notes if _constant(x) else []
    for name, following in pairwise(line):
        path, said = _attempt(name, x, span, horizon, link)
        notes += said
        if path is not None:
            return name, path, notes
        notes.append((f"改用 {following}", f"{following} answers instead"))
    return line[-1], _held(x, horizon, link), notes


def _attempt(name: str, x: Array, span: Array, horizon: int, link: str) -> tuple[Path | None, list[tuple[str, str]]]:
    """Return a method's path, None where it cannot answer, and what must be said about it."""
    part = _last_stretch(x) if name in ("theta", "ets") else x
    refused = _refusal(name, part, link)
    if refused is not None:
        return None, [refused]
    notes = []
    if part.size < x.size:
        first = int(span[-part.size])
        notes.append((f"{name} 不能有缺年，只用 {first} 年以来的数值", f"{name} takes no gap: values from {first} on"))
    path, trouble = _fitted(name, part, horizon)
    if path is not None and name in ("theta", "ets", "arima"):
        notes.append(
            ("区间只反映模型自身的拟合误差，往往偏窄", "its band rests on the fit alone and is often too narrow")
        )
    return path, notes + trouble


def _last_stretch(x: Array) -> Array:
    gaps = np.flatnonzero(np.isnan(x))
    return x[gaps[-1] + 1 :] if gaps.size else x


def _refusal(name: str, x: Array, link: str) -> tuple[str, str] | None:
    seen = x[~np.isnan(x)]
    if name == "hjforecast" and link == "identity":
        return "hjforecast 规则只适用于总量和比重", "the rule hjforecast is for levels and shares only"
    if _constant(x):
        return f"{name} 可用的一段没有变动", f"the stretch that {name} could use never changes"
    if seen.size < MINIMUM[name]:
        kind = ("连续数值", "values without a gap") if name in ("theta", "ets") else ("数值", "values")
        return (
            f"{name} 至少需要 {MINIMUM[name]} 个{kind[0]}，现有 {seen.size} 个",
            f"{name} needs at least {MINIMUM[name]} {kind[1]}, there are {seen.size}",
        )
    return None


def _fitted(name: str, x: Array, horizon: int) -> tuple[Path | None, list[tuple[str, str]]]:
    """Return the fitted path with statsmodels' warnings as notes; None where the fit fails or is not finite."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            path: Path | None = _FITS[name](x, horizon)
        except (ValueError, ArithmeticError, IndexError, np.linalg.LinAlgError) as error:
            return None, [(f"{name} 拟合失败（{error}）", f"{name} could not be fitted ({error})")]
    said = dict.fromkeys(str(one.message).strip().split("\n")[0].rstrip(".") for one in caught)
    notes = [(f"{name} 的提示：{text}", f"{name} warns: {text}") for text in said]
    if path is None or not (np.isfinite(path[0]).all() and np.isfinite(path[1]).all()):
        return None, [*notes, (f"{name} 没有得出有限的结果", f"{name} gave no finite result")]
    return path, notes


def _ours(x: Array, horizon: int) -> Path:
    """Own growth times its worth, damped (`trend.alone_trend`)."""
    found = trend(x[None], horizon)
    return found.median[0], found.sd[0]


def _drift(x: Array, horizon: int) -> Path:
    """Last value plus h times the mean yearly change b; sd_h^2 = v (h + h^2 / n) over the n years of the series.

    A change over k years is k b with variance k v, so v is the mean of (change - k b)^2 / k, with one degree of freedom
    spent on b (FPP3, section 5.5, there without gaps).
    """
    seen, h = np.flatnonzero(~np.isnan(x)), np.arange(1, horizon + 1)
    steps, total = np.diff(seen), float(seen[-1] - seen[0])
    slope = (x[seen[-1]] - x[seen[0]]) / total
    variance = ((np.diff(x[seen]) - slope * steps) ** 2 / steps).sum() / (steps.size - 1)
    return x[-1] + slope * h, np.sqrt(variance * (h + h**2 / total))


def _theta(x: Array, horizon: int) -> Path:
    import pandas as pd
    from statsmodels.tsa.forecasting.theta import ThetaModel

    fit = ThetaModel(pd.Series(x), period=1, deseasonalize=False).fit()
    band = np.asarray(fit.prediction_intervals(horizon, alpha=0.2))
    return np.asarray(fit.forecast(horizon)), (band[:, 1] - band[:, 0]) / (2.0 * NORMAL_P90)


def _ets(x: Array, horizon: int) -> Path:
    """ETS(A,Ad,N) by maximum likelihood with its analytic variance (FPP3, table 8.8)."""
    import pandas as pd
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    fit = ETSModel(pd.Series(x), error="add", trend="add", damped_trend=True).fit(disp=False)
    found = fit.get_prediction(start=x.size, end=x.size + horizon - 1)
    return np.asarray(found.predicted_mean), np.sqrt(np.asarray(found.forecast_variance))


def _arima(x: Array, horizon: int) -> Path:
    """ARIMA with drift, the order of _ORDERS with the least AICc; missing years are filtered over."""
    from statsmodels.tsa.arima.model import ARIMA

    fits = [ARIMA(x, order=order, trend="t").fit() for order in _ORDERS]
    found = min(fits, key=lambda fit: float(fit.aicc)).get_forecast(horizon)
    return np.asarray(found.predicted_mean), np.asarray(found.se_mean)


def _held(x: Array, horizon: int, link: str) -> Path:
    """The last value held; sd_h^2 = s^2 h + t^2 h^2 as calibrated on nominal GDP (for logit, on urban shares)."""
    scale, h = error_scale("urbanization" if link == "logit" else "gdp_nominal"), np.arange(1, horizon + 1)
    unit = _unit(x) if link == "identity" else 1.0
    return np.full(horizon, x[-1]), unit * np.sqrt(scale.noise**2 * h + scale.drift**2 * h**2)


_FITS: dict[str, Callable[[Array, int], Path]] = {
    "hjforecast": _ours, "drift": _drift, "theta": _theta, "ets": _ets, "arima": _arima,
}  # fmt: skip


def _unit(x: Array) -> float:
    return float(np.nanmax(np.abs(x))) or 1.0


def _width(sd: Array, x: Array, horizon: int) -> Array:
    """Return standard deviations that never shrink with the horizon and never fall below the floor."""
    floor = FLOOR_SD * min(_unit(x), 1.0) * np.sqrt(np.arange(1, horizon + 1))
    return np.maximum.accumulate(np.maximum(sd, floor))


def _bounded(x: Array, link: str) -> Array:
    return x if link == "identity" else np.clip(x, -_MOST, _MOST)
