"""What was promoted, as a file to be read: the tagged cells of a notebook alone, or the file of a framework's model."""

from __future__ import annotations

from pathlib import Path

from nbcode.notebook import Notebook, is_framework, parse_notebook, source_file

PROMOTED_NAME = "promoted.py"


def promoted_file(data: bytes, notebook: str) -> tuple[str, str] | None:
    """Name and text of what was promoted from the bytes ``data`` of ``notebook``: its tagged cells, [meta] among them, as a percent file that
    is read back as the same cells. None where they cannot be written so, as where a line of a cell looks like the beginning of one.
    """
    if is_framework(notebook):
        return source_file(Path(notebook)).name, data.decode("utf-8", "replace")
    found = parse_notebook(data, notebook).notebook
    if found is None:
        return None
    text = "\n\n".join(_cells(found)) + "\n"
    again = parse_notebook(text.encode(), PROMOTED_NAME).notebook
    same = again is not None and _cells(again) == _cells(found)
    return (PROMOTED_NAME, text) if same else None


def _cells(notebook: Notebook) -> list[str]:
    """The tagged cells, each with its marker."""
    tagged = [cell for cell in notebook.cells if cell.tag is not None]
    return [
        cell.source if cell.source.startswith("# %%") else f"# %% [{cell.tag}]\n{cell.source}"
        for cell in tagged
    ]
