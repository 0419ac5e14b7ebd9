"""What each quantile of the prediction earned beyond the average of all, over time."""

from __future__ import annotations

import numpy as np

from alpha_bench.evaluation import Outcome
from alpha_bench.reporting.canvas import BLUE, GREY, INK, ORANGE, SKY, VERMILION, Canvas, Scale, scale_for
from alpha_bench.reporting.pictures.frame import LEFT, RIGHT, WIDTH, fixed, line, readings, signed, time_axis
from alpha_bench.runtime import Html

_STYLES = ((VERMILION, "2 3"), (ORANGE, "7 3"), (GREY, "3 2 8 2"), (SKY, "9 2"), (BLUE, ""))
_BETWEEN = (GREY, "1 4")
_TOP, _BOTTOM = 44, 250
_MOST_TOLD = 12


def draw(report: Outcome) -> Html:
    """A line a quantile: summed daily returns less those of the average of all predicted assets, per cent."""
    book = report.study.portfolio
    assert book is not None
    dates = report.test_dates
    excess = (book.quantiles[:, :-1] - book.quantiles[:, -1:])[book.begin :]
    sums = np.cumsum(np.where(np.isfinite(excess), excess, 0.0), axis=0) * 100
    shown = dates[book.begin :]
    names = [f"Q{i + 1}" for i in range(sums.shape[1])]
    names[0], names[-1] = "Q1 lowest", f"Q{len(names)} highest"
    styles = _styles(len(names))
    canvas = Canvas(
        width=WIDTH,
        height=284,
        title="Cumulative return of each quantile beyond the average of all",
        description="; ".join(
            f"{n} ends at {signed(float(v), 1)} %" for n, v in zip(names, sums[-1], strict=True)
        ),
    )
    x = Scale(low=0, high=len(shown), start=LEFT, end=RIGHT - 40)
    y = scale_for(sums.ravel().tolist(), _BOTTOM, _TOP, zero=True)
    canvas.text(LEFT, 20, "Beyond the average of all, summed, %", fill=INK, bold=True)
    canvas.keys(LEFT + 270, 20, _keys(styles, names))
    time_axis(canvas, shown, x, top=_TOP, bottom=_BOTTOM + 2, baseline=_BOTTOM + 20)
    canvas.value_axis(y, LEFT, RIGHT - 40)
    with canvas.plot(LEFT, RIGHT - 40, _TOP - 2, _BOTTOM + 2):
        for i, (colour, dash) in enumerate(styles):
            with canvas.series(names[i]):
                line(canvas, sums[:, i], x, y, stroke=colour, dash=dash, width=2)
    told = range(len(names)) if len(names) <= _MOST_TOLD else (0, len(names) - 1)
    ends = sorted((y(float(sums[-1, i])), i) for i in told)
    last = -100.0
    for height, i in ends:
        last = max(height + 4, last + 12)
        canvas.text(RIGHT - 34, last, f"Q{i + 1}", size=11)
    at = readings(len(shown))
    canvas.read_out(
        LEFT,
        RIGHT - 40,
        [str(shown[i]) for i in at],
        [
            (name, [fixed(float(sums[i, q]), 1) + " %" for i in at])
            for q, name in reversed(list(enumerate(names)))
        ],
    )
    return canvas.svg()


def _styles(count: int) -> list[tuple[str, str]]:
    """Of five quantiles each has its own; of more or fewer the outer two on each side have, and those between are alike."""
    if count == len(_STYLES):
        return list(_STYLES)
    outer = min(2, count // 2)
    return [*_STYLES[:outer], *[_BETWEEN] * (count - 2 * outer), *_STYLES[len(_STYLES) - outer :]]


def _keys(styles: list[tuple[str, str]], names: list[str]) -> list[tuple[str, str, str]]:
    keys = [(c, d, n) for (c, d), n in zip(styles, names, strict=True)]
    return keys if len(keys) <= len(_STYLES) else [*keys[:2], (*_BETWEEN, "between"), *keys[-2:]]
