"""``nbcode check``: every finding about a notebook, at once, without running it; from a file or from memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.cells import CellGraph, Columns, ModuleContext, SourceCache, analyse, without_consequences
from nbcode.configuration import Workspace, find_root, open_workspace
from nbcode.environment import installed_signatures
from nbcode.inputs import FilesBeside, Headers, columns_of, find_local_modules, inspect_headers
from nbcode.notebook import FileLines, Notebook, module_folders, modules_beside, read_meta, read_with_lines
from nbcode.primitives import Diagnostic, Exit, NbcodeError, Place, Severity, dataclass, exit_for

if TYPE_CHECKING:
    from nbcode.commands.outputs.looking import CheckedAlone, CheckedNotebook


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckResult:
    """What a check found, and what it did not look at (``unseen``). ``notebook`` and ``graph`` are None where the file could not be
    read that far."""

    path: str
    diagnostics: tuple[Diagnostic, ...]
    notebook: Notebook | None = None
    graph: CellGraph | None = None
    unseen: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing found stops a promote."""
        return not any(d.severity is Severity.ERROR for d in self.diagnostics)

    @property
    def exit_code(self) -> Exit:
        """0, or what the worst finding asks for."""
        return exit_for(self.diagnostics)

    def count(self, severity: Severity) -> int:
        """How many findings are of ``severity``."""
        return sum(d.severity is severity for d in self.diagnostics)

    def to_json(self) -> CheckedAlone:
        """``diagnostics`` (code, severity, cell, line, column, message, fixes, ...) with what was checked."""
        return {**self.summary_to_json(), "diagnostics": [d.to_json() for d in self.diagnostics]}

    def summary_to_json(self) -> CheckedNotebook:
        """What was checked, without what was found."""
        graph, notebook = self.graph, self.notebook
        tagged = () if graph is None else graph.tagged
        return {
            "path": self.path,
            "ok": self.ok,
            "errors": self.count(Severity.ERROR),
            "warnings": self.count(Severity.WARNING),
            "notes": self.count(Severity.NOTE),
            "cells": 0 if notebook is None else len(notebook.cells),
            "model": None if graph is None or graph.meta is None else graph.meta.id,
            "tagged": [
                {
                    "cell": item.cell.index,
                    "tag": item.tag,
                    "defs": sorted(item.defs),
                    "refs": sorted(item.refs),
                    "code_digest": item.code_digest,
                }
                for item in tagged
            ],
            "not_looked_at": list(self.unseen),
        }


class Known:
    """What the checks of several notebooks have in common: the modules of a folder, the project of a root. Of one moment: a program
    that stays makes a new one for each call."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self.modules: dict[Path, frozenset[str]] = {}
        self._workspaces: dict[Path, Workspace | None] = {}

    def workspace(self, path: Path) -> Workspace | None:
        """The project of a notebook; None where its configuration cannot be read, which is reported where that is checked."""
        root = find_root(path)
        if root not in self._workspaces:
            try:
                self._workspaces[root] = open_workspace(path)
            except NbcodeError:
                self._workspaces[root] = None
        return self._workspaces[root]


def check(path: Path, *, locked: frozenset[str] | None = None, known: Known | None = None) -> CheckResult:
    """Read a file and check it. ``locked``: importable top-level modules of the environment, None: not known. ``known``: what the checks
    of other notebooks have found out, to be shared.

    Never raises: what cannot be read is a finding.
    """
    known = known or Known()
    reading, lines = read_with_lines(path)
    if reading.notebook is None:
        return _in_file(CheckResult(path=str(path), diagnostics=reading.diagnostics), lines)
    headers, columns = _headers(reading.notebook, path, known.workspace(path))
    root = find_root(path)
    surroundings = ModuleContext(
        locked=locked,
        beside=modules_beside(path, root, known.modules),
        fields=headers.fields,
        columns=columns,
        files=FilesBeside(root, path.resolve().parent),
        signatures=installed_signatures(root),
    )
    found = check_notebook(reading.notebook, surroundings, read=reading.diagnostics)
    reads_panel = found.ok and found.graph is not None and found.graph.reads_panel
    of_panel = headers.of_panel if reads_panel else ()
    every = (*found.diagnostics, *_of_modules(found, path, root, surroundings), *headers.of_inputs, *of_panel)
    if reading.notebook.is_framework:
        from nbcode.commands.framework import problems_in_yaml
        from nbcode.commands.module_problems import problems_in_module
        from nbcode.commands.placing import placed  # what a notebook's check does not need

        if found.graph is not None and found.graph.meta is not None:
            of_yaml = problems_in_yaml(path, found.graph.meta, headers.fields)
            of_module = problems_in_module(path, root, fields=headers.fields, locked=locked or ())
            every = (*every, *of_yaml, *of_module)
        return replace(found, diagnostics=tuple(placed(every, reading.notebook)))
    return _in_file(replace(found, diagnostics=every), lines)


def _of_modules(
    found: CheckResult, path: Path, root: Path, surroundings: ModuleContext
) -> Iterator[Diagnostic]:
    """What the cells import of the project's modules and is not there; nothing where the environment's are not known."""
    locked, graph, notebook = surroundings.locked, found.graph, found.notebook
    wanted = frozenset() if graph is None else graph.imports & surroundings.beside
    if graph is None or notebook is None or locked is None or not wanted:
        return
    from nbcode.commands.cell_imports import imports_not_there  # which reads the modules

    modules = find_local_modules(wanted, module_folders(path, root), root, others=locked)
    yield from imports_not_there(graph, notebook, modules, root)


def _in_file(found: CheckResult, lines: FileLines) -> CheckResult:
    """The same with the line of the file in each place of it: only here is the file at hand, and not only its cells."""

    def placed(place: Place) -> Place:
        return replace(place, file_line=lines.line_of(place)) if place.path == found.path else place

    return replace(
        found,
        diagnostics=tuple(
            replace(
                one,
                place=None if one.place is None else placed(one.place),
                related=tuple(replace(other, place=placed(other.place)) for other in one.related),
            )
            for one in found.diagnostics
        ),
    )


def _headers(notebook: Notebook, path: Path, workspace: Workspace | None) -> tuple[Headers, Columns | None]:
    """What the headers of the panel say, and what gives those of the inputs; nothing where the [meta] or the configuration cannot be read."""
    cell = next((cell for cell in notebook.cells if cell.tag == "meta"), None)
    meta = None if cell is None else read_meta(cell, notebook.path).meta
    if meta is None or workspace is None:
        return Headers(fields=None), None
    folder = path.resolve().parent
    return (
        inspect_headers(workspace, meta, notebook_folder=folder),
        columns_of(workspace, meta, notebook_folder=folder),
    )


def check_notebook(
    notebook: Notebook,
    surroundings: ModuleContext | None = None,
    *,
    read: tuple[Diagnostic, ...] = (),
    known: SourceCache | None = None,
) -> CheckResult:
    """Check a notebook that is in memory, such as a document that was not saved. Opens nothing, never raises.

    ``read``: what reading it found (:func:`nbcode.notebook.read_cells`); ``known``: sources that were analysed before. Whoever
    checks a document at every change keeps one, and pays for the cell that changed.
    """
    analysis = analyse(notebook, surroundings, known=known)
    return CheckResult(
        path=notebook.path,
        diagnostics=(*read, *without_consequences(analysis.diagnostics, read)),
        notebook=notebook,
        graph=analysis.graph,
        unseen=analysis.unseen if analysis.graph is not None else (),
    )
