"""Mean forward return by quantile of the prediction."""

from __future__ import annotations

import math

import numpy as np

from alpha_bench.evaluation import Outcome
from alpha_bench.metrics import BAND, newey_west_error
from alpha_bench.reporting.canvas import BLUE, INK, VERMILION, Canvas, scale_for
from alpha_bench.reporting.pictures.frame import LEFT, RIGHT, WIDTH, fixed, signed
from alpha_bench.runtime import Html

_MOST_BESIDE, _MOST_NAMED = 6, 12


def draw(report: Outcome) -> Html:
    """A bar a quantile in basis points with its 95 % band; dashed: the mean over the quantiles."""
    horizon = report.definition.horizon
    values = [
        v * 1e4 if isinstance(v, float) else math.nan for v in _list(report.figures["quantile_returns"])
    ]
    errors = [_error(column, horizon) for column in report.study.spread.by_date.T]
    canvas = Canvas(
        width=WIDTH,
        height=270,
        title="Mean forward return by quantile of the prediction",
        description="; ".join(f"Q{i + 1}: {fixed(v, 1)} basis points" for i, v in enumerate(values)),
    )
    right = RIGHT - 130
    ends = [v + s * e for v, e in zip(values, errors, strict=True) for s in (-1, 1)]
    y = scale_for([*values, *ends], 222, 36, zero=True)
    canvas.text(LEFT, 20, f"Mean {horizon}-session label by quantile, basis points", fill=INK, bold=True)
    canvas.value_axis(y, LEFT, right)
    room = (right - LEFT) / max(1, len(values))
    for i, (value, error) in enumerate(zip(values, errors, strict=True)):
        if not math.isfinite(value):
            continue
        middle = LEFT + (i + 0.4) * room
        high, low = min(y(value), y(0)), max(y(value), y(0))
        note = f"Q{i + 1}: {value:+.1f} basis points, 95 % band {error:.1f} either side"
        canvas.rect(
            middle - room * 0.26, high, room * 0.52, low - high, BLUE if value >= 0 else VERMILION, note=note
        )
        if math.isfinite(error):
            canvas.line(middle, y(value - error), middle, y(value + error), stroke=INK, width=1.4)
            for end in (value - error, value + error):
                canvas.line(middle - 5, y(end), middle + 5, y(end), stroke=INK, width=1.4)
        _tell(
            canvas, i, len(values), middle=middle, side=middle + room * 0.29, height=y(value) + 4, value=value
        )
    known = [v for v in values if math.isfinite(v)]
    if known:
        mean = math.fsum(known) / len(known)
        canvas.line(LEFT, y(mean), right + 8, y(mean), stroke=INK, dash="5 4")
        canvas.text(right + 12, y(mean) + 4, f"mean {signed(mean, 1)}")
    return canvas.svg()


def _tell(
    canvas: Canvas, i: int, count: int, *, middle: float, side: float, height: float, value: float
) -> None:
    """The quantile's name, and its value beside the bar, or below the name where the bars are near to each other."""
    if count > _MOST_NAMED and i % math.ceil(count / _MOST_NAMED) and i != count - 1:
        return  # the pointer tells it
    name = {0: "Q1 lowest", count - 1: f"Q{count} highest"}.get(i, f"Q{i + 1}")
    text = f"{value:+.1f}".replace("-", "\N{MINUS SIGN}")
    canvas.text(middle, 244, name if count <= _MOST_BESIDE else f"Q{i + 1}", anchor="middle")
    if count <= _MOST_BESIDE:
        canvas.text(side, height, text, fill=INK, bold=True)
    else:
        canvas.text(middle, 260, text, fill=INK, anchor="middle", size=11)


def _error(column: np.ndarray[tuple[int], np.dtype[np.float64]], horizon: int) -> float:
    return BAND * newey_west_error(column[np.isfinite(column)], 2 * (horizon - 1)) * 1e4


def _list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value
