"""explain(): where an indicator's numbers come from, which rule and levers move it, and how sure they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from hjforecast.audit import findings
from hjforecast.conditioning import leaves_of, run_of
from hjforecast.errors import InputError, Problem, closest
from hjforecast.explain_rule import steps_of
from hjforecast.explanation import Explanation, Record
from hjforecast.indicators import Indicator
from hjforecast.levers import GDP_INDUSTRY, Lever, lever_names
from hjforecast.model import central_path, dependencies, project
from hjforecast.odds import odds, series_of
from hjforecast.plan import Plan, Target
from hjforecast.plots_notes import error_source
from hjforecast.projection import PROJECTED, Projection
from hjforecast.rules import solved_mix
from hjforecast.run import GDP, REAL
from hjforecast.scenario import Scenario, find_scenario
from hjforecast.sensitivity import sensitivity
from hjforecast.targets import gaps
from hjforecast.uncertainty import error_scale

__all__ = ["Explanation", "explain", "find_indicator"]

_NO_EFFECT = 1e-12


def explain(plan: Plan, indicator: str, scenario: str | Scenario | None = None, *, lang: str = "zh") -> Explanation:
    """Return all that is known of one indicator: its sources, rule, dependencies, levers, errors, odds and findings.

    Parameters
    ----------
    plan : the plan.
    indicator : its id, or its Chinese or English name.
    scenario : id or Scenario under which its rule is told; `trend` by default (the plan's first where it has none).
    lang : language of `str()` and of the notebook view, `zh` or `en`; the data hold both.

    Raises InputError for an unknown indicator or scenario, naming the closest.
    """
    item = find_indicator(plan, indicator)
    if scenario is None:
        scenario = "trend" if "trend" in plan.scenarios or not plan.scenarios else next(iter(plan.scenarios))
    last = max(plan.outlook_year, plan.target_year)
    projection = project(plan, find_scenario(plan, scenario), to=last)
    needs = _needs(projection)
    return Explanation(
        item,
        projection.scenario,
        values=tuple(_values(projection, item)),
        figures=tuple(_figures(plan, item)),
        targets=tuple(_targets(projection, item)),
        steps=steps_of(projection, item.id),
        depends_on=tuple(_linked(plan, item.id, needs.__getitem__)),
        moves=tuple(_linked(plan, item.id, lambda name: {one for one in needs if name in needs[one]})),
        levers=tuple(_levers(projection, item)),
        errors=tuple(_errors(projection, item)),
        findings=tuple(_findings(plan, item)),
        lang=lang,
    )


def find_indicator(plan: Plan, words: str) -> Indicator:
    """Return an indicator by id or by its Chinese or English name; raises InputError naming the closest."""
    wanted = words.strip()
    if wanted in plan.indicators:
        return plan.indicators[wanted]
    names = {
        name.casefold(): item for item in plan.indicators.values() for name in (item.name_en, item.name_zh, item.id)
    }
    if wanted.casefold() in names:
        return names[wanted.casefold()]
    holding = [name for name in names if wanted and wanted.casefold() in name]
    near = min(holding, key=len) if holding else closest(wanted.casefold(), names)
    if not near:
        zh, en = (
            "没有这个指标；可用 hjforecast list indicators 查看。",
            "no such indicator; see hjforecast list indicators.",
        )
        raise InputError([Problem("indicators.csv", 0, "indicator", words, zh, en)])
    item = names[near]
    zh = f"没有这个指标；最接近的是“{item.id}”（{item.name_zh}）。"
    raise InputError([Problem("indicators.csv", 0, "indicator", words, zh,
                              f"no such indicator; did you mean {item.id!r} ({item.name_en})?")])  # fmt: skip


def _values(projection: Projection, item: Indicator) -> Iterator[Record]:
    plan = projection.plan
    for year in sorted({plan.base_year, plan.target_year, plan.outlook_year}):
        status = projection.status_of(item.id, year)
        value = None if status == "unavailable" else projection.value(item.id, year)
        yield {"year": year, "value": value, "unit": item.unit, "status": status}


def _figures(plan: Plan, item: Indicator) -> Iterator[Record]:
    """Yield the plan's observations of an indicator by year, then later vintages of them."""
    chosen = plan.history(item.id)
    held = [(one, one is chosen.get(one.year), one.vintage) for one in plan.observations if one.indicator == item.id]
    held += [(one, False, "revision") for one in plan.revisions if one.indicator == item.id]
    for one, used, vintage in sorted(held, key=lambda row: row[0].year):
        yield {"year": one.year, "value": float(one.value), "status": one.status, "vintage": vintage, "used": used,
               "source": one.source, "note": one.note, "file": one.file, "row": one.row}  # fmt: skip


def _targets(projection: Projection, item: Indicator) -> Iterator[Record]:
    """Yield this plan's targets with their odds (GDP's growth target also tells of real growth), then the last plan's."""
    plan = projection.plan
    rows = odds(projection).to_dict("records")
    for gap, row in zip(gaps(projection), rows, strict=True):
        if item.id in (gap.indicator, series_of(projection, gap)):
            printed = float(gap.target)
            yield {"plan": plan.id, "base_year": plan.base_year, "target_year": gap.target_year, "measure": gap.measure,
                   "comparator": gap.comparator, "target": printed, "unit": _unit(item, gap.measure),
                   "binding": gap.binding, "source": gap.source, "note": "", "central": gap.central,
                   "probability": _number(row["probability"]), "basis": row["basis"], "met": gap.met,
                   "supposed": _supposed(projection, gap.indicator)}  # fmt: skip
    for one in plan.targets:
        if one.indicator == item.id and (one.plan != plan.id or not one.quantified):
            yield from _printed(item, one)


def _supposed(projection: Projection, name: str) -> bool:
    """Whether the scenario takes the target of an indicator as met, so that its odds do not tell."""
    whole = (
        step.rule == "target" and all(one.value == 1.0 for one in step.numbers if one.symbol == "d")
        for step in steps_of(projection, name)
    )
    return any(whole) or (name == GDP and REAL in projection.plan.indicators and _supposed(projection, REAL))


def _printed(item: Indicator, one: Target) -> Iterator[Record]:
    common = {"plan": one.plan, "base_year": one.base_year, "target_year": one.target_year, "comparator": one.comparator,
              "binding": one.binding, "source": one.source, "note": one.note}  # fmt: skip
    found = {"level": one.level, "growth": one.growth_pct, "change": one.cumulative}
    for measure, value in found.items():
        if value is not None:
            yield {**common, "measure": measure, "target": float(value), "unit": _unit(item, measure)}
    if not one.quantified:
        yield {**common, "measure": "words", "target": None, "unit": ""}


def _unit(item: Indicator, measure: str) -> str:
    """Return the unit of a level, a yearly growth, or a change (percentage points for a percentage)."""
    if measure == "growth":
        return "%"
    return "个百分点" if measure == "change" and item.unit == "%" else item.unit


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, float) and np.isfinite(value) else None


