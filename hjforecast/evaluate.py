"""evaluate(): every target of the plan against the actual figures, as a mid-term evaluation sets them (中期评估)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hjforecast import progress as measures
from hjforecast.actuals import (
    actual_figures,
    evaluation_year,
    is_example,
    plan_up_to,
    plan_with_actuals,
    revised_base,
)
from hjforecast.evaluate_notes import notes_of
from hjforecast.evaluate_records import Aim, Key, Standing
from hjforecast.model import project
from hjforecast.plan import Observation, Plan, Target
from hjforecast.progress import UNKNOWN, Progress, classify
from hjforecast.projection import Projection
from hjforecast.run import GDP, REAL
from hjforecast.scenario import Scenario, find_scenario
from hjforecast.targets import gaps, is_met
from hjforecast.units import Printed

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "evaluate"]

COLUMNS = (
    "indicator", "binding", "measure", "comparator", "unit", "base_year", "target_year", "base", "target", "year",
    "actual", "progress_pct", "time_elapsed_pct", "tolerance_pct", "class", "basis", "path", "change_done_pct",
    "planned_growth_pct", "growth_so_far_pct", "required_growth_pct", "change_so_far", "required_change", "projected",
    "probability", "base_revised", "revision_pct", "target_revised", "progress_revised_pct", "class_revised", "vintage",
    "note_zh", "note_en", "source", "target_source",
)  # fmt: skip
"""The columns of `evaluate()`: changes are a year, in the indicator's unit (points for shares)."""

_WORDS = ("vintage", "class", "class_revised", "basis", "note_zh", "note_en", "source")


def evaluate(
    plan: Plan,
    actuals: str | Path | pd.DataFrame | None = None,
    year: int | None = None,
    *,
    scenario: str | Scenario = "trend",
    draws: int = 10_000,
    seed: int | None = None,
) -> pd.DataFrame:
    """Return every quantified target of the plan against the actual figures; columns in COLUMNS, binding targets first.

    Progress is by kind (see `hjforecast.progress`) and set against the share of the plan's years gone by; a later
    vintage of the base is shown beside the printed one, with progress on both. `projected` is the central value in
    the target year of a run that restarts from the actual figures, `probability` the odds on that new base.

    Parameters
    ----------
    plan : the plan; its own actual figures are used where `actuals` is None.
    actuals : a CSV file or a frame with the columns of `actuals.csv`.
    year : year to evaluate at, that of the latest actual figure by default; later figures are ignored, and noted.
    scenario : what is assumed of the remaining years, an id or a Scenario.
    draws, seed : of the odds; without draws none are computed.

    What cannot be given is blank (None, NaN in columns of numbers). `attrs` holds year, scenario, ignored (number of
    later figures) and example (whether any figure says that it is made up). Raises InputError with every problem of
    the actual figures, and for an impossible year.
    """
    import pandas as pd

    full = plan_with_actuals(plan, actuals)
    at = evaluation_year(full, year)
    projection = project(plan_up_to(full, at), scenario, draws=draws, seed=seed, to=max(full.target_year, at))
    projected = {_gap_key(gap): gap.central for gap in gaps(projection)}
    odds = _odds(projection) if draws else {}
    rows = [_record(_standing(full, aim, at), projected, odds) for aim in _ordered(full)]
    frame = pd.DataFrame({name: _column(name, [row.get(name) for row in rows]) for name in COLUMNS})
    ignored = sum(item.year > at for item in actual_figures(full))
    shown = (*actual_figures(full), *full.revisions)
    frame.attrs = {
        "year": at,
        "scenario": find_scenario(plan, scenario).id,
        "ignored": ignored,
        "example": is_example(shown),
    }
    return frame


def _column(name: str, values: list[Any]) -> pd.Series:
    """Return a column: words blank and years None where there is none, numbers as floats."""
    import pandas as pd

    if name == "year":
        return pd.Series(values, dtype=object)
    if name in _WORDS:
        return pd.Series([value or "" for value in values], dtype=object)
    numeric = any(isinstance(value, float) for value in values) or all(value is None for value in values)
    return pd.Series(values, dtype=float if numeric else None)


def _gap_key(gap: Any) -> Key:
    return gap.indicator, gap.target_year, gap.comparator, gap.measure, float(gap.target)


def _odds(projection: Projection) -> dict[Key, float]:
    """Return the probability of meeting each target, where the projection's past errors give one."""
    from hjforecast.odds import odds

    found = odds(projection).dropna(subset=["probability"])
    names = ("indicator", "target_year", "comparator", "measure", "target")
    keys = zip(*(found[name].tolist() for name in names), strict=True)
    return dict(zip(keys, found["probability"].tolist(), strict=True))


