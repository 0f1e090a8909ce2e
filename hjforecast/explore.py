"""What the exploration notebook shows: one call a cell, each with the call of the library that gives the same numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hjforecast import tables_explore as tables
from hjforecast import text_explore as text
from hjforecast.document import Block, Numbering, figure_block, paragraphs, stack
from hjforecast.errors import InputError, Problem
from hjforecast.explore_widgets import has_widgets, link_panel, live_panel, refresh
from hjforecast.live import Live
from hjforecast.plan import Plan
from hjforecast.plots_series import known, target_level
from hjforecast.projection import Projection
from hjforecast.report import LANGUAGES, Report
from hjforecast.report_live import LiveReport
from hjforecast.report_panel import file_blocks, panel_blocks
from hjforecast.report_sets import MAIN, PANELS
from hjforecast.run import GDP
from hjforecast.sensitivity import required
from hjforecast.tables_comparison import difference_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Explorer", "LiveBlock", "example_panel"]

_WIDGET = "application/vnd.jupyter.widget-view+json"
_EXAMPLE_SERIES, _EXAMPLE_YEARS, _EXAMPLE_SEED = 9, range(2001, 2021), 14


@dataclass(frozen=True)
class LiveBlock(Block):
    """A block that is a widget where a front end can show one, and its static form everywhere else."""

    widget: Any = None

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Mapping[str, Any]:
        shown = super()._repr_mimebundle_(include, exclude)
        return shown if self.widget is None else {**shown, _WIDGET: self.widget._repr_mimebundle_()[_WIDGET]}


def _live_block(static: Block, widget: Any) -> LiveBlock:
    return LiveBlock(static.html, static.markdown, static.plain, static.parts, widget)


class Explorer(Report):
    """The views of the exploration notebook over one plan.

    Parameters
    ----------
    plan : the plan.
    indicator : the indicator that figures and questions are about; blank for GDP, or the first with a path.
    lang : zh or en.
    """

    def __init__(self, plan: Plan, indicator: str = "", lang: str = "zh") -> None:
        if lang not in LANGUAGES:
            raise InputError([Problem("explore", 0, "lang", lang, "应为 zh 或 en。", "must be zh or en.")])
        self.plan, self.lang, self.draws, self.seed = plan, lang, 0, 0
        self.numbers = Numbering(lang)
        self._asked = plan.indicator(indicator).id if indicator else ""

    def catalogue(self) -> Block:
        """Return what the plan holds, by category of indicators, and its scenarios."""
        caption = self.say("规划中的指标", "The indicators of the plan")
        table = tables.catalogue_table(self.plan, caption, self.lang, [text.call("plan.indicators", self.lang)])
        return stack([paragraphs([text.overview(self.plan, self.lang)]), self.table(table)])

    def path(self, projection: Projection) -> Block:
        """Return the indicator's path with its bands, and the target."""
        from hjforecast.plots_live import LiveFigure

        live, name = live_of(projection), self._name(projection)
        if not name:
            return self._nothing()
        item, title = self.plan.indicator(name), projection.scenario.title
        caption = (
            f"{text.named(item, 'zh')}：“{title('zh')}”情景",
            f'{text.named(item, "en")}: the "{title("en")}" scenario',
        )
        notes = [
            self._bands(projection, name),
            self.source("plan"),
            text.call(f'projection.series("{name}")', self.lang),
        ]
        return self._drawn(LiveFigure(live, name, self.lang).svg(), caption, notes)

    def table_of(self, projection: Projection) -> Block:
        """Return the indicator's tidy rows by year: status, central value and quantiles."""
        name = self._name(projection)
        if not name:
            return paragraphs([])
        item = self.plan.indicator(name)
        caption = self.say(f"{item.name_zh}各年测算值", f"{item.name_en} by year")
        call = text.call(f"projection.frame.query(\"indicator == '{name}'\")", self.lang)
        return self.table(tables.tidy_table(projection, name, caption, self.lang, [call]))

    def odds(self, projection: Projection) -> Block:
        """Return the odds of the main targets."""
        shown = _Shown(live_of(projection), self.lang, self.numbers)
        return stack([shown.odds_table(), paragraphs([text.call("odds(projection)", self.lang)], "note")])

    def required(self, projection: Projection) -> Block:
        """Return which lever would bring the indicator to its target, and how far."""
        name, year = self._name(projection), self.plan.target_year
        level = target_level(self.plan, name) if name else None
        if not name:
            return paragraphs([])
        if level is None:
            return paragraphs([text.no_target(self.plan.indicator(name), self.lang)])
        try:
            found = required(self.plan, projection.scenario, name, year, level[0])
        except InputError as error:
            return paragraphs([one.zh if self.lang == "zh" else one.en for one in error.problems])
        call = f'required(plan, projection.scenario, "{name}", {year}, {level[0]:g})'
        words = found.note_zh if self.lang == "zh" else found.note_en
        return stack([paragraphs([words]), paragraphs([text.call(call, self.lang)], "note")])

    def tornado(self, projection: Projection) -> Block:
        """Return which levers move the indicator most."""
        from hjforecast.plots import tornado_figure
        from hjforecast.plots_canvas import to_svg
        from hjforecast.sensitivity import sensitivity

        name, year = self._name(projection), self.plan.target_year
        if not name:
            return paragraphs([])
        rows = sensitivity(self.plan, projection.scenario, name, year)
        figure = tornado_figure(self.plan, rows, name, year, self.lang)
        item = self.plan.indicator(name)
        caption = (
            f"各杠杆对{year}年{text.named(item, 'zh')}的影响",
            f"How far each lever moves {text.named(item, 'en')} in {year}",
        )
        if figure is None:
            return paragraphs([f"{self.say(*caption)}{self.say('：无。', ': none.')}"])
        call = text.call(f'sensitivity(plan, projection.scenario, "{name}", {year})', self.lang)
        return self._drawn(to_svg(figure), caption, [self.source("model"), call])

    def controls(self, live: Live) -> LiveBlock:
        """Return sliders for every lever with the figure that follows them; the figure alone where there is no front end."""
        from hjforecast.plots_live import LiveFigure

        name = self._name(live.projection)
        if not name:
            return _live_block(self._nothing(), None)
        item = self.plan.indicator(name)
        svg = LiveFigure(live, name, self.lang).svg()
        caption = (
            f"{text.named(item, 'zh')}：调整杠杆前后",
            f"{text.named(item, 'en')}: before and after levers are moved",
        )
        notes = [self._bands(live.projection, name), self.source("plan"), text.call("live.projection", self.lang)]
        words = [text.live_sentence(live, name, self.lang), text.static_note(self.lang)]
        return _live_block(stack([paragraphs(words), self._drawn(svg, caption, notes)]), self._panel(live, name))

    def move(self, live: Live, lever: str = "", value: float = 0.0) -> Block:
        """Move one lever, and return what then changes.

        Without `lever` changes already made (with the sliders, say) stay as they are; where there are none the first
        lever of the list is moved by half of what counts as a plausible move.
        """
        if lever:
            live.set(lever, value)
        elif not live.changes:
            first = next((one for one in live.levers.values() if one.value is not None), None)
            if first is not None:
                up, down = (first.start + way * 10.0 * first.step for way in (1.0, -1.0))
                live.set(first.name, float(f"{up if up <= first.slider[1] else down:.3g}"))
        refresh(live)
        caption = self.say("调整的杠杆", "Levers moved")
        table = tables.changes_table(live, caption, self.lang, [text.call("live.changes", self.lang)])
        report = LiveReport(live, self.lang)
        figures = [
            self.say(
                f"{name}为{now}{f'，{change}' if change else ''}。", f"{name}: {now}{f'; {change}' if change else ''}."
            )
            for name, now, change in report.key_figures()
        ]
        return stack(
            [
                self.table(table),
                paragraphs(figures),
            ]
        )

    def compare(self, live: Live) -> Block:
        """Return the scenario as changed beside the one it came from and its baseline: paths and differences."""
        from hjforecast.plots import comparison_figure
        from hjforecast.plots_canvas import to_svg

        beside = {one.scenario.id: one for one in (live.original, *self._plan_run(live), live.projection)}
        base, year = live.original.scenario, self.plan.target_year
        figure = comparison_figure(list(beside.values()), base.id, PANELS, self.lang)
        ids = ", ".join(f'"{name}"' for name in beside if name in self.plan.scenarios)
        call = text.call(f'compare(plan, [{ids}, live.scenario], baseline="{base.id}")', self.lang)
        caption = self.say(
            f"{year}年与“{base.title('zh')}”情景之差", f'Differences from the "{base.title("en")}" scenario in {year}'
        )
        blocks = [self.table(difference_table(beside, base.id, MAIN, year, caption, self.lang))]
        if figure is not None:
            words = "各情景主要指标路径", "Main indicators by scenario"
            note = text.basis_note(
                (self.plan.indicators[name] for name in PANELS if name in self.plan.indicators), self.lang
            )
            blocks.insert(0, self._drawn(to_svg(figure), words, [note, self.source("model"), call]))
        return stack(blocks)

    def backtest(self, panel: str = "") -> Block:
        """Return the backtest of a panel file; blank for a small simulated panel that shows the format and the figures.

        Raises BacktestError where the file is no panel.
        """
        if panel:
            return stack(file_blocks(self, panel))
        name = self.say("模拟数据", "simulated data")
        notes = [text.simulated(self.lang), text.call("backtest(hjforecast.explore.example_panel())", self.lang)]
        return stack([paragraphs([text.simulated_lead(self.lang)]), *panel_blocks(self, example_panel(), name, notes)])

    def download(self, live: Live) -> LiveBlock:
        """Return the scenario as changed: a file to download, and its text."""
        caption = self.say(f"情景文件 {live.filename}", f"Scenario file {live.filename}")
        table = self.table(tables.file_table(live, caption, self.lang, [text.file_note(live.filename, self.lang)]))
        static = stack([Block(text.link(live, self.lang), "", ""), table])
        return _live_block(static, self._link(live))

    def footer(self, live: Live) -> Block:
        """Return the provenance footer, with the data of the scenario as changed."""
        self.draws, self.seed = live.draws, live.projection.seed
        shown = self.provenance([live.scenario.id], live.original.scenario.id)
        return stack([shown, self.kept(live.projection.frame, [])])

    def _name(self, projection: Projection) -> str:
        """Return the indicator that was asked for, else GDP, else the first with a path; blank where nothing has one."""
        if self._asked and known(projection, self._asked):
            return self._asked
        if self._asked:
            item = self.plan.indicator(self._asked)
            zh, en = f"{item.name_zh}无法测算，请换一个指标。", f"{item.name_en} has no path; choose another indicator."
            raise InputError([Problem("explore", 0, "indicator", self._asked, zh, en)])
        return next((name for name in (GDP, *self.plan.indicators) if known(projection, name)), "")

    def _nothing(self) -> Block:
        return paragraphs([text.no_path(self.lang)])

    def _bands(self, projection: Projection, name: str) -> str:
        from hjforecast.plots import band_note

        return band_note(projection, [name], self.lang) if projection.draws else ""

    def _drawn(self, svg: str, caption: tuple[str, str], notes: Sequence[str]) -> Block:
        return figure_block(svg, self.numbers.label("figure"), self.say(*caption), notes)

    def _plan_run(self, live: Live) -> list[Projection]:
        return [live.baseline] if live.baseline.scenario.id != live.original.scenario.id else []

    def _panel(self, live: Live, name: str) -> Any:
        return live_panel(live, name, self.lang) if has_widgets() else None

    def _link(self, live: Live) -> Any:
        return link_panel(live, self.lang) if has_widgets() else None


