"""A scenario edited lever by lever says what its scenario file says when the command line runs it."""

from __future__ import annotations

import csv
import io
import tomllib
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from hjforecast import InputError, Plan, Scenario, load_plan, odds, project
from hjforecast.cli import main
from hjforecast.lever_labels import GROUPS
from hjforecast.live import Live

DRAWS = 200


@pytest.fixture(scope="module")
def live(plan: Plan) -> Live:
    return Live(plan, "trend", draws=DRAWS)


@pytest.fixture
def fresh(live: Live) -> Live:
    live.reset()
    return live


def _run(*words: str) -> str:
    result = CliRunner().invoke(main, list(words))
    assert result.exit_code == 0, result.output
    return result.stdout


def test_without_changes_it_is_the_scenario(plan: Plan, fresh: Live) -> None:
    assert fresh.scenario.id == "trend"
    expected = project(plan, "trend", draws=DRAWS)
    np.testing.assert_array_equal(fresh.projection.central["gdp"], expected.central["gdp"])
    np.testing.assert_array_equal(fresh.projection.samples["gdp"], expected.samples["gdp"])


def test_real_growth_compounds_as_by_hand(fresh: Live) -> None:
    """125.74 x (1.065 x 1.011537)^5: six and a half per cent real, prices as the plan implies them (design, section 12)."""
    fresh.set("real_growth", 6.5)
    level = 125.74
    for _ in range(5):
        level *= 1.065 * (1.09246 / 1.08)
    assert fresh.projection.value("gdp", 2025) == pytest.approx(level, rel=1e-5)
    assert fresh.odds.set_index(["indicator", "measure"]).loc[("gdp", "level"), "central"] == pytest.approx(
        level, rel=1e-5
    )
    gap = next(gap for gap in fresh.gaps if (gap.indicator, gap.measure) == ("gdp", "level"))
    assert gap.gap == pytest.approx(level - 195.66, abs=1e-3)


def test_file_gives_the_same_numbers_on_the_command_line(plan_dir: Path) -> None:
    live = Live(load_plan(plan_dir), "high", draws=DRAWS, seed=7)
    live.set("real_growth", 6.25)
    live.set("real_growth", 4.0, (2024, 2025))
    live.set("shock", -1.5, 2023)
    live.set("delivery.industry", 1.0)
    live.set("delivery", "record")
    live.set("urban.d0", 0.04)
    live.set("chain_base.industry_tcm", 12.5)
    (plan_dir / "scenarios" / live.filename).write_text(live.toml(), encoding="utf-8")
    _run("check", str(plan_dir))
    name = live.filename.removesuffix(".toml")
    text = _run("project", name, "--plan-dir", str(plan_dir), "--draws", str(DRAWS), "--seed", "7")
    ours = {
        (row.indicator, str(row.year), row.statistic): row.value
        for row in live.projection.frame.itertuples(index=False)
    }
    theirs = list(csv.DictReader(io.StringIO(text)))
    assert len(theirs) == len(ours)
    for row in theirs:
        value = ours[row["indicator"], row["year"], row["statistic"]]
        assert (row["value"] == "") == np.isnan(value)
        assert row["value"] == "" or float(row["value"]) == pytest.approx(value, rel=1e-9)
    growth = [live.projection.value("gdp_real_growth", year) for year in range(2021, 2026)]
    assert growth == pytest.approx([6.25, 6.25, 4.75, 4.0, 4.0])


def test_years_not_named_keep_what_they_had(fresh: Live) -> None:
    fresh.set("real_growth", 6.0)
    fresh.set("real_growth", 7.0, "2022-2023")
    fresh.set("real_growth", 5.0, 2028)
    assert fresh.changes["real_growth"] == {"2021": 6.0, "2022-2023": 7.0, "2024-2025": 6.0, "2028": 5.0}


def test_one_year_shock_hits_the_first_year_alone(fresh: Live) -> None:
    fresh.set("shock", -2.0)
    before, after = (one.central["gdp_real_growth"] for one in (fresh.original, fresh.projection))
    assert after[1] == pytest.approx(before[1] - 2.0)
    np.testing.assert_allclose(after[2:], before[2:])


def test_reset_brings_back_the_scenario(fresh: Live) -> None:
    fresh.set("real_growth", 9.0)
    fresh.set("urban.d0", 0.02)
    fresh.reset("urban.d0")
    assert list(fresh.changes) == ["real_growth"]
    fresh.set("real_growth", None)
    assert fresh.projection is fresh.original and not fresh.changes


def test_edited_scenario_is_compared_with_what_it_was(fresh: Live) -> None:
    assert fresh.baseline.scenario.id == "trend"
    fresh.set("real_growth", 9.0)
    assert fresh.baseline is fresh.original
    assert fresh.scenario.title("zh") == "惯性发展（调整）" and fresh.scenario.title("en") == "Trend (edited)"


