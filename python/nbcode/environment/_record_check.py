"""The window that holds what is installed here against its RECORDs, for runs that use it as it is.

A file that was found right is looked at again only when its size, times or inode are others: the change time among them, which
no program sets at will.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from alpha_bench.describe import write_atomic
from nbcode.environment._copying import as_record
from nbcode.environment._installed import Site, record_entries
from nbcode.environment.lock import EnvironmentLock
from nbcode.environment.locking import marker_applies
from nbcode.primitives import digest_json

Seen = tuple[int, int, int, int]
"""Size in bytes, modification and change time in ns, inode."""


def changed_files(lock: EnvironmentLock, store: Path, site: Site) -> tuple[tuple[str, str], ...]:
    """(distribution, path) of every file of the locked distributions that is not what its RECORD says, sorted."""
    wanted = _wanted(lock, site)
    memory = store / "installed" / f"{digest_json([lock.digest, *map(str, site.paths)]).hex}.json"
    known = _remembered(memory)
    seen = {path: _seen(path) for path in wanted}
    fresh = [p for p in wanted if seen[p] is None or known.get(p) != [wanted[p][1], *(seen[p] or ())]]
    with ThreadPoolExecutor() as pool:
        right = dict(zip(fresh, pool.map(lambda p: _content(p) == wanted[p][1], fresh), strict=True))
    wrong = sorted((wanted[path][0], path) for path, is_right in right.items() if not is_right)
    if fresh:
        rows = {p: [wanted[p][1], *(row or ())] for p, row in seen.items() if right.get(p, True)}
        with contextlib.suppress(OSError):
            _remember(memory, rows)
    return tuple(wrong)


def _wanted(lock: EnvironmentLock, site: Site) -> dict[str, tuple[str, str]]:
    """Distribution and hash by path."""
    found: dict[str, tuple[str, str]] = {}
    for locked in lock.distributions:
        if locked.name not in site.infos or site.directory(locked.name) or not marker_applies(locked.marker):
            continue
        info = site.infos[locked.name][1]
        for path, expected in record_entries(info):
            found.setdefault(f"{info.parent}/{path}", (locked.name, expected))
    return found


def _seen(path: str) -> Seen | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - there are tens of thousands of them
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def _content(path: str) -> str:
    try:
        with open(path, "rb") as stream:  # noqa: PTH123
            return as_record(hashlib.file_digest(stream, "sha256").digest())
    except OSError:
        return ""


def _remembered(memory: Path) -> Mapping[str, object]:
    with contextlib.suppress(OSError, ValueError):
        found = json.loads(memory.read_bytes())
        if isinstance(found, dict):
            return found
    return {}


def _remember(memory: Path, rows: Mapping[str, Iterable[object]]) -> None:
    memory.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(memory, json.dumps(rows).encode(), durable=False, mode=0o600)
