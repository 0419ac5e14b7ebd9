"""Private temporary directories, with short paths (a UNIX socket's has at most 107 bytes), swept when their maker was killed."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

_PREFIX = "nb-"


def new_scratch() -> Path:
    """A new empty directory that only this user can enter. First removes those of this user whose maker is no more."""
    parent = Path(tempfile.gettempdir())
    for left in parent.glob(_PREFIX + "*-*"):
        maker = left.name.removeprefix(_PREFIX).partition("-")[0]
        if maker.isdigit() and not process_alive(int(maker)) and left.lstat().st_uid == os.getuid():
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))


def process_alive(pid: int) -> bool:
    """Whether a process of that number runs now, whoever's it is."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
