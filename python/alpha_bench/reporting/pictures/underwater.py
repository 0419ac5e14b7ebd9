"""How far the book was below its best value so far."""

from __future__ import annotations

from alpha_bench.evaluation import Outcome
from alpha_bench.metrics import after_costs, underwater
from alpha_bench.reporting.canvas import BLUE, INK, ORANGE, PALE, Canvas, Scale, scale_for
from alpha_bench.reporting.pictures.frame import LEFT, RIGHT, WIDTH, fixed, line, readings, thin, time_axis

_TOP, _BOTTOM = 36, 140
_COST_BPS = 10


def draw(report: Outcome) -> str:
    """Before costs as a surface, after 10 basis points as a dashed line; per cent of the capital."""
    book = report.study.portfolio
    assert book is not None
    dates = report.test_dates[book.begin :]
    profit, turnover = book.profit[book.begin :], book.turnover[book.begin :]
    gross = underwater(profit) * 100
    net = underwater(after_costs(profit, turnover, _COST_BPS)) * 100
    canvas = Canvas(
        width=WIDTH,
        height=174,
        title="Fall of the book below its best value so far",
        description=f"Deepest before costs {fixed(float(gross.min()), 1)} %, after {_COST_BPS} basis points {fixed(float(net.min()), 1)} %.",
    )
    x = Scale(low=0, high=len(dates), start=LEFT, end=RIGHT)
    y = scale_for([*gross.tolist(), *net.tolist()], _BOTTOM, _TOP, zero=True, ticks=3)
    names = ("before costs", f"after {_COST_BPS} bps")
    canvas.text(LEFT, 20, "Below the best value so far, % of capital", fill=INK, bold=True)
    canvas.keys(LEFT + 290, 20, [(BLUE, "", names[0]), (ORANGE, "4 3", names[1])])
    time_axis(canvas, dates, x, top=_TOP, bottom=_BOTTOM + 2, baseline=_BOTTOM + 20)
    with canvas.plot(LEFT, RIGHT, _TOP - 1, _BOTTOM + 2):
        with canvas.series(names[0]):
            canvas.area([(x(i + 0.5), y(float(gross[i]))) for i in thin(gross)], base=y(0), fill=PALE)
            line(canvas, gross, x, y, stroke=BLUE, width=1.2)
        with canvas.series(names[1]):
            line(canvas, net, x, y, stroke=ORANGE, dash="4 3")
    canvas.value_axis(y, LEFT, RIGHT, ticks=3)
    at = readings(len(dates))
    canvas.read_out(
        LEFT,
        RIGHT,
        [str(dates[i]) for i in at],
        [(n, [fixed(float(v[i]), 1) + " %" for i in at]) for n, v in zip(names, (gross, net), strict=True)],
    )
    return canvas.svg()
