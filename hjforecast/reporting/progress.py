"""How a run tells what it does, always on standard error: a bar on a terminal, lines in a log, or JSON for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import click

from hjforecast.cli_output import width
from hjforecast.errors import headline

__all__ = ["JsonLog", "Log", "TextLog", "log_of"]

_ENDINGS = {
    "zh": {
        "ok": "{name} 完成，{seconds:.1f} 秒（{reason}）", "failed": "{name} 失败：{error}（{reason}）",
        "unchanged": "{name} 无变化",
    },
    "en": {
        "ok": "{name} done in {seconds:.1f} s ({reason})", "failed": "{name} failed: {error} ({reason})",
        "unchanged": "{name} unchanged",
    },
}  # fmt: skip


class Log(Protocol):
    """Told of a run as it goes."""

    def start(self, reports: int, jobs: int, out: str) -> None:
        """Tell that so many reports are looked at, `jobs` at once rendered, into the folder `out`."""

    def report(self, name: str, status: str, seconds: float, reason: str, error: str) -> None:
        """Tell that a report ended: `ok`, `unchanged` or `failed` with its error, and why it was rendered."""

    def planned(self, name: str, reason: str, room: int = 0) -> None:
        """Tell that a report would be rendered and why, or with no reason that it is unchanged.

        `room` is how wide the widest name is.
        """

    def say(self, text: str) -> None:
        """Tell something in a sentence."""

    def warn(self, name: str, text: str) -> None:
        """Tell what a reader of a report should know though it was made."""

    def end(self, counts: Mapping[str, int], exit_code: int, seconds: float) -> None:
        """Tell that the run ended."""

    def close(self) -> None:
        """Leave the terminal as it was, however the run ended."""


class TextLog:
    """Lines for people, in the language `lang`; on a terminal a bar, and of the lines only what went wrong."""

    def __init__(self, lang: str) -> None:
        self._lang, self._done, self._count = lang, 0, 0
        self._bar: Any = None

    def start(self, reports: int, jobs: int, out: str) -> None:
        """Show the bar where standard error is a terminal."""
        self._count = reports
        if sys.stderr is not None and sys.stderr.isatty():
            self._bar = click.progressbar(length=reports, file=sys.stderr, show_pos=True)
            self._bar.render_progress()

    def report(self, name: str, status: str, seconds: float, reason: str, error: str) -> None:
        """Move the bar or write a line."""
        self._done += 1
        words = _ENDINGS[self._lang][status]
        text = words.format(name=name, seconds=seconds, reason=reason, error=headline(error, self._lang))
        if self._bar is None:
            self.say(f"[{self._done}/{self._count}] {text}")
        else:
            if status == "failed":
                self.say(f"\r{text}")
            self._bar.update(1)

    def planned(self, name: str, reason: str, room: int = 0) -> None:
        """Write an aligned line to standard output: it is what was asked for."""
        words = {"zh": ("无变化", "生成"), "en": ("unchanged", "render")}[self._lang]
        cells = [(name, room), (words[1] if reason else words[0], max(map(width, words))), (reason, 0)]
        click.echo("  ".join(text + " " * (size - width(text)) for text, size in cells).rstrip())

    def say(self, text: str) -> None:
        """Write a line."""
        click.echo(text, err=True)

    def warn(self, name: str, text: str) -> None:
        """Write a line."""
        self.say(f"{name}：{text}" if self._lang == "zh" else f"{name}: {text}")

    def end(self, counts: Mapping[str, int], exit_code: int, seconds: float) -> None:
        """Say nothing: the lines have told it."""

    def close(self) -> None:
        """End the bar's line."""
        if self._bar is not None:
            self._bar.render_finish()


class JsonLog:
    """One JSON object a line: `event` and `time`, and what the event holds."""

    def _write(self, event: str, **content: Any) -> None:
        line = {"event": event, "time": datetime.now().astimezone().isoformat(timespec="milliseconds"), **content}
        click.echo(json.dumps(line, ensure_ascii=False), err=True)

    def start(self, reports: int, jobs: int, out: str) -> None:
        """Write the event `start`."""
        self._write("start", reports=reports, jobs=jobs, out=out)

    def report(self, name: str, status: str, seconds: float, reason: str, error: str) -> None:
        """Write the event `report`."""
        self._write(
            "report", name=name, status=status, seconds=round(seconds, 3), reason=reason or None, error=error or None
        )

    def planned(self, name: str, reason: str, room: int = 0) -> None:
        """Write the event `report` with the status `render` or `unchanged`."""
        self.report(name, "render" if reason else "unchanged", 0.0, reason, "")

    def say(self, text: str) -> None:
        """Write the event `message`."""
        self._write("message", text=text)

    def warn(self, name: str, text: str) -> None:
        """Write the event `warning`."""
        self._write("warning", name=name, text=text)

    def end(self, counts: Mapping[str, int], exit_code: int, seconds: float) -> None:
        """Write the event `end`."""
        self._write("end", counts=dict(counts), exit_code=exit_code, seconds=round(seconds, 3))

    def close(self) -> None:
        """Do nothing: every line is whole."""


def log_of(form: str, lang: str) -> Log:
    """Return the log of `--log-format text` or `json`, for people in the language `lang`."""
    return JsonLog() if form == "json" else TextLog(lang)
