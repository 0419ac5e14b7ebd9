"""How many of the book's trades are large beside what is traded anyway, by size of the book."""

from __future__ import annotations

import math

from alpha_bench.evaluation import Outcome
from alpha_bench.reporting.canvas import BLUE, GRID, INK, ORANGE, VERMILION, Canvas, Scale
from alpha_bench.reporting.pictures.frame import LEFT, RIGHT, WIDTH, fixed, money
from alpha_bench.runtime import Html

_STYLES = ((BLUE, ""), (ORANGE, "7 3"), (VERMILION, "2 3"))
_TOP, _BOTTOM = 44, 206


def draw(report: Outcome) -> Html:
    """A line a limit (1, 5, 10 % of ADV): the share of trades above it, over the book's size on a logarithmic axis."""
    book = report.study.portfolio
    assert book is not None
    found = book.capacity
    assert found is not None
    canvas = Canvas(
        width=WIDTH,
        height=250,
        title="Share of trades above 1, 5 and 10 % of average daily volume, by size of the book",
        description=f"Median trade reaches 5 % at {money(found.book_at_5_percent)}; one in twenty at {money(found.tail_at_5_percent)}.",
    )
    x = Scale(
        low=math.log10(found.sizes[0]), high=math.log10(found.sizes[-1]), start=LEFT + 8, end=RIGHT - 14
    )
    y = Scale(low=0, high=100, start=_BOTTOM, end=_TOP)
    names = [f"above {100 * limit:g} % of ADV" for limit in found.limits]
    canvas.text(LEFT, 20, "Trades above the limit, %", fill=INK, bold=True)
    canvas.keys(LEFT + 210, 20, [(c, d, n) for (c, d), n in zip(_STYLES, names, strict=True)])
    canvas.value_axis(y, LEFT, RIGHT)
    for size in found.sizes:
        at = x(math.log10(size))
        canvas.line(at, _TOP, at, _BOTTOM, stroke=GRID)
        canvas.text(at, _BOTTOM + 18, money(size), anchor="middle")
    canvas.text(RIGHT, _BOTTOM + 36, "capital of the book, in the panel's currency", anchor="end", size=11)
    for k, (colour, dash) in enumerate(_STYLES):
        points = [
            (x(math.log10(s)), y(100 * row[k])) for s, row in zip(found.sizes, found.exceeding, strict=True)
        ]
        with canvas.series(names[k]):
            canvas.path(points, stroke=colour, dash=dash, width=2)
            for (a, b), size, row in zip(points, found.sizes, found.exceeding, strict=True):
                canvas.dot(
                    a, b, colour, 3, note=f"{money(size)}: {fixed(100 * row[k], 1)} % of trades {names[k]}"
                )
    return canvas.svg()
