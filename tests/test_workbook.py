"""Excel reports, read back as Excel reads them: sheets, figures as numbers, the data in full, text that stays text."""

from __future__ import annotations

import importlib
import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from hjforecast.document import Block, Cell, Column, Table, data_block, facts_block, heading, paragraphs, table_block
from hjforecast.report_questions import FullScenarioReport
from hjforecast.reporting.parts import parts_of

pytest.importorskip("xlsxwriter", reason="needs the extra publish")
openpyxl = pytest.importorskip("openpyxl")
write_xlsx = importlib.import_module("hjforecast.reporting.workbook").write_xlsx
sheets = importlib.import_module("hjforecast.reporting.sheets")
printed_number = importlib.import_module("hjforecast.reporting.sheet_text").printed_number

TABLES = ("targets", "gdp_table", "chain_table", "odds_table", "delivery_table", "levers", "assumptions", "findings")
FIRST_ROW = 4
"""Caption, unit and titles stand above it."""


def shown(value: float, number_format: str) -> str:
    """Return a number as Excel shows it: sections by sign, literals in quotes, `_x` an empty space."""
    sections = number_format.split(";")
    section = sections[0] if len(sections) == 1 else sections[0 if value > 0 else 1 if value < 0 else 2]
    sign = "-" if value < 0 and len(sections) == 1 else ""
    section = re.sub(r"_.", "", section)
    literals = re.findall(r'"([^"]*)"', section)
    code = re.sub(r'"[^"]*"', "\0", section)
    digits = re.search(r"[#,0.]*0(E\+00)?", code)
    assert digits, number_format
    places = len(re.sub(r"E.*", "", digits[0]).partition(".")[2])
    kind = "E" if digits[1] else "f"
    number = f"{abs(value):{',' if ',' in digits[0] else ''}.{places}{kind}}"
    text = code.replace(digits[0], number)
    for literal in literals:
        text = text.replace("\0", literal, 1)
    return sign + text


def cells_text(cell: Any) -> str:
    if isinstance(cell.value, int | float):
        return str(cell.value) if cell.number_format == "General" else shown(cell.value, cell.number_format)
    return cell.value or ""


def notebook(*blocks: Block, cells: tuple[Any, ...] = ()) -> Any:
    bundles = [dict(block._repr_mimebundle_()) for block in blocks]
    return new_notebook(cells=[*map(output, bundles), *cells])


def output(data: dict[str, Any]) -> Any:
    return new_code_cell("", outputs=[new_output("display_data", data=data)])


def table(rows: list[list[Cell]], caption: str = "题", **more: Any) -> Block:
    columns = more.pop("columns", [Column("指标"), Column("2025年", True)])
    return table_block(Table(columns, rows, caption, **more), more.get("label", "表1"))


def figures(*texts: str) -> Block:
    return table([[Cell("甲"), Cell(text)] for text in texts])


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Any]:
    """Write a notebook, or blocks, as an Excel file and open it."""

    def write(*shown: Any, lang: str = "zh", warnings: tuple[str, ...] = ()) -> Any:
        given = shown[0] if not isinstance(shown[0], Block) else notebook(*shown)
        path = tmp_path / "report.xlsx"
        told = write_xlsx(given, path, lang)
        assert len(told) == len(warnings) and all(word in text for word, text in zip(warnings, told, strict=True))
        return openpyxl.load_workbook(path)

    return write


@pytest.fixture(scope="module", params=["zh", "en"])
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any, Any]:
    """The built-in plan's scenario report: the report, its notebook, and the Excel file opened."""
    made = FullScenarioReport("plan", lang=request.param, draws=200, seed=7)
    given = notebook(*(getattr(made, name)() for name in ("title", *TABLES, "footer")))
    path = tmp_path_factory.mktemp("xlsx") / "report.xlsx"
    assert write_xlsx(given, path, request.param) == []
    return made, given, openpyxl.load_workbook(path)


