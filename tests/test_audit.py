"""The audit: what it must find in the built-in plan, what it must leave alone, and every rule on a small clean plan."""

import re
import string
from math import log
from time import perf_counter

import pandas as pd
import pytest

from hjforecast import audit, load_plan
from hjforecast.audit import CHECKS, COLUMNS, SEVERITIES, findings, rule_title
from hjforecast.audit_figures import identity_interval, recovered_base, target_figure
from hjforecast.audit_rules import rules, span
from hjforecast.plan import Target
from hjforecast.units import Printed

PLAN_TOML = """
[region]
name = { zh = "甲县", en = "County A" }
[plan]
id = "now"
title = { zh = "甲县规划", en = "Plan of County A" }
base_year = 2020
target_year = 2025
outlook_year = 2035
previous = "last"
previous_outcome = "last_outcome"
[assumptions]
damping = { value = 0.85, status = "assumed", source = "例" }
long_run_growth = { value = 4.0, status = "assumed", source = "例" }
own_growth_weight = { value = 1.0, status = "assumed", source = "例" }
price_change = { value = 0.0, status = "assumed", source = "例" }
delivery_reference = { value = 0.9, status = "assumed", source = "例" }
delivery_weight = { value = 4, status = "assumed", source = "例" }
urban.cap = { value = 100, status = "assumed", source = "例" }
urban.fade_years = { value = 25, status = "assumed", source = "例" }
urban.norm_intercept = { value = 0.04, status = "assumed", source = "例" }
urban.norm_slope = { value = 0.0, status = "assumed", source = "例" }
"""

INDICATORS = """indicator,name_zh,name_en,category,unit,kind,price_basis,better,parent,decimals,rule,driver
gdp,地区生产总值,GDP,economy,亿元,level,current,up,,2,identity,compound gdp_real_growth gdp_price_change
gdp_real_growth,实际增速,Real growth,economy,%,growth,constant,up,,1,growth,
gdp_price_change,价格变动,Price change,economy,%,growth,none,,,1,growth,
productivity_growth,劳动生产率增长,Productivity growth,economy,%,growth,constant,up,,1,growth,
manufacturing_va,制造业增加值,Manufacturing,economy,亿元,level,current,up,,2,elastic,gdp
manufacturing_share,制造业比重,Manufacturing share,economy,%,share,none,up,,2,identity,ratio manufacturing_va gdp
retail_sales,零售总额,Retail sales,economy,亿元,level,current,up,,2,elastic,gdp
urbanization,城镇化率,Urban share,urban,%,share,none,up,,2,urgd,
income_urban,城镇收入,Urban income,livelihood,元,level,current,up,,0,elastic,gdp
income_rural,农村收入,Rural income,livelihood,元,level,current,up,,0,elastic,gdp
income_resident,居民收入,Residents,livelihood,元,level,current,up,,0,identity,mix income_urban income_rural urbanization
firms,企业数,Firms,economy,家,count,none,up,,0,identity,sum shops hotels
shops,商店数,Shops,economy,家,count,none,up,firms,0,growth,
hotels,旅店数,Hotels,economy,家,count,none,up,firms,0,growth,
farm_land,耕地面积,Farm land,agriculture,万亩,level,none,up,,1,growth,
rice_land,水稻面积,Rice land,agriculture,万亩,level,none,up,farm_land,1,growth,
corn_land,玉米面积,Corn land,agriculture,万亩,level,none,up,farm_land,1,growth,
jobs,新增就业,New jobs,livelihood,人,level,none,up,,0,growth,
jobs_completion,新增就业完成比例,New jobs completion,livelihood,%,index,none,up,jobs,1,growth,
tourism,旅游收入,Tourism,tourism,亿元,level,current,up,,2,elastic,gdp
tourism_cumulative_growth,旅游收入累计增长,Tourism growth,tourism,%,index,none,up,tourism,1,growth,
death_rate,亿元GDP事故死亡率,Deaths per output,security,人/亿元,level,none,down,,2,growth,
energy_per_gdp,单位GDP能耗,Energy intensity,environment,吨标准煤/万元,level,none,down,,2,growth,
forest,森林覆盖率,Forest,environment,%,share,none,up,,1,growth,
"""

