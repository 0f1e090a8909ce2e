"""Benchmark of the trend rule; prints one JSON object.

    python benchmarks/backtest.py ../shared/data [--half held-out|calibration] [--raw] [--no-group] [--codes-only]
    python benchmarks/backtest.py ../shared/data --panel primary|secondary|tertiary|city|province|states
    python benchmarks/backtest.py ../shared/data --m3
    python benchmarks/backtest.py ../shared/data --speed
    python benchmarks/backtest.py ../shared/data --record hjforecast/calibration

The default is the target of the issue: held-out counties, nominal GDP, origins 2008-2016, horizons 1-5. `--record`
writes the errors of four panels and of M3 as the two small tables that the methods notebook draws.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path

import numpy as np
import pandas as pd

from hjforecast.backtest import backtest, backtest_scores, summarise
from hjforecast.cleaning import county_panel, drop_unit_slips, file_sha256
from hjforecast.rivals import run_rival
from hjforecast.rivals_pool import one_thread
from hjforecast.trend import trend

COUNTY = "county_panel_2000_2021.csv.gz"
ORIGINS = range(2008, 2017)
SECTORS = {"county": "gdp_wan", "primary": "gdp1_wan", "secondary": "gdp2_wan", "tertiary": "gdp3_wan"}
#: file, series, value, group, origins of the other panels
OTHERS = {
    "city": ("city_panel_1990_2021.csv", "code", "gdp_yi", "province", range(1998, 2017, 3)),
    "province": ("province_panel_1992_2022.csv", "pcode", "gdp_yi", None, range(2000, 2018, 3)),
    "states": ("us_states_income_1929_2009.csv", "Name", "value", None, range(1945, 2005, 6)),
}
M3_HISTORY, M3_HORIZON = 10, 6
USAGE = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def rounded(table: pd.DataFrame, index: str, columns: str, value: str) -> dict[str, dict[str, float]]:
    """Nested dictionary of a pivoted column, four decimals."""
    wide = table.pivot(index=index, columns=columns, values=value).round(4)
    return {str(k): {str(c): float(v) for c, v in row.items()} for k, row in wide.iterrows()}


def read_panel(data: Path, args: argparse.Namespace) -> tuple[pd.DataFrame, Path, range]:
    """The chosen panel as series, year, value, group; its file; and the origins."""
    if args.panel in SECTORS:
        path, half = data / COUNTY, args.half == "held-out"
        return county_panel(path, SECTORS[args.panel], held_out=half, clean=not args.raw), path, ORIGINS
    name, series, value, group, origins = OTHERS[args.panel]
    frame = pd.read_csv(data / name)
    if args.panel == "states":
        frame = frame.melt(["Name", "STATE_FIPS"], var_name="year").astype({"year": int})
    frame["group"] = frame[group] if group else "all"
    frame = frame[frame[value] > 0].rename(columns={series: "series", value: "value"})
    frame = frame[["series", "year", "value", "group"]].drop_duplicates(["series", "year"])
    return frame if args.raw else drop_unit_slips(frame), data / name, origins


def compare(data: Path, args: argparse.Namespace) -> dict[str, object]:
    """Ratios, coverage and by-origin tables of our rule and its rivals on one panel."""
    panel, path, origins = read_panel(data, args)
    if args.no_group:
        panel = panel.drop(columns="group").assign(series="unit " + panel["series"].astype(str))
    if args.codes_only:
        panel = panel.drop(columns="group")
    panel = panel[panel["series"].isin(sorted(panel["series"].unique())[:: args.every])]
    started = time.perf_counter()
    limits = {"max_growth": None} if args.raw else {}
    scores = backtest_scores(panel, origins, 5, workers=args.workers, **limits)
    total = summarise(scores, ["method"]).set_index("method")
    rivals = total["pinball"].drop("hjforecast")
    by_origin = summarise(scores, ["method", "origin"])
    ours = summarise(scores[scores["method"] == "hjforecast"])
    return {
        "panel": path.name,
        "indicator": args.panel,
        "sha256": file_sha256(path),
        "half": args.half,
        "raw": args.raw,
        "group": "none" if args.no_group else "from codes" if args.codes_only else "column",
        "series": int(panel["series"].nunique()),
        "n": int(total["n"].iloc[0]),
        "seconds": round(time.perf_counter() - started, 1),
        "pinball": total["pinball"].round(5).to_dict(),
        "mae_log": total["mae_log"].round(4).to_dict(),
        "coverage80": total["coverage80"].round(3).to_dict(),
        "best_rival": str(rivals.idxmin()),
        "ratio_to_best": round(float(total["pinball"]["hjforecast"] / rivals.min()), 4),
        "pinball_by_origin": rounded(by_origin, "method", "origin", "pinball"),
        "coverage_by_origin": rounded(by_origin, "method", "origin", "coverage80"),
        "pinball_by_horizon": rounded(summarise(scores, ["method", "horizon"]), "method", "horizon", "pinball"),
        "coverage_by_horizon": rounded(summarise(scores, ["method", "horizon"]), "method", "horizon", "coverage80"),
        "ours_coverage_origin_horizon": rounded(ours, "origin", "horizon", "coverage80"),
    }


def smape(forecast: np.ndarray, actual: np.ndarray) -> float:
    """Symmetric mean absolute percentage error, per cent: 200 |f - y| / (|f| + |y|) (Makridakis & Hibon 2000)."""
    return float(np.mean(200 * np.abs(forecast - actual) / (np.abs(forecast) + np.abs(actual))))


def record(data: Path, args: argparse.Namespace) -> dict[str, object]:
    """Write backtest_record.csv (panel by method, origin and horizon) and m3_record.csv into a folder."""
    tables = []
    for args.panel in ("county", *OTHERS):
        panel, path, origins = read_panel(data, args)
        cells = backtest(panel, origins, 5, workers=args.workers)
        basis = {"series": panel["series"].nunique(), "source": path.name, "sha256": file_sha256(path)}
        tables.append(cells.assign(panel=args.panel, **basis))
    found = pd.concat(tables)
    write(found[["panel", *[name for name in found if name != "panel"]]], args.record / "backtest_record.csv")
    scores = m3_scores(data)
    methods = [name for name in scores if name != "type"]
    kinds = [("all", scores), *scores.groupby("type")]
    rows = [(kind, name, len(part), part[name].mean()) for kind, part in kinds for name in methods]
    path = data / "m3_yearly.csv"
    smapes = pd.DataFrame(rows, columns=["category", "method", "series", "smape"])
    write(smapes.assign(source=path.name, sha256=file_sha256(path)), args.record / "m3_record.csv")
    return {"backtest_record.csv": len(found), "m3_record.csv": len(smapes)}


def write(table: pd.DataFrame, path: Path) -> None:
    """CSV with six significant digits and Unix line ends, the same bytes on every run."""
    table.to_csv(path, index=False, float_format="%.6g", lineterminator="\n")


def m3_scores(data: Path) -> pd.DataFrame:
    """sMAPE of every M3 yearly series by method, with its category."""
    frame = pd.read_csv(data / "m3_yearly.csv").sort_values(["series", "t"])
    rows = []
    for _, part in frame.groupby("series"):
        known = part.loc[part["split"] == "train", "value"].to_numpy()[-M3_HISTORY:]
        later = part.loc[part["split"] == "test", "value"].to_numpy()[:M3_HORIZON]
        path = trend(np.log(known)[None, :], M3_HORIZON).median[0]
        row = {"type": part["type"].iloc[0], "hjforecast": smape(np.exp(path), later)}
        for name in ("naive", "drift", "theta", "damped_holt", "ets"):
            row[name] = smape(run_rival(name, known, M3_HORIZON)[0], later)
            row[name + "_log"] = smape(np.exp(run_rival(name, np.log(known), M3_HORIZON)[0]), later)
        rows.append(row)
    return pd.DataFrame(rows)


def m3(data: Path) -> dict[str, object]:
    """sMAPE on M3 yearly, each series alone: last ten training values, six ahead; rivals on levels and on logs."""
    table = m3_scores(data)
    methods = [c for c in table.columns if c != "type"]
    kinds = dict(table.groupby("type")[methods].mean().round(3).T.to_dict().items())
    return {
        "series": len(table),
        "history": M3_HISTORY,
        "horizon": M3_HORIZON,
        "smape_all": table[methods].mean().round(3).to_dict(),
        "smape_by_type": kinds,
    }


def speed(args: argparse.Namespace) -> dict[str, object]:
    """Seconds for 1 000 simulated series x 6 origins x all methods."""
    rng = np.random.default_rng(1)
    growth = 0.08 + 0.03 * rng.standard_normal((1, 22)) + 0.06 * rng.standard_normal((1000, 22))
    level = np.exp(5 + np.cumsum(growth, axis=1))
    years = np.tile(np.arange(2000, 2022), 1000)
    panel = pd.DataFrame({"series": np.repeat(np.arange(1000), 22), "year": years, "value": level.ravel()})
    started = time.perf_counter()
    table = backtest(panel, range(2011, 2017), 5, workers=args.workers)
    return {
        "series": 1000,
        "origins": 6,
        "workers": args.workers,
        "seconds": round(time.perf_counter() - started, 1),
        "cpu_seconds": round(sum(resource.getrusage(who).ru_utime for who in USAGE), 1),
        "n": int(table["n"].sum()),
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Backtest of the trend rule, as JSON.")
    parser.add_argument("data", type=Path, help="directory with the shared panels, for example ../shared/data")
    parser.add_argument("--half", choices=["held-out", "calibration"], default="held-out")
    parser.add_argument("--panel", choices=[*SECTORS, *OTHERS], default="county")
    parser.add_argument("--raw", action="store_true", help="no cleaning at all, and every outcome scored")
    parser.add_argument("--no-group", action="store_true", help="leave out the province, and hide it in the codes")
    parser.add_argument("--codes-only", action="store_true", help="leave out the province, but not the codes")
    parser.add_argument("--every", type=int, default=1, help="every Nth series only")
    parser.add_argument("--workers", type=int, default=None, help="processes, default one per core")
    parser.add_argument("--m3", action="store_true", help="M3 yearly instead")
    parser.add_argument("--speed", action="store_true", help="time 1 000 series x 6 origins instead")
    parser.add_argument("--record", type=Path, metavar="DIR", help="write the tables of the methods notebook there")
    args = parser.parse_args()
    with one_thread():
        if args.record:
            result = record(args.data, args)
        else:
            result = m3(args.data) if args.m3 else speed(args) if args.speed else compare(args.data, args)
    print(json.dumps(result, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
