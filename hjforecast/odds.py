"""What each target's chances are, and how far the plan as a whole lies from the path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import erfc, exp, lgamma, log, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from hjforecast.conditioning import leaves_of, run_of, stacked
from hjforecast.display import facts_html
from hjforecast.model import order_of
from hjforecast.projection import PROJECTED, Projection
from hjforecast.run import GDP, REAL
from hjforecast.samples import cap_of, lay_errors
from hjforecast.targets import Gap, gaps, is_met, met_between
from hjforecast.uncertainty import DEFAULT_SEED, ErrorModel, draw_errors
from hjforecast.units import growth_average, link

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "DEFAULT_DRAWS", "Plausibility", "met_between", "odds", "plausibility", "series_of"]

COLUMNS = (
    "scenario", "indicator", "target_year", "comparator", "target", "central", "gap", "probability",
    "required_growth_pct", "binding", "measure", "basis",
)  # fmt: skip
DEFAULT_DRAWS = 10_000
"""Draws behind the odds of an identity where the projection has none of its own."""

OBSERVED = "observed"

_CERTAIN = 1e-12
_REDUNDANT = 1e-6
_LEAST_P = 1e-300


@dataclass(frozen=True)
class Plausibility:
    """How far the plan's targets together lie from a projection, as `plausibility` computes it.

    `sigma` is the headline, sqrt(q). `p_value` is the chi-square tail of `q` with `k` targets, `tail_sigma` the
    two-sided normal sigma of that tail. `scores` holds each target's own (b - mu) / sd, positive above the path.
    `left_out` says of every other quantified target why it is not in: `no_errors`, `no_path`, `identity`, `observed`,
    `part` (of a whole that is in) or `redundant` (fixed by the others, or by nothing that can move).
    """

    sigma: float
    q: float
    k: int
    p_value: float
    tail_sigma: float
    indicators: tuple[str, ...]
    scores: Mapping[str, float]
    left_out: Mapping[str, str]

    def _repr_html_(self) -> str:
        farthest = sorted(self.scores.items(), key=lambda pair: -abs(pair[1]))[:5]
        return facts_html(
            f"规划距路径 {self.sigma:.1f} 个标准差 / a {self.sigma:.1f}-sigma plan",
            [
                ("目标数 / targets", self.k),
                ("q", f"{self.q:.2f}"),
                ("p", f"{self.p_value:.3g}"),
                ("最远的目标 / farthest", ", ".join(f"{name} {score:+.1f}" for name, score in farthest)),
                ("未计入 / left out", len(self.left_out)),
            ],
        )


def odds(projection: Projection) -> pd.DataFrame:
    """Return one row a quantified target of the plan within the projected years, in file order; columns as COLUMNS.

    `probability` is that of meeting the target as `targets.met_between` means it (comparator, which way is better, half
    a unit of the last printed decimal where the target is no bound): the share of the projection's draws, else Phi of the distance in
    link space. An identity without draws gets DEFAULT_DRAWS of its own. It is blank where no past errors are known or
    no path reaches the year, and 1 or 0 only where the target year is observed or the path cannot vary: where every
    draw agrees, half a draw is counted on the other side. `required_growth_pct` is the yearly growth from the last
    observation to the target. `measure` is level, growth (yearly average) or change; `basis` names whose past errors
    the probability rests on, `observed` where the outcome is known.

    Parameters: `projection`, with or without draws, conditioned or not.
    """
    import pandas as pd

    plan, known = projection.plan, list(gaps(projection))
    samples, factors = _with_draws(projection, known), stacked(projection.errors)
    rows = []
    for gap in known:
        probability, basis = _chance(projection, gap, samples, factors)
        rows.append(
            (projection.scenario.id, gap.indicator, gap.target_year, gap.comparator, float(gap.target), gap.central,
             gap.gap, probability, _required(projection, gap), gap.binding, gap.measure, basis)
        )  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    numbers = ["central", "gap", "probability", "required_growth_pct"]
    frame[numbers] = frame[numbers].astype(float)
    frame.attrs["base_year"] = plan.base_year
    return frame


def series_of(projection: Projection, gap: Gap) -> str:
    """Return the indicator whose path a target is set against: GDP's growth is that of real GDP."""
    real = gap.indicator == GDP and gap.measure == "growth" and REAL in projection.plan.indicators
    return REAL if real else gap.indicator