BASELINE = """indicator,year,value,status,vintage,source,note
gdp,2016,82.00,reported,,正文,
gdp,2020,100.00,reported,,表1,
manufacturing_va,2020,20.00,reported,,表1,
manufacturing_share,2020,20.0,reported,,表1,
retail_sales,2020,50.00,reported,,表1,
urbanization,2015,40.0,derived,,表0,45.0-5.0
urbanization,2020,45.0,reported,,表1,
income_urban,2016,20000,reported,,正文,
income_urban,2020,29387,reported,,表1,
income_rural,2020,12000,reported,,表1,
income_resident,2020,19824,derived,,表1,0.450×29387+0.550×12000=19824
firms,2020,12,reported,,正文,
shops,2020,9,reported,,正文,
hotels,2020,3,reported,,正文,
farm_land,2020,30.0,reported,,正文,
rice_land,2020,10.0,reported,,正文,
corn_land,2020,15.0,reported,,正文,
jobs_completion,2020,120,reported,,正文,
tourism,2016,10.00,reported,,正文,
tourism,2020,20.00,reported,,正文,
tourism_cumulative_growth,2020,100.0,reported,,正文,
death_rate,2020,0.07,reported,,表1,
forest,2020,60.0,reported,,表1,
"""

TARGETS = """plan,indicator,base_year,target_year,comparator,level,growth_pct,cumulative,binding,source,note
last,gdp,2015,2020,>=,104.85,6.0,,预期性,表0,
last,urbanization,2015,2020,=,46.0,,6.0,预期性,表0,
last,jobs,2015,2020,>=,3000,,,预期性,表0,
last,energy_per_gdp,2015,2020,=,,,-0.10,约束性,表0,
last_outcome,gdp,2015,2020,=,100.00,5.0,,预期性,表0,
last_outcome,retail_sales,2015,2020,=,50.00,4.0,,预期性,表0,
last_outcome,urbanization,2015,2020,=,45.0,,5.0,预期性,表0,
last_outcome,income_urban,2015,2020,=,29387,8.0,,预期性,表0,
last_outcome,jobs,2015,2020,=,,,18000,预期性,表0,
now,gdp,2020,2025,=,133.82,6,,预期性,表1,
now,productivity_growth,2020,2025,=,5.5,,,预期性,表1,
now,manufacturing_va,2020,2025,=,27.00,6.2,,预期性,表1,
now,manufacturing_share,2020,2025,=,20.2,,,预期性,表1,
now,retail_sales,2020,2025,=,63.81,5,,预期性,表1,
now,urbanization,2020,2025,=,51.0,,6.0,预期性,表1,
now,firms,2020,2025,=,20,,,预期性,正文,
now,shops,2020,2025,=,14,,,预期性,正文,
now,hotels,2020,2025,=,6,,,预期性,正文,
now,farm_land,2020,2025,=,33.0,,,预期性,正文,
now,rice_land,2020,2025,=,11.0,,,预期性,正文,
now,corn_land,2020,2025,=,17.0,,,预期性,正文,
now,death_rate,2020,2025,=,0.05,,-0.02,约束性,表1,
now,forest,2020,2025,>=,61.0,,1.0,约束性,表1,
"""

CONTEXT = """region,indicator,measure,start_year,end_year,value,status,source,note
"""
PROJECTS = """project,indicator,start_year,capacity,ramp_years,probability,source
"""

CLEAN = {
    "plan.toml": PLAN_TOML,
    "indicators.csv": INDICATORS,
    "baseline_2020.csv": BASELINE,
    "targets.csv": TARGETS,
    "actuals.csv": BASELINE.splitlines()[0] + "\n",
    "context.csv": CONTEXT,
    "projects.csv": PROJECTS,
}

