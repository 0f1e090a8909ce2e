"""`project --all-plans`: what a loop over project() gives, whatever the number of workers, and never half a file."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import psutil
import pytest
from click.testing import CliRunner, Result

from hjforecast import HjforecastError, load_plan, project
from hjforecast.cli import main
from hjforecast.cli_output import render
from hjforecast.many import Request, find_plans, project_many
from tests.miniplan import write_plan

PLACES = ("乙市/甲县", "乙市/丙县", "丁县")


def run(*args: object) -> Result:
    return CliRunner().invoke(main, ["project", *map(str, args)])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three counties that differ."""
    for number, place in enumerate(PLACES):
        write_plan(tmp_path / "plans" / place, {"baseline_2020.csv": ("gdp,2020,1000", f"gdp,2020,{1000 + number}")})
    return tmp_path / "plans"


def expected(root: Path, scenario: str, places: tuple[str, ...] = PLACES, **options: int) -> pd.DataFrame:
    """The naive way: one plan after the other."""
    frames = []
    for place in sorted(places):
        frame = project(load_plan(root / place), scenario, **options).frame
        frames.append(frame.assign(plan=place)[["plan", *frame.columns]])
    return pd.concat(frames)


@pytest.mark.parametrize("jobs", [1, 2])
def test_rows_are_those_of_a_loop_over_project(root, jobs):
    found = run("trend", "--all-plans", root, "--jobs", jobs, "--draws", 50, "--seed", 7, "--to", 2026)
    assert found.exit_code == 0, found.output
    assert found.stdout == render(expected(root, "trend", draws=50, seed=7, to=2026), "csv")
    assert found.stdout.startswith("plan,scenario,indicator,year,statistic,value,unit,status\n")


def test_json_and_chosen_indicators(root, tmp_path):
    found = run("high", "--all-plans", root, "--indicator", "gdp", "--format", "json", "--out", tmp_path / "out.json")
    assert found.exit_code == 0, found.output
    frame = expected(root, "high")
    text = (tmp_path / "out.json").read_text(encoding="utf-8")
    assert text == render(frame[frame["indicator"] == "gdp"], "json")
    assert {row["plan"] for row in json.loads(text)} == set(PLACES)


def test_plans_with_problems_are_listed_and_the_others_come_out(root, tmp_path):
    (root / "丁县" / "indicators.csv").unlink()
    (root / "乙市/丙县" / "scenarios" / "high.toml").unlink()
    found = run("high", "--all-plans", root, "--out", tmp_path / "out.csv")
    assert found.exit_code == 1
    assert found.stdout == ""
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == render(expected(root, "high", ("乙市/甲县",)), "csv")
    assert "丁县：" in found.stderr and "indicators.csv: there is no such file" in found.stderr
    assert "乙市/丙县：" in found.stderr and "no such scenario" in found.stderr
    assert "3 plans, 2 without rows" in found.stderr


def test_json_of_no_plan_that_can_be_read_is_an_empty_list(root):
    for place in PLACES:
        (root / place / "plan.toml").write_text("x", encoding="utf-8")
    found = run("trend", "--all-plans", root, "--format", "json")
    assert found.exit_code == 1
    assert json.loads(found.stdout) == []


def test_what_counts_as_a_plan_directory(root):
    write_plan(root / ".trash")
    write_plan(root / "丁县" / "镇")
    (root / "notes").mkdir()
    assert find_plans(root) == sorted(("丁县", "丁县/镇", "乙市/丙县", "乙市/甲县"))
    assert find_plans(root / "丁县") == [".", "镇"]


def test_no_plan_found(tmp_path):
    for place in (tmp_path, tmp_path / "missing"):
        found = run("trend", "--all-plans", place, "--out", tmp_path / "out.csv")
        assert found.exit_code == 2
        assert "no plan directory" in found.stderr and found.stdout == ""
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--all-plans", "x", "--plan-dir", "y"), "--plan-dir or --all-plans"),
        (("--all-plans", "x", "--format", "table"), "csv or json"),
        (("--jobs", "2"), "go with --all-plans"),
        (("--cluster", "tcp://localhost:1"), "go with --all-plans"),
        (("--all-plans", ""), "cannot be empty"),
    ],
)
def test_options_that_do_not_fit(options, said):
    found = run("trend", *options)
    assert found.exit_code == 2
    assert said in found.stderr and found.stdout == ""


def test_file_that_cannot_be_written(root, tmp_path):
    for out in (tmp_path, tmp_path / "missing" / "out.csv"):
        found = run("trend", "--all-plans", root, "--out", out)
        assert found.exit_code == 2
        assert "cannot write" in found.stderr


@pytest.fixture
def began(root: Path) -> Iterator[list[str]]:
    """The names of many plans, and which of them have been sent to a worker."""
    names: list[str] = []

    class Plans(list[str]):
        def __iter__(self) -> Iterator[str]:
            for name in super().__iter__():
                names.append(name)
                yield name

    names_of_all = Plans(["丁县"] * 60)
    found = project_many(root, names_of_all, Request("trend"), jobs=1)
    names.append(next(found).plan)
    yield names
    found.close()


def test_few_plans_are_ahead_of_the_one_written(began):
    assert 0 < len(began) < 10


def test_worker_that_dies_is_told_of(root):
    found = project_many(root, ["丁县"] * 60, Request("trend"), jobs=1)
    next(found)
    for child in psutil.Process().children():
        if any("spawn_main" in word for word in child.cmdline()):
            child.kill()
    with pytest.raises(HjforecastError, match="a worker process died"):
        list(found)


def test_old_file_stays_where_the_run_fails(root, tmp_path, monkeypatch):
    def died(*args: object, **options: object) -> Iterator[None]:
        yield from project_many(root, ["丁县"], Request("trend"))
        raise HjforecastError("a worker process died")

    monkeypatch.setattr("hjforecast.cli_many.project_many", died)
    out = tmp_path / "out.csv"
    out.write_text("old", encoding="utf-8")
    assert run("trend", "--all-plans", root, "--out", out).exit_code == 2
    assert out.read_text(encoding="utf-8") == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "plans"]


def test_progress_is_told_now_and_then_in_a_log(root, monkeypatch):
    monkeypatch.setattr("hjforecast.cli_many._EVERY_SECONDS", 0.0)
    found = run("trend", "--all-plans", root)
    assert [line for line in found.stderr.splitlines() if line.startswith("[")] == ["[1/3]", "[2/3]", "[3/3]"]
    assert pd.read_csv(io.StringIO(found.stdout))["plan"].nunique() == 3


def test_libraries_of_the_cluster_load_only_when_used(root):
    code = (
        "import sys; from hjforecast.cli import main\n"
        f"main(['project', 'trend', '--all-plans', {str(root)!r}, '--out', {str(root.parent / 'o.csv')!r}], standalone_mode=False)"
    )
    check = "import atexit, sys; atexit.register(lambda: print([m for m in ('dask', 'distributed', 'fsspec') if m in sys.modules]))\n"
    found = subprocess.run([sys.executable, "-c", check + code], capture_output=True, text=True, timeout=60, check=True)
    assert found.stdout == "[]\n"
