"""The source of the classes and functions that a model holds: those of tagged cells, and of the project's modules.

Of the cells that ran only definitions and imports are taken, and of those only what is needed; a constant that they read is
taken by value. So the text runs nothing of the cells but what makes the names. Modules are taken whole.
"""

from __future__ import annotations

import ast
import builtins
import symtable
import sys
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alpha_bench.describe import own_code, own_name
from nbcode.results.nameless import LAMBDA, nameless
from nbcode.results.project_modules import ProjectModules

if TYPE_CHECKING:
    from alpha_bench.describe import OwnCode
    from nbcode.cells import GlobalRead

_MAIN = "__main__"
_HEADER = (
    "# Code of the notebook that this model needs: what its cells define, and nothing that they compute."
)
_AFTER_ALL = 1 << 30


@dataclass(frozen=True, slots=True)
class _Definition:
    """A statement that binds names, where it stands among all statements, and on which line of its cell it begins (0: not known)."""

    number: int
    source: str
    line: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class ConstantRead:
    """Where kept code reads a constant. ``file`` is what the cell was compiled as and ``line`` the cell's own; None where they are
    not known."""

    read: GlobalRead
    file: str | None
    line: int | None


class NotebookCode:
    """Classes and functions of the cells that have run in ``namespace``, and of the project's ``modules``; ``sources`` are the
    cells' own, in order."""

    def __init__(
        self, namespace: Mapping[str, object], sources: Iterable[str], modules: ProjectModules | None = None
    ) -> None:
        self._namespace = namespace
        self._definitions = dict(_definitions(sources))
        self._modules = modules or ProjectModules()
        self._named: dict[int, tuple[object, str | None]] = {}
        self._closed: dict[str, object] = {}
        self._given: set[str] = set(self._definitions)
        self._read_by: dict[str, list[str]] = {}
        self.taken: tuple[str, ...] = ()
        """What a model was found to hold, as a reader knows it, once :meth:`of` was asked."""

    def name_of(self, value: object) -> str | None:
        """See :meth:`alpha_bench.fitting.CodeSource.name_of`. A function without a name of its own (a lambda, one that another
        function made) is given one."""
        if not isinstance(value, type | types.FunctionType):
            return None
        if id(value) not in self._named:
            self._named[id(value)] = (value, None)  # what leads back to itself has no name yet
            self._named[id(value)] = (value, self._name(value))
        return self._named[id(value)][1]

    def has(self, function: types.FunctionType) -> bool:
        """Whether its source is found."""
        return self.name_of(function) is not None

    def _name(self, value: type | types.FunctionType) -> str | None:
        if value.__module__ != _MAIN:
            return self._modules.name_of(value)
        name = value.__qualname__
        if name.partition(".")[0] in self._definitions and self._found(name) is value:
            return name
        if isinstance(value, types.FunctionType):
            if value.__name__ == LAMBDA:
                for name in self._definitions:
                    if self._namespace.get(name) is value:
                        return name
            return self._nameless(value)
        return None

    def _found(self, path: str) -> object:
        """What ``Outer.Inner`` names among what the cells left."""
        first, *rest = path.split(".")
        found = self._namespace.get(first)
        for part in rest:
            found = getattr(found, part, None)
        return found

    def _nameless(self, function: types.FunctionType) -> str | None:
        found = nameless(function)
        if found is None:
            return None
        name = self._free_name(function.__name__.strip("<>"))
        self._given.add(name)
        arguments: dict[str, str] = {}
        for read, value in found.closed.items():
            own = self.name_of(value)
            if (own is None and isinstance(value, types.FunctionType)) or (own is not None and ":" in own):
                return None  # no data, and nothing that the cells' own code has a name for
            arguments[read] = own or f"{name}_{read}"
            if own is None:
                self._closed[f"{name}_{read}"] = value
        # After what it reads, which has a name by now.
        number = _AFTER_ALL + len(self._definitions)
        self._definitions[name] = _Definition(number, found.bound(name, arguments))
        return name

    def _free_name(self, stem: str) -> str:
        number = 1
        while (name := f"{stem}_{number}") in self._given or name in self._namespace:
            number += 1
        return name

    def of(self, names: Sequence[str]) -> OwnCode:
        """The definitions of ``names`` and of what they read, in the order of the cells, the constants by value, and the modules
        that hold some of them, or that they import."""
        self.taken = tuple(map(own_name, names))
        taken: dict[str, _Definition] = {}
        values: dict[str, object] = {}
        self._read_by = {}
        waiting = [name.partition(".")[0] for name in names if ":" not in name]
        while waiting:
            name = waiting.pop()
            if name in taken or name in values:
                continue
            found = self._definitions.get(name)
            if found is not None:
                taken[name] = found
                reads = _read_names(found.source)
                waiting += reads
                for read in reads:
                    self._read_by.setdefault(read, []).append(name)
            elif name in self._closed:
                values[name] = self._closed[name]
            elif name in self._namespace and not hasattr(builtins, name):
                value = self._namespace[name]
                if isinstance(value, types.ModuleType):
                    taken[name] = _Definition(0, f"import {value.__name__} as {name}")
                else:
                    values[name] = value
        statements = sorted({(d.number, d.source) for d in taken.values()})
        text = "\n\n".join([_HEADER, *(source for _, source in statements)]) + "\n"
        homes = [name.partition(":")[0] for name in names if ":" in name]
        return own_code(text, dict(sorted(values.items())), self._modules.needed(homes, text))

    def goes_without(self, name: str) -> bool:
        """See :meth:`alpha_bench.fitting.CodeSource.goes_without`."""
        return all(one.read.set_before for one in self.reads_of(name))

    def reads_of(self, name: str) -> list[ConstantRead]:
        """Where the code that :meth:`of` gave reads the constant ``name``."""
        from nbcode.cells import global_reads

        found = []
        for definition in self._read_by.get(name, ()):
            one = self._definitions[definition]
            file = _file_of(self._namespace.get(definition))
            found += [
                ConstantRead(read=read, file=file, line=one.line + read.line - 1 if one.line else None)
                for read in global_reads(one.source, name)
            ]
        return found


