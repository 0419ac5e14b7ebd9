"""How many assets are predicted on each session, beside those whose label became known."""

from __future__ import annotations

import numpy as np

from alpha_bench.evaluation import Outcome
from alpha_bench.reporting.canvas import BLUE, INK, ORANGE, PALE, Canvas, Scale, scale_for
from alpha_bench.reporting.pictures.frame import LEFT, RIGHT, WIDTH, line, readings, thin, time_axis

_TOP, _BOTTOM = 44, 158


def draw(report: Outcome) -> str:
    """Predicted assets as a surface, assets with a known label dashed."""
    dates = report.test_dates
    predicted, labelled = (
        np.asarray(v, dtype=float) for v in (report.study.predicted, report.study.labelled)
    )
    canvas = Canvas(
        width=WIDTH,
        height=192,
        title="Assets predicted on each session",
        description=f"From {predicted.min():.0f} to {predicted.max():.0f} predicted of {len(report.assets)} in the panel.",
    )
    x = Scale(low=0, high=len(dates), start=LEFT, end=RIGHT)
    y = scale_for([*predicted.tolist(), *labelled.tolist()], _BOTTOM, _TOP, zero=True, ticks=3)
    names = ("predicted", "label known")
    canvas.text(LEFT, 20, "Assets by session", fill=INK, bold=True)
    canvas.keys(LEFT + 150, 20, [(BLUE, "", names[0]), (ORANGE, "4 3", names[1])])
    time_axis(canvas, dates, x, top=_TOP, bottom=_BOTTOM + 2, baseline=_BOTTOM + 20)
    with canvas.plot(LEFT, RIGHT, _TOP - 2, _BOTTOM + 2):
        with canvas.series(names[0]):
            canvas.area([(x(i + 0.5), y(float(predicted[i]))) for i in thin(predicted)], base=y(0), fill=PALE)
            line(canvas, predicted, x, y, stroke=BLUE, width=1.2)
        with canvas.series(names[1]):
            line(canvas, labelled, x, y, stroke=ORANGE, dash="4 3", width=1.2)
    canvas.value_axis(y, LEFT, RIGHT, ticks=3)
    at = readings(len(dates))
    canvas.read_out(
        LEFT,
        RIGHT,
        [str(dates[i]) for i in at],
        [(n, [f"{v[i]:.0f}" for i in at]) for n, v in zip(names, (predicted, labelled), strict=True)],
    )
    return canvas.svg()
