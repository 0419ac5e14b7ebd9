"""The running sum of the daily IC along each path of a combinatorial splitter."""

from __future__ import annotations

import numpy as np

from alpha_bench.evaluation import Outcome
from alpha_bench.reporting.canvas import GREY, INK, Canvas, Scale, scale_for
from alpha_bench.reporting.pictures.frame import LEFT, RIGHT, WIDTH, line, mean_of, signed, time_axis
from alpha_bench.runtime import Html

_TOP, _BOTTOM = 44, 206


def draw(report: Outcome) -> Html:
    """A thin line a path, thick their mean: how far apart they are is how much the choice of training sessions matters."""
    dates = report.test_dates
    sums = [np.cumsum(np.where(np.isfinite(p.ic), p.ic, 0.0)) for p in report.paths]
    means = [mean_of(p.ic) for p in report.paths]
    canvas = Canvas(
        width=WIDTH,
        height=240,
        title="Running sum of the daily IC along each path",
        description=f"{len(sums)} paths; mean IC from {signed(min(means), 4)} to {signed(max(means), 4)}.",
    )
    x = Scale(low=0, high=len(dates), start=LEFT, end=RIGHT)
    y = scale_for([float(v) for s in sums for v in s], _BOTTOM, _TOP, zero=True)
    canvas.text(LEFT, 20, f"Running sum of the daily IC on {len(sums)} paths", fill=INK, bold=True)
    canvas.keys(LEFT + 330, 20, [(GREY, "", "each path"), (INK, "", "mean of the paths")])
    time_axis(canvas, dates, x, top=_TOP, bottom=_BOTTOM + 2, baseline=_BOTTOM + 20)
    canvas.value_axis(y, LEFT, RIGHT)
    with canvas.plot(LEFT, RIGHT, _TOP - 2, _BOTTOM + 2):
        with canvas.series("each path"):
            for values in sums:
                line(canvas, values, x, y, stroke=GREY, width=1)
        with canvas.series("mean of the paths"):
            overall = np.cumsum(np.where(np.isfinite(report.daily.ic), report.daily.ic, 0.0))
            line(canvas, overall, x, y, stroke=INK, width=2.2)
    return canvas.svg()
