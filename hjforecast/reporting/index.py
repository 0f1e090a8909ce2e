"""The page over all reports of a folder, `index.html`: what there is, when it was made, and what failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import hjforecast
from hjforecast.errors import headline
from hjforecast.plan import Plan
from hjforecast.reporting.files import write_whole
from hjforecast.reporting.jobs import GROUPS, LANGUAGES
from hjforecast.reporting.page import complete_page, template

__all__ = ["write_indexes"]

_WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "title": "报告目录",
        "subtitle": "规划测算与审查报告",
        "total": "共{n}份报告：",
        "ok": "已生成{n}份",
        "failed": "失败{n}份",
        "comma": "，",
        "is_ok": "已生成",
        "is_failed": "失败",
        "outdated": "规划数据已更新，尚未重新生成",
        "notebook": "查看出错的笔记本",
        "last_good": "下面是上一次成功生成的版本：",
        "none_good": "尚无成功生成的版本。",
        "rendered": "生成时间：",
        "dot": " · ",
        "made_by": "生成程序：",
        "run": "运行时间：",
    },
    "en": {
        "title": "Reports",
        "subtitle": "Projections and audit of the plan",
        "total": "Reports: {n}; ",
        "ok": "{n} ready",
        "failed": "{n} failed",
        "comma": ", ",
        "is_ok": "ready",
        "is_failed": "failed",
        "outdated": "the plan has changed since",
        "notebook": "the notebook that failed",
        "last_good": "the last good version:",
        "none_good": "no good version yet.",
        "rendered": "rendered ",
        "dot": " · ",
        "made_by": "Made by ",
        "run": "run ",
    },
}
_LABELS = {"zh": "中文", "en": "English"}
_HTML_LANG = {"zh": "zh-CN", "en": "en"}


def write_indexes(out: Path, content: Mapping[str, Any], plan: Plan, lang: str) -> Path:
    """Write the index of a folder from its manifest; return the one in language `lang`.

    `index.html` is in Chinese and `index.en.html` in English, each over the reports of its language and linked to
    the other. A folder with English reports alone has one `index.html`, in English.
    """
    present = [code for code in LANGUAGES if any(row["lang"] == code for row in content["reports"].values())] or [lang]
    names = {code: f"index.{code}.html" if position else "index.html" for position, code in enumerate(present)}
    for code, name in names.items():
        others = [other for other in present if other != code]
        other = (
            {"href": names[others[0]], "lang": _HTML_LANG[others[0]], "label": _LABELS[others[0]]} if others else None
        )
        write_whole(out / name, _page(content, plan, code, other))
    return out / names[lang]


def _page(content: Mapping[str, Any], plan: Plan, lang: str, other: Mapping[str, str] | None) -> str:
    words, run = _WORDS[lang], content["run"]
    rows = {name: row for name, row in content["reports"].items() if row["lang"] == lang}
    failed = sum(row["status"] == "failed" for row in rows.values())
    body = template("index_body.html.j2").render(
        words=words, other=other, region=plan.region.name(lang), groups=list(_groups(rows, plan, lang)),
        plan_title=plan.title_zh if lang == "zh" else plan.title_en, version=hjforecast.__version__,
        counts={"total": len(rows), "ok": len(rows) - failed, "failed": failed}, run_started=_readable(run["started"]),
    )  # fmt: skip
    html, _ = complete_page(body, lang, f"{plan.region.name(lang)} · {words['title']}")
    return html


def _groups(rows: Mapping[str, Any], plan: Plan, lang: str) -> Iterator[dict[str, Any]]:
    # Scenarios in the plan's order, those that the plan no longer has after them.
    order = {name: place for place, name in enumerate(plan.scenarios)}
    names = sorted(rows, key=lambda name: (order.get(name.removesuffix(f".{lang}"), len(order)), name))
    for group, titles in GROUPS.items():
        reports = [_report(rows[name], plan) for name in names if rows[name]["group"] == group]
        if reports:
            yield {"title": titles[lang], "reports": reports}


def _report(row: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    """Return what the index shows of one report. Links are quoted: a file name may hold any letter."""
    outputs = row["outputs"]
    return {
        "title": row["title"],
        "description": row["description"],
        "error": headline(row["error"] or "", row["lang"]) if row["status"] == "failed" else "",
        "outdated": row["made_from"]["plan"]["inputs"] != dict(plan.inputs),
        "notebook": quote(row["failed_notebook"] or ""),
        "links": [{"href": quote(item["file"]), "label": kind.upper()} for kind, item in outputs.items()],
        "rendered": _readable(row["rendered"]),
        "sha": next((item["sha256"][:12] for item in outputs.values()), ""),
    }


def _readable(time: str | None) -> str:
    return (time or "")[:16].replace("T", " ")
