"""How wide the future is: error covariance from past errors, and draws from it.

An indicator's error at horizon h, in link space, is Gaussian with variance s^2 h + t^2 h^2 (noise plus unknown drift) and
covariance s^2 min(h, k) + t^2 h k between horizons. GDP's real growth is the one common factor: followers inherit its error
times their elasticity and add their own. s and t come from the committed tables in `calibration/`, never from taste.
"""

from __future__ import annotations

import csv
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from hjforecast.indicators import Indicator
from hjforecast.run import GDP, PRICE, REAL, Run

__all__ = [
    "DEFAULT_SEED",
    "ErrorModel",
    "Scale",
    "draw_errors",
    "error_class",
    "error_model",
    "error_scale",
    "time_factor",
]

DEFAULT_SEED = 2025
"""Seed of the draws where none is given, so that every run can be repeated."""

_BLOCK = 1024
"""Draws made at a time: they stay in the cache, and products this small start no threads that wait for each other."""

Factors = dict[str, np.ndarray]
"""For one indicator: by shock, the matrix that turns the shock's standard normals into its error path."""


@dataclass(frozen=True)
class Scale:
    """Error scale of a class: noise s and drift t (link units), correlation with GDP's error, and how it was measured.

    `horizons` are the years ahead over which errors were counted.
    """

    noise: float
    drift: float
    correlation: float
    n: int
    window: str
    panel: str
    horizons: str = ""


@dataclass(frozen=True)
class ErrorModel:
    """Error paths as linear maps of independent standard normals.

    `factors[indicator][shock]` has shape (years, years): year by normal. Each shock's normals are one a year for noise,
    the first one for drift. `classes` says whose past errors an indicator's band rests on.
    """

    factors: Mapping[str, Factors]
    classes: Mapping[str, str]

    def covariance(self, first: str, second: str) -> np.ndarray:
        """Return Cov(error of `first` in year i, error of `second` in year j), shape (years, years), link space."""
        shared = self.factors[first].keys() & self.factors[second].keys()
        size = next(iter(self.factors[first].values())).shape[0]
        total = np.zeros((size, size))
        for shock in sorted(shared):
            total += self.factors[first][shock] @ self.factors[second][shock].T
        return total


def _table(name: str) -> list[dict[str, str]]:
    text = resources.files("hjforecast").joinpath(f"calibration/{name}").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def error_scale(name: str) -> Scale:
    """Return the calibrated error scale of a class; `gdp_price` is nominal less real GDP.

    Raises KeyError for a class that the tables do not hold.
    """
    if name == "gdp_price":
        nominal, real = error_scale("gdp_nominal"), error_scale("gdp_real")
        noise, drift = (
            np.sqrt(max(a * a - b * b, 0.0)) for a, b in ((nominal.noise, real.noise), (nominal.drift, real.drift))
        )
        panels = f"{nominal.panel}; {real.panel}"
        return Scale(float(noise), float(drift), 0.0, nominal.n, nominal.window, panels, nominal.horizons)
    if name == "urbanization":
        (row,) = _table("urban_norm.csv")
        numbers = float(row["s"]), float(row["t"]), _correlation(name), int(row["n"])
        return Scale(*numbers, row["window"], row["panel"], "10")  # from one census to the next
    rows = {row["indicator"]: row for row in _table("error_scale.csv") if row["origin"] == "all"}
    row = rows[name]
    numbers = float(row["s"]), float(row["t"]), _correlation(name), int(row["n"])
    return Scale(*numbers, row["origins"], row["panel"], row["horizons"])


def _correlation(name: str) -> float:
    for row in _table("error_correlation.csv"):
        if {row["a"], row["b"]} == {"gdp_nominal", name}:
            return float(row["correlation"])
    return 0.0


@cache
def _classes() -> tuple[tuple[str, str, str], ...]:
    return tuple((row["match"], row["name"], row["error_class"]) for row in _table("error_class.csv"))


def error_class(item: Indicator) -> str:
    """Return the class whose past errors stand for an indicator's own, or an empty string where none does."""
    mine = {"indicator": item.id, "category": item.category, "rule": item.rule}
    moving = item.rule in ("elastic", "urgd") or item.id in (REAL, PRICE)
    return next((name for match, key, name in _classes() if moving and mine[match] == key), "")


def time_factor(noise: float, drift: float, years: int, start: int) -> np.ndarray:
    """Return M with M M' = s^2 min(h, k) + t^2 h k, h the years since index `start` (0 up to it).

    Shape (years, years): column 0 is the drift, columns 1.. the yearly noise.
    """
    ahead = np.maximum(np.arange(years) - start, 0)
    matrix = noise * (np.arange(years)[None, :] <= ahead[:, None]).astype(float)
    matrix[:, 0] = drift * ahead
    return matrix


