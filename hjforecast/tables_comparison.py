"""Tables that set scenarios side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hjforecast.document import Cell, Table
from hjforecast.projection import Projection
from hjforecast.tables import columns_of, growth_word, mark_note, pick, value_cell
from hjforecast.text import decimal, difference
from hjforecast.unit_names import unit_name

__all__ = ["comparison_table", "difference_table", "scenario_table"]


def comparison_table(
    projections: Mapping[str, Projection], names: Sequence[str], year: int, caption: str, lang: str = "zh"
) -> Table:
    """Return indicators (rows) by scenario (columns) in one year."""
    first = next(iter(projections.values()))
    titles = [("指标", "Indicator", False), ("单位", "Unit", False)]
    titles += [(one.scenario.title("zh"), one.scenario.title("en"), True) for one in projections.values()]
    rows = []
    for name in names:
        if name in first.plan.indicators:
            item = first.plan.indicator(name)
            if all(one.status_of(name, year) == "unavailable" for one in projections.values()):
                continue  # this plan has no figure of it
            cells = [value_cell(one, name, year, item.decimals) for one in projections.values()]
            rows.append([Cell(item.name(lang) + growth_word(item, lang)), Cell(unit_name(item.unit, lang)), *cells])
    return Table(columns_of(lang, *titles), rows, caption, "", [mark_note(rows, lang)])


def difference_table(
    projections: Mapping[str, Projection],
    baseline: str,
    names: Sequence[str],
    year: int,
    caption: str,
    lang: str = "zh",
) -> Table:
    """Return each scenario's difference from the baseline in one year (percentage points for shares and rates)."""
    base = projections[baseline]
    others = [one for name, one in projections.items() if name != baseline]
    titles = [
        ("指标", "Indicator", False),
        ("单位", "Unit", False),
        *((one.scenario.title("zh"), one.scenario.title("en"), True) for one in others),
    ]
    rows = []
    for name in names:
        if name not in base.plan.indicators:
            continue
        item = base.plan.indicator(name)
        cells = [_difference(one, base, name, year) for one in others]
        if all(cell.mark == "unavailable" for cell in cells):
            continue
        points = item.kind in ("share", "growth")
        unit = pick(("个百分点", "percentage points"), lang) if points else unit_name(item.unit, lang)
        rows.append([Cell(item.name(lang)), Cell(unit), *cells])
    return Table(columns_of(lang, *titles), rows, caption)


def _difference(one: Projection, base: Projection, name: str, year: int) -> Cell:
    if "unavailable" in (one.status_of(name, year), base.status_of(name, year)):
        return Cell("—", "unavailable")
    digits = one.plan.indicator(name).decimals
    value = decimal(difference(one.value(name, year), base.value(name, year), digits), digits)
    return Cell(value if value.startswith("-") or float(value) == 0.0 else f"+{value}")


def scenario_table(projections: Mapping[str, Projection], caption: str, lang: str = "zh") -> Table:
    """Return each scenario's id, title, meaning and source."""
    columns = columns_of(
        lang, ("代码", "Id", False), ("情景", "Scenario", False), ("说明", "Meaning", False), ("依据", "Source", False)
    )
    rows = [
        [
            Cell(one.scenario.id, "code"),
            Cell(one.scenario.title(lang)),
            Cell(one.scenario.description(lang)),
            Cell(one.scenario.based_on(lang)),
        ]
        for one in projections.values()
    ]
    return Table(columns, rows, caption)
