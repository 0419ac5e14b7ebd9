"""An attribute is read that an expression, an estimator, a model or a report of the platform does not have.

Why: the run stops there. An expression is not computed, so it has no ``head()`` or ``iloc``; a model is a plan, so it has no
``coef_``. What such values have is known before the run; frames and estimators of other libraries are not looked at.

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

from alpha_bench.names import ATTRIBUTES
from nbcode.cells.context import Context, finding
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
    """Each such attribute, once a cell."""
    reported: set[tuple[int, str, str]] = set()
    for seen in context.values:
        node = seen.node
        if seen.question != "attribute" or not isinstance(node, ast.Attribute):
            continue
        key = (seen.facts.cell.index, seen.kind, node.attr)
        if node.attr in ATTRIBUTES[seen.kind] or key in reported:
            continue
        reported.add(key)
        yield _diagnostic(seen, node)


def _diagnostic(seen: Seen, node: ast.Attribute) -> Diagnostic:
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
