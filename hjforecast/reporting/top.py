"""The page over the folders of several plans: which there are, and how their last runs ended."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hjforecast.reporting.files import write_whole
from hjforecast.reporting.foreign import is_ours
from hjforecast.reporting.index import other_page, page_names, page_record, readable
from hjforecast.reporting.jobs import LANGUAGES
from hjforecast.reporting.manifest import MANIFEST
from hjforecast.reporting.recording import Stage

__all__ = ["foreign_top", "read_top", "top_row", "write_top"]

_SCHEMA = 1
_WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {"title": "各规划报告目录", "total": "共{n}个规划", "reports": "{n}份报告", "failed": "失败{n}份", "dot": " · ",
           "rendered": "最近生成：", "made_by": "生成程序："},
    "en": {"title": "Reports of all plans", "total": "Plans: {n}", "reports": "{n} reports", "failed": "{n} failed",
           "dot": " · ", "rendered": "last rendered ", "made_by": "Made by "},
}  # fmt: skip


def read_top(out: Path) -> dict[str, Any]:
    """Return the manifest over the folders of several plans, empty where there is none."""
    try:
        content = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    ours = isinstance(content, dict) and content.get("schema") == _SCHEMA and isinstance(content.get("folders"), dict)
    return content if ours and all(map(_is_whole, content["folders"].values())) else {}


def _is_whole(row: Any) -> bool:
    try:
        words = [
            row["rendered"],
            *row["langs"],
            *(row[name][lang] for name in ("region", "title") for lang in LANGUAGES),
        ]
        numbers = [row["reports"], row["failed"]]
        return all(isinstance(word, str) for word in words) and all(isinstance(number, int) for number in numbers)
    except (KeyError, TypeError):
        return False


def foreign_top(out: Path, langs: Collection[str]) -> list[Path]:
    """Return the files where the page or manifest over several plans would go that are not ours, or are one plan's."""
    if read_top(out):
        return []
    pages = [out / name for name in page_names(langs).values() if not is_ours(out / name)]
    return [path for path in (*pages, out / MANIFEST) if path.exists()]


def top_row(stage: Stage) -> dict[str, Any]:
    """Return what the manifest over several plans holds of one of them."""
    plan, rows = stage.folder.plan, stage.content["reports"].values()
    return {
        "region": {lang: plan.region.name(lang) for lang in LANGUAGES},
        "title": {lang: plan.title(lang) for lang in LANGUAGES},
        "langs": sorted({row["lang"] for row in rows}),
        "reports": len(rows),
        "failed": sum(row["status"] == "failed" for row in rows),
        "rendered": max((row["rendered"] or "" for row in rows), default=""),
    }


def write_top(out: Path, rows: Mapping[str, Any], run: Mapping[str, Any], lang: str) -> Path:
    """Write the page and then the manifest over several plans; return the page in language `lang`.

    Plans of earlier runs whose folders are still there stay listed.
    """
    before = read_top(out)
    known = {label: row for label, row in before.get("folders", {}).items() if (out / label / MANIFEST).is_file()}
    folders = dict(sorted({**known, **rows}.items()))
    names, index = page_names({code for row in folders.values() for code in row["langs"]}), before.get("index", {})
    pages = {}
    for code, name in names.items():
        items = [_shown(label, row, code) for label, row in folders.items()]
        words = _WORDS[code]
        shown = {"words": words, "folders": items, "title": words["title"], "other": other_page(names, code)}
        pages[name] = page_record(out / name, "top_body.html.j2", code, shown, {}, index.get(name))
    content = {"schema": _SCHEMA, "run": dict(run), "folders": folders, "index": pages}
    write_whole(out / MANIFEST, json.dumps(content, ensure_ascii=False, indent=2) + "\n")
    return out / names.get(lang, "index.html")


def _shown(label: str, row: Mapping[str, Any], lang: str) -> dict[str, Any]:
    page = page_names(row["langs"]).get(lang, "index.html")
    return {
        "href": f"{quote(label)}/{page}",
        "region": row["region"][lang],
        "title": row["title"][lang],
        "reports": row["reports"],
        "failed": row["failed"],
        "rendered": readable(row["rendered"]),
    }
