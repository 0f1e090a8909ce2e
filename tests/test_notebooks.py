"""The notebook templates: without outputs, thin, with typed and explained parameters, and plain papermill notebooks."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells(path: Path) -> list[dict]:
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]


@each
def test_notebook_is_committed_without_outputs(path: Path):
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells(path))


@each
def test_a_cell_calls_one_function_and_holds_no_logic(path: Path):
    for cell in cells(path)[2:]:
        tree = ast.parse("".join(cell["source"]))
        assert len(tree.body) == 1
        assert not any(isinstance(node, ast.For | ast.If | ast.FunctionDef | ast.ListComp) for node in ast.walk(tree))


@each
def test_every_parameter_has_a_type_a_default_and_a_help(path: Path):
    (cell,) = [cell for cell in cells(path) if "parameters" in cell["metadata"].get("tags", [])]
    for line in "".join(cell["source"]).splitlines():
        assert re.fullmatch(r"\w+: (str|int|float|bool) = .+  # .+", line), line


def test_plain_papermill_runs_the_scenario_report(tmp_path: Path):
    """The fixed command of the operations guide, with the interpreter's own kernel."""
    out = tmp_path / "out.ipynb"
    source = ROOT / "notebooks" / "scenario_report.ipynb"
    command = [sys.executable, "-m", "papermill", str(source), str(out), "-p", "scenario", "trend", "--no-progress-bar"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    text = out.read_text(encoding="utf-8")
    assert "惯性发展" in text
    assert '"output_type": "error"' not in text
