"""Blocks that a notebook cell shows: each carries HTML, Markdown and plain text, and knows its number.

A block also carries its parts, which Word, PDF and Excel files are built from. A part is a mapping with a `kind`:

- `heading`: `level` (0 the title), `number`, `text`.
- `paragraph`: `text`, `role` (a style's name or empty).
- `table`: `label`, `caption`, `unit`, `columns` ([title, numeric]), `rows` of cells ([text, mark, indent]), `notes`.
- `figure`: `label`, `caption`, `alt` (what it shows, in a sentence), `notes`. Its picture is the next `<svg>` of the
  block's HTML, which is not carried twice.
- `facts`: `title`, `rows` ([name, value]).
- `data`: `name`, `csv` (a tidy table, gzip in base64).
- `edition`: `rows` that the report's next edition is compared with: `key`, `name`, `unit`, `decimals`, `value` (or
  None), `state` (a word such as 达到, or empty), `target` (as printed, or empty).
"""

from __future__ import annotations

import base64
import gzip
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "PARTS",
    "Block",
    "Cell",
    "Column",
    "Numbering",
    "Part",
    "Table",
    "data_block",
    "edition_block",
    "facts_block",
    "figure_block",
    "heading",
    "paragraphs",
    "stack",
    "table_block",
]

Part = Mapping[str, Any]
PARTS = "application/vnd.hjforecast.parts+json"
"""The type under which a notebook output carries its parts: `{"parts": [...]}`."""

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
    parts: tuple[Part, ...] = ()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Mapping[str, Any]:
        texts = {"text/html": self.html, "text/markdown": self.markdown, "text/plain": self.plain}
        return {**texts, PARTS: {"parts": list(self.parts)}} if self.parts else texts


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
    part = {"kind": "heading", "level": level, "number": number, "text": text}
    return Block(f"<h{depth}{css}>{html.escape(full)}</h{depth}>", f"{'#' * depth} {full}", full, (part,))


def paragraphs(texts: Sequence[str], css: str = "") -> Block:
    """Return one paragraph a text, empty ones left out."""
    kept = [text for text in texts if text]
    attribute = f' class="{css}"' if css else ""
    body = "".join(f"<p{attribute}>{_escaped(text)}</p>" for text in kept)
    parts = tuple({"kind": "paragraph", "text": text, "role": css} for text in kept)
    return Block(body, "\n\n".join(kept), "\n".join(kept), parts)


def _escaped(text: str) -> str:
    """Return a text for HTML in which no line breaks between a figure and its per-cent sign."""
    return html.escape(text).replace(" %", "\u00a0%")


def stack(blocks: Sequence[Block]) -> Block:
    """Return blocks shown one under another as one block."""
    return Block(
        "\n".join(block.html for block in blocks),
        "\n\n".join(block.markdown for block in blocks if block.markdown),
        "\n\n".join(block.plain for block in blocks if block.plain),
        tuple(part for block in blocks for part in block.parts),
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
    part = {
        "kind": "table", "label": label, "caption": table.caption, "unit": table.unit,
        "columns": [list(column) for column in table.columns],
        "rows": [[list(cell) for cell in row] for row in table.rows],
        "notes": [note for note in table.notes if note],
    }  # fmt: skip
    return Block(page, _markdown_table(table, caption), _plain_table(table, caption), (part,))


def figure_block(svg: str, label: str, caption: str, notes: Sequence[str] = ()) -> Block:
    """Return a figure (SVG text) with its label and caption and notes below."""
    full = f"{label}　{caption}"
    page = f'<figure class="chart">{svg}<figcaption>{html.escape(full)}</figcaption>{_html_notes(notes)}</figure>'
    kept = [note for note in notes if note]
    alt = re.search(r'aria-label="([^"]*)"', svg)
    words = "\n\n".join([f"**{full}**", *kept])
    part = {"kind": "figure", "label": label, "caption": caption, "alt": html.unescape(alt[1]) if alt else caption,
            "notes": kept}  # fmt: skip
    return Block(page, words, full, (part,))


def facts_block(title: str, rows: Sequence[tuple[str, str]], lang: str = "zh") -> Block:
    """Return names and values as a list under a small heading, the footer of a report."""
    body = "".join(f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd></div>" for name, value in rows)
    words = [f"{name}{'：' if lang == 'zh' else ': '}{value}" for name, value in rows]
    page = f'<footer class="provenance"><h2>{html.escape(title)}</h2><dl>{body}</dl></footer>'
    part = {"kind": "facts", "title": title, "rows": [list(row) for row in rows]}
    return Block(page, "\n".join(f"- {word}" for word in words), "\n".join(words), (part,))


def data_block(frame: pd.DataFrame, name: str) -> Block:
    """Return a tidy table that shows nothing on a page; spreadsheets hold it as a sheet."""
    # No time in the gzip header: the same numbers give the same bytes.
    packed = gzip.compress(frame.to_csv(index=False, lineterminator="\n").encode(), mtime=0)
    return Block("", "", "", ({"kind": "data", "name": name, "csv": base64.b64encode(packed).decode("ascii")},))


def edition_block(rows: Sequence[Mapping[str, Any]]) -> Block:
    """Return what the next edition of a report is compared with; it shows nothing."""
    return Block("", "", "", ({"kind": "edition", "rows": [dict(row) for row in rows]},))


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
