"""What the methods notebook shows: the evidence behind the model, every figure with the call that draws it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hjforecast import tables_evidence as tables
from hjforecast import text_evidence as text
from hjforecast.delivery import delivery
from hjforecast.document import Block, heading, paragraphs, stack
from hjforecast.evidence import (
    COMMANDS,
    backtest_record,
    band_widths,
    error_correlations,
    error_record,
    m3_record,
    method_totals,
    norm_record,
    norm_speeds,
    plan_record,
    pooled,
    urban_paths,
)
from hjforecast.report import Report
from hjforecast.report_panel import figure_with_data, file_blocks
from hjforecast.tables_questions import delivery_table
from hjforecast.text_questions import delivery_sentences

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["MethodsReport"]


class MethodsReport(Report):
    """Backtests, coverage, width of bands, delivery of past plans and the urbanization norm, from committed tables.

    Parameters
    ----------
    panel : a CSV file (series, year, value, optionally group) to backtest in the report; blank for none.
    plan_dir : whose own record of delivery and urban share are shown beside the evidence.
    lang : zh or en.
    """

    def __init__(self, panel: str = "", plan_dir: str = "", lang: str = "zh") -> None:
        super().__init__(plan_dir, lang)
        self.panel, self.plan_dir = panel, plan_dir

    def title(self) -> Block:
        """Return the title and what the report is made from."""
        words = self.say("测算方法的依据与历史检验", "The methods and how they have done")
        lead = text.lead(self.lang)
        return stack([heading(words, 0), paragraphs([lead], "lead")])

    def summary(self) -> Block:
        """Return the section 概述: the findings in sentences, the unfavourable ones too."""
        return stack([self.section("概述", "Summary"), paragraphs(text.summary(self.lang))])

    def rivals(self) -> Block:
        """Return the section 与通用方法比较: loss by years ahead."""
        words = text.how_to_read(self.lang)
        return stack([
            self.section("与通用方法比较", "Comparison with general methods"), paragraphs([words]),
            self._scores("pinball", "horizon"),
        ])  # fmt: skip

    def rivals_by_origin(self) -> Block:
        """Return loss by origin."""
        return self._scores("pinball", "origin")

    def rivals_table(self) -> Block:
        """Return the methods side by side, all origins and years ahead together."""
        caption = self.say(
            f"各方法的损失与覆盖率（{text.COUNTY[0]}）", f"Loss and coverage of the methods ({text.COUNTY[1]})"
        )
        call = 'method_totals(backtest_record("county"))'
        return self.table(tables.methods_table(
            method_totals(backtest_record()), caption, self.lang, self._basis("backtest_record.csv", call)
        ))  # fmt: skip

    def panels(self) -> Block:
        """Return the other panels, those on which a rival is better among them."""
        caption = self.say("各面板的损失与覆盖率", "Loss and coverage by panel")
        notes = [text.panels_note(self.lang), *self._basis("backtest_record.csv", 'backtest_record("province")')]
        return self.table(tables.panels_table(caption, self.lang, notes))

    def m3(self) -> Block:
        """Return sMAPE on M3 yearly."""
        caption = self.say("M3 年度序列的 sMAPE，逐个序列预测", "sMAPE on M3 yearly, each series alone")
        notes = [text.m3_note(self.lang), *self._basis("m3_record.csv", "m3_record()")]
        return self.table(tables.m3_table(m3_record(), caption, self.lang, notes))

    def coverage(self) -> Block:
        """Return the section 区间覆盖率: coverage by years ahead."""
        return stack([
            self.section("区间覆盖率", "Coverage of the bands"), paragraphs([text.coverage_lead(self.lang)]),
            self._scores("coverage80", "horizon"),
        ])  # fmt: skip

    def coverage_by_origin(self) -> Block:
        """Return coverage by origin."""
        return self._scores("coverage80", "origin")

    def coverage_map(self) -> Block:
        """Return our own coverage by origin and years ahead."""
        from hjforecast.plots_evidence import coverage_map_figure

        record = backtest_record()
        ours = record[record["method"] == "hjforecast"]
        call = 'coverage_map_figure(backtest_record("county").query("method == \'hjforecast\'"), lang="{lang}")'
        return self._figure(
            coverage_map_figure(ours, self.lang), ours,
            (
                f"hjforecast 80%区间的覆盖率，按起点和预测期（{text.COUNTY[0]}）",
                f"Coverage of our 80% band by origin and years ahead ({text.COUNTY[1]})",
            ),
            text.map_seen(ours, self.lang), "backtest_record.csv", call,
        )  # fmt: skip

    def class_coverage(self) -> Block:
        """Return coverage by error class, each origin apart."""
        from hjforecast.plots_evidence import class_coverage_figure

        errors = error_record()
        return self._figure(
            class_coverage_figure(errors, self.lang), errors,
            ("各类指标80%区间的覆盖率，按起点", "Coverage of the 80% band by class of indicator and origin"),
            text.classes_seen(errors, self.lang), "error_scale.csv", 'class_coverage_figure(error_record(), lang="{lang}")',
        )  # fmt: skip

    def widths(self) -> Block:
        """Return the section 误差尺度: how wide bands are, by class and years ahead."""
        from hjforecast.plots_evidence import width_figure

        widths = band_widths()
        return stack([
            self.section("误差尺度", "Error scales"), paragraphs([text.widths_lead(self.lang)]),
            self._figure(
                width_figure(widths, self.lang), widths,
                ("80%区间上端高出中心值的幅度，按预测期", "How far the upper end of the 80% band lies above the central value, by years ahead"),
                text.widths_seen(widths, self.lang), "error_scale.csv", 'width_figure(band_widths(), lang="{lang}")',
            ),
        ])  # fmt: skip

    def errors(self) -> Block:
        """Return s and t by class, and what they rest on."""
        caption = self.say("各类指标的误差尺度", "Error scales by class")
        notes = [text.scale_note(self.lang), *self._basis("error_scale.csv", "error_record()")]
        return self.table(tables.error_table(error_record(), norm_record(), caption, self.lang, notes))

    def correlations(self) -> Block:
        """Return how the errors of classes go together."""
        caption = self.say(
            "各类误差之间的相关系数（向后5年）", "Correlation of errors between classes (five years ahead)"
        )
        notes = self._basis("error_correlation.csv", "error_correlations()")
        return self.table(tables.correlation_table(error_correlations(), caption, self.lang, notes))

    def past_plans(self) -> Block:
        """Return the section 往期规划的兑现率: outcome over target of plans elsewhere."""
        from hjforecast.plots_evidence import plan_record_figure

        record = plan_record()
        return stack([
            self.section("往期规划的兑现率", "Delivery of past plans"), paragraphs([text.plans_lead(self.lang)]),
            self._figure(
                plan_record_figure(record, self.lang), record,
                ("其他地区往期规划目标的兑现率", "Delivery ratios of past plans elsewhere"),
                text.plans_seen(record, self.lang), "plan_delivery.csv", 'plan_record_figure(plan_record(), lang="{lang}")',
            ),
        ])  # fmt: skip

    def past_plans_table(self) -> Block:
        """Return the same in figures."""
        caption = self.say(
            "其他地区往期规划目标兑现率的分布", "Distribution of the delivery ratios of past plans elsewhere"
        )
        notes = self._basis("plan_delivery.csv", "plan_record()")
        return self.table(tables.plan_record_table(plan_record(), caption, self.lang, notes))

    def own_record(self) -> Block:
        """Return how this plan's region delivered its last plan, in a figure and a table."""
        from hjforecast.plots_evidence import delivery_figure

        rows = delivery(self.plan)
        if rows.empty:
            return paragraphs([])
        reference = self.plan.number("delivery_reference")
        region = self.plan.region
        figure = self._figure(
            delivery_figure(self.plan, rows, self.lang), rows,
            (f"{region.name('zh')}上一规划期各指标兑现率", f"{region.name('en')}: delivery ratios of the last plan"),
            " ".join(delivery_sentences(rows, reference, self.lang)), "", 'delivery_figure(plan, delivery(plan), lang="{lang}")',
        )  # fmt: skip
        caption = self.say(
            "上一规划期规划数、完成数与兑现率", "Planned and delivered figures and delivery ratios, last plan"
        )
        return stack([figure, self.table(delivery_table(self.plan, rows, caption, self.lang))])

    def urban_norm(self) -> Block:
        """Return the section 城镇化同类标准: the norm, and what it makes of this plan's path."""
        from hjforecast.plots_evidence import norm_figure

        speeds, paths = norm_speeds(), urban_paths(self.plan)
        return stack([
            self.section("城镇化同类标准", "The urbanization norm"), paragraphs([text.norm_lead(self.plan.number("urban.fade_years"), self.lang)]),
            self._figure(
                norm_figure(speeds, paths, self.plan, self.lang), speeds,
                ("城镇化率：同类标准与本规划路径", "Urban share: the peer norm, and this plan's path"),
                text.norm_seen(speeds, paths, self.lang), "urban_norm.csv",
                'norm_figure(norm_speeds(), urban_paths(plan), plan, lang="{lang}")',
            ),
        ])  # fmt: skip

    def norm(self) -> Block:
        """Return the constants of the norm."""
        caption = self.say("同类标准的参数", "Constants of the norm")
        notes = self._basis("urban_norm.csv", "norm_record()")
        return self.table(tables.norm_table(norm_record(), caption, self.lang, notes))

    def own_panel(self) -> Block:
        """Return the section 自己的面板: the panel given, backtested here; without one, how to give it."""
        section = self.section("自己的面板", "A panel of your own")
        if not self.panel:
            return stack([section, paragraphs([text.panel_invitation(self.lang)])])
        return stack([section, *file_blocks(self, self.panel)])

    def sources(self) -> Block:
        """Return the section 复现: the committed tables and the commands that write them."""
        caption = self.say("本报告所用的数据表", "The tables this report is drawn from")
        return stack([
            self.section("复现", "How to reproduce"), paragraphs(text.again(self.plan_dir, self.lang)),
            self.table(tables.source_table(caption, self.lang, [text.not_included(self.lang)])),
        ])  # fmt: skip

    def footer(self) -> Block:
        """Return the provenance footer."""
        return self.provenance([])

    def _figure(
        self, figure: Figure | None, frame: pd.DataFrame, caption: tuple[str, str], seen: str, table: str, call: str
    ) -> Block:
        """Return a figure saying what is seen, where its numbers come from, and the call that draws it again."""
        call = call.format(lang=self.lang)
        notes = self._basis(table, call) if table else [self.source("plan"), text.reproduce(call, "", self.lang)]
        assert figure is not None
        return figure_with_data(self, figure, frame, caption, [seen, *notes])

    def _basis(self, table: str, call: str) -> list[str]:
        return [text.table_source(table, self.lang), text.reproduce(call, COMMANDS[table], self.lang)]

    def _scores(self, score: str, over: str) -> Block:
        from hjforecast.plots_evidence import score_figure

        table = pooled(backtest_record(), ("method", over))
        call = f'score_figure(pooled(backtest_record("county"), ("method", "{over}")), "{score}", "{over}", lang="{{lang}}")'
        return self._figure(
            score_figure(table, score, over, self.lang), table, text.score_caption(score, over),
            text.scores_seen(table, score, over, self.lang), "backtest_record.csv", call,
        )  # fmt: skip
