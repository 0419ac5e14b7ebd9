"""Where the constants of a custom feature come from: a number that was computed from data knows all of the data.

The definition of each constant is looked up in the file of the function, in the cells that Python knows the source of, and in every
module of the researcher's own that it is imported from; what it was made of is followed from name to name and from module to module.
The same is asked of the constants of each function that is called. What has no source is not judged.
"""

from __future__ import annotations

import ast
import builtins
import linecache
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from types import FunctionType, ModuleType

from alpha_bench.custom.ambient import asks
from alpha_bench.custom.fresh import of_a_library
from alpha_bench.custom.readers import path_of, reads
from alpha_bench.custom.source import definition_of, own_module, plain_function, read_by, read_of_module
from alpha_bench.errors import DefinitionError
from alpha_bench.expressions import Expr

_TABLES = frozenset({"pandas", "polars", "pyarrow", "duckdb"})
_READERS = frozenset(
    {"loadtxt", "genfromtxt", "fromfile", "memmap", "read_text", "read_bytes", "to_frame", "urlopen", "open"}
)
_INPUTS = frozenset({"inputs"})


def check_constants(function: FunctionType, node: ast.FunctionDef) -> None:
    """Raise AlphaBenchError R48 for the first constant that ``function``, or what it calls, reads that was computed from data."""
    origins = _Origins()
    scope = origins.home(function).around(node)
    defaults = [
        (a.arg, d) for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if d is not None
    ]
    problems = [*origins.read_by(function, node)]
    problems += [(n, origins.expression(d, origins.home(function), scope)) for n, d in defaults]
    for name, source in problems:
        if source is not None:
            raise DefinitionError(
                "R48",
                f"@feature {function.__name__}: {name} is computed from {source}, so it "
                + (
                    "is another one tomorrow or elsewhere"
                    if source in origins.ambient
                    else "knows all of the data"
                ),
                fix="compute it inside, from the last window sessions of an input; or write it as a number",
                name=function.__name__,
                read=name,
            )


class _Home:
    """A module, or the cells of a notebook: its names, and the trees that define them."""

    def __init__(self, names: dict[str, object], files: list[str]) -> None:
        self.names = names
        self.trees = [t for t in (_tree(n, names) for n in files) if t is not None]

    def around(self, node: ast.FunctionDef) -> ast.FunctionDef | None:
        """The function that ``node`` is defined in, if any."""
        for tree in self.trees:
            for part in ast.walk(tree):
                if isinstance(part, ast.FunctionDef) and any(
                    isinstance(p, ast.FunctionDef) and (p.name, p.lineno) == (node.name, node.lineno)
                    for p in ast.walk(part)
                    if p is not part
                ):
                    return part
        return None

    def imported(self, name: str, within: ast.AST | None = None) -> tuple[ModuleType, str] | None:
        """The module of the researcher's own that ``name`` is imported from, here or in a function, and what it is called there."""
        for tree in self.trees if within is None else [within]:
            for part in ast.walk(tree):
                if not isinstance(part, ast.ImportFrom):
                    continue
                for alias in part.names:
                    if (alias.asname or alias.name) == name:
                        package = str(self.names.get("__package__") or "")
                        module = own_module("." * part.level + (part.module or ""), package)
                        return None if module is None else (module, alias.name)
        return None