def error_model(run: Run) -> ErrorModel:
    """Return the error model of a finished run: every indicator that has a path and a class, and GDP itself."""
    factors: dict[str, Factors] = {}
    classes: dict[str, str] = {}
    for name in run.paths:
        item = run.plan.indicators[name]
        kind = error_class(item)
        if kind and not np.isnan(run.paths[name][1:]).all():
            factors[name], classes[name] = _factors(run, item, error_scale(kind), factors), kind
        elif name == GDP and REAL in factors and PRICE in factors and item.form == "compound":
            factors[name], classes[name] = {**factors[REAL], **factors[PRICE]}, "gdp_nominal"
    return ErrorModel(factors, classes)


def _start(run: Run, item: Indicator) -> int:
    """Return the index of the last observation: errors begin after it (GDP's rates after GDP's own)."""
    name = GDP if item.id in (REAL, PRICE) and GDP in run.plan.indicators else item.id
    seen = np.flatnonzero(~np.isnan(run.observed(run.plan.indicators[name])))
    return int(seen[-1]) if seen.size else 0


def _factors(run: Run, item: Indicator, scale: Scale, known: Mapping[str, Factors]) -> Factors:
    years, start = run.years.size, _start(run, item)
    inherited = _inherited(run, item, start, known)
    if item.id in (REAL, PRICE):
        return {item.id: time_factor(scale.noise, scale.drift, years, start)}
    if inherited:
        noise, drift = _own_scale(run, item, scale)
        return {**inherited, item.id: time_factor(noise, drift, years, start)}
    whole = time_factor(scale.noise, scale.drift, years, start)
    if REAL not in known or not scale.correlation:
        return {item.id: whole}
    own = np.sqrt(1.0 - scale.correlation**2)
    return {REAL: scale.correlation * whole, item.id: own * whole}


def _inherited(run: Run, item: Indicator, start: int, known: Mapping[str, Factors]) -> Factors:
    """Return the driver's error times the elasticity, counted from the follower's own start.

    From GDP only the error of real growth is passed on: revisions of the GDP level do not move anybody's income.
    """
    if item.rule != "elastic":
        return {}
    driver = item.members[0]
    source = {REAL: known[REAL]} if driver == GDP and REAL in known else {driver: known.get(driver, {})}
    elasticity, passed = run.elasticity(item.id), {}
    for factors in source.values():
        for shock, matrix in factors.items():
            passed[shock] = elasticity * (matrix - matrix[start])
            passed[shock][: start + 1] = 0.0
    return passed


def _own_scale(run: Run, item: Indicator, scale: Scale) -> tuple[float, float]:
    """Return a follower's own noise and drift, so that with what it inherits it has its class's error.

    Never less than the part of the class's error that is uncorrelated with GDP.
    """
    real, share = error_scale("gdp_real"), 1.0 - scale.correlation**2
    elasticity = run.elasticity(item.id)
    pairs = ((scale.noise, real.noise), (scale.drift, real.drift))
    own = [max(total**2 - (elasticity * common) ** 2, share * total**2) for total, common in pairs]
    return float(np.sqrt(own[0])), float(np.sqrt(own[1]))


def draw_errors(model: ErrorModel, draws: int, seed: int) -> dict[str, np.ndarray]:
    """Return error paths in link space by indicator, each of shape (draws, years).

    Every shock has a random stream of its own, named by `seed` and the shock, so that the same draws meet every scenario,
    and neither the catalogue's order nor the number of workers changes a number.
    """
    shocks = sorted({shock for factors in model.factors.values() for shock in factors})
    years = next(iter(next(iter(model.factors.values())).values())).shape[0] if shocks else 0
    users = {shock: [name for name, factors in model.factors.items() if shock in factors] for shock in shocks}
    # One product a shock serves all its users: a wide matrix is far quicker than many narrow ones.
    joined = {shock: np.hstack([model.factors[name][shock].T for name in users[shock]]) for shock in shocks}
    streams = {shock: _stream(seed, shock) for shock in shocks}
    paths = {name: np.zeros((draws, years)) for name in model.factors}
    for start in range(0, draws, _BLOCK):
        rows = slice(start, min(start + _BLOCK, draws))
        for shock, stream in streams.items():
            moved = stream.standard_normal((rows.stop - start, years)) @ joined[shock]
            for place, name in enumerate(users[shock]):
                paths[name][rows] += moved[:, place * years : (place + 1) * years]
    return paths


def _stream(seed: int, name: str) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, zlib.crc32(name.encode())])))
