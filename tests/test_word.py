"""Word files, read back as a reader's program reads them: structure, layout, numbers, and text that stays text."""

from __future__ import annotations

import importlib
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from hjforecast.document import (
    Block,
    Cell,
    Column,
    Table,
    data_block,
    edition_block,
    facts_block,
    figure_block,
    heading,
    paragraphs,
    table_block,
)

for needed in ("pypandoc", "typst"):
    pytest.importorskip(needed, reason="needs the extra publish")
docx = pytest.importorskip("docx", reason="needs the extra publish")
qn = importlib.import_module("docx.oxml.ns").qn
write_docx = importlib.import_module("hjforecast.reporting.word").write_docx
word_table = importlib.import_module("hjforecast.reporting.word_table")

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" height="{height}pt" aria-label="产值 1，2 &lt; 3">'
    '<rect width="40" height="20" fill="#24425c"/></svg>'
)


def notebook(*blocks: Block) -> Any:
    cells = [
        new_code_cell("", outputs=[new_output("display_data", data=dict(block._repr_mimebundle_()))])
        for block in blocks
    ]
    return new_notebook(cells=cells)


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Any]:
    """Write blocks as a Word file and read it again."""

    def write(*blocks: Block, lang: str = "zh") -> Any:
        path = tmp_path / "report.docx"
        write_docx(notebook(*blocks), path, lang)
        return docx.Document(str(path))

    return write


def small_table(**changes: Any) -> Table:
    given: dict[str, Any] = {
        "columns": [Column("指标"), Column("单位"), Column("2025年", True)],
        "rows": [
            [Cell("产值"), Cell("亿元"), Cell("19.5")],
            [Cell("其中：甲", indent=1), Cell("亿元"), Cell("7.25†", "derived")],
        ],
        "caption": "产值",
        "unit": "单位：亿元",
        "notes": ["注：带†的为推算数。", "资料来源：规划文本。"],
    }
    return Table(**{**given, **changes})


def report() -> list[Block]:
    return [
        heading("某市规划情景报告", 0),
        paragraphs(["情景说明：如期实现。"], "lead"),
        heading("概述", 1, "一、"),
        paragraphs(["预计2025年为8 %。"]),
        heading("目标", 2, "（一）"),
        heading("细目", 3, "1."),
        heading("更细", 4, "（1）"),
        table_block(small_table(), "表1"),
        figure_block(SVG.format(width=480, height=240), "图1", "产值走势", ["资料来源：测算。"]),
        facts_block("生成信息", [("情景", "plan")]),
    ]


def styled(document: Any, style: str) -> list[str]:
    return [paragraph.text for paragraph in document.paragraphs if paragraph.style.style_id == style]


def all_text(document: Any) -> str:
    return "\n".join(node.text or "" for node in document.element.body.iter(qn("w:t")))


