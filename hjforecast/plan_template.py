"""New plan directories: a copy of the built-in plan, or a blank one for a region, its years and its indicators."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from hjforecast.errors import InputError, Problem, closest
from hjforecast.indicators import Indicator
from hjforecast.loading import COLUMNS, load_plan
from hjforecast.plan_readme import readme
from hjforecast.resources import builtin_plan_dir

__all__ = [
    "COMMON",
    "PlanStart",
    "catalogue",
    "copy_builtin",
    "default_outlook",
    "default_title",
    "write_blank",
    "write_text",
]

COMMON = (
    "gdp", "gdp_per_capita", "labour_productivity", "labour_productivity_growth", "industrial_va", "manufacturing_va",
    "manufacturing_share", "services_share", "budget_revenue", "fixed_asset_investment", "retail_sales", "trade_total",
    "urbanization", "rd_intensity", "rd_spending_growth", "patents_per_10k", "high_value_patents_per_10k",
    "digital_share", "digital_core_share", "population", "income_resident", "income_urban", "income_rural",
    "income_ratio", "income_gap", "urban_new_jobs", "survey_unemployment_rate", "school_years_workforce",
    "physicians_per_1000", "pension_insurance_coverage", "childcare_places_per_1000", "nursing_bed_share",
    "life_expectancy", "energy_intensity_reduction", "energy_consumption", "nonfossil_energy_share",
    "co2_intensity_reduction", "pm25", "air_quality_good_days_share", "surface_water_quality_share", "forest_coverage",
    "cultivated_land", "high_standard_farmland", "grain_capacity", "energy_capacity", "tourism_revenue",
    "tourist_arrivals",
)  # fmt: skip
"""Indicators that most county plans print; a blank plan starts with them and what they are computed from."""

_VISION, _VISION_SINCE = 2035, 2025
"""The year of the national long-range objectives, and the first target year whose plans look out to it."""

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

_HEADER = """# 请填写引号内的内容；填好后运行 hjforecast check .，会列出还缺什么。
# Fill in the quotes; then `hjforecast check .` lists what is still missing.
# 改变基期年时，请同时改 baseline_{base}.csv 的文件名。
# Where you change base_year, rename baseline_{base}.csv too.

[region]
name = {{ zh = {zh}, en = {en} }}
code = ""
level = ""
parents = [{parents}]

[plan]
id = "{id}"
title = {{ zh = {title_zh}, en = {title_en} }}
base_year = {base}
target_year = {target}
outlook_year = {outlook}
previous = "{previous}"
previous_outcome = "{previous}_outcome"

"""


@dataclass(frozen=True)
class PlanStart:
    """What a blank plan begins with.

    An English name or title left empty repeats the Chinese one. `parents` are the regions above, the nearest first.
    `indicators` are ids of the built-in catalogue; what they are computed from comes along.
    """

    base_year: int
    target_year: int
    outlook_year: int
    region_zh: str = ""
    region_en: str = ""
    title_zh: str = ""
    title_en: str = ""
    parents: tuple[str, ...] = ()
    indicators: tuple[str, ...] = COMMON

    @property
    def plan_id(self) -> str:
        """The plan's id: `fyp15` for 2026-2030, `plan` for a period that is no national five-year one."""
        return f"fyp{self._order}" if self._order else "plan"

    @property
    def previous_id(self) -> str:
        """The id of the plan before it."""
        return f"fyp{self._order - 1}" if self._order else "previous"

    @property
    def _order(self) -> int:
        # The first five-year plan ended in 1957, the third in 1970; since then one has ended every fifth year.
        regular = self.target_year - self.base_year == 5 and self.target_year % 5 == 0
        return (self.target_year - 1955) // 5 if regular and self.target_year >= 1970 else 0


def default_outlook(target_year: int) -> int:
    """Return the outlook year of a plan that states none: the national Vision 2035, else ten years on."""
    return _VISION if _VISION_SINCE <= target_year < _VISION else target_year + 10


