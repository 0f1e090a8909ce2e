"""What the reports say: every section in both languages, sources and marks in place, and other counties' plans."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hjforecast import InputError, load_plan
from hjforecast.report_questions import FullScenarioReport
from hjforecast.report_sets import AuditReport, ComparisonReport
from tests.miniplan import write_plan

SECTIONS = (
    "title", "summary", "targets", "gdp", "gdp_table", "incomes", "income_table", "urbanization", "chains", "chain_table",
    "chain_base", "other_targets", "odds", "odds_table", "plausibility", "conditions", "condition_table", "tornado",
    "delivery_record", "delivery_table", "levers", "assumptions", "findings", "footer",
)  # fmt: skip


@pytest.fixture(scope="module", params=["zh", "en"])
def pages(request: pytest.FixtureRequest) -> tuple[str, dict[str, str]]:
    report = FullScenarioReport("plan", lang=request.param, draws=300, seed=7)
    return request.param, {name: getattr(report, name)().html for name in SECTIONS}


def test_every_section_has_something_to_say(pages: tuple[str, dict[str, str]]):
    assert all(re.search(r"\w{3}", re.sub(r"<[^>]*>", "", html)) for html in pages[1].values())


def test_tables_and_figures_are_numbered_without_gaps(pages: tuple[str, dict[str, str]]):
    lang, sections = pages
    text = "".join(sections.values())
    for word in ("表", "图") if lang == "zh" else ("Table ", "Figure "):
        numbers = [int(found) for found in re.findall(rf"<figcaption>{word}(\d+)　", text)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) >= 7


def test_every_figure_names_its_source(pages: tuple[str, dict[str, str]]):
    lang, sections = pages
    word = "资料来源" if lang == "zh" else "Source:"
    for html in sections.values():
        for figure in re.findall(r'<figure class="chart">.*?</figure>', html, flags=re.S):
            assert word in figure


def test_bands_say_whose_errors_they_rest_on(pages: tuple[str, dict[str, str]]):
    lang, sections = pages
    assert ("337个市" if lang == "zh" else "337 prefectures") in sections["gdp"]
    assert ("1083个县级单位" if lang == "zh" else "1,083 county units") in sections["gdp"]


def test_assumed_bases_are_marked_where_they_stand(pages: tuple[str, dict[str, str]]):
    assert re.search(r'class="number assumed">16\.4\*', pages[1]["chain_table"])
    assert re.search(r'class="number projected_from_assumed">23\.0\*', pages[1]["chain_table"])


def test_footer_names_scenario_baseline_seed_and_inputs(pages: tuple[str, dict[str, str]]):
    footer = pages[1]["footer"]
    inputs = load_plan().inputs
    for words in ("plan", "trend", "300", "7", inputs["targets.csv"][:16]):
        assert words in footer


def test_no_nan_or_infinity_is_ever_shown(pages: tuple[str, dict[str, str]]):
    text = re.sub(r"<svg.*?</svg>", "", "".join(pages[1].values()), flags=re.S)
    assert not re.search(r"\b(nan|NaN|inf|None)\b", re.sub(r"<[^>]*>", " ", text))


def test_comparison_names_its_baseline_and_every_scenario():
    report = ComparisonReport()
    text = "".join(
        getattr(report, name)().plain
        for name in ("title", "summary", "target_year_table", "difference_table", "scenarios")
    )
    for title in ("惯性发展", "规划目标", "历史兑现", "乐观", "承压", "外部冲击", "产业突破"):
        assert title in text


def test_audit_report_counts_what_it_lists():
    report = AuditReport()
    counted = [int(number) for number in re.findall(r"(\d+)条", report.summary().plain)]
    listed = [report.by_severity(severity).html.count("<tr><td") for severity in ("error", "warning", "note")]
    assert counted[1] == sum(listed)
    assert counted[2:5] == listed


def test_unknown_language_is_refused():
    with pytest.raises(InputError, match="fr"):
        AuditReport(lang="fr")


def test_a_plan_with_one_indicator_still_makes_a_report(tmp_path: Path):
    from tests.miniplan import write_plan

    folder = write_plan(tmp_path / "mini")
    report = FullScenarioReport("trend", plan_dir=str(folder), draws=50)
    for name in SECTIONS:
        getattr(report, name)()


def test_comparison_leaves_out_what_no_scenario_of_the_plan_can_give(tmp_path: Path):
    folder = write_plan(tmp_path / "plan")
    catalogue = folder / "indicators.csv"
    line = "manufacturing_va,制造业增加值,Manufacturing value added,economy,亿元,level,current,up,,2,elastic,gdp\n"
    catalogue.write_text(catalogue.read_text(encoding="utf-8") + line, encoding="utf-8")
    chain = "bamboo,竹木加工产值,Bamboo processing,industry,亿元,level,current,up,,1,elastic,gdp\n"
    catalogue.write_text(catalogue.read_text(encoding="utf-8") + chain, encoding="utf-8")
    with (folder / "baseline_2020.csv").open("a", encoding="utf-8") as file:
        file.write("bamboo,2020,32.5,reported,,表1 第4项,\n")
    report = ComparisonReport(plan_dir=str(folder))
    for block in (report.target_year_table(), report.difference_table()):
        assert "地区生产总值" in block.plain
        assert "竹木加工产值" in block.plain
        assert "制造业增加值" not in block.plain
