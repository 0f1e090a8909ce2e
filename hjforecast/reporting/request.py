"""What a run is asked for, checked before anything is made: options, plans, notebooks and their parameters."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hjforecast.errors import InputError, Problem, closest
from hjforecast.loading import load_plan
from hjforecast.plan import Plan
from hjforecast.reporting.exports import FORMATS, missing_libraries
from hjforecast.reporting.inputs import FILES
from hjforecast.reporting.jobs import LANGUAGES, SHIPPED, Job, named_scenarios, plan_jobs, taken
from hjforecast.reporting.own_notebooks import own_jobs
from hjforecast.reporting.parameters import Parameter, check_parameters, read_parameters, typed
from hjforecast.reporting.remote import is_remote
from hjforecast.resources import builtin_notebook_dir

__all__ = ["ENGINES", "INSTALL", "PlanFolder", "Request", "absolute", "checked_folders", "check_usage", "default_jobs"]

ENGINES = ("warm", "plain")
INSTALL = "pip install 'hjforecast[publish]'"
"""What installs the libraries of the formats other than HTML."""

_COMMAND = "hjforecast report"
# Parameters that options and arguments of the command give.
_GIVEN_ELSEWHERE = {
    "scenario": "SCENARIO", "scenarios": "SCENARIO", "plan_dir": "--plan-dir", "lang": "--lang", "draws": "--draws",
    "seed": "--seed",
}  # fmt: skip
# Days for one report; and the draws that `project` takes.
_MOST = {"--timeout": 1_000_000, "--draws": 1_000_000}
_NOT_A_FOLDER = {"failed", "editions", "edited", "manifest.json", "index.html", "index.en.html"}


def default_jobs() -> int:
    """Return how many reports are rendered at once unless told otherwise: one for each processor, at most four."""
    return min(os.cpu_count() or 1, 4)


@dataclass(frozen=True)
class PlanFolder:
    """One plan, the folder that its reports go to, and those reports with their notebooks.

    `label` is the folder's name below the output folder, empty where there is one plan alone.
    """

    label: str
    plan: Plan
    out: Path
    work: tuple[tuple[Job, Path], ...]

    def told(self, name: str) -> str:
        """Return what a report is called in the log."""
        return f"{self.label}/{name}" if self.label else name


@dataclass(frozen=True)
class Request:
    """What a run was asked for, checked. The options are those of `hjforecast.reporting.run_reports`.

    `address` is the output folder as it was given, without a password.
    """

    folders: tuple[PlanFolder, ...]
    out: Path
    formats: tuple[str, ...]
    langs: tuple[str, ...]
    workers: int
    force: bool = False
    keep: int = 0
    timeout: float = 0.0
    engine: str = "warm"
    cluster: str = ""
    address: str = ""

    @property
    def shown(self) -> str:
        """The output folder as its user names it: the address, where `out` is a local copy of what lies there."""
        return self.address.rstrip("/") if is_remote(self.address) else str(self.out)

    def told(self, path: Path) -> str:
        """Return a file of the output folder as its user names it."""
        name = path.relative_to(self.out).as_posix()
        return f"{self.shown}/{name}" if is_remote(self.address) else str(path)


def check_usage(
    out: str, formats: Sequence[str], langs: Sequence[str], engine: str, counts: Mapping[str, float]
) -> None:
    """Raise InputError listing every option that is not allowed, or whose libraries are not installed."""
    problems = [_not_among("--formats", name, FORMATS) for name in formats or ("",) if name not in FORMATS]
    problems += [_not_among("--lang", name, LANGUAGES) for name in langs or ("",) if name not in LANGUAGES]
    if engine not in ENGINES:
        problems.append(_not_among("--engine", engine, ENGINES))
    if not out:
        problems.append(Problem(_COMMAND, 0, "--out", "", "请给出文件夹。", "name a folder."))
    for option, value in counts.items():
        most = _MOST.get(option, math.inf)
        if not 0 <= value <= most or math.isinf(value):
            limit_zh, limit_en = (f"，不超过 {most}", f" and at most {most}") if option in _MOST else ("", "")
            zh, en = f"应为非负数{limit_zh}。", f"must be a number, 0 or more{limit_en}."
            problems.append(Problem(_COMMAND, 0, option, str(value), zh, en))
    problems += _missing(tuple(name for name in formats if name in FORMATS))
    if problems:
        raise InputError(problems)


def absolute(option: str, text: str) -> Path:
    """Return the absolute path that an option names. Raises InputError where it leads nowhere or is not text."""
    try:
        path = Path(text).resolve()
        str(path).encode()
    except UnicodeEncodeError:
        zh, en = "路径不是 UTF-8 文字，请改名。", "the path is not UTF-8 text; rename it."
    except (OSError, RuntimeError):  # the latter up to Python 3.12
        zh, en = "路径中的符号链接互相指向，无法打开。", "the path has symbolic links that lead to each other."
    else:
        return path
    raise InputError([Problem(_COMMAND, 0, option, text, zh, en)])


def _missing(formats: tuple[str, ...]) -> Iterator[Problem]:
    lacking = [kind for kind in formats if missing_libraries((kind,))]
    if lacking:
        libraries = ", ".join(missing_libraries(tuple(lacking)))
        zh = f"生成这些格式还缺少程序库（{libraries}）；请先运行：{INSTALL}"
        en = f"these formats need libraries that are not installed ({libraries}); run: {INSTALL}"
        yield Problem(_COMMAND, 0, "--formats", ",".join(lacking), zh, en)


def _not_among(option: str, read: str, allowed: Sequence[str]) -> Problem:
    near = closest(read, allowed)
    hint_zh, hint_en = (f"是否为“{near}”？", f"did you mean {near!r}? ") if near else ("", "")
    return Problem(
        _COMMAND, 0, option, read, f"{hint_zh}可用：{'、'.join(allowed)}。", f"{hint_en}allowed: {', '.join(allowed)}."
    )


def checked_folders(
    plan_dirs: Sequence[str],
    out: Path,
    scenarios: Sequence[str],
    langs: Sequence[str],
    numbers: Mapping[str, int],
    notebooks: Sequence[str],
    parameters: Sequence[tuple[str, str]],
    notebook_dir: Path | None,
) -> tuple[PlanFolder, ...]:
    """Return the folders of a run, one for each plan, with the reports to make in each.

    Parameters
    ----------
    plan_dirs :
        the plan directories; none for the built-in plan alone.
    out :
        the output folder.
    scenarios :
        ids; none for every scenario.
    langs :
        the languages, each of `LANGUAGES`.
    numbers :
        `draws` and `seed`.
    notebooks :
        files of the user's own, or names of those that we ship; none for those that a plan usually takes.
    parameters :
        more parameters for the notebooks, as text.
    notebook_dir :
        where the notebooks that we ship lie; inside the package where None.

    Raises InputError listing what is wrong with any of them.
    """
    absolutes = (str(absolute("--plan-dir", place)) if place else "" for place in plan_dirs)
    places = list(dict.fromkeys(absolutes)) or [""]
    labels = _labels(places) if len(places) > 1 else [""]
    shipped = notebook_dir or builtin_notebook_dir()
    named, own = _split(notebooks)
    problems: dict[Problem, None] = {}
    found: list[PlanFolder] = []
    for place, label in zip(places, labels, strict=True):
        try:
            plan = load_plan(place or None)
            jobs = _jobs(plan, place, scenarios, langs, numbers, named, own)
            if not own:
                _check_baselines(plan, parameters)
            work = tuple(_with_parameters(jobs, parameters, shipped))
            found.append(PlanFolder(label, plan, out / label, work))
        except InputError as error:
            problems.update(dict.fromkeys(_of_plan(problem, label) for problem in error.problems))
    if problems:
        raise InputError(tuple(problems))
    return tuple(found)


def _check_baselines(plan: Plan, parameters: Sequence[tuple[str, str]]) -> None:
    """Raise InputError where the baseline that our notebooks are given is no scenario of the plan."""
    baselines = [text for name, text in parameters if name == "baseline"]
    if baselines:
        named_scenarios(plan, baselines)


def _of_plan(problem: Problem, label: str) -> Problem:
    return replace(problem, file=f"{label}/{problem.file}") if label else problem


def _labels(places: Sequence[str]) -> list[str]:
    """Return the folder name for each of several plan directories. Raises InputError where two would share one."""
    names = [Path(place).name for place in places]
    folded = [name.casefold() for name in names]
    problems = []
    for place, name, key in zip(places, names, folded, strict=True):
        if folded.count(key) > 1:
            zh = "有两个规划目录同名，报告会写到同一文件夹；请给其中一个改名。"
            en = "two plan directories have this name, and their reports would share a folder; rename one."
            problems.append(Problem(_COMMAND, 0, "--plan-dir", place, zh, en))
        elif not name or name.startswith(".") or key in _NOT_A_FOLDER:
            zh, en = "此名称不能用作报告文件夹，请改名。", "a folder of reports cannot have this name; rename it."
            problems.append(Problem(_COMMAND, 0, "--plan-dir", place, zh, en))
    if problems:
        raise InputError(problems)
    return names


def _split(notebooks: Sequence[str]) -> tuple[list[str], list[Path]]:
    """Return the names of notebooks that we ship, and the files of the user's own, each once."""
    named, own, problems = [], [], []
    for text in dict.fromkeys(notebooks):
        path = Path(text)
        if text.removesuffix(".ipynb") in SHIPPED and not path.is_file():
            named.append(text.removesuffix(".ipynb"))
        elif path.is_file():
            own.append(absolute("--notebook", text))
        else:
            near = closest(path.stem, SHIPPED)
            hint_zh, hint_en = (f"是否为“{near}”？", f" did you mean {near!r}?") if near else ("", "")
            zh = f"没有这个笔记本文件；{hint_zh}自带的有：{'、'.join(SHIPPED)}。"
            en = f"there is no such notebook file;{hint_en} those that come with hjforecast: {', '.join(SHIPPED)}."
            problems.append(Problem(_COMMAND, 0, "--notebook", text, zh, en))
    if problems:
        raise InputError(problems)
    return named, list(dict.fromkeys(own))


