"""Figures as a reader sees them: nothing clipped or overlapping, units on every axis, one colour a scenario."""

from __future__ import annotations

import csv
import itertools
import re
import warnings
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from hjforecast import load_plan, plots, project
from hjforecast.delivery import delivery
from hjforecast.evaluate import evaluate
from hjforecast.indicators import Indicator
from hjforecast.plan import Plan, Region
from hjforecast.plots_canvas import Look, look_of, number, plan_period, year_ticks
from hjforecast.plots_fans import band, draw_fan, interval, range_text
from hjforecast.plots_labels import spread
from hjforecast.plots_midterm import progress_figure
from hjforecast.plots_names import short, wrapped
from hjforecast.scenario import Scenario
from hjforecast.tables import main_gaps
from hjforecast.uncertainty import error_scale

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
FANS = ("gdp fan", "income fan", "urbanization fan", "chains fan")
QUESTIONS = {
    "odds": lambda lang: plots.odds_figure(built_in(), odds_rows(), lang),
    "tornado": lambda lang: plots.tornado_figure(built_in(), tornado_rows(), "gdp", 2025, lang),
    "delivery": lambda lang: plots.delivery_figure(built_in(), delivery(built_in()), lang),
    "condition": lambda lang: plots.condition_figure(
        run("trend", 300), conditioned(), CONDITIONED, lang, conditions={"gdp": (2025, 195.66)}
    ),
    "coverage": lambda lang: plots.coverage_figure(coverage_rows(), lang),
}
CONDITIONED = ("gdp", "gdp_real_growth", "income_resident", "retail_sales", "manufacturing_va", "urbanization")
CASES = [
    *itertools.product(SINGLE, SCENARIOS),
    *itertools.product(FANS[:3], ("plan", "trend", "low")),
    ("chains fan", "low"),
    *((kind, "") for kind in ("comparison", "difference", "audit", *QUESTIONS)),
]

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
DEUTERANOPIA = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
PROTANOPIA = [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
XYZ = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]


@cache
def built_in() -> Plan:
    return load_plan()


@cache
def run(scenario: str, draws: int = 0):
    return project(built_in(), scenario, draws=draws, seed=1)


def odds_rows() -> pd.DataFrame:
    """Every main target, with made-up odds where the trend has draws."""
    rows, priced = [], run("trend", 300).samples
    for at, gap in enumerate(main_gaps(run("trend"))):
        odds = at * 7 % 20 / 19 if gap.indicator in priced else np.nan
        rows.append((gap.indicator, gap.target_year, odds, gap.binding, gap.measure))
    return pd.DataFrame(rows, columns=["indicator", "target_year", "probability", "binding", "measure"])


def tornado_rows() -> pd.DataFrame:
    """Twelve levers of GDP, with effects on both sides, on one side, hardly any, and of both signs on one side."""
    centre, rows = 176.0, [
        ("real_growth", 3.5, 8.0, -16.0, 21.5), ("price_change", -0.5, 3.0, -12.0, 15.0),
        ("shock", -6.0, 0.0, -8.0, 0.0), ("elasticity.gdp_industry", 0.0, 0.5, 0.0, 11.3),
        ("delivery.economy", 0.7, 1.1, 4.0, 6.0), ("elasticity.retail_sales", 0.5, 1.5, 2.0, -2.0),
        ("chain_growth.industry_agri_processing", 2.0, 9.0, -1.2, 4.3),
        ("chain_base.industry_electronics", 10.0, 20.0, -0.2, 3.8), ("delivery", 0.7, 1.1, 0.3, 2.9),
        ("urban.d0", 0.03, 0.07, -0.3, 0.2), ("urban.cap", 80.0, 100.0, -0.1, 0.1), ("pipeline", 0.0, 2.0, -0.1, 0.1),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["lever", "low", "high", "effect_low", "effect_high"])
    return frame.assign(at_low=centre + frame.effect_low, at_high=centre + frame.effect_high)


def conditioned():
    """The trend lifted, by hand, to the GDP target."""
    start = run("trend", 300)
    lift = (195.66 / start.value("gdp", 2025)) ** (np.minimum(np.arange(start.years.size), 5) / 5)
    moved = {name: start.central[name] * lift for name in ("gdp", "retail_sales", "manufacturing_va")}
    return replace(start, central={**start.central, **moved})


