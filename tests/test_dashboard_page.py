"""The dashboard's page without a browser: what its widgets show, take and refuse."""

from __future__ import annotations

import io
import re
import tomllib
import zipfile
from html import unescape
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ipywidgets", reason="ipywidgets is not installed: pip install 'hjforecast[dashboard]'")

from hjforecast import InputError, Plan, Scenario, evaluate, load_plan, project
from hjforecast.dashboard.downloads import rendered
from hjforecast.dashboard.page import Page, page
from hjforecast.dashboard.uploads import (
    MOST_ACTUALS,
    MOST_SCENARIO,
    actuals_text,
    checked_actuals,
    checked_scenario,
)
from hjforecast.live import Live
from tests.conftest import ROOT

GOOD = 'id = "mine"\ntitle = { zh = "我的", en = "Mine" }\nextends = "trend"\n[levers]\nreal_growth = { "2021-2025" = 7.5 }\n'


@pytest.fixture
def opened(plan: Plan) -> Page:
    return Page(plan, None, "zh", 50)


def _all(widget: Any) -> list[Any]:
    return [widget, *(inner for child in getattr(widget, "children", ()) for inner in _all(child))]


def _text(one: Page) -> str:
    """Everything that a page says, tags and escapes taken out."""
    return unescape(re.sub(r"<[^>]+>", " ", " ".join(str(getattr(part, "value", "")) for part in _all(one.box))))


def _lever(one: Page, label: str) -> Any:
    return next(part for part in _all(one.box) if label in str(getattr(part, "description", "")))


def test_page_shows_what_the_command_line_says(opened: Page, plan: Plan) -> None:
    text = _text(opened)
    assert f"{project(plan, 'trend').value('gdp', 2025):.2f}亿元（现价）" in text
    assert "洪江市" in text and "审查意见（26条）" in text


def test_every_text_changes_with_the_language(opened: Page) -> None:
    button = next(part for part in _all(opened.box) if getattr(part, "description", "") == "English")
    button.click()
    text = re.sub(r"表\d-\d[^ ]*( 第\d+项)?|第[一二三四五六七八九]篇\S*(\s\S*项目?)?", "", _text(opened))
    labels = " ".join(str(getattr(part, "description", "")) for part in _all(opened.box))
    assert "Mid-term evaluation" in text and "billion yuan (current prices)" in text
    assert re.findall(r"[\u4e00-\u9fff]+", labels.replace("中文", "")) == []
    assert opened.lang == "en" and 'data-lang="en"' in opened.box.children[0].children[1].value


def test_moved_lever_changes_figures_and_the_file_offered(opened: Page, plan: Plan) -> None:
    _lever(opened, "实际增速").value = 8.0
    moved = project(plan, Scenario("x", {"real_growth": {"2021-2025": 8.0}}, extends="trend")).value("gdp", 2025)
    assert f"{moved:.2f}亿元" in _text(opened) and "trend_edited.toml" in _text(opened)


def test_choosing_a_scenario_or_a_figure_shows_it(opened: Page, plan: Plan) -> None:
    _lever(opened, "情景").value = "plan"
    assert "195.66亿元（现价）" in _text(opened)
    opened.figure.value = "urbanization"
    assert "城镇化率" in opened.drawing.value


def test_uploaded_scenario_is_taken_and_stays_in_the_list(opened: Page) -> None:
    opened.files._uploaded(({"content": memoryview(GOOD.encode())},))
    assert opened.live.base.id == "mine" and "我的" in opened.files.message.value
    _lever(opened, "情景").value = "trend"
    assert ("我的（上传）", "upload:mine") in _lever(opened, "情景").options


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "空"),
        (b"PK\x03\x04 a zip", "scenario.toml"),
        (b"x" * (MOST_SCENARIO * 1024 + 1), "不能超过"),
        (b"not toml at all", "TOML"),
        (b'title = "no id"\n', "id"),
        (b'id = "../../etc/x"\n[levers]\n', "id"),
        (b'id = "--help"\n[levers]\n', "id"),
        (b'id = "index"\n[levers]\n', "改名"),
        (b'id = "mine"\nbaseline = "nowhere"\n[levers]\n', "nowhere"),
        (b'id = "trend"\n[levers]\n', "同名"),
        (b'id = "mine"\n[levers]\nreal_grwth = 5\n', "real_growth"),
        (b'id = "mine"\n[levers]\nreal_growth = 99\n', "-20"),
        (b'id = "mine"\nextends = "nowhere"\n[levers]\n', "nowhere"),
        (b'id = "mine"\nextends = "mine"\n[levers]\n', "环"),
        (b'id = "mine"\nlevers = 5\n', "levers"),
        (b'id = "mine"\nsurprise = 1\n[levers]\n', "surprise"),
        (b'id = "mine"\n[levers]\nreal_growth = ' + b"[" * 3000, "scenario.toml"),
    ],
)
def test_bad_scenario_is_refused_with_a_sentence(opened: Page, content: bytes, says: str) -> None:
    before = opened.live
    opened.files._uploaded(({"content": memoryview(content)},))
    told = opened.files.message.value
    assert 'role="alert"' in told and says in told and "Traceback" not in told
    assert opened.live is before and not opened.uploaded


