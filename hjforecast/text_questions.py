"""Sentences on odds, the plan as a whole, what must be true, and the last plan's record; Chinese and English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hjforecast.projection import Projection
from hjforecast.run import GDP, PRICE, REAL
from hjforecast.targets import average_growth
from hjforecast.text import decimal
from hjforecast.unit_names import unit_name

if TYPE_CHECKING:
    import pandas as pd

    from hjforecast.odds import Plausibility

__all__ = [
    "band_sentences",
    "baseline_odds_sentences",
    "condition_sentences",
    "delivery_sentences",
    "odds_sentences",
    "plausibility_sentences",
]

_LIKELY, _UNLIKELY = 0.7, 0.3


def _percent(share: float, lang: str) -> str:
    """Return a probability in words: about so many whole per cent, never a certainty that nobody has."""
    rounded = round(100.0 * share)
    if 1 <= rounded <= 99:
        return f"约为{rounded}%" if lang == "zh" else f"about {rounded} %"
    edge = ("不到1%", "under 1 %") if rounded < 1 else ("超过99%", "over 99 %")
    return edge[lang != "zh"]


def band_sentences(projection: Projection, lang: str = "zh") -> list[str]:
    """Return the 80 % bands of GDP and the urban share in the target year, empty without draws."""
    plan, year, parts = projection.plan, projection.plan.target_year, []
    index = year - plan.base_year
    for name in (GDP, "income_resident", "urbanization"):
        if name not in projection.samples or projection.status_of(name, year) == "unavailable":
            continue
        item = plan.indicator(name)
        low, high = (projection.quantile(name, q) for q in (0.1, 0.9))
        assert low is not None
        assert high is not None
        ends = [decimal(float(end[index]), item.decimals) for end in (low, high)]
        if lang == "zh":
            parts.append(f"{item.name_zh}为{ends[0]}{item.unit}至{ends[1]}{item.unit}")
        else:
            parts.append(f"{item.name_en} {ends[0]}–{ends[1]} {_bracketed(unit_name(item.unit, lang))}")
    if not parts:
        return []
    if lang == "zh":
        return [f"按以往预测误差推算，{year}年80%区间：{'，'.join(parts)}。真实结果约有两成的可能落在区间之外。"]
    return [
        f"Past forecast errors give these 80 % bands for {year}: {'; '.join(parts)}. About one outcome in five falls outside its band."
    ]


def odds_sentences(projection: Projection, rows: pd.DataFrame, lang: str = "zh") -> list[str]:
    """Return how many of the `rows` (of `odds`) are likely, open and unlikely, and the odds of GDP's two targets."""
    known = rows["probability"].dropna()
    if rows.empty:
        return []
    counts = [
        int((known > _LIKELY).sum()),
        int(known.between(_UNLIKELY, _LIKELY).sum()),
        int((known < _UNLIKELY).sum()),
    ]
    blank, total = len(rows) - len(known), len(rows)
    gdp = {
        row["measure"]: row
        for row in rows.to_dict("records")
        if row["indicator"] == GDP and row["probability"] == row["probability"]
    }
    unit = unit_name(projection.plan.indicator(GDP).unit, lang) if gdp else ""
    if lang == "zh":
        texts = [
            f"{total}项主要目标中，有{len(known)}项可依据以往预测误差给出实现概率：高于70%的{counts[0]}项，30%至70%的{counts[1]}项，"
            f"低于30%的{counts[2]}项；其余{blank}项没有可依据的历史误差或无法测算，不给概率。"
        ]
        names = {"level": "现价总量达到{target}{unit}", "growth": "实际年均增长达到{target}%"}
        said = [
            f"{names[key].format(target=_plain(row['target']), unit=unit)}的概率{_percent(row['probability'], 'zh')}"
            for key, row in gdp.items()
            if key in names
        ]
        return texts + ([f"地区生产总值{'，'.join(said)}。"] if said else [])
    texts = [
        f"Of {total} main targets {len(known)} can be given odds from past forecast errors: {counts[0]} above 70 %, {counts[1]} from 30 to "
        f"70 % and {counts[2]} below 30 %. The other {blank} have no past errors to rest on, or no path, and get none."
    ]
    names = {"level": "{target} ({unit}, current prices)", "growth": "{target} % real growth a year"}
    said = [
        f"{names[key].format(target=_plain(row['target']), unit=unit)}: {_percent(row['probability'], 'en')}"
        for key, row in gdp.items()
        if key in names
    ]
    return texts + ([f"Odds of GDP reaching {'; '.join(said)}."] if said else [])


