"""A tagged cell reads a column that a declared table does not have.

Why: which columns there are stands in the table's first line, or its schema. Told of a frame that is ``inputs["x"]``, or read from the
declared path, and keeps its columns on the way: what cells write by a literal name counts as there. Of frames that a cell makes
anew, and of lines that a branch may leave out, nothing is told.

Bad::

    # [meta]
    # inputs:
    #   prices: prices.csv
    prices = inputs["prices"]
    close = prices["clsoe"]

Good::

    prices = inputs["prices"]
    close = prices["close"]
"""

from __future__ import annotations

from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.primitives import Diagnostic, nearest

CODE = "D37"
TITLE = "column that the table does not have"
_SHOWN = 12


def check(context: Context) -> Iterator[Diagnostic]:
    """Each such column, once a cell."""
    told: set[tuple[int, str, str]] = set()
    for wrong in context.tables.wrong():
        key = (wrong.facts.cell.index, wrong.table, wrong.column)
        if key in told:
            continue
        told.add(key)
        meant = nearest(wrong.column, wrong.columns)
        shown = ", ".join(sorted(wrong.columns)[:_SHOWN])
        more = len(wrong.columns) - _SHOWN
        yield finding(
            CODE,
            f"`{wrong.table}` has no column `{wrong.column}`"
            + (f": did you mean `{meant}`?" if meant else ""),
            wrong.facts.place_of(wrong.node),
            cause=f"it has {shown}" + (f" and {more} more" if more > 0 else ""),
            fixes=(f'write "{meant}"',)
            if meant
            else (f"use one of them, or add the column to {wrong.table}",),
        )
