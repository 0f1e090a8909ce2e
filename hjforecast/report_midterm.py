"""What the notebook of the mid-term evaluation shows."""

from __future__ import annotations

from typing import Any

from hjforecast import evaluate_text as words
from hjforecast import tables_midterm as tables
from hjforecast.actuals import plan_with_actuals
from hjforecast.document import Block, heading, paragraphs, stack
from hjforecast.evaluate import evaluate
from hjforecast.progress import TOLERANCE_POINTS, UNKNOWN
from hjforecast.report import Report, _period
from hjforecast.scenario import find_scenario
from hjforecast.standing import midterm_standing

__all__ = ["MidtermReport"]


class MidtermReport(Report):
    """The plan's targets against actual figures; what the remaining years take."""

    def __init__(
        self,
        actuals: str = "",
        year: int = 0,
        scenario: str = "trend",
        plan_dir: str = "",
        lang: str = "zh",
        draws: int = 0,
        seed: int = 0,
    ) -> None:
        super().__init__(plan_dir, lang, draws, seed)
        self.plan = plan_with_actuals(self.plan, actuals or None)
        self.scenario = find_scenario(self.plan, scenario)
        self.found = evaluate(self.plan, None, year or None, scenario=scenario, draws=draws, seed=seed)
        self.year: int = self.found.attrs["year"]

    def title(self) -> Block:
        """Return the title, and a banner where the figures are an example."""
        region = self.plan.region.name(self.lang)
        text = self.say(
            f"{region}{_period(self.plan, 'zh')}规划实施中期评估（{self.year}年）",
            f"{region}, {_period(self.plan, 'en')}: mid-term evaluation of the plan ({self.year})",
        )
        note = words.banner(self.lang) if self.found.attrs["example"] else ""
        return stack([heading(text, 0), *([paragraphs([note], "lead")] if note else [])])

    def summary(self) -> Block:
        """Return the section 概述: sentences written from the numbers, and how the classes are set."""
        texts = words.summary(self.plan, self.found, self.lang)
        method = words.method_sentences(TOLERANCE_POINTS, self.lang)
        return stack([self.section("概述", "Summary"), paragraphs([*texts, *method])])

    def progress(self) -> Block:
        """Return the section 目标进度: the figure."""
        from hjforecast.plots_midterm import progress_figure

        figure = progress_figure(self.plan, self.found, self.lang)
        caption = (
            f"截至{self.year}年规划目标进度与时间进度",
            f"Progress of the targets against the time gone by, {self.year}",
        )
        return stack([self.section("目标进度", "Progress"), self.figure(figure, *caption, source="plan")])

    def binding(self) -> Block:
        """Return the section 约束性指标: every binding target, without a figure too."""
        return stack(
            [self.section("约束性指标", "Binding targets"), self._table(self._rows("约束性"), "约束性", "Binding")]
        )

    def expected(self) -> Block:
        """Return the section 预期性指标: those with an actual figure."""
        rows = [row for row in self._rows("预期性") if row["year"] is not None]
        return stack([self.section("预期性指标", "Expected targets"), self._table(rows, "预期性", "Expected")])

    def revisions(self) -> Block:
        """Return the section 基期修订: revised figures and progress on both bases."""
        caption = self.say("基期及以前数据的修订", "Revisions of earlier figures")
        table = tables.revision_table(self.plan, self._rows(), caption, self.lang)
        return stack([self.section("基期修订", "Revisions of the base"), self.table(table)])

    def required(self) -> Block:
        """Return the section 余下年份: the pace required, the projection from the new base, the odds."""
        rows = [row for row in self._rows() if row["class"] != UNKNOWN]
        caption = self.say("余下年份所需增速与目标年测算", "Pace required of the remaining years, and the projection")
        table = tables.required_table(self.plan, rows, self.scenario, caption, self.source("plan"), self.lang)
        return stack([self.section("余下年份所需增速", "What the remaining years take"), self.table(table)])

    def footer(self) -> Block:
        """Return the provenance footer."""
        rows = midterm_standing(self.plan, self._rows(), self.lang)
        return stack([self.provenance([self.scenario.id]), self.kept(self.found, rows)])

    def _rows(self, binding: str = "") -> list[dict[str, Any]]:
        rows = ({str(key): value for key, value in row.items()} for row in self.found.to_dict("records"))
        return [row for row in rows if binding in ("", row["binding"])]

    def _table(self, rows: list[dict[str, Any]], zh: str, en: str) -> Block:
        caption = self.say(f"{zh}指标进度（{self.year}年）", f"{en} targets: progress in {self.year}")
        source = self.say(
            "资料来源：规划文本；实绩文件所列来源。",
            "Source: the plan; the sources named in the file of actual figures.",
        )
        return self.table(tables.progress_table(self.plan, rows, self.year, caption, source, self.lang))