def fonts_of(document: Any, style_id: str) -> tuple[str, str, float]:
    """Font of Chinese text, font of Latin text and size of a style, with what it inherits."""
    found: dict[str, Any] = {}
    styles = {style.style_id: style.element for style in document.styles}
    element = styles[style_id]
    chain = [element]
    while element.find(qn("w:basedOn")) is not None:
        element = styles[element.find(qn("w:basedOn")).get(qn("w:val"))]
        chain.append(element)
    for item in [*chain, document.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault"))]:
        for fonts in item.iter(qn("w:rFonts")):
            found.setdefault("east", fonts.get(qn("w:eastAsia")))
            found.setdefault("latin", fonts.get(qn("w:ascii")))
        for size in item.iter(qn("w:sz")):
            found.setdefault("size", int(size.get(qn("w:val"))) / 2)
    return found["east"], found["latin"], found["size"]


def test_headings_are_headings_and_the_title_is_the_title(written):
    document = written(*report())
    assert styled(document, "Title") == ["某市规划情景报告"]
    expected = ["一、概述", "（一）目标", "1. 细目", "（1）更细"]
    assert [styled(document, f"Heading{level}") for level in (1, 2, 3, 4)] == [[text] for text in expected]
    assert document.core_properties.title == "某市规划情景报告"
    assert document.core_properties.author == "hjforecast"
    assert document.core_properties.language == "zh-CN"


def test_a_long_title_breaks_after_its_colon(written):
    title = "洪江市2021—2025年规划情景报告：规划目标情景"
    document = written(heading(title, 0))
    assert styled(document, "Title") == [title.replace("：", "：\n")]
    assert document.core_properties.title == title


def test_the_page_is_laid_out_as_the_standard_asks(written):
    section = written(*report()).sections[0]
    width = section.page_width.mm - section.left_margin.mm - section.right_margin.mm
    height = section.page_height.mm - section.top_margin.mm - section.bottom_margin.mm
    assert (section.page_width.mm, section.page_height.mm) == pytest.approx((210, 297), abs=0.1)
    assert (section.top_margin.mm, section.left_margin.mm) == pytest.approx((37, 28), abs=0.1)
    assert (width, height) == pytest.approx((156, 225), abs=0.1)


def test_a_page_holds_22_lines_of_28_characters(written):
    document = written(*report())
    body = document.styles["Normal"].paragraph_format.line_spacing.pt
    grid = int(document.sections[0]._sectPr.find(qn("w:docGrid")).get(qn("w:linePitch"))) / 20
    assert body == pytest.approx(grid)
    assert 22 <= 225 / 25.4 * 72 / body < 23
    text = {style.style_id: style for style in document.styles}["BodyText"].element
    spacing = int(text.find(qn("w:rPr")).find(qn("w:spacing")).get(qn("w:val"))) / 20
    assert 28 <= 156 / 25.4 * 72 / (16 + spacing) < 29
    assert text.find(qn("w:pPr")).find(qn("w:ind")).get(qn("w:firstLineChars")) == "200"


@pytest.mark.parametrize(
    ("style", "east", "size"),
    [
        ("Title", "方正小标宋简体", 22),
        ("BodyText", "仿宋", 16),
        ("Heading1", "黑体", 16),
        ("Heading2", "楷体", 16),
        ("Heading3", "仿宋", 16),
        ("Heading4", "仿宋", 16),
    ],
)
def test_fonts_are_those_of_the_standard(written, style: str, east: str, size: float):
    assert fonts_of(written(*report()), style) == (east, "Times New Roman", size)


def test_page_numbers_stand_outside_between_dashes(written):
    document = written(*report())
    assert document.settings.odd_and_even_pages_header_footer
    section = document.sections[0]
    for footer, side in ((section.footer, "right"), (section.even_page_footer, "left")):
        line = footer.paragraphs[0]
        assert re.fullmatch(r"— \d —", "".join(node.text for node in line._p.iter(qn("w:t"))))
        assert [node.get(qn("w:instr")).strip() for node in line._p.iter(qn("w:fldSimple"))] == ["PAGE"]
        assert line._p.pPr.find(qn("w:jc")).get(qn("w:val")) == side
    assert fonts_of(document, "Footer") == ("宋体", "宋体", 14)


def test_a_table_says_what_the_page_says(written):
    document = written(*report())
    table = document.tables[0]
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["指标", "单位", "2025年"],
        ["产值", "亿元", "19.5"],
        ["其中：甲", "亿元", "7.25†"],
    ]
    assert styled(document, "TableUnit") == ["单位：亿元"]
    assert styled(document, "Note") == ["注：带†的为推算数。", "资料来源：规划文本。", "资料来源：测算。"]


def test_a_table_breaks_between_rows_under_a_repeated_header(written):
    rows = written(*report()).tables[0]._tbl.tr_lst
    assert [row.find(qn("w:trPr")).find(qn("w:tblHeader")) is not None for row in rows] == [True, False, False]
    assert all(row.find(qn("w:trPr")).find(qn("w:cantSplit")) is not None for row in rows)


def test_numbers_are_flush_right_and_their_marks_hang(written):
    table = written(*report()).tables[0]
    cells = [row.cells[2].paragraphs[0] for row in table.rows]
    assert [str(cell.alignment).split()[0] for cell in cells] == ["RIGHT"] * 3
    assert cells[1].paragraph_format.right_indent is None
    assert cells[2].paragraph_format.right_indent.pt < 0


