"""Two reports on one page: which is better, by how much more than chance, their lines over each other, what differs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alpha_bench.evaluation import FigureValue, Outcome
from alpha_bench.reporting.canvas import BLUE, INK, VERMILION, Canvas, Scale, scale_for
from alpha_bench.reporting.markup import figure, heading, items, number, table, verdict_box
from alpha_bench.reporting.page import fragment, page
from alpha_bench.reporting.pictures import Picture
from alpha_bench.reporting.pictures.frame import LEFT, RIGHT, WIDTH, fixed, line, readings, signed, time_axis
from alpha_bench.reporting.sections.summary import judged_what
from alpha_bench.runtime import Html, code, element, joined

_STYLES = ((BLUE, ""), (VERMILION, "6 3"))
_TOP, _BOTTOM = 44, 206
_SIGNIFICANT = 2.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ComparisonView:
    """What the page shows; ``paired`` is name -> (second less first, t), ``figures`` name -> (first, second, difference)."""

    reports: tuple[Outcome, Outcome]
    names: tuple[str, str]
    sessions: int
    paired: Mapping[str, tuple[float, float]]
    correlations: Mapping[str, float]
    figures: Mapping[str, tuple[FigureValue, FigureValue, float | None]]
    differences: tuple[tuple[str, str, str], ...]
    warnings: tuple[str, ...]


def comparison_page(beside: ComparisonView, title: str) -> Html:
    """The whole page."""
    return page(comparison_fragment(beside, title), title)


def comparison_fragment(beside: ComparisonView, title: str) -> Html:
    """The same without the page around it."""
    return fragment(
        element("h1", title),
        _who(beside),
        _verdict(beside),
        _paired(beside),
        items(beside.warnings) if beside.warnings else None,
        heading("Over time"),
        [figure(p) for p in overlaid(beside).values()],
        heading("Definitions"),
        _differences(beside),
        heading("Figures"),
        _figures(beside),
    )


def _who(beside: ComparisonView) -> Html:
    return joined([_one(name, r) for name, r in zip(beside.names, beside.reports, strict=True)])


def _one(name: str, report: Outcome) -> Html:
    plan, tested = report.definition, report.test_dates
    return element(
        "p",
        element("b", name),
        ": ",
        judged_what(plan),
        ", label ",
        code(str(plan.label)),
        f"; tested {tested[0]} to {tested[-1]}.",
    )


def _verdict(beside: ComparisonView) -> Html:
    difference, t = beside.paired["daily IC"]
    first, second = beside.names
    said = f"On {beside.sessions} common sessions the daily IC of {second} less that of {first} is {number(difference, 4)} on average, Newey-West t {number(t, 2)}"
    if not math.isfinite(t):
        return verdict_box("No significant difference.", f"{said}.")
    if abs(t) < _SIGNIFICANT:
        return verdict_box("No difference is shown.", f"{said}: not distinguishable from zero.")
    better = second if t > 0 else first
    return verdict_box(
        f"{better} has the higher IC.",
        f"{said}, before any allowance for how many were compared.",
        "good",
    )


def _paired(beside: ComparisonView) -> Html:
    rows = [(n, number(d, 6 if "profit" in n else 4), number(t, 2)) for n, (d, t) in beside.paired.items()]
    alike = [(n, number(c, 3)) for n, c in beside.correlations.items()]
    heads = (f"{beside.names[1]} less {beside.names[0]}, common sessions", ">mean", ">Newey-West t")
    return joined(table(heads, rows), table(("how alike they are", ">correlation"), alike))


def _figures(beside: ComparisonView) -> Html:
    def shown(value: FigureValue) -> str:
        if isinstance(value, Sequence):
            return ", ".join(shown(v) for v in value)
        return number(value, 0 if isinstance(value, int) else 4)

    rows = [(code(n), shown(a), shown(b), shown(d)) for n, (a, b, d) in beside.figures.items()]
    return table(("figure", f">{beside.names[0]}", f">{beside.names[1]}", ">difference"), rows)


def _differences(beside: ComparisonView) -> Html:
    if not beside.differences:
        return element("p", "They are the same.")
    rows = [tuple(code(part) for part in row) for row in beside.differences]
    return table(("where", *beside.names), rows)


def overlaid(beside: ComparisonView) -> dict[str, Picture]:
    """Name -> picture: running IC, and the books where both have one."""
    first, second = beside.reports
    found = {
        "ic": Picture(
            svg=_lines(
                beside,
                "Running sum of the daily IC",
                [(r.test_dates, _sums(r.daily.ic)) for r in beside.reports],
                "",
            ),
            caption="Where the lines run apart steadily one is better; a single step is one episode.",
        )
    }
    books = [r.study.portfolio for r in (first, second)]
    if books[0] is not None and books[1] is not None:
        series = [
            (r.test_dates[b.begin :], _sums(b.profit[b.begin :]) * 100)
            for r, b in zip(beside.reports, books, strict=True)
            if b is not None
        ]
        found["equity"] = Picture(
            svg=_lines(beside, "Summed profit of the book before costs, % of capital", series, " %"),
            caption="Each book as in its own report: demeaned ranks, gross 1, not compounded.",
        )
    return found


def _sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.cumsum(np.where(np.isfinite(values), values, 0.0))


def _lines(
    beside: ComparisonView,
    title: str,
    series: list[tuple[NDArray[np.datetime64], NDArray[np.float64]]],
    unit: str,
) -> Html:
    dates = np.unique(np.concatenate([d for d, _ in series]))
    names = [n if len(n) < 28 else n[:26] + "…" for n in beside.names]
    canvas = Canvas(
        width=WIDTH,
        height=240,
        title=title,
        description="; ".join(
            f"{n} ends at {signed(float(v[-1]), 2)}{unit}" for n, (_, v) in zip(names, series, strict=True)
        ),
    )
    x = Scale(low=0, high=len(dates), start=LEFT, end=RIGHT)
    y = scale_for([float(v) for _, values in series for v in values], _BOTTOM, _TOP, zero=True)
    canvas.text(LEFT, 20, title, fill=INK, bold=True)
    canvas.keys(LEFT + 7.4 * len(title), 20, [(c, d, n) for (c, d), n in zip(_STYLES, names, strict=True)])
    time_axis(canvas, dates, x, top=_TOP, bottom=_BOTTOM + 2, baseline=_BOTTOM + 20)
    canvas.value_axis(y, LEFT, RIGHT)
    whole = []
    with canvas.plot(LEFT, RIGHT, _TOP - 2, _BOTTOM + 2):
        for (own, values), (colour, dash), name in zip(series, _STYLES, names, strict=True):
            placed = np.full(len(dates), np.nan)
            placed[np.searchsorted(dates, own)] = values
            whole.append(placed)
            with canvas.series(name):
                line(canvas, placed, x, y, stroke=colour, dash=dash, width=2)
    at = readings(len(dates))
    read = [(n, [fixed(float(v[i]), 2) + unit for i in at]) for n, v in zip(names, whole, strict=True)]
    canvas.read_out(LEFT, RIGHT, [str(dates[i]) for i in at], read)
    return canvas.svg()
