"""Parts of an executed notebook, as exports to Word, PDF and Excel read them."""

from __future__ import annotations

import base64

import nbformat
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from hjforecast.document import (
    Cell,
    Column,
    Table,
    data_block,
    edition_block,
    facts_block,
    figure_block,
    heading,
    paragraphs,
    stack,
    table_block,
)
from hjforecast.reporting.parts import edition_rows, frame_of, parts_of, unshown


def executed(*shown: object, **texts: str) -> nbformat.NotebookNode:
    data = [dict(block._repr_mimebundle_()) for block in shown] + [{kind: text} for kind, text in texts.items()]
    return new_notebook(cells=[new_code_cell("", outputs=[new_output("display_data", data=one)]) for one in data])


def picture(colour: str) -> str:
    return f'<svg aria-label="a &lt; b"><rect fill="{colour}"/></svg>'


def test_parts_come_in_reading_order_with_what_they_show():
    table = table_block(
        Table(
            [Column("指标"), Column("值", True)],
            [[Cell("甲", indent=1), Cell("1.0*", "assumed")]],
            "乙",
            "亿元",
            ["", "注。"],
        ),
        "表1",
    )
    parts = parts_of(
        executed(heading("题", 0), stack([heading("概述", 1, "一、"), paragraphs(["甲。", ""], "lead"), table]))
    )
    assert [part["kind"] for part in parts] == ["heading", "heading", "paragraph", "table"]
    assert (parts[1]["level"], parts[1]["number"], parts[1]["text"]) == (1, "一、", "概述")
    assert parts[2] == {"kind": "paragraph", "text": "甲。", "role": "lead"}
    assert parts[3]["rows"] == [[["甲", "", 1], ["1.0*", "assumed", 0]]]
    assert parts[3]["columns"] == [["指标", False], ["值", True]]
    assert (parts[3]["label"], parts[3]["caption"], parts[3]["unit"], parts[3]["notes"]) == (
        "表1",
        "乙",
        "亿元",
        ["注。"],
    )


def test_every_figure_has_its_own_picture():
    both = stack([figure_block(picture("red"), "图1", "甲"), figure_block(picture("blue"), "图2", "乙", ["注。"])])
    first, second = parts_of(executed(both))
    assert (first["svg"], first["alt"]) == (picture("red"), "a < b")
    assert (second["svg"], second["caption"], second["notes"]) == (picture("blue"), "乙", ["注。"])


def test_cells_of_other_people_come_too_and_code_does_not():
    notebook = executed(
        **{"text/html": "<p>x</p>", "text/markdown": "*x*", "image/png": base64.b64encode(b"p").decode()}
    )
    notebook.cells.insert(0, new_markdown_cell("# 题"))
    notebook.cells.append(new_code_cell("secret()", outputs=[new_output("stream", name="stdout", text="log")]))
    assert parts_of(notebook) == [
        {"kind": "markdown", "text": "# 题"}, {"kind": "html", "text": "<p>x</p>"}, {"kind": "markdown", "text": "*x*"},
        {"kind": "image", "format": "png", "data": b"p"},
    ]  # fmt: skip


def test_hidden_parts_show_nothing_on_a_page_and_keep_every_digit():
    frame = pd.DataFrame({"indicator": ["gdp", "增"], "value": [1 / 3, None]})
    block = stack([data_block(frame, "数据"), edition_block([{"key": "gdp", "value": 0.1}])])
    assert block.html.strip() == block.markdown == block.plain == ""
    parts = parts_of(executed(block))
    pd.testing.assert_frame_equal(frame_of(parts[0]), frame)
    rows = edition_rows(parts)
    assert rows == [{"key": "gdp", "value": 0.1}]
    # A run receives them from its workers and must not need nbformat, a second to import, to take them in.
    assert [type(row) for row in rows] == [dict]


def test_facts_are_escaped_on_a_page_and_plain_in_parts():
    block = facts_block("生成信息", [("规划", "<b>")])
    assert "&lt;b&gt;" in block.html and "<b>" not in block.html
    assert block.parts == ({"kind": "facts", "title": "生成信息", "rows": [["规划", "<b>"]]},)


@pytest.mark.parametrize("block", [heading("题", 0), paragraphs(["甲"])])
def test_a_notebook_with_parts_is_a_valid_notebook(block):
    nbformat.validate(executed(block))


def test_results_that_no_format_shows_are_told_once():
    plain = {"text/plain": "0  1"}
    assert unshown(executed(paragraphs(["甲"]), **{"text/html": "<p>1</p>"})) == []
    assert unshown(executed(**plain))[0].startswith("1个单元")
    with_picture = new_code_cell(
        "", outputs=[new_output("execute_result", data=plain), new_output("display_data", data={"image/png": ""})]
    )
    assert unshown(new_notebook(cells=[with_picture])) == []
    printed = new_code_cell("", outputs=[new_output("stream", text="1")])
    assert unshown(new_notebook(cells=[printed])) == []