def test_contents_then_a_sheet_per_table_then_the_data(report):
    _, given, book = report
    tables = [part for part in parts_of(given) if part["kind"] == "table"]
    assert len(tables) >= 8
    names = book.sheetnames
    chinese = "指标" in str(book.worksheets[1]["A3"].value)
    assert names[0] == ("目录" if chinese else "Contents")
    assert names[-1] == ("数据" if chinese else "Data")
    assert len(names) == len(tables) + 2
    for name, part in zip(names[1:-1], tables, strict=True):
        assert name.startswith(part["label"] + " ")
        assert name.rstrip("…") in f"{part['label']} {part['caption']}".replace(":", "")


def test_contents_link_every_sheet_and_say_where_the_report_comes_from(report):
    _, given, book = report
    contents = book.worksheets[0]
    links = [cell.hyperlink.location for row in contents.iter_rows() for cell in row if cell.hyperlink]
    assert links == [f"'{name}'!A1" for name in book.sheetnames[1:]]
    texts = [cell.value for row in contents.iter_rows() for cell in row if cell.value]
    parts = parts_of(given)
    assert texts[0] == next(part["text"] for part in parts if part["kind"] == "heading" and part["level"] == 0)
    facts = next(part for part in parts if part["kind"] == "facts")
    leads = [part["text"] for part in parts if part["kind"] == "paragraph" and part["role"] == "lead"]
    assert leads and set(leads) <= set(texts)
    assert {text for row in facts["rows"] for text in row} <= set(texts)


def test_every_cell_shows_what_the_page_prints(report):
    _, given, book = report
    count = 0
    for sheet, part in zip(book.worksheets[1:-1], [p for p in parts_of(given) if p["kind"] == "table"], strict=True):
        assert sheet["A1"].value == f"{part['label']}　{part['caption']}"
        assert [cell.value for cell in sheet[3]] == [title for title, _ in part["columns"]]
        for row, cells in zip(part["rows"], sheet.iter_rows(min_row=FIRST_ROW), strict=False):
            assert [text for text, _, _ in row] == [cells_text(cell) for cell in cells]
            count += sum(isinstance(cell.value, int | float) for cell in cells)
        notes = [sheet.cell(FIRST_ROW + len(part["rows"]) + n, 1).value for n in range(len(part["notes"]))]
        assert notes == part["notes"]
    assert count > 300


def test_figures_of_the_printed_table_add_up_in_excel(report):
    _, _, book = report
    sheet = book.worksheets[2]
    base, target = sheet.cell(FIRST_ROW, 3), sheet.cell(FIRST_ROW, 8)
    assert (base.value, target.value) == (125.74, 195.66)
    assert 100 * (target.value / base.value - 1) == pytest.approx(55.61, abs=0.01)


def test_header_stays_in_sight_is_printed_on_every_page_and_filters(report):
    _, given, book = report
    counts = [len(part["rows"]) for part in parts_of(given) if part["kind"] == "table"]
    for sheet, count in zip(book.worksheets[1:-1], counts, strict=True):
        last = openpyxl.utils.get_column_letter(sheet.max_column)
        assert sheet.freeze_panes == "A4"
        assert sheet.print_title_rows == "$3:$3"
        assert sheet.auto_filter.ref == f"A3:{last}{3 + count}"
    data = book.worksheets[-1]
    assert (data.freeze_panes, data.print_title_rows) == ("A2", "$1:$1")
    assert data.auto_filter.ref == data.dimensions


def test_pages_are_landscape_a4_one_wide_and_numbered(report):
    for sheet in report[2].worksheets:
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert "&P" in sheet.oddFooter.center.text


def test_last_sheet_is_the_projection_in_full(report, tmp_path: Path):
    made, given, book = report
    write_xlsx(given, tmp_path / "again.xlsx", "zh")
    frame = pd.read_excel(tmp_path / "again.xlsx", sheet_name=-1, keep_default_na=False, na_values=[""])
    expected = made.projection.frame.reset_index(drop=True)
    assert list(frame.columns) == ["scenario", "indicator", "year", "statistic", "value", "unit", "status"]
    pd.testing.assert_frame_equal(frame, expected, check_dtype=False, rtol=1e-14, atol=0)
    assert expected["value"].isna().any()
    assert all(isinstance(cell.value, int) for (cell,) in book.worksheets[-1].iter_rows(2, None, 3, 3))