MUTATIONS = [
    ("level_vs_growth", "error", "targets.csv", "63.81,5,", "70.00,5,"),
    ("level_vs_growth", "warning", "targets.csv", "133.82,6,", "133.82,5,"),
    ("level_vs_growth", "error", "targets.csv", "133.82,6,", "133.82,0.1,"),
    ("stated_start", "warning", "targets.csv", "29387,8.0,", "29387,9.0,"),
    ("stated_start", "note", "targets.csv", "29387,8.0,", "29387,10.1,"),
    ("stated_start", "warning", "baseline_2020.csv", "gdp,2016,82.00", "gdp,2016,95.00"),
    ("cumulative_vs_levels", "error", "targets.csv", "61.0,,1.0,", "61.0,,2.0,"),
    ("base_recovered_twice", "warning", "targets.csv", "104.85,6.0,", "110.00,6.0,"),
    ("base_recovered_twice", "warning", "targets.csv", "46.0,,6.0,", "46.0,,8.0,"),
    ("completion", "error", "baseline_2020.csv", "jobs_completion,2020,120", "jobs_completion,2020,130"),
    ("completion", "error", "baseline_2020.csv", "growth,2020,100.0", "growth,2020,110.0"),
    ("identity_vs_members", "error", "targets.csv", ",=,20.2,", ",=,22.0,"),
    ("identity_vs_members", "error", "baseline_2020.csv", "share,2020,20.0", "share,2020,18.0"),
    ("baseline_vs_identity", "error", "baseline_2020.csv", "2020,19824", "2020,19900"),
    ("parts_vs_whole", "error", "targets.csv", "shops,2020,2025,=,14", "shops,2020,2025,=,18"),
    ("parts_vs_whole", "warning", "targets.csv", "shops,2020,2025,=,14", "shops,2020,2025,=,10"),
    ("parts_vs_whole", "error", "targets.csv", "corn_land,2020,2025,=,17.0", "corn_land,2020,2025,=,25.0"),
    ("parts_vs_whole", "error", "baseline_2020.csv", "firms,2020,12", "firms,2020,10"),
    ("aggregate_vs_parts", "warning", "targets.csv", "farm_land,2020,2025,=,33.0", "farm_land,2020,2025,=,50.0"),
    ("stated_twice", "warning", "baseline_2020.csv", "forest,2020,60.0,reported,,表1,",
     "forest,2020,60.0,reported,preferred,表1,\nforest,2020,58,reported,,正文,"),
    ("targets_disagree", "warning", "targets.csv", "now,farm", "now,hotels,2020,2025,=,8,,,预期性,专栏,\nnow,farm"),
    ("targets_disagree", "note", "targets.csv", "now,farm", "now,hotels,2020,2023,=,6,,,预期性,专栏,\nnow,farm"),
    ("target_behind_base", "warning", "targets.csv", "rice_land,2020,2025,=,11.0", "rice_land,2020,2025,=,9.0"),
    ("target_behind_base", "warning", "targets.csv", "rice_land,2020,2025,=,11.0", "rice_land,2020,2025,>=,9.9"),
    ("target_behind_base", "note", "targets.csv", "rice_land,2020,2025,=,11.0", "rice_land,2020,2025,=,9.96"),
    ("target_behind_base", "warning", "targets.csv", "0.05,,-0.02,", "0.09,,,"),
    ("too_bold", "warning", "targets.csv", "50.00,4.0,", "50.00,1.0,"),
    ("too_easy", "warning", "targets.csv", "51.0,,6.0,", "48.0,,3.0,"),
    ("unit_or_sign", "warning", "indicators.csv", "劳动生产率增长", "劳动生产率"),
    ("unit_or_sign", "warning", "indicators.csv", "人/亿元", "%"),
    ("unit_or_sign", "warning", "targets.csv", ",-0.10,", ",0.10,"),
    ("binding_without_base", "warning", "baseline_2020.csv", "forest,2020,", "forest,2019,"),
    ("binding_without_base", "warning", "targets.csv", ">=,61.0,,1.0,约束性,表1,", "=,,,,约束性,表1,完成上级下达任务"),
]  # fmt: skip


@pytest.fixture(scope="module")
def plan():
    return load_plan()


@pytest.fixture(scope="module")
def table(plan):
    return audit(plan)


