"""A scenario being edited, shown in the words of its report: key figures, sentences, targets with odds, one figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hjforecast import tables, text
from hjforecast import tables_questions as questions
from hjforecast.document import Block, Numbering, Table, figure_block, paragraphs, table_block
from hjforecast.live import Live
from hjforecast.report_questions import FullScenarioReport
from hjforecast.text_questions import band_sentences

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FIGURES", "LiveReport"]

FIGURES = {
    "gdp": ("地区生产总值", "GDP"),
    "incomes": ("居民收入", "Incomes"),
    "urbanization": ("城镇化", "Urbanization"),
    "chains": ("产业链", "Industry chains"),
    "odds": ("实现概率", "Odds"),
}
"""The figures that can be asked for, with their names in Chinese and English."""

_KEY = ("gdp", "gdp_real_growth", "income_resident", "urbanization")
_BASES = {"current": ("现价", "current prices"), "constant": ("可比价", "constant prices")}


class LiveReport(FullScenarioReport):
    """The scenario report's tables, sentences and figures for a `Live` as it stands, without numbers of their own."""

    def __init__(self, live: Live, lang: str = "zh") -> None:
        self.plan, self.lang, self.draws, self.seed = live.plan, lang, live.draws, live.seed or 0
        self.numbers, self._findings = Numbering(lang), None
        self.projection, self.baseline = live.projection, live.baseline

    def section(self, zh: str, en: str, level: int = 1) -> Block:
        """Return nothing: the page has headings of its own."""
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
        basis = "".join(
            self.say(f"（{zh}）", f" ({en})") for key, (zh, en) in _BASES.items() if key == item.price_basis
        )
        mark = tables.MARKS.get(self.projection.status_of(name, year), "")
        sign, same = (
            "+" if gap > 0 else "−" if gap < 0 else "±",
            self.projection.scenario.id == self.baseline.scenario.id,
        )
        points = item.unit == "%"
        size = (
            text.decimal(abs(gap), item.decimals) + self.say("个百分点", " points") if points
            else text.amount(abs(gap), item.unit, item.decimals, self.lang)
        )  # fmt: skip
        title = self.baseline.scenario.title(self.lang)
        change = "" if same else self.say(f"比“{title}”{sign}{size}", f'{sign}{size} against "{title}"')
        label = self.say(f"{year}年{item.name_zh}", f"{item.name_en}, {year}")
        return label, f"{text.amount(value, item.unit, item.decimals, self.lang)}{mark}{basis}", change
