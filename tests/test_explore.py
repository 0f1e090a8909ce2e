"""The exploration notebook: sliders give the library's numbers, the scenario file the same ones, and it runs unattended."""

from __future__ import annotations

import ast
import base64
import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from hjforecast import InputError, Plan, Scenario, load_plan, odds, project
from hjforecast.cli import main
from hjforecast.explore import Explorer, example_panel
from hjforecast.live import Live
from hjforecast.panel import check_panel
from hjforecast.plots_live import LiveFigure
from tests.conftest import ROOT
from tests.miniplan import write_plan
from tests.other_plans import PLACES, write_place

NOTEBOOK = ROOT / "notebooks" / "explore.ipynb"
DRAWS, SEED = 400, 11
WIDGET = "application/vnd.jupyter.widget-view+json"
needs_widgets = pytest.mark.skipif(
    "not __import__('importlib.util').util.find_spec('ipywidgets')",
    reason="ipywidgets is not installed (hjforecast[lab])",
)


@pytest.fixture(autouse=True)
def _with_widgets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HJFORECAST_STATIC", raising=False)


@pytest.fixture
def live(plan: Plan) -> Live:
    return Live(plan, "trend", DRAWS, SEED)


def by_hand(plan: Plan, growth: float) -> Any:
    """The library's projection of the trend with one lever moved, written as a scenario file would."""
    return project(
        plan, Scenario("hand", {"real_growth": {"2021-2025": growth}}, extends="trend"), draws=DRAWS, seed=SEED
    )


def slider_of(panel: Any) -> Any:
    """The slider of the first lever, real growth."""
    return panel.children[1].children[0].children[0].children[0].children[1].children[0]


def shown_of(panel: Any) -> tuple[Any, Any, Any]:
    """The choice of indicator, the sentence and the picture."""
    return tuple(panel.children[2].children)


