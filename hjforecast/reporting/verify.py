"""Whether an output folder is as its manifest says: what is missing, changed, or ours and not recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hjforecast.errors import InputError, Problem
from hjforecast.reporting.exports import FORMATS
from hjforecast.reporting.files import leftovers
from hjforecast.reporting.foreign import is_ours
from hjforecast.reporting.history import is_edition
from hjforecast.reporting.manifest import MANIFEST, as_recorded, is_whole, read_manifest, recorded, recorded_files
from hjforecast.reporting.top import read_top

__all__ = ["verify"]

_WORDS: Mapping[str, tuple[str, str]] = {
    "missing": ("缺失；请重新运行 hjforecast report", "missing; run hjforecast report again"),
    "lost": ("旧版缺失；请从备份恢复，否则下次生成报告后不再列出", "an earlier edition is missing; restore it from a backup, or the next run drops it"),
    "changed": (
        "与记录不一致；要保留改动，请先另存，再重新运行 hjforecast report",
        "not as recorded; to keep the changes copy it elsewhere, then run hjforecast report again",
    ),
    "unrecorded": ("没有记录；请重新运行 hjforecast report，或删除它", "not recorded; run hjforecast report again, or delete it"),
    "damaged": ("清单中的这条记录已损坏；请重新运行 hjforecast report", "its row in the manifest is damaged; run hjforecast report again"),
}  # fmt: skip


def verify(out: Path) -> list[str]:
    """Return each difference between a folder (or those of several plans below it) and its manifest, with what to do.

    Raises InputError where there is no manifest of ours.
    """
    folders = [out / label for label in read_top(out).get("folders", {})] or [out]
    lacking = [folder for folder in folders if recorded(folder) is None]
    if lacking:
        zh = f"没有本程序的 {MANIFEST}，无从核对；请给出 hjforecast report 的输出文件夹。"
        en = f"holds no {MANIFEST} of hjforecast, so there is nothing to check; name an output folder of its."
        raise InputError([Problem("hjforecast report", 0, "--out", str(folder), zh, en) for folder in lacking])
    return [
        f"{(folder / file).relative_to(out).as_posix()}：{_WORDS[what][0]} / {_WORDS[what][1]}"
        for folder in folders
        for file, what in _differences(folder)
    ]


def _differences(out: Path) -> Iterator[tuple[str, str]]:
    content = read_manifest(out)
    yield from ((name, "damaged") for name, row in (recorded(out) or {}).items() if not is_whole(row))
    named = set()
    for item in recorded_files(content):
        named.add(item["file"])
        if not (out / item["file"]).is_file():
            yield item["file"], "lost" if is_edition(item["file"]) else "missing"
        elif not as_recorded(out, item):
            yield item["file"], "changed"
    failed = {row["failed_notebook"] for row in content["reports"].values() if row["failed_notebook"]}
    yield from ((file, "missing") for file in sorted(failed) if not (out / file).is_file())
    for path in sorted(_ours(out, content)):
        file = path.relative_to(out).as_posix()
        if file not in named | failed:
            yield file, "unrecorded"


def _ours(out: Path, content: Mapping[str, Any]) -> Iterator[Path]:
    """Yield the files in a folder that we made: by their mark, their name, or what a killed run left."""
    yield from (path for path in (*out.glob("*.html"), *out.glob("failed/*.ipynb")) if is_ours(path))
    places = {out / f"{name}.{kind}" for name in content["reports"] for kind in FORMATS if kind != "html"}
    yield from (path for path in places | {out / name for name in content["unfinished"]} if path.is_file())
    yield from (path for path in out.glob("editions/*/*") if is_edition(path.relative_to(out).as_posix()))
    yield from leftovers(out)