@pytest.mark.parametrize(
    ("name", "value", "years", "says"),
    [
        ("real_growth", 26.0, None, "-20 至 25"),
        ("real_growth", float("nan"), None, "之间的数字"),
        ("real_grwth", 6.0, None, "real_growth"),
        ("delivery", "recrd", None, "record"),
        ("urban.d0", 0.05, 2022, "不能分年"),
        ("real_growth", 6.0, "soon", "2021-2025"),
        ("real_growth", 6.0, 2019, "基期"),
    ],
)
def test_mistake_is_told_and_changes_nothing(fresh: Live, name: str, value: float, years: object, says: str) -> None:
    fresh.set("shock", -1.0)
    with pytest.raises(InputError, match=says):
        fresh.set(name, value, years)  # type: ignore[arg-type]
    assert list(fresh.changes) == ["shock"]


def test_every_lever_offered_moves_something(fresh: Live) -> None:
    """A target already met, and the pull of chains that do not outgrow their path, move nothing from the trend."""
    idle = []
    for name, lever in fresh.levers.items():
        fresh.reset()
        for value in (lever.slider[0], lever.slider[1]):
            fresh.set(name, value)
            central = project(fresh.plan, fresh.scenario).central
            if any(
                np.nanmax(np.abs(path - fresh.original.central[key]), initial=0.0) > 1e-9
                for key, path in central.items()
            ):
                break
        else:
            idle.append(name)
    assert len(idle) < 0.05 * len(fresh.levers)
    assert "elasticity.gdp_industry" in idle


def test_levers_are_described_in_both_languages(fresh: Live) -> None:
    for lever in fresh.levers.values():
        assert lever.low <= lever.slider[0] < lever.slider[1] <= lever.high
        assert lever.slider[0] <= lever.start <= lever.slider[1]
        assert lever.step > 0.0 and lever.group in GROUPS
        assert lever.label("zh") != lever.label("en") and lever.basis("zh") and lever.basis("en")
    growth = fresh.levers["real_growth"]
    assert growth.years == (2021, 2022, 2023, 2024, 2025) and "可比价" in growth.zh
    path = fresh.original.central["gdp_real_growth"][1:6]
    assert growth.value == pytest.approx(path.mean(), abs=1e-9)


def test_reported_years_are_not_moved(plan_dir: Path) -> None:
    with (plan_dir / "actuals.csv").open("a", encoding="utf-8") as file:
        file.write("gdp_real_growth,2021,7.9,reported,,统计公报,\ngdp,2021,140,reported,,统计公报,\n")
    live = Live(load_plan(plan_dir), draws=0)
    live.set("real_growth", 5.0)
    assert live.levers["real_growth"].years == (2022, 2023, 2024, 2025)
    assert live.changes["real_growth"] == {"2022-2025": 5.0}
    assert live.projection.value("gdp_real_growth", 2021) == 7.9


def test_scenario_without_a_file_is_written_whole(plan: Plan) -> None:
    """What was uploaded has no file to inherit from: its own levers must stand in the new file."""
    uploaded = Scenario("mine", {"shock": {"2022": -3.0}, "delivery": {"gdp": 0.5}}, "我的", "Mine", extends="trend")
    live = Live(plan, uploaded, draws=0)
    live.set("real_growth", 6.0)
    written = tomllib.loads(live.toml())
    assert written["extends"] == "trend" and written["id"] == "mine_edited"
    assert written["levers"] == {"shock": {"2022": -3.0}, "delivery.gdp": 0.5, "real_growth": {"2021-2025": 6.0}}


def test_title_with_quotes_and_lines_stays_one_text(plan: Plan) -> None:
    live = Live(plan, Scenario("odd", {}, '带"引号"\\和\n换行\x7f', 'a "b"\t\\c', author="x\ny"), draws=0)
    written = tomllib.loads(live.toml())
    assert written["title"]["zh"].startswith('带"引号"\\和 换行') and written["author"] == "x y"


def test_second_edit_of_a_plan_that_has_one_gets_another_name(plan_dir: Path) -> None:
    live = Live(load_plan(plan_dir), "trend", draws=0)
    (plan_dir / "scenarios" / live.filename).write_text(live.toml(), encoding="utf-8")
    assert Live(load_plan(plan_dir), "trend", draws=0).filename != live.filename


def test_odds_are_those_of_the_scenario(plan: Plan, fresh: Live) -> None:
    fresh.set("real_growth", 8.0)
    expected = odds(project(plan, Scenario("x", {"real_growth": {"2021-2025": 8.0}}, extends="trend"), draws=DRAWS))
    np.testing.assert_array_equal(fresh.odds["probability"], expected["probability"])
