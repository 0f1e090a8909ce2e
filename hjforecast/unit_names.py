"""Units in English, as Chinese statistical yearbooks render them, and what price bases are called."""

from __future__ import annotations

__all__ = ["basis_name", "unit_name"]

_ENGLISH = {
    "亿元": "100 million yuan", "万元": "10,000 yuan", "元": "yuan", "亿美元": "100 million US dollars",
    "万美元": "10,000 US dollars", "美元": "US dollars", "个百分点": "percentage points", "人": "persons",
    "万人": "10,000 persons", "人次": "person-times", "万人次": "10,000 person-times", "户": "households",
    "万户": "10,000 households", "家": "units", "个": "units", "件": "pieces", "项": "items", "套": "sets",
    "万套": "10,000 sets", "张": "beds", "所": "schools", "座": "units", "条": "lines", "公里": "km", "平方公里": "km²",
    "平方米": "m²", "万平方米": "10,000 m²", "公顷": "hectares", "亩": "mu", "万亩": "10,000 mu", "吨": "tonnes",
    "万吨": "10,000 tonnes", "公斤": "kg", "万公斤": "10,000 kg", "千瓦": "kW", "万千瓦": "10,000 kW", "头": "head",
    "万头": "10,000 head", "只": "head", "万只": "10,000 head", "羽": "birds", "万羽": "10,000 birds", "岁": "years",
    "年": "years", "天": "days", "倍": "times", "立方米": "m³", "万立方米": "10,000 m³", "吨标准煤": "tce",
    "吨标准煤/万元": "tce per 10,000 yuan", "立方米/万元": "m³ per 10,000 yuan", "件/万人": "per 10,000 persons",
    "人/千人": "per 1,000 persons", "个/千人": "per 1,000 persons", "张/千人": "beds per 1,000 persons",
    "微克/立方米": "µg/m³", "元/人": "yuan per person", "万元/人": "10,000 yuan per person",
    "万元/亩": "10,000 yuan per mu", "万吨标准煤": "10,000 tce", "千瓦时": "kWh", "万千瓦时": "10,000 kWh",
    "亿千瓦时": "100 million kWh", "亿立方米": "100 million m³", "米": "m", "万亩次": "10,000 mu-times",
}  # fmt: skip


_BASES = {"current": ("现价", "current prices"), "constant": ("可比价", "constant prices")}


def basis_name(basis: str, lang: str = "zh") -> str:
    """Return what a price basis is called in Chinese (`zh`) or English (`en`), blank where there are no prices."""
    return _BASES[basis][int(lang != "zh")] if basis in _BASES else ""


def unit_name(unit: str, lang: str = "zh") -> str:
    """Return a unit in Chinese (`zh`, as it is) or English (`en`; as it is where no English is known)."""
    return unit if lang == "zh" else _ENGLISH.get(unit, unit)
