"""The trial of a plan that the program had not seen: typed as CSV or into Excel, the same plan; what its report tells."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from hjforecast import load_plan, project
from hjforecast.cli import main
from hjforecast.plan import Plan
from hjforecast.plots_series import target_level
from hjforecast.report import ScenarioReport
from hjforecast.tables import main_gaps
from tests import qingshi

openpyxl = pytest.importorskip("openpyxl", reason="needs the extra publish")
pytest.importorskip("xlsxwriter", reason="needs the extra publish")


def run(*args: object) -> str:
    result = CliRunner().invoke(main, [str(arg) for arg in args])
    assert result.exit_code == 0, result.output
    return result.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("typed") / "qingshi"
    run("init", path, *qingshi.REGION)
    qingshi.type_csv(path)
    run("check", path)
    return path


@pytest.fixture(scope="module")
def typed(folder: Path) -> Plan:
    return load_plan(folder)


@pytest.fixture(scope="module")
def filled(typed: Plan, tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, str]:
    root = tmp_path_factory.mktemp("filled")
    path = root / "qingshi.xlsx"
    run("init", "--excel", path, *qingshi.REGION)
    book = openpyxl.load_workbook(path)
    qingshi.type_excel(book, {item.id: item.name_zh for item in typed.indicators.values()})
    book.save(path)
    told = run("import", path, root / "qingshi")
    return load_plan(root / "qingshi"), told


def contents(plan: Plan) -> tuple[set[object], set[object]]:
    """Return a plan's figures and targets by Chinese name, each figure with its printed decimals."""
    named = {item.id: (item.name_zh, item.unit, item.kind) for item in plan.indicators.values()}

    def printed(value: object) -> object:
        return value if value is None else (float(value), value.decimals)  # type: ignore[arg-type, attr-defined]

    seen = {(named[one.indicator], one.year, printed(one.value), one.status, one.source) for one in plan.observations}
    wanted = {
        (row.plan, named[row.indicator], row.base_year, row.target_year, row.comparator, printed(row.level),
         printed(row.growth_pct), printed(row.cumulative), row.binding, row.source, row.note)
        for row in plan.targets
    }  # fmt: skip
    return seen, wanted


def test_excel_as_a_clerk_fills_it_is_the_plan_typed_as_csv(typed: Plan, filled: tuple[Plan, str]):
    assert contents(filled[0]) == contents(typed)
    assert (len(typed.observations), len(typed.targets_of("fyp15"))) == (20, 27)
    assert filled[0].assumption("price_change") == typed.assumption("price_change") == 1.0


def test_import_says_how_it_read_signs_and_words(filled: tuple[Plan, str]):
    told = filled[1]
    for words in ("“6左右”读作“左右 6”", "“≤26”读作“不高于 26”", "“＜5.5”读作“不高于 5.5”", "“≥18.6”读作“不低于 18.6”"):
        assert re.search(rf"表“目标”单元格 [FG]\d+：{words}", told), told
    assert "“完成上级下达任务”已移入“说明”列" in told and "“与经济增长同步”已移入“说明”列" in told


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_targets_in_words_are_named_where_figures_are_tabled(folder: Path, lang: str):
    html = ScenarioReport("plan", plan_dir=str(folder), lang=lang).targets().html
    if lang == "zh":
        assert "另有2项目标是文字表述，不作测算" in html
        assert "居民人均可支配收入（与经济增长同步）" in html and "单位GDP能源消耗降低（完成上级下达任务）" in html
    else:
        assert "2 more targets are set in words" in html and "Per capita disposable income of residents" in html
        assert "10,000 yuan per person" in html and "万元/人" not in html


def test_the_finding_on_a_target_in_words_is_in_the_report(folder: Path):
    assert "没有量化，无法考核" in ScenarioReport("plan", plan_dir=str(folder)).findings().html


def test_real_growth_is_not_drawn_as_a_level_at_current_prices(typed: Plan):
    assert typed.target("gdp").growth_pct == 6.0  # type: ignore[union-attr]
    assert target_level(typed, "gdp") is None
    assert target_level(typed, "trade_total") == (3200, 0)
    assert project(typed, "plan").value("gdp", 2030) == pytest.approx(168.7 * (1.06 * 1.01) ** 5)


def test_the_main_table_is_the_one_called_a_table_and_a_box_where_there_is_none(typed: Plan):
    assert {gap.source[:3] for gap in main_gaps(project(typed, "plan"))} == {"专栏2"}
    built_in = main_gaps(project(load_plan(), "plan"))
    assert {gap.source[0] for gap in built_in} == {"表"}
    assert any(row.source.startswith("专栏") for row in load_plan().targets)
