"""Readers and closed-form estimates of tools/calibrate.py: real growth, census, plan delivery, scale and factor fits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from hjforecast.cleaning import drop_unit_slips, file_sha256
from hjforecast.trend import NORMAL_P90

__all__ = [
    "census_changes",
    "city_nominal",
    "delivery_class",
    "fit_scale",
    "least_absolute",
    "m3_windows",
    "one_factor",
    "place_weight",
    "real_index",
    "urban_norm",
]

Array = npt.NDArray[np.float64]


def fit_scale(h: Array, sd: Array) -> tuple[float, float]:
    """Non-negative s, t that fit sd^2 = s^2 h + t^2 h^2, relative least squares; the better of the three corner
    solutions.
    """
    x = np.column_stack([h, h**2]) / (sd**2)[:, None]
    both = np.linalg.lstsq(x, np.ones(len(h)), rcond=None)[0]
    if (both >= 0).all():
        return float(np.sqrt(both[0])), float(np.sqrt(both[1]))
    single = (x.sum(axis=0) / (x**2).sum(axis=0)).clip(min=0)
    miss = [((1 - x[:, j] * single[j]) ** 2).sum() for j in (0, 1)]
    return (float(np.sqrt(single[0])), 0.0) if miss[0] <= miss[1] else (0.0, float(np.sqrt(single[1])))


def one_factor(corr: Array, rounds: int = 200) -> Array:
    """Loadings l with corr ~ l l' off the diagonal: principal factoring with iterated communalities, none above 0.95."""
    reduced = corr.copy()
    loading = np.zeros(len(corr))
    for _ in range(rounds):
        values, vectors = np.linalg.eigh(reduced)
        loading = vectors[:, -1] * np.sqrt(max(values[-1], 0.0))
        np.fill_diagonal(reduced, np.clip(loading**2, 0, 0.95))
    return np.asarray(np.clip(loading * np.sign(loading.sum()), -np.sqrt(0.95), np.sqrt(0.95)))


def census_changes(path: Path) -> tuple[Array, Array, Array]:
    """Codes, logit urban share 2010 and its change to 2020, of the units whose two censuses can be compared.

    Same name in both, not boundary_suspect, counties and county-level cities (no districts), share within 1-99 %.
    """
    frame = pd.read_csv(path, dtype={"code": str})
    share = frame[["urban_share_2010", "urban_share_2020"]] / 100
    inner = ((share > 0.01) & (share < 0.99)).all(axis=1)
    ok = inner & ~frame["boundary_suspect"] & frame["same_name"] & (frame["type"] != "district")
    inside = share[ok].to_numpy()
    logit = np.log(inside / (1 - inside))
    return frame.loc[ok, "code"].to_numpy(), logit[:, 0], logit[:, 1] - logit[:, 0]


def urban_norm(path: Path) -> pd.DataFrame:
    """Peer norm of urbanization d*(P) = a + b logit P a year, and the spread around it, census to census.

    a, b by least absolute deviations over `census_changes`. sd_10: (q90 - q10) / 2.563 of the ten-year logit change
    around 10 d*. One interval cannot tell noise from drift, so half of the variance goes to each: s^2 10 = t^2 100 =
    sd_10^2 / 2.
    """
    _, x, change = census_changes(path)
    a, b = least_absolute(x, change / 10)
    left = change - 10 * (a + b * x)
    low, high = np.quantile(left, [0.1, 0.9])
    sd = float((high - low) / (2 * NORMAL_P90))
    row = {
        "indicator": "urbanization",
        "intercept": a,
        "slope": b,
        "sd_10": sd,
        "s": sd / np.sqrt(20),
        "t": sd / np.sqrt(200),
        "q10": low,
        "q90": high,
        "median_change_10": float(np.median(change)),
        "n": len(x),
        "window": "2010-2020",
        "panel": path.name,
        "sha256": file_sha256(path),
    }
    return pd.DataFrame([row])


def least_absolute(x: Array, y: Array, rounds: int = 100) -> tuple[float, float]:
    """Intercept and slope minimising the sum of absolute residuals (iteratively reweighted squares)."""
    design = np.column_stack([np.ones_like(x), x])
    beta = np.linalg.lstsq(design, y, rcond=None)[0]
    for _ in range(rounds):
        weight = 1 / np.maximum(np.abs(y - design @ beta), 1e-5)
        beta = np.linalg.solve(design.T @ (design * weight[:, None]), design.T @ (weight * y))
    return float(beta[0]), float(beta[1])


