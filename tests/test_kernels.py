"""Growth, urban, income and industry kernels against closed forms and naive loops."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hjforecast import growth, income, industry, urban
from hjforecast.units import logit


def test_damped_growth_is_a_geometric_approach_to_the_long_run():
    got = growth.damped(0.07, 0.044, 0.85, 15)
    rate, naive = 0.07, []
    for _ in range(15):
        rate = 0.044 + 0.85 * (rate - 0.044)
        naive.append(rate)
    assert got == pytest.approx(naive, rel=1e-13)


def test_damping_of_one_never_converges_and_of_zero_converges_at_once():
    assert growth.damped(0.07, 0.04, 1.0, 3) == pytest.approx([0.07] * 3)
    assert growth.damped(0.07, 0.04, 0.0, 3) == pytest.approx([0.04] * 3)


def test_schedule_holds_given_years_and_eases_after_the_last():
    given = np.array([np.nan, 0.09, 0.09, np.nan, np.nan])
    got = growth.scheduled(np.full(5, 0.06), given, 0.04, 0.5)
    assert got == pytest.approx([0.06, 0.09, 0.09, 0.04 + 0.05 * 0.5, 0.04 + 0.05 * 0.25])


def test_level_path_compounds_year_by_year():
    path = growth.level_path(100.0, [0.1, -0.5, 0.2])
    assert path == pytest.approx([100, 110, 55, 66])
    assert growth.growth_of(path) == pytest.approx([0.1, -0.5, 0.2])


def test_elastic_follower_moves_by_elasticity_times_log_change():
    driver = np.array([100.0, 108.0, 113.4])
    got = growth.elastic(50.0, driver, 0.7, drift=0.01)
    for year, level in enumerate(driver):
        assert math.log(got[year] / 50) == pytest.approx(0.7 * math.log(level / 100) + 0.01 * year)


def test_unit_elasticity_keeps_the_ratio():
    driver = np.array([100.0, 120.0, 90.0])
    assert growth.elastic(25.0, driver, 1.0) / driver == pytest.approx([0.25] * 3)


def test_target_path_of_a_level_has_constant_growth_and_exact_ends():
    path = growth.target_path(125.74, 195.66, 5, "log")
    assert (path[0], path[-1]) == (125.74, 195.66)
    assert growth.growth_of(path) == pytest.approx([(195.66 / 125.74) ** 0.2 - 1] * 5)


def test_target_path_of_a_share_has_constant_logit_change():
    steps = np.diff(logit(growth.target_path(0.451, 0.5, 5, "logit")))
    assert steps == pytest.approx([(0.0 - math.log(0.451 / 0.549)) / 5] * 5)


@pytest.mark.parametrize(("start", "goal", "link"), [(1.0, 1.0, "logit"), (0.0, 0.5, "logit"), (0.0, 4.0, "log")])
def test_target_path_from_or_to_a_bound_is_straight_and_finite(start: float, goal: float, link: str):
    assert growth.target_path(start, goal, 4, link) == pytest.approx(np.linspace(start, goal, 5))


def test_own_urban_speed_of_hongjiang_gives_the_published_examples():
    """Design 12: 38.4 -> 45.1 in five years is 0.05519 a year; held constant 2025 is 51.98 %, 2035 is 65.28 %."""
    speed = float(logit(0.451) - logit(0.384)) / 5
    assert speed == pytest.approx(0.05519, abs=5e-6)
    held = urban.urgd(0.451, speed, 15, norm=(0.0, 0.0), fade_years=1e12)
    assert 100 * held[5] == pytest.approx(51.98, abs=5e-3)
    assert 100 * held[15] == pytest.approx(65.28, abs=5e-3)


def test_own_speed_fades_to_the_norm_in_a_straight_line():
    assert urban.urgd_weight([0, 5, 25, 40], 25) == pytest.approx([1.0, 0.8, 0.0, 0.0])


def test_urban_share_follows_the_naive_recursion():
    got = urban.urgd(0.45, 0.06, 30, norm=(0.05, -0.02), fade_years=25, elapsed=2, cap=0.9, push=0.001)
    x = math.log(0.45 / (0.9 - 0.45))
    for t in range(1, 31):
        weight = max(1 - (2 + t) / 25, 0.0)
        x += weight * 0.06 + (1 - weight) * (0.05 - 0.02 * x) + 0.001
        assert got[t] == pytest.approx(0.9 / (1 + math.exp(-x)), rel=1e-12)
    assert got.max() < 0.9


def test_peer_norm_is_linear_in_the_logit():
    assert urban.peer_norm(0.5, 0.054, -0.0165) == pytest.approx(0.054)
    assert urban.peer_norm(0.6, 0.054, -0.0165) == pytest.approx(0.054 - 0.0165 * math.log(1.5))


def test_total_income_may_grow_faster_than_both_parts():
    """Design 12: 40000 -> 42000 and 20000 -> 21200 with the share .60 -> .62 raise the mean by 6.55 %."""
    before, after = income.mix(40000, 20000, 0.60), income.mix(42000, 21200, 0.62)
    assert after / before - 1 == pytest.approx(0.0655, abs=5e-4)
    assert after / before - 1 > max(42000 / 40000, 21200 / 20000) - 1


def test_residents_income_of_2020_is_the_weighted_mean():
    assert income.mix(27443, 13589, 0.451) == pytest.approx(19837, abs=0.5)


def test_solved_parts_mix_to_the_total_and_keep_the_lead():
    total = 19837.0 * 1.08 ** np.arange(6)
    share = np.linspace(0.451, 0.50, 6)
    start = (total[0] - 13589 * (1 - share[0])) / share[0]
    urban_path, rural_path = income.solve_parts(total, share, start, 13589.0, 0.022)
    assert income.mix(urban_path, rural_path, share) == pytest.approx(total, rel=1e-12)
    lead = growth.growth_of(rural_path) - growth.growth_of(urban_path)
    assert lead == pytest.approx([0.022] * 5)


def test_assumed_base_and_required_growth_undo_each_other():
    base = industry.assumed_base(23.0, 0.07, 5)
    assert base == pytest.approx(23 / 1.07**5)
    assert industry.required_growth(base, 23.0, 5) == pytest.approx(0.07)


def test_excess_growth_compares_totals_not_means():
    chains = np.array([[10.0, 20.0], [100.0, 100.0]])
    usual = np.array([[10.0, 11.0], [100.0, 110.0]])
    assert industry.excess_growth(chains, usual) == pytest.approx([120 / 110 - 121 / 110])


def test_project_ramps_up_to_its_expected_capacity():
    years = np.arange(2020, 2027)
    got = industry.project_output(years, 2022, capacity=12.0, ramp_years=3, probability=0.5)
    assert got == pytest.approx([0, 0, 2, 4, 6, 6, 6])
