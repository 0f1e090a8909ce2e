"""Self-contained HTML pages: the report of an executed notebook, and the frame that the index shares."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from hjforecast import fonts

__all__ = ["Heading", "complete_page", "report_page", "template"]

_TEMPLATES = Path(__file__).parent / "templates"
_FONTS = "/*fonts*/"
_HEADING = re.compile(r"<h([123])\b([^>]*)>(.*?)</h\1\s*>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_ID = re.compile(r"""\bid\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
_SVG_EXTRAS = re.compile(r"<\?xml.*?\?>|<!DOCTYPE[^>]*>|<metadata>.*?</metadata>", re.DOTALL)
_EXTERNAL = re.compile(
    r"""<(?:link|script|iframe|object|embed)\b[^>]*"""
    r"""|<(?!a\b)\w+\b[^>]*\s(?:src|srcset|href|xlink:href|data)\s*=\s*["']?\s*(?:https?:)?//[^>]*"""
    r"""|<style\b[^<]*?(?:@import|url\(\s*["']?(?:https?:)?//)[^<]{0,99}"""
    r"""|<\w[^>]*\sstyle\s*=[^>]*url\(\s*["']?(?:https?:)?//[^>]*""",
    re.IGNORECASE,
)
_BESIDE = re.compile(r"""<img\b[^>]*\ssrc\s*=\s*["']?(?!data:)([^"'\s>]+)""", re.IGNORECASE)
_LANG = {"zh": "zh-CN", "en": "en"}


@dataclass(frozen=True)
class Heading:
    """A heading of the table of contents: level 2 or 3, the id that it is linked by, plain text."""

    level: int
    id: str
    text: str


def report_page(notebook: Any, lang: str) -> tuple[str, list[str]]:
    """Return an executed notebook as one HTML page without code, and warnings about it.

    Only `text/html`, `text/markdown`, `image/svg+xml` and `image/png` outputs and markdown cells show. The title is
    the first `<h1>`. Raises ValueError where the page would load anything from elsewhere.

    Parameters
    ----------
    notebook :
        the nbformat notebook.
    lang :
        `zh` or `en`, the language of the page.
    """
    body, _ = _exporter().from_notebook_node(notebook)
    body = _SVG_EXTRAS.sub("", body)
    external = _EXTERNAL.search(body)
    if external:
        raise ValueError(
            "网页须自成一体，不能有脚本、内嵌网页和外部资源"
            f" / no scripts, frames or anything from elsewhere can be in a page: {external[0][:120]}"
        )
    beside = ", ".join(dict.fromkeys(unquote(html.unescape(name)) for name in _BESIDE.findall(body)))
    lost = [f"图片在网页之外，不会显示 / pictures outside the page do not show: {beside}"] if beside else []
    body, title, headings = _number_headings(body)
    page, warnings = complete_page(body, lang, title, headings)
    return page, lost + warnings


def _number_headings(body: str) -> tuple[str, str, list[Heading]]:
    """Return the body with an id on every heading, the first h1's text, and the headings to list."""
    titles: list[str] = []
    found: list[Heading] = []

    def add(match: re.Match[str]) -> str:
        """Note one heading and return it with its anchor."""
        level, attributes, content = int(match[1]), match[2], match[3]
        text = html.unescape(_TAG.sub("", content)).strip()
        if level == 1:
            titles.append(text)
            return match[0]
        known = _ID.search(attributes)
        heading = Heading(level, known[1] if known else f"s{len(found) + 1}", text)
        found.append(heading)
        return match[0] if known else f'<h{level} id="{heading.id}"{attributes}>{content}</h{level}>'

    body = _HEADING.sub(add, body)
    return body, titles[0] if titles else "", found


def complete_page(body: str, lang: str, title: str, headings: Sequence[Heading] = ()) -> tuple[str, list[str]]:
    """Return a whole page around `body`, with style, fonts and table of contents inside; and warnings.

    `body` is HTML; `title` and the headings are text and are escaped.
    """
    marks = [name for name in ("assumed", "derived") if re.search(rf'<span class="[^"]*\b{name}\b', body)]
    page = template("page.html.j2").render(
        body=body, lang=lang, html_lang=_LANG[lang], title=title, headings=headings, marks=marks,
        css=(_TEMPLATES / "style.css").read_text(encoding="utf-8"), fonts=_FONTS,
    )  # fmt: skip
    missing = "".join(sorted(fonts.missing(html.unescape(_TAG.sub("", page)))))
    warnings = [f"字体中没有的字符 / characters that our fonts cannot draw: {missing}"] if missing else []
    return page.replace(_FONTS, fonts.css_font_face(page), 1), warnings


@lru_cache(maxsize=8)
def template(name: str) -> Any:
    """Return one of our jinja templates. Values are escaped; only what is marked safe there is HTML."""
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(name)


@lru_cache(maxsize=1)
def _exporter() -> Any:
    """Return the nbconvert exporter of our cells template, made once per process."""
    from nbconvert.exporters import HTMLExporter, TemplateExporter

    class CellsExporter(HTMLExporter):
        """HTMLExporter without its last step.

        That step sends the page through BeautifulSoup, which spells SVG attributes in lower case and takes a
        second for a page of charts.
        """

        def from_notebook_node(self, nb: Any, resources: Any = None, **kwargs: Any) -> Any:
            """Return the page of a notebook without the HTML exporter's own additions."""
            return TemplateExporter.from_notebook_node(self, nb, resources, **kwargs)

    return CellsExporter(
        template_name="report", template_file="cells.html.j2", extra_template_basedirs=[str(_TEMPLATES)],
        exclude_anchor_links=True,
    )  # fmt: skip
