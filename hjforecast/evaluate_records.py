"""What an evaluation holds of one target: what it aims at, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hjforecast.actuals import Revision
from hjforecast.indicators import Indicator
from hjforecast.plan import Observation, Target
from hjforecast.units import Printed

__all__ = ["Aim", "Key", "Standing"]

Key = tuple[str, int, str, str, float]


@dataclass(frozen=True)
class Aim:
    """One quantified target: its row, what it measures (level, growth or change), and the figure wanted.

    `source` is the indicator whose figures count: real growth for GDP's growth target.
    """

    row: Target
    item: Indicator
    source: Indicator
    measure: str
    wanted: Printed

    @property
    def key(self) -> Key:
        """What tells a target from every other one of its plan."""
        return self.item.id, self.row.target_year, self.row.comparator, self.measure, float(self.wanted)

    @property
    def rates(self) -> bool:
        """Whether its figures are growth rates themselves."""
        return self.measure == "growth" and self.source.kind == "growth"


@dataclass(frozen=True)
class Standing:
    """A target and the figures that bear on it, none later than the evaluation `year`."""

    aim: Aim
    year: int
    figures: Mapping[int, Observation]
    base: Observation | None
    revision: Revision | None
    later: tuple[int, ...]

    @property
    def due(self) -> int:
        """The year that the target is judged at: the evaluation year, or the target's own where that has passed."""
        return min(self.year, self.aim.row.target_year)

    @property
    def last(self) -> int | None:
        """The year of the latest figure, None where there is none."""
        return max(self.figures, default=None)

    @property
    def missing(self) -> tuple[int, ...]:
        """The years up to the latest figure that have none."""
        first = self.aim.row.base_year + 1
        return tuple(year for year in range(first, self.last or first) if year not in self.figures)

    @property
    def finished(self) -> bool:
        """Whether the latest figure is that of the target year."""
        return self.last == self.aim.row.target_year

    @property
    def elapsed(self) -> float:
        """Share of the plan that had gone by at the latest figure (at the evaluation year where there is none)."""
        return ((self.last or self.due) - self.aim.row.base_year) / self.aim.row.years
