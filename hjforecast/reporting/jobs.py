"""Which reports a run makes of a plan: a table of the notebooks that we ship, and one job for each report."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from hjforecast.errors import HjforecastError, InputError, Problem
from hjforecast.plan import Plan
from hjforecast.scenario import Scenario, find_scenario

__all__ = [
    "GROUPS",
    "Job",
    "LANGUAGES",
    "SHIPPED",
    "file_stem",
    "name_problems",
    "named_scenarios",
    "plan_jobs",
    "scenario_set_problems",
    "taken",
]

LANGUAGES = ("zh", "en")

GROUPS: Mapping[str, Mapping[str, str]] = {
    "scenario": {"zh": "情景报告", "en": "Scenario reports"},
    "comparison": {"zh": "情景比较", "en": "Comparison"},
    "audit": {"zh": "规划审查", "en": "Plan audit"},
    "midterm": {"zh": "中期评估", "en": "Mid-term evaluation"},
    "methods": {"zh": "方法与依据", "en": "Methods and evidence"},
    "explore": {"zh": "探索", "en": "Exploration"},
    "own": {"zh": "其他报告", "en": "Other reports"},
}
"""The groups of reports, in the order of the index."""

_WHOLE_PLAN: tuple[Mapping[str, Any], ...] = (
    {
        "name": "comparison",
        "notebook": "scenario_comparison.ipynb",
        "takes": ("scenarios", "baseline", "plan_dir", "lang", "draws", "seed"),
        "title": {"zh": "多情景比较", "en": "Scenarios compared"},
        "description": {
            "zh": "各情景主要指标并列，并与基准情景逐项比较。",
            "en": "The main indicators under every scenario, side by side, each against the named baseline.",
        },
    },
    {
        "name": "audit",
        "notebook": "plan_audit.ipynb",
        "takes": ("plan_dir", "lang"),
        "title": {"zh": "规划指标一致性审查", "en": "Consistency audit of the plan's indicators"},
        "description": {
            "zh": "逐条核对规划指标的水平、增速、累计值与文字表述是否一致。",
            "en": "Whether the plan's levels, growth rates, cumulative figures and sentences agree with each other.",
        },
    },
    {
        "name": "midterm",
        "notebook": "midterm_evaluation.ipynb",
        "takes": ("plan_dir", "lang", "draws", "seed"),
        "needs_actuals": True,
        "takes_when_asked_for": ("scenario",),
        "title": {"zh": "规划实施中期评估", "en": "Mid-term evaluation of the plan"},
        "description": {
            "zh": "按最新实绩逐项评估目标进度，测算余下年份所需增速。",
            "en": "Every target against the latest actual figures, and what the remaining years take.",
        },
    },
    {
        "name": "methods",
        "notebook": "methods.ipynb",
        "takes": ("plan_dir", "lang"),
        "on_request": True,
        "title": {"zh": "测算方法的依据与历史检验", "en": "The methods and how they have done"},
        "description": {
            "zh": "回测比较、区间覆盖率、往期规划兑现和城镇化同类标准，每幅图注明复现办法。",
            "en": "Backtests, coverage, delivery of past plans and the urbanization norm, each figure with how to draw it again.",
        },
    },
    {
        "name": "explore",
        "notebook": "explore.ipynb",
        "takes": ("scenario", "plan_dir", "lang", "draws", "seed"),
        "on_request": True,
        "title": {"zh": "规划测算探索", "en": "Exploring the plan"},
        "description": {
            "zh": "载入规划、测算、提问、调整杠杆、比较、检验自己的面板，末尾附情景文件。",
            "en": "Load, project, question, move a lever, compare, test a panel of your own; the scenario file at the end.",
        },
    },
)
"""The reports over the whole plan: made when no scenario is named, or more than one is; some need actual figures, and
some are made on request only (`--notebook`)."""

_SCENARIO_NOTEBOOK = "scenario_report.ipynb"
SHIPPED = tuple(PurePath(name).stem for name in (_SCENARIO_NOTEBOOK, *(row["notebook"] for row in _WHOLE_PLAN)))
"""The notebooks that can be asked for by name alone."""

_NAME = re.compile(r"\w[\w.\-]*")
_RESERVED = {"index", "manifest", "failed", "editions", "edited", *(str(row["name"]) for row in _WHOLE_PLAN)}


@dataclass(frozen=True)
class Job:
    """One report to make: its file name without ending, notebook, parameters, and what the index says of it.

    `notebook` is the file name of one that we ship, or the absolute path of the user's own.
    """

    name: str
    notebook: str
    group: str
    lang: str
    title: str
    description: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


def plan_jobs(
    plan: Plan, names: Sequence[str], *, plan_dir: str, lang: str, draws: int, seed: int, only: Sequence[str] = ()
) -> tuple[Job, ...]:
    """Return the jobs for the named scenarios (every scenario of the plan when none is named), each once.

    `only` names the notebooks of `SHIPPED` to make reports of. Without it these are the scenario reports and, unless
    one scenario alone is named, those over the whole plan.

    Raises InputError listing every unknown scenario and every id that cannot be a file name of its own, or where the
    plan has no scenario.
    """
    chosen = named_scenarios(plan, names)
    shared = {"plan_dir": plan_dir, "lang": lang, "draws": draws, "seed": seed}
    ids = ",".join(scenario.id for scenario in chosen) if names else ""
    values = {**shared, "scenarios": ids, "baseline": chosen[0].baseline}
    jobs = [_scenario_job(scenario, shared) for scenario in chosen]
    if only:
        jobs = jobs if PurePath(_SCENARIO_NOTEBOOK).stem in only else []
        asked = [row for row in _WHOLE_PLAN if PurePath(row["notebook"]).stem in only]
        rows: list[Mapping[str, Any]] = [
            {**row, "takes": (*row["takes"], *row.get("takes_when_asked_for", ()))} for row in asked
        ]
    else:
        actuals = any(item.year > plan.base_year for item in plan.observations)
        usual = [row for row in _WHOLE_PLAN if len(set(names)) != 1 and not row.get("on_request")]
        rows = [row for row in usual if actuals or not row.get("needs_actuals")]
    each = [{}] if not names else [{"scenario": scenario.id} for scenario in chosen]
    return (*jobs, *(job for row in rows for job in _whole_plan_jobs(row, values, each)))


def named_scenarios(plan: Plan, names: Sequence[str]) -> list[Scenario]:
    """Return the named scenarios, each once, or all of the plan's where none is named.

    Raises InputError as `plan_jobs` does.
    """
    if not plan.scenarios:
        raise InputError([_no_scenarios()])
    return _scenarios(plan, tuple(dict.fromkeys(names)) or tuple(plan.scenarios))


def taken(plan: Plan) -> set[str]:
    """Return the report names, in lower case, that a notebook of the user's own cannot have."""
    return {*_RESERVED, *(name.casefold() for name in plan.scenarios)}


