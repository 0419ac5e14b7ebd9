"""What the book earned, before and after costs."""

from __future__ import annotations

import numpy as np

from alpha_bench.evaluation import Outcome
from alpha_bench.metrics import COSTS_BPS, after_costs
from alpha_bench.reporting.canvas import BLUE, GREEN, INK, ORANGE, VERMILION, Canvas, Scale, scale_for
from alpha_bench.reporting.pictures.frame import LEFT, RIGHT, WIDTH, fixed, line, readings, signed, time_axis
from alpha_bench.runtime import Html

STYLES = ((BLUE, ""), (GREEN, "8 3"), (ORANGE, "4 3"), (VERMILION, "1.5 3"))
_TOP, _BOTTOM = 44, 230


def draw(report: Outcome) -> Html:
    """A line a cost: summed daily profits in per cent of the capital."""
    book = report.study.portfolio
    assert book is not None
    dates = report.test_dates[book.begin :]
    profit, turnover = book.profit[book.begin :], book.turnover[book.begin :]
    sums = [np.cumsum(after_costs(profit, turnover, c)) * 100 for c in COSTS_BPS]
    names = ["before costs", *(f"{c} bps" for c in COSTS_BPS[1:])]
    canvas = Canvas(
        width=WIDTH,
        height=264,
        title="Profit of the overlapping-tranche book, before and after costs",
        description="; ".join(
            f"{n}: ends at {signed(float(s[-1]), 1)} %" for n, s in zip(names, sums, strict=True)
        ),
    )
    x = Scale(low=0, high=len(dates), start=LEFT, end=RIGHT)
    y = scale_for([float(v) for s in sums for v in s], _BOTTOM, _TOP, zero=True)
    canvas.text(LEFT, 20, "Summed profit, % of capital", fill=INK, bold=True)
    canvas.keys(LEFT + 210, 20, [(c, d, n) for (c, d), n in zip(STYLES, names, strict=True)])
    time_axis(canvas, dates, x, top=_TOP, bottom=_BOTTOM + 2, baseline=_BOTTOM + 20)
    canvas.value_axis(y, LEFT, RIGHT)
    with canvas.plot(LEFT, RIGHT, _TOP - 2, _BOTTOM + 2):
        for values, (colour, dash), name in zip(sums, STYLES, names, strict=True):
            with canvas.series(name):
                line(canvas, values, x, y, stroke=colour, dash=dash, width=2)
    at = readings(len(dates))
    canvas.read_out(
        LEFT,
        RIGHT,
        [str(dates[i]) for i in at],
        [(n, [fixed(float(s[i]), 1) + " %" for i in at]) for n, s in zip(names, sums, strict=True)],
    )
    return canvas.svg()
