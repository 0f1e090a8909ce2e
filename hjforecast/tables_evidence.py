"""Tables of the evidence: methods side by side, panels, M3, error scales, correlations, past plans, the norm, sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hjforecast.document import Cell, Table
from hjforecast.evidence import COMMANDS, PANELS, backtest_record, method_totals, table_text
from hjforecast.evidence_words import class_name, kind_name, method_name, panel_name, period_name
from hjforecast.tables import columns_of
from hjforecast.text import decimal

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "correlation_table",
    "error_table",
    "m3_table",
    "methods_table",
    "norm_table",
    "panels_table",
    "plan_record_table",
    "source_table",
]

_HOLDS = {
    "backtest_record.csv": ("各方法在四个面板上的损失与覆盖率", "loss and coverage of every method on four panels"),
    "m3_record.csv": ("M3 年度序列的 sMAPE", "sMAPE on the yearly series of M3"),
    "error_scale.csv": ("各类指标的误差尺度 s、t", "error scales s and t by class"),
    "error_correlation.csv": ("各类误差之间的相关系数", "correlations between the errors of classes"),
    "plan_delivery.csv": ("其他地区往期规划目标的兑现率", "delivery ratios of past plans elsewhere"),
    "urban_norm.csv": ("城镇化率同类标准", "the urbanization norm"),
}
_CATEGORIES = {
    "all": ("全部", "all"),
    "DEMOGRAPHIC": ("人口", "demographic"),
    "FINANCE": ("金融", "finance"),
    "INDUSTRY": ("工业", "industry"),
    "MACRO": ("宏观", "macro"),
    "MICRO": ("微观", "micro"),
    "OTHER": ("其他", "other"),
}


def _percent(share: float, decimals: int = 0) -> Cell:
    return Cell(decimal(100.0 * share, decimals))


def methods_table(totals: pd.DataFrame, caption: str, lang: str = "zh", notes: Sequence[str] = ()) -> Table:
    """Return one row a method: pinball, our loss over it, mean absolute error, coverage and its range over origins.

    `totals` is that of `method_totals`.
    """
    columns = columns_of(
        lang, ("方法", "Method", False), ("pinball 损失", "Pinball", True), ("hjforecast 与该方法之比", "Ours / it", True),
        ("平均绝对误差", "Mean abs. error", True), ("80%区间覆盖率(%)", "In 80 % band (%)", True),
        ("最低起点(%)", "Lowest origin (%)", True), ("最高起点(%)", "Highest origin (%)", True), ("样本数", "n", True),
    )  # fmt: skip
    rows = [
        [
            Cell(method_name(row["method"], lang)), Cell(decimal(row["pinball"], 4)), Cell(decimal(row["ratio"], 2)),
            Cell(decimal(row["mae_log"], 3)), _percent(row["coverage80"]), _percent(row["lowest"]),
            _percent(row["highest"]), Cell(str(int(row["n"]))),
        ]
        for row in totals.to_dict("records")
    ]  # fmt: skip
    unit = "对数单位" if lang == "zh" else "log units"
    return Table(columns, rows, caption, unit, notes)


def panels_table(caption: str, lang: str = "zh", notes: Sequence[str] = ()) -> Table:
    """Return one row a panel: our loss, the best rival's, their ratio, our coverage; where we lose, too."""
    columns = columns_of(
        lang, ("面板", "Panel", False), ("序列数", "Series", True), ("起点", "Origins", False),
        ("hjforecast", "hjforecast", True), ("最佳通用方法", "Best rival", False), ("比值", "Ratio", True),
        ("80%区间覆盖率(%)", "In 80 % band (%)", True), ("各起点(%)", "By origin (%)", True),
    )  # fmt: skip
    unit = "pinball 损失，对数单位" if lang == "zh" else "pinball loss, log units"
    return Table(columns, [_panel_row(name, lang) for name in PANELS], caption, unit, notes)


