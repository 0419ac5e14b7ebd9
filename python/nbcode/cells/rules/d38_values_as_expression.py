"""The values of an expression are given where only an expression can be: as a feature, a label, or to a word of the platform.

Why: features are computed by fold, session by session, so that nothing of a test block is known in training; a frame that
`.to_frame()` gave is computed already, over all sessions, and the run refuses it. Values may be looked at, plotted and printed. A fit of
frames alone, X and y, is one of plain Python, and is none of this.

Bad::

    mom = features.ret(20).to_frame()
    m = Ridge().fit(X=[mom], y=fwd_ret_10d)

Good::

    mom = features.ret(20)
    m = Ridge().fit(X=[mom], y=fwd_ret_10d)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.cells.rules.edits import rewritten
from nbcode.primitives import Diagnostic

CODE = "D38"
TITLE = "values where an expression is needed"

_LONGEST = 60


def check(context: Context) -> Iterator[Diagnostic]:
    """Each such value, once a place."""
    for seen in context.values:
        if seen.question == "values":
            place, shown = seen.facts.place_of(seen.node), ast.unparse(seen.node)
            yield finding(
                CODE,
                f"`{shown if len(shown) <= _LONGEST else '...' + shown[-_LONGEST:]}` is a frame of values; an expression is needed",
                place,
                cause="values are computed before the folds are known; the run refuses them here",
                fixes=(
                    rewritten(f"write {seen.instead}", place, seen.instead)
                    if seen.instead
                    else "leave .to_frame() out where it is made",
                ),
            )
