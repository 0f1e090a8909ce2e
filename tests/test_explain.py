"""explain: the printed equations with the printed numbers give the path, and every section says what is so."""

from __future__ import annotations

import json
import math
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from hjforecast import InputError, Plan, Projection, Scenario, audit, explain, load_plan, odds, project
from hjforecast.cli import main
from hjforecast.errors import HjforecastError
from hjforecast.explain_rule import steps_of
from hjforecast.explain_step import Number, Step
from tests.conftest import ROOT, SCENARIOS
from tests.miniplan import BASELINE, INDICATORS, write_plan
from tests.other_plans import PLACES, Place, write_place

LEVERS = Scenario(
    "many",
    {
        "real_growth": {"2022": 7.0, "2024-2026": 5.0},
        "price_change": {"2023-2024": 2.0},
        "shock": {"2027": -3.0},
        "delivery.industry": 0.8,
        "delivery.gdp": 0.9,
        "urban.cap": 80.0,
        "urban.d0": 0.04,
        "elasticity.urbanization": 0.2,
        "elasticity.retail_sales": 1.3,
        "chain_growth.industry_tcm": {"2023-2025": 12.0},
        "chain_base.industry_electronics": 9.0,
    },
    extends="trend",
)


class Values(dict[str, object]):
    """What the symbols of an equation stand for in one year: numbers printed, the path so far, other indicators."""

    def __init__(
        self, projection: Projection, step: Step, path: dict[int, float], year: int, cap: float, scale: float
    ) -> None:
        self.projection, self.step, self.path, self.year = projection, step, path, year
        numbers = {one.symbol: fraction(one) for one in step.numbers}
        numbers |= {one.symbol: one.value / scale for one in step.numbers if re.match(r"y_\d", one.symbol)}
        super().__init__(numbers, t=year, logit=lambda y: math.log(y / (cap - y)))
        if "n" in numbers:
            self["w_t"] = max(1.0 - (year - projection.plan.base_year) / numbers["n"], 0.0)

    def __missing__(self, symbol: str) -> float:
        stem, _, when = symbol.rpartition("_")
        year = self.year if when == "t" else self.year - 1 if when == "before" else int(when)
        if stem == "y":
            return self.path[year]
        if stem == "x":
            return float(self[f"x_{year}"])  # type: ignore[arg-type]
        return inside(self.projection, stem, year)


def fraction(one: Number) -> float:
    return one.value / 100.0 if one.unit in ("%", "个百分点") else one.value


def inside(projection: Projection, name: str, year: int) -> float:
    return projection.value(name, year) / projection.plan.indicators[name].scale


def code(side: str) -> str:
    """An equation's side as Python."""
    side = side.replace("g*", "gstar").replace("y_(t−1)", "y_before")
    side = side.replace("×", "*").replace("÷", "/").replace("−", "-").replace("^", "**")
    return re.sub(r"logit (\w+)", r"logit(\1)", side)


def replayed(projection: Projection, name: str) -> dict[int, float]:
    """The path that the steps of an indicator print, in fractions for per cents."""
    item = projection.plan.indicators[name]
    path = {year: inside(projection, name, year) for year in observed(projection, name)}
    for step in steps_of(projection, name):
        left, right = step.equation.partition(";")[0].split(" = ")
        cap = next((fraction(one) for one in step.numbers if one.symbol == "K"), 1.0)
        for year in range(step.first, step.last + 1):
            if year in observed(projection, name) and not left.endswith(f"y_{year}"):
                continue
            values = Values(projection, step, path, year, cap, item.scale)
            values["gstar"] = values.get("g*")
            if "目标" in right:
                path[year] = float(values[left])  # type: ignore[arg-type]
                continue
            found = float(eval(code(right), {}, values))
            if left == "logit y_t":
                found = cap / (1.0 + math.exp(-found))
            elif left.strip() not in ("y_t", f"y_{year}"):
                assert found == pytest.approx(float(eval(code(left), {}, values)), rel=1e-9)
                found = inside(projection, item.id, year)
            path[year] = found
    return path


