"""Sliders and number boxes over a `Live`, for JupyterLab and the dashboard. ipywidgets is imported where it is used."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from hjforecast.errors import HjforecastError, InputError, Problem, sentences
from hjforecast.lever_labels import GROUPS
from hjforecast.live import Live, LiveLever
from hjforecast.scenario import values_at

if TYPE_CHECKING:
    from ipywidgets import HTML, Accordion, VBox

__all__ = ["controls", "live_view"]

Redraw = Callable[[Live], None]

_WORDS = {
    "reset": ("全部还原", "Undo all changes"),
    "undo": ("还原", "Undo"),
    "own": ("情景取值：{}", "the scenario's own: {}"),
    "own_mean": ("情景取值：各年平均{}", "the scenario's own: {} a year on average"),
    "left": ("情景未设置", "not set by the scenario"),
    "moved": ("已调整", "changed"),
    "year": ("年份", "Year"),
    "slider": ("{}（滑块）", "{} (slider)"),
    "record": ("按上一规划期的兑现率", "as the last plan was delivered"),
    "implied": ("按规划隐含值", "as the plan implies"),
}


def _say(key: str, lang: str) -> str:
    return _WORDS[key][int(lang != "zh")]


def controls(live: Live, lang: str = "zh", redraw: Redraw | None = None) -> VBox:
    """Return sliders for the levers of `live`, in groups that fold; each change moves the lever and calls `redraw`.

    Without `redraw` the key figures, the odds and the GDP figure stand below the sliders and follow them. A mistake
    is told in a sentence between the two, and changes nothing.

    Raises InputError where ipywidgets is not installed.
    """
    widgets = _widgets()
    if redraw is None:
        shown = widgets.HTML(live_view(live, lang))

        def redraw(changed: Live) -> None:
            """Show the scenario as it now is."""
            shown.value = live_view(changed, lang)

        return widgets.VBox([*_Panel(live, lang, redraw).parts(), shown])
    return widgets.VBox(_Panel(live, lang, redraw).parts())


def live_view(live: Live, lang: str = "zh", figure: str = "gdp") -> str:
    """Return key figures, odds and one figure of `report_live.FIGURES` as HTML."""
    from hjforecast.report_live import LiveReport

    report = LiveReport(live, lang)
    rows = "".join(
        f"<li><strong>{escape(_named(name, value, lang))}</strong> {escape(change)}</li>"
        for name, value, change in report.key_figures()
    )
    return f"<ul>{rows}</ul>{report.odds_table().html}{report.drawn(figure).html}"


def _widgets() -> Any:
    try:
        import ipywidgets
    except ImportError:
        zh = "没有安装 ipywidgets；请运行 pip install 'hjforecast[dashboard]'。"
        en = "ipywidgets is not installed; run pip install 'hjforecast[dashboard]'."
        raise InputError([Problem("controls", 0, "", "", zh, en)]) from None
    return ipywidgets


class _Panel:
    """All controls of one `Live`. A group's controls are made when it is first unfolded: there can be hundreds."""

    def __init__(self, live: Live, lang: str, redraw: Redraw) -> None:
        self.live, self.lang, self.redraw = live, lang, redraw
        self.widgets = _widgets()
        self.rows: dict[str, _Row] = {}
        present = {one.group for one in live.levers.values()}
        self.groups = [name for name in GROUPS if name in present]
        self.message: HTML = self.widgets.HTML()
        self.message.add_class("hj-message")
        self.folds = self._folds()
        self.undo = self.widgets.Button(description=_say("reset", lang), disabled=not live.changes)
        self.undo.add_class("hj-undo-all")
        self.undo.on_click(lambda _: self.reset())

    def parts(self) -> list[Any]:
        """Return the widgets: the folds, the button that undoes everything, the message."""
        return [self.folds, self.undo, self.message]

    def reset(self) -> None:
        """Undo all changes, and show it."""
        self.live.reset()
        for row in self.rows.values():
            row.show()
        self.told("")

    def told(self, message: str) -> None:
        """Show a message (or none), and redraw where there is none."""
        if not message:
            try:
                self.redraw(self.live)
            except HjforecastError as error:
                message = " ".join(sentences(error, self.lang))
        self.message.value = f'<p role="alert">{escape(message)}</p>' if message else ""
        self.undo.disabled = not self.live.changes

    def _folds(self) -> Accordion:
        self.boxes = [self.widgets.VBox() for _ in self.groups]
        titles = [GROUPS[name][int(self.lang != "zh")] for name in self.groups]
        folds = self.widgets.Accordion(self.boxes, titles=titles, selected_index=None)
        folds.add_class("hj-levers")
        folds.observe(lambda change: self._fill(change["new"]), "selected_index")
        folds.selected_index = 0 if self.groups else None
        return folds

    def _fill(self, index: int | None) -> None:
        if index is None or self.boxes[index].children:
            return
        chosen = [one for one in self.live.levers.values() if one.group == self.groups[index]]
        self.rows.update((one.name, _Row(self, one)) for one in chosen)
        self.boxes[index].children = [self.rows[one.name].box for one in chosen]


