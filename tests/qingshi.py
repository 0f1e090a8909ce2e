"""The plan of 青石县, a made-up county: its printed table, the figures typed as CSV, and as a clerk types them into Excel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

REGION = ("--region", "青石县", "--region-en", "Qingshi County", "--base-year", "2025", "--parent", "云溪市")

BASES = """gdp 168.7 1, labour_productivity 9.82 2, retail_sales 58.3 5, budget_revenue 8.92 6, urbanization 48.6 7,
trade_total 1850 8, high_value_patents_per_10k 0.85 10, digital_core_share 3.1 11, income_urban 35210 13,
income_rural 18460 14, school_years_workforce 9.6 17, physicians_per_1000 2.71 18, childcare_places_per_1000 3.2 19,
life_expectancy 77.9 20, pm25 28.4 22, surface_water_quality_share 100 23, forest_coverage 64.35 24,
grain_capacity 18.6 25, bamboo 36.2 26, tourism_revenue 22.4 27"""
"""Indicator, figure of 2025, and its row in the printed table."""

AIMS = """gdp,~,,6,,预期性,1,|labour_productivity,=,13.5,6.6,,预期性,2,|industrial_va,>=,,7,,预期性,3,
fixed_asset_investment,=,,,430,预期性,4,|retail_sales,=,76.5,5.6,,预期性,5,|budget_revenue,=,11.1,4.5,,预期性,6,
urbanization,=,53.5,,4.9,预期性,7,|trade_total,=,3200,11.6,,预期性,8,|rd_spending_growth,>=,,8,,预期性,9,
high_value_patents_per_10k,=,1.6,,0.75,预期性,10,|digital_core_share,=,5,,1.9,预期性,11,
income_resident,=,,,,预期性,12,与经济增长同步|income_urban,=,,5.5,,预期性,13,|income_rural,=,,6.5,,预期性,14,
survey_unemployment_rate,<=,5.5,,,预期性,15,|urban_new_jobs,=,,,10000,预期性,16,
school_years_workforce,=,10.3,,0.7,约束性,17,|physicians_per_1000,=,3.4,,0.69,预期性,18,
childcare_places_per_1000,=,4.5,,1.3,预期性,19,|life_expectancy,=,79.2,,1.3,预期性,20,
energy_intensity_reduction,=,,,,约束性,21,完成上级下达任务|pm25,<=,26,,,约束性,22,
surface_water_quality_share,=,100,,,约束性,23,|forest_coverage,=,64.50,,0.15,约束性,24,
grain_capacity,>=,18.6,,,约束性,25,|bamboo,=,80,17.2,,预期性,26,|tourism_revenue,=,40,12.3,,预期性,27,"""
"""Indicator, comparator, level, growth, cumulative figure, binding, row in the printed table, words."""

PAST = {"fixed_asset_investment": ("352.6", 4), "urban_new_jobs": ("9860", 16)}
"""By indicator: what the table prints in brackets under 2025, the sum of 2021–2025, and its row."""

PRICE_WORDS = "参照近三年平减指数"
AS_TYPED = {
    ("gdp", "base"): "１６８．７", ("income_urban", "base"): "35,210 ", ("retail_sales", "base"): 58.3,
    ("gdp", "growth"): "6左右", ("industrial_va", "growth"): "7以上", ("rd_spending_growth", "growth"): "８％以上",
    ("retail_sales", "growth"): "5.6%", ("fixed_asset_investment", "sum"): "[430]", ("urbanization", "sum"): "〔4.9〕",
    ("survey_unemployment_rate", "level"): "＜5.5", ("pm25", "level"): "≤26", ("grain_capacity", "level"): "≥18.6",
    ("energy_intensity_reduction", "level"): "完成上级下达任务", ("income_resident", "growth"): "与经济增长同步",
    ("industrial_va", "level"): "—", ("surface_water_quality_share", "growth"): "——",
}  # fmt: skip
"""What a clerk types where it is not the bare figure: full-width digits, signs, brackets, words, dashes, numbers."""


def bases() -> list[tuple[str, str, int]]:
    """Return the figures of 2025."""
    return [
        (name, value, int(row)) for name, value, row in (one.split() for one in BASES.replace("\n", " ").split(","))
    ]


def aims() -> list[list[str]]:
    """Return the cells of every target."""
    return [one.split(",") for line in AIMS.split("\n") for one in line.removesuffix("\n").split("|")]


def source(row: object) -> str:
    """Return the pointer to a row of the printed table."""
    return f"专栏2 第{row}项"


def type_csv(folder: Path) -> None:
    """Fill a blank plan directory as the page on another county says."""
    edit(folder / "indicators.csv", "opening,亿元", "opening,万美元")
    append(
        folder / "indicators.csv",
        "bamboo,竹木产业链产值,Bamboo and timber,industry,亿元,level,current,up,,1,elastic,gdp",
    )
    append(
        folder / "baseline_2025.csv", *(f"{name},2025,{value},reported,,{source(row)}," for name, value, row in bases())
    )
    lines = [f"fyp15,{name},2025,2030,{','.join(cells[:5])},{source(row)},{note}" for name, *cells, row, note in aims()]
    past = [f"fyp14_outcome,{name},2020,2025,=,,,{value},预期性,{source(row)}," for name, (value, row) in PAST.items()]
    append(folder / "targets.csv", *lines, *past)
    words = '"implied"\nstatus = "derived"\nsource = "由本规划地区生产总值的基期、目标水平和实际增速推出"'
    edit(folder / "plan.toml", words, f'1.0\nstatus = "assumed"\nsource = "{PRICE_WORDS}"')


def edit(path: Path, old: str, new: str) -> None:
    """Replace what stands in a file once."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (path.name, old)
    path.write_text(text.replace(old, new), encoding="utf-8")