def coverage_rows() -> pd.DataFrame:
    starts = {"hjforecast": 0.8, "naive": 0.5, "drift": 0.58, "theta": 0.57, "damped_holt": 0.6, "ets": 0.59}
    rows = [
        (name, origin, ahead, 100 * (origin - 2007), 0.1, 0.04, start - 0.04 * ahead * (name != "hjforecast") + shift)
        for name, start in starts.items()
        for ahead in range(1, 6)
        for origin, shift in ((2008, -0.1), (2009, 0.05))
    ]
    return pd.DataFrame(rows, columns=["method", "origin", "horizon", "n", "mae_log", "pinball", "coverage80"])


@cache
def drawn(kind: str, scenario: str, lang: str) -> Figure:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if kind in FANS:
            figure = SINGLE[kind.removesuffix(" fan")](run(scenario, 300), run("trend"), lang)
        elif kind in QUESTIONS:
            figure = QUESTIONS[kind](lang)
        elif kind in SINGLE:
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


@pytest.mark.parametrize("kind", [*FANS, "chain base", "comparison", "difference", *QUESTIONS])
@pytest.mark.parametrize(
    ("name", "lang"),
    [("长" * 10_000, "zh"), ("长" * 10_000, "en"), ("W" * 10_000, "zh"), ("a long name " * 1_000, "en")],
    ids=["Chinese", "Chinese in English", "word", "words"],
)
def test_names_of_any_length_leave_the_axes_their_room(name, kind, lang, monkeypatch):
    monkeypatch.setitem(globals(), "built_in", lambda: long_named(name))
    monkeypatch.setitem(globals(), "run", long_run)
    long_run.cache_clear()
    figure = drawn.__wrapped__(kind, "plan", lang)  # any warning is an error there
    assert_readable(figure)
    columns = {round(ax.get_window_extent().x0): ax.get_window_extent().width for ax in figure.axes}
    # Names and four columns of figures leave the record of the built-in plan 0.32 of the width.
    assert sum(columns.values()) > figure.bbox.width * (0.3 if kind == "delivery" else 1 / 3)
    if kind != "coverage":  # It names methods, not indicators or scenarios.
        cut = [one.get_text() for one in words(figure) if "…" in one.get_text()]
        assert any(name[:6] in one for one in cut)
    assert len(plots.to_svg(figure).encode()) < 200_000
    assert len(figure.get_label()) < 3_000


@cache
def long_named(name: str) -> Plan:
    plan = load_plan()
    named = {one: replace(item, name_zh=name, name_en=name) for one, item in plan.indicators.items()}
    titled = {one: {**read, "title": {"zh": name, "en": name}} for one, read in plan.scenarios.items()}
    return replace(plan, indicators=named, scenarios=titled)


@cache
def long_run(scenario: str, draws: int = 0):
    return project(built_in(), scenario, draws=draws, seed=1)


@pytest.mark.parametrize("lang", LANGS)
def test_names_of_any_length_leave_the_progress_its_room(lang):
    plan = long_named("长" * 10_000)
    found = evaluate(plan, Path(__file__).parent / "fixtures" / "example_actuals.csv", draws=0)
    figure = progress_figure(plan, found, lang)
    figure.draw_without_rendering()
    assert_readable(figure)
    assert figure.axes[0].get_window_extent().width > figure.bbox.width / 3
    assert all("…" in one.get_text() for one in figure.axes[0].get_yticklabels())


def test_a_name_is_cut_by_what_it_takes_on_paper():
    assert short("城镇化率", 8) == "城镇化率"
    assert short("城镇化率", 7) == "城镇…"
    assert short("Urban share", 11) == "Urban share"
    assert short("Urban share", 8) == "Urban…"
    assert wrapped("一二三四五六七八", 8) == "一二三四\n五六七八"
    assert wrapped("一二三四五六七八九", 8) == "一二三四\n五六七…"
    assert wrapped("two words more", 6) == "two\nwords…"


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
        "zh": ("亿元", "元", "%", "农村为1", "项", "规划为1"),
        "en": ("100 million yuan", "yuan", "%", "rural = 1", "number", "plan = 1"),
    }
    for ax in drawn(kind, scenario, lang).axes:
        assert any(unit in ax.get_title(loc="left") for unit in units[lang]), ax.get_title(loc="left")
    if lang == "en":
        chinese = [one.get_text() for one in words(drawn(kind, scenario, lang)) if re.search("[一-鿿]", one.get_text())]
        assert chinese == []