def _jobs(
    plan: Plan,
    place: str,
    scenarios: Sequence[str],
    langs: Sequence[str],
    numbers: Mapping[str, int],
    named: Sequence[str],
    own: Sequence[Path],
) -> list[Job]:
    jobs: list[Job] = []
    for lang in langs:
        if named or not own:
            jobs += plan_jobs(plan, scenarios, plan_dir=place, lang=lang, only=named, **numbers)
        shared = {"plan_dir": place, "lang": lang, **numbers}
        jobs += own_jobs(plan, own, scenarios, shared, first=lang == langs[0])
    _check_jobs(plan, jobs, scenarios)
    return jobs


def _check_jobs(plan: Plan, jobs: Sequence[Job], scenarios: Sequence[str]) -> None:
    """Raise InputError where two reports would share a file, or no notebook takes the scenarios that were named."""
    problems, names = [], [job.name.casefold() for job in jobs]
    for job, name in zip(jobs, names, strict=True):
        if job.group == "own" and (names.count(name) > 1 or name.removesuffix(".en") in taken(plan)):
            zh, en = "两份报告会同名，请给笔记本改名。", "two reports would have this name; rename the notebook."
            problems.append(Problem(job.notebook, 0, "--notebook", job.name, zh, en))
    if scenarios and not any(job.parameters.keys() & {"scenario", "scenarios"} for job in jobs):
        zh = "所选笔记本没有参数 scenario 或 scenarios，不能指定情景。"
        en = "none of these notebooks takes a parameter scenario or scenarios, so no scenario can be named."
        problems.append(Problem(_COMMAND, 0, "SCENARIO", ",".join(scenarios), zh, en))
    if problems:
        raise InputError(problems)


