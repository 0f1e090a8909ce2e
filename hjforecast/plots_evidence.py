"""Figures of the evidence: losses and coverage in backtests, width of bands, delivery of past plans elsewhere.

Every function draws a table of `hjforecast.evidence` (or of `backtest` on a panel of one's own) as it is: no number is
computed here that the table does not hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hjforecast.evidence_words import class_name, kind_name, method_name, period_name
from hjforecast.plots_canvas import GREY, INK, heading, new_figure, number, plain_numbers, sentence, styled
from hjforecast.plots_labels import arrange, end_label
from hjforecast.plots_norm import norm_figure
from hjforecast.plots_record import delivery_figure, draw_method, method_looks
from hjforecast.plots_rows import column, name_rows

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "class_coverage_figure",
    "coverage_map_figure",
    "delivery_figure",
    "norm_figure",
    "plan_record_figure",
    "score_figure",
    "width_figure",
]

_WORDS: Mapping[str, Mapping[str, Any]] = {
    "zh": {
        "pinball": ("pinball 损失", "对数×100"),
        "mae_log": ("平均绝对误差", "对数×100"),
        "coverage80": ("80%区间的实际覆盖率", "%"),
        "horizon": "预测期（年）",
        "origin": "预测起点（年份）",
        "nominal": "名义覆盖率80%",
        "cells": "80%区间的实际覆盖率",
        "few": "偏低（区间偏窄）",
        "many": "偏高（区间偏宽）",
        "classes": "80%区间的实际覆盖率",
        "one": "单个起点",
        "all": "全部起点合计",
        "columns": ("合计", "最低", "最高", "误差数"),
        "width": "80%区间上端高出中心值",
        "fitted": "由模型所用的s、t算出",
        "measured": "误差的实测离散程度",
        "record": "兑现率",
        "target": "目标为1",
        "growth": "增速类目标",
        "level": "总量类目标",
        "quartiles": "25%分位至75%分位",
        "plans": ("中位数", "达到目标", "目标数"),
    },
    "en": {
        "pinball": ("Pinball loss", "log x 100"),
        "mae_log": ("Mean absolute error", "log x 100"),
        "coverage80": ("Outcomes inside the 80% band", "%"),
        "horizon": "years ahead",
        "origin": "origin (year)",
        "nominal": "nominal 80%",
        "cells": "Outcomes inside the 80% band",
        "few": "too few (band too narrow)",
        "many": "too many (band too wide)",
        "classes": "Outcomes inside the 80% band",
        "one": "one origin",
        "all": "all origins",
        "columns": ("all", "lowest", "highest", "errors"),
        "width": "Upper end of the 80% band above the central value",
        "fitted": "from the model's s and t",
        "measured": "spread of the errors as measured",
        "record": "Delivery ratio",
        "target": "target = 1",
        "growth": "growth targets",
        "level": "level targets",
        "quartiles": "25% to 75% quantile",
        "plans": ("median", "met", "targets"),
    },
}
_BLUE, _BROWN = "#1F55D0", "#9E2F0A"
_DIGITS = {"pinball": 1, "mae_log": 1, "coverage80": 0}
# Widths of classes: Okabe and Ito's colours with markers, as for methods.
_CLASSES = ("#1F55D0", "#3DAA6D", "#9E2F0A", "#E38A12", "#2CA6CF", "#70207F")
_MARKERS = ("o", "v", "D", "s", "^", "P")


def score_figure(table: pd.DataFrame, score: str, over: str, lang: str = "zh") -> Figure:
    """Draw a score (x 100) of every method over `horizon` or `origin`, labelled with its last value.

    Parameters
    ----------
    table : rows of `pooled(record, ("method", over))`.
    score : pinball or mae_log (log units), or coverage80 (share); drawn times 100.
    over : horizon (years ahead) or origin (year).
    """
    words = _WORDS[lang]
    methods = list(dict.fromkeys(table["method"]))
    ordered = [name for name in methods if name != "hjforecast"] + ["hjforecast"] * ("hjforecast" in methods)
    looks = method_looks(dict.fromkeys(ordered))
    with styled():
        figure = new_figure(3.5)
        ax = figure.subplots()
        for name in ordered:
            rows = table[table["method"] == name]
            found = dict(zip(rows[over].astype(int), 100.0 * rows[score], strict=True))
            draw_method(ax, method_name(name, lang), found, *looks[name], decimals=_DIGITS[score])
        ax.set_xticks(sorted(set(table[over].astype(int))))
        ax.set_ylim(0, 104 if score == "coverage80" else None)
        if score == "coverage80":
            ax.axhline(80, color=INK, linewidth=1.0, linestyle=(0, (4, 3)), zorder=2)
            _legend(figure, [_line_key(words["nominal"], INK, (0, (4, 3)), 1.0)])
        plain_numbers(ax)
        heading(ax, words[score][1], words[score][0])
        ax.set_xlabel(words[over])
        arrange(figure)
    figure.set_label(_told(table, score, over, ordered, lang))
    return figure


def _told(table: pd.DataFrame, score: str, over: str, methods: Sequence[str], lang: str) -> str:
    subject, unit = _WORDS[lang][score]
    parts = []
    for name in methods:
        rows = table[table["method"] == name]
        values = zip(rows[over].astype(int), rows[score], strict=True)
        parts.append(f"{method_name(name, lang)} " + ", ".join(f"{at}: {number(100 * v, 1)}" for at, v in values))
    return sentence(subject, unit, parts, lang)


def coverage_map_figure(table: pd.DataFrame, lang: str = "zh") -> Figure:
    """Draw one method's coverage (%) as a map of origins (across) and years ahead (down), each cell with its number.

    `table` has the columns origin, horizon and coverage80 (share). Brown cells hold fewer than 80 %, blue ones more.
    """
    words = _WORDS[lang]
    wide = 100.0 * table.pivot(index="horizon", columns="origin", values="coverage80")
    with styled():
        figure = new_figure(1.15 + 0.34 * len(wide))
        ax = figure.subplots()
        ax.imshow(wide.to_numpy(), cmap=_around_eighty(), vmin=50, vmax=110, aspect="auto")
        for (row, at), value in _cells(wide.to_numpy()):
            shade = "white" if abs(value - 80.0) > 22.0 else INK
            ax.text(at, row, number(value, 0), ha="center", va="center", color=shade, fontsize=9)
        ax.set_xticks(range(wide.shape[1]), [str(int(year)) for year in wide.columns])
        ax.set_yticks(range(len(wide)), [str(int(h)) for h in wide.index])
        ax.grid(False)
        ax.spines[:].set_visible(False)
        ax.tick_params(length=0)
        heading(ax, "%", words["cells"])
        ax.set_xlabel(words["origin"])
        ax.set_ylabel(words["horizon"])
        _legend(figure, _keys((("s", _BROWN, words["few"]), ("s", _BLUE, words["many"]))))
        arrange(figure)
    parts = [
        f"{row['origin']:.0f}, {row['horizon']:.0f}: {number(100.0 * row['coverage80'], 0)}"
        for row in table.to_dict("records")
    ]
    figure.set_label(sentence(words["cells"], "%", parts, lang))
    return figure


def _cells(values: Any) -> Sequence[tuple[tuple[int, int], float]]:
    rows, columns = values.shape
    return [
        ((row, at), float(values[row, at]))
        for row in range(rows)
        for at in range(columns)
        if values[row, at] == values[row, at]
    ]


def _around_eighty() -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("eighty", [_BROWN, "#FFFFFF", _BLUE])


def class_coverage_figure(errors: pd.DataFrame, lang: str = "zh") -> Figure:
    """Draw the coverage (%) of each error class: every origin a dot, all origins together a diamond.

    `errors` is `error_record()`: columns indicator, origin ("all" or a year), coverage80 and n_errors.
    """
    words = _WORDS[lang]
    names = list(dict.fromkeys(errors["indicator"]))
    shares = {name: _by_origin(errors[errors["indicator"] == name]) for name in names}
    with styled():
        figure = new_figure(1.1 + 0.36 * len(names))
        ax = figure.subplots()
        name_rows(ax, [class_name(name, lang) for name in names], 34, size=8.5)
        for at, name in enumerate(names):
            pool, origins = shares[name]
            ax.plot(origins, [at] * len(origins), "o", color=_BLUE, alpha=0.45, markersize=5, clip_on=False)
            ax.plot([pool], [at], "D", color=_BROWN, markersize=6.5, zorder=4)
        ax.axvline(80, color=INK, linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
        ax.set_xlim(0, 100)
        ax.set_xlabel("%")
        _class_columns(ax, errors, names, shares, words["columns"])
        heading(ax, "%", words["classes"])
        dots = _keys((("o", _BLUE, words["one"]), ("D", _BROWN, words["all"])))
        _legend(figure, [*dots, _line_key(words["nominal"], INK, (0, (4, 3)), 1.0)])
        arrange(figure)
    told = [
        f"{class_name(n, lang)} {number(shares[n][0], 0)} ({number(min(shares[n][1]), 0)}-{number(max(shares[n][1]), 0)})"
        for n in names
    ]
    figure.set_label(sentence(words["classes"], "%", told, lang))
    return figure


def _by_origin(rows: pd.DataFrame) -> tuple[float, list[float]]:
    pool = float(rows.loc[rows["origin"] == "all", "coverage80"].iloc[0])
    return 100.0 * pool, [100.0 * float(v) for v in rows.loc[rows["origin"] != "all", "coverage80"]]


def _class_columns(
    ax: Axes, errors: pd.DataFrame, names: Sequence[str], shares: Mapping[str, Any], titles: Sequence[str]
) -> None:
    counts = errors[errors["origin"] == "all"].set_index("indicator")["n_errors"]
    texts = (
        [number(shares[name][0], 0) for name in names],
        [number(min(shares[name][1]), 0) for name in names],
        [number(max(shares[name][1]), 0) for name in names],
        [number(float(counts[name]), 0) for name in names],
    )
    for offset, title, cells in zip((40, 78, 118, 162), titles, texts, strict=True):
        column(ax, offset, title, cells, INK if offset == 40 else GREY)


def _keys(keys: Sequence[tuple[str, str, str]]) -> list[Any]:
    from matplotlib.lines import Line2D

    return [Line2D([], [], linestyle="", marker=m, color=c, markersize=6, label=text) for m, c, text in keys]


def _line_key(text: str, colour: str, dashes: Any, width: float, alpha: float = 1.0) -> Any:
    from matplotlib.lines import Line2D

    ends: dict[str, Any] = {"solid_capstyle": "butt"}
    return Line2D([], [], linestyle=dashes, color=colour, linewidth=width, alpha=alpha, label=text, **ends)


def _legend(figure: Figure, handles: Sequence[Any]) -> None:
    place: dict[str, Any] = {"loc": "outside upper right", "ncols": len(handles), "borderpad": 0}
    figure.legend(handles=handles, handlelength=1.4, handletextpad=0.4, columnspacing=1.4, fontsize=8, **place)


def width_figure(widths: pd.DataFrame, lang: str = "zh") -> Figure:
    """Draw how far (%) the upper end of the 80 % band lies above the median, by class, 1 to 5 years ahead.

    `widths` is `band_widths()`; open markers stand at the errors' own measured spread.
    """
    from hjforecast.plots_canvas import Look
    from hjforecast.trend import NORMAL_P90

    words = _WORDS[lang]
    names = list(dict.fromkeys(widths["error_class"]))
    with styled():
        figure = new_figure(3.6)
        ax = figure.subplots()
        for at, name in enumerate(names):
            rows = widths[widths["error_class"] == name]
            years, ups = rows["horizon"].tolist(), rows["up_pct"].tolist()
            ink = Look(_CLASSES[at % 6], "-", "").ink
            ax.plot(years, ups, color=_CLASSES[at % 6], marker=_MARKERS[at % 6], markersize=4, linewidth=1.6)
            seen = rows[rows["measured_sd"].notna()]
            ax.plot(
                seen["horizon"], 100.0 * ((NORMAL_P90 * seen["measured_sd"]).map(_expm1)), linestyle="",
                marker=_MARKERS[at % 6], color=_CLASSES[at % 6], markersize=8, markerfacecolor="none",
            )  # fmt: skip
            end_label(ax, years[-1], ups[-1], f"{class_name(name, lang)} {number(ups[-1], 0)}", ink, size=8.5)
        ax.set_xticks(sorted(set(widths["horizon"])))
        ax.set_ylim(0, None)
        plain_numbers(ax)
        heading(ax, "%", words["width"])
        ax.set_xlabel(words["horizon"])
        hollow = _keys((("o", INK, words["measured"]),))
        hollow[0].set(markerfacecolor="none", markersize=8)
        _legend(figure, [_line_key(words["fitted"], INK, "-", 1.6), *hollow])
        arrange(figure)
    told = [
        f"{class_name(row['error_class'], lang)} {int(row['horizon'])}: {number(row['up_pct'], 0)}"
        for row in widths.to_dict("records")
    ]
    figure.set_label(sentence(words["width"], "%", told, lang))
    return figure


def _expm1(value: float) -> float:
    from math import expm1

    return expm1(value)


def plan_record_figure(record: pd.DataFrame, lang: str = "zh") -> Figure:
    """Draw outcome / target of past plans elsewhere: median and quartile range by plan period, growth and level targets.

    `record` is `plan_record()`; its rows of kind "all" are left to the table.
    """
    words, rows = _WORDS[lang], [row for row in record.to_dict("records") if row["kind"] != "all"]
    marks = {"growth": "o", "level": "s"}
    join = "，" if lang == "zh" else ", "
    names = [f"{period_name(row['plan'], lang)}{join}{kind_name(row['kind'], lang)}" for row in rows]
    with styled():
        figure = new_figure(1.05 + 0.3 * len(rows))
        ax = figure.subplots()
        name_rows(ax, names, 44, size=8.5)
        for at, row in enumerate(rows):
            ax.plot([row["q25"], row["q75"]], [at, at], color=_BLUE, linewidth=5, alpha=0.28, solid_capstyle="butt")
            ax.plot([row["median"]], [at], marks.get(row["kind"], "o"), color=_BLUE, markersize=6, zorder=4)
        ax.axvline(1.0, color=INK, linewidth=0.9, zorder=1)
        ax.set_xlim(0.6, 1.6)
        ax.set_xlabel(
            words["record"] + ("（" if lang == "zh" else " (") + words["target"] + ("）" if lang == "zh" else ")")
        )
        cells = (
            [number(row["median"], 2) for row in rows],
            [f"{number(100 * row['share_met'], 0)}%" for row in rows],
            [str(int(row["n"])) for row in rows],
        )
        for offset, title, texts in zip((40, 86, 126), words["plans"], cells, strict=True):
            column(ax, offset, title, texts, INK if offset == 40 else GREY)
        heading(ax, words["target"], words["record"])
        keys = _keys([(mark, _BLUE, words[kind]) for kind, mark in marks.items()])
        _legend(figure, [*keys, _line_key(words["quartiles"], _BLUE, "-", 5.0, 0.28)])
        arrange(figure)
    told = [f"{name} {number(row['median'], 2)} (n = {int(row['n'])})" for name, row in zip(names, rows, strict=True)]
    figure.set_label(sentence(words["record"], words["target"], told, lang))
    return figure
