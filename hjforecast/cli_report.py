"""The command `hjforecast report`: reports rendered unattended, and output folders checked."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from hjforecast.cli_base import example, main, not_empty
from hjforecast.cli_complete import complete_scenarios

__all__ = ["report_command"]

_OPTIONS = (
    click.option(
        "--plan-dir", "plan_dirs", multiple=True, metavar="DIR",
        help="规划目录，默认内置规划；可重复，每个规划一个子文件夹 / plan directory (built-in by default); repeatable",
    ),
    click.option(
        "--out", default="reports", show_default=True, metavar="DIR", callback=not_empty,
        help="输出文件夹，或 s3://桶/文件夹 等地址 / folder or address (such as s3://bucket/folder) to write to",
    ),
    click.option(
        "--formats", default="html", show_default=True,
        help="以逗号分隔：html、docx、pdf、xlsx / comma-separated: html,docx,pdf,xlsx",
    ),
    click.option(
        "--lang", "langs", multiple=True, default=("zh",), show_default=True, metavar="zh|en",
        help="语言，可写 zh,en / language; zh,en for both",
    ),
    click.option(
        "--notebook", "notebooks", multiple=True, metavar="FILE",
        help="改用此笔记本生成报告（自带的可只写名称），可重复 / render this notebook instead (ours by name); repeatable",
    ),
    click.option(
        "-p", "--param", "parameters", nargs=2, multiple=True, metavar="NAME VALUE",
        help="笔记本的参数，可重复 / a parameter of the notebooks; repeatable",
    ),
    click.option(
        "--jobs", type=click.IntRange(min=0), default=0,
        help="同时生成几份，0 为每个处理器一份，至多 4 份 / how many at once, 0 for one a core, at most 4",
    ),
    click.option(
        "--draws", type=click.IntRange(min=0), default=2000, show_default=True,
        help="随机路径数 / number of random paths",
    ),
    click.option(
        "--seed", type=click.IntRange(min=0), default=2025, show_default=True,
        help="随机种子 / seed of the draws",
    ),
    click.option(
        "--timeout", type=click.FloatRange(min=0.0), default=0.0, metavar="SECONDS",
        help="每份报告的时限（秒），0 为不限 / seconds that a report may take, 0 for no limit",
    ),
    click.option(
        "--engine", type=click.Choice(["warm", "plain"]), default="warm", show_default=True,
        help="内核由预热进程派生，或逐个启动 / kernels forked from a preloaded process, or started one by one",
    ),
    click.option(
        "--cluster", default="", metavar="ADDRESS",
        help="送往 Dask 集群渲染，如 tcp://scheduler:8786 / render on this Dask scheduler's workers",
    ),
    click.option(
        "--keep", type=click.IntRange(min=0), default=0, metavar="N",
        help="每份报告保留几个旧版 / how many earlier editions of a report to keep",
    ),
    click.option("--force", is_flag=True, help="没有变化也重新生成 / render even where nothing has changed"),
    click.option("--dry-run", is_flag=True, help="预演：只列出将生成哪些报告、为什么 / only tell what would be rendered and why"),
    click.option("--verify", is_flag=True, help="只按清单核对输出文件夹 / only check the folder against its manifest"),
    click.option(
        "--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True,
        help="日志的格式（写到标准错误输出） / form of the log on standard error",
    ),
)  # fmt: skip


def _with_options(command: Any) -> Any:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@main.command(
    "report", short_help="生成报告 / render the reports", epilog=example("report trend --formats html,pdf --dry-run")
)
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...", shell_complete=complete_scenarios)
@_with_options
def report_command(
    scenarios: tuple[str, ...],
    out: str,
    formats: str,
    langs: tuple[str, ...],
    verify: bool,
    log_format: str,
    **options: Any,
) -> None:
    """生成情景、比较、审查报告和总目录；退出码：全部成功为 0，有失败为 1，用法或输入有误为 2。

    Render scenario, comparison and audit reports with an index. Exit code 0 all rendered, 1 some failed, 2 bad usage.
    """
    if verify:
        given = [name for name in ("notebooks", "parameters", "force", "dry_run", "plan_dirs") if options[name]]
        if scenarios or given:
            raise click.UsageError("--verify 只与 --out 同用 / --verify goes with --out alone")
        sys.exit(_verify(out))
    languages = _words(",".join(langs))
    from hjforecast.reporting.progress import log_of

    log = log_of(log_format, languages[0] if languages and languages[0] in ("zh", "en") else "zh")
    sys.exit(_run(log, scenarios, options.pop("plan_dirs"), out, _words(formats.lower()), languages, **options))


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def _verify(out: str) -> int:
    from hjforecast.errors import InputError
    from hjforecast.reporting.remote import mirrored
    from hjforecast.reporting.verify import verify

    try:
        with mirrored(out, click.echo, writes=False) as folder:
            found = verify(folder)
    except InputError as error:
        click.echo(str(error), err=True)
        return 2
    for line in found:
        click.echo(line)
    click.echo(f"{len(found)}处不一致 / difference(s): {len(found)}", err=True)
    return int(bool(found))


class _TerminatedError(BaseException):
    """The process was asked to end."""


def _run(
    log: Any,
    scenarios: Sequence[str],
    plan_dirs: Sequence[str],
    out: str,
    formats: Sequence[str],
    langs: Sequence[str],
    **options: Any,
) -> int:
    """Return the exit code of a run. What stops it is told to the log, in one sentence."""
    from hjforecast.errors import HjforecastError
    from hjforecast.reporting.runner import run_reports

    _fill_closed_streams()
    try:
        with _ending_on_sigterm():
            if not plan_dirs and Path("plan.toml").is_file():
                log.say(
                    "使用的是内置规划；当前文件夹也有 plan.toml，要用它请加 --plan-dir . / "
                    "the built-in plan is used; for this folder's: --plan-dir ."
                )
            if any(not place.strip() for place in plan_dirs):
                raise click.BadParameter("不能为空 / cannot be empty", param_hint="--plan-dir")
            places = list(plan_dirs) or None
            numbers = [options.pop(name) for name in ("jobs", "draws", "seed", "force")]
            return run_reports(scenarios, places, out, formats, langs, *numbers, log=log, **options)
    except HjforecastError as error:
        log.say(str(error))
        code = 2
    except KeyboardInterrupt:
        zh, en = _kept(out)
        log.say(f"已中断；{zh} / interrupted; {en}")
        code = 130
    except _TerminatedError:
        zh, en = _kept(out)
        log.say(f"收到终止信号；{zh} / told to end; {en}")
        code = 143
    log.end({}, code, 0.0)
    return code


def _kept(out: str) -> tuple[str, str]:
    """Return what a run that was stopped leaves behind."""
    from hjforecast.reporting.remote import is_remote

    if is_remote(out):
        return "什么也没有发送，请重新运行", "nothing was sent: run again"
    return "已完成的报告已记录，再次运行即可补齐", "what was finished is recorded: run again"


def _fill_closed_streams() -> None:
    """Open the standard streams that are closed: the next files opened would take their places, and their output."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


@contextmanager
def _ending_on_sigterm() -> Iterator[None]:
    """Turn the signal that a service manager ends a process with into an exception, so that everything is put away."""

    def end(*_: object) -> None:
        """End the run once; a second signal does not disturb the putting away."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise _TerminatedError

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