def observed(projection: Projection, name: str) -> list[int]:
    words = ("reported", "derived", "assumed")
    return [year for year in projection.years.tolist() if projection.status_of(name, year) in words]


def check_replay(projection: Projection) -> int:
    """Replay every indicator of a projection; return how many projected figures were compared."""
    compared = 0
    pulled = "elasticity.gdp_industry" in projection.settings
    for name, item in projection.plan.indicators.items():
        if pulled and name == "gdp_real_growth":
            continue  # the excess of the chains is no printed number
        path = replayed(projection, name)
        for year, value in zip(projection.years.tolist(), projection.central[name] / item.scale, strict=True):
            if not np.isnan(value):
                assert path[year] == pytest.approx(value, rel=1e-9, abs=1e-12), (projection.scenario.id, name, year)
                compared += 1
            else:
                assert year not in path, (name, year)
    return compared


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_printed_equations_and_numbers_give_the_path(projections: dict[str, Projection], scenario: str) -> None:
    assert check_replay(projections[scenario]) > 1000


def test_equations_follow_the_levers(plan: Plan) -> None:
    check_replay(project(plan, LEVERS))


def test_equations_start_from_the_actual_figures(plan_dir: Path) -> None:
    (plan_dir / "actuals.csv").write_bytes((ROOT / "tests/fixtures/example_actuals.csv").read_bytes())
    for scenario in ("trend", "plan", LEVERS):
        check_replay(project(load_plan(plan_dir), scenario))


def test_indicator_is_known_by_id_and_by_either_name(plan: Plan) -> None:
    for words in ("urbanization", "常住人口城镇化率", "Urban share of permanent residents", " URBANIZATION "):
        assert explain(plan, words).indicator.id == "urbanization"


@pytest.mark.parametrize(
    ("words", "near"), [("urbanisation", "urbanization"), ("城镇化", "urbanization"), ("gdpp", "gdp")]
)
def test_unknown_indicator_names_the_closest(plan: Plan, words: str, near: str) -> None:
    with pytest.raises(InputError, match=f"“{near}”"):
        explain(plan, words)


def test_unknown_scenario_is_refused(plan: Plan) -> None:
    with pytest.raises(HjforecastError, match="trend"):
        explain(plan, "gdp", "trnd")


def test_every_figure_of_the_plan_is_told_with_its_source(plan: Plan) -> None:
    for name in ("gdp", "urbanization", "retail_sales"):
        told = {(one["year"], one["value"], one["status"], one["source"]) for one in explain(plan, name).figures}
        rows = [one for one in plan.observations if one.indicator == name]
        assert told == {(one.year, float(one.value), one.status, one.source) for one in rows}
        assert rows


def test_figure_printed_twice_is_told_twice_and_one_is_used(tmp_path: Path) -> None:
    twice = BASELINE + "retail_sales,2020,410,reported,preferred,第二章,\n"
    plan = load_plan(write_plan(tmp_path, {"baseline_2020.csv": (BASELINE, twice)}))
    figures = explain(plan, "retail_sales").figures
    assert [(one["value"], one["used"]) for one in figures] == [(400.0, False), (410.0, True)]


def test_targets_carry_the_odds_of_the_scenario(plan: Plan) -> None:
    rows = odds(project(plan, "high")).set_index(["indicator", "measure"])["probability"]
    told = {one["measure"]: one for one in explain(plan, "gdp", "high").targets if one["plan"] == plan.id}
    assert set(told) == {"level", "growth"}
    for measure, one in told.items():
        assert one["probability"] == rows["gdp", measure]
        assert not one["supposed"]
    growth = [one for one in explain(plan, "gdp_real_growth", "high").targets if one["plan"] == plan.id]
    assert [one["probability"] for one in growth] == [rows["gdp", "growth"]]


