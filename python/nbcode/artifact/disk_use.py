"""How much of a disk files take: a file is counted once whatever names it has, by its blocks, as ``du`` does."""

from __future__ import annotations

import contextlib
import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from nbcode.primitives import dataclass

_BLOCK = 512
"""What POSIX calls a block, whatever the disk's own are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DiskUse:
    """``size_bytes`` of blocks, of so many files."""

    size_bytes: int = 0
    files: int = 0

    def __add__(self, other: DiskUse) -> DiskUse:
        return DiskUse(size_bytes=self.size_bytes + other.size_bytes, files=self.files + other.files)


class Counted:
    """Counts files by what they are, not by their names."""

    def __init__(self) -> None:
        """Nothing is counted yet."""
        self._seen: set[tuple[int, int]] = set()

    def add(self, *places: Path) -> DiskUse:
        """What the files at and below ``places`` take that were not counted before. Links are not followed; what goes away meanwhile is not counted."""
        size = files = 0
        for found in _found(places):
            if (found.st_dev, found.st_ino) not in self._seen:
                self._seen.add((found.st_dev, found.st_ino))
                size += found.st_blocks * _BLOCK
                files += not stat.S_ISDIR(found.st_mode)
        return DiskUse(size_bytes=size, files=files)


def freed_by(places: Iterable[Path], names: Iterable[Path] = ()) -> DiskUse:
    """What removing the files at and below ``places`` frees: those that have no other name. ``names`` are folders of names that go with the last other one."""
    going: Counter[tuple[int, int]] = Counter()
    entries: dict[tuple[int, int], os.stat_result] = {}
    for found in _found(places):
        key = (found.st_dev, found.st_ino)
        going[key] += 1
        entries[key] = found
    for found in _found(names):
        key = (found.st_dev, found.st_ino)
        if key in entries:
            going[key] += 1
    gone = [one for key, one in entries.items() if stat.S_ISDIR(one.st_mode) or going[key] >= one.st_nlink]
    return DiskUse(
        size_bytes=sum(one.st_blocks for one in gone) * _BLOCK,
        files=sum(not stat.S_ISDIR(one.st_mode) for one in gone),
    )


def _found(places: Iterable[Path]) -> Iterator[os.stat_result]:
    folders: list[str] = []
    for place in places:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            found = place.lstat()
            if stat.S_ISDIR(found.st_mode):
                folders.append(os.fspath(place))
            yield found
    while folders:
        for path in _entries(folders.pop()):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                found = os.lstat(path)
                if stat.S_ISDIR(found.st_mode):
                    folders.append(path)
                yield found


def _entries(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.path for entry in entries]
    except (FileNotFoundError, NotADirectoryError):
        return []