def delivery_class(path: Path) -> pd.DataFrame:
    """Reference class of plan delivery: outcome / target by plan period and kind, n and quartiles, and the prior weight
    k.

    Left out: annual plans, targets that equal the outcome to the cent (rewritten afterwards), rows without a ratio. k =
    variance within places over variance between place means (growth targets, 13th plan), within 1..20.
    """
    frame = pd.read_csv(path)
    rewritten = frame["note"].fillna("").str.contains("do not use for calibration")
    frame = frame[frame["ratio_outcome_to_target"].notna() & ~frame["plan"].str.startswith("annual") & ~rewritten]
    rows = []
    keys = [
        *frame.groupby(["plan", "kind"]),
        *(((plan, "all"), part) for plan, part in frame.groupby("plan")),
    ]
    for (plan, kind), part in keys:
        q = part["ratio_outcome_to_target"].quantile([0.25, 0.5, 0.75])
        rows.append(
            {
                "plan": plan,
                "kind": kind,
                "n": len(part),
                "places": part["unit"].nunique(),
                "q25": q[0.25],
                "median": q[0.5],
                "q75": q[0.75],
                "share_met": (part["ratio_outcome_to_target"] >= 1).mean(),
            }
        )
    recent = frame[frame["plan"].str.startswith("13th") & (frame["kind"] == "growth")]
    table = pd.DataFrame(rows).sort_values(["plan", "kind"])
    return table.assign(prior_weight_k=place_weight(recent), panel=path.name, sha256=file_sha256(path))


def place_weight(rows: pd.DataFrame) -> float:
    """k of d = (n d_own + k d_ref) / (n + k): within-place over between-place variance, one-way random effects, in
    1..20.
    """
    groups = rows.groupby("unit")["ratio_outcome_to_target"]
    size, mean = groups.size(), groups.mean()
    free = int(size.sum() - len(size))
    within = float(groups.apply(lambda g: ((g - g.mean()) ** 2).sum()).sum() / max(free, 1))
    between = float(mean.var(ddof=1) - within * (1 / size).mean())
    return float(np.clip(within / between, 1, 20)) if between > 0 else 20.0


def real_index(path: Path) -> pd.DataFrame:
    """Index of official real growth, one series per city and unbroken run of years; growth outside -30..40 % is a
    misprint.
    """
    frame = pd.read_csv(path, dtype={"code": str}).sort_values(["code", "year"])
    frame = frame[frame["real_growth_pct"].between(-30, 40)].drop_duplicates(["code", "year"])
    run = (frame.groupby("code")["year"].diff() != 1).cumsum().astype(str)
    frame["series"] = frame["code"] + "/" + run
    frame["value"] = 100 * np.exp(np.log1p(frame["real_growth_pct"] / 100).groupby(frame["series"]).cumsum())
    base = frame.groupby("series").head(1).assign(year=lambda d: d["year"] - 1, value=100.0)
    return pd.concat([base, frame]).rename(columns={"province": "group"})[["series", "year", "value", "group"]]


def city_nominal(path: Path) -> pd.DataFrame:
    """Nominal GDP of prefectures as a tidy panel, unit slips dropped."""
    frame = pd.read_csv(path, dtype={"code": str})
    frame = frame[frame["gdp_yi"] > 0].drop_duplicates(["code", "year"])
    frame = frame.rename(columns={"code": "series", "gdp_yi": "value", "province": "group"})
    return drop_unit_slips(frame[["series", "year", "value", "group"]])


def m3_windows(path: Path) -> tuple[Array, Array, npt.NDArray[np.str_]]:
    """Ten log values, the six after them, and the category, from the training parts only; test values are never read."""
    frame = pd.read_csv(path)
    frame = frame[(frame["split"] == "train") & (frame["value"] > 0)].sort_values(["series", "t"])
    known, later, kind = [], [], []
    for _, rows in frame.groupby("series"):
        y = np.log(rows["value"].to_numpy())
        for back in (6, 8, 10):
            if len(y) >= back + 10:
                known.append(y[len(y) - back - 10 : len(y) - back])
                later.append(y[len(y) - back :][:6])
                kind.append(rows["type"].iloc[0])
    return np.stack(known), np.stack(later), np.array(kind)
