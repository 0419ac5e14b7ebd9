"""Two [meta] cells, or two [model] cells that each make ``m`` anew.

Why: several cells may bear one tag, and run in document order. But there is one [meta]; and where a second [model] cell
makes ``m`` without using anything of the first one, it is not clear which of the two models was meant.

Bad::

    # %% [model]
    m = Ridge().fit(X=[ret_20], y=fwd_ret_10d)
    # %% [model]
    m = Lasso().fit(X=[ret_20], y=fwd_ret_10d)

Good::

    # %% [model]
    m = Ridge().fit(X=[ret_20], y=fwd_ret_10d)
"""

from __future__ import annotations

from collections.abc import Iterator

from nbcode.cells.context import Context
from nbcode.primitives import Diagnostic, Place, Related

CODE = "B03"
TITLE = "said twice"


def check(context: Context) -> Iterator[Diagnostic]:
    """Each [meta] and each independent model after the first, with both places."""
    path = context.notebook.path
    for cell in context.meta_cells[1:]:
        first = Place(path=path, cell=context.meta_cells[0].index, tag="meta", line=1)
        yield _twice("two [meta] cells", first, Place(path=path, cell=cell.index, tag="meta", line=1))
    made: Place | None = None
    names: set[str] = set()
    for facts in context.of_tag("model"):
        goes_on = bool(names & context.flow.refs[facts.cell.index])
        names |= facts.binds.keys()
        binding = next(
            (e for e in facts.events if e.kind == "bind" and e.name == "m" and not e.conditional), None
        )
        if binding is None:
            continue
        here = facts.place_at(binding)
        if made is not None and not goes_on:
            yield _twice("two [model] cells each make `m`", made, here)
        made = made or here


def _twice(message: str, first: Place, second: Place) -> Diagnostic:
    return Diagnostic(
        code="NBC-B03",
        message=message,
        cause=f"cell {first.cell} and cell {second.cell}; it is not clear which one is meant",
        fixes=("remove the tag of one of them", "make one cell of the two"),
        place=second,
        related=(Related(message="the first one", place=first),),
    )
