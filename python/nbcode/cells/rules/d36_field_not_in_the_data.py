"""A tagged cell reads a field that the panel does not have, by ``data.field`` or by a feature that needs it.

Why: which fields there are stands in the first line of the data. The run would stop at the first computation. Not reported where
the data are not known here.

Bad::

    close = data.Close

Good::

    close = data.close
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from alpha_bench.describe import habit_of
from alpha_bench.names import FIELDS_READ
from nbcode.cells.context import Context, finding
from nbcode.cells.facts import CellFacts
from nbcode.cells.rules.edits import rewritten
from nbcode.cells.values import provided_calls
from nbcode.primitives import Diagnostic, Fix, Place, nearest

CODE = "D36"
TITLE = "field that the data do not have"


def check(context: Context) -> Iterator[Diagnostic]:
    """Each such field, once a cell."""
    known = context.fields
    if known is None:
        return
    own = own_names(context.tagged)
    for facts in context.tagged:
        reported: set[str] = set()
        for node, field, through in field_reads(facts, own):
            if field not in known and field not in reported:
                reported.add(field)
                yield field_not_there(field, through, known, facts.place_of(node), written="data.", edit=True)


def own_names(tagged: Sequence[CellFacts]) -> set[str]:
    """The names that the cells bind, but for those that they import from alpha_bench as they are called there."""
    own = {name for facts in tagged for name in facts.binds}
    provided = {
        one.local
        for facts in tagged
        for one in facts.imports
        if one.module == "alpha_bench" and one.name == one.local and not one.relative
    }
    again = {
        name
        for facts in tagged
        for name, event in facts.binds.items()
        if name in provided and event.how != "import"
    }
    return own - provided | again


def field_reads(facts: CellFacts, own: set[str]) -> Iterator[tuple[ast.expr, str, str]]:
    """Node, field, and the feature that reads it (empty: read by its name)."""
    if "data" not in own and "data" in facts.cell.source:
        for node in facts.all_of(ast.Attribute):
            here = node.value
            if (
                isinstance(here, ast.Name)
                and here.id == "data"
                and facts.is_module_level(here)
                and not node.attr.startswith("_")
            ):
                yield node, node.attr, ""
        for item in facts.all_of(ast.Subscript):
            match item:
                case ast.Subscript(
                    value=ast.Name(id="data") as here, slice=ast.Constant(value=str(field))
                ) if facts.is_module_level(here):
                    yield item, field, ""
    for call, name in provided_calls(facts, own):
        space, _, word = name.partition(".")
        if space == "features" and not any(k.arg == "x" for k in call.keywords):
            for field in FIELDS_READ.get(word, ()):
                yield call, field, name


def field_not_there(
    field: str, through: str, known: frozenset[str], place: Place, *, written: str, edit: bool = False
) -> Diagnostic:
    """``through``: what reads it, where it does not stand there by its name; ``written``: how the name of a field begins there;
    ``edit``: whether ``place`` holds just that name."""
    meant = nearest(field, known) if not through else None
    shown = ", ".join(sorted(known)[:12]) + (f" and {len(known) - 12} more" if len(known) > 12 else "")
    fixes: tuple[Fix | str, ...] = (
        f'derive it in nbcode.toml: derive = {{ {field} = "FORMULA" }}, FORMULA being one of its columns',
        "add a column to the data",
    )
    habit = habit_of("data", field) if not through and meant is None else None
    if habit is not None:
        fixes = (habit, *fixes)
    if meant is not None:
        title, text = f"write {written}{meant}", f"{written}{meant}"
        fixes = (rewritten(title, place, text) if edit else title, *fixes[1:])
    message = (
        f"`{through}` reads `{field}`, which the data do not have"
        if through
        else f"the data have no `{field}`"
    )
    return finding(
        CODE,
        message + (f": did you mean `{meant}`?" if meant else ""),
        place,
        cause=f"they have {shown}",
        fixes=fixes,
    )
