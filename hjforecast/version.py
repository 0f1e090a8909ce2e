"""What `hjforecast --version` tells: the program, the vintage of the built-in plan, Python."""

from __future__ import annotations

import hashlib
import platform

from hjforecast import __version__
from hjforecast.loading import load_plan
from hjforecast.plan import Plan

__all__ = ["data_hash", "version_text"]


def data_hash(plan: Plan) -> str:
    """Return the first 12 hex digits of the sha256 over every input's name and sha256, in order of names."""
    lines = "".join(f"{name} {digest}\n" for name, digest in sorted(plan.inputs.items()))
    return hashlib.sha256(lines.encode()).hexdigest()[:12]


def version_text() -> str:
    """Return the version, the built-in plan's id, base year, newest figure, files and hash, and Python's version."""
    plan = load_plan()
    newest = max((one.year for one in plan.observations), default=plan.base_year)
    zh = f"内置规划 {plan.id}（{plan.region.name_zh}）：基期 {plan.base_year} 年，最新数据 {newest} 年，"
    zh += f"输入文件 {len(plan.inputs)} 个，校验码 {data_hash(plan)}"
    en = (
        f"built-in plan {plan.id}: base year {plan.base_year}, newest figure {newest}, {len(plan.inputs)} input files, "
    )
    en += f"hash {data_hash(plan)}"
    return f"hjforecast {__version__}\n{zh}\n    {en}\nPython {platform.python_version()}"
