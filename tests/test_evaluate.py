"""The mid-term evaluation against closed forms and naive sums; its sentences word for word; bad figures refused."""

from __future__ import annotations

import csv
import io
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from hjforecast import InputError, Plan, evaluate, load_plan
from hjforecast.actuals import EXAMPLE, plan_with_actuals, revisions
from hjforecast.cli import main
from hjforecast.evaluate import COLUMNS
from hjforecast.evaluate_text import aim_name, banner, lag_sentences, records, row_sentence, summary
from hjforecast.progress import CLASSES, TOLERANCE_POINTS, bound, change, classify, growth, level, points, total
from hjforecast.reporting.jobs import plan_jobs
from hjforecast.tables_midterm import progress_table
from hjforecast.units import Printed
from tests.conftest import ROOT
from tests.miniplan import write_plan

EXAMPLE_FILE = ROOT / "tests" / "fixtures" / "example_actuals.csv"
HEADER = "indicator,year,value,status,vintage,source,note\n"


def given(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Actual figures as a frame: indicator, year, value as printed, vintage."""
    frame = pd.DataFrame([(*row, "")[:4] for row in rows], columns=["indicator", "year", "value", "vintage"])
    return frame.assign(status="reported", source="公报")


def only(plan: Plan, name: str, *rows: tuple[Any, ...], measure: str = "level", **options: Any) -> dict[str, Any]:
    found = evaluate(plan, given(*rows), draws=0, **options)
    rows_of = found[(found["indicator"] == name) & (found["measure"] == measure)]
    return rows_of.iloc[0].to_dict()


@pytest.fixture(scope="module")
def example(plan: Plan) -> pd.DataFrame:
    return evaluate(plan, EXAMPLE_FILE, draws=0)


# progress by kind, against closed forms


def test_level_progress_is_the_share_of_log_growth(plan: Plan) -> None:
    """125.74 -> 195.66 in five years, 160.00 after three."""
    row = only(plan, "gdp", ("gdp", 2023, "160.00"))
    assert row["progress_pct"] == pytest.approx(100 * math.log(160 / 125.74) / math.log(195.66 / 125.74), rel=1e-12)
    assert row["path"] == pytest.approx(125.74 * (195.66 / 125.74) ** 0.6, rel=1e-12)
    assert row["change_done_pct"] == pytest.approx(100 * (160 - 125.74) / (195.66 - 125.74), rel=1e-12)
    assert row["planned_growth_pct"] == pytest.approx(9.2460, abs=5e-5)
    assert row["growth_so_far_pct"] == pytest.approx(100 * ((160 / 125.74) ** (1 / 3) - 1), rel=1e-12)
    assert row["required_growth_pct"] == pytest.approx(100 * ((195.66 / 160) ** 0.5 - 1), rel=1e-12)
    assert (row["time_elapsed_pct"], row["year"], row["class"]) == (60.0, 2023, "滞后")


def test_an_even_pace_is_on_schedule_in_every_year(plan: Plan) -> None:
    for year in range(2021, 2025):
        value = f"{29.52 * (46.47 / 29.52) ** ((year - 2020) / 5):.4f}"
        row = only(plan, "retail_sales", ("retail_sales", year, value))
        assert row["progress_pct"] == pytest.approx(row["time_elapsed_pct"], abs=1e-3)
        assert row["class"] == "符合预期"


def test_share_progress_is_points_of_points(plan: Plan) -> None:
    row = only(plan, "urbanization", ("urbanization", 2022, "47.1"))
    assert row["progress_pct"] == pytest.approx(100 * 2.0 / 4.9)
    assert row["change_so_far"] == pytest.approx(1.0)
    assert row["required_change"] == pytest.approx(2.9 / 3)
    assert row["path"] == pytest.approx(45.1 + 4.9 * 0.4)
    assert pd.isna(row["required_growth_pct"])


def test_growth_target_of_a_level_compares_average_with_planned_growth(plan: Plan) -> None:
    row = only(plan, "income_resident", ("income_resident", 2023, "25000"), measure="growth")
    assert row["actual"] == pytest.approx(100 * ((25000 / 19837) ** (1 / 3) - 1))
    assert row["progress_pct"] == pytest.approx(100 * math.log(25000 / 19837) / (5 * math.log(1.08)))
    assert row["required_growth_pct"] == pytest.approx(100 * ((19837 * 1.08**5 / 25000) ** 0.5 - 1))


def test_growth_rates_compound_and_a_gap_takes_the_others_average(plan: Plan) -> None:
    rates = (("gdp_real_growth", 2021, "7.0"), ("gdp_real_growth", 2022, "5.0"), ("gdp_real_growth", 2023, "6.0"))
    row, logs = only(plan, "gdp", *rates, measure="growth"), math.log(1.07 * 1.05 * 1.06)
    assert row["actual"] == pytest.approx(100 * (math.exp(logs / 3) - 1))
    assert row["progress_pct"] == pytest.approx(100 * logs / (5 * math.log(1.08)))
    assert row["required_growth_pct"] == pytest.approx(100 * ((1.08**5 / math.exp(logs)) ** 0.5 - 1))
    gap = only(plan, "gdp", rates[0], rates[2], measure="growth")
    assert gap["progress_pct"] == pytest.approx(100 * 3 * (math.log(1.07 * 1.06) / 2) / (5 * math.log(1.08)))
    assert "缺2022年数据" in gap["note_zh"]
    assert pd.isna(gap["projected"])


def test_cumulative_target_without_a_base_adds_the_years_up(plan: Plan) -> None:
    rows = [("tech_smes", 2021, "4"), ("tech_smes", 2022, "7"), ("tech_smes", 2023, "9")]
    row = only(plan, "tech_smes", *rows, measure="change")
    assert (row["actual"], row["basis"], row["path"]) == (20.0, "sum", 18.0)
    assert row["progress_pct"] == pytest.approx(100 * 20 / 30)
    assert row["required_change"] == pytest.approx(5.0)
    assert "合计偏小" in only(plan, "tech_smes", rows[0], rows[2], measure="change")["note_zh"]


def test_cumulative_target_with_a_base_is_a_change(plan: Plan) -> None:
    row = only(plan, "tcm_planting_area", ("tcm_planting_area", 2023, "19"), measure="change")
    assert (row["actual"], row["path"], row["basis"]) == (9.0, 12.0, "points")
    assert row["progress_pct"] == pytest.approx(45.0)


@pytest.mark.parametrize(("value", "word", "required"), [("68.10", "符合预期", 0.0), ("66.00", "滞后", 1.0)])
def test_a_bound_kept_since_the_base_is_on_schedule(plan: Plan, value: str, word: str, required: float) -> None:
    """Forest cover of at least 68 % at 68.24 %: progress toward it would be backward."""
    row = only(plan, "forest_coverage", ("forest_coverage", 2023, value))
    assert (row["class"], row["basis"]) == (word, "bound")
    assert row["required_change"] == pytest.approx(required)


def test_an_upper_bound_without_a_base_is_kept_or_not(tmp_path: Path) -> None:
    target = "p14,urbanization,2020,2025,"
    text = (write_plan(tmp_path / "plain") / "targets.csv").read_text(encoding="utf-8")
    folder = write_plan(tmp_path / "changed")
    baseline = folder / "baseline_2020.csv"
    kept = [
        line for line in baseline.read_text(encoding="utf-8").splitlines() if not line.startswith("urbanization,2020")
    ]
    baseline.write_text("\n".join(kept) + "\n", encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("p14,urbanization")]
    (folder / "targets.csv").write_text("\n".join([*lines, f"{target}<=,60,,,约束性,表1,"]) + "\n", encoding="utf-8")
    small = load_plan(folder)
    assert only(small, "urbanization", ("urbanization", 2022, "59"))["class"] == "符合预期"
    assert only(small, "urbanization", ("urbanization", 2022, "61"))["class"] == "滞后"


def changed_targets(folder: Path, *lines: str) -> Plan:
    path = write_plan(folder) / "targets.csv"
    header = path.read_text(encoding="utf-8").splitlines()[0]
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return load_plan(folder)


@pytest.mark.parametrize(("value", "word"), [("49.6", "快于预期"), ("50.0", "提前实现"), ("50", "提前实现")])
@pytest.mark.parametrize("sign", [">=", "=", "~"])
def test_a_target_without_decimals_is_not_reached_half_a_unit_early(
    tmp_path: Path, sign: str, value: str, word: str
) -> None:
    small = changed_targets(tmp_path / "plan", f"p14,urbanization,2020,2025,{sign},50,,,约束性,表1,")
    assert only(small, "urbanization", ("urbanization", 2023, value))["class"] == word


def test_a_sum_that_lacks_years_is_not_judged_unless_it_is_reached(tmp_path: Path) -> None:
    small = changed_targets(tmp_path / "plan", "p14,retail_sales,2020,2025,=,,,1000,预期性,表1,")
    lines = (tmp_path / "plan" / "baseline_2020.csv").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("retail_sales")]
    (tmp_path / "plan" / "baseline_2020.csv").write_text("\n".join(kept) + "\n", encoding="utf-8")
    small = load_plan(tmp_path / "plan")
    row = only(small, "retail_sales", ("retail_sales", 2023, "200"), measure="change")
    assert row["class"] == "无数据" and "缺2021、2022年数据" in row["note_zh"]
    rows = [("retail_sales", year, "200") for year in (2021, 2022, 2023)]
    assert only(small, "retail_sales", *rows, measure="change")["class"] == "符合预期"
    assert only(small, "retail_sales", ("retail_sales", 2023, "1001"), measure="change")["class"] == "提前实现"


def test_a_target_of_a_later_year_says_so_wherever_it_is_named(tmp_path: Path) -> None:
    rows = ("p14,urbanization,2020,2025,=,50,,,预期性,表1,", "p14,urbanization,2020,2030,=,55,,,预期性,表1,")
    small = changed_targets(tmp_path / "plan", *rows)
    found = evaluate(small, given(("urbanization", 2023, "46.0")), draws=0)
    names = [aim_name(small, row) for row in records(found)]
    assert names == ["城镇化率", "城镇化率（2030年目标）"]
    assert "".join(summary(small, found)).count("2023年城镇化率为") == 1
    assert [row[0].text for row in progress_table(small, records(found), 2023, "", "").rows] == names


def test_a_target_to_lower_counts_downward(plan: Plan) -> None:
    row = only(plan, "accident_death_rate", ("accident_death_rate", 2023, "0.060"))
    assert row["progress_pct"] == pytest.approx(50.0)
    assert only(plan, "accident_death_rate", ("accident_death_rate", 2023, "0.045"))["class"] == "提前实现"


def test_no_base_no_progress_but_the_share_of_the_target(plan: Plan) -> None:
    row = only(plan, "industry_machinery", ("industry_machinery", 2023, "16.8"))
    assert (row["class"], row["basis"]) == ("无数据", "none")
    assert pd.isna(row["progress_pct"]) and "84.0%" in row["note_zh"]
    assert only(plan, "industry_machinery", ("industry_machinery", 2023, "20.5"))["class"] == "提前实现"


# classes


@pytest.mark.parametrize(
    ("done", "met", "finished", "word"),
    [
        (0.6501, False, False, "快于预期"), (0.6499, False, False, "符合预期"), (0.5501, False, False, "符合预期"),
        (0.5499, False, False, "滞后"), (1.0, True, False, "提前实现"), (1.0, True, True, "符合预期"),
        (0.99, False, True, "滞后"),
    ],
)  # fmt: skip
def test_class_thresholds(done: float, met: bool, finished: bool, word: str) -> None:
    assert TOLERANCE_POINTS == 5.0
    progress = points(0.0, 1.0, done, 3, 5, met=met)
    assert classify(progress, 0.6, finished=finished) == word


def test_rounding_widens_the_tolerance_and_no_more() -> None:
    """2.3 -> 2.5: half a unit of the actual, and 0.4 of the base's, over 0.2."""
    progress = points(Printed("2.3"), Printed("2.5"), Printed("2.4"), 3, 5, met=False)
    assert progress.slack == pytest.approx((0.05 + 0.4 * 0.05) / 0.2)
    assert classify(progress, 0.6, finished=False) == "符合预期"
    unchanged = points(Printed("2.3"), Printed("2.5"), Printed("2.3"), 3, 5, met=False)
    assert classify(unchanged, 0.6, finished=False) == "滞后"


def test_moving_away_from_a_target_lags_however_coarse_the_figures(plan: Plan) -> None:
    row = only(plan, "survey_unemployment_rate", ("survey_unemployment_rate", 2023, "2.3"))
    assert (row["class"], row["progress_pct"]) == ("滞后", pytest.approx(-200.0))


def test_every_measure_is_one_at_its_target_and_nought_at_its_base() -> None:
    for done, actual in ((0.0, 50.0), (1.0, 80.0)):
        assert level(50.0, 80.0, actual, 2, 5, met=False).done == pytest.approx(done)
        assert points(50.0, 80.0, actual, 2, 5, met=False).done == pytest.approx(done)
        assert change(50.0, 30.0, actual, 2, 5, met=False).done == pytest.approx(done)
    assert growth(5 * math.log(1.08), 8.0, 5, 5, met=True, measured=5, blur=0.0).done == pytest.approx(1.0)
    assert total([10.0, 20.0], 30.0, 2, 5, met=True).done == pytest.approx(1.0)
    assert bound(70.0, 68.0, 69.0, 2, 5, met=True, rates=False).required_change == 0.0


def test_a_target_met_in_its_own_year_is_not_early(plan: Plan) -> None:
    row = only(plan, "gdp", ("gdp", 2025, "196.00"))
    assert (row["class"], row["time_elapsed_pct"]) == ("符合预期", 100.0)
    assert pd.isna(row["required_growth_pct"])
    assert only(plan, "gdp", ("gdp", 2025, "190.00"))["class"] == "滞后"
    assert only(plan, "gdp", ("gdp", 2023, "195.70"))["class"] == "提前实现"


# the table as a whole


def test_one_row_a_quantified_target_binding_first_then_file_order(plan: Plan, example: pd.DataFrame) -> None:
    rows = [row for row in plan.targets_of(plan.id) if row.quantified]
    ordered = [row for word in ("约束性", "预期性") for row in rows if row.binding == word]
    names = [name for row in ordered for name in [row.indicator] * (2 if row.indicator == "gdp" else 1)]
    assert tuple(example.columns) == COLUMNS
    assert example["indicator"].tolist() == names
    assert set(example["class"]) == set(CLASSES)


def test_projection_restarts_from_the_actual_figures(plan: Plan) -> None:
    row = only(plan, "gdp", ("gdp", 2023, "158.40"), scenario="plan")
    price = (195.66 / 125.74) ** 0.2 / 1.08
    assert row["projected"] == pytest.approx(158.40 * (1.08 * price) ** 2, rel=1e-9)


def test_odds_fall_with_a_bad_figure(plan: Plan) -> None:
    odds = []
    for value in ("150.00", "172.00"):
        found = evaluate(plan, given(("gdp", 2023, value)), scenario="trend", draws=2000, seed=1)
        odds.append(found[found["indicator"] == "gdp"]["probability"].iloc[0])
    assert 0.0 < odds[0] < odds[1] < 1.0


def test_nothing_is_nan_on_paper(plan: Plan) -> None:
    result = CliRunner().invoke(main, ["evaluate", "--actuals", str(EXAMPLE_FILE), "--draws", "0"])
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert tuple(rows[0]) == COLUMNS
    assert not {"nan", "NaN", "None", "inf"} & {cell for row in rows for cell in row.values()}
    assert "示例数据" in result.stderr
    as_json = CliRunner().invoke(main, ["evaluate", "--actuals", str(EXAMPLE_FILE), "--draws", "0", "--format", "json"])
    assert json.loads(as_json.stdout)[-1]["progress_pct"] is None
    for lang, word in (("zh", "滞后"), ("en", "behind schedule")):
        args = [
            "evaluate",
            "--actuals",
            str(EXAMPLE_FILE),
            "--year",
            "2023",
            "--draws",
            "0",
            "--format",
            "table",
            "--lang",
            lang,
        ]
        assert word in CliRunner().invoke(main, args).stdout


def test_latest_year_is_the_default_and_later_figures_are_ignored_aloud(plan: Plan) -> None:
    rows = (("gdp", 2022, "148.00"), ("gdp", 2023, "158.00"), ("urbanization", 2022, "47.0"))
    assert only(plan, "urbanization", *rows)["year"] == 2022
    assert "按2022年数评估" in only(plan, "urbanization", *rows)["note_zh"]
    found = evaluate(plan, given(*rows), 2022, draws=0)
    row = found[found["indicator"] == "gdp"].iloc[0]
    assert (found.attrs["year"], found.attrs["ignored"], row["actual"]) == (2022, 1, 148.0)
    assert "2023年数晚于评估年，未采用" in row["note_zh"]


def test_one_observation_and_a_constant_series_are_enough(plan: Plan) -> None:
    rows = [("retail_sales", year, "29.52") for year in (2021, 2022, 2023)]
    for chosen in (rows[-1:], rows):
        row = only(plan, "retail_sales", *chosen)
        assert (row["progress_pct"], row["growth_so_far_pct"], row["class"]) == (0.0, 0.0, "滞后")


def test_a_count_may_be_nought(plan: Plan) -> None:
    row = only(plan, "traditional_villages", ("traditional_villages", 2023, "0"))
    assert row["progress_pct"] == pytest.approx(-100 * 22 / 28)
    assert "含零值" in row["note_zh"]


# a revised base


def test_a_revised_base_is_shown_and_never_put_in_place(plan: Plan) -> None:
    rows = (("gdp", 2020, "130.00", "经普修订"), ("gdp", 2023, "162.00"))
    row = only(plan, "gdp", *rows)
    assert (row["base"], row["base_revised"]) == (125.74, 130.0)
    assert row["revision_pct"] == pytest.approx(100 * (130 / 125.74 - 1))
    assert row["progress_pct"] == only(plan, "gdp", rows[1])["progress_pct"]
    assert row["target_revised"] == pytest.approx(130 * 195.66 / 125.74, abs=1e-4)
    assert row["progress_revised_pct"] == pytest.approx(100 * math.log(162 / 130) / math.log(195.66 / 125.74), abs=1e-4)
    assert (row["class"], row["class_revised"]) == ("符合预期", "滞后")
    assert "由125.74修订为130.00（经普修订，+3.4%）" in row["note_zh"]
    assert row["projected"] == only(plan, "gdp", rows[1])["projected"]


def test_a_revised_share_keeps_the_planned_points(plan: Plan) -> None:
    row = only(plan, "urbanization", ("urbanization", 2020, "47.1", "七普"), ("urbanization", 2023, "49.0"))
    assert row["target_revised"] == pytest.approx(52.0)
    assert row["progress_revised_pct"] == pytest.approx(100 * 1.9 / 4.9)


def test_a_base_published_later_gives_progress_on_that_base_only(plan: Plan) -> None:
    rows = (("industry_machinery", 2020, "14.0", "补充公布"), ("industry_machinery", 2023, "17.0"))
    row = only(plan, "industry_machinery", *rows)
    assert row["class"] == "无数据" and pd.isna(row["base"])
    assert row["progress_revised_pct"] == pytest.approx(100 * math.log(17 / 14) / math.log(20 / 14))


def test_actuals_csv_takes_a_revision_with_its_vintage(plan_dir: Path) -> None:
    rows = [
        "gdp,2020,128.60,reported,经普修订,公报,",
        "gdp,2019,120.00,reported,经普修订,公报,",
        "gdp,2021,136.00,reported,,公报,",
    ]
    (plan_dir / "actuals.csv").write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    plan = load_plan(plan_dir)
    assert plan.base("gdp").value == 125.74  # type: ignore[union-attr]
    assert [(one.year, one.old, one.new) for one in revisions(plan)] == [(2020, 125.74, 128.6), (2019, None, 120.0)]
    assert evaluate(plan, draws=0).attrs["year"] == 2021


# bad figures


def refused(plan: Plan, actuals: Any, **options: Any) -> tuple[Any, ...]:
    with pytest.raises(InputError) as caught:
        evaluate(plan, actuals, draws=0, **options)
    return caught.value.problems


def test_all_problems_are_reported_together(plan: Plan, tmp_path: Path) -> None:
    rows = [
        "gpd,2021,1,reported,,公报,", "gdp,2019,120,reported,,公报,", "gdp,2021,-5,reported,,公报,",
        "urbanization,2021,101,reported,,公报,", "retail_sales,2021,31,reported,,公报,", "retail_sales,2021,32,reported,,公报,",
        "tourism_revenue,2021,0,reported,,公报,", "rd_intensity,2021,,reported,,公报,",
    ]  # fmt: skip
    path = tmp_path / "实绩.csv"
    path.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    found = {(problem.row, problem.column) for problem in refused(plan, path)}
    assert found == {
        (2, "indicator"), (3, "year"), (4, "value"), (5, "value"), (7, "indicator"), (8, "value"), (9, "value"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "column", "text"),
    [
        ([("gdp", 2019, "120")], "year", "vintage"),
        ([("gdp", 2020, "126", "经普修订")] * 2 + [("gdp", 2021, "130")], "vintage", "重复"),
        ([("gdp", 2020, "126", "经普修订")], "", "没有 2020 年以后的实绩"),
        ([("gdp", 2021, float("nan"))], "value", "不能为空"),
        ([("gdp", 2021, "一百")], "value", "应为数字"),
    ],
)
def test_bad_frames_are_refused(plan: Plan, rows: list[tuple[Any, ...]], column: str, text: str) -> None:
    (problem,) = refused(plan, given(*rows))
    assert (problem.column, problem.file) == (column, "DataFrame")
    assert text in problem.zh


def test_frames_without_needed_columns_or_with_others_are_refused(plan: Plan) -> None:
    problems = refused(plan, pd.DataFrame({"indicator": ["gdp"], "year": [2021], "amount": [1.0]}))
    assert [problem.column for problem in problems] == ["value", "amount"]


@pytest.mark.parametrize(("year", "text"), [(2020, "应晚于基期"), (2021, "最早的实绩是 2022 年")])
def test_impossible_years_are_refused(plan: Plan, year: int, text: str) -> None:
    (problem,) = refused(plan, given(("gdp", 2022, "150")), year=year)
    assert text in problem.zh


def test_no_actual_figures_is_an_answerable_error(plan: Plan, tmp_path: Path) -> None:
    (problem,) = refused(plan, None)
    assert problem.file == "actuals.csv"
    assert "没有这个文件" in refused(plan, tmp_path / "none.csv")[0].zh
    result = CliRunner().invoke(main, ["evaluate"])
    assert (result.exit_code, result.stdout) == (2, "")


# words

GDP_ZH = (
    "2023年地区生产总值为158.40亿元（现价），比按规划匀速推进应达到的水平低5.54亿元（低3.4%），滞后；要完成目标，"
    "余下2年须年均增长11.1%。"
)
GDP_EN = (
    "GDP stood at 15.840 billion yuan (current prices) in 2023, 0.554 billion yuan below the level that an even pace would have reached "
    "(3.4 %): behind schedule; to reach the target, the remaining 2 years take growth of 11.1 % a year."
)
REAL_ZH = (
    "2021—2023年地区生产总值年均增长6.8%（可比价），比规划目标低1.2个百分点，滞后；要完成目标，余下2年须年均增长9.9%。"
)


def test_gdp_reads_word_for_word(plan: Plan, example: pd.DataFrame) -> None:
    """125.74 x (195.66/125.74)^0.6 = 163.94; (195.66/158.40)^0.5 = 1.1114; 1.076 x 1.069 x 1.058 = 1.0676^3."""
    rows = example[example["indicator"] == "gdp"].to_dict("records")
    assert row_sentence(plan, rows[0], "zh") == GDP_ZH
    assert row_sentence(plan, rows[0], "en") == GDP_EN
    assert row_sentence(plan, rows[1], "zh") == REAL_ZH


def test_summary_counts_what_the_table_holds(plan: Plan, example: pd.DataFrame) -> None:
    full = plan_with_actuals(plan, EXAMPLE_FILE)
    counts = example["class"].value_counts()
    first = summary(full, example)[0]
    assert first.startswith(
        "截至2023年末，洪江市“十四五”规划实施时间已过60.0%。规划提出的174项定量目标中，可以评估的25项"
    )
    assert f"滞后{counts['滞后']}项" in first and f"其余{counts['无数据']}项" in first
    assert any("2020年地区生产总值由125.74修订为128.60（+2.3%）" in text for text in summary(full, example))
    assert "城镇调查失业率（约束性）" in lag_sentences(full, example)[0]


def test_every_row_has_a_sentence_in_both_languages(plan: Plan, example: pd.DataFrame) -> None:
    for row in example[example["class"] != "无数据"].to_dict("records"):
        assert "nan" not in row_sentence(plan, row, "zh") + row_sentence(plan, row, "en")


# reports


def test_the_example_says_what_it_is() -> None:
    rows = list(csv.DictReader(EXAMPLE_FILE.open(encoding="utf-8")))
    assert {(row["source"], row["note"]) for row in rows} == {(EXAMPLE, EXAMPLE)}
    assert "示例" in banner("zh") and "example" in banner("en")
    assert EXAMPLE not in "".join(path.read_text(encoding="utf-8") for path in (ROOT / "data").glob("*.csv"))


def test_midterm_is_rendered_only_where_there_are_actual_figures(plan: Plan) -> None:
    options: dict[str, Any] = {"plan_dir": "", "lang": "zh", "draws": 0, "seed": 0}
    assert "midterm" not in [job.name for job in plan_jobs(plan, (), **options)]
    (job,) = [job for job in plan_jobs(plan_with_actuals(plan, EXAMPLE_FILE), (), **options) if job.name == "midterm"]
    assert job.notebook == "midterm_evaluation.ipynb"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_figure_says_and_shows_every_class(plan: Plan, example: pd.DataFrame, lang: str) -> None:
    from hjforecast.evaluate_words import class_name
    from hjforecast.plots_midterm import progress_figure

    figure = progress_figure(plan, example, lang)
    assert figure is not None
    legend = {text.get_text() for text in figure.axes[0].get_legend().get_texts()}
    assert legend == {class_name(word, lang) for word in CLASSES[:4]}
    assert "60" in str(figure.get_label())
    assert progress_figure(plan, example[example["class"] == "无数据"], lang) is None


def test_the_notebook_runs_under_papermill(tmp_path: Path) -> None:
    out, source = tmp_path / "out.ipynb", ROOT / "notebooks" / "midterm_evaluation.ipynb"
    command = [sys.executable, "-m", "papermill", str(source), str(out), "-p", "actuals", str(EXAMPLE_FILE), "-p", "draws", "0",
               "--no-progress-bar"]  # fmt: skip
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    text = out.read_text(encoding="utf-8")
    assert banner("zh") in text and "经普修订" in text
    assert '"output_type": "error"' not in text


def test_the_summary_of_classes_is_in_the_language_asked_for() -> None:
    words = ["evaluate", "--actuals", str(EXAMPLE_FILE), "--draws", "0", "--format", "table", "--lang"]
    english, chinese = (CliRunner().invoke(main, [*words, lang]) for lang in ("en", "zh"))
    told = english.stderr.splitlines()[0].partition("classes in 2023: ")[2]
    assert "behind schedule 9" in told and "滞后" not in told
    assert "滞后 9" in chinese.stderr
    assert "binding" in english.stdout.split("\n", 2)[2] and "约束性" not in english.stdout
