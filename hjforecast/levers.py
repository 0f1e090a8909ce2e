"""Catalogue of levers: the only things a scenario can move, with unit, bounds and meaning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hjforecast.indicators import Indicator
from hjforecast.plan import Plan

__all__ = ["GDP_INDUSTRY", "LEVERS", "Lever", "delivery_levers", "lever_names"]

GDP_INDUSTRY = "gdp_industry"
"""The follower in `elasticity.gdp_industry`: how far GDP follows chains that outgrow their usual path."""


@dataclass(frozen=True)
class Lever:
    """One lever or family (`name.*`): unit, bounds, whether it may vary by year, words allowed, meaning, plausible move.

    `step` is the move that a tornado makes each way, in the lever's unit, or as a share of its value where `relative`.
    """

    name: str
    unit: str
    low: float
    high: float
    by_year: bool
    words: tuple[str, ...]
    zh: str
    en: str
    step: float = 0.0
    relative: bool = False

    def meaning(self, lang: str = "zh") -> str:
        """Return what the lever moves, in Chinese (`zh`) or English (`en`)."""
        return self.zh if lang == "zh" else self.en


STEPS = {
    "real_growth": 2.0,  # five-year averages of prefectures miss by 2.4 points (calibration/error_scale.csv)
    "price_change": 1.5,  # county prices miss by about 3 points a year, part of it statistical revision
    "shock": 2.3,  # one year of prefectures' real growth misses by 2.3 points (calibration/error_scale.csv, sd_1)
    "delivery": 0.2,  # the middle half of comparable 13th plans spans 0.2 (calibration/plan_delivery.csv)
    "elasticity": 0.15,  # a judgement: about one seventh of unit elasticity
    "urban.cap": 10.0,  # a judgement: ceilings in use differ by about this much
    "urban.d0": 0.02,  # logit a year; between two censuses county units miss by 0.25 in ten years (calibration)
    "chain_growth": 5.0,  # five years of secondary value added miss by 7 points a year, part of it with GDP
    "chain_base": 0.1,  # share of the base: back-cast at 9 % instead of 7 % it is 9 % smaller
    "pipeline": 0.5,  # half of the pipeline more or less
}
"""A plausible move of each lever or family, and why."""

LEVERS = (
    Lever(
        "real_growth",
        "%",
        -20.0,
        25.0,
        True,
        (),
        "地区生产总值实际增速（可比价）",
        "real GDP growth a year",
        STEPS["real_growth"],
    ),
    Lever(
        "price_change",
        "%",
        -10.0,
        20.0,
        True,
        ("implied",),
        "年均价格变动",
        "price change a year",
        STEPS["price_change"],
    ),
    Lever(
        "shock",
        "个百分点",
        -30.0,
        30.0,
        True,
        (),
        "当年实际增速的一次性增减",
        "points added to one year's real growth",
        STEPS["shock"],
    ),
    Lever(
        "delivery",
        "",
        0.0,
        3.0,
        False,
        ("record",),
        "规划目标兑现率（1 为如期实现）",
        "share of planned change delivered",
        STEPS["delivery"],
    ),
    Lever(
        "delivery.*",
        "",
        0.0,
        3.0,
        False,
        ("record",),
        "某指标或某类指标的兑现率",
        "delivery of one indicator or category",
        STEPS["delivery"],
    ),
    Lever(
        "elasticity.*", "", -5.0, 5.0, False, (), "对驱动指标的弹性", "elasticity to the driver", STEPS["elasticity"]
    ),
    Lever("urban.cap", "%", 1.0, 100.0, False, (), "城镇化率上限 K", "ceiling of the urban share", STEPS["urban.cap"]),
    Lever(
        "urban.d0",
        "",
        -0.5,
        0.5,
        False,
        (),
        "城镇化自身速度 d0（logit/年）",
        "own speed of urbanization (logit a year)",
        STEPS["urban.d0"],
    ),
    Lever(
        "chain_growth.*",
        "%",
        -50.0,
        100.0,
        True,
        (),
        "某产业链产值增速",
        "growth of one chain's output",
        STEPS["chain_growth"],
    ),
    Lever(
        "chain_base.*",
        "亿元",
        1e-6,
        1e6,
        False,
        (),
        "某产业链基期产值",
        "base-year output of one chain",
        STEPS["chain_base"],
        True,
    ),
    Lever(
        "pipeline",
        "",
        0.0,
        2.0,
        False,
        (),
        "投资项目储备的计入系数",
        "multiplier on the project pipeline",
        STEPS["pipeline"],
    ),
)


def _followers(plan: Plan) -> Iterator[str]:
    yield GDP_INDUSTRY
    for item in plan.indicators.values():
        if item.rule in ("elastic", "urgd"):
            yield item.id


def _chains(plan: Plan) -> Iterator[str]:
    return (item.id for item in plan.indicators.values() if item.is_chain)


def _deliverable(plan: Plan) -> Iterator[str]:
    yield from dict.fromkeys(item.category for item in plan.indicators.values())
    yield from plan.indicators


def lever_names(plan: Plan) -> dict[str, Lever]:
    """Return every lever name that a plan offers, families spelled out, with its catalogue entry."""
    members = {
        "delivery.*": _deliverable,
        "elasticity.*": _followers,
        "chain_growth.*": _chains,
        "chain_base.*": _chains,
    }
    names: dict[str, Lever] = {}
    for lever in LEVERS:
        if lever.name in members:
            stem = lever.name.removesuffix("*")
            names.update({stem + word: lever for word in members[lever.name](plan)})
        else:
            names[lever.name] = lever
    return names


def delivery_levers(item: Indicator) -> tuple[str, ...]:
    """Return the delivery levers that reach an indicator, the most specific first."""
    return (f"delivery.{item.id}", f"delivery.{item.category}", "delivery")
