"""The command group, its errors, and the options that commands share. Imports click and the standard library only."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from hjforecast.cli_complete import complete_indicators

__all__ = [
    "example",
    "format_option",
    "indicator_option",
    "lang_option",
    "main",
    "not_empty",
    "out_option",
    "plan_dir_option",
    "to_option",
]

Command = TypeVar("Command", bound=Callable[..., Any])


class _Group(click.Group):
    """Prints UTF-8 everywhere, and turns errors that a user can repair into two lines and exit code 2."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command line."""
        for stream, errors in ((sys.stdout, "strict"), (sys.stderr, "backslashreplace")):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(encoding="utf-8", errors=errors, newline="\n")
        return super().main(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; report what went wrong on standard error."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            message = _message(error)
            if message is None:
                raise
        click.echo(message, err=True)
        return ctx.exit(2)


def _message(error: Exception) -> str | None:
    """Return what to tell the user, None where the error is not for the user to repair."""
    ours = sys.modules.get("hjforecast.errors")
    if ours is not None and isinstance(error, ours.HjforecastError):
        return str(error)
    if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
        place, reason = error.filename or "", error.strerror or error
        return f"无法读写 {place}（{reason}）。\n    cannot read or write {place} ({reason})."
    return None


def not_empty(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Refuse an empty path: a shell's unset variable would otherwise mean the default, or the current folder."""
    if value is not None and not value.strip():
        raise click.BadParameter("不能为空 / cannot be empty", ctx, param)
    return value


def plan_place(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Refuse an empty plan directory, and tell who stands in a plan's folder that the built-in plan is used."""
    if ctx.resilient_parsing:  # completing a line must not print
        return value
    if value is None and not ctx.params.get("all_plans") and Path("plan.toml").is_file():
        click.echo(
            "使用的是内置规划；当前文件夹也有 plan.toml，要用它请加 --plan-dir . / "
            "the built-in plan is used; for this folder's: --plan-dir .",
            err=True,
        )
    return not_empty(ctx, param, value)


plan_dir_option = click.option(
    "--plan-dir",
    metavar="DIR",
    callback=plan_place,
    help="规划目录，默认内置规划 / plan directory (built-in one by default)",
)
out_option = click.option(
    "--out", metavar="FILE", callback=not_empty, help="写入文件而非屏幕 / write to a file instead of standard output"
)
to_option = click.option(
    "--to", type=int, metavar="YEAR", help="止于某年，默认展望年 / last year (outlook year by default)"
)
indicator_option = click.option(
    "--indicator",
    "indicators",
    multiple=True,
    metavar="ID",
    shell_complete=complete_indicators,
    help="只输出该指标，可重复使用 / only this indicator; repeatable",
)
lang_option = click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="语言 / language"
)


def format_option(default: str = "csv") -> Callable[[Command], Command]:
    """Return the option `--format csv|json|table`."""
    return click.option(
        "--format", "form", type=click.Choice(["csv", "json", "table"]), default=default, show_default=True,
        help="输出格式 / output format",
    )  # fmt: skip


def example(*commands: str) -> str:
    """Return the end of a command's help: examples that run as they stand, one a line, never wrapped."""
    return "\b\n例 / Example:\n" + "\n".join(f"  hjforecast {command}" for command in commands)


def _show_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from hjforecast.version import version_text

        click.echo(version_text())
        ctx.exit()


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=example("project trend --indicator gdp"),
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version,
    help="版本和内置数据的年份 / version, and the vintage of the built-in data",
)  # fmt: skip
def main() -> None:
    """五年规划的测算、审查与跟踪。

    Run, question and track a Chinese county's five-year plan.
    """
