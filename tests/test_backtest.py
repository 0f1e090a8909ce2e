"""The backtest against hand-written loops, and the rivals against statsmodels' own wrappers."""

import warnings

import numpy as np
import pandas as pd
import pytest

from hjforecast import rivals_pool
from hjforecast.backtest import METHODS, backtest, backtest_scores, default_origins, summarise
from hjforecast.panel import BacktestError
from hjforecast.rivals import (
    damped_holt,
    drift,
    ets,
    fill_gaps,
    ma1_sigma,
    naive,
    run_rival,
    smoothing_level,
    theta,
)
from hjforecast.trend import NORMAL_P90, trend


def simulated(n=8, years=14, seed=0, groups=2):
    """Tidy panel of random walks with a shared shock, from 2001."""
    rng = np.random.default_rng(seed)
    growth = 0.08 + 0.03 * rng.standard_normal((1, years)) + 0.04 * rng.standard_normal((n, years))
    value = np.exp(4 + np.cumsum(growth, axis=1))
    rows = [(f"s{i:02d}", 2001 + t, value[i, t], f"g{i % groups}") for i in range(n) for t in range(years)]
    return pd.DataFrame(rows, columns=["series", "year", "value", "group"])


def pinball(actual, quantiles):
    """Mean quantile loss at 10, 50 and 90 %, one outcome, written out."""
    total = 0.0
    for p, q in zip((0.1, 0.5, 0.9), quantiles, strict=True):
        total += p * (actual - q) if actual >= q else (1 - p) * (q - actual)
    return total / 3


def test_output_has_the_fixed_columns_and_every_method():
    table = backtest(simulated(), [2010], 3, workers=1)
    assert list(table.columns) == ["method", "origin", "horizon", "n", "mae_log", "pinball", "coverage80"]
    assert list(table["method"].unique()) == list(METHODS)
    assert len(table) == len(METHODS) * 3
    assert not table.isna().any().any()


@pytest.mark.parametrize("method", ["hjforecast", "naive", "drift"])
def test_scores_equal_a_loop_written_here(method):
    frame = simulated(6, 12)
    origin, horizon = 2009, 3
    wide = np.log(frame.pivot(index="series", columns="year", values="value")).to_numpy()
    known = wide[:, : origin - 2001 + 1]
    ours = trend(known, horizon, np.arange(6) % 2)
    table = backtest(frame, [origin], horizon, workers=1)
    for h in range(1, horizon + 1):
        absolute, loss, inside = [], [], []
        for i in range(6):
            d = np.diff(known[i])
            if method == "hjforecast":
                quantiles = [ours.quantile(z)[i, h - 1] for z in (-NORMAL_P90, 0.0, NORMAL_P90)]
            else:
                mean = known[i, -1] + (d.mean() * h if method == "drift" else 0)
                sd = d.std(ddof=1) * np.sqrt(h * (1 + h / len(d)) if method == "drift" else h)
                quantiles = [mean - NORMAL_P90 * sd, mean, mean + NORMAL_P90 * sd]
            actual = wide[i, origin - 2001 + h]
            absolute.append(abs(actual - quantiles[1]))
            loss.append(pinball(actual, quantiles))
            inside.append(quantiles[0] <= actual <= quantiles[2])
        row = table[(table.method == method) & (table.horizon == h)].iloc[0]
        assert row.n == 6
        assert row.mae_log == pytest.approx(np.mean(absolute))
        assert row.pinball == pytest.approx(np.mean(loss))
        assert row.coverage80 == pytest.approx(np.mean(inside))


KEYS = ["method", "series", "origin", "horizon"]
BANDS = ["p10", "p50", "p90"]


def bands_of(frame, origins):
    scores = backtest_scores(frame, origins, 3, workers=1, max_growth=None)
    return scores.set_index(KEYS)[BANDS].sort_index()


def test_no_method_sees_a_value_later_than_the_origin():
    """Whatever happens later -- other values, slips, gaps, a series that only begins then -- moves no band at all."""
    frame, rng = simulated(), np.random.default_rng(1)
    later = frame["year"] > 2010
    changed = frame.assign(value=frame["value"].where(~later, frame["value"] * np.exp(rng.normal(0, 3, len(frame)))))
    changed = changed[~(later & frame["series"].isin(["s00", "s03"]) & frame["year"].gt(2011))]
    born = [{"series": "new", "year": year, "value": 1e6, "group": "g9"} for year in (2012, 2013)]
    changed = pd.concat([changed, pd.DataFrame(born)], ignore_index=True)
    before, after = (bands_of(f, [2008, 2010]) for f in (frame, changed))
    common = before.index.intersection(after.index)
    assert len(common) > 0.8 * len(before)
    np.testing.assert_array_equal(before.loc[common], after.loc[common])


def test_a_value_at_the_origin_does_move_the_bands():
    frame = simulated()
    moved = frame.assign(value=frame["value"].where(frame["year"] != 2010, frame["value"] * 1.1))
    assert (bands_of(frame, [2010]) != bands_of(moved, [2010])).all().all()


