"""The widgets of the exploration notebook: sliders with the figure that follows them, and a link that stays current.

ipywidgets is imported where it is used; without it the notebook shows its figures as they are.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from html import escape
from importlib.util import find_spec
from typing import Any
from weakref import WeakKeyDictionary

from hjforecast import text_explore as text
from hjforecast.live import Live
from hjforecast.plots_live import LiveFigure
from hjforecast.plots_series import known
from hjforecast.rivals_pool import one_thread

__all__ = ["has_widgets", "link_panel", "live_panel", "refresh"]

_FOLLOWERS: WeakKeyDictionary[Live, list[Callable[[], None]]] = WeakKeyDictionary()
"""By scenario being edited, what is to be done after each change beside its own figure."""
_BEGINNINGS: WeakKeyDictionary[Live, list[Callable[[], None]]] = WeakKeyDictionary()
"""By scenario being edited, what makes its sliders and figures anew."""
_STYLE = """<style>
.hj-explore .hj-number > .widget-label {width: auto; min-width: 60%; text-align: left}
.hj-explore .hj-number {width: 98%} .hj-explore .hj-number > input {max-width: 7em}
.hj-explore .hj-line {flex-flow: row wrap; align-items: center}
.hj-explore .hj-line .widget-hslider {width: 60%} .hj-explore .hj-line .jupyter-button {width: auto}
.hj-explore .hj-line .widget-html {font-size: 85%; color: #57606a}
</style>"""


def has_widgets() -> bool:
    """Return whether widgets can be shown: ipywidgets is installed, and nobody asked for figures alone.

    `hjforecast report` asks for that by HJFORECAST_STATIC: no two widgets have the same id, and reports must not differ.
    """
    return find_spec("ipywidgets") is not None and not os.environ.get("HJFORECAST_STATIC")


def live_panel(live: Live, name: str, lang: str = "zh") -> Any:
    """Return sliders, a choice of indicator, a sentence and the figure; every change redraws within the same picture."""
    import ipywidgets as widgets

    from hjforecast.controls import controls

    view = _View(live, name, lang)
    names = {live.plan.indicator(one).name(lang): one for one in live.plan.indicators if known(live.original, one)}
    choice = widgets.Dropdown(options=names, value=name, description=text.WORDS["indicator"][lang != "zh"])
    choice.observe(lambda change: view.turn(change["new"]), "value")
    shown = widgets.VBox([choice, view.words, view.picture], layout=widgets.Layout(flex="2 1 540px"))
    box = widgets.Box(layout=widgets.Layout(flex_flow="row wrap"))
    box.add_class("hj-explore")

    def begin() -> None:
        """Put sliders that say what the scenario now has beside the figure that does."""
        view.redraw(live)
        levers = controls(live, lang, view.redraw)
        levers.layout = widgets.Layout(flex="1 1 330px", max_height="430px", overflow="auto")
        box.children = [widgets.HTML(_STYLE), levers, shown]

    begin()
    _BEGINNINGS.setdefault(live, []).append(begin)
    return box


def refresh(live: Live) -> None:
    """Let the sliders and figures of a scenario follow what code has changed."""
    for begin in _BEGINNINGS.get(live, ()):
        begin()


def link_panel(live: Live, lang: str = "zh") -> Any:
    """Return the link to the scenario file with its text, kept current as sliders move."""
    import ipywidgets as widgets

    shown = widgets.HTML()

    def follow() -> None:
        """Write the link anew."""
        shown.value = f"{text.link(live, lang)}<pre>{escape(live.toml())}</pre>"

    follow()
    _FOLLOWERS.setdefault(live, []).append(follow)
    return shown


class _View:
    """Picture and sentence of one indicator."""

    def __init__(self, live: Live, name: str, lang: str) -> None:
        import ipywidgets as widgets

        self.live, self.lang = live, lang
        self.picture, self.words = widgets.Image(format="png"), widgets.HTML()
        self.picture.layout.max_width = "100%"
        self.picture.add_class("hj-picture")
        self.words.add_class("hj-words")
        self.turn(name)

    def turn(self, name: str) -> None:
        """Show another indicator."""
        self.name, self.figure = name, LiveFigure(self.live, name, self.lang)
        self.show()

    def redraw(self, live: Live) -> None:
        """Follow a change of the scenario."""
        # Small matrices on busy cores: BLAS threads that wait for each other would take twice the time.
        with one_thread():
            self.figure.update(live)
            self.show()
        for follow in _FOLLOWERS.get(live, ()):
            follow()

    def show(self) -> None:
        """Put sentence and picture where the browser shows them."""
        self.words.value = f'<p role="status">{escape(text.live_sentence(self.live, self.name, self.lang))}</p>'
        self.picture.value = self.figure.png()
