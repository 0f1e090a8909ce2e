"""Scenario files: what they may move, how they inherit, and what is refused with the closest name."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hjforecast import Plan, Scenario, load_plan, project
from hjforecast.errors import InputError, Problem
from hjforecast.scenario import find_scenario, scenario_problems, settings, values_at
from tests.miniplan import write_plan

BUILTIN = ("delivery", "high", "industry", "low", "plan", "shock", "trend")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return load_plan(write_plan(tmp_path_factory.mktemp("plan")))


def refused(plan: Plan, levers: dict[str, Any]) -> Problem:
    with pytest.raises(InputError) as caught:
        settings(plan, Scenario("mine", levers))
    assert len(caught.value.problems) == 1, caught.value
    problem = caught.value.problems[0]
    assert problem.file == "scenarios/mine.toml"
    return problem


@pytest.mark.parametrize("name", BUILTIN)
def test_no_op_scenario_equals_what_it_extends_bit_for_bit(plan: Plan, name: str) -> None:
    expected, found = project(plan, name), project(plan, Scenario("nothing", extends=name))
    assert found.status == expected.status
    for indicator, values in expected.central.items():
        assert values.tobytes() == found.central[indicator].tobytes(), indicator


def test_scenario_without_levers_equals_the_trend(plan: Plan) -> None:
    expected, found = project(plan, "trend"), project(plan, Scenario("nothing"))
    assert all(values.tobytes() == found.central[name].tobytes() for name, values in expected.central.items())


def test_moved_lever_is_seen(small: Plan) -> None:
    run = project(small, Scenario("mine", {"real_growth": {"2021-2025": 8.0}}, extends="trend"))
    assert run.value("gdp_real_growth", 2023) == pytest.approx(8.0)
    # 1000 x 1.08^5 x 1.01^5: real growth and the stated price change of 1 %
    assert run.value("gdp", 2025) == pytest.approx(1000 * 1.08**5 * 1.01**5)


def test_extends_inherits_and_overrides(small: Plan) -> None:
    assert settings(small, "high") == {"real_growth": ((2021, 2025, 9.0),)}
    child = Scenario("child", {"real_growth": 5, "price_change": 2}, extends="high")
    assert settings(small, child) == {"real_growth": 5.0, "price_change": 2.0}


def test_spans_single_years_and_sections(small: Plan) -> None:
    written = {"real_growth": {"2026至2030": 5, "2021": 8, "2022 - 2025": 7}, "urban": {"cap": 80}}
    assert settings(small, Scenario("mine", written)) == {
        "real_growth": ((2021, 2021, 8.0), (2022, 2025, 7.0), (2026, 2030, 5.0)),
        "urban.cap": 80.0,
    }


def test_with_levers_leaves_the_original_alone(small: Plan) -> None:
    high = find_scenario(small, "high")
    other = high.with_levers({"urban.cap": 80, "real_growth": 7}, id="other")
    assert (high.id, dict(high.levers)) == ("high", {"real_growth": {"2021-2025": 9.0}})
    assert (other.id, other.extends) == ("other", "trend")
    assert settings(small, other) == {"real_growth": 7.0, "urban.cap": 80.0}


def test_unknown_scenario_names_the_closest(small: Plan) -> None:
    with pytest.raises(InputError, match="是否为“trend”"):
        project(small, "trnd")


@pytest.mark.parametrize(
    ("name", "near"),
    [("real_growht", "real_growth"), ("urban.capp", "urban.cap"), ("elasticity.retail", "elasticity.")],
)
def test_unknown_lever_names_the_closest(small: Plan, name: str, near: str) -> None:
    problem = refused(small, {name: 1.0})
    assert (problem.column, problem.read) == (name, name)
    assert near in problem.en


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("real_growth", 99, "from -20 to 25 (%)"),
        ("real_growth", -20.1, "from -20 to 25 (%)"),
        ("urban.cap", 0, "from 1 to 100 (%)"),
        ("real_growth", True, "must be a number"),
        ("real_growth", float("nan"), "must be a number"),
        ("real_growth", "fast", "must be a number"),
        ("real_growth", [8, 8], "must be a number"),
        ("price_change", "impliedd", "implied"),
        ("urban.cap", {"2021-2025": 80}, "cannot vary by year"),
        ("real_growth", {"2021-2025": 99}, "from -20 to 25 (%)"),
        ("real_growth", {"2021-2023": 8, "2023-2025": 7}, "overlap in 2023"),
        ("real_growth", {"2020-2025": 8}, "after 2020"),
        ("real_growth", {"2015": 8}, "after 2020"),
        ("real_growth", {"2025-2021": 8}, "run forward"),
        ("real_growth", {"2021-25": 8}, "2021-2025"),
        ("real_growth", {}, "no years"),
    ],
)
def test_value_that_a_lever_cannot_take(small: Plan, name: str, value: Any, says: str) -> None:
    problem = refused(small, {name: value})
    assert (problem.column, problem.read) == (name, str(value))
    assert says in problem.en


def test_all_wrong_levers_come_together(small: Plan) -> None:
    with pytest.raises(InputError) as caught:
        settings(small, Scenario("mine", {"real_growht": 1, "urban.cap": 0, "price_change": 99}))
    assert [p.column for p in caught.value.problems] == ["real_growht", "urban.cap", "price_change"]


@pytest.mark.parametrize(
    ("old", "new", "column", "says"),
    [
        ('id = "high"', 'id = "higher"', "id", "'high'"),
        ('extends = "trend"', 'extends = "high"', "extends", "circle"),
        ('extends = "trend"', 'extends = "trnd"', "extends", "'trend'"),
        ('extends = "trend"', "extends = [1]", "extends", "must be text"),
        ('extends = "trend"', 'baseline = "trnd"', "baseline", "'trend'"),
        ('extends = "trend"', 'extnds = "trend"', "extnds", "extends"),
        ('extends = "trend"', 'title = "高"', "title", "zh"),
        ("real_growth", "real_growht", "real_growht", "'real_growth'"),
        ("9.0", "99.0", "real_growth", "25 (%)"),
        ("[levers]\n", "levers = 3\n[other]\n", "levers", "[levers]"),
        ('extends = "trend"', 'order = "2"', "order", "whole number"),
        ('extends = "trend"', "order = 1.5", "order", "whole number"),
        ('extends = "trend"', "order = true", "order", "whole number"),
    ],
)
def test_something_wrong_in_a_scenario_file(tmp_path: Path, old: str, new: str, column: str, says: str) -> None:
    found = scenario_problems(load_plan(write_plan(tmp_path, {"scenarios/high.toml": (old, new)})))
    assert ("scenarios/high.toml", column) in [(p.file, p.column) for p in found]
    assert any(says in p.en for p in found if p.column == column)


def test_circle_of_two_names_both(tmp_path: Path) -> None:
    changes = {"scenarios/trend.toml": ('id = "trend"', 'id = "trend"\nextends = "high"')}
    with pytest.raises(InputError, match="high → trend → high"):
        project(load_plan(write_plan(tmp_path, changes)), "high")


def test_builtin_scenarios_are_clean(plan: Plan) -> None:
    assert tuple(sorted(plan.scenarios)) == BUILTIN
    assert scenario_problems(plan) == []


def test_values_at_speaks_only_for_its_years() -> None:
    years = np.array([2021, 2022, 2023, 2024])
    spans = ((2022, 2022, 7.0), (2023, 2023, 6.0))
    np.testing.assert_array_equal(values_at(spans, years), [np.nan, 7.0, 6.0, np.nan])
    np.testing.assert_array_equal(values_at(spans, years, hold=True), [np.nan, 7.0, 6.0, 6.0])
    np.testing.assert_array_equal(values_at(5.0, years), [5.0, 5.0, 5.0, 5.0])
    np.testing.assert_array_equal(values_at(None, years), [np.nan] * 4)


def test_scenarios_are_ordered_by_number(tmp_path: Path) -> None:
    folder = write_plan(tmp_path)
    for name, order in (("trend", 10), ("plan", 2), ("high", -1)):
        path = folder / f"scenarios/{name}.toml"
        path.write_text(f"order = {order}\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "scenarios/mine.toml").write_text('id = "mine"\n', encoding="utf-8")
    assert list(load_plan(folder).scenarios) == ["high", "plan", "trend", "mine"]


def test_levers_nested_without_end_are_refused(small: Plan) -> None:
    levers: dict[str, Any] = {"a": 1.0}
    for _ in range(5000):
        levers = {"a": levers}
    with pytest.raises(InputError, match="unknown lever"):
        settings(small, Scenario("mine", levers))