def test_order_of_rows_does_not_matter():
    frame = simulated()
    mixed = frame.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(backtest(frame, [2010], 2, workers=1), backtest(mixed, [2010], 2, workers=1))


def test_numbers_do_not_depend_on_the_number_of_workers(monkeypatch):
    frame = simulated(60, 12, seed=3)[lambda d: d.year > 2004]
    one, two = (backtest(frame, [2010, 2011], 1, workers=w) for w in (1, 2))
    monkeypatch.setattr(rivals_pool, "FEW_FITS", 10_000)
    here = backtest(frame, [2010, 2011], 1, workers=1)
    pd.testing.assert_frame_equal(one, two)
    pd.testing.assert_frame_equal(one, here)


def test_a_helper_that_dies_loses_no_forecast(monkeypatch):
    tasks = [(np.log(np.arange(1.0, 7.0))[None, :], 2)] * 3
    monkeypatch.setattr(rivals_pool.sys, "executable", "/bin/false")
    for found in rivals_pool._spread(tasks, 1, None):
        np.testing.assert_array_equal(found, rivals_pool._fitted(tasks[0]))


def test_progress_counts_every_fit():
    seen = []
    backtest_scores(simulated(60, 12), [2009, 2010], 1, workers=1, progress=lambda *pair: seen.append(pair))
    assert seen[-1] == (120, 120) and [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_missing_outcomes_and_series_without_the_origin_are_not_counted():
    frame = simulated(6)
    gone = ((frame.series == "s00") & (frame.year == 2012)) | ((frame.series == "s01") & (frame.year == 2010))
    table = backtest(frame[~gone], [2010], 3, workers=1).query("method == 'naive'").set_index("horizon")
    assert table["n"].tolist() == [5, 4, 5]


def test_outcome_behind_a_break_is_not_scored_unless_asked():
    frame = simulated(6)
    frame.loc[(frame.series == "s00") & (frame.year >= 2012), "value"] *= 10_000
    counted = backtest(frame, [2010], 3, workers=1).query("method == 'naive'")["n"].tolist()
    everything = backtest(frame, [2010], 3, workers=1, max_growth=None).query("method == 'naive'")["n"].tolist()
    assert counted == [6, 5, 5] and everything == [6, 6, 6]


def test_group_column_is_optional_and_short_series_are_scored():
    frame = simulated(7).drop(columns="group")
    frame = frame[~((frame.series == "s00") & (frame.year < 2010))]
    table = backtest(frame, [2010], 2, workers=1)
    assert (table["n"] == 7).all() and np.isfinite(table["pinball"]).all()


def test_single_constant_series_gives_numbers_and_a_band():
    frame = pd.DataFrame({"series": "a", "year": range(2000, 2012), "value": 5.0})
    scores = backtest_scores(frame, [2008], 3, workers=1)
    assert (scores["p90"] > scores["p10"]).all()
    assert np.isfinite(scores[["p10", "p50", "p90", "pinball"]]).all().all()


def test_summary_by_method_is_the_mean_over_all_scored_forecasts():
    scores = backtest_scores(simulated(), [2008, 2010], 2, workers=1)
    total = summarise(scores, ["method"]).set_index("method")
    for method in METHODS:
        assert total.loc[method, "pinball"] == pytest.approx(scores.loc[scores.method == method, "pinball"].mean())


def test_default_origins_leave_history_and_the_full_horizon():
    assert default_origins(np.arange(2000, 2022), 5) == [2011, 2012, 2013, 2014, 2015, 2016]
    assert default_origins(np.arange(2000, 2005), 5) == [2002, 2003]


@pytest.mark.parametrize("horizon", [0, -1, 2.5])
def test_bad_horizon_is_refused(horizon):
    with pytest.raises(BacktestError) as caught:
        backtest(simulated(), [2010], horizon, workers=1)
    (problem,) = caught.value.problems
    assert (problem.column, problem.read) == ("horizon", str(horizon))


def test_origins_without_data_are_refused_together():
    with pytest.raises(BacktestError) as caught:
        backtest(simulated(), [1990, 2010, 2014], 3, workers=1)
    assert [problem.read for problem in caught.value.problems] == ["1990", "2014"]
    assert "没有数据" in caught.value.problems[0].zh and "no data in" in caught.value.problems[0].en
    assert "之后没有数据" in caught.value.problems[1].zh and "no data after" in caught.value.problems[1].en


def test_every_problem_of_a_request_is_reported_at_once():
    with pytest.raises(BacktestError) as caught:
        backtest(simulated(), [1990], 0, workers=1)
    assert [problem.column for problem in caught.value.problems] == ["horizon", "origin"]


@pytest.mark.parametrize("origins", [None, [2010]])
def test_one_year_only_has_no_origin(origins):
    frame = pd.DataFrame({"series": ["a", "b"], "year": 2010, "value": 1.0})
    with pytest.raises(BacktestError, match="needs three years"):
        backtest(frame, origins, workers=1)


def test_one_observation_per_series_leaves_nothing_to_score_and_says_so():
    frame = pd.DataFrame({"series": list("abcdef"), "year": range(2005, 2011), "value": 2.0})
    with pytest.raises(BacktestError, match="nothing to score"):
        backtest(frame, workers=1)


def test_gaps_are_filled_by_constant_growth():
    np.testing.assert_allclose(fill_gaps(np.array([np.nan, 1.0, np.nan, 2.0, np.nan])), [1.0, 1.5, 2.0])


def test_naive_and_drift_have_their_textbook_bands():
    y = np.array([1.0, 1.1, 1.4, 1.3])
    d = np.array([0.1, 0.3, -0.1])
    sd = np.sqrt(((d - 0.1) ** 2).sum() / 2)
    np.testing.assert_allclose(naive(y, 2)[1], [sd, sd * np.sqrt(2)])
    np.testing.assert_allclose(drift(y, 2)[0], [1.4, 1.5])
    np.testing.assert_allclose(drift(y, 2)[1], [sd * np.sqrt(4 / 3), sd * np.sqrt(2 * 5 / 3)])


def test_smoothing_level_is_what_statsmodels_finds():
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    rng = np.random.default_rng(5)
    for n in (6, 12, 30):
        y = 8 + np.cumsum(0.1 + 0.3 * rng.standard_normal(n)) + rng.standard_normal(n)
        fit = ExponentialSmoothing(y, initial_level=y[0], initialization_method="known").fit()
        alpha, level = smoothing_level(y)
        assert alpha == pytest.approx(fit.params["smoothing_level"], abs=1e-3)
        assert level == pytest.approx(np.asarray(fit.forecast(1))[0], abs=2e-3)


def test_theta_is_statsmodels_theta_with_its_own_interval():
    from statsmodels.tsa.forecasting.theta import ThetaModel

    rng = np.random.default_rng(0)
    ratios = []
    for _ in range(6):
        y = 8 + np.cumsum(0.1 + 0.07 * rng.standard_normal(14))
        mean, sd = theta(y, 5)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit = ThetaModel(y, period=1, deseasonalize=False).fit()
            interval = fit.prediction_intervals(5, alpha=0.2).to_numpy()
        np.testing.assert_allclose(mean, fit.forecast(5), atol=1e-3)
        ratios.append(sd * NORMAL_P90 / (interval[:, 1] - np.asarray(fit.forecast(5))))
    assert np.median(ratios) == pytest.approx(1, abs=0.01)


def test_theta_of_a_series_that_falls_back_is_statsmodels_theta_too():
    """The best smoothing constant is 0 here: statsmodels stops just above it, where (1 - (1-a)^n) / a is n."""
    from statsmodels.tsa.forecasting.theta import ThetaModel

    y = 8 + np.cumsum([0.0, 0.01, 0.14, 0.13, -0.58, 0.28, 0.45])
    assert smoothing_level(y)[0] == 0
    expected = ThetaModel(pd.Series(y), period=1, deseasonalize=False).fit().forecast(3)
    np.testing.assert_allclose(theta(y, 3)[0], expected, atol=1e-3)


def test_ma1_sigma_recovers_a_long_series():
    rng = np.random.default_rng(1)
    e = 0.3 * rng.standard_normal(20_001)
    assert ma1_sigma(1.0 + e[1:] - 0.6 * e[:-1]) == pytest.approx(0.3, rel=0.02)


def test_ets_band_is_statsmodels_exact_interval():
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    y = 8 + np.cumsum(0.1 + 0.07 * np.random.default_rng(2).standard_normal(20))
    mean, sd = ets(y, 5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = ETSModel(pd.Series(y), error="add", trend="add", damped_trend=True).fit(disp=False)
        table = fit.get_prediction(20, 24, method="exact").summary_frame(alpha=0.2)
    np.testing.assert_allclose(mean, table["mean"], rtol=1e-6)
    np.testing.assert_allclose(sd * NORMAL_P90, (table["pi_upper"] - table["mean"]), rtol=1e-4)


def test_damped_holt_is_statsmodels_forecast():
    from statsmodels.tsa.holtwinters import Holt

    y = 8 + np.cumsum(0.1 + 0.07 * np.random.default_rng(3).standard_normal(16))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = Holt(y, damped_trend=True, initialization_method="estimated").fit(use_brute=False).forecast(4)
        np.testing.assert_allclose(damped_holt(y, 4)[0], expected)


@pytest.mark.parametrize("method", ["naive", "drift", "theta", "damped_holt", "ets"])
@pytest.mark.parametrize("y", [[1.0], [1.0, 1.2], [2.0] * 12, list(np.linspace(1, 3, 15))])
def test_rivals_never_give_nan_or_a_band_of_zero_width(method, y):
    mean, sd = run_rival(method, np.array(y), 5)
    assert np.isfinite(mean).all() and (sd > 0).all()