def _ordered(plan: Plan) -> list[Aim]:
    found = [aim for row in plan.targets_of(plan.id) if row.quantified for aim in _aims(plan, row)]
    return sorted(found, key=lambda aim: aim.row.binding != "约束性")


def _aims(plan: Plan, row: Target) -> Iterator[Aim]:
    """Yield what a row wants; GDP's level at current prices and its growth at constant ones are two targets."""
    item = plan.indicator(row.indicator)
    real = plan.indicators[REAL] if item.id == GDP and REAL in plan.indicators else item
    if row.level is not None:
        yield Aim(row, item, item, "growth" if item.kind == "growth" else "level", row.level)
        if real is not item and row.growth_pct is not None:
            yield Aim(row, item, real, "growth", row.growth_pct)
    elif row.growth_pct is not None:
        yield Aim(row, item, real, "growth", row.growth_pct)
    elif row.cumulative is not None:
        yield Aim(row, item, item, "change", row.cumulative)


def _standing(plan: Plan, aim: Aim, year: int) -> Standing:
    history, row = plan.history(aim.source.id), aim.row
    figures = {at: seen for at, seen in history.items() if row.base_year < at <= min(year, row.target_year)}
    later = tuple(at for at in history if at > year)
    revision = None if aim.rates else revised_base(plan, aim.source.id, row.base_year)
    return Standing(aim, year, figures, history.get(row.base_year), revision, later)


def _record(standing: Standing, projected: Mapping[Key, float | None], odds: Mapping[Key, float]) -> dict[str, Any]:
    aim, row, last = standing.aim, standing.aim.row, standing.last
    found = measure(aim, standing.figures, standing.base.value if standing.base else None)
    base = None if aim.rates or standing.base is None else float(standing.base.value)
    record: dict[str, Any] = {
        "indicator": row.indicator, "binding": row.binding, "measure": aim.measure, "comparator": row.comparator,
        "unit": "%" if aim.measure == "growth" else aim.item.unit, "base_year": row.base_year,
        "target_year": row.target_year, "base": base,
        "target": float(aim.wanted), "year": last, "time_elapsed_pct": 100.0 * standing.elapsed, "class": UNKNOWN,
        "projected": projected.get(aim.key) if _is_projected(standing) else None,
        "probability": odds.get(aim.key) if _is_projected(standing) else None, "target_source": row.source,
    }  # fmt: skip
    if found is not None and last is not None:
        seen = standing.figures[last]
        record |= {**_figures(found), "vintage": seen.vintage, "source": seen.source}
        record["class"] = classify(found, standing.elapsed, finished=standing.finished)
        if found.basis == "sum" and not found.met and standing.missing:
            record["class"] = UNKNOWN  # the years that are missing might make up for what the sum lacks
    revised = _revised(standing)
    record |= revised
    notes = notes_of(standing, found, revised)
    return record | {"note_zh": "；".join(zh for zh, _ in notes), "note_en": "; ".join(en for _, en in notes)}


def _is_projected(standing: Standing) -> bool:
    """Whether the run's average growth rests on actual rates in every year up to the latest one."""
    first = standing.aim.row.base_year + 1
    years = range(first, standing.due + 1)
    return not standing.aim.rates or all(year in standing.figures for year in years)


def _figures(found: Progress) -> dict[str, Any]:
    def percent(value: float | None) -> float | None:
        """Return a fraction in per cent, blank where it is blank."""
        return None if value is None else 100.0 * value

    judged = found.done is not None and found.basis != "bound"
    return {
        "actual": found.actual, "progress_pct": percent(found.done), "basis": found.basis, "path": found.path,
        "tolerance_pct": measures.TOLERANCE_POINTS + 100.0 * found.slack if judged else None,
        "change_done_pct": percent(found.change_done), "planned_growth_pct": found.planned_growth,
        "growth_so_far_pct": found.growth_so_far, "required_growth_pct": found.required_growth,
        "change_so_far": found.change_so_far, "required_change": found.required_change,
    }  # fmt: skip


