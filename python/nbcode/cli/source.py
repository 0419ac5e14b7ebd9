"""The line of source that a diagnostic is about, read again only when something has to be shown."""

from __future__ import annotations

from pathlib import Path

from nbcode.primitives import Place

_LARGEST_BYTES = 50_000_000


class SourceLines:
    """Looks source lines up, each file read once. Anything that cannot be read has no line."""

    def __init__(self) -> None:
        self._cells: dict[str, dict[int, list[str]]] = {}
        self._files: dict[str, list[str]] = {}

    def __call__(self, place: Place) -> str | None:
        """The text of the place's line, or None."""
        if place.path is None or place.line is None:
            return None
        try:
            lines = self._of_cell(place.path, place.cell) if place.cell else self._of_file(place.path)
        except (OSError, ValueError):
            return None
        return lines[place.line - 1] if 0 < place.line <= len(lines) else None

    def _of_file(self, path: str) -> list[str]:
        if path not in self._files:
            file = Path(path)
            small = file.is_file() and file.stat().st_size < _LARGEST_BYTES and file.suffix != ".ipynb"
            self._files[path] = file.read_text("utf-8").splitlines() if small else []
        return self._files[path]

    def _of_cell(self, path: str, cell: int) -> list[str]:
        if path not in self._cells:
            from nbcode.notebook import read_notebook

            notebook = read_notebook(Path(path)).notebook
            cells = notebook.cells if notebook is not None else ()
            self._cells[path] = {c.index: c.source.splitlines() for c in cells}
        return self._cells[path].get(cell, [])
