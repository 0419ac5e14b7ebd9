"""The window that lets a kept folder prove itself: what each of its files was when the folder was made, in the folder itself.

1. :func:`seal` takes the right to write from every file and notes path, size, modification and change time, inode, mode and SHA-256.
2. :func:`difference` compares everything but the content: a walk, some 0.1 s for 20,000 files. Only where that differs is a
   file read; one that was merely copied or touched is noted anew, any other is named.
3. :func:`corruption` reads everything.

Whoever may write the folder may write the note: it tells what was changed by mistake, and by code that does not know of it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from alpha_bench.describe import write_atomic
from nbcode.primitives import Json, dataclass

PLACE = ".nbcode"
_STAT, _FILES = "stat", "files.json"
_BLOCK_BYTES = 1 << 20
_TOLD = 3

Row = tuple[int, int, int, int, int]
"""Size in bytes, modification and change time in ns, inode, mode."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Noted:
    """What was noted: ``files`` gives row and SHA-256 (of a link: its target) by path; ``about`` is the maker's own."""

    files: Mapping[str, tuple[Row, str]]
    about: Json


def seal(home: Path, about: Json, known: Mapping[str, str]) -> None:
    """Note everything below ``home``. ``known`` holds the SHA-256 of files that were hashed while they were written."""
    digests = {path: known.get(path) or _content(f"{home}/{path}") for path in _rows(str(home))}
    _write(home, digests, about)


def difference(home: Path) -> str | None:
    """None where every file is what it was, else which one is not, in words."""
    try:
        if (home / PLACE / _STAT).read_text("ascii") == _digest(_lines(str(home))):
            return None
        noted = read_note(home)
    except (OSError, ValueError, KeyError, TypeError):
        return "there is no note of what its files were"
    rows = _rows(str(home))
    found = _compared(
        noted, rows, lambda path: noted.files[path][0] == rows[path] or _same(home, path, noted)
    )
    if found is None:
        with contextlib.suppress(OSError):  # where it cannot be noted it is read again the next time
            _write(home, {path: digest for path, (_, digest) in noted.files.items()}, noted.about)
    return found


def corruption(home: Path) -> str | None:
    """As :func:`difference`, from the bytes of every file; notes nothing."""
    try:
        noted = read_note(home)
    except (OSError, ValueError, KeyError, TypeError):
        return "there is no note of what its files were"
    return _compared(noted, _rows(str(home)), lambda path: _same(home, path, noted))


def read_note(home: Path) -> Noted:
    """What :func:`seal` noted.

    Raises:
        OSError, ValueError, KeyError, TypeError: there is no note, or none that can be read.
    """
    stored = json.loads((home / PLACE / _FILES).read_bytes())
    files = {
        path: ((size, time_ns, changed_ns, inode, mode), digest)
        for path, (size, time_ns, changed_ns, inode, mode, digest) in stored["files"].items()
    }
    return Noted(files=MappingProxyType(files), about=stored["about"])


def _compared(noted: Noted, rows: Mapping[str, Row], same: Callable[[str], bool]) -> str | None:
    found = [f"{path} is gone" for path in sorted(noted.files.keys() - rows.keys())]
    found += [f"{path} was added" for path in sorted(rows.keys() - noted.files.keys())]
    found += [f"{path} changed" for path in sorted(rows.keys() & noted.files.keys()) if not same(path)]
    if not found:
        return None
    more = f" and {len(found) - _TOLD} more" if len(found) > _TOLD else ""
    return ", ".join(found[:_TOLD]) + more


def _same(home: Path, path: str, noted: Noted) -> bool:
    try:
        return _content(f"{home}/{path}") == noted.files[path][1]
    except OSError:
        return False


def _rows(home: str) -> dict[str, Row]:
    """Every file and link below ``home`` but the note itself."""
    found: dict[str, Row] = {}
    for line in _lines(home):
        path, _, numbers = line.partition("\0")
        size, time_ns, changed_ns, inode, mode = map(int, numbers.split())
        found[path] = (size, time_ns, changed_ns, inode, mode)
    return found


def _lines(home: str) -> list[str]:
    """Path and row of every file, sorted. Text alone, and no call of our own for each: there are tens of thousands."""
    found: list[str] = []
    folders = [""]
    while folders:
        prefix = folders.pop()
        # By its descriptor: the kernel looks up a name in the folder, not the whole path anew, which is a fifth of the time.
        folder = os.open(f"{home}/{prefix}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        if prefix or entry.name != PLACE:
                            folders.append(f"{prefix}{entry.name}/")
                    else:
                        seen = entry.stat(follow_symlinks=False)
                        found.append(
                            f"{prefix}{entry.name}\0{seen.st_size} {seen.st_mtime_ns} {seen.st_ctime_ns}"
                            f" {seen.st_ino} {seen.st_mode}"
                        )
        finally:
            os.close(folder)
    found.sort()
    return found


def _digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def _content(path: str) -> str:
    """SHA-256 of a file, read in blocks; of a link, where it leads."""
    if os.path.islink(path):  # noqa: PTH114
        return f"-> {os.readlink(path)}"  # noqa: PTH115
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as stream:  # noqa: PTH123
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _protect(path: str) -> None:
    mode = os.lstat(path).st_mode
    if stat.S_ISREG(mode) and mode & 0o222:
        os.chmod(path, stat.S_IMODE(mode) & ~0o222)  # noqa: PTH101


def _write(home: Path, digests: Mapping[str, str], about: Json) -> None:
    for path in digests:
        _protect(f"{home}/{path}")
    rows = _rows(str(home))
    files = {path: [*row, digests[path]] for path, row in rows.items() if path in digests}
    lines = sorted(f"{path}\0{' '.join(map(str, rows[path]))}" for path in files)
    (home / PLACE).mkdir(exist_ok=True)
    _replace(home / PLACE / _FILES, json.dumps({"about": about, "files": files}))
    _replace(home / PLACE / _STAT, _digest(lines))


def _replace(path: Path, text: str) -> None:
    write_atomic(path, text.encode("ascii"), durable=False, mode=0o600)
