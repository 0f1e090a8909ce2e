"""Reports as real kernels make them: self-contained pages, failures that stay alone, the same for any --jobs."""

from __future__ import annotations

import base64
import json
import re
import sys
from io import BytesIO
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from matplotlib.text import Text

from hjforecast.plots_canvas import styled
from hjforecast.report import Report
from hjforecast.reporting import manifest
from hjforecast.reporting.page import complete_page, report_page
from tests.miniplan import write_plan
from tests.test_reporting_helpers import World, notebook, write_notebooks

ALL = ("plan", "trend", "comparison", "audit")
FAILS = """
import os, signal
if scenario == "trend":
    raise ValueError("情景数据\\n有误")
if scenario == "plan":
    os.kill(os.getppid(), signal.SIGTERM)
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> World:
    """A folder after one run of all reports, on a machine whose registered python3 kernel is another's."""
    folder = tmp_path_factory.mktemp("reporting")
    spec = folder / "jupyter" / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(
        json.dumps(
            {"argv": ["/nonexistent/python", "{connection_file}"], "display_name": "other", "language": "python"}
        )
    )
    world = World(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(folder / "jupyter"))
        assert world.run() == 0
    return world


@pytest.mark.parametrize("name", ALL)
def test_page_is_self_contained_and_without_code(world, name):
    page = world.html(name)
    assert '<html lang="zh-CN">' in page
    assert "报告：" in page
    assert not re.search(r"""(src|href)\s*=\s*["']?\s*(https?:)?//""", page)
    assert "<script" not in page
    for text in ("secret_variable", "printed to", "plain text result", "metadata"):
        assert text not in page


def test_title_contents_and_marks(world):
    page = world.html("trend")
    assert "<title>报告：trend</title>" in page
    assert '<h2 id="s1">一、总体</h2>' in page
    assert '<a href="#s1">一、总体</a>' in page
    assert '<li class="level3">' in page
    assert "为假设值" in page
    assert "推算的值" not in page
    assert 'viewBox="0 0 9 9"' in page


def test_fonts_in_the_page_draw_its_text(world):
    page = world.html("plan")
    fonts = re.findall(r"data:font/woff;base64,([A-Za-z0-9+/=]+)", page)
    assert len(fonts) == 2
    for data in fonts:
        codes = TTFont(BytesIO(base64.b64decode(data))).getBestCmap()
        assert {ord(char) for char in "报告地区生产总值目录5"} <= codes.keys()
    assert world.manifest()["reports"]["plan"]["warnings"] == []


def test_kernel_is_this_interpreter(world):
    assert sys.executable in world.html("plan")


def test_manifest_agrees_with_the_files_and_nothing_else_is_left(world):
    assert manifest.differences(world.out) == []
    assert {row["status"] for row in world.manifest()["reports"].values()} == {"ok"}
    names = {*(f"{name}.html" for name in (*ALL, "index")), "manifest.json", ".hjforecast.lock"}
    assert {path.name for path in world.out.iterdir()} >= names
    assert not list(world.out.glob(".work-*"))


def test_failures_stay_alone_and_the_next_run_repairs_them(world, capsys):
    """A cell that raises and a worker that dies in one run; then the same notebooks as at first, one at a time."""
    good = {name: world.html(name) for name in ALL}
    write_notebooks(world.notebooks, scenario_report=FAILS)
    assert world.run() == 1
    rows = world.manifest()["reports"]
    assert {name: rows[name]["status"] for name in ALL} == {
        "plan": "failed", "trend": "failed", "comparison": "unchanged", "audit": "unchanged",
    }  # fmt: skip
    assert rows["trend"]["error"].startswith("ValueError: 情景数据")
    assert "worker process died" in rows["plan"]["error"]
    failed = json.loads((world.out / "failed" / "trend.ipynb").read_text(encoding="utf-8"))
    assert "ValueError" in "".join(failed["cells"][0]["source"])
    injected = next(cell for cell in failed["cells"] if "injected-parameters" in cell["metadata"].get("tags", []))
    assert "'trend'" in "".join(injected["source"])
    assert str(world.plan) in "".join(injected["source"])
    assert {name: world.html(name) for name in ALL} == good

    write_notebooks(world.notebooks)
    assert world.run(jobs=1) == 0
    assert {name: world.html(name) for name in ALL} == good
    assert not list((world.out / "failed").iterdir())


def page_of(*sources: str) -> str:
    import nbformat

    book = nbformat.reads(notebook("", *sources), as_version=4)
    for cell in book.cells:
        cell.outputs = [nbformat.v4.new_output("display_data", {"text/html": cell.source})]
    return report_page(book, "zh")[0]


@pytest.mark.parametrize(
    "html",
    [
        '<script src="x.js"></script>',
        '<img src="https://example.org/x.png">',
        "<img alt='' src=//example.org/x.png>",
        '<link rel="stylesheet" href="x.css">',
        '<iframe src="x.html"></iframe>',
        "<style>p {color: red} @import 'x.css';</style>",
        "<style>body {background: url(https://example.org/x.png)}</style>",
        '<p style="background: url(//example.org/x.png)">文字</p>',
    ],
)
def test_page_that_would_load_from_elsewhere_fails(html):
    with pytest.raises(ValueError, match="elsewhere"):
        page_of(html)


def test_picture_beside_the_page_is_told():
    import nbformat

    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("![图](地图.png) ![](data:image/png;base64,aa)")]
    )
    warnings = report_page(book, "zh")[1]
    assert len(warnings) == 1
    assert warnings[0].endswith(": 地图.png")


def test_svg_keeps_its_spelling_and_loses_its_metadata():
    svg = (
        '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd">'
        '<svg viewBox="0 0 1 1"><metadata><rdf:RDF/></metadata><clipPath id="p"/><use xlink:href="#p"/></svg>'
    )
    assert '<svg viewBox="0 0 1 1"><clipPath id="p"/><use xlink:href="#p"/></svg>' in page_of(svg)


def test_characters_without_a_glyph_are_told():
    assert complete_page("<p>正常</p>", "zh", "题")[1] == []
    assert "\U0001f600" in complete_page("<p>\U0001f600</p>", "zh", "题")[1][0]


def test_title_is_escaped():
    html, _ = complete_page("", "en", "</title><b>")
    assert "<title>&lt;/title&gt;&lt;b&gt;</title>" in html


def test_templates_of_pages_reach_nothing_outside():
    folder = Path(manifest.__file__).parent / "templates"
    for path in (*folder.rglob("*.j2"), *folder.rglob("*.css")):
        assert "//" not in path.read_text(encoding="utf-8"), path


def test_names_of_a_plan_are_text_in_page_and_figure(tmp_path):
    folder = write_plan(tmp_path, {"plan.toml": ('zh = "甲县规划"', 'zh = "<b>$x$ & <script>"')})
    page = Report(str(folder)).provenance(["<i>"]).html
    assert "&lt;b&gt;$x$ &amp; &lt;script&gt;" in page
    assert "<b>" not in page
    assert "&lt;i&gt;" in page
    with styled():
        assert not Text(text="$x$").get_parse_math()
