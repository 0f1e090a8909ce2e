"""A scenario being edited, shown in the words of its report: key figures, sentences, targets with odds, one figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hjforecast import tables, text
from hjforecast import tables_questions as questions
from hjforecast.audit import audit
from hjforecast.document import Block, Numbering, Table, figure_block, paragraphs, stack, table_block
from hjforecast.evaluate import evaluate
from hjforecast.live import Live
from hjforecast.plan import Plan
from hjforecast.report import Report
from hjforecast.report_midterm import MidtermReport
from hjforecast.report_questions import FullScenarioReport
from hjforecast.report_sets import AuditReport
from hjforecast.scenario import Scenario, find_scenario
from hjforecast.text_questions import band_sentences
from hjforecast.unit_names import basis_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FIGURES", "LiveAudit", "LiveMidterm", "LiveReport"]

FIGURES = {
    "gdp": ("地区生产总值", "GDP"),
    "incomes": ("居民收入", "Incomes"),
    "urbanization": ("城镇化", "Urbanization"),
    "chains": ("产业链", "Industry chains"),
    "odds": ("实现概率", "Odds"),
}
"""The figures that can be asked for, with their names in Chinese and English."""

_KEY = ("gdp", "gdp_real_growth", "income_resident", "urbanization")


class _Bare(Report):
    """A report's content without numbers and headings: the page that shows it has its own."""

    def _begin(self, plan: Plan, lang: str) -> None:
        self.plan, self.lang, self.draws, self.seed, self.numbers = plan, lang, 0, 0, Numbering(lang)

    def section(self, zh: str, en: str, level: int = 1) -> Block:
        """Return nothing."""
        return paragraphs([])

    def table(self, table: Table) -> Block:
        """Return a table under its caption, or a sentence where it has no rows."""
        return table_block(table, "") if table.rows else super().table(table)

    def figure(self, figure: Figure | None, zh: str, en: str, source: str = "model", note: str = "") -> Block:
        """Return a figure under its caption, or a sentence where there is nothing to draw."""
        from hjforecast.plots import to_svg

        if figure is None:
            return super().figure(figure, zh, en, source, note)
        return figure_block(to_svg(figure), "", self.say(zh, en), [note, self.source(source)])


class LiveAudit(_Bare, AuditReport):
    """What the audit says of a plan."""

    def __init__(self, plan: Plan, lang: str = "zh") -> None:
        self._begin(plan, lang)
        self.findings = audit(plan)

    def listed(self) -> Block:
        """Return the findings by severity."""
        return stack([self.by_severity(word) for word in ("error", "warning", "note")])


class LiveMidterm(_Bare, MidtermReport):
    """The mid-term evaluation of a plan that has actual figures. Raises InputError as `evaluate` does."""

    def __init__(
        self,
        plan: Plan,
        scenario: str | Scenario = "trend",
        year: int | None = None,
        draws: int = 2000,
        lang: str = "zh",
    ) -> None:
        self._begin(plan, lang)
        self.scenario = find_scenario(plan, scenario)
        self.found = evaluate(plan, None, year, scenario=scenario, draws=draws)
        self.year = self.found.attrs["year"]

    def shown(self) -> Block:
        """Return the sentences, the figure and the tables of the evaluation."""
        parts = (self.summary, self.progress, self.binding, self.expected, self.required)
        return stack([part() for part in parts])


class LiveReport(_Bare, FullScenarioReport):
    """The scenario report's tables, sentences and figures for a `Live` as it stands."""

    def __init__(self, live: Live, lang: str = "zh") -> None:
        self._begin(live.plan, lang)
        self.draws, self.seed, self._findings = live.draws, live.seed or 0, None
        self.projection, self.baseline = live.projection, live.baseline

    def key_figures(self) -> list[tuple[str, str, str]]:
        """Return name, value with unit and price basis, and change from the baseline, of the figures that matter most."""
        return [self._key(name) for name in _KEY if self._has_path(name)]

    def sentences(self) -> Block:
        """Return what the scenario says, in sentences."""
        words = text.summary(self.projection, self.baseline, self.lang)
        return paragraphs([*words, *band_sentences(self.projection, self.lang)])

    def odds_table(self) -> Block:
        """Return the main targets with projected value, 80 % band, odds here and in the scenario compared with."""
        caption = self.say("主要目标的实现概率", "Odds of the main targets")
        return self.table(
            questions.odds_table(self.projection, self._odds, self.baseline, self._base_odds, caption, self.lang)
        )

    def drawn(self, name: str) -> Block:
        """Return one of FIGURES with its sentence."""
        return {
            "gdp": self.gdp, "incomes": self.incomes, "urbanization": self.urbanization, "chains": self.chains,
            "odds": self.odds,
        }[name]()  # fmt: skip

    def figures(self) -> Sequence[str]:
        """Return the figures that this plan has anything for."""
        has = {
            "gdp": self._has("gdp"), "incomes": self._has("income_resident", "income_urban", "income_rural"),
            "urbanization": self._has("urbanization"), "chains": bool(self._chains()), "odds": True,
        }  # fmt: skip
        return [name for name in FIGURES if has[name]]

    def _has_path(self, name: str) -> bool:
        year = self.plan.target_year
        return name in self.plan.indicators and all(
            one.status_of(name, year) != "unavailable" for one in (self.projection, self.baseline)
        )

    def _key(self, name: str) -> tuple[str, str, str]:
        item, year = self.plan.indicator(name), self.plan.target_year
        value, other = self.projection.value(name, year), self.baseline.value(name, year)
        gap = text.difference(value, other, item.decimals)
        prices = basis_name(item.price_basis, self.lang)
        basis = self.say(f"（{prices}）", f" ({prices})") if prices else ""
        mark = tables.MARKS.get(self.projection.status_of(name, year), "")
        same = self.projection.scenario.id == self.baseline.scenario.id
        points = item.unit == "%"
        size = (
            text.decimal(abs(gap), item.decimals) + self.say("个百分点", " points") if points
            else text.amount(abs(gap), item.unit, item.decimals, self.lang)
        )  # fmt: skip
        title = self.baseline.scenario.title(self.lang)
        change = "" if same else self._change(title, gap, size)
        label = self.say(f"{year}年{item.name_zh}", f"{item.name_en}, {year}")
        return label, f"{text.amount(value, item.unit, item.decimals, self.lang)}{mark}{basis}", change

    def _change(self, title: str, gap: float, size: str) -> str:
        if not gap:
            return self.say(f"与“{title}”持平", f'equal to "{title}"')
        over = gap > 0
        return self.say(
            f"比“{title}”{'高' if over else '低'}{size}", f'{size} {"above" if over else "below"} "{title}"'
        )
