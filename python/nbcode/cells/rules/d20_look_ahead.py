"""What the model learns from, ``X``, holds the label or something else from the future.

Why: a label is a return that is not known yet on the day of prediction. A model that sees it is perfect in the notebook
and worthless in the market. Followed through assignments: a name made from the label, or by ``shift(-n)``, is the future
too. An error where the label itself is in X. A warning where rows are shifted back, for the text does not say in which order
they are, and where a frame holds such a column beside others and it cannot be seen which are used: the clean run looks at both.

Bad::

    hint = fwd_ret_10d.rolling(5).mean()
    m = Ridge().fit(X=[ret_20, hint], y=fwd_ret_10d)

Good::

    past = features.ret(window=10)
    m = Ridge().fit(X=[ret_20, past], y=fwd_ret_10d)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from alpha_bench.names import is_label_name
from nbcode.cells.context import Context, finding
from nbcode.primitives import Diagnostic, Severity

CODE = "D20"
TITLE = "look-ahead in X"


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding for each fit whose X looks ahead."""
    for fit in context.fits:
        if fit.x_ahead is None or fit.x is None:
            continue
        fixes = ("take it out of X", "lag it by the horizon")
        if isinstance(fit.x, ast.Name) and is_label_name(fit.x.id) and fit.y_ahead is None:
            fixes = (f"X and y look swapped: write fit(X=[...], y={fit.x.id})", *fixes[:1])
        shown = f"`{fit.x.id}`" if isinstance(fit.x, ast.Name) else "X"
        yield finding(
            CODE,
            f"look-ahead: {shown} holds the future"
            if fit.x_ahead.label is None
            else "look-ahead: the label reaches X",
            fit.facts.place_of(fit.x),
            cause=f"{fit.x_ahead.reason}, which is not known on the day of prediction",
            fixes=fixes,
            severity=Severity.WARNING if fit.x_ahead.mixed or fit.x_ahead.label is None else Severity.ERROR,
        )