class _Row:
    """The controls of one lever: a slider, the same as a number, its words, and the way back."""

    def __init__(self, panel: _Panel, lever: LiveLever) -> None:
        widgets, lang = panel.widgets, panel.lang
        self.panel, self.lever, self.quiet = panel, lever, False
        label = f"{lever.label(lang)}（{lever.unit_name(lang)}）" if lever.unit else lever.label(lang)
        label = label if lang == "zh" else label.replace("（", " (").replace("）", ")")
        self.number = widgets.FloatText(lever.start, step=lever.step, description=label, tooltip=lever.basis(lang))
        low, high = lever.slider
        self.slider = widgets.FloatSlider(
            min(max(lever.start, low), high),
            min=low,
            max=high,
            step=lever.step,
            readout=False,
            tooltip=_slider(label, lang),
        )
        self.state = widgets.HTML()
        self.undo = widgets.Button(
            description=_say("undo", lang), tooltip=_named(_say("undo", lang), lever.label(lang), lang)
        )
        self.words = [widgets.Checkbox(False, description=_say(word, lang), indent=False) for word in lever.words]
        self.year = self._years()
        line = [self.slider, *([self.year] if self.year else []), *self.words, self.undo, self.state]
        self.box = widgets.VBox([self.number, widgets.Box(line)])
        for part, css in ((self.box, "hj-lever"), (self.number, "hj-number"), (self.box.children[1], "hj-line")):
            part.add_class(css)
        self.show()
        self.slider.observe(lambda change: self._slide(change["new"]), "value")
        self.number.observe(lambda change: self._move(change["new"]), "value")
        for word, box in zip(lever.words, self.words, strict=True):
            box.observe(lambda change, word=word: self._move(word if change["new"] else None), "value")
        self.undo.on_click(lambda _: self._move(None))

    def _years(self) -> Any:
        """Return a choice of years for a lever that means one of them, None for others."""
        if self.lever.name != "shock":
            return None
        choice = self.panel.widgets.Dropdown(options=self.lever.years, description=_say("year", self.panel.lang))
        choice.observe(lambda _: self.show(), "value")
        return choice

    def _on_grid(self, value: float) -> float:
        """Return the increment of the slider nearest to a value: browsers move a slider there by themselves."""
        low, step = self.slider.min, self.lever.step
        return min(round(low + step * round((value - low) / step), 10), self.slider.max)

    def _slide(self, value: float) -> None:
        """Move the lever to where the slider is, unless that is what the browser made of its present value."""
        now = self._value()
        if not isinstance(now, float) or abs(value - self._on_grid(now)) > 0.01 * self.lever.step:
            self._move(round(value, 10))

    def _move(self, value: float | str | None) -> None:
        if self.quiet:
            return
        live, message = self.panel.live, ""
        try:
            live.set(self.lever.name, value, self.year.value if self.year and value is not None else None)
        except HjforecastError as error:
            message = self._told(error)
        self.show()
        self.panel.told(message)

    def _told(self, error: HjforecastError) -> str:
        """Return a mistake in one lever as a sentence that begins with what the lever is called."""
        lang = self.panel.lang
        fixes = [one.zh if lang == "zh" else one.en for one in getattr(error, "problems", ())]
        return _named(self.lever.label(lang), " ".join(fixes or sentences(error, lang)), lang)

    def _value(self) -> float | str:
        """Return what the lever is set to, in the years that it means."""
        now = self.panel.live.setting(self.lever.name) if self.lever.name in self.panel.live.changes else None
        if isinstance(now, tuple):
            years = np.array([self.year.value] if self.year else self.lever.years)
            seen = values_at(now, years, hold=True)
            return float(np.nan_to_num(seen, nan=0.0 if self.year else self.lever.start).mean())
        return self.lever.start if now is None else now

    def show(self) -> None:
        """Show what the lever is set to."""
        changed, value, lang = self.lever.name in self.panel.live.changes, self._value(), self.panel.lang
        self.quiet = True
        for word, box in zip(self.lever.words, self.words, strict=True):
            box.value = value == word
        if isinstance(value, float):
            shown = round(value, 10)
            self.slider.min, self.slider.max = min(self.slider.min, shown), max(self.slider.max, shown)
            self.slider.value = self._on_grid(shown)
            self.number.value = shown if changed else float(f"{shown:.4g}")
        self.quiet = False
        self.undo.disabled = not changed
        self.state.value = f"<span>{escape(self._state(changed, lang))}</span>"

    def _amount(self, value: float, lang: str) -> str:
        unit = self.lever.unit_name(lang)
        return f"{value:.4g}{' ' if lang != 'zh' and unit else ''}{unit}"

    def _state(self, changed: bool, lang: str) -> str:
        if changed:
            return _say("moved", lang)
        own = self.panel.live.setting(self.lever.name)
        if isinstance(own, str):
            return _say(own, lang)
        if self.lever.value is None:
            return _say("left", lang)
        word = "own_mean" if len(self.lever.years) > 1 and not self.year else "own"
        return _say(word, lang).format(self._amount(self.lever.value, lang))


def _named(name: str, text: str, lang: str) -> str:
    return f"{name}{'：' if lang == 'zh' else ': '}{text}"


def _slider(label: str, lang: str) -> str:
    return _say("slider", lang).format(label)
