"""Window: the frames inside an HDF5 store or a folder of tables, and such a store or folder with other frames in it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbcode.leaks import _pandas

TABLES = frozenset({".csv", ".parquet"})
PART = "\0"
"""Between the name of an input and that of a frame in it: no input has it in its name."""
STORES = frozenset({".h5", ".hdf5", ".hdf"})


def can_have_parts(path: Path) -> bool:
    """Whether there is something to look for in ``path``: an HDF5 store or a folder."""
    return path.is_dir() or path.suffix.lower() in STORES


def parts_of(path: Path) -> dict[str, Any]:
    """The frames of a store by their keys, or of a folder by the paths of its CSV and parquet files; what cannot be read is left out."""
    if path.is_dir():
        found = {
            file.relative_to(path).as_posix(): _pandas.table_at(file)
            for file in sorted(path.rglob("*"))
            if file.suffix.lower() in TABLES and file.is_file()
        }
        return {part: frame for part, frame in found.items() if frame is not None}
    return _pandas.frames_of_store(path) if path.suffix.lower() in STORES else {}


def write_parts(original: Path, path: Path, frames: Mapping[str, Any]) -> None:
    """``original`` at ``path``, with ``frames`` in the places that :func:`parts_of` names."""
    if original.is_dir():
        shutil.copytree(original, path, dirs_exist_ok=True)
        for part, frame in frames.items():
            _pandas.write_table(path / part, frame)
    else:
        shutil.copyfile(original, path)
        _pandas.write_to_store(path, frames)
