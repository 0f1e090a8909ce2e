"""What the methods, panels, error classes and plan periods of the evidence are called in either language."""

from __future__ import annotations

import re

__all__ = ["class_name", "kind_name", "method_name", "panel_name", "period_name"]

_METHODS = {
    "naive": ("朴素", "naive"),
    "drift": ("漂移", "drift"),
    "theta": ("Theta", "Theta"),
    "damped_holt": ("阻尼Holt", "damped Holt"),
    "ets": ("ETS", "ETS"),
}
_PANELS = {
    "county": ("县级单位（未参与校准的一半）", "county units (the half held out of the calibration)"),
    "city": ("地级市", "prefectures"),
    "province": ("省级地区", "provinces"),
    "states": ("美国各州（人均收入）", "US states (income per head)"),
}
_CLASSES = {
    "gdp_nominal": ("地区生产总值（现价）", "GDP, current prices"),
    "gdp_real": ("地区生产总值（可比价）", "GDP, constant prices"),
    "primary": ("第一产业增加值", "primary value added"),
    "secondary": ("第二产业增加值", "secondary value added"),
    "tertiary": ("第三产业增加值", "tertiary value added"),
    "income": ("人均收入（美国各州）", "income per head (US states)"),
    "urbanization": ("城镇化率", "urban share"),
}
_KINDS = {"growth": ("增速", "growth"), "level": ("总量", "level"), "all": ("合计", "all")}
_NUMERALS = "〇一二三四五六七八九十"


def _word(words: dict[str, tuple[str, str]], name: str, lang: str) -> str:
    return words.get(name, (name, name))[lang != "zh"]


def method_name(name: str, lang: str = "zh") -> str:
    """Return what a method of the backtest is called; `_log` at its end says that it is fitted on logs."""
    base = name.removesuffix("_log")
    suffix = "" if base == name else ("（对数）" if lang == "zh" else " on logs")
    return _word(_METHODS, base, lang) + suffix


def panel_name(name: str, lang: str = "zh") -> str:
    """Return what a panel of the backtest record holds."""
    return _word(_PANELS, name, lang)


def class_name(name: str, lang: str = "zh") -> str:
    """Return what an error class stands for."""
    return _word(_CLASSES, name, lang)


def kind_name(name: str, lang: str = "zh") -> str:
    """Return what a kind of target is called."""
    return _word(_KINDS, name, lang)


def period_name(name: str, lang: str = "zh") -> str:
    """Return a plan period: "13th FYP 2016-20" is “十三五”（2016—2020年）, or 13th plan (2016–20)."""
    found = re.fullmatch(r"(?:(\d+)th FYP|\d+ years) (\d\d)(\d\d)-(\d\d)", name)
    if not found:
        return name
    order, century, first, last = found.groups()
    years = f"{century}{first}—{century}{last}年" if lang == "zh" else f"{century}{first}–{last}"
    if order is None:
        return years
    tens, ones = divmod(int(order), 10)
    numeral = ("十" if tens == 1 else "") + (_NUMERALS[ones] if ones else "")
    return f"“{numeral}五”（{years}）" if lang == "zh" else f"{order}th plan ({years})"
