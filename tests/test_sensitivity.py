"""required() as the inverse of project(), and the tornado against single runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hjforecast import InputError, Plan, Projection, Scenario, project, required, sensitivity
from hjforecast.levers import LEVERS, STEPS, lever_names
from hjforecast.plan import Investment, Observation
from hjforecast.sensitivity import COLUMNS
from hjforecast.units import Printed

SPAN = "2021-2025"


# required


def test_printed_gdp_takes_eight_per_cent(plan: Plan) -> None:
    found = required(plan, "trend", "gdp", 2025, 195.66)
    assert (found.lever, found.feasible, found.bound) == ("real_growth", True, None)
    assert found.value == pytest.approx(8.0, rel=1e-9)
    assert found.reached == pytest.approx(195.66, rel=1e-9)
    assert "2021—2025年" in found.note_zh and "195.66" in found.note_en


@pytest.mark.parametrize(
    ("scenario", "indicator", "year", "value", "lever"),
    [
        ("trend", "gdp", 2030, 250.0, "real_growth"),
        ("trend", "retail_sales", 2025, 46.47, "real_growth"),
        ("trend", "urbanization", 2025, 50.0, "urban.d0"),
        ("trend", "industry_tcm", 2025, 23.0, "chain_growth.industry_tcm"),
        ("trend", "income_resident", 2025, 29147.0, "real_growth"),
        ("trend", "industry_total", 2025, 168.0, "real_growth"),
        ("trend", "manufacturing_share", 2025, 20.0, "elasticity.manufacturing_va"),
        ("plan", "urbanization", 2025, 52.0, "delivery.urbanization"),
        ("plan", "retail_sales", 2025, 44.0, "delivery.retail_sales"),
        ("trend", "gdp_price_change", 2025, 2.0, "price_change"),
    ],
)
def test_default_lever_follows_the_rule_and_gets_there(
    plan: Plan, scenario: str, indicator: str, year: int, value: float, lever: str
) -> None:
    found = required(plan, scenario, indicator, year, value)
    assert found.lever == lever
    setting = {SPAN: found.value} if lever_names(plan)[lever].by_year else found.value
    run = project(plan, Scenario("solved", {lever: setting}, extends=scenario))
    assert run.value(indicator, year) == pytest.approx(value, rel=1e-9)
    assert found.now == project(plan, scenario).value(indicator, year)


@pytest.mark.parametrize("lever", ["elasticity.retail_sales", "price_change", "shock", "delivery.retail_sales"])
def test_named_lever_is_the_one_that_is_solved(plan: Plan, lever: str) -> None:
    found = required(plan, "trend", "retail_sales", 2025, 44.0, lever)
    assert found.lever == lever and found.feasible
    assert found.reached == pytest.approx(44.0, rel=1e-9)


def test_elasticity_has_a_closed_form(plan: Plan, projections: dict[str, Projection]) -> None:
    """log(46.47 / 29.52) = e log(gdp_2025 / gdp_2020)."""
    gdp = projections["trend"].value("gdp", 2025) / 125.74
    found = required(plan, "trend", "retail_sales", 2025, 46.47, "elasticity.retail_sales")
    assert found.value == pytest.approx(np.log(46.47 / 29.52) / np.log(gdp), rel=1e-9)


def test_base_of_a_chain_is_solved_over_its_wide_bounds(plan: Plan) -> None:
    """Output stays in proportion to its base while the elasticity is given."""
    fixed = Scenario("fixed", {"elasticity.industry_tcm": 1.0}, extends="trend")
    gdp = project(plan, fixed).value("gdp", 2025) / 125.74
    found = required(plan, fixed, "industry_tcm", 2025, 23.0, "chain_base.industry_tcm")
    assert found.value == pytest.approx(23.0 / gdp, rel=1e-9)


@pytest.mark.parametrize(("value", "bound"), [(1000.0, 25.0), (1.0, -20.0)])
def test_out_of_reach_names_the_bound_and_what_it_reaches(
    plan: Plan, projections: dict[str, Projection], value: float, bound: float
) -> None:
    found = required(plan, "trend", "gdp", 2025, value)
    prices = 1.0 + projections["trend"].central["gdp_price_change"][1:6] / 100.0
    assert (found.value, found.feasible, found.bound) == (None, False, bound)
    assert found.reached == pytest.approx(125.74 * np.prod(prices) * (1.0 + bound / 100.0) ** 5, rel=1e-9)
    assert f"{bound:g}" in found.note_en and f"{found.reached:.2f}" in found.note_zh


def test_a_scenarios_words_on_later_years_stay(plan: Plan) -> None:
    later = Scenario("later", {"real_growth": {"2021-2025": 6.0, "2026-2030": 9.0}}, extends="trend")
    found = required(plan, later, "gdp", 2025, 195.66)
    solved = Scenario("solved", {"real_growth": {SPAN: found.value, "2026-2030": 9.0}}, extends="trend")
    again = required(plan, later, "gdp", 2030, project(plan, solved).value("gdp", 2030))
    assert again.value == pytest.approx(found.value, rel=1e-9)


def test_bad_questions_are_answered_together(plan: Plan) -> None:
    with pytest.raises(InputError) as caught:
        required(plan, "trend", "gdp", 2025, float("nan"), "real_grwth")
    assert len(caught.value.problems) == 2
    assert "real_growth" in caught.value.problems[1].en


@pytest.mark.parametrize(
    ("indicator", "year", "lever", "match"),
    [
        ("gdp", 2020, None, "observed"), ("gdpp", 2025, None, "did you mean 'gdp'"), ("gdp", 1999, None, "no value"),
        ("gdp", 2025, "urban.d0", "does not move"), ("industrial_investment_share", 2024, None, "no value"),
        ("employment_growth", 2025, None, "no lever moves"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(plan: Plan, indicator: str, year: int, lever: str | None, match: str) -> None:
    with pytest.raises(InputError, match=match):
        required(plan, "trend", indicator, year, 100.0, lever)


def test_observed_figure_is_not_solved_for(plan: Plan) -> None:
    actual = Observation("retail_sales", 2022, Printed("31.00"), "reported", "", "公报", "", "actuals.csv")
    with pytest.raises(InputError, match="observed"):
        required(replace(plan, observations=(*plan.observations, actual)), "trend", "retail_sales", 2022, 33.0)


# sensitivity


def test_tornado_of_gdp_has_closed_forms(plan: Plan, projections: dict[str, Projection]) -> None:
    frame = sensitivity(plan, "trend", "gdp", 2025).set_index("lever")
    trend, step = projections["trend"], STEPS["real_growth"]
    rates = [trend.central[name][1:6] for name in ("gdp_real_growth", "gdp_price_change")]

    def level(real: float, price: float, shock: float = 0.0) -> float:
        growth = rates[0] + real + np.array([shock, 0, 0, 0, 0])
        return float(125.74 * np.prod((1 + growth / 100) * (1 + (rates[1] + price) / 100)))

    for column, sign in (("at_low", -1.0), ("at_high", 1.0)):
        assert frame.loc["real_growth", column] == pytest.approx(level(sign * step, 0.0), rel=1e-9)
        assert frame.loc["price_change", column] == pytest.approx(level(0.0, sign * STEPS["price_change"]), rel=1e-9)
        assert frame.loc["shock", column] == pytest.approx(level(0.0, 0.0, sign * STEPS["shock"]), rel=1e-9)
    assert frame.loc["real_growth", "low"] == pytest.approx(rates[0].mean() - step)
    assert set(frame.index) == {"real_growth", "price_change", "shock"}


@pytest.mark.parametrize(
    ("scenario", "indicator"), [("trend", "income_resident"), ("plan", "gdp"), ("industry", "industry_total")]
)
def test_tornado_is_sorted_and_its_effects_are_differences(plan: Plan, scenario: str, indicator: str) -> None:
    frame = sensitivity(plan, scenario, indicator, 2025)
    central = project(plan, scenario).value(indicator, 2025)
    assert tuple(frame.columns) == COLUMNS
    assert frame.attrs == {"scenario": scenario, "indicator": indicator, "year": 2025, "central": central}
    sizes = frame[["effect_low", "effect_high"]].abs().max(axis=1)
    assert sizes.is_monotonic_decreasing and (sizes > 0.0).all()
    np.testing.assert_allclose(frame["at_low"] - central, frame["effect_low"], atol=1e-9)
    assert (frame["low"] < frame["high"]).all()
    assert frame["lever"].is_unique


@pytest.mark.parametrize("lever", ["elasticity.income_urban", "urban.d0", "elasticity.urbanization", "urban.cap"])
def test_each_bar_is_a_run_with_that_lever_alone(plan: Plan, lever: str) -> None:
    row = sensitivity(plan, "trend", "income_resident", 2030).set_index("lever").loc[lever]
    for end in ("low", "high"):
        run = project(plan, Scenario("moved", {lever: float(row[end])}, extends="trend"))
        assert row[f"at_{end}"] == run.value("income_resident", 2030)


def test_every_lever_that_moves_an_outcome_is_found(plan: Plan) -> None:
    """Brute force over the catalogue (delivery apart, which has no step while no target is followed)."""
    invested = replace(plan, investments=(Investment("项目", "industry_tcm", 2022, 5.0, 2, 0.8, "测试"),))
    found = set(sensitivity(invested, "trend", "industry_total", 2025)["lever"])
    central = project(invested, "trend").value("industry_total", 2025)
    tried = {"real_growth": {SPAN: 7.0}, "price_change": {SPAN: 3.0}, "shock": {"2021": 2.0}, "pipeline": 0.5}
    for name in lever_names(plan):
        family = name.partition(".")[0]
        value = tried.get(
            name, {"elasticity": 0.4, "urban": 60.0, "chain_base": 12.0, "chain_growth": {SPAN: 3.0}}.get(family)
        )
        if value is None or name == "urban.d0":
            continue
        run = project(invested, Scenario("moved", {name: value}, extends="trend"))
        assert (name in found) == (abs(run.value("industry_total", 2025) - central) > 1e-9), name


def test_steps_stay_within_the_bounds(plan: Plan) -> None:
    row = sensitivity(plan, "trend", "urbanization", 2035).set_index("lever").loc["urban.cap"]
    assert (row["high"], row["effect_high"]) == (100.0, 0.0)
    assert row["effect_low"] < 0.0


def test_reported_base_is_no_lever_any_more(plan: Plan) -> None:
    entered = Observation("industry_tcm", 2020, Printed("12.5"), "reported", "", "统计局", "")
    richer = replace(plan, observations=(*plan.observations, entered))
    before, after = (set(sensitivity(one, "trend", "industry_tcm", 2025)["lever"]) for one in (plan, richer))
    assert before - after == {"chain_base.industry_tcm"}


def test_scenario_that_follows_its_target_depends_on_delivery(plan: Plan) -> None:
    frame = sensitivity(plan, "plan", "urbanization")
    assert frame["lever"].tolist() == ["delivery.urbanization"]
    low, high = frame.loc[0, ["at_low", "at_high"]]
    assert low < 50.0 < high


def test_recorded_delivery_is_moved_from_its_number(plan: Plan) -> None:
    row = sensitivity(plan, "delivery", "retail_sales").iloc[0]
    assert row["lever"] == "delivery.retail_sales"
    assert row["high"] - row["low"] == pytest.approx(2 * STEPS["delivery"])


def test_every_lever_has_a_plausible_step() -> None:
    assert all(lever.step > 0.0 for lever in LEVERS)


def test_unknown_outcome_is_refused(plan: Plan) -> None:
    with pytest.raises(InputError, match="gdp"):
        sensitivity(plan, "trend", "gdpp")
    with pytest.raises(InputError, match="no value"):
        sensitivity(plan, "trend", "industrial_investment_share", 2024)
