"""Small HTML for notebooks: facts, tables and lists, every text escaped. Standard library only."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

__all__ = ["facts_html", "sections_html", "table_html"]

_LEFT = ' style="text-align:left;vertical-align:top"'


def facts_html(title: str, facts: Iterable[tuple[str, object]]) -> str:
    """Return a title over names and values; facts without a value are left out."""
    kept = [(name, str(value)) for name, value in facts if value not in ("", None)]
    rows = "".join(
        f"<tr><th{_LEFT}>{html.escape(name)}</th><td{_LEFT}>{html.escape(value)}</td></tr>" for name, value in kept
    )
    return f"<div><strong>{html.escape(title)}</strong><table><tbody>{rows}</tbody></table></div>"


def table_html(title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a title over a table."""
    head = "".join(f"<th{_LEFT}>{html.escape(name)}</th>" for name in header)
    lines = ("".join(f"<td{_LEFT}>{html.escape(str(cell))}</td>" for cell in row) for row in rows)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return (
        f"<div><strong>{html.escape(title)}</strong>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def sections_html(title: str, sections: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Return a title over sections that can be folded, each a list of lines."""
    parts = (
        f"<details open><summary>{html.escape(name)}</summary>"
        f"<ul>{''.join(f'<li>{html.escape(line)}</li>' for line in lines)}</ul></details>"
        for name, lines in sections
    )
    return f"<div><strong>{html.escape(title)}</strong>{''.join(parts)}</div>"
