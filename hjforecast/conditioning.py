"""What else must be true if some figures are reached: the least-effort path through them, and what stays uncertain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hjforecast.errors import InputError, Problem
from hjforecast.indicators import Indicator
from hjforecast.model import order_of
from hjforecast.plan import Plan
from hjforecast.projection import PROJECTED, Projection
from hjforecast.run import Run
from hjforecast.samples import cap_of, lay_errors
from hjforecast.uncertainty import ErrorModel
from hjforecast.units import link

__all__ = ["Conditions", "condition", "leaves_of", "run_of", "stacked"]

Conditions = Mapping[str, tuple[int, float] | Sequence[tuple[int, float]]]
"""By indicator: `(year, value)`, or several of them; values in the indicator's own unit."""

Paths = dict[str, np.ndarray]

_STEP = 1e-5
_ROUNDS = 100
_HIT = 1e-9
_FIXED = 1e-10


@dataclass(frozen=True)
class _Aim:
    """One condition: `value` and `cap` in inside units, `index` counts years from the base year.

    `space` names the coordinate in which it is solved: exactly linear for everything but sums and mixes.
    """

    item: Indicator
    index: int
    value: float
    cap: float
    space: str
    text: str

    def coordinate(self, value: np.ndarray | float) -> np.ndarray:
        """Return where a value stands in the space in which the condition is solved."""
        if self.space == "log1p":
            return np.log1p(value)
        return np.asarray(link(value, self.space, self.cap), dtype=float)


@dataclass(frozen=True)
class _Problem:
    """What the solver needs: the run, the order of `needed` paths, F by indicator (years by normals), and the aims."""

    run: Run
    needed: tuple[str, ...]
    factors: Paths
    aims: tuple[_Aim, ...]

    def coordinates(self, errors: Paths) -> np.ndarray:
        """Return where the paths with these errors stand, shape (..., aims)."""
        paths = lay_errors(self.run, self.needed, errors)
        return np.stack([aim.coordinate(paths[aim.item.id][..., aim.index]) for aim in self.aims], axis=-1)

    @property
    def goals(self) -> np.ndarray:
        """The conditions' own coordinates, shape (aims,)."""
        return np.array([float(aim.coordinate(aim.value)) for aim in self.aims])

    def errors_at(self, normals: np.ndarray) -> Paths:
        """Return the error paths e = F z over the run's years."""
        return {name: factor[: self.run.years.size] @ normals for name, factor in self.factors.items()}


def condition(projection: Projection, conditions: Conditions) -> Projection:
    """Return the projection that meets the conditions with the least effort.

    x* = mu + S A'(A S A')^-1 (b - A mu) in link space, for every indicator with errors; identities are computed from
    their members. A condition on an identity is solved by Newton steps on its gradient A. Its `errors` are what stays
    uncertain, S - S A'(A S A')^-1 A S; draws x_i become x_i + S A'(A S A')^-1 (b - A x_i) and meet the conditions too
    (for a sum or a mix they are moved onto it along the same directions until it holds). Statuses stay.

    Parameters: `projection`, with or without draws; `conditions`, by indicator `(year, value)` or a list of them, in
    the indicator's unit (per cent for shares and growth).

    Raises InputError naming every condition that cannot be: unknown indicator, one without past errors, a year outside
    the run or already observed, a value outside the indicator's range; and conditions that contradict each other.
    """
    if not conditions:
        return projection
    run, order = run_of(projection), order_of(projection.plan)
    still = lay_errors(run, order, _no_errors(projection))
    problem = _problem(projection, run, order, still, conditions)
    normals, gradient = _least_effort(problem)
    gain = gradient.T @ _inverse(gradient @ gradient.T)
    moved = lay_errors(run, order, problem.errors_at(normals))
    central = dict(projection.central)
    for name, path in moved.items():
        scale = projection.plan.indicators[name].scale
        central[name] = np.where(path != still[name], path * scale, projection.central[name])
    errors = _remaining(projection.errors, problem.factors, gain, gradient)
    return replace(projection, central=central, errors=errors, samples=_samples(projection, problem, order, gain))


def run_of(projection: Projection) -> Run:
    """Return the run behind a projection: its central paths in inside units."""
    items = projection.plan.indicators
    paths = {name: values / items[name].scale for name, values in projection.central.items()}
    return Run(projection.plan, projection.settings, projection.years, paths)


