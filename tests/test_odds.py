"""odds() against counting and closed forms; plausibility() against the textbook quadratic form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2, norm

from hjforecast import Plan, Projection, condition, load_plan, odds, project
from hjforecast.cli_output import render
from hjforecast.odds import COLUMNS, _tail, met_between, plausibility
from hjforecast.plan import Observation, Target
from hjforecast.targets import gaps, is_met
from hjforecast.units import Printed, logit
from tests.miniplan import write_plan

DRAWS = 20_000
FIXED = [
    "scenario", "indicator", "target_year", "comparator", "target", "central", "gap", "probability",
    "required_growth_pct", "binding",
]  # fmt: skip


@pytest.fixture(scope="module")
def drawn(plan: Plan) -> Projection:
    return project(plan, "trend", draws=DRAWS, seed=3)


@pytest.fixture(scope="module")
def chances(projections: dict[str, Projection]) -> pd.DataFrame:
    return odds(projections["trend"])


def target(name: str, comparator: str, level: str = "", growth: str = "", change: str = "", year: int = 2025) -> Target:
    level_, growth_, change_ = (Printed(text) if text else None for text in (level, growth, change))
    return Target("fyp14", name, 2020, year, comparator, level_, growth_, change_, "预期性", "测试", "")


def asked(plan: Plan, *rows: Target) -> Plan:
    """The plan with these targets only."""
    return replace(plan, targets=tuple(rows))


def probabilities(projection: Projection, rows: Sequence[Target]) -> list[float]:
    # The scenario's paths rest on the plan's own targets, so only what is asked of them is replaced.
    return odds(replace(projection, plan=asked(projection.plan, *rows)))["probability"].tolist()


# the table


def test_columns_are_the_contract_with_two_more(chances: pd.DataFrame) -> None:
    assert list(chances.columns) == [*FIXED, "measure", "basis"] == list(COLUMNS)


def test_one_row_a_quantified_target_in_file_order(projections: dict[str, Projection], chances: pd.DataFrame) -> None:
    assert chances["indicator"].tolist() == [gap.indicator for gap in gaps(projections["trend"])]
    assert chances["central"].notna().sum() == sum(gap.central is not None for gap in gaps(projections["trend"]))


def test_probability_is_blank_without_past_errors_and_never_certain(chances: pd.DataFrame) -> None:
    known = chances[chances["probability"].notna()]
    assert {"gdp", "urbanization", "income_resident", "retail_sales", "industry_tcm"} <= set(known["indicator"])
    assert known["probability"].between(0.0, 1.0, inclusive="neither").all()
    assert (known["basis"] != "").all()
    blank = chances[chances["probability"].isna()]
    assert {"forest_coverage", "rd_intensity"} <= set(blank["indicator"])
    assert (blank["basis"] == "").all()
    assert "nan" not in render(chances, "csv").lower()


def test_basis_names_whose_errors(chances: pd.DataFrame) -> None:
    basis = chances.set_index(["indicator", "measure"])["basis"]
    assert basis["gdp", "level"] == "gdp_nominal"
    assert basis["gdp", "growth"] == "gdp_real"
    assert basis["income_resident", "growth"] == "income+urbanization"


# closed forms


def test_gdp_level_and_real_growth_are_two_gaussian_tails(
    projections: dict[str, Projection], chances: pd.DataFrame
) -> None:
    trend = projections["trend"]
    spread = np.sqrt(trend.errors.covariance("gdp", "gdp")[5, 5])
    level = NormalDist().cdf(np.log(trend.value("gdp", 2025) / 195.655) / spread)
    real = np.sqrt(trend.errors.covariance("gdp_real_growth", "gdp_real_growth")[5, 5])
    path = np.log1p(trend.central["gdp_real_growth"][1:6] / 100.0).sum()
    # The plan prints 8 without decimals: 7.5 % and more reads as 8.
    wanted = trend.plan.target("gdp").growth_pct
    growth = NormalDist().cdf((path - 5.0 * np.log1p(wanted.low / 100.0)) / real)
    found = chances[chances["indicator"] == "gdp"]["probability"].tolist()
    assert found == pytest.approx([level, growth], rel=1e-12)


def test_urban_share_is_a_gaussian_tail_of_its_logit(projections: dict[str, Projection], chances: pd.DataFrame) -> None:
    trend = projections["trend"]
    spread = np.sqrt(trend.errors.covariance("urbanization", "urbanization")[5, 5])
    wanted = trend.plan.target("urbanization").level
    ahead = logit(trend.value("urbanization", 2025) / 100.0) - logit(wanted.low / 100.0)
    row = chances.set_index("indicator").loc["urbanization"]
    assert row["probability"] == pytest.approx(NormalDist().cdf(float(ahead) / spread), rel=1e-12)


def test_sampled_and_analytic_odds_agree(drawn: Projection, chances: pd.DataFrame) -> None:
    sampled = odds(drawn)["probability"]
    assert sampled.notna().equals(chances["probability"].notna())
    both = pd.DataFrame({"sampled": sampled, "closed": chances["probability"]}).dropna()
    # An identity's "closed form" is itself drawn, 10 000 times.
    error = np.sqrt(both["closed"] * (1 - both["closed"]) * (1 / DRAWS + 1 / 10_000))
    assert (np.abs(both["sampled"] - both["closed"]) < 5.0 * error).all()


def test_identity_without_draws_has_the_odds_of_the_default_draws(plan: Plan, chances: pd.DataFrame) -> None:
    default = odds(project(plan, "trend", draws=10_000)).set_index("indicator")["probability"]
    for name in ("income_resident", "manufacturing_share", "labour_productivity_growth"):
        assert chances.set_index("indicator")["probability"][name] == default[name]


def test_odds_are_the_share_of_draws_that_meet_the_target(drawn: Projection) -> None:
    frame = odds(drawn).set_index(["indicator", "measure"])
    for name in ("retail_sales", "urbanization", "manufacturing_share"):
        item, wanted = drawn.plan.indicators[name], drawn.plan.target(name)
        met = [is_met(value, wanted.comparator, wanted.level, item.better) for value in drawn.samples[name][:, 5]]
        assert frame["probability"][name, "level"] == np.mean(met)
    growth = 100.0 * ((drawn.samples["income_resident"][:, 5] / drawn.samples["income_resident"][:, 0]) ** 0.2 - 1.0)
    wanted = drawn.plan.target("income_resident").growth_pct
    assert frame["probability"]["income_resident", "growth"] == np.mean(growth >= wanted.low)


# comparators


@pytest.mark.parametrize("comparator", ["=", "~", ">=", "<=", ">"])
@pytest.mark.parametrize("better", ["up", "down", ""])
def test_what_meets_a_target_is_what_is_met_says(comparator: str, better: str) -> None:
    wanted = Printed("9.0")
    low, high = met_between(comparator, wanted, better)
    for value in (8.9, 8.9499, 8.95, 9.0, 9.05, 9.0501, 9.1):
        assert (low <= value <= high) == is_met(value, comparator, wanted, better)


@pytest.mark.parametrize("draws", [0, 4000])
def test_a_value_lies_on_one_side_of_a_bound(plan: Plan, draws: int) -> None:
    run = project(plan, "trend", draws=draws)
    above, below = probabilities(run, (target("urbanization", ">=", "52"), target("urbanization", "<=", "52")))
    assert above + below == pytest.approx(1.0, abs=1e-6)
    assert 0.0 < above < 1.0


def test_a_bound_is_the_figure_it_prints_and_no_half_unit_less() -> None:
    assert not is_met(21.6, ">=", Printed("22"))
    assert not is_met(92.4, "<=", Printed("92"))
    assert is_met(22.0, ">=", Printed("22"))
    assert is_met(52.6, "=", Printed("53"))


@pytest.mark.parametrize("draws", [0, 4000])
def test_the_median_is_met_half_of_the_time(plan: Plan, draws: int) -> None:
    run = project(plan, "trend", draws=draws)
    names = ("gdp", "retail_sales", "urbanization", "industry_tcm")
    rows = [target(name, ">=", f"{run.value(name, 2025):.9f}") for name in names]
    tolerance = 1e-6 if draws == 0 else 5.0 * 0.5 / np.sqrt(draws)
    assert probabilities(run, rows) == pytest.approx([0.5] * len(names), abs=tolerance)


def test_less_is_better_where_the_catalogue_says_so(drawn: Projection) -> None:
    """The urban-rural income gap: `=` means at most."""
    (chance,) = probabilities(drawn, [target("income_gap", "=", "15000")])
    assert chance == np.mean(drawn.samples["income_gap"][:, 5] <= 15000.5)


def test_target_already_passed_is_likely_but_not_certain(plan: Plan) -> None:
    passed = target("retail_sales", ">=", "10.00")
    for draws in (0, 500):
        (chance,) = probabilities(project(plan, "trend", draws=draws), [passed])
        assert 0.99 < chance < 1.0


def test_bound_outside_a_share_is_no_error(plan: Plan) -> None:
    for draws in (0, 500):
        run = project(plan, "trend", draws=draws)
        never, always = probabilities(run, (target("urbanization", ">=", "100.1"), target("urbanization", ">=", "0")))
        assert (never, always) == pytest.approx((0.0, 1.0), abs=0.002)


@pytest.mark.parametrize("draws", [0, 4000])
@pytest.mark.parametrize("name", ["urbanization", "retail_sales"])
def test_cumulative_change_counts_from_the_base_year(plan: Plan, name: str, draws: int) -> None:
    run = project(plan, "trend", draws=draws)
    change = f"{run.value(name, 2025) - run.value(name, 2020):.9f}"
    (chance,) = probabilities(run, [target(name, ">=", change=change)])
    assert chance == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize("draws", [0, 4000])
def test_cumulative_investment_is_the_sum_of_the_years(tmp_path: Path, draws: int) -> None:
    renamed = {"indicators.csv": ("社会消费品零售总额", "固定资产投资")}
    run = project(load_plan(write_plan(tmp_path, renamed)), "plan", draws=draws)
    total = f"{sum(run.value('retail_sales', year) for year in range(2021, 2026)):.9f}"
    (chance,) = probabilities(run, [replace(target("retail_sales", ">=", change=total), plan="p14")])
    assert chance == pytest.approx(0.5, abs=0.04)


# with actual figures


@pytest.fixture(scope="module")
def advanced(plan: Plan) -> Projection:
    seen = (
        Observation("retail_sales", 2023, Printed("33.00"), "reported", "", "公报", "", "actuals.csv"),
        Observation("tourism_revenue", 2025, Printed("41.00"), "reported", "", "公报", "", "actuals.csv"),
        Observation("park_revenue", 2025, Printed("90.0"), "reported", "", "公报", "", "actuals.csv"),
    )
    return project(replace(plan, observations=(*plan.observations, *seen)), "trend")


def test_observed_outcome_is_known(advanced: Projection) -> None:
    frame = odds(advanced).set_index("indicator")
    assert frame.loc["tourism_revenue", ["probability", "basis"]].tolist() == [1.0, "observed"]
    assert frame.loc["park_revenue", ["probability", "basis"]].tolist() == [0.0, "observed"]
    assert np.isnan(frame.loc["park_revenue", "required_growth_pct"])


def test_required_growth_counts_from_the_last_observation(advanced: Projection, chances: pd.DataFrame) -> None:
    frame = odds(advanced).set_index("indicator")
    assert frame.loc["retail_sales", "required_growth_pct"] == pytest.approx(100 * ((46.47 / 33.0) ** 0.5 - 1))
    before = chances.set_index("indicator").loc["retail_sales", "required_growth_pct"]
    assert before == pytest.approx(9.4993, abs=1e-4)


def test_condition_that_meets_a_target_leaves_no_doubt(projections: dict[str, Projection]) -> None:
    run = condition(projections["trend"], {"gdp": (2025, 195.66)})
    frame, before = odds(run), odds(projections["trend"])
    assert frame["probability"][0] == 1.0
    after, first = (one.set_index("indicator").loc["retail_sales", "probability"] for one in (frame, before))
    assert first < after < 1.0


# the plan as a whole


def test_one_target_is_as_many_sigmas_as_its_own_distance(projections: dict[str, Projection]) -> None:
    trend = projections["trend"]
    found = plausibility(replace(trend, plan=asked(trend.plan, target("gdp", "=", "195.66"))))
    assert found is not None
    expected = np.log(195.66 / trend.value("gdp", 2025)) / np.sqrt(trend.errors.covariance("gdp", "gdp")[5, 5])
    assert (found.k, found.indicators) == (1, ("gdp",))
    assert [found.sigma, found.tail_sigma, found.scores["gdp"]] == pytest.approx([expected] * 3, rel=1e-9)
    assert found.p_value == pytest.approx(2.0 * NormalDist().cdf(-expected), rel=1e-9)


def test_several_targets_have_the_textbook_quadratic_form(projections: dict[str, Projection]) -> None:
    trend, names = projections["trend"], ("gdp", "retail_sales", "urbanization", "park_revenue")
    rows = [target("gdp", "=", "195.66"), target("retail_sales", "=", "46.47"), target("urbanization", "=", "50"),
            target("park_revenue", "=", "115")]  # fmt: skip
    found = plausibility(replace(trend, plan=asked(trend.plan, *rows)))
    s = np.array([[trend.errors.covariance(a, b)[5, 5] for b in names] for a in names])
    ahead = np.array(
        [
            np.log(195.66 / trend.value("gdp", 2025)), np.log(46.47 / trend.value("retail_sales", 2025)),
            logit(0.5) - logit(trend.value("urbanization", 2025) / 100.0), np.log(115 / trend.value("park_revenue", 2025)),
        ]
    )  # fmt: skip
    q = ahead @ np.linalg.inv(s) @ ahead
    assert found is not None and found.indicators == names
    assert [found.q, found.sigma, found.p_value] == pytest.approx([q, np.sqrt(q), chi2.sf(q, 4)], rel=1e-9)


@pytest.mark.parametrize("k", [1, 2, 3, 8, 25, 60])
def test_tail_is_that_of_the_chi_square_law(k: int) -> None:
    for q in (0.0, 1e-9, 0.5, float(k), 3.0 * k, 40.0 + k):
        p_value, sigma = _tail(q, k)
        assert p_value == pytest.approx(chi2.sf(q, k), rel=1e-11)
        assert sigma == pytest.approx(norm.isf(chi2.sf(q, k) / 2.0), rel=1e-7, abs=1e-9)


def test_sigma_is_the_length_of_the_least_effort(projections: dict[str, Projection]) -> None:
    """Conditioned on every target, the same set is no effort any more."""
    trend = projections["trend"]
    few = replace(trend, plan=asked(trend.plan, target("gdp", "=", "195.66"), target("retail_sales", "=", "46.47")))
    met = condition(trend, {"gdp": (2025, 195.66), "retail_sales": (2025, 46.47)})
    assert plausibility(few).sigma > 0.1
    assert plausibility(replace(few, central=met.central)).sigma == pytest.approx(0.0, abs=1e-9)


def test_path_drawn_to_the_targets_is_no_effort(projections: dict[str, Projection]) -> None:
    found = plausibility(projections["plan"])
    assert found.sigma == pytest.approx(0.0, abs=1e-6)
    assert found.p_value == pytest.approx(1.0)


def test_bolder_scenario_is_nearer_to_the_plan(projections: dict[str, Projection]) -> None:
    sigma = {name: plausibility(projections[name]).sigma for name in ("low", "trend", "high")}
    assert sigma["low"] > sigma["trend"]
    assert plausibility(projections["low"]).scores["gdp"] > plausibility(projections["high"]).scores["gdp"]


def test_what_is_left_out_is_named_with_its_reason(projections: dict[str, Projection]) -> None:
    found = plausibility(projections["trend"])
    reasons = {
        "industry_forestry": "part", "industry_vegetable_processing": "part", "income_resident": "identity",
        "forest_coverage": "no_errors", "industrial_investment_share": "no_path",
    }  # fmt: skip
    assert {name: found.left_out[name] for name in reasons} == reasons
    assert not set(found.left_out) & set(found.indicators)
    assert found.k == len(found.indicators) == len(found.scores)


def test_target_that_others_determine_is_redundant(projections: dict[str, Projection]) -> None:
    """Nominal GDP is real growth times prices: three targets, two degrees of freedom."""
    trend = projections["trend"]
    rows = [target("gdp", "=", "195.66"), target("gdp_real_growth", "=", "8"), target("gdp_price_change", "=", "1.2")]
    found = plausibility(replace(trend, plan=asked(trend.plan, *rows)))
    assert found.indicators == ("gdp", "gdp_real_growth")
    assert found.left_out == {"gdp_price_change": "redundant"}


def test_no_target_with_errors_has_no_sigma(projections: dict[str, Projection]) -> None:
    trend = projections["trend"]
    assert plausibility(replace(trend, plan=asked(trend.plan, target("forest_coverage", ">=", "68")))) is None


def test_absurd_target_is_still_a_number(projections: dict[str, Projection]) -> None:
    trend = projections["trend"]
    found = plausibility(replace(trend, plan=asked(trend.plan, target("gdp", "=", "19566000000000"))))
    assert np.isfinite([found.sigma, found.tail_sigma, found.q]).all()


def test_a_growth_known_for_a_late_year_alone_leaves_the_rest_unasked(tmp_path: Path) -> None:
    """A growth target whose first years were never published: no figure can be required of the remaining ones."""
    folder = write_plan(tmp_path / "plan")
    for name, line in (
        ("indicators", "rd_growth,研发经费增长,R&D growth,innovation,%,growth,none,up,,1,growth,"),
        ("targets", "p14,rd_growth,2020,2025,>,,10,,预期性,表2 第4项,"),
        ("actuals", "rd_growth,2023,9.3,reported,,2023年公报,"),
    ):
        path = folder / f"{name}.csv"
        path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    found = odds(project(load_plan(folder), "trend")).set_index("indicator").loc["rd_growth"]
    assert found["target"] == 10.0
    assert np.isnan(found["required_growth_pct"])
