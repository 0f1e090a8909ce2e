"""Plans of other places through every command and report: nothing assumes one county, its years or its indicators."""

from __future__ import annotations

import importlib
import re
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest

from hjforecast import audit, compare, evaluate, load_plan, project
from hjforecast.cli_plan import checked
from hjforecast.odds import odds
from hjforecast.plan import Plan
from hjforecast.reporting.page import report_page
from tests.miniplan import write_plan
from tests.other_plans import PLACES, write_place
from tests.test_hostile_text import executed


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("places")
    return {name: write_place(root / name, place) for name, place in PLACES.items()}


@pytest.fixture(scope="module")
def plans(folders: dict[str, Path]) -> dict[str, Plan]:
    return {name: checked(str(folder)) for name, folder in folders.items()}


@pytest.mark.parametrize("name", PLACES)
def test_every_command_takes_it(plans: dict[str, Plan], name: str):
    plan = plans[name]
    targets = [row for row in plan.targets_of(plan.id) if row.quantified]
    for scenario in plan.scenarios:
        run = project(plan, scenario, draws=50)
        frame = run.frame
        assert (frame["value"].isna() == (frame["status"] == "unavailable")).all()
        assert {row.indicator for row in targets} == set(odds(run)["indicator"])
    assert set(compare(plan)["scenario"]) == set(plan.scenarios)


def test_a_growth_only_plan_has_its_pace_and_its_odds(plans: dict[str, Plan]):
    plan = plans["huaihua"]
    run = project(plan, "plan")
    assert run.value("gdp_real_growth", 2020) == pytest.approx(9.0)
    assert run.status_of("gdp", 2020) == run.status_of("gdp_price_change", 2020) == "unavailable"
    chance = odds(run).set_index("indicator").loc["gdp", "probability"]
    assert 0.3 < chance < 0.9
    assert len(plan.warnings) == 7  # no figure at all, and none for the base year of any of the six targets


def test_growth_counts_from_a_base_that_is_six_years_back(plans: dict[str, Plan]):
    plan = plans["luqiao"]
    run = project(plan, "plan")
    rates = [run.value("gdp_real_growth", year) for year in range(2005, 2011)]
    assert rates == pytest.approx([13.0] * 6)
    # "double 2004": 1.13^6 = 2.082
    assert np.prod([1 + rate / 100 for rate in rates]) == pytest.approx(2.082, abs=1e-3)
    # 37400 / 1.1^5 = 23222 and 13000 / 1.09^5 = 8449: offered as bases, five years back and not six.
    told = {one.read: one.zh for one in plan.warnings}
    assert "=23222" in told["income_urban"] and "=8449" in told["income_rural"]


def test_a_level_and_a_growth_imply_their_price_change(plans: dict[str, Plan]):
    run = project(plans["xiantao"], "plan")
    # 1200 / 827.9116 = 7.71 % a year; (1.0771 / 1.07) - 1 = 0.66 %
    assert run.value("gdp_price_change", 2023) == pytest.approx(0.66, abs=0.01)
    assert run.value("gdp", 2025) == pytest.approx(1200.0)


def test_a_target_in_words_is_kept_and_never_counted(plans: dict[str, Plan]):
    plan = plans["xiantao"]
    target = plan.target("income_resident")
    assert target is not None and target.note == "增长与经济增长基本同步" and not target.quantified
    assert "income_resident" not in set(odds(project(plan, "plan"))["indicator"])


def test_an_upper_bound_is_kept_from_below(tmp_path: Path):
    folder = write_place(tmp_path / "hunan", PLACES["hunan"])
    with (folder / "actuals.csv").open("a", encoding="utf-8") as file:
        file.write("registered_unemployment_rate,2008,4.2,reported,,公报,\n")
    found = evaluate(load_plan(folder), None, 2008, draws=0).set_index("indicator")
    assert found.loc["registered_unemployment_rate", "class"] == "符合预期"


def with_investment(folder: Path, *years: float) -> Plan:
    """Hunan with the investment of 2005 (2629, of which the plan's 16500 is no multiple) and of later years."""
    write_place(folder, PLACES["hunan"])
    with (folder / "baseline_2005.csv").open("a", encoding="utf-8") as file:
        file.write("fixed_asset_investment,2005,2629,reported,,统计数据,\n")
    with (folder / "actuals.csv").open("a", encoding="utf-8") as file:
        rows = (
            f"fixed_asset_investment,{year},{value},reported,,公报,\n" for year, value in enumerate(years, start=2006)
        )
        file.writelines(rows)
    return load_plan(folder)


