"""What a rule is given: the whole notebook, gathered once."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import field
from typing import Protocol

from nbcode.cells.facts import CellFacts
from nbcode.cells.flow import Flow
from nbcode.cells.guards import asked_name
from nbcode.cells.lookahead import Fit
from nbcode.cells.paths import Paths, Read
from nbcode.cells.source_facts import Import
from nbcode.cells.stars import Star
from nbcode.cells.tables import Tables
from nbcode.cells.values import Seen
from nbcode.notebook import Cell, Meta, Notebook
from nbcode.primitives import Diagnostic, Fix, Place, Severity, dataclass

_HIDING = frozenset({"exec", "eval", "globals", "__import__", "importlib.import_module"})


class Files(Protocol):
    """What lies beside the notebook, by paths relative to its folder."""

    def there(self, path: str) -> bool | None:
        """Whether something is at ``path``; None where that is not known."""

    def like(self, path: str) -> str | None:
        """The path that ``path`` probably misspells."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Signatures:
    """What installed libraries take: ``parameters`` gives the keywords of a class or function by its dotted name, None where they are not
    known; ``names`` those that a star brings from a module, None where it computes them. ``certain``: what is installed is what the run has."""

    parameters: Callable[[str], tuple[str, ...] | None]
    names: Callable[[str], frozenset[str] | None]
    certain: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """One notebook under check. ``tagged`` leaves the ``[meta]`` cells out, which are ``meta_cells``.

    ``aliases``: local name to dotted name, from the imports of tagged cells. ``locked``: importable modules of the
    environment's lock (None: not known here). ``beside``: modules in the notebook's own folder. ``fields``: of the
    panel (None: not known here). ``own_builtins``: Python's
    names that a tagged cell has made its own, so that a call of them is none of Python's. ``values``: what is asked of the
    platform's own values. ``paths`` folds constants to paths. ``inputs`` are those that [meta] declares, also where something else in
    it is wrong. ``tables``: frames read from them, and their columns. ``files``: what lies beside the notebook (None: not known here).
    ``signatures``: of installed libraries (None: not known here). ``stars``: what tagged cells import whole.
    """

    notebook: Notebook
    meta: Meta | None
    meta_cells: tuple[Cell, ...]
    tagged: tuple[CellFacts, ...]
    untagged: tuple[CellFacts, ...]
    flow: Flow
    fits: tuple[Fit, ...]
    aliases: dict[str, str]
    locked: frozenset[str] | None
    beside: frozenset[str]
    fields: frozenset[str] | None
    custom_builtins: frozenset[str]
    values: tuple[Seen, ...]
    paths: Paths
    inputs: tuple[tuple[str, str], ...]
    tables: Tables
    files: Files | None
    signatures: Signatures | None
    stars: tuple[Star, ...]
    _calls: dict[int, list[tuple[ast.Call, str]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def dotted(self, node: ast.expr) -> str:
        """``np.random.rand`` as ``numpy.random.rand``; empty where it is no plain dotted name."""
        return dotted_name(node, self.aliases, self.custom_builtins)

    def calls_of(self, facts: CellFacts) -> list[tuple[ast.Call, str]]:
        """Every call of a cell with the dotted name that it calls (see :meth:`dotted`), in document order."""
        known = self._calls.get(facts.cell.index)
        if known is None:
            known = self._calls[facts.cell.index] = [(call, self.dotted(call.func)) for call in facts.calls]
        return known

    def reads_of(self, facts: CellFacts) -> list[Read]:
        """Every call of a cell that opens or lists a path, in document order."""
        return list(self.paths.reads(self.calls_of(facts)))

    def hiding_calls(self, facts: CellFacts) -> list[tuple[ast.Call, str]]:
        """The calls of a cell by which names come or go unseen; ``"x" in globals()`` says which name it asks for."""
        found = [(call, dotted) for call, dotted in self.calls_of(facts) if dotted in _HIDING]
        if found:
            tests = [test for test in facts.all_of(ast.Compare) if asked_name(test) is not None]
            asking = {id(test.comparators[0]) for test in tests}
            found = [(call, dotted) for call, dotted in found if id(call) not in asking]
        return found

    def is_of_project(self, found: Import) -> bool:
        """Whether it imports a module of the project, which no library of the lock or of Python hides."""
        module = found.module.split(".")[0]
        locked = self.locked is not None and module in self.locked
        return (
            not found.relative
            and module in self.beside
            and module not in sys.stdlib_module_names
            and not locked
        )

    def of_tag(self, tag: str) -> tuple[CellFacts, ...]:
        """The tagged cells that bear ``tag``, in document order."""
        return tuple(facts for facts in self.tagged if facts.tag == tag)


def dotted_name(node: ast.expr, aliases: Mapping[str, str], own: Collection[str] = ()) -> str:
    """The dotted name of ``node`` with the imports' ``aliases``; empty where it is none, or begins with one of the cells' ``own``."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id in own:
        return ""
    parts.append(aliases.get(node.id, node.id))
    return ".".join(reversed(parts))


def finding(
    code: str,
    message: str,
    place: Place,
    *,
    cause: str,
    fixes: Iterable[Fix | str],
    severity: Severity = Severity.ERROR,
) -> Diagnostic:
    """A diagnostic, ``code`` without its prefix."""
    return Diagnostic(
        code=f"NBC-{code}", message=message, cause=cause, fixes=fixes, severity=severity, place=place
    )
