"""Which sessions train, test, or are dropped in each fold: of a report, or of a splitter before anything is computed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from alpha_bench.evaluation import Outcome
from alpha_bench.model_selection import Split
from alpha_bench.reporting.canvas import BLUE, ORANGE, PALE, VERMILION, Canvas, Scale, ticks_of
from alpha_bench.reporting.pictures.frame import LEFT, RIGHT, WIDTH, time_axis
from alpha_bench.runtime import Html

_ROW, _TOP = 19, 40
_HEIGHTS = {"training": 8, "embargo": 5, "purge": 5, "test": 14}  # the shape tells what the colour tells


def draw(report: Outcome) -> Html:
    """The folds of a report on its panel's own sessions."""
    return draw_splits(report.splits, report.dates)


def draw_splits(splits: Sequence[Split], calendar: NDArray[np.datetime64] | int) -> Html:
    """One row a fold: training thin, test thick, what is dropped between them thinnest.

    ``calendar`` is the sessions' dates, or only how many there are: the axis then counts them.
    """
    dates = None if isinstance(calendar, int) else calendar
    total = calendar if isinstance(calendar, int) else len(calendar)
    bottom = _TOP + _ROW * len(splits)
    canvas = Canvas(
        width=WIDTH,
        height=bottom + 30,
        title="Folds: training, embargo, purge and test sessions",
        description=f"{len(splits)} folds over {total} sessions.",
    )
    canvas.legend(LEFT, 20, [(PALE, "training"), (ORANGE, "embargo"), (VERMILION, "purge"), (BLUE, "test")])
    x = Scale(low=0, high=total, start=LEFT, end=RIGHT)
    if dates is not None:
        time_axis(canvas, dates, x, top=_TOP - 6, bottom=bottom + 4, baseline=bottom + 20)
    else:
        for tick in ticks_of(x, 8):
            canvas.line(x(tick), _TOP - 6, x(tick), bottom + 4)
            canvas.text(x(tick), bottom + 20, f"{tick:g}", anchor="middle")
    for k, split in enumerate(splits):
        y = _TOP + k * _ROW
        canvas.text(LEFT - 9, y + 12, str(k + 1), anchor="end")
        for colour, sessions, what in (
            (PALE, split.train, "training"),
            (ORANGE, split.embargo, "embargo"),
            (VERMILION, split.purge, "purge"),
            (BLUE, split.test, "test"),
        ):
            tall = _HEIGHTS[what]
            for r in sessions.ranges:
                ends = (r.start, r.stop - 1) if dates is None else (dates[r.start], dates[r.stop - 1])
                note = f"fold {k + 1}, {what}: {len(r)} sessions, {ends[0]} to {ends[1]}"
                canvas.rect(
                    x(r.start), y + 8 - tall / 2, max(0.6, x(r.stop) - x(r.start)), tall, colour, note=note
                )
    return canvas.svg()
