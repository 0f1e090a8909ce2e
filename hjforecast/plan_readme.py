"""The README of a new plan directory: what each file and column holds, Chinese first."""

from __future__ import annotations

from hjforecast.indicators import (
    BINDINGS,
    COMPARATORS,
    IDENTITIES,
    KINDS,
    MEASURES,
    PRICE_BASES,
    RULES,
    STATUSES,
    UNITS,
)
from hjforecast.loading import COLUMNS

__all__ = ["COLUMN_MEANINGS", "FILE_MEANINGS", "readme"]

FILE_MEANINGS = {
    "indicators": ("indicators.csv", "指标目录，每个指标一行", "the catalogue, one indicator a row"),
    "baseline": (
        "baseline_{base_year}.csv（actuals.csv 各列相同 / actuals.csv has the same columns）",
        "基期及以前的数值；基期以后的实绩写入 actuals.csv",
        "figures up to the base year; later ones go into actuals.csv",
    ),
    "targets": (
        "targets.csv",
        "规划目标，以及上一规划的目标和完成情况",
        "targets; also the last plan's targets and outcome",
    ),
    "projects": ("projects.csv", "投资项目储备，可不填", "investment pipeline, optional"),
    "context": ("context.csv", "上级地区数据，可不填", "figures of parent regions, optional"),
}
"""By table: its file, and what it holds in Chinese and English."""

_SHARED = {
    "indicator": ("指标代码，须见于 indicators.csv", "indicator id, one of indicators.csv"),
    "status": (f"数值性质：{'、'.join(STATUSES)}（公布、推算、假定）", f"where it comes from: {', '.join(STATUSES)}"),
    "source": ("出处，写到表和行或章节，如 表1-2 第1项", "a pointer that can be followed: table and row, or section"),
    "note": ("说明；推算值在此写算式", "remarks; the formula of a derived value"),
    "value": ("数值，单位同指标；不写单位文字", "the figure in the indicator's unit, without words"),
}

COLUMN_MEANINGS = {
    "indicators": {
        "indicator": ("指标代码，英文小写加下划线，不得重复", "id in lower-case English, unique"),
        "name_zh": ("中文名称", "Chinese name"),
        "name_en": ("英文名称", "English name"),
        "category": ("类别；industry 和 value_chain 为产业链", "category; industry and value_chain mark chains"),
        "unit": (f"计量单位，如 {'、'.join(UNITS[:8])}", "statistical unit, in Chinese"),
        "kind": (f"类型：{'、'.join(KINDS)}（总量、比重、增速、指数、个数）", f"one of {', '.join(KINDS)}"),
        "price_basis": (
            f"价格口径：{'、'.join(PRICE_BASES)}（现价、可比价、不适用）",
            f"one of {', '.join(PRICE_BASES)}",
        ),
        "better": ("向好方向：up 或 down，可空", "the good direction: up, down or blank"),
        "parent": ("上级指标（本指标是其一部分），可空", "the indicator that it is part of, or blank"),
        "decimals": ("显示的小数位数", "decimals shown"),
        "rule": (f"默认路径规则：{'、'.join(RULES)}", f"default path rule: {', '.join(RULES)}"),
        "driver": (
            f"驱动指标；恒等式写形式和成员，形式有 {'、'.join(IDENTITIES)}",
            "what it follows; for an identity its form and members, as in 'ratio manufacturing_va gdp'",
        ),
    },
    "baseline": {
        "indicator": _SHARED["indicator"],
        "year": ("年份", "year"),
        "value": _SHARED["value"],
        "status": _SHARED["status"],
        "vintage": (
            "口径或版本；同一年有多个来源时，采用的一行写 preferred",
            "series or edition; where a year stands twice, `preferred` marks the one to use",
        ),
        "source": _SHARED["source"],
        "note": _SHARED["note"],
    },
    "targets": {
        "plan": ("规划代码，与 plan.toml 一致", "plan id as in plan.toml"),
        "indicator": _SHARED["indicator"],
        "base_year": ("基期年", "base year"),
        "target_year": ("目标年", "target year"),
        "comparator": (f"比较符：{' '.join(COMPARATORS)}（~ 为左右）", f"one of {' '.join(COMPARATORS)} (~ about)"),
        "level": ("目标水平，单位同指标，可空", "the level, in the indicator's unit, or blank"),
        "growth_pct": ("年均增长，%，可空", "average growth a year, %, or blank"),
        "cumulative": (
            "规划期累计（方括号内的数），可空：投资额和新增数为各年之和，其他为累计变动",
            "the bracketed figure, or blank: the sum of the years for investment and new counts, else the change",
        ),
        "binding": (f"属性：{'、'.join(BINDINGS)}", "约束性 binding, 预期性 expected"),
        "source": _SHARED["source"],
        "note": ("说明；三个数值全空时抄录原文", "remarks; the words themselves where no number is given"),
    },
    "projects": {
        "project": ("项目名称", "name of the project"),
        "indicator": _SHARED["indicator"],
        "start_year": ("投产年", "first year of output"),
        "capacity": ("达产后的数值，单位同指标", "full output in the indicator's unit"),
        "ramp_years": ("达产年数", "years until full output"),
        "probability": ("实现概率，0 至 1", "probability, 0 to 1"),
        "source": _SHARED["source"],
    },
    "context": {
        "region": ("地区名称", "region"),
        "indicator": _SHARED["indicator"],
        "measure": (f"{'、'.join(MEASURES)}（水平、年均增长、规划增长）", f"one of {', '.join(MEASURES)}"),
        "start_year": ("起年", "first year"),
        "end_year": ("止年", "last year"),
        "value": ("水平，或年均增长（%）", "the level, or the average growth (%)"),
        "status": _SHARED["status"],
        "source": _SHARED["source"],
        "note": _SHARED["note"],
    },
}
"""By table and column: its meaning in Chinese and English."""

_INTRO = (
    """本文件夹是一份规划的数据。plan.toml 写明地区、年份和假设；scenarios/ 每个文件是一个情景。
CSV 可用 Excel 或 WPS 打开修改，另存为“CSV UTF-8（逗号分隔）”；千分位逗号、全角数字、百分号（单位为%的指标）都能识别。
空着就是“规划没有公布”，请勿填 0。改完后运行 `hjforecast check .`，会一次列出全部问题。
""",
    """This folder is the data of one plan. plan.toml states the region, the years and the assumptions; each file of
scenarios/ is one scenario. Save CSV files as "CSV UTF-8"; thousands commas, full-width digits and % (for indicators
in %) are understood. A blank means "not printed": do not write 0. Then run `hjforecast check .`, which lists every
problem at once.
""",
)


def readme(base_year: int) -> str:
    """Return the README of a plan directory with that base year: Chinese, then English."""
    titles = ("# 规划目录说明", "# This plan directory")
    heads = ("| 列 | 含义 |", "| column | meaning |")
    parts = []
    for lang in (0, 1):
        parts.append(f"{titles[lang]}\n\n{_INTRO[lang]}")
        for table, columns in COLUMNS.items():
            file, *meaning = FILE_MEANINGS[table]
            rows = "\n".join(f"| {name} | {COLUMN_MEANINGS[table][name][lang]} |" for name in columns)
            heading = f"## {file.format(base_year=base_year)}"
            parts.append(f"{heading}\n\n{meaning[lang]}\n\n{heads[lang]}\n|---|---|\n{rows}\n")
    return "\n".join(parts)