def measure(aim: Aim, figures: Mapping[int, Observation], base: float | None) -> Progress | None:
    """Return the progress of a target at its latest figure, from this base; None without any figure."""
    if not figures:
        return None
    years, length = max(figures) - aim.row.base_year, aim.row.years
    if aim.measure == "growth":
        return _growth(aim, figures, base, years)
    actual = figures[max(figures)].value
    if aim.measure == "level":
        return _level(aim, actual, base, years)
    amounts = [seen.value for seen in figures.values()]
    summed = base is None or aim.item.adds_up
    changed = math.fsum(amounts) if base is None or summed else actual - base
    met = _met(aim, changed)
    if float(aim.wanted) == 0.0:
        return measures.bound(None, 0.0, changed, years, length, met=met, rates=False)
    if base is None or summed:
        return measures.total(amounts, aim.wanted, years, length, met=met)
    return measures.change(base, aim.wanted, actual, years, length, met=met)


def _met(aim: Aim, value: float) -> bool:
    """Return whether an actual figure meets a target: 52.6 is not yet 53, though 53 has no decimals."""
    decimals = max(aim.wanted.decimals, value.decimals if isinstance(value, Printed) else aim.item.decimals)
    wanted = Printed(f"{aim.wanted:.{decimals}f}")
    return is_met(value, aim.row.comparator, wanted, aim.item.better)


def _growth(aim: Aim, figures: Mapping[int, Observation], base: float | None, years: int) -> Progress | None:
    actual = figures[max(figures)].value
    if aim.rates:
        logs = [math.log1p(seen.value / 100.0) for seen in figures.values()]
        measured, blur = (
            len(logs),
            sum((seen.value.high - seen.value) / (100.0 + seen.value) for seen in figures.values()),
        )
    elif base is not None and min(base, actual) > 0.0:
        logs, measured = [math.log(actual / base)], years
        blur = sum((one.high - one) / one for one in (actual, base) if isinstance(one, Printed))
    else:
        return Progress("none", float(actual), met=False)
    so_far, met = math.fsum(logs), _met(aim, 100.0 * math.expm1(math.fsum(logs) / measured))
    if float(aim.wanted) == 0.0:
        average = 100.0 * math.expm1(so_far / measured)
        return measures.bound(None, 0.0, average, years, aim.row.years, met=met, rates=False)
    return measures.growth(so_far, aim.wanted, years, aim.row.years, met=met, measured=measured, blur=blur)


def _level(aim: Aim, actual: Printed, base: float | None, years: int) -> Progress:
    target, length, met = aim.wanted, aim.row.years, _met(aim, actual)
    logs = aim.item.link == "log"
    if (base is None and aim.row.comparator == "<=") or (base is not None and _already_met(aim, base)):
        return measures.bound(base, target, actual, years, length, met=met, rates=logs)
    if base is None:
        free = measures.bound(None, target, actual, years, length, met=met, rates=logs)
        return Progress(
            "none", float(actual), met, required_growth=free.required_growth, required_change=free.required_change
        )
    if logs and min(base, target, actual) > 0.0:
        return measures.level(base, target, actual, years, length, met=met)
    return measures.points(base, target, actual, years, length, met=met)


def _already_met(aim: Aim, base: float) -> bool:
    """Whether the base year already stands at the target or on its right side, to the last figure."""
    sign, better = aim.row.comparator, aim.item.better
    if sign in (">=", ">") or (sign != "<=" and better == "up"):
        return base >= aim.wanted
    return base <= aim.wanted if sign == "<=" or better == "down" else base == aim.wanted


def _revised(standing: Standing) -> dict[str, Any]:
    """Return progress on the revised base: the planned growth (points for shares) counted from there; bounds stand."""
    aim, revision = standing.aim, standing.revision
    if revision is None:
        return {}
    shown: dict[str, Any] = {"base_revised": float(revision.new), "revision_pct": revision.change_pct}
    target = _moved_target(aim, standing.base.value if standing.base else None, revision.new)
    moved = Aim(aim.row, aim.item, aim.source, aim.measure, target)
    found = measure(moved, standing.figures, revision.new)
    if found is None:
        return shown
    shown |= {"progress_revised_pct": None if found.done is None else 100.0 * found.done,
              "class_revised": classify(found, standing.elapsed, finished=standing.finished)}  # fmt: skip
    return shown | ({} if target == aim.wanted else {"target_revised": float(target)})


def _moved_target(aim: Aim, old: float | None, new: float) -> Printed:
    target = aim.wanted
    if aim.measure != "level" or old is None or _already_met(aim, old):
        return target
    logs = aim.item.link == "log" and min(old, new, target) > 0.0
    value = new * target / old if logs else new + (target - old)
    return Printed(f"{value:.{target.decimals + 2}f}")
