"""What clerks type into the cells of the Excel template: printed marks that are understood, and what others must become.

A printed table's own marks are read where they can mean one thing only: brackets around a cumulative figure, a dash where
nothing is printed, 2020年 for a year, a name in other brackets or full-width letters. Where a figure comes with a word
(8%以上, ≥22, 142.7亿元), the message says what goes into which cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from hjforecast.errors import closest
from hjforecast.excel_words import SHEETS, WORDS, label
from hjforecast.reading import narrow, tidy

__all__ = ["FIGURES", "YEARS", "Advice", "advice", "code_of", "figure", "signed", "unknown_name", "year"]

Advice = tuple[str, str]
"""What a cell must become, in Chinese and English."""

FIGURES = ("value", "level", "growth_pct", "cumulative", "capacity", "probability")
YEARS = ("year", "base_year", "target_year", "start_year", "end_year")

_DASHES = re.compile(r"[-‐-―─━/…]+|无")
_BRACKETS = re.compile(r"[\[［〔【](.*)[\]］〕】]")
_YEAR = re.compile(r"(\d{4}) ?年末?")
_NUMBER = r"[+-]?\d[\d, ]*(?:\.\d+)?%?"
_BEFORE = re.compile(rf"(≥|>=|≧|不低于|不少于|≤|<=|≦|不高于|不超过|>|大于|高于|超过|<|小于|低于|约|~|≈) ?({_NUMBER})")
_AFTER = re.compile(rf"({_NUMBER}) ?(以上|及以上|以内|以下|及以下|左右)")
_UNIT = re.compile(rf"({_NUMBER}) ?(\D+)")
_SIGNS = {
    ">=": "≥ >= ≧ 不低于 不少于 以上 及以上", "<=": "≤ <= ≦ 不高于 不超过 以内 以下 及以下 < 小于 低于", ">": "> 大于 高于 超过",
    "~": "约 ~ ≈ 左右",
}  # fmt: skip
_COMPARATOR = {word: code for code, words in _SIGNS.items() for word in words.split()}


def figure(column: str, text: str) -> str:
    """Return a figure's cell without the marks that a printed table sets: a dash is none, brackets say cumulative."""
    shown = narrow(text)
    if _DASHES.fullmatch(shown):
        return ""
    bracketed = _BRACKETS.fullmatch(shown) if column == "cumulative" else None
    return bracketed[1] if bracketed else text


def year(text: str) -> str:
    """Return 2020 for 2020年 and 2020年末, anything else as it is."""
    match = _YEAR.fullmatch(narrow(text))
    return match[1] if match else text


def advice(table: str, column: str, text: str) -> Advice | None:
    """Return what a figure's cell must become that holds more than a figure; None where it is one, or holds none."""
    shown = narrow(text)
    if re.fullmatch(rf"(?:{_NUMBER})?", shown):
        return None
    bracketed = _BRACKETS.fullmatch(shown)
    if bracketed and table == "targets":
        header = label(table, "cumulative")
        return f"方括号里的数填在“{header}”列，只填 {bracketed[1]}。", f"put {bracketed[1]} into {header!r}."
    if bracketed and table in ("baseline", "actuals"):
        header, sheet = label("targets", "cumulative"), SHEETS["targets"]
        zh = f"方括号里是几年合计，不是当年数：这一格空着；上一规划期的合计在“{sheet}”表加一行，规划代码填上一规划完成情况代码，{bracketed[1]} 填在“{header}”列。"
        return (
            zh,
            f"a sum over years is no figure of one year: put {bracketed[1]} into {header!r} of a row of {sheet!r}.",
        )
    if sign := signed(text):
        return _compared(table, *sign)
    header = label(table, "note") if table != "projects" else label(table, "source")
    if match := _UNIT.fullmatch(shown):
        zh = f"只填数字 {match[1]}；“{match[2]}”不写，单位以“{SHEETS['indicators']}”表为准（不同的先换算）。"
        return zh, f"put {match[1]} alone; units are those of the sheet {SHEETS['indicators']!r}."
    if table == "targets":
        zh = f"应为数字；只有文字的目标，数值列空着，文字抄入“{header}”列。翻一番填基期数的2倍，并抄录原文。"
        return zh, f"must be a number; leave it blank where the plan has words alone, and quote them in {header!r}."
    return (
        f"应为数字（如 123.45）；文字写入“{header}”列。",
        f"must be a number (such as 123.45); put words in {header!r}.",
    )


def signed(text: str) -> tuple[str, str] | None:
    """Return the comparator's code and the figure of a cell such as ≥22, 8%以上 or 6左右; None where it is no such cell."""
    shown = narrow(text)
    if before := _BEFORE.fullmatch(shown):
        return _COMPARATOR[before[1]], before[2]
    after = _AFTER.fullmatch(shown)
    return (_COMPARATOR[after[2]], after[1]) if after else None


def _compared(table: str, code: str, number: str) -> Advice:
    if table != "targets":
        return f"只填数字 {number}。", f"put {number} alone."
    header, chosen = label(table, "comparator"), WORDS["comparator"][code]
    return f"这里只填 {number}，“{header}”列选“{chosen}”。", f"put {number} here and {chosen!r} into {header!r}."


def _loose(name: str) -> str:
    """Return a name without what differs between prints of it: full-width forms, spaces, 3岁 and 三岁, 的."""
    digits = str.maketrans("一二两三四五六七八九", "1223456789")
    return narrow(name).replace(" ", "").replace("的", "").translate(digits)


def code_of(text: str, ids: Mapping[str, str]) -> str:
    """Return the id of an indicator's name, also where it is printed in other forms; else the text as it is."""
    if tidy(text) in ids:
        return ids[tidy(text)]
    found = {code for name, code in ids.items() if _loose(name) == _loose(text)}
    return found.pop() if len(found) == 1 else text


def unknown_name(text: str, names: Iterable[str]) -> Advice:
    """Return what to do about a name that no indicator has."""
    near, sheet = closest(tidy(text), names), SHEETS["indicators"]
    zh, en = (f"如与“{near}”是同一指标，请改用该名；", f"use {near!r} if that is it; ") if near else ("", "")
    needed = "和".join(label("indicators", column) for column in ("name_zh", "unit"))
    zh = f"没有这个指标；{zh}如是新指标，请在“{sheet}”表末尾加一行，至少填{needed}。"
    return zh, f"unknown indicator; {en}add a new one at the end of the sheet {sheet!r}: its name and unit will do."
