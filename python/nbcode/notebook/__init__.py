"""The notebook language: ``.ipynb`` and percent ``.py`` to cells and their tags, and the ``[meta]`` block. Pure, but
for :func:`read_notebook`, which opens the file."""

from pathlib import Path

from nbcode.notebook.editing import apply_fix
from nbcode.notebook.expressions import Expression
from nbcode.notebook.meta import Meta, MetaReading, read_meta
from nbcode.notebook.meta_text import meta_lines_of
from nbcode.notebook.model import TAGS, Bounds, Cell, Notebook, OpenCell, Reading
from nbcode.notebook.reading import parse_notebook, read_cells
from nbcode.notebook.stored_outputs import StoredOutput, stored_outputs
from nbcode.notebook.tagging import Additions, TaggingError, tagged_bytes

__all__ = [
    "TAGS",
    "Additions",
    "Bounds",
    "Cell",
    "Expression",
    "Meta",
    "MetaReading",
    "Notebook",
    "OpenCell",
    "Reading",
    "StoredOutput",
    "TaggingError",
    "apply_fix",
    "meta_lines_of",
    "module_folders",
    "modules_beside",
    "parse_notebook",
    "read_bytes",
    "read_cells",
    "read_meta",
    "read_notebook",
    "stored_outputs",
    "tagged_bytes",
]


def read_notebook(path: Path, bounds: Bounds | None = None) -> Reading:
    """Open and read a notebook. Links, devices, files that change underneath are findings; nothing is raised."""
    from nbcode.notebook._file import read_file

    opened = read_file(path, bounds or Bounds())
    if opened.data is None:
        return Reading(notebook=None, diagnostics=opened.diagnostics)
    return parse_notebook(opened.data, str(path), bounds)


def read_bytes(path: Path, bounds: Bounds | None = None) -> bytes | None:
    """The bytes that :func:`read_notebook` would parse, or None where it would refuse to open the file."""
    from nbcode.notebook._file import read_file

    return read_file(path, bounds or Bounds()).data


def module_folders(path: Path, root: Path) -> tuple[Path, ...]:
    """Where the project of ``root`` may keep modules of its own that the notebook at ``path`` imports, in the order in which they
    are sought: beside it, in the folders around it up to the root, in the root's ``src``."""
    folder = path.resolve().parent
    around = (
        [one for one in folder.parents if one.is_relative_to(root)] if folder.is_relative_to(root) else []
    )
    return (folder, *around, root / "src")


def modules_beside(path: Path, root: Path) -> frozenset[str]:
    """Names of the Python modules in :func:`module_folders` (the notebook itself excluded)."""
    from nbcode.notebook._file import local_modules

    beside, *others = module_folders(path, root)
    return (local_modules(beside) - {path.stem}).union(*map(local_modules, others))
