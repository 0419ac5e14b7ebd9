"""Files of a version in a registry of this machine."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

from nbcode.registry.version import ModelVersion


def copied(version: ModelVersion, name: str, into: Path) -> Path | None:
    """``name`` beside the model of ``version``, whose source is a folder, copied into ``into``; None where there is none.

    Raises ``OSError`` where it cannot be copied. Links are not followed.
    """
    there = Path(unquote(urlsplit(version.source).path)) / name
    target = into / there.name
    if there.is_symlink() or not there.exists():
        return None
    into.mkdir(parents=True, exist_ok=True)
    if there.is_dir():
        shutil.copytree(there, target, symlinks=True, copy_function=shutil.copyfile)
    else:
        shutil.copyfile(there, target, follow_symlinks=False)
    return target
