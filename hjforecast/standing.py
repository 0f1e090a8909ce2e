"""Where a report stands: the rows that its next edition is compared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hjforecast.evaluate_text import aim_name
from hjforecast.evaluate_words import class_name
from hjforecast.plan import Plan
from hjforecast.projection import Projection
from hjforecast.tables import SEVERITY, SIGNS, VERDICTS, main_gaps, measured_name, pick
from hjforecast.text import decimal
from hjforecast.unit_names import unit_name

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["audit_standing", "midterm_standing", "scenario_standing"]

Row = dict[str, Any]


def scenario_standing(projection: Projection, lang: str, *, titled: bool = False) -> Iterator[Row]:
    """Yield the central value of each main target and whether it is met; `titled` adds the scenario to its name."""
    plan, scenario = projection.plan, projection.scenario
    suffix = (f"（{scenario.title(lang)}）" if lang == "zh" else f" ({scenario.title(lang)})") if titled else ""
    for gap in main_gaps(projection):
        item = plan.indicator(gap.indicator)
        unit = "%" if gap.measure == "growth" else unit_name(item.unit, lang)
        state = "" if gap.met is None else pick(VERDICTS[gap.met], lang)
        key = f"{scenario.id}:{gap.indicator}:{gap.measure}"
        decimals = max(gap.target.decimals, item.decimals)
        name, target = (
            measured_name(gap, item, lang) + suffix,
            f"{SIGNS[gap.comparator]}{decimal(float(gap.target), gap.target.decimals)}",
        )
        yield _row(key, name, unit, decimals, gap.central, state, target)


def audit_standing(findings: pd.DataFrame, lang: str) -> Iterator[Row]:
    """Yield each finding of an audit with its severity."""
    for found in findings.to_dict("records"):
        key = f"{found['rule']}:{found['indicators']}:{found['year']}"
        state = pick(SEVERITY[str(found["severity"])], lang)
        yield _row(key, str(found["message_zh" if lang == "zh" else "message_en"]), "", 0, None, state)


def midterm_standing(plan: Plan, rows: Sequence[Mapping[str, Any]], lang: str) -> Iterator[Row]:
    """Yield the progress (%) and the class of each target of a mid-term evaluation."""
    for row in rows:
        key = f"{row['indicator']}:{row['measure']}:{row['target_year']}"
        progress = None if row["progress_pct"] != row["progress_pct"] else float(row["progress_pct"])
        yield _row(key, aim_name(plan, dict(row), lang), "%", 1, progress, class_name(row["class"], lang))


def _row(key: str, name: str, unit: str, decimals: int, value: float | None, state: str, target: str = "") -> Row:
    return {
        "key": key, "name": name, "unit": unit, "decimals": decimals, "value": value, "state": state, "target": target,
    }  # fmt: skip
