"""Figures as a reader sees them: nothing clipped or overlapping, units on every axis, one colour a scenario."""

from __future__ import annotations

import itertools
import re
import warnings
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from hjforecast import load_plan, plots, project
from hjforecast.indicators import Indicator
from hjforecast.plan import Plan, Region
from hjforecast.plots_canvas import Look, look_of, number, plan_period, year_ticks
from hjforecast.plots_labels import spread
from hjforecast.scenario import Scenario

SCENARIOS = ("plan", "trend", "delivery", "high", "low", "shock", "industry")
LANGS = ("zh", "en")
SINGLE = {
    "gdp": plots.gdp_figure,
    "income": plots.income_figure,
    "urbanization": plots.urbanization_figure,
    "chains": lambda projection, _, lang: plots.chains_figure(projection, lang),
    "chain base": lambda projection, _, lang: plots.chain_base_figure(projection, lang),
}
FINDINGS = pd.DataFrame(
    [("level_vs_growth", "error"), ("level_vs_growth", "note"), ("my_rule", "warning")], columns=["rule", "severity"]
)
CASES = [*itertools.product(SINGLE, SCENARIOS), ("comparison", ""), ("difference", ""), ("audit", "")]

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
DEUTERANOPIA = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
PROTANOPIA = [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
XYZ = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]


@cache
def built_in() -> Plan:
    return load_plan()


@cache
def run(scenario: str):
    return project(built_in(), scenario)


@cache
def drawn(kind: str, scenario: str, lang: str) -> Figure:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if kind in SINGLE:
            figure = SINGLE[kind](run(scenario), run("trend"), lang)
        elif kind == "audit":
            figure = plots.audit_figure(FINDINGS, lang)
        else:
            draw = plots.comparison_figure if kind == "comparison" else plots.difference_figure
            figure = draw([run(one) for one in SCENARIOS], "trend", lang=lang)
        figure.draw_without_rendering()
    return figure


def words(figure: Figure) -> list[Text]:
    """Every visible text, tick labels within the axes' limits only (matplotlib keeps more of them)."""
    ticks, hidden = set(), set()
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                ticks |= {tick.label1, tick.label2}
                if not low - 1e-9 <= tick.get_loc() <= high + 1e-9:
                    hidden |= {tick.label1, tick.label2}
    return [one for one in figure.findobj(Text) if one.get_visible() and one.get_text().strip() and one not in hidden]


def box(text: Text) -> np.ndarray:
    return np.array(Text.get_window_extent(text).extents)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(("kind", "scenario"), CASES)
def test_texts_keep_apart_and_inside(kind, scenario, lang):
    assert_readable(drawn(kind, scenario, lang))


@pytest.mark.parametrize("lang", LANGS)
def test_long_names_are_wrapped(lang):
    many, long = [run(one) for one in SCENARIOS], ("fruit_chain", "hybrid_rice_seed_scale_share", "industry_total")
    assert_readable(plots.comparison_figure(many, "plan", long, lang))
    assert_readable(plots.difference_figure(many, "industry", "fruit_chain", 2035, lang))


def assert_readable(figure: Figure) -> None:
    """Assert that all words are inside the figure and none overlap."""
    width, height = figure.bbox.size
    boxes = [(one.get_text(), box(one)) for one in words(figure)]
    assert len(boxes) > 5
    outside = [text for text, (x0, y0, x1, y1) in boxes if x0 < 0 or y0 < 0 or x1 > width or y1 > height]
    assert outside == []
    clashes = [
        (one, two)
        for (one, a), (two, b) in itertools.combinations(boxes, 2)
        if (a[:2] < b[2:] - 1).all() and (b[:2] < a[2:] - 1).all()
    ]
    assert clashes == []


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(("kind", "scenario"), [case for case in CASES if case[1] in ("plan", "")])
def test_every_axes_names_its_unit(kind, scenario, lang):
    units = {
        "zh": ("亿元", "元", "%", "农村为 1", "项"),
        "en": ("100 million yuan", "yuan", "%", "rural = 1", "number"),
    }
    for ax in drawn(kind, scenario, lang).axes:
        assert any(unit in ax.get_title(loc="left") for unit in units[lang]), ax.get_title(loc="left")
    if lang == "en":
        chinese = [one.get_text() for one in words(drawn(kind, scenario, lang)) if re.search("[一-鿿]", one.get_text())]
        assert chinese == []


