"""How fast the predictions change, and what the book trades for it."""

from __future__ import annotations

import numpy as np

from alpha_bench.evaluation import Outcome
from alpha_bench.metrics import month_bounds
from alpha_bench.reporting.canvas import BLUE, INK, ORANGE, Canvas, Scale, scale_for
from alpha_bench.reporting.pictures.frame import LEFT, RIGHT, WIDTH, fixed, mean_of, time_axis
from alpha_bench.runtime import Html

_STYLES = ((BLUE, ""), (ORANGE, "7 3"), (INK, "2 3"))
_TOP, _BOTTOM = 44, 158


def draw(report: Outcome) -> Html:
    """A line a quantity, one point a month, in per cent a session."""
    book = report.study.portfolio
    assert book is not None
    dates = report.test_dates
    months = month_bounds(dates)
    series = {
        "new in the highest": book.top_turnover,
        "new in the lowest": book.bottom_turnover,
        "traded by the book": book.turnover,
    }
    means = {name: [100 * mean_of(v[a:b]) for a, b in months] for name, v in series.items()}
    canvas = Canvas(
        width=WIDTH,
        height=192,
        title="Turnover of the outer quantiles and of the book",
        description="; ".join(f"{n}: {fixed(100 * mean_of(v), 1)} % a session" for n, v in series.items()),
    )
    x = Scale(low=0, high=len(dates), start=LEFT, end=RIGHT)
    y = scale_for([v for values in means.values() for v in values], _BOTTOM, _TOP, zero=True, ticks=3)
    canvas.text(LEFT, 20, "Turnover, % a session", fill=INK, bold=True)
    canvas.keys(LEFT + 180, 20, [(c, d, n) for (c, d), n in zip(_STYLES, means, strict=True)])
    time_axis(canvas, dates, x, top=_TOP, bottom=_BOTTOM + 2, baseline=_BOTTOM + 20)
    canvas.value_axis(y, LEFT, RIGHT, ticks=3)
    middle = [x((a + b) / 2) for a, b in months]
    with canvas.plot(LEFT, RIGHT, _TOP - 2, _BOTTOM + 2):
        for (name, values), (colour, dash) in zip(means.items(), _STYLES, strict=True):
            with canvas.series(name):
                canvas.path(
                    [(m, y(v)) for m, v in zip(middle, values, strict=True)], stroke=colour, dash=dash
                )
    month_of = np.repeat(np.arange(len(months)), [b - a for a, b in months])
    step = max(1, len(dates) // 400)
    at = month_of[::step].tolist()
    canvas.read_out(
        LEFT,
        RIGHT,
        [str(dates[months[m][0]])[:7] for m in at],
        [(name, [fixed(values[m], 1) + " %" for m in at]) for name, values in means.items()],
    )
    return canvas.svg()