class _Shown(LiveReport):
    """The scenario report's tables under the notebook's own numbers."""

    def __init__(self, live: Live, lang: str, numbers: Numbering) -> None:
        super().__init__(live, lang)
        self.numbers = numbers

    table = Report.table


def live_of(projection: Projection) -> Live:
    """Return a `Live` that begins at a projection."""
    return Live(projection.plan, projection.scenario, projection.draws, projection.seed)


def example_panel() -> pd.DataFrame:
    """Return a simulated panel in the form that `backtest` takes: 9 series of 20 years in three groups.

    Log growth falls from 0.10 towards 0.04 a year; each series has a drift of its own and yearly noise of the size that
    county GDP has (s and t of `error_record`). It shows the format and is no evidence.
    """
    import pandas as pd

    from hjforecast.uncertainty import error_scale

    scale, draw = error_scale("gdp_nominal"), np.random.Generator(np.random.PCG64(_EXAMPLE_SEED))
    years = np.array(_EXAMPLE_YEARS)
    usual = 0.04 + 0.06 * 0.9 ** np.arange(years.size)
    drift = scale.drift * draw.standard_normal((_EXAMPLE_SERIES, 1)) / 2.0
    noise = scale.noise * draw.standard_normal((_EXAMPLE_SERIES, years.size))
    values = 100.0 * np.exp(np.cumsum(usual + drift + noise, axis=1))
    names = [f"S{at + 1:02d}" for at in range(_EXAMPLE_SERIES)]
    rows = [
        (name, int(year), round(float(value), 2), f"G{at % 3 + 1}")
        for at, name in enumerate(names)
        for year, value in zip(years, values[at], strict=True)
    ]
    return pd.DataFrame(rows, columns=["series", "year", "value", "group"])
