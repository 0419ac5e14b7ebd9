"""Which names are local to a function, a class body or a comprehension."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from nbcode.cells.trees import children, walk

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(slots=True)
class Scope:
    """The names that a piece of code binds itself, and what lies around it."""

    kind: Literal["module", "function", "class", "comprehension"]
    parent: Scope | None = None
    bound: set[str] = field(default_factory=set)
    declared_global: set[str] = field(default_factory=set)


def is_module_level(name: str, scope: Scope) -> bool:
    """Whether ``name``, read in ``scope``, is looked up among the module's names."""
    here: Scope | None = scope
    direct = True
    while here is not None and here.kind != "module":
        if name in here.declared_global:
            return True
        if name in here.bound and (direct or here.kind != "class"):
            return False
        # A comprehension right inside a class body does not see the class's names either.
        direct = False
        here = here.parent
    return not (name == "__class__" and scope.kind == "function")


def arguments_of(arguments: ast.arguments) -> list[ast.arg]:
    rest = [argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *rest]


def type_parameters(node: ast.stmt, scope: Scope) -> Scope:
    """The scope of ``def f[T]``'s parameters (Python 3.12 on), or ``scope`` itself."""
    parameters = getattr(node, "type_params", ())
    if not parameters:
        return scope
    return Scope(kind="comprehension", parent=scope, bound={parameter.name for parameter in parameters})


def globals_of(body: Iterable[ast.stmt]) -> set[str]:
    return {name for node in _custom_nodes(body) if isinstance(node, ast.Global) for name in node.names}


def collect(body: Iterable[ast.stmt], scope: Scope) -> None:
    """Add to a function's scope every name that its body binds."""
    nonlocals: set[str] = set()
    for node in _custom_nodes(body):
        if isinstance(node, ast.Global):
            scope.declared_global |= set(node.names)
        elif isinstance(node, ast.Nonlocal):
            nonlocals |= set(node.names)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            scope.bound.add(node.id)
        elif isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            scope.bound.add(node.name)
        elif isinstance(node, ast.alias):
            scope.bound.add(node.asname or node.name.split(".")[0])
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            scope.bound.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            scope.bound.add(node.rest)
    scope.bound -= nonlocals | scope.declared_global


def collect_walrus(body: ast.expr, scope: Scope) -> None:
    scope.bound |= {node.target.id for node in walk(body) if isinstance(node, ast.NamedExpr)}


def _custom_nodes(body: Iterable[ast.stmt]) -> Iterable[ast.AST]:
    """The nodes of a body that belong to its scope: nested functions and classes are named, not entered; of a
    comprehension only ``:=`` counts."""
    stack: list[ast.AST] = list(body)
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            stack += node.decorator_list
        elif isinstance(node, COMPREHENSIONS):
            stack += [inner.target for inner in walk(node) if isinstance(inner, ast.NamedExpr)]
        elif not isinstance(node, ast.Lambda):
            stack += children(node)
