"""Reports of the user's own notebooks: which jobs they make, and what each is given of the run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hjforecast.errors import InputError, Problem
from hjforecast.plan import Plan
from hjforecast.reporting.jobs import Job, file_stem, named_scenarios, taken
from hjforecast.reporting.parameters import Parameter, read_parameters
from hjforecast.scenario import Scenario

__all__ = ["own_jobs"]

_NOT_IN_A_NAME = re.compile(r"[^\w.\-]+")
_TITLE = re.compile(r"^#\s+(.+?)\s*#*\s*$", re.MULTILINE)


def own_jobs(
    plan: Plan, notebooks: Sequence[Path], scenarios: Sequence[str], shared: Mapping[str, Any], *, first: bool
) -> Iterator[Job]:
    """Yield the jobs of the user's own notebooks: one a notebook, or one a named scenario where it takes `scenario`.

    Parameters
    ----------
    plan :
        the plan that the reports are of.
    notebooks :
        the files.
    scenarios :
        the named scenarios; a notebook that takes `scenarios` is given all of them, comma separated.
    shared :
        `plan_dir`, `lang`, `draws` and `seed`; each is passed to the notebooks that take it.
    first :
        whether this is the run's first language: a notebook that takes no `lang` is rendered once only.

    Raises InputError where a file is no notebook, its name cannot be a report's, or a scenario is not known.
    """
    chosen = named_scenarios(plan, scenarios) if scenarios else []
    for notebook in notebooks:
        known = read_parameters(notebook)
        if first or "lang" in known:
            stem = _stem(notebook, plan)
            values = {**shared, **({"scenarios": ",".join(item.id for item in chosen)} if chosen else {})}
            for scenario in chosen if "scenario" in known and chosen else [None]:
                yield _job(notebook, stem, known, values, scenario)


def _stem(notebook: Path, plan: Plan) -> str:
    """Return a notebook's report name. Raises InputError where another report has it."""
    stem = _NOT_IN_A_NAME.sub("_", notebook.stem).strip("_.-")
    if not stem or stem.casefold() in taken(plan) or stem.casefold().endswith(".en"):
        zh, en = (
            "此名称已被其他报告占用，请给笔记本改名。",
            "this name is taken by another report; rename the notebook.",
        )
        raise InputError([Problem(str(notebook), 0, "--notebook", notebook.stem, zh, en)])
    return stem


def _job(
    notebook: Path, stem: str, known: Mapping[str, Parameter], values: Mapping[str, Any], scenario: Scenario | None
) -> Job:
    lang = values["lang"]
    title = _title(notebook) or notebook.stem
    if scenario:
        values = {**values, "scenario": scenario.id, "baseline": scenario.baseline}
        stem, title = f"{stem}-{scenario.id}", f"{title} · {scenario.title(lang)}"
    given = {name: value for name, value in values.items() if name in known}
    return Job(file_stem(stem, lang), str(notebook), "own", lang, title, "", given)


def _title(notebook: Path) -> str:
    """Return the first heading of a notebook's markdown, empty where it has none."""
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell.get("cell_type") == "markdown" and (found := _TITLE.search("".join(cell["source"]))):
            return found[1]
    return ""
