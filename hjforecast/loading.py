"""Read and validate a plan directory: all problems of all its files are reported together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from hjforecast.errors import InputError, Problem, closest
from hjforecast.indicators import (
    BINDINGS,
    COMPARATORS,
    KINDS,
    MEASURES,
    PRICE_BASES,
    RULES,
    STATUSES,
    UNITS,
    Indicator,
    is_unit,
)
from hjforecast.plan import ContextValue, Investment, Observation, Plan, Target
from hjforecast.plan_checks import check_catalogue, check_plan, plan_warnings
from hjforecast.plan_file import read_header, read_toml
from hjforecast.reading import Row, plain, read_table
from hjforecast.resources import builtin_plan_dir

__all__ = ["COLUMNS", "load_plan", "read_observations", "read_plan"]

COLUMNS = {
    "indicators": (
        "indicator", "name_zh", "name_en", "category", "unit", "kind", "price_basis", "better", "parent",
        "decimals", "rule", "driver",
    ),
    "baseline": ("indicator", "year", "value", "status", "vintage", "source", "note"),
    "targets": (
        "plan", "indicator", "base_year", "target_year", "comparator", "level", "growth_pct", "cumulative",
        "binding", "source", "note",
    ),
    "projects": ("project", "indicator", "start_year", "capacity", "ramp_years", "probability", "source"),
    "context": ("region", "indicator", "measure", "start_year", "end_year", "value", "status", "source", "note"),
}  # fmt: skip
"""The columns of each table of a plan directory."""

_YEARS = (1900, 2200)
Catalogue = Mapping[str, Indicator]


def load_plan(directory: str | Path | None = None) -> Plan:
    """Return the plan of a directory (the built-in one by default).

    Raises InputError listing every problem of every file, each with file, row, column, what was read, what is
    allowed and the fix.
    """
    plan, problems = read_plan(directory)
    if plan is None or problems:
        raise InputError(problems)
    object.__setattr__(plan, "warnings", tuple(plan_warnings(plan)))
    return plan


def read_plan(directory: str | Path | None = None) -> tuple[Plan | None, list[Problem]]:
    """Return what can be read of a plan directory (None without a usable plan.toml), and every problem found.

    A plan with problems is good for checking its scenario files, and for nothing else.
    """
    folder = Path(directory) if directory is not None else builtin_plan_dir()
    problems: list[Problem] = []
    if not (folder / "plan.toml").is_file():
        zh = f"“{folder}”里没有 plan.toml，不是规划目录；可用 hjforecast init 新建。"
        en = f"{folder} has no plan.toml, so it is no plan directory; hjforecast init writes one."
        return None, [Problem("plan.toml", 0, "", "", zh, en)]
    header = read_header(folder / "plan.toml", problems)
    catalogue = _catalogue(folder / "indicators.csv", problems)
    base_year = header.base_year if header else 0
    baseline = folder / (f"baseline_{base_year}.csv" if base_year else _any_baseline(folder))
    tables = (
        (*read_observations(baseline, catalogue, problems), *_actuals(folder, catalogue, base_year, problems)),
        tuple(_targets(folder / "targets.csv", catalogue, problems)),
        tuple(_investments(folder / "projects.csv", catalogue, problems)),
        tuple(_context(folder / "context.csv", catalogue, problems)),
    )
    scenarios = {
        path.stem: read_toml(path, problems, f"scenarios/{path.name}")
        for path in sorted(folder.glob("scenarios/*.toml"))
    }
    scenarios = dict(sorted(scenarios.items(), key=lambda one: (str(one[1].get("order", "~")), one[0])))
    if header is None:
        return None, problems
    plan = Plan(**vars(header), indicators=catalogue, observations=tables[0], targets=tables[1],
                investments=tables[2], context=tables[3], scenarios=scenarios, inputs=_hashes(folder))  # fmt: skip
    problems.extend(check_plan(plan, complete=not problems))
    return plan, problems


def _any_baseline(folder: Path) -> str:
    return next((path.name for path in sorted(folder.glob("baseline_*.csv"))), "baseline_<base_year>.csv")


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted([*folder.glob("*.toml"), *folder.glob("*.csv"), *folder.glob("scenarios/*.toml")])
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _catalogue(path: Path, problems: list[Problem]) -> dict[str, Indicator]:
    catalogue: dict[str, Indicator] = {}
    rows: dict[str, Row] = {}
    before = len(problems)
    for row in read_table(path, COLUMNS["indicators"], problems):
        item = _indicator(row)
        if item.id in catalogue:
            row.problem("indicator", f"与第{rows[item.id].line}行重复。", f"repeats row {rows[item.id].line}.")
        elif item.id:
            catalogue[item.id], rows[item.id] = item, row
    check_catalogue(catalogue, rows)
    if not catalogue and len(problems) == before:
        zh, en = "只有表头，没有指标；请至少写入一个。", "a header without indicators; write at least one."
        problems.append(Problem(path.name, 1, "", "", zh, en))
    return catalogue


def _indicator(row: Row) -> Indicator:
    return Indicator(
        id=row.text("indicator", required=True),
        name_zh=row.text("name_zh", required=True),
        name_en=row.text("name_en", required=True),
        category=row.text("category", required=True),
        unit=_unit(row),
        kind=row.choice("kind", KINDS),
        price_basis=row.choice("price_basis", PRICE_BASES),
        better=row.choice("better", ("up", "down"), required=False),
        parent=row.text("parent"),
        decimals=row.integer("decimals", 0, 6),
        rule=row.choice("rule", RULES),
        driver=" ".join(row.text("driver").split()),
    )


def _unit(row: Row) -> str:
    value = plain(row.text("unit"))
    return value if is_unit(value) else row.choice("unit", UNITS, required=False)


def _known(row: Row, catalogue: Catalogue) -> Indicator | None:
    """Return the row's indicator; note the closest id where it is unknown (or silent if there is no catalogue)."""
    name = row.text("indicator")
    if name in catalogue or not catalogue:
        return catalogue.get(name)
    near = closest(name, catalogue)
    hint_zh = f"最接近的是“{near}”；" if near else ""
    hint_en = f"did you mean {near!r}? " if near else ""
    row.problem("indicator", f"没有这个指标；{hint_zh}新指标请先写入 indicators.csv。",
                f"unknown indicator; {hint_en}add a new one to indicators.csv first.")  # fmt: skip
    return None


