"""The body of a Word file, built part by part: headings, paragraphs, tables, figures, and the contents over them."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from docx.image.image import Image
from docx.oxml.ns import qn
from docx.shared import Pt

from hjforecast.document import Part
from hjforecast.reporting import word_xml
from hjforecast.reporting.pictures import PIXELS_PER_INCH
from hjforecast.reporting.word_table import PORTRAIT, Layout, column_groups, layout_of, table
from hjforecast.reporting.word_xml import node, paragraph, run

__all__ = ["Body"]

_LABEL = re.compile(r"([^\W\d_]+)(\s*)(\d+)")
_STYLES = {"lead": "Lead", "note": "Note"}
_DEEPEST, _LISTED = 4, 3
_TITLE_LETTERS = 20
_TALLEST = 560.0
"""Height in points that a picture may take, so that its caption stays on the page."""
_FACTS_NAME, _FACTS_SIZE = 150.0, 9.0


@dataclass
class Body:
    """What a Word file holds so far; `finish` puts it into the document."""

    document: Any
    lang: str
    title: str = ""
    warnings: list[str] = field(default_factory=list)
    _blocks: list[Any] = field(default_factory=list)
    _listed: list[tuple[int, str, str]] = field(default_factory=list)
    _contents_at: int = 0
    _sideways: bool = False

    def add(self, block: Any, sideways: bool = False) -> None:
        """Add a paragraph or table, on a page laid sideways if asked."""
        if sideways != self._sideways:
            self._turn()
        # Word makes one table of two that touch.
        if block.tag == qn("w:tbl") and self._blocks and self._blocks[-1].tag == block.tag:
            self._blocks.append(paragraph("TableText", []))
        self._blocks.append(block)

    def add_heading(self, part: Part) -> None:
        """Add a heading; the first of level 0 is the document's title."""
        level, number, text = part["level"], part["number"], part["text"]
        gap = "" if not number or number[-1] in "、）" else " "
        words = f"{number}{gap}{text}"
        if level == 0 and not self.title:
            self.title = words
            self.add(paragraph("Title", [run(_broken(words))]))
            self._contents_at = len(self._blocks)
            return
        level = min(max(level, 1), _DEEPEST)
        content = [run(words)]
        if level <= _LISTED:
            content = self._bookmarked(level, words, content)
        self.add(paragraph(f"Heading{level}", content))

    def _bookmarked(self, level: int, words: str, content: Sequence[Any]) -> list[Any]:
        """Return a heading's content between the bookmark's ends that the table of contents links to."""
        number = len(self._listed) + 1
        name = f"_Toc{number:08}"
        self._listed.append((level, words, name))
        return [node("bookmarkStart", id=number, name=name), *content, node("bookmarkEnd", id=number)]

    def add_paragraph(self, part: Part) -> None:
        """Add a paragraph in the style of its role."""
        self.add(paragraph(_STYLES.get(part["role"], "BodyText"), [run(_unbroken(part["text"]))]))

    def add_table(self, part: Part, header: bool = True) -> None:
        """Add a table: caption above, unit at the right, notes below; `header` tells whether its columns have titles."""
        groups = column_groups(part["columns"], part["rows"])
        for at, group in enumerate(groups):
            more = ("（续）" if self.lang == "zh" else " (continued)") if at else ""
            notes = part["notes"] if at == len(groups) - 1 else []
            self._add_columns({**part, "caption": part["caption"] + more, "notes": notes}, group, header)

    def _add_columns(self, part: Part, group: Sequence[int], header: bool) -> None:
        """Add a table of some of its columns."""
        columns, rows = ([[line[at] for at in group] for line in lines] for lines in ([part["columns"]], part["rows"]))
        shown = {**part, "columns": columns[0], "rows": rows}
        layout = layout_of(shown["columns"], rows)
        if part["label"] or part["caption"]:
            self.add(self._caption(part, [node("keepNext")]), layout.sideways)
        if part["unit"]:
            self.add(paragraph("TableUnit", [run(part["unit"])]), layout.sideways)
        self.add(table(shown, layout, header), layout.sideways)
        self._add_notes(part["notes"], layout.sideways)

    def _caption(self, part: Part, properties: Sequence[Any]) -> Any:
        """Return a caption whose number Word can count again and list (`SEQ`)."""
        gap = "\u3000" if self.lang == "zh" else "\u2002"
        label, text = part["label"], part["caption"]
        match = _LABEL.fullmatch(label)
        if not match:
            return paragraph("Caption", [run(f"{label}{gap}{text}" if label else text)], properties)
        kind, space, number = match.groups()
        numbered = [run(kind + space), word_xml.field(f"SEQ {kind} \\* ARABIC", number)]
        return paragraph("Caption", [*numbered, run(gap + text)], properties)

    def _add_notes(self, notes: Sequence[str], sideways: bool = False) -> None:
        for at, note in enumerate(notes):
            kept = [node("keepNext")] if at < len(notes) - 1 else []
            self.add(paragraph("Note", [run(_unbroken(note))], kept), sideways)

    def add_figure(self, part: Part, png: bytes | None) -> None:
        """Add a figure with its caption and notes below; a picture that cannot be drawn shows as its description."""
        if png is None:
            self.warnings.append(f"画不出的图 / a picture cannot be drawn: {part['label']} {part['caption']}"[:200])
            self.add(paragraph("Figure", [run(part["alt"])]))
        else:
            self.add_picture(png, part["alt"], PIXELS_PER_INCH)
        self.add(self._caption(part, [node("keepNext")] if part["notes"] else []))
        self._add_notes(part["notes"])

    def add_picture(self, png: bytes, alt: str, pixels_per_inch: float) -> None:
        """Add a picture as wide as it is, at most as the text, with what it shows in words."""
        image = Image.from_blob(png)
        width, height = (72 * pixels / pixels_per_inch for pixels in (image.px_width, image.px_height))
        scale = min(1.0, PORTRAIT / width, _TALLEST / height)
        inline = self.document.part.new_pic_inline(io.BytesIO(png), Pt(width * scale), Pt(height * scale))
        inline.docPr.set("id", str(len(self._blocks) + 1))
        inline.docPr.set("descr", alt)
        self.add(paragraph("Figure", [node("r", node("drawing", inline))]))

    def add_facts(self, part: Part) -> None:
        """Add names and values as a small table without a header."""
        self.add(paragraph("FactsTitle", [run(part["title"])]))
        rows = [[[name, "", 0], [value, "", 0]] for name, value in part["rows"]]
        facts = {"columns": [["", False], ["", False]], "rows": rows, "notes": [], "caption": part["title"]}
        widths = (_FACTS_NAME, PORTRAIT - _FACTS_NAME)
        self.add(table(facts, Layout(_FACTS_SIZE, widths, ("", "")), header=False))

    def finish(self) -> None:
        """Put everything into the document, the table of contents below the title."""
        body = self.document.element.body
        last = body.sectPr
        if self._sideways:
            _lay_sideways(last)
        if self._listed:
            self._blocks.insert(self._contents_at, _contents(self._listed, self.lang))
        # Word wants a paragraph at the end of every body; a point high, it starts no page of its own.
        if self._blocks and self._blocks[-1].tag == qn("w:tbl"):
            flat = node("spacing", before=0, after=0, line=20, lineRule="exact")
            self._blocks.append(paragraph("TableText", [], [flat]))
        body[:] = [*self._blocks, last]

    def _turn(self) -> None:
        """End the section so far and turn the page; a heading goes with what it heads."""
        section = deepcopy(self.document.element.body.sectPr)
        if self._sideways:
            _lay_sideways(section)
        self._sideways = not self._sideways
        at = len(self._blocks)
        while at and _is_heading(self._blocks[at - 1]):
            at -= 1
        if at and self._blocks[at - 1].tag != qn("w:p"):
            self._blocks.insert(at, paragraph("TableText", []))
            at += 1
        if at:
            self._blocks[at - 1].pPr.append(section)