@pytest.fixture
def county(tmp_path):
    """A function that writes the clean plan, with one text replaced in one file, and loads it."""

    def write(file="", old="", new=""):
        for name, text in CLEAN.items():
            if name == file:
                assert text.count(old) == 1, f"{old!r} must stand once in {file}"
                text = text.replace(old, new)
            (tmp_path / name).write_text(text, encoding="utf-8")
        return load_plan(tmp_path)

    return write


def one(table, rule, indicator, year=None):
    """The only finding of a rule about an indicator."""
    first = table.indicators.str.split(";").str[0]
    found = table[(table.rule == rule) & (first == indicator)]
    assert len(found) == 1, f"{rule} {indicator}: {len(found)} findings"
    row = found.iloc[0]
    assert year is None or row.year == year
    return row


def yearly(start, end, years):
    return 100.0 * ((end / start) ** (1.0 / years) - 1.0)


def quiet(table, rule, *indicators):
    """Whether a rule says nothing about the indicators."""
    about = table[table.rule == rule].indicators.str.split(";").sum() if (table.rule == rule).any() else []
    return not set(about) & set(indicators)


# The built-in plan: what must be found


def test_gdp_level_against_growth_names_the_implied_price_change(table):
    row = one(table, "level_vs_growth", "gdp", 2025)
    assert row.expected == pytest.approx(125.74 * 1.08**5, abs=1e-9)
    assert row.observed == 195.66
    low, high = 125.735 * 1.075**5, 125.745 * 1.085**5
    assert row.tolerance == f"{low:.2f}–{high:.2f}"
    nominal = yearly(125.74, 195.66, 5)
    assert nominal == pytest.approx(9.2460, abs=5e-5)
    for message in (row.message_zh, row.message_en):
        assert "184.75" in message
        assert "1.15" in message
    assert row.message_zh == (
        "地区生产总值：按8%的年均增速推算，2025年应为184.75亿元（180.51—189.08），规划为195.66亿元；"
        "若增速为可比价、水平为现价，则隐含年均价格变动1.15%（0.69%—1.63%），建议注明口径。"
    )


@pytest.mark.parametrize(
    ("indicator", "start", "end", "growth", "by_five", "by_four"),
    [
        ("gdp", 107.21, 125.74, 6.8, "3.24", "4.07"),
        ("budget_revenue", 7.14, 9.09, 8.1, "4.95", "6.22"),
        ("income_urban", 20294, 27443, 8.1, "6.22", "7.84"),
        ("income_rural", 9148, 13589, 10.3, "8.24", "10.40"),
    ],
)
def test_growth_that_does_not_follow_from_its_levels(table, indicator, start, end, growth, by_five, by_four):
    row = one(table, "stated_start", indicator, 2020)
    assert row.severity == "warning"
    assert row.expected == pytest.approx(yearly(start, end, 4))
    assert row.observed == growth
    assert f"{yearly(start, end, 5):.2f}" == by_five
    assert f"{yearly(start, end, 4):.2f}" == by_four
    for message in (row.message_zh, row.message_en):
        assert by_five in message
        assert by_four in message


def test_gdp_of_2016_names_the_price_change_it_would_take(table):
    price = 100.0 * ((1.0 + yearly(107.21, 125.74, 4) / 100.0) / 1.068 - 1.0)
    assert f"{price:.2f}%" in one(table, "stated_start", "gdp").message_zh


def test_base_of_gdp_recovered_twice_and_printed_a_third_time(table):
    row = one(table, "base_recovered_twice", "gdp", 2015)
    assert row.expected == pytest.approx(126.21 / 1.09**5)
    assert row.observed == pytest.approx(125.74 / 1.068**5)
    for text in ("82.03", "90.49", "97.82"):
        assert text in row.message_zh
        assert text in row.message_en


@pytest.mark.parametrize(
    ("indicator", "values"),
    [
        ("sewage_treatment_rate", ("83.3", "96")),
        ("air_quality_good_days_share", ("94", "96.40", "95.6")),
        ("grain_capacity", ("16.8", "17.26")),
        ("co2_intensity_reduction", ("20", "16")),
    ],
)
def test_one_fact_stated_with_different_values(table, plan, indicator, values):
    row = one(table, "stated_twice", indicator, 2020)
    stated = [seen for seen in plan.observations if seen.indicator == indicator and seen.year == 2020]
    for text in values:
        assert re.search(rf"(?<![\d.]){re.escape(text)}(?![\d.])", row.message_zh)
    for seen in stated:
        assert seen.source in row.message_zh


