"""Read and validate a plan directory: all problems of all its files are reported together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from hjforecast.errors import InputError, Problem, closest
from hjforecast.indicators import (
    BINDINGS,
    COMPARATORS,
    KINDS,
    MEASURES,
    PRICE_BASES,
    RULES,
    STATUS_WORDS,
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
from hjforecast.scenario import in_order
from hjforecast.units import Printed

__all__ = ["COLUMNS", "load_plan", "observation_of", "read_actuals", "read_observations", "read_plan", "split_actuals"]

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
_LARGEST = 1e12
_FASTEST = 1000.0
Catalogue = Mapping[str, Indicator]


def load_plan(directory: str | Path | None = None) -> Plan:
    """Return the plan of a directory (the built-in one by default).

    Raises InputError listing every problem of every file, each with file, row, column, what was read, what is
    allowed and the fix.
    """
    plan, problems = read_plan(directory)
    if plan is None or problems:
        raise InputError(problems)
    folder = Path(directory) if directory is not None else builtin_plan_dir()
    object.__setattr__(plan, "warnings", (*_strangers(folder, plan), *plan_warnings(plan)))
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
    printed = read_observations(baseline, catalogue, problems)
    actuals, revisions = read_actuals(folder / "actuals.csv", catalogue, base_year, problems, required=False)
    tables = (
        (*printed, *actuals),
        tuple(_targets(folder / "targets.csv", catalogue, problems)),
        tuple(_investments(folder / "projects.csv", catalogue, problems)),
        tuple(_context(folder / "context.csv", catalogue, problems)),
    )
    scenarios = {
        path.stem: read_toml(path, problems, f"scenarios/{path.name}")
        for path in sorted(folder.glob("scenarios/*.toml"))
    }
    if header is None:
        return None, problems
    plan = Plan(**vars(header), indicators=catalogue, observations=tables[0], targets=tables[1],
                investments=tables[2], context=tables[3], revisions=tuple(revisions), scenarios=in_order(scenarios),
                inputs=_hashes(folder, baseline.name))  # fmt: skip
    problems.extend(check_plan(plan, complete=not problems))
    return plan, problems


def _any_baseline(folder: Path) -> str:
    return next((path.name for path in sorted(folder.glob("baseline_*.csv"))), "baseline_<base_year>.csv")


def _files(baseline: str) -> tuple[str, ...]:
    return ("plan.toml", "indicators.csv", baseline, "targets.csv", "actuals.csv", "projects.csv", "context.csv")


def _hashes(folder: Path, baseline: str) -> dict[str, str]:
    """Return the sha256 of every file of the plan that could be read; of the others the problem is already noted."""
    found = {}
    for path in sorted([*(folder / name for name in _files(baseline)), *folder.glob("scenarios/*.toml")]):
        if path.is_file():
            with suppress(OSError):
                found[path.relative_to(folder).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def _strangers(folder: Path, plan: Plan) -> Iterator[Problem]:
    """Yield the tables in a plan directory that nothing reads, each with the name it may have been meant to have."""
    known = [name for name in _files(f"baseline_{plan.base_year}.csv") if name.endswith(".csv")]
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() != ".csv" or path.name in known or path.name.startswith(("~", ".")):
            continue
        near = closest(path.name.lower(), known)
        zh = f"没有读入这个文件；{f'是否应名为“{near}”？' if near else '规划目录只用：' + '、'.join(known) + '。'}"
        en = f"this file is not read; {f'should it be {near!r}?' if near else 'a plan has: ' + ', '.join(known) + '.'}"
        yield Problem(path.name, 0, "", "", zh, en)


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
    named = [item.id for item in catalogue.values() if item.name_zh == name]
    near = named[0] if len(named) == 1 else closest(name, catalogue)
    hint_zh = f"最接近的是“{near}”；" if near else ""
    hint_en = f"did you mean {near!r}? " if near else ""
    row.problem("indicator", f"没有这个指标；{hint_zh}新指标请先写入 indicators.csv。",
                f"unknown indicator; {hint_en}add a new one to indicators.csv first.")  # fmt: skip
    return None


def read_observations(path: Path, catalogue: Catalogue, problems: list[Problem]) -> list[Observation]:
    """Return the observations of a baseline or actuals file, problems noted."""
    found = (observation_of(row, catalogue) for row in read_table(path, COLUMNS["baseline"], problems))
    return [item for item in found if item is not None]


def observation_of(row: Row, catalogue: Catalogue) -> Observation | None:
    """Return the observation that a row holds, None (and problems noted) where it holds none."""
    item = _known(row, catalogue)
    year = row.integer("year", *_YEARS)
    value = _number(row, "value", percent=item is None or item.unit == "%", required=True)
    status = row.choice("status", STATUSES, words=STATUS_WORDS)
    vintage, source, note = row.text("vintage"), row.text("source", required=True), row.text("note")
    if status == "derived" and not note:
        row.problem("note", "推算值须在 note 写明算式。", "a derived value needs its formula in note.")
    if not (item and year and value is not None and _in_range(row, item, "value", value)):
        return None
    return Observation(item.id, year, value, status, vintage, source, note, row.file, row.line)


def _number(row: Row, column: str, *, percent: bool = False, required: bool = False) -> Printed | None:
    """Return the cell as a number, None (and a problem noted) where it is larger than any figure of a plan."""
    value = row.number(column, percent=percent, required=required)
    if value is None or abs(value) <= _LARGEST:
        return value
    row.problem(column, f"数值过大（绝对值应不超过 {_LARGEST:g}）；请核对位数和单位。",
                f"too large (at most {_LARGEST:g} either way); check its digits and unit.")  # fmt: skip
    return None


def _growth(row: Row) -> Printed | None:
    value = _number(row, "growth_pct", percent=True)
    if value is None or -100.0 < value <= _FASTEST:
        return value
    row.problem("growth_pct", f"年均增速应大于 -100、不超过 {_FASTEST:g}（单位%）。",
                f"a yearly growth must be above -100 and at most {_FASTEST:g} (per cent).")  # fmt: skip
    return None


def _in_range(row: Row, item: Indicator, column: str, value: float) -> bool:
    if item.kind == "share" and not 0.0 <= value <= 100.0:
        row.problem(column, "比重应在 0 至 100 之间（单位%）。", "a share must lie from 0 to 100 (per cent).")
    elif item.kind in ("level", "count") and value < 0.0:
        row.problem(column, "数量不能为负。", "a level or count cannot be negative.")
    else:
        return True
    return False


def read_actuals(
    path: Path, catalogue: Catalogue, base_year: int, problems: list[Problem], *, required: bool = True
) -> tuple[list[Observation], list[Observation]]:
    """Return a file's figures after the base year and its revisions of earlier ones, problems noted."""
    if not required and not path.exists():
        return [], []
    return split_actuals(read_observations(path, catalogue, problems), base_year, problems)


