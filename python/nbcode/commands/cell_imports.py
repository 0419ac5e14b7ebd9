"""What tagged cells import of the project's own modules and is not there, without importing it: a build would meet it, later and as an exception."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from nbcode.cells import CellGraph, TaggedCell
from nbcode.commands.module_problems import (
    ReadModule,
    is_built,
    missing_module,
    modules_by_name,
    modules_not_there,
)
from nbcode.inputs import LocalModules
from nbcode.notebook import Notebook
from nbcode.primitives import Diagnostic, Place, nearest

_MAKE_NAMES = frozenset(
    {
        "exec",
        "eval",
        "globals",
        "vars",
        "locals",
        "setattr",
        "__dict__",
        "modules",
        "__getattr__",
        "attach_stub",
    }
)
"""Where a module says one of these, what it has is not known without running it."""


def imports_not_there(
    graph: CellGraph, notebook: Notebook, found: LocalModules, root: Path
) -> Iterator[Diagnostic]:
    """NBC-D09 for each module that the cells, or modules of theirs, import from a package of the project that lacks it, and for each name that no
    line of its module gives. ``found`` are the modules of the project that the cells of the ``notebook`` import. Not where a failure is caught, nor
    inside functions; nothing where a module could not be read."""
    if found.diagnostics or not found.modules:
        return
    modules = modules_by_name(found, root)
    told = set[str]()
    for cell in graph.tagged:
        for statement, module, name in _imported(cell):
            lacking = _lacking(modules, module, name)
            place = _place(cell, notebook.path, statement)
            if lacking is not None and lacking not in told:
                told.add(lacking)
                yield missing_module(modules, lacking, place)
            elif name is not None and (named := _no_such_name(modules, module, name, place)) is not None:
                yield named
            followed = f"{module}.{name}"
            yield from modules_not_there(modules, followed if followed in modules else module, told)


def _imported(cell: TaggedCell) -> Iterator[tuple[ast.stmt, str, str | None]]:
    """Statement, module and name of each import at the top of a cell."""
    tree = cell.source.tree
    top = () if tree is None else tree.body
    for one in cell.source.imports:
        if not one.guarded and not one.relative and any(one.node is statement for statement in top):
            yield one.node, one.module, one.name


def _lacking(modules: Mapping[str, ReadModule], module: str, name: str | None) -> str | None:
    """The first part of a dotted module that its package, one of the project, lacks; what ``from`` takes of a package without a file of its
    own is a module."""
    dotted = [one.split(".") for one in modules]
    folders = {".".join(one[:count]) for one in dotted for count in range(1, len(one) + 1)}
    parts = module.split(".")
    if parts[0] not in folders:
        return None
    whole = parts if name in {None, "*"} or module in modules else [*parts, str(name)]
    for count in range(2, len(whole) + 1):
        part = ".".join(whole[:count])
        if part not in folders:
            return None if is_built(modules, part) else part
    return None


def _no_such_name(
    modules: Mapping[str, ReadModule], module: str, name: str, place: Place
) -> Diagnostic | None:
    one = modules.get(module)
    if one is None or name == "*" or name.startswith("__") or f"{module}.{name}" in modules:
        return None
    if any(other.startswith(f"{module}.{name}.") for other in modules) or is_built(
        modules, f"{module}.{name}"
    ):
        return None
    names = _given(one.tree)
    if names is None or name in names:
        return None
    near = nearest(name, names)
    return Diagnostic(
        code="NBC-D09",
        message=f"`{module}` has no `{name}`" + (f": did you mean `{near}`?" if near else ""),
        cause=f"no line of {one.shown} gives this name",
        fixes=(
            *((f"write {near}",) if near else ()),
            f"define {name} in {one.shown}",
            "correct or remove the import",
        ),
        place=place,
    )


def _given(tree: ast.Module) -> frozenset[str] | None:
    """Every name that any line of a module may give it; None where that is not known."""
    names = set[str]()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.Attribute):
            names.add(node.attr)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name.partition(".")[0])
        elif isinstance(node, (ast.Global, ast.MatchAs, ast.MatchStar)):
            names.update(node.names if isinstance(node, ast.Global) else filter(None, [node.name]))
    return None if names & (_MAKE_NAMES | {"*"}) else frozenset(names)


def _place(cell: TaggedCell, notebook: str, statement: ast.stmt) -> Place:
    single = statement.end_lineno == statement.lineno
    return Place(
        path=notebook,
        cell=cell.cell.index,
        tag=cell.tag,
        line=statement.lineno,
        end_line=statement.lineno if single else None,
        file_line=None if cell.cell.first_line is None else cell.cell.first_line + statement.lineno - 1,
        column=statement.col_offset + 1,
        end_column=(statement.end_col_offset or 0) + 1 if single else None,
    )
