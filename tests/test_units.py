"""Plan arithmetic against the golden values of the design and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hjforecast import units
from hjforecast.units import Printed


def test_gdp_target_implies_nominal_growth_and_price_change():
    nominal = units.growth_average(125.74, 195.66, 5)
    assert nominal == pytest.approx(0.092460, abs=5e-7)
    assert units.price_change_implied(nominal, 0.08) == pytest.approx(0.011537, abs=5e-7)


def test_retail_target_follows_from_its_growth():
    assert units.compound(29.52, 0.095, 5) == pytest.approx(46.4715, abs=5e-5)


def test_manufacturing_base_is_recovered_from_its_target():
    base = units.back_cast(37.0, 0.07, 5)
    assert base == pytest.approx(26.3805, abs=5e-5)
    assert 100 * base / 125.74 == pytest.approx(20.98, abs=5e-3)
    assert pytest.approx(18.91, abs=5e-3) == 100 * 37 / 195.66


def test_productivity_and_growth_leave_little_employment_growth():
    assert units.employment_growth(0.08, 0.0786) == pytest.approx(0.001298, abs=5e-7)


@pytest.mark.parametrize(("start", "end", "growth"), [(25.95, 40, 0.090397), (65.3, 115, 0.119842)])
def test_required_growth_of_tourism_and_park(start: float, end: float, growth: float):
    assert units.growth_average(start, end, 5) == pytest.approx(growth, abs=5e-7)


def test_doubling_in_fifteen_years():
    assert units.growth_average(1.0, 2.0, 15) == pytest.approx(0.047294, abs=5e-7)
    for first_five, later in ((0.05, 0.04594), (0.0525, 0.04470), (0.055, 0.04346)):
        reached = units.compound(1.0, first_five, 5)
        assert units.growth_average(reached, 2.0, 10) == pytest.approx(later, abs=5e-6)


@given(st.floats(0.01, 0.99), st.floats(1.0, 1.5))
def test_logit_and_its_inverse_undo_each_other(share: float, cap: float):
    assert units.inverse_logit(units.logit(share, cap), cap) == pytest.approx(share, rel=1e-12)


@pytest.mark.parametrize("name", ["log", "logit", "identity"])
def test_link_and_unlink_undo_each_other(name: str):
    values = np.array([0.1, 0.5, 0.9])
    assert units.unlink(units.link(values, name), name) == pytest.approx(values, rel=1e-14)


@pytest.mark.parametrize(
    ("text", "decimals", "low", "high"),
    [("8", 0, 7.5, 8.5), ("9.0", 1, 8.95, 9.05), ("195.66", 2, 195.655, 195.665), ("-0.02", 2, -0.025, -0.015)],
)
def test_printed_number_knows_what_prints_like_it(text: str, decimals: int, low: float, high: float):
    number = Printed(text)
    assert number.decimals == decimals
    assert (number.low, number.high) == pytest.approx((low, high))


def test_level_interval_covers_every_true_start_and_growth():
    low, high = units.level_interval(Printed("125.74"), Printed("8"), 5)
    assert low == pytest.approx(125.735 * 1.075**5)
    assert high == pytest.approx(125.745 * 1.085**5)


def test_growth_interval_covers_every_true_pair_of_levels():
    low, high = units.growth_interval(Printed("107.21"), Printed("125.74"), 4)
    assert low == pytest.approx((125.735 / 107.215) ** 0.25 - 1)
    assert high == pytest.approx((125.745 / 107.205) ** 0.25 - 1)
    assert low < math.exp(math.log(125.74 / 107.21) / 4) - 1 < high
