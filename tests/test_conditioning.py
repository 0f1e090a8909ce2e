"""condition() against the textbook formula, a general optimiser and rejection sampling."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize

from hjforecast import InputError, Plan, Projection, condition, project
from hjforecast.plan import Observation
from hjforecast.units import Printed, logit
from tests.conftest import SCENARIOS

NAMES = ("gdp", "retail_sales", "income_urban", "industry_tcm", "urbanization")


@pytest.fixture(scope="module")
def trend(plan: Plan) -> Projection:
    return project(plan, "trend")


@pytest.fixture(scope="module")
def drawn(plan: Plan) -> Projection:
    return project(plan, "trend", draws=40_000, seed=5, to=2025)


def linked(projection: Projection, name: str) -> np.ndarray:
    values = projection.central[name]
    return logit(values / 100.0) if projection.plan.indicators[name].kind == "share" else np.log(values)


def joint(projection: Projection) -> np.ndarray:
    """S, block by block: NAMES by years, in link space."""
    return np.block([[projection.errors.covariance(a, b) for b in NAMES] for a in NAMES])


def textbook(projection: Projection, conditions: list[tuple[str, int, float]]) -> tuple[np.ndarray, np.ndarray]:
    """x* = mu + S A'(A S A')^-1 (b - A mu) and S - S A'(A S A')^-1 A S."""
    years, s = projection.years.size, joint(projection)
    mu = np.concatenate([linked(projection, name) for name in NAMES])
    a, b = np.zeros((len(conditions), s.shape[0])), np.zeros(len(conditions))
    for row, (name, year, value) in enumerate(conditions):
        place = NAMES.index(name) * years + year - 2020
        a[row, place] = 1.0
        b[row] = logit(value / 100.0) if name == "urbanization" else np.log(value)
    gain = s @ a.T @ np.linalg.inv(a @ s @ a.T)
    return mu + gain @ (b - a @ mu), s - gain @ a @ s


# oracles


@pytest.mark.parametrize(
    "conditions",
    [
        [("gdp", 2025, 195.66)],
        [("urbanization", 2030, 50.0)],
        [("gdp", 2025, 195.66), ("retail_sales", 2023, 30.0)],
        [("gdp", 2022, 130.0), ("gdp", 2030, 300.0), ("income_urban", 2030, 45000.0)],
    ],
)
def test_path_and_what_stays_uncertain_are_the_textbook_ones(
    trend: Projection, conditions: list[tuple[str, int, float]]
) -> None:
    asked: dict[str, list[tuple[int, float]]] = {}
    for name, year, value in conditions:
        asked.setdefault(name, []).append((year, value))
    found = condition(trend, asked)
    path, remaining = textbook(trend, conditions)
    np.testing.assert_allclose(np.concatenate([linked(found, name) for name in NAMES]), path, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(joint(found), remaining, atol=1e-12)


def test_condition_on_a_growth_rate_is_one_on_the_step_of_the_level(trend: Projection) -> None:
    found = condition(trend, {"gdp_real_growth": (2023, 9.0)})
    covariance = trend.errors.covariance("retail_sales", "gdp_real_growth")
    real = trend.errors.covariance("gdp_real_growth", "gdp_real_growth")
    step = np.log(1.09 / (1.0 + trend.value("gdp_real_growth", 2023) / 100.0))
    spread = real[3, 3] - 2.0 * real[2, 3] + real[2, 2]
    expected = np.log(trend.central["retail_sales"]) + (covariance[:, 3] - covariance[:, 2]) * step / spread
    assert found.value("gdp_real_growth", 2023) == pytest.approx(9.0, rel=1e-12)
    np.testing.assert_allclose(np.log(found.central["retail_sales"]), expected, rtol=1e-12)


def test_condition_on_an_identity_takes_the_least_effort(trend: Projection) -> None:
    """Against a general optimiser: minimise e' S^-1 e over the three members subject to the mix."""
    names, goal = ("income_urban", "income_rural", "urbanization"), 33000.0
    s = np.array([[trend.errors.covariance(a, b)[5, 5] for b in names] for a in names])
    start = [trend.value(name, 2025) for name in names]

    def mixed(e: np.ndarray) -> float:
        share = 1.0 / (1.0 + np.exp(-(logit(start[2] / 100.0) + e[2])))
        return float(start[0] * np.exp(e[0]) * share + start[1] * np.exp(e[1]) * (1.0 - share))

    best = minimize(
        lambda e: e @ np.linalg.solve(s, e), np.full(3, 0.01), method="SLSQP",
        constraints={"type": "eq", "fun": lambda e: np.log(mixed(e) / goal)}, options={"ftol": 1e-14, "maxiter": 500},
    )  # fmt: skip
    found = condition(trend, {"income_resident": (2025, goal)})
    moved = [linked(found, name)[5] - linked(trend, name)[5] for name in names]
    assert found.value("income_resident", 2025) == pytest.approx(goal, rel=1e-9)
    np.testing.assert_allclose(moved, best.x, atol=2e-5)


