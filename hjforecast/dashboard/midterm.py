"""The section in which actual figures are entered and the plan is evaluated."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from hjforecast.actuals import actual_figures
from hjforecast.dashboard.uploads import MOST_ACTUALS, actuals_text, checked_actuals, content_of
from hjforecast.dashboard.words import alert
from hjforecast.errors import HjforecastError, InputError, Problem
from hjforecast.report_live import LiveMidterm
from hjforecast.run import REAL
from hjforecast.tables import main_gaps
from hjforecast.unit_names import basis_name, unit_name

if TYPE_CHECKING:
    from hjforecast.dashboard.page import Page
    from hjforecast.indicators import Indicator

__all__ = ["Midterm"]


class Midterm:
    """Boxes for the indicators of the plan's own table, one year at a time; `box` is the widget."""

    def __init__(self, page: Page) -> None:
        self.page, self.typed, self.evaluated = page, page.typed, page.live.scenario
        plan, lang = page.plan, page.lang
        years = list(range(plan.base_year + 1, plan.target_year + 1))
        self.year = widgets.Dropdown(options=years, value=page.year, description=page.say("year"))
        self.source = widgets.Text(page.say("typed"), description=page.say("source"))
        names = dict.fromkeys(
            [*([REAL] if REAL in plan.indicators else []), *(one.indicator for one in main_gaps(page.live.projection))]
        )
        self.boxes = {name: self._box(name, lang) for name in names}
        grid = widgets.Box(list(self.boxes.values()))
        grid.add_class("hj-grid")
        evaluate, clear = (widgets.Button(description=page.say(key)) for key in ("evaluate", "clear"))
        evaluate.add_class("hj-primary")
        self.upload = widgets.FileUpload(accept=".csv", multiple=False, description=page.say("upload_actuals"))
        self.message, self.shown = widgets.HTML(), widgets.HTML()
        self.message.add_class("hj-message")
        intro = widgets.HTML(f"<p>{escape(page.say('midterm_intro', MOST_ACTUALS))}</p>")
        line = widgets.Box([evaluate, clear, self.upload])
        line.add_class("hj-line")
        self.box = widgets.VBox([intro, widgets.Box([self.year, self.source]), grid, line, self.message, self.shown])
        self.box.children[1].add_class("hj-line")
        self._fill()
        self.year.observe(lambda _: self._fill(), "value")
        evaluate.on_click(lambda _: self._tried(self._evaluate_typed))
        clear.on_click(lambda _: self._clear())
        self.upload.observe(lambda change: self._tried(lambda: self._uploaded(change["new"])), "value")
        if page.actuals:
            self._tried(lambda: self._evaluate(page.actuals.encode()))

    def _box(self, name: str, lang: str) -> Any:
        item, zh = self.page.plan.indicator(name), lang == "zh"
        told = [one for one in (unit_name(item.unit, lang), *self._basis(item)) if one]
        brackets = ("（{}）" if zh else " ({})").format(("，" if zh else ", ").join(told)) if told else ""
        box = widgets.Text(description=f"{item.name(lang)}{brackets}", continuous_update=True)
        box.observe(lambda change: self._type(name, change["new"]), "value")
        return box

    def _basis(self, item: Indicator) -> list[str]:
        """Return what a figure has to be besides its unit: growth where the name does not say so, and its price basis."""
        zh = self.page.lang == "zh"
        said = any(word in item.name(self.page.lang) for word in (("增", "变动") if zh else ("growth", "change")))
        growth = [self.page.say("growth")] if item.kind == "growth" and not said else []
        return [*growth, basis_name(item.price_basis, self.page.lang)]

    def _type(self, name: str, text: str) -> None:
        """Note what was typed in; an evaluation already made, and its report, would not know of it."""
        if self.typed.get((name, self.year.value), "") == text:
            return
        self.typed[name, self.year.value] = text
        if self.page.actuals:
            self.page.actuals = ""
            self._told(self.page.say("stale_figures"))

    def changed(self) -> None:
        """Say that the scenario is no longer the one evaluated with, where there is an evaluation."""
        if self.page.actuals and self.page.live.scenario != self.evaluated:
            self._told(self.page.say("stale_scenario"))

    def _told(self, text: str) -> None:
        self.message.value = f'<p role="status">{escape(text)}</p>'

    def _fill(self) -> None:
        """Show what was typed in for the year chosen."""
        self.page.year = self.year.value
        for name, box in self.boxes.items():
            box.value = self.typed.get((name, self.year.value), "")

    def _clear(self) -> None:
        self.typed.clear()
        self._fill()
        self.page.actuals = self.message.value = self.shown.value = ""

    def _evaluate_typed(self) -> None:
        typed = actuals_text(self.typed, self.source.value.strip() or self.page.say("typed"))
        try:
            self._evaluate(typed.encode())
        except InputError as error:
            keys = [(row[0], int(row[1])) for row in list(csv.reader(io.StringIO(typed)))[1:]]
            raise InputError([self._placed(one, keys) for one in error.problems]) from None

    def _placed(self, problem: Problem, keys: Sequence[tuple[str, int]]) -> Problem:
        """Return a problem of the file made of what was typed, with the box in place of the file and its row."""
        if not 2 <= problem.row < len(keys) + 2:
            return replace(problem, file=self.page.say("midterm"))
        (name, year), noted = keys[problem.row - 2], " note" in problem.zh  # there is no such column on the page
        zh, en = (
            (f"{problem.zh.partition('；')[0]}。", f"{problem.en.partition(';')[0]}.")
            if noted
            else (problem.zh, problem.en)
        )
        where = self.page.say("of_year", self.boxes[name].description, year)
        return replace(problem, file=where, row=0, column="", zh=zh, en=en)

    def _uploaded(self, files: Any) -> None:
        if files:
            content = content_of(files)
            self.upload.value = ()
            self._evaluate(content)

    def _evaluate(self, content: bytes) -> None:
        page = self.page
        plan = checked_actuals(page.plan, content)
        report = LiveMidterm(plan, page.live.scenario, None, page.draws, page.lang)
        self.shown.value = report.title().html.replace("h1", "h3") + report.shown().html
        self.evaluated = page.live.scenario
        self._told(page.say("got_actuals", len(actual_figures(plan))))
        page.actuals = content.decode("utf-8-sig", "replace") if not _is_gb(content) else content.decode("gb18030")

    def _tried(self, act: Any) -> None:
        try:
            act()
        except HjforecastError as error:
            self.message.value = alert(error, self.page.lang)
        except Exception as error:
            self.page.tell(error)


def _is_gb(content: bytes) -> bool:
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return True
    return False
