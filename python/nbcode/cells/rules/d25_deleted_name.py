"""A tagged cell reads a name that a tagged cell above has deleted.

Why: the live kernel may still hold the name, because cells were run in another order. A clean run stops here.

Bad::

    del ret_20
    m = Ridge().fit(X=[ret_20], y=fwd_ret_10d)

Good::

    m = Ridge().fit(X=[ret_20], y=fwd_ret_10d)
    del ret_20
"""

from __future__ import annotations

from collections.abc import Iterator

from nbcode.cells.context import Context
from nbcode.primitives import Diagnostic, Related

CODE = "D25"
TITLE = "reads a deleted name"


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding for each such name in each tagged cell, at its first reading."""
    for missing in context.flow.unresolved:
        if missing.kind != "deleted":
            continue
        origin = missing.origins[0]
        yield Diagnostic(
            code="NBC-D25",
            message=f"`{missing.name}` was deleted",
            cause=f"cell {origin.facts.cell.index} [{origin.facts.tag}] deletes it in line {origin.event.line}",
            fixes=("remove the del", "assign it anew"),
            severity=missing.severity,
            place=missing.facts.place_at(missing.event),
            related=(Related(message="deleted here", place=origin.facts.place_at(origin.event)),),
        )
