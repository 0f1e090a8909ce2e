"""The evidence, drawn: figures hold what the committed tables hold, and the call under each draws it again."""

from __future__ import annotations

import csv
import html
import io
import json
import math
import re
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from hjforecast import InputError, load_plan, project
from hjforecast.backtest import METHODS
from hjforecast.cli import main
from hjforecast.evidence import (
    COMMANDS,
    PANELS,
    backtest_record,
    band_widths,
    method_totals,
    norm_speeds,
    pooled,
    table_text,
    urban_paths,
)
from hjforecast.plots_canvas import to_svg
from hjforecast.report_methods import MethodsReport
from tests.conftest import ROOT

SECTIONS = (
    "title", "summary", "rivals", "rivals_by_origin", "rivals_table", "panels", "m3", "coverage", "coverage_by_origin",
    "coverage_map", "class_coverage", "widths", "errors", "correlations", "past_plans", "past_plans_table", "own_record",
    "urban_norm", "norm", "own_panel", "sources", "footer",
)  # fmt: skip


@pytest.fixture(scope="module", params=["zh", "en"])
def pages(request: pytest.FixtureRequest) -> tuple[str, dict[str, str]]:
    report = MethodsReport(lang=request.param)
    return request.param, {name: getattr(report, name)().html for name in SECTIONS}


