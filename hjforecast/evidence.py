"""The committed evidence as tidy tables: errors of past forecasts, delivery of past plans, the norm of two censuses.

Every table lies in hjforecast/calibration and was written by a command, never by hand; `COMMANDS` says which. A row
carries what it rests on: number of errors or places, the panel's file name and its sha256. The figures of the methods
notebook are drawn from what these functions return, and from nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from hjforecast.errors import InputError, Problem, closest
from hjforecast.rules import own_speed
from hjforecast.trend import NORMAL_P90
from hjforecast.units import inverse_logit, logit
from hjforecast.urban import urgd

if TYPE_CHECKING:
    import pandas as pd

    from hjforecast.plan import Plan

__all__ = [
    "COMMANDS",
    "HORIZONS",
    "PANELS",
    "backtest_record",
    "band_widths",
    "error_correlations",
    "error_record",
    "m3_record",
    "method_totals",
    "norm_record",
    "norm_speeds",
    "plan_record",
    "pooled",
    "table_text",
    "urban_paths",
]

_RECORD = "python benchmarks/backtest.py ../shared/data --record hjforecast/calibration"
_CALIBRATE = "python tools/calibrate.py ../shared/data"
COMMANDS = {
    "backtest_record.csv": _RECORD,
    "m3_record.csv": _RECORD,
    "error_scale.csv": _CALIBRATE,
    "error_correlation.csv": _CALIBRATE,
    "plan_delivery.csv": _CALIBRATE,
    "urban_norm.csv": _CALIBRATE,
}
"""By committed table, the command that writes it from the panels (which are not part of the package)."""

PANELS = ("county", "city", "province", "states")
"""Panels of the backtest record: held-out counties, prefectures, provinces, US states."""
HORIZONS = (1, 2, 3, 4, 5)
"""Years ahead over which errors were counted."""
_SCORES = ("mae_log", "pinball", "coverage80")


def table_text(name: str) -> str:
    """Return a committed table as text. Raises InputError naming the tables where there is none of that name."""
    if name not in COMMANDS:
        near = closest(name, COMMANDS) or next(iter(COMMANDS))
        zh, en = f"应为 {'、'.join(COMMANDS)} 之一。", f"must be one of {', '.join(COMMANDS)}; did you mean {near!r}?"
        raise InputError([Problem("calibration", 0, "table", name, zh, en)])
    return resources.files("hjforecast").joinpath(f"calibration/{name}").read_text(encoding="utf-8")


@cache
def _read(name: str) -> pd.DataFrame:
    from io import StringIO

    import pandas as pd

    return pd.read_csv(StringIO(table_text(name)))


def backtest_record(panel: str = "county") -> pd.DataFrame:
    """Return the past errors of our rule and its rivals on one panel: a row a method, origin and horizon.

    Columns as of `backtest` (method, origin, horizon, n, mae_log, pinball, coverage80), then `series` (how many),
    `source` (the panel's file) and its `sha256`. Nominal GDP (US states: income per head); "county" is the half of the
    county units that took no part in the calibration.

    Raises InputError for a panel other than those of `PANELS`.
    """
    if panel not in PANELS:
        zh, en = f"应为 {'、'.join(PANELS)} 之一。", f"must be one of {', '.join(PANELS)}."
        raise InputError([Problem("backtest_record.csv", 0, "panel", panel, zh, en)])
    table = _read("backtest_record.csv")
    return table[table["panel"] == panel].drop(columns="panel").reset_index(drop=True)


def pooled(record: pd.DataFrame, by: Sequence[str] = ("method",)) -> pd.DataFrame:
    """Return mae_log, pinball and coverage80 by the named columns: means weighted by `n`, with the sum of n.

    `record` is a table of `backtest` or `backtest_record`; methods keep their order.
    """
    names = list(by)
    weighted = record.assign(**{score: record[score] * record["n"] for score in _SCORES})
    sums = weighted.groupby(names, sort=False)[["n", *_SCORES]].sum().reset_index()
    return sums.assign(**{score: sums[score] / sums["n"] for score in _SCORES})


def method_totals(record: pd.DataFrame) -> pd.DataFrame:
    """Return one row a method, our own first: n, pinball, `ratio` (ours / it), mae_log, coverage80 and its range.

    `lowest` and `highest` are the least and greatest coverage of a single origin.
    """
    total = pooled(record).set_index("method")
    origins = pooled(record, ("method", "origin")).groupby("method")["coverage80"]
    ours = float(total["pinball"]["hjforecast"])
    total = total.assign(ratio=ours / total["pinball"], lowest=origins.min(), highest=origins.max())
    rivals = total.drop(index="hjforecast").sort_values("pinball").index
    return total.loc[["hjforecast", *rivals]].reset_index()


def m3_record() -> pd.DataFrame:
    """Return sMAPE (%) on M3 yearly by category and method, each series alone: ten values known, six ahead."""
    return _read("m3_record.csv").copy()


def error_record() -> pd.DataFrame:
    """Return past errors by class and origin ("all": pooled): s, t, sd_1, sd_5, median_error_5, coverage80, n, panel."""
    return _read("error_scale.csv").copy()


def error_correlations() -> pd.DataFrame:
    """Return correlations of errors five years ahead, in pairs, with n, origins and panel."""
    return _read("error_correlation.csv").copy()


def band_widths() -> pd.DataFrame:
    """Return how wide an 80 % band is by class and horizon: sd = sqrt(s^2 h + t^2 h^2), `up_pct` = 100 (e^{1.2816 sd} - 1).

    `up_pct` is how far (%) the band's upper end lies above the median. `measured_sd` is the errors' own robust standard
    deviation where the table holds it (horizons 1 and 5), else NaN. Urban shares, measured from one census to the next,
    are not among them.
    """
    import pandas as pd

    rows = []
    for row in error_record().query("origin == 'all'").to_dict("records"):
        for h in HORIZONS:
            sd = float(np.sqrt(row["s"] ** 2 * h + row["t"] ** 2 * h**2))
            seen = float(row[f"sd_{h}"]) if f"sd_{h}" in row else float("nan")
            rows.append((row["indicator"], h, sd, seen, 100.0 * float(np.expm1(NORMAL_P90 * sd))))
    return pd.DataFrame(rows, columns=["error_class", "horizon", "sd", "measured_sd", "up_pct"])


def plan_record() -> pd.DataFrame:
    """Return outcome / target of other places' past plans by plan period and kind: n, places, quartiles, share_met."""
    return _read("plan_delivery.csv").copy()


def norm_record() -> pd.DataFrame:
    """Return the one row of the urbanization norm: intercept, slope, spread over ten years, n, panel."""
    return _read("urban_norm.csv").copy()


def norm_speeds(shares: Sequence[float] = tuple(range(10, 91, 2))) -> pd.DataFrame:
    """Return the norm's change of the urban share over ten years, in points a year, with the range of 80 % of counties.

    P after ten years = inverse logit(logit P + 10 (a + b logit P) + e), e = 0 for `usual`, the 10 and 90 % quantile of
    what counties did beside the norm for `low` and `high`. `shares` are per cent, above 0 and below 100.
    """
    import pandas as pd

    row = norm_record().iloc[0]
    start = np.asarray(shares, dtype=float) / 100.0
    x = logit(start)
    ends = {
        name: inverse_logit(x + 10.0 * (row["intercept"] + row["slope"] * x) + aside)
        for name, aside in (("low", row["q10"]), ("usual", 0.0), ("high", row["q90"]))
    }
    return pd.DataFrame({"share": 100.0 * start, **{name: 10.0 * (end - start) for name, end in ends.items()}})


def urban_paths(plan: Plan) -> pd.DataFrame:
    """Return a plan's urban share (%) from base to outlook year: `own` speed held, `norm` alone, and both as the model.

    The three differ in w_t only: 1, 0, and falling to 0 over `urban.fade_years`. Empty where the plan has no base figure
    of `urbanization` between 0 and 100 %.
    """
    import pandas as pd

    found = plan.base("urbanization") if "urbanization" in plan.indicators else None
    if found is None or not 0.0 < float(found.value) < 100.0:
        return pd.DataFrame(columns=["year", "own", "model", "norm"])
    item, steps = plan.indicator("urbanization"), plan.outlook_year - plan.base_year
    norm = plan.number("urban.norm_intercept"), plan.number("urban.norm_slope")
    cap = plan.number("urban.cap") / 100.0
    fades = {"own": float("inf"), "model": plan.number("urban.fade_years"), "norm": 1.0}
    start, speed = float(found.value) / item.scale, own_speed(plan, item, cap)
    paths = {
        name: 100.0 * urgd(start, speed, steps, norm=norm, fade_years=fade, cap=cap) for name, fade in fades.items()
    }
    return pd.DataFrame({"year": range(plan.base_year, plan.outlook_year + 1), **paths})
