"""The window to what lies beside a notebook: whether a path that a cell opens is there, and what it may have been meant to be."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path

from nbcode.primitives import nearest

_MOST_ENTRIES = 10_000


class FilesBeside:
    """Files below a project's root, by paths as cells write them: relative to the notebook's folder."""

    def __init__(self, root: Path, folder: Path) -> None:
        """``folder`` is the notebook's. Nothing is looked at yet."""
        self._root, self._folder = root.resolve(), folder.resolve()

    def there(self, path: str) -> bool | None:
        """Whether a file or folder is at ``path``; None for what lies outside of the root, which is not looked at."""
        found = self._below(path)
        return None if found is None else found.exists()

    def like(self, path: str) -> str | None:
        """The path in the same folder whose name ``path`` probably misspells, or None."""
        wanted = self._below(path)
        if wanted is None:
            return None
        try:
            with os.scandir(wanted.parent) as entries:
                names = [entry.name for entry, _ in zip(entries, range(_MOST_ENTRIES), strict=False)]
        except OSError:
            return None
        name = nearest(wanted.name, [one for one in names if not one.startswith(".")])
        return None if name is None else posixpath.join(posixpath.dirname(posixpath.normpath(path)), name)

    def _below(self, path: str) -> Path | None:
        try:
            found = Path(os.path.realpath(self._folder / path))
        except ValueError:  # a NUL
            return None
        return found if found.is_relative_to(self._root) else None
