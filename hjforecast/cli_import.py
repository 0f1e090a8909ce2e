"""The command `hjforecast import`: a filled-in Excel template becomes a plan directory."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import click

from hjforecast.cli_base import example, main, not_empty

__all__ = ["excel_library", "import_command"]

_INSTALL = "pip install 'hjforecast[publish]'"


@main.command(
    "import",
    short_help="由 Excel 模板生成规划目录 / a plan directory from an Excel template",
    epilog=example("import yixian.xlsx yixian"),
)
@click.argument("file", metavar="FILE.xlsx", callback=not_empty)
@click.argument("directory", metavar="DIR", callback=not_empty)
def import_command(file: str, directory: str) -> None:
    """读入填好的 Excel 模板，检查后写成新的规划目录；有问题时按工作表和单元格一次列出，什么也不写。

    Read a filled-in Excel template, check it and write it as a new plan directory; what is wrong is listed by sheet
    and cell, all together, and nothing is written then.
    """
    from hjforecast.cli_plan import checked, summary, whole_directory
    from hjforecast.errors import InputError
    from hjforecast.excel_book import in_cells

    reader = excel_library("hjforecast.excel_read")
    with whole_directory(Path(directory)) as draft:
        book, problems = reader.read_book(Path(file)), []
        reader.fill_plan_dir(book, draft)
        try:
            plan = checked(str(draft))
        except InputError as error:
            problems = list(error.problems)
        if book.problems or problems:
            raise InputError(in_cells(book, problems))
    click.echo(summary(plan, directory), err=True)
    if book.given:
        pairs = "、".join(f"{name}（{code}）" for name, code in book.given.items())
        click.echo(f"新指标的代码 / ids of new indicators: {pairs}", err=True)
    for zh, en in book.understood:
        click.echo(f"{zh}\n    {en}", err=True)
    if book.skipped:
        words = f"没有填写的{book.skipped}行已略过 / {book.skipped} rows not filled in were left out"
        click.echo(words, err=True)


def excel_library(name: str) -> ModuleType:
    """Return one of our modules that need an Excel library; raises HjforecastError with the install line without it."""
    from hjforecast.errors import HjforecastError

    try:
        for library in ("openpyxl", "xlsxwriter"):
            importlib.import_module(library)
    except ModuleNotFoundError as error:
        zh, en = f"缺少 {error.name}；请安装：{_INSTALL}", f"{error.name} is missing; install it: {_INSTALL}"
        raise HjforecastError(f"{zh}\n    {en}") from None
    return importlib.import_module(name)