def _definitions(sources: Iterable[str]) -> Iterable[tuple[str, _Definition]]:
    number = 0
    for source in sources:
        try:
            tree = ast.parse(source)
        except SyntaxError:
            continue  # a cell of magics, which defines nothing that Python knows
        for node in tree.body:
            number += 1
            text, first = _text(source, node)
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                    yield name, _Definition(number, text, first)
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda()):
                    yield name, _Definition(number, text)
                case ast.Import(names=aliases):
                    for alias in aliases:
                        yield alias.asname or alias.name.partition(".")[0], _Definition(number, text)
                case ast.ImportFrom(module=str(module), names=[ast.alias(name="*")], level=0):
                    for name in _starred(module):
                        yield name, _Definition(number, f"from {module} import {name}")
                case ast.ImportFrom(names=aliases):
                    for alias in aliases:
                        yield alias.asname or alias.name, _Definition(number, text)


def _starred(module: str) -> list[str]:
    """The names that a star has brought from an imported module."""
    found = sys.modules.get(module)
    return list(getattr(found, "__all__", [name for name in dir(found) if name[:1] != "_"]))


def _text(source: str, node: ast.stmt) -> tuple[str, int]:
    """The statement as it was written, and its first line; where others share its lines as Python writes it, and 0."""
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    text = "\n".join(source.splitlines()[first - 1 : node.end_lineno])
    try:
        alone = len(ast.parse(text).body) == 1
    except SyntaxError:
        alone = False
    return (text, first) if alone else (ast.unparse(node), 0)


def _file_of(definition: object) -> str | None:
    """What the cell of a class or function was compiled as."""
    for one in (definition, *vars(definition).values()) if isinstance(definition, type) else (definition,):
        if isinstance(one, types.FunctionType) and one.__module__ == _MAIN:
            return one.__code__.co_filename
    return None


def _read_names(source: str) -> list[str]:
    """Global names that a definition reads, when it is made or later."""
    return sorted(_globals(symtable.symtable(source, "<cell>", "exec"), top=True))


def _globals(table: symtable.SymbolTable, *, top: bool) -> set[str]:
    found = {
        s.get_name()
        for s in table.get_symbols()
        if s.is_referenced() and (top or s.is_global()) and not s.is_imported()
    }
    for child in table.get_children():
        found |= _globals(child, top=False)
    return found