def test_missing_values_are_empty_cells(written):
    frame = pd.DataFrame(
        {"name": ["甲", None, "nan"], "value": [1.5, float("nan"), float("inf")], "year": [2020, 2021, 2022]}
    )
    sheet = written(data_block(frame, "数据"))["数据"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows(2)] == [
        ["甲", 1.5, 2020], [None, None, 2021], ["nan", "inf", 2022],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("195.66", 195.66), ("195.66†", 195.66), ("35.6*", 35.6), ("≥8.0", 8.0), ("≈4000", 4000), ("1,234.5", 1234.5),
        ("12.3 %", 12.3), ("8%", 8), ("-3.0", -3.0), ("−3", -3), ("+1.2", 1.2), ("+0.0", 0), ("-0.0", 0), ("0", 0),
        ("[5.0]", 5.0), ("[-19]", -19), ("≥[30]", 30), ("≤-2.5%", -2.5), ("16.90（2022年）", 16.9), ("2.50 (2022)", 2.5),
        ("2025", 2025), ("0.05", 0.05), ("1.500000e-05", 1.5e-05), ("123456789012345", 123456789012345),
    ],
)  # fmt: skip
def test_a_printed_figure_is_a_number_that_shows_the_same(written, text: str, value: float):
    cell = written(figures(text)).worksheets[1].cell(FIRST_ROW, 2)
    assert cell.value == value
    assert shown(cell.value, cell.number_format).replace("E", "e") == text


@pytest.mark.parametrize(
    "text",
    [
        "145.36—264.83", "180.51–189.08", "—", "保持", "由规划推出", "007", "431281000000000001", "2020-01-01", "1,23",
        "[5.0", "5.0]", "1.2.3", "1/2", "3 月", "3:4", "１２", "0x10", "1e999", "5 6", "TRUE", "≥", "%",
    ],
)  # fmt: skip
def test_ranges_words_and_codes_stay_text(written, text: str):
    cell = written(figures(text)).worksheets[1].cell(FIRST_ROW, 2)
    assert (cell.value, cell.data_type) == (text, "s")


def test_a_changed_figure_keeps_sign_and_mark_where_they_belong():
    for text, other, expected in (
        ("+1.2", -3.4, "-3.4"),
        ("≥[-19]", 5.0, "≥[5]"),
        ("−3", 4.0, "4"),
        ("−3", -4.0, "−4"),
    ):
        number = printed_number(text)
        assert number is not None
        assert shown(other, number.format) == expected


def test_running_numbers_sort_as_numbers_and_codes_do_not(written):
    rows = [[Cell(str(n)), Cell(f"43128{n}"), Cell(f"0{n}")] for n in range(1, 12)]
    columns = [Column("序号"), Column("代码"), Column("编号")]
    sheet = written(table(rows, columns=columns)).worksheets[1]
    assert [cell.value for cell in sheet[FIRST_ROW]] == [1, 431281, "01"]
    assert sheet.cell(FIRST_ROW, 1).number_format == sheet.cell(FIRST_ROW, 2).number_format == "0"


def test_digits_stay_in_line_beside_a_marked_figure(written):
    sheet = written(figures("20.98†", "37.00", "-1.50")).worksheets[1]
    assert [sheet.cell(FIRST_ROW + n, 2).number_format for n in range(3)] == ['0.00"†"', "0.00_†", "0.00_†"]


