"""No cell of the notebook is tagged.

Why: a cell is promoted when it is tagged; everything else is exploratory. The tags are ``meta`` (who the model is),
``setup`` (imports, functions), ``features``, ``model`` and ``eval``. A tag is the first line of a cell, ``# %% [model]``,
or a cell tag ``model`` set in the editor.

Bad::

    m = Ridge().fit(X=[ret_20], y=fwd_ret_10d)

Good::

    # %% [model]
    m = Ridge().fit(X=[ret_20], y=fwd_ret_10d)
"""

from __future__ import annotations

from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.notebook import Notebook, models_written
from nbcode.primitives import Diagnostic, Place

CODE = "B01"
TITLE = "no tagged cell"


def check(context: Context) -> Iterator[Diagnostic]:
    """At most one finding, for the whole notebook."""
    if not context.tagged and not context.meta_cells:
        yield finding(
            CODE,
            "no tagged cell",
            Place(path=context.notebook.path),
            cause="cells are promoted by their tags: [meta], [setup], [features], [model], [eval]",
            fixes=(
                *_as_a_module(context.notebook),
                "write # %% [model] as the first line of a cell",
                "add the cell tag model in the editor",
            ),
        )


def _as_a_module(notebook: Notebook) -> tuple[str, ...]:
    """How what is written as a module is promoted: it has no cell marker, and makes a model."""
    if notebook.format != "percent" or len(notebook.cells) != 1:
        return ()
    names = models_written(notebook.cells[0].source)
    return (f"nbcode promote {notebook.path}:{names[-1]} promotes the model of a module",) if names else ()
