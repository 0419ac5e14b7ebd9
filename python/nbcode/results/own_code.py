"""The source of the classes and functions that tagged cells define, for a model that holds one.

Of the cells that ran only definitions and imports are taken, and of those only what is needed; a constant that they read is
taken by value. So the text runs nothing of the cells but what makes the names.
"""

from __future__ import annotations

import ast
import builtins
import symtable
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alpha_bench.describe import own_code

if TYPE_CHECKING:
    from alpha_bench.describe import OwnCode

_MAIN = "__main__"
_HEADER = (
    "# Code of the notebook that this model needs: what its cells define, and nothing that they compute."
)


@dataclass(frozen=True, slots=True)
class _Definition:
    """A statement that binds names, and where it stands among all statements."""

    number: int
    source: str


class NotebookCode:
    """Classes and functions of the cells that have run in ``namespace``; ``sources`` are the cells' own, in order."""

    def __init__(self, namespace: Mapping[str, object], sources: Iterable[str]) -> None:
        self._namespace = namespace
        self._definitions = dict(_definitions(sources))
        self.taken: tuple[str, ...] = ()
        """What a model was found to hold, once :meth:`of` was asked."""

    def is_own(self, value: object) -> bool:
        """Whether the name that ``value`` has is defined by a cell, as this very value."""
        if not isinstance(value, type | types.FunctionType) or value.__module__ != _MAIN:
            return False
        name = value.__qualname__
        return name in self._definitions and self._namespace.get(name) is value

    def of(self, names: Sequence[str]) -> OwnCode:
        """The definitions of ``names`` and of what they read, in the order of the cells, and the constants by value."""
        self.taken = tuple(names)
        taken: dict[str, _Definition] = {}
        values: dict[str, object] = {}
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name in taken or name in values:
                continue
            found = self._definitions.get(name)
            if found is not None:
                taken[name] = found
                waiting += _read_names(found.source)
            elif name in self._namespace and not hasattr(builtins, name):
                values[name] = self._namespace[name]
        statements = sorted({(d.number, d.source) for d in taken.values()})
        text = "\n\n".join([_HEADER, *(source for _, source in statements)]) + "\n"
        return own_code(text, dict(sorted(values.items())))


def _definitions(sources: Iterable[str]) -> Iterable[tuple[str, _Definition]]:
    number = 0
    for source in sources:
        try:
            tree = ast.parse(source)
        except SyntaxError:
            continue  # a cell of magics, which defines nothing that Python knows
        for node in tree.body:
            number += 1
            text = _text(source, node)
            match node:
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                    yield name, _Definition(number, text)
                case ast.Import(names=aliases):
                    for alias in aliases:
                        yield alias.asname or alias.name.partition(".")[0], _Definition(number, text)
                case ast.ImportFrom(names=aliases):
                    for alias in aliases:
                        yield alias.asname or alias.name, _Definition(number, text)


def _text(source: str, node: ast.stmt) -> str:
    """The statement as it was written; where others share its lines, as Python writes it."""
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    text = "\n".join(source.splitlines()[first - 1 : node.end_lineno])
    try:
        alone = len(ast.parse(text).body) == 1
    except SyntaxError:
        alone = False
    return text if alone else ast.unparse(node)


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
