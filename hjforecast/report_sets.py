"""What the comparison and audit notebooks show."""

from __future__ import annotations

from hjforecast import tables, tables_comparison
from hjforecast.audit import audit
from hjforecast.document import Block, heading, paragraphs, stack
from hjforecast.model import project
from hjforecast.projection import Projection
from hjforecast.report import Report, _period
from hjforecast.standing import audit_standing, scenario_standing
from hjforecast.tables import chains_of
from hjforecast.text import amount, decimal, difference, money_unit

__all__ = ["AuditReport", "ComparisonReport"]

MAIN = (
    "gdp", "gdp_real_growth", "manufacturing_va", "manufacturing_share", "industry_total", "retail_sales", "tourism_revenue",
    "income_resident", "income_urban", "income_rural", "income_ratio", "urbanization", "rd_intensity", "digital_share",
)  # fmt: skip
PANELS = ("gdp", "gdp_real_growth", "income_resident", "urbanization", "manufacturing_va", "retail_sales")


class ComparisonReport(Report):
    """All (or some) scenarios side by side, each difference against the named baseline."""

    def __init__(
        self,
        scenarios: str = "",
        baseline: str = "trend",
        plan_dir: str = "",
        lang: str = "zh",
        draws: int = 0,
        seed: int = 0,
    ) -> None:
        super().__init__(plan_dir, lang, draws, seed)
        chosen = [name.strip() for name in scenarios.split(",") if name.strip()] or list(self.plan.scenarios)
        ordered = [baseline, *(name for name in chosen if name != baseline)]
        self.base_id = baseline
        self.projections = {name: project(self.plan, name, draws=draws, seed=seed) for name in ordered}

    def title(self) -> Block:
        """Return the title and the list of scenarios."""
        region, base = self.plan.region.name(self.lang), self.projections[self.base_id].scenario.title(self.lang)
        words = self.say(
            f"{region}{_period(self.plan, 'zh')}规划情景比较",
            f"{region}, {_period(self.plan, 'en')}: the scenarios compared",
        )
        note = self.say(f"本报告对{len(self.projections)}个情景作并列比较，差异均以“{base}”情景为基准计算。",
                        f"{len(self.projections)} scenarios side by side; every difference is from the \"{base}\" scenario.")  # fmt: skip
        return stack([heading(words, 0), paragraphs([note], "lead")])

    def summary(self) -> Block:
        """Return the section 概述: the highest and lowest scenario and each one's distance."""
        return stack([self.section("概述", "Summary"), paragraphs([*self._range(), *self._distances()])])

    def _range(self) -> list[str]:
        year = self.plan.target_year
        if "gdp" not in self.plan.indicators:
            return []
        values = {
            name: one.value("gdp", year)
            for name, one in self.projections.items()
            if one.status_of("gdp", year) != "unavailable"
        }
        if len(values) < 2:
            return []
        low, high = min(values, key=values.__getitem__), max(values, key=values.__getitem__)
        names = [self.projections[name].scenario.title(self.lang) for name in (low, high)]
        ends = [amount(values[name], self.plan.indicator("gdp").unit, 2, self.lang) for name in (low, high)]
        return [self.say(
            f"各情景下，{year}年地区生产总值（现价）在{ends[0]}（{names[0]}）至{ends[1]}（{names[1]}）之间。",
            f"GDP in {year} lies between {ends[0]} ({names[0]}) and {ends[1]} ({names[1]}) at current prices.",
        )]  # fmt: skip

    def _distances(self) -> list[str]:
        year, base = self.plan.target_year, self.projections[self.base_id]
        if "gdp" not in self.plan.indicators or base.status_of("gdp", year) == "unavailable":
            return []
        scale, moved, unit = money_unit(self.plan.indicator("gdp").unit, self.lang)
        digits = 2 + moved
        name, level = base.scenario.title(self.lang), base.value("gdp", year) * scale
        parts = []
        for one in self.projections.values():
            if one is not base:
                parts.append(self._apart(one, one.value("gdp", year) * scale, level, digits, unit))
        if not parts:
            return []
        start = decimal(level, digits)
        return [
            self.say(
                f"{year}年地区生产总值与“{name}”情景（{start}{unit}）相比，{'；'.join(parts)}。",
                f'GDP in {year} against the "{name}" scenario ({start} {unit}): {"; ".join(parts)}.',
            )
        ]

    def _apart(self, one: Projection, value: float, other: float, digits: int, unit: str) -> str:
        """Return how far a scenario lies from the baseline: “规划目标”高16.92亿元（9.5%）."""
        title, gap = one.scenario.title(self.lang), difference(value, other, digits)
        if gap == 0.0:
            return self.say(f"“{title}”持平", f'"{title}" is equal')
        size, share = decimal(abs(gap), digits), decimal(100.0 * abs(gap) / abs(other), 1)
        zh, en = ("高", "higher") if gap > 0.0 else ("低", "lower")
        return self.say(f"“{title}”{zh}{size}{unit}（{share}%）", f'"{title}" is {size} {unit} {en} ({share} %)')

    def panels(self) -> Block:
        """Return small multiples of the main paths."""
        from hjforecast.plots import comparison_figure

        figure = comparison_figure(list(self.projections.values()), self.base_id, PANELS, self.lang)
        return stack(
            [
                self.section("主要指标路径", "Paths of the main indicators"),
                self.figure(figure, "各情景主要指标路径", "Main indicators by scenario"),
            ]
        )

    def differences(self) -> Block:
        """Return differences from the baseline as bars."""
        from hjforecast.plots import difference_figure

        year = self.plan.target_year
        figure = difference_figure(list(self.projections.values()), self.base_id, "gdp", year, self.lang)
        name = self.projections[self.base_id].scenario.title(self.lang)
        zh, en = (
            f"{year}年地区生产总值与“{name}”情景之差（现价）",
            f'GDP in {year}: difference from the "{name}" scenario (current prices)',
        )
        return stack([self.section("与基准情景的差异", "Differences from the baseline"), self.figure(figure, zh, en)])

    def level_table(self, year: int) -> Block:
        """Return the main indicators by scenario in one year."""
        caption = self.say(f"各情景{year}年主要指标测算值", f"Main indicators in {year}, by scenario")
        return self.table(tables_comparison.comparison_table(self.projections, self._names(), year, caption, self.lang))

    def _names(self) -> list[str]:
        """Return the indicators to set side by side; chains one by one where the plan has no total of them."""
        total = "industry_total"
        chains = [] if total in self.plan.indicators else [one.id for one in chains_of(self.plan) if not one.parent]
        return [part for name in MAIN for part in (chains if chains and name == total else [name])]

    def target_year_table(self) -> Block:
        """Return the main indicators by scenario in the target year."""
        return stack(
            [self.section("主要指标对照表", "Main indicators in figures"), self.level_table(self.plan.target_year)]
        )

    def outlook_table(self) -> Block:
        """Return the main indicators by scenario in the outlook year."""
        return self.level_table(self.plan.outlook_year)

    def difference_table(self) -> Block:
        """Return differences from the baseline in the target year."""
        year, name = self.plan.target_year, self.projections[self.base_id].scenario.title(self.lang)
        caption = self.say(f"{year}年各情景与“{name}”情景之差", f'Differences from the "{name}" scenario in {year}')
        return self.table(
            tables_comparison.difference_table(self.projections, self.base_id, self._names(), year, caption, self.lang)
        )

    def scenarios(self) -> Block:
        """Return what each scenario stands for."""
        caption = self.say("情景说明", "What the scenarios stand for")
        table = tables_comparison.scenario_table(self.projections, caption, self.lang)
        return stack([self.section("情景说明", "The scenarios"), self.table(table)])

    def footer(self) -> Block:
        """Return the provenance footer."""
        import pandas as pd

        shown, kept = self.provenance(list(self.projections), self.base_id), self.projections.values()
        rows = (row for one in kept for row in scenario_standing(one, self.lang, titled=True))
        return stack([shown, self.kept(pd.concat([one.frame for one in kept], ignore_index=True), rows)])


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


