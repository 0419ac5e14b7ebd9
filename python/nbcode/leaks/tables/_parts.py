"""Window: the frames inside an HDF5 store, a folder of tables or a CSV file under more than one header row, and such a store, folder or file
with other frames in it."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbcode.leaks.tables import _pandas

TABLES = frozenset({".csv", ".parquet"})
PART = "\0"
"""Between the name of an input and that of a frame in it: no input has it in its name."""
STORES = frozenset({".h5", ".hdf5", ".hdf"})
_DAY = re.compile(r"\d{4}[-/]\d\d?[-/]\d\d?|\d\d?[-/]\d\d?[-/]\d{4}|\d{8}$")


def can_have_parts(path: Path) -> bool:
    """Whether there is something to look for in ``path``: an HDF5 store or a folder."""
    return path.is_dir() or path.suffix.lower() in STORES or bool(_header_rows(path))


def _header_rows(path: Path) -> list[list[str]]:
    """The rows above the first day in a CSV file, where there are two or three: fields, names and what the index is called, as of a frame whose
    columns have two levels."""
    if path.suffix.lower() != ".csv":
        return []
    try:
        with path.open(newline="", encoding="utf-8") as file:
            first = [row for row, _ in zip(csv.reader(file), range(4), strict=False)]
    except (OSError, ValueError, csv.Error):
        return []
    above = next((n for n, row in enumerate(first) if row and _DAY.match(row[0])), 0)
    return first[:above] if above in {2, 3} and len({len(row) for row in first[: above + 1]}) == 1 else []


def parts_of(path: Path) -> dict[str, Any]:
    """The frames of a store by their keys, of a folder by the paths of its CSV and parquet files, or the one of a CSV file under more than one
    header row, without a name; what cannot be read is left out."""
    if path.is_dir():
        found = {
            file.relative_to(path).as_posix(): _pandas.table_at(file)
            for file in sorted(path.rglob("*"))
            if file.suffix.lower() in TABLES and file.is_file()
        }
        return {part: frame for part, frame in found.items() if frame is not None}
    if header := _header_rows(path):
        columns = ["date", *(" ".join(words) for words in list(zip(*header[:2], strict=True))[1:])]
        frame = _pandas.table_below(path, len(header), columns)
        return {} if frame is None else {"": frame}
    return _pandas.frames_of_store(path) if path.suffix.lower() in STORES else {}


def write_parts(original: Path, path: Path, frames: Mapping[str, Any]) -> None:
    """``original`` at ``path``, with ``frames`` in the places that :func:`parts_of` names."""
    if original.is_dir():
        shutil.copytree(original, path, dirs_exist_ok=True)
        for part, frame in frames.items():
            _pandas.write_table(path / part, frame)
    elif header := _header_rows(original):
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(header)
            for frame in frames.values():
                frame.to_csv(file, header=False, index=False)
    else:
        shutil.copyfile(original, path)
        _pandas.write_to_store(path, frames)
