"""Scenarios against a named baseline, checked against hand computation and a naive loop."""

import math
from pathlib import Path

import pandas as pd
import pytest

from hjforecast import Plan, Scenario, compare, load_plan, project
from hjforecast.comparison import COLUMNS
from hjforecast.errors import InputError
from tests.miniplan import write_plan


def row(frame: pd.DataFrame, scenario: str, indicator: str, year: int) -> pd.Series:
    found = frame[(frame.scenario == scenario) & (frame.indicator == indicator) & (frame.year == year)]
    assert len(found) == 1
    return found.iloc[0]


def test_columns_baseline_and_extent(plan: Plan) -> None:
    frame = compare(plan, ["plan", "low"])
    assert tuple(frame.columns) == COLUMNS
    assert frame.attrs["baseline"] == "trend"
    assert set(frame.baseline) == {"trend"}
    assert list(frame.scenario.unique()) == ["plan", "low"]
    assert len(frame) == 2 * len(plan.indicators) * (2035 - 2020 + 1)


def test_gdp_of_the_plan_as_the_plan_prints_it(plan: Plan) -> None:
    frame = compare(plan, ["plan"], indicators=["gdp"])
    base, target = row(frame, "plan", "gdp", 2020), row(frame, "plan", "gdp", 2025)
    assert (base.value, base.status, base.unit) == (125.74, "reported", "亿元")
    assert math.isnan(base.growth_pct)
    assert base.difference == 0.0
    assert target.value == pytest.approx(195.66, abs=1e-9)
    assert target.growth_pct == pytest.approx(9.2460, abs=5e-5)  # 125.74 -> 195.66 over five years


def test_differences_by_a_naive_loop(plan: Plan) -> None:
    frame = compare(plan, ["plan", "low"], baseline="high", years=[2022, 2030])
    runs = {name: project(plan, name) for name in ("plan", "low", "high")}
    for found in frame.itertuples():
        item, at = plan.indicator(found.indicator), found.year - 2020
        value, other = runs[found.scenario].central[item.id][at], runs["high"].central[item.id][at]
        start = runs[found.scenario].central[item.id][0]
        relative = item.kind in ("level", "count")
        growth = 100 * ((value / start) ** (1 / at) - 1) if relative and start > 0 and value > 0 else math.nan
        pct = 100 * (value - other) / other if relative and other > 0 else math.nan
        expected = (value, growth, other, value - other, pct)
        got = (found.value, found.growth_pct, found.baseline_value, found.difference, found.difference_pct)
        assert got == pytest.approx(expected, rel=1e-12, nan_ok=True), found
        assert found.status == runs[found.scenario].status[item.id][at]


def test_shares_and_growth_rates_have_no_percentages(plan: Plan) -> None:
    frame = compare(plan, ["plan"], indicators=["urbanization", "gdp_real_growth"], years=[2025])
    assert frame.growth_pct.isna().all()
    assert frame.difference_pct.isna().all()
    assert row(frame, "plan", "urbanization", 2025).value == pytest.approx(50.0)


def test_baseline_differs_from_itself_by_nothing(plan: Plan) -> None:
    frame = compare(plan, ["trend"])
    known = frame[frame.status != "unavailable"]
    assert (known.difference == 0.0).all()
    assert known.value.notna().all()
    unknown = frame[frame.status == "unavailable"]
    assert unknown[["value", "growth_pct"]].isna().all(axis=None)


def test_all_scenarios_by_default_each_once(plan: Plan) -> None:
    assert list(compare(plan, years=[2025]).scenario.unique()) == list(plan.scenarios)
    assert len(compare(plan, ["plan", "plan"], years=[2025])) == len(plan.indicators)


def test_own_scenario_and_own_baseline(tmp_path: Path) -> None:
    plan = load_plan(write_plan(tmp_path))
    slow, fast = Scenario("slow", {"real_growth": 2}), Scenario("fast", {"real_growth": 6})
    frame = compare(plan, [fast], baseline=slow, indicators=["gdp"], years=[2022])
    found = row(frame, "fast", "gdp", 2022)
    assert found.baseline == "slow"
    assert found.difference == pytest.approx(1000 * 1.01**2 * (1.06**2 - 1.02**2))
    assert found.difference_pct == pytest.approx(100 * (1.06**2 / 1.02**2 - 1))
    assert found.growth_pct == pytest.approx(100 * (1.06 * 1.01 - 1))


def test_year_before_the_target_cuts_the_same_paths(plan: Plan) -> None:
    whole, cut = project(plan, "plan"), project(plan, "plan", to=2023)
    assert cut.years.tolist() == [2020, 2021, 2022, 2023]
    assert cut.value("gdp", 2023) == whole.value("gdp", 2023)
    assert compare(plan, ["plan"], to=2023).year.max() == 2023


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"baseline": "trnd"}, "'trend'"),
        ({"scenarios": ["pln"]}, "'plan'"),
        ({"indicators": ["gpd", "gdp"]}, "'gdp'"),
        ({"years": [2019]}, "2020 to 2035"),
        ({"years": [2031], "to": 2030}, "2020 to 2030"),
        ({"to": 2020}, "after 2020"),
        ({"scenarios": [Scenario("a"), Scenario("a", {"real_growth": 3})]}, "rename"),
    ],
)
def test_bad_question_is_answered_with_the_fix(plan: Plan, options: dict, says: str) -> None:
    with pytest.raises(InputError, match=says):
        compare(plan, **options)


def test_all_unknown_indicators_come_together(plan: Plan) -> None:
    with pytest.raises(InputError) as caught:
        compare(plan, indicators=["gpd", "urbanisation"])
    assert [p.read for p in caught.value.problems] == ["gpd", "urbanisation"]
