"""What a check of the cells cannot look at, in a few words each: so that its silence is not taken for more than it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nbcode.cells.context import Context
from nbcode.cells.paths import UNKNOWN


def unseen(context: Context) -> tuple[str, ...]:
    """What was not looked at in this notebook, the usual first."""
    found = ["what the cells compute"]
    if context.fields is None:
        found.append("the columns of the data")
    if context.tables.unproven:
        found.append(f"the columns of {_names(context.tables.unproven)}, which the cells change")
    if context.locked is None:
        found.append("whether imports are installed")
    hiding = [
        facts.cell.index
        for facts in context.tagged
        if context.hiding_calls(facts) or any(taken.name == "*" for taken in facts.imports)
    ]
    if hiding:
        found.append(f"names that {_cells(hiding)} brings from a text or a star")
    computed = [
        facts.cell.index
        for facts in context.tagged
        if any(read.path is None or UNKNOWN in read.path for read in context.reads_of(facts))
    ]
    if computed:
        found.append(f"which files {_cells(computed)} opens at a path that is computed")
    unread = [facts.cell.index for facts in context.tagged if facts.tree is None]
    if unread:
        found.append(f"{_cells(unread)}, which is no Python")
    return tuple(found)


def _names(names: Sequence[str]) -> str:
    shown = list(dict.fromkeys(names))
    return ", ".join(shown[:3]) + (f" and {len(shown) - 3} more" if len(shown) > 3 else "")


def _cells(numbers: Iterable[int]) -> str:
    shown = [str(number) for number in numbers]
    return f"cell{'s' if len(shown) > 1 else ''} {', '.join(shown)}"
