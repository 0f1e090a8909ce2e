"""Why a report is rendered: found by comparing it with what the manifest records, and said in a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hjforecast.reporting.inputs import Cause, causes
from hjforecast.reporting.manifest import as_recorded

__all__ = ["reason_text", "reasons"]

_WORDS: Mapping[str, tuple[str, str]] = {
    "new": ("新报告", "new"),
    "forced": ("强制重做", "forced"),
    "failed": ("上次失败", "last run failed"),
    "notebook": ("笔记本{}有变化", "notebook {} changed"),
    "plan_file": ("规划文件{}有变化", "plan file {} changed"),
    "parameter": ("参数{}有变化", "parameters changed: {}"),
    "file": ("数据文件{}有变化", "data file {} changed"),
    "package": ("程序有更新", "package changed"),
    "library": ("运行环境{}有更新", "environment changed: {}"),
    "output": ("输出文件{}被改动或缺失", "output edited or missing: {}"),
    "format": ("缺少格式{}", "format missing: {}"),
}


def reasons(
    row: Mapping[str, Any] | None, inputs: Mapping[str, Any], key: str, out: Path, formats: Sequence[str], force: bool
) -> list[Cause]:
    """Return why a report has to be rendered, empty where it is current.

    Parameters
    ----------
    row :
        its row in the manifest, None for a new report.
    inputs, key :
        what it would be made from.
    out :
        the folder.
    formats :
        those wanted. Others that the manifest records may stay as they are.
    force :
        whether it is rendered in any case.
    """
    first: list[Cause] = [("forced", "")] if force else []
    if row is None or not row["outputs"]:
        return [*first, ("new", "") if row is None or row["status"] != "failed" else ("failed", "")]
    found = [*first, *([("failed", "")] if row["status"] == "failed" else [])]
    if row["key"] != key:
        found += causes(row["made_from"], inputs)
    found += [("output", item["file"]) for item in row["outputs"].values() if not as_recorded(out, item)]
    found += [("format", kind) for kind in formats if kind not in row["outputs"]]
    return found or ([("package", "")] if row["key"] != key else [])


def reason_text(found: Sequence[Cause], lang: str) -> str:
    """Return reasons as one line, those of a kind together; empty where there are none."""
    kinds: dict[str, list[str]] = {}
    for code, what in found:
        kinds.setdefault(code, []).append(what)
    place, comma, semicolon = (0, "、", "；") if lang == "zh" else (1, ", ", "; ")
    return semicolon.join(_WORDS[code][place].format(comma.join(names)) for code, names in kinds.items())