@pytest.mark.parametrize("asked", [{"gdp": (2025, 195.66)}, {"gdp": (2025, 195.66), "retail_sales": (2025, 46.47)}])
def test_mean_and_spread_are_those_of_the_draws_that_come_near(
    drawn: Projection, asked: dict[str, tuple[int, float]]
) -> None:
    """Rejection sampling: keep the draws within 3 % of the conditions."""
    near = np.all(
        [np.abs(np.log(drawn.samples[one][:, 5] / value)) < 0.03 for one, (_, value) in asked.items()], axis=0
    )
    found, count = condition(drawn, asked), int(near.sum())
    assert count > 300
    for name in ("gdp_real_growth", "income_urban", "industry_tcm"):
        sample = drawn.samples[name][near, 4]
        kept, moved = (
            np.log1p(x / 100.0) if name == "gdp_real_growth" else np.log(x) for x in (sample, found.samples[name][:, 4])
        )
        spread = float(np.std(kept))
        central = found.central[name][4]
        middle = np.log1p(central / 100.0) if name == "gdp_real_growth" else np.log(central)
        # A window of +-3 % adds at most its own half-width times the slope of the regression, far below these.
        assert np.mean(kept) == pytest.approx(middle, abs=5.0 * spread / np.sqrt(count))
        assert np.std(moved) == pytest.approx(spread, rel=5.0 / np.sqrt(2.0 * count) + 0.02)


# what must hold


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_own_value_changes_nothing(projections: dict[str, Projection], scenario: str) -> None:
    run = projections[scenario]
    asked = ("gdp", "urbanization", "income_resident", "industry_total", "manufacturing_share", "gdp_real_growth")
    found = condition(run, {name: (2024, run.value(name, 2024)) for name in asked})
    for name, values in run.central.items():
        np.testing.assert_array_equal(found.central[name], values, err_msg=name)


def test_no_condition_returns_the_projection(trend: Projection) -> None:
    assert condition(trend, {}) is trend


@pytest.mark.parametrize(
    ("name", "year", "value"),
    [
        ("gdp", 2025, 195.66), ("gdp_price_change", 2022, 3.0), ("urbanization", 2025, 60.0), ("income_ratio", 2030, 1.5),
        ("income_gap", 2025, 12000.0), ("industry_total", 2025, 168.0), ("manufacturing_share", 2025, 30.0),
        ("manufacturing_va_rate", 2035, 40.0), ("labour_productivity_growth", 2025, 7.86), ("income_resident", 2035, 9e4),
    ],
)  # fmt: skip
def test_condition_is_hit_and_identities_still_hold(trend: Projection, name: str, year: int, value: float) -> None:
    found = condition(trend, {name: (year, value)})
    assert found.value(name, year) == pytest.approx(value, rel=1e-9)
    at = found.central
    share = at["urbanization"] / 100.0
    real, price = (1.0 + at[one][1:] / 100.0 for one in ("gdp_real_growth", "gdp_price_change"))
    np.testing.assert_allclose(at["gdp"][1:], at["gdp"][:-1] * real * price, rtol=1e-9)
    mixed = at["income_urban"] * share + at["income_rural"] * (1.0 - share)
    np.testing.assert_allclose(at["income_resident"], mixed, rtol=1e-9)
    np.testing.assert_allclose(
        at["manufacturing_share"][1:], (100.0 * at["manufacturing_va"] / at["gdp"])[1:], rtol=1e-9
    )
    assert found.status == trend.status
    for one in ("forest_coverage", "rd_intensity", "employment_growth"):
        np.testing.assert_array_equal(at[one], trend.central[one])


@pytest.mark.parametrize(
    "asked", [{"gdp": (2025, 195.66)}, {"income_resident": (2025, 33000.0), "industry_total": (2024, 160.0)}]
)
def test_every_draw_meets_the_conditions(drawn: Projection, asked: dict[str, tuple[int, float]]) -> None:
    found = condition(drawn, asked)
    for name, (year, value) in asked.items():
        np.testing.assert_allclose(found.samples[name][:, year - 2020], value, rtol=1e-9)
    at = found.samples
    share = at["urbanization"] / 100.0
    mixed = at["income_urban"] * share + at["income_rural"] * (1.0 - share)
    np.testing.assert_allclose(at["income_resident"], mixed, rtol=1e-9)


