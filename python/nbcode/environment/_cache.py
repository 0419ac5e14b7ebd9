"""The window to the store's memory of closures. A lost or damaged file costs time, never truth: its name is the digest
of everything that the answer follows from."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path

from alpha_bench.describe import write_atomic
from nbcode.environment.closure import Package, Requirement
from nbcode.primitives import Digest

_KEPT = 32


def cached_closure(
    store: Path | None, key: Digest, compute: Callable[[], tuple[Requirement, ...]]
) -> tuple[Requirement, ...]:
    """The closure remembered under ``key``, else computed and, where it can be, remembered."""
    if store is None:
        return compute()
    path = store / "closures" / f"{key.hex}.json"
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        remembered = tuple(_wanted(row) for row in json.loads(path.read_bytes()))
        if remembered:  # a run never needs nothing: an empty answer is a damaged one
            return remembered
    wanted = compute()
    with contextlib.suppress(OSError):
        _write(path, json.dumps([_row(w) for w in wanted]).encode())
    return wanted


def _row(wanted: Requirement) -> list[object]:
    package = wanted.package
    directory = str(package.directory) if package.directory else None
    files = [str(file) for file in package.files]
    return [
        package.name,
        package.version,
        list(package.hashes),
        wanted.marker,
        directory,
        package.index,
        files,
    ]


def _wanted(row: list[str]) -> Requirement:
    name, version, hashes, marker, directory, index, files = row
    package = Package(
        name=name,
        version=version,
        hashes=tuple(hashes),
        directory=Path(directory) if directory else None,
        index=index,
        files=tuple(map(Path, files)),
    )
    return Requirement(package=package, marker=marker)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, data, durable=False, mode=0o600)
    newest_first = sorted(path.parent.glob("*.json"), key=lambda p: p.stat().st_mtime_ns, reverse=True)
    for old in newest_first[_KEPT:]:
        old.unlink(missing_ok=True)