def append(path: Path, *lines: str) -> None:
    """Add lines at the end of a file."""
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


def type_excel(book: Any, names: dict[str, str]) -> None:
    """Fill a workbook's template as a clerk does, by the indicators' Chinese `names`; a new one is typed at the end."""
    catalogue, prices = book["指标"], book["假设"]
    names = {**names, "bamboo": "竹木产业链产值 "}
    _row(catalogue, names["bamboo"], "中文名称", 类别="产业链", 单位="亿元")
    _row(catalogue, names["trade_total"], "中文名称", 单位="万美元")
    _row(prices, "price_change", "假设", 数值=1.0, 性质="假定", 来源或理由=PRICE_WORDS)
    for name, value, row in bases():
        _row(book["基期与历年数据"], names[name], 年份="2025年", 数值=AS_TYPED.get((name, "base"), value), 性质="公布",
             出处=source(row))  # fmt: skip
    for name, _, level, growth, total, binding, row, note in aims():
        typed = {"level": level, "growth": growth, "sum": total}
        typed = {column: AS_TYPED.get((name, column), text) for column, text in typed.items()}
        words = "" if note in typed.values() else note
        cells = {"年均增长（%）": typed["growth"], "规划期累计": typed["sum"], "属性": binding, "出处": source(row)}
        _row(book["目标"], names[name], 目标水平=typed["level"], 说明=words, **cells)
    for name, (value, row) in PAST.items():
        cells = {"指标": names[name], "基期年": 2020, "目标年": 2025, "规划期累计": f"[{value}]", "出处": source(row)}
        _row(book["目标"], "fyp14_outcome", "规划代码", 属性="预期性", **cells, new=True)


def _row(sheet: Any, key: str, by: str = "指标", *, new: bool = False, **cells: object) -> None:
    """Fill the row of a sheet that holds `key` in its column `by`, or a new one at the end."""
    columns = {cell.value: cell.column for cell in sheet[1]}
    rows = [row for row in range(2, sheet.max_row + 1) if sheet.cell(row, columns[by]).value == key]
    row = rows[0] if rows and not new else sheet.max_row + 1
    for header, value in {by: key, **cells}.items():
        if value != "":
            sheet.cell(row, columns[header]).value = value
