"""The page over all reports of a folder, `index.html`: what there is, when it was made, and what failed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import hjforecast
from hjforecast.errors import headline
from hjforecast.plan import Plan
from hjforecast.reporting.files import write_whole
from hjforecast.reporting.inputs import package_hash
from hjforecast.reporting.jobs import GROUPS, LANGUAGES
from hjforecast.reporting.manifest import as_recorded, output_record
from hjforecast.reporting.page import complete_page, template

__all__ = ["other_page", "page_names", "page_record", "readable", "write_indexes"]

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
        "last_good": "以下是上一次成功生成的一版：",
        "none_good": "还没有成功生成过。",
        "rendered": "生成时间：",
        "earlier": "旧版",
        "dot": " · ",
        "made_by": "生成程序：",
        "run": "最近更新：",
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
        "last_good": "the last good edition:",
        "none_good": "no good edition yet.",
        "rendered": "rendered ",
        "earlier": "earlier editions",
        "dot": " · ",
        "made_by": "Made by ",
        "run": "last change ",
    },
}
_LANGUAGES = {"zh": {"lang": "zh-CN", "label": "中文"}, "en": {"lang": "en", "label": "English"}}
_LABELS = {"html": "HTML", "docx": "Word", "pdf": "PDF", "xlsx": "Excel"}


def write_indexes(out: Path, content: dict[str, Any], plan: Plan, lang: str) -> Path:
    """Write the index of a folder from its manifest's `content`, and record it there; return the one in `lang`.

    `index.html` is in Chinese and `index.en.html` in English, each over the reports of its language and linked to
    the other. A folder with English reports alone has one `index.html`, in English. A page that would show what it
    shows already stays as it is: making its fonts takes longer than all else where nothing has changed.
    """
    names = page_names([row["lang"] for row in content["reports"].values()] or [lang])
    pages, written = content["index"], {}
    for code, name in names.items():
        title = f"{plan.region.name(code)} · {_WORDS[code]['title']}"
        shown = {**_shown(content, plan, code), "title": title, "other": other_page(names, code)}
        times = {"run_started": readable(content["run"]["started"])}
        written[name] = page_record(out / name, "index_body.html.j2", code, shown, times, pages.get(name))
    content["index"] = written
    return out / names.get(lang, "index.html")


def page_names(langs: Collection[str]) -> dict[str, str]:
    """Return the index page of each language: the first is `index.html`."""
    present = [code for code in LANGUAGES if code in langs]
    return {code: f"index.{code}.html" if position else "index.html" for position, code in enumerate(present)}


def other_page(names: Mapping[str, str], lang: str) -> dict[str, str] | None:
    """Return the link to an index in another language than `lang`, None where there is none."""
    return next(({"href": name, **_LANGUAGES[code]} for code, name in names.items() if code != lang), None)


def page_record(
    path: Path, body: str, lang: str, shown: Mapping[str, Any], times: Mapping[str, str], before: Any
) -> Mapping[str, Any]:
    """Write a page around one of our templates where it would not be as before; return its record.

    Parameters
    ----------
    path, lang :
        the page's file and language.
    body :
        the template.
    shown :
        what the template shows, plain values; `title` is the page's title too.
    times :
        more of it, which alone is no cause to write the page again.
    before :
        its record of the last run, None where there is none.
    """
    key = hashlib.sha256(json.dumps([package_hash(), lang, shown], sort_keys=True).encode()).hexdigest()
    if before and before.get("key") == key and as_recorded(path.parent, before):
        return before
    html = template(body).render(**shown, **times, version=hjforecast.__version__)
    write_whole(path, complete_page(html, lang, shown["title"])[0])
    return {**output_record(path, path.parent), "key": key}


def _shown(content: Mapping[str, Any], plan: Plan, lang: str) -> dict[str, Any]:
    rows = {name: row for name, row in content["reports"].items() if row["lang"] == lang}
    failed = sum(row["status"] == "failed" for row in rows.values())
    return {
        "words": _WORDS[lang],
        "region": plan.region.name(lang),
        "plan_title": plan.title(lang),
        "groups": list(_groups(rows, plan, lang)),
        "counts": {"total": len(rows), "ok": len(rows) - failed, "failed": failed},
    }


def _groups(rows: Mapping[str, Any], plan: Plan, lang: str) -> Iterator[dict[str, Any]]:
    # Scenarios in the plan's order, those that the plan no longer has after them.
    order = {name: place for place, name in enumerate(plan.scenarios)}
    names = sorted(rows, key=lambda name: (order.get(name.removesuffix(f".{lang}"), len(order)), name))
    for group, titles in GROUPS.items():
        reports = [_report(rows[name], plan) for name in names if rows[name]["group"] == group]
        if reports:
            yield {"title": titles[lang], "reports": reports}


def _report(row: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    """Return what the index shows of one report."""
    outputs = row["outputs"]
    return {
        "title": row["title"],
        "description": row["description"],
        "error": headline(row["error"] or "", row["lang"]) if row["status"] == "failed" else "",
        "outdated": row["made_from"]["plan"]["inputs"] != dict(plan.inputs),
        "notebook": quote(row["failed_notebook"] or ""),
        "links": _links(outputs),
        "rendered": readable(row["rendered"]),
        "sha": next((outputs[kind]["sha256"][:12] for kind in _LABELS if kind in outputs), ""),
        "editions": [
            {"rendered": readable(item["rendered"]), "links": _links(item["outputs"])} for item in row["editions"]
        ],
    }


def _links(outputs: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the links to the files of an edition. They are quoted: a file name may hold any letter."""
    return [
        {"href": quote(outputs[kind]["file"]), "label": label, "size": _size(outputs[kind]["bytes"])}
        for kind, label in _LABELS.items()
        if kind in outputs
    ]


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(round(count / 1e3), 1)} KB"


def readable(time: str | None) -> str:
    """Return a recorded time as people read it, empty for none."""
    return (time or "")[:16].replace("T", " ")
