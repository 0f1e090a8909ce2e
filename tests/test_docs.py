"""The documents are true: links resolve, commands exist, code runs, tables are those of the package."""

from __future__ import annotations

import os
import re
import runpy
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import click
import pytest

from hjforecast import Plan, load_plan, project
from hjforecast.assumptions import ASSUMPTIONS
from hjforecast.cli import main
from hjforecast.indicators import BINDINGS, COMPARATORS, KINDS, MEASURES, PRICE_BASES, RULES, STATUSES, Indicator
from hjforecast.levers import LEVERS
from hjforecast.loading import COLUMNS
from hjforecast.projection import STATUSES as PROJECTION_STATUSES
from hjforecast.scenario import find_scenario
from tests.conftest import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
NAMES = [path.relative_to(ROOT).as_posix() for path in DOCUMENTS]
OTHER_WORDS = (
    "CHANGELOG.md",
    "docs/changelog.md",
    "docs/decisions/",
    "docs/glossary",
    "docs/filtering",
    "docs/operations",
)
"""Pages that speak of other things by words that the glossary avoids (warnings of Python, operators of Airflow)."""
PROSE = [name for name in NAMES if not name.startswith(OTHER_WORDS)]
MACHINE_WORDS = re.compile(r"/work/|/root/|/home/|site-packages|localhost|\bPyPI\b|/simple\b")
every_document = pytest.mark.parametrize("name", NAMES)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, *languages: str) -> Iterator[str]:
    """Yield the fenced blocks of a document in these languages."""
    for found in re.finditer(r"^```(\w*)\n(.*?)^```$", read(name), flags=re.MULTILINE | re.DOTALL):
        if found[1] in languages:
            yield found[2]


def prose(name: str) -> str:
    return re.sub(r"^```.*?^```$", "", read(name), flags=re.MULTILINE | re.DOTALL)


@every_document
def test_relative_links_resolve(name: str) -> None:
    links = re.findall(r"\]\(([^)\s#]+)(?:#[^)]*)?\)", prose(name))
    relative = [link for link in links if not re.match(r"[a-z]+:", link)]
    missing = [link for link in relative if not ((ROOT / name).parent / link).exists()]
    assert missing == []


@every_document
def test_scripts_and_make_targets_exist(name: str) -> None:
    text = read(name)
    scripts = re.findall(r"python (tools/\w+\.py|benchmarks/\w+\.py)", text)
    assert [script for script in scripts if not (ROOT / script).is_file()] == []
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), flags=re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z]+)", text, flags=re.MULTILINE)) <= targets


def command_lines(name: str) -> Iterator[str]:
    """Yield what follows `hjforecast` in the fenced command lines of a document, redirections cut off."""
    for block in blocks(name, "sh", "bash", "bat", "cron", "console"):
        for line in block.splitlines():
            found = re.search(r"(?:^|[\s/\\])hjforecast +(?!&&)(.+)$", line)
            if found:
                yield re.split(r"\s(?:2?>|\||&&|#)", found[1])[0]


def test_every_fenced_command_line_is_one_that_the_program_takes() -> None:
    lines = [(name, line) for name in NAMES for line in command_lines(name)]
    assert len(lines) >= 15
    for name, line in lines:
        command, *words = shlex.split(line)
        assert command in main.commands, (name, line)
        try:
            main.commands[command].make_context(command, words)
        except click.ClickException as error:
            pytest.fail(f"{name}: hjforecast {line}: {error.format_message()}")


@every_document
def test_every_command_named_in_prose_exists(name: str) -> None:
    for line in re.findall(r"`hjforecast ([a-z][^`]*)`", prose(name)):
        command, *words = line.split()
        assert command in main.commands, line
        options = {option for parameter in main.commands[command].params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options, line


RUN_HERE = [name for name in NAMES if list(blocks(name, "python")) and not name.startswith("docs/tutorials/")]
"""test_tutorials.py runs the others, with the commands between them."""


@pytest.mark.parametrize("name", RUN_HERE)
def test_python_blocks_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    scope: dict[str, object] = {"__name__": "document"}
    for number, block in enumerate(blocks(name, "python"), start=1):
        exec(compile(block, f"{name} block {number}", "exec"), scope)
    assert os.listdir(tmp_path) == []


def test_scenario_examples_run(plan: Plan, plan_dir: Path) -> None:
    ids = []
    for block in blocks("docs/scenarios.md", "toml"):
        ids.append(re.findall(r'^id = "(\w+)"', block, flags=re.MULTILINE)[0])
        (plan_dir / "scenarios" / f"{ids[-1]}.toml").write_text(block, encoding="utf-8")
    assert len(ids) == len(set(ids)) >= 4
    extended = load_plan(plan_dir)
    for name in ids:
        runs = project(extended, name), project(plan, find_scenario(extended, name).baseline)
        values = [[run.value(one, 2025) for one in ("gdp", "urbanization", "industry_tcm")] for run in runs]
        assert values[0] != values[1], name


def test_every_lever_stands_in_the_scenario_page() -> None:
    text = read("docs/scenarios.md")
    assert [one.name for one in LEVERS if f"| `{one.name}` |" not in text] == []


@pytest.fixture(scope="module")
def tool() -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(ROOT / "tools" / "data_dictionary.py")))


