"""What changed in a report since its last edition, and the sentences that say so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hjforecast.document import PARTS, paragraphs
from hjforecast.text import amount, decimal
from hjforecast.unit_names import unit_name

__all__ = ["Changes", "changes", "sentences", "with_changes"]

Row = Mapping[str, Any]
Pair = tuple[Row, Row]

_MOST_MOVES = 5
_MOST_LISTED = 10
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "some": "与{date}生成的上一版相比，本版变化如下{why}：",
        "none": "与{date}生成的上一版相比，各项结果没有变化{why}。",
        "why": "（重新生成的原因：{}）",
        "crossed": "", "crossing": "{}由“{}”变为“{}”",
        "new": "新增{}项：", "gone": "不再列出{}项：", "reworded": "表述有变化{}项：", "moved": "数值变动（按幅度由大到小）：",
        "move": "{}由{}变为{}", "appeared": "{0}现为{2}", "vanished": "{}不再有数值",
        "from_to": "由{}变为{}", "targets": "规划数由{}改为{}", "retargeted": "", "comma": "，", "quoted": "“{}”", "aside": "（{}）", "semicolon": "；", "rest": "；其余从略，共{}项", "stop": "。",
    },
    "en": {
        "some": "Changes since the edition of {date}{why}:",
        "none": "No result has changed since the edition of {date}{why}.",
        "why": " (rendered again because: {})",
        "crossed": "", "crossing": "{} went from “{}” to “{}”",
        "new": "New ({}): ", "gone": "No longer listed ({}): ", "reworded": "Worded otherwise ({}): ",
        "moved": "Moves, largest first: ",
        "move": "{} from {} to {}", "appeared": "{0} is now {2}", "vanished": "{} has no value any more",
        "from_to": "{} to {}", "targets": "target {} to {}", "retargeted": "", "comma": ", ", "quoted": "“{}”", "aside": " ({})", "semicolon": "; ", "rest": "; {} in all", "stop": ".",
    },
}  # fmt: skip
_CELL_ID = "hjforecast-changes"


@dataclass(frozen=True)
class Changes:
    """What changed between two editions: rows, or pairs of a row before and after.

    `crossed` changed their state, `retargeted` have another target and the same state, `reworded` say something else, `moved` print as another number, the largest relative
    change first. A row stands in one of these only.
    """

    crossed: tuple[Pair, ...]
    new: tuple[Row, ...]
    gone: tuple[Row, ...]
    retargeted: tuple[Pair, ...]
    reworded: tuple[Pair, ...]
    moved: tuple[Pair, ...]


def changes(before: Sequence[Row], after: Sequence[Row]) -> Changes:
    """Return what changed from the rows of one edition to those of the next; `document` describes the rows."""
    old, new = _by_key(before), _by_key(after)
    pairs = [(old[key], row) for key, row in new.items() if key in old]
    crossed = [pair for pair in pairs if _crossed(*pair)]
    rest = [pair for pair in pairs if not _crossed(*pair)]
    retargeted = [pair for pair in rest if _retargeted(*pair)]
    rest = [pair for pair in rest if not _retargeted(*pair)]
    moved = [pair for pair in rest if _printed(pair[0], pair[1]) != _printed(pair[1], pair[1])]
    return Changes(
        crossed=tuple(crossed),
        new=tuple(row for key, row in new.items() if key not in old),
        gone=tuple(row for key, row in old.items() if key not in new),
        retargeted=tuple(retargeted),
        reworded=tuple(pair for pair in rest if pair[1]["value"] is None and pair[0]["name"] != pair[1]["name"]),
        moved=tuple(sorted(moved, key=_relative, reverse=True)),
    )


def _by_key(rows: Sequence[Row]) -> dict[tuple[str, int], Row]:
    """Return rows by key. An audit may find one thing twice of the same indicators: these count in their order."""
    found: dict[tuple[str, int], Row] = {}
    for row in rows:
        number = 0
        while (row["key"], number) in found:
            number += 1
        found[row["key"], number] = row
    return found


def _crossed(before: Row, after: Row) -> bool:
    return bool(before["state"] and after["state"]) and before["state"] != after["state"]


def _retargeted(before: Row, after: Row) -> bool:
    return before.get("target", "") != after.get("target", "")


def _printed(row: Row, shown: Row) -> str:
    """Return a row's value as `shown` prints it, empty where it has none."""
    return "" if row["value"] is None else decimal(row["value"], shown["decimals"])


def _relative(pair: Pair) -> float:
    """Return the relative change of a pair; one from nothing or zero is the largest."""
    before, after = (row["value"] for row in pair)
    return float("inf") if not before or after is None else abs(after / before - 1.0)


