"""Reading one table: what a clerk's spreadsheet program leaves in a CSV is understood, everything else refused."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hjforecast.errors import InputError, Problem
from hjforecast.reading import Row, decode, narrow, read_table
from hjforecast.units import Printed


def number(cell: str, *, percent: bool = False) -> tuple[Printed | None, list[Problem]]:
    problems: list[Problem] = []
    return Row("t.csv", 2, {"value": cell}, problems).number("value", percent=percent), problems


def table(path: Path, content: bytes, columns: tuple[str, ...] = ("name", "value")) -> tuple[list, list[Problem]]:
    path.write_bytes(content)
    problems: list[Problem] = []
    rows = [(row.line, *(row.text(column) for column in columns)) for row in read_table(path, columns, problems)]
    return rows, problems


@pytest.mark.parametrize(
    ("cell", "value", "decimals"),
    [
        ("125.74", 125.74, 2),
        ("9.0", 9.0, 1),
        ("-3.2", -3.2, 1),
        ("+5", 5.0, 0),
        ("１２５．７４", 125.74, 2),
        ("－３", -3.0, 0),
        ("−3", -3.0, 0),
        ("1,234.5", 1234.5, 1),
        ("12,345,678", 12345678.0, 0),
        ("１，２３４", 1234.0, 0),
        ("1 234", 1234.0, 0),
        ("27\u202f443", 27443.0, 0),
        ("27\xa0443", 27443.0, 0),
        ("\xa045.1\xa0", 45.1, 1),
        ("\u202f45.1", 45.1, 1),
        ("45\u200b.1\u200b", 45.1, 1),
        ("\ufeff45.1", 45.1, 1),
        ("\u300045.1\u3000", 45.1, 1),
    ],
)
def test_number_as_a_clerk_writes_it(cell: str, value: float, decimals: int) -> None:
    found, problems = number(cell)
    assert problems == []
    assert found is not None
    assert (float(found), found.decimals) == (value, decimals)


@pytest.mark.parametrize(
    "cell",
    ["abc", "约125", "125.74亿元", "12,34", "1,2345", "1,23,456", ",123", "1,234,56", "1.2.3", "1e5", "45.1 50",
     "26 30", "2020 125", "--", "—", "nan", "inf", ">=9", "9以上", "1/2", "9" * 400],
)  # fmt: skip
def test_text_where_a_number_belongs(cell: str) -> None:
    found, problems = number(cell)
    assert found is None
    assert [(p.file, p.row, p.column, p.read) for p in problems] == [("t.csv", 2, "value", cell)]
    assert "应为数字" in problems[0].zh
    assert "must be a number" in problems[0].en


@pytest.mark.parametrize("cell", ["45.1%", "45.1％", "４５．１％", "45.1 %"])
def test_per_cent_sign_is_understood_where_the_unit_is_per_cent(cell: str) -> None:
    found, problems = number(cell, percent=True)
    assert (found, problems) == (45.1, [])


@pytest.mark.parametrize("cell", ["37%", "37％"])
def test_per_cent_sign_is_refused_where_the_unit_is_another(cell: str) -> None:
    found, problems = number(cell)
    assert found is None
    assert "百分号" in problems[0].zh


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=3))
def test_number_is_read_back_as_it_was_printed(value) -> None:
    spellings = (f"{value:.3f}", f"{value:,.3f}", f" {value:.3f}\u202f", f"{value:,.3f}".replace(",", "\u202f"))
    for cell in spellings:
        found, problems = number(cell)
        assert problems == []
        assert found == float(value)
        assert found.decimals == 3


@given(st.text(max_size=12))
def test_any_cell_is_a_finite_number_a_blank_or_one_problem(cell: str) -> None:
    found, problems = number(cell)
    assert (found is not None) + len(problems) == (1 if narrow(cell) else 0)
    assert found is None or abs(float(found)) < float("inf")


def test_whole_number_is_not_joined_from_two() -> None:
    problems: list[Problem] = []
    assert Row("t.csv", 2, {"year": "20 25"}, problems).integer("year", 1900, 2200) == 0
    assert problems[0].read == "20 25"


def test_choice_names_the_closest_word() -> None:
    problems: list[Problem] = []
    assert Row("t.csv", 7, {"status": "reportd"}, problems).choice("status", ("reported", "derived")) == ""
    assert (problems[0].row, problems[0].column) == (7, "status")
    assert "'reported'" in problems[0].en


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_file_in_any_usual_encoding_and_line_end(tmp_path: Path, encoding: str, end: str) -> None:
    text = end.join(["name,value", "洪江市,125.74", "怀化市,1671.87", ""])
    rows, problems = table(tmp_path / "t.csv", text.encode(encoding))
    assert problems == []
    assert rows == [(2, "洪江市", "125.74"), (3, "怀化市", "1671.87")]


def test_columns_in_any_order_and_blank_lines(tmp_path: Path) -> None:
    rows, problems = table(tmp_path / "t.csv", "value,name\n\n1,甲\n,\n2,乙\n".encode())
    assert problems == []
    assert rows == [(3, "甲", "1"), (5, "乙", "2")]


def test_damaged_file_with_byte_order_mark_is_not_taken_for_gb18030(tmp_path: Path) -> None:
    content = "\ufeffname,value\n洪江市,1\n".encode().replace("江".encode(), "江".encode()[:2])
    assert content.decode("gb18030")
    rows, problems = table(tmp_path / "t.csv", content)
    assert rows == []
    assert "未知编码" in problems[0].read


def test_missing_file(tmp_path: Path) -> None:
    problems: list[Problem] = []
    assert list(read_table(tmp_path / "targets.csv", ("name",), problems)) == []
    assert (problems[0].file, problems[0].zh) == ("targets.csv", "没有这个文件；请补上。")


@pytest.mark.parametrize("content", [b"", b"  \r\n\n", "\ufeff".encode()])
def test_empty_file(tmp_path: Path, content: bytes) -> None:
    rows, problems = table(tmp_path / "t.csv", content)
    assert rows == []
    assert len(problems) == 1
    assert "文件为空" in problems[0].zh


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PK\x03\x04rest", "xlsx"),
        (b"\xd0\xcf\x11\xe0rest", "xls"),
        (b"%PDF-1.7", "PDF"),
        ("甲,1".encode("utf-16"), "二进制"),
    ],
)
def test_file_that_is_not_csv(tmp_path: Path, content: bytes, kind: str) -> None:
    rows, problems = table(tmp_path / "t.csv", content)
    assert rows == []
    assert len(problems) == 1
    assert kind in problems[0].read
    assert "CSV UTF-8" in problems[0].en


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_separator_is_one_problem(tmp_path: Path, separator: str) -> None:
    rows, problems = table(tmp_path / "t.csv", f"name{separator}value\n甲{separator}1\n".encode())
    assert rows == []
    assert len(problems) == 1
    assert "commas" in problems[0].en


def test_missing_column(tmp_path: Path) -> None:
    _, problems = table(tmp_path / "t.csv", b"name\nx\n")
    assert [(p.file, p.row, p.column) for p in problems] == [("t.csv", 1, "value")]


def test_extra_column(tmp_path: Path) -> None:
    _, problems = table(tmp_path / "t.csv", b"name,value,colour\nx,1,red\n")
    assert [(p.row, p.column, p.read) for p in problems] == [(1, "colour", "colour")]


def test_misspelt_column_is_recognised(tmp_path: Path) -> None:
    _, problems = table(tmp_path / "t.csv", b"name,valeu\nx,1\n")
    assert "'valeu'" in next(p.en for p in problems if p.column == "value")


def test_column_that_stands_twice(tmp_path: Path) -> None:
    _, problems = table(tmp_path / "t.csv", b"name,value,value\nx,1,2\n")
    assert [(p.row, p.column) for p in problems] == [(1, "value")]


def test_line_with_unquoted_comma_names_its_row(tmp_path: Path) -> None:
    rows, problems = table(tmp_path / "t.csv", "name,value\n甲,1\n乙,2,3\n丙\n".encode())
    assert rows == [(2, "甲", "1")]
    assert [(p.row, p.read) for p in problems] == [(3, "乙,2,3"), (4, "丙")]


def test_unbalanced_quotes_name_the_row_where_they_open(tmp_path: Path) -> None:
    rows, problems = table(tmp_path / "t.csv", 'name,value\n甲,1\n"乙,2\n丙,3\n'.encode())
    assert rows == [(2, "甲", "1")]
    assert [(p.file, p.row) for p in problems] == [("t.csv", 3)]
    assert "引号" in problems[0].zh


def test_unbalanced_quotes_in_the_header_are_one_problem(tmp_path: Path) -> None:
    _, problems = table(tmp_path / "t.csv", b'"name,value\nx,1\n')
    assert [p.row for p in problems] == [1]


def test_decode_says_what_to_do_with_a_spreadsheet() -> None:
    with pytest.raises(InputError, match="另存为") as caught:
        decode(b"PK\x03\x04", "targets.csv")
    assert caught.value.problems[0].file == "targets.csv"