def _with_draws(projection: Projection, known: Sequence[Gap]) -> Mapping[str, np.ndarray]:
    """Return the projection's draws, or draws of the targets that have no closed form."""
    if projection.samples:
        return projection.samples
    names = {series_of(projection, gap) for gap in known if not _closed_form(projection, gap)}
    if not any(leaves_of(projection.plan, name, projection.errors) for name in names):
        return {}
    plan, model = projection.plan, projection.errors
    wanted = {leaf for name in names for leaf in leaves_of(plan, name, model)}
    fewer = ErrorModel({leaf: model.factors[leaf] for leaf in sorted(wanted)}, model.classes)
    years = projection.years.size
    errors = {leaf: paths[:, :years] for leaf, paths in draw_errors(fewer, DEFAULT_DRAWS, DEFAULT_SEED).items()}
    paths = lay_errors(run_of(projection), order_of(plan), errors)
    return {name: path * plan.indicators[name].scale for name, path in paths.items() if name in names}


def _closed_form(projection: Projection, gap: Gap) -> bool:
    item = projection.plan.indicators[series_of(projection, gap)]
    if item.id not in projection.errors.factors:
        return False
    return gap.measure == "level" or (gap.measure == "growth" and (item.kind == "growth" or item.link == "log"))


def _chance(
    projection: Projection, gap: Gap, samples: Mapping[str, np.ndarray], factors: Mapping[str, np.ndarray]
) -> tuple[float | None, str]:
    """Return the probability of a target and whose errors it rests on; None and blank where there is none."""
    name, item = series_of(projection, gap), projection.plan.indicators[gap.indicator]
    if gap.central is None:
        return None, ""
    if projection.status_of(name, gap.target_year) not in PROJECTED:
        return float(is_met(gap.central, gap.comparator, gap.target, item.better)), OBSERVED
    basis = "+".join(
        dict.fromkeys(projection.errors.classes[one] for one in leaves_of(projection.plan, name, projection.errors))
    )
    low, high = met_between(gap.comparator, gap.target, item.better)
    if name in samples:
        return _share(_measured(projection, gap, samples[name]), low, high), basis
    if _closed_form(projection, gap):
        return _gaussian(projection, gap, factors[name], low, high), basis
    return None, ""


def _measured(projection: Projection, gap: Gap, sample: np.ndarray) -> np.ndarray:
    """Return what a target measures, draw by draw, in its unit; shape (draws,)."""
    index, name = gap.target_year - int(projection.years[0]), series_of(projection, gap)
    if gap.measure == "level":
        return sample[:, index]
    if gap.measure == "change":
        assert gap.central is not None
        if projection.plan.indicators[name].adds_up:
            known = gap.central - float(projection.central[name][1 : index + 1].sum())
            return known + sample[:, 1 : index + 1].sum(axis=1)
        return sample[:, index] - (projection.value(name, gap.target_year) - gap.central)
    if projection.plan.indicators[name].kind == "growth":
        return 100.0 * (np.prod(1.0 + sample[:, 1 : index + 1] / 100.0, axis=1) ** (1.0 / index) - 1.0)
    return 100.0 * growth_average(sample[:, 0], sample[:, index], index)


def _share(values: np.ndarray, low: float, high: float) -> float:
    met, count = int(np.sum((values >= low) & (values <= high))), values.size
    if met in (0, count) and float(np.ptp(values)) > 0.0:
        return (met + 0.5) / (count + 1)
    return met / count