def split_actuals(
    found: Iterable[Observation], base_year: int, problems: list[Problem]
) -> tuple[list[Observation], list[Observation]]:
    """Return the figures after the base year, and the revisions: rows up to it that name their vintage.

    An earlier row without a vintage, and a revision given twice, are noted as problems.
    """
    actuals: list[Observation] = []
    revisions: dict[tuple[str, int, str], Observation] = {}
    for item in found:
        key = (item.indicator, item.year, item.vintage)
        if item.year > base_year:
            actuals.append(item)
        elif item.vintage in ("", "preferred"):
            problems.append(_not_a_revision(item, base_year))
        elif key in revisions:
            zh, en = f"与第{revisions[key].row}行重复；请删去一行。", f"repeats row {revisions[key].row}; delete one."
            problems.append(Problem(item.file, item.row, "vintage", item.vintage, zh, en))
        else:
            revisions[key] = item
    return actuals, list(revisions.values())


def _not_a_revision(item: Observation, base_year: int) -> Problem:
    zh = f"实绩年份应晚于基期 {base_year} 年；如为对以前年份的修订，请在 vintage 写明（如“经普修订”）。"
    en = f"actual figures come after the base year {base_year}; a revision of an earlier one names its vintage."
    return Problem(item.file, item.row, "year", str(item.year), zh, en)


def _targets(path: Path, catalogue: Catalogue, problems: list[Problem]) -> Iterator[Target]:
    for row in read_table(path, COLUMNS["targets"], problems):
        item = _known(row, catalogue)
        percent = item is None or item.unit == "%"
        base_year, target_year = row.integer("base_year", *_YEARS), row.integer("target_year", *_YEARS)
        if base_year and target_year and base_year >= target_year:
            row.problem("target_year", f"目标年应晚于基期 {base_year}。", f"must come after the base year {base_year}.")
        before = len(problems)
        level, growth = _number(row, "level", percent=percent), _growth(row)
        cumulative = _number(row, "cumulative", percent=percent)
        unread = len(problems) > before
        if item and level is not None:
            _in_range(row, item, "level", level)
        target = Target(
            row.text("plan", required=True), item.id if item else "", base_year, target_year,
            row.choice("comparator", COMPARATORS), level, growth, cumulative, row.choice("binding", BINDINGS),
            row.text("source", required=True), row.text("note"), row.line,
        )  # fmt: skip
        if not target.quantified and not target.note and not unread:
            row.problem("level", "level、growth_pct、cumulative 全空时，须在 note 抄录原文。",
                        "where level, growth_pct and cumulative are all blank, note must quote the words.")  # fmt: skip
        if item:
            yield target


def _investments(path: Path, catalogue: Catalogue, problems: list[Problem]) -> Iterator[Investment]:
    if not path.exists():
        return
    for row in read_table(path, COLUMNS["projects"], problems):
        item = _known(row, catalogue)
        capacity = _number(row, "capacity", required=True)
        if item and item.kind not in ("level", "count"):
            row.problem("indicator", "项目产能只能计入数量类（level、count）指标。",
                        "a project's capacity can only be added to a level or count.")  # fmt: skip
        probability = row.number("probability", required=True)
        if probability is not None and not 0.0 <= probability <= 1.0:
            row.problem("probability", "概率应在 0 至 1 之间。", "a probability must lie from 0 to 1.")
        start, ramp = row.integer("start_year", *_YEARS), row.integer("ramp_years", 1, 50)
        names = row.text("project", required=True), row.text("source", required=True)
        if item and capacity is not None and probability is not None:
            yield Investment(names[0], item.id, start, capacity, ramp, probability, names[1])


def _context(path: Path, catalogue: Catalogue, problems: list[Problem]) -> Iterator[ContextValue]:
    if not path.exists():
        return
    for row in read_table(path, COLUMNS["context"], problems):
        item = _known(row, catalogue)
        measure = row.choice("measure", MEASURES)
        percent = item is None or item.unit == "%" or measure != "level"
        value = _number(row, "value", percent=percent, required=True)
        years = row.integer("start_year", *_YEARS), row.integer("end_year", *_YEARS)
        if all(years) and years[0] > years[1]:
            row.problem("end_year", "不能早于 start_year。", "cannot come before start_year.")
        words = (
            row.text("region", required=True),
            row.choice("status", STATUSES, words=STATUS_WORDS),
            row.text("source", required=True),
        )
        if item and value is not None and (measure != "level" or _in_range(row, item, "value", value)):
            yield ContextValue(words[0], item.id, measure, *years, value, words[1], words[2], row.text("note"))
