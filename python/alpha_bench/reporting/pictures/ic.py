"""IC over time: monthly means as bars, and the running sums of the daily values below."""

from __future__ import annotations

import math

import numpy as np

from alpha_bench.evaluation import Outcome
from alpha_bench.reporting.canvas import BLUE, INK, ORANGE, VERMILION, Canvas, Scale, scale_for
from alpha_bench.reporting.pictures.frame import (
    LEFT,
    RIGHT,
    WIDTH,
    fixed,
    line,
    mean_of,
    readings,
    signed,
    time_axis,
)
from alpha_bench.runtime import Html

_BARS, _LINES = (36, 168), (236, 350)


def draw(report: Outcome) -> Html:
    """Mean IC by month as bars; below them the running sum of the daily ICs and rank ICs."""
    dates, ic, rank = report.test_dates, report.daily.ic, report.daily.rank_ic
    canvas = Canvas(
        width=WIDTH,
        height=380,
        title="Information coefficient over the test sessions",
        description=f"Mean daily IC {signed(mean_of(ic), 4)}; running sum ends at {signed(float(np.nansum(ic)), 1)}.",
    )
    x = Scale(low=0, high=len(dates), start=LEFT, end=RIGHT)
    running = [np.cumsum(np.where(np.isfinite(v), v, 0.0)) for v in (ic, rank)]
    lower = scale_for([float(v) for r in running for v in r], _LINES[1], _LINES[0], zero=True)
    canvas.text(LEFT, 214, "Running sum of the daily values", fill=INK, bold=True)
    canvas.keys(LEFT + 230, 214, [(INK, "", "IC"), (ORANGE, "5 3", "rank IC")])
    time_axis(canvas, dates, x, top=_BARS[0], bottom=_BARS[1], baseline=None)
    time_axis(canvas, dates, x, top=_LINES[0], bottom=_LINES[1] + 2, baseline=370)
    _bars(canvas, report, x)
    canvas.value_axis(lower, LEFT, RIGHT)
    with canvas.plot(LEFT, RIGHT, _LINES[0] - 2, _LINES[1] + 2):
        for values, colour, dash, name in zip(
            running, (INK, ORANGE), ("", "5 3"), ("IC", "rank IC"), strict=True
        ):
            with canvas.series(name):
                line(canvas, values, x, lower, stroke=colour, dash=dash)
    at = readings(len(dates))
    canvas.read_out(
        LEFT,
        RIGHT,
        [str(dates[i]) for i in at],
        [
            ("IC of the day", [fixed(float(ic[i]), 3) for i in at]),
            ("running sum", [fixed(float(running[0][i]), 2) for i in at]),
        ],
    )
    return canvas.svg()


def _bars(canvas: Canvas, report: Outcome, x: Scale) -> None:
    overall = mean_of(report.daily.ic)
    months = report.study.months
    means = [m.ic for m in months]
    y = scale_for([*means, overall], _BARS[1], _BARS[0], zero=True, ticks=6)
    canvas.text(LEFT, 20, "Mean daily IC by month", fill=INK, bold=True)
    canvas.value_axis(y, LEFT, RIGHT, ticks=6)
    starts = np.flatnonzero(np.diff(report.test_dates.astype("datetime64[M]").astype(int), prepend=-1))
    edges = [*starts.tolist(), len(report.test_dates)]
    with canvas.plot(LEFT, RIGHT, _BARS[0] - 2, _BARS[1] + 2):
        for month, a, b in zip(months, edges, edges[1:], strict=False):
            if math.isfinite(month.ic):
                high, low = min(y(month.ic), y(0)), max(y(month.ic), y(0))
                colour = BLUE if month.ic > 0 else VERMILION
                note = f"{month.month}: {month.ic:+.4f}"
                canvas.rect(x(a) + 1, high, max(1.0, x(b) - x(a) - 2), low - high, colour, note=note)
    if math.isfinite(overall):
        canvas.line(LEFT, y(overall), RIGHT, y(overall), stroke=INK, dash="5 4")
        canvas.text(RIGHT, 20, f"dashed: mean over all dates {signed(overall, 4)}", anchor="end")
