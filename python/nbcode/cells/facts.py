"""What one cell says, gathered once for every rule."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from nbcode.cells.parsing import Parsed, SyntaxTrouble, parse_cell
from nbcode.cells.scopes import Event, events_of
from nbcode.cells.trees import walk
from nbcode.notebook import Cell
from nbcode.primitives import Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Import:
    """One imported module or name. ``module`` is dotted; ``name`` is what ``from`` takes from it; ``guarded`` inside a
    ``try`` that catches the ImportError; ``relative`` for ``from . import``."""

    module: str
    name: str | None
    local: str
    node: ast.stmt
    guarded: bool
    relative: bool


_Node = TypeVar("_Node", bound=ast.AST)


class CellFacts:
    """A code cell with its tree, events, calls, texts and imports. ``tree`` is None where it cannot be parsed."""

    def __init__(self, cell: Cell, path: str, *, thorough: bool) -> None:
        self.cell = cell
        self.path = path
        self.parsed: Parsed = parse_cell(cell.source, thorough=thorough)
        self.events: tuple[Event, ...] = ()
        self.tree: ast.Module | None = None
        if self.parsed.tree is not None:
            try:
                self.events = events_of(self.parsed.tree)
                self.tree = self.parsed.tree
            except RecursionError:
                self.parsed = _too_deep()

    @property
    def tag(self) -> str:
        """The cell's tag, empty for an exploratory cell."""
        return self.cell.tag or ""

    @cached_property
    def lines(self) -> list[str]:
        return self.cell.source.split("\n")

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node, in document order."""
        return [] if self.tree is None else walk(self.tree)

    @cached_property
    def _by_class(self) -> dict[type, list[ast.AST]]:
        found: dict[type, list[ast.AST]] = {}
        for node in self.nodes:
            found.setdefault(node.__class__, []).append(node)
        return found

    def all_of(self, kind: type[_Node]) -> list[_Node]:
        """Every node of exactly this class, in document order."""
        return self._by_class.get(kind, [])  # type: ignore[return-value]  # sorted by class

    @property
    def calls(self) -> list[ast.Call]:
        """Every call, in document order."""
        return self.all_of(ast.Call)

    @cached_property
    def imports(self) -> list[Import]:
        """Every import, also those inside functions."""
        found: list[Import] = []
        guarded = _guarded(self.all_of(ast.Try))
        for node in self.all_of(ast.Import):
            for alias in node.names:
                local = alias.asname or alias.name.split(".")[0]
                found.append(_import(alias.name, None, local, node, guarded))
        for taken in self.all_of(ast.ImportFrom):
            found += [
                _import(taken.module or "", alias.name, alias.asname or alias.name, taken, guarded)
                for alias in taken.names
            ]
        return found

    def binds(self) -> dict[str, Event]:
        """The last binding of each module-level name that outlives the cell."""
        bound: dict[str, Event] = {}
        for event in self.events:
            if event.kind == "bind":
                bound[event.name] = event
            elif event.kind == "delete" and not event.conditional and not event.deferred:
                bound.pop(event.name, None)
            elif event.kind == "unbind":
                held = bound.get(event.name)
                if held is not None and held.how == "except":
                    del bound[event.name]
        return bound

    def place(self, line: int, offset: int | None = None, end_offset: int | None = None) -> Place:
        """A place in this cell. Offsets are the tree's: UTF-8 bytes from 0."""
        first = self.cell.first_line
        return Place(
            path=self.path,
            cell=self.cell.index,
            tag=self.cell.tag,
            line=line,
            column=None if offset is None else self._column(line, offset),
            end_line=None if end_offset is None else line,
            end_column=None if end_offset is None else self._column(line, end_offset),
            file_line=None if first is None else first + line - 1,
        )

    def place_of(self, node: ast.AST) -> Place:
        """The place of a node of this cell's tree."""
        line = getattr(node, "lineno", 1)
        single = getattr(node, "end_lineno", line) == line
        return self.place(
            line, getattr(node, "col_offset", 0), getattr(node, "end_col_offset", None) if single else None
        )

    def place_at(self, event: Event) -> Place:
        """The place of an event of this cell."""
        return self.place(event.line, event.offset, event.end_offset)

    def _column(self, line: int, offset: int) -> int:
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        if text.isascii():
            return offset + 1
        return len(text.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "ignore")) + 1


def _import(
    module: str, name: str | None, local: str, node: ast.Import | ast.ImportFrom, guarded: set[int]
) -> Import:
    return Import(
        module=module,
        name=name,
        local=local,
        node=node,
        guarded=id(node) in guarded,
        relative=isinstance(node, ast.ImportFrom) and bool(node.level),
    )


def _guarded(nodes: list[ast.Try]) -> set[int]:
    """Imports inside a ``try`` whose handlers catch their failure."""
    found: set[int] = set()
    for node in nodes:
        caught = {
            name.id for h in node.handlers if h.type for name in walk(h.type) if isinstance(name, ast.Name)
        }
        if caught & {"ImportError", "ModuleNotFoundError", "Exception"} or any(
            h.type is None for h in node.handlers
        ):
            found |= {id(inner) for statement in node.body for inner in walk(statement)}
    return found


def _too_deep() -> Parsed:
    return Parsed(
        tree=None,
        trouble=SyntaxTrouble(message="nested too deep to be read", line=1, column=1, too_deep=True),
    )