def test_generated_pages_are_up_to_date(tool: SimpleNamespace) -> None:
    for path, text in tool.pages().items():
        assert path.read_text(encoding="utf-8") == text, f"run: python tools/data_dictionary.py ({path.name})"


def test_data_dictionary_has_a_row_for_every_indicator_and_column(tool: SimpleNamespace, plan: Plan) -> None:
    text = tool.dictionary(plan)
    assert [name for name in plan.indicators if f"\n| `{name}` |" not in text] == []
    assert [name for columns in COLUMNS.values() for name in columns if f"\n| `{name}` |" not in text] == []


def test_data_dictionary_notices_a_page_that_is_behind(tool: SimpleNamespace, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    page = tmp_path / "docs" / "scenarios.md"
    whole = page.read_text(encoding="utf-8")
    page.write_text(whole.replace("| `shock` |", "| `shick` |", 1), encoding="utf-8")
    assert tool.pages(tmp_path)[page] == whole


def glossary(name: str = "docs/glossary.md") -> list[list[str]]:
    """Return the glossary's rows: Chinese, English, codes, meaning, words not used."""
    rows = [line.strip("|").split("|") for line in read(name).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in rows if row[0].strip() not in ("中文", "English", "---")]


def known_codes(plan: Plan) -> set[str]:
    import hjforecast

    words = {*KINDS, *PRICE_BASES, *STATUSES, *COMPARATORS, *BINDINGS, *MEASURES, *RULES, *PROJECTION_STATUSES}
    columns = {name for names in COLUMNS.values() for name in names} | {*COLUMNS, "actuals", "ratio"}
    header = {"base_year", "target_year", "outlook_year", "scenario", "baseline"}
    named = {one.name for one in LEVERS} | {one.name for one in ASSUMPTIONS} | {"elasticity.gdp_industry"}
    categories = {one.category for one in plan.indicators.values()}
    return {*plan.indicators, *words, *columns, *header, *named, *categories, *hjforecast.__all__, *vars(Indicator)}


def test_glossary_names_only_what_exists(plan: Plan) -> None:
    codes = {code for row in glossary() for code in re.findall(r"`([^`]+)`", row[2])}
    assert len(glossary()) > 40
    assert codes - known_codes(plan) == set()


def test_both_glossaries_hold_the_same_words() -> None:
    english = [[chinese, word] for word, chinese, *_ in glossary("docs/glossary.en.md")]
    assert [row[:2] for row in glossary()] == english
    codes = [re.findall(r"[\w*.-]{2,}", row[2]) for row in glossary()]
    assert codes == [re.findall(r"[\w*.-]{2,}", row[2]) for row in glossary("docs/glossary.en.md")]


def test_glossary_has_one_row_for_each_word() -> None:
    for column in (0, 1):
        words = [row[column] for row in glossary()]
        assert sorted(words) == sorted(set(words))


@pytest.mark.parametrize("name", PROSE)
def test_documents_keep_to_the_glossary(name: str) -> None:
    text = prose(name).lower()
    avoided = {word for row in glossary() for word in re.findall(r"`([^`]+)`", row[4])}
    assert {word for word in avoided if word.lower() in text} == set()


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".en.md")])
def test_english_pages_lead_to_english_pages(name: str) -> None:
    links = [link for link in re.findall(r"\]\(([^)\s#]+)\.md[)#]", prose(name)) if not link.endswith(".en")]
    folder = (ROOT / name).parent
    assert [link for link in links if link != "README" and (folder / f"{link}.en.md").exists()] == []


@every_document
def test_documents_name_no_machine(name: str) -> None:
    assert MACHINE_WORDS.findall(read(name)) == []


@every_document
def test_bold_text_keeps_its_punctuation_outside(name: str) -> None:
    assert [bold for bold in re.findall(r"\*\*(.+?)\*\*", prose(name)) if bold[-1] in "。，；：、！？"] == []


def test_both_readmes_show_the_same_commands() -> None:
    chinese, english = (
        [re.sub(r" --lang en", "", line) for line in command_lines(name)] for name in ("README.md", "README.en.md")
    )
    assert chinese == english


def test_change_log_names_the_version() -> None:
    import hjforecast

    assert f"## [{hjforecast.__version__}]" in read("CHANGELOG.md")


def test_change_log_counts_what_the_audit_finds(plan: Plan) -> None:
    import hjforecast

    counts = hjforecast.audit(plan)["severity"].value_counts()
    assert "错误 {} 条、警示 {} 条、提示 {} 条".format(*counts[["error", "warning", "note"]]) in read("CHANGELOG.md")


@pytest.mark.parametrize("name", ["README.md", "README.en.md"])
def test_readme_figures_are_those_of_the_model(name: str, plan: Plan) -> None:
    trend = project(plan, "trend")
    figures = [("gdp", 2020), ("gdp", 2025), ("industry_tcm", 2020)]
    assert [one for one in figures if f"{trend.value(*one):.2f}" not in read(name)] == []
    assert f"{trend.value('income_resident', 2020):.0f}" in read(name)


def test_pictures_are_those_that_the_command_draws() -> None:
    for path, text in runpy.run_path(str(ROOT / "tools" / "readme_picture.py"))["pictures"]().items():
        assert path.read_text(encoding="utf-8") == text, f"run: python tools/readme_picture.py ({path.name})"
        assert [name for name in ("README.md", "README.en.md") if f"(docs/images/{path.name})" in read(name)] != []
