"""The sentences of a mid-term evaluation, in Chinese as 中期评估报告 write them and in English."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from hjforecast.actuals import revisions
from hjforecast.evaluate_notes import printed
from hjforecast.evaluate_words import CLASSES_EN, class_name
from hjforecast.plan import Plan
from hjforecast.plots_canvas import plan_period
from hjforecast.progress import BEHIND, UNKNOWN
from hjforecast.text import amount, decimal, versus
from hjforecast.text_targets import words_only_sentences
from hjforecast.unit_names import unit_name

__all__ = [
    "aim_name",
    "banner",
    "count_sentences",
    "lag_sentences",
    "method_sentences",
    "records",
    "revision_sentences",
    "row_sentence",
    "summary",
]

Row = Mapping[str, Any]


def banner(lang: str = "zh") -> str:
    """Return what a report over made-up figures says first."""
    if lang == "zh":
        return "注意：本报告使用的是示例数据，并非实际统计数据，只用于演示，不得引用。"
    return "Note: the figures in this report are an example, not real statistics; they serve to demonstrate only and must not be cited."


def aim_name(plan: Plan, row: Row, lang: str = "zh") -> str:
    """Return a target's indicator, with what it measures where that is not its level, and its year where it is another."""
    later = row["target_year"] != plan.target_year
    year = (f"（{row['target_year']}年目标）" if lang == "zh" else f" ({row['target_year']} target)") if later else ""
    return _measured_name(plan, row, lang) + year


def _measured_name(plan: Plan, row: Row, lang: str) -> str:
    item = plan.indicator(row["indicator"])
    if row["measure"] == "growth" and item.kind != "growth":
        real = "gdp_real_growth" in plan.indicators and item.id == "gdp"
        zh, en = ("（可比价年均增长）", " (real growth a year)") if real else ("（年均增长）", " (growth a year)")
        return item.name(lang) + (zh if lang == "zh" else en)
    if row["measure"] == "change":
        return item.name(lang) + ("（规划期累计）" if lang == "zh" else " (cumulative)")
    return item.name(lang)


