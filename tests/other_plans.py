"""Plans of other places, restated from public pages: what each prints, and nothing that it does not.

Every place has its own small catalogue: one has no base figures at all, one no growth of GDP, one counts six years.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

GDP = """\
gdp,地区生产总值,GDP,economy,亿元,level,current,up,,2,identity,compound gdp_real_growth gdp_price_change
gdp_real_growth,地区生产总值实际增速,Real GDP growth,economy,%,growth,constant,up,,1,growth,
gdp_price_change,地区生产总值平减指数变动,GDP price change,economy,%,growth,none,,,1,growth,
"""


def _money(name: str, zh: str, en: str, rule: str = "growth,", unit: str = "亿元", parent: str = "") -> str:
    return f"{name},{zh},{en},economy,{unit},level,current,up,{parent},2,{rule}\n"


def _share(name: str, zh: str, en: str, better: str = "up", rule: str = "growth") -> str:
    return f"{name},{zh},{en},economy,%,share,none,{better},,1,{rule},\n"


@dataclass(frozen=True)
class Place:
    """One plan: region, years, and the rows of its tables, all ending in the same source pointer."""

    zh: str
    en: str
    years: tuple[int, int, int]
    indicators: str
    targets: str
    source: str
    baseline: str = ""
    price_change: str = "2"


HUAIHUA = Place(
    # 怀化市2016年政府工作报告, district.ce.cn/newarea/roll/201602/05/t20160205_8779824_1.shtml: growth only.
    "怀化市",
    "Huaihua",
    (2015, 2020, 2030),
    GDP
    + _money("budget_revenue", "公共财政收入", "Public budget revenue", "elastic,gdp")
    + _money("fixed_asset_investment", "全社会固定资产投资", "Fixed asset investment", "elastic,gdp")
    + _money("retail_sales", "社会消费品零售总额", "Retail sales", "elastic,gdp")
    + _money("industrial_va", "规模工业增加值", "Industrial value added", "elastic,gdp")
    + _money("trade", "进出口总额", "Imports and exports"),
    "gdp,2015,2020,>=,,9,,\nbudget_revenue,2015,2020,>=,,11,,\nfixed_asset_investment,2015,2020,>=,,16,,\n"
    "retail_sales,2015,2020,>=,,12,,\nindustrial_va,2015,2020,>=,,8,,\ntrade,2015,2020,>=,,20,,\n",
    "怀化市2016年政府工作报告",
    price_change="implied",
)

HUNAN = Place(
    # 湖南省“十一五”规划纲要的报道, news.sina.com.cn/c/2006-01-18/07308012748s.shtml.
    "湖南省",
    "Hunan",
    (2005, 2010, 2020),
    _money("gdp", "地区生产总值", "GDP")
    + _money("fiscal_revenue", "财政总收入", "Fiscal revenue")
    + _money("retail_sales", "社会消费品零售总额", "Retail sales", "elastic,gdp")
    + _money("foreign_trade", "进出口总额", "Imports and exports", unit="亿美元")
    + _money("fixed_asset_investment", "固定资产投资", "Fixed asset investment")
    + _share("primary_share", "第一产业比重", "Primary share", "")
    + _share("secondary_share", "第二产业比重", "Secondary share", "")
    + _share("services_share", "第三产业比重", "Services share")
    + _share("urbanization", "城镇化率", "Urban share", rule="urgd")
    + _share("registered_unemployment_rate", "城镇登记失业率", "Registered unemployment", "down"),
    "gdp,2005,2010,>,10000,10,,GDP年均增长10%左右，到2010年总量突破1万亿元\nfiscal_revenue,2005,2010,=,1300,,,\n"
    "retail_sales,2005,2010,=,4160,,,\nforeign_trade,2005,2010,>,100,,,\n"
    "fixed_asset_investment,2005,2010,=,,,16500,5年累计完成投资，是总和\n"
    "primary_share,2005,2010,~,14,,,\nsecondary_share,2005,2010,~,44.5,,,\nservices_share,2005,2010,~,41.5,,,\n"
    "urbanization,2005,2010,~,45,,,\nregistered_unemployment_rate,2005,2010,<=,4.5,,,\n",
    "湖南省“十一五”规划纲要",
)

LUQIAO = Place(
    # 路桥区志, dfz.zj.gov.cn/zlyz/ossfs/h5/ZS-K-331004-2014-001-0101/files/basic-html/page377.html: GDP doubles 2004.
    "路桥区",
    "Luqiao",
    (2004, 2010, 2010 + 6),
    GDP
    + _money("gdp_per_capita", "人均生产总值", "GDP per head", unit="元")
    + _money("industrial_va", "工业增加值", "Industrial value added", "elastic,gdp")
    + _share("services_share", "第三产业增加值比重", "Services share")
    + _money("retail_sales", "社会消费品零售总额", "Retail sales", "elastic,gdp")
    + _money("income_urban", "城镇居民人均可支配收入", "Urban income", unit="元")
    + _money("income_rural", "农村居民人均纯收入", "Rural income", unit="元")
    + _money("fixed_asset_investment", "全社会固定资产投资", "Fixed asset investment")
    + _money("fiscal_revenue", "财政总收入", "Fiscal revenue"),
    "gdp,2004,2010,=,,13,,比2004年翻一番\ngdp_per_capita,2004,2010,>,70000,,,\nindustrial_va,2004,2010,=,141,,,\n"
    "services_share,2004,2010,=,50.3,,,\nretail_sales,2004,2010,=,154,,,\nincome_urban,2005,2010,=,37400,10,,3.74万元\n"
    "income_rural,2005,2010,=,13000,9,,1.3万元\nfixed_asset_investment,2005,2010,=,,15,,\n"
    "fiscal_revenue,2005,2010,=,,13,,\n",
    "路桥区志",
    price_change="implied",
)

QINGDAO = Place(
    # 青岛市“十二五”规划报道, qingdaonews.com/content/2011-02/22/content_8673349.htm; GDP 2010 from the statistics.
    "青岛市",
    "Qingdao",
    (2010, 2015, 2020),
    GDP
    + _money("budget_revenue", "地方财政一般预算收入", "Budget revenue", "elastic,gdp")
    + _share("services_share", "服务业比重", "Services share")
    + _share("urbanization", "城镇化率", "Urban share", rule="urgd"),
    "gdp,2010,2015,=,,11,,\nbudget_revenue,2010,2015,~,,15,,\nservices_share,2010,2015,=,57,,,\n"
    "urbanization,2010,2015,~,75,,,\n",
    "青岛市“十二五”规划",
    "gdp,2010,5666.19,reported,,统计数据,\n",
)

XIANTAO = Place(
    # 仙桃市“十四五”规划的报道, m.hbtv.com.cn/p/1929161.html; GDP 2020 from the statistics.
    "仙桃市",
    "Xiantao",
    (2020, 2025, 2035),
    GDP
    + _share("urbanization", "常住人口城镇化率", "Urban share", rule="urgd")
    + _money("income_resident", "城乡居民人均可支配收入", "Residents' income", "elastic,gdp", unit="元"),
    "gdp,2020,2025,>,1200,7,,\nurbanization,2020,2025,=,63,,,\nincome_resident,2020,2025,~,,,,增长与经济增长基本同步\n",
    "仙桃市“十四五”规划",
    "gdp,2020,827.9116,reported,,统计数据,\n",
    "implied",
)

BOLD = Place(
    # Made up for the audit: a total that needs 16 % a year, 500 x 1.16^5 = 1050, while no sector is to pass 8.5 %.
    "丙县",
    "Bing County",
    (2020, 2025, 2030),
    _money("gdp", "地区生产总值", "GDP")
    + _money("primary_va", "第一产业增加值", "Primary sector", parent="gdp")
    + _money("secondary_va", "第二产业增加值", "Secondary sector", parent="gdp")
    + _money("services_va", "第三产业增加值", "Services", parent="gdp"),
    "gdp,2020,2025,>=,1050,,,\nprimary_va,2020,2025,>=,,2.6,,\nsecondary_va,2020,2025,>=,,8.5,,\n"
    "services_va,2020,2025,>=,,7.9,,\n",
    "丙县规划",
    "gdp,2020,500,reported,,丙县规划,\n",
)

PLACES = {
    "huaihua": HUAIHUA, "hunan": HUNAN, "luqiao": LUQIAO, "qingdao": QINGDAO, "xiantao": XIANTAO, "bold": BOLD,
}  # fmt: skip

_ASSUMPTIONS = {
    "damping": 0.8, "long_run_growth": 4.4, "own_growth_weight": 0.2, "delivery_reference": 0.877,
    "delivery_weight": 1, "urban.cap": 100, "urban.fade_years": 25, "urban.norm_intercept": 0.0421785,
    "urban.norm_slope": -0.025148,
}  # fmt: skip


def _toml(place: Place) -> str:
    base, target, outlook = place.years
    lines = [
        f'[region]\nname = {{ zh = "{place.zh}", en = "{place.en}" }}',
        f'[plan]\nid = "now"\ntitle = {{ zh = "{place.zh}规划", en = "Plan of {place.en}" }}',
        f"base_year = {base}\ntarget_year = {target}\noutlook_year = {outlook}",
        'previous = "before"\nprevious_outcome = "before_outcome"\n[assumptions]',
    ]
    values = {name: str(value) for name, value in _ASSUMPTIONS.items()}
    values["price_change"] = '"implied"' if place.price_change == "implied" else place.price_change
    lines += [f'{name} = {{ value = {value}, status = "assumed", source = "例" }}' for name, value in values.items()]
    return "\n".join(lines) + "\n"


def _target(row: str, source: str) -> str:
    cells, note = row.rsplit(",", 1)
    return f"now,{cells},预期性,{source},{note}\n"


def write_place(folder: Path, place: Place) -> Path:
    """Write the plan directory of a place."""
    head = "indicator,name_zh,name_en,category,unit,kind,price_basis,better,parent,decimals,rule,driver\n"
    figures = "indicator,year,value,status,vintage,source,note\n"
    rows = "".join(_target(row, place.source) for row in place.targets.splitlines())
    files = {
        "plan.toml": _toml(place),
        "indicators.csv": head + place.indicators,
        f"baseline_{place.years[0]}.csv": figures + place.baseline,
        "actuals.csv": figures,
        "targets.csv": "plan,indicator,base_year,target_year,comparator,level,growth_pct,cumulative,binding,source,note\n"
        + rows,
        "scenarios/plan.toml": 'id = "plan"\n[levers]\ndelivery = 1.0\n',
        "scenarios/trend.toml": 'id = "trend"\n',
        "scenarios/delivery.toml": 'id = "delivery"\n[levers]\ndelivery = "record"\n',
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
