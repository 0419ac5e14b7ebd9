"""What a model in a module reads of the panel, as far as its source says it: from the name of the model back, through the statements that
make it, into the modules that they take names from. Nothing is imported.

A module may hold other models, and functions that this one does not call: what they read is no fault of this one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from nbcode.cells.facts import CellFacts
from nbcode.cells.rules.d36_field_not_in_the_data import field_not_there, field_reads, own_names
from nbcode.cells.source_facts import SourceFacts
from nbcode.cells.trees import walk
from nbcode.notebook import Cell
from nbcode.primitives import Diagnostic, Place, dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Module:
    """``path`` of the file, as it is shown, and its source."""

    path: str
    source: str


def fields_missing(
    modules: Mapping[str, Module], module: str, name: str, known: frozenset[str]
) -> Iterator[Diagnostic]:
    """NBC-D36 for each field that ``name`` of ``module`` reads and that is not ``known``, once a module. ``modules`` by dotted name."""
    read: dict[str, CellFacts] = {}
    told: set[tuple[str, str]] = set()
    seen: set[tuple[str, str]] = set()
    left = [(module, name)]
    while left:
        at = left.pop(0)
        if at in seen or at[0] not in modules:
            continue
        seen.add(at)
        facts = read.get(at[0]) or read.setdefault(at[0], _facts(modules[at[0]]))
        makes, needed = _made_of(facts, at[1])
        left += [
            (one.module, one.name)
            for one in facts.imports
            if one.name is not None and one.local in needed and not one.relative
        ]
        for node, field, through in field_reads(facts, own_names([facts])):
            if field in known or (at[0], field) in told or not _inside(node, makes):
                continue
            told.add((at[0], field))
            line = node.lineno
            place = Place(path=facts.path, line=line, column=node.col_offset + 1, file_line=line)
            yield field_not_there(field, through, known, place, written="data.")


def _facts(module: Module) -> CellFacts:
    cell = Cell(index=1, kind="code", source=module.source, tag="model", carrier="marker", first_line=1)
    return CellFacts(cell, module.path, SourceFacts(module.source, thorough=False))


def _made_of(facts: CellFacts, name: str) -> tuple[list[ast.stmt], set[str]]:
    """The statements at the top level that make ``name`` or change what it is made of, and the names that they read."""
    body = [] if facts.tree is None else facts.tree.body
    needed, makes = {name}, set[int]()
    grown = True
    while grown:
        grown = False
        for number, statement in enumerate(body):
            if number in makes or not _gives(statement) & needed:
                continue
            makes.add(number)
            needed |= {n.id for n in walk(statement) if isinstance(n, ast.Name)}
            grown = True
    return [body[number] for number in sorted(makes)], needed


def _gives(statement: ast.stmt) -> set[str]:
    """The names that a statement binds, or may change: by a call of a method, or below an index."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return set()
    found = {n.id for n in walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    for node in walk(statement):
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store):
            found |= _root(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            found |= _root(node.func) if isinstance(statement, ast.Expr) else set()
    return found


def _root(node: ast.expr) -> set[str]:
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def _inside(node: ast.expr, statements: list[ast.stmt]) -> bool:
    return any(one.lineno <= node.lineno <= (one.end_lineno or one.lineno) for one in statements)