def test_figures_show_the_numbers_of_the_plan():
    gdp = " ".join(one.get_text() for one in words(drawn("gdp", "low", "zh")))
    for text in ("107.21", "125.74", "目标 195.66", "161.2", "“十四五”", "规划目标 8%（实际年均）", "承压 272.1"):
        assert text in gdp
    chains = [one.get_text() for one in words(drawn("chains", "low", "zh"))]
    assert "2020 年假定基期" in chains
    assert chains.index("　其中：森工行业总产值") == chains.index("农副产品加工产业总产值") + 1
    assert "假定基期为目标的 71.3%" in " ".join(one.get_text() for one in words(drawn("chain base", "plan", "zh")))
    assert "+16.9（+9.5%）" in [one.get_text() for one in words(drawn("difference", "", "zh"))]


def test_a_scenario_has_one_colour_in_all_figures():
    for scenario in SCENARIOS:
        for kind in ("gdp", "income", "urbanization"):
            used = {to_hex(line.get_color()).upper() for ax in drawn(kind, scenario, "zh").axes for line in ax.lines}
            assert plots.SCENARIO_COLOURS[scenario] in used
    bars = {to_hex(bar.get_facecolor()).upper() for bar in drawn("difference", "", "zh").axes[0].patches}
    assert bars == set(plots.SCENARIO_COLOURS.values()) - {plots.SCENARIO_COLOURS["trend"]}
    for ax in drawn("comparison", "", "zh").axes:
        assert {to_hex(line.get_color()).upper() for line in ax.lines} == set(plots.SCENARIO_COLOURS.values())


def test_a_new_scenario_keeps_its_colour_whatever_is_drawn_beside_it():
    plan = replace(built_in(), scenarios={**built_in().scenarios, "zeta": {"id": "zeta"}, "beta": {"id": "beta"}})
    zeta, beta, made = (project(plan, one) for one in ("zeta", "beta", Scenario("alpha")))
    assert look_of(zeta) == look_of(zeta, [beta, made])
    assert len({look_of(one, [zeta, beta, made]).colour for one in (zeta, beta, made)}) == 3
    assert look_of(zeta).colour not in plots.SCENARIO_COLOURS.values()


def test_a_path_of_one_year_is_seen():
    """Its target is all that the plan says of some indicators: a line through one point would be invisible."""
    figure = plots.comparison_figure([run("plan"), run("trend")], "plan", ["hybrid_rice_seed_scale_share"])
    assert figure.axes[0].lines[0].get_marker() == "o"


def test_the_baseline_is_not_drawn_twice():
    titles = [one.get_text() for one in drawn("gdp", "trend", "zh").axes[0].texts]
    assert sum(text.startswith("惯性发展") for text in titles) == 1


def lab(colour: str, seen_as: list[list[float]]) -> np.ndarray:
    channels = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    xyz = np.array(XYZ) @ np.clip(np.array(seen_as) @ linear, 0, 1) / [0.95047, 1.0, 1.08883]
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("seen_as", [np.eye(3).tolist(), DEUTERANOPIA, PROTANOPIA], ids=["all", "deutan", "protan"])
def test_colours_are_told_apart_with_any_colour_vision(seen_as):
    seen = [lab(colour, seen_as) for colour in plots.SCENARIO_COLOURS.values()]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 25


def test_scenarios_that_look_alike_in_grey_differ_in_dashes_or_marker():
    looks = [look_of(run(one)) for one in SCENARIOS]
    for a, b in itertools.combinations(looks, 2):
        near = abs(lab(a.colour, np.eye(3).tolist())[0] - lab(b.colour, np.eye(3).tolist())[0]) < 15
        assert not near or (a.dashes, a.marker) != (b.dashes, b.marker)