def test_nothing_is_uncertain_where_a_condition_is_set_and_less_elsewhere(trend: Projection) -> None:
    found = condition(trend, {"gdp": (2025, 195.66)})
    before, after = (np.diag(run.errors.covariance("gdp", "gdp")) for run in (trend, found))
    assert after[5] == pytest.approx(0.0, abs=1e-15)
    assert (after[1:] < before[1:]).all()
    assert (after[[1, 2, 3, 4, 6, 15]] > 0.0).all()


def test_one_condition_after_the_other_is_both_together(trend: Projection) -> None:
    both = condition(trend, {"gdp": (2025, 195.66), "retail_sales": (2023, 30.0)})
    after = condition(condition(trend, {"gdp": (2025, 195.66)}), {"gdp": (2025, 195.66), "retail_sales": (2023, 30.0)})
    for name, values in both.central.items():
        np.testing.assert_allclose(after.central[name], values, rtol=1e-9, err_msg=name)


def test_a_condition_may_stand_twice_if_it_says_the_same(trend: Projection) -> None:
    once, twice = (condition(trend, {"gdp": pairs}) for pairs in ([(2025, 190.0)], [(2025, 190.0), (2025, 190.0)]))
    np.testing.assert_allclose(twice.central["retail_sales"], once.central["retail_sales"], rtol=1e-9)


def test_higher_gdp_takes_growth_prices_and_followers_along(trend: Projection) -> None:
    found = condition(trend, {"gdp": (2025, 195.66)})
    for name in ("gdp_real_growth", "gdp_price_change", "retail_sales", "income_resident", "industry_tcm"):
        assert found.value(name, 2025) > trend.value(name, 2025), name


# bad input


def test_all_problems_are_reported_together(trend: Projection) -> None:
    asked = {
        "gdpp": (2025, 1.0), "urbanization": (2025, 120.0), "retail_sales": (2050, 3.0), "income_urban": (2020, 3.0),
        "forest_coverage": (2025, 70.0), "gdp": (2025, -3.0), "gdp_real_growth": (2025, -150.0), "income_rural": 7,
        "industry_tcm": (2025, float("nan")),
    }  # fmt: skip
    with pytest.raises(InputError) as caught:
        condition(trend, asked)  # type: ignore[arg-type]
    problems = caught.value.problems
    assert len(problems) == len(asked)
    for problem, word in zip(
        problems,
        ["'gdp'", "100 %", "2035", "observed", "errors", "above 0", "above -100", "(year", "above 0"],
        strict=True,
    ):
        assert word in problem.en
        assert problem.zh


def test_an_observed_figure_cannot_be_changed(plan: Plan) -> None:
    actual = Observation("retail_sales", 2022, Printed("31.00"), "reported", "", "公报", "", "actuals.csv")
    run = project(replace(plan, observations=(*plan.observations, actual)), "trend")
    with pytest.raises(InputError, match="2022"):
        condition(run, {"retail_sales": (2022, 32.0)})
    with pytest.raises(InputError, match="no error moves it in that year"):
        condition(run, {"retail_sales": (2021, 32.0)})


@pytest.mark.parametrize(
    ("asked", "named", "spared"),
    [
        ({"gdp": [(2025, 190.0), (2025, 200.0)]}, ["gdp 2025 = 190", "gdp 2025 = 200"], "xxx"),
        (
            {"income_urban": (2025, 37e3), "income_rural": (2025, 2e4), "income_ratio": (2025, 2.5), "gdp": (2025, 190.0)},
            ["income_urban", "income_rural", "income_ratio"], "gdp",
        ),
        (
            {"gdp": (2025, 190.0), "manufacturing_va": (2025, 30.0), "manufacturing_share": (2025, 40.0)},
            ["gdp", "manufacturing_va", "manufacturing_share"], "xxx",
        ),
    ],
)  # fmt: skip
def test_contradictions_name_those_that_clash(
    trend: Projection, asked: dict[str, tuple[int, float]], named: list[str], spared: str
) -> None:
    with pytest.raises(InputError) as caught:
        condition(trend, asked)
    (problem,) = caught.value.problems
    assert [word for word in named if word not in problem.read] == []
    assert spared not in problem.read


def test_shorter_run_is_conditioned_alike(plan: Plan, trend: Projection) -> None:
    short, whole = (condition(run, {"gdp": (2022, 140.0)}) for run in (project(plan, "trend", to=2023), trend))
    np.testing.assert_allclose(short.central["retail_sales"], whole.central["retail_sales"][:4], rtol=1e-12)