def read_observations(path: Path, catalogue: Catalogue, problems: list[Problem]) -> list[Observation]:
    """Return the observations of a baseline or actuals file, problems noted."""
    found = []
    for row in read_table(path, COLUMNS["baseline"], problems):
        item = _known(row, catalogue)
        year = row.integer("year", *_YEARS)
        value = row.number("value", percent=item is None or item.unit == "%", required=True)
        status = row.choice("status", STATUSES)
        vintage, source, note = row.text("vintage"), row.text("source", required=True), row.text("note")
        if status == "derived" and not note:
            row.problem("note", "推算值须在 note 写明算式。", "a derived value needs its formula in note.")
        if item and year and value is not None and _in_range(row, item, "value", value):
            found.append(Observation(item.id, year, value, status, vintage, source, note, path.name, row.line))
    return found


def _in_range(row: Row, item: Indicator, column: str, value: float) -> bool:
    if item.kind == "share" and not 0.0 <= value <= 100.0:
        row.problem(column, "比重应在 0 至 100 之间（单位%）。", "a share must lie from 0 to 100 (per cent).")
    elif item.kind in ("level", "count") and value < 0.0:
        row.problem(column, "数量不能为负。", "a level or count cannot be negative.")
    else:
        return True
    return False


def _actuals(folder: Path, catalogue: Catalogue, base_year: int, problems: list[Problem]) -> Iterator[Observation]:
    path = folder / "actuals.csv"
    if not path.is_file():
        return
    for item in read_observations(path, catalogue, problems):
        if item.year > base_year:
            yield item
            continue
        zh, en = f"实绩年份应晚于基期 {base_year} 年。", f"actual figures come after the base year {base_year}."
        problems.append(Problem(path.name, item.row, "year", str(item.year), zh, en))


def _targets(path: Path, catalogue: Catalogue, problems: list[Problem]) -> Iterator[Target]:
    for row in read_table(path, COLUMNS["targets"], problems):
        item = _known(row, catalogue)
        percent = item is None or item.unit == "%"
        base_year, target_year = row.integer("base_year", *_YEARS), row.integer("target_year", *_YEARS)
        if base_year and target_year and base_year >= target_year:
            row.problem("target_year", f"目标年应晚于基期 {base_year}。", f"must come after the base year {base_year}.")
        level = row.number("level", percent=percent)
        if item and level is not None:
            _in_range(row, item, "level", level)
        target = Target(
            row.text("plan", required=True), item.id if item else "", base_year, target_year,
            row.choice("comparator", COMPARATORS), level, row.number("growth_pct", percent=True),
            row.number("cumulative", percent=percent), row.choice("binding", BINDINGS),
            row.text("source", required=True), row.text("note"), row.line,
        )  # fmt: skip
        if not target.quantified and not target.note:
            row.problem("level", "level、growth_pct、cumulative 全空时，须在 note 抄录原文。",
                        "where level, growth_pct and cumulative are all blank, note must quote the words.")  # fmt: skip
        if item:
            yield target


def _investments(path: Path, catalogue: Catalogue, problems: list[Problem]) -> Iterator[Investment]:
    if not path.is_file():
        return
    for row in read_table(path, COLUMNS["projects"], problems):
        item = _known(row, catalogue)
        capacity = row.number("capacity", required=True)
        probability = row.number("probability", required=True)
        if probability is not None and not 0.0 <= probability <= 1.0:
            row.problem("probability", "概率应在 0 至 1 之间。", "a probability must lie from 0 to 1.")
        start, ramp = row.integer("start_year", *_YEARS), row.integer("ramp_years", 1, 50)
        names = row.text("project", required=True), row.text("source", required=True)
        if item and capacity is not None and probability is not None:
            yield Investment(names[0], item.id, start, capacity, ramp, probability, names[1])


def _context(path: Path, catalogue: Catalogue, problems: list[Problem]) -> Iterator[ContextValue]:
    if not path.is_file():
        return
    for row in read_table(path, COLUMNS["context"], problems):
        item = _known(row, catalogue)
        measure = row.choice("measure", MEASURES)
        percent = item is None or item.unit == "%" or measure != "level"
        value = row.number("value", percent=percent, required=True)
        years = row.integer("start_year", *_YEARS), row.integer("end_year", *_YEARS)
        if all(years) and years[0] > years[1]:
            row.problem("end_year", "不能早于 start_year。", "cannot come before start_year.")
        words = row.text("region", required=True), row.choice("status", STATUSES), row.text("source", required=True)
        if item and value is not None and (measure != "level" or _in_range(row, item, "value", value)):
            yield ContextValue(words[0], item.id, measure, *years, value, words[1], words[2], row.text("note"))
