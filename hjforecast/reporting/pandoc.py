"""Other people's cells as parts: their Markdown and HTML become headings, tables and `rich` paragraphs.

A `rich` part holds `runs` (each `text`, `styles` out of strong, emph, code, strike, super and sub, and `url`), `indent`
(how deep in lists or quotations), `marker` (a list item's, or empty) and `style` (`code` or empty). pandoc reads the
text; what comes of it is data only: no markup, no attributes, no pictures.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hjforecast.document import Part

__all__ = ["foreign_parts"]

# What JupyterLab reads, but for HTML and formulas: tags and dollars stay on the page as text.
_READERS = {
    "markdown": "commonmark+pipe_tables+strikeout+autolink_bare_uris+east_asian_line_breaks",
    "html": "html",
}
_STYLES = {"Strong": "strong", "Emph": "emph", "Strikeout": "strike", "Superscript": "super", "Subscript": "sub"}
_UNWRAPPED = {"Underline", "SmallCaps"}
_SPACES = {"Space": " ", "SoftBreak": " ", "LineBreak": "\n"}
_NUMBER = re.compile(r"[-+−]?(\d[\d,]*)?\.?\d+([eE][-+]?\d+)?\s?%?")
_NO_NUMBER = {"", "...", "…", "nan", "NaN", "None", "NaT", "<NA>", "—"}
_LINK = re.compile(r"(https?://|mailto:)", re.IGNORECASE)

_Run = dict[str, Any]


def foreign_parts(part: Part) -> list[Part]:
    """Return a `markdown` or `html` part as heading, table and `rich` parts.

    What pandoc cannot read, or what is nested too deeply, shows as it is written.
    """
    import pypandoc

    try:
        text = part["text"].encode("utf-8", "replace").decode("utf-8")
        hook = _without_raw if part["kind"] == "html" else None
        tree = json.loads(pypandoc.convert_text(text, "json", format=_READERS[part["kind"]]), object_hook=hook)
        return list(_blocks(tree["blocks"], 0))
    except (RecursionError, RuntimeError):
        return [_rich([_run(part["text"])], 0, style="code")]


def _without_raw(node: dict[str, Any]) -> dict[str, Any]:
    """Return a pandoc node, an empty one for raw text: styles and scripts, in a page of HTML."""
    return {"t": "Null"} if node.get("t") in ("RawBlock", "RawInline") else node


def _blocks(blocks: Sequence[Mapping[str, Any]], indent: int) -> Iterator[Part]:
    for block in blocks:
        yield from _block(block["t"], block.get("c"), indent)


def _block(kind: str, content: Any, indent: int) -> Iterator[Part]:
    """Yield the parts of one pandoc block; unknown blocks give none."""
    if kind in ("Para", "Plain"):
        yield from _paragraph(_runs(content), indent)
    elif kind == "Header":
        yield {"kind": "heading", "level": content[0] - 1, "number": "", "text": _text(content[2])}
    elif kind == "CodeBlock":
        yield _rich([_run(content[1])], indent, style="code")
    elif kind == "RawBlock":
        yield from _paragraph([_run(content[1].strip("\n"))], indent)
    elif kind == "LineBlock":
        yield from _paragraph([run for line in content for run in [*_runs(line), _run("\n")]][:-1], indent)
    elif kind == "BlockQuote":
        yield from _blocks(content, indent + 1)
    elif kind in ("Div", "Figure"):
        yield from _blocks(content[-1], indent)
    elif kind in ("BulletList", "OrderedList"):
        yield from _list(kind, content, indent)
    elif kind == "DefinitionList":
        for term, definitions in content:
            yield from _paragraph(_runs(term, ("strong",)), indent)
            for definition in definitions:
                yield from _blocks(definition, indent + 1)
    elif kind == "Table":
        yield _table(content)


def _list(kind: str, content: Any, indent: int) -> Iterator[Part]:
    """Yield the items of a list, the marker on each item's first part."""
    start, items = (content[0][0], content[1]) if kind == "OrderedList" else (0, content)
    for number, item in enumerate(items, start):
        marker = f"{number}." if kind == "OrderedList" else "•"
        parts = list(_blocks(item, indent + 1))
        if not parts or parts[0]["kind"] != "rich" or parts[0]["marker"]:
            parts.insert(0, _rich([], indent + 1))
        yield {**parts[0], "marker": marker}
        yield from parts[1:]


