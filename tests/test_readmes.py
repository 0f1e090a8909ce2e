"""Every command and code block of both READMEs runs; what would take too long is named, with the test that runs it."""

from __future__ import annotations

import re
import runpy
import shlex
import shutil
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from tests.conftest import ROOT

READMES = ("README.md", "README.en.md")
MAKE = f"make --no-print-directory --dry-run -C {shlex.quote(str(ROOT))}"

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


@pytest.fixture(scope="module")
def tool() -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(ROOT / "tools" / "doc_blocks.py"), run_name="doc_blocks"))


def write_notebook(path: Path) -> None:
    """A reader's own notebook, with the parameters that the READMEs pass."""
    source = 'scenario: str = "trend"  # id\nyears: int = 5  # how many'
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": ["parameters"]})
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)


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


def test_every_line_that_is_run_otherwise_stands_in_a_readme() -> None:
    lines = {line for name in READMES for line in (ROOT / name).read_text(encoding="utf-8").splitlines()}
    assert ({*INSTEAD, *DRY}) - lines == set()


@pytest.mark.parametrize("name", READMES)
def test_windows_commands_name_what_exists(name: str, tool: SimpleNamespace) -> None:
    (block,) = [one for one in tool.blocks_of((ROOT / name).read_text(encoding="utf-8")) if one.language == "bat"]
    constraints, extras = re.findall(r'pip install -c (\S+) -e "\.\[([\w,]+)\]"', block.text)[0]
    assert (ROOT / constraints).is_file()
    declared = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert [extra for extra in extras.split(",") if f"\n{extra} = [" not in declared] == []
