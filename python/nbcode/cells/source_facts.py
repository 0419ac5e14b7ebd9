"""What the source of one cell says, gathered once for every rule and kept while the source stays the same."""

from __future__ import annotations

import ast
import threading
from collections import OrderedDict
from collections.abc import Iterable
from functools import cached_property
from typing import TypeVar

from nbcode.cells.digests import code_digest
from nbcode.cells.docstrings import reads_docstrings
from nbcode.cells.parsing import Parsed, SyntaxProblem, parse_cell
from nbcode.cells.scopes import Event, events_of, has_future_annotations
from nbcode.cells.trees import walk
from nbcode.primitives import Digest, dataclass


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


class SourceFacts:
    """A source with its tree, events, calls, texts and imports. ``tree`` is None where it cannot be parsed.

    Knows nothing of the cell that holds the source, so that any cell with the same text shares it.
    """

    def __init__(self, source: str, *, thorough: bool, lazy_annotations: bool = False) -> None:
        """Parse now, everything else when it is asked for. ``thorough`` also asks the compiler; ``lazy_annotations``: see
        :func:`events_of`."""
        self.source = source
        self.parsed: Parsed = parse_cell(source, thorough=thorough)
        self.events: tuple[Event, ...] = ()
        self.tree: ast.Module | None = None
        if self.parsed.tree is not None:
            try:
                self.events = events_of(self.parsed.tree, lazy_annotations=lazy_annotations)
                self.tree = self.parsed.tree
            except RecursionError:
                self.parsed = _too_deep(source)
        self._digests: dict[bool, Digest] = {}

    def code_digest(self, *, exact_docstrings: bool) -> Digest:
        """The code digest, see :func:`code_digest`."""
        known = self._digests.get(exact_docstrings)
        if known is None:
            known = code_digest(self.source, self.tree, exact_docstrings=exact_docstrings)
            self._digests[exact_docstrings] = known
        return known

    @cached_property
    def has_future_annotations(self) -> bool:
        """Whether annotations of this cell and of those below are not evaluated."""
        return self.tree is not None and "__future__" in self.source and has_future_annotations(self.tree)

    @cached_property
    def reads_docstrings(self) -> bool:
        """Whether this code reads docstrings as data, see :func:`reads_docstrings`."""
        return self.tree is not None and reads_docstrings(self.source, self.nodes)

    @cached_property
    def python_lines(self) -> list[str]:
        """The lines that the tree's places count in: the source's, without what IPython alone reads."""
        return self.parsed.python.split("\n")

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

    @cached_property
    def imports(self) -> list[Import]:
        """Every import, also those inside functions."""
        if "import" not in self.source:
            return []
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

    @cached_property
    def module_reads(self) -> frozenset[tuple[str, int, int]]:
        """Name, line and offset of every read that goes to the module's names."""
        return frozenset(
            (event.name, event.line, event.offset) for event in self.events if event.kind in {"use", "call"}
        )

    @cached_property
    def binds(self) -> dict[str, Event]:
        """The last binding of each module-level name that outlives the cell."""
        return binds_of(self.events)


def binds_of(events: Iterable[Event]) -> dict[str, Event]:
    """The last binding of each module-level name that outlives ``events``."""
    bound: dict[str, Event] = {}
    for event in events:
        if event.kind == "bind":
            bound[event.name] = event
        elif event.kind == "delete" and not event.conditional and not event.deferred:
            bound.pop(event.name, None)
        elif event.kind == "unbind":
            held = bound.get(event.name)
            if held is not None and held.how == "except":
                del bound[event.name]
    return bound


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


def _too_deep(source: str) -> Parsed:
    return Parsed(
        tree=None,
        python=source,
        problem=SyntaxProblem(message="nested too deep to be read", line=1, column=1, too_deep=True),
    )


def aliases_of(sources: Iterable[SourceFacts]) -> dict[str, str]:
    """Local names of what the sources import, with their dotted names."""
    aliases: dict[str, str] = {}
    for facts in sources:
        for found in facts.imports:
            if found.name is not None:
                aliases[found.local] = f"{found.module}.{found.name}"
            else:
                aliases[found.local] = (
                    found.module if found.local != found.module.split(".")[0] else found.local
                )
    return aliases


class SourceCache:
    """Facts of sources that were seen before, for a process that checks a notebook again and again.

    Holds the sources that were asked for last, up to ``most_characters`` together. Safe between threads.
    """

    def __init__(self, *, most_characters: int = 1_000_000) -> None:
        """Know nothing yet."""
        self._held: OrderedDict[tuple[str, bool, bool], SourceFacts] = OrderedDict()
        self._characters = 0
        self._most_characters = most_characters
        self._lock = threading.Lock()
        self.analysed = 0
        """How many sources were analysed, and not found."""

    def facts(self, source: str, *, thorough: bool, lazy_annotations: bool = False) -> SourceFacts:
        """The facts of ``source``, analysed now where they are not known."""
        key = (source, thorough, lazy_annotations)
        with self._lock:
            known = self._held.get(key)
            if known is not None:
                self._held.move_to_end(key)
                return known
        new = SourceFacts(source, thorough=thorough, lazy_annotations=lazy_annotations)
        with self._lock:
            self.analysed += 1
            if self._held.setdefault(key, new) is new:
                self._characters += len(source)
            while self._characters > self._most_characters and len(self._held) > 1:
                (oldest, _, _), _ = self._held.popitem(last=False)
                self._characters -= len(oldest)
        return new
