"""What the rules on a missing `m` and a missing `report` ask of the tagged cells."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbcode.cells.context import Context
from nbcode.notebook.editing import replaced
from nbcode.primitives import Fix

_TRAINS = frozenset({"train", "fit", "fit_regularized"})
_EVALUATIONS = frozenset({"walk_forward", "purged_kfold", "combinatorial_purged_kfold"})


def surely_unbound(context: Context, name: str) -> bool:
    """Whether no tagged cell can bind ``name``: all of them can be read, and none hides names."""
    for facts in context.tagged:
        if facts.tree is None or name in facts.binds or any(taken.name == "*" for taken in facts.imports):
            return False
        if any(event.name == name and event.kind == "bind" for event in facts.events):
            return False
        if context.hiding_calls(facts):
            return False
    return True


def trained_names(context: Context) -> list[str]:
    """Names that hold something fitted, in the order of the cells: ``x = ....fit(...)``, ``x = lgb.train(...)``, ``x.fit(...)``."""
    found: list[str] = []
    for facts in context.tagged:
        for node in facts.tree.body if facts.tree is not None else ():
            for name in _trained(node):
                if name in found:
                    found.remove(name)
                found.append(name)
    return found


def _trained(node: ast.stmt) -> Iterator[str]:
    value = getattr(node, "value", None)
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Attribute):
        return
    if value.func.attr not in _TRAINS:
        return
    if isinstance(node, ast.Assign):
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))
    elif isinstance(node, ast.Expr) and isinstance(value.func.value, ast.Name):
        yield value.func.value.id


def evaluated_names(context: Context) -> list[str]:
    """Names that hold what ``walk_forward`` and its like gave."""
    return [
        target.id
        for facts in context.tagged
        for node in (facts.tree.body if facts.tree is not None else ())
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id in _EVALUATIONS
        for target in node.targets
        if isinstance(target, ast.Name)
    ]


def said_in_meta(context: Context, text: str) -> Fix:
    """The fix that adds a line to [meta]."""
    cell = context.meta_cells[0]
    lines = cell.source.split("\n")
    shown = " then ".join(f"`{line}`" for line in text.split("\n"))
    edit = replaced(cell.index, len(lines), len(lines[-1]) + 1, "", f"\n{text}")
    return Fix(title=f"write {shown} in [meta]", edits=(edit,))