def test_marks_are_coloured_as_on_the_pages(written):
    css = (Path(sheets.__file__).parent / "templates" / "style.css").read_text(encoding="utf-8").lower()
    rows = [[Cell("甲", mark), Cell("1.0*", mark)] for mark in sheets.MARK_STYLES]
    sheet = written(table(rows)).worksheets[1]
    for n, (mark, style) in enumerate(sheets.MARK_STYLES.items()):
        for column in (1, 2):
            cell = sheet.cell(FIRST_ROW + n, column)
            assert f"#{cell.font.color.rgb[2:]}".lower() in css
            assert cell.font.color.rgb[2:] == style["font_color"][1:]
            assert bool(cell.fill.fgColor.rgb[2:] != "000000") == (mark in ("error", "warning", "note"))


def test_rows_are_as_high_and_columns_as_wide_as_their_texts_need(written):
    long = "规划写明的目标与审查意见" * 20
    rows = [[Cell("短"), Cell("1")], [Cell(long), Cell("2")], [Cell("子项", "", 2), Cell("3")]]
    sheet = written(table(rows, notes=[long * 3])).worksheets[1]
    heights = [sheet.row_dimensions[FIRST_ROW + n].height for n in range(4)]
    assert heights[1] >= 2 * 13 > heights[0] == heights[2] and heights[3] > heights[0]
    assert sheet.cell(FIRST_ROW + 1, 1).alignment.wrap_text
    assert sheet.cell(FIRST_ROW + 2, 1).alignment.indent == 2
    width = sheet.column_dimensions["A"].width
    assert width * heights[1] / 16.5 >= 2 * len(long)
    assert width <= 140


def test_figures_of_a_wide_table_keep_their_room(written):
    columns = [Column("很长的指标名称"), *(Column(f"{year}年", True) for year in range(1990, 2030))]
    sheet = written(
        table([[Cell("词" * 40), *(Cell("12345678.90*") for _ in columns[1:])]], columns=columns)
    ).worksheets[1]
    widths = [sheet.column_dimensions[openpyxl.utils.get_column_letter(n)].width for n in (1, 2)]
    assert widths[0] < 20 and widths[1] > len("12345678.90*")


def test_unit_and_notes_stand_with_the_table(written):
    sheet = written(table([[Cell("甲"), Cell("1")]], unit="单位：亿元", notes=["注：甲", "资料来源：乙"])).worksheets[1]
    assert sheet["B2"].value == "单位：亿元"
    assert [sheet["A5"].value, sheet["A6"].value] == ["注：甲", "资料来源：乙"]


def test_sheet_names_are_ones_that_excel_takes(written):
    captions = ["甲" * 60, "甲" * 60, "a/b\\c:d*e?f[g]", "'quoted'", "\u202e\x07 隐", "History", "𠮷" * 40, ""]
    made = [table_block(Table([Column("甲")], [[Cell("x")]], caption), "表") for caption in captions]
    made += [table_block(Table([Column("甲")], [], "history"), "")]
    book = written(*made, warnings=("cannot hold",))
    names = book.sheetnames
    assert len({name.casefold() for name in names}) == len(names) == 10
    for name in names:
        assert 0 < len(name.encode("utf-16-le")) // 2 <= 31
        assert not re.search(r"[\[\]:*?/\\\x00-\x1f\u202e]", name)
        assert name.strip("' ") == name and name.casefold() != "history"


def test_other_peoples_tables_become_sheets(written):
    frame = pd.DataFrame({"code": ["007", "012"], "value": [1234.5, float("nan")], "share %": ["12.5 %", "8 %"]})
    cells = (
        new_markdown_cell("# 我的报告\n\n## 我的表\n\n正文"), output({"text/html": frame._repr_html_()}),
        output({"text/html": "<p>没有表</p>"}), output({"text/html": pd.DataFrame()._repr_html_()}), new_markdown_cell("| 甲 | 乙 |\n|---|--:|\n| =1+1 | 3.50 |"),
    )  # fmt: skip
    book = written(notebook(cells=cells))
    assert book.sheetnames == ["目录", "附表1 我的表", "附表2 我的表"]
    assert book.worksheets[0]["A1"].value == "我的报告"
    first = book.worksheets[1]
    assert [cell.value for cell in first[3]] == [None, "code", "value", "share %"]
    assert [cell.value for cell in first[4]] == [0, "007", 1234.5, 12.5]
    assert [cell.value for cell in first[5]] == [1, "012", None, 8]
    assert [cell.value for cell in book.worksheets[2][4]] == ["=1+1", 3.5]