class AuditReport(Report):
    """The plan held against itself."""

    def __init__(self, plan_dir: str = "", lang: str = "zh") -> None:
        super().__init__(plan_dir, lang)
        self.findings = audit(self.plan)

    def title(self) -> Block:
        """Return the title."""
        region = self.plan.region.name(self.lang)
        return heading(
            self.say(
                f"{region}{_period(self.plan, 'zh')}规划指标一致性审查",
                f"{region}, {_period(self.plan, 'en')}: consistency audit",
            ),
            0,
        )

    def summary(self) -> Block:
        """Return the section 概述: counts by severity and how tolerances are set."""
        counts = self.findings["severity"].value_counts()
        number = {key: int(counts.get(key, 0)) for key in ("error", "warning", "note")}
        total, rows = len(self.findings), len(self.plan.targets) + len(self.plan.observations)
        words = self.say(
            f"本次审查核对规划表格与正文中的{rows}条数据，提出意见{total}条，其中错误{number['error']}条、警示{number['warning']}条、提示{number['note']}条。"
            if total else f"本次审查核对规划表格与正文中的{rows}条数据，未发现矛盾。",
            f"The audit checks {rows} figures of the plan's tables and text against each other and makes {_count(total, 'finding')}: "
            f"{_count(number['error'], 'error')}, {_count(number['warning'], 'warning')} and {_count(number['note'], 'note')}."
            if total else f"The audit checks {rows} figures of the plan's tables and text against each other and finds no contradiction.",
        )  # fmt: skip
        method = self.say(
            "判断时按各数公布的小数位数留出舍入误差，例如8%可以是7.5%至8.5%之间的任一数；在舍入误差之内相符的，不列为意见。",
            "Rounding is allowed for as printed: 8 % may be anything from 7.5 % to 8.5 %. Figures that agree within rounding are not listed.",
        )
        return stack([self.section("概述", "Summary"), paragraphs([words, method])])

    def by_severity(self, severity: str) -> Block:
        """Return the findings of one severity as a section."""
        kept = self.findings[self.findings["severity"] == severity]
        zh, en = tables.SEVERITY[severity]
        caption = self.say(f"{zh}类审查意见", f"{en}s")
        return stack(
            [self.section(f"{zh}类意见", f"{en}s"), self.table(tables.finding_table(kept, caption, self.lang))]
        )

    def footer(self) -> Block:
        """Return the provenance footer."""
        return stack([self.provenance([]), self.kept(self.findings, audit_standing(self.findings, self.lang))])