@pytest.mark.parametrize("content", [10**13, -1, None, "text", [1, 2]])
def test_upload_that_no_browser_makes_is_an_empty_file(opened: Page, content: object) -> None:
    """A number would otherwise be taken for that many bytes."""
    for upload, message in (
        (opened.files.upload, opened.files.message),
        (opened.midterm.upload, opened.midterm.message),
    ):
        upload.set_state({"value": [{"name": "x", "type": "", "size": 1, "last_modified": 0, "content": content}]})
        assert "空" in message.value, message.value


def test_unchanged_upload_is_reported_and_saved_as_it_is(opened: Page, tmp_path: Path) -> None:
    opened.files._uploaded(({"content": memoryview(GOOD.encode())},))
    assert 'download="mine.toml"' in opened.files.scenario.value
    written = tomllib.loads(opened.live.toml())
    assert (written["id"], written["title"]["zh"]) == ("mine", "我的")
    _lever(opened, "实际增速").value = 7.0
    assert 'download="mine_edited.toml"' in opened.files.scenario.value


def test_markup_in_an_uploaded_scenario_stays_text(opened: Page) -> None:
    attack = GOOD.replace("我的", "<img src=x onerror=alert(1)>")
    opened.files._uploaded(({"content": memoryview(attack.encode())},))
    assert opened.live.base.id == "mine"
    shown = " ".join(str(getattr(part, "value", "")) for part in _all(opened.box) if type(part).__name__ == "HTML")
    assert "<img" not in shown and "&lt;img" in shown