def test_figures_show_the_numbers_of_the_plan():
    gdp = " ".join(one.get_text() for one in words(drawn("gdp", "low", "zh")))
    for text in (
        "107.21",
        "125.74",
        "目标 195.66",
        f"{run('low').value('gdp', 2025):.1f}",
        "“十四五”",
        "规划目标 8%（实际年均）",
        f"承压 {run('low').value('gdp', 2035):.1f}",
    ):
        assert text in gdp
    chains = [one.get_text() for one in words(drawn("chains", "low", "zh"))]
    assert "2020年假定基期" in chains
    assert chains.index("　其中：森工行业总产值") == chains.index("农副产品加工产业总产值") + 1
    assert "假定基期为目标的 71.3%" in " ".join(one.get_text() for one in words(drawn("chain base", "plan", "zh")))
    ahead, base = run("plan").value("gdp", 2025), run("trend").value("gdp", 2025)
    assert f"（+{100 * (ahead / base - 1):.1f}%）" in " ".join(
        one.get_text() for one in words(drawn("difference", "", "zh"))
    )


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


@pytest.mark.parametrize("seed", range(5))
def test_spread_keeps_each_labels_own_room(seed):
    random = np.random.default_rng(seed)
    places, heights = random.uniform(0, 1, 5), random.uniform(0.02, 0.2, 5)
    moved, order = spread(places, heights, 0.0, 1.0), np.argsort(places)
    assert (np.diff(moved[order]) >= (heights[order][:-1] + heights[order][1:]) / 2 - 1e-12).all()


def test_end_labels_are_tied_to_the_ends_of_their_lines():
    figure = drawn("gdp", "plan", "zh")
    figure.draw_without_rendering()  # another test may have drawn it at another resolution
    for ax in figure.axes:
        tied = [text for text in ax.texts if getattr(text, "arrow_patch", None)]
        assert len(tied) >= 2
        for label in tied:
            tie = label.arrow_patch.get_path().vertices
            assert np.abs(tie[-1] - ax.transData.transform(label.xy)).max() < 6.0
            assert tie[0][0] < Text.get_window_extent(label).x0


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


def shades(ax) -> list[np.ndarray]:
    """The corners of every band on an axes."""
    return [one.get_paths()[0].vertices for one in ax.collections]


@pytest.mark.parametrize("scenario", ["plan", "trend", "low"])
@pytest.mark.parametrize("kind", FANS[:3])
def test_fans_are_drawn_in_the_scenarios_colour_and_inside_the_axes(kind, scenario):
    drawn_bands = 0
    for ax in drawn(kind, scenario, "zh").axes:
        low, high = ax.get_ylim()
        for shade, corners in zip(ax.collections, shades(ax), strict=True):
            assert to_hex(shade.get_facecolor()[0]).upper() == plots.SCENARIO_COLOURS[scenario]
            assert corners[:, 1].min() >= low
            assert corners[:, 1].max() <= high
            drawn_bands += 1
    assert drawn_bands == {"gdp fan": 4, "income fan": 6, "urbanization fan": 2}[kind]


def test_a_fan_is_the_quantiles_of_the_draws_and_opens_at_the_last_observation():
    projection = run("trend", 300)
    wide, narrow = shades(drawn("gdp fan", "trend", "zh").axes[0])
    for corners, (low, high) in ((wide, (0.1, 0.9)), (narrow, (0.25, 0.75))):
        in_2025 = corners[corners[:, 0] == 2025][:, 1]
        sample = np.sort(projection.samples["gdp"][:, 5])
        assert (in_2025.min(), in_2025.max()) == pytest.approx(tuple(np.quantile(sample, [low, high])))
        assert set(corners[corners[:, 0] == 2020][:, 1]) == {125.74}
    text = " ".join(one.get_text() for one in words(drawn("gdp fan", "trend", "zh")))
    ends = np.quantile(projection.samples["gdp"], [0.1, 0.9], axis=0)
    assert f"80%区间\n2025年 {ends[0, 5]:.1f}—{ends[1, 5]:.1f}\n2035年 {ends[0, 15]:.1f}—{ends[1, 15]:.1f}" in text
    assert interval(projection, "gdp", 2025) == pytest.approx((ends[0, 5], ends[1, 5]))
    assert interval(projection, "gdp", 2020) is None
    label = drawn("gdp fan", "trend", "zh").get_label()
    assert f"（80%区间{ends[0, 5]:.2f}—{ends[1, 5]:.2f}）" in label


def test_an_observation_after_the_base_year_moves_where_the_fan_opens():
    projection = run("trend", 300)
    sample = projection.samples["gdp"].copy()
    sample[:, :4] = projection.central["gdp"][:4]
    assert band(replace(projection, samples={"gdp": sample}), "gdp")[0, 0] == 2023
    assert band(replace(projection, samples={"gdp": sample[:, :1].repeat(16, axis=1)}), "gdp") is None