def with_changes(notebook: Any, edition: Mapping[str, Any] | None, lang: str) -> Any:
    """Return an executed notebook with a cell after its summary that tells what changed since an earlier edition.

    Parameters
    ----------
    notebook :
        the nbformat notebook, which is changed. One that keeps no rows for its next edition is left as it is.
    edition :
        the earlier edition: `rendered` (ISO time), `reason` (why the report is rendered again) and its `rows`; None for
        a first one.
    lang :
        `zh` or `en`.
    """
    kept = [part["rows"] for cell in notebook.cells for part in _parts(cell) if part["kind"] == "edition"]
    if edition is None or not kept:
        return notebook
    rows = [row for part in kept for row in part]
    texts = sentences(changes(edition["rows"], rows), edition["rendered"], edition.get("reason") or "", lang)
    notebook.cells.insert(_place(notebook), _cell(texts, notebook))
    return notebook


def _parts(cell: Any) -> Iterator[Mapping[str, Any]]:
    for output in cell.get("outputs", []):
        yield from output.get("data", {}).get(PARTS, {}).get("parts", [])


def _place(notebook: Any) -> int:
    """Return the place after the first section, or after the last cell where there are none."""
    for place, cell in enumerate(notebook.cells, start=1):
        if any(part["kind"] == "heading" and part["level"] == 1 for part in _parts(cell)):
            return place
    return len(notebook.cells)


def _cell(texts: Sequence[str], notebook: Any) -> Any:
    from nbformat.v4 import new_code_cell, new_output

    data = paragraphs(texts, "changes")._repr_mimebundle_()
    # A fixed id: the same changes give the same notebook.
    cell = new_code_cell(outputs=[new_output("display_data", dict(data))], id=_CELL_ID)
    if (notebook.nbformat, notebook.nbformat_minor) < (4, 5):
        del cell["id"]
    return cell


def sentences(found: Changes, rendered: str, reason: str, lang: str) -> list[str]:
    """Return the paragraphs that tell the changes since the edition of the ISO time `rendered`.

    `reason` says why the report was rendered again, empty where that is not known.
    """
    words = _WORDS[lang]
    told = [
        _listed("crossed", [_crossing(pair, lang) for pair in found.crossed], lang),
        _listed("new", [_named(row, lang) for row in found.new], lang),
        _listed("gone", [_named(row, lang) for row in found.gone], lang),
        _listed(
            "retargeted", [after["name"] + _aside((before, after), lang) for before, after in found.retargeted], lang
        ),
        _listed("reworded", [_named(after, lang) for _, after in found.reworded], lang),
        _listed("moved", [_move(pair, lang) for pair in found.moved], lang, _MOST_MOVES),
    ]
    kept = [text for text in told if text]
    why = words["why"].format(reason) if reason else ""
    return [words["some" if kept else "none"].format(date=_date(rendered, lang), why=why), *kept]


def _date(time: str, lang: str) -> str:
    year, month, day = (int(part) for part in time[:10].split("-"))
    return f"{year}年{month}月{day}日" if lang == "zh" else f"{day} {_MONTHS[month - 1]} {year}"


def _listed(kind: str, items: Sequence[str], lang: str, most: int = _MOST_LISTED) -> str:
    """Return one sentence that lists items, told as many as there are where not all are listed; empty for none."""
    if not items:
        return ""
    words = _WORDS[lang]
    rest = words["rest"].format(len(items)) if len(items) > most else ""
    return words[kind].format(len(items)) + words["semicolon"].join(items[:most]) + rest + words["stop"]


def _named(row: Row, lang: str) -> str:
    words = _WORDS[lang]
    name = words["quoted"].format(row["name"].rstrip("。."))
    return name + (words["aside"].format(row["state"]) if row["state"] else "")


def _crossing(pair: Pair, lang: str) -> str:
    before, after = pair
    return _WORDS[lang]["crossing"].format(after["name"], before["state"], after["state"]) + _aside(pair, lang)


def _aside(pair: Pair, lang: str) -> str:
    """Return, in brackets, what changed of a pair: its value, its target; empty where neither did."""
    before, after = pair
    words, (old, new) = _WORDS[lang], _amounts(pair, lang)
    told = [words["from_to"].format(old, new)] if old and new and old != new else []
    if _retargeted(before, after):
        told.append(words["targets"].format(before.get("target") or "—", after.get("target") or "—"))
    return words["aside"].format(words["comma"].join(told)) if told else ""


def _move(pair: Pair, lang: str) -> str:
    words, (old, new) = _WORDS[lang], _amounts(pair, lang)
    form = "move" if old and new else "appeared" if new else "vanished"
    return words[form].format(pair[1]["name"], old, new)


def _amounts(pair: Pair, lang: str) -> tuple[str, str]:
    """Return both values of a pair with their unit, as the later edition prints them; empty for none."""
    shown = pair[1]
    # Rows in English name the unit in words, which reports print as billions.
    unit = "亿元" if shown["unit"] == unit_name("亿元", lang) else shown["unit"]
    old, new = (
        "" if row["value"] is None else amount(row["value"], unit, shown["decimals"], lang).strip() for row in pair
    )
    return old, new
