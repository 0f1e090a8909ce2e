"""A scenario as the text of a scenario file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from hjforecast.scenario import Scenario

__all__ = ["scenario_toml"]

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def scenario_toml(scenario: Scenario) -> str:
    """Return the text of a file that says what `scenario` does; it must be named `<id>.toml`.

    Levers' names stand in quotes where they have dots: `delivery` and `delivery.gdp` could not be keys of one table.
    """
    words = {name: getattr(scenario, name) for name in ("author", "source", "source_en", "baseline", "extends")}
    lines = [
        f"id = {_quoted(scenario.id)}",
        f"title = {{ zh = {_quoted(scenario.title_zh)}, en = {_quoted(scenario.title_en)} }}",
        *(f"{key} = {_quoted(value)}" for key, value in words.items() if value),
        "\n[description]",
        f"zh = {_quoted(scenario.description_zh)}",
        f"en = {_quoted(scenario.description_en)}",
        "\n[levers]",
        *(f"{_key(name)} = {_value(value)}" for name, value in scenario.with_levers({}).levers.items()),
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(" ".join(text.split()), ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _quoted(name)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_quoted(str(years))} = {_value(one)}' for years, one in value.items())} }}"
    return _quoted(value) if isinstance(value, str) else repr(float(value))