def test_captions_are_numbered_by_word(written):
    document = written(*report())
    codes = [node.get(qn("w:instr")).split() for node in document.element.body.iter(qn("w:fldSimple"))]
    assert [code[1] for code in codes if code[0] == "SEQ"] == ["表", "图"]
    lines = [p._p for p in document.paragraphs if p.style.style_id == "Caption"]
    shown = ["".join(node.text for node in line.iter(qn("w:t"))) for line in lines]
    assert shown == ["表1　产值", "图1　产值走势"]


def order_of(document: Any) -> Iterator[tuple[str, bool]]:
    """What stands where in the body, and whether it stays on the page of what follows."""
    for block in document.element.body:
        if block.tag == qn("w:tbl"):
            yield "table", block.tr_lst[-1].find(f".//{qn('w:keepNext')}") is not None
        elif block.tag == qn("w:p"):
            style = document.styles.element.find(f".//*[@{qn('w:styleId')}='{block.style}']")
            yield block.style, any(item.find(f".//{qn('w:keepNext')}") is not None for item in (block.pPr, style))


def test_headings_captions_and_notes_stay_with_what_they_belong_to(written):
    order = list(order_of(written(*report())))
    assert order[1:] == [
        ("Lead", False), ("Heading1", True), ("BodyText", False), ("Heading2", True), ("Heading3", True),
        ("Heading4", True), ("Caption", True), ("TableUnit", True), ("table", True), ("Note", True), ("Note", False),
        ("Figure", True), ("Caption", True), ("Note", False), ("FactsTitle", True), ("table", False),
        ("TableText", False),
    ]  # fmt: skip


def test_a_figure_is_a_picture_with_words_no_wider_than_the_text(written):
    document = written(*report())
    picture = document.inline_shapes[0]
    assert picture._inline.docPr.get("descr") == "产值 1，2 < 3"
    assert picture.width.mm == pytest.approx(156, abs=0.1)
    assert picture.width / picture.height == pytest.approx(480 / 240, rel=0.01)


def test_a_high_figure_leaves_room_for_its_caption(written):
    document = written(figure_block(SVG.format(width=400, height=1600), "图1", "高"))
    assert document.inline_shapes[0].height.mm < 210


def test_contents_show_at_once_and_lead_to_the_headings(written):
    document = written(*report())
    body = document.element.body
    (gallery,) = body.iter(qn("w:sdt"))
    entries = ["".join(node.text or "" for node in link.iter(qn("w:t"))) for link in gallery.iter(qn("w:hyperlink"))]
    assert entries == ["一、概述", "（一）目标", "1. 细目"]
    names = {mark.get(qn("w:name")): mark.getparent() for mark in body.iter(qn("w:bookmarkStart"))}
    targets = [names[link.get(qn("w:anchor"))].style for link in gallery.iter(qn("w:hyperlink"))]
    assert targets == ["Heading1", "Heading2", "Heading3"]
    assert 'TOC \\o "1-3"' in "".join(node.text for node in gallery.iter(qn("w:instrText")))
    assert [block.tag for block in body][:2] == [qn("w:p"), qn("w:sdt")]


def test_word_is_not_told_to_ask_the_reader_anything(tmp_path: Path):
    path = tmp_path / "report.docx"
    write_docx(notebook(*report()), path, "zh")
    with zipfile.ZipFile(path) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"updateFields" not in everything
    assert b"w:dirty" not in everything


def test_an_english_report_has_bold_headings(written):
    document = written(
        heading("Report", 0), heading("Summary", 1, "1."), table_block(small_table(), "Table 1"), lang="en"
    )
    assert styled(document, "Heading1") == ["1. Summary"]
    assert document.styles["heading 1"].font.bold
    assert fonts_of(document, "Heading1")[1:] == ("Times New Roman", 16)
    assert document.core_properties.language == "en"
    assert "Contents" in all_text(document)


