"""What a slider of the exploration notebook costs, printed as JSON: milliseconds, and ratios within one run.

A slider is moved as the browser's message moves it; what is timed ends when the new picture, the sentence with its odds
and the link of the scenario file are ready to be sent. The figure that follows is set against the report's figure of the
same numbers, which is laid out anew each time. `--browser` times JupyterLab as a whole: from a key pressed on the
slider to the new picture in a headless Chromium (needs chromium, chromedriver and `hjforecast[lab]`).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from itertools import cycle
from statistics import median

from timing import timings

DRAWS, RUNS, SEED = 2000, 40, 2025


def ms(action: Callable[[], object], runs: int = RUNS) -> tuple[float, float]:
    """Return median and least milliseconds of a call."""
    times = timings(action, runs)
    return round(1000 * median(times), 1), round(1000 * min(times), 1)


def kernel() -> dict[str, object]:
    """Time the kernel's side of a slider."""
    from hjforecast import load_plan
    from hjforecast.explore_widgets import link_panel, live_panel
    from hjforecast.live import Live
    from hjforecast.plots import gdp_figure, to_svg
    from hjforecast.plots_live import LiveFigure

    live = Live(load_plan(), "trend", DRAWS, SEED)
    panel, _ = live_panel(live, "gdp"), link_panel(live)
    slider = panel.children[1].children[0].children[0].children[0].children[1].children[0]
    steps = cycle([6.0 + 0.1 * step for step in range(25)])

    def slide() -> None:
        slider.value = round(next(steps), 1)

    def calculate() -> None:
        live.set("real_growth", next(steps))
        assert live.projection.draws == DRAWS

    figure = LiveFigure(live, "gdp")
    moved, least = ms(slide)
    numbers, picture = ms(calculate)[0], ms(lambda: (figure.update(live), figure.png()))[0]
    report = ms(lambda: to_svg(gdp_figure(live.projection, live.original)), 10)[0]
    return {
        "draws": DRAWS,
        "levers": len(live.levers),
        "slider_to_picture_ms": moved,
        "slider_to_picture_least_ms": least,
        "projection_ms": numbers,
        "figure_ms": picture,
        "report_figure_ms": report,
        "figure_over_report_figure": round(picture / report, 2),
        "slider_over_projection": round(moved / numbers, 2),
        "runs": RUNS,
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="What a slider of the exploration notebook costs, as JSON.")
    parser.add_argument("--browser", action="store_true", help="time JupyterLab in a headless Chromium as well")
    result = kernel()
    if parser.parse_args().browser:
        from explore_browser import key_to_picture

        result |= key_to_picture()
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
