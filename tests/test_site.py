"""`make docs` gives a whole site: no warning, both languages, nothing fetched from elsewhere, equations set."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

import hjforecast
from tests.conftest import ROOT

pytest.importorskip("material", reason="needs the extra docs")

PAGES = sorted(path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md"))
CHINESE = [path for path in PAGES if not path.stem.endswith(".en")]
ONE_FILE = ("changelog.md", "decisions/")
"""Pages that hold both languages in one file, or are records in the language they were written in."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` builds it: a warning is an error."""
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(out)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return out


class Links(HTMLParser):
    """Collects what a page points to and what can be pointed at in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.fetched: list[str] = []
        self.names: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.names |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.targets.append(given["href"])
        elif tag in ("link", "script", "img", "iframe", "source"):
            self.fetched += [given[name] for name in ("href", "src") if name in given]


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Links]:
    return {path: Links(path.read_text(encoding="utf-8")) for path in site.rglob("*.html") if path.name != "404.html"}


def test_every_page_is_there_in_both_languages(site: Path) -> None:
    for page in CHINESE:
        name = page.with_name("index.html" if page.name == "README.md" else f"{page.stem}.html")
        assert (site / name).is_file() and (site / "en" / name).is_file(), name


@pytest.mark.parametrize("page", CHINESE, ids=str)
def test_every_page_has_an_english_one_without_chinese_headings(page: Path) -> None:
    if page.as_posix().startswith(ONE_FILE):
        return
    text = (ROOT / "docs" / page.with_name(f"{page.stem}.en.md")).read_text(encoding="utf-8")
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert [line for line in prose.splitlines() if line.startswith("#") and re.search(r"[\u4e00-\u9fff]", line)] == []


@pytest.mark.parametrize("page", CHINESE, ids=str)
def test_code_of_a_page_is_the_same_in_both_languages(page: Path) -> None:
    if page.as_posix().startswith(
        (*ONE_FILE, "tutorials/", "scale.md", "commands.md")
    ):  # Comments and text differ there.
        return

    def code(name: Path) -> list[str]:
        text = (ROOT / "docs" / name).read_text(encoding="utf-8")
        return re.findall(r"^```\w+\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)

    assert code(page) == code(page.with_name(f"{page.stem}.en.md"))


def test_links_of_every_page_lead_somewhere(site: Path, pages: dict[Path, Links]) -> None:
    lost = []
    for page, links in pages.items():
        for target in [*links.targets, *links.fetched]:
            if re.match(r"[a-z]+:", target):
                continue
            file, _, name = unquote(target).partition("#")
            path = (page.parent / file).resolve() if file else page
            if not path.is_file() or (name and path in pages and name not in pages[path].names):
                lost.append((page.relative_to(site).as_posix(), target))
    assert lost == []


def test_nothing_is_fetched_from_elsewhere(site: Path, pages: dict[Path, Links]) -> None:
    assert [one for links in pages.values() for one in links.fetched if re.match(r"(https?:)?//", one)] == []
    styles = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert re.findall(r"url\([\"']?(?:https?:)?//|@import[^;]*//", styles) == []


@pytest.mark.parametrize("name", ["model.html", "en/model.html", "filtering.html", "en/midterm.html"])
def test_equations_are_set(site: Path, name: str) -> None:
    text = (site / name).read_text(encoding="utf-8")
    outside_code = re.sub(r"<(code|pre|script)\b.*?</\1>", "", text, flags=re.DOTALL)
    assert text.count("<math") >= 8
    assert re.findall(r"\\[a-z]+|\$[^$\n]{1,60}\$|arithmatex", outside_code) == []
    assert re.findall(r"<mi>\\|<mtext>\\", text) == []


@pytest.mark.parametrize("name", ["api.html", "en/api.html"])
def test_every_public_name_is_told(site: Path, name: str) -> None:
    text = (site / name).read_text(encoding="utf-8")
    headings = {
        re.sub(r"<[^>]+>", "", one).split("¶")[0].strip() for one in re.findall(r"<h3.*?</h3>", text, re.DOTALL)
    }
    assert {one for one in hjforecast.__all__ if not any(heading.startswith(one) for heading in headings)} == set()
    assert "----------" not in text


@pytest.mark.parametrize(("folder", "word"), [("", "模型"), ("en", "The model")])
def test_search_of_a_language_finds_its_own_pages(site: Path, folder: str, word: str) -> None:
    place = site / folder / "search"
    index = json.loads((place / "search_index.json").read_text(encoding="utf-8"))
    assert (place / "search_index.js").read_text(encoding="utf-8").startswith("var __index = {")
    # Chinese is cut into words, or no word inside a sentence would be found.
    words = {part for one in index["docs"] for part in one["title"].split("\u200b")}
    assert word in words
    locations = [one["location"].partition("#")[0] for one in index["docs"]]
    assert [one for one in locations if not (site / folder / one).is_file()] == []


def test_english_pages_search_english(site: Path) -> None:
    for page in ("model.html", "tutorials/bureau.html"):
        config = re.search(r'<script id="__config"[^>]*>(\{.*?\})</script>', (site / "en" / page).read_text("utf-8"))
        assert config is not None
        base = (site / "en" / page).parent / json.loads(config[1])["base"]
        assert base.resolve() == (site / "en").resolve()


def test_line_ends_leave_no_gap_between_chinese_characters(site: Path) -> None:
    for page in ("index.html", "model.html", "tutorials/bureau.html", "evidence.html"):
        text = re.sub(r"<pre.*?</pre>", "", (site / page).read_text(encoding="utf-8"), flags=re.DOTALL)
        assert re.findall(r"[\u4e00-\u9fff，。；：、]\n *[\u4e00-\u9fff]", text) == [], page
