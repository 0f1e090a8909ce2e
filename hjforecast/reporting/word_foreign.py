"""Other people's cells in a Word file: their Markdown and HTML, which pandoc reads, and their pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from docx.image.exceptions import InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn

from hjforecast.document import Part
from hjforecast.reporting.pandoc import foreign_parts
from hjforecast.reporting.pictures import PIXELS_PER_INCH, png_pictures
from hjforecast.reporting.word_body import Body
from hjforecast.reporting.word_xml import node, paragraph, run

__all__ = ["add_foreign"]

_FLAGS = {"strong": "b", "emph": "i", "strike": "strike"}
_RAISED = {"super": "superscript", "sub": "subscript"}
_INDENT = 630
"""Two characters, in twentieths of a point: what a list or quotation is set in."""
_SCREEN = 96.0
"""Pixels per inch of other people's pictures."""


def add_foreign(body: Body, part: Part) -> None:
    """Add a `markdown`, `html` or `image` part to a Word file."""
    if part["kind"] == "image":
        _add_image(body, part)
        return
    for piece in foreign_parts(part):
        if piece["kind"] == "heading":
            body.add_heading(piece)
        elif piece["kind"] == "table":
            body.add_table(piece, header=any(title for title, _ in piece["columns"]))
        else:
            _add_rich(body, piece)


def _add_image(body: Body, part: Part) -> None:
    """Add a picture; for one that cannot be drawn there is a warning."""
    data, density = part["data"], _SCREEN
    if part["format"] == "svg":
        data, density = png_pictures([data.decode("utf-8", "replace")])[0] or b"", PIXELS_PER_INCH
    try:
        body.add_picture(data, "", density)
    except (InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError, ZeroDivisionError):
        body.warnings.append(f"画不出的图 / a picture cannot be drawn: {part['format']}")


def _add_rich(body: Body, part: Part) -> None:
    """Add a paragraph of differently set stretches, a list item with its marker hanging before it."""
    content = [run(part["marker"] + "\t")] if part["marker"] else []
    content += [_stretch(body, item) for item in part["runs"]]
    style = "SourceCode" if part["style"] == "code" else "ListParagraph" if part["indent"] else "BodyText"
    hanging = _INDENT if part["marker"] else 0
    place = [node("ind", left=_INDENT * part["indent"], hanging=hanging)] if part["indent"] else []
    body.add(paragraph(style, content, place))


def _stretch(body: Body, item: Mapping[str, Any]) -> Any:
    """Return a run, within a link where it has an address."""
    styles = item["styles"]
    properties = [node(flag) for name, flag in _FLAGS.items() if name in styles]
    properties += [node("vertAlign", val=place) for name, place in _RAISED.items() if name in styles]
    words = run(item["text"], *properties, style="Hyperlink" if item["url"] else "CodeText" if "code" in styles else "")
    if not item["url"]:
        return words
    link = node("hyperlink", words, history=1)
    link.set(qn("r:id"), body.document.part.relate_to(item["url"], RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    return link
