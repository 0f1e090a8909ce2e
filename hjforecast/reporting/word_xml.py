"""The elements of a Word document: paragraphs, runs, fields.

Properties are given in the schema's order: Word refuses a file in which they stand otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn

__all__ = ["field", "field_end", "field_start", "node", "paragraph", "run"]

# Quotes and dashes are in both scripts; in Chinese text they are set in its font, not in the Latin one.
_EITHER = re.compile(r"[\u2010-\u2027\u00b7\u00d7]")
_CHINESE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")


def node(tag: str, *children: Any, **attributes: object) -> Any:
    """Return the element `w:tag` with attributes of the same namespace."""
    element = OxmlElement(f"w:{tag}", {qn(f"w:{name}"): str(value) for name, value in attributes.items()})
    element.extend(children)
    return element


def run(text: str, *properties: Any, style: str = "") -> Any:
    """Return a run of literal text; line ends and tabs become Word's own."""
    given = [node("rStyle", val=style)] if style else []
    if _EITHER.search(text) and _CHINESE.search(text):
        given.append(node("rFonts", hint="eastAsia"))
    given.extend(properties)
    element = node("r", *([node("rPr", *given)] if given else []))
    element.text = text
    return element


def paragraph(style: str, content: Sequence[Any], properties: Sequence[Any] = ()) -> Any:
    """Return a paragraph in a style."""
    return node("p", node("pPr", node("pStyle", val=style), *properties), *content)


def field(code: str, shown: str) -> Any:
    """Return a field within a line, such as a running number, with what it shows until Word updates it."""
    return node("fldSimple", run(shown), instr=f" {code} ")


def field_start(code: str) -> list[Any]:
    """Return the runs that open a field of several paragraphs, which `field_end` closes."""
    instruction = node("instrText")
    instruction.text = f" {code} "
    instruction.set(qn("xml:space"), "preserve")
    marks = (node("fldChar", fldCharType="begin"), instruction, node("fldChar", fldCharType="separate"))
    return [node("r", mark) for mark in marks]


def field_end() -> Any:
    """Return the run that closes a field of several paragraphs."""
    return node("r", node("fldChar", fldCharType="end"))
