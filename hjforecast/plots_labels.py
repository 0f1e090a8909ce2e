"""Direct labels that keep out of each other's way: at the ends of lines, and beside points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Annotation

__all__ = ["arrange", "end_label", "point_label", "spread"]

_END, _POINT = "line end", "point"
# Pixels that a label keeps from lines and other labels.
_CLEAR = 3
# Offsets in points from the point to the label, with its alignment, best first.
_PLACES = (
    (0, 6, "center", "bottom"), (0, -6, "center", "top"), (-6, 4, "right", "bottom"), (6, -4, "left", "top"),
    (6, 4, "left", "bottom"), (-6, -4, "right", "top"), (8, 0, "left", "center"), (-8, 0, "right", "center"),
    (0, 16, "center", "bottom"), (0, -16, "center", "top"), (-10, 16, "right", "bottom"), (10, -16, "left", "top"),
    (0, 28, "center", "bottom"), (0, -28, "center", "top"), (4, 18, "left", "bottom"), (4, -18, "left", "top"),
    (4, 30, "left", "bottom"), (-4, 18, "right", "bottom"), (4, -30, "left", "top"), (4, 42, "left", "bottom"),
)  # fmt: skip
_ON_SIDE: dict[str, Callable[[float, float, str, str], bool]] = {
    "": lambda x, y, ha, va: True,
    "above": lambda x, y, ha, va: va == "bottom",
    "below": lambda x, y, ha, va: va == "top",
    "left": lambda x, y, ha, va: ha == "right" and y < 10,
}
_LEFT = {"left": 0.0, "center": -0.5, "right": -1.0}
_BOTTOM = {"bottom": 0.0, "center": -0.5, "top": -1.0}


def spread(places: Sequence[float], gap: float | Sequence[float], low: float, high: float) -> np.ndarray:
    """Return places moved as little as possible (least squares) so that neighbours are `gap` apart, in order.

    With a gap for each place, neighbours keep the mean of theirs. All stay within [low, high]; where they cannot, they
    are drawn together until they do. Ties keep their order.
    """
    wanted = np.asarray(places, dtype=float)
    order = np.argsort(wanted, kind="stable")
    gaps = np.broadcast_to(np.asarray(gap, dtype=float), wanted.shape)[order]
    steps = np.concatenate([[0.0], np.cumsum((gaps[:-1] + gaps[1:]) / 2.0)])[: wanted.size]
    if steps.size > 1:
        steps = steps * min(1.0, (high - low) / steps[-1])
    blocks: list[list[float]] = []
    for one in wanted[order] - steps:
        blocks.append([one, 1.0])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            mean, count = blocks.pop()
            total = blocks[-1][1] + count
            blocks[-1] = [(blocks[-1][0] * blocks[-1][1] + mean * count) / total, total]
    level = np.concatenate([np.full(int(count), mean) for mean, count in blocks]) if blocks else wanted
    moved = np.empty(wanted.size)
    moved[order] = np.clip(level, low, high - steps[-1] if steps.size else high) + steps
    return moved


def end_label(
    ax: Axes, year: float, value: float, text: str, colour: str, size: float = 9, *, bold: bool = False
) -> None:
    """Label the right end of a line; `arrange` moves it up or down and ties it to its line."""
    line = {"arrowstyle": "-", "color": colour, "linewidth": 0.6, "shrinkA": 1, "shrinkB": 2, "relpos": (0, 0.5)}
    _annotate(ax, (year, value), text, colour, size, (10, 0), "left", "center", line).set(
        label=_END, fontweight="bold" if bold else "normal"
    )


def point_label(ax: Axes, year: float, value: float, text: str, colour: str, size: float = 8, side: str = "") -> None:
    """Label a point; `arrange` finds it a free place nearby, on one `side` if it can (above, below or left)."""
    _annotate(ax, (year, value), text, colour, size, (0, 6), "center", "bottom", None).set_label(f"{_POINT} {side}")


def _annotate(
    ax: Axes, xy: tuple[float, float], text: str, colour: str, size: float,
    offset: tuple[float, float], ha: Any, va: Any, line: dict[str, Any] | None,
) -> Annotation:  # fmt: skip
    return ax.annotate(
        text, xy, xytext=offset, textcoords="offset points", ha=ha, va=va, color=colour, fontsize=size,
        arrowprops=line, annotation_clip=False,
    )  # fmt: skip


def arrange(figure: Figure) -> None:
    """Lay the figure out once, give every label its final place, and keep the layout."""
    _lay_out(figure)
    for ax in figure.axes:
        _spread_ends(ax, [one for one in ax.texts if one.get_label() == _END])
        _place_points(ax, [one for one in ax.texts if str(one.get_label()).startswith(_POINT)])


def _lay_out(figure: Figure) -> None:
    """Give every axes its place, with as little work as leaves the picture as it is."""
    from matplotlib import rc_context

    for axis in (axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)):
        if not axis.get_label_text():
            # Else matplotlib looks for the place of an empty label again and again.
            axis.set_label_coords(0, 0)
    # A label's line lies between label and axes, so it takes no room; to trace it is slow.
    labels: list[Any] = [one for ax in figure.axes for one in ax.texts if one.get_label() == _END]
    lines = [(label.arrowprops, label.arrow_patch) for label in labels]
    for label in labels:
        label.arrowprops = label.arrow_patch = None
    layout: Any = figure.get_layout_engine()
    layout.execute(figure)
    for label, line in zip(labels, lines, strict=True):
        label.arrowprops, label.arrow_patch = line
    # Where a figure has a layout engine, even an idle one, matplotlib draws it twice to save it.
    with rc_context({"figure.constrained_layout.use": False}):
        figure.set_layout_engine(None)


def _box(text: Any) -> np.ndarray:
    """Return a text's box in pixels: left, bottom, right, top (of the words, without any connecting line)."""
    from matplotlib.text import Text

    return np.array(Text.get_window_extent(text).extents)


