"""Every command and code block of the tutorials runs, and quoted outputs are what was printed."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from hjforecast import load_plan
from hjforecast.cli import main
from tests.conftest import ROOT

TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
COUNTY = [ROOT / "docs" / "new-county.md", ROOT / "docs" / "new-county.en.md"]
READMES = ("README.md", "README.en.md")
NOT_RUN = {
    "bat": "Windows; its commands are checked in test_docs.py and test_readmes.py",
    "cron": "tests/test_operations.py runs the line of deploy/crontab",
}
"""By language of a block that no test runs here: why."""


@pytest.fixture(scope="module")
def tool() -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(ROOT / "tools" / "doc_blocks.py"), run_name="doc_blocks"))


def english(path: Path) -> Path:
    return path.with_name(f"{path.stem}.en.md")


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.name)
def test_a_tutorial_runs_and_prints_what_it_quotes(path: Path, tool: SimpleNamespace, tmp_path: Path) -> None:
    quoted = list(tool.run_document(path, tool.Reader(tmp_path)))
    assert len(quoted) >= 5
    for block, printed in quoted:
        assert tool.agree(block.text, printed), f"run: python tools/doc_blocks.py\n{block.text}\n--- printed\n{printed}"


@pytest.mark.parametrize("path", COUNTY, ids=lambda path: path.name)
def test_another_county_is_made_by_following_its_page(path: Path, tool: SimpleNamespace, tmp_path: Path) -> None:
    pytest.importorskip("xlsxwriter", reason="needs the extra publish")
    report = "hjforecast report --plan-dir yixian --out reports --formats html,docx,pdf,xlsx"
    # The page offers Excel or CSV; a reader of both imports beside what was typed. test_other_plans.py renders a new plan.
    instead = {
        "hjforecast import yixian.xlsx yixian": "hjforecast import yixian.xlsx yixian_from_excel",
        report: f"{report} --dry-run",
    }
    assert [line for line in instead if line not in path.read_text(encoding="utf-8").splitlines()] == []
    list(tool.run_document(path, tool.Reader(tmp_path, instead)))
    typed, blank = (load_plan(tmp_path / name) for name in ("yixian", "yixian_from_excel"))
    assert [one.indicator for one in typed.observations if one.year == 2025 and one.indicator == "gdp"] == ["gdp"]
    assert typed.indicators.keys() == blank.indicators.keys()
    assert (tmp_path / "yixian_copy.xlsx").is_file()


@pytest.mark.parametrize("path", [*TUTORIALS, *COUNTY, *(ROOT / name for name in READMES)], ids=lambda path: path.name)
def test_every_block_is_run_or_named_as_not_run(path: Path, tool: SimpleNamespace) -> None:
    text = path.read_text(encoding="utf-8")
    blocks = tool.blocks_of(text)
    assert text.count("```") == 2 * len(blocks)
    run = {"sh", "python", "text"}
    assert [one.text for one in blocks if one.language not in {*run, *NOT_RUN} and not one.title] == []


@pytest.mark.parametrize(
    "path", [path for path in TUTORIALS if not path.stem.endswith(".en")], ids=lambda path: path.name
)
def test_both_languages_of_a_tutorial_teach_the_same_commands(path: Path, tool: SimpleNamespace) -> None:
    def commands(one: Path) -> list[str]:
        blocks = tool.blocks_of(one.read_text(encoding="utf-8"))
        return [re.sub(r" --lang en", "", block.text) for block in blocks if block.language == "sh"]

    assert commands(path) == commands(english(path))


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.name)
def test_figures_told_in_prose_are_among_the_quoted_ones(path: Path, tool: SimpleNamespace) -> None:
    text = path.read_text(encoding="utf-8")
    blocks = "".join(block.text for block in tool.blocks_of(text))
    prose = tool.FENCE.sub("", text)
    assert [number for number in re.findall(r"\d+\.\d+", prose) if number not in blocks and number != "3.11"] == []


def test_an_output_that_differs_is_noticed_and_refreshed(tool: SimpleNamespace) -> None:
    printed = "one\ntwo\nthree\nfour\n"
    assert tool.agree("one\n…\nfour\n", printed) and tool.agree(printed, printed)
    assert not tool.agree("one\n…\nfive\n", printed)
    assert not tool.agree("one\ntwo\nthree\n", printed)
    assert tool.refreshed("eins\n…\nvier\n", printed) == "one\n…\nfour\n"
    assert tool.refreshed("", printed) == printed


def test_a_command_that_fails_unannounced_stops_the_tutorial(tool: SimpleNamespace, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```sh\nhjforecast check nowhere\n```\n", encoding="utf-8")
    with pytest.raises(RuntimeError, match=r"page\.md, line 2: hjforecast check nowhere: exit code 2"):
        list(tool.run_document(page, tool.Reader(tmp_path)))


def test_tutorials_name_every_user_s_commands() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in TUTORIALS)
    assert set(re.findall(r"hjforecast ([a-z]+)\b", text)) - {*main.commands} == set()
