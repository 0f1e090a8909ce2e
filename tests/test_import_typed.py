"""The Excel template as clerks fill it in from a printed table: what is understood, and what they are told of the rest."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from hjforecast import load_plan
from tests.test_import import AIMS, BASE, imported, refused, run, spoiled

openpyxl = pytest.importorskip("openpyxl", reason="needs the extra publish")


def blank_template(target: Path) -> Path:
    words = ("--region", "乙县", "--base-year", "2025")
    assert run("init", "--excel", target, *words).exit_code == 0
    return target


def add(sheet, **cells: object) -> None:
    """Write a row after the last one, by header."""
    row = sheet.max_row + 1
    headers = {cell.value: cell.column for cell in sheet[1]}
    for header, value in cells.items():
        sheet.cell(row, headers[header]).value = value


def observed(name: str, value: object, year: object = "2025", source: str = "专栏1") -> dict[str, object]:
    return {"指标": name, "年份": year, "数值": value, "性质": "公布", "出处": source}


def aimed(name: str, **cells: object) -> dict[str, object]:
    years = {"规划代码": "fyp15", "指标": name, "基期年": "2025", "目标年": "2030", "比较符": "等于", "属性": "预期性"}
    return {**years, "出处": "专栏1", **cells}


def fill_gdp(book) -> None:
    add(book[BASE], **observed("地区生产总值", "186.4"))
    add(book[AIMS], **aimed("地区生产总值", 目标水平="260", **{"年均增长（%）": "6.5"}))


def test_a_new_indicator_needs_its_name_and_unit_alone(tmp_path: Path):
    def fill(book) -> None:
        fill_gdp(book)
        add(book["指标"], 中文名称="竹木加工产值", 类别="产业链", 单位="亿元")
        add(book["指标"], 中文名称="其中：竹家具", 类别="产业链", 单位="亿元", 上级指标="竹木加工产值")
        add(book["指标"], 中文名称="用水总量", 单位="亿立方米")
        add(book[BASE], **observed("竹木加工产值", "32.5"))
        add(book[AIMS], **aimed("竹木加工产值", 目标水平="80"))
        add(book[AIMS], **aimed("用水总量", 目标水平="0.85", 比较符="不高于"))

    book = spoiled(blank_template(tmp_path / "new.xlsx"), fill)
    result = run("import", book, tmp_path / "yi")
    assert result.exit_code == 0, result.output
    plan = load_plan(tmp_path / "yi")
    named = {item.name_zh: item for item in plan.indicators.values()}
    chain, part, water = (named[name] for name in ("竹木加工产值", "其中：竹家具", "用水总量"))
    assert (chain.is_chain, chain.kind, chain.price_basis, chain.rule, chain.driver) == (
        True, "level", "current", "elastic", "gdp",
    )  # fmt: skip
    assert (chain.decimals, part.parent, chain.better, water.better) == (1, chain.id, "up", "down")
    assert (water.price_basis, water.rule, water.name("en")) == ("none", "growth", "用水总量")
    assert f"竹木加工产值（{chain.id}）" in result.stderr


def test_a_new_rate_must_say_what_kind_it_is(tmp_path: Path):
    def fill(book) -> None:
        fill_gdp(book)
        add(book["指标"], 中文名称="数字经济核心产业增加值占比", 单位="%")

    book = spoiled(blank_template(tmp_path / "new.xlsx"), fill)
    told = refused(book, tmp_path / "yi")
    assert "发现1处问题" in told
    assert all(word in told for word in ("表“指标”单元格 F", "比重", "增速", "指数"))


def test_marks_of_a_printed_table_are_understood(tmp_path: Path):
    def fill(book) -> None:
        fill_gdp(book)
        add(book[BASE], **observed("每千人口拥有执业（助理）医师数", "2.6"))
        add(book[BASE], **observed("每千人口拥有3岁以下婴幼儿托位数", "——"))
        add(book[BASE], **observed("地区生产总值", "142.7", "2020年"))
        add(book[BASE], **observed("常住人口城镇化率", "41.5", datetime(2020, 12, 31)))
        add(book[AIMS], **aimed("固定资产投资", 规划期累计="[620]"))
        add(book[AIMS], **aimed("城镇新增就业人数", 规划期累计="〔１８，０００〕"))

    plan = load_plan(imported(spoiled(blank_template(tmp_path / "new.xlsx"), fill), tmp_path / "yi"))
    assert plan.base("physicians_per_1000").value == 2.6
    assert plan.base("childcare_places_per_1000") is None
    assert {2020, 2025} <= set(plan.history("gdp"))
    assert plan.history("urbanization")[2020].value == 41.5
    totals = {row.indicator: row.cumulative for row in plan.targets if row.cumulative is not None}
    assert totals == {"fixed_asset_investment": 620, "urban_new_jobs": 18000}


ADVICE = {
    "signs_that_differ": (
        AIMS,
        {"目标水平": "≥22", "年均增长（%）": "3左右"},
        ("只填 22", "选“不低于”", "只填 3", "选“左右”"),
    ),
    "against_the_choice": (AIMS, {"目标水平": "＜5.5", "比较符": "不低于"}, ("只填 5.5", "选“不高于”")),
    "in_the_wrong_column": (AIMS, {"目标水平": "[13.5]"}, ("规划期累计", "只填 13.5")),
    "in_words_with_a_figure": (AIMS, {"目标水平": "比2020年翻一番"}, ("数值列空着", "说明")),
    "a_sum_under_a_year": (BASE, {"数值": "[352.6]"}, ("几年合计", "上一规划完成情况代码", "352.6 填在“规划期累计”列")),
    "with_its_unit": (BASE, {"数值": "21.6万吨"}, ("只填数字 21.6", "“万吨”不写")),
    "without_a_figure": (BASE, {"数值": None}, ("没有数值", "删去这一行")),
}


@pytest.mark.parametrize("case", ADVICE)
def test_a_figure_with_words_is_told_what_to_put_where(tmp_path: Path, case: str):
    sheet, cells, says = ADVICE[case]

    def fill(book) -> None:
        fill_gdp(book)
        row = observed("粮食综合生产能力", "21.6") if sheet == BASE else aimed("粮食综合生产能力")
        add(book[sheet], **{**row, **cells})

    told = refused(spoiled(blank_template(tmp_path / "new.xlsx"), fill), tmp_path / "yi")
    assert f"发现{2 if case == 'signs_that_differ' else 1}处问题" in told
    assert all(word in told for word in says), told


def test_a_new_row_of_targets_takes_the_plan_and_its_years(tmp_path: Path):
    def fill(book) -> None:
        fill_gdp(book)
        cells = {"指标": "粮食综合生产能力", "目标水平": "22", "属性": "约束性", "出处": "专栏1"}
        add(book[AIMS], **cells)
        add(book[AIMS], **{**cells, "指标": "森林覆盖率", "目标年": "2035", "目标水平": "68"})

    plan = load_plan(imported(spoiled(blank_template(tmp_path / "new.xlsx"), fill), tmp_path / "yi"))
    rows = {row.indicator: (row.plan, row.base_year, row.target_year, row.comparator) for row in plan.targets}
    assert rows["grain_capacity"] == ("fyp15", 2025, 2030, "=")
    assert rows["forest_coverage"] == ("fyp15", 2025, 2035, "=")


def test_a_blank_price_change_is_asked_for_in_the_words_of_its_sheet(tmp_path: Path):
    def fill(book) -> None:
        add(book[BASE], **observed("地区生产总值", "186.4"))
        add(book[AIMS], **aimed("地区生产总值", **{"年均增长（%）": "6.5"}))

    told = refused(spoiled(blank_template(tmp_path / "new.xlsx"), fill), tmp_path / "yi")
    assert "表“假设”单元格 C2" in told
    assert all(word in told for word in ("“数值”填 1.5", "“性质”选“假定”", "“来源或理由”写明理由")), told


def test_a_name_that_is_not_in_the_catalogue_is_told_once_with_all_its_cells(tmp_path: Path):
    def fill(book) -> None:
        fill_gdp(book)
        add(book[BASE], **observed("规上工业增加值", "60"))
        add(book[AIMS], **aimed("规上工业增加值", **{"年均增长（%）": "8"}))

    book = blank_template(tmp_path / "new.xlsx")
    first, second = (openpyxl.load_workbook(book)[sheet].max_row + 2 for sheet in (BASE, AIMS))
    told = refused(spoiled(book, fill), tmp_path / "yi")
    assert "发现1处问题" in told
    assert f"表“{BASE}”单元格 A{first}；表“{AIMS}”单元格 B{second}" in told
    assert "如与“规模以上工业增加值”是同一指标" in told


def test_every_row_shows_its_unit_and_what_is_typed_there_is_not_read(tmp_path: Path):
    path = blank_template(tmp_path / "new.xlsx")
    book = openpyxl.load_workbook(path)
    for sheet in (BASE, AIMS):
        headers = [cell.value for cell in book[sheet][1]]
        shown = {row[headers.index("指标")].value: row[len(headers) - 1].value for row in book[sheet].iter_rows(2)}
        assert headers[-1].startswith("单位")
        assert (shown["地区生产总值"], shown["常住人口城镇化率"]) == ("亿元", "%")
    header = book[AIMS].cell(1, book[AIMS].max_column).value

    def fill(book) -> None:
        fill_gdp(book)
        add(book[AIMS], **aimed("常住人口城镇化率", 目标水平="60.0"), **{header: "一亿元"})

    folder = imported(spoiled(path, fill), tmp_path / "yi")
    assert "一亿元" not in "".join(one.read_text(encoding="utf-8") for one in folder.rglob("*.csv"))
    assert load_plan(folder).target("urbanization").level == 60


def test_categories_are_offered_and_read_in_chinese(tmp_path: Path):
    path = blank_template(tmp_path / "new.xlsx")
    lists = {rule.formula1 for rule in openpyxl.load_workbook(path)["指标"].data_validations.dataValidation}
    assert any("产业链" in words and "民生" in words for words in lists)

    def fill(book) -> None:
        fill_gdp(book)
        add(book["指标"], 中文名称="竹笋产量", 类别="农业", 单位="万吨")
        add(book["指标"], 中文名称="镇村公交通达数", 类别="城乡交通", 单位="个")

    plan = load_plan(imported(spoiled(path, fill), tmp_path / "yi"))
    categories = {item.name_zh: item.category for item in plan.indicators.values()}
    assert (categories["竹笋产量"], categories["镇村公交通达数"]) == ("agriculture", "城乡交通")


def test_the_notes_tell_where_the_marks_of_a_printed_table_go(tmp_path: Path):
    sheet = openpyxl.load_workbook(blank_template(tmp_path / "new.xlsx"))["说明"]
    lines = ["".join(str(cell.value) for cell in row if cell.value) for row in sheet.iter_rows()]
    assert any("方括号" in line and "累计" in line for line in lines)
    assert any("固定资产投资" in line and "“[480]”" in line for line in lines)
    example = next(row for row in sheet.iter_rows() if row[1].value == "规模以上工业增加值")
    assert [cell.value or "" for cell in example[2:5]] == ["不低于", "", "7.5"]