def _spread_ends(ax: Axes, labels: Sequence[Any]) -> None:
    if not labels:
        return
    dots = 72.0 / ax.get_figure().dpi  # type: ignore[union-attr]
    ends = [float(ax.transData.transform(one.xy)[1]) for one in labels]
    heights = [float(_box(one)[3] - _box(one)[1]) for one in labels]
    frame, lowest, highest = ax.get_window_extent(), heights[int(np.argmin(ends))], heights[int(np.argmax(ends))]
    places = spread(ends, [1.05 * one for one in heights], frame.y0 + lowest / 2, frame.y1 - highest / 2)
    for label, end, place in zip(labels, ends, places, strict=True):
        label.set_position((10, (place - end) * dots))


def _place_points(ax: Axes, labels: Sequence[Any]) -> None:
    if not labels:
        return
    scale = ax.get_figure().dpi / 72.0  # type: ignore[union-attr]
    fixed = [one for one in (*ax.texts, ax.title) if one not in labels and one.get_text()]
    taken = [_box(one) for one in fixed]
    marks, frame = _ink(ax), np.array(ax.get_window_extent().extents)
    for label in labels:
        left, bottom, right, top = _box(label)
        point = ax.transData.transform(label.xy)
        boxes = np.array([_moved(point, place, right - left, top - bottom, scale) for place in _PLACES])
        side = str(label.get_label()).removeprefix(_POINT).strip()
        off_side = np.array([not _ON_SIDE[side](*place) for place in _PLACES])
        costs = _costs(boxes, taken, marks, frame) + 0.2 * np.arange(len(_PLACES)) + 15.0 * off_side
        best = int(np.argmin(costs))
        x, y, ha, va = _PLACES[best]
        label.set(position=(x, y), ha=ha, va=va)
        taken.append(boxes[best])


def _moved(
    point: np.ndarray, place: tuple[float, float, str, str], width: float, height: float, scale: float
) -> tuple[float, float, float, float]:
    x, y = point[0] + scale * place[0], point[1] + scale * place[1]
    left, bottom = x + _LEFT[place[2]] * width, y + _BOTTOM[place[3]] * height
    return left, bottom, left + width, bottom + height


def _ink(ax: Axes) -> np.ndarray:
    """Return pixels along every line of an axes, close enough that none slips through a label."""
    pieces = [np.empty((0, 2))]
    for line in ax.lines:
        path = line.get_transform().transform(np.asarray(line.get_xydata(), dtype=float))
        path = path[np.isfinite(path).all(axis=1)]
        pieces.append(path)
        if len(path) > 1 and line.get_linestyle() != "None":
            shares = np.linspace(0.0, 1.0, 24)[:, None, None]
            pieces.append((path[:-1] + shares * (path[1:] - path[:-1])).reshape(-1, 2))
    return np.concatenate(pieces)


def _costs(boxes: np.ndarray, taken: Sequence[np.ndarray], marks: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """Return what speaks against each box, shape (boxes,): boxes taken that it touches, the frame left, lines crossed."""
    others = np.reshape(np.array(taken), (-1, 4))
    low, high = boxes[:, None, :2], boxes[:, None, 2:]
    clashes = ((low < others[:, 2:] + _CLEAR) & (others[:, :2] - _CLEAR < high)).all(axis=2).sum(axis=1)
    outside = (boxes[:, :2] < frame[:2]).any(axis=1) | (boxes[:, 2:] > frame[2:]).any(axis=1)
    crossed = np.any(np.all((marks > low - _CLEAR) & (marks < high + _CLEAR), axis=2), axis=1)
    return 100.0 * clashes + 50.0 * outside + 10.0 * crossed
