"""The filter against a hand-written Kalman loop, closed forms and simulated coverage; what a plan's figures teach it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hjforecast import Plan
from hjforecast.errors import InputError
from hjforecast.filtering import MIN_HISTORY, Filtered, filter_growth, level_noise, real_noise, updated_growth
from hjforecast.growth import damped
from hjforecast.macro import implied_price_change, trend_start
from hjforecast.plan import Observation
from hjforecast.trend import NORMAL_P90
from hjforecast.uncertainty import error_scale
from hjforecast.units import Printed

USUAL: dict[str, Any] = {
    "prior_growth": 0.07, "prior_sd": 0.024, "long_run": 0.043, "damping": 0.8, "noise": 0.02, "drift_noise": 0.014,
}  # fmt: skip
NAN = np.nan


def kalman_loop(levels: np.ndarray, rates: np.ndarray, p: dict[str, Any], e: float) -> Iterator[tuple[np.ndarray, ...]]:
    """Yield mean and covariance of (mu, d, g) year by year, one scalar update after the other."""
    mean, cov = np.zeros(3), np.zeros((3, 3))
    started = False
    for t in range(levels.size):
        phi, s2, q2 = p["damping"], p["noise"] ** 2, p["drift_noise"] ** 2
        if t == 0:
            mean = np.array([0.0, p["prior_growth"], p["prior_growth"]])
            cov = np.zeros((3, 3))
            cov[1:, 1:] = p["prior_sd"] ** 2
            cov[1, 1] += s2
            cov[0, 0] = e**2
        else:
            step = np.array([[1.0, 0.0, phi], [0.0, 0.0, phi], [0.0, 0.0, phi]])
            mean = step @ mean + (1.0 - phi) * p["long_run"]
            cov = step @ cov @ step.T + q2
            cov[:2, :2] += s2
        fresh = not np.isnan(levels[t]) and (not started or not np.isnan(rates[t]))
        if fresh:
            mean[0], cov[0, :], cov[:, 0] = levels[t], 0.0, 0.0
            cov[0, 0] = e**2
        started = started or fresh
        figures = [(rates[t], 1, 0.0)] + ([] if fresh else [(levels[t], 0, e**2)])
        for value, place, error in figures:
            if not np.isnan(value):
                gain = cov[:, place] / (cov[place, place] + error)
                mean = mean + gain * (value - mean[place])
                cov = cov - np.outer(gain, cov[place, :])
        yield mean, cov


def table(size: int, seed: int, missing: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    rates = 0.06 + 0.02 * rng.standard_normal(size)
    levels = 5.0 + np.cumsum(0.06 + 0.02 * rng.standard_normal(size))
    rates[rng.random(size) < missing], levels[rng.random(size) < missing] = NAN, NAN
    return levels, rates


@pytest.mark.parametrize("measurement", [0.0, 0.01])
@pytest.mark.parametrize(("size", "missing"), [(1, 0.0), (12, 0.0), (12, 0.5), (60, 0.7), (8, 1.0)])
def test_filter_agrees_with_a_hand_written_kalman_loop(size: int, missing: float, measurement: float):
    levels, rates = table(size, size, missing)
    got = filter_growth(2000 + np.arange(size), levels, rates, **USUAL, measurement=measurement, horizon=6)
    ahead = np.full(6, NAN)
    loop = list(kalman_loop(np.r_[levels, ahead], np.r_[rates, ahead], USUAL, measurement))
    growth, level = np.r_[got.growth, got.ahead_growth], np.r_[got.level, got.ahead_level]
    growth_sd, level_sd = np.r_[got.growth_sd, got.ahead_growth_sd], np.r_[got.level_sd, got.ahead_level_sd]
    assert growth == pytest.approx([mean[2] for mean, _ in loop], abs=1e-10)
    assert level == pytest.approx([mean[0] for mean, _ in loop], abs=1e-10)
    assert growth_sd**2 == pytest.approx([cov[2, 2] for _, cov in loop], abs=1e-12)
    assert level_sd**2 == pytest.approx([cov[0, 0] for _, cov in loop], abs=1e-12)
    assert (growth_sd > 0.0).all() and (got.ahead_level_sd > 0.0).all()


def test_prior_alone_is_the_closed_form_damped_path():
    got = filter_growth([2020], **USUAL, horizon=15)
    path = damped(0.07, 0.043, 0.8, 15)
    assert got.growth == pytest.approx([0.07], abs=1e-15)
    assert got.ahead_growth == pytest.approx(path, abs=1e-13)
    assert got.ahead_level == pytest.approx(np.cumsum(path), abs=1e-13)


def test_prior_alone_has_the_variance_of_noise_and_fading_drift():
    phi, t, s = 0.8, 0.024, 0.02
    got = filter_growth([2020], **USUAL | {"drift_noise": 0.0}, horizon=6)
    h = np.arange(1, 7)
    fade = np.cumsum(phi**h)
    assert got.ahead_growth_sd == pytest.approx(t * phi**h, abs=1e-14)
    assert got.ahead_level_sd**2 == pytest.approx(s**2 * h + t**2 * fade**2, abs=1e-15)


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.8, 1.0])
def test_undamped_limit_and_stationary_drift_keep_the_prior_width(phi: float):
    steady = {"damping": phi, "drift_noise": 0.024 * np.sqrt(1.0 - phi**2)}
    got = filter_growth([2020, 2030], **USUAL | steady, horizon=3)
    assert np.r_[got.growth_sd, got.ahead_growth_sd] == pytest.approx([0.024] * 14, rel=1e-12)


@pytest.mark.parametrize("noise", [1e-4, 0.01, 0.02, 0.06, 5.0])
def test_one_observation_is_weighed_as_conjugate_normals_are(noise: float):
    prior, t, seen = 0.07, 0.024, 0.02
    got = filter_growth([2020], None, [seen], **USUAL | {"noise": noise})
    weight = t**2 / (t**2 + noise**2)
    assert got.growth[0] == pytest.approx(prior + weight * (seen - prior), abs=1e-13)
    assert got.growth_sd[0] ** 2 == pytest.approx(t**2 * (1.0 - weight), abs=1e-13)


def test_n_observations_of_a_fixed_growth_are_weighed_as_their_mean():
    rates = np.array([0.05, 0.02, 0.09, 0.03])
    got = filter_growth(range(2020, 2024), None, rates, **USUAL | {"damping": 1.0, "drift_noise": 0.0})
    weight = 4 * 0.024**2 / (4 * 0.024**2 + 0.02**2)
    assert got.growth[-1] == pytest.approx(0.07 + weight * (rates.mean() - 0.07), abs=1e-13)
    assert (np.diff(got.growth_sd) < 0.0).all()


def test_level_change_over_a_gap_counts_as_the_sum_of_its_years():
    fixed = USUAL | {"damping": 1.0, "drift_noise": 0.0}
    got = filter_growth([2020, 2023], [5.0, 5.12], **fixed)
    weight = 3 * 0.024**2 / (3 * 0.024**2 + 0.02**2)
    assert got.growth[-1] == pytest.approx(0.07 + weight * (0.04 - 0.07), abs=1e-13)
    assert got.years.tolist() == [2020, 2021, 2022, 2023]
    assert got.level_sd[[0, 3]] == pytest.approx([0.0, 0.0], abs=1e-9) and (got.level_sd[1:3] > 0.01).all()


def test_levels_and_the_growth_between_them_teach_the_same():
    levels = np.array([5.0, 5.05, 5.13, 5.14])
    by_level = filter_growth(range(2020, 2024), levels, **USUAL, horizon=4)
    by_rate = filter_growth(range(2020, 2024), None, np.r_[NAN, np.diff(levels)], **USUAL, horizon=4)
    assert by_level.growth == pytest.approx(by_rate.growth, abs=1e-13)
    assert np.diff(by_level.ahead_level) == pytest.approx(np.diff(by_rate.ahead_level), abs=1e-13)


def test_gap_leaves_later_years_finite_and_less_sure():
    full = filter_growth(range(2010, 2020), np.linspace(5.0, 5.5, 10), **USUAL)
    gap = filter_growth([2010, 2011, 2019], [5.0, 5.0 + 0.5 / 9, 5.5], **USUAL)
    assert np.isfinite(gap.growth).all() and gap.growth_sd[-1] > full.growth_sd[-1]


@pytest.mark.parametrize("size", [2, 5, 200])
def test_constant_series_pulls_growth_toward_zero_with_a_width(size: int):
    got = filter_growth(range(2000, 2000 + size), np.full(size, 4.0), **USUAL, horizon=5)
    prior = filter_growth([2000], **USUAL, horizon=size + 4)
    assert got.growth[-1] < prior.ahead_growth[size - 2]
    assert (got.ahead_growth_sd > 0.0).all() and (np.diff(got.ahead_level_sd) > 0.0).all()


def test_jump_begins_the_levels_anew_and_teaches_nothing():
    slip = filter_growth(range(2020, 2024), np.log([100.0, 1e6, 1.05e6, 1.1e6]), **USUAL)
    clean = filter_growth(range(2020, 2024), np.log([NAN, 100.0, 105.0, 110.0]), **USUAL)
    assert slip.restarts == (2021,)
    assert slip.growth == pytest.approx(clean.growth, abs=1e-12)
    told = filter_growth(range(2020, 2023), np.log([100.0, 120.0, 126.0]), **USUAL, restarts=(2021,))
    assert told.growth == pytest.approx(filter_growth(range(2020, 2023), np.log([NAN, 100, 105]), **USUAL).growth)


@pytest.mark.parametrize(
    "change",
    [
        {"noise": 0.0}, {"noise": NAN}, {"noise": [0.1, 0.1]}, {"damping": 1.2}, {"prior_sd": -1.0}, {"drift_noise": NAN},
        {"prior_growth": np.inf}, {"long_run": NAN}, {"horizon": -1}, {"years": [2021, 2020, 2022]}, {"years": []},
        {"log_levels": [1.0, np.inf, 2.0]}, {"growth": [0.1]},
    ],
    ids=str,
)  # fmt: skip
def test_impossible_parameters_are_refused(change: dict[str, Any]):
    with pytest.raises(InputError, match="filter_growth"):
        filter_growth(**{"years": [2020, 2021, 2022], **USUAL, **change})


def simulated(seed: int, size: int, years: int) -> tuple[np.ndarray, np.ndarray]:
    """Log levels of `size` places that share part of their drift, shape (size, years), and growth, from the model."""
    rng = np.random.default_rng(seed)
    p = USUAL
    growth = p["prior_growth"] + p["prior_sd"] * rng.standard_normal(size)
    level, levels = np.zeros(size), []
    for t in range(years):
        if t:
            growth = (
                p["long_run"] + p["damping"] * (growth - p["long_run"]) + p["drift_noise"] * rng.standard_normal(size)
            )
        level = level + growth + p["noise"] * rng.standard_normal(size)
        levels.append(level)
    return np.array(levels).T, growth


def test_bands_hold_eighty_percent_of_two_simulated_series():
    """Two series, 250 worlds each, seven years seen (one of them missing), the next five foretold."""
    for series in range(2):
        levels, _ = simulated(series, 250, 12)
        held = []
        for row in levels:
            seen = row[:7].copy()
            seen[3 + series] = NAN
            got = filter_growth(range(2014, 2021), seen, **USUAL, horizon=5)
            held.append(np.abs(row[7:] - got.ahead_level) <= NORMAL_P90 * got.ahead_level_sd)
        rate = np.mean(held, axis=0)
        assert rate == pytest.approx([0.8] * 5, abs=4 * np.sqrt(0.8 * 0.2 / 250))
        assert np.mean(rate) == pytest.approx(0.8, abs=0.06)


def with_figures(plan: Plan, *rows: tuple[str, int, str], vintage: str = "") -> Plan:
    seen = [
        Observation(name, year, Printed(text), "reported", vintage, "公报", "", "actuals.csv", 2)
        for name, year, text in rows
    ]
    return replace(plan, observations=(*plan.observations, *seen))


def history(plan: Plan, growth: float, count: int) -> list[tuple[str, int, str]]:
    """`count` levels of the years before the base year beside the printed one of 2016, growing as given (nominal)."""
    before = [k for k in range(1, count + 2) if k != 4][:count]
    return [("gdp", 2020 - k, f"{125.74 * (1 + growth) ** -k:.6f}") for k in before]


def test_built_in_plan_starts_from_the_prior_to_the_bit(plan: Plan):
    got = updated_growth(plan)
    assert (got.growth, got.year) == (trend_start(plan), 2020)
    assert got.sd > 0.0 and "先验" in got.note() and "prior" in got.note("en")


def test_one_actual_real_growth_is_weighed_by_calibrated_noise_and_drift(plan: Plan):
    got = updated_growth(with_figures(plan, ("gdp_real_growth", 2021, "9.0")))
    phi, t, s = plan.number("damping"), error_scale("gdp_real").drift, real_noise()
    prior, anchor = np.log1p(trend_start(plan)), np.log1p(plan.number("long_run_growth") / 100.0)
    ahead, weight = anchor + phi * (prior - anchor), t**2 / (t**2 + s**2)
    assert np.log1p(got.growth) == pytest.approx(ahead + weight * (np.log1p(0.09) - ahead), abs=1e-12)
    assert got.sd == pytest.approx(t * np.sqrt(1.0 - weight) * (1.0 + got.growth), abs=1e-12)
    assert got.year == 2021 and "2021" in got.note() and "1 real" in got.note("en")


def test_nominal_actual_enters_net_of_the_implied_price_change_and_counts_for_less(plan: Plan):
    price = implied_price_change(plan)
    assert price is not None
    phi, anchor = plan.number("damping"), np.log1p(plan.number("long_run_growth") / 100.0)
    expected = float(np.expm1(anchor + phi * (np.log1p(trend_start(plan)) - anchor)))
    same = updated_growth(with_figures(plan, ("gdp", 2021, f"{125.74 * (1 + expected) * (1 + price):.9f}")))
    assert same.growth == pytest.approx(expected, abs=1e-9)
    nominal = updated_growth(with_figures(plan, ("gdp", 2021, f"{125.74 * 1.12 * (1 + price):.9f}")))
    real = updated_growth(with_figures(plan, ("gdp_real_growth", 2021, "12")))
    priced = updated_growth(
        with_figures(plan, ("gdp", 2021, f"{125.74 * 1.12 * 1.03:.9f}"), ("gdp_price_change", 2021, "3"))
    )
    assert expected < nominal.growth < real.growth and nominal.sd > real.sd
    assert priced.growth == pytest.approx(real.growth, abs=1e-9)


def test_growth_given_beats_the_level_of_its_year(plan: Plan):
    both = updated_growth(with_figures(plan, ("gdp", 2021, "150"), ("gdp_real_growth", 2021, "5.0")))
    alone = updated_growth(with_figures(plan, ("gdp_real_growth", 2021, "5.0")))
    assert both.growth == pytest.approx(alone.growth, abs=1e-12)


def test_missing_year_between_actuals_is_bridged(plan: Plan):
    got = updated_growth(with_figures(plan, ("gdp_real_growth", 2021, "9.0"), ("gdp_real_growth", 2024, "3.0")))
    assert got.year == 2024 and 0.03 < got.growth < 0.05


def test_history_counts_from_four_levels_before_the_base(plan: Plan):
    short = with_figures(plan, *history(plan, 0.02, MIN_HISTORY - 2))
    assert updated_growth(short).growth == trend_start(plan)
    long = updated_growth(with_figures(plan, *history(plan, 0.02, 8)))
    assert long.year == 2020 and 0.0 < long.growth < trend_start(plan)
    other = updated_growth(with_figures(plan, *history(plan, 0.02, 8), vintage="四经普后"))
    assert other.growth != trend_start(plan)


def test_history_of_another_vintage_than_the_base_teaches_nothing(plan: Plan):
    rows = [
        replace(row, vintage="五经普后") if (row.indicator, row.year) == ("gdp", 2020) else row
        for row in plan.observations
    ]
    marked = replace(plan, observations=tuple(rows))
    assert updated_growth(with_figures(marked, *history(plan, 0.02, 3), vintage="四经普后")).growth == trend_start(plan)


def test_level_of_a_new_vintage_begins_anew(plan: Plan):
    first = with_figures(plan, ("gdp_real_growth", 2021, "6"), ("gdp", 2021, "135"), vintage="初步核算")
    revised = updated_growth(with_figures(first, ("gdp", 2022, "180"), vintage="五经普后"))
    assert "2022" in revised.note("en")
    assert revised.growth == pytest.approx(updated_growth(with_figures(first, ("gdp", 2022, "1e9"))).growth)


def test_assumed_figures_teach_nothing(plan: Plan):
    row = Observation("gdp_real_growth", 2021, Printed("15"), "assumed", "", "", "", "actuals.csv", 2)
    assert updated_growth(replace(plan, observations=(*plan.observations, row))).growth == trend_start(plan)


@pytest.mark.parametrize("row", [("gdp", 2021, "0"), ("gdp", 2021, "-3"), ("gdp_real_growth", 2021, "-100")])
def test_impossible_actuals_are_refused_with_their_place(plan: Plan, row: tuple[str, int, str]):
    with pytest.raises(InputError, match=r"actuals.csv row 2 column value"):
        updated_growth(with_figures(plan, row))


def test_a_year_tells_more_the_less_noisy_it_is():
    assert 0.0 < real_noise() < level_noise()
    drift = error_scale("gdp_real").drift
    assert drift**2 / (drift**2 + real_noise() ** 2) > 0.5 > drift**2 / (drift**2 + level_noise() ** 2)


def test_result_is_frozen():
    got = filter_growth([2020], **USUAL)
    assert isinstance(got, Filtered) and got.ahead_growth.shape == (0,)
    with pytest.raises(AttributeError):
        got.growth = np.zeros(1)  # type: ignore[misc]
