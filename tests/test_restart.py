"""Paths that set off from actual figures: gaps are filled, incomes restart together, impossible numbers are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hjforecast import InputError, Plan, Projection, Scenario, load_plan, project
from hjforecast.sensitivity import required
from hjforecast.tables import chain_table
from hjforecast.text import amount, gdp_sentences, outlook_sentences
from tests.miniplan import ACTUALS, BASELINE, INDICATORS, TARGETS, write_plan

Figures = dict[tuple[str, int], float | str]


def with_text(folder: Path, **texts: str) -> Path:
    """The small plan with whole files replaced, named without their ending."""
    write_plan(folder)
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def rows_of(figures: Figures, status: str = "reported") -> str:
    return "".join(f"{name},{year},{value},{status},,公报,\n" for (name, year), value in figures.items())


def with_actuals(folder: Path, figures: Figures) -> Plan:
    return load_plan(with_text(folder, actuals=ACTUALS + rows_of(figures)))


def every_year(run: Projection, name: str) -> set[str]:
    return {run.status_of(name, int(year)) for year in run.years}


@pytest.mark.parametrize(
    "figures",
    [
        {("gdp_real_growth", 2021): 7.0, ("gdp_real_growth", 2023): 5.0},
        {("gdp", 2023): 1200, ("retail_sales", 2022): 450},
        {("gdp", 2021): 1050, ("gdp", 2022): 1100, ("gdp", 2026): 1400},
        {("gdp_price_change", 2022): 2.0, ("urbanization", 2024): 48.0},
    ],
)
@pytest.mark.parametrize("scenario", ["trend", "plan", "high"])
def test_a_gap_in_the_figures_leaves_no_year_empty(tmp_path: Path, figures: Figures, scenario: str):
    run = project(with_actuals(tmp_path, figures), scenario)
    for name in ("gdp", "retail_sales", "urbanization"):
        assert every_year(run, name) <= {"reported", "projected"}, name
    for (name, year), value in figures.items():
        assert (run.value(name, year), run.status_of(name, year)) == (value, "reported")
        before = year - 1
        if before > 2020 and (name, before) not in figures:
            assert run.status_of(name, before) == "projected"


def test_gap_in_a_growth_rate_takes_the_rule(tmp_path: Path):
    figures: Figures = {("gdp_real_growth", 2021): 7.0, ("gdp_real_growth", 2023): 5.0}
    run = project(with_actuals(tmp_path, figures), "plan")
    assert run.value("gdp_real_growth", 2022) == pytest.approx(6.0)
    assert run.value("gdp", 2023) == pytest.approx(1000 * 1.07 * 1.06 * 1.05 * 1.01**3)


def test_gap_in_a_level_grows_evenly_and_in_a_share_by_even_logits(tmp_path: Path):
    plan = with_actuals(tmp_path, {("gdp", 2023): 1331, ("urbanization", 2022): 55.0})
    run = project(plan, "trend")
    assert [run.value("gdp", year) for year in (2021, 2022)] == pytest.approx([1100, 1210])
    odds = [run.value("urbanization", year) / (100 - run.value("urbanization", year)) for year in (2020, 2021, 2022)]
    assert odds[1] / odds[0] == pytest.approx(odds[2] / odds[1])
    assert run.value("gdp", 2024) == pytest.approx(1331 * (1 + run.value("gdp_real_growth", 2024) / 100) * 1.01)


def test_each_gap_is_named_once(tmp_path: Path):
    figures: Figures = {("gdp", 2023): 1200, ("gdp_real_growth", 2022): 5.0, ("retail_sales", 2021): 410}
    gaps = [(w.read, w.en.split(":")[0]) for w in with_actuals(tmp_path, figures).warnings if w.file == "actuals.csv"]
    assert gaps == [("2023", "GDP has no figure for 2021-2022"), ("2022", "Real growth has no figure for 2021")]


def test_figure_whose_driver_is_missing_keeps_its_status(tmp_path: Path):
    baseline = BASELINE.replace("gdp,2020,1000,reported,,表1 第1项,\n", "")
    targets = TARGETS.replace("~,500,4.6", "~,500,")
    run = project(load_plan(with_text(tmp_path, baseline_2020=baseline, targets=targets)), "trend")
    assert (run.value("retail_sales", 2020), run.status_of("retail_sales", 2020)) == (400.0, "reported")
    assert run.status_of("retail_sales", 2021) == "unavailable"


INCOMES = INDICATORS + (
    "urban,城镇收入,Urban income,livelihood,元,level,current,up,,0,elastic,gdp\n"
    "rural,农村收入,Rural income,livelihood,元,level,current,up,,0,elastic,gdp\n"
    "mean,居民收入,Mean income,livelihood,元,level,current,up,,0,identity,mix urban rural urbanization\n"
)
BASES: Figures = {("urban", 2020): 30000, ("rural", 2020): 15000}


def incomes(folder: Path, figures: Figures) -> Projection:
    plan = load_plan(
        with_text(
            folder,
            indicators=INCOMES,
            baseline_2020=BASELINE + rows_of(BASES),
            targets=TARGETS + "p14,mean,2020,2025,=,32000,,,预期性,表2,\n",
            actuals=ACTUALS + rows_of(figures),
        )
    )
    return project(plan, "plan")


INCOME_FIGURES: tuple[Figures, ...] = (
    {},
    {("urban", 2022): 34000, ("rural", 2022): 17500},
    {("urban", 2022): 34000, ("rural", 2022): 17500, ("rural", 2023): 18000},
    {("urban", 2021): 32000, ("rural", 2023): 19000, ("urbanization", 2022): 47.0},
    {("mean", 2023): 26500},
    {("urban", 2026): 41000, ("rural", 2026): 23000},
)


@pytest.mark.parametrize("figures", INCOME_FIGURES)
def test_observed_incomes_stand_and_mix_to_the_mean(tmp_path: Path, figures: Figures):
    run = incomes(tmp_path, figures)
    for (name, year), value in (BASES | figures).items():
        assert run.value(name, year) == pytest.approx(value)
        assert run.status_of(name, year) == "reported"
    share = run.central["urbanization"] / 100
    mixed = run.central["urban"] * share + run.central["rural"] * (1 - share)
    np.testing.assert_allclose(run.central["mean"], mixed, rtol=1e-12)
    if ("urban", 2026) not in figures:
        assert run.value("mean", 2025) == pytest.approx(32000)


def test_mean_income_grows_evenly_from_the_last_year_with_both_parts(tmp_path: Path):
    run = incomes(tmp_path, {("urban", 2022): 34000, ("rural", 2022): 17500})
    means = np.array([run.value("mean", year) for year in range(2022, 2026)])
    assert means[1:] / means[:-1] == pytest.approx([(32000 / means[0]) ** (1 / 3)] * 3)
    for year in (2023, 2024, 2025):  # no lead was recorded, so both parts grow alike
        growth = [run.value(name, year) / run.value(name, year - 1) for name in ("urban", "rural")]
        assert growth[0] == pytest.approx(growth[1])


EARLIER = "retail_sales,2010,250,reported,,旧年鉴,\n"


@pytest.mark.parametrize(
    ("numbers", "goal"),
    [(",4.6,", 250 * 1.046**15), (",,210", 460.0), ("480,,", 480.0)],
)
def test_target_counts_from_its_own_base_year(tmp_path: Path, numbers: str, goal: float):
    targets = TARGETS.replace("retail_sales,2020,2025,~,500,4.6,", f"retail_sales,2010,2025,~,{numbers}")
    plan = load_plan(with_text(tmp_path, baseline_2020=BASELINE + EARLIER, targets=targets))
    assert project(plan, "plan").value("retail_sales", 2025) == pytest.approx(goal)


def test_growth_target_without_a_figure_in_its_base_year_is_not_followed(tmp_path: Path):
    targets = TARGETS.replace("retail_sales,2020,2025,~,500,4.6,", "retail_sales,2010,2025,~,,4.6,")
    plan = load_plan(with_text(tmp_path, targets=targets))
    np.testing.assert_allclose(
        project(plan, "plan").central["retail_sales"], 0.4 * project(plan, "plan").central["gdp"], rtol=1e-12
    )


@pytest.mark.parametrize("known", [True, False])
def test_gdp_growth_since_an_earlier_year_is_followed_as_far_as_the_years_between_are_known(
    tmp_path: Path, known: bool
):
    targets = TARGETS.replace("gdp,2020,2025,=,,6,", "gdp,2018,2025,=,,6,")
    past = rows_of({("gdp_real_growth", 2019): 8.0, ("gdp_real_growth", 2020): 2.0}) if known else ""
    run = project(load_plan(with_text(tmp_path, baseline_2020=BASELINE + past, targets=targets)), "plan")
    growth = 100 * ((1.06**7 / (1.08 * 1.02)) ** 0.2 - 1)
    assert (abs(run.value("gdp_real_growth", 2023) - growth) < 1e-9) == known


def test_more_than_all_of_a_decline_ends_at_nothing(tmp_path: Path):
    targets = TARGETS.replace("retail_sales,2020,2025,~,500,4.6,", "retail_sales,2020,2025,~,10,,")
    run = project(load_plan(with_text(tmp_path, targets=targets)), Scenario("s", {"delivery": 3.0}))
    assert run.value("retail_sales", 2025) == 0.0
    assert np.nanmin(run.central["retail_sales"]) >= 0.0


def share_of_gdp(folder: Path) -> Plan:
    row = "retail_share,社零占比,Retail share,economy,%,share,none,up,,1,identity,ratio retail_sales gdp\n"
    return load_plan(with_text(folder, indicators=INDICATORS + row))


def test_share_above_the_whole_is_refused_by_name_and_year(tmp_path: Path):
    plan = share_of_gdp(tmp_path)
    runaway = Scenario("runaway", {"elasticity.retail_sales": 5.0, "real_growth": 20.0})
    with pytest.raises(InputError, match="Retail share in 2022 under scenario 'runaway'"):
        project(plan, runaway)


def test_search_for_a_lever_may_pass_through_what_cannot_be(tmp_path: Path):
    found = required(share_of_gdp(tmp_path), "high", "retail_share", 2025, 45.0, "elasticity.retail_sales")
    assert found.feasible
    assert found.reached == pytest.approx(45.0)


def test_difference_may_be_negative(tmp_path: Path):
    row = "balance,差额,Balance,economy,亿元,level,current,up,,1,identity,difference retail_sales gdp\n"
    run = project(load_plan(with_text(tmp_path, indicators=INDICATORS + row)), "trend")
    assert run.value("balance", 2020) == -600.0


def test_amount_in_the_indicators_own_unit():
    assert amount(125.74, "亿元", 2, "zh") == "125.74亿元"
    assert amount(125.74, "亿元", 2, "en") == "12.574 billion yuan"
    assert amount(1257400, "万元", 0, "zh") == "1257400万元"
    assert amount(1257400, "万元", 0, "en") == "1257400 x 10,000 yuan"


def test_sentences_and_chains_name_the_unit_of_the_plan(tmp_path: Path):
    chain = "industry_a,甲产业,Chain A,industry,万元,level,current,up,,1,elastic,gdp\n"
    catalogue = INDICATORS.replace("GDP,economy,亿元", "GDP,economy,万元") + chain
    base = BASELINE + rows_of({("industry_a", 2020): 50})
    run = project(load_plan(with_text(tmp_path, indicators=catalogue, baseline_2020=base)), "plan")
    for sentences in (gdp_sentences(run, run, "zh"), outlook_sentences(run, "zh")):
        assert "万元" in sentences[0]
        assert "亿元" not in sentences[0]
    assert "x 10,000 yuan" in gdp_sentences(run, run, "en")[0]
    assert chain_table(run, "产业链").unit == "单位：万元"
