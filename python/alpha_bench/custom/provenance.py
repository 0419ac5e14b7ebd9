"""Where the constants of a researcher's own function come from: a number that was computed from data knows all of the data.

The definition of each constant is looked up in the file of the function, and in the cells that Python knows the source of; what
it was made of is followed from name to name. What has no source is not judged.
"""

from __future__ import annotations

import ast
import builtins
import linecache
from collections.abc import Iterator
from types import FunctionType, ModuleType

from alpha_bench.custom.readers import reads
from alpha_bench.errors import DefinitionError
from alpha_bench.expressions import Expr

_TABLES = frozenset({"pandas", "polars", "pyarrow", "duckdb"})
_READERS = frozenset(
    {"loadtxt", "genfromtxt", "fromfile", "memmap", "read_text", "read_bytes", "to_frame", "urlopen", "open"}
)
_INPUTS = frozenset({"inputs"})


def check_constants(function: FunctionType, node: ast.FunctionDef, names: list[str]) -> None:
    """Raise AlphaBenchError R48 for the first of ``names``, or of the parameters' defaults, that was computed from data."""
    origins = _Origins(function)
    scope = origins.around(node)
    defaults = [
        (a.arg, d) for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if d is not None
    ]
    told = [(n, origins.name(n, scope)) for n in names] + [
        (n, origins.expression(d, scope)) for n, d in defaults
    ]
    for name, source in told:
        if source is not None:
            raise DefinitionError(
                "R48",
                f"@feature {function.__name__}: {name} is computed from {source}, so it knows all of the data",
                fix="compute it inside, from the last window sessions of an input; or write it as a number",
                name=function.__name__,
                read=name,
            )


class _Origins:
    """Definitions of names, and what they were made of."""

    def __init__(self, function: FunctionType) -> None:
        self._globals = function.__globals__
        self._trees = [t for t in (_tree(n, self._globals) for n in _files(function)) if t is not None]
        self._seen: set[str] = set()

    def around(self, node: ast.FunctionDef) -> ast.FunctionDef | None:
        """The function that ``node`` is defined in, if any."""
        for tree in self._trees:
            for part in ast.walk(tree):
                if isinstance(part, ast.FunctionDef) and any(
                    isinstance(p, ast.FunctionDef) and (p.name, p.lineno) == (node.name, node.lineno)
                    for p in ast.walk(part)
                    if p is not part
                ):
                    return part
        return None

    def name(self, name: str, scope: ast.FunctionDef | None = None) -> str | None:
        """What the value of ``name`` comes from, where that is data."""
        if scope is not None and (inner := list(_assigned(scope.body, name))):
            return self._first(inner, scope)
        value = self._globals.get(name)
        if (told := _data(name, value)) is not None:
            return told
        if name in self._seen or isinstance(value, ModuleType) or (value is None and hasattr(builtins, name)):
            return None
        self._seen.add(name)
        for tree in self._trees:  # of cells the last that ran comes first: what it replaced counts no more
            if found := [*_assigned(tree.body, name), *_defined(tree, name)]:
                return self._first(found, None)
        return None

    def expression(self, value: ast.AST, scope: ast.FunctionDef | None) -> str | None:
        """What an expression, or the body of a function, is made of, where that is data."""
        given = (
            {a.arg for a in ast.walk(scope.args) if isinstance(a, ast.arg)} if scope is not None else set()
        )
        for part in ast.walk(value):
            if isinstance(part, ast.Call) and (read := self._reader(part)) is not None:
                return read
            if (
                isinstance(part, ast.Attribute | ast.Subscript)
                and isinstance(part.value, ast.Name)
                and part.value.id in given
            ):
                return f"{part.value.id}, which {scope.name} is given" if scope is not None else None
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load) and part.id not in given:
                told = self.name(part.id, scope if scope is not None and part.id not in self._seen else None)
                if told is not None:
                    return told
        return None

    def _reader(self, call: ast.Call) -> str | None:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        module = isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name)
        found = name in _READERS or name.startswith("read_") or (module and name == "load")
        root: ast.AST = call.func
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Name):
            value = self._globals.get(root.id)
            home = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
            found = found or reads(call, str(home), str(getattr(value, "__name__", root.id)))
        return f"what {ast.unparse(call.func)[:40]} reads" if found else None

    def _first(self, values: list[ast.AST], scope: ast.FunctionDef | None) -> str | None:
        return next((told for v in values if (told := self.expression(v, scope)) is not None), None)


def _data(name: str, value: object) -> str | None:
    """``name`` as it is told, where its value holds data."""
    kind = type(value)
    if isinstance(value, Expr):
        return f"{name}, an expression"
    if isinstance(value, FunctionType | ModuleType | type):
        return None
    if kind.__module__.partition(".")[0] in _TABLES:
        return f"{name}, a {kind.__name__}"
    if kind.__module__.partition(".")[0] == "alpha_bench":  # a panel, its fields, a report
        return f"{name}, a {kind.__name__}"
    if name in _INPUTS and value is not None:
        return name
    if isinstance(value, dict) and any(
        type(v).__module__.partition(".")[0] in _TABLES for v in value.values()
    ):
        return f"{name}, which holds tables"
    return None


def _assigned(body: list[ast.stmt], name: str) -> Iterator[ast.AST]:
    """What ``name`` is set to by the statements of ``body``, inner functions and classes left out."""
    stack: list[ast.AST] = list(body)
    while stack:
        part = stack.pop(0)
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        targets: list[ast.AST] = []
        if isinstance(part, ast.Assign):
            targets = list(part.targets)
        elif isinstance(part, ast.AnnAssign | ast.AugAssign | ast.NamedExpr | ast.For):
            targets = [part.target]
        elif isinstance(part, ast.withitem) and part.optional_vars is not None:
            targets = [part.optional_vars]
        if any(isinstance(t, ast.Name) and t.id == name for target in targets for t in ast.walk(target)):
            yield from (
                v
                for f in ("value", "iter", "context_expr")
                if isinstance(v := getattr(part, f, None), ast.AST)
            )
        stack += ast.iter_child_nodes(part)


def _defined(tree: ast.Module, name: str) -> Iterator[ast.AST]:
    """The statements of the function ``name`` of a file."""
    for part in tree.body:
        if isinstance(part, ast.FunctionDef) and part.name == name:
            yield from part.body


def _files(function: FunctionType) -> list[str]:
    """The function's own file; of a cell of a notebook all cells, the last one first."""
    own = function.__code__.co_filename
    return [n for n in reversed(linecache.cache) if _is_cell(n)] if _is_cell(own) else [own]


def _is_cell(file: str) -> bool:
    return file.startswith("<") or "ipykernel_" in file


def _tree(file: str, names: dict[str, object]) -> ast.Module | None:
    text = "".join(linecache.getlines(file, names))
    try:
        return ast.parse(text) if text else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
