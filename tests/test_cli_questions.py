"""Conditions typed on the command line, and the table of what else must be true."""

from __future__ import annotations

import csv
import io
import re

import pytest
from click.testing import CliRunner

from hjforecast import InputError, Plan, project
from hjforecast.cli import main
from hjforecast.cli_output import width
from hjforecast.condition_table import condition_frame, read_conditions


def test_conditions_are_read_by_indicator_and_year():
    assert read_conditions(["gdp=2025:195.66", "gdp=2030：280", "urbanization=2025:50"]) == {
        "gdp": [(2025, 195.66), (2030, 280.0)],
        "urbanization": [(2025, 50.0)],
    }


def test_all_misspelt_conditions_are_reported_together():
    with pytest.raises(InputError) as caught:
        read_conditions(["gdp:2025=195", "gdp=2025:195.66", "gdp=25:1"])
    assert [problem.read for problem in caught.value.problems] == ["gdp:2025=195", "gdp=25:1"]


def test_unchanged_paths_differ_by_nothing(plan: Plan):
    run = project(plan, "trend")
    frame = condition_frame(run, run, ["gdp", "urbanization"])
    assert (frame["difference"] == 0).all()
    assert frame["year"].tolist() == [*range(2020, 2036)] * 2


def test_command_reaches_the_condition_and_moves_the_rest():
    words = [
        "condition",
        "trend",
        "gdp=2025:195.66",
        "--indicator",
        "gdp",
        "--indicator",
        "income_resident",
        "--format",
        "csv",
    ]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    rows = {(row["indicator"], row["year"]): row for row in csv.DictReader(io.StringIO(result.stdout))}
    assert float(rows["gdp", "2025"]["after"]) == pytest.approx(195.66, rel=1e-9)
    assert float(rows["income_resident", "2025"]["difference"]) > 0
    assert float(rows["gdp", "2020"]["difference"]) == 0


def test_a_bad_condition_is_bad_usage_with_both_languages():
    result = CliRunner().invoke(main, ["condition", "trend", "gdp=195.66"])
    assert result.exit_code == 2
    assert "gdp=2030:200" in result.stderr


def test_odds_csv_has_the_promised_columns_and_gdp_twice_under_two_ids():
    result = CliRunner().invoke(main, ["odds", "trend", "--draws", "0", "--format", "csv"])
    assert result.exit_code == 0, result.output
    header = "scenario,indicator,target_year,comparator,target,central,gap,probability,required_growth_pct,binding"
    assert result.stdout.splitlines()[0] == header
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    gdp = {row["indicator"]: row["target"] for row in rows if row["indicator"].startswith("gdp")}
    assert gdp == {"gdp": "195.66", "gdp_real_growth": "8"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_table_of_odds_fits_a_window_and_agrees_with_the_csv(lang: str):
    words = ["odds", "trend", "--draws", "0"]
    result, raw = (CliRunner().invoke(main, [*words, *more]) for more in (["--format", "table", "--lang", lang], []))
    assert result.exit_code == 0, result.output
    table = result.stdout.split("\n\n")[0].splitlines()
    assert max(map(width, table)) <= 120
    shown = {line.split()[0]: line.split() for line in table[2:]}
    rows = {row["indicator"]: row for row in csv.DictReader(io.StringIO(raw.stdout)) if row["probability"]}
    assert shown.keys() == rows.keys()
    for name, cells in shown.items():
        assert float(cells[-2]) == pytest.approx(100 * float(rows[name]["probability"]), abs=0.5)
        assert float(cells[-3].rstrip("*†")) == pytest.approx(float(rows[name]["central"]), abs=0.051)
        assert all(len(cell.rstrip("*†").partition(".")[2]) <= 2 for cell in cells[-4:])
    assert ("地区生产总值（可比价年均增长）" in result.stdout) == (lang == "zh")
    assert re.search(r"[\u4e00-\u9fff]", result.stdout) is None or lang == "zh"


def test_tables_of_paths_name_indicators_and_units_in_english():
    for words in (["project", "plan"], ["compare", "plan"]):
        result = CliRunner().invoke(main, [*words, "--indicator", "gdp", "--lang", "en", "--format", "table"])
        table = result.stdout.split("\n\n")[0]
        assert "100 million yuan" in table and re.search(r"[\u4e00-\u9fff]", table) is None


def test_a_computed_base_figure_is_shown_in_the_indicator_s_own_decimals():
    words = ["compare", "plan", "--indicator", "income_resident", "--to", "2021", "--format", "table"]
    line = CliRunner().invoke(main, words).stdout.splitlines()[2]
    assert line.split()[3:] == ["2020", "19837", "19837", "(+0)"]