def _panel_row(panel: str, lang: str) -> list[Cell]:
    record = backtest_record(panel)
    ours, best = (row for row in method_totals(record).iloc[:2].to_dict("records"))
    first, last = int(record["origin"].min()), int(record["origin"].max())
    dash = "—" if lang == "zh" else "–"
    ratio = ours["pinball"] / best["pinball"]
    lowest, highest = (decimal(100.0 * ours[name], 0) for name in ("lowest", "highest"))
    rival = f"{method_name(best['method'], lang)} {decimal(best['pinball'], 4)}"
    return [
        Cell(panel_name(panel, lang)), Cell(str(int(record["series"].iloc[0]))), Cell(f"{first}{dash}{last}"),
        Cell(decimal(ours["pinball"], 4)), Cell(rival), Cell(decimal(ratio, 2), "missed" if ratio > 1.0 else ""),
        _percent(ours["coverage80"]), Cell(f"{lowest}{dash}{highest}"),
    ]  # fmt: skip


def m3_table(record: pd.DataFrame, caption: str, lang: str = "zh", notes: Sequence[str] = ()) -> Table:
    """Return sMAPE by method (down) and category (across); the least of a category is marked."""
    wide = record.pivot(index="method", columns="category", values="smape")
    categories = [name for name in _CATEGORIES if name in wide]
    titles = [(*_CATEGORIES[name], True) for name in categories]
    columns = columns_of(lang, ("方法", "Method", False), *titles)
    methods = ["hjforecast", *dict.fromkeys(name for name in record["method"] if name != "hjforecast")]
    rows = [[Cell(method_name(name, lang)), *(_least(wide[one], name) for one in categories)] for name in methods]
    counts = record.drop_duplicates("category").set_index("category")["series"]
    rows.append([Cell("序列数" if lang == "zh" else "series"), *(Cell(str(int(counts[one]))) for one in categories)])
    return Table(columns, rows, caption, "sMAPE，%" if lang == "zh" else "sMAPE, %", notes)


def _least(scores: pd.Series, method: str) -> Cell:
    return Cell(decimal(float(scores[method]), 1), "met" if scores[method] == scores.min() else "")


def error_table(
    errors: pd.DataFrame, norm: pd.DataFrame, caption: str, lang: str = "zh", notes: Sequence[str] = ()
) -> Table:
    """Return s and t by class, the number of errors and places behind them, origins and panel."""
    columns = columns_of(
        lang, ("误差类别", "Error class", False), ("s", "s", True), ("t", "t", True), ("误差数", "Errors", True),
        ("地区数", "Places", True), ("起点", "Origins", False), ("面板", "Panel", False),
    )  # fmt: skip
    rows = [
        [
            Cell(class_name(row["indicator"], lang)), Cell(decimal(row["s"], 4)), Cell(decimal(row["t"], 4)),
            Cell(str(int(row["n_errors"]))), Cell(str(int(row["series"]))), Cell(_span(row["origins"], lang)),
            Cell(_panel(row["panel"], lang)),
        ]
        for row in errors[errors["origin"] == "all"].to_dict("records")
    ]  # fmt: skip
    (row,) = norm.to_dict("records")
    cells = [
        class_name("urbanization", lang),
        decimal(row["s"], 4),
        decimal(row["t"], 4),
        str(int(row["n"])),
        str(int(row["n"])),
    ]
    rows.append([*map(Cell, cells), Cell(_span(row["window"], lang)), Cell(row["panel"])])
    unit = "对数单位，城镇化率为 logit" if lang == "zh" else "log units; logit for the urban share"
    return Table(columns, rows, caption, unit, notes)


def _panel(name: str, lang: str) -> str:
    return name.replace(", calibration half", "（校准的一半）") if lang == "zh" else name


def _span(years: str, lang: str) -> str:
    return str(years).replace("-", "—" if lang == "zh" else "–")


