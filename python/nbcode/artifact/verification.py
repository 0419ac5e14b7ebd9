"""Is an artifact still what its name says? Every difference is reported, not only the first."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from nbcode.artifact.manifest import MANIFEST_NAME, decode_manifest
from nbcode.primitives import Diagnostic, Digest, Place, digest_bytes, digest_file
from nbcode.run import ResultFile


def verify(path: Path, digest: Digest | None = None) -> tuple[Diagnostic, ...]:
    """NBC-I06 for each way in which the directory ``path`` is not the artifact of its name (or of ``digest``): manifest,
    missing, extra or changed files, links. Empty when it is."""
    try:
        data = (path / MANIFEST_NAME).read_bytes()
        manifest = decode_manifest(data)
    except (OSError, ValueError) as error:
        return (_changed(path, f"its manifest cannot be read: {error}"),)
    found = []
    expected = digest.hex if digest is not None else path.name
    if digest_bytes(data).hex != expected:
        found.append(_changed(path, "its manifest is not the one of its name"))
    there = _entries(path)
    listed = {file.path: file for file in manifest.files}
    found += [
        _changed(path, f"{name} is not listed") for name in sorted(there - listed.keys() - {MANIFEST_NAME})
    ]
    found += [problem for file in manifest.files if (problem := _file_problem(path, file)) is not None]
    return tuple(found)


def _entries(path: Path) -> set[str]:
    found = set()
    for directory, names, files in os.walk(path):
        for name in (*names, *files):
            entry = Path(directory) / name
            if not stat.S_ISDIR(entry.lstat().st_mode):
                found.add(entry.relative_to(path).as_posix())
    return found


def _file_problem(path: Path, file: ResultFile) -> Diagnostic | None:
    here = path / file.path
    try:
        status = here.lstat()
    except OSError:
        return _changed(path, f"{file.path} is missing")
    if not stat.S_ISREG(status.st_mode):
        return _changed(path, f"{file.path} is not a plain file")
    if status.st_size != file.size_bytes or digest_file(here) != file.digest:
        return _changed(path, f"{file.path} has other bytes")
    return None


def _changed(path: Path, cause: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-I06",
        message=f"artifact {path.name[:12]} is not what was stored",
        cause=cause,
        fixes=("take it from a copy, or build the spec again",),
        place=Place(path=str(path)),
    )
