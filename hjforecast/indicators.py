"""The indicator catalogue: what an indicator is, and the words its columns may hold."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = [
    "BINDINGS",
    "CHAIN_CATEGORIES",
    "COMPARATORS",
    "IDENTITIES",
    "KINDS",
    "MEASURES",
    "PRICE_BASES",
    "RULES",
    "STATUSES",
    "STATUS_WORDS",
    "UNITS",
    "Indicator",
    "is_unit",
]

KINDS = ("level", "share", "growth", "index", "count")
PRICE_BASES = ("current", "constant", "none")
STATUSES = ("reported", "derived", "assumed")
STATUS_WORDS = {"公布": "reported", "推算": "derived", "假定": "assumed"}
COMPARATORS = ("=", ">=", "<=", ">", "~")
BINDINGS = ("约束性", "预期性")
MEASURES = ("level", "growth", "planned_growth")
RULES = ("growth", "target", "urgd", "elastic", "share_of", "pipeline", "identity")

IDENTITIES = {
    "compound": 2,
    "difference": 2,
    "mix": 3,
    "quotient_growth": 2,
    "ratio": 2,
    "sum": 0,
}
"""Identity forms and how many members each takes (0: two or more)."""

_COUNTED = (
    "人 人次 户 家 个 件 项 套 张 所 座 条 处 部 辆 台 栋 间 宗 场 期 次 例 册 种 株 棵 箱 瓶 片 块 根 盏 艘 架 "
    "头 只 羽 尾 匹 位 名 床 岁 年 月 天 日 小时 分钟 倍 分 级 元 美元 欧元 港元 "
    "吨 公斤 千克 克 毫克 微克 公里 千米 米 厘米 毫米 平方公里 平方千米 平方米 公顷 亩 亩次 立方米 升 "
    "瓦 千瓦 千瓦时 千伏安 吨标准煤 吨二氧化碳 车公里 吨公里 人公里 标准箱 学时 学位 分贝 兆比特"
)
_MULTIPLIERS = "百 千 万 十万 百万 千万 亿 万亿"
_USUAL = (
    "亿元 万元 元 亿美元 万美元 美元 % ‰ 个百分点 人 万人 人次 万人次 户 万户 家 个 件 项 套 万套 张 所 座 条 公里 米 "
    "平方公里 平方米 万平方米 公顷 亩 万亩 万亩次 吨 万吨 公斤 万公斤 千瓦 万千瓦 千瓦时 万千瓦时 亿千瓦时 "
    "吨标准煤 万吨标准煤 立方米 万立方米 亿立方米 头 万头 只 万只 羽 万羽 岁 年 天 倍 元/人 万元/人 万元/亩 "
    "吨标准煤/万元 立方米/万元 件/万人 人/千人 个/千人 张/千人 微克/立方米"
)

UNITS = tuple(_USUAL.split())
"""The usual units of Chinese plans, named in messages; `is_unit` also takes other multiples and quotients."""

CHAIN_CATEGORIES = ("industry", "value_chain")
"""Categories whose members get an assumed base where the plan prints none."""


_UNIT_PART = f"(?:{'|'.join(_MULTIPLIERS.split())})?(?:{'|'.join(_COUNTED.split())})"
_UNIT = re.compile(f"{_UNIT_PART}(?:/{_UNIT_PART})?")


def is_unit(text: str) -> bool:
    """Return whether `text` is a statistical unit: blank, %, or a multiple of a measure, perhaps per another."""
    return text in ("", *UNITS) or _UNIT.fullmatch(text) is not None


@dataclass(frozen=True)
class Indicator:
    """One row of `indicators.csv`.

    `rule` with `driver` is the default path. For an identity the driver's first word is its form, the rest
    its members: `ratio manufacturing_va gdp`.
    """

    id: str
    name_zh: str
    name_en: str
    category: str
    unit: str
    kind: str
    price_basis: str
    better: str
    parent: str
    decimals: int
    rule: str
    driver: str

    @property
    def link(self) -> str:
        """The space in which it moves: log for levels and counts, logit for shares, identity otherwise."""
        return {"level": "log", "count": "log", "share": "logit"}.get(self.kind, "identity")

    @property
    def scale(self) -> float:
        """Outside value / inside value: 100 for shares and growth (per cent against fraction), else 1."""
        return 100.0 if self.kind in ("share", "growth") else 1.0

    @property
    def form(self) -> str:
        """The form of an identity (`ratio`, `sum`, ...), or an empty string."""
        return self.driver.split(" ")[0] if self.rule == "identity" else ""

    @property
    def members(self) -> tuple[str, ...]:
        """The indicators that this one's default path is computed from."""
        words = tuple(self.driver.split())
        return words[1:] if self.rule == "identity" else words

    @property
    def is_chain(self) -> bool:
        """Whether it is an industry or value chain's own output (not a total of chains)."""
        return self.category in CHAIN_CATEGORIES and self.rule != "identity"

    @property
    def adds_up(self) -> bool:
        """Whether its cumulative figure is the sum of the years' amounts and not a change.

        So with amounts invested (投资, in money) and with what is counted as new each year (新增); design, section 2.
        """
        invested = "投资" in self.name_zh and self.price_basis == "current"
        return self.link == "log" and (invested or "新增" in self.name_zh)

    def name(self, lang: str = "zh") -> str:
        """Return its name in Chinese (`zh`) or English (`en`)."""
        return self.name_zh if lang == "zh" else self.name_en
