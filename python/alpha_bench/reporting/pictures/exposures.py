"""What the book is exposed to at each month's end: a small chart a characteristic, then net value by group."""

from __future__ import annotations

import math
from collections.abc import Sequence

from alpha_bench.evaluation import Outcome
from alpha_bench.reporting.canvas import BLUE, INK, Canvas, Scale, scale_for
from alpha_bench.reporting.pictures.frame import WIDTH, fixed, mean_of
from alpha_bench.runtime import Html

_COLUMNS, _TALL = 3, 132
_MOST = 24


def draw(report: Outcome) -> Html:
    """Styles share one scale, groups another, so that charts can be compared."""
    book = report.study.portfolio
    assert book is not None
    found = book.exposures
    dates = [str(report.test_dates[d])[:7] for d in found.at]
    charts = [(name, v.tolist(), False) for name, v in found.styles.items()]
    charts += [
        (name, (v * 100).tolist(), True) for name, v in list(found.groups.items())[: _MOST - len(charts)]
    ]
    rows = math.ceil(len(charts) / _COLUMNS)
    canvas = Canvas(
        width=WIDTH,
        height=rows * _TALL + 10,
        title="Exposures of the book at each month's end",
        description="; ".join(f"{n}: mean {fixed(mean_of(v), 2)}" for n, v, _ in charts),
    )
    spans = {kind: [x for _, v, k in charts if k == kind for x in v] for kind in (False, True)}
    for i, (name, values, group) in enumerate(charts):
        left, top = (i % _COLUMNS) * WIDTH / _COLUMNS, (i // _COLUMNS) * _TALL
        _chart(canvas, name, values, dates, spans[group], left=left + 52, top=top, per_cent=group)
    return canvas.svg()


def _chart(
    canvas: Canvas, name: str, values: Sequence[float], dates: Sequence[str], span: Sequence[float], *, left: float, top: float,
    per_cent: bool,
) -> None:  # fmt: skip
    right = left + WIDTH / _COLUMNS - 66
    y = scale_for(span, top + 108, top + 34, zero=True, ticks=3)
    x = Scale(low=0, high=max(1, len(values) - 1), start=left, end=right)
    mean = mean_of(values)
    title = name if len(name) < 24 else name[:22] + "…"
    canvas.text(left - 38, top + 20, title + (", %" if per_cent else ""), fill=INK, bold=True)
    canvas.text(right, top + 20, f"mean {fixed(mean, 1 if per_cent else 2)}", anchor="end", size=11)
    canvas.value_axis(y, left, right, ticks=3, size=11)
    canvas.path([(x(k), y(v)) for k, v in enumerate(values)], stroke=BLUE, width=1.4)
    for k in (0, len(dates) - 1):
        if dates:
            canvas.text(x(k), top + 124, dates[k], anchor="start" if k == 0 else "end", size=11)
