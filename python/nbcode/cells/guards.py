"""Reads of a name that may not be there: under a handler of the NameError, or behind a test whether it is."""

from __future__ import annotations

import ast
from enum import IntEnum

from nbcode.cells.trees import walk

_BROAD = frozenset({"Exception", "BaseException"})
_NAMESPACES = frozenset({"globals", "locals", "vars", "dir"})


class Guard(IntEnum):
    """What becomes of a read whose name is not there: it stops the run, a handler of every exception goes on, or one goes on
    that is written for it."""

    NONE = 0
    ANY = 1
    NAMED = 2


def guard_of(node: ast.Try | ast.TryStar) -> Guard:
    """What the handlers of a ``try`` do with a NameError of its body. One that ends by raising lets it pass."""
    for handler in node.handlers:
        caught = Guard.ANY if handler.type is None else _caught(handler.type)
        if caught is not Guard.NONE:
            return Guard.NONE if isinstance(handler.body[-1], ast.Raise) else caught
    return Guard.NONE


def suppressed(node: ast.With | ast.AsyncWith) -> Guard:
    """The same for ``with contextlib.suppress(NameError)``."""
    for item in node.items:
        call = item.context_expr
        if isinstance(call, ast.Call) and _last_name(call.func) == "suppress":
            return max((_caught(given) for given in call.args), default=Guard.NONE)
    return Guard.NONE


def asked_name(test: ast.expr) -> tuple[str, bool] | None:
    """The name of ``"x" in globals()``, and whether the test is true where it is there; None for any other test."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            asked = asked_name(operand)
            return None if asked is None else (asked[0], not asked[1])
        case ast.Compare(
            left=ast.Constant(value=str(name)),
            ops=[ast.In() | ast.NotIn() as op],
            comparators=[ast.Call(func=ast.Name(id=space), args=[])],
        ) if space in _NAMESPACES:
            return name, isinstance(op, ast.In)
    return None


def _caught(kinds: ast.expr) -> Guard:
    names = {node.id for node in walk(kinds) if isinstance(node, ast.Name)}
    if "NameError" in names:
        return Guard.NAMED
    return Guard.ANY if names & _BROAD else Guard.NONE


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
