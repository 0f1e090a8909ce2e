"""The dashboard's page: its sections put together, redrawn when a scenario, a lever or the language changes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import ipywidgets as widgets

from hjforecast import __version__
from hjforecast.controls import controls
from hjforecast.dashboard.files import Files
from hjforecast.dashboard.midterm import Midterm
from hjforecast.dashboard.uploads import LIMITS
from hjforecast.dashboard.words import say
from hjforecast.errors import HjforecastError, InputError, Problem, sentences
from hjforecast.live import Live
from hjforecast.loading import load_plan
from hjforecast.plan import Plan
from hjforecast.report_live import FIGURES, LiveAudit, LiveReport
from hjforecast.scenario import Scenario, find_scenario

__all__ = ["Page", "page"]

_SECTIONS = ("scenario", "results", "targets", "audit", "midterm", "files")


def page() -> widgets.Widget:
    """Return the page of a visitor, as the server's environment and the address asked for say."""
    lang = "en" if parse_qs(os.environ.get("QUERY_STRING", "")).get("lang") == ["en"] else "zh"
    directory = os.environ.get("HJFORECAST_DASHBOARD_PLAN") or None
    try:
        plan = load_plan(directory)
        return Page(plan, Path(directory) if directory else None, lang, _draws()).box
    except Exception as error:
        return widgets.HTML("".join(f'<p role="alert">{escape(one)}</p>' for one in _told(error, lang)))


def _told(error: Exception, lang: str) -> list[str]:
    """Return an error as sentences; one that nobody foresaw asks for a report of it."""
    if isinstance(error, HjforecastError):
        return sentences(error, lang)
    return [say("failed", lang, f"{type(error).__name__}: {error}")]


def _draws() -> int:
    return int(os.environ.get("HJFORECAST_DASHBOARD_DRAWS", "2000"))