def _is_heading(block: Any) -> bool:
    return block.tag == qn("w:p") and block.style.startswith("Heading")


def _lay_sideways(section: Any) -> None:
    """Turn a section's page by a quarter: its left margin is then the top one."""
    size, margins = section.find(qn("w:pgSz")), section.find(qn("w:pgMar"))
    width, height = size.get(qn("w:w")), size.get(qn("w:h"))
    for name, value in (("w", height), ("h", width), ("orient", "landscape")):
        size.set(qn(f"w:{name}"), value)
    old = [margins.get(qn(f"w:{side}")) for side in ("left", "top", "right", "bottom")]
    for side, value in zip(("top", "right", "bottom", "left"), old, strict=True):
        margins.set(qn(f"w:{side}"), value)


def _broken(title: str) -> str:
    """Return a title of two lines broken after its colon, where its sense allows."""
    head, colon, tail = title.partition("：")
    fits = max(len(head), len(tail)) < _TITLE_LETTERS < len(title)
    return f"{head}{colon}\n{tail}" if colon and tail and fits else title


def _unbroken(text: str) -> str:
    """Return a text in which no line ends between a figure and its per-cent sign."""
    return text.replace(" %", "\u00a0%")


def _contents(listed: Sequence[tuple[int, str, str]], lang: str) -> Any:
    """Return the table of contents with its entries filled in, so that it shows without asking to be updated.

    Only Word can know page numbers: it fills them in when it prints, or when asked to update.
    """
    entries = [paragraph(f"TOC{level}", [_entry(words, name)]) for level, words, name in listed]
    start = word_xml.field_start(f'TOC \\o "1-{_LISTED}" \\h \\z \\u')
    for position, item in enumerate(start, start=1):
        entries[0].insert(position, item)
    title = paragraph("TOCHeading", [run("目　录" if lang == "zh" else "Contents")])
    end = paragraph("TOC1", [word_xml.field_end()])
    gallery = node("docPartObj", node("docPartGallery", val="Table of Contents"), node("docPartUnique"))
    return node("sdt", node("sdtPr", gallery), node("sdtContent", title, *entries, end))


def _entry(words: str, name: str) -> Any:
    content = [run(words), node("r", node("tab")), word_xml.field(f"PAGEREF {name} \\h", "")]
    return node("hyperlink", *content, anchor=name, history=1)
