"""Habits of a tool: help with examples that run, completion, version, notebook views, and a page that tells all this."""

from __future__ import annotations

import inspect
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from click.shell_completion import BashComplete
from click.testing import CliRunner, Result

import hjforecast
from hjforecast import InputError, Plan, Projection, Scenario, explain, load_plan, project, required
from hjforecast.cli import main
from hjforecast.loading import read_plan
from hjforecast.odds import plausibility
from tests.conftest import ROOT
from tests.miniplan import INDICATORS, PLAN, write_plan
from tests.test_explain import Tags

PAGE = "docs/commands.md"
VARIABLE = "_HJFORECAST_COMPLETE"
every_command = pytest.mark.parametrize("name", sorted(main.commands))


def page() -> str:
    return (ROOT / PAGE).read_text(encoding="utf-8")


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def examples(name: str) -> list[str]:
    """The commands below the word Example, which ends a command's help."""
    _, found, rest = run(name, "--help").stdout.partition("例 / Example:\n")
    lines = [line.strip() for line in rest.splitlines() if line.strip()]
    assert found and lines, f"{name} --help ends without an example"
    assert all(line.startswith(f"hjforecast {name}") for line in lines), lines
    return [line.removeprefix("hjforecast ") for line in lines]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where somebody works: a plan with actual figures, and a panel."""
    place = tmp_path_factory.mktemp("habits")
    shutil.copytree(ROOT / "data", place / "my_plan")
    shutil.copy(ROOT / "tests/fixtures/example_actuals.csv", place / "my_plan/actuals.csv")
    rows = [
        (f"1{n}", year, 100 * 1.05 ** (year - 2000) + n * (year % 3)) for n in range(6) for year in range(2000, 2014)
    ]
    pd.DataFrame(rows, columns=["series", "year", "value"]).to_csv(place / "panel.csv", index=False)
    return place


@every_command
def test_every_example_of_help_runs(name: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path if name in ("init", "import") else folder)
    if name == "import":
        assert run("init", "--excel", "yixian.xlsx", "--plan-dir", str(folder / "my_plan")).exit_code == 0
    for words in examples(name):
        if name == "report":
            assert "--dry-run" in words
        done = run(*shlex.split(words))
        assert done.exit_code == 0, (words, done.output)
        assert done.stdout or name in ("init", "import"), words


def test_help_of_the_program_has_an_example_too() -> None:
    line = run("--help").stdout.rstrip().splitlines()[-1]
    assert run(*shlex.split(line)[1:]).exit_code == 0


@every_command
def test_page_tells_of_every_command_with_its_examples_and_exit_codes(name: str) -> None:
    section = re.search(rf"^### `{name}`.*?(?=^##)", page() + "\n## ", flags=re.MULTILINE | re.DOTALL)
    assert section is not None, f"{PAGE} has no section on {name}"
    for words in examples(name):
        assert f"hjforecast {words}\n" in section[0]
    assert re.search(r"退出码.*0", section[0])


def test_page_names_no_command_that_is_not_there() -> None:
    assert set(re.findall(r"^### `(\w+)`", page(), flags=re.MULTILINE)) == set(main.commands)


def test_page_names_every_variable_that_the_program_sets_itself() -> None:
    set_by_us = set()
    for path in (ROOT / "hjforecast").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        set_by_us |= set(re.findall(r'environ(?:\.get\(|\[)"(\w+)"', text))
    assert set_by_us
    assert [name for name in sorted({*set_by_us, VARIABLE}) if f"`{name}`" not in page()] == []


# version


def test_version_tells_the_vintage_of_the_data(plan: Plan) -> None:
    text = run("--version").stdout
    for word in (hjforecast.__version__, plan.id, str(plan.base_year), f"Python {sys.version_info.major}."):
        assert word in text
    assert f"{len(plan.inputs)} input files" in text


def test_vintage_changes_with_any_input(plan_dir: Path, plan: Plan) -> None:
    from hjforecast.version import data_hash

    assert data_hash(load_plan(plan_dir)) == data_hash(plan)
    with (plan_dir / "scenarios" / "low.toml").open("a", encoding="utf-8") as file:
        file.write("# \n")
    assert data_hash(load_plan(plan_dir)) != data_hash(plan)


# completion


def completed(*words: str) -> list[str]:
    found = BashComplete(main, {}, "hjforecast", VARIABLE).get_completions(list(words[:-1]), words[-1])
    return [item.value for item in found]


def test_scenarios_complete_and_are_offered_once(plan: Plan) -> None:
    assert set(completed("project", "")) == set(plan.scenarios)
    assert completed("odds", "tr") == ["trend"]
    assert "plan" not in completed("compare", "plan", "")
    assert completed("compare", "--baseline", "de") == ["delivery"]
    assert completed("explain", "gdp", "--scenario", "sh") == ["shock"]
    assert completed("report", "lo") == ["low"]


def test_indicators_complete_by_id(plan: Plan) -> None:
    assert set(completed("explain", "")) == set(plan.indicators)
    assert completed("explain", "income_re") == ["income_resident"]
    assert completed("project", "plan", "--indicator", "urbaniz") == ["urbanization"]
    assert completed("required", "trend", "urbaniz") == ["urbanization"]


def test_completion_reads_the_plan_directory_given(tmp_path: Path) -> None:
    folder = str(write_plan(tmp_path / "small"))
    assert set(completed("project", "--plan-dir", folder, "")) == {"trend", "plan", "high"}
    assert set(completed("explain", "--plan-dir", folder, "g")) == {"gdp", "gdp_real_growth", "gdp_price_change"}
    assert set(completed("report", "--plan-dir", folder, "")) == {"trend", "plan", "high"}
    assert completed("explain", "--plan-dir", str(tmp_path / "none"), "g") == []


def test_indicators_of_a_table_saved_by_excel_complete(tmp_path: Path) -> None:
    folder = write_plan(tmp_path)
    (folder / "indicators.csv").write_bytes(INDICATORS.encode("gb18030"))
    assert completed("explain", "--plan-dir", str(folder), "ret") == ["retail_sales"]


def test_completing_in_the_folder_of_a_plan_prints_ids_only_and_imports_nothing_heavy(tmp_path: Path) -> None:
    folder = write_plan(tmp_path)
    code = (
        "import sys\nfrom hjforecast.cli import main\n"
        "try:\n    main(prog_name='hjforecast')\nfinally:\n"
        "    print(sorted({'numpy', 'pandas', 'matplotlib'} & set(sys.modules)), file=sys.stderr)"
    )
    asked = {VARIABLE: "bash_complete", "COMP_WORDS": "hjforecast project pl", "COMP_CWORD": "2"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=os.environ | asked, capture_output=True, text=True, timeout=60, check=True
    )  # fmt: skip
    assert done.stdout == "plain,plan\n"
    assert done.stderr == "[]\n"


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_bash_completes_with_the_line_of_the_page(tmp_path: Path) -> None:
    line = f'eval "$({VARIABLE}=bash_source hjforecast)"'
    assert line in page()
    (tmp_path / "hjforecast").write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -c "from hjforecast.cli import main; main(prog_name=\'hjforecast\')" "$@"\n'
    )
    (tmp_path / "hjforecast").chmod(0o755)
    script = (
        f"{line}\nCOMP_WORDS=(hjforecast explain income_r); COMP_CWORD=2\n"
        '$(complete -p hjforecast | sed "s/.*-F \\([^ ]*\\).*/\\1/") hjforecast income_r explain\necho "${COMPREPLY[@]}"\n'
    )
    environment = os.environ | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["income_rural", "income_resident", "income_ratio"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_get_a_script(shell: str) -> None:
    done = CliRunner().invoke(main, prog_name="hjforecast", env={VARIABLE: f"{shell}_source"})
    assert done.exit_code == 0
    assert f"{VARIABLE}={shell}_complete" in done.stdout
    assert f"{VARIABLE}={shell}_source" in page()


# notebooks


def shown(thing: object) -> Tags:
    return Tags(thing._repr_html_())  # type: ignore[attr-defined]


def test_every_public_class_has_a_notebook_view() -> None:
    classes = [getattr(hjforecast, name) for name in hjforecast.__all__]
    classes = [one for one in classes if inspect.isclass(one) and one is not hjforecast.HjforecastError]
    assert len(classes) >= 5
    assert [one.__name__ for one in classes if not hasattr(one, "_repr_html_")] == []


def test_notebook_views_show_what_matters(plan: Plan, projections: dict[str, Projection]) -> None:
    for word in ("洪江市", "2020", "trend", str(len(plan.indicators))):
        assert word in shown(plan).words
    assert "real_growth" in shown(Scenario("faster", {"real_growth": {"2021-2025": 7.0}}, extends="trend")).words
    assert "trend" in shown(projections["trend"]).words
    answer = required(plan, "trend", "gdp", 2025, 195.66)
    assert answer.note_zh in shown(answer).words
    whole = plausibility(projections["trend"])
    assert whole is not None and f"{whole.sigma:.1f}" in shown(whole).words
    assert "urbanization" in shown(explain(plan, "urbanization")).words
    with pytest.raises(InputError) as caught:
        plan.indicator("gpd")
    assert "gpd" in shown(caught.value).words


def test_notebook_views_are_short(plan: Plan, projections: dict[str, Projection]) -> None:
    for thing in (plan, projections["trend"], Scenario("one"), explain(plan, "gdp")):
        assert len(thing._repr_html_()) < 20_000


def test_notebook_views_show_text_as_text(tmp_path: Path) -> None:
    evil = "<img src=x onerror=alert(1)>"
    changes = {"plan.toml": (PLAN, PLAN.replace("甲县规划", evil).replace('zh = "甲县"', f'zh = "{evil}"'))}
    folder = write_plan(tmp_path, changes)
    plan = load_plan(folder)
    views = [plan, Scenario(evil, {"real_growth": 1.0}, title_zh=evil, author=evil), project(plan, "trend")]
    (folder / "indicators.csv").write_text(INDICATORS.replace(",elastic,gdp", f",{evil},gdp"), encoding="utf-8")
    views.append(InputError(read_plan(folder)[1]))
    for view in views:
        assert "img" not in shown(view).tags, view
    assert evil in shown(views[0]).words and evil in shown(views[1]).words and evil in shown(views[3]).words
