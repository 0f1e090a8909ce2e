"""Tables of the mid-term evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hjforecast.actuals import revisions
from hjforecast.document import Cell, Column, Table
from hjforecast.evaluate_notes import printed
from hjforecast.evaluate_text import aim_name
from hjforecast.evaluate_words import class_name
from hjforecast.plan import Plan
from hjforecast.scenario import Scenario, settings
from hjforecast.text import decimal
from hjforecast.unit_names import unit_name

__all__ = ["progress_table", "required_table", "revision_table"]

Row = Mapping[str, Any]

SIGNS = {"=": "", ">=": "≥", "<=": "≤", ">": ">", "~": "≈"}
MARKS = {"提前实现": "met", "快于预期": "met", "滞后": "missed"}


def _columns(lang: str, *titles: tuple[str, str, bool]) -> list[Column]:
    return [Column(zh if lang == "zh" else en, numeric) for zh, en, numeric in titles]


def _number(value: float, digits: int, suffix: str = "") -> Cell:
    return Cell("—" if value != value else decimal(value, digits) + suffix)


def _digits(plan: Plan, row: Row) -> int:
    return 1 if row["measure"] == "growth" else plan.indicator(row["indicator"]).decimals


def _target(plan: Plan, row: Row) -> Cell:
    """Return the target as the plan prints it; a cumulative one in brackets."""
    field = {"growth": "growth_pct", "change": "cumulative"}.get(row["measure"], "level")
    targets = [one for one in plan.targets_of(plan.id, row["indicator"]) if one.source == row["target_source"]]
    found = [getattr(one, name) for one in targets for name in (field, "level") if getattr(one, name) == row["target"]]
    shown = printed(found[0]) if found else decimal(row["target"], _digits(plan, row))
    return Cell(SIGNS[row["comparator"]] + (f"[{shown}]" if row["measure"] == "change" else shown))


def _base(plan: Plan, row: Row) -> Cell:
    seen = plan.base(row["indicator"])
    if row["measure"] == "growth" or seen is None:
        return Cell("—")
    return Cell(printed(seen.value) + ("†" if seen.status == "derived" else ""), seen.status)


def progress_table(plan: Plan, rows: Sequence[Row], year: int, caption: str, source: str, lang: str = "zh") -> Table:
    """Return targets with base, actual, target, progress against the time gone by, class and remarks."""
    columns = _columns(
        lang, ("指标", "Indicator", False), ("单位", "Unit", False), (f"{plan.base_year}年", str(plan.base_year), True),
        (f"{year}年实绩", f"Actual {year}", True), (f"{plan.target_year}年目标", f"Target {plan.target_year}", True),
        ("进度(%)", "Progress %", True), ("时间(%)", "Time gone %", True), ("评估", "Class", False), ("说明", "Remarks", False),
    )  # fmt: skip
    notes = [_progress_note(lang), source]
    return Table(columns, [_progress_row(plan, row, year, lang) for row in rows], caption, "", notes)


def _progress_note(lang: str) -> str:
    if lang == "zh":
        return (
            "注：水平类指标的进度按匀速增长（对数）折算，比重类按百分点折算；增长目标的实绩为至今年均增速；[ ]为规划期累计数；"
            "基期已达到的目标和上限目标只看是否保持，不计进度；带†的是推算数。"
        )
    return (
        "Note: progress of levels is that of even growth (in logs), of shares that in percentage points; the actual figure of a growth "
        "target is the average so far; [ ] is a cumulative figure; targets met in the base year and upper bounds are only kept or "
        "not; † derived."
    )


def _progress_row(plan: Plan, row: Row, year: int, lang: str) -> list[Cell]:
    digits = _digits(plan, row)
    late = f"（{row['year']}年）" if lang == "zh" else f" ({row['year']})"
    kept = ("保持" if lang == "zh" else "kept") if row["progress_pct"] else ("未保持" if lang == "zh" else "not kept")
    progress = Cell(kept) if row["basis"] == "bound" else _number(row["progress_pct"], 1)
    actual = _number(row["actual"], digits, late if row["year"] not in (None, year) else "")
    return [
        Cell(aim_name(plan, row, lang)), Cell(unit_name(row["unit"], lang)), _base(plan, row), actual, _target(plan, row),
        progress, _number(row["time_elapsed_pct"], 1), Cell(class_name(row["class"], lang), MARKS.get(row["class"], "")),
        Cell(row[f"note_{lang}"]),
    ]  # fmt: skip


def required_table(
    plan: Plan, rows: Sequence[Row], scenario: Scenario, caption: str, source: str, lang: str = "zh"
) -> Table:
    """Return the pace planned, reached so far and required of the rest; the projection and the odds on the new base."""
    columns = _columns(
        lang, ("指标", "Indicator", False), ("单位", "Unit", False), ("规划年均", "Planned", True), ("至今年均", "So far", True),
        ("余下年均须", "Required", True), (f"{plan.target_year}年测算", f"Projected {plan.target_year}", True),
        (f"{plan.target_year}年目标", f"Target {plan.target_year}", True), ("完成概率(%)", "Odds %", True),
    )  # fmt: skip
    notes = [*_required_notes(plan, scenario, lang), source]
    return Table(columns, [_required_row(plan, row, lang) for row in rows], caption, "", notes)


def _required_notes(plan: Plan, scenario: Scenario, lang: str) -> list[str]:
    title, supposed = scenario.title(lang), settings(plan, scenario).get("delivery") == 1.0
    if lang == "zh":
        why = "该情景以目标如期实现为前提，测算值和概率不能说明能否完成。" if supposed else ""
        return [
            "注：水平类指标为年均增速（%），比重、指数和累计类指标为每年变动（比重为百分点）；0表示目标已达到。"
            f"测算自最近实绩起，余下年份按“{title}”情景；该情景没有设定驱动关系的指标按保持最近实绩处理，不给概率。{why}"
        ]
    why = (
        " It supposes that the targets are met, so its projection and odds do not tell whether they will be."
        if supposed
        else ""
    )
    return [
        "Note: growth in % a year for levels; change a year for shares (percentage points), indices and cumulative figures; 0: the target "
        f'is met. The projection restarts from the latest actual figure and follows the "{title}" scenario, in which indicators without a driver stay at their latest figure and get no odds.{why}'
    ]


def _required_row(plan: Plan, row: Row, lang: str) -> list[Cell]:
    digits = _digits(plan, row)
    rates = (
        row["required_growth_pct"] == row["required_growth_pct"] or row["growth_so_far_pct"] == row["growth_so_far_pct"]
    )
    if rates:
        unit, places = "%", 1
        pace = [row["planned_growth_pct"], row["growth_so_far_pct"], row["required_growth_pct"]]
    else:
        unit, places = _pace_unit(row["unit"], lang), digits + (row["basis"] != "sum")
        pace = [_planned_change(plan, row), row["change_so_far"], row["required_change"]]
    return [
        Cell(aim_name(plan, row, lang)), Cell(unit), *(_number(value, places) for value in pace),
        _number(row["projected"], digits), _target(plan, row), _number(100.0 * row["probability"], 0),
    ]  # fmt: skip


def _pace_unit(unit: str, lang: str) -> str:
    return ("个百分点" if lang == "zh" else "percentage points") if unit == "%" else unit_name(unit, lang)


def _planned_change(plan: Plan, row: Row) -> float:
    years = row["target_year"] - row["base_year"]
    if row["basis"] == "bound":
        return float("nan")
    return (row["target"] if row["measure"] == "change" else row["target"] - row["base"]) / years


def revision_table(plan: Plan, rows: Sequence[Row], caption: str, lang: str = "zh") -> Table:
    """Return every revised figure: old, new, how much, whose vintage; progress on both bases."""
    columns = _columns(
        lang, ("指标", "Indicator", False), ("年份", "Year", False), ("规划公布", "As printed", True), ("修订后", "Revised", True),
        ("修订幅度(%)", "Revision %", True), ("版本", "Vintage", False), ("原基期进度(%)", "Progress, printed base %", True),
        ("修订后进度(%)", "Progress, revised base %", True), ("评估", "Class", False), ("来源", "Source", False),
    )  # fmt: skip
    found: list[list[Cell]] = []
    for one in revisions(plan):
        row = next((row for row in rows if (row["indicator"], row["base_year"]) == (one.indicator, one.year)
                    and row["base_revised"] == float(one.new)), None)  # fmt: skip
        change = "—" if one.change_pct is None else f"{one.change_pct + 0.0:+.1f}"
        found.append([
            Cell(plan.indicator(one.indicator).name(lang)), Cell(str(one.year)), Cell("—" if one.old is None else printed(one.old)),
            Cell(printed(one.new)), Cell(change), Cell(one.vintage), *_both(row, lang), Cell(one.source),
        ])  # fmt: skip
    note = (
        "注：修订后进度按规划的增速（比重类按规划提高的百分点）从修订后基期起算；规划公布的基期数不因修订而改动。" if lang == "zh"
        else "Note: progress on the revised base takes the planned growth (percentage points for shares) from there; the printed base stands."
    )  # fmt: skip
    return Table(columns, found, caption, "", [note])


def _both(row: Row | None, lang: str) -> list[Cell]:
    if row is None:
        return [Cell("—"), Cell("—"), Cell("—")]
    words = [class_name(row[name], lang) for name in ("class", "class_revised") if row[name]]
    both = " → ".join(dict.fromkeys(words))
    return [_number(row["progress_pct"], 1), _number(row["progress_revised_pct"], 1), Cell(both)]
