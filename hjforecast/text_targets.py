"""The sentence that names a plan's targets in words only, which no table of figures can hold."""

from __future__ import annotations

from hjforecast.plan import Plan

__all__ = ["words_only_sentences"]


def words_only_sentences(plan: Plan, untold: tuple[str, str], lang: str = "zh") -> list[str]:
    """Return how many targets are set in words, that they are `untold` (in Chinese and English), and which they are.

    The plan's own words, from the note, stand after the name in Chinese.
    """
    rows = [row for row in plan.targets_of(plan.id) if not row.quantified]
    if not rows:
        return []
    if lang == "zh":
        named = "、".join(
            plan.indicator(row.indicator).name("zh") + (f"（{row.note}）" if row.note else "") for row in rows
        )
        return [f"另有{len(rows)}项目标是文字表述，{untold[0]}：{named}。"]
    names = ", ".join(plan.indicator(row.indicator).name("en") for row in rows)
    one, many = "One more target is set in words and is", f"{len(rows)} more targets are set in words and are"
    return [f"{one if len(rows) == 1 else many} {untold[1]}: {names}."]
