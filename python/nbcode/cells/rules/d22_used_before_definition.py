"""A tagged cell reads a name that is only assigned further down.

Why: a clean run goes through the tagged cells from top to bottom, once. The live kernel had the name because the cells
were run in another order. Calling a function counts as reading what its body reads.

Bad::

    # %% [model]
    m = Ridge(alpha=strength).fit(X=[ret_20], y=fwd_ret_10d)
    # %% [eval]
    strength = 0.5

Good::

    # %% [setup]
    strength = 0.5
    # %% [model]
    m = Ridge(alpha=strength).fit(X=[ret_20], y=fwd_ret_10d)
"""

from __future__ import annotations

from collections.abc import Iterator

from nbcode.cells.context import Context
from nbcode.primitives import Diagnostic, Related

CODE = "D22"
TITLE = "used before its definition"


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding for each such name in each tagged cell, at its first reading."""
    for missing in context.flow.unresolved:
        if missing.kind != "later":
            continue
        origin = missing.origins[0]
        here = missing.facts.cell.index
        there = origin.facts.cell.index
        where = (
            f"in line {origin.event.line} of this cell"
            if here == there
            else f"in cell {there} [{origin.facts.tag}]"
        )
        called = f", which `{missing.through}()` needs," if missing.through else ""
        fix = "move the definition up" if here == there else f"move cell {there} above cell {here}"
        yield Diagnostic(
            code="NBC-D22",
            message=f"`{missing.name}` is used before its definition",
            cause=f"{missing.name}{called} is first assigned {where}; a clean run goes from top to bottom",
            fixes=(fix,) if here == there else (fix, "move the assignment up"),
            severity=missing.severity,
            place=missing.facts.place_at(missing.event),
            related=(Related(message="assigned here", place=origin.facts.place_at(origin.event)),),
        )
