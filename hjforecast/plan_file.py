"""Read `plan.toml`: region, years, and the stated assumptions."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hjforecast.assumptions import ASSUMPTIONS, IMPLIED, Assumption, kind_of
from hjforecast.errors import InputError, Problem, closest
from hjforecast.indicators import STATUSES
from hjforecast.plan import Region
from hjforecast.reading import decode, read_bytes, tidy

__all__ = ["PlanHeader", "read_header", "read_toml"]

FILE = "plan.toml"
_SECTIONS = {
    "region": {"name", "code", "level", "parents"},
    "plan": {"id", "title", "base_year", "target_year", "outlook_year", "previous", "previous_outcome"},
    "assumptions": set(),
}

_MOST_LAYERS = 16
_TOO_DEEP = (
    "嵌套层数过多；请照 hjforecast init 写出的样式改写。",
    "nested too deeply; write it as hjforecast init does.",
)
_TOO_LARGE = ("含有位数过多的整数；请改正该数。", "it holds an integer with too many digits; mend it.")
_MAY_BE_IMPLIED = ("price_change", "elasticity.*")


@dataclass(frozen=True)
class PlanHeader:
    """What `plan.toml` says."""

    id: str
    title_zh: str
    title_en: str
    region: Region
    parents: tuple[Region, ...]
    base_year: int
    target_year: int
    outlook_year: int
    previous: str
    previous_outcome: str
    assumptions: Mapping[str, Assumption]


def read_toml(path: Path, problems: list[Problem], file: str = FILE) -> dict[str, Any]:
    """Return a TOML file's content; an empty dict, and a problem noted for `file`, where it cannot be read."""
    try:
        content = tomllib.loads(decode(read_bytes(path, file), file).replace("\r\n", "\n"))
        wrong = _out_of_reason(content)
        if wrong is None:
            return _tidied(content)
        problems.append(Problem(file, 0, "", "", *wrong))
    except InputError as error:
        problems.extend(error.problems)
    except tomllib.TOMLDecodeError as error:
        zh = f"不是合法的 TOML：{error}；请检查引号和等号。"
        line = re.search(r"at line (\d+)", str(error))
        problems.append(
            Problem(
                file,
                int(line[1]) if line else 0,
                "",
                "",
                zh,
                f"not valid TOML: {error}; check quotes and equals signs.",
            )
        )
    except RecursionError:
        problems.append(Problem(file, 0, "", "", *_TOO_DEEP))
    except ValueError:
        problems.append(Problem(file, 0, "", "", *_TOO_LARGE))
    return {}


