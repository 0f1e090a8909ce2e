"""The command `hjforecast explain`."""

from __future__ import annotations

import json

import click

from hjforecast.cli_base import example, lang_option, main, out_option, plan_dir_option
from hjforecast.cli_complete import complete_indicators, complete_scenarios

__all__ = ["explain_command"]


@main.command(
    "explain", short_help="一个指标的来龙去脉 / where a figure comes from", epilog=example("explain urbanization")
)
@click.argument("indicator", shell_complete=complete_indicators)
@click.option(
    "--scenario", metavar="ID", shell_complete=complete_scenarios,
    help="按哪个情景说明，默认 trend / scenario to explain it under (trend by default)",
)  # fmt: skip
@plan_dir_option
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True,
    help="输出格式 / output format",
)  # fmt: skip
@lang_option
@out_option
def explain_command(
    indicator: str, scenario: str | None, plan_dir: str | None, form: str, lang: str, out: str | None
) -> None:
    """说明一个指标（代码或名称）的数从哪里来、按什么规则测算、哪些杠杆能改变它、误差有多大、审查怎么说。

    Explain INDICATOR (id or name): the sources of its figures, the rule that moves it with the numbers used, what it
    depends on and what depends on it, levers, past errors, targets with odds, audit findings. JSON holds both languages.
    """
    from hjforecast.cli_output import emit
    from hjforecast.explain import explain
    from hjforecast.loading import load_plan

    told = explain(load_plan(plan_dir), indicator, scenario, lang=lang)
    if form == "json":
        emit(json.dumps(told.to_dict(), ensure_ascii=False, allow_nan=False, indent=1) + "\n", out)
    else:
        emit(told.text(), out)
