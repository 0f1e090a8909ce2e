"""What a visitor uploads or types in, checked as the command line checks it; nothing of it names a file on disk."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hjforecast.actuals import plan_with_actuals
from hjforecast.errors import InputError, Problem
from hjforecast.loading import COLUMNS
from hjforecast.plan import Plan
from hjforecast.plan_file import read_toml
from hjforecast.reporting.jobs import name_problems
from hjforecast.scenario import Scenario, find_scenario, scenario_problems, settings

__all__ = [
    "LIMITS",
    "MOST_ACTUALS",
    "MOST_SCENARIO",
    "actuals_text",
    "checked_actuals",
    "checked_scenario",
    "content_of",
]

MOST_SCENARIO, MOST_ACTUALS = 64, 1024
"""The largest scenario file and file of actual figures that are taken, in KB."""

LIMITS = {".toml": MOST_SCENARIO, ".csv": MOST_ACTUALS}
"""The same by the ending that an upload accepts: browsers refuse a larger file before they send it."""

_ID = re.compile(r"\w[\w-]{0,59}")


def content_of(files: Any) -> bytes:
    """Return what an upload holds. A page that was tampered with may send anything; that is taken for an empty file."""
    content = files[0].get("content")
    return bytes(content) if isinstance(content, bytes | memoryview) else b""


def checked_scenario(plan: Plan, content: bytes) -> Scenario:
    """Return the scenario that an uploaded file holds; it may extend those of the plan.

    Raises InputError for a file that is too large, no scenario file, one with a mistake (all mistakes together), or one
    with the id of a scenario of the plan itself.
    """
    name = "scenario.toml"
    _small_enough(name, content, MOST_SCENARIO)
    problems: list[Problem] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scenario.toml"
        path.write_bytes(content)
        found = read_toml(path, problems, name)
    key = str(found.get("id", ""))
    if not problems and not (_ID.fullmatch(key) and ("levers" in found or "extends" in found)):
        zh = "不是情景文件：须有 id（由字母、数字、下划线、连字符或汉字组成）和 [levers] 一节。"
        en = "no scenario file: it needs an id (letters, digits, _ and -) and a section [levers]."
        problems.append(Problem(name, 0, "id", key[:60], zh, en))
    if key in plan.scenarios:
        zh, en = "与规划自带的情景同名；请改 id。", "a scenario of the plan itself has this id; choose another."
        problems.append(Problem(name, 0, "id", key, zh, en))
    if problems:
        raise InputError(problems)
    whole = replace(plan, scenarios={**plan.scenarios, key: found})
    scenario = find_scenario(whole, key)
    settings(whole, scenario)
    problems = [one for one in scenario_problems(whole) if one.file == f"scenarios/{key}.toml"]
    problems += name_problems(key)
    if problems:
        raise InputError(problems)
    return scenario


def checked_actuals(plan: Plan, content: bytes) -> Plan:
    """Return the plan with the actual figures of an uploaded file in place of its own.

    Raises InputError for a file that is too large, and with every problem of its figures.
    """
    name = "actuals.csv"
    _small_enough(name, content, MOST_ACTUALS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        return plan_with_actuals(plan, path)


def actuals_text(figures: Mapping[tuple[str, int], str], source: str) -> str:
    """Return figures typed in (by indicator and year, as typed) as a file of actual figures; blank ones are left out."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS["baseline"])
    for indicator, year in sorted(key for key, typed in figures.items() if typed.strip()):
        writer.writerow([indicator, year, _line(figures[indicator, year]), "reported", "", _line(source), ""])
    return out.getvalue()


def _line(text: str) -> str:
    """Return a text as one line of what can be printed."""
    return "".join(one if one.isprintable() else " " for one in text).strip()


def _small_enough(name: str, content: bytes, most: int) -> None:
    if len(content) <= most * 1024:
        return
    zh, en = f"文件不能超过 {most} KB。", f"a file cannot be larger than {most} KB."
    raise InputError([Problem(name, 0, "", f"{len(content) // 1024} KB", zh, en)])
