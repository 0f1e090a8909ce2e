"""Draw the READMEs' picture, GDP and the main paths of every built-in scenario, into docs/images/.

python tools/readme_picture.py    writes gdp_scenarios.svg (Chinese) and gdp_scenarios.en.svg
"""

from __future__ import annotations

from pathlib import Path

from hjforecast import load_plan, project
from hjforecast.plots import comparison_figure, to_svg

__all__ = ["main", "pictures"]

FOLDER = Path(__file__).parents[1] / "docs" / "images"
INDICATORS = ("gdp", "gdp_real_growth", "income_resident", "urbanization")
NAMES = {"zh": "gdp_scenarios.svg", "en": "gdp_scenarios.en.svg"}


def pictures() -> dict[Path, str]:
    """Return each picture as SVG, by the file that holds it."""
    plan = load_plan()
    runs = [project(plan, name) for name in plan.scenarios]
    drawn = {}
    for lang, name in NAMES.items():
        figure = comparison_figure(runs, "trend", INDICATORS, lang)
        assert figure is not None
        drawn[FOLDER / name] = to_svg(figure)
    return drawn


def main() -> None:
    """Write the pictures."""
    for path, text in pictures().items():
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
