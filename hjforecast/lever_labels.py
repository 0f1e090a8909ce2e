"""What levers are called on controls: short, with the price basis, whose lever it is, and what its range rests on."""

from __future__ import annotations

from hjforecast.levers import GDP_INDUSTRY
from hjforecast.plan import Plan

__all__ = ["CATEGORIES", "GROUPS", "group_of", "lever_basis", "lever_label"]

CATEGORIES = {
    "economy": "经济", "innovation": "创新", "urban": "城镇化", "opening": "开放", "education": "教育",
    "agriculture": "农业", "environment": "生态环境", "livelihood": "民生", "security": "安全", "health": "卫生健康",
    "tourism": "旅游", "infrastructure": "基础设施", "industry": "工业产业链", "value_chain": "农业产业链",
}  # fmt: skip
"""Categories of indicators in Chinese; in English their ids are words already."""

GROUPS = {
    "growth": ("经济增长", "Economic growth"),
    "delivery": ("规划目标兑现率", "Delivery of the plan's targets"),
    "urban": ("城镇化", "Urbanization"),
    "industry": ("产业链", "Industry chains"),
    "elasticity": ("弹性", "Elasticities"),
    "pipeline": ("投资项目", "Investment projects"),
    "delivery_each": ("分指标兑现率", "Delivery of single targets"),
}
"""Groups of levers in the order in which they are shown, Chinese and English."""

_PLAIN = {
    "real_growth": ("地区生产总值实际增速（可比价）", "Real GDP growth (constant prices)"),
    "price_change": ("年均价格变动", "Price change a year"),
    "shock": ("当年实际增速的一次性增减", "Points added to one year's real growth"),
    "delivery": ("各项目标兑现率（1为如期实现）", "Delivery of all targets (1: met on time)"),
    "urban.cap": ("城镇化率上限", "Ceiling of the urban share"),
    "urban.d0": ("城镇化自身速度（logit/年）", "Own speed of urbanization (logit a year)"),
    "pipeline": ("投资项目储备的计入系数（1为全部计入）", "Share of the pipeline counted (1: all of it)"),
    f"elasticity.{GDP_INDUSTRY}": ("产业链对地区生产总值的带动系数", "Pull of the chains on GDP"),
}
_MEMBERS = {
    "delivery": ("{}兑现率", "Delivery: {}"),
    "elasticity": ("{}弹性", "Elasticity: {}"),
    "chain_growth": ("{}增速（现价）", "Growth a year, current prices: {}"),
    "chain_base": ("{}{}年基期数（现价）", "Base of {1}, current prices: {0}"),
}
_BASIS = {
    "real_growth": (
        "地级市五年平均实际增速的预测误差",
        "the errors of five-year forecasts of real growth in prefectures",
    ),
    "price_change": ("县级价格变动的预测误差", "the errors of forecasts of county price changes"),
    "shock": ("地级市单年实际增速的预测误差", "the errors of one-year forecasts of real growth in prefectures"),
    "delivery": ("同类“十三五”规划兑现率的离散程度", "the spread of the delivery ratios of comparable plans"),
    "elasticity": ("经验判断", "a judgement"),
    "urban.cap": ("经验判断", "a judgement"),
    "urban.d0": ("两次人口普查之间县级单位的预测误差", "the errors of county units between two censuses"),
    "chain_growth": ("第二产业增加值五年预测误差", "the errors of five-year forecasts of secondary value added"),
    "chain_base": ("倒推所用增速不同造成的差别", "the difference that another back-cast rate would make"),
    "pipeline": ("经验判断", "a judgement"),
}


def lever_label(plan: Plan, name: str, lang: str = "zh") -> str:
    """Return what a lever is called, with its price basis where it has one, and whose it is."""
    at, (family, _, word) = int(lang != "zh"), name.partition(".")
    if name in _PLAIN:
        return _PLAIN[name][at]
    owner = plan.indicators.get(word)
    known = _category(word) if lang == "zh" else word.replace("_", " ")
    return _MEMBERS[family][at].format(owner.name(lang) if owner else known, plan.base_year)


def _category(word: str) -> str:
    """Return what the indicators of a category are called in Chinese."""
    name = CATEGORIES.get(word, word)
    return f"{name}指标" if name.endswith("产业链") else f"{name}类指标"


def group_of(plan: Plan, name: str) -> str:
    """Return the group that a lever is shown in, a key of GROUPS."""
    family, _, word = name.partition(".")
    if word == GDP_INDUSTRY or family.startswith("chain_"):
        return "industry"
    if family == "delivery":
        return "delivery_each" if word in plan.indicators else "delivery"
    return family if family in GROUPS else "growth"


def lever_basis(name: str, lang: str = "zh") -> str:
    """Return what the width of a lever's slider rests on, a sentence."""
    pair = _BASIS.get(name) or _BASIS[name.partition(".")[0]]
    return f"滑块范围的依据：{pair[0]}。" if lang == "zh" else f"The slider's range rests on {pair[1]}."
