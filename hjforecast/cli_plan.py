"""What the commands on plan directories do: check one, list what it holds, write a new one."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from hjforecast.cli_output import aligned
from hjforecast.errors import HjforecastError, InputError, Problem
from hjforecast.levers import LEVERS
from hjforecast.loading import COLUMNS, load_plan, read_plan
from hjforecast.model import project
from hjforecast.plan import Plan
from hjforecast.plan_readme import readme
from hjforecast.reporting.jobs import scenario_set_problems
from hjforecast.resources import builtin_plan_dir
from hjforecast.scenario import find_scenario, scenario_problems
from hjforecast.unit_names import unit_name

__all__ = ["checked", "listing", "notes", "summary", "write_plan_dir"]

_OWN = ("employment_growth", "chain_base_growth", "elasticity.income_urban", "elasticity.income_rural")
"""Assumptions of the built-in county alone: a blank plan starts without them."""

_BLANK_PRICES = {
    "source": "由本规划地区生产总值的基期、目标水平和实际增速推出",
    "source_en": "implied by this plan's base-year GDP, its target level and real growth",
}

_BLANK_SCENARIOS = {
    "plan": {
        "source": "targets.csv 中本规划的各项目标",
        "source_en": "the targets of this plan in targets.csv",
        "zh": "假设本规划各项目标如期实现；目标年以后不再有目标约束，增速逐年向长期增速靠拢。",
        "en": "Every target of this plan is assumed to be met on time; afterwards none binds, and growth eases toward "
        "the long-run rate.",
    },
    "trend": {
        "source": "以往增速与上级地区增速（context.csv）；plan.toml 各项假设",
        "source_en": "past growth and that of the parent region (context.csv); assumptions in plan.toml",
        "zh": "假设不新增政策举措：地区生产总值实际增速由以往增速起步，逐年向长期增速靠拢。本情景是各情景比较的基准。",
        "en": "No new policy effort is assumed: real GDP growth starts from its past rate and converges to the "
        "long-run rate. This is the baseline of every comparison.",
    },
    "delivery": {
        "source": "targets.csv 中上一规划的规划数与完成数；plan.toml 的 delivery_reference 与 delivery_weight",
        "source_en": "the last plan's planned and delivered figures in targets.csv; delivery_reference and "
        "delivery_weight in plan.toml",
        "zh": "假设本规划各项目标的兑现程度与以往相当：按上一规划与同类规划的兑现率，对规划增速或变动打折。",
        "en": "This plan is assumed to be delivered about as far as earlier ones: its growth or change is multiplied "
        "by the delivery ratio of the last plan and of comparable ones.",
    },
}
"""The scenarios of a blank plan, with words that hold in any county; the others rest on one county's figures."""

_BLANK_HEADER = """# 请填写引号内的内容；填好后运行 hjforecast check .，会列出还缺什么。
# Fill in the quotes; then `hjforecast check .` lists what is still missing.
# 改变基期年时，请同时改 baseline_{base}.csv 的文件名。
# Where you change base_year, rename baseline_{base}.csv too.

[region]
name = {{ zh = "", en = "" }}
code = ""
level = "county"
parents = []

[plan]
id = "{id}"
title = {{ zh = "", en = "" }}
base_year = {base}
target_year = {target}
outlook_year = {outlook}
previous = "{previous}"
previous_outcome = "{outcome}"

"""


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


def write_plan_dir(directory: Path, *, blank: bool = False) -> None:
    """Write a new plan directory: the built-in plan with a README, or (`blank`) its catalogue and three scenarios only.

    It appears whole or not at all. Raises HjforecastError where `directory` holds anything or is no folder.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        zh, en = "已存在且不是空文件夹；请换一个名字。", "exists and is not an empty folder; choose another name."
        raise HjforecastError(f"{directory} {zh}\n    {directory} {en}")
    target = directory.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent)) / target.name
    try:
        _fill(draft, blank)
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


def _fill(draft: Path, blank: bool) -> None:
    source, plan = builtin_plan_dir(), load_plan()
    (draft / "scenarios").mkdir(parents=True)
    files = [*source.glob("*.csv"), *source.glob("*.toml"), *source.glob("scenarios/*.toml")]
    for path in files:
        place = draft / path.relative_to(source)
        text = path.read_text(encoding="utf-8-sig")
        # With a byte-order mark Excel shows Chinese CSV text as it is.
        place.write_text(text, encoding="utf-8-sig" if path.suffix == ".csv" else "utf-8", newline="\n")
    (draft / "README.md").write_text(readme(plan.base_year), encoding="utf-8", newline="\n")
    if blank:
        _empty(draft, plan)


def _empty(draft: Path, plan: Plan) -> None:
    tables = {"baseline": f"baseline_{plan.base_year}", "actuals": "actuals"}
    tables |= {name: name for name in ("targets", "projects", "context")}
    for table, stem in tables.items():
        columns = COLUMNS["baseline" if table == "actuals" else table]
        (draft / f"{stem}.csv").write_text(",".join(columns) + "\n", encoding="utf-8-sig", newline="\n")
    head = _BLANK_HEADER.format(
        base=plan.base_year, target=plan.target_year, outlook=plan.outlook_year,
        id=plan.id, previous=plan.previous, outcome=plan.previous_outcome,
    )  # fmt: skip
    path = draft / "plan.toml"
    _rewrite(path, head + "".join(_general_assumptions(path.read_text(encoding="utf-8"))))
    for path in (draft / "scenarios").iterdir():
        if path.stem in _BLANK_SCENARIOS:
            _rewrite(path, _with_lines(path.read_text(encoding="utf-8"), _BLANK_SCENARIOS[path.stem]))
        else:
            path.unlink()


def _rewrite(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _with_lines(text: str, values: Mapping[str, str]) -> str:
    """Return a TOML text in which the lines of some keys say something else."""
    for key, value in values.items():
        text = re.sub(rf"(?m)^{key} = .*$", f'{key} = "{value}"', text)
    return text


def _general_assumptions(text: str) -> Iterator[str]:
    for block in re.split(r"(?m)^(?=\[)", text):
        match = re.match(r"\[assumptions\.(.+)\]", block)
        if not match or match[1] in _OWN:
            continue
        if match[1] == "price_change":
            block = _with_lines(block, _BLANK_PRICES)
        yield block
