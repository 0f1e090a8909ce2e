"""What MkDocs needs to build docs/ as a site: links that leave docs/, the change log, and equations as MathML.

mkdocs.yml loads it; `make docs` runs it. Equations are written in TeX between dollar signs and become MathML, which browsers set
by themselves: no script and no font is fetched from anywhere.
"""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import griffe
from latex2mathml.converter import convert
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
PAGES = {"../CHANGELOG.md": "changelog.md", "../README.md": "index.md", "../README.en.md": "index.md"}
"""Where the site shows what stands outside docs/."""

CHINESE_LINE_END = re.compile(
    r"(?<=[，。；：、！？）”])\n *(?=[^\n\s<]|<(?:code|a|strong|em|span|math)\b)|(?<=[\u4e00-\u9fff])\n *(?=[\u4e00-\u9fff“（])"
)
"""A line end that would show as a space between Chinese characters."""

TABLE_CODE = re.compile(r"(?<=<code>)[^<]+(?=</code>(?:(?!<t[dh]).)*?</td>)", flags=re.DOTALL)
"""An id in a cell of a table: it may break after `_`, so that columns can be narrow."""


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point links that leave docs/ to the site's own page; one without a page becomes its text."""
    if page.file.src_uri == "changelog.md":
        return (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").replace("](docs/", "](")
    return re.sub(r"\[([^\]]+)\]\((\.\./[A-Za-z][^)]*)\)", lambda one: _link(one[0], one[1], one[2], page), markdown)


def _link(whole: str, text: str, target: str, page: Page) -> str:
    """Return a link as the site shows it. Pages in a folder of docs/ reach the other pages by `../` too."""
    if "/" in page.file.src_uri:
        return whole
    return f"[{text}]({PAGES[target]})" if target in PAGES else text


def on_page_content(content: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Set the equations that Markdown has marked, and close the gaps that line ends leave between Chinese characters."""
    content = TABLE_CODE.sub(lambda one: one[0].replace("_", "_<wbr>"), content)
    parts = re.split(r"(<pre.*?</pre>)", content, flags=re.DOTALL)
    content = "".join(part if part.startswith("<pre") else CHINESE_LINE_END.sub("", part) for part in parts)
    content = re.sub(r'<span class="arithmatex">\\\((.*?)\\\)</span>', lambda one: _mathml(one[1], "inline"), content)
    display = re.compile(r'<div class="arithmatex">\s*\\\[(.*?)\\\]\s*</div>', flags=re.DOTALL)
    return display.sub(lambda one: f'<div class="equation">{_mathml(one[1], "block")}</div>', content)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Let an English page search below `en/`."""
    if not page.url.startswith("en/"):
        return output
    steps = page.url.count("/")
    return output.replace(f'"base": "{_up(steps)}"', f'"base": "{_up(steps - 1)}"', 1)


def _up(steps: int) -> str:
    return "/".join([".."] * steps) or "."


@event_priority(-200)
def on_post_build(config: MkDocsConfig) -> None:
    """Write a search index for each language, as JSON and as the script that a page opened from a folder reads. Runs last."""
    site = Path(config.site_dir)
    if not (site / "search" / "search_index.json").is_file() or not (site / "en" / "index.html").is_file():
        return
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    for folder, english in ((site, False), (site / "en", True)):
        entries = [one for one in index["docs"] if one["location"].startswith("en/") == english]
        for one in entries:
            one["location"] = one["location"].removeprefix("en/")
        text = json.dumps({**index, "docs": entries}, ensure_ascii=False, separators=(",", ":"))
        (folder / "search").mkdir(exist_ok=True)
        (folder / "search" / "search_index.json").write_text(text, encoding="utf-8")
        (folder / "search" / "search_index.js").write_text(f"var __index = {text}", encoding="utf-8")


def _mathml(source: str, display: str) -> str:
    # The converter knows align* and not aligned, which other readers of Markdown need between dollar signs.
    return convert(html.unescape(source).strip().replace("{aligned}", "{align*}"), display=display)


class Sections(griffe.Extension):
    """Tells Markdown where a docstring lists its parameters: the house style is plain text, read as it stands in Python."""

    def on_instance(self, *, obj: griffe.Object, **_: object) -> None:
        """Rewrite the docstring of one object."""
        if obj.docstring:
            obj.docstring.value = markdown_of(obj.docstring.value)


PARAMETERS = re.compile(r"^Parameters\n-+\n(.*?)(?=\n\n|\Z)", flags=re.MULTILINE | re.DOTALL)
PARAMETER = re.compile(r"^(\w+(?:, \w+)*) ?:(?:\n    | )(.*)$", flags=re.MULTILINE)


def markdown_of(text: str) -> str:
    """Return a docstring with its parameters as a list and its run-in heads in bold."""
    text = PARAMETERS.sub(lambda one: "**Parameters**\n\n" + PARAMETER.sub(r"- `\1`: \2", one[1]), text)
    return re.sub(r"^(Parameters|Columns):? (?=`)", r"**\1** ", text, flags=re.MULTILINE)
