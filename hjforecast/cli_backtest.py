"""The command `hjforecast backtest`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hjforecast.cli_base import example, format_option, lang_option, main, out_option

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["backtest_command"]


@main.command(
    "backtest",
    short_help="用历史数据回测趋势方法 / backtest the trend rule on a panel",
    epilog=example("backtest panel.csv --horizon 5 --format table"),
)
@click.argument("panel", metavar="PANEL.csv")
@click.option(
    "--origin", "origins", type=int, multiple=True, metavar="Y",
    help="预测起点年份，可重复使用，默认最近六个 / year to forecast from; repeatable (the last six by default)",
)  # fmt: skip
@click.option("--horizon", type=click.IntRange(1, 100), default=5, show_default=True, help="向后预测年数 / years ahead")
@format_option()
@out_option
@click.option(
    "--workers", type=click.IntRange(min=1), metavar="N", help="进程数，默认每核一个 / processes, one a core by default"
)
@click.option("--figure", metavar="FILE.svg", help="另存各方法80%区间命中率图 / save the figure of coverage by horizon")
@lang_option
def backtest_command(
    panel: str,
    origins: tuple[int, ...],
    horizon: int,
    form: str,
    out: str | None,
    workers: int | None,
    figure: str | None,
    lang: str,
) -> None:
    """在面板数据（列：series,year,value，可另有 group）上逐个起点回测本趋势方法与五种通用方法；各方法只用起点及以前的数据。

    Backtest our trend rule beside naive, drift, Theta, damped Holt and ETS on PANEL.csv (columns series, year, value,
    optionally group). No method sees a value later than the origin. csv columns: method, origin, horizon, n, mae_log
    (mean absolute log error), pinball (mean loss of the 10, 50 and 90 % quantiles), coverage80 (share of outcomes in
    the 80 % band).
    """
    from hjforecast.backtest import backtest_scores, summarise
    from hjforecast.cli_output import emit, render
    from hjforecast.panel import check_panel, read_panel

    cells = read_panel(panel)
    frame = check_panel(cells, Path(panel).name)
    for line in _notes(cells, frame):
        click.echo(line, err=True)
    scores = backtest_scores(frame, list(origins) or None, horizon, workers=workers, progress=_progress())
    emit(_tables(scores) if form == "table" else render(summarise(scores), form), out)
    if figure:
        from hjforecast.plots import coverage_figure, to_svg

        drawn = coverage_figure(summarise(scores), lang)
        if drawn is not None:
            emit(to_svg(drawn), figure)


def _notes(cells: pd.DataFrame, frame: pd.DataFrame) -> list[str]:
    """Return what was read, what was left out, and where groups come from."""
    first, last, count = frame["year"].min(), frame["year"].max(), frame["series"].nunique()
    gaps, groups = len(cells) - len(frame), frame["group"].nunique()
    lines = [
        f"读入 {count} 个序列、{len(frame)} 个数值，{first}-{last} 年，空值 {gaps} 个 / "
        f"read {count} series, {len(frame)} values, {first}-{last}, {gaps} blank"
    ]
    if cells.attrs["ignored"]:
        names = ", ".join(name or '""' for name in cells.attrs["ignored"])
        lines.append(f"未使用的列：{names} / columns not used: {names}")
    if groups > 1 and ("group" not in cells or (cells["group"].str.strip() == "").all()):
        lines.append(
            f"没有 group 列，按行政区划代码前两位分为 {groups} 个省级组 / "
            f"no group column: {groups} provinces from the first two digits of the division codes"
        )
    return lines


def _progress() -> Callable[[int, int], None] | None:
    """Return a counter on standard error where that is a terminal; a log keeps its lines."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        """Rewrite the counter in place."""
        click.echo(f"\r拟合 / fits {done}/{total}", err=True, nl=done == total)

    return show


def _tables(scores: pd.DataFrame) -> str:
    """Return the scores as read by a person: overall by method, then pinball and coverage by origin."""
    from hjforecast.backtest import METHODS, summarise
    from hjforecast.cli_output import aligned

    total = summarise(scores, ["method"]).set_index("method")
    best = float(total["pinball"].drop("hjforecast").min())
    header = ["方法 method", "n", "mae_log", "pinball", "与最佳通用方法之比 ratio to best rival", "coverage80"]
    rows = [
        [
            str(name),
            f"{row.n:.0f}",
            f"{row.mae_log:.4f}",
            f"{row.pinball:.5f}",
            _ratio(row.pinball, best),
            f"{row.coverage80:.3f}",
        ]
        for name, row in total.iterrows()
    ]
    text = f"合计 / overall\n{aligned(header, rows, range(1, 6))}"
    by_origin = summarise(scores, ["method", "origin"])
    for column, title, digits in (
        ("pinball", "各起点 pinball 损失 / by origin", 5),
        ("coverage80", "各起点 80% 区间覆盖率 / by origin", 3),
    ):
        wide = by_origin.pivot(index="method", columns="origin", values=column).loc[list(METHODS)]
        body = [
            [str(name), *(f"{value:.{digits}f}" for value in row)]
            for name, row in zip(wide.index, wide.to_numpy(), strict=True)
        ]
        text += f"\n{title}\n{aligned(['方法 method', *map(str, wide.columns)], body, range(1, 1 + wide.shape[1]))}"
    return text + (
        "\npinball：10%、50%、90% 分位数的平均损失（对数），越小越好；比值小于 1 表示优于该方法\n"
        "pinball: mean loss of the 10, 50 and 90 % quantiles on logs, lower is better; a ratio below 1 beats the best rival\n"
    )


def _ratio(loss: float, best: float) -> str:
    return f"{loss / best:.3f}" if best > 0 else "–"
