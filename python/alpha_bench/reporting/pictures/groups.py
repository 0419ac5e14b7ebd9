"""IC within each group, with its 95 % band."""

from __future__ import annotations

import math

from alpha_bench.evaluation import Outcome
from alpha_bench.metrics import BAND
from alpha_bench.reporting.canvas import BLUE, GRID, INK, PALE, Canvas, Scale, number, scale_for, ticks_of
from alpha_bench.reporting.pictures.frame import RIGHT, WIDTH, fixed
from alpha_bench.runtime import Html

_ROW, _LEFT = 22, 240
_MOST = 40


def draw(report: Outcome) -> Html:
    """One row a group, the highest IC first: a dot for the mean daily IC among its own assets, a bar for the band."""
    groups = sorted(report.study.groups, key=lambda g: (-g.ic if math.isfinite(g.ic) else math.inf, g.group))[
        :_MOST
    ]
    height = 44 + _ROW * len(groups) + 22
    canvas = Canvas(
        width=WIDTH,
        height=height,
        title="IC within each group, with 95 % bands",
        description="; ".join(f"{g.group}: {fixed(g.ic, 3)}, t {fixed(g.t, 1)}" for g in groups),
    )
    bands = [
        (g.ic - BAND * g.ic / g.t, g.ic + BAND * g.ic / g.t) for g in groups if math.isfinite(g.t) and g.t
    ]
    known = scale_for([v for band in bands for v in band], _LEFT, RIGHT - 70, zero=True, ticks=6)
    x = Scale(low=known.low, high=known.high, start=_LEFT, end=RIGHT - 70)
    canvas.text(16, 20, "Mean daily IC among the group's own assets", fill=INK, bold=True)
    canvas.text(RIGHT, 20, "t", anchor="end")
    for tick in ticks_of(x, 6):
        canvas.line(x(tick), 32, x(tick), height - 24, stroke=INK if abs(tick) < 1e-12 else GRID)
        canvas.text(x(tick), height - 8, number(round(tick, 12)), anchor="middle")
    for i, g in enumerate(groups):
        y = 44 + i * _ROW
        shown = g.group if len(g.group) < 26 else g.group[:24] + "…"
        canvas.text(16, y + 4, f"{shown} ({g.assets:.0f})", fill=INK)
        canvas.text(RIGHT, y + 4, fixed(g.t, 2), anchor="end", fill=INK)
        if not (math.isfinite(g.t) and g.t):
            continue
        error = BAND * abs(g.ic / g.t)
        note = f"{g.group}: IC {g.ic:+.4f}, t {g.t:.2f}, rank IC {g.rank_ic:+.4f}, {g.n_dates} dates, {g.assets:.0f} assets a date"
        canvas.rect(x(g.ic - error), y - 4, x(g.ic + error) - x(g.ic - error), 8, PALE, note=note)
        canvas.dot(x(g.ic), y, BLUE, 4)
    return canvas.svg()
