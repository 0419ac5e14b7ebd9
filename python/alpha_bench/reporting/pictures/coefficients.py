"""The coefficients of every fold."""

from __future__ import annotations

import math
from collections.abc import Sequence

from alpha_bench.evaluation import Outcome
from alpha_bench.reporting.canvas import GREEN, INK, Canvas, Scale, scale_for
from alpha_bench.reporting.pictures.frame import WIDTH
from alpha_bench.runtime import Html

_MOST, _COLUMNS, _TALL = 24, 3, 150


def draw(report: Outcome) -> Html:
    """One small chart a feature, each on its own scale: the coefficient of every fold."""
    names = report.feature_names[:_MOST]
    rows = math.ceil(len(names) / _COLUMNS)
    wide = WIDTH / _COLUMNS
    canvas = Canvas(width=WIDTH, height=int(rows * _TALL + 10), title="Coefficients by fold")
    for i, name in enumerate(names):
        left, top = (i % _COLUMNS) * wide, (i // _COLUMNS) * _TALL
        values = [fold.coef[i] for fold in report.folds if fold.coef is not None]
        _chart(canvas, name, values, left=left + 58, right=left + wide - 14, top=top)
    return canvas.svg()


def _chart(
    canvas: Canvas, name: str, values: Sequence[float], *, left: float, right: float, top: float
) -> None:
    y = scale_for(values, top + 122, top + 38, zero=True, ticks=3)
    x = Scale(low=0, high=max(1, len(values) - 1), start=left + 8, end=right - 8)
    room = int((right - left + 44) / 7.2)
    canvas.text(
        left - 44, top + 20, name if len(name) <= room else name[: room - 1] + "…", fill=INK, bold=True
    )
    canvas.value_axis(y, left, right, ticks=3, size=11)
    canvas.path([(x(k), y(v)) for k, v in enumerate(values)], stroke=GREEN)
    for k, value in enumerate(values):
        canvas.dot(x(k), y(value), GREEN, note=f"fold {k + 1}: {value:.6g}")
        if k in {0, len(values) - 1}:
            canvas.text(x(k), top + 140, f"fold {k + 1}", anchor="middle", size=11)


def _list(value: object) -> list[float]:
    assert isinstance(value, list)
    return value