def stacked(model: ErrorModel) -> Paths:
    """Return by indicator F in e = F z, z the normals of all shocks in one vector; shape (years, shocks x years)."""
    return {
        name: np.hstack([factors.get(shock, np.zeros((width, width))) for shock, width in _widths(model).items()])
        for name, factors in model.factors.items()
    }


def _widths(model: ErrorModel) -> dict[str, int]:
    found = {shock: matrix.shape[1] for factors in model.factors.values() for shock, matrix in factors.items()}
    return dict(sorted(found.items()))


def leaves_of(plan: Plan, name: str, model: ErrorModel) -> tuple[str, ...]:
    """Return the indicators with errors of their own that a path is computed from (itself where it has them)."""
    if name in model.factors:
        return (name,)
    item = plan.indicators[name]
    members = item.members if item.rule == "identity" else ()
    return tuple(dict.fromkeys(leaf for member in members for leaf in leaves_of(plan, member, model)))


def _no_errors(projection: Projection) -> Paths:
    return {name: np.zeros(projection.years.size) for name in projection.errors.factors}


def _problem(projection: Projection, run: Run, order: Sequence[str], still: Paths, conditions: Conditions) -> _Problem:
    problems: list[Problem] = []
    aims = tuple(_aims(projection, run, still, conditions, problems))
    if problems:
        raise InputError(problems)
    wanted = {name for aim in aims for name in _ancestors(projection.plan, aim.item.id)}
    needed = tuple(name for name in order if name in wanted)
    return _Problem(run, needed, stacked(projection.errors), aims)


def _ancestors(plan: Plan, name: str) -> set[str]:
    item = plan.indicators[name]
    members = item.members if item.rule == "identity" else ()
    return {name}.union(*(_ancestors(plan, member) for member in members))


def _aims(
    projection: Projection, run: Run, still: Paths, conditions: Conditions, problems: list[Problem]
) -> Iterator[_Aim]:
    for name, wanted in conditions.items():
        try:
            item = projection.plan.indicator(name)
        except InputError as error:
            problems.extend(error.problems)
            continue
        for year, value in _pairs(name, wanted, problems):
            refusal = _refusal(projection, item, year, value, cap_of(run, item), still)
            if refusal is None:
                yield _aim(run, item, year, value)
            else:
                problems.append(Problem("condition", 0, name, f"{year}: {value:g}", *refusal))


def _pairs(name: str, wanted: object, problems: list[Problem]) -> list[tuple[int, float]]:
    """Return the (year, value) pairs of one indicator; what is not one becomes a problem."""
    single = isinstance(wanted, Sequence) and len(wanted) == 2 and not isinstance(wanted[0], Sequence)
    try:
        pairs: Any = [wanted] if single else wanted
        return [(int(year), float(value)) for year, value in pairs]
    except (TypeError, ValueError):
        zh, en = "应写成 (年份, 数值)，如 (2030, 200)。", "must be (year, value), for example (2030, 200)."
        problems.append(Problem("condition", 0, name, str(wanted), zh, en))
        return []


def _refusal(
    projection: Projection, item: Indicator, year: int, value: float, cap: float, still: Paths
) -> tuple[str, str] | None:
    """Return why a condition cannot be set, in Chinese and English; None where it can."""
    first, last = int(projection.years[0]), int(projection.years[-1])
    low, high = {"growth": (-100.0, np.inf), "share": (0.0, 100.0 * cap)}.get(item.kind, (0.0, np.inf))
    if item.kind == "index" or item.form == "difference":
        low = -np.inf
    if not first <= year <= last:
        return f"年份应在 {first + 1} 至 {last} 之间。", f"the year must lie from {first + 1} to {last}."
    if item.id not in still:
        zh = "没有历史误差可依据，测算中不会偏离其路径，无法设为条件；请换一个有误差区间的指标。"
        return zh, "it has no past errors to rest on, so it cannot move; choose an indicator that has a band."
    status = projection.status_of(item.id, year)
    if status not in (*PROJECTED, "unavailable"):
        return (
            f"{year} 年已有数值，不能改变；请选以后的年份。",
            f"{year} is observed and cannot change; take a later year.",
        )
    if status == "unavailable":
        return f"{year} 年没有测算路径。", f"it has no path in {year}."
    if not low < value < high:
        if np.isinf(high):
            return f"应为大于 {low:g} 的数字。", f"must be a number above {low:g}."
        return f"应在 {low:g} 与 {high:g} {item.unit} 之间。", f"must lie between {low:g} and {high:g} {item.unit}."
    return None