def run_cells(skip: str = "explore.backtest", **parameters: Any) -> dict[str, dict[str, Any]]:
    """Run the notebook's code cells here but those that begin with `skip`; return what each shows by its source."""
    cells = [cell for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    names: dict[str, Any] = {}
    exec("".join(cells[0]["source"]), names)
    assert parameters.keys() <= names.keys()
    names.update(parameters)
    shown = {}
    for cell in cells[1:]:
        source = "".join(cell["source"])
        if skip and source.startswith(skip):
            continue
        if isinstance(ast.parse(source).body[0], ast.Expr):
            shown[source] = dict(eval(source, names)._repr_mimebundle_())
        else:
            exec(source, names)
    return shown


@needs_widgets
def test_a_slider_gives_the_numbers_of_project_with_that_lever(plan: Plan, live: Live):
    from hjforecast.explore_widgets import live_panel

    panel = live_panel(live, "gdp")
    _, words, picture = shown_of(panel)
    before = picture.value
    slider_of(panel).value = 7.0
    expected = by_hand(plan, 7.0)
    for name in ("gdp", "income_resident", "urbanization", "retail_sales"):
        assert np.array_equal(live.projection.central[name], expected.central[name])
        assert np.array_equal(live.projection.samples[name], expected.samples[name])
    rows = odds(expected)
    chance = float(rows[(rows["indicator"] == "gdp") & (rows["measure"] == "level")]["probability"].iloc[0])
    gain = expected.value("gdp", 2025) - project(plan, "trend").value("gdp", 2025)
    for told in (f"{expected.value('gdp', 2025):.2f}亿元", f"高{gain:.2f}亿元", f"概率为{100 * chance:.0f}%"):
        assert told in words.value
    assert bytes(picture.value).startswith(b"\x89PNG") and picture.value != before


@needs_widgets
def test_the_indicator_of_the_figure_can_be_changed(live: Live):
    from hjforecast.explore_widgets import live_panel

    choice, words, picture = shown_of(live_panel(live, "gdp", "en"))
    before = picture.value
    choice.value = "urbanization"
    assert "Urban share" in words.value and "51.8" in words.value and picture.value != before


@needs_widgets
def test_what_code_changes_shows_in_sliders_figure_and_file(plan: Plan, live: Live):
    from hjforecast.explore_widgets import link_panel, live_panel

    panel, link = live_panel(live, "gdp"), link_panel(live)
    Explorer(plan).move(live, "real_growth", 8.5)
    assert slider_of(panel).value == 8.5
    assert f"{by_hand(plan, 8.5).value('gdp', 2025):.2f}亿元" in shown_of(panel)[1].value
    assert "8.5" in content_of(link.value)[1]


def content_of(page: str) -> tuple[str, str]:
    """The name and content of the file in a download link."""
    found = re.search(r'download="([^"]+)" href="data:application/toml;base64,([^"]+)"', page)
    assert found
    return found[1], base64.b64decode(found[2]).decode()


@needs_widgets
def test_the_downloaded_scenario_gives_the_same_numbers_through_the_command(live: Live, plan_dir: Path):
    from hjforecast.explore_widgets import link_panel, live_panel

    panel, link = live_panel(live, "gdp"), link_panel(live)
    slider_of(panel).value = 6.5
    name, content = content_of(link.value)
    (plan_dir / "scenarios" / name).write_text(content, encoding="utf-8")
    assert CliRunner().invoke(main, ["check", str(plan_dir)]).exit_code == 0
    options = ["--plan-dir", str(plan_dir), "--indicator", "gdp", "--draws", str(DRAWS), "--seed", str(SEED)]
    done = CliRunner().invoke(main, ["project", name.removesuffix(".toml"), *options])
    rows = {(row["year"], row["statistic"]): row["value"] for row in csv.DictReader(io.StringIO(done.stdout))}
    assert float(rows["2025", "central"]) == pytest.approx(live.projection.value("gdp", 2025), rel=1e-9)
    for word, share in (("p10", 0.1), ("p90", 0.9)):
        expected = np.quantile(live.projection.samples["gdp"][:, 5], share)
        assert float(rows["2025", word]) == pytest.approx(expected, rel=1e-9)


def test_the_static_link_holds_the_scenario_as_changed(plan: Plan, live: Live):
    live.set("real_growth", 7.0)
    block = Explorer(plan).download(live)
    name, content = content_of(block.html)
    assert name == "trend_edited.toml" and content == live.toml()
    lines = [row[0][0] for part in block.parts if part["kind"] == "table" for row in part["rows"]]
    assert lines == content.rstrip("\n").split("\n")


def test_a_figure_that_moved_is_the_figure_drawn_anew(plan: Plan, live: Live):
    moved = LiveFigure(live, "gdp")
    live.set("real_growth", 9.0)
    moved.update(live)
    fresh = LiveFigure(live, "gdp")
    assert moved.figure.get_label() == fresh.figure.get_label()
    for one, other in zip(moved.figure.axes[0].lines, fresh.figure.axes[0].lines, strict=True):
        assert np.array_equal(one.get_xydata(), other.get_xydata())
    assert moved.figure.axes[0].get_ylim() == fresh.figure.axes[0].get_ylim()
    expected = by_hand(plan, 9.0)
    assert f"{expected.value('gdp', 2025):.1f}" in moved.figure.get_label()


def test_bands_of_the_figure_hold_the_shares_that_they_name(live: Live):
    """The 80 % shape in 2025 spans the 10 and 90 % quantiles of the draws."""
    figure = LiveFigure(live, "gdp")
    (shape, _) = figure.figure.axes[0].patches[-2:]
    corners = [y for x, y in shape.get_xy() if x == 2025]
    expected = np.quantile(live.projection.samples["gdp"][:, 5], [0.1, 0.9])
    assert sorted(set(corners)) == pytest.approx(list(expected))


def test_moving_a_lever_by_code_names_it_and_keeps_what_sliders_did(plan: Plan, live: Live):
    explore = Explorer(plan)
    live.set("price_change", 2.0)
    page = explore.move(live).html
    assert dict(live.changes) == {"price_change": {"2021-2025": 2.0}} and "price_change" in page
    fresh = Live(plan, "trend", 0)
    explore.move(fresh)
    assert len(fresh.changes) == 1
    with pytest.raises(InputError, match="real_growth"):
        explore.move(fresh, "real_growht", 7.0)


def test_an_indicator_without_a_path_is_refused_and_an_unknown_one_named(plan: Plan):
    with pytest.raises(InputError, match="urbanization"):
        Explorer(plan, "urbanisation")
    run = project(plan, "trend")
    without = next(name for name in plan.indicators if not np.isfinite(run.central[name][1:]).any())
    with pytest.raises(InputError, match="无法测算"):
        Explorer(plan, without).path(run)


def test_the_simulated_panel_says_so_and_has_the_form_of_a_panel(plan: Plan):
    panel = example_panel()
    assert len(check_panel(panel)) == 180 and example_panel().equals(panel)
    page = Explorer(plan).backtest().html
    assert "模拟数据" in page and "不能作为方法优劣的证据" in page


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_cell_shows_something_and_numbers_run_on(lang: str):
    shown = run_cells("" if lang == "zh" else "explore.backtest", lang=lang, draws=200)
    pages = [bundle["text/html"] for bundle in shown.values()]
    assert all(re.search(r"\w{3}", re.sub(r"<[^>]*>", "", page)) for page in pages)
    for word in ("表", "图") if lang == "zh" else ("Table ", "Figure "):
        numbers = [int(found) for found in re.findall(rf"<figcaption>{word}(\d+)　", "".join(pages))]
        assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) >= 4
    assert len([source for source, bundle in shown.items() if WIDGET in bundle]) == 2


