"""A plan directory with one thing wrong is refused with file, row, column, what was read, and the fix."""

import os
from pathlib import Path

import pytest

from hjforecast import load_plan
from hjforecast.errors import InputError, Problem
from hjforecast.indicators import UNITS, is_unit
from tests.miniplan import ACTUALS, BASELINE, FILES, TARGETS, write_plan


def problems_of(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        load_plan(folder)
    for problem in caught.value.problems:
        assert str(problem) in str(caught.value)
    return caught.value.problems


def only(folder: Path) -> Problem:
    problems = problems_of(folder)
    assert len(problems) == 1, problems
    return problems[0]


def place(problem: Problem) -> tuple[str, int, str, str]:
    return problem.file, problem.row, problem.column, problem.read


def test_small_plan_is_read(tmp_path: Path) -> None:
    plan = load_plan(write_plan(tmp_path))
    assert (plan.region.name_zh, plan.base_year, plan.target_year, plan.outlook_year) == ("甲县", 2020, 2025, 2030)
    assert plan.base("gdp").value == 1000
    assert plan.target("urbanization").comparator == ">="
    assert list(plan.scenarios) == ["high", "plan", "trend"]
    assert set(plan.inputs) == set(FILES)


def test_builtin_plan_is_read() -> None:
    assert load_plan().region.name_zh == "洪江市"


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig"])
def test_whole_directory_as_windows_writes_it(tmp_path: Path, encoding: str) -> None:
    expected = load_plan(write_plan(tmp_path / "a"))
    folder = write_plan(tmp_path / "b")
    for path in folder.rglob("*.*"):
        path.write_bytes(path.read_text(encoding="utf-8").replace("\n", "\r\n").encode(encoding))
    plan = load_plan(folder)
    assert plan.indicators == expected.indicators
    assert plan.observations == expected.observations
    assert plan.targets == expected.targets
    assert plan.scenarios == expected.scenarios


@pytest.mark.parametrize("cell", ["４５．０", "45.0％", "45.0%", "\xa045.0", "45.0\u202f", "\u200b45.0"])
def test_share_as_a_clerk_writes_it(tmp_path: Path, cell: str) -> None:
    change = {"baseline_2020.csv": ("2020,45.0", f"2020,{cell}")}
    value = load_plan(write_plan(tmp_path, change)).base("urbanization").value
    assert (float(value), value.decimals) == (45.0, 1)


def test_thousands_commas_in_quotes(tmp_path: Path) -> None:
    change = {"baseline_2020.csv": ("gdp,2020,1000", 'gdp,2020,"1,000.0"')}
    assert load_plan(write_plan(tmp_path, change)).base("gdp").value == 1000.0


def test_wrong_thousands_commas(tmp_path: Path) -> None:
    problem = only(write_plan(tmp_path, {"baseline_2020.csv": ("gdp,2020,1000", 'gdp,2020,"10,00"')}))
    assert place(problem) == ("baseline_2020.csv", 2, "value", "10,00")


def test_per_cent_sign_on_a_level_in_yuan(tmp_path: Path) -> None:
    problem = only(write_plan(tmp_path, {"baseline_2020.csv": ("gdp,2020,1000", "gdp,2020,1000％")}))
    assert place(problem) == ("baseline_2020.csv", 2, "value", "1000％")
    assert "单位不是%" in problem.zh


CATALOGUE, BASE, AIMS, PARENTS = "indicators.csv", "baseline_2020.csv", "targets.csv", "context.csv"

# One change of one file, and the place that the single problem must name.
ONE_THING_WRONG = {
    "unknown_indicator": (BASE, "gdp,2020", "gpd,2020", 2, "indicator", "gpd", "'gdp'"),
    "unknown_unit": (CATALOGUE, "GDP,economy,亿元", "GDP,economy,亿圆", 2, "unit", "亿圆", "'亿元'"),
    "unknown_kind": (
        "indicators.csv",
        "亿元,level,current,up,,2,elastic",
        "亿元,levle,current,up,,2,elastic",
        6,
        "kind",
        "levle",
        "'level'",
    ),
    "unknown_price_basis": (
        "indicators.csv",
        "growth,constant",
        "growth,constnat",
        3,
        "price_basis",
        "constnat",
        "'constant'",
    ),
    "unknown_rule": (CATALOGUE, "2,elastic,gdp", "2,elastc,gdp", 6, "rule", "elastc", "'elastic'"),
    "unknown_status": (BASE, "1000,reported", "1000,reportd", 2, "status", "reportd", "'reported'"),
    "unknown_comparator": (AIMS, "2025,>=", "2025,≥≥", 3, "comparator", "≥≥", ">="),
    "unknown_binding": (AIMS, "50,,,预期性", "50,,,预期型", 3, "binding", "预期型", "'预期性'"),
    "unknown_measure": (PARENTS, "gdp,growth,", "gdp,growht,", 2, "measure", "growht", "'growth'"),
    "unknown_driver": (CATALOGUE, "elastic,gdp", "elastic,gpd", 6, "driver", "gpd", "'gdp'"),
    "unknown_parent": (
        "indicators.csv",
        "current,up,,2,elastic",
        "current,up,gpd,2,elastic",
        6,
        "parent",
        "gpd",
        "'gdp'",
    ),
    "unknown_identity": (
        "indicators.csv",
        "compound gdp_real",
        "compund gdp_real",
        2,
        "driver",
        "compund gdp_real_growth gdp_price_change",
        "compound",
    ),
    "elastic_without_driver": (CATALOGUE, "elastic,gdp", "elastic,", 6, "driver", "", "needs a driver"),
    "share_of_without_whole": (
        "indicators.csv",
        "elastic,gdp",
        "share_of,gdp",
        6,
        "driver",
        "gdp",
        "a share and its whole",
    ),
    "share_not_in_per_cent": (
        "indicators.csv",
        "Urban share,urban,%",
        "Urban share,urban,亿元",
        5,
        "unit",
        "亿元",
        "must be %",
    ),
    "text_where_a_number_belongs": (
        "baseline_2020.csv",
        "2020,1000",
        "2020,约一千",
        2,
        "value",
        "约一千",
        "must be a number",
    ),
    "value_left_blank": (BASE, "2020,1000", "2020,", 2, "value", "", "must not be empty"),
    "source_left_blank": (BASE, "表1 第1项", "", 2, "source", "", "must not be empty"),
    "year_that_is_none": (BASE, "gdp,2020", "gdp,2020年", 2, "year", "2020年", "whole number"),
    "share_above_100": (BASE, "2020,45.0", "2020,145.0", 4, "value", "145.0", "0 to 100"),
    "target_share_above_100": (AIMS, ">=,50", ">=,500", 3, "level", "500", "0 to 100"),
    "context_share_above_100": (
        "context.csv",
        "gdp,growth,2016,2020,7.0",
        "urbanization,level,2020,2020,107",
        2,
        "value",
        "107",
        "0 to 100",
    ),
    "negative_level": (BASE, "2020,1000", "2020,-1000", 2, "value", "-1000", "cannot be negative"),
    "derived_without_formula": (BASE, "1000,reported", "1000,derived", 2, "note", "", "formula"),
    "target_year_before_base_year": (
        "targets.csv",
        "gdp,2020,2025",
        "gdp,2020,2019",
        2,
        "target_year",
        "2019",
        "after the base year",
    ),
    "baseline_after_base_year": (
        "baseline_2020.csv",
        "urbanization,2015",
        "urbanization,2021",
        3,
        "year",
        "2021",
        "actuals.csv",
    ),
    "target_without_any_number": (AIMS, "50,,,预期性", ",,,预期性", 3, "level", "", "quote the words"),
    "growth_of_minus_everything": (AIMS, "=,,6,", "=,,-100,", 2, "growth_pct", "-100", "above -100"),
    "growth_without_measure": (AIMS, "=,,6,", "=,,1000.1,", 2, "growth_pct", "1000.1", "at most 1000"),
    "share_that_changes_beyond_all": (AIMS, ">=,50,,", ">=,,,60", 3, "cumulative", "60", "0 to 100"),
    "level_that_falls_below_nothing": (AIMS, "~,500,4.6,", "~,,,-400.1", 4, "cumulative", "-400.1", "negative"),
    "more_than_any_figure": (BASE, "gdp,2020,1000", "gdp,2020,1000000000001", 2, "value", "1000000000001", "too large"),
    "zero_where_nothing_is_known": (BASE, "retail_sales,2020,400", "retail_sales,2020,0", 5, "value", "0", "leave"),
    "elastic_share": (CATALOGUE, "up,,1,urgd,", "up,,1,elastic,gdp", 5, "rule", "elastic", "pass 100 %"),
    "period_reversed": (PARENTS, "2016,2020", "2020,2016", 2, "end_year", "2016", "start_year"),
}


@pytest.mark.parametrize("case", ONE_THING_WRONG)
def test_one_thing_wrong(tmp_path: Path, case: str) -> None:
    file, old, new, row, column, read, says = ONE_THING_WRONG[case]
    problem = only(write_plan(tmp_path, {file: (old, new)}))
    assert place(problem) == (file, row, column, read)
    assert says in problem.en
    assert problem.zh


@pytest.mark.parametrize(("word", "code"), [("公布", "reported"), ("推算", "derived"), ("假定", "assumed")])
def test_status_in_chinese(tmp_path: Path, word: str, code: str) -> None:
    change = {"baseline_2020.csv": ("gdp,2020,1000,reported,,表1 第1项,", f"gdp,2020,1000,{word},,表1 第1项,10×100")}
    assert load_plan(write_plan(tmp_path, change)).base("gdp").status == code


def test_indicator_named_in_chinese_is_told_its_code(tmp_path: Path) -> None:
    problem = only(write_plan(tmp_path, {"baseline_2020.csv": ("retail_sales,2020", "社会消费品零售总额,2020")}))
    assert "最接近的是“retail_sales”" in problem.zh


def test_missing_column(tmp_path: Path) -> None:
    problem = only(
        write_plan(
            tmp_path,
            {
                "context.csv": (
                    FILES["context.csv"],
                    "region,indicator,measure,start_year,end_year,value,status,source\n",
                )
            },
        )
    )
    assert place(problem) == ("context.csv", 1, "note", "")


def test_extra_column(tmp_path: Path) -> None:
    problem = only(write_plan(tmp_path, {"projects.csv": ("probability", "probability,cost")}))
    assert place(problem) == ("projects.csv", 1, "cost", "cost")


def test_misspelt_column(tmp_path: Path) -> None:
    problems = problems_of(write_plan(tmp_path, {"projects.csv": ("probability", "probabilty")}))
    assert {p.column for p in problems} == {"probability", "probabilty"}
    assert any("'probabilty'" in p.en for p in problems if p.column == "probability")


def test_indicator_that_stands_twice(tmp_path: Path) -> None:
    row = "urbanization,城镇化率,Urban share,urban,%,share,none,up,,1,urgd,\n"
    problem = only(write_plan(tmp_path, {"indicators.csv": (row, row + row)}))
    assert place(problem) == ("indicators.csv", 6, "indicator", "urbanization")
    assert "row 5" in problem.en


def test_observation_that_stands_twice(tmp_path: Path) -> None:
    row = "gdp,2020,1000,reported,,表1 第1项,\n"
    problem = only(write_plan(tmp_path, {"baseline_2020.csv": (row, row + row)}))
    assert place(problem) == ("baseline_2020.csv", 3, "indicator", "gdp")


def test_target_that_stands_twice(tmp_path: Path) -> None:
    row = "p14,gdp,2020,2025,=,,6,,预期性,表2 第1项,\n"
    problem = only(write_plan(tmp_path, {"targets.csv": (row, row + row)}))
    assert place(problem) == ("targets.csv", 3, "indicator", "gdp")


def test_two_sources_without_preferred(tmp_path: Path) -> None:
    row = "gdp,2020,1000,reported,,表1 第1项,\n"
    problem = only(
        write_plan(
            tmp_path, {"baseline_2020.csv": (row, row + row.replace("表1", "正文").replace(",,正", ",prefered,正"))}
        )
    )
    assert place(problem) == ("baseline_2020.csv", 3, "vintage", "prefered")


def test_two_sources_of_which_one_is_preferred(tmp_path: Path) -> None:
    row = "gdp,2020,1000,reported,,表1 第1项,\n"
    other = "gdp,2020,1010,reported,preferred,正文,\n"
    assert load_plan(write_plan(tmp_path, {"baseline_2020.csv": (row, row + other)})).base("gdp").value == 1010


def test_actual_figure_before_the_base_year(tmp_path: Path) -> None:
    folder = write_plan(tmp_path, {"actuals.csv": (ACTUALS, ACTUALS + "gdp,2020,1001,reported,,公报,\n")})
    assert place(only(folder)) == ("actuals.csv", 2, "year", "2020")


def test_parent_cycle(tmp_path: Path) -> None:
    text = FILES["indicators.csv"].replace("current,up,,2,identity", "current,up,retail_sales,2,identity")
    text = text.replace("current,up,,2,elastic", "current,up,gdp,2,elastic")
    problem = only(write_plan(tmp_path, {"indicators.csv": (FILES["indicators.csv"], text)}))
    assert (problem.file, problem.column) == ("indicators.csv", "parent")
    assert "gdp" in problem.en
    assert "retail_sales" in problem.en


def test_driver_cycle(tmp_path: Path) -> None:
    problem = only(
        write_plan(
            tmp_path, {"indicators.csv": ("compound gdp_real_growth gdp_price_change", "sum retail_sales retail_sales")}
        )
    )
    assert (problem.file, problem.column) == ("indicators.csv", "driver")
    assert "cycle" in problem.en


def test_empty_file(tmp_path: Path) -> None:
    problem = only(write_plan(tmp_path, {"targets.csv": (TARGETS, "")}))
    assert (problem.file, "文件为空" in problem.zh) == ("targets.csv", True)


def test_header_only_baseline_names_each_target_that_needs_it(tmp_path: Path) -> None:
    header = BASELINE.splitlines()[0] + "\n"
    notes = load_plan(write_plan(tmp_path, {"baseline_2020.csv": (BASELINE, header)})).warnings
    assert place(notes[0]) == ("baseline_2020.csv", 0, "", "")
    assert [place(one) for one in notes[1:]] == [
        ("targets.csv", row, "base_year", name) for row, name in ((2, "gdp"), (3, "urbanization"), (4, "retail_sales"))
    ]
    # 500 / 1.046^5 = 399.30: the base that the target's own level and growth imply.
    assert "500÷(1+4.6%)^5=399.31" in notes[3].zh or "500÷(1+4.6%)^5=399.30" in notes[3].zh


def test_header_only_catalogue(tmp_path: Path) -> None:
    header = FILES["indicators.csv"].splitlines()[0] + "\n"
    problem = only(write_plan(tmp_path, {"indicators.csv": (FILES["indicators.csv"], header)}))
    assert problem.file == "indicators.csv"


def test_xlsx_renamed_to_csv(tmp_path: Path) -> None:
    folder = write_plan(tmp_path)
    (folder / "targets.csv").write_bytes(b"PK\x03\x04\x14\x00\x06\x00")
    problem = only(folder)
    assert (problem.file, problem.read) == ("targets.csv", "Excel (xlsx)")


def test_unbalanced_quotes(tmp_path: Path) -> None:
    problem = problems_of(write_plan(tmp_path, {"baseline_2020.csv": ("表1 第1项", '"表1 第1项')}))[0]
    assert (problem.file, problem.row) == ("baseline_2020.csv", 2)


def test_directory_without_plan_toml(tmp_path: Path) -> None:
    problem = only(tmp_path)
    assert problem.file == "plan.toml"
    assert str(tmp_path) in problem.zh


@pytest.mark.parametrize("name", ["indicators.csv", "baseline_2020.csv", "targets.csv"])
def test_missing_file(tmp_path: Path, name: str) -> None:
    folder = write_plan(tmp_path)
    (folder / name).unlink()
    assert [p.file for p in problems_of(folder)] == [name]


@pytest.mark.parametrize("name", ["actuals.csv", "projects.csv", "context.csv"])
def test_optional_file_may_be_missing(tmp_path: Path, name: str) -> None:
    folder = write_plan(tmp_path)
    (folder / name).unlink()
    assert load_plan(folder).base("gdp").value == 1000


@pytest.mark.parametrize(
    ("old", "new", "column", "says"),
    [
        ("base_year = 2020", 'base_yaer = 2020', "plan.base_yaer", "base_year"),
        ("[region]", "[regoin]", "regoin", "[region]"),
        ("damping = {", "dampping = {", "dampping", "'damping'"),
        ("value = 0.8,", "", "damping.value", "state its value"),
        ("value = 0.8,", "value = 8,", "damping", "0 to 1"),
        ("value = 0.8,", 'value = "implied",', "damping", "0 to 1"),
        ("value = 0.8,", 'value = "0.8",', "damping", "0 to 1"),
        ("value = 0.8, status = \"assumed\"", "value = 0.8, status = \"guessed\"", "damping.status", "reported"),
        ("target_year = 2025", "target_year = 2020", "plan", "in order"),
        ("outlook_year = 2030", "outlook_year = 2024", "plan", "in order"),
        ("base_year = 2020", 'base_year = "2020"', "plan.base_year", "1900 to 2200"),
        ('parents = [{ name = { zh = "乙市", en = "Yi City" } }]', "parents = 5", "region.parents", "list"),
        ('name = { zh = "甲县", en = "Jia County" }', 'name = "甲县"', "region.name", "zh"),
        ('id = "p14"', 'id = "p15"', "plan.id", "no row of plan p15"),
    ],
)  # fmt: skip
def test_something_wrong_in_plan_toml(tmp_path: Path, old: str, new: str, column: str, says: str) -> None:
    problems = problems_of(write_plan(tmp_path, {"plan.toml": (old, new)}))
    found = [p for p in problems if p.column == column]
    assert found, problems
    assert found[0].file == "plan.toml"
    assert says in found[0].en


def test_missing_assumption(tmp_path: Path) -> None:
    line = 'damping = { value = 0.8, status = "assumed", source = "测试" }\n'
    problem = only(write_plan(tmp_path, {"plan.toml": (line, "")}))
    assert (problem.file, problem.column) == ("plan.toml", "damping")


def test_plan_toml_that_is_not_toml_names_its_line(tmp_path: Path) -> None:
    problems = problems_of(write_plan(tmp_path, {"plan.toml": ('code = "100001"', "code = 100001号")}))
    assert (problems[0].file, problems[0].row) == ("plan.toml", 4)


def test_broken_scenario_is_not_taken_for_the_plan_of_the_same_name(tmp_path: Path) -> None:
    problem = only(write_plan(tmp_path, {"scenarios/plan.toml": ("delivery = 1.0", "delivery = ")}))
    assert (problem.file, problem.row) == ("scenarios/plan.toml", 3)


def test_problems_of_several_files_come_together(tmp_path: Path) -> None:
    changes = {
        "plan.toml": ("value = 0.8", "value = 8"),
        "indicators.csv": ("elastic,gdp", "elastic,gpd"),
        "baseline_2020.csv": ("gdp,2020,1000", "gdp,2020,x"),
        "targets.csv": (">=,50", ">=,500"),
        "context.csv": ("7.0", "七"),
    }
    problems = problems_of(write_plan(tmp_path, changes))
    assert {p.file for p in problems} == set(changes)
    assert len(problems) == 5


def test_repeated_row_is_reported_beside_an_unreadable_number(tmp_path: Path) -> None:
    row = "gdp,2020,1000,reported,,表1 第1项,\n"
    text = BASELINE.replace(row, row + row).replace("400,", "四百,")
    problems = problems_of(write_plan(tmp_path, {"baseline_2020.csv": (BASELINE, text)}))
    assert [(p.row, p.column) for p in problems] == [(6, "value"), (3, "indicator")]


def test_error_text_is_chinese_then_english(tmp_path: Path) -> None:
    folder = write_plan(tmp_path, {"baseline_2020.csv": ("2020,1000", "2020,x")})
    with pytest.raises(InputError) as caught:
        load_plan(folder)
    first, chinese, english = str(caught.value).splitlines()
    assert "1" in first
    assert "baseline_2020.csv 第2行 value列：读到“x”" in chinese
    assert "baseline_2020.csv row 2 column value: read 'x'" in english


@pytest.mark.parametrize("unit", ["", *UNITS, "万吨/年", "十亿立方米", "千克/亩"])
def test_unit_of_a_plan(unit: str) -> None:
    assert is_unit(unit) == (unit not in ("十亿立方米",))


def test_full_width_per_cent_as_unit(tmp_path: Path) -> None:
    plan = load_plan(write_plan(tmp_path, {"indicators.csv": ("Urban share,urban,%", "Urban share,urban,％")}))
    assert plan.indicator("urbanization").unit == "%"


def test_change_as_large_as_there_is_room_for(tmp_path: Path) -> None:
    text = TARGETS.replace(">=,50,,", ">=,,,55")
    assert load_plan(write_plan(tmp_path, {AIMS: (TARGETS, text)})).target("urbanization").cumulative == 55


@pytest.mark.parametrize(("indicator", "capacity"), [("urbanization", "5"), ("gdp_real_growth", "5")])
def test_project_adds_to_levels_only(tmp_path: Path, indicator: str, capacity: str) -> None:
    folder = write_plan(tmp_path)
    with (folder / "projects.csv").open("a", encoding="utf-8") as file:
        file.write(f"园区,{indicator},2022,{capacity},2,0.5,测试\n")
    assert place(only(folder)) == ("projects.csv", 2, "indicator", indicator)


HOSTILE = {
    "endless_integer": "x = 1" + "0" * 5000,
    "endless_hexadecimal": "x = 0x" + "f" * 5000,
    "lists_in_lists": "x = " + "[" * 5000 + "]" * 5000,
    "sections_in_sections": "[" + ".".join("a" * 5000) + "]\nb = 1",
}


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize("file", ["plan.toml", "scenarios/high.toml"])
def test_toml_beyond_reason_is_one_problem(tmp_path: Path, case: str, file: str) -> None:
    folder = write_plan(tmp_path)
    (folder / file).write_text(HOSTILE[case], encoding="utf-8")
    assert file in [p.file for p in problems_of(folder)]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"id = '\xff\xfe\xff'"])
