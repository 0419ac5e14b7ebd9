"""The window to the disk: looks upward for a file, and reads nbcode.toml."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from nbcode.primitives import Diagnostic, Place

_LARGEST_BYTES = 1_000_000


def folder_of(start: Path) -> Path:
    """The real folder that ``start`` is, or is in."""
    absolute = Path(os.path.abspath(start))  # noqa: PTH100 - resolve() would follow a link that is refused later
    return (absolute if absolute.is_dir() else absolute.parent).resolve()


def find_upward(folder: Path, name: str) -> Path | None:
    """The nearest folder, from ``folder`` to the file system's root, that holds ``name``."""
    for candidate in (folder, *folder.parents):
        try:
            if os.path.lexists(candidate / name):
                return candidate
        except OSError:
            return None
    return None


def read_text(path: Path) -> tuple[str, Diagnostic | None]:
    """The text of a regular UTF-8 file, or why it cannot be read (NBC-C34)."""
    try:
        # O_NONBLOCK: a FIFO of this name is refused instead of waited for.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                return "", _unreadable(path, "it is not a regular file")
            data = stream.read(_LARGEST_BYTES + 1)
        if len(data) > _LARGEST_BYTES:
            return "", _unreadable(path, "it is larger than 1 MB")
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        return "", _unreadable(path, f"it is not UTF-8 at byte {error.start}")
    except OSError as error:
        return "", _unreadable(path, (error.strerror or str(error)).lower())


def _unreadable(path: Path, why: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-C34",
        message="the configuration cannot be read",
        cause=f"{path.name}: {why}",
        fixes=("make it a readable text file, or move it away: nbcode works without one",),
        place=Place(path=str(path)),
    )
