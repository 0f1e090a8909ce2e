"""Parameters are read from the notebook as text and checked before any kernel starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from hjforecast.errors import InputError
from hjforecast.reporting.parameters import Parameter, check_parameters, read_parameters, typed
from tests.test_reporting_helpers import PARAMETERS, notebook


def written(folder: Path, cell: str) -> Path:
    path = folder / "one.ipynb"
    path.write_text(notebook(cell), encoding="utf-8")
    return path


def test_name_type_default_and_help_are_read(tmp_path):
    cell = '"""说明"""\n# 注释\nscenario: str = "plan"  # 情景 / scenario\nshare = -0.5\n\ndraws: int = 0'
    assert list(read_parameters(written(tmp_path, cell)).values()) == [
        Parameter("scenario", "str", "plan", "情景 / scenario"),
        Parameter("share", "float", -0.5, ""),
        Parameter("draws", "int", 0, ""),
    ]


def test_annotation_without_default_is_required(tmp_path):
    path = written(tmp_path, "year: int  # 年份")
    assert read_parameters(path)["year"].required
    check_parameters(path, {"year": 2025})
    with pytest.raises(InputError, match="必须给出"):
        check_parameters(path, {})


@pytest.mark.parametrize("cell", ["import os", "x = open('f')", "x: int = f()", "a, b = 1, 2", "x = = 1", "x.y = 1"])
def test_cell_is_never_run_and_holds_only_plain_values(tmp_path, cell):
    with pytest.raises(InputError, match="parameters"):
        read_parameters(written(tmp_path, cell))


@pytest.mark.parametrize("content", ["", "not json", "[]", "{}", '{"cells": [1]}'])
def test_file_that_is_no_notebook_is_refused(tmp_path, content):
    path = tmp_path / "one.ipynb"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="readable notebook"):
        read_parameters(path)


def test_unknown_names_and_wrong_types_are_reported_together(tmp_path):
    path = written(tmp_path, PARAMETERS["scenario_report"])
    with pytest.raises(InputError) as caught:
        check_parameters(path, {"scenarlo": "plan", "draws": "many", "seed": True, "lang": "zh"})
    text = str(caught.value)
    assert len(caught.value.problems) == 3
    assert "did you mean 'scenario'?" in text
    assert "must be of type int, not str" in text
    assert "must be of type int, not bool" in text


def test_whole_number_does_for_a_float_and_unknown_types_accept_anything(tmp_path):
    check_parameters(written(tmp_path, "share: float = 0.5\nyears: list[int] = [1]"), {"share": 1, "years": (2, 3)})


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [("int", "7", 7), ("str", " 7", " 7"), ("float", "2.5", 2.5), ("float", "-3", -3.0), ("bool", "true", True),
     ("bool", "false", False)],
)  # fmt: skip
def test_text_is_read_in_the_type_of_the_parameter(kind, text, value):
    read = typed(Parameter("x", kind, None, ""), text)
    assert (read, type(read)) == (value, type(value))
