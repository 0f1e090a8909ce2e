"""The result of a projection, and its tidy table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hjforecast.errors import InputError, Problem
from hjforecast.plan import Plan
from hjforecast.samples import QUANTILES
from hjforecast.scenario import Scenario, Setting
from hjforecast.uncertainty import ErrorModel

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
    outside units (per cent, 亿元), NaN exactly where the status is `unavailable`. `samples` holds the random paths in the
    same units, shape (draws, years), of the indicators whose past errors are known; `errors` is the model behind them.
    """

    plan: Plan
    scenario: Scenario
    settings: Mapping[str, Setting]
    years: np.ndarray
    central: Mapping[str, np.ndarray]
    status: Mapping[str, tuple[str, ...]]
    errors: ErrorModel
    samples: Mapping[str, np.ndarray] = field(default_factory=dict)
    draws: int = 0
    seed: int = 0

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

    def quantile(self, indicator: str, q: float) -> np.ndarray | None:
        """Return the q-quantile of an indicator's draws by year, None where it has none (no past errors to rest on)."""
        sample = self.samples.get(self.plan.indicator(indicator).id)
        return None if sample is None else np.quantile(sample, q, axis=0)

    @cached_property
    def quantiles(self) -> Mapping[str, np.ndarray]:
        """The quantiles of the tidy table for every indicator with draws, each of shape (quantiles, years)."""
        levels = list(QUANTILES.values())
        return {name: np.quantile(sample, levels, axis=0) for name, sample in self.samples.items()}

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

        rows: list[tuple[object, ...]] = []
        for item in self.plan.indicators.values():
            for year, seen in self.plan.history(item.id).items():
                if year < self.years[0]:
                    rows.append((item.id, year, "central", float(seen.value), item.unit, seen.status))
            rows.extend(self._rows(item.id, item.unit))
        frame = pd.DataFrame(rows, columns=list(COLUMNS[1:]))
        frame.insert(0, "scenario", self.scenario.id)
        return frame

    def _rows(self, name: str, unit: str) -> Iterator[tuple[object, ...]]:
        central, status = self.central[name].tolist(), self.status[name]
        bands = self.quantiles[name].T.tolist() if name in self.quantiles else [()] * len(central)
        for year, value, word, band in zip(self.years.tolist(), central, status, bands, strict=True):
            yield name, year, "central", value, unit, word
            if word in PROJECTED:
                for statistic, quantile in zip(QUANTILES, band, strict=False):
                    yield name, year, statistic, quantile, unit, word

    def until(self, year: int) -> Projection:
        """Return the same projection ended at `year`."""
        keep = self.years <= year
        count = int(keep.sum())
        return replace(
            self,
            years=self.years[keep],
            central={name: values[keep] for name, values in self.central.items()},
            status={name: words[:count] for name, words in self.status.items()},
            samples={name: paths[:, :count] for name, paths in self.samples.items()},
        )

    def _repr_html_(self) -> str:
        return self.frame.to_html(index=False, max_rows=20, na_rep="")