@pytest.mark.parametrize("why", ["not installed", "asked for"])
def test_without_widgets_the_figure_is_a_picture(monkeypatch: pytest.MonkeyPatch, why: str):
    if why == "asked for":
        monkeypatch.setenv("HJFORECAST_STATIC", "1")
    else:
        monkeypatch.setattr("hjforecast.explore_widgets.find_spec", lambda name: None)
    shown = run_cells(draws=200)
    assert not any(WIDGET in bundle for bundle in shown.values())
    assert "<svg" in shown["explore.controls(live)"]["text/html"]


@pytest.mark.parametrize("name", [*PLACES, "mini"])
def test_it_takes_the_plans_of_other_places(tmp_path: Path, name: str):
    folder = write_plan(tmp_path / name) if name == "mini" else write_place(tmp_path / name, PLACES[name])
    scenario = next(iter(load_plan(folder).scenarios))
    shown = run_cells(plan_dir=str(folder), scenario=scenario, draws=50)
    page = shown["explore.path(projection)"]["text/html"]
    assert "<svg" in page or "没有可以测算的指标" in page


def test_plain_papermill_runs_it_without_a_front_end(tmp_path: Path):
    out = tmp_path / "out.ipynb"
    command = [sys.executable, "-m", "papermill", str(NOTEBOOK), str(out), "-p", "draws", "200", "--no-progress-bar"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    text = out.read_text(encoding="utf-8")
    assert "下载情景文件 trend_edited.toml" in text and '"output_type": "error"' not in text


def test_the_report_has_one_language_a_picture_and_the_file(tmp_path: Path):
    arguments = ["report", "high", "--notebook", "explore", "--lang", "en", "--out", str(tmp_path), "--draws", "200"]
    done = CliRunner().invoke(main, [*arguments, "--jobs", "1"])
    assert done.exit_code == 0, done.output
    page = (tmp_path / "explore-high.en.html").read_text(encoding="utf-8")
    assert "4. Move a lever" in page and "调整杠杆" not in page and "<svg" in page
    assert content_of(page)[0] == "high_edited.toml"


def test_several_scenarios_make_a_report_each(tmp_path: Path):
    arguments = ["report", "high", "low", "--notebook", "explore", "--dry-run", "--out", str(tmp_path)]
    done = CliRunner().invoke(main, arguments)
    assert "explore-high" in done.output and "explore-low" in done.output