def test_cumulative_investment_is_the_sum_of_the_years(tmp_path: Path):
    plan = with_investment(tmp_path)
    run = project(plan, "plan")
    amounts = [run.value("fixed_asset_investment", year) for year in range(2006, 2011)]
    assert sum(amounts) == pytest.approx(16500.0)
    growth = np.diff(np.log([2629.0, *amounts]))
    assert growth == pytest.approx([growth[0]] * 5)
    row = odds(run).set_index("indicator").loc["fixed_asset_investment"]
    assert row["central"] == pytest.approx(16500.0)
    assert project(plan, "trend").value("fixed_asset_investment", 2010) == pytest.approx(2629.0)
    held = odds(project(plan, "trend")).set_index("indicator").loc["fixed_asset_investment"]
    assert held["central"] == pytest.approx(5 * 2629.0)


def test_cumulative_investment_is_evaluated_by_what_was_spent(tmp_path: Path):
    plan = with_investment(tmp_path, 2906.0, 3300.0, 3500.0)
    row = evaluate(plan, None, 2008, draws=0).set_index("indicator").loc["fixed_asset_investment"]
    assert row["actual"] == pytest.approx(2906 + 3300 + 3500)
    assert row["progress_pct"] == pytest.approx(100 * 9706 / 16500, abs=0.1)


def test_a_total_far_above_all_its_sectors_is_found(plans: dict[str, Plan]):
    found = audit(plans["bold"])
    assert found["rule"].tolist() == ["aggregate_vs_parts"]
    # (1050 / 500)^(1/5) - 1 = 15.99 %, against 8.5 %
    assert found.loc[0, "observed"] == pytest.approx(15.99, abs=0.01)
    assert found.loc[0, "expected"] == pytest.approx(8.5)


@pytest.mark.parametrize("name", ["huaihua", "hunan", "luqiao", "qingdao"])
def test_the_audit_is_silent_where_nothing_contradicts(plans: dict[str, Plan], name: str):
    assert audit(plans[name]).empty


def test_a_level_that_outruns_its_growth_is_named_with_its_price_change(plans: dict[str, Plan]):
    found = audit(plans["xiantao"])
    assert found["rule"].tolist() == ["level_vs_growth"]
    assert "0.66%" in found.loc[0, "message_zh"]


def visible(page: str) -> str:
    return re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<(svg|style|details).*?</\1>", " ", page))


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", PLACES)
def test_every_report_is_written_for_it(folders: dict[str, Path], name: str, lang: str):
    for report, more in (("scenario_report", {"draws": 50}), ("scenario_comparison", {}), ("plan_audit", {})):
        text = visible(report_page(executed(report, plan_dir=str(folders[name]), lang=lang, **more), lang)[0])
        assert not re.search(r"\b(nan|inf|None)\b", text, re.ASCII)
        assert not re.search("洪江|Hongjiang" if name == "xiantao" else "洪江|Hongjiang|十四五", text)
        base = PLACES[name].years[0]
        if base != 2020:
            assert not re.search(r"20(25|35)(?!；)\D", text.split("生成信息" if lang == "zh" else "Provenance")[0])


def test_a_plan_without_chains_incomes_or_a_record_has_no_such_sections(folders: dict[str, Path]):
    text = visible(report_page(executed("scenario_report", plan_dir=str(folders["hunan"]), draws=0), "zh")[0])
    assert "城镇化" in text
    assert not [word for word in ("产业链", "居民收入", "兑现情况", "规划目标整体的难度") if word in text]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_all_four_formats_of_a_growth_only_plan(folders: dict[str, Path], tmp_path: Path, lang: str):
    for extra in ("docx", "typst", "xlsxwriter"):
        pytest.importorskip(extra, reason="needs the extra publish")
    book = executed("scenario_report", plan_dir=str(folders["huaihua"]), lang=lang, draws=50)
    writers = {"word": "write_docx", "pdf": "write_pdf", "workbook": "write_xlsx"}
    for module, name in writers.items():
        path = tmp_path / f"report.{module}"
        getattr(importlib.import_module(f"hjforecast.reporting.{module}"), name)(book, path, lang)
        assert path.stat().st_size > 5000
    pages = importlib.import_module("pypdf").PdfReader(tmp_path / "report.pdf").pages
    text = re.sub(r"\s", "", "".join(page.extract_text() for page in pages))
    assert ("实际年均增长" if lang == "zh" else "realterms") in text


def test_an_implied_price_change_is_asked_for_once_gdp_has_a_base(tmp_path: Path):
    folder = write_plan(tmp_path, {"plan.toml": ("price_change = { value = 1,", 'price_change = { value = "implied",')})
    with pytest.raises(Exception, match=r"value = 1\.5"):
        checked(str(folder))


def test_yearly_amounts_that_add_up(plans: dict[str, Plan]):
    from hjforecast.units import growth_summing_to

    # 100 growing 10 % a year: 110 + 121 + 133.1 = 364.1
    growth = growth_summing_to(100.0, 364.1, 3)
    assert growth == pytest.approx(0.1)
    assert list(accumulate([100.0, *[1 + growth] * 3], lambda x, y: x * y))[-1] == pytest.approx(133.1)
    assert growth_summing_to(100.0, 300.0, 3) == pytest.approx(0.0, abs=1e-12)
    assert growth_summing_to(100.0, 30.0, 3) < -0.5
