"""The trend rule against closed forms, hand-written loops and simulated panels whose truth is known."""

import itertools
from dataclasses import fields, replace

import numpy as np
import pytest

from hjforecast.prior import load_prior
from hjforecast.trend import (
    FLOOR_SD,
    MEAN_ABS,
    NORMAL_P90,
    alone_trend,
    catchup_slope,
    lasting_growth,
    panel_trend,
    pooled_growth,
    recent_growth,
    repair_slips,
    trend,
    yearly_growth,
)

PRIOR = load_prior()
BARE = replace(PRIOR, worth_group=0.0, worth_own=0.0, risk_group=0.0, risk_own=0.0)


def panel(n=40, years=12, common=0.03, own=0.05, mean=0.08, seed=0):
    """Simulated log levels, shape (n, years): a shared yearly shock and each series' own."""
    rng = np.random.default_rng(seed)
    growth = mean + common * rng.standard_normal((1, years)) + own * rng.standard_normal((n, years))
    return 5 + np.cumsum(growth, axis=1)


def same(a, b):
    np.testing.assert_allclose(a.median, b.median, rtol=0, atol=1e-12)
    np.testing.assert_allclose(a.sd, b.sd, rtol=0, atol=1e-12)


def test_yearly_growth_equals_a_loop_over_present_years():
    x = panel(6, 9, seed=3)
    x[1, 4] = x[2, 0] = x[3, 5] = x[3, 6] = np.nan
    expected = np.full(x.shape, np.nan)
    for i in range(len(x)):
        present = [t for t in range(x.shape[1]) if not np.isnan(x[i, t])]
        for before, after in itertools.pairwise(present):
            expected[i, after] = (x[i, after] - x[i, before]) / (after - before)
    np.testing.assert_allclose(yearly_growth(x), expected)


def test_pooled_growth_is_the_median_pulled_to_the_anchor_by_one_observation():
    growth = np.array([[0.10, np.nan], [0.20, np.nan], [0.90, np.nan]])
    np.testing.assert_allclose(pooled_growth(growth, anchor=0.04), [(3 * 0.20 + 0.04) / 4, 0.04])


def test_recent_growth_is_not_moved_by_one_shock_year_before_the_last():
    calm, shock = np.array([0.10, 0.10, 0.10]), np.array([0.10, -0.30, 0.10])
    assert recent_growth(calm, 0.1) == pytest.approx(0.10)
    assert recent_growth(shock, 0.1) == pytest.approx(0.10)
    assert recent_growth(np.array([0.1, 0.2, 0.0]), 0.25) == pytest.approx(0.25 * 0.0 + 0.75 * 0.1)


def test_path_without_group_and_own_parts_is_the_damped_pooled_path():
    """Few series and few years: no catching up and no lasting part, so the median is x + a k + (r - a)(phi + ... +
    phi^k).
    """
    x = panel(6, 6, seed=1)
    found = panel_trend(x, np.zeros(6, dtype=int), 5, BARE)
    medians = [np.median(np.diff(x, axis=1)[:, t]) for t in range(5)]
    pooled = [(6 * m + BARE.anchor) / 7 for m in medians]
    anchor = min(BARE.anchor, sum(pooled) / 5)
    recent = BARE.last_weight * pooled[-1] + (1 - BARE.last_weight) * sorted(pooled[-3:])[1]
    for h in range(1, 6):
        fade = sum(BARE.damping**j for j in range(1, h + 1))
        np.testing.assert_allclose(found.median[:, h - 1], x[:, -1] + anchor * h + (recent - anchor) * fade)


def test_group_moves_its_members_by_its_worth_of_its_recent_distance():
    prior = replace(BARE, worth_group=0.5, memory_group=1.0, k_group=0.0)
    base = np.cumsum(np.full((20, 5), 0.08), axis=1)
    base[:5] += np.arange(5) * 0.02
    group = np.repeat([0, 1], [5, 15])
    found = panel_trend(base, group, 1, prior)
    pooled = (20 * 0.08 + prior.anchor) / 21
    gap = found.median[0, 0] - base[0, -1] - (found.median[9, 0] - base[9, -1])
    assert gap == pytest.approx(0.5 * prior.damping_group * ((0.10 - pooled) - (0.08 - pooled)), abs=1e-9)