def test_planting_areas_that_disagree(table):
    row = one(table, "targets_disagree", "tcm_planting_area", 2025)
    assert row.severity == "warning"
    assert row.observed == 10 + 20
    for text in ("2021年15万亩", "2025年≥15万亩", "10+20=30万亩"):
        assert text in row.message_zh


@pytest.mark.parametrize(
    ("indicator", "target", "reported", "severity"),
    [
        ("built_up_area", 8.7, 9.0, "note"),
        ("grain_capacity", 16.8, 17.26, "warning"),
        ("air_quality_good_days_share", 95.0, 96.40, "warning"),
        ("forest_coverage", 68.0, 68.24, "warning"),
    ],
)
def test_target_behind_what_is_already_reported(table, indicator, target, reported, severity):
    row = one(table, "target_behind_base", indicator, 2025)
    assert (row.observed, row.expected, row.severity) == (target, reported, severity)


def test_retail_target_far_above_the_last_record(table):
    row = one(table, "too_bold", "retail_sales", 2025)
    assert (row.expected, row.observed) == (1.3, 9.5)
    assert "8.2个百分点" in row.message_zh
    assert set(table[table.rule == "too_bold"].indicators) == {"retail_sales"}


def test_urbanization_target_below_its_own_logistic_trend(table):
    row = one(table, "too_easy", "urbanization", 2025)
    step = log(0.451 / 0.549) - log(0.384 / 0.616)
    own = 100.0 / (1.0 + (0.549 / 0.451) * 2.718281828459045**-step)
    assert own == pytest.approx(51.98, abs=0.005)
    assert row.expected == pytest.approx(own, rel=1e-12)
    assert row.observed == 50.0
    assert set(table[table.rule == "too_easy"].indicators) == {"urbanization"}


def test_productivity_in_percent_and_a_death_rate_in_percent(table):
    assert one(table, "unit_or_sign", "labour_productivity_growth").observed == 7.86
    assert one(table, "unit_or_sign", "accident_death_rate").observed == 0.05


def test_energy_change_with_the_wrong_sign(table):
    assert one(table, "unit_or_sign", "energy_per_gdp", 2020).observed == 0.01


def test_binding_targets_without_a_number(table):
    rows = table[table.rule == "binding_without_base"]
    assert set(rows.indicators) == {"energy_intensity_reduction", "co2_intensity_reduction"}


def test_parts_larger_and_smaller_than_their_whole(table):
    parks = one(table, "parts_vs_whole", "speciality_parks", 2025)
    assert (parks.severity, parks.expected, parks.observed) == ("error", 10 + 15 + 30, 20)
    roads = one(table, "parts_vs_whole", "trunk_road_upgrade", 2025)
    assert (roads.severity, roads.expected) == ("warning", pytest.approx(54.004 + 7.165 + 46.656))


# The built-in plan: what must be left alone


def test_what_agrees_is_silent(table):
    assert quiet(table, "level_vs_growth", "retail_sales", "manufacturing_va")
    assert quiet(table, "identity_vs_members", "manufacturing_share", "labour_productivity_growth")
    assert quiet(table, "baseline_vs_identity", "income_resident", "manufacturing_share", "income_ratio")
    assert quiet(table, "parts_vs_whole", "commerce_enterprises", "road_safety_length", "cash_crop_area")
    assert quiet(table, "base_recovered_twice", "retail_sales", "income_urban", "income_rural", "budget_revenue")
    assert quiet(table, "stated_twice", "forest_coverage", "hightech_va_share")
    assert not set(table.rule) & {"completion", "cumulative_vs_levels", "identity_vs_members", "baseline_vs_identity"}


def test_trend_and_record_leave_tourism_and_incomes_alone(table):
    for rule in ("too_easy", "too_bold"):
        assert quiet(table, rule, "tourism_revenue", "income_urban", "income_rural", "income_resident")


def test_residents_income_is_never_a_finding(table):
    assert not table.indicators.str.contains("income_resident").any()


