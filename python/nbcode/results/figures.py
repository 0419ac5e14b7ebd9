"""A `report` that the cells computed: figures as a dict of numbers, checked (H08) and made plain."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from numbers import Integral, Real

from alpha_bench.describe import Html, code, document, element, joined
from nbcode.primitives import Diagnostic, Json, Place
from nbcode.results.rows import RowsUsed

_LARGEST_INTEGER = 2**53 - 1
_DEPTH = 6


def plain_figures(report: object) -> tuple[dict[str, Json], tuple[Diagnostic, ...]]:
    """The figures of ``report`` as plain JSON, and NBC-H08 for each that is not a finite number.

    A value may be a number, a list or dict of numbers, or anything that turns into one by ``tolist()`` or ``to_dict()``
    (a NumPy array, a pandas Series). None says "not known" and stays.
    """
    if not isinstance(report, Mapping):
        turn = getattr(report, "to_dict", None)
        if not callable(turn):
            return {}, (
                _h08("`report` is " + ("missing" if report is None else f"a {type(report).__name__}")),
            )
        return plain_figures(turn())
    if not report:
        return {}, (_h08("`report` is empty"),)
    problems: list[Diagnostic] = []
    figures = {str(name): _plain(value, str(name), _DEPTH, problems) for name, value in report.items()}
    return figures, tuple(problems)


def _plain(value: object, path: str, depth: int, problems: list[Diagnostic]) -> Json:
    if value is None or isinstance(value, bool):
        return value
    if depth > 0 and not isinstance(value, str | bytes | Real):
        for turn in ("tolist", "to_dict"):
            if callable(getattr(value, turn, None)):
                return _plain(getattr(value, turn)(), path, depth - 1, problems)
        if isinstance(value, Mapping):
            return {str(k): _plain(v, f"{path}.{k}", depth - 1, problems) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [_plain(v, f"{path}[{i}]", depth - 1, problems) for i, v in enumerate(value)]
    if isinstance(value, Integral):
        number: int | float = int(value)
        if abs(number) <= _LARGEST_INTEGER:
            return number
    elif isinstance(value, Real):
        number = float(value)
        if math.isfinite(number):
            return number
    else:
        problems.append(_h08(f"figure `{path}` is a {type(value).__name__}, not a number"))
        return None
    problems.append(_h08(f"figure `{path}` is {value}"))
    return None


def figures_page(title: str, figures: Mapping[str, Json], model: str, used: Sequence[RowsUsed] = ()) -> str:
    """A self-contained HTML page: a table of the figures, the rows that were ``used``, the model's text. All text is escaped."""
    style = Html(
        "body{font:15px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1d2733}"
        "table{border-collapse:collapse}th,td{padding:.3rem .9rem;border-bottom:1px solid #d9dee4;text-align:left}"
        "td{font-variant-numeric:tabular-nums}pre{background:#f4f6f8;padding:.8rem;overflow:auto}"
    )
    body = joined(
        element("h1", title),
        element("p", "Figures as the notebook's own cells computed them in the clean run."),
        figures_table(figures),
        element("h2", "Rows"),
        _rows_part(used),
        element("h2", "Model"),
        element("pre", model),
    )
    return document((element("title", title), element("style", style)), body)


def figures_table(figures: Mapping[str, Json]) -> Html:
    """A row a figure."""
    return element(
        "table",
        [
            element("tr", element("th", name, scope="row"), element("td", _text(value)))
            for name, value in figures.items()
        ],
    )


def _rows_part(used: Sequence[RowsUsed]) -> Html:
    if not used:
        told = (
            "Not known: the cells call no fit and no predict that names its rows. Whether a figure is of rows that the model "
            "had not seen, only the cells say."
        )
        return element("p", told)
    heads = element("tr", [element("th", name, scope="col") for name in ("call", "", "rows", "dates")])
    rows = [
        element("tr", [element("td", cell) for cell in (code(one.call), one.use, _count(one), _span(one))])
        for one in used
    ]
    told = (
        "What the calls in the cells name, as it stands at the end of the run: of a loop that is its last round. Whether a figure "
        "is of rows that the model had not seen, only the cells say."
    )
    return joined(element("p", told), element("table", [heads, *rows]))


def _count(one: RowsUsed) -> str:
    return "not known" if one.rows is None else f"{one.rows:,}"


def _span(one: RowsUsed) -> str:
    if one.first is None or one.last is None:
        return "not known" if one.rows is None else "the rows have none"
    return f"{one.first} to {one.last}"


def _text(value: Json) -> str:
    match value:
        case None:
            return "not known"
        case float():
            return f"{value:.6g}"
        case list():
            return ", ".join(_text(v) for v in value)
        case Mapping():
            return ", ".join(f"{k}: {_text(v)}" for k, v in value.items())
        case _:
            return str(value)


def _h08(message: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-H08",
        message=message,
        cause="a candidate is recorded with figures, and a figure is a finite number",
        fixes=('report = {"rank_ic": 0.02, ...} in the [eval] cell, or what `walk_forward` gives',),
        place=Place(tag="eval"),
    )