def _scenarios(plan: Plan, names: Sequence[str]) -> list[Scenario]:
    """Return the scenarios in the order given, the baselines that they name checked too."""
    found: list[Scenario] = []
    problems: list[Problem] = []
    for name in names:
        try:
            scenario = find_scenario(plan, name)
            problems.extend(name_problems(name))
            missing = list(_baseline_problems(plan, name))
            problems.extend(missing)
            if not missing:
                find_scenario(plan, scenario.baseline)
            found.append(scenario)
        except InputError as error:
            problems.extend(error.problems)
        except HjforecastError as error:
            problems.append(Problem(f"scenarios/{name}.toml", 0, "", name, str(error), str(error)))
    if problems:
        raise InputError(problems)
    return found


def scenario_set_problems(plan: Plan) -> Iterator[Problem]:
    """Yield what keeps a plan's scenarios, each fine by itself, from being reported."""
    if not plan.scenarios:
        yield _no_scenarios()
    for name in plan.scenarios:
        yield from name_problems(name)
        yield from _baseline_problems(plan, name)


def _no_scenarios() -> Problem:
    zh = "规划没有情景；请在 scenarios/ 写入至少一个（如 trend.toml），hjforecast init 的样例中有。"
    en = "the plan has no scenario; write one at least (such as trend.toml), as in what hjforecast init writes."
    return Problem("scenarios/", 0, "", "", zh, en)


def _baseline_problems(plan: Plan, name: str) -> Iterator[Problem]:
    """Yield that a scenario names no baseline while the default one is missing."""
    default = Scenario.baseline
    if "baseline" not in plan.scenarios[name] and default not in plan.scenarios:
        zh = f"没有写 baseline，而默认的基准情景 {default} 不存在；请写明 baseline 或补上 scenarios/{default}.toml。"
        en = f"names no baseline, and the default one, {default}, is missing; name one or add scenarios/{default}.toml."
        yield Problem(f"scenarios/{name}.toml", 0, "baseline", "", zh, en)


def name_problems(name: str) -> Iterator[Problem]:
    """Yield what keeps a scenario id from being a report's file name: it could leave the folder, or overwrite."""
    file = f"scenarios/{name}.toml"
    if not _NAME.fullmatch(name):
        en = "a scenario's file name may hold only letters, digits, _ - and dots."
        yield Problem(file, 0, "id", name, "情景文件名只能用文字、数字、_、- 和点。", en)
    elif name.casefold() in _RESERVED or name.casefold().endswith(".en"):
        en = "this name is taken by another report; choose another."
        yield Problem(file, 0, "id", name, "此名称已被其他报告占用，请改名。", en)


def _scenario_job(scenario: Scenario, shared: Mapping[str, Any]) -> Job:
    lang = shared["lang"]
    values = {"scenario": scenario.id, "baseline": scenario.baseline, **shared}
    name, title, text = file_stem(scenario.id, lang), scenario.title(lang), scenario.description(lang)
    return Job(name, _SCENARIO_NOTEBOOK, "scenario", lang, title, text, values)


def _whole_plan_jobs(
    row: Mapping[str, Any], values: Mapping[str, Any], each: Sequence[Mapping[str, str]]
) -> Iterator[Job]:
    """Yield the job of a notebook; one for each named scenario (of `each`) where the notebook takes one alone."""
    lang, title, text = values["lang"], row["title"][values["lang"]], row["description"][values["lang"]]
    for one in each if "scenario" in row["takes"] else [{}]:
        known = {**values, **one}
        given = {name: known[name] for name in row["takes"] if name in known}
        name = f"{row['name']}-{one['scenario']}" if one else row["name"]
        yield Job(file_stem(name, lang), row["notebook"], row["name"], lang, title, text, given)


def file_stem(name: str, lang: str) -> str:
    """Return a report's file name without its ending; both languages can then share a folder."""
    return name if lang == "zh" else f"{name}.{lang}"