# The frame


def test_frame_has_its_columns_types_and_order(table, plan):
    assert tuple(table.columns) == COLUMNS
    assert [str(table[name].dtype) for name in ("year", "expected", "observed")] == ["int64", "float64", "float64"]
    position = {name: index for index, name in enumerate(plan.indicators)}
    first = [names.split(";")[0] for names in table.indicators]
    order = [(SEVERITIES.index(severity), position[name]) for severity, name in zip(table.severity, first, strict=True)]
    assert order == sorted(order)
    assert set(table.rule) <= set(CHECKS)


def test_every_source_is_printed_in_the_plans_tables(table, plan):
    known = {part for row in (*plan.targets, *plan.observations) for part in row.source.split("；")}
    for joined in table.source:
        parts = joined.split("；")
        assert set(parts) <= known
        assert len(parts) == len(set(parts))


def test_audit_is_quick(plan):
    seconds = []
    for _ in range(3):
        began = perf_counter()
        audit(plan)
        seconds.append(perf_counter() - began)
    assert min(seconds) < 0.2


# The rule table


def test_rule_table_and_checks_name_the_same_rules():
    assert set(CHECKS) == set(rules())
    for rule in rules().values():
        assert rule_title(rule.id, "zh")
        assert rule_title(rule.id, "en")
        assert all(message.severity in SEVERITIES for message in rule.messages.values())