def test_the_same_report_gives_the_same_bytes(tmp_path: Path):
    paths = [tmp_path / name for name in ("a.docx", "b.docx")]
    for path in paths:
        write_docx(notebook(*report()), path, "zh")
    assert paths[0].read_bytes() == paths[1].read_bytes()
    with zipfile.ZipFile(paths[0]) as archive:
        assert {item.date_time[0] for item in archive.infolist()} == {1980}
        assert b"dcterms:modified>" not in archive.read("docProps/core.xml")


def test_data_for_other_programs_does_not_show(written):
    import pandas as pd

    document = written(
        heading("甲", 0), data_block(pd.DataFrame({"secret": [1]}), "数据"),
        edition_block([{"key": "k", "name": "秘", "unit": "", "decimals": 0, "value": 1, "state": ""}]),
    )  # fmt: skip
    assert "secret" not in all_text(document)
    assert "秘" not in all_text(document)


HOSTILE = ["<script>alert(1)</script>", "{{ 7 * 7 }}", "=cmd()", "../etc", "a & b", "\u202eeman", "$x^2$ **b** [l](u)"]


@pytest.mark.parametrize("words", HOSTILE)
def test_text_from_a_plan_stays_text(written, words: str):
    table = small_table(caption=words, rows=[[Cell(words), Cell(words), Cell(words)]], notes=[words], unit=words)
    blocks = [heading(words, 0), heading(words, 1, "一、"), paragraphs([words]), table_block(table, "表1"),
              figure_block(SVG.format(width=40, height=20), "图1", words), facts_block(words, [(words, words)])]  # fmt: skip
    document = written(*blocks)
    # Title, contents, heading, paragraph; caption, unit, three cells, note; caption; three of the facts.
    assert all_text(document).count(words) == 14
    assert document.core_properties.title == words


def test_what_xml_forbids_is_shown_as_missing_and_told(tmp_path: Path):
    path = tmp_path / "report.docx"
    warnings = write_docx(notebook(heading("甲\x01乙", 0), paragraphs(["丙\x0b\udc80丁\t戊"])), path, "zh")
    text = all_text(docx.Document(str(path)))
    assert "甲\ufffd乙" in text
    assert "丙\ufffd\ufffd丁" in text
    assert "戊" in text
    assert len(warnings) == 1 and "control characters" in warnings[0]


def test_a_title_of_ten_thousand_characters_is_whole(written):
    words = "洪" * 10_000
    document = written(heading(words, 0), heading(words, 1))
    assert styled(document, "Title") == [words]
    assert styled(document, "Heading1") == [words]


def test_a_picture_that_cannot_be_drawn_shows_as_words(tmp_path: Path):
    path = tmp_path / "report.docx"
    broken = figure_block('<svg aria-label="一条线"><g</svg>', "图1", "坏")
    good = figure_block(SVG.format(width=40, height=20), "图2", "好")
    warnings = write_docx(notebook(broken, good), path, "zh")
    document = docx.Document(str(path))
    assert styled(document, "Figure") == ["一条线", ""]
    assert len(document.inline_shapes) == 1
    assert len(warnings) == 1 and "图1" in warnings[0]


def wide(columns: int, digits: int = 6) -> Table:
    return small_table(
        columns=[Column("指标"), *(Column(f"甲乙{n}", True) for n in range(columns))],
        rows=[[Cell("产值"), *(Cell("1" * digits) for _ in range(columns))]],
    )


def test_a_table_of_ten_columns_fits_upright():
    table = small_table(
        columns=[Column("指标"), Column("单位"), *(Column(f"{year}年", True) for year in range(2020, 2028))],
        rows=[[Cell("地区生产总值平减指数变动"), Cell("亿元"), *(Cell("125.74†") for _ in range(8))]],
    )
    layout = word_table.layout_of(table.columns, table.rows)
    assert not layout.sideways
    assert sum(layout.widths) == pytest.approx(word_table.PORTRAIT)
    # A column holds its widest number on one line: seven half letters, and the margins of the cell.
    assert min(layout.widths[2:]) >= 3.5 * layout.size + 7


