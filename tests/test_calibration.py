"""The committed tables and the arithmetic of the script that writes them."""

import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hjforecast.cleaning import county_panel, drop_unit_slips, file_sha256, is_held_out
from tests.conftest_shared import shared_file

ROOT = Path(__file__).resolve().parents[1]
TABLES = ROOT / "hjforecast" / "calibration"
sys.path.insert(0, str(ROOT / "tools"))

import calibrate  # noqa: E402
import calibrate_tables  # noqa: E402


@pytest.mark.parametrize("name", ["trend_prior", "error_scale", "error_correlation", "urban_norm", "plan_delivery"])
def test_every_row_of_every_table_says_what_it_rests_on(name):
    table = pd.read_csv(TABLES / f"{name}.csv")
    assert {"n", "panel", "sha256"} <= set(table.columns)
    assert (table["n"] > 0).all()
    assert table["sha256"].str.fullmatch("[0-9a-f]{64}").all()


def test_error_scale_covers_the_indicators_of_the_design_and_is_positive():
    table = pd.read_csv(TABLES / "error_scale.csv").query("origin == 'all'").set_index("indicator")
    assert {"gdp_nominal", "gdp_real", "primary", "secondary", "tertiary", "income"} <= set(table.index)
    assert ((table["s"] ** 2 + table["t"] ** 2) > 0).all()


def test_fit_scale_recovers_s_and_t_and_never_goes_negative():
    h = np.arange(1, 6.0)
    s, t = calibrate_tables.fit_scale(h, np.sqrt(0.04**2 * h + 0.03**2 * h**2))
    assert (s, t) == (pytest.approx(0.04), pytest.approx(0.03))
    assert calibrate_tables.fit_scale(h, 0.05 * h**1.5)[0] == 0
    assert calibrate_tables.fit_scale(h, 0.05 * h**0.2)[1] == 0


def test_one_factor_recovers_its_loadings():
    loading = np.array([0.9, 0.7, 0.5, 0.4])
    corr = np.outer(loading, loading)
    np.fill_diagonal(corr, 1)
    np.testing.assert_allclose(calibrate_tables.one_factor(corr), loading, atol=0.01)


def test_least_absolute_line_ignores_one_wild_point():
    x = np.linspace(-2, 2, 41)
    y = 0.03 - 0.01 * x
    y[7] = 5
    a, b = calibrate_tables.least_absolute(x, y)
    assert (a, b) == (pytest.approx(0.03, abs=1e-4), pytest.approx(-0.01, abs=1e-4))


def test_place_weight_is_within_over_between_variance():
    rows = pd.DataFrame({"unit": ["a", "a", "b", "b"], "ratio_outcome_to_target": [0.8, 1.0, 0.5, 0.7]})
    within, between = 0.02, 0.045 - 0.02 / 2
    assert calibrate_tables.place_weight(rows) == pytest.approx(max(within / between, 1))


def test_unit_slips_are_dropped_and_growth_is_kept():
    value = 1000 * 1.2 ** np.arange(10)
    value[6] /= 10_000
    frame = pd.DataFrame({"series": "a", "year": range(2000, 2010), "value": value, "group": "g"})
    assert sorted(set(range(2000, 2010)) - set(drop_unit_slips(frame)["year"])) == [2006]


def test_split_is_by_the_last_digit_of_the_sha256_of_the_code():
    import hashlib

    for code in ("431281", "110101", "500233"):
        assert is_held_out(code) == (hashlib.sha256(code.encode()).hexdigest()[-1] in "13579bdf")


def test_tables_name_the_panels_that_are_here():
    path = shared_file("county_panel_2000_2021.csv.gz")
    table = pd.read_csv(TABLES / "trend_prior.csv").query("indicator == 'gdp_nominal'")
    assert set(table["sha256"]) == {file_sha256(path)}


def test_held_out_half_is_not_in_the_calibration_half():
    path = shared_file("county_panel_2000_2021.csv.gz")
    kept, out = (set(county_panel(path, held_out=h)["series"]) for h in (False, True))
    assert kept and out and not kept & out


@pytest.mark.parametrize(("name", "source"), [("urban_norm", "CENSUS"), ("plan_delivery", "PLANS")])
def test_rerunning_reproduces_the_small_tables_byte_for_byte(name, source, tmp_path):
    path = shared_file(getattr(calibrate, source))
    make = calibrate.urban_norm if name == "urban_norm" else calibrate.delivery_class
    calibrate.write(make(path), tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == (TABLES / f"{name}.csv").read_bytes()


@pytest.mark.skipif(not os.environ.get("HJFORECAST_SLOW"), reason="half a minute; set HJFORECAST_SLOW=1 to run it")
def test_rerunning_reproduces_every_table_byte_for_byte(tmp_path):
    data = shared_file("county_panel_2000_2021.csv.gz").parent
    calibrate.calibrate(data, tmp_path)
    for path in tmp_path.glob("*.csv"):
        assert path.read_bytes() == (TABLES / path.name).read_bytes(), path.name
    assert len(list(tmp_path.glob("*.csv"))) == 5


def test_reference_class_moved_from_above_one_to_below_one():
    table = pd.read_csv(TABLES / "plan_delivery.csv").query("kind == 'growth'").set_index("plan")["median"]
    assert table["11th FYP 2006-10"] > 1 > table["12th FYP 2011-15"] > table["13th FYP 2016-20"]
