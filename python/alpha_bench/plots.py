"""The report's pictures: when each fold trained and was tested, IC over time, returns by quantile, coefficients by fold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from alpha_bench.outcome import Outcome
from alpha_bench.svg import (
    BLUE,
    GREEN,
    GRID,
    INK,
    ORANGE,
    PALE,
    QUIET,
    VERMILION,
    Canvas,
    Scale,
    number,
    scale_for,
)

_WIDTH = 920
_LEFT, _RIGHT = 64, 900
_MOST_COEFFICIENTS = 24


def pictures(report: Outcome) -> dict[str, str]:
    """Name -> SVG: ``folds``, ``ic``, ``quantiles``, and ``coefficients`` where the model has some."""
    found = {"folds": fold_timeline(report), "ic": ic_over_time(report), "quantiles": quantile_bars(report)}
    if all(fold["coef"] is not None for fold in report.folds):
        found["coefficients"] = coefficient_path(report)
    return found


def fold_timeline(report: Outcome) -> str:
    """One row a fold: training sessions, embargo, purge, test block, on the panel's own sessions."""
    row, top = 19, 40
    bottom = top + row * len(report.splits)
    canvas = Canvas(
        width=_WIDTH, height=bottom + 30, title="Folds: training, embargo, purge and test sessions"
    )
    canvas.legend(_LEFT, 20, [(PALE, "training"), (ORANGE, "embargo"), (VERMILION, "purge"), (BLUE, "test")])
    x = Scale(low=0, high=len(report.dates), start=_LEFT, end=_RIGHT)
    _years(canvas, report.dates, x, top=top - 6, bottom=bottom + 4, baseline=bottom + 20)
    for k, split in enumerate(report.splits):
        y = top + k * row
        canvas.text(_LEFT - 9, y + 12, str(k + 1), anchor="end")
        for colour, sessions, what in (
            (PALE, split.train, "training"),
            (ORANGE, split.embargo, "embargo"),
            (VERMILION, split.purge, "purge"),
            (BLUE, split.test, "test"),
        ):
            for r in sessions.ranges:
                note = f"fold {k + 1}, {what}: {len(r)} sessions, {report.dates[r.start]} to {report.dates[r.stop - 1]}"
                canvas.rect(x(r.start), y + 2, x(r.stop) - x(r.start), row - 5, colour, note=note)
    return canvas.svg()


def ic_over_time(report: Outcome) -> str:
    """Mean IC by month as bars; below them the running sum of the daily ICs."""
    canvas = Canvas(width=_WIDTH, height=370, title="Information coefficient over the test sessions")
    dates, ic = report.test_dates, report.daily.ic
    x = Scale(low=0, high=len(dates), start=_LEFT, end=_RIGHT)
    months = _months(dates)
    means = [_mean(ic[a:b]) for a, b in months]
    overall = _mean(ic)
    upper = scale_for([*means, overall], 168, 36, zero=True, ticks=6)
    canvas.text(_LEFT, 20, "Mean daily IC by month", fill=INK, bold=True)
    canvas.value_axis(upper, _LEFT, _RIGHT, ticks=6)
    for (a, b), mean in zip(months, means, strict=True):
        if math.isfinite(mean):
            high, low = min(upper(mean), upper(0)), max(upper(mean), upper(0))
            note = f"{str(dates[a])[:7]}: {mean:+.4f}"
            canvas.rect(
                x(a) + 1,
                high,
                max(1.0, x(b) - x(a) - 2),
                low - high,
                BLUE if mean > 0 else VERMILION,
                note=note,
            )
    if math.isfinite(overall):
        canvas.line(_LEFT, upper(overall), _RIGHT, upper(overall), stroke=INK, dash="5 4")
        canvas.text(_RIGHT, 20, f"dashed: mean over all dates {_signed(overall, 4)}", anchor="end")
    running = np.cumsum(np.where(np.isfinite(ic), ic, 0.0))
    lower = scale_for([float(v) for v in running], 340, 222, zero=True)
    canvas.text(_LEFT, 206, "Cumulative daily IC", fill=INK, bold=True)
    _years(canvas, dates, x, top=216, bottom=342, baseline=358)
    canvas.value_axis(lower, _LEFT, _RIGHT)
    canvas.path([(x(i + 0.5), lower(float(v))) for i, v in enumerate(running)], stroke=INK)
    return canvas.svg()


