"""How a run tells what it does: a bar on a terminal, plain lines in a log, always on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import click

from hjforecast.errors import headline

__all__ = ["Reporter", "progress", "say"]


class Reporter(Protocol):
    """Told of each report as it ends."""

    def __call__(self, name: str, status: str, seconds: float, error: str) -> None:
        """Tell that the report `name` ended: `ok`, `unchanged` or `failed` with its error."""


_ENDINGS = {
    "zh": {"ok": "{name} 完成，{seconds:.1f} 秒", "failed": "{name} 失败：{error}", "unchanged": "{name} 无变化"},
    "en": {"ok": "{name} done in {seconds:.1f} s", "failed": "{name} failed: {error}", "unchanged": "{name} unchanged"},
}


def say(text: str) -> None:
    """Write one line to standard error."""
    click.echo(text, err=True)


@contextmanager
def progress(count: int, lang: str) -> Iterator[Reporter]:
    """Give a function to call as each of `count` reports ends.

    On a terminal it moves a bar, and only failures are written out; elsewhere every report is a line.
    """
    terminal = sys.stderr.isatty()
    with click.progressbar(length=count, file=sys.stderr, hidden=not terminal, show_pos=True) as bar:
        done = 0

        def report(name: str, status: str, seconds: float, error: str) -> None:
            """Tell how one report ended."""
            nonlocal done
            done += 1
            text = _ENDINGS[lang][status].format(name=name, seconds=seconds, error=headline(error, lang))
            if not terminal:
                say(f"[{done}/{count}] {text}")
            elif status == "failed":
                say(f"\r{text}")
            bar.update(1)

        yield report
