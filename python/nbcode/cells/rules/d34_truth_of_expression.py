"""An expression is asked whether it is true: in ``if``, ``and``, ``not``, between two comparisons in a row, or whether it
is in a list of texts or numbers.

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
        yield finding(
            CODE,
            f"`{ast.unparse(seen.node)[:60]}` is neither true nor false",
            seen.facts.place_of(seen.node),
            cause="it is an expression: a value of each asset on each day",
            fixes=_fixes(seen.node),
        )


def _fixes(node: ast.expr) -> tuple[str, ...]:
    if isinstance(node, ast.Compare) and len(node.ops) > 1:
        return ("write two comparisons: (low < x) & (x < high)",)
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
        among = node.comparators[0]
        assert isinstance(among, ast.Tuple | ast.List | ast.Set)
        one_of = f"{ast.unparse(node.left)}.is_in({', '.join(map(ast.unparse, among.elts))})"
        return (f"write {'~' if isinstance(node.ops[0], ast.NotIn) else ''}{one_of}",)
    return ("choose by asset and day: if_else(condition, a, b)", "join conditions by &, | and ~")
