"""An [eval] cell stands above the first [model] cell.

Why: tagged cells run in document order, so this evaluation runs before there is a model. If it reads the model, that is
an error of its own (D22); if not, it is a warning.

Bad::

    # %% [eval]
    report = walk_forward(m)
    # %% [model]
    m = Ridge().fit(X=[ret_20], y=fwd_ret_10d)

Good::

    # %% [model]
    m = Ridge().fit(X=[ret_20], y=fwd_ret_10d)
    # %% [eval]
    report = walk_forward(m)
"""

from __future__ import annotations

from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.primitives import Diagnostic, Severity

CODE = "B12"
TITLE = "evaluation before the model"


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding for each [eval] cell above the first [model] cell."""
    models = context.of_tag("model")
    for facts in context.of_tag("eval") if models else ():
        if facts.cell.index < models[0].cell.index:
            yield finding(
                CODE,
                f"[eval] before the model of cell {models[0].cell.index}",
                facts.place(1),
                cause="tagged cells run in document order",
                fixes=(f"move cell {facts.cell.index} below cell {models[0].cell.index}",),
                severity=Severity.WARNING,
            )
