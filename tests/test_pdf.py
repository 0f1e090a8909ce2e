"""PDF reports as a reader meets them: bookmarks, fonts, tables over pages, and text that stays text."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat.v4 as nbf
import pandas as pd
import pytest
from pypdf import PdfReader

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
from hjforecast.reporting.pandoc import foreign_parts
from hjforecast.reporting.pdf import write_pdf
from hjforecast.reporting.pdf_layout import text_width

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="480pt" height="240pt" aria-label="产值由10亿元增至20亿元">'
    '<path d="M0 0L100 100"/></svg>'
)
HOSTILE = [
    "<script>alert(1)</script>", '#import "x.typ": *', "#panic()", "$x^2$", "*粗*_斜_`码`", "{{ 7*7 }}{% if %}", "=cmd()",
    "../../etc", "// 注 /* 释 */", "\\@ref<label>", "[链接](x)", "= 标题", "- 项", "1/2 -- --- ...", "&lt;&#35;",
]  # fmt: skip


def _notebook(*blocks: Block, cells: tuple[Any, ...] = ()) -> Any:
    shown = [_output(dict(block._repr_mimebundle_())) for block in blocks]
    return nbf.new_notebook(cells=[*shown, *cells])


def _output(data: dict[str, Any]) -> Any:
    return nbf.new_code_cell("", outputs=[nbf.new_output("display_data", data=data)])


def _pdf(tmp_path: Path, notebook: Any, lang: str = "zh") -> tuple[PdfReader, list[str]]:
    path = tmp_path / "report.pdf"
    warnings = write_pdf(notebook, path, lang)
    return PdfReader(path), warnings


def _plain(text: str) -> str:
    return "".join(text.replace("\u200b", "").split())


def _text(reader: PdfReader) -> str:
    return "".join(_pages(reader))


def _pages(reader: PdfReader) -> list[str]:
    return [_plain(page.extract_text()) for page in reader.pages]


def _page_of(pages: list[str], text: str) -> int:
    """Return the number of the last page that shows a text: the contents show headings too, further in front."""
    return max(number for number, page in enumerate(pages) if text in page)


def _bookmarks(reader: PdfReader, outline: Any = None, level: int = 1) -> Iterator[tuple[int, str, int]]:
    for entry in reader.outline if outline is None else outline:
        if isinstance(entry, list):
            yield from _bookmarks(reader, entry, level + 1)
        else:
            yield level, entry.title, reader.get_destination_page_number(entry)


def _table(rows: int, label: str = "表1") -> Block:
    columns = [Column("指标"), Column("2025年", True)]
    cells = [[Cell(f"第{n}项指标"), Cell(f"{n}.5*", "assumed")] for n in range(rows)]
    return table_block(Table(columns, cells, "测算值", "单位：亿元", [f"{label}之注。"]), label)


def _filler(lines: int) -> Block:
    return paragraphs(["正文。"] * lines)


def test_bookmarks_and_contents_are_the_headings_in_order(tmp_path: Path) -> None:
    reader, warnings = _pdf(
        tmp_path,
        _notebook(
            heading("某县报告", 0), heading("概述", 1, "一、"), _filler(40), heading("目标", 2, "（一）"), _filler(40),
            heading("附则", 1, "二、"), facts_block("生成信息", [("情景", "plan")]),
        ),
    )  # fmt: skip
    found = list(_bookmarks(reader))
    assert [(level, title) for level, title, _ in found] == [
        (1, "一、概述"), (2, "（一）目标"), (1, "二、附则"), (1, "生成信息"),
    ]  # fmt: skip
    pages = _pages(reader)
    for _, title, page in found:
        assert f"{title}{page + 1}" in pages[0].replace(".", "")
        assert page == _page_of(pages, title)
    assert len({page for *_, page in found}) > 2
    assert warnings == []


def test_pages_are_a4_and_numbered(tmp_path: Path) -> None:
    reader, _ = _pdf(tmp_path, _notebook(heading("题", 0), _filler(60)))
    assert len(reader.pages) > 1
    for number, page in enumerate(reader.pages, start=1):
        size = [round(float(length) / 72 * 25.4) for length in (page.mediabox.width, page.mediabox.height)]
        assert size == [210, 297]
        assert f"—{number}—" in _plain(page.extract_text())


@pytest.mark.parametrize(("lang", "code"), [("zh", "zh-CN"), ("en", "en")])
def test_file_says_what_it_is_and_in_which_language(tmp_path: Path, lang: str, code: str) -> None:
    reader, _ = _pdf(tmp_path, _notebook(heading("某县报告", 0), figure_block(SVG, "图1", "产值")), lang)
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.author) == ("某县报告", "hjforecast")
    assert "/CreationDate" not in reader.metadata
    root = reader.trailer["/Root"]
    assert root["/Lang"] == code
    assert root["/MarkInfo"]["/Marked"]
    alts = [item.get_object().get("/Alt") for item in map(reader.get_object, range(1, reader.trailer["/Size"]))
            if isinstance(item, dict)]  # fmt: skip
    assert "产值由10亿元增至20亿元" in alts


def test_only_our_fonts_and_all_embedded(tmp_path: Path) -> None:
    drawn = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90"><text y="50" font-family="Arial">图 a</text></svg>'
    cells = (nbf.new_markdown_cell("**粗** *斜* `code` $x$\n\n    block"), _output({"image/svg+xml": drawn}))
    reader, _ = _pdf(tmp_path, _notebook(heading("题", 0), _table(3), paragraphs(["α ≥ “引” *"]), cells=cells))
    fonts = {}
    for number in range(1, reader.trailer["/Size"]):
        item = reader.get_object(number)
        if isinstance(item, dict) and item.get("/Type") == "/FontDescriptor":
            fonts[str(item["/FontName"]).partition("+")[2]] = "/FontFile2" in item
    assert fonts == {"NotoSansSC-Regular": True, "NotoSansSC-Bold": True}


def test_table_over_pages_shows_every_cell_under_its_titles(tmp_path: Path) -> None:
    reader, _ = _pdf(tmp_path, _notebook(heading("题", 0), _table(100)))
    text = _text(reader)
    for n in range(100):
        assert f"第{n}项指标{n}.5*" in text
    assert len(reader.pages) > 2
    for page in _pages(reader):
        assert "指标2025年" in page
    assert text.index("表1") < text.index("单位：亿元") < text.index("第0项指标") < text.index("表1之注。")


def test_nothing_stands_alone_at_the_foot_or_head_of_a_page(tmp_path: Path) -> None:
    blocks = [heading("题", 0)]
    for n in range(1, 17):
        figure = figure_block(SVG, f"图{n}", f"第{n}图")
        blocks += [
            _filler(n),
            heading(f"图节{n}", 1),
            figure,
            _filler(2 * n),
            heading(f"表节{n}", 1),
            _table(25, f"表{n}"),
        ]
    reader, _ = _pdf(tmp_path, _notebook(*blocks))
    pages = _pages(reader)
    start = {title: page for _, title, page in _bookmarks(reader)}
    for n in range(1, 17):
        assert start[f"图节{n}"] == _page_of(pages, f"第{n}图")
        page = pages[start[f"表节{n}"]]
        assert "第0项指标" in page[page.index(f"表{n}测算值") :]
        foot = pages[_page_of(pages, f"表{n}之注。")]
        assert "第24项指标" in foot[: foot.index(f"表{n}之注。")]


def test_same_notebook_gives_same_bytes(tmp_path: Path) -> None:
    notebook = _notebook(heading("题", 0), _table(30), figure_block(SVG, "图1", "产值"))
    for name in ("a", "b"):
        write_pdf(notebook, tmp_path / name, "zh")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_hostile_text_stays_text_wherever_it_stands(tmp_path: Path) -> None:
    rows = [[Cell(text), Cell(text, "error")] for text in HOSTILE]
    table = Table([Column("#甲"), Column("$乙$", True)], rows, "#表", "#单位", ["#注"])
    blocks = [block for text in HOSTILE for block in (heading(text, 1), paragraphs([text]))]
    figure = figure_block(SVG, "#图", "$题$", ["*注*"])
    reader, _ = _pdf(
        tmp_path,
        _notebook(
            heading("#let a = 1", 0), *blocks, table_block(table, "表#1"), figure, facts_block("#f", [("$a", "#b")])
        ),
    )
    text = _text(reader)
    for hostile in HOSTILE:
        assert text.count(_plain(hostile)) >= 5  # contents, heading, paragraph and two cells
    assert [title for _, title, _ in _bookmarks(reader)] == [*HOSTILE, "#f"]
    for shown in ("#leta=1", "#甲", "$乙$", "#表", "#单位", "#注", "$题$", "*注*", "$a#b"):
        assert shown in text


def test_control_characters_and_turned_text_leave_no_trace(tmp_path: Path) -> None:
    reader, warnings = _pdf(
        tmp_path, _notebook(heading("题", 0), paragraphs(["甲\x00乙\u202e12.5\u200f丙\x1b丁\ufeff"]))
    )
    assert "甲乙12.5丙丁" in _text(reader)
    assert warnings == []


def test_endless_words_and_titles_stay_on_the_page(tmp_path: Path) -> None:
    word = "W" * 400
    table = Table(
        [Column(word), Column("值", True)], [[Cell(word), Cell("1" * 300)], [Cell("长" * 4000), Cell("2")]], word
    )
    notebook = _notebook(heading("长题" * 5000, 0), heading(word, 1), paragraphs([word]), table_block(table, "表1"),
                         figure_block(SVG, "图1", "题" * 3000), facts_block("信息", [(word, word)]))  # fmt: skip
    reader, _ = _pdf(tmp_path, notebook)
    text = _text(reader)
    assert text.count("长题") == 5000 and text.count("长") == 9000
    assert text.count("W") >= 400 * 8  # contents, heading, paragraph, caption, title, cell and two facts
    assert text.count("W") % 400 == 0

    def check(shown: str, cm: Any, tm: Any, font: Any, size: float) -> None:
        if shown.strip():
            x, y = tm[4] + cm[4], (tm[5] * cm[3] + cm[5])
            assert x > 60 and x + text_width(shown.strip("\n")) * min(size, 22) < 560
            assert 60 < y < 780

    for page in reader.pages:
        page.extract_text(visitor_text=check)


def test_lacking_characters_are_warned_of_and_marked(tmp_path: Path) -> None:
    reader, warnings = _pdf(tmp_path, _notebook(heading("题", 0), paragraphs(["笑😀脸", "半\ud83d个"])))
    assert len(warnings) == 1 and "😀" in warnings[0] and "\\ud83d" in warnings[0]
    assert "笑□脸半□个" in _text(reader)


def test_data_and_editions_do_not_show(tmp_path: Path) -> None:
    data = data_block(pd.DataFrame({"不示": [1]}), "tidy")
    edition = edition_block([{"key": "k", "name": "不示", "unit": "", "decimals": 0, "value": 1.0, "state": ""}])
    reader, _ = _pdf(tmp_path, _notebook(heading("题", 0), data, edition, paragraphs(["正文"])))
    assert "正文" in _text(reader) and "不示" not in _text(reader)


def test_other_peoples_markdown_and_tables_show(tmp_path: Path) -> None:
    markdown = "# 外来报告\n\n## 一节\n\n**粗**，<b>标签</b>\n\n- 甲\n  - 乙\n\n1. 丙\n\n```{=typst}\n#panic()\n```\n\n| 名 | 值 |\n|---|---|\n| 丁 | 3 |"
    frame = pd.DataFrame({"指标": ["产值"], "数": [12.5]})
    html = '<div typst:fill="#panic()"><p typst:text:fill="#panic()">段</p><script>evil()</script></div>'
    cells = (nbf.new_markdown_cell(markdown), _output({"text/html": frame._repr_html_()}), _output({"text/html": html}))
    reader, warnings = _pdf(tmp_path, _notebook(cells=cells))
    text = _text(reader)
    assert reader.metadata is not None and reader.metadata.title == "外来报告"
    assert [title for _, title, _ in _bookmarks(reader)] == ["一节"]
    for shown in ("粗，<b>标签</b>", "•甲•乙1.丙", "#panic()", "名值丁3", "指标数0产值12.5", "段"):
        assert shown in text
    assert "evil" not in text
    assert warnings == []


def test_markdown_nested_without_end_shows_as_written(tmp_path: Path) -> None:
    reader, _ = _pdf(
        tmp_path, _notebook(cells=(nbf.new_markdown_cell("> " * 2000 + "深"), nbf.new_markdown_cell(">" * 90 + " 处")))
    )
    assert "深" in _text(reader) and "处" in _text(reader)


def test_grouped_titles_and_spans_keep_their_columns() -> None:
    columns = pd.MultiIndex.from_product([["甲", "乙"], ["x", "y"]])
    frame = pd.DataFrame([["a", "2", "3", "nan"], ["b", "5", "", "-6.5"]], columns=columns)
    (part,) = foreign_parts({"kind": "html", "text": frame.to_html()})
    assert part["columns"] == [["", True], ["甲 x", False], ["甲 y", True], ["乙 x", True], ["乙 y", True]]
    assert [[text for text, _, _ in row] for row in part["rows"]] == [
        ["0", "a", "2", "3", "nan"], ["1", "b", "5", "", "-6.5"],
    ]  # fmt: skip
    spanning = "<table><tr><th>p</th><th>q</th></tr><tr><td rowspan=2>r</td><td>1</td></tr><tr><td>2</td></tr></table>"
    (part,) = foreign_parts({"kind": "html", "text": spanning})
    assert [[text for text, _, _ in row] for row in part["rows"]] == [["r", "1"], ["", "2"]]


def test_pictures_show_and_broken_ones_are_told(tmp_path: Path) -> None:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(buffer, "PNG")
    whole = base64.b64encode(buffer.getvalue()).decode()
    broken = base64.b64encode(buffer.getvalue()[:40]).decode()
    cells = (_output({"image/png": whole}), _output({"image/png": broken}), _output({"image/svg+xml": "<svg"}))
    reader, warnings = _pdf(tmp_path, _notebook(heading("题", 0), cells=(*cells, nbf.new_markdown_cell("后文"))))
    assert "后文" in _text(reader)
    sizes = [(item["/Width"], item["/Height"]) for item in map(reader.get_object, range(1, reader.trailer["/Size"]))
             if isinstance(item, dict) and item.get("/Subtype") == "/Image"]  # fmt: skip
    assert sizes == [(30, 20)]
    assert len(warnings) == 1 and warnings[0].endswith(": 2")


def test_notebook_without_anything_is_a_page_with_a_title(tmp_path: Path) -> None:
    reader, warnings = _pdf(tmp_path, _notebook(), "en")
    assert "Report" in _text(reader)
    assert (len(reader.pages), warnings) == (1, [])
