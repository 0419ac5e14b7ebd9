"""How a definition of the cells reads a global name: in which function, on which line, and whether it has set it by then."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbcode.cells.scopes import events_of
from nbcode.cells.trees import walk
from nbcode.primitives import dataclass

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, kw_only=True, slots=True)
class GlobalRead:
    """A read. ``function`` is who reads, such as ``Own.predict``; ``line`` counts in the definition's own text, from 1;
    ``attribute`` is what alone is read of it, empty where it is read itself; ``set_before``: every call has set it by then."""

    function: str
    line: int
    attribute: str
    set_before: bool


def global_reads(source: str, name: str) -> tuple[GlobalRead, ...]:
    """Every read of the global ``name`` in ``source``, which is one definition, in the order of its text."""
    tree = ast.parse(source)
    functions = list(_functions(tree.body, ""))
    attributes = {
        (node.value.lineno, node.value.col_offset): node.attr
        for node in walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    found = []
    for event in sorted(events_of(tree), key=lambda one: (one.line, one.offset)):
        if event.kind not in {"use", "call"} or event.name != name:
            continue
        around = [(node, where) for node, where in functions if _holds(node, event.line)]
        found.append(
            GlobalRead(
                function=around[-1][1] if around else getattr(tree.body[0], "name", ""),
                line=event.line,
                attribute=attributes.get((event.line, event.offset), ""),
                set_before=bool(around) and _sets(around[0][0], name, above=event.line),
            )
        )
    return tuple(found)


def _functions(body: list[ast.stmt], where: str) -> Iterator[tuple[_Function, str]]:
    for node in body:
        inner = f"{where}.{node.name}".strip(".") if isinstance(node, ast.ClassDef | _Function) else where
        if isinstance(node, _Function):
            yield node, inner
        for part in ("body", "orelse", "finalbody"):
            yield from _functions(getattr(node, part, []), inner)


def _holds(function: _Function, line: int) -> bool:
    return function.body[0].lineno <= line <= (function.end_lineno or function.lineno)


def _sets(function: _Function, name: str, *, above: int) -> bool:
    """Whether a statement of the function's own body, which no branch passes over, sets the global above a line."""
    declared = any(isinstance(node, ast.Global) and name in node.names for node in function.body)
    return declared and any(
        isinstance(node, ast.Assign)
        and (node.end_lineno or node.lineno) < above
        and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
        for node in function.body
    )
