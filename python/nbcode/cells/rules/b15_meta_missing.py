"""There are tagged cells, but no [meta] cell.

Why: [meta] names the model, its owner and its horizon; without it nothing can be registered.

Bad::

    # %% [model]
    m = Ridge().fit(X=[ret_20], y=fwd_ret_10d)

Good::

    # %% [meta]
    # id: xsmom_v3
    # kind: model
    # horizon: 10d
    # owner: my-team
"""

from __future__ import annotations

from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.primitives import Diagnostic, Place

CODE = "B15"
TITLE = "no [meta] cell"


def check(context: Context) -> Iterator[Diagnostic]:
    """At most one finding, for the whole notebook."""
    if context.tagged and not context.meta_cells:
        yield finding(
            CODE,
            "no cell is tagged [meta]",
            Place(path=context.notebook.path),
            cause="[meta] names the model, its owner and its horizon",
            fixes=(
                "add a cell: # %% [meta] with the lines # id: my_model, # kind: model, # horizon: 10d, # owner: my-team",
            ),
        )
