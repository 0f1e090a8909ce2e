"""Draw the README's picture: GDP and the main paths of every built-in scenario, into docs/images/gdp_scenarios.svg."""

from __future__ import annotations

from pathlib import Path

from hjforecast import load_plan, project
from hjforecast.plots import comparison_figure, to_svg

TARGET = Path(__file__).parents[1] / "docs" / "images" / "gdp_scenarios.svg"
INDICATORS = ("gdp", "gdp_real_growth", "income_resident", "urbanization")


def main() -> None:
    """Write the picture."""
    plan = load_plan()
    figure = comparison_figure([project(plan, name) for name in plan.scenarios], "trend", INDICATORS, "zh")
    assert figure is not None
    TARGET.write_text(to_svg(figure), encoding="utf-8")


if __name__ == "__main__":
    main()