@pytest.fixture(scope="module")
def panel_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight series of twenty years that grow 8 % a year with noise, in two groups."""
    rng = np.random.default_rng(5)
    path = tmp_path_factory.mktemp("panel") / "我的面板.csv"
    rows = [
        {"series": f"县{i}", "year": 2000 + t, "value": value, "group": f"市{i % 2}"}
        for i in range(8)
        for t, value in enumerate(100 * np.exp(np.cumsum(0.08 + 0.03 * rng.standard_normal(20))))
    ]
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def committed(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((ROOT / "hjforecast" / "calibration" / name).read_text(encoding="utf-8"))))


def naive_means(score: str, over: str, panel: str = "county") -> dict[tuple[str, int], float]:
    """n-weighted means of the committed rows, one loop."""
    sums: dict[tuple[str, int], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in committed("backtest_record.csv"):
        if row["panel"] == panel:
            pair = sums[row["method"], int(row[over])]
            pair[0] += int(row["n"]) * float(row[score])
            pair[1] += int(row["n"])
    return {key: total / count for key, (total, count) in sums.items()}


def figures(page: str) -> list[str]:
    return re.findall(r'<figure class="chart">.*?</figure>', page, flags=re.S)


def calls(page: str) -> list[str]:
    """The code after 复现： or To reproduce: under each figure."""
    return [
        html.unescape(found)
        for found in re.findall(r"(?:复现：|To reproduce: )(.*?)(?:；数据表由|; its table|</p>)", page)
    ]


def test_every_section_has_something_to_say(pages: tuple[str, dict[str, str]]):
    assert all(re.search(r"\w{3}", re.sub(r"<[^>]*>", "", page)) for page in pages[1].values())


def test_every_figure_has_axes_named_a_caption_what_is_seen_its_source_and_how_to_draw_it_again(
    pages: tuple[str, dict[str, str]],
):
    lang, sections = pages
    words = (
        ("图中可见：|兑现率", "资料来源：", "复现：")
        if lang == "zh"
        else ("Seen here: |median ratio", "Source: ", "To reproduce: ")
    )
    drawn = [figure for page in sections.values() for figure in figures(page)]
    assert len(drawn) == 10
    for figure in drawn:
        assert re.search(r"<figcaption>(图|Figure )\d+　.{8,}</figcaption>", figure)
        assert all(re.search(word, figure) for word in words)


def test_the_call_under_every_figure_draws_that_very_figure(pages: tuple[str, dict[str, str]]):
    names: dict[str, object] = {}
    setup = re.search(r"from hjforecast import \*.*?load_plan\(\)", pages[1]["sources"])
    assert setup
    exec(setup[0], names)
    for page in pages[1].values():
        for figure in figures(page):
            (call,) = calls(figure)
            assert to_svg(eval(call, names)) in figure


def test_the_calls_under_tables_run(pages: tuple[str, dict[str, str]]):
    names: dict[str, object] = {}
    exec("from hjforecast.evidence import *", names)
    found = [
        call
        for name in ("rivals_table", "panels", "m3", "errors", "correlations", "past_plans_table", "norm")
        for call in calls(pages[1][name])
    ]
    assert len(found) == 7
    assert all(len(eval(call, names)) for call in found)


@pytest.mark.parametrize("score", ["pinball", "mae_log", "coverage80"])
@pytest.mark.parametrize("over", ["horizon", "origin"])
def test_scores_are_the_weighted_means_of_the_committed_rows(score: str, over: str):
    expected = naive_means(score, over)
    table = pooled(backtest_record(), ("method", over))
    assert len(table) == len(expected) == len(METHODS) * {"horizon": 5, "origin": 9}[over]
    for row in table.to_dict("records"):
        assert row[score] == pytest.approx(expected[row["method"], row[over]], rel=1e-12)


def test_a_figure_tells_a_screen_reader_the_numbers_of_the_table(pages: tuple[str, dict[str, str]]):
    expected = naive_means("pinball", "horizon")
    told = html.unescape(re.search(r'aria-label="([^"]*)"', pages[1]["rivals"])[1])  # type: ignore[index]
    ours = re.search(r"hjforecast (1: .*?)(?:；|;|。|\.$)", told)
    assert ours
    shown = [float(value) for value in re.findall(r": ([\d.]+\d)", ours[1])]
    assert shown == [round(100 * expected["hjforecast", h], 1) for h in range(1, 6)]


def test_the_table_repeats_the_published_evidence():
    """docs/evidence.en.md, held-out counties: the figures printed there by the benchmark."""
    page = (ROOT / "docs" / "evidence.en.md").read_text(encoding="utf-8")
    for row in method_totals(backtest_record()).to_dict("records"):
        printed = re.search(rf"^\| {row['method']} \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", page, re.M)
        assert printed
        shown = (row["pinball"], row["ratio"], row["mae_log"], row["coverage80"])
        digits = [len(text.partition(".")[2]) for text in printed.groups()]
        for value, text, places in zip(shown, printed.groups(), digits, strict=True):
            assert value == pytest.approx(float(text), abs=0.5001 * 10**-places)


def test_the_panel_on_which_a_rival_is_better_is_shown_and_said(pages: tuple[str, dict[str, str]]):
    lang, sections = pages
    assert re.search(r'class="number missed">1\.20<', sections["panels"])
    assert ("省级地区" if lang == "zh" else "provinces") in sections["summary"]


def test_band_widths_follow_from_the_committed_scales():
    rows = {row["indicator"]: row for row in committed("error_scale.csv") if row["origin"] == "all"}
    for row in band_widths().to_dict("records"):
        s, t, h = float(rows[row["error_class"]]["s"]), float(rows[row["error_class"]]["t"]), row["horizon"]
        assert row["up_pct"] == pytest.approx(
            100 * (math.exp(1.2815515655446004 * math.sqrt(s * s * h + t * t * h * h)) - 1)
        )


def test_the_norm_moves_a_share_as_its_equation_says():
    """Ten years at 45.1 %: logit P + 10 (a + b logit P), in points a year."""
    (row,) = committed("urban_norm.csv")
    x = math.log(0.451 / 0.549)
    end = x + 10 * (float(row["intercept"]) + float(row["slope"]) * x)
    usual = 10 * (1 / (1 + math.exp(-end)) - 0.451)
    assert norm_speeds([45.1])["usual"].iloc[0] == pytest.approx(usual)


def test_urban_paths_hold_the_known_values_and_the_trend_of_the_model():
    """38.4 to 45.1 % in five years, held: 51.98 % in 2025 and 65.28 % in 2035 (the design's closed form)."""
    plan = load_plan()
    paths = urban_paths(plan).set_index("year")
    assert round(paths.loc[2025, "own"], 2) == 51.98 and round(paths.loc[2035, "own"], 2) == 65.28
    trend = project(plan, "trend")
    assert paths.loc[2035, "model"] == pytest.approx(trend.value("urbanization", 2035))
    assert (paths["norm"] <= paths["model"]).all() and (paths["model"] <= paths["own"]).all()


def test_unknown_panel_and_table_are_refused_with_what_is_allowed():
    with pytest.raises(InputError, match="county"):
        backtest_record("counties")
    with pytest.raises(InputError, match=r"error_scale\.csv"):
        table_text("error_scales.csv")
    assert {len(backtest_record(name)) > 0 for name in PANELS} == {True}


def test_every_committed_table_is_listed_with_its_command(pages: tuple[str, dict[str, str]]):
    for name, command in COMMANDS.items():
        assert name in pages[1]["sources"] and command in pages[1]["sources"]


def test_without_a_panel_the_report_says_how_to_give_one(pages: tuple[str, dict[str, str]]):
    assert "hjforecast report --notebook methods -p panel PANEL.csv" in html.unescape(pages[1]["own_panel"])


def test_a_panel_of_ones_own_is_backtested_as_the_command_does(panel_file: Path):
    report = MethodsReport(panel=str(panel_file))
    page = report.own_panel().html
    done = CliRunner().invoke(main, ["backtest", str(panel_file), "--format", "csv"])
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    ours = [row for row in rows if row["method"] == "hjforecast"]
    mean = sum(int(row["n"]) * float(row["pinball"]) for row in ours) / sum(int(row["n"]) for row in ours)
    assert f'<td>hjforecast</td><td class="number">{mean:.4f}</td>' in page
    assert "我的面板.csv" in page and "8个序列（分属2个组）" in page


def test_a_file_that_is_no_panel_is_refused_with_row_and_column(tmp_path: Path):
    path = tmp_path / "bad.csv"
    path.write_text("series,year,value\n甲,2001,abc\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"bad\.csv.*2.*value"):
        MethodsReport(panel=str(path)).own_panel()


def test_the_report_by_its_name_takes_a_panel_and_holds_the_data_of_every_figure(tmp_path: Path, panel_file: Path):
    openpyxl = pytest.importorskip("openpyxl")
    out = tmp_path / "out"
    arguments = ["report", "--notebook", "methods", "--out", str(out), "--formats", "html,xlsx", "--jobs", "1"]
    done = CliRunner().invoke(main, [*arguments, "-p", "panel", str(panel_file)])
    assert done.exit_code == 0, done.output
    assert "8个序列" in (out / "methods.html").read_text(encoding="utf-8")
    record = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["reports"]["methods"]["made_from"]
    assert [Path(name).name for name in record["files"]] == ["我的面板.csv"]
    sheets = openpyxl.load_workbook(out / "methods.xlsx").sheetnames
    assert sum(bool(re.fullmatch(r"图\d+数据", name)) for name in sheets) == 12


def test_the_methods_report_is_made_on_request_only(tmp_path: Path):
    done = CliRunner().invoke(main, ["report", "--dry-run", "--out", str(tmp_path)])
    assert "audit" in done.output and "methods" not in done.output