def test_odds_of_a_supposed_target_are_marked(plan: Plan) -> None:
    for name in ("urbanization", "gdp"):
        assert all(one["supposed"] for one in explain(plan, name, "plan").targets if "supposed" in one)
    assert "以目标为前提" in str(explain(plan, "urbanization", "plan"))
    assert "以目标为前提" not in str(explain(plan, "urbanization", "trend"))


def test_dependencies_run_both_ways(plan: Plan) -> None:
    resident = {one["indicator"]: one["direct"] for one in explain(plan, "income_resident").depends_on}
    assert {name for name, direct in resident.items() if direct} == {"income_urban", "income_rural", "urbanization"}
    assert resident["gdp_real_growth"] is False
    moved = {one["indicator"]: one["direct"] for one in explain(plan, "gdp_real_growth").moves}
    assert moved["gdp"] is True
    assert moved["income_resident"] is False


def test_dependencies_are_those_of_the_scenario(plan: Plan) -> None:
    def needed(name: str, scenario: str | Scenario) -> set[str]:
        return {one["indicator"] for one in explain(plan, name, scenario).depends_on if one["direct"]}

    pushed = Scenario("pushed", {"elasticity.urbanization": 0.2}, extends="trend")
    assert needed("urbanization", "trend") == set()
    assert needed("urbanization", pushed) == {"gdp_real_growth"}
    assert needed("income_urban", "trend") == {"gdp"}
    assert needed("income_urban", "plan") == {"gdp", "urbanization"}  # solved from the mean


@pytest.mark.parametrize(
    "name", ["gdp", "urbanization", "income_ratio", "industry_tcm", "services_share", "gdp_price_change"]
)
def test_levers_told_are_those_that_move_it(plan: Plan, name: str) -> None:
    from hjforecast.levers import lever_names

    told = {one["lever"] for one in explain(plan, name, "trend").levers}
    base = project(plan, "trend").central[name]
    # Mild moves, so that no path becomes impossible; delivery is tried as a follower of the targets.
    tries = {
        "real_growth": 3.0,
        "price_change": 3.0,
        "shock": 2.0,
        "delivery": 0.9,
        "urban.cap": 70.0,
        "urban.d0": 0.03,
    }
    families = [lever for lever in lever_names(plan) if "." in lever and not lever.startswith("urban.")]
    near = ("gdp", "urban", "income", "industry_tcm", "economy", "livelihood", "services_share")
    chosen = [lever for lever in families if lever.partition(".")[2].startswith(near)] + families[::40]
    tries |= dict.fromkeys([*chosen, *(told & set(families))], 0.9)
    tries["elasticity.gdp_industry"] = 0.05
    for lever, value in tries.items():
        setting = {"2022-2024": value} if lever_names(plan)[lever].by_year else value
        moved = project(plan, Scenario("try", {lever: setting}, extends="trend")).central[name]
        if not np.allclose(moved, base, rtol=1e-9, equal_nan=True):
            assert lever in told, lever
        else:
            assert lever not in told, lever


def test_levers_show_bounds_unit_and_setting(plan: Plan) -> None:
    levers = {one["lever"]: one for one in explain(plan, "gdp", "low").levers}
    growth = levers["real_growth"]
    assert (growth["low"], growth["high"], growth["unit"]) == (-20.0, 25.0, "%")
    assert growth["setting"] == ((2021, 2025, 3.9),)
    assert growth["effect_low"] < 0 < growth["effect_high"]
    assert "2021–2025=3.9" in str(explain(plan, "gdp", "low"))


def test_past_errors_name_their_family_and_horizon(plan: Plan) -> None:
    (error,) = explain(plan, "industry_tcm").errors
    assert (error["class"], error["horizons"]) == ("secondary", "1-5")
    # calibration/error_scale.csv: s = 0.094382, t = 0.0584864
    assert error["sd_5"] == pytest.approx(math.sqrt(5 * 0.094382**2 + 25 * 0.0584864**2))
    mixed = explain(plan, "income_resident").errors
    assert {one["indicator"] for one in mixed} == {"income_urban", "income_rural", "urbanization"}
    bare = explain(plan, "services_share")
    assert bare.errors == ()
    assert "没有可依据的历史误差" in str(bare)