def test_toml_is_given_toml_advice(tmp_path: Path, content: bytes) -> None:
    folder = write_plan(tmp_path)
    (folder / "scenarios/high.toml").write_bytes(content)
    problem = only(folder)
    assert problem.file == "scenarios/high.toml"
    assert "CSV" not in problem.en
    assert "header" not in problem.en


@pytest.mark.parametrize(
    ("name", "near"),
    [("actual.csv", "actuals.csv"), ("Targets.CSV", "targets.csv"), ("baseline.csv", "baseline_2020.csv")],
)
def test_table_that_is_not_read_is_named_with_the_one_it_may_be(tmp_path: Path, name: str, near: str) -> None:
    folder = write_plan(tmp_path)
    (folder / name).write_text("a,b\n", encoding="utf-8")
    plan = load_plan(folder)
    assert [w.file for w in plan.warnings] == [name]
    assert repr(near) in plan.warnings[0].en
    assert set(plan.inputs) == set(FILES)


def test_plan_as_it_should_be_has_no_warnings(tmp_path: Path) -> None:
    assert load_plan(write_plan(tmp_path)).warnings == ()


@pytest.mark.parametrize("name", ["projects.csv", "actuals.csv", "scenarios/high.toml"])
@pytest.mark.parametrize("kind", ["pipe", "directory"])
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_what_is_no_file_is_said_beside_the_other_problems(tmp_path: Path, name: str, kind: str) -> None:
    folder = write_plan(tmp_path, {BASE: ("gdp,2020,1000", "gdp,2020,x")})
    (folder / name).unlink()
    os.mkfifo(folder / name) if kind == "pipe" else (folder / name).mkdir()
    assert {p.file for p in problems_of(folder)} == {BASE, name}
