"""From a path to a notebook, and to the modules beside it."""

from __future__ import annotations

from pathlib import Path

from nbcode.notebook._file import local_modules, read_file
from nbcode.notebook.file_lines import FileLines
from nbcode.notebook.framework import module_reference
from nbcode.notebook.model import Bounds, Reading
from nbcode.notebook.reading import parse_notebook


def read_notebook(path: Path, bounds: Bounds | None = None) -> Reading:
    """Open and read a notebook. Links, devices, files that change underneath are findings; nothing is raised."""
    return read_with_lines(path, bounds)[0]


def read_with_lines(path: Path, bounds: Bounds | None = None) -> tuple[Reading, FileLines]:
    """As :func:`read_notebook`, with the lines of the file that was read."""
    opened = read_file(path, bounds or Bounds())
    if opened.data is None:
        return Reading(notebook=None, diagnostics=opened.diagnostics), FileLines(b"", None)
    reading = parse_notebook(opened.data, str(path), bounds)
    return reading, FileLines(opened.data, reading.notebook)


def read_bytes(path: Path, bounds: Bounds | None = None) -> bytes | None:
    """The bytes that :func:`read_notebook` would parse, or None where it would refuse to open the file."""
    return read_file(path, bounds or Bounds()).data


def module_folders(path: Path, root: Path) -> tuple[Path, ...]:
    """Where the project of ``root`` may keep modules of its own that the notebook at ``path`` imports, in the order in which they
    are sought: beside it, in the folders around it up to the root, in the root's ``src``."""
    folder = path.resolve().parent
    around = (
        [one for one in folder.parents if one.is_relative_to(root)] if folder.is_relative_to(root) else []
    )
    return (folder, *around, root / "src")


def modules_beside(path: Path, root: Path, known: dict[Path, frozenset[str]] | None = None) -> frozenset[str]:
    """Names of the Python modules in :func:`module_folders` (the notebook itself excluded). ``known``: the modules of folders that were
    looked at for another notebook, and now of these; a folder of n notebooks is read once and not n times."""
    known = {} if known is None else known
    beside, *others = module_folders(path, root)
    for folder in (beside, *others):
        if folder not in known:
            known[folder] = local_modules(folder)
    own = frozenset() if module_reference(path) else {path.stem}
    return (known[beside] - own).union(*(known[folder] for folder in others))