def _paragraph(runs: list[_Run], indent: int) -> Iterator[Part]:
    if any(run["text"].strip() for run in runs):
        yield _rich(runs, indent)


def _rich(runs: list[_Run], indent: int, style: str = "") -> Part:
    return {"kind": "rich", "runs": runs, "indent": indent, "marker": "", "style": style}


def _run(text: str, styles: Sequence[str] = (), url: str = "") -> _Run:
    return {"text": text, "styles": list(styles), "url": url}


def _runs(inlines: Sequence[Mapping[str, Any]], styles: tuple[str, ...] = (), url: str = "") -> list[_Run]:
    """Return pandoc inlines as runs, neighbours of one look joined."""
    joined: list[_Run] = []
    for inline in inlines:
        for run in _inline(inline["t"], inline.get("c"), styles, url):
            if joined and joined[-1]["styles"] == run["styles"] and joined[-1]["url"] == run["url"]:
                joined[-1]["text"] += run["text"]
            else:
                joined.append(run)
    return joined


def _inline(kind: str, content: Any, styles: tuple[str, ...], url: str) -> list[_Run]:
    if kind == "Str":
        return [_run(content, styles, url)]
    if kind in _SPACES:
        return [_run(_SPACES[kind], styles, url)]
    if kind in _STYLES:
        return _runs(content, (*styles, _STYLES[kind]), url)
    if kind in _UNWRAPPED:
        return _runs(content, styles, url)
    if kind == "Code":
        return [_run(content[1], (*styles, "code"), url)]
    if kind in ("Math", "RawInline"):
        return [_run(content[1], styles, url)]
    if kind == "Quoted":
        return [_run("“", styles, url), *_runs(content[1], styles, url), _run("”", styles, url)]
    if kind == "Link":
        target = content[2][0]
        return _runs(content[1], styles, target if _LINK.match(target) else url)
    if kind in ("Span", "Cite", "Image"):
        return _runs(content[1], styles, url)
    return []


def _text(inlines: Sequence[Mapping[str, Any]]) -> str:
    return "".join(run["text"] for run in _runs(inlines)).strip()


def _table(content: Any) -> Part:
    """Return a pandoc table; several header rows become one, and a column of numbers is set as such."""
    _, caption, specs, (_, head), bodies, (_, foot) = content
    levels = zip(*_grid(head, len(specs), repeat=True), strict=True)
    titles = [" ".join(dict.fromkeys(filter(None, column))) for column in levels]
    rows = _grid([row for body in bodies for row in [*body[2], *body[3]]] + foot, len(specs))
    columns = [
        [title, _is_numeric([row[n] for row in rows])]
        for n, title in enumerate(titles or [""] * len(specs))
    ]  # fmt: skip
    return {
        "kind": "table", "label": "", "caption": _plain_text(caption[1]), "unit": "", "columns": columns,
        "rows": [[[text, "", 0] for text in row] for row in rows], "notes": [],
    }  # fmt: skip


def _grid(rows: Sequence[Any], width: int, *, repeat: bool = False) -> list[list[str]]:
    """Return the texts of table rows as a full grid; what a cell spans beyond its first place is empty, or repeats."""
    grid: list[list[str | None]] = [[None] * width for _ in rows]
    for y, (_, cells) in enumerate(rows):
        for _, _, height, breadth, blocks in cells:
            if None not in grid[y]:
                break
            x, text = grid[y].index(None), _plain_text(blocks)
            for covered in grid[y : y + height]:
                covered[x : x + breadth] = [text if repeat else ""] * len(covered[x : x + breadth])
            grid[y][x] = text
    return [[text or "" for text in row] for row in grid]


def _plain_text(blocks: Sequence[Mapping[str, Any]]) -> str:
    parts = _blocks(blocks, 0)
    texts = ("".join(run["text"] for run in part["runs"]) for part in parts if part["kind"] == "rich")
    return "\n".join(texts).strip()


def _is_numeric(texts: Sequence[str]) -> bool:
    kept = [text for text in texts if text not in _NO_NUMBER]
    return bool(kept) and all(_NUMBER.fullmatch(text) for text in kept)
