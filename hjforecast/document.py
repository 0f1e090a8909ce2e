"""Blocks that a notebook cell shows: each carries HTML, Markdown and plain text, and knows its number."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["Block", "Cell", "Column", "Numbering", "Table", "heading", "paragraphs", "stack", "table_block"]

_DIGITS = "零一二三四五六七八九"


class Cell(NamedTuple):
    """One table cell: its text, the status or severity it is marked with, and its indent."""

    text: str
    mark: str = ""
    indent: int = 0


class Column(NamedTuple):
    """One table column: its title, and whether it holds numbers (set flush right)."""

    title: str
    numeric: bool = False


@dataclass(frozen=True)
class Table:
    """A table ready to show: columns, rows of cells, caption, unit and notes under it."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    caption: str
    unit: str = ""
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Block:
    """Something a notebook shows, in three forms; Jupyter picks the richest it can display."""

    html: str
    markdown: str
    plain: str

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Mapping[str, str]:
        return {"text/html": self.html, "text/markdown": self.markdown, "text/plain": self.plain}


@dataclass
class Numbering:
    """Running numbers of one document: 一、（一）1.（1）for headings in Chinese, 1. 1.1 in English; 表1, 图1."""

    lang: str = "zh"
    _headings: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    _counts: dict[str, int] = field(default_factory=dict)

    def heading(self, level: int) -> str:
        """Return the number of the next heading of `level` (1 to 4)."""
        self._headings[level - 1] += 1
        self._headings[level:] = [0] * (4 - level)
        if self.lang != "zh":
            return ".".join(str(n) for n in self._headings[:level]) + ("." if level == 1 else "")
        number = self._headings[level - 1]
        return (f"{chinese(number)}、", f"（{chinese(number)}）", f"{number}.", f"（{number}）")[level - 1]

    def label(self, kind: str) -> str:
        """Return the label of the next `table` or `figure`: 表1, Figure 1."""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        word = {"table": ("表", "Table "), "figure": ("图", "Figure ")}[kind][self.lang != "zh"]
        return f"{word}{self._counts[kind]}"


def chinese(number: int) -> str:
    """Return 1..99 in Chinese numerals."""
    tens, ones = divmod(number, 10)
    head = {0: "", 1: "十"}.get(tens, f"{_DIGITS[tens]}十")
    return head + (_DIGITS[ones] if ones else "")


def heading(text: str, level: int, number: str = "") -> Block:
    """Return a heading; `level` 0 is the document's title."""
    gap = "" if not number or number[-1] in "、）" else " "
    full, depth = f"{number}{gap}{text}", level + 1
    css = ' class="title"' if level == 0 else ""
    return Block(f"<h{depth}{css}>{html.escape(full)}</h{depth}>", f"{'#' * depth} {full}", full)


def paragraphs(texts: Sequence[str], css: str = "") -> Block:
    """Return one paragraph a text, empty ones left out."""
    kept = [text for text in texts if text]
    attribute = f' class="{css}"' if css else ""
    body = "".join(f"<p{attribute}>{_escaped(text)}</p>" for text in kept)
    return Block(body, "\n\n".join(kept), "\n".join(kept))


def _escaped(text: str) -> str:
    """Return a text for HTML in which no line breaks between a figure and its per-cent sign."""
    return html.escape(text).replace(" %", "\u00a0%")


def stack(blocks: Sequence[Block]) -> Block:
    """Return blocks shown one under another as one block."""
    return Block(
        "\n".join(block.html for block in blocks),
        "\n\n".join(block.markdown for block in blocks if block.markdown),
        "\n\n".join(block.plain for block in blocks if block.plain),
    )


def table_block(table: Table, label: str) -> Block:
    """Return a table with its label and caption above, its unit at the right, its notes below."""
    caption = f"{label}　{table.caption}"
    unit = f'<span class="unit">{html.escape(table.unit)}</span>' if table.unit else ""
    head = "".join(f'<th{_right(column)} scope="col">{html.escape(column.title)}</th>' for column in table.columns)
    body = "".join(f"<tr>{_html_row(table.columns, row)}</tr>" for row in table.rows)
    page = (
        f'<figure class="table"><figcaption>{html.escape(caption)}{unit}</figcaption><div class="scroll"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{_html_notes(table.notes)}</figure>"
    )
    return Block(page, _markdown_table(table, caption), _plain_table(table, caption))


def figure_block(svg: str, label: str, caption: str, notes: Sequence[str] = ()) -> Block:
    """Return a figure (SVG text) with its label and caption and notes below."""
    full = f"{label}　{caption}"
    page = f'<figure class="chart">{svg}<figcaption>{html.escape(full)}</figcaption>{_html_notes(notes)}</figure>'
    words = "\n\n".join([f"**{full}**", *notes])
    return Block(page, words, full)


def _right(column: Column) -> str:
    return ' class="number"' if column.numeric else ""


def _html_row(columns: Sequence[Column], row: Sequence[Cell]) -> str:
    cells = []
    for column, cell in zip(columns, row, strict=True):
        names = " ".join(name for name in ("number" if column.numeric else "", cell.mark) if name)
        css = f' class="{names}"' if names else ""
        indent = f' style="padding-left:{1.2 * cell.indent + 0.4:.1f}em"' if cell.indent else ""
        cells.append(f"<td{css}{indent}>{_escaped(cell.text)}</td>")
    return "".join(cells)


def _html_notes(notes: Sequence[str]) -> str:
    return "".join(f'<p class="note">{html.escape(note)}</p>' for note in notes if note)


def _markdown_table(table: Table, caption: str) -> str:
    title = f"**{caption}**" + (f"（{table.unit}）" if table.unit else "")
    rule = "|".join("---:" if column.numeric else ":---" for column in table.columns)
    lines = [f"| {' | '.join(column.title for column in table.columns)} |", f"|{rule}|"]
    lines += [
        f"| {' | '.join('　' * cell.indent + cell.text.replace('|', '／') for cell in row)} |" for row in table.rows
    ]
    return "\n".join([title, "", *lines, "", *("\n" + note for note in table.notes if note)])


def _plain_table(table: Table, caption: str) -> str:
    lines = ["\t".join(column.title for column in table.columns)]
    lines += ["\t".join(cell.text for cell in row) for row in table.rows]
    return "\n".join([caption, *lines])
