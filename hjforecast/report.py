"""What the notebooks show: one method a cell, numbered headings, tables and figures in either language."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from hjforecast import __version__, tables, text
from hjforecast.audit import audit
from hjforecast.document import (
    Block,
    Numbering,
    Table,
    data_block,
    edition_block,
    facts_block,
    figure_block,
    heading,
    paragraphs,
    stack,
    table_block,
)
from hjforecast.errors import InputError, Problem
from hjforecast.loading import load_plan
from hjforecast.model import project
from hjforecast.plan import Plan
from hjforecast.projection import Projection
from hjforecast.standing import scenario_standing
from hjforecast.text_questions import band_sentences
from hjforecast.text_targets import words_only_sentences

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["Report", "ScenarioReport"]

LANGUAGES = ("zh", "en")
_INCOMES = ("income_resident", "income_urban", "income_rural", "income_gap", "income_ratio")
_SOURCES = {
    "plan": ("资料来源：规划文本；hjforecast测算。", "Source: the plan; hjforecast projections."),
    "model": ("资料来源：hjforecast测算。", "Source: hjforecast projections."),
}


class Report:
    """A document over one plan: its language, its running numbers, and its provenance."""

    def __init__(self, plan_dir: str = "", lang: str = "zh", draws: int = 0, seed: int = 0) -> None:
        if lang not in LANGUAGES:
            zh, en = "应为 zh 或 en。", "must be zh or en."
            raise InputError([Problem("report", 0, "lang", lang, zh, en)])
        self.plan: Plan = load_plan(plan_dir or None)
        self.lang, self.draws, self.seed = lang, draws, seed
        self.numbers = Numbering(lang)

    def say(self, zh: str, en: str) -> str:
        """Return the words of the report's language."""
        return zh if self.lang == "zh" else en

    def section(self, zh: str, en: str, level: int = 1) -> Block:
        """Return a numbered heading."""
        return heading(self.say(zh, en), level, self.numbers.heading(level))

    def table(self, table: Table) -> Block:
        """Return a numbered table, or a sentence where it has no rows."""
        if table.rows:
            return table_block(table, self.numbers.label("table"))
        return paragraphs([f"{table.caption}{self.say('：无。', ': none.')}"])

    def figure(self, figure: Figure | None, zh: str, en: str, source: str = "model", note: str = "") -> Block:
        """Return a numbered figure with its note and source, or a sentence where there is nothing to draw."""
        from hjforecast.plots import to_svg

        caption = self.say(zh, en)
        if figure is None:
            return paragraphs([f"{caption}{self.say('：规划没有可作图的数据。', ': the plan has no data to draw.')}"])
        return figure_block(to_svg(figure), self.numbers.label("figure"), caption, [note, self.source(source)])

    def source(self, key: str) -> str:
        """Return the source line `plan` or `model`."""
        return self.say(*_SOURCES[key])

    def provenance(self, scenarios: Sequence[str], baseline: str = "") -> Block:
        """Return the footer: versions, scenario and baseline ids, seed, draws, and the hash of every input."""
        inputs = self.plan.inputs
        digest = hashlib.sha256(json.dumps(dict(inputs), sort_keys=True).encode()).hexdigest()
        semicolon = self.say("；", "; ")
        drawn = f"{self.draws}{semicolon}{self.seed}" if self.draws else self.say("未抽取随机路径", "none")
        libraries = " ".join(f"{name} {version(name)}" for name in ("numpy", "pandas", "matplotlib"))
        lines = [
            (
                self.say("规划", "Plan"),
                f"{self.plan.title(self.lang)}{self.say('（{}）', ' ({})').format(self.plan.id)}",
            ),
            (self.say("情景", "Scenarios"), "、".join(scenarios) if self.lang == "zh" else ", ".join(scenarios)),
            (self.say("对比基准", "Baseline"), baseline),
            (
                self.say("软件版本", "Versions"),
                semicolon.join((f"hjforecast {__version__}", f"Python {platform.python_version()}", libraries)),
            ),
            (self.say("随机路径数与种子", "Random paths and seed"), drawn),
            (
                self.say("输入文件校验", "Inputs"),
                f"sha256 {digest[:16]}{self.say('（{}个文件）', ' ({} files)').format(len(inputs))}",
            ),
            *((f"　{name}", value[:16]) for name, value in inputs.items()),
        ]
        return facts_block(self.say("生成信息", "Provenance"), [line for line in lines if line[1]], self.lang)

    def kept(self, frame: pd.DataFrame, rows: Iterable[Mapping[str, Any]]) -> Block:
        """Return what is kept with a report and not shown: its tidy table, and what its next edition is held against."""
        return stack([data_block(frame, self.say("数据", "Data")), edition_block(list(rows))])


