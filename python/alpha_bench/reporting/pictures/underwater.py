"""How far the book was below its best value so far."""

from __future__ import annotations

from alpha_bench.evaluation import Outcome
from alpha_bench.metrics import after_costs, underwater
from alpha_bench.reporting.canvas import INK, Canvas
from alpha_bench.reporting.pictures.frame import LEFT, WIDTH, fixed, surface_and_line
from alpha_bench.runtime import Html

_COST_BPS = 10


def draw(report: Outcome) -> Html:
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
    canvas.text(LEFT, 20, "Below the best value so far, % of capital", fill=INK, bold=True)
    surface_and_line(
        canvas,
        dates,
        (gross, net),
        ("before costs", f"after {_COST_BPS} bps"),
        top=36,
        bottom=140,
        margin=1,
        keys=LEFT + 290,
        width=1.75,
        written=lambda v: fixed(v, 1) + " %",
    )
    return canvas.svg()