def _aim(run: Run, item: Indicator, year: int, value: float) -> _Aim:
    index, inside = year - int(run.years[0]), value / item.scale
    positive = min(inside, float(run.paths[item.id][index])) > 0.0
    space = item.link
    if item.kind == "growth":
        space = "log1p"
    elif item.rule == "identity":
        # A ratio is linear in logs whatever its kind, and may pass 100 % in a draw; a difference may pass zero.
        space = "log" if positive and item.form != "difference" else "identity"
    return _Aim(item, index, inside, cap_of(run, item), space, f"{item.id} {year} = {value:g}")


def _gradient(problem: _Problem, errors: Paths) -> np.ndarray:
    """Return A F: how each aim's coordinate moves with the normals, shape (aims, normals)."""
    rows = np.array([_row(problem, place, aim, errors) for place, aim in enumerate(problem.aims)])
    # What an earlier condition has fixed already is left with rounding noise, which is no direction to move in.
    return rows * (np.linalg.norm(rows, axis=1, keepdims=True) > _FIXED)


def _row(problem: _Problem, place: int, aim: _Aim, errors: Paths) -> np.ndarray:
    if aim.item.id in problem.factors:
        return _own_row(problem, aim)
    spots = [
        (leaf, index)
        for leaf in problem.needed
        if leaf in problem.factors
        for index in (
            (aim.index - 1, aim.index) if problem.run.plan.indicators[leaf].kind == "growth" else (aim.index,)
        )
    ]
    slopes = _slopes(problem, place, errors, spots)
    return np.sum(
        [slope * problem.factors[leaf][index] for slope, (leaf, index) in zip(slopes, spots, strict=True)], axis=0
    )


def _own_row(problem: _Problem, aim: _Aim) -> np.ndarray:
    factor, central = problem.factors[aim.item.id], problem.run.paths[aim.item.id][aim.index]
    if aim.item.kind == "growth":
        return factor[aim.index] - factor[aim.index - 1]
    # A share on its bound stays there, whatever its error.
    return factor[aim.index] * float(aim.item.kind != "share" or 0.0 < central < aim.cap)


def _slopes(problem: _Problem, place: int, errors: Paths, spots: Sequence[tuple[str, int]]) -> np.ndarray:
    """Return d coordinate / d error at each (indicator, year index), by central differences."""
    count = len(spots)
    bumped = {name: np.tile(path, (2 * count, 1)) for name, path in errors.items() if name in problem.needed}
    for number, (leaf, index) in enumerate(spots):
        bumped[leaf][number, index] += _STEP
        bumped[leaf][count + number, index] -= _STEP
    ends = problem.coordinates(bumped)[:, place]
    return (ends[:count] - ends[count:]) / (2.0 * _STEP)


def _inverse(gram: np.ndarray) -> np.ndarray:
    """Return the pseudo-inverse of A S A'; a condition that repeats another one adds nothing."""
    size = np.sqrt(np.diag(gram))
    size = np.where(size > 0.0, size, 1.0)
    return np.linalg.pinv(gram / np.outer(size, size), rcond=1e-10, hermitian=True) / np.outer(size, size)


def _least_effort(problem: _Problem) -> tuple[np.ndarray, np.ndarray]:
    """Return the shortest vector of normals that meets the aims, and the gradient A F there.

    z <- J'(J J')^-1 (b - c(z) + J z), repeated; one step is exact where c is linear.
    """
    normals = np.zeros(next(iter(problem.factors.values())).shape[1])
    with np.errstate(all="ignore"):
        for _ in range(_ROUNDS):
            errors = problem.errors_at(normals)
            gradient, missing = _gradient(problem, errors), problem.goals - problem.coordinates(errors)
            missing[np.abs(missing) < 1e-14] = 0.0
            _check_movable(problem, gradient, missing)
            new = gradient.T @ _inverse(gradient @ gradient.T) @ (missing + gradient @ normals)
            step, normals = float(np.max(np.abs(new - normals), initial=0.0)), new
            if not np.isfinite(step) or step < 1e-10:
                break
        _check_reached(problem, normals, gradient)
    return normals, gradient


