"""The section in which reports and scenario files are saved, and a scenario file is uploaded."""

from __future__ import annotations

from html import escape
from threading import Thread
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from hjforecast.dashboard.downloads import FORMATS, KINDS, link, rendered
from hjforecast.dashboard.uploads import MOST_SCENARIO, checked_scenario, content_of
from hjforecast.dashboard.words import alert
from hjforecast.errors import HjforecastError, sentences

if TYPE_CHECKING:
    from hjforecast.dashboard.page import Page

__all__ = ["Files"]


class Files:
    """Reports in four formats, the scenario as a file, and the way to bring one; `box` is the widget."""

    def __init__(self, page: Page) -> None:
        self.page, at = page, int(page.lang != "zh")
        kinds = [(words[at], kind) for kind, words in KINDS.items()]
        self.kind = widgets.Dropdown(options=kinds, description=page.say("kind"))
        self.formats = {
            form: widgets.Checkbox(True, description=words[0][at], indent=False) for form, words in FORMATS.items()
        }
        self.render = widgets.Button(description=page.say("render"))
        self.render.add_class("hj-primary")
        self.links, self.scenario, self.message = (widgets.HTML() for _ in range(3))
        self.upload = widgets.FileUpload(accept=".toml", multiple=False, description=page.say("upload_scenario"))
        choice = widgets.Box([self.kind, *self.formats.values(), self.render])
        bring = widgets.Box([self.upload, widgets.HTML(f"<p>{escape(page.say('upload_note', MOST_SCENARIO))}</p>")])
        for part, css in (
            (choice, "hj-line"),
            (bring, "hj-line"),
            (self.message, "hj-message"),
            (self.links, "hj-links"),
        ):
            part.add_class(css)
        self.box = widgets.VBox([choice, self.links, self.scenario, bring, self.message])
        self.render.on_click(lambda _: self._start())
        self.upload.observe(lambda change: self._uploaded(change["new"]), "value")

    def changed(self) -> None:
        """Offer the scenario file as it now is; a report made before is one of another scenario."""
        live, page = self.page.live, self.page
        words = page.say("save_scenario", live.filename)
        saved = link(live.filename, live.toml().encode(), words, "application/toml")
        self.scenario.value = f'<p>{saved}</p><p class="note">{escape(page.say("save_note"))}</p>'
        if "hj-save" in self.links.value:
            self._tell(page.say("stale"))

    def _tell(self, text: str, role: str = "status") -> None:
        self.links.value = f'<p role="{role}">{escape(text)}</p>'

    def _start(self) -> None:
        """Begin to render in a thread, so that the page stays alive meanwhile."""
        chosen = [form for form, box in self.formats.items() if box.value]
        if not chosen or (self.kind.value == "midterm_evaluation" and not self.page.actuals):
            return self._tell(self.page.say("no_actuals" if chosen else "no_format"), "alert")
        self.render.disabled = True
        self._tell(self.page.say("rendering"))
        live, before = self.page.live, self.page.live.toml()
        Thread(target=self._render, args=(live, before, self.kind.value, chosen), daemon=True).start()
        return None

    def _render(self, live: Any, before: str, kind: str, chosen: list[str]) -> None:
        page, at = self.page, int(self.page.lang != "zh")
        try:
            files = rendered(live, before, kind, chosen, page.lang, page.plan_dir, page.actuals)
            saved = [
                link(name, content, f"{FORMATS[form][0][at]}{page.say('named', name)}", FORMATS[form][1])
                for form, (name, content) in files.items()
            ]
            if live is not page.live or before != live.toml():
                self._tell(page.say("stale"))
            else:
                rows = "".join(f"<li>{one}</li>" for one in saved)
                self.links.value = f"<p>{escape(page.say('ready'))}</p><ul>{rows}</ul>"
        except HjforecastError as error:
            self._tell(" ".join(sentences(error, page.lang)), "alert")
        except Exception as error:
            self._tell(page.say("failed", f"{type(error).__name__}: {error}"), "alert")
        finally:
            self.render.disabled = False

    def _uploaded(self, files: Any) -> None:
        if not files:
            return
        content, page = content_of(files), self.page
        self.upload.value = ()
        try:
            scenario = checked_scenario(page.plan, content)
            page.take(scenario)
            page.files.told(page.say("got_scenario", scenario.title(page.lang)))
        except HjforecastError as error:
            self.message.value = alert(error, page.lang)
        except Exception as error:
            page.tell(error)

    def told(self, text: str) -> None:
        """Show that something went well."""
        self.message.value = f'<p role="status">{escape(text)}</p>'
