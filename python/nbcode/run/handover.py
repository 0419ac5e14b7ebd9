"""What the kernel leaves in its scratch directory for the executor: taken over when the kernel is gone, as plain files."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

HANDOVER = "handover"
"""Below the scratch directory. Cells can write there too, so that nothing in it is believed, and no link is followed."""


def take_over(handover: Path, out: Path, only: str | None = None) -> None:
    """Copy the regular files of ``handover`` to the same place below ``out``; of ``only`` that folder of it, where given.

    Raises ``OSError`` for what cannot be read or written, and for anything that is there already.
    """
    root = handover if only is None else handover / only
    for file in _regular(root):
        target = out / file.relative_to(handover)
        target.parent.mkdir(parents=True, exist_ok=True)
        source = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(source, "rb") as read, target.open("xb") as written:
            shutil.copyfileobj(read, written, 1 << 20)


def _regular(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        folders.sort()
        for name in sorted(files):
            path = Path(folder) / name
            if stat.S_ISREG(path.lstat().st_mode):
                yield path
