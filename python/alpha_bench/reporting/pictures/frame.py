"""What the pictures share: their measures, the axis of time, thinning of long lines, and numbers as a reader writes them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from alpha_bench.reporting.canvas import BLUE, GRID, ORANGE, PALE, QUIET, Canvas, Scale, number, scale_for

WIDTH = 920
LEFT, RIGHT = 64, 900
MOST_POINTS = 1600
"""A line has at most about so many points, two a pixel: the least and the greatest of each stretch are kept."""
MOST_READINGS = 400


def time_axis(
    canvas: Canvas,
    dates: NDArray[np.datetime64],
    x: Scale,
    *,
    top: float,
    bottom: float,
    baseline: float | None,
) -> None:
    """A thin line where each year begins, with its number on ``baseline``; quarters where there are fewer than three years."""
    unit = "datetime64[Y]" if len(np.unique(dates.astype("datetime64[Y]"))) > 2 else "datetime64[M]"
    starts = dates.astype(unit)
    first = np.flatnonzero(starts[1:] != starts[:-1]) + 1
    if unit.endswith("[M]"):
        first = first[(starts[first].astype(int) % 3) == 0]
    for position in first.tolist():
        with canvas.tick(x(position)):
            canvas.line(x(position), top, x(position), bottom, stroke=GRID)
            if baseline is not None:
                canvas.text(x(position), baseline, str(starts[position]), anchor="middle", fill=QUIET)


def thin(values: NDArray[np.float64], most: int = MOST_POINTS) -> list[int]:
    """Positions that draw the same line at ``most`` points: of each stretch the least and the greatest; all where there are few."""
    n = len(values)
    if n <= most:
        return list(range(n))
    size = math.ceil(2 * n / most)
    whole = n // size * size
    parts = values[:whole].reshape(-1, size)
    known = np.isfinite(parts)  # a stretch without one gives its first position
    starts = np.arange(0, whole, size)
    least = starts + np.where(known, parts, np.inf).argmin(axis=1)
    greatest = starts + np.where(known, parts, -np.inf).argmax(axis=1)
    kept: list[int] = np.unique(np.concatenate([least, greatest, np.arange(whole, n)])).tolist()
    return kept


def line(
    canvas: Canvas,
    values: NDArray[np.float64],
    x: Scale,
    y: Scale,
    *,
    stroke: str,
    dash: str = "",
    width: float = 1.75,
) -> None:
    """A series over positions 0, 1, ..., thinned to what can be seen."""
    points = [(x(i + 0.5), y(float(values[i]))) for i in thin(values)]
    canvas.path(points, stroke=stroke, dash=dash, width=width)


def surface_and_line(
    canvas: Canvas,
    dates: NDArray[np.datetime64],
    series: tuple[NDArray[np.float64], NDArray[np.float64]],
    names: tuple[str, str],
    *,
    top: float,
    bottom: float,
    margin: float,
    keys: float,
    width: float,
    written: Callable[[float], str],
) -> None:
    """Two series over ``dates``: the first as a surface down to 0, the second as a dashed line of this ``width``. ``margin`` is left above
    the highest value; the keys begin at ``keys``; the pointer reads the values as they are ``written``."""
    x = Scale(low=0, high=len(dates), start=LEFT, end=RIGHT)
    y = scale_for([v for values in series for v in values.tolist()], bottom, top, zero=True, ticks=3)
    canvas.keys(keys, 20, [(BLUE, "", names[0]), (ORANGE, "4 3", names[1])])
    time_axis(canvas, dates, x, top=top, bottom=bottom + 2, baseline=bottom + 20)
    first, second = series
    with canvas.plot(LEFT, RIGHT, top - margin, bottom + 2):
        with canvas.series(names[0]):
            canvas.area([(x(i + 0.5), y(float(first[i]))) for i in thin(first)], base=y(0), fill=PALE)
            line(canvas, first, x, y, stroke=BLUE, width=1.2)
        with canvas.series(names[1]):
            line(canvas, second, x, y, stroke=ORANGE, dash="4 3", width=width)
    canvas.value_axis(y, LEFT, RIGHT, ticks=3)
    at = readings(len(dates))
    read = [(n, [written(float(v[i])) for i in at]) for n, v in zip(names, series, strict=True)]
    canvas.read_out(LEFT, RIGHT, [str(dates[i]) for i in at], read)


def readings(n: int) -> list[int]:
    """Positions, at equal steps, of which the pointer tells the values."""
    return list(range(0, n, max(1, math.ceil(n / MOST_READINGS))))


def mean_of(values: NDArray[np.float64] | Sequence[float]) -> float:
    """Mean of what is known, summed exactly; NaN for nothing."""
    known = [v for v in np.asarray(values, dtype=float).tolist() if math.isfinite(v)]
    return math.fsum(known) / len(known) if known else math.nan


def signed(value: float, decimals: int) -> str:
    """With its sign, a true minus."""
    if not math.isfinite(value):
        return "none"
    return ("+" if value > 0 else "") + number(round(value, decimals))


def fixed(value: float, decimals: int) -> str:
    """So many decimals, a true minus; a dash for what is not known."""
    if not math.isfinite(value):
        return "–"
    text = f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.removeprefix("-")  # no minus before nothing
    return text.replace("-", "\N{MINUS SIGN}")


def money(value: float) -> str:
    """``3 m``, ``1.5 bn``: millions and billions, two digits."""
    if not math.isfinite(value):
        return "none"
    for unit, name in ((1e12, "tn"), (1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if value >= 0.9995 * unit:
            size = f"{value / unit:.2g}" if value < 99.5 * unit else f"{value / unit:.0f}"
            return f"{size}\N{NO-BREAK SPACE}{name}"
    return f"{value:.2g}"