class _Origins:
    """Definitions of names, and what they were made of, through all modules that are the researcher's own."""

    def __init__(self) -> None:
        self._homes: dict[int, _Home] = {}
        self._seen: set[tuple[int, str]] = set()
        self._read: set[int] = set()
        self.ambient: set[str] = set()
        """What was found that is no data, but the clock, chance or the machine."""

    def home(self, function: FunctionType) -> _Home:
        """Where ``function`` is defined."""
        return self._home(function.__globals__, _files(function))

    def _of_module(self, module: ModuleType) -> _Home:
        return self._home(vars(module), [str(getattr(module, "__file__", "") or "")])

    def _home(self, names: dict[str, object], files: list[str]) -> _Home:
        return self._homes.setdefault(id(names), _Home(names, files))

    def read_by(self, function: FunctionType, node: ast.FunctionDef) -> Iterator[tuple[str, str | None]]:
        """Each constant that a function reads, itself or by functions that it calls, and what it comes from, where that is data."""
        self._read.add(id(function))
        home = self.home(function)
        scope = home.around(node)
        for name, value in read_by(function, node):
            if isinstance(value, ModuleType):
                if not of_a_library(value):
                    for written, (module, attr, held) in read_of_module(function, node, name, value).items():
                        yield from self._constant(written, attr, held, self._of_module(module), None)
            else:
                there = home.imported(name, node)
                if there is None:
                    yield from self._constant(name, name, value, home, scope)
                else:
                    yield from self._constant(name, there[1], value, self._of_module(there[0]), None)

    def _constant(
        self, written: str, name: str, value: object, home: _Home, scope: ast.FunctionDef | None
    ) -> Iterator[tuple[str, str | None]]:
        plain = plain_function(value)
        if isinstance(plain, FunctionType):
            module = sys.modules.get(plain.__module__)
            if (module is None or not of_a_library(module)) and id(plain) not in self._read:
                yield from self.read_by(plain, definition_of(plain))
        elif not isinstance(value, Expr):
            yield written, self.name(name, home, scope)

    def name(self, name: str, home: _Home, scope: ast.FunctionDef | None = None) -> str | None:
        """What the value of ``name`` comes from, where that is data."""
        if scope is not None and (inner := list(_assigned(scope.body, name))):
            return self._first(inner, home, scope)
        value = home.names.get(name)
        if (problem := _data(name, value)) is not None:
            return problem
        key = (id(home), name)
        if key in self._seen or isinstance(value, ModuleType) or (value is None and hasattr(builtins, name)):
            return None
        self._seen.add(key)
        for tree in home.trees:  # of cells the last that ran comes first: what it replaced counts no more
            if found := [*_assigned(tree.body, name), *_defined(tree, name)]:
                return self._first(found, home, None)
        there = home.imported(name)
        return None if there is None else self.name(there[1], self._of_module(there[0]))

    def expression(self, value: ast.AST, home: _Home, scope: ast.FunctionDef | None) -> str | None:
        """What an expression, or the body of a function or class, is made of, where that is data."""
        given = (
            {a.arg for a in ast.walk(scope.args) if isinstance(a, ast.arg)} if scope is not None else set()
        )
        calls = {id(p.func): p for p in ast.walk(value) if isinstance(p, ast.Call)}
        for part in ast.walk(value):
            problem = None
            path = _path(part, home) if isinstance(part, ast.Attribute | ast.Name) else ""
            if path and reads(path):
                problem = f"what {ast.unparse(part)[:40]} reads"
            elif path and asks(path, calls.get(id(part)), "") is not None:
                problem = f"what {ast.unparse(part)[:40]} gives"
                self.ambient.add(problem)
            elif isinstance(part, ast.Call):
                problem = self._reader(part)
            elif isinstance(part, ast.Attribute) and (there := _module_of(part.value, home)) is not None:
                problem = self.name(part.attr, self._of_module(there))
            if (
                problem is None
                and isinstance(part, ast.Attribute | ast.Subscript)
                and isinstance(part.value, ast.Name)
                and scope is not None
                and part.value.id in given
            ):
                problem = f"{part.value.id}, which {scope.name} is given"
            if problem is None and isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
                inner = scope if scope is not None and (id(home), part.id) not in self._seen else None
                problem = self.name(part.id, home, inner) if part.id not in given else None
            if problem is not None:
                return problem
        return None

    def _reader(self, call: ast.Call) -> str | None:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        module = isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name)
        found = name in _READERS or name.startswith("read_") or (module and name == "load")
        return f"what {ast.unparse(call.func)[:40]} reads" if found else None

    def _first(self, values: list[ast.AST], home: _Home, scope: ast.FunctionDef | None) -> str | None:
        return next(
            (problem for v in values if (problem := self.expression(v, home, scope)) is not None), None
        )


def _path(part: ast.expr, home: _Home) -> str:
    """The full name of what ``a.b.c`` stands for."""
    if isinstance(part, ast.Attribute):
        base = _path(part.value, home)
        return f"{base}.{part.attr}" if base else ""
    return path_of(home.names.get(part.id)) if isinstance(part, ast.Name) else ""


def _module_of(part: ast.expr, home: _Home) -> ModuleType | None:
    """The module of the researcher's own that ``a`` or ``a.b`` stands for."""
    if isinstance(part, ast.Attribute):
        base = _module_of(part.value, home)
        value = getattr(base, part.attr, None) if base is not None else None
    else:
        value = home.names.get(part.id) if isinstance(part, ast.Name) else None
    return value if isinstance(value, ModuleType) and not of_a_library(value) else None


def _data(name: str, value: object) -> str | None:
    """``name`` as messages call it, where its value holds data."""
    kind = type(value)
    if isinstance(value, Expr):
        return f"{name}, an expression"
    if isinstance(value, FunctionType | ModuleType | type):
        return None
    if kind.__module__.partition(".")[0] in _TABLES and not isinstance(value, date | timedelta):
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
    """The statements of the function or class ``name`` of a file."""
    for part in tree.body:
        if isinstance(part, ast.FunctionDef | ast.ClassDef) and part.name == name:
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
