"""A tagged cell changes in place what another tagged cell made.

Why: run once from top to bottom the result is well defined, so this is a warning. In the live kernel the cell is run
again and again, and each time the change is made once more: what was seen there is then not what is promoted. It is reported only for
changes that differ the second time: ``df["x"] = f(df["y"])`` gives the same column again and is how pandas is written.

Bad::

    # %% [setup]
    chosen = [ret_20]
    # %% [features]
    chosen.append(ret_60)

Good::

    # %% [features]
    chosen_more = [*chosen, ret_60]
"""

from __future__ import annotations

from collections.abc import Iterator

from nbcode.cells.context import Context
from nbcode.cells.repeating import differs_when_repeated
from nbcode.primitives import Diagnostic, Related, Severity

CODE = "D24"
TITLE = "changes another cell's value"


def check(context: Context) -> Iterator[Diagnostic]:
    """The first change of each such name in each tagged cell that differs when the cell runs again."""
    reported: set[tuple[int, str]] = set()
    for mutation in context.flow.mutations:
        event, owner = mutation.event, mutation.owner
        key = (mutation.facts.cell.index, event.name)
        if key in reported or not differs_when_repeated(mutation.facts, event):
            continue
        reported.add(key)
        yield Diagnostic(
            code="NBC-D24",
            message=f"`{event.name}` is changed by {event.how}",
            cause=f"it was made in cell {owner.facts.cell.index} [{owner.facts.tag}]; run twice, this cell changes it twice",
            fixes=(
                "make a new value under a new name",
                f"move the change into cell {owner.facts.cell.index}",
            ),
            severity=Severity.WARNING,
            place=mutation.facts.place_at(event),
            related=(Related(message=f"{event.name} is made here", place=owner.facts.place_at(owner.event)),),
        )