def test_unforeseen_error_is_a_sentence_too(opened: Page) -> None:
    opened._tried(lambda: 1 // 0)
    assert "出现意外错误" in opened.message.value and "ZeroDivisionError" in opened.message.value


def test_figures_typed_in_are_evaluated_as_a_file_would_be(opened: Page, plan: Plan, tmp_path: Path) -> None:
    midterm = opened.midterm
    midterm.year.value = 2022
    midterm.boxes["urbanization"].value = " ４７．９ "
    midterm.boxes["retail_sales"].value = "35.2"
    midterm._tried(midterm._evaluate_typed)
    assert "已读入2条实绩" in midterm.message.value
    file = tmp_path / "actuals.csv"
    file.write_text(
        "indicator,year,value,status,vintage,source,note\n"
        "urbanization,2022,47.9,reported,,网页录入,\nretail_sales,2022,35.2,reported,,网页录入,\n",
        encoding="utf-8",
    )
    found = evaluate(plan, file, draws=0).set_index("indicator")
    shown = unescape(re.sub(r"<[^>]+>", " ", midterm.shown.value))
    assert f"{found.loc['urbanization', 'progress_pct']:.1f}" in shown
    midterm.year.value = 2023
    assert midterm.boxes["urbanization"].value == ""
    midterm.year.value = 2022
    assert midterm.boxes["urbanization"].value.strip() == "４７．９"


@pytest.mark.parametrize(
    ("typed", "says"), [("about 5", "2023年常住人口城镇化率（%）：读到“about 5”"), ("147", "100"), ("", "实绩")]
)
def test_bad_figure_is_refused_with_a_sentence(opened: Page, typed: str, says: str) -> None:
    opened.midterm.boxes["urbanization"].value = typed
    opened.midterm._tried(opened.midterm._evaluate_typed)
    assert 'role="alert"' in opened.midterm.message.value and says in opened.midterm.message.value
    assert "actuals.csv" not in opened.midterm.message.value  # there is no such file: it was typed into a box
    assert opened.midterm.shown.value == "" and opened.actuals == ""


def test_evaluation_that_is_out_of_date_says_so_and_makes_no_report(opened: Page) -> None:
    midterm = opened.midterm
    midterm.boxes["urbanization"].value = "47.9"
    midterm._tried(midterm._evaluate_typed)
    _lever(opened, "实际增速").value = 7.0
    assert "情景已改动" in midterm.message.value
    midterm._tried(midterm._evaluate_typed)
    assert "已读入1条实绩" in midterm.message.value
    midterm.boxes["urbanization"].value = "48.9"
    assert "实绩已改动" in midterm.message.value
    opened.files.kind.value = "midterm_evaluation"
    opened.files.render.click()
    assert "请先填写实绩并评估" in opened.files.links.value


def test_bad_figure_is_told_with_the_box_that_it_is_in(opened: Page) -> None:
    opened.midterm.year.value = 2023
    opened.midterm.boxes["urbanization"].value = "47"
    opened.midterm.boxes["retail_sales"].value = "三十五\n亿"
    opened.midterm.source.value = "统计局\r快报"
    opened.midterm._tried(opened.midterm._evaluate_typed)
    told = unescape(opened.midterm.message.value)
    assert "社会消费品零售总额" in told and "2023" in told and "三十五 亿" in told and "应为数字" in told
    assert "行" not in told and "城镇化率" not in told


def test_figures_stay_when_the_page_is_built_anew(opened: Page) -> None:
    opened.midterm.year.value = 2022
    opened.midterm.boxes["urbanization"].value = "47.9"
    opened._switch()
    assert opened.midterm.year.value == 2022 and opened.midterm.boxes["urbanization"].value == "47.9"


def test_file_of_figures_is_checked_and_limited(plan: Plan) -> None:
    good = (ROOT / "tests/fixtures/example_actuals.csv").read_bytes()
    assert max(one.year for one in checked_actuals(plan, good).observations) > 2020
    with pytest.raises(InputError, match="不能超过"):
        checked_actuals(plan, b"x" * (MOST_ACTUALS * 1024 + 1))
    with pytest.raises(InputError, match="gdpp"):
        checked_actuals(plan, good + b"gdpp,2022,1,reported,,x,\n")


def test_hundreds_of_problems_are_told_by_the_first_and_their_number(opened: Page) -> None:
    rows = "".join(f"nothing{number},2023,1,reported,,x,\n" for number in range(300))
    content = f"indicator,year,value,status,vintage,source,note\n{rows}".encode()
    opened.midterm._tried(lambda: opened.midterm._uploaded(({"content": memoryview(content)},)))
    told = opened.midterm.message.value
    assert "nothing0" in told and "nothing299" not in told and "另有 280 处" in told


def test_commas_and_quotes_in_a_source_stay_in_their_column(plan: Plan) -> None:
    text = actuals_text({("gdp", 2021): "136", ("urbanization", 2021): " "}, '统计局, "快报"')
    (found,) = [one for one in checked_actuals(plan, text.encode()).observations if one.year > 2020]
    assert (found.indicator, found.source) == ("gdp", '统计局, "快报"')


def test_scenario_checked_is_the_scenario_written(plan: Plan) -> None:
    live = Live(plan, "low", draws=0)
    live.set("shock", -1.0, 2022)
    again = checked_scenario(plan, live.toml().encode())
    assert project(plan, again).value("gdp", 2025) == live.projection.value("gdp", 2025)


def test_report_of_an_edited_scenario_holds_its_numbers(plan: Plan) -> None:
    live = Live(plan, "trend", draws=50)
    live.set("real_growth", 8.0)
    files = rendered(live, live.toml(), "scenario", ["html", "docx"], "zh", None, "")
    level = f"{live.projection.value('gdp', 2025):.2f}"
    name, content = files["html"]
    assert (
        name == "trend_edited.html"
        and f"{level}亿元" in unescape(content.decode())
        and "惯性发展（调整）" in content.decode()
    )
    with zipfile.ZipFile(io.BytesIO(files["docx"][1])) as word:
        assert level in word.read("word/document.xml").decode()


def test_evaluation_makes_its_report_of_the_edited_scenario(plan: Plan) -> None:
    live = Live(plan, "trend", draws=20)
    live.set("real_growth", 7.0)
    figures = actuals_text({("urbanization", 2023): "48.7"}, "统计局")
    name, content = rendered(live, live.toml(), "midterm_evaluation", ["html"], "zh", None, figures)["html"]
    text = unescape(content.decode())
    assert "48.7" in text and "惯性发展（调整）" in text, name


def test_report_that_fails_is_told_in_a_sentence(plan: Plan) -> None:
    live = Live(plan, "trend", draws=50)
    with pytest.raises(InputError, match="没有生成"):
        rendered(live, 'id = "trend_edited"\n[levers]\nnonsense = 1\n', "scenario", ["html"], "zh", None, "")


def test_bad_plan_directory_is_a_sentence_on_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HJFORECAST_DASHBOARD_PLAN", str(tmp_path))
    assert 'role="alert"' in page().value and "plan.toml" in page().value


def test_other_plan_has_only_what_it_has(tmp_path: Path) -> None:
    from tests.miniplan import write_plan

    one = Page(load_plan(write_plan(tmp_path)), None, "zh", 20)
    assert one.box.children and "洪江" not in _text(one)


def test_plan_without_targets_or_scenarios_is_shown_or_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.miniplan import write_plan

    folder = write_plan(tmp_path)
    targets = folder / "targets.csv"
    targets.write_text(targets.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    assert Page(load_plan(folder), folder, "zh", 20).box.children
    for file in (folder / "scenarios").iterdir():
        file.unlink()
    monkeypatch.setenv("HJFORECAST_DASHBOARD_PLAN", str(folder))
    assert "没有情景文件" in page().value


def test_saved_scenario_file_is_the_one_that_live_writes(opened: Page) -> None:
    import base64

    _lever(opened, "实际增速").value = 7.0
    found = re.search(r'download="([^"]+)" href="data:application/toml;base64,([^"]+)"', opened.files.scenario.value)
    assert found and found[1] == "trend_edited.toml"
    assert tomllib.loads(base64.b64decode(found[2]).decode())["levers"] == {"real_growth": {"2021-2025": 7.0}}