def _check_movable(problem: _Problem, gradient: np.ndarray, missing: np.ndarray) -> None:
    far = zip(problem.aims, gradient, np.abs(missing), strict=True)
    stuck = [aim for aim, row, one in far if not np.any(row) and one > _HIT]
    zh, en = "该年数值不受任何误差影响，无法改变。", "no error moves it in that year, so it cannot change."
    if stuck:
        raise InputError([Problem("condition", 0, aim.item.id, aim.text, zh, en) for aim in stuck])


def _check_reached(problem: _Problem, normals: np.ndarray, gradient: np.ndarray) -> None:
    missing = problem.goals - problem.coordinates(problem.errors_at(normals))
    scale = [1.0 if aim.space != "identity" else max(abs(aim.value), 1e-12) for aim in problem.aims]
    if np.all(np.abs(missing) <= _HIT * np.array(scale)):
        return
    texts = [aim.text for aim in _clashing(problem.aims, gradient)]
    zh = "这些条件互相矛盾，没有任何路径能同时满足；请去掉或修改其中一个。"
    en = "these conditions contradict each other, no path meets them together; drop or change one."
    raise InputError([Problem("condition", 0, "", "；".join(texts), zh, en)])


def _clashing(aims: Sequence[_Aim], gradient: np.ndarray) -> Sequence[_Aim]:
    """Return the aims whose gradients depend on each other, all where none do."""
    if not np.isfinite(gradient).all():
        return aims
    rows = gradient / np.maximum(np.linalg.norm(gradient, axis=1, keepdims=True), _FIXED)
    values, vectors = np.linalg.eigh(rows @ rows.T)
    weight = np.abs(vectors[:, values < 1e-8]).max(axis=1, initial=0.0)
    return [aim for aim, one in zip(aims, weight, strict=True) if one > 1e-4] or aims


def _remaining(model: ErrorModel, factors: Paths, gain: np.ndarray, gradient: np.ndarray) -> ErrorModel:
    """Return the error model F (I - G J), G J the projection on what the conditions fix."""
    edges = np.cumsum(list(_widths(model).values()))[:-1]
    left = {
        name: dict(zip(_widths(model), np.split(factor - (factor @ gain) @ gradient, edges, axis=1), strict=True))
        for name, factor in factors.items()
    }
    return ErrorModel(
        {name: {s: matrix for s, matrix in one.items() if np.any(matrix)} for name, one in left.items()}, model.classes
    )


def _samples(projection: Projection, problem: _Problem, order: Sequence[str], gain: np.ndarray) -> Paths:
    """Return the draws moved onto the conditions: e_i + F G (b - A e_i), repeated where an aim is not linear."""
    if not projection.samples:
        return {}
    run, count = problem.run, problem.run.years.size
    errors = {name: _errors_of(projection, run, name) for name in problem.factors if name in projection.samples}
    moves = {name: factor[:count] @ gain for name, factor in problem.factors.items() if name in errors}
    near = [name for name in problem.needed if name in errors]
    shift = np.zeros((projection.draws, len(problem.aims)))
    for _ in range(_ROUNDS):
        now = problem.coordinates({name: errors[name] + shift @ moves[name].T for name in near})
        missing = np.nan_to_num(problem.goals - now)
        if np.max(np.abs(missing)) < 1e-12:
            break
        shift += missing
    paths = lay_errors(run, tuple(order), {name: errors[name] + shift @ moves[name].T for name in errors})
    return {name: path * projection.plan.indicators[name].scale for name, path in paths.items()}


def _errors_of(projection: Projection, run: Run, name: str) -> np.ndarray:
    """Return the link-space errors behind an indicator's draws, shape (draws, years)."""
    item, central = projection.plan.indicators[name], run.paths[name]
    sample = projection.samples[name] / item.scale
    if item.kind == "growth":
        return np.cumsum(np.nan_to_num(np.log((1.0 + sample) / (1.0 + central))), axis=-1)
    with np.errstate(all="ignore"):
        ends = [link(values, item.link, cap_of(run, item)) for values in (sample, central)]
    return np.nan_to_num(ends[0] - ends[1], posinf=0.0, neginf=0.0)
