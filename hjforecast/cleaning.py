"""Reading and cleaning the shared panels by stated rules, for calibration and benchmarks."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd

__all__ = ["county_panel", "drop_unit_slips", "file_sha256", "is_held_out"]

#: A value this many log units from the median of its neighbours is in another unit (亿元 in a 万元 column is 9.2).
SLIP = 2.0
#: Years to each side that count as neighbours.
NEIGHBOUR_YEARS = 3


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def is_held_out(code: str) -> bool:
    """True when the last hexadecimal digit of the code's SHA-256 is odd: such units are never used for tuning."""
    return int(hashlib.sha256(code.encode("utf-8")).hexdigest()[-1], 16) % 2 == 1


def drop_unit_slips(panel: pd.DataFrame) -> pd.DataFrame:
    """The panel without unit slips: values more than SLIP log units from the median of the same series' neighbours.

    Parameters: panel with `series`, `year`, `value` > 0. A series with fewer than two neighbours keeps its values.
    Note: this looks at years on both sides, so it cleans a panel for scoring; the trend rule has its own,
    backward-looking rule.
    """
    wide = panel.assign(value=np.log(panel["value"])).pivot(index="series", columns="year", values="value")
    wide = wide.reindex(columns=range(int(wide.columns.min()), int(wide.columns.max()) + 1))
    steps = [s for s in range(-NEIGHBOUR_YEARS, NEIGHBOUR_YEARS + 1) if s]
    around = np.stack([wide.shift(s, axis=1).to_numpy() for s in steps])
    count = (~np.isnan(around)).sum(axis=0)
    middle = pd.DataFrame(around.reshape(len(steps), -1)).median().to_numpy().reshape(wide.shape)
    slips = (np.abs(wide.to_numpy() - middle) > SLIP) & (count >= 2)
    marked = pd.DataFrame(slips, index=wide.index, columns=wide.columns).stack()
    bad = set(marked.index[marked.to_numpy()])
    keep = [pair not in bad for pair in zip(panel["series"], panel["year"], strict=True)]
    return panel[keep].reset_index(drop=True)


def county_panel(path: Path, column: str = "gdp_wan", *, held_out: bool, clean: bool = True) -> pd.DataFrame:
    """One half of the shared county panel as `series`, `year`, `value`, `group` (province); missing and zero cells left
    out.

    Parameters: path, county_panel_2000_2021.csv.gz; column, gdp_wan (current prices, 万元) or gdp1_wan..gdp3_wan;
    held_out, which half; clean, whether unit slips are dropped.
    """
    frame = pd.read_csv(path, dtype={"code": str})
    frame = frame[(frame[column] > 0) & frame["code"].map(is_held_out).eq(held_out)]
    names = {"code": "series", column: "value", "province": "group"}
    frame = frame.rename(columns=names)[["series", "year", "value", "group"]].reset_index(drop=True)
    return drop_unit_slips(frame) if clean else frame
