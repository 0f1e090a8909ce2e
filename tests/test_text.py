"""The sentences of two scenarios, word for word, written by hand from figures that the comments derive.

Assumptions are pinned here, so that a recalibration moves the reports but not these sentences.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from hjforecast import Plan, Projection, project
from hjforecast.assumptions import Assumption
from hjforecast.text import decimal, summary, versus

PINNED = {
    "damping": 0.85, "long_run_growth": 4.4, "own_growth_weight": 0.2, "urban.cap": 100.0, "urban.fade_years": 25.0,
    "urban.norm_intercept": 0.054, "urban.norm_slope": -0.0165, "chain_base_growth": 7.0,
    "elasticity.income_urban": 0.71, "elasticity.income_rural": 0.95,
}  # fmt: skip


@pytest.fixture(scope="module")
def pinned(plan: Plan) -> Plan:
    stated = {name: Assumption(name, value, "assumed", "测试") for name, value in PINNED.items()}
    return replace(plan, assumptions={**plan.assumptions, **stated})


@pytest.fixture(scope="module")
def trend(pinned: Plan) -> Projection:
    return project(pinned, "trend")


# 125.74 x (1.08 x 1.011537)^5 = 195.66; trend: real growth eases from 7.04 % by 0.85 a year toward 4.4 %, so that
# 125.74 x 1.066440 x 1.063074 x 1.060213 x 1.057781 x 1.055714 x 1.011537^5 = 178.74.
# Incomes: 19837.15 x 1.08^5 = 29147; 195.66 / 1.5561 keeps the parts' lead of 2.2 points.
PLAN_ZH = [
    "在“规划目标”情景下，预计2025年洪江市地区生产总值达到195.66亿元（现价），2021—2025年实际年均增长8.0%（可比价）；按规划隐含的"
    "年均价格变动1.15%计，现价年均增长9.25%。地区生产总值与规划目标持平，比“惯性发展”情景高16.92亿元（高9.5%）。",
    "2025年居民人均可支配收入预计为29147元，年均增长8.0%（未扣除价格因素）；城镇居民和农村居民人均可支配收入分别为37647元和20648元，"
    "年均分别增长6.5%和8.7%。"
    "城乡居民收入比由2020年的2.02缩小到1.82。",
    "常住人口城镇化率预计由2020年的45.1%提高到2025年的50.0%，5年提高4.9个百分点，与规划目标持平，比“惯性发展”情景低2.0个百分点。",
    "2025年七大产业链总产值预计达到168.0亿元。有11条产业链（含未计入合计的细分行业等）的2020年产值没有公布，按年均增长7%由目标倒推，"
    "属于假定，总产值随之由假定测算。制造业增加值预计为37.00亿元，占地区生产总值的18.9%。",
]
PLAN_EN = [
    'In the "Plan targets" scenario, the GDP of Hongjiang City is projected to reach 19.566 billion yuan in 2025 at current prices, '
    "growing 8.0 % a year in real terms over 2021–2025; with prices changing 1.15 % a year, as the plan implies, nominal growth is "
    "9.25 % a year. The 2025 level is "
    'equal to the target and 1.692 billion yuan above the "Trend" scenario (9.5 %).',
    "Residents' disposable income per head is projected at 29147 yuan in 2025, growing 8.0 % a year (nominal): 37647 yuan for urban and 20648 "
    "yuan for rural residents, growing 6.5 % and 8.7 % a year. The urban-rural income ratio narrows from 2.02 in 2020 to 1.82.",
    "The urban share of permanent residents is projected to rise from 45.1 % in 2020 to 50.0 % in 2025, by 4.9 percentage points; it is equal to "
    'the target and 2.0 percentage points below the "Trend" scenario.',
]

# 125.74 x (1.039 x 1.011537)^5 = 161.24; ln(161.24/125.74) = 0.24867. Urban income 27443 x e^(0.71 x 0.24867) = 32742, rural
# 13589 x e^(0.95 x 0.24867) = 17210, mixed at 51.98 % urban: 25283. Chains: 168/1.07^5 x e^(0.7651 x 0.24867) = 144.9;
# manufacturing 26.38 x e^(0.7651 x 0.24867) = 31.91, 19.8 % of 161.24.
LOW_ZH = [
    "在“承压”情景下，预计2025年洪江市地区生产总值达到161.24亿元（现价），2021—2025年实际年均增长3.9%（可比价）；按规划隐含的"
    "年均价格变动1.15%计，现价年均增长5.10%。地区生产总值比规划目标低34.42亿元（低17.6%），比“惯性发展”情景低17.50亿元（低9.8%）。",
    "2025年居民人均可支配收入预计为25283元，年均增长5.0%（未扣除价格因素）；城镇居民和农村居民人均可支配收入分别为32742元和17210元，"
    "年均分别增长3.6%和4.8%。"
    "城乡居民收入比由2020年的2.02缩小到1.90。",
    "常住人口城镇化率预计由2020年的45.1%提高到2025年的52.0%，5年提高6.9个百分点，比规划目标高2.0个百分点，与“惯性发展”情景持平。",
    "2025年七大产业链总产值预计达到144.9亿元。有11条产业链（含未计入合计的细分行业等）的2020年产值没有公布，按年均增长7%由目标倒推，"
    "属于假定，总产值随之由假定测算。制造业增加值预计为31.91亿元，占地区生产总值的19.8%。",
]
LOW_EN = [
    'In the "Low" scenario, the GDP of Hongjiang City is projected to reach 16.124 billion yuan in 2025 at current prices, growing 3.9 % a '
    "year in real terms over 2021–2025; with prices changing 1.15 % a year, as the plan implies, nominal growth is 5.10 % a year. The 2025 level is 3.442 billion "
    'yuan below the target (17.6 %) and 1.750 billion yuan below the "Trend" scenario (9.8 %).',
    "Residents' disposable income per head is projected at 25283 yuan in 2025, growing 5.0 % a year (nominal): 32742 yuan for urban and 17210 "
    "yuan for rural residents, growing 3.6 % and 4.8 % a year. The urban-rural income ratio narrows from 2.02 in 2020 to 1.90.",
    "The urban share of permanent residents is projected to rise from 45.1 % in 2020 to 52.0 % in 2025, by 6.9 percentage points; it is 2.0 "
    'percentage points above the target and equal to the "Trend" scenario.',
]


@pytest.mark.parametrize(
    ("scenario", "lang", "golden"),
    [("plan", "zh", PLAN_ZH), ("plan", "en", PLAN_EN), ("low", "zh", LOW_ZH), ("low", "en", LOW_EN)],
)
def test_summary_reads_word_for_word(pinned: Plan, trend: Projection, scenario: str, lang: str, golden: list[str]):
    assert summary(project(pinned, scenario), trend, lang)[: len(golden)] == golden


def test_the_baseline_is_not_compared_with_itself(trend: Projection):
    first = summary(trend, trend)[0]
    assert first.endswith("地区生产总值比规划目标低16.92亿元（低8.6%）。")


def test_target_counts_are_those_of_a_naive_count(plan: Plan, projections: dict[str, Projection]):
    """Indicators without a driver stay at their base, so their target is missed where it asks for more (or less)."""
    run, missed = projections["trend"], 0
    for row in plan.targets_of("fyp14"):
        item, base = plan.indicator(row.indicator), plan.base(row.indicator)
        if row.target_year != 2025 or item.rule != "growth" or item.kind == "growth" or base is None:
            continue
        if row.level is not None:
            wanted = float(row.level) - float(base.value)
            step = 0.5 * 10.0**-row.level.decimals
        elif row.cumulative is not None:
            wanted, step = float(row.cumulative), 0.5 * 10.0**-row.cumulative.decimals
        else:
            continue
        missed += wanted > step if item.better == "up" or row.comparator in (">=", ">") else -wanted > step
    sentence = next(text for text in summary(run, run) if "定量目标" in text)
    assert f"有{missed}项没有设定驱动关系" in sentence


@pytest.mark.parametrize(
    ("value", "other", "zh", "en"),
    [
        (45.5, 50.0, "比规划目标低4.5亿元（低9.0%）", "4.5 billion yuan below the target (9.0 %)"),
        (50.04, 50.0, "与规划目标持平", "equal to the target"),
        (55.0, 50.0, "比规划目标高5.0亿元（高10.0%）", "5.0 billion yuan above the target (10.0 %)"),
    ],
)
def test_comparisons_say_above_below_or_level(value: float, other: float, zh: str, en: str):
    assert versus(value, other, 1, "亿元", "规划目标", "zh") == zh
    assert versus(value, other, 1, "billion yuan", "the target", "en") == en


@pytest.mark.parametrize(("value", "text"), [(-0.04, "0.0"), (-0.06, "-0.1"), (0.0, "0.0"), (12.34, "12.3")])
def test_no_figure_prints_as_minus_zero(value: float, text: str):
    assert decimal(value, 1) == text


def test_a_plan_without_gdp_or_incomes_still_gets_its_sentences(plan: Plan):
    kept = {name: item for name, item in plan.indicators.items() if name in ("forest_coverage", "grain_capacity")}
    small = replace(
        plan, indicators=kept, observations=tuple(o for o in plan.observations if o.indicator in kept),
        targets=tuple(t for t in plan.targets if t.indicator in kept), context=(),
    )  # fmt: skip
    run = project(small, "trend")
    assert any("定量目标共2项" in text for text in summary(run, run))
