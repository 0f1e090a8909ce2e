"""Tables of the exploration notebook: what a plan holds, tidy rows of an indicator, levers moved, a scenario file."""

from __future__ import annotations

from collections.abc import Sequence

from hjforecast.document import Cell, Table
from hjforecast.lever_labels import CATEGORIES, lever_label
from hjforecast.levers import lever_names
from hjforecast.live import Live
from hjforecast.plan import Plan
from hjforecast.projection import Projection
from hjforecast.tables import STATUS, columns_of
from hjforecast.text import decimal
from hjforecast.unit_names import basis_name, unit_name

__all__ = ["catalogue_table", "changes_table", "file_table", "tidy_table"]

_PROJECTED = {
    "projected": ("测算", "projected"),
    "projected_from_assumed": ("由假定测算", "projected from assumed"),
    "unavailable": ("无法测算", "unavailable"),
}
_QUANTILES = ("p10", "p25", "p50", "p75", "p90")


def catalogue_table(plan: Plan, caption: str, lang: str = "zh", notes: Sequence[str] = ()) -> Table:
    """Return one row a category: indicators, those with a figure up to the base year, those with a target, their ids."""
    columns = columns_of(
        lang, ("类别", "Category", False), ("指标数", "Indicators", True), ("有基期数", "With a base figure", True),
        ("有目标", "With a target", True), ("指标代码（前3个）", "Ids (the first 3)", False),
    )  # fmt: skip
    rows = []
    for category in dict.fromkeys(item.category for item in plan.indicators.values()):
        names = [item.id for item in plan.indicators.values() if item.category == category]
        bases = sum(plan.base(name) is not None for name in names)
        targets = sum(plan.target(name) is not None for name in names)
        label = CATEGORIES.get(category, category) if lang == "zh" else category.replace("_", " ")
        cells = [label, str(len(names)), str(bases), str(targets), ", ".join(names[:3])]
        rows.append([Cell(text) for text in cells])
    return Table(columns, rows, caption, "", notes)


def tidy_table(projection: Projection, name: str, caption: str, lang: str = "zh", notes: Sequence[str] = ()) -> Table:
    """Return an indicator by year: status, central value, and the quantiles of its draws where it has any."""
    columns = columns_of(
        lang, ("年份", "Year", False), ("性质", "Status", False), ("中心值", "Central", True),
        *((f"{word[1:]}%分位", word, True) for word in _QUANTILES),
    )  # fmt: skip
    frame = projection.frame[projection.frame["indicator"] == name]
    wide = frame.pivot(index="year", columns="statistic", values="value")
    words, status = {**STATUS, **_PROJECTED}, dict(zip(frame["year"], frame["status"], strict=True))
    rows = []
    for year, values in zip(wide.index.tolist(), wide.to_dict("records"), strict=True):
        cells = [_figure(projection, name, values.get(word, float("nan"))) for word in ("central", *_QUANTILES)]
        rows.append([Cell(str(year)), Cell(words[status[year]][lang != "zh"]), *cells])
    item = projection.plan.indicator(name)
    told = [one for one in (unit_name(item.unit, lang), basis_name(item.price_basis, lang)) if one]
    return Table(columns, rows, caption, ("，" if lang == "zh" else ", ").join(told), notes)


def _figure(projection: Projection, name: str, value: float) -> Cell:
    return Cell("—" if value != value else decimal(value, projection.plan.indicator(name).decimals))


def changes_table(live: Live, caption: str, lang: str = "zh", notes: Sequence[str] = ()) -> Table:
    """Return the levers moved: what each is called, its id, what the scenario had and what it is set to now."""
    columns = columns_of(
        lang, ("杠杆", "Lever", False), ("代码", "Id", False), ("单位", "Unit", False), ("原取值", "Was", True),
        ("现取值", "Is now", True),
    )  # fmt: skip
    rows = []
    for name, value in live.changes.items():
        before = live.levers[name].value if name in live.levers else None
        cells = [
            lever_label(live.plan, name, lang), name, unit_name(lever_names(live.plan)[name].unit, lang),
            "—" if before is None else f"{before:.4g}", _setting(value, lang),
        ]  # fmt: skip
        rows.append([Cell(text) for text in cells])
    return Table(columns, rows, caption, "", notes)


def _setting(value: object, lang: str) -> str:
    if not isinstance(value, dict):
        return f"{value:g}" if isinstance(value, float) else str(value)
    dash, colon, join = ("—", "年 ", "；") if lang == "zh" else ("–", ": ", "; ")
    return join.join(f"{span.replace('-', dash)}{colon}{one:g}" for span, one in value.items())


def file_table(live: Live, caption: str, lang: str = "zh", notes: Sequence[str] = ()) -> Table:
    """Return the lines of the scenario file."""
    lines = live.toml().rstrip("\n").split("\n")
    return Table(
        columns_of(lang, (live.filename, live.filename, False)), [[Cell(line)] for line in lines], caption, "", notes
    )
