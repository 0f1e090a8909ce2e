"""Every command and code block of the tutorials and of both READMEs runs, and quoted outputs are what was printed."""

from __future__ import annotations

import re
import runpy
import shutil
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from hjforecast import load_plan
from hjforecast.cli import main
from tests.conftest import ROOT

TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
COUNTY = [ROOT / "docs" / "new-county.md", ROOT / "docs" / "new-county.en.md"]
READMES = ("README.md", "README.en.md")
MAKE = f"make --no-print-directory --dry-run -C {ROOT}"

INSTEAD = {
    # Rendering everything takes minutes. make is asked what it would run; tests/test_cli_report.py renders.
    "make report": f"{MAKE} report",
    "make test": f"{MAKE} test",
    # One format where README renders four (test_reporting.py renders all); it makes the folder that --verify reads.
    "hjforecast report trend --formats html,docx,pdf,xlsx": "hjforecast report trend",
}
"""By command line of a README: what is run in its place, because the line itself takes too long."""
DRY = (
    "hjforecast report --plan-dir my_plan --out my_reports",
    "hjforecast report --plan-dir my_plan --out my_reports --lang en",
    "hjforecast report --lang zh,en --keep 5",
    "hjforecast report --plan-dir plans/county_a --plan-dir plans/county_b --out all_reports",
    "hjforecast report trend --notebook my_report.ipynb -p years 7",
)
"""Lines that would render for long: run with --dry-run. The options themselves are tested in test_cli_report.py,
test_reporting_editions.py (--keep), test_reporting_sets.py (several plans) and test_reporting_parameters.py (-p)."""
NOT_RUN = {
    "bat": "Windows; its commands are checked in test_docs.py and below",
    "cron": "tests/test_operations.py runs the line of deploy/crontab",
}
"""By language of a block that no test runs here: why."""


@pytest.fixture(scope="module")
def tool() -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(ROOT / "tools" / "doc_blocks.py"), run_name="doc_blocks"))


def english(path: Path) -> Path:
    return path.with_name(f"{path.stem}.en.md")


def write_notebook(path: Path) -> None:
    """A reader's own notebook, with the parameters that the READMEs pass."""
    source = 'scenario: str = "trend"  # id\nyears: int = 5  # how many'
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": ["parameters"]})
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.name)
def test_a_tutorial_runs_and_prints_what_it_quotes(path: Path, tool: SimpleNamespace, tmp_path: Path) -> None:
    quoted = list(tool.run_document(path, tool.Reader(tmp_path)))
    assert len(quoted) >= 5
    for block, printed in quoted:
        assert tool.agree(block.text, printed), f"run: python tools/doc_blocks.py\n{block.text}\n--- printed\n{printed}"


@pytest.mark.parametrize("name", READMES)
def test_readme_runs(name: str, tool: SimpleNamespace, tmp_path: Path) -> None:
    for county in ("county_a", "county_b"):
        shutil.copytree(ROOT / "data", tmp_path / "plans" / county)
    write_notebook(tmp_path / "my_report.ipynb")
    (tmp_path / "tests" / "fixtures").mkdir(parents=True)
    shutil.copy(ROOT / "tests/fixtures/example_actuals.csv", tmp_path / "tests" / "fixtures")
    instead = {**INSTEAD, **{line: f"{line} --dry-run" for line in DRY}}
    list(tool.run_document(ROOT / name, tool.Reader(tmp_path, instead)))
    assert (tmp_path / "reports" / "trend.html").is_file()
    assert {"trend.csv", "compare.json"} <= {path.name for path in tmp_path.iterdir()}


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


def test_every_line_that_is_run_otherwise_stands_in_a_readme() -> None:
    lines = {line for name in READMES for line in (ROOT / name).read_text(encoding="utf-8").splitlines()}
    assert ({*INSTEAD, *DRY}) - lines == set()


@pytest.mark.parametrize("path", [*TUTORIALS, *COUNTY, *(ROOT / name for name in READMES)], ids=lambda path: path.name)
def test_every_block_is_run_or_named_as_not_run(path: Path, tool: SimpleNamespace) -> None:
    text = path.read_text(encoding="utf-8")
    blocks = tool.blocks_of(text)
    assert text.count("```") == 2 * len(blocks)
    run = {"sh", "python", "text"}
    assert [one.text for one in blocks if one.language not in {*run, *NOT_RUN} and not one.title] == []


@pytest.mark.parametrize("name", READMES)
def test_windows_commands_name_what_exists(name: str, tool: SimpleNamespace) -> None:
    (block,) = [one for one in tool.blocks_of((ROOT / name).read_text(encoding="utf-8")) if one.language == "bat"]
    constraints, extras = re.findall(r'pip install -c (\S+) -e "\.\[([\w,]+)\]"', block.text)[0]
    assert (ROOT / constraints).is_file()
    declared = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert [extra for extra in extras.split(",") if f"\n{extra} = [" not in declared] == []


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