class Page:
    """One visitor's page. `box` is its widget; `live` the scenario being edited.

    What was typed in for the evaluation (`typed`, in the year `year`) and evaluated (`actuals`, the text of a file)
    stays when the page is built anew, in another language or for another scenario.
    """

    def __init__(self, plan: Plan, plan_dir: Path | None, lang: str, draws: int) -> None:
        if not plan.scenarios:
            zh = "没有情景文件；请至少放入一个，写法见 hjforecast init 写出的 scenarios 文件夹。"
            en = "holds no scenario file; put one in, as hjforecast init writes them."
            raise InputError([Problem("scenarios/", 0, "", "", zh, en)])
        self.plan, self.plan_dir, self.lang, self.draws = plan, plan_dir, lang, draws
        self.uploaded: dict[str, Scenario] = {}
        self.actuals = ""
        self.typed: dict[tuple[str, int], str] = {}
        self.year = (plan.base_year + plan.target_year + 1) // 2
        first = "trend" if "trend" in plan.scenarios else next(iter(plan.scenarios))
        self.live = Live(plan, first, draws)
        self.box = widgets.VBox()
        self.box.add_class("hj-page")
        self.show()

    def show(self) -> None:
        """Build the page anew in its language."""
        self.message = widgets.HTML()
        self.message.add_class("hj-message")
        self.files, self.midterm = Files(self), Midterm(self)
        self.box.children = [self._head(), self.message, *self._scenario(), *self._rest()]
        self.redraw(self.live)

    def redraw(self, live: Live) -> None:
        """Show what the scenario as it stands gives. Raises HjforecastError where it cannot be run."""
        self.files.changed()
        report = LiveReport(live, self.lang)
        self.key.value = _key_figures(report)
        self.odds.value = report.odds_table().html
        self.drawing.value = report.drawn(self.figure.value).html
        self.midterm.changed()
        self.targets.value = report.sentences().html + report.targets().html

    def say(self, key: str, *values: object) -> str:
        """Return a text in the page's language."""
        return say(key, self.lang, *values)

    def tell(self, error: Exception | None) -> None:
        """Show an error as sentences (None: show nothing)."""
        found = [] if error is None else _told(error, self.lang)
        self.message.value = "".join(f'<p role="alert">{escape(one)}</p>' for one in found)

    def take(self, scenario: str | Scenario) -> None:
        """Edit another scenario from now on; an uploaded one is kept in the list."""
        live = Live(self.plan, scenario, self.draws)
        if isinstance(scenario, Scenario):
            self.uploaded[scenario.id] = scenario
        self.live = live
        self.show()

    def _heading(self, key: str) -> widgets.HTML:
        return widgets.HTML(f'<h2 id="hj-{key}" tabindex="-1">{escape(self.say(key))}</h2>')

    def _head(self) -> widgets.Widget:
        plan, lang = self.plan, self.lang
        title = f"{plan.region.name(lang)}{'' if lang == 'zh' else ': '}{self.say('title')}"
        links = "".join(f'<li><a href="#hj-{key}">{escape(self.say(key))}</a></li>' for key in _SECTIONS)
        code = "zh-CN" if lang == "zh" else "en"
        head = widgets.HTML(
            f'<span class="hj-page-lang" data-lang="{code}" data-title="{escape(title, quote=True)}"'
            f' data-limits="{escape(json.dumps(LIMITS), quote=True)}"></span>'
            f'<h1>{escape(title)}</h1><p class="subtitle">{escape(plan.title(lang))}</p>'
            f'<p>{escape(self.say("intro"))}</p><nav aria-label="{escape(self.say("nav"))}"><ul>{links}</ul></nav>'
        )
        language = widgets.Button(description=self.say("language"))
        language.add_class("hj-language")
        language.on_click(lambda _: self._switch())
        box = widgets.VBox([language, head])
        box.add_class("hj-head")
        return box

    def _switch(self) -> None:
        self.lang = "en" if self.lang == "zh" else "zh"
        self.show()

    def _scenario(self) -> Iterator[widgets.Widget]:
        choices = [(find_scenario(self.plan, one).title(self.lang), one) for one in self.plan.scenarios]
        choices += [(self.say("uploaded", one.title(self.lang)), f"upload:{key}") for key, one in self.uploaded.items()]
        base = self.live.base
        now = f"upload:{base.id}" if base.id in self.uploaded else base.id
        choose = widgets.Dropdown(options=choices, value=now, description=self.say("choose"))
        choose.observe(lambda change: self._chosen(change["new"]), "value")
        self.key, self.odds, self.drawing, self.targets = (widgets.HTML() for _ in range(4))
        names = list(LiveReport(self.live, self.lang).figures())
        shown = getattr(getattr(self, "figure", None), "value", names[0])
        options = [(FIGURES[name][int(self.lang != "zh")], name) for name in names]
        self.figure = widgets.Dropdown(options=options, value=shown, description=self.say("figure"))
        self.figure.observe(lambda _: self._tried(lambda: self.redraw(self.live)), "value")
        about = widgets.HTML(_about(self.live.base, self.lang, self.say))
        left = widgets.VBox([self._heading("scenario"), choose, about, controls(self.live, self.lang, self.redraw)])
        right = widgets.VBox([self._heading("results"), self.key, self.figure, self.drawing, self.odds])
        main = widgets.Box([left, right])
        for part, css in ((left, "hj-left"), (right, "hj-right"), (main, "hj-main"), (self.key, "hj-key")):
            part.add_class(css)
        yield main

    def _chosen(self, name: str) -> None:
        key = name.removeprefix("upload:")
        self._tried(lambda: self.take(self.uploaded[key] if name != key else key))

    def _tried(self, act: Any) -> None:
        """Do something that a visitor asked for, and tell what went wrong."""
        try:
            act()
        except Exception as error:
            self.tell(error)

    def _rest(self) -> Iterator[widgets.Widget]:
        report = LiveAudit(self.plan, self.lang)
        findings = f"<details><summary>{escape(self.say('audit_fold', len(report.findings)))}</summary>"
        yield self._heading("targets")
        yield self.targets
        yield self._heading("audit")
        yield widgets.HTML(f"{report.summary().html}{findings}{report.listed().html}</details>")
        yield self._heading("midterm")
        yield self.midterm.box
        yield self._heading("files")
        yield self.files.box
        yield widgets.HTML(f'<p class="note">{escape(self.say("note", __version__, self.draws))}</p>')


def _key_figures(report: LiveReport) -> str:
    """Return the figures that matter most, as a list that stays in sight."""
    rows = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd><dd>{escape(change)}</dd></div>"
        for name, value, change in report.key_figures()
    )
    return f'<dl aria-live="polite">{rows}</dl>'


def _about(scenario: Scenario, lang: str, say: Any) -> str:
    basis = scenario.based_on(lang)
    lines = [scenario.description(lang), say("basis", basis) if basis else ""]
    return "".join(f'<p class="note">{escape(one)}</p>' for one in lines if one)