def test_a_table_too_wide_for_the_page_lies_sideways_with_its_heading(written):
    document = written(paragraphs(["前"]), heading("甲", 1), table_block(wide(16), "表1"), paragraphs(["后"]))
    shapes = [section.page_width.mm > section.page_height.mm for section in document.sections]
    assert shapes == [False, True, False]
    table = document.tables[0]._tbl
    widths = [int(column.get(qn("w:w"))) for column in table.tblGrid]
    assert sum(widths) / 20 <= word_table.LANDSCAPE + 1
    order = [block.style if block.tag == qn("w:p") else "table" for block in document.element.body[1:-1]]
    breaks = [
        at for at, block in enumerate(document.element.body[1:-1]) if block.find(f".//{qn('w:sectPr')}") is not None
    ]
    assert order[breaks[0] + 1] == "Heading1"
    assert "table" in order[breaks[0] : breaks[1]]


def test_a_table_too_wide_for_any_page_continues_below(written):
    table = wide(40)
    groups = word_table.column_groups(table.columns, table.rows)
    assert all(group[0] == 0 for group in groups)
    assert sorted(at for group in groups for at in group if at) == list(range(1, 41))
    document = written(table_block(table, "表1"))
    shown = [cell.text for table in document.tables for cell in table.rows[0].cells]
    assert [title for title in shown if title != "指标"] == [f"甲乙{n}" for n in range(40)]
    assert len(document.tables) == len(groups) > 1
    assert "（续）" in all_text(document)
    assert all_text(document).count("资料来源：规划文本。") == 1


def test_other_peoples_cells_show(tmp_path: Path):
    path = tmp_path / "report.docx"
    text = "# 我的分析\n\n一段**粗**话，见[网页](https://example.org/a)。\n\n- 甲\n- 乙\n\n| 名 | 值 |\n|---|---|\n| 丙 | 1.5 |"
    write_docx(new_notebook(cells=[new_markdown_cell(text)]), path, "zh")
    document = docx.Document(str(path))
    assert styled(document, "Title") == ["我的分析"]
    assert styled(document, "ListParagraph") == ["•\t甲", "•\t乙"]
    assert [run.text for p in document.paragraphs for run in p.runs if run.bold] == ["粗"]
    assert [[cell.text for cell in row.cells] for row in document.tables[0].rows] == [["名", "值"], ["丙", "1.5"]]
    assert [link.address for p in document.paragraphs for link in p.hyperlinks] == ["https://example.org/a"]


# The order in which the schema (ECMA-376 part 1, annex A) lists what this package writes.
ORDER = {
    "pPr": "pStyle keepNext keepLines widowControl tabs adjustRightInd snapToGrid spacing ind contextualSpacing jc "
           "outlineLvl rPr sectPr",
    "rPr": "rStyle rFonts b bCs i iCs strike color spacing sz szCs u vertAlign lang",
    "tblPr": "tblStyle tblW jc tblInd tblBorders tblLayout tblCellMar tblLook tblCaption",
    "tcPr": "tcW tcBorders vAlign",
    "sectPr": "footerReference pgSz pgMar cols docGrid",
    "style": "name basedOn next uiPriority semiHidden qFormat pPr rPr tblPr tblStylePr",
    "settings": "zoom defaultTabStop evenAndOddHeaders drawingGridVerticalSpacing characterSpacingControl compat "
                "themeFontLang",
}  # fmt: skip


def test_properties_stand_in_the_order_that_word_insists_on(written):
    document = written(*report(), table_block(wide(16), "表2"))
    parts = [document.element, document.styles.element, document.settings.element]
    seen = set()
    for part in parts:
        for element in part.iter(*(qn(f"w:{name}") for name in ORDER)):
            kind = element.tag.split("}")[1]
            order = ORDER[kind].split()
            places = [order.index(child.tag.split("}")[1]) for child in element]
            assert places == sorted(places), (kind, [child.tag for child in element])
            seen.add(kind)
    assert seen == set(ORDER)


def test_every_style_that_a_report_uses_exists(written):
    document = written(*report())
    used = {node.get(qn("w:val")) for name in ("w:pStyle", "w:rStyle", "w:tblStyle", "w:basedOn", "w:next")
            for part in (document.element, document.styles.element) for node in part.iter(qn(name))}  # fmt: skip
    assert used <= {style.style_id for style in document.styles}
