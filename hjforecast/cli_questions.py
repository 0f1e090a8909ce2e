"""Commands that question a projection: odds, condition, required, sensitivity. Imported by `cli`, so nothing heavy at the top."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hjforecast.cli_base import example, format_option, lang_option, main, out_option, plan_dir_option
from hjforecast.cli_complete import complete_indicators, complete_scenarios

if TYPE_CHECKING:
    import pandas as pd

    from hjforecast.projection import Projection

__all__ = ["condition_command", "odds_command", "required_command", "sensitivity_command"]


@main.command(
    "odds",
    short_help="各项目标实现的概率 / chances of meeting each target",
    epilog=example("odds trend --format table"),
)
@click.argument("scenario", shell_complete=complete_scenarios)
@plan_dir_option
@click.option(
    "--draws", type=click.IntRange(min=0), default=10_000, show_default=True,
    help="随机路径数，0 为用公式 / number of random paths, 0 for the closed form",
)  # fmt: skip
@click.option("--seed", type=int, help="随机种子 / seed of the draws")
@format_option()
@lang_option
@out_option
def odds_command(
    scenario: str, plan_dir: str | None, draws: int, seed: int | None, form: str, lang: str, out: str | None
) -> None:
    """列出每个目标在该情景下的测算值、差距、实现概率和今后所需增速；没有历史误差可依据的概率留空。

    List every target under SCENARIO: central value, gap, probability of meeting it and the growth it takes from here.
    The probability is blank where no past errors are known. json also tells whose errors it rests on. The table holds
    the targets with a probability, rounded, in the language of --lang.
    """
    from hjforecast.cli_output import emit, render
    from hjforecast.loading import load_plan
    from hjforecast.model import project
    from hjforecast.odds import odds, plausibility

    projection = project(load_plan(plan_dir), scenario, draws=draws, seed=seed)
    frame, whole = odds(projection), plausibility(projection)
    emit(_for_reading(projection, frame, lang) if form == "table" else render(_contract(frame, form), form), out)
    if form == "table":
        left = int(frame["probability"].isna().sum())
        click.echo(f"另有 {left} 项没有概率，见 csv / {left} more have no probability, see csv", err=True)
    if whole is not None:
        zh = f"规划整体距该情景 {whole.sigma:.1f} 个标准差（{whole.k} 项目标，q = {whole.q:.2f}）"
        click.echo(f"{zh} / as a whole a {whole.sigma:.1f}-sigma plan ({whole.k} targets)", err=True)


_COLUMNS = {
    "zh": ("indicator", "指标", "单位", "年份", "规划", "测算", "概率(%)", "所需年均增长(%)"),
    "en": ("indicator", "unit", "year", "target", "projected", "chance %", "required %/yr"),
}
"""The headers of the table of odds; in English an id says which indicator is meant."""


def _for_reading(projection: Projection, frame: pd.DataFrame, lang: str) -> str:
    """Return the targets that have a probability as an aligned table, their figures rounded as reports round them."""
    from hjforecast.cli_output import aligned
    from hjforecast.odds import series_of
    from hjforecast.tables import mark_note, target_table
    from hjforecast.tables_questions import chance_text
    from hjforecast.targets import gaps

    found = list(gaps(projection))
    table, rows, kept = target_table(projection, found, "", "", lang), [], []
    for gap, cells, row in zip(found, table.rows, frame.to_dict("records"), strict=True):
        if row["probability"] != row["probability"]:
            continue
        name, unit, _, target, projected, *_ = (cell.text for cell in cells)
        needed = (
            "—" if row["required_growth_pct"] != row["required_growth_pct"] else f"{row['required_growth_pct']:.1f}"
        )
        figures = [str(gap.target_year), target, projected, chance_text(row["probability"]), needed]
        kept.append([*cells[:2], *cells[3:5]])
        rows.append([series_of(projection, gap), *([name] if lang == "zh" else []), unit, *figures])
    columns = _COLUMNS[lang]
    note = mark_note(kept, lang)
    return aligned(columns, rows, range(len(columns) - 5, len(columns))) + (f"\n{note}\n" if note else "")


def _contract(frame: pd.DataFrame, form: str) -> pd.DataFrame:
    """Return the columns that the csv promises; GDP's real growth goes by its own id, being no level of GDP."""
    from hjforecast.run import GDP, REAL

    if form != "csv":
        return frame
    growth = (frame["indicator"] == GDP) & (frame["measure"] == "growth")
    return frame.assign(indicator=frame["indicator"].mask(growth, REAL)).drop(columns=["measure", "basis"])


