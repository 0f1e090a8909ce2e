"""Sliders over a scenario: they show what it has, move it, and tell mistakes in a sentence."""

from __future__ import annotations

import sys
from typing import Any

import pytest

pytest.importorskip("ipywidgets", reason="ipywidgets is not installed: pip install 'hjforecast[dashboard]'")

from hjforecast import InputError, Plan
from hjforecast.controls import controls, live_view
from hjforecast.live import Live


@pytest.fixture
def live(plan: Plan) -> Live:
    return Live(plan, "trend", draws=100)


def _row(panel: Any, group: int, place: int) -> tuple[Any, list[Any]]:
    panel.children[0].selected_index = group
    number, line = panel.children[0].children[group].children[place].children
    return number, list(line.children)


def test_moving_the_slider_moves_lever_and_number_and_redraws_once(live: Live) -> None:
    seen: list[dict[str, Any]] = []
    panel = controls(live, redraw=lambda one: seen.append(dict(one.changes)))
    number, (slider, undo, state) = _row(panel, 0, 0)
    slider.value = 6.5
    assert number.value == 6.5 and "已调整" in state.value
    assert seen == [{"real_growth": {"2021-2025": 6.5}}]
    undo.click()
    assert seen[-1] == {} and not live.changes and number.value == pytest.approx(5.82, abs=0.01)


def test_browser_that_puts_the_slider_on_its_increments_changes_nothing(live: Live) -> None:
    """The trend grows 5.82 % a year on average; a slider in steps of 0.1 stands at 5.8, and browsers report that."""
    panel = controls(live, redraw=lambda _: None)
    number, (slider, *_) = _row(panel, 0, 0)
    assert slider.value == pytest.approx(5.8) and number.value == pytest.approx(5.82)
    slider.value = 5.800001
    assert not live.changes
    number.value = 6.25
    slider.value = 6.2 if slider.value == pytest.approx(6.2) else 6.3
    assert live.changes == {"real_growth": {"2021-2025": 6.25}}


def test_number_out_of_bounds_is_told_and_taken_back(live: Live) -> None:
    seen: list[object] = []
    panel = controls(live, redraw=seen.append)
    number, _ = _row(panel, 0, 0)
    number.value = 99.0
    message = panel.children[2].value
    assert "-20 至 25" in message and "实际增速" in message and 'role="alert"' in message
    assert not live.changes and not seen and number.value < 25.0
    number.value = 7.0
    assert not panel.children[2].value and len(seen) == 1


def test_number_beyond_the_slider_widens_it(live: Live) -> None:
    panel = controls(live, redraw=lambda _: None)
    number, (slider, *_) = _row(panel, 0, 0)
    number.value = 20.0
    assert slider.value == 20.0 and live.projection.value("gdp_real_growth", 2025) == pytest.approx(20.0)


def test_shock_has_a_year_and_record_is_a_word(live: Live) -> None:
    panel = controls(live, redraw=lambda _: None)
    _, (slider, year, *_) = _row(panel, 0, 2)
    year.value = 2023
    slider.value = -2.0
    year.value = 2022
    assert slider.value == 0.0
    year.value = 2023
    assert slider.value == -2.0 and live.changes["shock"] == {"2023": -2.0}
    _, (_, record, *_) = _row(panel, 1, 0)
    record.value = True
    assert live.changes["delivery"] == "record"
    record.value = False
    assert "delivery" not in live.changes


def test_all_changes_are_undone_together(live: Live) -> None:
    panel = controls(live, redraw=lambda _: None)
    _, (slider, *_) = _row(panel, 0, 0)
    slider.value = 9.0
    assert not panel.children[1].disabled
    panel.children[1].click()
    assert not live.changes and panel.children[1].disabled and slider.value < 7.0


def test_without_a_callback_the_figures_stand_below(live: Live) -> None:
    panel = controls(live, "en")
    before = panel.children[3].value
    assert "<svg" in before and "Odds of the main targets" in before
    _, (slider, *_) = _row(panel, 0, 0)
    slider.value = 9.0
    assert panel.children[3].value != before and "Trend (edited)" in panel.children[3].value


def test_view_states_unit_basis_and_change(live: Live) -> None:
    live.set("real_growth", 8.0)
    page = live_view(live)
    assert "195.66亿元（现价）" in page and "比“惯性发展”高" in page and "可比价" in page


def test_missing_ipywidgets_is_told_with_the_line_that_installs_it(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(InputError, match=r"pip install 'hjforecast\[dashboard\]'"):
        controls(live)
