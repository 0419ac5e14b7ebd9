"""Where findings stand in the file of a notebook: what runs or reads its cells knows cells alone."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from nbcode.definition import MODULES
from nbcode.inputs import LocalModules
from nbcode.namespace import IN_SETUP, in_file
from nbcode.notebook import Notebook, source_file
from nbcode.primitives import Diagnostic, Place, Related, Severity

_TAKEN_ALONG = "NBC-D09"
"""A note that the modules of a notebook are part of the spec: a model in a module is one."""
_AT_IMPORT = 'keep it out of the import: in a function, or below `if __name__ == "__main__":`'


def placed(found: Iterable[Diagnostic], notebook: Notebook) -> list[Diagnostic]:
    """The child knows cells, not files: with the file, its source line can be shown."""
    lines = first_lines(notebook)
    file = str(source_file(Path(notebook.path)))
    told = (
        d
        for d in found
        if not (notebook.is_framework and d.code == _TAKEN_ALONG and d.severity is Severity.NOTE)
    )
    return [in_file(d, file, lines, made_of=notebook.is_framework) for d in told]


def described_in_file(
    found: Iterable[Diagnostic], notebook: Notebook, modules: LocalModules, root: Path
) -> list[Diagnostic]:
    """What the describe child found, as :func:`placed`; lines of the project's modules are those of their files below ``root``. Of a model
    in a module they are what the finding is about."""
    with_files = [replace(d, related=tuple(_of_module(r, modules, root) for r in d.related)) for d in found]
    several = placed(with_files, notebook)
    return [_at_the_module(d) for d in several] if notebook.is_framework else several


def first_lines(notebook: Notebook) -> dict[int, int]:
    """The line of the file on which the source of each cell begins, by the cell's number; empty for an ``.ipynb``."""
    return {cell.index: cell.first_line for cell in notebook.cells if cell.first_line is not None}


def _of_module(related: Related, modules: LocalModules, root: Path) -> Related:
    inside = (related.place.path or "").removeprefix(MODULES)
    if inside == related.place.path:
        return related
    sources = zip(modules.modules, modules.sources, strict=True)
    path = next((one.path for one, (below, _) in sources if below == inside), inside)
    shown = os.path.relpath(root / path)
    named = str(root / path) if shown.startswith("..") else shown
    line = related.place.line
    return replace(related, place=Place(path=named, line=line, file_line=line))


def _at_the_module(diagnostic: Diagnostic) -> Diagnostic:
    first, *others = diagnostic.related or (None,)
    if first is None or first.place.cell is not None:
        return diagnostic
    at_import = diagnostic.code == "NBC-E11"
    return replace(
        diagnostic,
        place=first.place,
        related=tuple(one for one in others if one is not None),
        fixes=Diagnostic(code=diagnostic.code, message="", fixes=(_AT_IMPORT,)).fixes
        if at_import
        else tuple(
            replace(
                fix,
                title=fix.title.replace("correct the cell", "correct the module").replace(
                    IN_SETUP, "at the top of the module, and see that it is installed here"
                ),
            )
            for fix in diagnostic.fixes
        ),
    )
