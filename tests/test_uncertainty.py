"""Draws against closed forms: the analytic Gaussian in link space, covariances by hand, identities draw by draw."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from hjforecast import InputError, Plan, Projection, Scenario, project
from hjforecast.plan import Observation
from hjforecast.projection import PROJECTED
from hjforecast.run import Run
from hjforecast.samples import QUANTILES
from hjforecast.uncertainty import draw_errors, error_class, error_scale, time_factor
from hjforecast.units import Printed, logit

DRAWS = 20_000
LEVELS = ("gdp", "retail_sales", "income_urban", "income_rural", "manufacturing_va", "industry_tcm", "tcm_chain")


@pytest.fixture(scope="module")
def drawn(plan: Plan) -> Projection:
    return project(plan, "trend", draws=DRAWS, seed=7)


def elasticity(projection: Projection, name: str) -> float:
    return Run(projection.plan, projection.settings, projection.years).elasticity(name)


def by_hand(a: tuple[float, float], b: tuple[float, float], years: int, start: int = 0) -> np.ndarray:
    """s_a s_b min(h, k) + t_a t_b h k, entry by entry."""
    covariance = np.zeros((years, years))
    for i in range(years):
        for j in range(years):
            h, k = max(i - start, 0), max(j - start, 0)
            covariance[i, j] = a[0] * b[0] * min(h, k) + a[1] * b[1] * h * k
    return covariance


# covariance


@pytest.mark.parametrize(("noise", "drift", "start"), [(0.05, 0.04, 0), (0.1, 0.0, 2), (0.0, 0.03, 1), (0.2, 0.1, 5)])
def test_time_factor_gives_noise_and_drift_covariance(noise: float, drift: float, start: int) -> None:
    factor = time_factor(noise, drift, 9, start)
    scale = (noise, drift)
    np.testing.assert_allclose(factor @ factor.T, by_hand(scale, scale, 9, start), rtol=1e-12, atol=1e-15)


def test_rates_of_gdp_have_the_covariance_of_their_class(drawn: Projection) -> None:
    for name, kind in (("gdp_real_growth", "gdp_real"), ("gdp_price_change", "gdp_price")):
        scale = (error_scale(kind).noise, error_scale(kind).drift)
        expected = by_hand(scale, scale, drawn.years.size)
        np.testing.assert_allclose(drawn.errors.covariance(name, name), expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(drawn.errors.covariance("gdp_real_growth", "gdp_price_change"), 0.0)


def test_a_run_cut_short_has_the_numbers_of_the_whole_one(plan: Plan) -> None:
    whole = project(plan, "trend", draws=50, seed=3)
    for year in (2022, 2025, 2031):
        short = project(plan, "trend", draws=50, seed=3, to=year)
        assert short.samples.keys() == whole.samples.keys()
        assert int(short.years[-1]) == year
        for name, paths in short.samples.items():
            np.testing.assert_array_equal(paths, whole.samples[name][:, : short.years.size])


def test_nominal_gdp_has_the_error_that_county_panels_show(drawn: Projection) -> None:
    nominal = error_scale("gdp_nominal")
    scale = (nominal.noise, nominal.drift)
    expected = by_hand(scale, scale, drawn.years.size)
    np.testing.assert_allclose(drawn.errors.covariance("gdp", "gdp"), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", ["retail_sales", "income_urban", "income_rural", "industry_tcm", "tcm_chain"])
def test_followers_inherit_their_elasticity_times_the_error_of_real_growth(drawn: Projection, name: str) -> None:
    real = error_scale("gdp_real")
    expected = elasticity(drawn, name) * by_hand((real.noise, real.drift), (real.noise, real.drift), drawn.years.size)
    np.testing.assert_allclose(drawn.errors.covariance(name, "gdp_real_growth"), expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(drawn.errors.covariance(name, "gdp"), expected, rtol=1e-12, atol=1e-15)


def test_two_followers_share_only_what_they_inherit(drawn: Projection) -> None:
    real = error_scale("gdp_real")
    product = elasticity(drawn, "retail_sales") * elasticity(drawn, "industry_tcm")
    expected = product * by_hand((real.noise, real.drift), (real.noise, real.drift), drawn.years.size)
    np.testing.assert_allclose(
        drawn.errors.covariance("retail_sales", "industry_tcm"), expected, rtol=1e-12, atol=1e-15
    )


def test_followers_are_never_surer_than_their_class(drawn: Projection) -> None:
    """Inherited plus own variance is the class's, or more where the elasticity alone passes it."""
    for name, kind in drawn.errors.classes.items():
        if drawn.plan.indicators[name].rule == "elastic":
            scale = (error_scale(kind).noise, error_scale(kind).drift)
            least = np.diag(by_hand(scale, scale, drawn.years.size))
            assert (np.diag(drawn.errors.covariance(name, name)) >= least * (1 - 1e-12)).all(), name


