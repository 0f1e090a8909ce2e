"""A plan directory as an Excel workbook and back: nothing lost, every mistake told by sheet and cell."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hjforecast import load_plan
from hjforecast.cli import main
from tests.miniplan import write_plan
from tests.other_plans import PLACES, write_place

openpyxl = pytest.importorskip("openpyxl", reason="needs the extra publish")
pytest.importorskip("xlsxwriter", reason="needs the extra publish")

ROOT = Path(__file__).parents[1]
BASE, AIMS = "基期与历年数据", "目标"


def run(*args: object) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args])


def excel_of(folder: Path, target: Path) -> Path:
    result = run("init", "--excel", target, "--plan-dir", folder)
    assert result.exit_code == 0, result.output
    return target


def imported(book: Path, folder: Path) -> Path:
    result = run("import", book, folder)
    assert result.exit_code == 0, result.output
    return folder


def refused(book: Path, folder: Path) -> str:
    result = run("import", book, folder)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert not folder.exists()
    return result.stderr


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def same_plan(first: Path, second: Path) -> None:
    for path in first.glob("*.csv"):
        assert table(path) == table(second / path.name), path.name
    for path in (first / "plan.toml", *first.glob("scenarios/*.toml")):
        other = second / path.relative_to(first)
        contents = [tomllib.loads(one.read_text(encoding="utf-8")) for one in (path, other)]
        # A region's code and level may be left out, which says the same as leaving them blank.
        region = contents[0].get("region", {}) if path.parent == first else None
        for one in [] if region is None else [region, *region.setdefault("parents", [])]:
            one.update({"code": one.get("code", ""), "level": one.get("level", "")})
        assert contents[0] == contents[1], path.name


def test_the_builtin_plan_comes_back_exactly(tmp_path: Path):
    same_plan(ROOT / "data", imported(excel_of(ROOT / "data", tmp_path / "plan.xlsx"), tmp_path / "back"))


@pytest.mark.parametrize("place", PLACES)
def test_other_plans_come_back_exactly(tmp_path: Path, place: str):
    folder = write_place(tmp_path / place, PLACES[place])
    same_plan(folder, imported(excel_of(folder, tmp_path / "plan.xlsx"), tmp_path / "back"))


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return excel_of(write_plan(tmp_path / "small"), tmp_path / "small.xlsx")


def spoiled(path: Path, change: Callable[..., None]) -> Path:
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("value", "shown_as", "printed"),
    [
        ("8", "@", "8"), ("8.0", "@", "8.0"), ("8.00", "@", "8.00"), (8, "General", "8"), (8, "0.0", "8.0"),
        (8, "0.00", "8.00"), (123.5, "#,##0.00", "123.50"), (8.125, "0.0", "8.125"), (0.081, "0.00%", "8.10%"),
    ],
)  # fmt: skip
def test_a_figure_keeps_the_decimals_that_its_cell_shows(tmp_path: Path, small: Path, value, shown_as, printed):
    def fill(book) -> None:
        book[AIMS]["G2"].value, book[AIMS]["G2"].number_format = value, shown_as

    folder = imported(spoiled(small, fill), tmp_path / "back")
    assert table(folder / "targets.csv")[0]["growth_pct"] == printed
    target = load_plan(folder).target("gdp")
    assert target.growth_pct.decimals == len(printed.removesuffix("%").partition(".")[2])


WRONG = {
    "a_word_that_is_no_choice": (AIMS, "E3", "大于", ("读到“大于”", "不低于")),
    "a_figure_that_is_no_number": (AIMS, "F3", "五十", ("读到“五十”", "应为数字")),
    "an_unknown_indicator": (AIMS, "B3", "城镇化律", ("读到“城镇化律”", "没有这个指标")),
    "a_share_above_all": (BASE, "C4", "145.0", ("0 至 100",)),
    "no_source": (BASE, "F2", None, ("不能为空",)),
    "a_year_in_words": ("基本信息", "B10", "二〇三〇", ("年份",)),
    "years_out_of_order": ("基本信息", "B10", "2019", ("顺序",)),
    "no_region": ("基本信息", "B2", None, ("应写成",)),
    "an_assumption_out_of_bounds": ("假设", "C2", "1.5", ("0 至 1",)),
    "an_unknown_lever": ("情景", "B3", "levers.real_grwth", ("real_growth",)),
    "an_unknown_unit": ("指标", "E2", "亿员", ("亿元",)),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_is_told_by_sheet_and_cell(tmp_path: Path, small: Path, case: str):
    sheet, cell, value, says = WRONG[case]

    def fill(book) -> None:
        book[sheet][cell].value = value

    told = refused(spoiled(small, fill), tmp_path / "back")
    place = f"表“{sheet}”单元格 {cell}"
    if case in ("years_out_of_order", "an_unknown_lever"):
        place = f"表“{sheet}”"
    assert place in told
    assert all(word in told for word in says), told


def test_all_mistakes_are_told_together(tmp_path: Path, small: Path):
    def fill(book) -> None:
        for sheet, cell, value, _ in (WRONG[name] for name in list(WRONG)[:5]):
            book[sheet][cell].value = value

    told = refused(spoiled(small, fill), tmp_path / "back")
    assert "发现5处问题" in told
    assert all(f"表“{sheet}”单元格 {cell}" in told for sheet, cell, *_ in (WRONG[name] for name in list(WRONG)[:5]))


def test_a_sheet_or_a_header_is_missing(tmp_path: Path, small: Path):
    def fill(book) -> None:
        book[AIMS].title = "目标表"
        book[BASE]["C1"].value = "数字"

    told = refused(spoiled(small, fill), tmp_path / "back")
    assert "缺少工作表“目标”" in told and "目标表" in told
    assert f"表“{BASE}”" in told and "缺少表头“数值”" in told


def test_a_formula_that_was_never_computed(tmp_path: Path, small: Path):
    def fill(book) -> None:
        book[BASE]["C2"].value = "=1000+1"

    assert f"表“{BASE}”单元格 C2" in refused(spoiled(small, fill), tmp_path / "back")


@pytest.mark.parametrize("content", [b"", b"indicator,year\n", b"PK\x03\x04broken"])
def test_what_is_no_workbook(tmp_path: Path, content: bytes):
    path = tmp_path / "plan.xlsx"
    path.write_bytes(content)
    assert "xlsx" in refused(path, tmp_path / "back")
    assert "没有这个文件" in refused(tmp_path / "none.xlsx", tmp_path / "back")


def test_an_indicator_may_stand_by_name_or_id_and_rows_may_move(tmp_path: Path, small: Path):
    def fill(book) -> None:
        book[AIMS]["B2"].value = "gdp"
        book[AIMS].insert_rows(3)

    rows = table(imported(spoiled(small, fill), tmp_path / "back") / "targets.csv")
    assert [row["indicator"] for row in rows] == ["gdp", "urbanization", "retail_sales"]


def test_text_that_looks_like_a_formula_stays_text(tmp_path: Path):
    folder = write_plan(tmp_path / "plan", {"indicators.csv": ("实际增速", "=cmd()|'/c calc'!A1")})
    book = excel_of(folder, tmp_path / "plan.xlsx")
    cells = [cell for sheet in openpyxl.load_workbook(book) for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    same_plan(folder, imported(book, tmp_path / "back"))


def test_a_new_template_is_filled_in_and_imported(tmp_path: Path):
    path = tmp_path / "new.xlsx"
    done = run("init", "--excel", path, "--region", "乙县", "--base-year", "2025", "--indicators", "gdp,urbanization")
    assert done.exit_code == 0, done.output
    book = openpyxl.load_workbook(path)
    aims = {row[1].value: row[0].row for row in book[AIMS].iter_rows(min_row=2) if row[1].value}
    assert aims.keys() == {"地区生产总值", "常住人口城镇化率"}
    lists = {rule.formula1 for rule in book[AIMS].data_validations.dataValidation}
    assert '"等于,不低于,不高于,高于,左右"' in lists and '"约束性,预期性"' in lists
    result = run("import", path, tmp_path / "empty")
    assert result.exit_code == 0, result.output
    assert "4行" in result.stderr

    row = aims["地区生产总值"]
    for cell, value in ((f"F{row}", "300"), (f"G{row}", "6.5"), (f"J{row}", "表1 第1项")):
        book[AIMS][cell].value = value
    book[BASE]["C2"].value, book[BASE]["F2"].value = "200", "表1 第1项"
    book.save(path)
    plan = load_plan(imported(path, tmp_path / "filled"))
    assert (plan.base_year, plan.target_year, plan.region.name_zh) == (2025, 2030, "乙县")
    target, base = plan.target("gdp"), plan.base("gdp")
    assert target is not None and base is not None
    assert (float(base.value), float(target.level), float(target.growth_pct)) == (200.0, 300.0, 6.5)


def test_excel_options_that_do_not_go_together(tmp_path: Path):
    for args in (["--excel", tmp_path / "a.xlsx"], [tmp_path / "b", "--plan-dir", ROOT / "data"],
                 ["--excel", tmp_path / "a.xlsx", "--plan-dir", ROOT / "data", "--region", "乙县"]):  # fmt: skip
        assert run("init", *args).exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_words_of_a_merged_cell_stand_for_its_rows_but_a_figure_does_not(tmp_path: Path, small: Path):
    def fill(book) -> None:
        book[AIMS]["J2"].value = "表1"
        book[AIMS].merge_cells("J2:J4")

    sources = [row["source"] for row in table(imported(spoiled(small, fill), tmp_path / "back") / "targets.csv")]
    assert sources == ["表1"] * 3
    merged = spoiled(small, lambda book: book[BASE].merge_cells("C2:C3"))
    assert f"表“{BASE}”单元格 C3：没有数值" in refused(merged, tmp_path / "again")


def test_choices_are_named_as_the_sheet_names_them(tmp_path: Path, small: Path):
    def fill(book) -> None:
        book["指标"]["K3"].value = "自动"
        book[AIMS]["E3"].value = "≠"
        book[BASE]["D2"].value = None

    told = refused(spoiled(small, fill), tmp_path / "back")
    assert "按增速、到达目标、城镇化法" in told
    assert "等于、不低于、不高于、高于、左右" in told
    assert f"表“{BASE}”单元格 D2：不能为空；允许的值：公布、推算、假定。" in told


def test_mistakes_come_in_the_order_of_the_workbook(tmp_path: Path, small: Path):
    def fill(book) -> None:
        book[AIMS]["F3"].value, book[AIMS]["E2"].value, book[BASE]["C4"].value = "五十", "大于", "145.0"

    told = refused(spoiled(small, fill), tmp_path / "back")
    places = [f"表“{BASE}”单元格 C4", f"表“{AIMS}”单元格 E2", f"表“{AIMS}”单元格 F3"]
    assert [told.index(place) for place in places] == sorted(told.index(place) for place in places)
