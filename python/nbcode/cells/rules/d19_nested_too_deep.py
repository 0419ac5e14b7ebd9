"""A tagged cell nests its expressions beyond what Python can read.

Why: thousands of nested brackets or operators overflow Python's own parser, on some machines and not on others.

Bad::

    total = ((((((...))))))

Good::

    total = sum(parts)
"""

from __future__ import annotations

from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.primitives import Diagnostic

CODE = "D19"
TITLE = "nested too deep"


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding a cell."""
    for facts in context.tagged:
        problem = facts.parsed.problem
        if problem is not None and problem.too_deep:
            yield finding(
                CODE,
                "nested too deep to be read",
                facts.place(problem.line),
                cause="Python's own parser gives up, on some machines before others",
                fixes=("assign parts to names",),
            )
