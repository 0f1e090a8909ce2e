"""The command `hjforecast init`: a new plan directory, as a worked example or blank for another place."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hjforecast.cli_base import example, main, not_empty

if TYPE_CHECKING:
    from hjforecast.plan_template import PlanStart

__all__ = ["init_command"]


@main.command(
    "init",
    short_help="新建规划目录 / write a new plan directory",
    epilog=example("init my_plan", "init yixian --region 乙县 --base-year 2025 --parent 丙市"),
)
@click.argument("directory", metavar="[DIR]", required=False, callback=not_empty)
@click.option(
    "--blank", is_flag=True,
    help="不抄内置规划，只留指标目录和三个情景 / no figures: a catalogue and three scenarios to fill in",
)  # fmt: skip
@click.option("--ask", is_flag=True, help="逐项询问 / ask for the region, years and indicators")
@click.option("--region", help="地区名称，如 乙县 / name of the region")
@click.option("--region-en", help="地区英文名 / its English name")
@click.option("--title", help="规划名称 / title of the plan")
@click.option("--parent", "parents", multiple=True, help="上级地区，由近到远，可重复 / region above it; repeatable")
@click.option("--base-year", type=int, help="基期年 / base year")
@click.option("--target-year", type=int, help="目标年，默认基期后第五年 / target year, five years on by default")
@click.option(
    "--outlook-year",
    type=int,
    help="展望年，默认 2035 年（目标年不早于它的再加十年）/ outlook year, 2035 by default, or ten further on",
)
@click.option(
    "--indicators", metavar="ID,ID,...",
    help="指标代码，或 common（常用，默认）、all（全部）/ ids, or common (the default), or all",
)  # fmt: skip
@click.option(
    "--excel", metavar="FILE", callback=not_empty,
    help="写 Excel 模板，填好后用 hjforecast import 导入 / write an Excel template, to be read by hjforecast import",
)  # fmt: skip
@click.option(
    "--plan-dir", metavar="DIR", callback=not_empty,
    help="与 --excel 同用：把该规划目录写成 Excel / with --excel: the plan directory to write as a workbook",
)  # fmt: skip
def init_command(
    directory: str | None, blank: bool, ask: bool, excel: str | None, plan_dir: str | None, **given: Any
) -> None:
    """新建规划目录：默认完整复制内置规划作为样例；给出地区、年份或指标，或用 --blank，则只写待填的表格。

    Write a new plan directory: a full copy of the built-in plan as a worked example, or, with --blank or any option on
    the region, years and indicators, tables to fill in. A README.md explains every file and column. A folder that is
    not empty is left alone.
    """
    from hjforecast.cli_plan import write_plan_dir

    stated = {name: value for name, value in given.items() if value}
    if ask or (blank and not stated and sys.stdin.isatty()):
        stated = _asked(stated)
    if excel is not None:
        _write_excel(Path(excel), directory, plan_dir, stated)
        return
    if directory is None or plan_dir is not None:
        raise click.UsageError(
            "请写出目录 DIR，或用 --excel FILE；--plan-dir 只与 --excel 同用 / give DIR, or --excel FILE"
        )
    start = _start(stated) if blank or stated else None
    write_plan_dir(Path(directory), start)
    click.echo(f"已新建 {directory}；填写后请运行：hjforecast check {directory}", err=True)
    click.echo(f"    written; after filling it in run: hjforecast check {directory}", err=True)
    _say_years(start)


def _write_excel(target: Path, directory: str | None, plan_dir: str | None, stated: dict[str, Any]) -> None:
    """Write a plan directory as a workbook, or that of a blank plan for the region stated."""
    from hjforecast.cli_import import excel_library
    from hjforecast.plan_template import write_blank

    if directory is not None or (plan_dir is None) == (not stated.get("region")):
        raise click.UsageError(
            "--excel 须与 --region（新模板）或 --plan-dir（已有目录）之一同用，不写 DIR / "
            "--excel goes with either --region or --plan-dir, and without DIR"
        )
    if target.exists():
        raise click.UsageError(f"{target} 已存在；请换一个名字 / {target} exists; choose another name")
    write_template = excel_library("hjforecast.excel_write").write_template
    start = _start(stated) if plan_dir is None else None
    with tempfile.TemporaryDirectory() as folder:
        if start is not None:
            write_blank(Path(folder), start)
        write_template(Path(plan_dir or folder), target)
    click.echo(f"已写出 {target}；填写后请运行：hjforecast import {target} 规划目录", err=True)
    click.echo(f"    written; after filling it in run: hjforecast import {target} DIR", err=True)
    _say_years(start)


def _say_years(start: PlanStart | None) -> None:
    """Say which years a new plan has, most of which may not have been stated."""
    if start is not None:
        years = (start.base_year, start.target_year, start.outlook_year)
        click.echo(
            "基期{}年，目标年{}年，展望年{}年；不对请用 --target-year、--outlook-year 重写。".format(*years), err=True
        )
        click.echo("    base {}, target {}, outlook {}; state others with the options.".format(*years), err=True)


def _asked(stated: dict[str, Any]) -> dict[str, Any]:
    """Return the options with those that were not given asked for."""
    from hjforecast.loading import load_plan
    from hjforecast.plan_template import default_outlook

    def answer(name: str, words: str, default: Any, kind: Any = None) -> None:
        """Ask for an option that was not given."""
        if name not in stated:
            stated[name] = click.prompt(words, default=default, type=kind, err=True)

    answer("region", "地区名称 / name of the region", None)
    answer("region_en", "英文名称 / its English name", stated["region"])
    answer("base_year", "基期年 / base year", load_plan().base_year, int)
    answer("target_year", "目标年 / target year", stated["base_year"] + 5, int)
    answer("outlook_year", "展望年 / outlook year", default_outlook(stated["target_year"]), int)
    answer("parents", "上级地区，由近到远，用逗号分开，没有则回车 / regions above, comma separated, or none", "")
    if isinstance(stated["parents"], str):
        stated["parents"] = tuple(
            word.strip() for word in stated["parents"].replace("，", ",").split(",") if word.strip()
        )
    answer("indicators", "指标：common 常用、all 全部，或代码 / indicators: common, all, or ids", "common")
    return stated


def _start(stated: dict[str, Any]) -> PlanStart:
    from hjforecast.loading import load_plan
    from hjforecast.plan_template import COMMON, PlanStart, catalogue, default_outlook

    base = stated.get("base_year") or load_plan().base_year
    target = stated.get("target_year") or base + 5
    words = stated.get("indicators", "common").replace("，", ",").split(",")
    chosen = {"common": COMMON, "all": tuple(catalogue())}
    names = [name for word in words if word.strip() for name in chosen.get(word.strip(), (word.strip(),))]
    return PlanStart(
        base, target, stated.get("outlook_year") or default_outlook(target), stated.get("region", ""), stated.get("region_en", ""),
        stated.get("title", ""), "", tuple(stated.get("parents", ())), tuple(dict.fromkeys(names)),
    )  # fmt: skip
