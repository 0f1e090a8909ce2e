"""Catalogue of the assumptions that `plan.toml` states, each with unit, bounds and meaning."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ASSUMPTIONS", "IMPLIED", "Assumption", "AssumptionKind", "kind_of"]

IMPLIED = "implied"
"""The word for 'computed from the plan's own printed figures'."""


@dataclass(frozen=True)
class AssumptionKind:
    """What one assumption may be: its unit, bounds, whether a plan must state it, and its meaning."""

    name: str
    unit: str
    low: float
    high: float
    required: bool
    zh: str
    en: str


@dataclass(frozen=True)
class Assumption:
    """One stated assumption: a number in its catalogue unit (or the word `implied`), its status and source."""

    name: str
    value: float | str
    status: str
    source: str
    source_en: str = ""

    def reason(self, lang: str = "zh") -> str:
        """Return the source or reason in Chinese (`zh`) or English (`en`; the Chinese one where none is given)."""
        return self.source_en if lang == "en" and self.source_en else self.source


ASSUMPTIONS = tuple(
    AssumptionKind(*row)
    for row in (
        ("damping", "", 0.0, 1.0, True, "增速阻尼系数 φ", "growth damping phi"),
        ("long_run_growth", "%", -5.0, 15.0, True, "长期实际增速 g*", "long-run real growth g*"),
        (
            "own_growth_weight",
            "",
            0.0,
            1.0,
            True,
            "自身以往增速的权重（其余为上级地区）",
            "weight of own past growth (the rest is the parent region's)",
        ),
        ("price_change", "%", -20.0, 50.0, True, "年均价格变动", "price change a year"),
        ("employment_growth", "%", -20.0, 20.0, False, "从业人员年均增长", "employment growth a year"),
        (
            "chain_base_growth",
            "%",
            -20.0,
            50.0,
            False,
            "倒推产业链基期所用的年均增速",
            "growth used to back-cast a chain's base",
        ),
        ("urban.cap", "%", 1.0, 100.0, True, "城镇化率上限 K", "ceiling K of the urban share"),
        (
            "urban.fade_years",
            "年",
            1.0,
            100.0,
            True,
            "由自身速度过渡到同类标准的年数",
            "years until the peer norm takes over",
        ),
        ("urban.norm_intercept", "", -1.0, 1.0, True, "同类县域标准 d* 的截距", "intercept of the peer norm d*"),
        ("urban.norm_slope", "", -1.0, 1.0, True, "同类县域标准 d* 的斜率", "slope of the peer norm d*"),
        (
            "delivery_reference",
            "",
            0.0,
            3.0,
            True,
            "同类规划目标兑现率 d_ref",
            "delivery ratio of comparable plans d_ref",
        ),
        ("delivery_weight", "", 0.0, 1000.0, True, "同类规划兑现率的权重 k", "weight k of comparable plans"),
        ("elasticity.*", "", -5.0, 5.0, False, "对驱动指标的弹性", "elasticity to the driver"),
    )
)


def kind_of(name: str) -> AssumptionKind | None:
    """Return the catalogue entry for an assumption's dotted name, None where there is none."""
    family = name.split(".")[0] + ".*"
    return next((kind for kind in ASSUMPTIONS if kind.name in (name, family)), None)
