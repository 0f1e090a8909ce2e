"""The command `hjforecast dashboard`: the web page for those who use no command line."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import click

from hjforecast.cli_base import example, main, not_empty, plan_dir_option

__all__ = ["dashboard_command"]

_INSTALL = "pip install 'hjforecast[dashboard]'"
_OPEN = (
    "注意：{} 不是本机回环地址，同一网络中得到网址的人都能使用此页；网址含有口令，请勿外传。\n"
    "    note: {} is no loopback address, whoever on this network has the address can use the page; it holds a token."
)


@main.command(
    "dashboard",
    short_help="打开网页界面 / serve the dashboard",
    epilog=example("dashboard --no-browser --check"),
)
@plan_dir_option
@click.option(
    "--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", callback=not_empty,
    help="监听的地址；默认只有本机能打开 / address to listen on; by default only this machine can open the page",
)  # fmt: skip
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8866, show_default=True,
    help="端口，0 为任一空闲端口 / port, 0 for any that is free",
)  # fmt: skip
@click.option("--no-browser", is_flag=True, help="不打开浏览器 / open no browser")
@click.option(
    "--draws", type=click.IntRange(min=2, max=20000), default=2000, show_default=True,
    help="随机路径数 / number of random paths",
)  # fmt: skip
@click.option(
    "--visitors", type=click.IntRange(min=1, max=200), default=20, show_default=True,
    help="同时打开的页面上限 / pages that may be open at once",
)  # fmt: skip
@click.option(
    "--check", is_flag=True,
    help="在空闲端口试开一次页面，报告用时后结束 / open the page once on a free port, tell the time it took, and end",
)  # fmt: skip
def dashboard_command(
    plan_dir: str | None, host: str, port: int, no_browser: bool, draws: int, visitors: int, check: bool
) -> None:
    """打开网页界面：选择或调整情景，查看目标、概率和图，中期评估，下载报告；按 Ctrl-C 停止。

    Serve the dashboard: choose or edit a scenario, see targets, odds and figures, evaluate, save reports. Ctrl-C stops it.
    """
    _need_libraries()
    from hjforecast.dashboard.server import Options, serve
    from hjforecast.loading import load_plan

    load_plan(plan_dir)
    place = Path(plan_dir).absolute() if plan_dir is not None else None
    options = Options(place, host, 0 if check else port, draws, not (no_browser or check), visitors, check)
    if not options.local:
        click.echo(_OPEN.format(host, host), err=True)
    seconds = serve(options, _told)
    if check:
        if seconds is None:
            click.echo("页面没有打开 / the page did not open", err=True)
            sys.exit(1)
        click.echo(f"页面可以打开，用时 {seconds:.1f} 秒 / the page opens, in {seconds:.1f} seconds", err=True)
    else:
        click.echo("已停止 / stopped", err=True)


def _told(address: str) -> None:
    click.echo(address)
    click.echo("用浏览器打开上面的网址；按 Ctrl-C 停止 / open this address in a browser; Ctrl-C stops", err=True)
    sys.stdout.flush()


def _need_libraries() -> None:
    """Raise HjforecastError with the install line where Voilà or ipywidgets is not installed."""
    from hjforecast.errors import HjforecastError

    for library in ("ipywidgets", "voila"):
        try:
            importlib.import_module(library)
        except ImportError:
            zh, en = f"缺少 {library}；请安装：{_INSTALL}", f"{library} is missing; install it: {_INSTALL}"
            raise HjforecastError(f"{zh}\n    {en}") from None
