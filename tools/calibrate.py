"""Write the small committed tables of hjforecast/calibration from past errors.

    python tools/calibrate.py ../shared/data [--out hjforecast/calibration]

Only the calibration half of the county panel is read (last hexadecimal digit of the code's SHA-256 even). Re-running
gives the same bytes. Rules, windows and what was learnt: docs/evidence.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from calibrate_tables import (
    census_changes,
    city_nominal,
    delivery_class,
    fit_scale,
    least_absolute,
    one_factor,
    real_index,
    urban_norm,
)
from calibrate_tuning import (
    BAND_STEPS,
    HORIZON,
    PATH_STEPS,
    SHORT_STEPS,
    START,
    Panel,
    as_panel,
    errors,
    tune,
    tune_alone,
)

from hjforecast.cleaning import county_panel
from hjforecast.prior import Prior
from hjforecast.trend import NORMAL_P90

Array = npt.NDArray[np.float64]

COUNTY = "county_panel_2000_2021.csv.gz"
CITY = "city_panel_1990_2021.csv"
STATES = "us_states_income_1929_2009.csv"
CENSUS = "census_county_urban_2010_2020.csv"
PLANS = "plan_target_outcomes.csv"
M3 = "m3_yearly.csv"


def panels(data: Path) -> list[Panel]:
    """Every panel the rule is calibrated on, nominal GDP first."""
    county, half = data / COUNTY, ", calibration half"
    years = range(2008, 2017)
    out = []
    columns = {
        "gdp_nominal": "gdp_wan",
        "primary": "gdp1_wan",
        "secondary": "gdp2_wan",
        "tertiary": "gdp3_wan",
    }
    for indicator, column in columns.items():
        out.append(as_panel(indicator, county_panel(county, column, held_out=False), years, county, half))
    out.append(as_panel("gdp_real", real_index(data / CITY), range(2002, 2012), data / CITY))
    states = pd.read_csv(data / STATES).melt(["Name", "STATE_FIPS"], var_name="year")
    states = states.rename(columns={"Name": "series"}).astype({"year": int})
    out.append(as_panel("income", states[["series", "year", "value"]], range(1945, 2005, 4), data / STATES))
    return out


def prior_rows(panel: Panel, prior: Prior, found: pd.DataFrame) -> list[dict[str, object]]:
    """One row per constant, with what it rests on."""
    basis = _basis(panel, found)
    return [{"indicator": panel.indicator, "parameter": k, "value": v} | basis for k, v in vars(prior).items()]


def _basis(panel: Panel, found: pd.DataFrame) -> dict[str, object]:
    return {
        "n": len(found),
        "series": found["row"].nunique(),
        "origins": f"{panel.origins[0]}-{panel.origins[-1]}",
        "n_origins": len(panel.origins),
        "horizons": f"1-{HORIZON}",
        "panel": panel.name,
        "sha256": panel.sha256,
    }


def scale_rows(panel: Panel, found: pd.DataFrame) -> list[dict[str, object]]:
    """s and t of one indicator: sd_h^2 = s^2 h + t^2 h^2 by least squares (s, t >= 0) on the robust sd of errors by
    horizon.

    sd_h = (q90 - q10) / 2.563 of the errors pooled over origins, so the shared shock is inside.
    """
    rows = []
    for group, part in [("all", found), *found.groupby("origin")]:
        q = part.groupby("horizon")["error"].quantile([0.1, 0.5, 0.9]).unstack()
        sd = (q[0.9] - q[0.1]) / (2 * NORMAL_P90)
        s, t = fit_scale(sd.index.to_numpy(dtype=float), sd.to_numpy())
        score = {"pinball": part["pinball"].mean(), "coverage80": part["inside"].mean()}
        rows.append(
            {
                "indicator": panel.indicator,
                "origin": group,
                "s": s,
                "t": t,
                "sd_1": sd.iloc[0],
                "sd_5": sd.iloc[-1],
                "median_error_5": q[0.5].iloc[-1],
            }
            | score
            | {"n_errors": len(part)}
            | _basis(panel, found)
        )
    return rows


def at_longest(panel: Panel, found: pd.DataFrame) -> pd.Series:
    """Errors at the longest horizon, clipped to their 1st and 99th percentile, by (series, origin)."""
    table = found[found["horizon"] == HORIZON]
    key = pd.MultiIndex.from_arrays([panel.names[table["row"]], table["origin"]])
    return pd.Series(table["error"].clip(*table["error"].quantile([0.01, 0.99])).to_numpy(), index=key)


def correlations(found: dict[str, tuple[Panel, pd.DataFrame]], data: Path, prior: Prior) -> pd.DataFrame:
    """Correlations of errors between indicators, in pairs, with what each rests on, and the one-factor loadings.

    Sectors and GDP: the same county and origin. Real and nominal GDP: the same city and origin. Urbanization: ten-year
    logit change less the peer norm against ten-year log change of GDP less the panel's median, the same county. A
    loading is the principal factor's for GDP and sectors, and correlation with nominal GDP x its loading for the rest.
    Income has no panel that reports GDP beside it, so no correlation is measured.
    """
    county = ["gdp_nominal", "primary", "secondary", "tertiary"]
    joint = pd.DataFrame({k: at_longest(*found[k]) for k in county}).dropna()
    corr = joint.corr().to_numpy()
    loading = dict(zip(county, one_factor(corr), strict=True))
    rows = [
        _pair(a, b, float(corr[i, i + 1 + j]), len(joint), found[a][0])
        for i, a in enumerate(county)
        for j, b in enumerate(county[i + 1 :])
    ]
    city = as_panel("gdp_nominal", city_nominal(data / CITY), range(2002, 2012), data / CITY)
    real = at_longest(*found["gdp_real"])
    real.index = pd.MultiIndex.from_arrays(
        [real.index.get_level_values(0).str.split("/").str[0], real.index.get_level_values(1)]
    )
    both = pd.concat([at_longest(city, errors(city, prior)), real], axis=1).dropna()
    rows.append(_pair("gdp_nominal", "gdp_real", float(both.corr().to_numpy()[0, 1]), len(both), city))
    urban = urban_against_gdp(data, found["gdp_nominal"][0])
    rows.append(
        _pair(
            "gdp_nominal",
            "urbanization",
            float(urban.corr().to_numpy()[0, 1]),
            len(urban),
            found["gdp_nominal"][0],
        )
    )
    rows[-1]["origins"] = "2010"
    for row in rows[-2:]:
        loading[str(row["b"])] = float(row["correlation"]) * loading["gdp_nominal"]  # type: ignore[arg-type]
    return pd.DataFrame(rows).assign(loading_a=lambda d: d["a"].map(loading), loading_b=lambda d: d["b"].map(loading))


def _pair(a: str, b: str, value: float, n: int, panel: Panel) -> dict[str, object]:
    origins = f"{panel.origins[0]}-{panel.origins[-1]}"
    return {
        "a": a,
        "b": b,
        "correlation": value,
        "n": n,
        "origins": origins,
        "panel": panel.name,
        "sha256": panel.sha256,
    }


def urban_against_gdp(data: Path, panel: Panel) -> pd.DataFrame:
    """Ten-year surprises in the urban share (logit, against the norm) and in GDP (log, against the median), one row a
    county.
    """
    codes, x, change = census_changes(data / CENSUS)
    a, b = least_absolute(x, change / 10)
    first, last = (int(np.flatnonzero(panel.years == y)[0]) for y in (2010, 2020))
    gdp = pd.Series(panel.link[:, last] - panel.link[:, first], index=panel.names).dropna()
    gdp = (gdp - gdp.median()).clip(-1, 1)
    urban = pd.Series(change - 10 * (a + b * x), index=codes)
    return pd.concat([urban, gdp], axis=1).dropna()


def write(table: pd.DataFrame, path: Path) -> None:
    """CSV with six significant digits and Unix line ends, the same bytes on every run."""
    table.to_csv(path, index=False, float_format="%.6g", lineterminator="\n")
    print(f"wrote {path.name}: {len(table)} rows")


def calibrate(data: Path, out: Path) -> None:
    """Run every calibration and write the tables."""
    out.mkdir(parents=True, exist_ok=True)
    prior = tune_alone(data / M3, START)
    found: dict[str, tuple[Panel, pd.DataFrame]] = {}
    constants: list[dict[str, object]] = []
    scale: list[dict[str, object]] = []
    cities = as_panel("gdp_nominal", city_nominal(data / CITY), range(1997, 2017), data / CITY)
    for panel in panels(data):
        first = panel.indicator == "gdp_nominal"
        tuned = tune(
            panel,
            prior,
            PATH_STEPS if first else {k: SHORT_STEPS[k] for k in ("anchor", "damping")},
            BAND_STEPS if first else {k: SHORT_STEPS[k] for k in ("noise", "drift")},
            cities if first else None,
        )
        prior = tuned if first else prior
        found[panel.indicator] = (panel, errors(panel, tuned))
        constants += prior_rows(panel, tuned, found[panel.indicator][1])
        scale += scale_rows(panel, found[panel.indicator][1])
        print(f"{panel.indicator}: pinball {found[panel.indicator][1]['pinball'].mean():.5f}", flush=True)
    write(pd.DataFrame(constants), out / "trend_prior.csv")
    write(pd.DataFrame(scale), out / "error_scale.csv")
    write(correlations(found, data, prior), out / "error_correlation.csv")
    write(urban_norm(data / CENSUS), out / "urban_norm.csv")
    write(delivery_class(data / PLANS), out / "plan_delivery.csv")


def main() -> None:
    """Command line: the data directory and where the tables go."""
    parser = argparse.ArgumentParser(description="Write the calibration tables of hjforecast from the shared panels.")
    parser.add_argument("data", type=Path, help="directory with the shared panels, for example ../shared/data")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "hjforecast" / "calibration")
    args = parser.parse_args()
    calibrate(args.data, args.out)


if __name__ == "__main__":
    main()
