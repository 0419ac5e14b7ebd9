"""Scratch directories of this user, with short paths (a UNIX socket's has at most 107 bytes), swept when their maker was killed.

They lie in a directory that is this user's alone: nothing in it is anyone else's, and nothing outside of it is ever removed.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from nbcode.primitives import locked_directory

_PREFIX = "s-"


@contextlib.contextmanager
def scratch_directory(homes: Iterable[Path] | None = None) -> Iterator[Path]:
    """A new empty directory that only this user can enter; its resolved path. It is gone at the end.

    It is made in the first of ``homes`` that is this user's alone, by default those of :func:`private_homes`. Where none of them
    is (somebody took the name in a shared directory, or the disk is read-only), it lies in the temporary directory itself, under a
    random name; wherever it lies, those of makers that were killed are removed by the next.

    Raises:
        OSError: no temporary directory can be written.
    """
    for home in private_homes() if homes is None else homes:
        if _ours_alone(home):
            with locked_directory(home.resolve(), _PREFIX) as path:
                yield path
            return
    with locked_directory(Path(tempfile.gettempdir()).resolve(), f"nbcode-{os.getuid()}-") as path:
        yield path


def private_homes() -> tuple[Path, ...]:
    """Below the temporary directory (``TMPDIR``), then in the user's runtime directory, which is often small."""
    below = Path(tempfile.gettempdir()) / f"nbcode-{os.getuid()}"
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return (below, Path(runtime) / "nbcode") if runtime.startswith("/") else (below,)


def _ours_alone(home: Path) -> bool:
    """Whether ``home`` is, or could be made, a directory of this user that nobody else may enter: no link, nothing borrowed."""
    try:
        with contextlib.suppress(FileExistsError):
            home.mkdir(mode=0o700)
        found = home.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077
