"""The remarks on one row of an evaluation, in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from hjforecast.evaluate_words import class_name
from hjforecast.progress import Progress
from hjforecast.text import decimal
from hjforecast.units import Printed

if TYPE_CHECKING:
    from hjforecast.evaluate_records import Standing

__all__ = ["notes_of", "printed"]

Note = tuple[str, str]

COARSE = 0.2
"""Slack from rounding, a share of the planned change, from which a row says so: a year of a plan of five."""


def printed(value: Printed) -> str:
    """Return a figure as it was printed."""
    return decimal(float(value), value.decimals)


def notes_of(standing: Standing, found: Progress | None, revised: Mapping[str, Any]) -> list[Note]:
    """Return what a reader must know of a row: how it was judged, on which figures, what was left out."""
    notes = [*_on_years(standing), *_on_revision(standing, revised)]
    return notes if found is None else [*_on_basis(standing, found), *_on_figures(standing), *notes]


def _on_basis(standing: Standing, found: Progress) -> Iterator[Note]:
    wanted = standing.aim.wanted
    if found.basis == "bound" and standing.base is not None:
        yield "基期已达到目标，评判是否保持", "already met in the base year: judged by whether it is kept"
    elif found.basis == "bound":
        yield "上限目标，评判是否保持", "an upper bound: judged by whether it is kept"
    elif found.basis == "sum" and standing.base is not None:
        yield "规划期累计数为各年之和", "the cumulative figure is the sum of the years"
    elif found.basis == "sum":
        yield "没有基期数，按各年数合计", "no base-year figure: the years' figures are added up"
    elif found.basis == "none" and standing.aim.measure == "level" and wanted > 0.0:
        share = decimal(100.0 * found.actual / wanted, 1)
        yield (
            f"基期数未公布，进度无从计算，实绩为目标的{share}%",
            f"no base-year figure, so no progress; {share} % of the target",
        )
    elif found.basis == "none":
        yield "基期数未公布，进度无从计算", "no base-year figure, so no progress"
    elif found.basis == "points" and standing.aim.item.link == "log" and standing.aim.measure == "level":
        yield "含零值，按绝对量折算进度", "a figure is zero: progress is that of amounts"
    if not found.met and found.slack >= COARSE:
        amount = decimal(100.0 * found.slack, 0)
        yield (
            f"数字位数少，仅舍入就可使进度相差{amount}个百分点",
            f"few decimals: rounding alone can move progress by {amount} points",
        )


def _on_figures(standing: Standing) -> Iterator[Note]:
    base, last = standing.base, standing.last
    if base is not None and base.status != "reported" and not standing.aim.rates:
        word = {"derived": ("推算", "derived"), "assumed": ("假定", "assumed")}[base.status]
        yield f"基期数为{word[0]}", f"the base-year figure is {word[1]}"
    if last is not None and standing.figures[last].status != "reported":
        word = {"derived": ("推算", "derived"), "assumed": ("假定", "assumed")}[standing.figures[last].status]
        yield f"{last}年数为{word[0]}", f"the {last} figure is {word[1]}"


def _on_years(standing: Standing) -> Iterator[Note]:
    last, missing = standing.last, standing.missing
    if last is not None and last < standing.due:
        yield f"{standing.due}年没有数据，按{last}年数评估", f"no figure for {standing.due}: that of {last} is used"
    if missing and (
        standing.aim.rates
        or (standing.aim.measure == "change" and (standing.base is None or standing.aim.item.adds_up))
    ):
        zh, en = "、".join(map(str, missing)), ", ".join(map(str, missing))
        used = (
            ("按其余年份平均", "the other years' average is used")
            if standing.aim.rates
            else ("合计偏小，未完成的不作判断", "the sum is too low, and unless it is reached already nothing is said")
        )
        yield f"缺{zh}年数据，{used[0]}", f"no figure for {en}: {used[1]}"
    if standing.year > standing.aim.row.target_year:
        yield (
            f"目标年{standing.aim.row.target_year}年已过",
            f"the target year {standing.aim.row.target_year} has passed",
        )
    if standing.later:
        zh, en = "、".join(map(str, standing.later)), ", ".join(map(str, standing.later))
        yield f"{zh}年数晚于评估年，未采用", f"figures of {en} come after the evaluation year and are ignored"


def _on_revision(standing: Standing, revised: Mapping[str, Any]) -> Iterator[Note]:
    revision = standing.revision
    if revision is None:
        return
    new, vintage = printed(revision.new), revision.vintage
    if revision.old is None:
        text = f"基期数原未公布，后公布为{new}（{vintage}）", f"the base was published later as {new} ({vintage})"
    else:
        old, change = printed(revision.old), revision.change_pct
        size = "" if change is None else f"{change + 0.0:+.1f}"
        text = (
            f"基期数由{old}修订为{new}（{vintage}，{size}%）" if size else f"基期数由{old}修订为{new}（{vintage}）",
            f"base revised from {old} to {new} ({vintage}, {size} %)"
            if size
            else f"base revised from {old} to {new} ({vintage})",
        )
    share, word = revised.get("progress_revised_pct"), revised.get("class_revised")
    if share is None or word is None:
        yield text
        return
    amount = decimal(share, 1)
    yield (
        f"{text[0]}，按修订后基期进度为{amount}%，{word}",
        f"{text[1]}; on the revised base progress is {amount} %, {class_name(word, 'en')}",
    )
