"""Static evidence that cells certainly ask for a value, so that no child is needed to find out. Never a guess."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence


def surely_python(sources: Sequence[str], input_names: Collection[str]) -> bool:
    """Whether an unconditional statement of a cell reads ``inputs["declared"]`` or calls ``data.<field>.to_frame()``.

    Such a statement is reached in every run, or the run has failed before it; so the answer of a child would be the same.
    False where the very name is assigned (a frame may be called `data`), or where the evidence sits in a branch, a loop, a function or a `try`.
    """
    try:
        statements = [s for source in sources for s in ast.parse(source).body]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    own = _assigned(statements) & {"inputs", "data"}
    if _assigns_suspect_model(statements):
        return False
    return any(_asks(node, input_names, own) for s in statements for node in _always_run(s))


def _always_run(node: ast.AST) -> Iterator[ast.AST]:
    """The expressions that are evaluated whenever ``node`` is, without branches, loops' bodies and nested scopes."""
    match node:
        case (
            ast.Assign(value=value)
            | ast.AugAssign(value=value)
            | ast.Expr(value=value)
            | ast.keyword(value=value)
        ):
            children: Sequence[ast.AST] = [value]
        case ast.AnnAssign(value=ast.expr() as value):
            children = [value]
        case ast.Attribute(value=value):
            children = [value]
        case ast.Subscript(value=value, slice=index):
            children = [value, index]
        case ast.Call(func=func, args=args, keywords=keywords):
            children = [func, *args, *keywords]
        case ast.BinOp(left=left, right=right):
            children = [left, right]
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            children = elements
        case _:
            children = []
    yield node
    for child in children:
        yield from _always_run(child)


def _asks(node: ast.AST, input_names: Collection[str], own: Collection[str]) -> bool:
    match node:
        case ast.Subscript(value=ast.Name(id="inputs"), slice=ast.Constant(value=str(name)), ctx=ast.Load()):
            return name in input_names and "inputs" not in own
        case ast.Call(
            func=ast.Attribute(value=ast.Attribute(value=ast.Name(id="data")), attr="to_frame"), args=[]
        ):
            return "data" not in own
    return False


def _assigned(statements: Sequence[ast.stmt]) -> set[str]:
    nodes = (n for s in statements for n in ast.walk(s))
    return {n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}


def _behind(value: ast.expr | None, statements: Sequence[ast.stmt]) -> ast.expr | None:
    """What a bare name stands for where one call alone is assigned to it, else the value as it is."""
    if not isinstance(value, ast.Name):
        return value
    stores = sum(
        isinstance(n, ast.Name) and n.id == value.id and not isinstance(n.ctx, ast.Load)
        for s in statements
        for n in ast.walk(s)
    )
    given = [
        s.value
        for s in statements
        if isinstance(s, ast.Assign) and any(isinstance(t, ast.Name) and t.id == value.id for t in s.targets)
    ]
    return given[0] if stores == len(given) == 1 and isinstance(given[0], ast.Call) else value


def _assigns_suspect_model(statements: Sequence[ast.stmt]) -> bool:
    """An `m` that may have to be refused before the run (D15, D16) is looked at by the child: a constant, a bare name,
    or one whose statement mentions a lambda or something that the notebook itself defines by ``def`` or ``class``."""
    own = {s.name for s in statements if isinstance(s, ast.FunctionDef | ast.ClassDef)}
    for s in statements:
        targets = (
            s.targets if isinstance(s, ast.Assign) else [s.target] if isinstance(s, ast.AnnAssign) else []
        )
        if not any(isinstance(t, ast.Name) and t.id == "m" for t in targets):
            continue
        value = _behind(getattr(s, "value", None), statements)
        if value is None or isinstance(value, ast.Constant | ast.Name | ast.Attribute):
            return True
        if any(
            isinstance(n, ast.Lambda) or (isinstance(n, ast.Name) and n.id in own) for n in ast.walk(value)
        ):
            return True
    return False
