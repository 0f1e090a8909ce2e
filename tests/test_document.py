"""Numbering the Chinese way, and tables in three forms."""

from __future__ import annotations

import pytest

from hjforecast.document import Cell, Column, Numbering, Table, chinese, heading, paragraphs, stack, table_block


def test_headings_are_numbered_the_chinese_way():
    numbers = Numbering("zh")
    levels = [1, 2, 2, 3, 4, 1, 2]
    assert [numbers.heading(level) for level in levels] == ["一、", "（一）", "（二）", "1.", "（1）", "二、", "（一）"]


def test_english_headings_are_numbered_in_decimals():
    numbers = Numbering("en")
    assert [numbers.heading(level) for level in (1, 2, 2, 1, 2)] == ["1.", "1.1", "1.2", "2.", "2.1"]


def test_tables_and_figures_count_apart():
    numbers = Numbering("zh")
    assert [numbers.label(kind) for kind in ("table", "figure", "table")] == ["表1", "图1", "表2"]


@pytest.mark.parametrize(("number", "text"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (34, "三十四")])
def test_chinese_numerals(number: int, text: str):
    assert chinese(number) == text


def test_a_table_says_the_same_in_html_markdown_and_plain_text():
    table = Table(
        [Column("指标"), Column("数值", True)],
        [[Cell("产值", indent=1), Cell("1.0*", "assumed")]],
        "甲",
        "亿元",
        ["注：乙。"],
    )
    block = table_block(table, "表1")
    for form in (block.html, block.markdown, block.plain):
        assert "表1　甲" in form
        assert "1.0*" in form
    assert '<td class="number assumed">1.0*</td>' in block.html
    assert "| 　产值 | 1.0* |" in block.markdown
    assert "注：乙。" in block.html
    assert "亿元" in block.markdown


def test_text_from_a_plan_cannot_become_markup():
    words = "<script>alert(1)</script>"
    table = table_block(Table([Column(words)], [[Cell(words)]], words, words, [words]), "表1")
    assert "<script>" not in heading(words, 1).html + paragraphs([words]).html + table.html


def test_empty_paragraphs_leave_nothing_behind():
    assert stack([paragraphs(["", ""]), paragraphs(["甲"])]).markdown == "甲"