def correlation_table(record: pd.DataFrame, caption: str, lang: str = "zh", notes: Sequence[str] = ()) -> Table:
    """Return the correlation of each pair of classes with n, origins and panel."""
    columns = columns_of(
        lang, ("误差类别", "Error class", False), ("误差类别", "and", False), ("相关系数", "Correlation", True),
        ("观测数", "n", True), ("起点", "Origins", False), ("面板", "Panel", False),
    )  # fmt: skip
    rows = [
        [
            Cell(class_name(row["a"], lang)), Cell(class_name(row["b"], lang)), Cell(decimal(row["correlation"], 2)),
            Cell(str(int(row["n"]))), Cell(_span(row["origins"], lang)), Cell(_panel(row["panel"], lang)),
        ]
        for row in record.to_dict("records")
    ]  # fmt: skip
    return Table(columns, rows, caption, "", notes)


def plan_record_table(record: pd.DataFrame, caption: str, lang: str = "zh", notes: Sequence[str] = ()) -> Table:
    """Return outcome / target by plan period and kind: quartiles, the share met, how many targets of how many places."""
    columns = columns_of(
        lang, ("规划期", "Plan period", False), ("目标类别", "Kind of target", False), ("25%分位", "25 %", True),
        ("中位数", "Median", True), ("75%分位", "75 %", True), ("达到目标(%)", "Met (%)", True),
        ("目标数", "Targets", True), ("地区数", "Places", True),
    )  # fmt: skip
    rows = [
        [
            Cell(period_name(row["plan"], lang)), Cell(kind_name(row["kind"], lang)),
            *(Cell(decimal(row[name], 2)) for name in ("q25", "median", "q75")), _percent(row["share_met"]),
            Cell(str(int(row["n"]))), Cell(str(int(row["places"]))),
        ]
        for row in record.to_dict("records")
    ]  # fmt: skip
    return Table(columns, rows, caption, "目标为1" if lang == "zh" else "target = 1", notes)


def norm_table(record: pd.DataFrame, caption: str, lang: str = "zh", notes: Sequence[str] = ()) -> Table:
    """Return the constants of the norm d*(P) = a + b logit P and the spread around it."""
    (row,) = record.to_dict("records")
    words = (
        ("截距 a（logit/年）", "intercept a (logit a year)", "intercept", 4), ("斜率 b", "slope b", "slope", 4),
        ("十年离散程度（logit）", "spread over ten years (logit)", "sd_10", 4),
        ("十年偏离的10%分位", "10 % quantile beside the norm", "q10", 4),
        ("十年偏离的90%分位", "90 % quantile beside the norm", "q90", 4),
        ("县级单位数", "county units", "n", 0),
    )  # fmt: skip
    columns = columns_of(lang, ("项目", "Constant", False), ("数值", "Value", True))
    rows = [[Cell(en if lang == "en" else zh), Cell(decimal(row[name], digits))] for zh, en, name, digits in words]
    return Table(columns, rows, caption, "", notes)


def source_table(caption: str, lang: str = "zh", notes: Sequence[str] = ()) -> Table:
    """Return every committed table of the evidence: what it holds, its rows and sha256, and the command that writes it."""
    columns = columns_of(
        lang, ("文件", "File", False), ("内容", "Holds", False), ("行数", "Rows", True), ("sha256", "sha256", False),
        ("生成命令", "Written by", False),
    )  # fmt: skip
    rows = [[Cell(text) for text in _source_row(name, lang)] for name in COMMANDS]
    return Table(columns, rows, caption, "", notes)


def _source_row(name: str, lang: str) -> list[str]:
    from hashlib import sha256

    text = table_text(name)
    return [
        name,
        _HOLDS[name][lang != "zh"],
        str(len(text.splitlines()) - 1),
        sha256(text.encode()).hexdigest()[:12],
        COMMANDS[name],
    ]