def quantile_bars(report: Outcome) -> str:
    """Mean label by quantile of the prediction, in basis points; dashed: the mean over the quantiles."""
    canvas = Canvas(width=_WIDTH, height=250, title="Mean forward return by quantile of the prediction")
    values = [
        v * 1e4 if isinstance(v, float) else math.nan for v in _list(report.figures["quantile_returns"])
    ]
    right = _RIGHT - 130
    y = scale_for(values, 208, 36, zero=True)
    horizon = report.definition.model.horizon
    canvas.text(_LEFT, 20, f"Mean {horizon}-session return by prediction, basis points", fill=INK, bold=True)
    canvas.value_axis(y, _LEFT, right)
    room = (right - _LEFT) / max(1, len(values))
    for i, value in enumerate(values):
        if not math.isfinite(value):
            continue
        left, middle = _LEFT + i * room + room * 0.18, _LEFT + (i + 0.5) * room
        high, low = min(y(value), y(0)), max(y(value), y(0))
        canvas.rect(left, high, room * 0.64, low - high, BLUE if value >= 0 else VERMILION)
        inside = low - high > 26
        baseline = (high + low) / 2 + 4 if inside else high - 6 if value >= 0 else low + 15
        shown = f"{value:+.1f}".replace("-", "\N{MINUS SIGN}")
        canvas.text(middle, baseline, shown, anchor="middle", fill="#fff" if inside else INK, bold=True)
        name = {0: "Q1 lowest", len(values) - 1: f"Q{len(values)} highest"}.get(i, f"Q{i + 1}")
        canvas.text(middle, 232, name, anchor="middle")
    known = [v for v in values if math.isfinite(v)]
    if known:
        mean = sum(known) / len(known)
        canvas.line(_LEFT, y(mean), right + 8, y(mean), stroke=INK, dash="5 4")
        canvas.text(right + 12, y(mean) + 4, f"mean {_signed(mean, 1)}")
    return canvas.svg()


def coefficient_path(report: Outcome) -> str:
    """One small chart a feature, each on its own scale: the coefficient of every fold."""
    names = report.definition.model.names[:_MOST_COEFFICIENTS]
    columns = 3
    rows = math.ceil(len(names) / columns)
    wide, tall = _WIDTH / columns, 150
    canvas = Canvas(width=_WIDTH, height=int(rows * tall + 10), title="Coefficients by fold")
    for i, name in enumerate(names):
        left, top = (i % columns) * wide, (i // columns) * tall
        values = [float(_list(fold["coef"])[i]) for fold in report.folds]
        _small_chart(canvas, name, values, left=left + 58, right=left + wide - 14, top=top)
    return canvas.svg()


def _small_chart(
    canvas: Canvas, name: str, values: Sequence[float], *, left: float, right: float, top: float
) -> None:
    y = scale_for(values, top + 122, top + 38, zero=True, ticks=3)
    x = Scale(low=0, high=max(1, len(values) - 1), start=left + 8, end=right - 8)
    room = int((right - left + 44) / 7.2)
    canvas.text(
        left - 44, top + 20, name if len(name) <= room else name[: room - 1] + "…", fill=INK, bold=True
    )
    canvas.value_axis(y, left, right, ticks=3, size=11)
    canvas.path([(x(k), y(v)) for k, v in enumerate(values)], stroke=GREEN)
    for k, value in enumerate(values):
        canvas.dot(x(k), y(value), GREEN)
        if k in {0, len(values) - 1}:
            canvas.text(x(k), top + 140, f"fold {k + 1}", anchor="middle", size=11)


def _years(
    canvas: Canvas, dates: NDArray[np.datetime64], x: Scale, *, top: float, bottom: float, baseline: float
) -> None:
    """A thin line where each year begins, with its number; quarters where there are fewer than three years."""
    unit = "datetime64[Y]" if len(np.unique(dates.astype("datetime64[Y]"))) > 2 else "datetime64[M]"
    starts = dates.astype(unit)
    first = np.flatnonzero(starts[1:] != starts[:-1]) + 1
    if unit.endswith("[M]"):
        first = first[(starts[first].astype(int) % 3) == 0]
    for position in first.tolist():
        canvas.line(x(position), top, x(position), bottom, stroke=GRID)
        canvas.text(x(position), baseline, str(starts[position]), anchor="middle", fill=QUIET)


def _months(dates: NDArray[np.datetime64]) -> list[tuple[int, int]]:
    months = dates.astype("datetime64[M]")
    edges = [0, *(np.flatnonzero(months[1:] != months[:-1]) + 1).tolist(), len(dates)]
    return list(pairwise(edges))


def _mean(values: NDArray[np.float64]) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else math.nan


def _signed(value: float, decimals: int) -> str:
    return ("+" if value > 0 else "") + number(round(value, decimals))


def _list(value: object) -> list[float]:
    assert isinstance(value, list)
    return value
