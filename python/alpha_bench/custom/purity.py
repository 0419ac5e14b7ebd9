"""What a custom feature may not do, read from its syntax tree: keep anything between calls, or fetch anything itself.

Law: what it gives depends on its inputs and parameters alone. What is read here is what can be read; the probe looks for the rest.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterator, MutableMapping, MutableSequence, MutableSet
from types import FunctionType, ModuleType
from typing import TypeAlias

from alpha_bench.custom.ambient import asks
from alpha_bench.custom.readers import can_read, path_of, reads
from alpha_bench.errors import DefinitionError

_KEEP_NOTHING = "keep nothing between calls: make it from the inputs each time"
_AS_INPUT = "declare it as an input: @feature(inputs=[..., data.name]); other files come in by the panel"
_OPENERS = frozenset({"open", "input"})
_READERS = frozenset(
    "fromfile genfromtxt loadtxt memmap open open_memmap read_bytes read_text urlopen urlretrieve connect".split()
)
_READERS_OF_MODULES = frozenset({"load", "fetch", "download", "get"})
_WRITERS = frozenset(
    "dump savetxt savez tofile to_csv to_feather to_hdf to_parquet to_pickle to_sql write_bytes write_text".split()
)
_REACHING_OUT = frozenset(
    "aiohttp boto3 builtins ctypes fsspec gc http httpx importlib inspect joblib multiprocessing pathlib pickle requests shelve "
    "shutil socket sqlite3 subprocess tempfile urllib urllib3".split()
)
_VENDORS = frozenset(
    "akshare alpaca baostock ccxt databento finnhub fredapi jqdatasdk nasdaqdatalink openbb pandas_datareader polygon psycopg psycopg2 "
    "pymongo pyodbc quandl redis rqdatac sqlalchemy tiingo tushare websocket websockets wrds yahooquery yfinance".split()
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
        self.calls = {id(p.func): p for p in self.body if isinstance(p, ast.Call)}
        bound |= {a.arg for f in (node, *inner) for a in ast.walk(f.args) if isinstance(a, ast.arg)}
        bound |= {p.name for p in self.body if isinstance(p, ast.FunctionDef | ast.ClassDef)}
        self.own = (bound - set(function.__code__.co_freevars)) - set(self.imported) - _class_of(node)

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
            if isinstance(part, ast.Call) or isinstance(getattr(part, "ctx", None), ast.Load):
                yield from self._named(part)
        for name, module in self._modules():
            if module.partition(".")[0] in _REACHING_OUT | _VENDORS:
                yield f"it uses {module}, which reaches outside of its inputs", _AS_INPUT, name

    def _modules(self) -> Iterator[tuple[str, str]]:
        """Every module that a name of the body stands for, or comes from."""
        yield from self.imported.items()
        for part in self.body:
            if isinstance(part, ast.Name) and part.id in self.function.__globals__ and self.outside(part.id):
                yield part.id, path_of(self.function.__globals__[part.id])

    def _path(self, part: ast.expr) -> str:
        """The full name of what ``a`` or ``a.b.c`` stands for, where ``a`` is from around it."""
        if isinstance(part, ast.Attribute):
            base = self._path(part.value)
            return f"{base}.{part.attr}" if base else ""
        if (got := self._getattr(part)) is not None:
            base = self._path(got[0])
            return f"{base}.{got[1]}" if base and got[1] else ""
        if not isinstance(part, ast.Name) or not self.outside(part.id):
            return ""
        if part.id in self.imported:
            return self.imported[part.id]
        if part.id in self.function.__globals__:
            return path_of(self.function.__globals__[part.id])
        return f"builtins.{part.id}" if hasattr(builtins, part.id) else ""

    def _getattr(self, part: ast.AST) -> tuple[ast.expr, str] | None:
        """Of ``getattr(a, "b")`` what it reads of, and the name; the name is empty where it is known only when it runs."""
        if not (isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == "getattr"):
            return None
        if not self.outside("getattr") or len(part.args) < 2:
            return None
        name = part.args[1]
        return part.args[0], str(name.value) if isinstance(name, ast.Constant) else ""

    def _named(self, part: ast.AST) -> Iterator[Found]:
        """What is read by its name, called or handed on."""
        if not isinstance(part, ast.Attribute | ast.Name | ast.Call):
            return
        path, written = self._path(part), ast.unparse(part)[:60]
        got = self._getattr(part)
        if got is not None and not got[1] and can_read(self._path(got[0])):
            yield (
                f"it reads by {written}, whose name is known only when it runs",
                "write the names: {'mean': np.mean}[how]",
                written,
            )
        if path and reads(path):
            yield f"it reads by {written}", _AS_INPUT, written
        if path and (asked := asks(path, self.calls.get(id(part)), written)) is not None:
            yield f"it {asked[0]}", asked[1], written

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
            module, _, name = self.imported[part.id].rpartition(".")
            return sys.modules.get(self.imported[part.id]) or getattr(sys.modules.get(module), name, None)
        if isinstance(part, ast.Name) and self.outside(part.id):
            return self.function.__globals__.get(part.id)
        return None


def _imports(body: list[ast.AST]) -> Iterator[tuple[str, str]]:
    """Names that the body itself imports, and the full name of each: a module, or what is taken of one."""
    for part in body:
        if isinstance(part, ast.Import):
            for alias in part.names:
                top = alias.name.partition(".")[0]
                yield alias.asname or top, alias.name if alias.asname else top
        if isinstance(part, ast.ImportFrom):
            for alias in part.names:
                yield alias.asname or alias.name, f"{part.module}.{alias.name}"


def _class_of(node: ast.FunctionDef) -> set[str]:
    """What a class method calls its class, which outlives the call."""
    made = any(isinstance(d, ast.Name) and d.id == "classmethod" for d in node.decorator_list)
    return {a.arg for a in (*node.args.posonlyargs, *node.args.args)[:1]} if made else set()


def _is_array(value: object) -> bool:
    return type(value).__module__ == "numpy" and bool(getattr(value, "ndim", None))


def _root(part: ast.AST) -> str | None:
    """The name that a chain of attributes, items and calls begins with."""
    while isinstance(part, ast.Attribute | ast.Subscript | ast.Call):
        part = part.func if isinstance(part, ast.Call) else part.value
    return part.id if isinstance(part, ast.Name) else None
