"""The result of a projection, and its tidy table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hjforecast.errors import InputError, Problem
from hjforecast.plan import Plan
from hjforecast.scenario import Scenario, Setting

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "PROJECTED", "STATUSES", "Projection"]

COLUMNS = ("scenario", "indicator", "year", "statistic", "value", "unit", "status")
STATUSES = ("reported", "derived", "assumed", "projected", "projected_from_assumed", "unavailable")
PROJECTED = ("projected", "projected_from_assumed")


@dataclass(frozen=True)
class Projection:
    """One scenario run on one plan.

    `years` begin with the base year. `central` and `status` hold, by indicator, one entry a year; values are in
    outside units (per cent, 亿元), NaN exactly where the status is `unavailable`.
    """

    plan: Plan
    scenario: Scenario
    settings: Mapping[str, Setting]
    years: np.ndarray
    central: Mapping[str, np.ndarray]
    status: Mapping[str, tuple[str, ...]]

    def value(self, indicator: str, year: int) -> float:
        """Return the central value of a year, in the indicator's unit; raises InputError where there is none."""
        item = self.plan.indicator(indicator)
        if year < self.years[0] and year in self.plan.history(item.id):
            return float(self.plan.history(item.id)[year].value)
        index = year - int(self.years[0])
        if 0 <= index < self.years.size and self.status[item.id][index] != "unavailable":
            return float(self.central[item.id][index])
        first, last = int(self.years[0]), int(self.years[-1])
        zh = f"{item.name_zh}在 {year} 年没有可用数值（测算期 {first}-{last} 年）。"
        en = f"{item.name_en} has no value for {year} (the run covers {first}-{last})."
        raise InputError([Problem("projection", 0, "year", str(year), zh, en)])

    def status_of(self, indicator: str, year: int) -> str:
        """Return where a year's value comes from, one of STATUSES."""
        item = self.plan.indicator(indicator)
        if year < self.years[0]:
            seen = self.plan.history(item.id).get(year)
            return seen.status if seen else "unavailable"
        return self.status[item.id][year - int(self.years[0])]

    def series(self, indicator: str) -> tuple[np.ndarray, np.ndarray]:
        """Return an indicator's years and central values, printed history first, unavailable years left out."""
        item = self.plan.indicator(indicator)
        past = [(year, float(seen.value)) for year, seen in self.plan.history(item.id).items() if year < self.years[0]]
        known = ~np.isnan(self.central[item.id])
        ahead = list(zip(self.years[known].tolist(), self.central[item.id][known].tolist(), strict=True))
        years, values = zip(*(past + ahead), strict=True) if past or ahead else ((), ())
        return np.array(years, dtype=int), np.array(values, dtype=float)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The tidy table: scenario, indicator, year, statistic, value, unit, status; history first.

        An unavailable year keeps its row, with an empty value and the status `unavailable`.
        """
        import pandas as pd

        rows = []
        for item in self.plan.indicators.values():
            for year, seen in self.plan.history(item.id).items():
                if year < self.years[0]:
                    rows.append((item.id, year, float(seen.value), item.unit, seen.status))
            rows.extend(
                (item.id, year, value, item.unit, status)
                for year, value, status in zip(
                    self.years.tolist(), self.central[item.id].tolist(), self.status[item.id], strict=True
                )
            )
        frame = pd.DataFrame(rows, columns=["indicator", "year", "value", "unit", "status"])
        frame.insert(0, "scenario", self.scenario.id)
        frame.insert(3, "statistic", "central")
        return frame

    def until(self, year: int) -> Projection:
        """Return the same projection ended at `year`."""
        keep = self.years <= year
        count = int(keep.sum())
        return replace(
            self,
            years=self.years[keep],
            central={name: values[keep] for name, values in self.central.items()},
            status={name: words[:count] for name, words in self.status.items()},
        )

    def _repr_html_(self) -> str:
        return self.frame.to_html(index=False, max_rows=20, na_rep="")