def catalogue() -> dict[str, Indicator]:
    """Return the indicators that a blank plan can start with: the built-in plan's, and those that others commonly print.

    Of an indicator in both, the second has the name that plans at large use.
    """
    found = dict(load_plan().indicators)
    with resources.files("hjforecast").joinpath("common_indicators.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            words = {name: str(value) for name, value in row.items() if name not in ("indicator", "decimals")}
            item = Indicator(id=row["indicator"], decimals=int(row["decimals"]), **words)
            found[item.id] = item
    places = {category: place for place, category in enumerate(dict.fromkeys(one.category for one in found.values()))}
    return {item.id: item for item in sorted(found.values(), key=lambda one: places[one.category])}


def default_title(region: str, first: int, last: int) -> str:
    """Return a plan's title where none is given."""
    return f"{region}{first}—{last}年国民经济和社会发展规划"


def copy_builtin(folder: Path) -> None:
    """Fill a folder with the built-in plan and a README that explains every file."""
    source = builtin_plan_dir()
    for path in [*source.glob("*.csv"), *source.glob("*.toml"), *source.glob("scenarios/*.toml")]:
        write_text(folder / path.relative_to(source), path.read_text(encoding="utf-8-sig"))
    write_text(folder / "README.md", readme(load_plan().base_year))


def write_text(path: Path, text: str) -> None:
    """Write a file of a plan directory; a table with a byte-order mark, with which Excel shows its Chinese as it is."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8-sig" if path.suffix == ".csv" else "utf-8", newline="\n")


def write_blank(folder: Path, start: PlanStart) -> None:
    """Fill a folder with a plan that holds a catalogue, general assumptions and three scenarios, and no figures.

    Raises InputError naming years out of order and every unknown indicator.
    """
    source, known = builtin_plan_dir(), catalogue()
    problems = [*_year_problems(start), *_unknown(known, start.indicators)]
    if problems:
        raise InputError(problems)
    write_text(folder / "plan.toml", _header(start) + "".join(_general_assumptions(source / "plan.toml")))
    write_text(folder / "indicators.csv", _catalogue(known, start.indicators))
    tables = {"baseline": f"baseline_{start.base_year}", "actuals": "actuals"}
    tables |= {name: name for name in ("targets", "projects", "context")}
    for table, stem in tables.items():
        columns = COLUMNS["baseline" if table == "actuals" else table]
        write_text(folder / f"{stem}.csv", ",".join(columns) + "\n")
    for name, words in _BLANK_SCENARIOS.items():
        text = (source / "scenarios" / f"{name}.toml").read_text(encoding="utf-8")
        write_text(folder / "scenarios" / f"{name}.toml", _with_lines(text, words))
    write_text(folder / "README.md", readme(start.base_year))


def _year_problems(start: PlanStart) -> Iterator[Problem]:
    years = (start.base_year, start.target_year, start.outlook_year)
    if not 1900 <= years[0] < years[1] <= years[2] <= 2200:
        zh = "年份应在 1900 至 2200 之间，顺序为 基期 < 目标年 ≤ 展望年。"
        en = "years lie from 1900 to 2200, in the order base < target <= outlook."
        yield Problem("init", 0, "--base-year, --target-year, --outlook-year", " / ".join(map(str, years)), zh, en)


def _unknown(known: Mapping[str, Indicator], names: Iterable[str]) -> Iterator[Problem]:
    for name in names:
        if name not in known:
            near = closest(name, known)
            zh = f"目录中没有这个指标；{f'是否为“{near}”？' if near else ''}可用 hjforecast list indicators 查看。"
            en = f"not in the catalogue; {f'did you mean {near!r}? ' if near else ''}see hjforecast list indicators."
            yield Problem("init", 0, "--indicators", name, zh, en)


def _header(start: PlanStart) -> str:
    first, last = start.base_year + 1, start.target_year
    title = start.title_zh or (default_title(start.region_zh, first, last) if start.region_zh else "")
    english = start.region_en or start.region_zh
    title_en = start.title_en or (f"Plan of {english}, {first}–{last}" if english else "")
    names = [f"{{ name = {{ zh = {_quoted(name)}, en = {_quoted(name)} }} }}" for name in start.parents]
    return _HEADER.format(
        zh=_quoted(start.region_zh), en=_quoted(english), parents=", ".join(names), title_zh=_quoted(title),
        title_en=_quoted(title_en), id=start.plan_id, previous=start.previous_id, base=start.base_year, target=last,
        outlook=start.outlook_year,
    )  # fmt: skip


def _quoted(text: str) -> str:
    """Return a text as TOML writes it: a JSON string, apart from one control character, is one."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _catalogue(known: Mapping[str, Indicator], names: Iterable[str]) -> str:
    """Return the chosen rows of the catalogue with all that they are computed from, in the catalogue's order."""
    chosen: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in chosen:
            chosen.add(name)
            waiting += known[name].members
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS["indicators"])
    writer.writerows(_row(item, chosen) for item in known.values() if item.id in chosen)
    return text.getvalue()


def _row(item: Indicator, chosen: set[str]) -> list[object]:
    values = {**vars(item), "indicator": item.id, "parent": item.parent if item.parent in chosen else ""}
    return [values[column] for column in COLUMNS["indicators"]]


def _with_lines(text: str, values: Mapping[str, str]) -> str:
    """Return a TOML text in which the lines of some keys say something else."""
    for key, value in values.items():
        text = re.sub(rf"(?m)^{key} = .*$", f'{key} = "{value}"', text)
    return text


def _general_assumptions(path: Path) -> Iterator[str]:
    for block in re.split(r"(?m)^(?=\[)", path.read_text(encoding="utf-8")):
        match = re.match(r"\[assumptions\.(.+)\]", block)
        if match and match[1] not in _OWN:
            yield _with_lines(block, _BLANK_PRICES) if match[1] == "price_change" else block
