"""Is an artifact still what its name says? Every difference is told, not only the first."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from alpha_bench.describe import canonical

MANIFEST_NAME = "manifest.json"
_BLOCK_BYTES = 1 << 20


def differences(path: Path, digest: str | None = None) -> tuple[str, ...]:
    """Each way in which the directory ``path`` is not the artifact of its name (or of ``digest``, 64 hexadecimal digits): manifest,
    missing, extra or changed files, links. Empty when it is."""
    try:
        data = (path / MANIFEST_NAME).read_bytes()
        listed = _listed(data)
    except (OSError, ValueError, RecursionError) as error:
        return (f"its manifest cannot be read: {error}",)
    found = []
    if hashlib.sha256(data).hexdigest() != (digest or path.name):
        found.append("its manifest is not the one of its name")
    there = _entries(path)
    found += [f"{name} is not listed" for name in sorted(there - listed.keys() - {MANIFEST_NAME})]
    told = (_of_file(path, name, size, sha256) for name, (size, sha256) in listed.items())
    return (*found, *(one for one in told if one))


def _listed(data: bytes) -> dict[str, tuple[int, str]]:
    """Size and SHA-256 by path. Raises ``ValueError`` where it is no manifest in canonical form, or a path may lead elsewhere."""
    plain: Any = json.loads(data)
    files = plain.get("files") if isinstance(plain, Mapping) else None
    if (
        not isinstance(files, list)
        or plain != {"schema_version": 1, "files": files}
        or canonical(plain) != data
    ):
        raise ValueError("not an artifact manifest in canonical form")
    try:
        listed = {str(one["path"]): (int(one["size"]), str(one["sha256"])) for one in files}
    except (KeyError, TypeError) as error:
        raise ValueError(f"not an artifact manifest: {error}") from error
    outside = [name for name in listed if not _is_plain(name)]
    if outside:
        raise ValueError(f"not a path inside an artifact: {outside[0][:200]!r}")
    if [one["path"] for one in files] != sorted(listed):
        raise ValueError("the files of a manifest are sorted by path, each once")
    return listed


def _is_plain(path: str) -> bool:
    pure = PurePosixPath(path)
    inside = not pure.is_absolute() and ".." not in pure.parts and str(pure) == path != MANIFEST_NAME
    return inside and bool(path) and "\0" not in path and "\\" not in path


def _entries(path: Path) -> set[str]:
    found = set()
    for directory, names, files in os.walk(path):
        for name in (*names, *files):
            entry = Path(directory) / name
            if not stat.S_ISDIR(entry.lstat().st_mode):
                found.add(entry.relative_to(path).as_posix())
    return found


def _of_file(path: Path, name: str, size: int, sha256: str) -> str:
    here = path / name
    try:
        status = here.lstat()
    except OSError:
        return f"{name} is missing"
    if not stat.S_ISREG(status.st_mode):
        return f"{name} is not a plain file"
    if status.st_size != size or _digest(here) != sha256:
        return f"{name} has other bytes"
    return ""


def _digest(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