def test_urban_share_is_tied_to_growth_by_the_measured_correlation(drawn: Projection) -> None:
    urban, real = error_scale("urbanization"), error_scale("gdp_real")
    own, common = (urban.noise, urban.drift), (real.noise, real.drift)
    years = drawn.years.size
    np.testing.assert_allclose(
        drawn.errors.covariance("urbanization", "urbanization"), by_hand(own, own, years), rtol=1e-9, atol=1e-15
    )
    np.testing.assert_allclose(
        drawn.errors.covariance("urbanization", "gdp_real_growth"),
        urban.correlation * by_hand(own, common, years), rtol=1e-9, atol=1e-15,
    )  # fmt: skip


def test_drawn_errors_have_the_model_covariance(drawn: Projection) -> None:
    names = ("gdp", "retail_sales", "urbanization")
    errors = draw_errors(drawn.errors, DRAWS, 11)
    stacked = np.concatenate([errors[name][:, [1, 5, 15]] for name in names], axis=1)
    expected = np.block([[drawn.errors.covariance(a, b)[np.ix_([1, 5, 15], [1, 5, 15])] for b in names] for a in names])
    spread = np.sqrt(np.diag(expected))
    # The standard error of a covariance of unit normals is at most sqrt(2 / n).
    difference = (np.cov(stacked.T) - expected) / np.outer(spread, spread)
    assert np.abs(difference).max() < 5.0 * np.sqrt(2.0 / DRAWS)


# draws


@pytest.mark.parametrize("name", [*LEVELS, "urbanization"])
@pytest.mark.parametrize("index", [1, 5, 15])
def test_quantiles_of_draws_are_those_of_the_gaussian_in_link_space(drawn: Projection, name: str, index: int) -> None:
    spread = np.sqrt(drawn.errors.covariance(name, name)[index, index])
    share = drawn.plan.indicators[name].kind == "share"
    link = (lambda x: logit(np.asarray(x) / 100.0)) if share else np.log
    central = float(link(drawn.central[name][index]))
    for statistic, q in QUANTILES.items():
        z = NormalDist().inv_cdf(q)
        error = np.sqrt(q * (1.0 - q) / DRAWS) / NormalDist().pdf(z) * spread
        found = float(link(drawn.quantiles[name][list(QUANTILES).index(statistic), index]))
        assert found == pytest.approx(central + z * spread, abs=5.0 * error), statistic


def test_growth_rates_are_those_of_the_levels_they_drive(drawn: Projection) -> None:
    real, price = (1.0 + drawn.samples[name][:, 1:] / 100.0 for name in ("gdp_real_growth", "gdp_price_change"))
    gdp = drawn.samples["gdp"]
    np.testing.assert_allclose(gdp[:, 1:], gdp[:, :-1] * real * price, rtol=1e-9)


def test_identities_hold_in_every_draw(drawn: Projection) -> None:
    at = drawn.samples
    share = at["urbanization"] / 100.0
    pairs = {
        "income_resident": at["income_urban"] * share + at["income_rural"] * (1.0 - share),
        "income_gap": at["income_urban"] - at["income_rural"],
        "income_ratio": at["income_urban"] / at["income_rural"],
        "manufacturing_share": 100.0 * at["manufacturing_va"] / at["gdp"],
        "manufacturing_va_rate": 100.0 * at["manufacturing_va"] / at["manufacturing_output"],
        "manufacturing_output": at["industry_total"] - at["industry_power"],
    }
    for name, expected in pairs.items():
        np.testing.assert_allclose(at[name][:, 1:], expected[:, 1:], rtol=1e-9, err_msg=name)


def test_sum_with_a_member_that_has_no_errors_still_has_draws(plan: Plan) -> None:
    still = replace(plan.indicators["industry_power"], rule="growth", driver="")
    run = project(replace(plan, indicators={**plan.indicators, "industry_power": still}), "trend", draws=50)
    assert "industry_power" not in run.samples
    total = run.samples["manufacturing_output"] + run.central["industry_power"]
    np.testing.assert_allclose(run.samples["industry_total"], total, rtol=1e-9)


def test_shares_stay_within_their_bounds(drawn: Projection) -> None:
    assert 0.0 < drawn.samples["urbanization"].min() < drawn.samples["urbanization"].max() < 100.0


