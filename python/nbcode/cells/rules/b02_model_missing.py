"""There are tagged cells, but none is tagged [model].

Why: without one there is nothing to register.

Bad::

    # %% [features]
    ret_20 = features.ret(window=20)

Good::

    # %% [features]
    ret_20 = features.ret(window=20)
    # %% [model]
    m = Ridge().fit(X=[ret_20], y=fwd_ret_10d)
"""

from __future__ import annotations

from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.primitives import Diagnostic, Place

CODE = "B02"
TITLE = "no [model] cell"


def check(context: Context) -> Iterator[Diagnostic]:
    """At most one finding, for the whole notebook. A signal needs no [model] cell."""
    if context.meta is not None and context.meta.kind == "signal" and context.tagged:
        return
    if (context.tagged or context.meta_cells) and not context.of_tag("model"):
        yield finding(
            CODE,
            "no cell is tagged [model]",
            Place(path=context.notebook.path),
            cause="without one there is nothing to register",
            fixes=("tag the cell that makes the model: # %% [model]",),
        )