def records(found: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of an evaluation by column name."""
    return [{str(key): value for key, value in row.items()} for row in found.to_dict("records")]


def _counted(rows: Sequence[Row], lang: str) -> str:
    """Return how many rows are of each class: 提前实现1项、滞后2项."""
    counts = Counter(row["class"] for row in rows)
    found = [(word, counts[word]) for word in CLASSES_EN if counts[word] and word != UNKNOWN]
    if lang == "zh":
        return "、".join(f"{word}{number}项" for word, number in found)
    return ", ".join(f"{number} {class_name(word, 'en')}" for word, number in found)


def _plural(count: int) -> str:
    return "target" if count == 1 else "targets"


def _elapsed(plan: Plan, year: int) -> str:
    share = min(year - plan.base_year, plan.target_year - plan.base_year) / (plan.target_year - plan.base_year)
    return decimal(100.0 * share, 1)


def count_sentences(plan: Plan, found: pd.DataFrame, lang: str = "zh") -> list[str]:
    """Return how much of the plan's time has gone, and how many targets are in each class, binding ones apart."""
    rows, year = records(found), found.attrs["year"]
    judged = [row for row in rows if row["class"] != UNKNOWN]
    groups = {word: [row for row in judged if row["binding"] == word] for word in ("约束性", "预期性")}
    share, rest, region = _elapsed(plan, year), len(rows) - len(judged), plan.region.name(lang)
    if lang == "zh":
        text = (
            f"截至{year}年末，{region}{plan_period(plan, 'zh')}规划实施时间已过{share}%。规划提出的{len(rows)}项定量目标中，"
            f"可以评估的{len(judged)}项" + (f"：{_counted(judged, lang)}。" if judged else "。")
        )
        parts = [f"{word}指标{len(group)}项，{_counted(group, lang)}" for word, group in groups.items() if group]
        last = f"其余{rest}项没有实绩或缺少基期数，不作判断。" if rest else ""
        return [text + (f"其中，{'；'.join(parts)}。" if len(parts) > 1 else "") + last]
    text = (
        f"By the end of {year}, {share} % of the plan period of {region} had gone by. Of the plan's {len(rows)} quantified targets "
        f"{len(judged)} can be evaluated" + (f": {_counted(judged, lang)}." if judged else ".")
    )
    names = {"约束性": "binding", "预期性": "expected"}
    parts = [
        f"{len(group)} {names[word]} {_plural(len(group))} ({_counted(group, lang)})"
        for word, group in groups.items()
        if group
    ]
    last = (
        f" The other {rest} {'has' if rest == 1 else 'have'} no actual figure or no base and {'is' if rest == 1 else 'are'} not judged."
        if rest
        else ""
    )
    return [text + (f" They are {' and '.join(parts)}." if len(parts) > 1 else "") + last]


def row_sentence(plan: Plan, row: Row, lang: str = "zh") -> str:
    """Return one target's standing: the figure, the pace so far, the planned path, the class, and what remains."""
    tail = f"{_against_path(plan, row, lang)}{_class(row, lang)}{_remaining(plan, row, lang)}"
    return _subject(plan, row, lang) + tail + ("。" if lang == "zh" else ".")


def _class(row: Row, lang: str) -> str:
    return f"，{row['class']}" if lang == "zh" else f": {class_name(row['class'], 'en')}"


def _subject(plan: Plan, row: Row, lang: str) -> str:
    """Return the figure itself: 2023年地区生产总值为158.40亿元（现价）; growth as an average over the years gone."""
    item, year, first = plan.indicator(row["indicator"]), row["year"], plan.base_year + 1
    if row["measure"] == "growth":
        figure, real = decimal(row["actual"], 1), item.id == "gdp" and "gdp_real_growth" in plan.indicators
        if lang == "zh":
            name = item.name_zh.removesuffix("增速").removesuffix("增长率")
            told = "，".join(one for one in ("可比价" if real else "", _missing(row, lang)) if one)
            return f"{first}—{year}年{name}年均增长{figure}%" + (f"（{told}）" if told else "")
        name = item.name_en.removesuffix(" growth")
        missing = _missing(row, lang)
        words = (" in real terms" if real else "") + (f" ({missing})" if missing else "")
        return f"{name} grew {figure} % a year over {first}–{year}{words}"
    basis = {"zh": "（现价）", "en": " (current prices)"}[lang] if item.id == "gdp" else ""
    figure = amount(row["actual"], row["unit"], item.decimals, lang)
    name = _measured_name(plan, row, lang)
    return f"{year}年{name}为{figure}{basis}" if lang == "zh" else f"{name} stood at {figure}{basis} in {year}"


def _missing(row: Row, lang: str) -> str:
    """Return which years an average growth had to do without, blank where it has all."""
    notes = str(row["note_zh"]).split("；") if lang == "zh" else str(row["note_en"]).split("; ")
    end = "按其余年份平均" if lang == "zh" else "average is used"
    return next((one for one in notes if one.endswith(end)), "")


def _against_path(plan: Plan, row: Row, lang: str) -> str:
    if row["basis"] in ("none", "bound") or row["path"] != row["path"]:
        return ""
    points, billion = row["unit"] == "%", row["unit"] == "亿元" and lang != "zh"
    unit = ("个百分点" if lang == "zh" else "percentage points") if points else unit_name(row["unit"], lang)
    if row["measure"] == "growth":
        what = "规划目标" if lang == "zh" else "the target"
    else:
        what = "按规划匀速推进应达到的水平" if lang == "zh" else "the level that an even pace would have reached"
    scale, unit = (0.1, "billion yuan") if billion else (1.0, unit)
    words = versus(
        row["actual"] * scale, row["path"] * scale, _digits(plan, row) + billion, unit, what, lang, percent=not points
    )
    return ("，" if lang == "zh" else ", ") + words


def _remaining(plan: Plan, row: Row, lang: str) -> str:
    """Return what the remaining years take, blank where the target is met or no year is left."""
    left, zh = int(row["target_year"] - row["year"]), lang == "zh"
    growth, change = row["required_growth_pct"], row["required_change"]
    if growth == growth and growth != 0.0:
        rate = decimal(abs(growth), 1)
        need = (
            f"年均{'增长' if growth > 0 else '下降'}{rate}%"
            if zh
            else f"{'growth' if growth > 0 else 'a fall'} of {rate} % a year"
        )
    elif change == change and change != 0.0:
        need = _needed_change(change, row["unit"], plan.indicator(row["indicator"]).decimals + 1, lang)
    else:
        return ""
    if zh:
        return f"；要完成目标，余下{left}年须{need.removeprefix('年均') if left == 1 else need}"
    rest = "the remaining year takes" if left == 1 else f"the remaining {left} years take"
    return f"; to reach the target, {rest} {need}"


def _needed_change(change: float, unit: str, digits: int, lang: str) -> str:
    points = "个百分点" if lang == "zh" else " percentage points"
    size = f"{decimal(abs(change), digits)}{points}" if unit == "%" else amount(abs(change), unit, digits, lang)
    if lang == "zh":
        words = ("提高", "下降") if unit == "%" else ("增加", "减少")
        return f"年均{words[change < 0]}{size}"
    return f"{'a fall' if change < 0 else 'a rise'} of {size} a year"


def _digits(plan: Plan, row: Row) -> int:
    return 1 if row["measure"] == "growth" else plan.indicator(row["indicator"]).decimals


def lag_sentences(plan: Plan, found: pd.DataFrame, lang: str = "zh") -> list[str]:
    """Return which targets lag, binding ones first; a plain statement where none does."""
    rows = [row for row in records(found) if row["class"] == BEHIND]
    names = list(dict.fromkeys(_marked(plan, row, lang) for row in rows))
    if not len(found[found["class"] != UNKNOWN]):
        return []
    if lang == "zh":
        return [f"进度滞后的指标有：{'、'.join(names)}。" if names else "没有进度滞后的指标。"]
    return [f"Behind schedule: {', '.join(names)}." if names else "No target is behind schedule."]


def _marked(plan: Plan, row: Row, lang: str) -> str:
    binding = row["binding"] == "约束性"
    mark = ("（约束性）" if lang == "zh" else " (binding)") if binding else ""
    return aim_name(plan, row, lang) + mark


def revision_sentences(plan: Plan, found: pd.DataFrame, lang: str = "zh") -> list[str]:
    """Return how base figures were revised, and that progress is given on both bases."""
    parts = []
    for one in revisions(plan):
        name = plan.indicator(one.indicator).name(lang)
        if one.old is None:
            zh, en = f"{name}补充公布为{printed(one.new)}", f"{name} was published as {printed(one.new)}"
        else:
            size = "" if one.change_pct is None else f"{one.change_pct + 0.0:+.1f}"
            zh = f"{one.year}年{name}由{printed(one.old)}修订为{printed(one.new)}" + (f"（{size}%）" if size else "")
            en = f"{name} of {one.year} from {printed(one.old)} to {printed(one.new)}" + (
                f" ({size} %)" if size else ""
            )
        parts.append(zh if lang == "zh" else en)
    if not parts:
        return []
    if lang == "zh":
        return [
            f"基期及以前的数据有修订：{'；'.join(parts)}。进度以规划公布的基期数为准，同时列出按修订后基期计算的结果。"
        ]
    return [
        f"Earlier figures have been revised: {'; '.join(parts)}. Progress is measured from the base that the plan printed; that from the "
        "revised base is shown beside it."
    ]


def method_sentences(tolerance: float, lang: str = "zh") -> list[str]:
    """Return how the classes are set."""
    points = decimal(tolerance, 0)
    if lang == "zh":
        return [
            "评判标准：进度与规划已过时间相比，高出容差为快于预期，低出容差为滞后，在容差之内为符合预期，提前达到目标为提前实现。容差为"
            f"{points}个百分点（五年规划的一个季度）加数字舍入的影响。基期已达到的目标和上限目标只看是否保持。"
        ]
    return [
        "Classes: progress is set against the share of the plan's time gone by. Beyond the tolerance it is ahead of or behind schedule, "
        "within it on schedule; a target met before its year is met early. The tolerance is "
        f"{points} percentage points (a quarter of a year in a plan of five) plus what rounding can do. Targets already met in the base "
        "year, and upper bounds, are judged by whether they are kept."
    ]


def summary(plan: Plan, found: pd.DataFrame, lang: str = "zh") -> list[str]:
    """Return the opening paragraphs: counts, GDP, real growth, urban share, incomes, what lags, revisions, words."""
    rows = [
        row for row in records(found) if row["class"] != UNKNOWN and row["target_year"] == plan.target_year
    ]  # fmt: skip
    main = [row for name in ("gdp", "income_resident", "urbanization") for row in rows if row["indicator"] == name]
    told = [row_sentence(plan, row, lang) for row in main]
    return [
        *count_sentences(plan, found, lang),
        *(["".join(told) if lang == "zh" else " ".join(told)] if told else []),
        *lag_sentences(plan, found, lang),
        *revision_sentences(plan, found, lang),
        *words_only_sentences(plan, ("不作定量评估", "not evaluated"), lang),
    ]
