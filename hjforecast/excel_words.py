"""The words of the Excel template: its sheets, their headers, and the Chinese for every code that a cell may hold."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hjforecast.indicators import BINDINGS

__all__ = [
    "ASSUMPTIONS",
    "ASSUMPTION_COLUMNS",
    "CATEGORY_WORDS",
    "FACTS",
    "FACT_LABELS",
    "NAMED",
    "NOTES",
    "SCENARIOS",
    "SCENARIO_COLUMNS",
    "SHEETS",
    "WORDS",
    "label",
    "parent_label",
]

NOTES, FACTS, ASSUMPTIONS, SCENARIOS = "说明", "基本信息", "假设", "情景"
SHEETS: Mapping[str, str] = MappingProxyType(
    {
        "indicators": "指标",
        "baseline": "基期与历年数据",
        "targets": "目标",
        "actuals": "实绩",
        "projects": "项目",
        "context": "上级地区数据",
    }
)
"""The sheet of each table of a plan directory; `actuals` has the columns of the baseline."""

NAMED = ("indicator", "parent")
"""Columns in which an indicator may stand by its Chinese name."""

_LABELS = {
    "indicator": "指标", "name_zh": "中文名称", "name_en": "英文名称", "category": "类别", "unit": "单位", "kind": "类型",
    "price_basis": "价格口径", "better": "向好方向", "parent": "上级指标", "decimals": "小数位数", "rule": "路径规则",
    "driver": "驱动指标或恒等式", "year": "年份", "value": "数值", "status": "性质", "vintage": "口径或版本", "source": "出处",
    "note": "说明", "plan": "规划代码", "base_year": "基期年", "target_year": "目标年", "comparator": "比较符",
    "level": "目标水平", "growth_pct": "年均增长（%）", "cumulative": "规划期累计", "binding": "属性", "project": "项目名称",
    "start_year": "起年", "capacity": "达产后数值", "ramp_years": "达产年数", "probability": "实现概率", "region": "地区",
    "measure": "数据类型", "end_year": "止年",
}  # fmt: skip
_OWN_LABELS = {("indicators", "indicator"): "指标代码", ("projects", "start_year"): "投产年"}


def label(table: str, column: str) -> str:
    """Return the header of a table's column."""
    return _OWN_LABELS.get((table, column), _LABELS[column])


WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "kind": {"level": "总量", "share": "比重", "growth": "增速", "index": "指数", "count": "个数"},
        "price_basis": {"current": "现价", "constant": "可比价", "none": "不适用"},
        "better": {"up": "越高越好", "down": "越低越好"},
        "rule": {
            "growth": "按增速", "target": "到达目标", "urgd": "城镇化法", "elastic": "随驱动指标", "share_of": "占上级比重",
            "pipeline": "按项目", "identity": "恒等式",
        },
        "status": {"reported": "公布", "derived": "推算", "assumed": "假定"},
        "comparator": {"=": "等于", ">=": "不低于", "<=": "不高于", ">": "高于", "~": "左右"},
        "binding": {word: word for word in BINDINGS},
        "measure": {"level": "水平", "growth": "年均增长", "planned_growth": "规划增长"},
    }
)  # fmt: skip
"""By column: the word that a cell shows for each code of the CSV file."""

CATEGORY_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "经济": "economy", "创新": "innovation", "城镇化": "urban", "民生": "livelihood", "教育": "education", "卫生健康": "health",
        "生态环境": "environment", "农业": "agriculture", "旅游": "tourism", "开放": "opening", "基础设施": "infrastructure",
        "安全": "security", "产业链": "industry", "价值链": "value_chain", "其他": "other",
    }
)  # fmt: skip
"""The Chinese that stands for a category's code; any other word is a category of its own."""

FACT_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "region.name.zh": "地区名称", "region.name.en": "地区英文名", "region.code": "行政区划代码", "region.level": "地区层级",
        "plan.id": "规划代码", "plan.title.zh": "规划名称", "plan.title.en": "规划英文名", "plan.base_year": "基期年",
        "plan.target_year": "目标年", "plan.outlook_year": "展望年", "plan.previous": "上一规划代码",
        "plan.previous_outcome": "上一规划完成情况代码",
    }
)  # fmt: skip
"""By key of `plan.toml`: the label in the first column of the sheet of basic facts."""

_PARENT_LABELS = {"name.zh": "名称", "name.en": "英文名", "code": "代码", "level": "层级"}


def parent_label(number: int, key: str) -> str:
    """Return the label of a parent region's fact, 上级地区1名称."""
    return f"上级地区{number}{_PARENT_LABELS[key]}"


ASSUMPTION_COLUMNS: Mapping[str, str] = MappingProxyType(
    {"name": "假设", "value": "数值", "status": "性质", "source": "来源或理由", "source_en": "英文来源"}
)
SCENARIO_COLUMNS: Mapping[str, str] = MappingProxyType(
    {"scenario": "情景", "key": "项目", "years": "年份", "value": "内容"}
)