def test_sd_is_s2_h_plus_t2_h2_and_quantiles_are_gaussian_but_for_the_stated_skew():
    found = trend(panel(), 5)
    h = np.arange(1, 6)
    np.testing.assert_allclose(found.sd**2, found.s[:, None] ** 2 * h + found.t[:, None] ** 2 * h**2)
    up, down = found.quantile(NORMAL_P90), found.quantile(-NORMAL_P90)
    np.testing.assert_allclose((found.median - down) / (up - found.median), found.skew**2)
    np.testing.assert_allclose(np.sqrt((found.median - down) * (up - found.median)), NORMAL_P90 * found.sd)


def test_alone_rule_is_mean_growth_times_its_worth():
    x = panel(3, 10, seed=5)
    found = alone_trend(x, 4, PRIOR)
    for i in range(3):
        g = np.diff(x[i])
        w = PRIOR.alone_memory ** np.arange(len(g))[::-1]
        b = (w * g).sum() / w.sum()
        v = (w * (g - b) ** 2).sum() / w.sum() + PRIOR.alone_spread**2 / len(g)
        worth = b**2 / (b**2 + PRIOR.alone_k * v / len(g))
        steps = np.cumsum(PRIOR.alone_damping ** np.arange(1, 5))
        np.testing.assert_allclose(found.median[i], x[i, -1] + worth * b * steps, rtol=1e-9)
        np.testing.assert_allclose(found.s[i], PRIOR.alone_noise * np.sqrt(v))


def test_catchup_recovers_a_known_slope_and_is_zero_when_rich_places_grow_faster():
    rng = np.random.default_rng(2)
    level = rng.uniform(-1, 1, 4000)
    for slope, expected in ((-0.02, 0.02), (0.02, 0.0)):
        growth = slope * level[:, None] + 0.01 * rng.standard_normal((4000, 5))
        x = np.column_stack([level, level[:, None] + np.cumsum(growth, axis=1)])
        distance = np.column_stack([np.full(4000, np.nan), growth])
        assert catchup_slope(x, distance, k=0.0)[0] == pytest.approx(expected, abs=0.001)


def test_lasting_growth_is_found_where_drifts_differ_and_not_where_they_do_not():
    rng = np.random.default_rng(4)
    noise = 0.01 * rng.standard_normal((500, 15))
    drift = 0.03 * rng.standard_normal((500, 1))
    assert np.corrcoef(lasting_growth(noise + drift, 0.0), drift[:, 0])[0, 1] > 0.99
    assert np.abs(lasting_growth(noise, 0.0)).max() < 0.001


def test_scale_and_unit_of_the_panel_do_not_matter():
    x = panel(seed=6)
    found, shifted = trend(x), trend(x + np.log(10_000))
    np.testing.assert_allclose(shifted.median - np.log(10_000), found.median)
    np.testing.assert_allclose(shifted.sd, found.sd)


def test_order_of_rows_does_not_matter():
    x, group = panel(seed=7), np.arange(40) % 3
    order = np.random.default_rng(0).permutation(40)
    found, mixed = trend(x, 5, group), trend(x[order], 5, group[order])
    np.testing.assert_allclose(mixed.median, found.median[order])
    np.testing.assert_allclose(mixed.sd, found.sd[order])


def test_group_labels_do_not_matter():
    x = panel(seed=8)
    same(trend(x, 5, np.arange(40) % 3), trend(x, 5, 7 - 2 * (np.arange(40) % 3)))


def test_calm_panel_has_narrower_bands_than_a_wild_one():
    calm, wild = (trend(panel(own=own, common=0.01)).sd for own in (0.01, 0.10))
    assert (calm.max(axis=0) < wild.min(axis=0)).all()


def test_wild_series_has_a_wider_band_than_its_calm_peers():
    x = panel(seed=9)
    x[0] += 0.15 * (-1.0) ** np.arange(12)
    sd = trend(x).sd[:, 0]
    assert sd[0] > 1.2 * np.median(sd[1:])


def test_one_slip_in_the_past_hardly_moves_anyone_and_none_of_the_others():
    x = panel(seed=10)
    slipped = x.copy()
    slipped[0, 5] -= np.log(10_000)
    found, moved = trend(x), trend(slipped)
    assert np.abs(moved.median - found.median).max() < 0.02
    np.testing.assert_allclose(moved.sd, found.sd, rtol=0.1)


def test_slip_at_the_origin_is_set_aside_and_the_path_starts_from_the_value_before():
    x = panel(seed=11)
    gap = x.copy()
    gap[0, -1] = np.nan
    slipped = x.copy()
    slipped[0, -1] -= np.log(10_000)
    same(trend(slipped), trend(gap))
    assert np.isnan(repair_slips(slipped)[0, -1])
    assert not np.isnan(repair_slips(slipped)[1:]).any()


