"""The Sharpe ratio of each calendar year."""

from __future__ import annotations

import math

from alpha_bench.evaluation import Outcome
from alpha_bench.reporting.canvas import BLUE, GREY, INK, VERMILION, Canvas, scale_for
from alpha_bench.reporting.pictures.frame import LEFT, RIGHT, WIDTH, fixed, signed
from alpha_bench.runtime import Html

_TOP, _BOTTOM = 40, 150
_HALF_A_YEAR = 126


def draw(report: Outcome) -> Html:
    """A bar a year, grey for less than half of one; dashed: that of the whole record."""
    years = report.supplement.years
    whole = report.supplement.interval.sharpe
    canvas = Canvas(
        width=WIDTH,
        height=180,
        title="Sharpe ratio of each year, before costs",
        description="; ".join(f"{y.year}: {fixed(y.sharpe, 2)}" for y in years),
    )
    canvas.text(LEFT, 20, "Sharpe ratio by year, before costs", fill=INK, bold=True)
    right = RIGHT - 90
    y = scale_for([*(one.sharpe for one in years), whole], _BOTTOM, _TOP, zero=True, ticks=3)
    canvas.value_axis(y, LEFT, right, ticks=3)
    room = (right - LEFT) / max(1, len(years))
    for i, one in enumerate(years):
        middle = LEFT + (i + 0.5) * room
        canvas.text(middle, _BOTTOM + 20, one.year, anchor="middle")
        if not math.isfinite(one.sharpe):
            continue
        high, low = min(y(one.sharpe), y(0)), max(y(one.sharpe), y(0))
        width = min(room * 0.6, 60)
        colour = GREY if one.sessions < _HALF_A_YEAR else BLUE if one.sharpe >= 0 else VERMILION
        note = f"{one.year}: Sharpe {one.sharpe:+.2f}, {one.sessions} sessions"
        canvas.rect(middle - width / 2, high, width, low - high, colour, note=note)
    if math.isfinite(whole):
        canvas.line(LEFT, y(whole), right + 6, y(whole), stroke=INK, dash="5 4")
        canvas.text(right + 10, y(whole) + 4, f"all {signed(whole, 2)}")
    return canvas.svg()
