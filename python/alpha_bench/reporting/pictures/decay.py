"""IC over horizons with its 95 % bands."""

from __future__ import annotations

import math

from alpha_bench.evaluation import Outcome
from alpha_bench.reporting.canvas import BLUE, INK, PALE, QUIET, Canvas, scale_for
from alpha_bench.reporting.pictures.frame import LEFT, RIGHT, WIDTH, fixed
from alpha_bench.runtime import Html


def draw(report: Outcome) -> Html:
    """A dot a horizon, its Newey-West band as a bar; the label's own horizon is ringed and named."""
    points = report.study.decay
    own = report.definition.horizon
    canvas = Canvas(
        width=WIDTH,
        height=250,
        title="IC by horizon, with 95 % bands",
        description="; ".join(f"{p.horizon} sessions: {fixed(p.ic, 4)}, t {fixed(p.t, 2)}" for p in points),
    )
    y = scale_for([v for p in points for v in (p.low, p.high)], 204, 36, zero=True, ticks=5)
    canvas.text(LEFT, 20, "Mean daily IC with the return over the next k sessions", fill=INK, bold=True)
    canvas.value_axis(y, LEFT, RIGHT, ticks=5)
    room = (RIGHT - LEFT) / max(1, len(points))
    dots = []
    for i, p in enumerate(points):
        x = LEFT + (i + 0.5) * room
        canvas.text(
            x,
            224,
            f"{p.horizon}",
            anchor="middle",
            fill=INK if p.horizon == own else QUIET,
            bold=p.horizon == own,
        )
        if p.horizon == own:
            canvas.text(x, 240, "the label", anchor="middle", size=11)
        if not (math.isfinite(p.low) and math.isfinite(p.ic)):
            continue
        note = f"{p.horizon} sessions: IC {p.ic:+.4f}, 95 % from {p.low:+.4f} to {p.high:+.4f}, t {p.t:.2f}, {p.n_dates} dates"
        canvas.rect(x - 7, y(p.high), 14, y(p.low) - y(p.high), PALE, note=note)
        dots.append((x, y(p.ic)))
    canvas.path(dots, stroke=BLUE, dash="3 3", width=1.2)
    for x, height in dots:
        canvas.dot(x, height, BLUE, 4)
    canvas.text(LEFT - 9, 224, "k", anchor="end")
    return canvas.svg()
