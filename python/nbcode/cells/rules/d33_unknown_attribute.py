"""An attribute is read that an expression, an estimator, a model or a report of the platform does not have.

Why: the run stops there. An expression is not computed, so it has no ``head()`` or ``iloc``; a model is a plan, so it has no
``coef_``. What such values have is known before the run; frames and estimators of other libraries are not looked at. A method of
pandas that has an equal here is offered as that: ``data.close.pct_change(20)`` is ``features.ret(20)``.

Bad::

    ret_20 = features.ret(20)
    ret_20.head()

Good::

    ret_20 = features.ret(20)
    ret_20.to_frame().head()
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from difflib import SequenceMatcher

from alpha_bench.describe import habit_of
from alpha_bench.names import ATTRIBUTES
from nbcode.cells.context import Context, finding
from nbcode.cells.facts import CellFacts
from nbcode.cells.rules.calls import keyword, literal
from nbcode.cells.rules.pandas_habits import instead_of
from nbcode.cells.values import Seen
from nbcode.primitives import Diagnostic, nearest

CODE = "D33"
TITLE = "attribute that is not there"

_A_SLIP = 0.8
_INSTEAD = {
    "an expression": "values are computed by `.to_frame()`, `.to_series()` and `.to_polars()`",
    "an estimator": "`.fit(X=[...], y=...)` makes the model",
    "a model": "a model is a plan that is fitted by fold: `walk_forward(m)` has coefficients and predictions",
    "a report": "the figures are attributes, such as `ic_mean`, and `report['icir']`; the pages are `report.to_html()`",
}


def check(context: Context) -> Iterator[Diagnostic]:
    """Each such attribute, once a cell; of a chain of calls the first."""
    reported: set[tuple[int, str, str]] = set()
    unknown: set[int] = set()
    for seen in sorted(context.values, key=lambda one: (one.facts.cell.index, *_end_of(one.node))):
        node = seen.node
        if seen.question != "attribute" or not isinstance(node, ast.Attribute):
            continue
        key = (seen.facts.cell.index, seen.kind, node.attr)
        if node.attr in ATTRIBUTES[seen.kind]:
            continue
        unknown.add(id(node))
        if key not in reported and not _follows(node, unknown):
            reported.add(key)
            yield _diagnostic(seen, node)


def _end_of(node: ast.expr) -> tuple[int, int]:
    return node.end_lineno or 0, node.end_col_offset or 0


def _follows(node: ast.Attribute, unknown: set[int]) -> bool:
    """Whether ``node`` is read of what a call of an unknown attribute gives."""
    inner: ast.expr = node.value
    while isinstance(inner, ast.Attribute | ast.Call | ast.Subscript):
        if id(inner) in unknown:
            return True
        inner = inner.func if isinstance(inner, ast.Call) else inner.value
    return False


def _ahead(facts: CellFacts, node: ast.Attribute) -> str | None:
    """The fix for `.shift(-5)`, which asks for later values."""
    call = next((one for one in facts.calls if one.func is node), None)
    if call is None or node.attr not in {"shift", "diff", "pct_change"}:
        return None
    given = literal(call.args[0] if call.args else keyword(call, "periods"))
    if not isinstance(given, int) or given >= 0:
        return None
    return f"take it out of the features: what lies ahead is a label, and the return over the next sessions is fwd_ret_{-given}d"


def _diagnostic(seen: Seen, node: ast.Attribute) -> Diagnostic:
    habit = habit_of(seen.kind, node.attr)
    if habit is not None:
        written = instead_of(seen.facts, node) if seen.kind == "an expression" else None
        return finding(
            CODE,
            f"{seen.kind} has no `{node.attr}`",
            seen.facts.place_of(node),
            cause=habit if written else _INSTEAD[seen.kind],
            fixes=(written or _ahead(seen.facts, node) or habit,),
        )
    meant = nearest(node.attr, ATTRIBUTES[seen.kind])
    if meant is not None and SequenceMatcher(None, node.attr, meant).ratio() < _A_SLIP:
        meant = None  # another word: a hint by spelling alone would lead away
    return finding(
        CODE,
        f"{seen.kind} has no `{node.attr}`" + (f": did you mean `{meant}`?" if meant else ""),
        seen.facts.place_of(node),
        cause=_INSTEAD[seen.kind],
        fixes=(f"write .{meant}",) if meant else ("take it out, or compute it from values",),
    )
