"""`project --all-plans`: the rows of every plan below a folder, written as they come, and the plans that gave none."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TextIO

import click

from hjforecast.errors import HjforecastError, InputError, Problem
from hjforecast.many import PlanRows, Request, find_plans, project_many
from hjforecast.projection import COLUMNS

__all__ = ["all_plans_request", "project_all_plans"]

_EVERY_SECONDS = 10.0


def all_plans_request(
    scenario: str,
    plan_dir: str | None,
    to: int | None,
    indicators: tuple[str, ...],
    draws: int,
    seed: int | None,
    form: str,
) -> Request:
    """Return the command's options as a request; raises click's UsageError where they do not fit `--all-plans`."""
    if plan_dir is not None:
        raise click.UsageError("--plan-dir 与 --all-plans 不能同用 / give --plan-dir or --all-plans, not both")
    if form == "table":
        raise click.UsageError("--all-plans 只能输出 csv 或 json / --all-plans writes csv or json")
    return Request(scenario, to, indicators, draws, seed, form)


def project_all_plans(root: str, request: Request, out: str | None, jobs: int, cluster: str | None) -> int:
    """Write the rows of every plan below `root`; return the exit code: 0 all there, 1 some plans gave none.

    Parameters
    ----------
    root :
        the folder.
    request :
        what to project; csv has the columns of `project` after a first one, `plan`.
    out :
        the file to write, which appears whole or not at all; standard output where it is None or `-`.
    jobs, cluster :
        how many processes (0: one a core), or the Dask scheduler.

    Raises InputError where there is no plan directory, HjforecastError where the file cannot be written.
    """
    plans = find_plans(Path(root))
    if not plans:
        zh, en = "其下没有规划目录（含 plan.toml 的文件夹）。", "no plan directory (a folder with plan.toml) below it."
        raise InputError([Problem("hjforecast project", 0, "--all-plans", root, zh, en)])
    found = project_many(Path(root), plans, request, jobs=jobs or os.cpu_count() or 1, cluster=cluster)
    with _output(out) as stream, _progress(len(plans)) as step:
        refused = _write(stream, request.form, _told(found, step))
    for rows in refused:
        click.echo(f"{rows.plan}：{rows.error}", err=True)
    click.echo(
        f"规划 {len(plans)} 个，已测算 {len(plans) - len(refused)} 个，未能测算 {len(refused)} 个 / "
        f"{len(plans)} plans, {len(refused)} without rows",
        err=True,
    )
    return int(bool(refused))


def _write(stream: TextIO, form: str, found: Iterable[PlanRows]) -> list[PlanRows]:
    """Write the rows of the plans as they come; return the plans that have none."""
    refused, separator = [], "\n"
    # Nothing is written before the first plan: a cluster out of reach is told of then.
    found = chain([next(iterator := iter(found))], iterator)
    stream.write("plan," + ",".join(COLUMNS) + "\n" if form == "csv" else "[")
    for rows in found:
        if rows.error:
            refused.append(rows)
        elif form == "csv":
            stream.write(rows.text)
        elif rows.text:
            stream.write(separator + rows.text)
            separator = ",\n"
    if form == "json":
        stream.write("]\n" if separator == "\n" else "\n]\n")
    stream.flush()
    return refused


def _told(found: Iterable[PlanRows], step: Callable[[], None]) -> Iterator[PlanRows]:
    for rows in found:
        yield rows
        step()


@contextmanager
def _output(out: str | None) -> Iterator[TextIO]:
    """Give standard output, or a file beside `out` that takes its place at the end."""
    if out in (None, "-"):
        yield sys.stdout
        return
    target = Path(str(out)).resolve()
    in_place = target.exists() and not target.is_file() and not target.is_dir()  # a device or pipe
    part = target if in_place else target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, "这是文件夹 / is a folder")
        with part.open("w", encoding="utf-8", newline="\n") as stream:
            yield stream
        if not in_place:
            os.replace(part, target)
    except OSError as error:
        zh = f"无法写入 {out}（{error.strerror}）；请检查文件夹是否存在、是否可写，磁盘是否已满。"
        en = f"cannot write {out} ({error.strerror}): is its folder there and writable, the disk full?"
        raise HjforecastError(f"{zh}\n    {en}") from None
    finally:
        if not in_place:
            part.unlink(missing_ok=True)


@contextmanager
def _progress(count: int) -> Iterator[Callable[[], None]]:
    """Give a function to call after each plan: it moves a bar on a terminal, in a log it tells now and then."""
    terminal = sys.stderr.isatty()
    with click.progressbar(length=count, file=sys.stderr, hidden=not terminal, show_pos=True) as bar:
        done, told = 0, time.monotonic()

        def step() -> None:
            """Count one plan."""
            nonlocal done, told
            done += 1
            bar.update(1)
            if not terminal and time.monotonic() - told >= _EVERY_SECONDS:
                told = time.monotonic()
                click.echo(f"[{done}/{count}]", err=True)

        yield step
