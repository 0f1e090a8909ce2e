"""The words of an evaluation in both languages."""

from __future__ import annotations

from types import MappingProxyType

__all__ = ["CLASSES_EN", "class_name"]

CLASSES_EN = MappingProxyType(
    {
        "提前实现": "met early",
        "快于预期": "ahead of schedule",
        "符合预期": "on schedule",
        "滞后": "behind schedule",
        "无数据": "no data",
    }
)
"""The classes in English."""


def class_name(word: str, lang: str) -> str:
    """Return a class in Chinese (`zh`, as it is) or English (`en`)."""
    return word if lang == "zh" else CLASSES_EN[word]