def _gaussian(projection: Projection, gap: Gap, factor: np.ndarray, low: float, high: float) -> float:
    """Return P(low <= value <= high) where the error is Gaussian in link space."""
    spread = float(np.linalg.norm(_row(projection, gap, factor)))
    near, far = _ahead(projection, gap, low), _ahead(projection, gap, high)
    if spread < _CERTAIN:
        return float(near <= _CERTAIN and far >= -_CERTAIN)
    return _normal(far / spread) - _normal(near / spread) if far < np.inf else _normal(-near / spread)


def _normal(z: float) -> float:
    return 0.5 * erfc(-z / sqrt(2.0))


def _ahead(projection: Projection, gap: Gap, value: float) -> float:
    """Return how far a value of a target's measure lies from the central path in link space."""
    item = projection.plan.indicators[series_of(projection, gap)]
    assert gap.central is not None
    if np.isinf(value):
        return value
    if gap.measure == "growth":
        years = gap.target_year - projection.plan.base_year
        return -np.inf if value <= -100.0 else years * float(np.log1p(value / 100.0) - np.log1p(gap.central / 100.0))
    cap = cap_of(run_of(projection), item) if item.link == "logit" else np.inf
    inside = value / item.scale
    if item.link != "identity" and not 0.0 < inside < cap:
        return -np.inf if inside <= 0.0 else np.inf
    central = gap.central / item.scale
    if item.link == "logit" and not 0.0 < central < cap:
        return inside - central
    return float(link(inside, item.link, cap) - link(central, item.link, cap))


def _required(projection: Projection, gap: Gap) -> float | None:
    """Return the yearly growth (%) from the last observation to the target; None where growth has no meaning."""
    if gap.required_growth_pct is None:
        return None
    name, base = series_of(projection, gap), projection.plan.base_year
    seen = [
        year for year in range(base, gap.target_year + 1)
        if year > base and projection.status_of(name, year) not in (*PROJECTED, "unavailable")
    ]  # fmt: skip
    if not seen:
        return gap.required_growth_pct
    last, item = max(seen), projection.plan.indicators[name]
    if last == gap.target_year:
        return None
    if item.kind == "growth":
        if any(projection.status_of(name, year) == "unavailable" for year in range(base + 1, last + 1)):
            return None  # what the years without a rate brought is not known
        gone = float(np.prod([1.0 + projection.value(name, year) / 100.0 for year in range(base + 1, last + 1)]))
        goal = (1.0 + float(gap.target) / 100.0) ** (gap.target_year - base)
        return 100.0 * float(growth_average(gone, goal, gap.target_year - last))
    goal = projection.value(name, base) * (1.0 + gap.required_growth_pct / 100.0) ** (gap.target_year - base)
    return 100.0 * float(growth_average(projection.value(name, last), goal, gap.target_year - last))


def plausibility(projection: Projection) -> Plausibility | None:
    """Return how far the plan's targets together lie from a projection; None where none has past errors.

    q = (b - A mu)' (A S A')^-1 (b - A mu) in link space, b the targets as printed, over level and growth targets whose
    error is linear there, one an indicator (the plan's target year where it has several). A target above and one below
    the path count alike; `scores` has the signs.

    The headline "a 2.1-sigma plan" is sqrt(q): the length of the least effort that `condition` would need, and the
    largest z-score that any weighting of the targets has. It grows with the number of targets that pull apart (about
    sqrt(k) for a set drawn at random from the projection itself), so read it beside k and `p_value`. The tail's own
    sigma is no headline: targets are wishes that mostly move together, not k noisy draws, and sixteen of them that all
    ask for one sigma more growth have p near 1, which would read as "a 0-sigma plan". With one target both are equal.

    Parameters: `projection`, with or without draws; its central path and errors count.
    """
    left_out: dict[str, str] = {}
    found = list(_independent(_candidates(projection, left_out), left_out))
    if not found:
        return None
    rows, ahead = np.array([row for _, row, _ in found]), np.array([one for *_, one in found])
    spread = np.linalg.norm(rows, axis=1)
    scores, scaled = ahead / spread, rows / spread[:, None]
    q, names = float(scores @ np.linalg.solve(scaled @ scaled.T, scores)), tuple(name for name, *_ in found)
    p_value, tail_sigma = _tail(q, len(found))
    return Plausibility(
        sqrt(q), q, len(found), p_value, tail_sigma, names, dict(zip(names, scores.tolist(), strict=True)), left_out
    )