def test_rebased_level_at_the_origin_is_kept():
    x = panel(seed=12)
    x[0, -1] += 0.6
    assert abs(trend(x).median[0, 0] - x[0, -1]) < 0.25


def test_missing_origin_widens_the_band_by_the_lost_year():
    x = panel(seed=13)
    x[0, -1] = np.nan
    found = trend(x)
    assert found.sd[0, 0] ** 2 == pytest.approx(found.s[0] ** 2 * 2 + found.t[0] ** 2 * 4)


@pytest.mark.parametrize("keep", [1, 2, 3])
def test_short_history_in_a_panel_follows_the_panel(keep):
    x = panel(seed=14)
    x[0, : 12 - keep] = np.nan
    found = trend(x)
    assert np.isfinite(found.median).all() and np.isfinite(found.sd).all()
    others = found.median[1:, 4] - x[1:, -1]
    assert others.min() - 0.1 < found.median[0, 4] - x[0, -1] < others.max() + 0.1


@pytest.mark.parametrize("n", [1, 2, 4, 5, 30])
def test_constant_series_give_a_finite_path_and_a_band(n):
    found = trend(np.full((n, 8), 3.0))
    assert np.isfinite(found.median).all()
    assert (found.sd >= FLOOR_SD).all() and (np.diff(found.sd, axis=1) > 0).all()


@pytest.mark.parametrize("prior", [None, PRIOR])
@pytest.mark.parametrize("length", [1, 2, 3, 20])
def test_single_series_of_any_length_works_with_and_without_a_prior(length, prior):
    x = 5 + 0.1 * np.arange(length)[None, :]
    found = trend(x, 5, prior=prior)
    assert np.isfinite(found.median).all() and (found.sd > 0).all()
    assert found.median[0, 0] > x[0, -1]


def test_lone_series_with_a_prior_ends_near_the_anchor():
    x = 5 + 0.2 * np.arange(6)[None, :]
    late = np.diff(trend(x, 60, prior=BARE).median[0])[-1]
    assert late == pytest.approx(BARE.anchor, abs=1e-3)


def test_panel_of_gaps_only_after_the_first_year_works():
    x = np.full((8, 6), np.nan)
    x[:, 0] = np.arange(8)
    found = trend(x)
    assert np.isfinite(found.median).all() and (found.sd > 0).all()


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.full((2, 3), np.nan), "rows without one: \\[0, 1\\]"),
        (np.array([[1.0, np.inf]]), "finite value"),
        (np.ones(3), "array \\(series, years\\)"),
    ],
)
def test_unusable_input_is_refused_with_the_reason(bad, message):
    with pytest.raises(ValueError, match=message):
        trend(bad)


def test_horizon_below_one_is_refused():
    with pytest.raises(ValueError, match="horizon 0"):
        trend(panel(), 0)


def test_unknown_indicator_is_refused_naming_the_known_ones():
    with pytest.raises(ValueError, match="gdp_nominal"):
        load_prior("gpd")


def test_every_constant_of_the_prior_is_in_the_table():
    assert all(np.isfinite(getattr(PRIOR, f.name)) for f in fields(PRIOR))


def test_bands_hold_about_80_percent_on_simulated_panels():
    """Random walks with a shared shock, own noise and a little lasting drift; 24 panels x 120 series, four horizons."""
    hits = []
    for seed in range(24):
        rng = np.random.default_rng(100 + seed)
        pooled = np.empty(20)
        pooled[0] = 0.12
        for t in range(1, 20):
            pooled[t] = 0.05 + 0.8 * (pooled[t - 1] - 0.05) + 0.025 * rng.standard_normal()
        drift = 0.015 * rng.standard_normal((120, 1))
        x = np.cumsum(pooled + drift + 0.05 * rng.standard_normal((120, 20)), axis=1)
        found = trend(x[:, :15], 4)
        low, high = found.quantile(-NORMAL_P90), found.quantile(NORMAL_P90)
        hits.append(((x[:, 15:19] >= low) & (x[:, 15:19] <= high)).mean(axis=0))
    assert 0.70 < np.mean(hits) < 0.90
    assert (np.mean(hits, axis=0) > 0.65).all()


def test_mean_absolute_constant_is_that_of_a_normal():
    assert pytest.approx(np.sqrt(2 / np.pi)) == MEAN_ABS
