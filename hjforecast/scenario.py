"""Scenario files: who says what about which lever, and how one inherits from another."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hjforecast.display import facts_html
from hjforecast.errors import InputError, Problem, closest
from hjforecast.levers import Lever, lever_names
from hjforecast.plan import Plan
from hjforecast.unit_names import unit_name

__all__ = ["Scenario", "Setting", "find_scenario", "in_order", "scenario_problems", "settings", "values_at"]

Setting = float | str | tuple[tuple[int, int, float], ...]
"""A lever's value: one number, a word, or spans (first year, last year, value)."""

_KEYS = {"id", "title", "author", "source", "source_en", "description", "baseline", "extends", "order", "levers"}
_MOST_DOTS = 8
_SPAN = re.compile(r"(\d{4})(?:\s*[-–—~至]\s*(\d{4}))?")


@dataclass(frozen=True)
class Scenario:
    """What a scenario moves. `levers` is as written: numbers, words, or `{"2021-2025": 8.0}`; dots may nest.

    A scenario without levers equals the one that it extends (the plan's own defaults where it extends none).
    """

    id: str
    levers: Mapping[str, Any] = field(default_factory=dict)
    title_zh: str = ""
    title_en: str = ""
    author: str = ""
    source: str = ""
    description_zh: str = ""
    description_en: str = ""
    baseline: str = "trend"
    extends: str = ""
    source_en: str = ""

    def based_on(self, lang: str = "zh") -> str:
        """Return its source in Chinese (`zh`) or English (`en`; the Chinese one where none is given)."""
        return self.source_en if lang == "en" and self.source_en else self.source

    def title(self, lang: str = "zh") -> str:
        """Return its title in Chinese (`zh`) or English (`en`), its id where it has none."""
        return (self.title_zh if lang == "zh" else self.title_en) or self.id

    def description(self, lang: str = "zh") -> str:
        """Return its description in Chinese (`zh`) or English (`en`)."""
        return self.description_zh if lang == "zh" else self.description_en

    def with_levers(self, levers: Mapping[str, Any], id: str | None = None) -> Scenario:
        """Return a copy in which `levers` are moved too (and under another `id` where one is given)."""
        return replace(self, id=id or self.id, levers={**dict(_flatten(self.levers)), **dict(_flatten(levers))})

    def _repr_html_(self) -> str:
        return facts_html(
            f"{self.id} {self.title_zh} {self.title_en}".strip(),
            [
                ("说明 / description", self.description_zh or self.description_en),
                ("继承 / extends", self.extends),
                ("基准 / baseline", self.baseline),
                *((f"杠杆 / lever {name}", value) for name, value in _flatten(self.levers)),
                ("作者 / author", self.author),
                ("依据 / source", self.source),
            ],
        )


def find_scenario(plan: Plan, scenario: str | Scenario) -> Scenario:
    """Return a scenario of the plan by id (a Scenario is returned as it is).

    Raises InputError naming the closest id where there is none, or listing what is wrong with its file.
    """
    if isinstance(scenario, Scenario):
        return scenario
    if scenario not in plan.scenarios:
        raise InputError([_no_scenario(plan, scenario, "", scenario)])
    file, content = f"scenarios/{scenario}.toml", plan.scenarios[scenario]
    problems = list(_file_problems(file, scenario, content))
    if problems:
        raise InputError(problems)
    title, text = content.get("title", {}), content.get("description", {})
    return Scenario(
        content["id"], content.get("levers", {}), title.get("zh", ""), title.get("en", ""),
        content.get("author", ""), content.get("source", ""), text.get("zh", ""), text.get("en", ""),
        content.get("baseline", "trend"), content.get("extends", ""), content.get("source_en", ""),
    )  # fmt: skip


def _no_scenario(plan: Plan, file: str, column: str, read: str) -> Problem:
    near, ids = closest(read, plan.scenarios), "、".join(plan.scenarios)
    hint_zh, hint_en = (f"是否为“{near}”？", f"did you mean {near!r}? ") if near else ("", "")
    zh, en = (
        f"没有这个情景；{hint_zh}可用：{ids}。",
        f"no such scenario; {hint_en}available: {ids.replace('、', ', ')}.",
    )
    return Problem(f"scenarios/{file}.toml", 0, column, read, zh, en)


