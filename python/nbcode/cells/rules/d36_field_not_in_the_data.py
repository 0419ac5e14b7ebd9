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
from collections.abc import Iterator

from alpha_bench.describe import habit_of
from alpha_bench.names import FIELDS_READ
from nbcode.cells.context import Context, finding
from nbcode.cells.facts import CellFacts
from nbcode.cells.rules.edits import rewritten
from nbcode.cells.values import provided_calls
from nbcode.primitives import Diagnostic, Fix, nearest

CODE = "D36"
TITLE = "field that the data do not have"


def check(context: Context) -> Iterator[Diagnostic]:
    """Each such field, once a cell."""
    known = context.fields
    if known is None:
        return
    own = {name for facts in context.tagged for name in facts.binds}
    for facts in context.tagged:
        reported: set[str] = set()
        for node, field, through in _reads(facts, own):
            if field not in known and field not in reported:
                reported.add(field)
                yield _diagnostic(facts, node, field, through, known)


def _reads(facts: CellFacts, own: set[str]) -> Iterator[tuple[ast.expr, str, str]]:
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


def _diagnostic(
    facts: CellFacts, node: ast.expr, field: str, through: str, known: frozenset[str]
) -> Diagnostic:
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
        fixes = (rewritten(f"write data.{meant}", facts.place_of(node), f"data.{meant}"), *fixes[1:])
    message = (
        f"`{through}` reads `{field}`, which the data do not have"
        if through
        else f"the data have no `{field}`"
    )
    return finding(
        CODE,
        message + (f": did you mean `{meant}`?" if meant else ""),
        facts.place_of(node),
        cause=f"they have {shown}",
        fixes=fixes,
    )