def _tail(q: float, k: int) -> tuple[float, float]:
    """Return the chi-square tail of `q` with `k` degrees of freedom, and the two-sided normal sigma of it.

    For whole k the tail is a finite sum, from erfc(sqrt(q/2)) or exp(-q/2) up: Q(a+1, x) = Q(a, x) + x^a e^-x / a!
    (DLMF 8.8.6). scipy.stats says the same, but takes half a second to import.
    """
    x, first = q / 2.0, 0.5 if k % 2 else 1.0
    p_value = erfc(sqrt(x)) if k % 2 else exp(-x)
    if x > 0.0:
        p_value += sum(exp((first + n) * log(x) - x - lgamma(first + n + 1.0)) for n in range((k - 1) // 2))
    p_value = min(p_value, 1.0)
    return p_value, -NormalDist().inv_cdf(max(p_value, _LEAST_P) / 2.0)


_Candidate = tuple[str, np.ndarray, float]


def _candidates(projection: Projection, left_out: dict[str, str]) -> list[_Candidate]:
    """Return name, row of A F and b - A mu of every target that may count; the others go to `left_out`."""
    factors, chosen = stacked(projection.errors), dict[str, _Candidate]()
    for gap in sorted(gaps(projection), key=lambda gap: gap.target_year != projection.plan.target_year):
        name = series_of(projection, gap)
        if name in chosen:
            continue
        reason = _unfit(projection, gap, name)
        candidate = None if reason else _candidate(projection, gap, name, factors[name])
        if candidate is None:
            left_out.setdefault(name, reason or "redundant")
        else:
            chosen[name] = candidate
            left_out.pop(name, None)
    parts = {name for name in chosen if projection.plan.indicators[name].parent in chosen}
    left_out.update(dict.fromkeys(sorted(parts), "part"))
    return [candidate for name, candidate in chosen.items() if name not in parts]


def _unfit(projection: Projection, gap: Gap, name: str) -> str:
    if gap.central is None:
        return "no_path"
    if projection.status_of(name, gap.target_year) not in PROJECTED:
        return OBSERVED
    if not leaves_of(projection.plan, name, projection.errors):
        return "no_errors"
    return "" if _closed_form(projection, gap) else "identity"


def _candidate(projection: Projection, gap: Gap, name: str, factor: np.ndarray) -> _Candidate | None:
    """Return name, row and distance of a target, None where nothing can move it or it lies out of reach."""
    row, ahead = _row(projection, gap, factor), _ahead(projection, gap, float(gap.target))
    return (name, row, ahead) if np.linalg.norm(row) > _CERTAIN and np.isfinite(ahead) else None


def _row(projection: Projection, gap: Gap, factor: np.ndarray) -> np.ndarray:
    index = gap.target_year - int(projection.years[0])
    return factor[index] - factor[0] if gap.measure == "growth" else factor[index]


def _independent(candidates: Sequence[_Candidate], left_out: dict[str, str]) -> Iterator[_Candidate]:
    """Yield the candidates in order, without those that the ones before them already determine."""
    basis: list[np.ndarray] = []
    for candidate in candidates:
        unit = candidate[1] / np.linalg.norm(candidate[1])
        rest = unit.copy()
        for _ in range(2):  # twice: once loses digits where rows are nearly parallel
            for known in basis:
                rest = rest - (rest @ known) * known
        if np.linalg.norm(rest) ** 2 < _REDUNDANT:
            left_out[candidate[0]] = "redundant"
            continue
        basis.append(rest / np.linalg.norm(rest))
        yield candidate
