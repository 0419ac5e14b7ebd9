"""An exploratory cell changes a name that a tagged cell above made and a tagged cell below reads.

Why: exploratory cells are left behind, so the clean run reads the value without that change: what was seen in the
notebook is not what is promoted. A warning, at the exploratory cell.

Bad::

    # %% [features]
    frame = inputs["prices"]
    # %%
    frame = frame.dropna()
    # %% [model]
    m = LinearRegression().fit(frame[["a"]], frame["b"])

Good::

    # %% [features]
    frame = inputs["prices"].dropna()
"""

from __future__ import annotations

from collections.abc import Iterator

from nbcode.cells.context import Context
from nbcode.primitives import Diagnostic, Related, Severity

CODE = "D26"
TITLE = "an exploratory cell changes a promoted name"


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding for each such name and reader."""
    for change in context.flow.hidden_changes:
        owner, reader = change.owner.facts, change.reader.facts
        yield Diagnostic(
            code="NBC-D26",
            message=f"`{change.name}` is changed outside the tagged cells",
            cause=(
                f"cell {owner.cell.index} [{owner.tag}] makes it and cell {reader.cell.index} [{reader.tag}] reads it,"
                f" but the change in cell {change.facts.cell.index} is not promoted"
            ),
            fixes=(
                f"tag cell {change.facts.cell.index} [{owner.tag}]",
                "use another name for the experiment",
            ),
            severity=Severity.WARNING,
            place=change.facts.place_at(change.event),
            related=(Related(message="read here", place=reader.place_at(change.reader.event)),),
        )