def _needs(projection: Projection) -> dict[str, set[str]]:
    """Return for each indicator those that its path is computed from under the scenario.

    Fewer than `dependencies`, which keep the order for any scenario: growth moves the urban share only with an
    elasticity, and the urban share moves incomes only where they are solved from their mean.
    """
    plan, run, found = projection.plan, run_of(projection), {}
    for name, item in plan.indicators.items():
        found[name] = set(dependencies(plan, item))
        if item.rule == "urgd" and not run.elasticity(name, 0.0):
            found[name].discard(REAL)
        if name in plan.mix_of and solved_mix(run, item) is None:
            found[name] &= set(item.members)
    return found


def _reached(plan: Plan, name: str, next_to: Callable[[str], Iterable[str]]) -> list[str]:
    """Return everything that can be reached from an indicator, nearest first and else in the plan's order."""
    place = {one: index for index, one in enumerate(plan.indicators)}
    found, edge = [name], [name]
    while edge:
        edge = sorted({one for near in edge for one in next_to(near)} - set(found), key=place.__getitem__)
        found += edge
    return found[1:]


def _linked(plan: Plan, name: str, next_to: Callable[[str], Iterable[str]]) -> Iterator[Record]:
    direct = set(next_to(name))
    for one in _reached(plan, name, next_to):
        item = plan.indicators[one]
        yield {"indicator": one, "name_zh": item.name_zh, "name_en": item.name_en, "direct": one in direct}


