"""The window to the disk of `init`: files that appear whole or not at all, and never in place of another."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def create_file(path: Path, data: bytes) -> bool:
    """Make the file ``path`` with ``data``; False when anything of that name is there already.

    Raises ``OSError`` when it cannot be written.
    """
    if os.path.lexists(path):
        return False
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o666 & ~_umask())
        # A link, unlike a rename, fails when the name was taken meanwhile.
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        temporary.unlink(missing_ok=True)
    return True


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
