"""A tagged cell reads a name that only an exploratory cell assigns. Also called NB101.

Why: exploratory cells are left behind. What the name held in the live kernel would be missing from the clean run, or
be something else. The finding names the cell that the value really came from.

Bad::

    # cell 6, untagged
    vol_adj = ret_20 / vol_20
    # %% [model]
    m = Ridge().fit(X=[vol_adj], y=fwd_ret_10d)

Good::

    # %% [features]
    vol_adj = ret_20 / vol_20
    # %% [model]
    m = Ridge().fit(X=[vol_adj], y=fwd_ret_10d)
"""

from __future__ import annotations

from collections.abc import Iterator

from nbcode.cells.context import Context
from nbcode.cells.flow import Origin, Unresolved
from nbcode.cells.rules.edits import rewritten
from nbcode.notebook.editing import tagged_with
from nbcode.primitives import Diagnostic, Fix, Related

CODE = "D04"
TITLE = "undeclared name"

_VERBS = {
    "import": "imported",
    "def": "defined",
    "class": "defined",
    "loop": "a loop variable",
    "with": "opened",
    "augmented": "assigned",
}


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding for each such name in each tagged cell, at its first reading."""
    declared = {name for name, _ in context.meta.inputs} if context.meta else set()
    for missing in context.flow.unresolved:
        if missing.kind == "untagged":
            yield _diagnostic(missing, declared)


def _diagnostic(missing: Unresolved, declared: set[str]) -> Diagnostic:
    name, origin = missing.name, missing.origins[0]
    cell = origin.facts.cell
    verb = _VERBS.get(origin.event.how, "assigned")
    others = len({o.facts.cell.index for o in missing.origins}) - 1
    more = f" (and in {others} other untagged cell{'s' if others > 1 else ''})" if others else ""
    before = cell.index < missing.facts.cell.index
    after = "" if before else ", further down"
    tag = _tag_for(origin, missing)
    fixes: tuple[Fix | str, ...] = (
        Fix(title=f"tag cell {cell.index} [{tag}]", edits=(tagged_with(cell, tag),))
        if before  # a tag on a cell further down would not help: it would run after what reads the name
        else f"move cell {cell.index} up, before cell {missing.facts.cell.index}, and tag it [{tag}]",
        _move(origin),
        "declare it under inputs: in [meta]",
    )
    if origin.event.how in {"import", "def", "class"}:
        fixes = fixes[:2]
    if name in declared:
        place = missing.facts.place_at(missing.event)
        fixes = (rewritten(f'write inputs["{name}"]', place, f'inputs["{name}"]'), *fixes[:2])
    return Diagnostic(
        code="NBC-D04",
        message=f"undeclared name `{name}`",
        cause=f"{name} is {verb} in cell {cell.index}{after}, which is not tagged{more}",
        fixes=fixes,
        severity=missing.severity,
        place=missing.facts.place_at(missing.event),
        related=tuple(
            Related(
                message=f"{name} is {_VERBS.get(o.event.how, 'assigned')} here",
                place=o.facts.place_at(o.event),
            )
            for o in missing.origins
        ),
    )


def _move(origin: Origin) -> str:
    if origin.event.how == "import":
        return "import it in a [setup] cell"
    if origin.event.how in {"def", "class"}:
        return "move the definition into a tagged cell"
    return "move the assignment into a tagged cell"


def _tag_for(origin: Origin, missing: Unresolved) -> str:
    """The tag that the other cell would most naturally bear."""
    if origin.event.how in {"import", "def", "class"}:
        return "setup"
    if origin.event.name in {"m", "report"}:
        return "model" if origin.event.name == "m" else "eval"
    return {"model": "features", "features": "features", "setup": "setup"}.get(missing.facts.tag, "features")
