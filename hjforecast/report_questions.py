"""The scenario report's sections on odds: targets priced, the plan as a whole, what must be true, levers, the record."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hjforecast import tables_questions as tables
from hjforecast import text_questions as text
from hjforecast.conditioning import condition
from hjforecast.delivery import delivery
from hjforecast.document import Block, paragraphs, stack
from hjforecast.errors import InputError
from hjforecast.odds import odds, plausibility
from hjforecast.projection import PROJECTED, Projection
from hjforecast.report import ScenarioReport
from hjforecast.run import GDP, REAL
from hjforecast.sensitivity import sensitivity
from hjforecast.tables import main_gaps

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FullScenarioReport"]

_FOLLOWERS = (
    GDP, "gdp_real_growth", "gdp_price_change", "manufacturing_va", "industry_total", "retail_sales", "tourism_revenue",
    "income_resident", "income_urban", "income_rural", "urbanization",
)  # fmt: skip
_PANELS = ("gdp", "gdp_real_growth", "income_resident", "retail_sales")


class FullScenarioReport(ScenarioReport):
    """The scenario report with its questions answered."""

    @cached_property
    def _odds(self) -> pd.DataFrame:
        return self._main_odds(self.projection)

    @cached_property
    def _base_odds(self) -> pd.DataFrame:
        return self._main_odds(self.baseline)

    def _main_odds(self, projection: Projection) -> pd.DataFrame:
        rows, main = odds(projection), {(gap.indicator, gap.measure) for gap in main_gaps(projection)}
        tabled = [key in main for key in zip(rows["indicator"], rows["measure"], strict=True)]
        return rows[
            np.array(tabled, dtype=bool) & (rows["target_year"] == self.plan.target_year).to_numpy()
        ].drop_duplicates(["indicator", "measure"])

    def odds(self) -> Block:
        """Return the section 目标实现概率: sentences and figure."""
        from hjforecast.plots import odds_figure

        words = text.odds_sentences(self.projection, self._odds, self.lang)
        if self.baseline.scenario.id != self.projection.scenario.id:
            words += text.baseline_odds_sentences(self.baseline, self._base_odds, self.lang)
        figure = odds_figure(self.plan, self._odds, self.lang)
        return stack([
            self.section("目标实现概率", "Odds of the targets"), paragraphs(words),
            self.figure(figure, "主要目标的实现概率", "Odds of the main targets"),
        ])  # fmt: skip

    def odds_table(self) -> Block:
        """Return the main targets with band, probability and whose errors they rest on."""
        caption = self.say("主要目标的实现概率及误差依据", "Odds of the main targets and the errors behind them")
        return self.table(
            tables.odds_table(self.projection, self._odds, self.baseline, self._base_odds, caption, self.lang)
        )

    def plausibility(self) -> Block:
        """Return the subsection on the plan as a whole, held against the baseline."""
        words = text.plausibility_sentences(
            plausibility(self.baseline), self.baseline.scenario.title(self.lang), self.lang
        )
        if not words:
            return paragraphs([])
        return stack([self.section("规划目标整体的难度", "The plan as a whole", 2), paragraphs(words)])

    @cached_property
    def _conditioned(self) -> Projection | None:
        target = self.plan.target(GDP) if GDP in self.plan.indicators else None
        if target is None or target.level is None or GDP not in self.baseline.errors.factors:
            return None
        try:
            return condition(self.baseline, {GDP: (self.plan.target_year, float(target.level))})
        except InputError:
            return None

    def conditions(self) -> Block:
        """Return the subsection on what must be true for GDP's target, starting from the baseline."""
        from hjforecast.plots import condition_figure

        if self._conditioned is None:
            return paragraphs([])
        target = self.plan.target(GDP)
        assert target is not None
        assert target.level is not None
        words = text.condition_sentences(self.baseline, self._conditioned, f"{target.level:g}", self.lang)
        zh = f"达到地区生产总值目标须同时成立的条件：{self.baseline.scenario.title('zh')}路径与偏离最小的路径"
        en = f"What must be true for the GDP target: the {self.baseline.scenario.title('en')} path and that of least effort"
        figure = condition_figure(self.baseline, self._conditioned, _PANELS, self.lang)
        return stack([
            self.section("达到现价目标须同时成立的条件", "What must be true for the GDP target", 2),
            paragraphs(words), self.figure(figure, zh, en),
        ])  # fmt: skip

    def condition_table(self) -> Block:
        """Return the main indicators before and after the condition."""
        if self._conditioned is None:
            return paragraphs([])
        caption = self.say(
            "偏离最小路径下各指标须达到的水平", "What each indicator must reach on the path of least effort"
        )
        return self.table(tables.condition_table(self.baseline, self._conditioned, _FOLLOWERS, caption, self.lang))

    def tornado(self) -> Block:
        """Return the subsection on which levers move GDP (or what stands for it) most."""
        from hjforecast.plots import tornado_figure

        outcome = self._outcome()
        if outcome is None:
            return paragraphs([])
        item, year = self.plan.indicator(outcome), self.plan.target_year
        rows = sensitivity(self.plan, self.projection.scenario, outcome, year)
        zh, en = f"各杠杆对{year}年{item.name_zh}的影响", f"How far each lever moves {item.name_en} in {year}"
        return stack([
            self.section("哪些杠杆影响最大", "Which levers matter most", 2),
            self.figure(tornado_figure(self.plan, rows, outcome, year, self.lang), zh, en),
        ])  # fmt: skip

    def _outcome(self) -> str | None:
        """Return what levers are held against: GDP, else its growth, else the first indicator with a path."""
        year = self.plan.target_year
        names = dict.fromkeys([name for name in (GDP, REAL) if name in self.plan.indicators])
        for name in [*names, *self.plan.indicators]:
            # A value supposed for the target year alone stands on no path that a lever could move.
            path = self.projection.status_of(name, year - 1) != "unavailable"
            if path and self.projection.status_of(name, year) in PROJECTED:
                return name
        return None

    def delivery_record(self) -> Block:
        """Return the section on how the last plan was delivered, and what that implies."""
        from hjforecast.plots import delivery_figure

        rows = delivery(self.plan)
        if rows.empty:
            return paragraphs([])
        words = text.delivery_sentences(rows, self.plan.number("delivery_reference"), self.lang)
        zh, en = "上一规划期各指标兑现率（完成/规划）", "Delivered over planned, last plan"
        return stack([
            self.section("上一规划期的兑现情况", "How the last plan was delivered"), paragraphs(words),
            self.figure(delivery_figure(self.plan, rows, self.lang), zh, en, source="plan"),
        ])  # fmt: skip

    def delivery_table(self) -> Block:
        """Return planned, delivered, ratio and shrunk ratio by indicator."""
        rows = delivery(self.plan)
        if rows.empty:
            return paragraphs([])
        caption = self.say("上一规划期规划数、完成数与兑现率", "Planned, delivered and their ratio, last plan")
        return self.table(tables.delivery_table(self.plan, rows, caption, self.lang))
