"""Which declared inputs a cell reads: the x of each ``inputs["x"]``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbcode.cells.facts import CellFacts


def input_reads(facts: CellFacts) -> Iterator[tuple[str, ast.AST]]:
    """Name and node of each ``inputs["name"]`` and ``inputs.get("name")`` with a literal name."""
    if "inputs" not in facts.cell.source:
        return
    nodes: list[ast.Subscript | ast.Call] = [*facts.all_of(ast.Subscript), *facts.calls]
    for node in nodes:
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.value, ast.Name)
            and node.value.id == "inputs"
            and facts.is_module_level(node.value)
        ):
            literal: ast.expr | None = node.slice
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "get"
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "inputs"
            and facts.is_module_level(node.func.value)
        ):
            literal = node.args[0] if node.args else None
        else:
            continue
        if isinstance(literal, ast.Constant) and isinstance(literal.value, str):
            yield literal.value, node