def _levers(projection: Projection, item: Indicator) -> Iterator[Record]:
    """Yield the levers that move an indicator in some year, those that matter most in the target year first.

    Each has its bounds, its setting and, where a plausible step is known, the effect of that step on the target year.
    """
    plan, effects, year = projection.plan, _effects(projection, item), projection.plan.target_year
    now = central_path(plan, projection.scenario, item.id, int(projection.years[-1]))
    order = {name: place for place, name in enumerate(effects)}
    for name, lever in sorted(_candidates(projection, item), key=lambda one: order.get(one[0], len(order))):
        if name in effects or _moves(projection, item, name, lever, now):
            row = effects.get(name, {})
            yield {"lever": name, "meaning_zh": lever.zh, "meaning_en": lever.en, "unit": lever.unit, "low": lever.low,
                   "high": lever.high, "by_year": lever.by_year, "setting": projection.settings.get(name), "year": year,
                   "at_low": row.get("low"), "at_high": row.get("high"), "effect_low": row.get("effect_low"),
                   "effect_high": row.get("effect_high")}  # fmt: skip


def _effects(projection: Projection, item: Indicator) -> dict[str, dict[Any, Any]]:
    """Return the rows of the tornado of an indicator's target year by lever, none where it has no path of its own."""
    year = projection.plan.target_year
    # A figure that stands alone is a target without a path: it vanishes as soon as its delivery moves.
    alone = np.isfinite(projection.central[item.id]).sum() < 2
    if alone or projection.status_of(item.id, year) not in PROJECTED:
        return {}
    table = sensitivity(projection.plan, projection.scenario, item.id, year)
    return {row["lever"]: row for row in table.to_dict("records")}


def _candidates(projection: Projection, item: Indicator) -> Iterator[tuple[str, Lever]]:
    """Yield the levers that may move an indicator: of nothing in particular, of what it rests on, of its category."""
    plan = projection.plan

    def next_to(name: str) -> set[str]:
        """Return what one indicator rests on, and whose targets set it: GDP's (and pulling chains) real growth, a mixed
        mean's its parts."""
        found = dependencies(plan, plan.indicators[name])
        if name in plan.mix_of:
            found.add(plan.mix_of[name].id)
        if name == REAL:
            pulled = projection.settings.get(f"elasticity.{GDP_INDUSTRY}")
            found |= {one.id for one in plan.indicators.values() if one.id == GDP or (pulled and one.is_chain)}
        return found & plan.indicators.keys()

    near = {item.id, *_reached(plan, item.id, next_to)}
    categories = {plan.indicators[name].category for name in near}
    for name, lever in lever_names(plan).items():
        word = name.partition(".")[2]
        own = word in plan.indicators or (word and name.startswith("delivery."))
        if not own or word in near or word in categories:
            yield name, lever


def _moves(projection: Projection, item: Indicator, name: str, lever: Lever, now: np.ndarray) -> bool:
    """Whether a lever at one of its bounds changes any year of an indicator's path."""
    plan, last = projection.plan, int(projection.years[-1])
    for value in (lever.low, lever.high):
        setting = {f"{plan.base_year + 1}-{last}": value} if lever.by_year else value
        with np.errstate(all="ignore"):
            path = central_path(plan, projection.scenario.with_levers({name: setting}), item.id, last)
        if not np.allclose(path, now, rtol=_NO_EFFECT, atol=0.0, equal_nan=True):
            return True
    return False


def _errors(projection: Projection, item: Indicator) -> Iterator[Record]:
    """Yield the class of past errors behind an indicator's band, or behind each of its members where it is an identity."""
    for name in leaves_of(projection.plan, item.id, projection.errors):
        kind = projection.errors.classes[name]
        scale = error_scale(kind)
        yield {"indicator": name, "class": kind, "space": projection.plan.indicators[name].link, "horizons": scale.horizons,
               "sd_1": float(np.hypot(scale.noise, scale.drift)),
               "sd_5": float(np.sqrt(5.0 * scale.noise**2 + 25.0 * scale.drift**2)), "n": scale.n, "window": scale.window,
               "panel": scale.panel, "source_zh": error_source(kind, "zh"), "source_en": error_source(kind, "en")}  # fmt: skip


def _findings(plan: Plan, item: Indicator) -> Iterator[Record]:
    for one in findings(plan):
        if item.id in one.indicators:
            yield {"rule": one.rule, "severity": one.message.severity, "year": one.year, "message_zh": one.text("zh"),
                   "message_en": one.text("en"), "source": one.source}  # fmt: skip