def test_findings_are_those_of_the_audit_that_name_it(plan: Plan) -> None:
    table = audit(plan)
    for name in ("gdp", "urbanization", "industry_tcm"):
        rows = table[[name in names.split(";") for names in table["indicators"]]]
        assert [(one["rule"], one["message_en"]) for one in explain(plan, name).findings] == list(
            zip(rows["rule"], rows["message_en"], strict=True)
        )


def test_chain_without_a_base_says_that_it_is_assumed(plan: Plan) -> None:
    told = explain(plan, "industry_tcm")
    assert told.steps[0].rule == "chain_base"
    assert told.steps[0].last == plan.base_year
    assert "假定" in str(told)
    assert "assumed" in told.text("en")


def test_target_without_a_path_is_said_to_be_supposed(plan: Plan) -> None:
    for name in ("trunk_road_upgrade", "trunk_road_two_horizontal"):
        told = explain(plan, name, "plan")
        assert [one["year"] for one in told.values if one["value"] is not None] == [2025]
        assert "delivery" in {one["lever"] for one in told.levers}
    assert "不是测算结果" in str(told)
    assert explain(plan, "trunk_road_two_horizontal", "trend").steps == ()


def test_every_indicator_can_be_explained_in_both_languages(plan: Plan) -> None:
    for name in list(plan.indicators)[::30]:
        told = explain(plan, name, "industry")
        assert told.text("zh").startswith(name)
        english = told.title("en") + "".join(heading for heading, _ in told.sections("en"))
        assert not re.search(r"[\u4e00-\u9fff]", english), name


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.words += data


def test_text_of_the_plan_is_shown_as_text(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    names = INDICATORS.replace("社会消费品零售总额", evil)
    source = BASELINE.replace("表1 第3项", f"表1 {evil}")
    changes = {"indicators.csv": (INDICATORS, names), "baseline_2020.csv": (BASELINE, source)}
    page = Tags(explain(load_plan(write_plan(tmp_path, changes)), "retail_sales")._repr_html_())
    assert "script" not in page.tags
    assert page.words.count(evil) >= 2


def test_plan_without_trend_is_explained_under_its_first_scenario(tmp_path: Path) -> None:
    folder = write_plan(tmp_path)
    for name in ("trend", "high"):
        (folder / "scenarios" / f"{name}.toml").unlink()
    assert explain(load_plan(folder), "gdp").scenario.id == "plan"


def run(*args: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["explain", *map(str, args)])
    return result.exit_code, result.stdout, result.stderr


def test_command_prints_what_python_gives(plan: Plan) -> None:
    code, out, _ = run("城镇居民人均可支配收入", "--scenario", "plan", "--lang", "en")
    assert (code, out) == (0, explain(plan, "income_urban", "plan").text("en"))


def test_json_is_strict_and_holds_both_languages() -> None:
    code, out, _ = run("income_resident", "--scenario", "delivery", "--format", "json")
    assert code == 0
    told = json.loads(out, parse_constant=lambda word: pytest.fail(word))
    assert told["indicator"]["id"] == "income_resident"
    assert {"steps", "figures", "targets", "levers", "errors", "findings", "depends_on", "moves"} <= set(told)
    assert told["steps"][0]["zh"] and told["steps"][0]["en"]


def test_command_refuses_an_unknown_indicator_in_two_lines() -> None:
    code, out, told = run("gdpp")
    assert (code, out) == (2, "")
    assert "“gdp”" in told and "did you mean 'gdp'" in told
    assert "Traceback" not in told


@pytest.mark.parametrize("place", PLACES.values(), ids=list(PLACES))
def test_plans_of_other_places_are_explained(place: Place, tmp_path: Path) -> None:
    plan = load_plan(write_place(tmp_path / "plan", place))
    for scenario in plan.scenarios:
        check_replay(project(plan, scenario))
        for name in plan.indicators:
            json.dumps(explain(plan, name, scenario).to_dict(), allow_nan=False)
