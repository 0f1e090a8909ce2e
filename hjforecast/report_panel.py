"""A panel of one's own, backtested in a report: what was read, scores by years ahead, coverage, methods side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hjforecast import tables_evidence as tables
from hjforecast import text_evidence as text
from hjforecast.backtest import backtest
from hjforecast.document import Block, data_block, figure_block, paragraphs, stack
from hjforecast.evidence import method_totals, pooled
from hjforecast.panel import check_panel, read_panel
from hjforecast.report import Report

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["figure_with_data", "file_blocks", "panel_blocks"]


def panel_blocks(report: Report, panel: pd.DataFrame, name: str, notes: list[str]) -> list[Block]:
    """Return what a checked panel shows: sentence, loss and coverage by years ahead, and the table of methods.

    `name` is what the panel is called, `notes` stand under every figure and table. Raises BacktestError where the panel
    cannot be backtested.
    """
    found = backtest(panel)
    table, totals = pooled(found, ("method", "horizon")), method_totals(found)
    caption = report.say(f"各方法的损失与覆盖率（{name}）", f"Loss and coverage of the methods ({name})")
    return [
        paragraphs([_read(panel, found, name, report.lang), text.own_panel_sentence(totals, report.lang)]),
        *(_figure(report, table, score, name, notes) for score in ("pinball", "coverage80")),
        report.table(tables.methods_table(totals, caption, report.lang, notes)),
    ]


def file_blocks(report: Report, path: str) -> list[Block]:
    """Return what a panel file shows, as `panel_blocks`. Raises BacktestError where the file is no panel."""
    name = Path(path).name
    source = report.say(f"资料来源：{name}；hjforecast测算。", f"Source: {name}; hjforecast.")
    notes = [source, text.reproduce(f"hjforecast backtest {name} --format table", "", report.lang)]
    return panel_blocks(report, check_panel(read_panel(path), name), name, notes)


def figure_with_data(
    report: Report, figure: Figure, frame: pd.DataFrame, caption: tuple[str, str], notes: list[str]
) -> Block:
    """Return a numbered figure with its notes, and the table behind it, which spreadsheets hold as a sheet."""
    from hjforecast.plots import to_svg

    label = report.numbers.label("figure")
    data = data_block(frame, report.say(f"{label}数据", f"{label} data"))
    return stack([figure_block(to_svg(figure), label, report.say(*caption), notes), data])


def _figure(report: Report, table: pd.DataFrame, score: str, name: str, notes: list[str]) -> Block:
    from hjforecast.plots_evidence import score_figure

    seen = text.scores_seen(table, score, "horizon", report.lang)
    caption = text.score_caption(score, "horizon", name)
    return figure_with_data(report, score_figure(table, score, "horizon", report.lang), table, caption, [seen, *notes])


def _read(frame: pd.DataFrame, found: pd.DataFrame, name: str, lang: str) -> str:
    series, groups = frame["series"].nunique(), frame["group"].nunique()
    first, last = int(frame["year"].min()), int(frame["year"].max())
    origins = sorted(set(found["origin"]))
    if lang == "zh":
        return (
            f"{name}{' ' if name.isascii() else ''}有{series}个序列（分属{groups}个组）、{len(frame)}个数值，{first}—{last}年；以{origins[0]}—{origins[-1]}年中的{len(origins)}年为起点，"
            f"向后{int(found['horizon'].max())}年逐年评分。"
        )
    return (
        f"{name}: {series} series in {groups} group(s) with {len(frame)} values, {first}–{last}; scored from {len(origins)} origins "
        f"({origins[0]}–{origins[-1]}), up to {int(found['horizon'].max())} years ahead."
    )
