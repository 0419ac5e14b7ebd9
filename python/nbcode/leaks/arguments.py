"""What a function of the notebook was called with: its parameters as the expressions that cells give for them."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping, Sequence

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def calls_in(node: ast.AST, function: Function | None = None) -> Iterator[tuple[ast.Call, Function | None]]:
    """Every call below ``node``, and the innermost function around it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield child, function
        yield from calls_in(child, child if isinstance(child, Function) else function)


def followed_arguments(
    given: ast.expr, function: Function | None, calls: Sequence[ast.Call]
) -> tuple[ast.expr, ...]:
    """``given``, which stands in ``function``, as the cells' own ``calls`` of it write it: one expression a call. Empty where it is of
    names that live in the function alone."""
    names = {node.id for node in ast.walk(given) if isinstance(node, ast.Name)}
    if function is None or not (inner := names & (_parameters(function) | _assigned(function))):
        return (given,)
    if isinstance(function, ast.Lambda) or inner & _assigned(function):
        return ()
    bound = [
        _bound(function, c) for c in calls if isinstance(c.func, ast.Name) and c.func.id == function.name
    ]
    tables = [_Filled(one).visit(copy.deepcopy(given)) for one in bound if inner <= one.keys()]
    return tuple({ast.unparse(table): table for table in tables}.values())


class _Filled(ast.NodeTransformer):
    def __init__(self, values: Mapping[str, ast.expr]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._values.get(node.id, node)


def _parameters(function: Function) -> set[str]:
    given = function.args
    names = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    return {one.arg for one in names if one is not None}


def _assigned(function: Function) -> set[str]:
    nodes = ast.walk(function)
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _bound(function: ast.FunctionDef | ast.AsyncFunctionDef, call: ast.Call) -> dict[str, ast.expr]:
    if any(isinstance(one, ast.Starred) for one in call.args):
        return {}
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    keywords = {one.arg: one.value for one in call.keywords if one.arg is not None}
    return dict(zip(names, call.args, strict=False)) | keywords
