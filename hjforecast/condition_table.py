"""Conditions as a user types them, and the paths before and after as a tidy table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hjforecast.errors import InputError, Problem
from hjforecast.projection import Projection

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "condition_frame", "read_conditions"]

COLUMNS = ("scenario", "indicator", "year", "before", "after", "difference", "unit")
_CONDITION = re.compile(r"(\w+)=(\d{4})[:：](-?\d+(?:\.\d+)?)")


def read_conditions(texts: Sequence[str]) -> dict[str, list[tuple[int, float]]]:
    """Return conditions written as `gdp=2030:200`, by indicator; several years of one indicator may stand.

    Raises InputError with every text that does not read like that.
    """
    found: dict[str, list[tuple[int, float]]] = {}
    problems = []
    for text in texts:
        match = _CONDITION.fullmatch(text.strip())
        if match:
            found.setdefault(match[1], []).append((int(match[2]), float(match[3])))
        else:
            zh, en = "应写成 指标=年份:数值，如 gdp=2030:200。", "must read ID=YEAR:VALUE, such as gdp=2030:200."
            problems.append(Problem("condition", 0, "", text, zh, en))
    if problems:
        raise InputError(problems)
    return found


def condition_frame(before: Projection, after: Projection, names: Sequence[str]) -> pd.DataFrame:
    """Return both central paths by indicator and year, and their difference; columns as COLUMNS.

    Years are those that both runs project; an indicator without a path has no rows.
    """
    import pandas as pd

    rows = []
    for name in names:
        item = before.plan.indicator(name)
        for index, year in enumerate(before.years.tolist()):
            if before.status[name][index] != "unavailable":
                old, new = float(before.central[name][index]), float(after.central[name][index])
                rows.append((before.scenario.id, name, year, old, new, new - old, item.unit))
    return pd.DataFrame(rows, columns=list(COLUMNS))
