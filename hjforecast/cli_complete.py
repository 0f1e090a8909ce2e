"""Shell completion of scenario and indicator ids, read from the plan directory given. Click and standard library only."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import click
from click.shell_completion import CompletionItem

__all__ = ["complete_indicators", "complete_scenarios"]


def complete_scenarios(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the ids of the plan's scenarios that begin with what was typed, without those given already."""
    given = ctx.params.get(param.name or "") or ()
    taken = set(given) if isinstance(given, tuple | list) else set()
    names = sorted(path.stem for path in _folder(ctx).glob("scenarios/*.toml"))
    return [CompletionItem(name) for name in names if name.startswith(incomplete) and name not in taken]


def complete_indicators(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the ids of the plan's indicators that begin with what was typed, each with its Chinese name."""
    try:
        text = _text((_folder(ctx) / "indicators.csv").read_bytes())
    except OSError:
        return []
    rows = csv.DictReader(io.StringIO(text))
    found = [((row.get("indicator") or "").strip(), (row.get("name_zh") or "").strip()) for row in rows]
    return [CompletionItem(name, help=title) for name, title in found if name and name.startswith(incomplete)]


def _folder(ctx: click.Context) -> Path:
    from hjforecast.resources import builtin_plan_dir

    place = ctx.params.get("plan_dir") or next(iter(ctx.params.get("plan_dirs") or ()), None)
    return Path(place) if place else builtin_plan_dir()


def _text(data: bytes) -> str:
    """Return a table's text, as the reader of plans takes it: UTF-8, or GB18030 as Excel may write."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030", errors="replace")
