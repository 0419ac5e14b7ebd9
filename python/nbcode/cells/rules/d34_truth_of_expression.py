"""An expression is asked whether it is true: in ``if``, ``and``, ``not``, or between two comparisons in a row.

Why: an expression stands for a value of each asset on each day, so there is no one answer, and the run stops. A choice by asset and
day is itself an expression.

Bad::

    ret_20 = features.ret(20)
    if ret_20 > 0:
        ret_20 = ret_20 * 2

Good::

    ret_20 = features.ret(20)
    ret_20 = if_else(ret_20 > 0, ret_20 * 2, ret_20)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.primitives import Diagnostic

CODE = "D34"
TITLE = "truth of an expression"


def check(context: Context) -> Iterator[Diagnostic]:
    """Each such test."""
    for seen in context.values:
        if seen.question != "truth":
            continue
        chained = isinstance(seen.node, ast.Compare) and len(seen.node.ops) > 1
        yield finding(
            CODE,
            f"`{ast.unparse(seen.node)[:60]}` is neither true nor false",
            seen.facts.place_of(seen.node),
            cause="it is an expression: a value of each asset on each day",
            fixes=("write two comparisons: (low < x) & (x < high)",)
            if chained
            else ("choose by asset and day: if_else(condition, a, b)", "join conditions by &, | and ~"),
        )