@pytest.mark.parametrize("colour", [*plots.SCENARIO_COLOURS.values(), "#FFEE00"])
def test_label_text_is_dark_enough_to_read(colour):
    ink = [int(Look(colour, "-", "").ink[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in ink]
    assert 1.05 / (np.dot([0.2126, 0.7152, 0.0722], linear) + 0.05) >= 4.45


def other_county(**fields) -> Plan:
    """Return a plan for 2015-2020 with one indicator and nothing else: no GDP, target, chain or history."""
    item = Indicator("beds", "床位数", "Beds", "health", "张", "count", "none", "up", "", 0, "growth", "")
    kept = {name: one for name, one in built_in().assumptions.items() if not name.startswith("elasticity.i")}
    kept["price_change"] = replace(kept["price_change"], value=2.0)
    plan = Plan(
        "p",
        "某县规划",
        "A plan",
        Region("某县", "A county"),
        (),
        2015,
        2020,
        2030,
        "",
        "",
        kept,
        {"beds": item},
        (),
        (),
    )
    return replace(plan, scenarios={"trend": {"id": "trend"}}, **fields)


@pytest.mark.parametrize("lang", LANGS)
def test_nothing_to_draw_is_none(lang):
    empty = project(other_county(), "trend")
    assert [draw(empty, empty, lang) for draw in SINGLE.values()] == [None] * len(SINGLE)
    assert plots.comparison_figure([empty], "trend", lang=lang) is None
    assert plots.comparison_figure([], "trend", lang=lang) is None
    assert plots.difference_figure([empty], "trend", lang=lang) is None
    assert plots.difference_figure([run("plan")], "trend", lang=lang) is None
    assert plots.difference_figure([run("plan"), run("trend")], "trend", year=2199, lang=lang) is None
    assert plots.audit_figure(FINDINGS[:0], lang) is None


@pytest.mark.parametrize("kind", SINGLE)
def test_a_plan_without_targets_or_history_still_draws_what_it_has(kind):
    source = built_in()
    for plan in (
        replace(source, targets=tuple(row for row in source.targets if row.plan != source.id)),
        replace(source, observations=tuple(row for row in source.observations if row.year == source.base_year)),
        replace(source, observations=()),
    ):
        plan = replace(
            plan, assumptions={**plan.assumptions, "price_change": replace(plan.assumptions["price_change"], value=1.0)}
        )
        projection = project(plan, "trend", to=2023)
        figure = SINGLE[kind](projection, None, "zh")
        assert figure is None or plots.to_svg(figure)


def test_svg_is_the_same_every_time_and_needs_nothing_else():
    one, two = (plots.to_svg(plots.gdp_figure(run("plan"), run("trend"))) for _ in range(2))
    assert one == two
    assert one.startswith("<svg ")
    assert 'role="img"' in one
    assert "2025 195.66" in re.search('aria-label="([^"]*)"', one)[1]
    references = re.findall(r'(?:href="|url\()([^")]+)', one)
    assert references
    assert all(reference.startswith("#") for reference in references)
    assert {reference[1:] for reference in references} <= set(re.findall(r' id="([^"]*)"', one))
    assert not re.search("font-family|<text|<image|<style|<metadata|DOCTYPE", one)
    namespaces = set(re.findall(r'xmlns(?::\w+)?="([^"]*)"', one))
    assert set(re.findall(r'https?://[^"\s<]+', one)) <= namespaces


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(("kind", "scenario"), [case for case in CASES if case[1] in ("plan", "")])
def test_svg_is_small_and_has_no_missing_glyph(kind, scenario, lang):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        svg = plots.to_svg(drawn(kind, scenario, lang))
    assert len(svg.encode()) < 150_000
    assert 'aria-label=""' not in svg


def test_drawing_leaves_the_users_matplotlib_alone():
    import matplotlib as mpl
    from matplotlib import pyplot

    with mpl.rc_context({"font.size": 31.0, "axes.facecolor": "black"}):
        before = dict(mpl.rcParams)
        svg = plots.to_svg(plots.urbanization_figure(run("plan")))
        assert dict(mpl.rcParams) == before
        assert pyplot.get_fignums() == []
    assert svg == plots.to_svg(plots.urbanization_figure(run("plan")))


@pytest.mark.parametrize("seed", range(20))
def test_spread_keeps_order_gap_and_bounds(seed):
    places = np.random.default_rng(seed).uniform(-0.2, 1.2, 6)
    moved = spread(places, 0.1, 0.0, 1.0)
    ordered = moved[np.argsort(places)]
    assert (np.diff(ordered) >= 0.1 - 1e-12).all()
    assert ordered[0] >= -1e-12
    assert ordered[-1] <= 1 + 1e-12


def test_spread_moves_only_what_must_move():
    assert spread([0.9, 0.1, 0.5], 0.2, 0.0, 1.0).tolist() == [0.9, 0.1, 0.5]
    assert spread([0.5, 0.5], 0.2, 0.0, 1.0) == pytest.approx([0.4, 0.6])
    assert spread([0.5] * 5, 0.4, 0.0, 1.0) == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    assert spread([], 0.1, 0.0, 1.0).size == 0


def test_plan_period_is_named_after_the_plans_years():
    def name(base, target, lang="zh"):
        return plan_period(replace(built_in(), base_year=base, target_year=target), lang)

    assert [name(year - 5, year) for year in (2000, 2005, 2020, 2025, 2030, 2055)] == [
        "“九五”", "“十五”", "“十三五”", "“十四五”", "“十五五”", "“二十五”",
    ]  # fmt: skip
    assert name(2021, 2026) == name(2020, 2030) == "规划期"
    assert name(2020, 2025, "en") == "plan period"


def test_years_and_numbers_are_printed_plainly():
    assert year_ticks(2016, 2035, 2025) == [2020, 2025, 2030, 2035]
    assert year_ticks(2015, 2030, 2026) == [2015, 2020, 2026, 2030]
    assert year_ticks(2021, 2023, 2025) == [2021, 2023]
    assert [number(-0.04, 1), number(-2.5, 1), number(27443, 0)] == ["0.0", "−2.5", "27,443"]
