"""The model on the real plan: printed figures kept, identities exact, levers alive, gaps said aloud."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hjforecast import InputError, Plan, Projection, Scenario, project
from hjforecast.levers import lever_names
from hjforecast.plan import Investment, Observation
from hjforecast.projection import STATUSES
from hjforecast.units import Printed
from tests.conftest import SCENARIOS

every_scenario = pytest.mark.parametrize("scenario", SCENARIOS)


@pytest.mark.parametrize(
    ("indicator", "printed"),
    [
        ("gdp", "195.66"), ("urbanization", "50"), ("retail_sales", "46.47"), ("manufacturing_va", "37"),
        ("manufacturing_share", "19"), ("industry_tcm", "23"), ("industry_electronics", "20"), ("rd_intensity", "2.5"),
        ("labour_productivity_growth", "7.86"), ("digital_share", "10.0"), ("patents_per_10k", "1.28"),
        ("tcm_chain", "40"), ("fruit_chain", "100"), ("tourism_revenue", "40"), ("park_revenue", "115"),
    ],
)  # fmt: skip
def test_plan_scenario_lands_on_the_printed_targets(projections: dict[str, Projection], indicator: str, printed: str):
    target = Printed(printed)
    assert target.low <= projections["plan"].value(indicator, 2025) <= target.high


def test_plan_scenario_reaches_current_price_gdp_exactly_at_eight_per_cent_real(projections: dict[str, Projection]):
    run = projections["plan"]
    assert run.value("gdp", 2025) == pytest.approx(195.66, rel=1e-12)
    for year in range(2021, 2026):
        assert run.value("gdp_real_growth", year) == pytest.approx(8.0, rel=1e-12)
        assert run.value("gdp_price_change", year) == pytest.approx(1.1537, abs=5e-5)


def test_plan_scenario_grows_residents_income_by_the_printed_rate(projections: dict[str, Projection]):
    run = projections["plan"]
    mean = [run.value("income_resident", year) for year in range(2020, 2026)]
    assert np.diff(np.log(mean)) == pytest.approx([np.log(1.08)] * 5)
    for year in range(2021, 2026):
        rural, urban = (run.value(name, year) / run.value(name, year - 1) for name in ("income_rural", "income_urban"))
        assert rural - urban == pytest.approx(0.103 - 0.081)


@every_scenario
def test_base_year_shows_the_printed_figures_to_the_digit(
    plan: Plan, projections: dict[str, Projection], scenario: str
):
    run = projections[scenario]
    for name in plan.indicators:
        seen = plan.base(name)
        if seen is not None and seen.status == "reported":
            assert run.value(name, 2020) == float(seen.value), name
            assert run.status_of(name, 2020) == "reported"


@every_scenario
def test_identities_hold_in_every_year(projections: dict[str, Projection], scenario: str):
    run = projections[scenario]

    def at(name: str) -> np.ndarray:
        return run.central[name]

    share = at("urbanization") / 100
    mixed = at("income_urban") * share + at("income_rural") * (1 - share)
    assert at("income_resident") == pytest.approx(mixed, rel=1e-9)
    assert at("manufacturing_share") == pytest.approx(100 * at("manufacturing_va") / at("gdp"), rel=1e-9)
    chains = ("agri_processing", "machinery", "power", "petrochemical", "prefab", "tcm", "electronics")
    assert at("industry_total") == pytest.approx(sum(at(f"industry_{name}") for name in chains), rel=1e-9)
    output = at("industry_total") - at("industry_power")
    assert at("manufacturing_output") == pytest.approx(output, rel=1e-9)
    assert at("manufacturing_va_rate") == pytest.approx(100 * at("manufacturing_va") / output, rel=1e-9)
    real, price = 1 + at("gdp_real_growth")[1:] / 100, 1 + at("gdp_price_change")[1:] / 100
    assert at("gdp")[1:] == pytest.approx(at("gdp")[:-1] * real * price, rel=1e-9)
    productivity, employment = (1 + at(name)[1:] / 100 for name in ("labour_productivity_growth", "employment_growth"))
    assert real == pytest.approx(productivity * employment, rel=1e-9)
    assert at("income_gap") == pytest.approx(at("income_urban") - at("income_rural"), rel=1e-9)


@every_scenario
def test_every_number_has_a_status_and_only_unavailable_years_are_empty(
    projections: dict[str, Projection], scenario: str
):
    frame = projections[scenario].frame
    assert set(frame["status"]) <= set(STATUSES)
    assert (frame["value"].isna() == (frame["status"] == "unavailable")).all()
    assert not frame.duplicated(["indicator", "year", "statistic"]).any()


@every_scenario
def test_shares_stay_between_zero_and_one_hundred_per_cent(
    plan: Plan, projections: dict[str, Projection], scenario: str
):
    for name, item in plan.indicators.items():
        if item.kind == "share":
            values = projections[scenario].central[name]
            assert np.nanmin(np.append(values, 0)) >= 0, name
            assert np.nanmax(np.append(values, 0)) <= 100, name


def test_chain_bases_are_called_assumed_and_what_follows_from_them_too(projections: dict[str, Projection]):
    run = projections["trend"]
    assert run.status_of("industry_tcm", 2020) == "assumed"
    assert run.value("industry_tcm", 2020) == pytest.approx(23 / 1.07**5)
    for name in ("industry_tcm", "industry_total", "manufacturing_va_rate"):
        assert run.status_of(name, 2025) == "projected_from_assumed"
    assert run.status_of("gdp", 2025) == "projected"


def test_parts_of_a_chain_are_not_counted_twice(projections: dict[str, Projection]):
    assert projections["plan"].value("industry_total", 2025) == pytest.approx(50 + 20 + 15 + 30 + 10 + 23 + 20)


def test_indicator_without_base_is_drawn_in_its_target_year_only(projections: dict[str, Projection]):
    name = "industrial_investment_share"
    assert projections["plan"].value(name, 2025) == 60
    assert projections["plan"].status_of(name, 2024) == "unavailable"
    assert projections["trend"].status_of(name, 2025) == "unavailable"
    with pytest.raises(InputError, match="2024"):
        projections["plan"].value(name, 2024)


def test_trend_urbanization_passes_the_target_that_the_plan_sets(projections: dict[str, Projection]):
    assert projections["trend"].value("urbanization", 2025) > 51.5


def test_scenarios_rank_as_their_names_say(projections: dict[str, Projection]):
    gdp = {name: run.value("gdp", 2025) for name, run in projections.items()}
    assert gdp["low"] < gdp["shock"] < gdp["trend"] < gdp["industry"] < gdp["plan"] < gdp["high"]


def test_shock_costs_its_points_and_regains_half(projections: dict[str, Projection]):
    shock, trend = (projections[name].central["gdp_real_growth"] for name in ("shock", "trend"))
    assert (shock - trend)[1:] == pytest.approx([0, -3.2, 1.6] + [0] * 12, abs=1e-12)


def test_delivery_scenario_multiplies_growth_by_the_shrunk_ratio(plan: Plan, projections: dict[str, Projection]):
    """d = (n d_own + k d_ref)/(n + k) with 6.8 delivered of 9.0 planned."""
    reference, weight = plan.number("delivery_reference"), plan.number("delivery_weight")
    ratio = (6.8 / 9.0 + weight * reference) / (1 + weight)
    assert projections["delivery"].value("gdp_real_growth", 2023) == pytest.approx(8 * ratio)


def test_industry_scenario_lifts_gdp_by_the_chains_excess_growth(projections: dict[str, Projection]):
    industry, trend = projections["industry"], projections["trend"]
    chains = ("agri_processing", "machinery", "power", "petrochemical", "prefab", "tcm", "electronics")

    def total(run: Projection, year: int) -> float:
        return sum(run.value(f"industry_{name}", year) for name in chains)

    excess = total(industry, 2021) / total(industry, 2020) - total(trend, 2021) / total(trend, 2020)
    pull = industry.value("gdp_real_growth", 2021) - trend.value("gdp_real_growth", 2021)
    assert pull == pytest.approx(100 * 0.21 * excess)
    assert pull > 0


def test_reported_figure_replaces_an_assumed_base(plan: Plan):
    entered = Observation("industry_tcm", 2020, Printed("12.5"), "reported", "", "统计局", "")
    richer = replace(plan, observations=(*plan.observations, entered))
    run = project(richer, "plan")
    assert (run.value("industry_tcm", 2020), run.status_of("industry_tcm", 2020)) == (12.5, "reported")
    assert run.value("industry_tcm", 2025) == pytest.approx(23)
    assert run.status_of("industry_tcm", 2024) == "projected"


def test_actual_figure_restarts_the_path_and_the_target_is_still_reached(plan: Plan):
    actual = Observation("retail_sales", 2022, Printed("31.00"), "reported", "", "公报", "", "actuals.csv")
    run = project(replace(plan, observations=(*plan.observations, actual)), "plan")
    assert (run.value("retail_sales", 2022), run.status_of("retail_sales", 2022)) == (31.0, "reported")
    assert run.value("retail_sales", 2021) == pytest.approx((29.52 * 31) ** 0.5)
    assert run.status_of("retail_sales", 2021) == "projected"
    assert run.value("retail_sales", 2024) == pytest.approx(31 * (46.47 / 31) ** (2 / 3))
    assert run.value("retail_sales", 2025) == pytest.approx(46.47)


def test_no_op_scenario_equals_its_baseline_bit_for_bit(plan: Plan, projections: dict[str, Projection]):
    nothing = project(plan, Scenario("nothing", extends="trend"))
    for name, values in projections["trend"].central.items():
        np.testing.assert_array_equal(nothing.central[name], values)


def test_same_inputs_give_the_same_numbers(plan: Plan, projections: dict[str, Projection]):
    again = project(plan, "plan")
    assert all(
        np.array_equal(again.central[name], values, equal_nan=True)
        for name, values in projections["plan"].central.items()
    )


LEVER_MOVES = {
    "real_growth": (7.0, "gdp"),
    "price_change": (3.0, "gdp"),
    "shock": ({"2023": -2.0}, "gdp"),
    "delivery": (0.5, "gdp"),
    "delivery.urbanization": (0.5, "urbanization"),
    "delivery.industry": (0.5, "industry_tcm"),
    "elasticity.retail_sales": (0.5, "retail_sales"),
    "elasticity.urbanization": (0.2, "urbanization"),
    "urban.cap": (70.0, "urbanization"),
    "urban.d0": (0.03, "urbanization"),
    "chain_growth.industry_tcm": (12.0, "industry_tcm"),
    "chain_base.industry_tcm": (12.0, "industry_tcm"),
    "pipeline": (0.0, "industry_tcm"),
}


@pytest.mark.parametrize("lever", LEVER_MOVES)
def test_every_lever_moves_the_output_it_names(plan: Plan, lever: str):
    invested = replace(plan, investments=(Investment("中药材产业园", "industry_tcm", 2022, 5.0, 2, 0.8, "测试"),))
    value, output = LEVER_MOVES[lever]
    before = project(invested, "trend")
    after = project(invested, Scenario("moved", {lever: value}, extends="trend"))
    assert abs(after.value(output, 2025) - before.value(output, 2025)) > 1e-6


def test_gdp_follows_chains_only_as_far_as_its_lever_says(plan: Plan, projections: dict[str, Projection]):
    halved = project(plan, Scenario("half", {"elasticity.gdp_industry": 0.105}, extends="industry"))
    pull = [
        run.value("gdp_real_growth", 2021) - projections["trend"].value("gdp_real_growth", 2021)
        for run in (halved, projections["industry"])
    ]
    assert pull[0] == pytest.approx(pull[1] / 2, rel=0.02)


def test_no_lever_family_is_left_untested(plan: Plan):
    tested = {lever_names(plan)[name].name for name in LEVER_MOVES}
    assert tested == {lever.name for lever in lever_names(plan).values()}


@pytest.mark.parametrize("name", ["gdp", "income_resident", "industry_total", "manufacturing_share"])
def test_a_lever_on_one_chain_leaves_unrelated_outputs_alone(plan: Plan, projections: dict[str, Projection], name: str):
    moved = project(plan, Scenario("moved", {"chain_growth.industry_tcm": 12.0}, extends="trend"))
    same = np.array_equal(moved.central[name], projections["trend"].central[name])
    assert same == (name != "industry_total")


def test_project_output_is_added_to_the_default_path(plan: Plan, projections: dict[str, Projection]):
    invested = replace(plan, investments=(Investment("项目", "industry_tcm", 2022, 5.0, 2, 0.8, "测试"),))
    extra = project(invested, "trend").central["industry_tcm"] - projections["trend"].central["industry_tcm"]
    assert extra[:5] == pytest.approx([0, 0, 2, 4, 4])


def test_growth_continues_and_eases_after_the_last_span(plan: Plan):
    run = project(plan, Scenario("s", {"real_growth": {"2021-2025": 9.0}}))
    long_run, damping = plan.number("long_run_growth"), plan.number("damping")
    for year in range(2026, 2036):
        assert run.value("gdp_real_growth", year) == pytest.approx(long_run + (9 - long_run) * damping ** (year - 2025))


def test_trend_starts_from_own_growth_shrunk_to_the_prefecture(plan: Plan, projections: dict[str, Projection]):
    weight, long_run, damping = (plan.number(name) for name in ("own_growth_weight", "long_run_growth", "damping"))
    start = weight * 6.8 + (1 - weight) * 7.1
    assert projections["trend"].value("gdp_real_growth", 2021) == pytest.approx(long_run + (start - long_run) * damping)


def test_longer_run_has_the_same_beginning(plan: Plan, projections: dict[str, Projection]):
    longer = project(plan, "trend", to=2050)
    assert longer.years[-1] == 2050
    for name, values in projections["trend"].central.items():
        np.testing.assert_array_equal(longer.central[name][: values.size], values)


def test_shorter_run_is_the_beginning_of_the_longer(plan: Plan, projections: dict[str, Projection]):
    shorter = project(plan, "plan", to=2023)
    assert shorter.years[-1] == 2023
    for name, values in projections["plan"].central.items():
        np.testing.assert_array_equal(shorter.central[name], values[:4])


@pytest.mark.parametrize("year", [2020, 1990, 2500])
def test_last_year_must_come_after_the_base(plan: Plan, year: int):
    with pytest.raises(InputError, match=str(year)):
        project(plan, "trend", to=year)


@pytest.mark.parametrize(("draws", "seed"), [(-1, 0), (10_000_000, 0), (10, -5)])
def test_senseless_draws_and_seeds_are_refused(plan: Plan, draws: int, seed: int):
    with pytest.raises(InputError, match=r"draws|seed"):
        project(plan, "trend", draws=draws, seed=seed)
