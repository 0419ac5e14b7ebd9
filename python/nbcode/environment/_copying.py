"""The window that fills an environment from files that are here. Every file becomes bytes of its own, hashed while they are
written: never a link to something that others can write."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BufferedRandom
from pathlib import Path

from nbcode.environment._installed import record_entries, record_hash, source_files, tree_hash
from nbcode.environment.lock import LockedDistribution
from nbcode.primitives import dataclass

_BLOCK_BYTES = 1 << 20
_METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
# Of what comes out of a wheel. Copies of installed files have theirs.
_TIME_NS = 946_684_800 * 10**9  # 2000-01-01
_FICLONE = 0x40049409


class DifferentContentError(Exception):
    """What is here is not what the lock says; the text names it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Copy:
    """A file to copy to ``path`` below site-packages. ``expected`` is its hash as RECORD writes it, or empty; ``dated`` the file
    whose modification time it gets."""

    source: str
    path: str
    expected: str
    owner: str
    dated: str


def copies_of_tree(locked: LockedDistribution, source: Path) -> list[Copy]:
    """The files of a package that is installed from its directory: see :func:`finish_tree`."""
    home = _home_of_tree(locked, source)
    return [
        Copy(
            source=f"{source}/{file}",
            path=f"{home}/{file}",
            expected="",
            owner=locked.name,
            dated=f"{source}/{file}",
        )
        for file in source_files(source)
    ]


def finish_tree(locked: LockedDistribution, source: Path, target: Path) -> dict[str, str]:
    """Hold the copied tree against the lock, and make it known to Python as installed; returns what it wrote.

    Raises:
        DifferentContentError: the copy has another hash than the lock.
    """
    home = _home_of_tree(locked, source)
    if tree_hash(target / home) not in locked.hashes:
        raise DifferentContentError(f"{locked.name}: its source files changed")
    metadata = _METADATA.format(name=locked.name, version=locked.version)
    texts = {f"{locked.name.replace('-', '_')}-{locked.version}.dist-info/METADATA": metadata}
    if home.startswith("."):
        texts[f"{locked.name}.pth"] = f"{home}\n"
    return {path: write_file(f"{target}/{path}", text.encode()) for path, text in texts.items()}


def _home_of_tree(locked: LockedDistribution, source: Path) -> str:
    return source.name if (source / "__init__.py").is_file() else f".{locked.name}"


def copies_of_installed(locked: LockedDistribution, info: Path, twin: Path | None = None) -> list[Copy]:
    """The files of an installed wheel, each with the hash that its RECORD gives. They get the times of those beside ``twin``,
    another ``.dist-info`` of the same, so that kernels that were compiled from the one fit the other.

    Raises:
        DifferentContentError: the RECORD is not what it was when the lock was made.
    """
    if locked.hashes[0].startswith("record-") and record_hash(info) not in locked.hashes:
        raise DifferentContentError(f"{locked.name}: its RECORD changed")
    times = (twin or info).parent
    return [
        Copy(
            source=f"{info.parent}/{path}",
            path=path,
            expected=expected,
            owner=locked.name,
            dated=f"{times}/{path}",
        )
        for path, expected in (*record_entries(info), (f"{info.name}/RECORD", ""))
    ]


def copy_files(copies: Iterable[Copy], target: Path) -> Iterator[tuple[Copy, str]]:
    """Write the copies below ``target``; yields each with its SHA-256. Of two for one path the first counts.

    Raises:
        DifferentContentError: the bytes that were read are not the expected ones.
    """
    first: dict[str, Copy] = {}
    for one in copies:
        first.setdefault(one.path, one)
    for folder in {path.rpartition("/")[0] for path in first}:
        (target / folder).mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as pool:  # hashing and the disk let go of the interpreter
        yield from pool.map(lambda one: (one, _copied(one, f"{target}/{one.path}")), first.values())


def _copied(one: Copy, target: str) -> str:
    digest = hashlib.sha256()
    try:
        with open(one.source, "rb", buffering=0) as source, _created(target) as out:  # noqa: PTH123
            cloned = _clone(source.fileno(), out.fileno())
            while block := (out if cloned else source).read(_BLOCK_BYTES):
                digest.update(block)
                if not cloned:
                    out.write(block)
            runs = os.fstat(source.fileno()).st_mode & 0o100
    except FileExistsError:
        return _hash(target)
    except FileNotFoundError as error:
        raise DifferentContentError(f"{one.owner}: {one.path} is gone since it was installed") from error
    if one.expected and one.expected != as_record(digest.digest()):
        raise DifferentContentError(f"{one.owner}: {one.path} changed since it was installed")
    _finish(target, 0o555 if runs else 0o444, _time_ns(one.dated))
    return digest.hexdigest()


def write_file(path: str, data: bytes) -> str:
    """Write a file that is not there yet, read-only; returns the SHA-256 of what is there then."""
    os.makedirs(path.rpartition("/")[0], exist_ok=True)  # noqa: PTH103 - text, as everything here
    try:
        with _created(path) as out:
            out.write(data)
    except FileExistsError:
        return _hash(path)
    _finish(path, 0o555 if path.endswith(".so") else 0o444, _TIME_NS)
    return hashlib.sha256(data).hexdigest()


def link_file(source: str, target: str) -> None:
    """Give a file of one kept environment to another: both are read-only, and both are held against their notes."""
    with contextlib.suppress(FileExistsError):
        try:
            os.link(source, target)
        except FileNotFoundError:
            os.makedirs(target.rpartition("/")[0], exist_ok=True)  # noqa: PTH103
            os.link(source, target)


def as_record(digest: bytes) -> str:
    """A SHA-256 as RECORD writes it."""
    return "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _created(path: str) -> BufferedRandom:
    return open(path, "x+b")  # noqa: PTH123


def _clone(source: int, target: int) -> bool:
    """Share the blocks until one side is written, where the file system can."""
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError:
        return False
    return True


def _finish(path: str, mode: int, time_ns: int) -> None:
    os.utime(path, ns=(time_ns, time_ns))
    os.chmod(path, mode)  # noqa: PTH101


def _time_ns(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116 - there are tens of thousands of them
    except OSError:
        return _TIME_NS


def _hash(path: str) -> str:
    with open(path, "rb") as stream:  # noqa: PTH123
        return hashlib.file_digest(stream, "sha256").hexdigest()