def test_the_target_stays_on_top_of_the_fan():
    ax = drawn("gdp fan", "plan", "zh").axes[0]
    (target,) = [line for line in ax.lines if line.get_marker() == "D"]
    assert target.get_zorder() > max(one.get_zorder() for one in [*ax.collections, *ax.lines] if one is not target)
    assert "目标 195.66" in [one.get_text() for one in ax.texts]


def test_chains_carry_the_interval_of_the_draws():
    (ax,) = drawn("chains fan", "low", "zh").axes
    (bar,) = [line for line in ax.lines if line.get_marker() == "|" and line.get_ydata()[0] == 0]
    sample = run("low", 300).samples["fruit_chain"][:, 5]
    assert list(bar.get_xdata()) == pytest.approx(list(np.quantile(sample, [0.1, 0.9])))
    assert ax.get_xlim()[1] > max(bar.get_xdata())


@pytest.mark.parametrize("kind", ["gdp", "income", "chains"])
def test_without_draws_a_figure_is_what_it_was(kind):
    bare = replace(run("low", 300), samples={}, draws=0)
    assert plots.to_svg(SINGLE[kind](bare, run("trend"), "zh")) == plots.to_svg(drawn(kind, "low", "zh"))
    assert not any(ax.collections for ax in drawn(kind, "low", "zh").axes)


def test_ranges_in_words():
    assert range_text(131, 240, 0, "zh") == "131—240"
    assert range_text(1031, 2240, 0, "en") == "1,031–2,240"
    assert range_text(-1.25, 3, 1, "zh") == "−1.2 至 3.0"
    assert range_text(-1.25, 3, 1, "en") == "−1.2 to 3.0"


def test_the_note_names_each_source_once_in_plain_words():
    projection = run("plan", 300)
    note = plots.band_note(projection, ["gdp", "gdp_real_growth", "budget_revenue", "gdp"], "zh")
    assert note.startswith("实线为中心路径，浅色带为80%区间、深色带为50%区间；误差依据：")
    tables = {row["indicator"]: row for row in calibrated() if row["origin"] == "all"}
    for kind, unit in (("gdp_real", "个市"), ("gdp_nominal", "个县级单位")):
        window = error_scale(kind).window.replace("-", "—")
        assert note.count(f"{tables[kind]['series']}{unit}，{window}年起点") == 1
    english = plots.band_note(projection, ["income_resident", "income_gap"], "en")
    assert "48 states, origins" in english
    assert f"{error_scale('urbanization').n:,} county units, 2010–2020" in english
    assert not re.search("[一-鿿]", english)
    for lang, names in itertools.product(LANGS, [["gdp"], list(projection.samples)]):
        assert not re.search(r"csv|_|\.gz", plots.band_note(projection, names, lang))
    assert plots.band_note(projection, ["industry_machinery"], "zh", whisker=True).startswith("细横线为80%区间；")


