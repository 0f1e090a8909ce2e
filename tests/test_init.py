"""`hjforecast init` for another place: what is given or asked for, and a directory that `check` accepts."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hjforecast import load_plan
from hjforecast.cli import main
from tests.conftest import ROOT


def run(*args: object, answers: str | None = None) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args], input=answers)


def made(folder: Path, *args: object, answers: str | None = None) -> Path:
    result = run("init", folder, *args, answers=answers)
    assert result.exit_code == 0, result.output
    return folder


def test_region_years_and_parents_from_flags(tmp_path: Path):
    args = ("--region", "乙县", "--region-en", "Yi", "--base-year", 2023, "--target-year", 2027, "--outlook-year", 2030,
            "--parent", "丙市", "--parent", "丁省", "--title", "乙县规划")  # fmt: skip
    plan = load_plan(made(tmp_path / "yi", *args))
    assert (plan.region.name_zh, plan.region.name_en, plan.title_zh) == ("乙县", "Yi", "乙县规划")
    assert (plan.base_year, plan.target_year, plan.outlook_year) == (2023, 2027, 2030)
    assert [parent.name_zh for parent in plan.parents] == ["丙市", "丁省"]
    assert not plan.observations and not plan.targets


def test_years_follow_from_the_base_year(tmp_path: Path):
    plan = load_plan(made(tmp_path / "yi", "--region", "乙县", "--base-year", 2025))
    assert (plan.id, plan.previous, plan.target_year, plan.outlook_year) == ("fyp15", "fyp14", 2030, 2035)


def test_the_outlook_is_the_national_vision_as_long_as_that_lies_ahead(tmp_path: Path):
    years = {}
    for base in (2015, 2020, 2030):
        result = run("init", tmp_path / str(base), "--region", "乙县", "--base-year", base)
        years[base] = load_plan(tmp_path / str(base)).outlook_year
        assert f"展望年{years[base]}年" in result.stderr
    assert years == {2015: 2030, 2020: 2035, 2030: 2045}


def test_check_lists_exactly_what_is_still_to_be_filled_in(tmp_path: Path):
    folder = made(tmp_path / "yi", "--region", "乙县", "--base-year", 2025)
    result = run("check", folder, "--all-notes")
    assert result.exit_code == 0, result.output
    files = [line.split("：")[0] for line in result.stderr.splitlines() if line.startswith("提示")]
    assert files == ["提示 / note: baseline_2025.csv", "提示 / note: targets.csv"]


@pytest.mark.parametrize("command", [["project", "plan"], ["audit"], ["odds", "trend"], ["compare"], ["delivery"]])
def test_every_command_takes_a_plan_without_figures(tmp_path: Path, command: list[str]):
    folder = made(tmp_path / "yi", "--region", "乙县")
    result = run(*command, "--plan-dir", folder)
    assert result.exit_code == 0, result.output


def test_chosen_indicators_bring_what_they_are_computed_from(tmp_path: Path):
    plan = load_plan(made(tmp_path / "yi", "--region", "乙县", "--indicators", "income_resident,forest_coverage"))
    drivers = {"gdp", "gdp_real_growth", "gdp_price_change", "income_urban", "income_rural", "urbanization"}
    assert plan.indicators.keys() == {"income_resident", "forest_coverage", *drivers}


def test_the_common_set_names_no_chain_of_one_county(tmp_path: Path):
    common = load_plan(made(tmp_path / "common", "--region", "乙县")).indicators
    every = load_plan(made(tmp_path / "all", "--region", "乙县", "--indicators", "all")).indicators
    assert common.keys() < every.keys() and load_plan().indicators.keys() < every.keys()
    assert not [item.id for item in common.values() if item.is_chain]


def test_nothing_of_the_builtin_county_is_left(tmp_path: Path):
    folder = made(tmp_path / "yi", "--region", "乙县", "--base-year", 2025)
    text = "".join(path.read_text(encoding="utf-8-sig") for path in folder.rglob("*") if path.is_file())
    assert not [
        word
        for word in ("洪江", "黔城", "怀化", "湖南", "Hongjiang", "Huaihua", "表1-2")
        if word in text.replace("表1-2 第1项", "")
    ]


def test_questions_are_answered_on_the_terminal(tmp_path: Path):
    plan = load_plan(made(tmp_path / "yi", "--ask", answers="乙县\nYi\n2025\n\n\n丙市，丁省\ngdp\n"))
    assert (plan.region.name_zh, plan.region.name_en, plan.base_year, plan.target_year) == ("乙县", "Yi", 2025, 2030)
    assert [parent.name_zh for parent in plan.parents] == ["丙市", "丁省"]
    assert plan.indicators.keys() == {"gdp", "gdp_real_growth", "gdp_price_change"}


def test_what_was_given_is_not_asked_for(tmp_path: Path):
    result = run("init", tmp_path / "yi", "--ask", "--region", "乙县", "--base-year", 2025, answers="\n\n\n\n\n")
    assert result.exit_code == 0, result.output
    assert "地区名称" not in result.output and "基期年" not in result.output


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--indicators", "gdq"], ("gdq", "gdp")),
        (["--base-year", "2025", "--target-year", "2025"], ("2025 / 2025", "顺序")),
        (["--base-year", "1700"], ("1900",)),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_written(tmp_path: Path, args: list[str], says: tuple[str, ...]):
    result = run("init", tmp_path / "yi", "--region", "乙县", *args)
    assert result.exit_code == 2
    assert all(word in result.stderr for word in says)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ['乙"县', "乙\\县", "乙县]\n[plan]", "'乙'", "{乙}"])
def test_a_name_is_only_a_name(tmp_path: Path, name: str):
    plan = load_plan(made(tmp_path / "yi", "--region", name, "--parent", name))
    assert plan.region.name_zh == name
    assert plan.base_year == load_plan().base_year


def test_the_tutorial_leads_from_a_printed_table_to_odds_and_findings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / "new-county.md").read_text(encoding="utf-8")
    lines = [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    tables = re.findall(r"```csv[^\n]*\n(.*?)```", text, re.DOTALL)
    commands = {" ".join(shlex.split(line)[1:3]): shlex.split(line)[1:] for line in lines}
    assert run(*commands["init yixian"]).exit_code == 0
    for name, rows in zip(("baseline_2025.csv", "targets.csv", "context.csv", "targets.csv"), tables, strict=True):
        with (tmp_path / "yixian" / name).open("a", encoding="utf-8") as file:
            file.write(rows)
    notes = run(*commands["check yixian"])
    assert notes.exit_code == 0, notes.output
    assert notes.stderr.count("提示") == 1 and "规模以上工业增加值" in notes.stderr
    found = run(*commands["audit --plan-dir"]).stdout
    assert "288.40亿元" in found and "0.45%" in found
    assert "fixed_asset_investment" in run(*commands["odds trend"]).stdout


def test_the_tutorial_in_excel_gives_the_same_plan(tmp_path: Path):
    pytest.importorskip("openpyxl", reason="needs the extra publish")
    pytest.importorskip("xlsxwriter", reason="needs the extra publish")
    args = ("--region", "乙县", "--base-year", "2025", "--indicators", "gdp")
    assert run("init", "--excel", tmp_path / "yi.xlsx", *args).exit_code == 0
    assert run("import", tmp_path / "yi.xlsx", tmp_path / "imported").exit_code == 0
    plain, imported = load_plan(made(tmp_path / "yi", *args)), load_plan(tmp_path / "imported")
    assert plain.inputs.keys() == imported.inputs.keys()
    for name in ("region", "parents", "indicators", "assumptions", "scenarios", "title_zh", "id", "targets"):
        assert getattr(plain, name) == getattr(imported, name), name