def _tidied(value: Any) -> Any:
    """Return a TOML value with every text in it tidied, as those of the tables are."""
    if isinstance(value, dict):
        return {name: _tidied(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_tidied(one) for one in value]
    return tidy(value) if isinstance(value, str) else value


def _out_of_reason(content: dict[str, Any]) -> tuple[str, str] | None:
    """Return what makes a TOML text unusable though it is well formed: sections in sections, endless numbers."""
    layer: list[Any] = [content]
    for _ in range(_MOST_LAYERS):
        if any(isinstance(one, int) and abs(one) >= 2**63 for one in layer):
            return _TOO_LARGE
        inside = [one.values() if isinstance(one, dict) else one for one in layer if isinstance(one, dict | list)]
        layer = [item for items in inside for item in items]
        if not layer:
            return None
    return _TOO_DEEP


def read_header(path: Path, problems: list[Problem]) -> PlanHeader | None:
    """Return the header of a plan directory, None (and problems noted) where it is not usable."""
    before = len(problems)
    content = read_toml(path, problems)
    if len(problems) > before:
        return None
    problems.extend(_unknown_keys(content))
    region, plan = _table(content, "region", problems), _table(content, "plan", problems)
    years = [_year(plan, name, problems) for name in ("base_year", "target_year", "outlook_year")]
    if all(years) and not years[0] < years[1] <= years[2]:
        read = " / ".join(map(str, years))
        en = "years must be in order: base_year < target_year <= outlook_year."
        problems.append(Problem(FILE, 0, "plan", read, "年份顺序应为 基期 < 目标年 ≤ 展望年。", en))
    title_zh, title_en = _names(plan.get("title"), "plan.title", problems)
    header = PlanHeader(
        id=_word(plan, "id", problems),
        title_zh=title_zh,
        title_en=title_en,
        region=_region(region, "region", problems),
        parents=tuple(_region(item, "region.parents", problems) for item in _parents(region, problems)),
        base_year=years[0],
        target_year=years[1],
        outlook_year=years[2],
        previous=str(plan.get("previous", "")),
        previous_outcome=str(plan.get("previous_outcome", "")),
        assumptions=dict(_assumptions(content.get("assumptions", {}), problems)),
    )
    spoiled = {problem.column.removesuffix(".value") for problem in problems[before:]}
    problems.extend(_missing(header.assumptions.keys() | spoiled))
    return header if len(problems) == before else None


def _bad(column: str, read: object, zh: str, en: str) -> Problem:
    return Problem(FILE, 0, column, "" if read is None else str(read), zh, en)


def _unknown_keys(content: Mapping[str, Any]) -> Iterator[Problem]:
    for section, body in content.items():
        if section not in _SECTIONS:
            near = closest(section, _SECTIONS) or "] [".join(_SECTIONS)
            yield _bad(section, section, f"未知的部分；是否为 [{near}]？", f"unknown section; did you mean [{near}]?")
        elif section != "assumptions" and isinstance(body, dict):
            for key in sorted(body.keys() - _SECTIONS[section]):
                near = closest(key, _SECTIONS[section]) or "、".join(sorted(_SECTIONS[section]))
                yield _bad(f"{section}.{key}", key, f"未知的键；允许：{near}。", f"unknown key; allowed: {near}.")


def _table(content: Mapping[str, Any], name: str, problems: list[Problem]) -> dict[str, Any]:
    body = content.get(name)
    if isinstance(body, dict):
        return body
    problems.append(_bad(name, body, f"缺少 [{name}] 部分。", f"section [{name}] is missing."))
    return {}


def _word(table: Mapping[str, Any], key: str, problems: list[Problem]) -> str:
    value = table.get(key)
    if isinstance(value, str) and value.strip():
        return value.strip()
    problems.append(_bad(f"plan.{key}", value, "应为非空文字。", "must be a non-empty text."))
    return ""


def _year(table: Mapping[str, Any], key: str, problems: list[Problem]) -> int:
    value = table.get(key)
    if isinstance(value, int) and 1900 <= value <= 2200:
        return value
    problems.append(_bad(f"plan.{key}", value, "应为 1900 至 2200 之间的年份。", "must be a year from 1900 to 2200."))
    return 0


def _names(value: Any, where: str, problems: list[Problem]) -> tuple[str, str]:
    if isinstance(value, dict) and all(isinstance(value.get(lang), str) and value[lang] for lang in ("zh", "en")):
        return value["zh"], value["en"]
    example = '{zh = "……", en = "..."}'
    problems.append(_bad(where, value, f"应写成 {example}。", f"must read {example}."))
    return "", ""


def _parents(region: Mapping[str, Any], problems: list[Problem]) -> list[Any]:
    value = region.get("parents", [])
    if isinstance(value, list):
        return value
    zh = '应为列表，如 [{ name = { zh = "……", en = "..." } }]；没有上级地区则写 []。'
    problems.append(_bad("region.parents", value, zh, "must be a list of regions, [] where there is none."))
    return []


def _region(table: Any, where: str, problems: list[Problem]) -> Region:
    table = table if isinstance(table, dict) else {}
    names = _names(table.get("name"), f"{where}.name", problems)
    return Region(*names, str(table.get("code", "")), str(table.get("level", "")))


def _assumptions(table: Any, problems: list[Problem], prefix: str = "") -> Iterator[tuple[str, Assumption]]:
    for key, body in table.items() if isinstance(table, dict) else ():
        name = prefix + key
        if not isinstance(body, dict):
            zh = f"应写成 [assumptions.{name}] 并含 value、status、source。"
            problems.append(_bad(name, body, zh, f"must be a table [assumptions.{name}] with value, status, source."))
        elif "value" not in body and body.keys() & {"status", "source"}:
            problems.append(_bad(f"{name}.value", None, "须写明数值（value）。", "state its value."))
        elif "value" not in body:
            yield from _assumptions(body, problems, name + ".")
        elif _assumption_is_good(name, body, problems):
            value = body["value"] if body["value"] == IMPLIED else float(body["value"])
            yield name, Assumption(name, value, body["status"], body["source"], str(body.get("source_en", "")))


def _assumption_is_good(name: str, body: Mapping[str, Any], problems: list[Problem]) -> bool:
    before, kind, value = len(problems), kind_of(name), body["value"]
    if kind is None:
        near = closest(name, [kind.name for kind in ASSUMPTIONS])
        problems.append(_bad(name, name, f"未知的假设；是否为 {near}？", f"unknown assumption; did you mean {near!r}?"))
        return False
    number = isinstance(value, int | float) and not isinstance(value, bool)
    implied = kind.name in _MAY_BE_IMPLIED
    if not (implied and value == IMPLIED) and not (number and kind.low <= value <= kind.high):
        zh = f"应为 {kind.low:g} 至 {kind.high:g} 之间的数{f'（或“{IMPLIED}”：由规划推出）' if implied else ''}。"
        en = f"must be from {kind.low:g} to {kind.high:g}{f' (or {IMPLIED!r})' if implied else ''}."
        problems.append(_bad(name, value, zh, en))
    if body.get("status") not in STATUSES:
        allowed = "、".join(STATUSES)
        problems.append(_bad(f"{name}.status", body.get("status"), f"应为：{allowed}。", f"allowed: {allowed}."))
    if not isinstance(body.get("source"), str) or not body["source"].strip():
        problems.append(_bad(f"{name}.source", body.get("source"), "须写明来源或理由。", "state its source or reason."))
    problems.extend(
        _bad(f"{name}.{key}", key, "未知的键；只允许 value、status、source、source_en。", "unknown key.")
        for key in sorted(body.keys() - {"value", "status", "source", "source_en"})
    )
    return len(problems) == before


def _missing(stated: Set[str]) -> Iterator[Problem]:
    for kind in ASSUMPTIONS:
        if kind.required and kind.name not in stated:
            zh = f"缺少假设“{kind.zh}”；请补上 [assumptions.{kind.name}]。"
            yield _bad(kind.name, None, zh, f"assumption missing ({kind.en}); add [assumptions.{kind.name}].")
