"""The command line. Nothing but click and the standard library is imported before a command runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hjforecast import (
    cli_backtest,
    cli_dashboard,
    cli_evaluate,
    cli_explain,
    cli_import,
    cli_init,
    cli_questions,
    cli_report,
)
from hjforecast.cli_base import (
    example,
    format_option,
    indicator_option,
    lang_option,
    main,
    not_empty,
    out_option,
    plan_dir_option,
    to_option,
)
from hjforecast.cli_complete import complete_scenarios

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "cli_backtest",
    "cli_dashboard",
    "cli_evaluate",
    "cli_explain",
    "cli_import",
    "cli_init",
    "cli_questions",
    "cli_report",
    "main",
]

_SEVERITIES = ("note", "warning", "error")


@main.command(
    "project",
    short_help="测算一个情景 / run one scenario",
    epilog=example("project trend --indicator gdp --to 2025 --format table"),
)
@click.argument("scenario", shell_complete=complete_scenarios)
@plan_dir_option
@click.option(
    "--all-plans", metavar="DIR", is_eager=True, callback=not_empty,
    help="测算该文件夹下的每个规划目录 / every plan directory below this folder",
)  # fmt: skip
@click.option(
    "--jobs", type=click.IntRange(min=0), default=0,
    help="--all-plans 的并行数，0 为按处理器数 / processes for --all-plans, 0 for one a core",
)  # fmt: skip
@click.option(
    "--cluster", metavar="ADDRESS", callback=not_empty,
    help="--all-plans 送往 Dask 集群 / run --all-plans on this Dask scheduler, such as tcp://scheduler:8786",
)  # fmt: skip
@to_option
@indicator_option
@click.option("--draws", type=click.IntRange(min=0), default=0, help="随机路径数 / number of random paths")
@click.option("--seed", type=int, help="随机种子 / seed of the draws")
@format_option()
@lang_option
@out_option
def project_command(
    scenario: str,
    plan_dir: str | None,
    all_plans: str | None,
    jobs: int,
    cluster: str | None,
    to: int | None,
    indicators: tuple[str, ...],
    draws: int,
    seed: int | None,
    form: str,
    lang: str,
    out: str | None,
) -> None:
    """按一个情景测算各指标到展望年的路径。

    Project every indicator under SCENARIO. csv columns: scenario, indicator, year, statistic, value, unit, status;
    with --all-plans a first column, plan, holds the plan's directory. --lang is that of the table.
    """
    if all_plans is not None:
        from hjforecast.cli_many import all_plans_request, project_all_plans

        request = all_plans_request(scenario, plan_dir, to, indicators, draws, seed, form)
        sys.exit(project_all_plans(all_plans, request, out, jobs, cluster))
    if jobs or cluster:
        raise click.UsageError("--jobs、--cluster 只用于 --all-plans / --jobs and --cluster go with --all-plans")
    from hjforecast.cli_output import emit, projection_table, render
    from hjforecast.comparison import known_indicators
    from hjforecast.loading import load_plan
    from hjforecast.model import project

    plan = load_plan(plan_dir)
    wanted = [item.id for item in known_indicators(plan, indicators or None)]
    result = project(plan, scenario, draws=draws, seed=seed, to=to)
    frame = result.frame
    frame = frame[frame["indicator"].isin(wanted)]
    emit(projection_table(plan, frame, lang) if form == "table" else render(frame, form), out)


@main.command(
    "compare",
    short_help="比较多个情景 / set scenarios side by side",
    epilog=example("compare plan trend --indicator gdp --format table"),
)
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...", shell_complete=complete_scenarios)
@plan_dir_option
@click.option(
    "--baseline",
    default="trend",
    show_default=True,
    shell_complete=complete_scenarios,
    help="基准情景 / baseline that differences are taken from",
)
@to_option
@indicator_option
@format_option()
@lang_option
@out_option
def compare_command(
    scenarios: tuple[str, ...],
    plan_dir: str | None,
    baseline: str,
    to: int | None,
    indicators: tuple[str, ...],
    form: str,
    lang: str,
    out: str | None,
) -> None:
    """各情景（默认全部）与基准情景比较：水平、年均增长、差额。

    Compare scenarios (all by default) with the baseline: level, average growth since the base year, difference.
    --lang is that of the table.
    """
    from hjforecast.cli_output import comparison_table, emit, render
    from hjforecast.comparison import compare
    from hjforecast.loading import load_plan

    plan = load_plan(plan_dir)
    if form == "table" and scenarios:
        scenarios = tuple(dict.fromkeys((baseline, *scenarios)))
    frame = compare(plan, scenarios or None, baseline=baseline, indicators=indicators or None, to=to)
    emit(comparison_table(plan, frame, lang) if form == "table" else render(frame, form), out)


@main.command(
    "audit",
    short_help="规划指标一致性审查 / audit the plan against itself",
    epilog=example("audit --format table --fail-on never"),
)
@plan_dir_option
@format_option()
@click.option(
    "--fail-on", type=click.Choice(["error", "warning", "never"]), default="error", show_default=True,
    help="有此级别或更严重的意见时退出码为 1 / exit 1 on a finding of this severity or worse",
)  # fmt: skip
@lang_option
@out_option
def audit_command(plan_dir: str | None, form: str, fail_on: str, lang: str, out: str | None) -> None:
    """审查规划自身是否前后一致；没有意见时输出只有表头。

    Audit a plan against itself. csv and JSON hold both languages; --lang chooses that of the table. Exit code 1 where
    a finding at or above --fail-on exists.
    """
    from hjforecast.audit import audit
    from hjforecast.cli_output import emit, render
    from hjforecast.loading import load_plan

    found = audit(load_plan(plan_dir))
    emit(render(_for_reading(found, lang) if form == "table" else found, form), out)
    counts = {word: int((found["severity"] == word).sum()) for word in reversed(_SEVERITIES)}
    parts = [f"{word} {number}" for word, number in counts.items()]
    click.echo(f"审查结果 / findings: {', '.join(parts)}", err=True)
    if fail_on != "never" and any(counts[word] for word in _SEVERITIES[_SEVERITIES.index(fail_on) :]):
        sys.exit(1)


def _for_reading(found: pd.DataFrame, lang: str) -> pd.DataFrame:
    columns = ["severity", "rule", "year", "expected", "observed", f"message_{lang}", "indicators", "source"]
    return found[columns].rename(columns={f"message_{lang}": "message"})


@main.command(
    "delivery",
    short_help="上一个规划的兑现率 / what the last plan delivered",
    epilog=example("delivery --format table"),
)
@plan_dir_option
@format_option()
@out_option
def delivery_command(plan_dir: str | None, form: str, out: str | None) -> None:
    """列出上一个五年规划各目标的规划数、完成数与兑现率。

    List planned, delivered and their ratio for every target of the last plan.
    """
    from hjforecast.cli_output import emit, render
    from hjforecast.delivery import delivery
    from hjforecast.loading import load_plan

    emit(render(delivery(load_plan(plan_dir)), form), out)


@main.command("check", short_help="检查规划目录 / check a plan directory", epilog=example("check my_plan"))
@click.argument("directory", metavar="[DIR]", required=False, callback=not_empty)
@click.option("--all-notes", is_flag=True, help="列出全部提示 / list every note")
def check_command(directory: str | None, all_notes: bool) -> None:
    """读入一个规划目录（默认内置规划）并一次列出全部问题；有问题时退出码为 2。

    Read a plan directory (the built-in one by default) with its scenarios and list every problem at once; exit code 2
    where there is one.
    """
    from hjforecast.cli_output import emit
    from hjforecast.cli_plan import checked, notes, summary

    plan = checked(directory)
    if directory is None and Path("plan.toml").is_file():
        click.echo("当前文件夹也有 plan.toml；检查它请用：hjforecast check . / to check this folder: check .", err=True)
    for line in notes(plan, None if all_notes else 5):
        click.echo(line, err=True)
    emit(summary(plan, directory) + "\n", None)


@main.command(
    "list", short_help="列出情景、指标、杠杆 / list scenarios, indicators, levers", epilog=example("list levers")
)
@click.argument("what", type=click.Choice(["scenarios", "indicators", "levers"]), required=False)
@plan_dir_option
@lang_option
def list_command(what: str | None, plan_dir: str | None, lang: str) -> None:
    """列出情景、指标和杠杆（默认三者都列）。

    List scenarios, indicators and levers (all three by default).
    """
    from hjforecast.cli_output import emit
    from hjforecast.cli_plan import listing
    from hjforecast.loading import load_plan

    emit(listing(load_plan(plan_dir), what, lang), None)
