"""Window: inside the kernel, the inputs with another future at their own paths, for cells that open files themselves.

The leak probe runs the features again on other data. Cells that open `../data/prices.csv` are given a second mirror of the
project (see :mod:`_mirror`), in which the tables are written anew, and work there meanwhile.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from nbcode.leaks import PART, can_have_parts, has_dates, parts_of, write_parts
from nbcode.results import write_plain_csv
from nbcode.run.inside import InsideInput

_TABLES = frozenset({".csv", ".parquet"})
MOST_BYTES = 256 << 20
"""The most that is written: the scratch directory of a run may be memory."""


class OtherFuture:
    """A second mirror below ``scratch``. ``inputs`` are those that cells open, ``working`` is where the cells began."""

    def __init__(self, inputs: Sequence[InsideInput], scratch: Path, working: Path) -> None:
        """Nothing is written yet."""
        self._inputs = tuple(one for one in inputs if one.place is not None)
        self._first, self._second = scratch / "cwd", scratch / "other-future"
        self._working = working

    @cached_property
    def parts(self) -> dict[str, Any]:
        """The frames inside of stores and folders that have any with dates, by a name of their own."""
        found: dict[str, Any] = {}
        for one in self._inputs:
            frames = parts_of(Path(one.path))
            if any(map(has_dates, frames.values())):
                found |= {f"{one.name}{PART}{part}": frame for part, frame in frames.items()}
        return found

    @property
    def size_bytes(self) -> int:
        """What the tables take, and the stores and folders in which there may be some."""
        paths = [Path(one.path) for one in self._inputs]
        held = [path for path in paths if path.suffix.lower() in _TABLES or can_have_parts(path)]
        files = [file for path in held for file in (path.rglob("*") if path.is_dir() else (path,))]
        return sum(os.stat(file).st_size for file in files)  # noqa: PTH116

    def write(self, frames: Mapping[str, Any]) -> dict[str, Callable[[], Path]]:
        """Write ``frames`` by the inputs' names, and those of :attr:`parts`; link what else there is, and go there. Where each
        input is then."""
        shutil.rmtree(self._second, ignore_errors=True)
        there = {one.name: self._moved(Path(str(one.place))) for one in self._inputs}
        for one in sorted(self._inputs, key=lambda one: len(Path(str(one.place)).parts)):
            path = there[one.name]
            path.parent.mkdir(parents=True, exist_ok=True)
            start = f"{one.name}{PART}"
            parts = {
                name.removeprefix(start): frame for name, frame in frames.items() if name.startswith(start)
            }
            if parts:
                write_parts(Path(one.path), path, parts)
            elif not _is_table(one) or one.name not in frames:
                if not path.exists():
                    path.symlink_to(str(one.place))
            elif Path(one.path).suffix.lower() == ".csv":
                if not write_plain_csv(frames[one.name], path):
                    frames[one.name].to_csv(path, index=False)
            else:
                frames[one.name].to_parquet(path)
        here = self._moved(self._working)
        here.mkdir(parents=True, exist_ok=True)
        os.chdir(here)
        return {name: partial(Path, path) for name, path in there.items()}

    def leave(self) -> None:
        """Go back to where the cells began."""
        os.chdir(self._working)
        shutil.rmtree(self._second, ignore_errors=True)

    def _moved(self, path: Path) -> Path:
        return self._second / path.relative_to(self._first) if path.is_relative_to(self._first) else path


def _is_table(one: InsideInput) -> bool:
    return Path(one.path).suffix.lower() in _TABLES
