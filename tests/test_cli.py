"""The commands as a clerk, a researcher's shell and a scheduler meet them."""

import csv
import io
import json
import os
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from hjforecast import Plan, __version__
from hjforecast.cli import main
from hjforecast.cli_output import aligned, emit, render, width
from hjforecast.errors import HjforecastError
from hjforecast.loading import COLUMNS
from hjforecast.plan_readme import COLUMN_MEANINGS, FILE_MEANINGS
from tests.miniplan import write_plan

COMMANDS = (
    "audit", "check", "compare", "condition", "delivery", "import", "init", "list", "odds", "project", "report", "required",
    "sensitivity",
)  # fmt: skip
SCENARIOS = ("delivery", "high", "industry", "low", "plan", "shock", "trend")


def run(*args: object) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args])


def shell(*args: object, **options: object) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", "from hjforecast.cli import main; main()", *map(str, args)]
    return subprocess.run(command, capture_output=True, timeout=60, check=False, **options)


def records(result: Result) -> list[dict[str, str]]:
    assert result.exit_code == 0, result.output
    return list(csv.DictReader(io.StringIO(result.stdout)))


def refused(result: Result) -> str:
    """The two lines of a refusal: exit code 2, nothing on standard output, no traceback."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return result.stderr


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write_plan(tmp_path / "small")


# start-up


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; before = set(sys.modules)\n"
        "from hjforecast.cli import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "ours = {name for name in sys.modules if name.startswith('hjforecast') and 'hjforecast.cli' not in name}\n"
        "heavy = {'numpy', 'pandas', 'matplotlib', 'papermill', 'scipy', 'tomllib'} & set(sys.modules)\n"
        "tops = {name.partition('.')[0] for name in set(sys.modules) - before} - sys.stdlib_module_names\n"
        "print(sorted(ours), sorted(heavy), sorted(tops), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr.strip() == "['hjforecast'] [] ['click', 'hjforecast']"
    assert all(f"  {name}" in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_in_both_languages(command: str) -> None:
    text = run(command, "--help").output
    assert any("\u4e00" <= char <= "\u9fff" for char in text)
    assert "Usage:" in text


def test_version() -> None:
    assert __version__ in run("--version").output


# project


@pytest.mark.parametrize(
    ("indicator", "printed"),
    [
        ("gdp", "195.66"),
        ("urbanization", "50"),
        ("retail_sales", "46.47"),
        ("manufacturing_va", "37"),
        ("industry_tcm", "23"),
        ("industry_electronics", "20"),
        ("rd_intensity", "2.5"),
    ],
)
def test_plan_scenario_lands_on_the_targets_of_2025(indicator: str, printed: str) -> None:
    rows = records(run("project", "plan", "--indicator", indicator, "--to", 2025))
    assert [row["value"] for row in rows if row["year"] == "2025"] == [printed]


def test_rows_of_2020_are_the_figures_of_the_plan(plan: Plan) -> None:
    rows = [row for row in records(run("project", "plan")) if row["year"] == "2020" and row["status"] == "reported"]
    assert len(rows) > 50
    for row in rows:
        assert float(row["value"]) == float(plan.base(row["indicator"]).value), row
    values = {row["indicator"]: row["value"] for row in rows}
    assert (values["gdp"], values["urbanization"]) == ("125.74", "45.1")


def test_csv_is_pure_and_has_the_fixed_columns() -> None:
    done = shell("project", "trend", "--format", "csv")
    assert done.returncode == 0
    assert done.stderr == b""
    assert not done.stdout.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in done.stdout
    lines = done.stdout.decode("utf-8").splitlines()
    assert lines[0] == "scenario,indicator,year,statistic,value,unit,status"
    assert {line.count(",") for line in lines} == {6}
    rows = list(csv.DictReader(lines))
    statuses = {"reported", "derived", "assumed", "projected", "projected_from_assumed", "unavailable"}
    assert {row["status"] for row in rows} <= statuses
    assert all((row["value"] == "") == (row["status"] == "unavailable") for row in rows)


def test_identities_survive_the_rounding_of_csv() -> None:
    rows = records(run("project", "high"))
    value = {(row["indicator"], row["year"]): float(row["value"]) for row in rows if row["value"]}
    for year in ("2021", "2025", "2035"):
        share = value["urbanization", year] / 100
        mixed = value["income_urban", year] * share + value["income_rural", year] * (1 - share)
        assert value["income_resident", year] == pytest.approx(mixed, rel=1e-9)


def test_json_has_null_for_unavailable_and_readable_chinese() -> None:
    result = run("project", "plan", "--format", "json", "--indicator", "gdp", "--indicator", "industrial_va")
    assert "亿元" in result.stdout
    rows = json.loads(result.stdout, parse_constant=lambda word: pytest.fail(word))
    gdp = next(row for row in rows if (row["indicator"], row["year"]) == ("gdp", 2025))
    assert gdp == {"scenario": "plan", "indicator": "gdp", "year": 2025, "statistic": "central", "value": 195.66,
                   "unit": "亿元", "status": "projected"}  # fmt: skip
    missing = [row for row in rows if row["status"] == "unavailable"]
    assert missing
    assert all(row["value"] is None for row in missing)


@pytest.mark.parametrize("year", [2021, 2024, 2030, 2050])
def test_to_ends_the_run(year: int) -> None:
    rows = records(run("project", "plan", "--indicator", "gdp", "--to", year))
    assert max(int(row["year"]) for row in rows) == year


def test_table_marks_assumed_and_unavailable_figures() -> None:
    text = run(
        "project", "plan", "--format", "table", "--to", 2025, *_each("gdp", "industry_tcm", "industrial_va")
    ).stdout
    lines = {line.split()[0]: line for line in text.splitlines() if line.strip()}
    assert "195.66" in lines["gdp"]
    assert "*" not in lines["gdp"]
    assert "23.0*" in lines["industry_tcm"]
    assert lines["industrial_va"].rstrip().endswith("–")


def _each(*names: str) -> list[str]:
    return [word for name in names for word in ("--indicator", name)]


def test_unknown_indicators_name_the_closest() -> None:
    text = refused(run("project", "plan", "--indicator", "gpd", "--indicator", "urbanisation"))
    assert "“gdp”" in text
    assert "'urbanization'" in text


def test_unknown_scenario_names_the_closest() -> None:
    assert "是否为“trend”" in refused(run("project", "trnd"))


def test_year_before_the_base_is_refused() -> None:
    assert "2020" in refused(run("project", "plan", "--to", 2019))


def test_draws_add_the_quantiles_and_leave_the_central_path_alone() -> None:
    words = ("project", "plan", "--indicator", "gdp", "--format", "csv")
    bare, drawn = (records(run(*words, *more)) for more in ((), ("--draws", 50, "--seed", 1)))
    assert {row["statistic"] for row in drawn} == {"central", "p05", "p10", "p25", "p50", "p75", "p90", "p95"}
    assert [row for row in drawn if row["statistic"] == "central"] == bare


def test_unknown_option_is_bad_usage() -> None:
    refused(run("project", "plan", "--formatt", "csv"))


def test_directory_that_is_no_plan(tmp_path: Path) -> None:
    text = refused(run("project", "plan", "--plan-dir", tmp_path))
    assert "plan.toml" in text
    assert "hjforecast init" in text


def test_damaged_plan_exits_2_without_traceback(small: Path) -> None:
    (small / "targets.csv").write_bytes(b"PK\x03\x04")
    done = shell("project", "plan", "--plan-dir", small)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"Traceback" not in done.stderr
    assert "另存为".encode() in done.stderr


def test_reader_that_stops_early_is_quiet() -> None:
    command = [sys.executable, "-c", "from hjforecast.cli import main; main()", "project", "plan", "--to", "2200"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b"scenario,")
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 0


def test_reader_that_is_gone_before_a_short_answer_is_quiet() -> None:
    command = [sys.executable, "-c", "from hjforecast.cli import main; main()", "list", "levers"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 0


def test_output_is_utf8_in_any_locale(tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    done = shell("project", "plan", "--indicator", "gdp", env=env)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "亿元" in done.stdout.decode("utf-8")
    assert "没有 plan.toml" in shell("check", tmp_path, env=env).stderr.decode("utf-8")


# --out


def test_out_writes_the_same_bytes_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "path.csv"
    path.write_text("old", encoding="utf-8")
    done = shell("project", "plan", "--indicator", "gdp", "--out", path)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert path.read_bytes() == shell("project", "plan", "--indicator", "gdp").stdout
    assert os.listdir(tmp_path) == ["path.csv"]


def test_out_into_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    text = refused(run("project", "plan", "--out", tmp_path / "no" / "x.csv"))
    assert "无法写入" in text
    assert "cannot write" in text


def test_out_onto_a_folder(tmp_path: Path) -> None:
    assert "无法写入" in refused(run("project", "plan", "--out", tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_out_into_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "无法写入" in refused(run("project", "plan", "--out", tmp_path / "x.csv"))


def test_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.csv"
    path.write_text("old", encoding="utf-8")

    def fail(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(HjforecastError, match="Permission denied"):
        emit("new", str(path))
    assert path.read_text(encoding="utf-8") == "old"
    assert os.listdir(tmp_path) == ["x.csv"]


@pytest.mark.skipif(os.name == "nt", reason="no /dev/null")
def test_out_to_a_device_does_not_replace_it() -> None:
    assert run("delivery", "--out", "/dev/null").exit_code == 0
    assert not Path("/dev/null").is_file()


# compare, delivery, audit, list, report


def test_compare_names_the_baseline_in_every_row() -> None:
    rows = records(run("compare", "plan", "low", "--indicator", "gdp"))
    assert {row["baseline"] for row in rows} == {"trend"}
    assert {row["scenario"] for row in rows} == {"plan", "low"}
    found = next(row for row in rows if (row["scenario"], row["year"]) == ("plan", "2025"))
    assert (found["value"], found["growth_pct"][:6]) == ("195.66", "9.2460")
    assert float(found["difference"]) == pytest.approx(195.66 - float(found["baseline_value"]))


def test_compare_table_sets_every_scenario_beside_the_baseline() -> None:
    text = run("compare", "plan", "--baseline", "low", "--indicator", "urbanization", "--format", "table").stdout
    assert text.splitlines()[0].split() == ["indicator", "指标", "单位", "年份", "low", "plan"]
    assert "baseline: low" in text


def test_compare_with_unknown_baseline() -> None:
    assert "“trend”" in refused(run("compare", "plan", "--baseline", "tred"))


def test_delivery_of_the_last_plan() -> None:
    ratio = {row["indicator"]: float(row["ratio"]) for row in records(run("delivery"))}
    expected = {"gdp": 0.756, "industrial_va": 0.688, "budget_revenue": 0.81, "fixed_asset_investment": 0.518,
                "retail_sales": 0.102, "income_urban": 0.60, "income_rural": 0.731, "urbanization": 0.430}  # fmt: skip
    assert {name: ratio[name] for name in expected} == pytest.approx(expected, abs=6e-4)


@pytest.mark.parametrize(
    ("severity", "fail_on", "code"),
    [
        ("error", "error", 1),
        ("error", "warning", 1),
        ("error", "never", 0),
        ("warning", "error", 0),
        ("warning", "warning", 1),
        ("note", "warning", 0),
        (None, "warning", 0),
    ],
)
def test_audit_exit_code(monkeypatch: pytest.MonkeyPatch, severity: str | None, fail_on: str, code: int) -> None:
    names = "rule severity indicators year expected observed tolerance message_zh message_en source"
    finding = ["r", severity, "gdp", 2025, "1", "2", "0", "不一致", "differs", "表1-2"]
    frame = pd.DataFrame([finding] if severity else [], columns=names.split())
    monkeypatch.setattr(import_module("hjforecast.audit"), "audit", lambda plan: frame)
    result = run("audit", "--fail-on", fail_on)
    assert result.exit_code == code
    assert result.stdout.splitlines()[0] == names.replace(" ", ",")
    assert len(result.stdout.splitlines()) == (2 if severity else 1)


def test_audit_table_speaks_one_language() -> None:
    header = run("audit", "--format", "table", "--fail-on", "never", "--lang", "en").stdout.splitlines()[0]
    assert "message" in header
    assert "message_zh" not in header


def test_audit_finds_the_conflict_of_growth_and_level_in_this_plan() -> None:
    rows = records(run("audit", "--fail-on", "never"))
    assert any("gdp" in row["indicators"] and "1.15" in row["message_zh"] for row in rows)


def test_list_shows_scenarios_indicators_and_levers() -> None:
    text = run("list").stdout
    assert all(f"\n{name} " in text for name in SCENARIOS)
    assert "地区生产总值" in text
    assert "-20 … 25" in text
    assert "Real GDP growth" not in text


@pytest.mark.parametrize(
    ("what", "word"), [("scenarios", "Past delivery"), ("levers", "real GDP growth"), ("indicators", "Urban")]
)
def test_list_of_one_kind_in_english(what: str, word: str) -> None:
    text = run("list", what, "--lang", "en").stdout
    assert word in text
    assert sum(line.startswith("---") for line in text.splitlines()) == 1


# check


def test_check_of_the_builtin_plan_is_clean() -> None:
    result = run("check")
    assert result.exit_code == 0
    assert "洪江市" in result.stdout
    assert "7个情景" in result.stdout
    assert "--all-notes" in result.stderr


def test_check_lists_problems_of_tables_and_scenarios_together(tmp_path: Path) -> None:
    folder = write_plan(
        tmp_path,
        {
            "baseline_2020.csv": ("2020,1000", "2020,一千"),
            "targets.csv": (">=,50", ">=,500"),
            "scenarios/high.toml": ("real_growth", "real_growht"),
            "scenarios/plan.toml": ("1.0", "9.0"),
        },
    )
    text = refused(run("check", folder))
    assert "4 problem(s)" in text
    for place in (
        "baseline_2020.csv 第2行 value列：读到“一千”",
        "targets.csv 第3行",
        "high.toml",
        "plan.toml delivery：",
    ):
        assert place in text


def test_check_refuses_what_report_refuses(small: Path) -> None:
    for name in ("index", "comparison", "a b", "x.en", "<b>"):
        (small / "scenarios" / f"{name}.toml").write_text(f'id = "{name}"\n', encoding="utf-8")
    (small / "scenarios" / "trend.toml").unlink()
    (small / "scenarios" / "high.toml").unlink()
    text = refused(run("check", small))
    assert text.count("choose another.") == 3
    assert text.count("may hold only letters") == 2
    assert "scenarios/plan.toml baseline: names no baseline" in text
    for path in (small / "scenarios").iterdir():
        path.unlink()
    for command in (("check", small), ("report", "--plan-dir", small, "--out", small / "out")):
        assert "规划没有情景" in refused(run(*command))


@pytest.mark.parametrize(
    "words", [("project", "plan", "--plan-dir", ""), ("list", "--plan-dir", " "), ("delivery", "--out", ""),
              ("report", "--out", ""), ("report", "--seed", "-1"), ("report", "--draws", "-1"), ("check", ""),
              ("init", "")],
)  # fmt: skip
def test_empty_paths_and_negative_seeds_are_refused(words: tuple[str, ...], tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    refused(run(*words))
    assert os.listdir(tmp_path) == []


def test_in_a_plan_folder_it_is_told_that_the_builtin_plan_is_used(small: Path, monkeypatch) -> None:
    monkeypatch.chdir(small)
    told = run("list", "levers").stderr
    assert told.count("\n") == 1
    assert "--plan-dir ." in told
    assert run("list", "levers", "--plan-dir", ".").stderr == ""


def test_check_runs_every_scenario(tmp_path: Path) -> None:
    # Each file is fine by itself, but without GDP's planned level no price change is implied.
    folder = write_plan(tmp_path, {"plan.toml": ("price_change = { value = 1,", 'price_change = { value = "implied",')})
    assert "price_change" in refused(run("check", folder))


# init


def test_init_then_check_then_project(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "plan"
    assert run("init", folder).exit_code == 0
    assert run("check", folder).exit_code == 0
    args = ("project", "plan", "--format", "csv")
    assert run(*args, "--plan-dir", folder).stdout == run(*args).stdout
    assert os.listdir(folder.parent) == ["plan"]


def test_init_writes_tables_that_excel_shows_right(tmp_path: Path) -> None:
    run("init", tmp_path / "plan")
    for path in (tmp_path / "plan").glob("*.csv"):
        assert path.read_bytes().startswith(b"\xef\xbb\xbf"), path


def test_init_refuses_a_folder_that_is_not_empty(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep", encoding="utf-8")
    assert "不是空文件夹" in refused(run("init", tmp_path))
    assert os.listdir(tmp_path) == ["mine.txt"]
    assert "不是空文件夹" in refused(run("init", tmp_path / "mine.txt"))


def test_init_fills_an_empty_folder_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "plan"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert run("init", ".").exit_code == 0
    assert run("check", ".").exit_code == 0
    assert os.listdir(tmp_path) == ["plan"]


def test_init_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(base_year: int) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("hjforecast.plan_template.readme", fail)
    assert "No space left" in refused(run("init", tmp_path / "plan"))
    assert list(tmp_path.iterdir()) == []


def test_blank_plan_asks_for_what_is_missing_until_it_runs(tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    assert run("init", folder, "--blank").exit_code == 0
    for table in ("baseline_2020", "targets", "actuals", "projects", "context"):
        assert len((folder / f"{table}.csv").read_text(encoding="utf-8-sig").splitlines()) == 1
    text = (folder / "plan.toml").read_text(encoding="utf-8")
    scenarios = {path.stem: path.read_text(encoding="utf-8") for path in (folder / "scenarios").iterdir()}
    assert scenarios.keys() == {"plan", "trend", "delivery"}
    for words in (text, *scenarios.values()):
        assert not [
            word for word in ("洪江", "怀化", "Hongjiang", "Huaihua", "195.66", "表1", "Table 1") if word in words
        ]
    assert tomllib.loads(text)["region"]["name"]["zh"] == ""
    assert "region.name" in refused(run("check", folder))
    (folder / "plan.toml").write_text(text.replace('zh = ""', 'zh = "甲县"').replace('en = ""', 'en = "Jia"'), "utf-8")
    asked = run("check", folder)
    assert asked.exit_code == 0
    notes = [line for line in asked.stderr.splitlines() if line.startswith("提示")]
    assert [file in note for file, note in zip(("baseline_2020.csv", "targets.csv"), notes, strict=True)] == [
        True,
        True,
    ]
    with (folder / "targets.csv").open("a", encoding="utf-8") as file:
        file.write("fyp14,gdp,2020,2025,=,150,7,,预期性,表2,\n")
    with (folder / "baseline_2020.csv").open("a", encoding="utf-8") as file:
        file.write("gdp,2020,100,reported,,表1,\n")
    assert run("check", folder).exit_code == 0
    rows = records(run("project", "plan", "--plan-dir", folder, "--indicator", "gdp", "--to", 2025))
    assert [row["value"] for row in rows if row["year"] in ("2020", "2025")] == ["100", "150"]


def test_readme_of_a_new_plan_explains_every_column(tmp_path: Path) -> None:
    run("init", tmp_path / "plan")
    text = (tmp_path / "plan" / "README.md").read_text(encoding="utf-8")
    assert text.index("规划目录说明") < text.index("This plan directory")
    assert FILE_MEANINGS.keys() == COLUMNS.keys()
    for table, columns in COLUMNS.items():
        assert tuple(COLUMN_MEANINGS[table]) == columns
    assert all(text.count(f"| {name} | ") >= 2 for columns in COLUMNS.values() for name in columns)


# tables


def test_width_of_chinese_text() -> None:
    assert (width("gdp"), width("地区生产总值"), width("％"), width("e\u0301")) == (3, 12, 2, 1)


def test_table_with_chinese_stays_aligned() -> None:
    text = aligned(["名称", "n", "说明"], [["地区生产总值", "125.74", "现价"], ["gdp", "9", "a b\nc"]], [1])
    lines = text.splitlines()
    assert lines == [
        "名称               n  说明",
        "------------  ------  -----",
        "地区生产总值  125.74  现价",
        "gdp                9  a b c",
    ]
    starts = {
        width(line[: line.rindex(word)]) for line, word in zip(lines, ("说明", "-----", "现价", "a b"), strict=True)
    }
    assert len(starts) == 1


def test_project_table_columns_end_together() -> None:
    text = run("project", "plan", "--format", "table", *_each("gdp", "urbanization", "income_resident")).stdout
    table = text.split("\n\n")[0].splitlines()
    assert len({width(line) for line in table}) == 1


def test_missing_values_and_negative_zero() -> None:
    frame = pd.DataFrame({"a": [float("nan"), -0.0, 125.74000000000001], "b": ["x,y", None, '"'], "c": [1, 2, 3]})
    assert render(frame, "csv") == 'a,b,c\n,"x,y",1\n0,,2\n125.74,"""",3\n'
    assert json.loads(render(frame, "json"))[0] == {"a": None, "b": "x,y", "c": 1}
