"""One cell of a notebook: where it stands, and what its source says."""

from __future__ import annotations

import ast
from typing import TypeVar

from nbcode.cells.parsing import Parsed
from nbcode.cells.scopes import Event
from nbcode.cells.source_facts import Import, SourceFacts, binds_of
from nbcode.notebook import Cell
from nbcode.primitives import Place

_Node = TypeVar("_Node", bound=ast.AST)


class CellFacts:
    """A code cell with the facts of its source (see :class:`SourceFacts`), and places in it."""

    def __init__(
        self, cell: Cell, path: str, source: SourceFacts, *, events: tuple[Event, ...] | None = None
    ) -> None:
        """``source`` holds the facts of ``cell.source``, and may be shared with cells of the same text; ``events`` are those of this
        cell where its text alone does not say them."""
        self.cell = cell
        self.path = path
        self.source = source
        self.events: tuple[Event, ...] = source.events if events is None else events
        """What happens to names, in order."""

    @property
    def tag(self) -> str:
        """The cell's tag, empty for an exploratory cell."""
        return self.cell.tag or ""

    @property
    def parsed(self) -> Parsed:
        """The tree or what is wrong with it, and IPython's lines."""
        return self.source.parsed

    @property
    def tree(self) -> ast.Module | None:
        """The syntax tree, None where the cell cannot be parsed."""
        return self.source.tree

    @property
    def lines(self) -> list[str]:
        """The source's lines, as written."""
        return self.cell.source.split("\n")

    @property
    def python_lines(self) -> list[str]:
        """The lines that the tree's offsets count in (see :attr:`SourceFacts.python_lines`)."""
        return self.source.python_lines

    @property
    def nodes(self) -> list[ast.AST]:
        """Every node, in document order."""
        return self.source.nodes

    @property
    def calls(self) -> list[ast.Call]:
        """Every call, in document order."""
        return self.source.all_of(ast.Call)

    @property
    def imports(self) -> list[Import]:
        """Every import, also those inside functions."""
        return self.source.imports

    @property
    def binds(self) -> dict[str, Event]:
        """The last binding of each module-level name that outlives the cell."""
        return self.source.binds if self.events is self.source.events else binds_of(self.events)

    def all_of(self, kind: type[_Node]) -> list[_Node]:
        """Every node of exactly this class, in document order."""
        return self.source.all_of(kind)

    def is_module_level(self, name: ast.Name) -> bool:
        """Whether a name that is read is looked up among the module's names: no parameter, local or comprehension variable."""
        return (name.id, name.lineno, name.col_offset) in self.source.module_reads

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
        lines, further = self.python_lines, self.parsed.shifts.get(line, 0)
        text = lines[line - 1] if 0 < line <= len(lines) else ""
        if text.isascii():
            return offset + 1 + further
        return len(text.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "ignore")) + 1 + further
