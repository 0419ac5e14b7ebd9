"""The label that the model is fitted to has another horizon than [meta] says.

Why: horizon decides how many sessions are dropped between training and test. With a shorter one than the label's, rows
whose label reaches into the test block are trained on.

Bad::

    # horizon: 5d
    m = Ridge().fit(X=[ret_20], y=fwd_ret_10d)

Good::

    # horizon: 10d
    m = Ridge().fit(X=[ret_20], y=fwd_ret_10d)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.notebook.editing import replaced
from nbcode.primitives import Diagnostic, Fix

CODE = "D21"
TITLE = "horizon differs from the label's"

_LINE = re.compile(r"\s*#\s*horizon:\s*(\d+d)\s*")


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding for each fit whose y is a label of another horizon."""
    if context.meta is None:
        return
    for fit in context.fits:
        label = fit.y_ahead.label if fit.y_ahead is not None else None
        if label is None or label == f"fwd_ret_{context.meta.horizon}":
            continue
        horizon = label.removeprefix("fwd_ret_")
        yield finding(
            CODE,
            f"horizon {context.meta.horizon} in [meta], but the label is {label}",
            fit.facts.place_of(fit.call),
            cause="horizon decides how many sessions are dropped before each test block",
            fixes=(_meta_horizon(context, horizon), f"fit to fwd_ret_{context.meta.horizon}"),
        )


def _meta_horizon(context: Context, horizon: str) -> Fix:
    title, cell = f"write horizon: {horizon} in [meta]", context.meta_cells[0]
    for number, line in enumerate(cell.source.split("\n"), 1):
        found = _LINE.fullmatch(line)
        if found is not None:
            edit = replaced(cell.index, number, found.start(1) + 1, found[1], horizon)
            return Fix(title=title, edits=(edit,))
    return Fix(title=title)
