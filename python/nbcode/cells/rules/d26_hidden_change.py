"""An exploratory cell changes a name that a tagged cell above made and a tagged cell below reads, or draws from the generator of
random numbers from which a tagged cell below draws.

Why: exploratory cells are left behind, so the clean run reads the value without that change, and draws other numbers: what was seen
in the notebook is not what is promoted. Of `random`, `numpy.random` and what draws from it (scikit-learn, pandas, SciPy without
`random_state`), what counts is the draw or seed that no tagged cell seeds anew. A warning, at the exploratory cell; a note where
nothing seeds the generator, so that no two kernels draw the same.

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
from nbcode.cells.rules.calls import LEFT_BEHIND
from nbcode.cells.rules.generators import hidden_draws
from nbcode.primitives import Diagnostic, Related, Severity

CODE = "D26"
TITLE = "an exploratory cell changes a promoted name"


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding for each such name and reader, and for each cell that draws or seeds."""
    yield from _draws(context)
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


def _draws(context: Context) -> Iterator[Diagnostic]:
    cells = sorted((*context.tagged, *context.untagged), key=lambda facts: facts.cell.index)
    for hidden in hidden_draws([(bool(facts.tag), facts.source) for facts in cells]):
        changes, reader, generator = cells[hidden.cell], cells[hidden.reader], hidden.use.generator
        index = changes.cell.index
        local = "np.random" if context.aliases.get("np") == generator.partition(".")[0] else generator
        fixes = (
            f"tag cell {index} [{'setup' if hidden.use.seeds else reader.tag}]",
            f"write {local}.seed(0) at the top of cell {reader.cell.index}",
        )
        yield Diagnostic(
            code="NBC-D26",
            message=f"`{generator}` is {'seeded' if hidden.use.seeds else 'drawn from'} outside the tagged cells",
            cause=f"cell {reader.cell.index} [{reader.tag}] draws from it, {LEFT_BEHIND}",
            fixes=fixes,
            severity=Severity.WARNING if hidden.seeded else Severity.NOTE,
            place=changes.place_of(hidden.use.call),
            related=(Related(message="drawn from here", place=reader.place_of(hidden.read.call)),),
        )