def calibrated() -> list[dict[str, str]]:
    text = resources.files("hjforecast").joinpath("calibration/error_scale.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def test_without_draws_there_is_nothing_to_note():
    assert plots.band_note(run("plan"), ["gdp"], "zh") == ""
    assert plots.band_note(run("plan", 300), ["forest_coverage"], "zh") == ""
    ax = Figure().subplots()
    draw_fan(ax, run("plan", 300), "forest_coverage", look_of(run("plan")), "zh", 1)
    assert not ax.collections
    assert not ax.texts


def test_odds_are_sorted_and_targets_without_odds_are_listed():
    figure = drawn("odds", "", "zh")
    told = odds_rows().dropna()
    dots = [line.get_xdata()[0] for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert dots == pytest.approx(sorted(100 * told["probability"], reverse=True))
    texts = [one.get_text() for one in words(figure)]
    assert "地区生产总值实际年均增长" in texts
    (note,) = [text for text in texts if text.startswith("无历史误差可依据：")]
    assert note.replace("\n", "").count("、") == odds_rows()["probability"].isna().sum() - 1
    assert "森林覆盖率（约束性）" in note
    assert plots.odds_figure(built_in(), odds_rows().assign(probability=np.nan)) is None
    assert plots.odds_figure(built_in(), odds_rows()[:0]) is None


def test_odds_never_read_as_certain_unless_they_are():
    rows = (
        odds_rows()
        .dropna()[:5]
        .assign(probability=[0.0, 0.004, 0.5, 0.996, 1.0], target_year=[2025, 2025, 2030, 2025, 2025])
    )
    figure = plots.odds_figure(built_in(), rows)
    assert [one.get_text() for one in figure.axes[0].texts] == ["100", ">99", "50", "<1", "0"]
    assert any("（2030年）" in one.get_text() for one in figure.axes[0].get_yticklabels())


def test_the_tornado_shows_ten_levers_by_their_meaning():
    figure = drawn("tornado", "", "zh")
    ax = figure.axes[0]
    names = [one.get_text().replace("\n", "") for one in ax.get_yticklabels()]
    assert len(names) == 10
    assert names[0] == "地区生产总值实际增速（可比价）"
    assert names[3] == "对驱动指标的弹性：地区生产总值随产业链"
    assert "某指标或某类指标的兑现率：经济" in names
    texts = [one.get_text() for one in ax.texts]
    assert texts[:2] == ["3.5% → 160.00", "8% → 197.50"]
    assert texts.count("") == 2
    low, high = ax.get_xlim()
    assert all(low < bar.get_x() and bar.get_x() + bar.get_width() < high for bar in ax.patches)
    for rows in (
        tornado_rows()[:0],
        tornado_rows().assign(effect_low=0.0, effect_high=0.0),
        tornado_rows().assign(effect_low=np.nan),
    ):
        assert plots.tornado_figure(built_in(), rows, "gdp", 2025) is None


def test_ratios_out_of_range_stand_at_the_edge_with_their_value():
    rows = delivery(built_in())
    rows.loc[rows.indicator == "forest_coverage", ["delivered", "ratio"]] = [-0.4, -0.8]
    figure = plots.delivery_figure(built_in(), rows, "zh")
    marks = [line.get_marker() for line in figure.axes[0].lines]
    assert marks.count(">") == (rows["ratio"] > 2).sum()
    assert marks.count("<") == 1
    assert {f"{ratio:.2f}".replace("-", "−") for ratio in rows["ratio"]} <= {one.get_text() for one in words(figure)}
    upright = {line.get_xdata()[0] for line in figure.axes[0].lines if list(line.get_ydata()) == [0, 1]}
    assert upright >= {1.0, built_in().number("delivery_reference")}
    assert plots.delivery_figure(built_in(), rows[:0]) is None


def test_a_condition_is_marked_where_it_is_set():
    def marks(figure):
        return [[tuple(line.get_xydata()[0]) for line in ax.lines if line.get_marker() == "D"] for ax in figure.axes]

    assert "地区生产总值（亿元）：2025 惯性发展 " in drawn("condition", "", "zh").get_label()
    told = marks(drawn("condition", "", "zh"))
    assert told == [[(2025, 195.66)], [], [], [], [], []]
    found = plots.condition_figure(run("trend"), conditioned(), CONDITIONED)
    assert marks(found)[0] == [(2025, 195.66)]
    several = {"gdp": [(2023, 160.0), (2027, 220.0)]}
    later = plots.condition_figure(run("trend"), conditioned(), ["gdp"], conditions=several)
    assert marks(later) == [[(2023, 160.0), (2027, 220.0)]]
    assert later.axes[0].get_xlim()[1] == 2027
    dashes = [line.get_linestyle() for line in later.axes[0].lines[:2]]
    assert dashes == ["--", "-"]
    assert plots.condition_figure(run("trend"), conditioned(), ["forest_coverage_none"]) is None


def test_coverage_is_pooled_by_the_number_of_outcomes():
    figure = drawn("coverage", "", "en")
    (naive,) = [line for line in figure.axes[0].lines if line.get_color() == label_colour(figure, "naive")]
    rows = coverage_rows()
    for ahead, share in zip(naive.get_xdata(), naive.get_ydata(), strict=True):
        part = rows[(rows.method == "naive") & (rows.horizon == ahead)]
        assert share == pytest.approx(100 * sum(part.n * part.coverage80) / sum(part.n))
    assert any(list(line.get_ydata()) == [80, 80] for line in figure.axes[0].lines)
    (corners,) = shades(figure.axes[0])
    assert (corners[:, 1].min(), corners[:, 1].max()) == pytest.approx((70, 85))
    assert plots.coverage_figure(rows[:0]) is None
    assert plots.coverage_figure(rows[rows.horizon == 1][:2])


def label_colour(figure: Figure, method: str) -> str:
    """The colour of a method's line: the one that ends where its label points."""
    (end,) = [one.xy for one in figure.axes[0].texts if one.get_text().startswith(method)]
    return next(line.get_color() for line in figure.axes[0].lines if tuple(line.get_xydata()[-1]) == tuple(end))
