"""What a researcher's own function may not do, read from its syntax tree: keep anything between calls, or fetch anything itself.

Law: what it gives depends on its inputs and parameters alone. What is read here is what can be read; the probe looks for the rest.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, MutableMapping, MutableSequence, MutableSet
from types import FunctionType, ModuleType
from typing import TypeAlias

from alpha_bench.custom.readers import reads
from alpha_bench.errors import DefinitionError

_KEEP_NOTHING = "keep nothing between calls: make it from the inputs each time"
_AS_INPUT = "declare it as an input: @feature(inputs=[..., data.name]); other files come in by the panel"
_OPENERS = frozenset({"open", "input"})
_READERS = frozenset(
    "fromfile genfromtxt loadtxt memmap open open_memmap read_bytes read_text urlopen urlretrieve connect".split()
)
_READERS_OF_MODULES = frozenset({"load", "fetch", "download", "get"})
_WRITERS = frozenset("to_csv to_feather to_hdf to_parquet to_pickle to_sql write_bytes write_text".split())
_REACHING_OUT = frozenset(
    "aiohttp boto3 builtins ctypes fsspec gc http httpx importlib inspect joblib multiprocessing pathlib pickle requests shelve "
    "shutil socket sqlite3 subprocess tempfile urllib urllib3".split()
)
_STATE = frozenset({"delattr", "eval", "exec", "globals", "setattr", "vars", "__import__"})
_MUTABLE = (MutableMapping, MutableSequence, MutableSet, bytearray)
Found: TypeAlias = tuple[str, str, str]


def check_body(function: FunctionType, node: ast.FunctionDef) -> None:
    """Raise AlphaBenchError R48 for the first thing in ``node``, which defines ``function``, that it may not do."""
    for what, fix, read in _Reading(function, node).found():
        error = DefinitionError("R48", f"@feature {function.__name__}: {what}", fix, name=function.__name__)
        error.context["read"] = read
        raise error


class _Reading:
    """One function's body, and which of its names are from around it."""

    def __init__(self, function: FunctionType, node: ast.FunctionDef) -> None:
        self.function = function
        self.body = [part for statement in node.body for part in ast.walk(statement)]
        self.imported = dict(_imports(self.body))
        bound = {p.id for p in self.body if isinstance(p, ast.Name) and not isinstance(p.ctx, ast.Load)}
        inner = [p for p in self.body if isinstance(p, ast.FunctionDef | ast.Lambda)]
        bound |= {a.arg for f in (node, *inner) for a in ast.walk(f.args) if isinstance(a, ast.arg)}
        bound |= {p.name for p in self.body if isinstance(p, ast.FunctionDef | ast.ClassDef)}
        self.own = (bound - set(function.__code__.co_freevars)) - set(self.imported)

    def outside(self, name: str) -> bool:
        """Whether ``name`` is anything but the function's own."""
        return name not in self.own

    def found(self) -> Iterator[Found]:
        for part in self.body:
            if isinstance(part, ast.Global | ast.Nonlocal) and self.outside(part.names[0]):
                yield f"it writes {part.names[0]}, which is around it", _KEEP_NOTHING, part.names[0]
            if isinstance(part, ast.Attribute | ast.Subscript) and not isinstance(part.ctx, ast.Load):
                root = _root(part)
                if root is not None and self.outside(root):
                    yield f"it stores into {ast.unparse(part)[:60]}", _KEEP_NOTHING, root
            if isinstance(part, ast.Call):
                yield from self._called(part)
            if isinstance(part, ast.Attribute):
                yield from self._attribute(part)
        for name, module in self._modules():
            if module.partition(".")[0] in _REACHING_OUT:
                yield f"it uses {module}, which reaches outside of its inputs", _AS_INPUT, name

    def _modules(self) -> Iterator[tuple[str, str]]:
        """Every module that a name of the body stands for."""
        yield from self.imported.items()
        for part in self.body:
            if isinstance(part, ast.Name) and self.outside(part.id):
                yield part.id, self._home(part.id)

    def _home(self, name: str) -> str:
        """The module that a name from around it stands for or comes from."""
        value = self.function.__globals__.get(name)
        home = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", "")
        return str(home or "")

    def _called(self, call: ast.Call) -> Iterator[Found]:
        written = ast.unparse(call.func)[:60]
        if isinstance(call.func, ast.Name) and self.outside(call.func.id):
            if call.func.id in _OPENERS:
                yield f"it reads a file or a person by {written}", _AS_INPUT, written
            first = _root(call.args[0]) if call.args else None
            if call.func.id in _STATE and (first is None or self.outside(first)):
                yield f"it reaches names around it by {written}", _KEEP_NOTHING, written
        if isinstance(call.func, ast.Attribute):
            name, root = call.func.attr, _root(call.func)
            of_module = root is not None and root != "self" and self.outside(root)
            if name in _READERS or name.startswith("read_") or (of_module and name in _READERS_OF_MODULES):
                yield f"it reads by {written}", _AS_INPUT, written
            if name in _WRITERS:
                yield f"it writes by {written}", _KEEP_NOTHING, written
        root = _root(call.func)
        if root is not None and self.outside(root):
            value = self.function.__globals__.get(root)
            home = self.imported.get(root) or self._home(root)
            if reads(call, home, str(getattr(value, "__name__", root))):
                yield f"it reads by {written}", _AS_INPUT, written

    def _attribute(self, part: ast.Attribute) -> Iterator[Found]:
        value = self._value(part)
        if isinstance(value, _MUTABLE) or _is_array(value):
            kind = type(value).__name__
            yield (
                f"it reads {ast.unparse(part)[:60]}, a {kind} that outlives the call",
                _KEEP_NOTHING,
                part.attr,
            )
        if part.attr in {"__dict__", "__globals__", "__closure__"} and self.outside(_root(part) or ""):
            yield f"it reaches names around it by {ast.unparse(part)[:60]}", _KEEP_NOTHING, part.attr

    def _value(self, part: ast.expr) -> object:
        """What a chain of attributes of a module stands for, or None."""
        if isinstance(part, ast.Attribute):
            base = self._value(part.value)
            return getattr(base, part.attr, None) if isinstance(base, ModuleType | type) else None
        if isinstance(part, ast.Name) and part.id in self.imported:
            return sys.modules.get(self.imported[part.id])
        if isinstance(part, ast.Name) and self.outside(part.id):
            return self.function.__globals__.get(part.id)
        return None


def _imports(body: list[ast.AST]) -> Iterator[tuple[str, str]]:
    """Names that the body itself imports, and the module of each."""
    for part in body:
        if isinstance(part, ast.Import):
            for alias in part.names:
                yield (
                    alias.asname or alias.name.partition(".")[0],
                    alias.name if alias.asname else alias.name.partition(".")[0],
                )
        if isinstance(part, ast.ImportFrom):
            for alias in part.names:
                inner = f"{part.module}.{alias.name}"
                yield alias.asname or alias.name, inner if inner in sys.modules else str(part.module)


def _is_array(value: object) -> bool:
    return type(value).__module__ == "numpy" and bool(getattr(value, "ndim", None))


def _root(part: ast.AST) -> str | None:
    """The name that a chain of attributes, items and calls begins with."""
    while isinstance(part, ast.Attribute | ast.Subscript | ast.Call):
        part = part.func if isinstance(part, ast.Call) else part.value
    return part.id if isinstance(part, ast.Name) else None