def test_every_wording_uses_the_same_fields_in_both_languages():
    for rule in rules().values():
        for variant, message in rule.messages.items():
            fields = [
                {name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (message.zh, message.en)
            ]
            odd = (fields[0] ^ fields[1]) - {"printed_name", "year", "base", "base_year"}
            assert not odd, f"{rule.id} {variant}: {odd}"


# A small clean plan, and each rule made to speak by one change


def test_clean_plan_is_silent(county):
    table = audit(county())
    assert table.empty
    assert tuple(table.columns) == COLUMNS


@pytest.mark.parametrize(("rule", "severity", "file", "old", "new"), MUTATIONS)
def test_one_change_makes_one_rule_speak(county, rule, severity, file, old, new):
    plan = county(file, old, new)
    found = findings(plan)
    assert [(finding.rule, finding.message.severity) for finding in found] == [(rule, severity)]
    for lang in ("zh", "en"):
        text = found[0].text(lang)
        assert not re.search(r"[{}]|nan|None", text)
        assert text.startswith(tuple(plan.indicators[name].name(lang) for name in found[0].indicators))


def test_every_rule_and_wording_is_made_to_speak(county):
    spoken = set()
    for _, _, file, old, new in MUTATIONS:
        spoken |= {(finding.rule, finding.variant) for finding in findings(county(file, old, new))}
    assert spoken == {(rule.id, variant) for rule in rules().values() for variant in rule.messages}


def test_residents_income_may_outgrow_both_parts(county):
    rows = (
        "now,income_resident,2020,2025,=,,9.5,,预期性,表1,\n"
        "now,income_urban,2020,2025,=,,6.0,,预期性,表1,\n"
        "now,income_rural,2020,2025,=,,7.0,,预期性,表1,\nnow,firms"
    )
    assert audit(county("targets.csv", "now,firms", rows)).empty


def test_residents_income_as_a_whole_of_its_parts_stays_silent(county):
    """Even with a level that needs 16 % a year and both incomes filed under it."""
    plan = county()
    for name in ("income_urban", "income_rural"):
        object.__setattr__(plan.indicators[name], "parent", "income_resident")
    level = Target("now", "income_resident", 2020, 2025, "=", Printed("41600"), None, None, "预期性", "表1", "")
    parts = [
        Target("now", name, 2020, 2025, "=", None, Printed("6.0"), None, "预期性", "表1", "")
        for name in ("income_urban", "income_rural")
    ]
    object.__setattr__(plan, "targets", (*plan.targets, level, *parts))
    assert "aggregate_vs_parts" not in set(audit(plan).rule)


def test_plan_without_scenarios_is_judged_by_an_empty_trend(county):
    plan = county("targets.csv", "51.0,,6.0,", "48.0,,3.0,")
    assert not plan.scenarios
    assert set(audit(plan).rule) == {"too_easy"}


def test_plan_without_a_previous_one_is_silent(county):
    assert audit(county("plan.toml", 'previous = "last"\nprevious_outcome = "last_outcome"\n', "")).empty


def test_start_of_zero_makes_no_finding(county):
    """Growth from nothing is undefined; the rules that need it keep quiet instead of printing NaN."""
    changed = BASELINE.replace("tourism,2016,10.00", "tourism,2016,0").replace(
        "income_urban,2016,20000", "income_urban,2016,0"
    )
    assert audit(county("baseline_2020.csv", BASELINE, changed)).empty


def test_derived_base_makes_no_finding(county):
    changed = BASELINE.replace("retail_sales,2020,50.00,reported,,表1,", "retail_sales,2020,60.00,derived,,表1,推算")
    table = audit(county("baseline_2020.csv", BASELINE, changed))
    assert "level_vs_growth" not in set(table.rule)


def test_floor_of_a_part_never_exceeds_a_floor_of_the_whole(county):
    rows = TARGETS.replace("firms,2020,2025,=,20", "firms,2020,2025,>=,20").replace(
        "shops,2020,2025,=,14", "shops,2020,2025,>=,18"
    )
    assert audit(county("targets.csv", TARGETS, rows)).empty


# The arithmetic of intervals


def test_target_figures_are_open_on_the_side_of_their_comparator():
    value = Printed("20.0")
    assert target_figure(value, "=", "").interval == (value.low, value.high)
    assert target_figure(value, ">=", "").interval == (value.low, float("inf"))
    assert target_figure(value, "<=", "").interval == (float("-inf"), value.high)
    assert target_figure(value, "~", "").interval == pytest.approx((19.0, 21.0))


def test_recovered_base_by_growth_and_by_change():
    row = Target("last", "x", 2015, 2020, "=", Printed("126.21"), Printed("9.0"), None, "预期性", "", "")
    value, ends = recovered_base(row)
    assert value == pytest.approx(126.21 / 1.09**5)
    assert ends == pytest.approx((126.205 / 1.0905**5, 126.215 / 1.0895**5))
    row = Target("last", "x", 2015, 2020, "=", Printed("54"), None, Printed("15.6"), "预期性", "", "")
    assert recovered_base(row) == (pytest.approx(38.4), pytest.approx((53.5 - 15.65, 54.5 - 15.55)))


def test_identity_interval_agrees_with_every_corner(plan):
    share = plan.indicators["manufacturing_share"]
    low, high = identity_interval(plan, share, [(36.5, 37.5), (195.655, 195.665)])
    assert (low, high) == pytest.approx((100 * 36.5 / 195.665, 100 * 37.5 / 195.655))
    resident = plan.indicators["income_resident"]
    corners = [s * u + (1 - s) * r for u in (27442.5, 27443.5) for r in (13588.5, 13589.5) for s in (0.4505, 0.4515)]
    found = identity_interval(plan, resident, [(27442.5, 27443.5), (13588.5, 13589.5), (45.05, 45.15)])
    assert found == pytest.approx((min(corners), max(corners)))
    assert identity_interval(plan, share, [(36.5, 37.5), (-0.5, 0.5)]) is None


@pytest.mark.parametrize(
    ("low", "high", "zh", "en"),
    [
        (180.509, 189.077, "180.51—189.08", "180.51–189.08"),
        (10.397, 10.402, "10.397—10.402", "10.397–10.402"),
        (-2.6, -2.5, "-2.60至-2.50", "-2.60 to -2.50"),
        (3.0, float("inf"), "≥3.00", "≥3.00"),
        (float("-inf"), 4.3, "≤4.30", "≤4.30"),
        (5.0, 5.0, "5.00", "5.00"),
    ],
)
def test_intervals_as_text(low, high, zh, en):
    text = span(low, high)
    assert (text if isinstance(text, tuple) else (text, text)) == (zh, en)


def test_audit_is_a_frame_of_its_own(plan, table):
    assert isinstance(table, pd.DataFrame)
    pd.testing.assert_frame_equal(audit(plan), table)