def test_bands_begin_after_the_last_observation_and_are_never_of_zero_width(drawn: Projection) -> None:
    for name, sample in drawn.samples.items():
        for index, word in enumerate(drawn.status[name]):
            if word in PROJECTED:
                assert np.ptp(sample[:, index]) > 0.0, (name, index)
            elif word != "unavailable":
                assert sample[:, index] == pytest.approx(drawn.central[name][index], rel=1e-12)


def test_indicators_without_past_errors_have_no_band(drawn: Projection) -> None:
    frame = drawn.frame
    banded = set(frame.loc[frame["statistic"] == "p50", "indicator"])
    assert banded == set(drawn.samples)
    for name in ("forest_coverage", "rd_intensity", "employment_growth"):
        assert error_class(drawn.plan.indicators[name]) == ""
        assert name not in banded


def test_actual_figure_restarts_the_band(plan: Plan) -> None:
    actual = Observation("retail_sales", 2022, Printed("31.00"), "reported", "", "公报", "", "actuals.csv")
    run = project(replace(plan, observations=(*plan.observations, actual)), "trend", draws=200)
    kind, variance = run.errors.classes["retail_sales"], np.diag(run.errors.covariance("retail_sales", "retail_sales"))
    scale = error_scale(kind)
    assert run.samples["retail_sales"][:, 2] == pytest.approx(31.0)
    np.testing.assert_array_equal(variance[:3], 0.0)
    assert variance[3] >= (scale.noise**2 + scale.drift**2) * (1 - 1e-12)


def test_quantiles_stand_in_order_in_the_table(drawn: Projection) -> None:
    frame = drawn.frame[drawn.frame["statistic"] != "central"]
    table = frame.pivot_table(index=["indicator", "year"], columns="statistic", values="value")[list(QUANTILES)]
    assert len(table) > 300
    assert (np.diff(table.to_numpy(), axis=1) > 0.0).all()


def test_without_draws_the_table_holds_the_central_path_alone(plan: Plan, projections: dict[str, Projection]) -> None:
    assert set(projections["trend"].frame["statistic"]) == {"central"}
    assert project(plan, "trend", draws=0, seed=3).samples == {}


# seeds


def test_same_seed_gives_the_same_draws_and_another_seed_others(plan: Plan) -> None:
    first, again, other = (project(plan, "trend", draws=50, seed=seed) for seed in (3, 3, 4))
    for name, sample in first.samples.items():
        np.testing.assert_array_equal(sample, again.samples[name])
    assert not np.array_equal(first.samples["gdp"], other.samples["gdp"])


def test_order_of_the_catalogue_changes_no_draw(plan: Plan) -> None:
    turned = replace(plan, indicators=dict(reversed(plan.indicators.items())))
    one, two = (project(which, "trend", draws=50, seed=3).samples for which in (plan, turned))
    assert one.keys() == two.keys()
    for name, sample in one.items():
        np.testing.assert_allclose(two[name], sample, rtol=1e-13, err_msg=name)


def test_the_same_draws_meet_every_scenario(plan: Plan) -> None:
    trend, high = (project(plan, name, draws=50, seed=3) for name in ("trend", "high"))
    for name in LEVELS:
        np.testing.assert_allclose(
            trend.samples[name] / trend.central[name], high.samples[name] / high.central[name], rtol=1e-12
        )


def test_draws_do_not_move_the_central_path(drawn: Projection, projections: dict[str, Projection]) -> None:
    for name, values in projections["trend"].central.items():
        np.testing.assert_array_equal(drawn.central[name], values)


def test_ten_times_the_draws_have_the_same_median(plan: Plan, drawn: Projection) -> None:
    fewer = project(plan, "trend", draws=DRAWS // 10, seed=8)
    for name in LEVELS:
        spread = np.sqrt(drawn.errors.covariance(name, name)[5, 5])
        error = np.sqrt(0.25 * (1.0 + 0.1) / (DRAWS // 10)) / NormalDist().pdf(0.0) * spread
        medians = [np.log(np.median(run.samples[name][:, 5])) for run in (fewer, drawn)]
        assert medians[0] == pytest.approx(medians[1], abs=5.0 * error)


def test_larger_elasticity_widens_the_band(plan: Plan, drawn: Projection) -> None:
    stretched = project(plan, Scenario("s", {"elasticity.retail_sales": 3.0}, extends="trend"))
    wider, usual = (run.errors.covariance("retail_sales", "retail_sales")[5, 5] for run in (stretched, drawn))
    assert wider > usual


@pytest.mark.parametrize(("draws", "seed"), [(-1, 0), (10, -1), (10**9, None)])
def test_senseless_draws_and_seeds_are_refused(plan: Plan, draws: int, seed: int | None) -> None:
    with pytest.raises(InputError) as caught:
        project(plan, "trend", draws=draws, seed=seed)
    assert len(caught.value.problems) == 1
