"""The window to wheels that are files here: opened only when their own SHA-256 is one of the lock's."""

from __future__ import annotations

import csv
import hashlib
import os
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from nbcode.environment._copying import DifferentContentError, as_record, write_file
from nbcode.environment.lock import LockedDistribution, normalise
from nbcode.primitives import digest_file

_INSTALLED = ("purelib", "platlib")
_UNRECORDED = (".dist-info/RECORD", ".dist-info/RECORD.jws", ".dist-info/RECORD.p7s")
# Nothing that is installed is larger; a bomb is.
_LARGEST_BYTES = 4 << 30


class NoCompatibleWheelError(Exception):
    """There are wheels of the distribution, and none of them is for this platform."""


def find_wheel(locked: LockedDistribution, files: Iterable[Path]) -> Path | None:
    """The best wheel of ``locked`` among ``files`` for this interpreter; None where there is none of that name.

    Raises:
        NoCompatibleWheelError: there are some, for other platforms.
        DifferentContentError: its bytes are not what the lock says.
    """
    named = [(path, tags) for path in files if (tags := _tags(path, locked)) is not None]
    if not named:
        return None
    from packaging.tags import sys_tags

    order = {str(tag): number for number, tag in enumerate(sys_tags())}
    fitting = sorted(
        (min(order[t] for t in tags & order.keys()), path) for path, tags in named if tags & order.keys()
    )
    if not fitting:
        raise NoCompatibleWheelError(", ".join(path.name for path, _ in named))
    path = fitting[0][1]
    found = digest_file(path)
    if found not in locked.hashes:
        raise DifferentContentError(f"{path.name}: its hash is {found}, which is none of the lock's")
    return path


def _tags(path: Path, locked: LockedDistribution) -> frozenset[str] | None:
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        name, version, _, tags = parse_wheel_filename(path.name)
    except InvalidWheelFilename:
        return None
    same = normalise(name) == locked.name and str(version) == locked.version and path.is_file()
    return frozenset(map(str, tags)) if same else None


def place_wheel(wheel: Path, target: Path) -> Iterator[tuple[str, str]]:
    """Write what is imported from ``wheel`` below ``target``, each file checked against the RECORD; yields path and SHA-256.

    Raises:
        DifferentContentError: a file is not what the RECORD says, or is not in it, or would lie outside of ``target``.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            if sum(member.file_size for member in archive.infolist()) > _LARGEST_BYTES:
                raise DifferentContentError(f"{wheel.name}: it is too large")
            record = _record(archive, wheel)
            for name in archive.namelist():
                place = _place(name)
                if name.endswith("/") or place is None:
                    continue
                data = archive.read(name)
                recorded = record.get(name)
                if recorded is not None and recorded != as_record(hashlib.sha256(data).digest()):
                    raise DifferentContentError(f"{wheel.name}: {name} is not what its RECORD says")
                if recorded is None and not name.endswith(_UNRECORDED):
                    raise DifferentContentError(f"{wheel.name}: {name} is not in its RECORD")
                yield place, write_file(f"{target}/{place}", data)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
        raise DifferentContentError(f"{wheel.name}: {error}") from error


def _record(archive: zipfile.ZipFile, wheel: Path) -> dict[str, str]:
    name = next(
        (n for n in archive.namelist() if n.count("/") == 1 and n.endswith(".dist-info/RECORD")), None
    )
    if name is None:
        raise DifferentContentError(f"{wheel.name}: it has no RECORD")
    rows = csv.reader(archive.read(name).decode("utf-8", "replace").splitlines())
    return {row[0]: row[1] for row in rows if len(row) >= 2 and row[1]}


def _place(name: str) -> str | None:
    """Where a member goes, None for scripts, headers and data, which no run needs."""
    parts = PurePosixPath(name).parts
    if name.startswith("/") or ".." in parts or os.sep + os.sep in name:
        raise DifferentContentError(f"{name} leads outside")
    if parts and parts[0].endswith(".data"):
        return "/".join(parts[2:]) if len(parts) > 2 and parts[1] in _INSTALLED else None
    return name