def baseline_odds_sentences(baseline: Projection, base: pd.DataFrame, lang: str = "zh") -> list[str]:
    """Return what the odds of GDP's targets would be on the baseline path, and that a path's own odds are near one half."""
    if GDP not in baseline.plan.indicators:
        return []
    texts, title, unit = [], baseline.scenario.title(lang), unit_name(baseline.plan.indicator(GDP).unit, lang)
    for row in base.to_dict("records"):
        if row["indicator"] != GDP or row["probability"] != row["probability"]:
            continue
        odds, target = _percent(row["probability"], lang), _plain(row["target"])
        if row["measure"] == "level":
            texts.append(
                f"现价总量达到{target}{unit}的概率{odds}"
                if lang == "zh"
                else f"{target} ({unit}, current prices): {odds}"
            )
        else:
            texts.append(
                f"实际年均增长达到{target}%的概率{odds}" if lang == "zh" else f"{target} % real growth a year: {odds}"
            )
    if not texts:
        return []
    if lang == "zh":
        return [
            f"上述概率以本情景为中心路径，路径恰好到达目标时概率自然接近一半，不说明目标容易。若按“{title}”路径，地区生产总值{'，'.join(texts)}。"
        ]
    return [
        "These odds take the scenario's own path as the centre: a path drawn to its target has odds near one half by construction, which does "
        f'not make the target easy. On the "{title}" path the odds of GDP reaching {"; ".join(texts)}.'
    ]


def _bracketed(unit: str) -> str:
    return unit if unit in ("%", "yuan") else f"({unit})"


def _plain(value: float) -> str:
    return f"{value:g}"


def plausibility_sentences(found: Plausibility | None, title: str, lang: str = "zh") -> list[str]:
    """Return how far the targets as a whole lie from the path, in standard deviations, with their number and tail."""
    if found is None:
        return []
    sigma, p = decimal(found.sigma, 1), _percent(found.p_value, lang)
    if lang == "zh":
        return [
            f"把{found.k}项可比目标合在一起看，规划与“{title}”路径的距离为{sigma}个标准差：以往误差中，{found.k}项指标同时偏离这么远或更远的情形{p}。"
            "距离越大，要求各项指标同时偏离惯性的程度越高。"
        ]
    return [
        f'Taken together, {found.k} comparable targets lie {sigma} standard deviations from the "{title}" path: errors that far out or '
        f"further, in all {found.k} at once, make up {p} of past ones. The larger the distance, the more must go differently at once."
    ]


def condition_sentences(before: Projection, after: Projection, target: str, lang: str = "zh") -> list[str]:
    """Return what else must be true once GDP meets its target: real growth and prices, before and after."""
    year = before.plan.target_year
    if any(name not in before.plan.indicators for name in (REAL, PRICE)):
        return []
    rates = [[decimal(average_growth(one, name, year) or 0.0, 2) for name in (REAL, PRICE)] for one in (before, after)]
    unit, rises = unit_name(before.plan.indicator(GDP).unit, lang), float(rates[1][0]) >= float(rates[0][0])
    if lang == "zh":
        return [
            f"若{year}年地区生产总值恰为{target}{unit}（现价），偏离最小的路径是：实际年均增长由{rates[0][0]}%{'提高' if rises else '降低'}到{rates[1][0]}%，"
            f"年均价格变动（含统计修订）由{rates[0][1]}%变为{rates[1][1]}%。下表列出其他指标相应须达到的水平。"
        ]
    return [
        f"If GDP is to be {target} ({unit}, current prices) in {year}, the path of least effort takes real growth from {rates[0][0]} to "
        f"{rates[1][0]} % a year and the price change (with statistical revisions) from {rates[0][1]} to {rates[1][1]} %. The table shows "
        "what else must then be true."
    ]


def delivery_sentences(rows: pd.DataFrame, reference: float, lang: str = "zh") -> list[str]:
    """Return how the last plan was delivered: number of ratios, median, how many reached 1, the reference class."""
    if rows.empty:
        return []
    ratios = rows["ratio"]
    middle, reached = decimal(float(ratios.median()), 2), int((ratios >= 1.0).sum())
    gdp = rows[rows["indicator"] == GDP]
    if lang == "zh":
        lead = (
            f"其中地区生产总值规划年均增长{_plain(gdp['planned'].iloc[0])}%，实际{_plain(gdp['delivered'].iloc[0])}%，兑现率{decimal(float(gdp['ratio'].iloc[0]), 2)}。"
            if len(gdp)
            else ""
        )
        return [
            f"上一规划期有{len(rows)}项指标的规划数与完成数可比，兑现率（完成/规划）中位数为{middle}，达到或超过1的有{reached}项。{lead}"
            f"每项只有1个观测，须向同类规划的兑现率{decimal(reference, 2)}收缩后使用。"
        ]
    lead = (
        f" GDP was planned to grow {_plain(gdp['planned'].iloc[0])} % a year and grew {_plain(gdp['delivered'].iloc[0])} %, a ratio of {decimal(float(gdp['ratio'].iloc[0]), 2)}."
        if len(gdp)
        else ""
    )
    return [
        f"For {len(rows)} indicators of the last plan, planned and delivered figures can be compared: the median ratio is {middle}, and {reached} "
        f"reached 1.{lead} Each ratio is one observation, so it is shrunk to that of comparable plans, {decimal(reference, 2)}, before use."
    ]
