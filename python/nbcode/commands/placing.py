"""Where findings stand in the file of a notebook: what runs or reads its cells knows cells alone."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from nbcode.namespace import in_file
from nbcode.notebook import Notebook, source_file
from nbcode.primitives import Diagnostic


def placed(found: Iterable[Diagnostic], notebook: Notebook) -> list[Diagnostic]:
    """The child knows cells, not files: with the file, its source line can be shown."""
    lines = first_lines(notebook)
    file = str(source_file(Path(notebook.path)))
    return [in_file(d, file, lines, made_of=notebook.is_framework) for d in found]


def first_lines(notebook: Notebook) -> dict[int, int]:
    """The line of the file on which the source of each cell begins, by the cell's number; empty for an ``.ipynb``."""
    return {cell.index: cell.first_line for cell in notebook.cells if cell.first_line is not None}
