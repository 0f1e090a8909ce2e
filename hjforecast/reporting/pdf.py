"""Reports as PDF: the parts of an executed notebook as data for a typst template, which draws with our fonts only."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from hjforecast import fonts
from hjforecast.document import Part
from hjforecast.reporting.pandoc import foreign_parts
from hjforecast.reporting.parts import parts_of
from hjforecast.reporting.pdf_layout import breakable, clean, drawable, table_layout, text_width

__all__ = ["write_pdf"]

_TEMPLATES = Path(__file__).parent / "templates"
_PICTURE = b'#set document(title: "x")\n#image(bytes(sys.inputs.svg), format: "svg", alt: "x")'
_TALLEST = 800  # em of caption and notes that a figure may carry and still stay on one page
_MOST_FACTS = 40  # lines
_TITLE_LINE = 19.0  # em
_DROPPED = ("data", "edition")


def write_pdf(notebook: Any, path: Path, lang: str) -> list[str]:
    """Write an executed notebook as PDF/UA-1 and return warnings about it.

    The title is the first title heading; a table of contents follows what stands before the first section. The same
    notebook gives the same bytes. Characters that our fonts lack show as □; pictures that cannot be drawn are left
    out; both are warned of.

    Parameters
    ----------
    notebook :
        the nbformat notebook.
    path :
        the file to write.
    lang :
        `zh` or `en`, the language of the report.

    Raises OSError where the file cannot be written.
    """
    parts = [shown for part in parts_of(notebook) for shown in _own_parts(part, lang)]
    table, lacking = drawable(set(json.dumps(parts, ensure_ascii=False)))
    parts = clean(parts, table)
    drawn = [part for part in parts if part["kind"] != "image" or _can_draw(part)]
    report = json.dumps(_report(drawn, lang))
    path.write_bytes(_compile((_TEMPLATES / "report.typ").read_bytes(), report=report))
    return _warnings(lacking, len(parts) - len(drawn))


def _warnings(lacking: set[str], left_out: int) -> list[str]:
    # Half a surrogate pair cannot be written anywhere.
    shown = "".join(sorted(lacking)).encode("utf-8", "backslashreplace").decode("utf-8")
    warnings = [f"字体中没有的字符 / characters that our fonts cannot draw: {shown}"] if lacking else []
    if left_out:
        warnings.append(f"画不出的图，没有收入PDF / pictures that cannot be drawn, left out of the PDF: {left_out}")
    return warnings


def _own_parts(part: Part, lang: str) -> Iterator[Part]:
    """Yield a part as parts that the template knows; those that show nothing give none."""
    if part["kind"] in ("markdown", "html"):
        yield from foreign_parts(part)
    elif part["kind"] == "image":
        alt = "图片" if lang == "zh" else "Picture"
        svg = _framed(part["data"]) if part["format"] == "png" else part["data"].decode("utf-8", "replace")
        yield {"kind": "image", "svg": svg, "alt": alt}
    elif part["kind"] not in _DROPPED:
        yield part


def _framed(data: bytes) -> str:
    """Return a PNG as SVG of its size (96 dots an inch, as browsers show it); empty where it is no picture."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            image.load()
            width, height = image.size
    except (OSError, SyntaxError, ValueError):
        return ""
    link = f"data:image/png;base64,{base64.b64encode(data).decode('ascii')}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        f'<image href="{link}" width="{width}" height="{height}"/></svg>'
    )


def _can_draw(part: Part) -> bool:
    """Tell whether typst can draw a picture of somebody else's making: it stops at the first that it cannot."""
    import typst

    try:
        _compile(_PICTURE, svg=part["svg"])
    except typst.TypstError:
        return False
    return True


def _compile(source: bytes, **inputs: str) -> bytes:
    import typst

    return typst.compile(source, root=_TEMPLATES, font_paths=_fonts(), sys_inputs=inputs, pdf_standards=["ua-1"])


@lru_cache(maxsize=1)
def _fonts() -> Any:
    """Return our two fonts as all that typst has: neither the system's nor those that it carries itself."""
    import typst

    folder = fonts.font_paths()["regular"].parent
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])


def _report(parts: list[Part], lang: str) -> dict[str, Any]:
    """Return what the template shows: the title, what stands before the first section, and the body."""
    first = next((part for part in parts if part["kind"] == "heading" and part["level"] == 0), {"text": ""})
    title = first["text"]
    parts = list(_levelled(part for part in parts if part is not first))
    start = next((n for n, part in enumerate(parts) if part["kind"] in ("heading", "facts")), len(parts))
    return {
        "lang": lang,
        "title": _title(title) or ("报告" if lang == "zh" else "Report"),
        "title_size": _title_size(title),
        "contents": sum(part["kind"] == "heading" for part in parts) > 1,
        "front": [_laid_out(part) for part in parts[:start]],
        "body": [_laid_out(part) for part in parts[start:]],
    }


def _title(title: str) -> str:
    """Return a title that takes a new line at its colon where it needs two."""
    head, _, tail = title.replace(": ", "：").partition("：")
    if text_width(title) > _TITLE_LINE >= max(text_width(head), text_width(tail)) and tail:
        return f"{title[: len(head) + 1]}\n{tail}"
    return breakable(title, 18.0)


def _title_size(title: str) -> float:
    width = text_width(title)
    return 22.0 if width < 60 else 16.0 if width < 200 else 11.0


def _levelled(parts: Iterable[Part]) -> Iterator[Part]:
    """Yield parts whose headings start at level 1 and skip no level, as PDF/UA asks."""
    before = 0
    for part in parts:
        if part["kind"] == "heading":
            before = min(max(part["level"], 1), before + 1)
            yield {**part, "level": before}
        else:
            yield part


def _laid_out(part: Part) -> Part:
    """Return a part ready for the template: words that fit the page, widths of tables."""
    kind = part["kind"]
    if kind == "table":
        return table_layout(part)
    if kind == "heading":
        number = part["number"]
        gap = "" if not number or number[-1] in "、）" else " "
        return {**part, "text": breakable(f"{number}{gap}{part['text']}", 24.0)}
    if kind == "paragraph":
        return {**part, "text": _unparted(breakable(part["text"], 30.0))}
    if kind == "figure":
        tall = text_width(part["caption"] + "".join(part["notes"])) > _TALLEST
        notes = [breakable(note, 40.0) for note in part["notes"]]
        return {**part, "caption": breakable(part["caption"], 30.0), "notes": notes, "tall": tall}
    if kind == "rich":
        return {**part, "runs": [{**run, "text": breakable(run["text"], 20.0)} for run in part["runs"]],
                "indent": min(part["indent"], 6)}  # fmt: skip
    if kind == "facts":
        return _facts(part)
    return part


def _facts(part: Part) -> Part:
    name = min(max([6.0, *(text_width(name) for name, _ in part["rows"])]) / 52, 0.4)
    rows = [[breakable(name_, name * 48), breakable(value, (1 - name) * 48)] for name_, value in part["rows"]]
    tall = len(rows) > _MOST_FACTS or text_width("".join(value for row in rows for value in row)) > 2 * _TALLEST
    return {**part, "rows": rows, "title": breakable(part["title"], 24.0), "name_width": name, "tall": tall}


def _unparted(text: str) -> str:
    """Return a text in which no line breaks between a figure and its per-cent sign."""
    return text.replace(" %", "\u00a0%")