def _with_parameters(
    jobs: Sequence[Job], given: Sequence[tuple[str, str]], shipped: Path
) -> Iterator[tuple[Job, Path]]:
    """Yield each job with its notebook, the given parameters added to those that take them.

    Raises InputError listing what is wrong with any job's parameters.
    """
    known = {job.notebook: read_parameters(shipped / job.notebook) for job in jobs}
    problems = dict.fromkeys(_unknown(given, known))
    found = []
    for job in jobs:
        try:
            values = {**job.parameters, **_typed(job, given, known[job.notebook])}
            check_parameters(shipped / job.notebook, values)
            found.append((replace(job, parameters=values), shipped / job.notebook))
        except InputError as error:
            problems.update(dict.fromkeys(error.problems))
    if problems:
        raise InputError(tuple(problems))
    yield from found


def _unknown(given: Sequence[tuple[str, str]], known: Mapping[str, Mapping[str, Parameter]]) -> Iterator[Problem]:
    """Yield the given parameters that no notebook takes, and those that have an option of their own."""
    names = list(dict.fromkeys(name for parameters in known.values() for name in parameters))
    free = [name for name in names if name not in _GIVEN_ELSEWHERE]
    for name, text in given:
        if name in _GIVEN_ELSEWHERE:
            option = _GIVEN_ELSEWHERE[name]
            yield Problem(_COMMAND, 0, f"--param {name}", text, f"请用 {option} 给出。", f"give it by {option}.")
        elif name not in names:
            near, listed_zh, listed_en = closest(name, free), "、".join(free) or "—", ", ".join(free) or "—"
            hint_zh, hint_en = (f"是否为“{near}”？", f"did you mean {near!r}? ") if near else ("", "")
            zh = f"笔记本没有这个参数；{hint_zh}可用：{listed_zh}。"
            en = f"unknown parameter; {hint_en}known: {listed_en}."
            yield Problem(_COMMAND, 0, f"--param {name}", text, zh, en)


def _typed(job: Job, given: Sequence[tuple[str, str]], known: Mapping[str, Parameter]) -> dict[str, Any]:
    problems, values = [], {}
    for name, text in given:
        if name in known and name not in _GIVEN_ELSEWHERE:
            try:
                values[name] = typed(known[name], text)
            except ValueError as error:
                problems.append(Problem(Path(job.notebook).name, 0, name, text, *error.args))
    if problems:
        raise InputError(problems)
    # The notebook runs in a folder of its own; a path on the command line is meant from here.
    for name in FILES:
        if job.group != "own" and values.get(name):
            values[name] = str(Path(values[name]).resolve())
    return values
