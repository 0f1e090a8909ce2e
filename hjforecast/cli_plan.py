"""What the commands on plan directories do: check one, list what it holds, write a new one."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hjforecast.cli_output import aligned
from hjforecast.errors import HjforecastError, InputError, Problem
from hjforecast.levers import LEVERS
from hjforecast.loading import load_plan, read_plan
from hjforecast.model import project
from hjforecast.plan import Plan
from hjforecast.plan_template import PlanStart, copy_builtin, write_blank
from hjforecast.reporting.jobs import scenario_set_problems
from hjforecast.scenario import find_scenario, scenario_problems
from hjforecast.unit_names import unit_name

__all__ = ["checked", "listing", "notes", "summary", "whole_directory", "write_plan_dir"]


def checked(directory: str | None) -> Plan:
    """Return a plan without any problem; raises InputError with those of its files and scenarios, all together."""
    plan, problems = read_plan(directory)
    if plan is None:
        raise InputError(problems)
    if plan.indicators:
        problems += [*scenario_set_problems(plan), *scenario_problems(plan)]
    if not problems:
        problems = list(dict.fromkeys(_run_problems(plan)))
    if problems:
        raise InputError(problems)
    return load_plan(directory)


def _run_problems(plan: Plan) -> Iterator[Problem]:
    """Yield what only a run brings to light, such as rules that depend on each other in a circle."""
    for name in plan.scenarios:
        try:
            project(plan, name)
        except InputError as error:
            yield from error.problems


def summary(plan: Plan, directory: str | None) -> str:
    """Return one line in Chinese and one in English on what was read."""
    place = directory or "内置规划 / built-in plan"
    counts = (len(plan.indicators), len(plan.observations), len(plan.targets), len(plan.scenarios), len(plan.warnings))
    zh = "{}个指标、{}条数值、{}条目标、{}个情景，没有问题；提示{}条。".format(*counts)
    en = "{} indicators, {} observations, {} targets, {} scenarios, no problem; {} notes.".format(*counts)
    return f"{plan.region.name_zh}（{place}）：{zh}\n    {plan.region.name_en}: {en}"


def notes(plan: Plan, limit: int | None) -> Iterator[str]:
    """Yield the plan's warnings as text, at most `limit` of them and then how many more there are."""
    for warning in plan.warnings[:limit]:
        yield f"提示 / note: {warning}"
    more = len(plan.warnings) - len(plan.warnings[:limit])
    if more:
        yield f"……另有{more}条提示，用 --all-notes 列出 / {more} more notes: --all-notes"


def listing(plan: Plan, what: str | None, lang: str) -> str:
    """Return tables of the scenarios, indicators and levers of a plan, or of one of these."""
    tables = {"scenarios": _scenarios, "indicators": _indicators, "levers": _levers}
    return "\n".join(make(plan, lang) for name, make in tables.items() if what in (None, name))


def _scenarios(plan: Plan, lang: str) -> str:
    found = [find_scenario(plan, name) for name in plan.scenarios]
    return aligned(
        ["scenario", "title", "description"], [[one.id, one.title(lang), one.description(lang)] for one in found]
    )


def _indicators(plan: Plan, lang: str) -> str:
    rows = [
        [item.id, item.name(lang), unit_name(item.unit, lang), item.kind, f"{item.rule} {item.driver}"]
        for item in plan.indicators.values()
    ]
    return aligned(["indicator", "name", "unit", "kind", "rule"], rows)


def _levers(plan: Plan, lang: str) -> str:
    rows = [
        [
            one.name,
            unit_name(one.unit, lang),
            f"{one.low:g} … {one.high:g}",
            "yes" if one.by_year else "",
            " ".join(one.words),
            one.meaning(lang),
        ]
        for one in LEVERS
    ]
    note = {
        "zh": "* 处写指标代码；delivery.* 也可写类别。",
        "en": "* stands for an indicator's id; delivery.* also takes a category.",
    }[lang]
    return aligned(["lever", "unit", "bounds", "by year", "words", "meaning"], rows) + note + "\n"


def write_plan_dir(directory: Path, start: PlanStart | None = None) -> None:
    """Write a new plan directory: the built-in plan with a README, or a blank one that begins as `start` says.

    It appears whole or not at all. Raises HjforecastError where `directory` holds anything or is no folder, InputError
    where `start` cannot be.
    """
    with whole_directory(directory) as draft:
        copy_builtin(draft) if start is None else write_blank(draft, start)


@contextmanager
def whole_directory(directory: Path) -> Iterator[Path]:
    """Yield a folder to fill; it then takes the place of `directory`, whole, or not at all where filling it failed.

    Raises HjforecastError where `directory` holds anything or is no folder.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        zh, en = "已存在且不是空文件夹；请换一个名字。", "exists and is not an empty folder; choose another name."
        raise HjforecastError(f"{directory} {zh}\n    {directory} {en}")
    target = directory.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent)) / target.name
    try:
        draft.mkdir()
        yield draft
        _move(draft, target)
    finally:
        shutil.rmtree(draft.parent)


def _move(draft: Path, target: Path) -> None:
    if not target.exists():
        os.replace(draft, target)
        return
    # An empty folder may be someone's current one: keep it, and let plan.toml, which makes it a plan, come last.
    for path in sorted(draft.iterdir(), key=lambda path: path.name == "plan.toml"):
        os.replace(path, target / path.name)
