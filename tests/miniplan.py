"""A small plan directory for tests: 甲县, four indicators, three scenarios; each test changes one thing in it."""

from pathlib import Path

PLAN = """
[region]
name = { zh = "甲县", en = "Jia County" }
code = "100001"
level = "county"
parents = [{ name = { zh = "乙市", en = "Yi City" } }]

[plan]
id = "p14"
title = { zh = "甲县规划", en = "Plan of Jia" }
base_year = 2020
target_year = 2025
outlook_year = 2030
previous = "p13"
previous_outcome = "p13_outcome"

[assumptions]
damping = { value = 0.8, status = "assumed", source = "测试" }
long_run_growth = { value = 4, status = "assumed", source = "测试" }
own_growth_weight = { value = 0.5, status = "assumed", source = "测试" }
price_change = { value = 1, status = "assumed", source = "测试" }
urban.cap = { value = 100, status = "assumed", source = "测试" }
urban.fade_years = { value = 25, status = "assumed", source = "测试" }
urban.norm_intercept = { value = 0.05, status = "assumed", source = "测试" }
urban.norm_slope = { value = -0.01, status = "assumed", source = "测试" }
delivery_reference = { value = 0.9, status = "assumed", source = "测试" }
delivery_weight = { value = 4, status = "assumed", source = "测试" }
"""

INDICATORS = """\
indicator,name_zh,name_en,category,unit,kind,price_basis,better,parent,decimals,rule,driver
gdp,地区生产总值,GDP,economy,亿元,level,current,up,,2,identity,compound gdp_real_growth gdp_price_change
gdp_real_growth,实际增速,Real growth,economy,%,growth,constant,up,,1,growth,
gdp_price_change,价格变动,Price change,economy,%,growth,none,,,1,growth,
urbanization,城镇化率,Urban share,urban,%,share,none,up,,1,urgd,
retail_sales,社会消费品零售总额,Retail sales,economy,亿元,level,current,up,,2,elastic,gdp
"""

BASELINE = """\
indicator,year,value,status,vintage,source,note
gdp,2020,1000,reported,,表1 第1项,
urbanization,2015,40.0,reported,,表1 第2项,
urbanization,2020,45.0,reported,,表1 第2项,
retail_sales,2020,400,reported,,表1 第3项,
"""

TARGETS = """\
plan,indicator,base_year,target_year,comparator,level,growth_pct,cumulative,binding,source,note
p14,gdp,2020,2025,=,,6,,预期性,表2 第1项,
p14,urbanization,2020,2025,>=,50,,,预期性,表2 第2项,
p14,retail_sales,2020,2025,~,500,4.6,,预期性,表2 第3项,
"""

ACTUALS = "indicator,year,value,status,vintage,source,note\n"
PROJECTS = "project,indicator,start_year,capacity,ramp_years,probability,source\n"
CONTEXT = """\
region,indicator,measure,start_year,end_year,value,status,source,note
乙市,gdp,growth,2016,2020,7.0,reported,乙市规划,
"""

FILES = {
    "plan.toml": PLAN,
    "indicators.csv": INDICATORS,
    "baseline_2020.csv": BASELINE,
    "targets.csv": TARGETS,
    "actuals.csv": ACTUALS,
    "projects.csv": PROJECTS,
    "context.csv": CONTEXT,
    "scenarios/trend.toml": 'id = "trend"\n',
    "scenarios/plan.toml": 'id = "plan"\n[levers]\ndelivery = 1.0\n',
    "scenarios/high.toml": 'id = "high"\nextends = "trend"\n[levers]\nreal_growth = { "2021-2025" = 9.0 }\n',
}


def write_plan(folder: Path, changes: dict[str, tuple[str, str]] | None = None) -> Path:
    """Write the small plan; `changes` maps a file to (what to replace, by what), which must occur once in it."""
    for name, text in FILES.items():
        old, new = (changes or {}).get(name, ("", ""))
        if old:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(old, new) if old else text, encoding="utf-8", newline="")
    return folder