def scenario_problems(plan: Plan) -> list[Problem]:
    """Return everything wrong with the scenario files of a plan, each problem once."""
    found: dict[Problem, None] = {}
    for name, content in plan.scenarios.items():
        try:
            settings(plan, name)
        except InputError as error:
            found.update(dict.fromkeys(error.problems))
        baseline = content.get("baseline", name)
        if isinstance(baseline, str) and baseline not in plan.scenarios:
            found[_no_scenario(plan, name, "baseline", baseline)] = None
    return list(found)


def _file_problems(file: str, stem: str, content: Mapping[str, Any]) -> Iterator[Problem]:
    for key in sorted(content.keys() - _KEYS):
        near = closest(key, _KEYS) or "、".join(sorted(_KEYS))
        yield Problem(file, 0, key, key, f"未知的键；是否为 {near}？", f"unknown key; did you mean {near}?")
    if content.get("id") != stem:
        en = f"must equal the file's name, {stem!r}."
        yield Problem(file, 0, "id", str(content.get("id", "")), f"应与文件名相同：“{stem}”。", en)
    for key in ("author", "source", "baseline", "extends"):
        if not isinstance(content.get(key, ""), str):
            yield Problem(file, 0, key, str(content[key]), "应为文字（加引号）。", "must be text (in quotes).")
    if not _is_whole(content.get("order", 0)):
        zh, en = "应为整数（如 order = 2）。", "must be a whole number (such as order = 2)."
        yield Problem(file, 0, "order", str(content["order"]), zh, en)
    for key in ("title", "description"):
        words = content.get(key, {})
        if not isinstance(words, dict) or not all(isinstance(word, str) for word in words.values()):
            example = f'{key} = {{zh = "……", en = "..."}}'
            yield Problem(file, 0, key, str(content[key]), f"应写成 {example}。", f"must read {example}.")
    if not isinstance(content.get("levers", {}), dict):
        yield Problem(file, 0, "levers", str(content["levers"]), "应为 [levers] 一节。", "must be a section [levers].")


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def in_order(scenarios: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return scenario texts by their `order`, counted as numbers; those without one come last, by id."""

    def place(one: tuple[str, Mapping[str, Any]]) -> tuple[float, str]:
        """Return what a scenario is sorted by."""
        order = one[1].get("order")
        return (order if _is_whole(order) else float("inf"), one[0])  # type: ignore[return-value]

    return dict(sorted(scenarios.items(), key=place))


def settings(plan: Plan, scenario: str | Scenario) -> dict[str, Setting]:
    """Return a scenario's levers with those that it inherits, each checked against the catalogue.

    Raises InputError with every unknown lever (and the closest name), value out of bounds, span out of order,
    or circle of `extends`.
    """
    problems: list[Problem] = []
    merged: dict[str, Setting] = {}
    for link in reversed(_lineage(plan, find_scenario(plan, scenario))):
        merged.update(_parse(plan, link, problems))
    if problems:
        raise InputError(problems)
    return merged


def _lineage(plan: Plan, scenario: Scenario) -> list[Scenario]:
    chain = [scenario]
    while chain[-1].extends:
        child = chain[-1]
        if child.extends not in plan.scenarios:
            raise InputError([_no_scenario(plan, child.id, "extends", child.extends)])
        parent = find_scenario(plan, child.extends)
        if any(parent.id == link.id for link in chain):
            loop = " → ".join([link.id for link in chain] + [parent.id])
            zh, en = f"继承成环：{loop}；请去掉一处 extends。", f"extends runs in a circle: {loop}; remove one."
            raise InputError([Problem(f"scenarios/{scenario.id}.toml", 0, "extends", parent.id, zh, en)])
        chain.append(parent)
    return chain


def _flatten(levers: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield levers with dotted names; what is nested deeper than any name is given as it is, and is no lever."""
    for key, value in levers.items():
        nested = isinstance(value, Mapping) and not all(re.match(r"\d", str(word)) for word in value)
        if nested and depth < _MOST_DOTS:
            yield from _flatten(value, f"{prefix}{key}.", depth + 1)
        else:
            yield prefix + key, value


def _parse(plan: Plan, scenario: Scenario, problems: list[Problem]) -> Iterator[tuple[str, Setting]]:
    known, file = lever_names(plan), f"scenarios/{scenario.id}.toml"
    for name, value in _flatten(scenario.levers):
        if name not in known:
            near = closest(name, known)
            hint_zh, hint_en = (
                (f"是否为“{near}”？", f"did you mean {near!r}?")
                if near
                else ("可用 hjforecast list 查看。", "see hjforecast list.")
            )
            problems.append(Problem(file, 0, name, name, f"没有这个杠杆；{hint_zh}", f"unknown lever; {hint_en}"))
            continue
        try:
            yield name, _setting(plan, known[name], value)
        except ValueError as error:
            zh, en = error.args
            problems.append(Problem(file, 0, name, str(value), zh, en))


def _setting(plan: Plan, lever: Lever, value: Any) -> Setting:
    if isinstance(value, Mapping):
        if not lever.by_year:
            raise ValueError("此杠杆不能分年设置；请给一个数。", "this lever cannot vary by year; give one number.")
        return _spans(plan, lever, value)
    if isinstance(value, str):
        if value in lever.words:
            return value
        words = "或".join(f"“{word}”" for word in lever.words)
        raise ValueError(
            f"应为数字{'，或 ' + words if words else ''}。", f"must be a number{' or ' + words if words else ''}."
        )
    return _bounded(lever, value)


def _bounded(lever: Lever, value: Any) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and lever.low <= value <= lever.high:
        return float(value)
    low, high = f"{lever.low:g}", f"{lever.high:g}"
    unit, unit_en = f"（单位：{lever.unit}）" if lever.unit else "", unit_name(lever.unit, "en")
    raise ValueError(
        f"应为 {low} 至 {high} 之间的数字{unit}。",
        f"must be a number from {low} to {high}{f' ({unit_en})' if unit_en else ''}.",
    )


def _spans(plan: Plan, lever: Lever, value: Mapping[str, Any]) -> tuple[tuple[int, int, float], ...]:
    if not value:
        raise ValueError(
            "没有写任何年份；请写成 2021-2025 = 数值，或删去此杠杆。",
            "no years given; write spans or remove the lever.",
        )
    spans = []
    for key, number in value.items():
        match = _SPAN.fullmatch(str(key).strip())
        if not match:
            raise ValueError(f"年份“{key}”应写成 2021 或 2021-2025。", f"{key!r} must read like 2021 or 2021-2025.")
        first = int(match[1])
        last = int(match[2] or first)
        if not plan.base_year < first <= last:
            zh = f"时段 {key} 须晚于基期 {plan.base_year} 年，且起年不晚于止年。"
            raise ValueError(zh, f"span {key} must come after {plan.base_year} and run forward.")
        spans.append((first, last, _bounded(lever, number)))
    spans.sort()
    for earlier, later in itertools.pairwise(spans):
        if later[0] <= earlier[1]:
            raise ValueError(f"时段在 {later[0]} 年重叠。", f"spans overlap in {later[0]}.")
    return tuple(spans)


def values_at(setting: Setting | None, years: np.ndarray, *, hold: bool = False) -> np.ndarray:
    """Return a setting's value in each of `years`, NaN where it says nothing.

    A plain number speaks for every year. With `hold` the last span's value continues after it.
    """
    values = np.full(len(years), np.nan)
    if isinstance(setting, float):
        values[:] = setting
    elif isinstance(setting, tuple):
        for first, last, value in setting:
            values[(years >= first) & (years <= last)] = value
        if hold and setting:
            values[years > setting[-1][1]] = setting[-1][2]
    return values
