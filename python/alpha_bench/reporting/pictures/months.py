"""Mean daily IC of each calendar month: a row a year. The number is written in, the colour only helps the eye."""

from __future__ import annotations

import math

from alpha_bench.evaluation import Outcome
from alpha_bench.reporting.canvas import GRID, INK, QUIET, Canvas
from alpha_bench.reporting.pictures.frame import LEFT, RIGHT, WIDTH, fixed, mean_of
from alpha_bench.runtime import Html

_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ROW = 24
_HIGH, _LOW = (0, 114, 178), (213, 94, 0)


def draw(report: Outcome) -> Html:
    """A table of months with blue above zero and vermilion below, paler towards zero; the mean of the year's days at the right."""
    months = {m.month: m for m in report.study.months}
    years = sorted({name[:4] for name in months})
    largest = max((abs(m.ic) for m in months.values() if math.isfinite(m.ic)), default=1.0) or 1.0
    canvas = Canvas(
        width=WIDTH,
        height=44 + _ROW * len(years),
        title="Mean daily IC by calendar month",
        description="; ".join(f"{m.month} {fixed(m.ic, 3)}" for m in months.values()),
    )
    room = (RIGHT - LEFT) / 13
    for i, name in enumerate((*_NAMES, "year")):
        canvas.text(LEFT + (i + 0.5) * room, 22, name, anchor="middle")
    for r, year in enumerate(years):
        y = 32 + r * _ROW
        canvas.text(LEFT - 9, y + 16, year, anchor="end")
        for i in range(12):
            month = months.get(f"{year}-{i + 1:02d}")
            if month is not None:
                _cell(
                    canvas,
                    (LEFT + i * room, y),
                    room,
                    month.ic,
                    largest=largest,
                    note=f"{month.month}: {month.n_dates} dates",
                )
        days = report.daily.ic[report.test_dates.astype("datetime64[Y]").astype(str) == year]
        _cell(
            canvas,
            (LEFT + 12 * room, y),
            room,
            mean_of(days),
            largest=largest,
            note=f"{year}: mean of its days",
        )
    return canvas.svg()


def _cell(
    canvas: Canvas, at: tuple[float, float], room: float, value: float, *, largest: float, note: str
) -> None:
    x, y = at
    if not math.isfinite(value):
        canvas.rect(x + 1, y, room - 2, _ROW - 2, GRID, note=f"{note}, none scored")
        return
    part = min(1.0, abs(value) / largest)
    end = _HIGH if value > 0 else _LOW
    colour = "#" + "".join(f"{round(255 + (c - 255) * part):02x}" for c in end)
    canvas.rect(x + 1, y, room - 2, _ROW - 2, colour, note=f"{note}, mean IC {value:+.4f}")
    ink = "#fff" if part > 0.62 else INK if part > 0.02 else QUIET
    canvas.text(x + room / 2, y + 15, fixed(value, 3), anchor="middle", fill=ink, size=11)
