"""The command `hjforecast evaluate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hjforecast.cli_base import example, format_option, lang_option, main, out_option, plan_dir_option
from hjforecast.cli_complete import complete_scenarios

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["evaluate_command"]


@main.command(
    "evaluate",
    short_help="中期评估 / evaluate against actual figures",
    epilog=example("evaluate --plan-dir my_plan --year 2023 --format table"),
)
@plan_dir_option
@click.option(
    "--actuals",
    metavar="FILE",
    help="实绩文件，默认规划目录的 actuals.csv / actual figures (the plan's own by default)",
)
@click.option(
    "--year", type=int, metavar="YEAR", help="评估年份，默认最近实绩年 / year (that of the latest figure by default)"
)
@click.option(
    "--scenario",
    default="trend",
    show_default=True,
    shell_complete=complete_scenarios,
    help="余下年份的情景 / scenario of the remaining years",
)
@click.option(
    "--draws", type=click.IntRange(min=0), default=10_000, show_default=True, help="概率的抽样次数 / draws of the odds"
)
@click.option("--seed", type=int, help="随机种子 / seed of the draws")
@format_option()
@lang_option
@out_option
def evaluate_command(
    plan_dir: str | None,
    actuals: str | None,
    year: int | None,
    scenario: str,
    draws: int,
    seed: int | None,
    form: str,
    lang: str,
    out: str | None,
) -> None:
    """按实绩逐项评估规划目标：进度、类别、余下年份所需增速和完成概率；约束性指标在前。

    Evaluate every target against actual figures: progress, class, growth required of the rest, odds; binding targets
    first. csv and JSON hold notes in both languages; --lang chooses that of the table, which leaves out targets
    without a figure.
    """
    from hjforecast.cli_output import emit, render
    from hjforecast.evaluate import evaluate
    from hjforecast.loading import load_plan

    plan = load_plan(plan_dir)
    found = evaluate(plan, actuals, year, scenario=scenario, draws=draws, seed=seed)
    emit(render(_for_reading(found, lang) if form == "table" else found, form), out)
    for line in _remarks(found, lang):
        click.echo(line, err=True)


def _for_reading(found: pd.DataFrame, lang: str) -> pd.DataFrame:
    from hjforecast.evaluate_words import class_name
    from hjforecast.tables import BINDING_EN

    names = ["indicator", "binding", "measure", "year", "actual", "target", "progress_pct", "time_elapsed_pct", "class",
             "required_growth_pct", "required_change", "probability", f"note_{lang}"]  # fmt: skip
    kept = found[found["actual"].notna()][names].rename(columns={f"note_{lang}": "note"})
    kept["class"] = [class_name(word, lang) for word in kept["class"]]
    if lang == "en":
        kept["binding"] = [BINDING_EN[word] for word in kept["binding"]]
    kept[kept.select_dtypes("float").columns] = kept.select_dtypes("float").round(2)
    return kept


def _remarks(found: pd.DataFrame, lang: str) -> list[str]:
    """Return what to say on standard error: counts by class, figures ignored, made-up figures."""
    from hjforecast.evaluate_words import class_name

    year, ignored = found.attrs["year"], found.attrs["ignored"]
    classes = found["class"].value_counts(sort=False).items()
    counts = ("、" if lang == "zh" else ", ").join(
        f"{class_name(str(word), lang)} {number}" for word, number in classes
    )
    lines = [f"{year} 年评估结果 / classes in {year}: {counts}"]
    if ignored:
        lines.append(f"有 {ignored} 个数晚于 {year} 年，未采用 / {ignored} figures after {year} are ignored")
    if found.attrs["scenario"] == "plan":
        lines.append("plan 情景以目标实现为前提，其概率不能说明能否完成；可用 --scenario trend")
        lines.append("    the plan scenario supposes that targets are met: its odds do not tell; try --scenario trend")
    if found.attrs["example"]:
        lines.append(
            "注意：含示例数据，并非实际统计数据 / note: some of these figures are an example, not real statistics"
        )
    return lines
