"""Classic methods: what each needs, what answers in its place, and bands that are finite, wide enough and repeatable."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from hjforecast import classic
from hjforecast.classic import METHODS, MINIMUM, ClassicForecast, forecast
from hjforecast.errors import InputError
from hjforecast.trend import NORMAL_P90, trend
from hjforecast.uncertainty import error_scale

LONG = 24


def series(size: int = LONG, seed: int = 7) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 100.0 * np.exp(np.cumsum(0.05 + 0.03 * rng.standard_normal(size)))


def years(size: int) -> np.ndarray:
    return np.arange(2000, 2000 + size)


def gapped(size: int, *missing: int) -> np.ndarray:
    values = series(size)
    values[list(missing)] = np.nan
    return values


def sound(got: ClassicForecast, horizon: int) -> bool:
    """Finite, inside its band, of positive width, and a band that never narrows (in log where levels grow)."""
    paths = np.array([got.low80, got.central, got.high80])
    ordered = bool((np.diff(paths, axis=0) > 0.0).all())
    return paths.shape == (3, horizon) and bool(np.isfinite(paths).all()) and ordered


def log_width(got: ClassicForecast) -> np.ndarray:
    return np.log(got.high80 / got.low80)


@pytest.fixture(scope="module")
def fitted() -> dict[str, ClassicForecast]:
    return {name: forecast(series(), years(LONG), 6, name) for name in METHODS}


@pytest.mark.parametrize("method", METHODS)
def test_long_series_is_answered_by_the_method_asked_for(method: str, fitted: dict[str, ClassicForecast]):
    got = fitted[method]
    assert got.method_used == ("hjforecast" if method == "auto" else method)
    assert got.years.tolist() == list(range(2024, 2030))
    assert sound(got, 6) and (np.diff(log_width(got)) > 0.0).all()
    growth = np.log(got.central[-1] / series()[-1]) / 6
    assert 0.0 < growth < 0.1


def test_same_inputs_give_the_same_numbers_to_the_bit(fitted: dict[str, ClassicForecast]):
    for method in ("hjforecast", "drift", "theta", "ets"):
        again = forecast(series(), years(LONG), 6, method)
        assert np.array_equal(again.low80, fitted[method].low80) and again.note() == fitted[method].note()


@pytest.mark.parametrize("method", ["theta", "ets", "arima"])
def test_fit_alone_is_said_to_be_narrow(method: str, fitted: dict[str, ClassicForecast]):
    assert "偏窄" in fitted[method].note() and "narrow" in fitted[method].note("en")
    assert fitted["hjforecast"].note() == fitted["drift"].note() == ""


def test_own_rule_is_that_of_trend(fitted: dict[str, ClassicForecast]):
    rule = trend(np.log(series())[None], 6)
    assert fitted["hjforecast"].central == pytest.approx(np.exp(rule.median[0]), rel=1e-12)
    assert fitted["hjforecast"].high80 == pytest.approx(np.exp(rule.median[0] + NORMAL_P90 * rule.sd[0]), rel=1e-12)


def test_drift_is_the_textbook_formula(fitted: dict[str, ClassicForecast]):
    x, h = np.log(series()), np.arange(1, 7)
    sd = np.diff(x).std(ddof=1) * np.sqrt(h * (1 + h / (LONG - 1)))
    assert fitted["drift"].central == pytest.approx(np.exp(x[-1] + np.diff(x).mean() * h), rel=1e-12)
    assert log_width(fitted["drift"]) == pytest.approx(2 * NORMAL_P90 * sd, rel=1e-12)


def test_ets_band_is_the_analytic_one(fitted: dict[str, ClassicForecast]):
    """FPP3 table 8.8: variance 1 + sum c_j^2, c_j = alpha + beta (phi + ... + phi^j), times that of the errors."""
    import pandas as pd
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    fit = ETSModel(pd.Series(np.log(series())), error="add", trend="add", damped_trend=True).fit(disp=False)
    fade = np.cumsum(fit.damping_trend ** np.arange(1, 6))
    sd = np.sqrt(fit.mse * (1 + np.r_[0.0, np.cumsum((fit.smoothing_level + fit.smoothing_trend * fade) ** 2)]))
    assert log_width(fitted["ets"]) == pytest.approx(2 * NORMAL_P90 * sd, rel=1e-6)


@pytest.mark.parametrize("method", ["drift", "theta", "ets", "arima"])
def test_series_too_short_by_one_falls_back_to_the_own_rule_and_says_so(method: str):
    size = MINIMUM[method] - 1
    got = forecast(series(size), years(size), 3, method)
    assert got.method_used == "hjforecast" and sound(got, 3)
    assert f"{method} 至少需要 {MINIMUM[method]}" in got.note() and "改用 hjforecast" in got.note()
    assert f"{method} needs at least {MINIMUM[method]}" in got.note("en") and "hjforecast answers" in got.note("en")


@pytest.mark.parametrize("method", ["drift", "theta", "ets", "arima"])
def test_shortest_series_allowed_is_answered(method: str):
    size = MINIMUM[method]
    got = forecast(series(size), years(size), 3, method)
    assert got.method_used == method and sound(got, 3)


@pytest.mark.parametrize("method", ["theta", "ets"])
def test_gap_leaves_the_last_stretch(method: str):
    got = forecast(gapped(LONG, 5), years(LONG), 4, method)
    tail = forecast(series()[6:], years(LONG)[6:], 4, method)
    assert got.central == pytest.approx(tail.central, rel=1e-12)
    assert "2006 年以来" in got.note() and "from 2006 on" in got.note("en")
    short = forecast(gapped(LONG, LONG - 5), years(LONG), 4, method)
    assert short.method_used == "hjforecast" and "there are 4" in short.note("en")


@pytest.mark.parametrize("method", ["hjforecast", "drift", "arima"])
def test_gaps_are_bridged(method: str):
    got = forecast(gapped(LONG, 3, 4, 15), years(LONG), 4, method)
    assert got.method_used == method and sound(got, 4)
    left_out = np.delete(np.arange(LONG), [3, 4, 15])
    same = forecast(series()[left_out], years(LONG)[left_out], 4, method)
    assert np.array_equal(got.central, same.central)


def test_years_without_figures_at_the_ends_are_left_away():
    padded = np.r_[np.nan, series(12), np.nan, np.nan]
    got, bare = forecast(padded, np.arange(1999, 2014), 3), forecast(series(12), years(12), 3)
    assert np.array_equal(got.central, bare.central) and got.years.tolist() == [2012, 2013, 2014]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("value", "link"), [(5.0, "log"), (0.4, "logit"), (0.0, "identity"), (-3.0, "identity")])
def test_constant_series_has_the_calibrated_band(method: str, value: float, link: str):
    got = forecast(np.full(20, value), years(20), 5, method, link=link)
    assert got.method_used == "held" and got.central == pytest.approx([value] * 5)
    assert sound(got, 5) and (np.diff(got.high80 - got.low80) > 0.0).all()
    assert "校准误差" in got.note() and "calibrated" in got.note("en")


def test_constant_level_is_as_uncertain_as_nominal_gdp():
    scale, h = error_scale("gdp_nominal"), np.arange(1, 4)
    got = forecast([5.0] * 9, years(9), 3)
    sd = np.sqrt(scale.noise**2 * h + scale.drift**2 * h**2)
    assert log_width(got) == pytest.approx(2 * NORMAL_P90 * sd, rel=1e-12)


@pytest.mark.parametrize("link", ["log", "logit"])
def test_one_value_is_enough(link: str):
    got = forecast([0.5], [2020], 10, "arima", link=link)
    assert got.method_used == "hjforecast" and sound(got, 10)


def test_two_values_do_not_set_a_trend():
    got = forecast([100.0, 130.0], [2019, 2020], 1)
    assert got.central[0] < 130.0 * 1.3 and sound(got, 1)


def test_share_stays_inside_its_cap():
    shares = 60.0 / (1.0 + np.exp(-np.linspace(-1.0, 2.5, 16) - 0.02 * np.sin(np.arange(16))))
    for method in ("auto", "theta", "ets"):
        got = forecast(shares, years(16), 20, method, link="logit", cap=60.0)
        assert sound(got, 20) and got.low80.min() > 0.0 and got.high80.max() < 60.0


def test_growth_rates_may_be_negative_under_the_identity_link():
    rates = np.array([8.0, 7.5, -1.0, 0.0, 6.1, 6.0, 5.2, 4.4, 5.9, 5.0, -0.5, 3.0, 4.0, 5.0, 4.5, 4.8])
    for method, used in (("auto", "theta"), ("hjforecast", "drift"), ("ets", "ets"), ("arima", "arima")):
        got = forecast(rates, years(16), 5, method, link="identity")
        assert got.method_used == used and sound(got, 5)
    assert "levels and shares" in forecast(rates, years(16), 5, "hjforecast", link="identity").note("en")
    assert forecast(rates[:3], years(3), 2, "hjforecast", link="identity").method_used == "held"


def test_jump_is_pointed_out():
    values = series(12)
    values[6:] *= 10.0
    assert "2006 年变动过大" in forecast(values, years(12)).note()


@pytest.mark.parametrize("trouble", [ValueError("singular"), np.linalg.LinAlgError("no"), None])
def test_failed_fit_gives_way(trouble: Exception | None, monkeypatch: pytest.MonkeyPatch):
    def broken(x: np.ndarray, horizon: int) -> classic.Path:
        if trouble is not None:
            raise trouble
        return np.full(horizon, np.nan), np.ones(horizon)

    monkeypatch.setitem(classic._FITS, "arima", broken)
    got = forecast(series(), years(LONG), 3, "arima")
    assert got.method_used == "hjforecast" and sound(got, 3)
    assert "hjforecast answers" in got.note("en") and "arima" in got.note("en")


def test_warning_of_a_fit_becomes_a_note_and_is_never_shown(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    def noisy(x: np.ndarray, horizon: int) -> classic.Path:
        warnings.warn("failed to converge.", stacklevel=1)
        return classic._drift(x, horizon)

    monkeypatch.setitem(classic._FITS, "ets", noisy)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = forecast(series(), years(LONG), 3, "ets")
    assert "ets warns: failed to converge" in got.note("en") and "ets 的提示" in got.note()
    assert capfd.readouterr() == ("", "")


def test_statsmodels_prints_nothing(capfd: pytest.CaptureFixture[str]):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for method in ("theta", "ets", "arima"):
            forecast(np.round(np.linspace(1.0, 9.0, 16) ** 2), years(16), 3, method)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("values", "when", "horizon", "method", "link", "words"),
    [
        ([1.0, 0.0, 2.0], [1, 2, 3], 5, "auto", "log", "must be above 0"),
        ([1.0, -4.0, 2.0], [1, 2, 3], 5, "auto", "log", "read '-4'"),
        ([0.2, 1.0], [1, 2], 5, "auto", "logit", "between 0 and 1"),
        ([1.0, np.inf], [1, 2], 5, "auto", "identity", "finite"),
        ([np.nan, np.nan], [1, 2], 5, "auto", "log", "no value"),
        ([], [], 5, "auto", "log", "no value"),
        ([1.0, 2.0], [2, 1], 5, "auto", "log", "increasing"),
        ([1.0, 2.0], [1, 2, 3], 5, "auto", "log", "one value a year"),
        ([1.0, 2.0], [1, 2], 0, "auto", "log", "from 1 to 50"),
        ([1.0, 2.0], [1, 2], 51, "auto", "log", "from 1 to 50"),
        ([1.0, 2.0], [1, 2], 5, "arma", "log", "did you mean 'arima'"),
        ([1.0, 2.0], [1, 2], 5, "auto", "logs", "did you mean 'log'"),
    ],
)  # fmt: skip
def test_impossible_input_is_refused(
    values: list[float], when: list[int], horizon: int, method: str, link: str, words: str
):
    with pytest.raises(InputError, match=words):
        forecast(values, when, horizon, method, link=link)


def test_all_figures_out_of_bounds_are_named_together():
    with pytest.raises(InputError, match="发现2处问题"):
        forecast([1.0, 0.0, -1.0, 2.0], [2018, 2019, 2020, 2021])