@main.command(
    "condition",
    short_help="目标成立时其他指标须如何 / what else must be true",
    epilog=example("condition trend gdp=2030:200"),
)
@click.argument("scenario", shell_complete=complete_scenarios)
@click.argument("conditions", nargs=-1, required=True, metavar="ID=YEAR:VALUE...")
@click.option(
    "--indicator",
    "indicators",
    multiple=True,
    metavar="ID",
    shell_complete=complete_indicators,
    help="只列这些指标，可重复 / only these; repeatable",
)
@plan_dir_option
@format_option()
@out_option
def condition_command(
    scenario: str,
    conditions: tuple[str, ...],
    indicators: tuple[str, ...],
    plan_dir: str | None,
    form: str,
    out: str | None,
) -> None:
    """从情景路径出发，给出使条件成立且偏离最小的路径。

    The path of least effort from SCENARIO on which the conditions hold. Columns: indicator, year, before, after,
    difference, unit.
    """
    from hjforecast.cli_output import emit, render
    from hjforecast.comparison import known_indicators
    from hjforecast.condition_table import condition_frame, read_conditions
    from hjforecast.conditioning import condition
    from hjforecast.loading import load_plan
    from hjforecast.model import project

    plan = load_plan(plan_dir)
    before = project(plan, scenario)
    after = condition(before, read_conditions(conditions))
    names = [item.id for item in known_indicators(plan, indicators or None)]
    emit(render(condition_frame(before, after, names), form), out)


@main.command(
    "required",
    short_help="需要多大力度 / lever value that gets there",
    epilog=example("required trend gdp 2025 195.66"),
    context_settings={"ignore_unknown_options": True},
)
@click.argument("scenario", shell_complete=complete_scenarios)
@click.argument("indicator", shell_complete=complete_indicators)
@click.argument("year", type=int)
@click.argument("value", type=float)
@click.option("--lever", metavar="NAME", help="用哪个杠杆，默认由指标的规则定 / lever to move (the rule decides)")
@plan_dir_option
@format_option()
@out_option
def required_command(
    scenario: str,
    indicator: str,
    year: int,
    value: float,
    lever: str | None,
    plan_dir: str | None,
    form: str,
    out: str | None,
) -> None:
    """求使指标在某年达到某值的杠杆取值；达不到时指出界限；达不到也以 0 退出。

    Find the lever value with which INDICATOR reaches VALUE in YEAR under SCENARIO; where none does, name the bound.
    """
    import pandas as pd

    from hjforecast.cli_output import emit, render
    from hjforecast.loading import load_plan
    from hjforecast.sensitivity import required

    found = required(load_plan(plan_dir), scenario, indicator, year, value, lever)
    emit(render(pd.DataFrame([vars(found)]), form), out)
    click.echo(f"{found.note_zh}\n    {found.note_en}", err=True)


@main.command(
    "sensitivity",
    short_help="哪个杠杆影响最大 / which lever matters most",
    epilog=example("sensitivity trend --indicator gdp --format table"),
)
@click.argument("scenario", shell_complete=complete_scenarios)
@click.option(
    "--indicator",
    default="gdp",
    show_default=True,
    metavar="ID",
    shell_complete=complete_indicators,
    help="结果指标 / outcome",
)
@click.option("--year", type=int, help="结果年份，默认规划目标年 / year of the outcome (target year by default)")
@plan_dir_option
@format_option()
@out_option
def sensitivity_command(
    scenario: str, indicator: str, year: int | None, plan_dir: str | None, form: str, out: str | None
) -> None:
    """逐个上下移动杠杆，按对结果影响的大小排列。

    Move every lever down and up by its plausible step, alone, and list the outcomes, the largest effect first.
    """
    from hjforecast.cli_output import emit, render
    from hjforecast.loading import load_plan
    from hjforecast.sensitivity import sensitivity

    emit(render(sensitivity(load_plan(plan_dir), scenario, indicator, year), form), out)
