"""An expression of ``[meta]`` names what no tagged cell defines.

Why: ``model:``, ``report:`` and ``signal:`` are evaluated when the tagged cells have run, in the names that they leave. A name
of an exploratory cell, or one that is misspelt, is not there.

Bad::

    # [meta]
    # model: ridge_modle
    ridge_model = Ridge().fit(X, y)

Good::

    # [meta]
    # model: ridge_model
    ridge_model = Ridge().fit(X, y)
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.cells.rules.results_named import trained_names
from nbcode.notebook import Cell, Expression
from nbcode.primitives import Diagnostic, Place, nearest

CODE = "C22"
TITLE = "unknown name in [meta]"

_BUILTINS = frozenset(dir(builtins))


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding for each name of an expression that the tagged cells neither define nor Python has. None where a star, or a
    cell that cannot be read, may bring it."""
    if context.meta is None or not context.meta_cells:
        return
    if any(facts.tree is None or "*" in {one.name for one in facts.imports} for facts in context.tagged):
        return
    defined = {name for facts in context.tagged for name in facts.binds}
    for key, expression in context.meta.expressions:
        for name in expression.names:
            if name not in defined and name not in _BUILTINS:
                yield _unknown(context, key, expression, name, defined)


def _unknown(context: Context, key: str, expression: Expression, name: str, defined: set[str]) -> Diagnostic:
    cell = context.meta_cells[0]
    offered: list[str] = []
    left = next((facts for facts in reversed(context.untagged) if name in facts.binds), None)
    near = nearest(name, sorted(defined))
    if left is not None:
        cause = f"{name} is assigned in cell {left.cell.index}, which is not tagged"
        fixes = [f"tag cell {left.cell.index}"]
    else:
        cause = "it is evaluated in the names that the tagged cells leave"
        fitted = trained_names(context) if key == "model" and near is None else []
        offered = [near] if near else fitted[-1:]
        fixes = [f"write {one}" for one in offered] or ["name what a tagged cell assigns"]
    return finding(
        CODE,
        f"`{key}` in [meta] names `{name}`, which no tagged cell defines"
        + (f": did you mean `{offered[0]}`?" if offered else ""),
        _place(context, cell, expression),
        cause=cause,
        fixes=fixes,
    )


def _place(context: Context, cell: Cell, expression: Expression) -> Place:
    first = cell.first_line
    return Place(
        path=context.notebook.path,
        cell=cell.index,
        tag="meta",
        line=expression.line,
        file_line=None if first is None else first + expression.line - 1,
    )