def test_a_report_without_tables_is_a_whole_workbook(written):
    book = written(heading("只有文字", 0), paragraphs(["导语"], "lead"), facts_block("生成信息", [("种子", "=7")]))
    assert book.sheetnames == ["目录"]
    assert {cell.value for row in book.active.iter_rows() for cell in row} >= {"只有文字", "导语", "种子", "=7"}
    assert written(new_notebook()).worksheets[0]["A1"].value == "报告"


def test_an_empty_table_has_its_header(written):
    sheet = written(table([], notes=["注：无"])).worksheets[1]
    assert [cell.value for cell in sheet[3]] == ["指标", "2025年"]
    assert sheet["A4"].value == "注：无"


def test_the_same_notebook_gives_the_same_bytes_without_date_or_person(report, tmp_path: Path):
    _, given, book = report
    for name in ("a.xlsx", "b.xlsx"):
        write_xlsx(given, tmp_path / name, "zh")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.xlsx") as packed:
        assert {entry.date_time for entry in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    properties = book.properties
    assert properties.created == properties.modified == datetime(1980, 1, 1)
    assert {properties.creator, properties.lastModifiedBy} == {"hjforecast"}
    assert properties.title == book.worksheets[0]["A1"].value


@pytest.mark.parametrize(
    "text",
    [
        "=cmd()",
        "=1+1",
        "+1+1",
        "-x",
        "@x",
        "{=1}",
        "http://a.b",
        "mailto:a@b",
        "internal:x!A1",
        "#REF!",
        "_x0041_",
        "<b>&",
    ],
)
def test_text_is_never_a_formula_or_a_link(tmp_path: Path, text: str):
    frame = pd.DataFrame({text: [text]})
    block = table([[Cell(text), Cell(text)]], text, columns=[Column(text), Column(text, True)], unit=text, notes=[text])
    given = notebook(
        heading(text, 0), paragraphs([text], "lead"), block, facts_block(text, [(text, text)]), data_block(frame, text)
    )
    path = tmp_path / "report.xlsx"
    assert write_xlsx(given, path, "zh") == []
    with zipfile.ZipFile(path) as packed:
        xml = "".join(packed.read(name).decode() for name in packed.namelist() if "worksheets" in name)
    assert "<f>" not in xml and "<f " not in xml and "r:id" not in xml  # no formula, no link out of the file
    book = openpyxl.load_workbook(path)
    seen = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    # Title, opening, three of the facts; unit in the contents; two titles, two cells, unit, note; two of the data.
    # openpyxl reads Excel's escape for an underscore that looks like an escape as it stands.
    assert [str(value).replace("_x005F_", "_") for value in seen].count(text) >= 14


def test_what_excel_cannot_hold_is_replaced_or_cut_and_told(written):
    block = table([[Cell("甲\x01乙\udc80丙\r\n丁\u202e1.5"), Cell("字" * 40_000)]])
    sheet = written(block, warnings=("cannot hold", "32767")).worksheets[1]
    assert sheet.cell(FIRST_ROW, 1).value == "甲\ufffd乙\ufffd丙\n丁1.5"
    cut = sheet.cell(FIRST_ROW, 2).value
    assert len(cut) == 32_767 and cut.endswith("字…")


def test_a_title_of_ten_thousand_characters_is_whole(written):
    words = "洪" * 10_000
    book = written(heading(words, 0))
    assert book.worksheets[0]["A1"].value == words
    assert words.startswith(book.properties.title) and book.properties.title


def test_a_folder_that_is_not_there_is_an_os_error(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        write_xlsx(new_notebook(), tmp_path / "none" / "report.xlsx", "zh")