class ScenarioReport(Report):
    """One scenario set against the plan's targets and a baseline scenario."""

    def __init__(
        self,
        scenario: str,
        baseline: str = "trend",
        plan_dir: str = "",
        lang: str = "zh",
        draws: int = 0,
        seed: int = 0,
    ) -> None:
        super().__init__(plan_dir, lang, draws, seed)
        self.projection: Projection = project(self.plan, scenario, draws=draws, seed=seed)
        self.baseline: Projection = project(self.plan, baseline, draws=draws, seed=seed)
        self._findings: pd.DataFrame | None = None

    def bands(self, *names: str, whisker: bool = False) -> str:
        """Return the note on whose past errors the bands of a figure rest, empty without draws."""
        from hjforecast.plots import band_note

        return band_note(self.projection, names, self.lang, whisker=whisker) if self.draws else ""

    def title(self) -> Block:
        """Return the title and what the scenario stands for."""
        region, name = self.plan.region.name(self.lang), self.projection.scenario.title(self.lang)
        words = self.say(
            f"{region}{_period(self.plan, 'zh')}规划情景报告：{name}情景",
            f'{region}, {_period(self.plan, "en")}: the "{name}" scenario',
        )
        scenario = self.projection.scenario
        note = (
            self.say("情景说明：", "The scenario: ") + scenario.description(self.lang)
            if scenario.description(self.lang)
            else ""
        )
        source = self.say("情景依据：", "Basis: ") + scenario.based_on(self.lang) if scenario.source else ""
        return stack([heading(words, 0), paragraphs([note, source], "lead")])

    def summary(self) -> Block:
        """Return the section 概述: sentences written from the numbers."""
        return stack(
            [
                self.section("概述", "Summary"),
                paragraphs(
                    [
                        *text.summary(self.projection, self.baseline, self.lang),
                        *band_sentences(self.projection, self.lang),
                    ]
                ),
            ]
        )

    def targets(self) -> Block:
        """Return the section 主要目标: the targets of the plan's indicator table."""
        year = self.plan.target_year
        caption = self.say(f"规划主要指标{year}年目标与测算值对照", f"Main targets for {year} and projected values")
        table = tables.target_table(
            self.projection, tables.main_gaps(self.projection), caption, self.source("plan"), self.lang
        )
        words = words_only_sentences(self.plan, ("不作测算", "not projected"), self.lang)
        return stack(
            [self.section("主要目标", "Main targets"), self.table(table), *([paragraphs(words)] if words else [])]
        )

    def gdp(self) -> Block:
        """Return the section 经济增长: sentence and figure."""
        from hjforecast.plots import gdp_figure

        if not self._has("gdp", "gdp_real_growth"):
            return paragraphs([])
        figure = gdp_figure(self.projection, self.baseline, self.lang)
        caption = ("地区生产总值：水平（现价）与增速", "GDP: level (current prices) and growth")
        words = text.gdp_outlook(self.projection, self.lang)
        return stack(
            [
                self.section("经济增长", "Economic growth"),
                paragraphs(words),
                self.figure(figure, *caption, source="plan", note=self.bands("gdp", "gdp_real_growth")),
            ]
        )

    def gdp_table(self) -> Block:
        """Return GDP and related paths by year."""
        names = (
            "gdp",
            "gdp_real_growth",
            "gdp_price_change",
            "manufacturing_va",
            "manufacturing_share",
            "retail_sales",
            "tourism_revenue",
            "labour_productivity_growth",
        )
        return self.table(
            tables.path_table(
                self.projection,
                names,
                self._years(),
                self.say("经济增长主要指标测算值", "Economic indicators, projected"),
                self.lang,
            )
        )

    def incomes(self) -> Block:
        """Return the section 居民收入: sentence and figure."""
        from hjforecast.plots import income_figure

        if not self._has(*_INCOMES):
            return paragraphs([])
        figure = income_figure(self.projection, self.baseline, self.lang)
        caption = (
            "城乡居民人均可支配收入及差距（现价）",
            "Disposable income per head and the urban-rural gap (current prices)",
        )
        words = text.income_outlook(self.projection, self.lang)
        return stack(
            [
                self.section("居民收入", "Incomes"),
                paragraphs(words),
                self.figure(figure, *caption, source="plan", note=self.bands("income_resident")),
            ]
        )

    def income_table(self) -> Block:
        """Return income paths by year."""
        if not self._has(*_INCOMES):
            return paragraphs([])
        return self.table(
            tables.path_table(
                self.projection, _INCOMES, self._years(), self.say("居民收入测算值", "Incomes, projected"), self.lang
            )
        )

    def urbanization(self) -> Block:
        """Return the section 城镇化: sentence and figure."""
        from hjforecast.plots import urbanization_figure

        if not self._has("urbanization"):
            return paragraphs([])
        figure = urbanization_figure(self.projection, self.baseline, self.lang)
        item = self.plan.indicator("urbanization")
        caption = (item.name_zh, item.name_en)
        words = text.urban_outlook(self.projection, self.lang)
        return stack(
            [
                self.section("城镇化", "Urbanization"),
                paragraphs(words),
                self.figure(figure, *caption, source="plan", note=self.bands("urbanization")),
            ]
        )

    def chains(self) -> Block:
        """Return the section 产业链: sentence and figure."""
        from hjforecast.plots import chains_figure

        base, year = self.plan.base_year, self.plan.target_year
        chains = self._chains()
        if not chains:
            return paragraphs([])
        assumed = self._assumed_bases()
        caption = (
            f"主要产业链{base}年与{year}年产值（现价{f'，{base}年为假定' if assumed else ''}）",
            f"Output of the chains in {base}{' (assumed)' if assumed else ''} and {year}, current prices",
        )
        return stack(
            [
                self.section("产业链", "Industry chains"),
                self.section("目标与测算值", "Targets and projection", 2),
                self.figure(
                    chains_figure(self.projection, self.lang), *caption, note=self.bands(*chains, whisker=True)
                ),
            ]
        )

    def chain_table(self) -> Block:
        """Return each chain's base, target, projection and growth."""
        if not self._chains():
            return paragraphs([])
        return self.table(
            tables.chain_table(
                self.projection, self.say("产业链目标与测算值", "Industry chains: targets and projection"), self.lang
            )
        )

    def chain_base(self) -> Block:
        """Return how the growth that a chain needs changes with its assumed base."""
        from hjforecast.plots import chain_base_figure

        if not self._assumed_bases():
            return paragraphs([])
        base, year = self.plan.base_year, self.plan.target_year
        words = self.say(
            f"规划没有公布产业链{base}年产值，上列基期数是假定。下图说明基期产值高于或低于假定时，达到{year}年目标所需的年均增速；"
            f"取得实际数后填入baseline_{base}.csv，即可替换假定数。",
            f"The {base} output of the chains was never published; the base figures above are assumed. The figure shows the growth that "
            f"the {year} target would require if the base were lower or higher than assumed; a real figure entered in "
            f"baseline_{base}.csv replaces the assumed one.",
        )
        caption = ("所需年均增速随基期产值的变化", "Growth required, by base-year output")
        return stack([self.section("假定基期的影响", "What the assumed base changes", 2), paragraphs([words]),
                      self.figure(chain_base_figure(self.projection, self.lang), *caption)])  # fmt: skip

    def other_targets(self) -> Block:
        """Return the section 其他目标: targets outside the indicator table that can be projected."""
        caption = self.say("正文其他定量目标（可测算部分）", "Other quantified targets that can be projected")
        table = tables.target_table(
            self.projection, tables.other_gaps(self.projection), caption, self.source("plan"), self.lang
        )
        return stack([self.section("其他目标", "Other targets"), self.table(table)])

    def levers(self) -> Block:
        """Return the section 假设与杠杆: what the scenario moves."""
        caption = self.say("本情景调整的杠杆", "Levers that the scenario moves")
        return stack(
            [
                self.section("假设与杠杆", "Assumptions and levers"),
                self.table(tables.lever_table(self.projection, caption, self.lang)),
            ]
        )

    def assumptions(self) -> Block:
        """Return every assumption with status and source."""
        return self.table(
            tables.assumption_table(
                self.plan, self.say("各情景共用的假设", "Assumptions shared by all scenarios"), self.lang
            )
        )

    def findings(self) -> Block:
        """Return the section 规划一致性审查: what the audit says of the indicators shown here."""
        found = audit(self.plan)
        shown = {gap.indicator for gap in tables.main_gaps(self.projection)} | {
            "manufacturing_va",
            "income_urban",
            "income_rural",
            *(row.indicator for row in self.plan.targets_of(self.plan.id) if not row.quantified),
        }
        kept = found[[bool(shown & set(ids.split(";"))) for ids in found["indicators"]]]
        caption = self.say("与上述指标有关的审查意见", "Findings on the indicators above")
        return stack(
            [
                self.section("规划一致性审查", "Audit findings"),
                self.table(tables.finding_table(kept, caption, self.lang)),
            ]
        )

    def footer(self) -> Block:
        """Return the provenance footer, with the data behind the report."""
        shown = self.provenance([self.projection.scenario.id], self.baseline.scenario.id)
        return stack([shown, self.kept(self.projection.frame, scenario_standing(self.projection, self.lang))])

    def _has(self, *names: str) -> bool:
        """Whether the plan's catalogue holds any of these indicators: a section stands for nothing without them."""
        return any(name in self.plan.indicators for name in names)

    def _chains(self) -> list[str]:
        return [item.id for item in self.plan.indicators.values() if item.is_chain]

    def _assumed_bases(self) -> bool:
        base = self.plan.base_year
        return any(self.projection.status_of(name, base) == "assumed" for name in self._chains())

    def _years(self) -> list[int]:
        plan = self.plan
        later = range(plan.target_year + 5, plan.outlook_year + 1, 5)
        return [*range(plan.base_year, plan.target_year + 1), *later]


def _period(plan: Plan, lang: str) -> str:
    """Return the plan's period: 2021—2025年, 2021–2025."""
    first, last = plan.base_year + 1, plan.target_year
    return f"{first}—{last}年" if lang == "zh" else f"{first}–{last}"
