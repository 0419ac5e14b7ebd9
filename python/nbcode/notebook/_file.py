"""The window to the disk: a notebook's bytes, without following links, bounded, and whole."""

from __future__ import annotations

import errno
import itertools
import os
import stat
from collections.abc import Callable
from pathlib import Path

from nbcode.notebook.framework import no_module, source_file
from nbcode.notebook.model import Bounds
from nbcode.notebook.reading import too_large
from nbcode.primitives import Diagnostic, Place, dataclass, nearest

_BLOCK_BYTES = 1 << 20
_HEAD_BYTES = 1 << 12
_LOOKED_AT = 200
_LISTED = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class FileBytes:
    """The bytes, or what keeps them from being read."""

    data: bytes | None
    diagnostics: tuple[Diagnostic, ...] = ()


def _nothing() -> None:
    """What happens between reading a file and looking whether it changed: nothing, outside tests."""


def read_file(path: Path, bounds: Bounds, *, after_reading: Callable[[], None] = _nothing) -> FileBytes:
    """Read a regular file; of ``package.module:name`` the module's. A link (A22), something that is no file (A23), a file too large (A19), one that changes
    while it is read (A24) and one that cannot be opened (A29) are findings, never exceptions."""
    named, path = path, source_file(path)
    if named != path and not path.exists():
        return FileBytes(data=None, diagnostics=(no_module(named),))
    shown = str(path)
    try:
        # O_NONBLOCK: opening a FIFO must not wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        return FileBytes(data=None, diagnostics=(_cannot_open(path, error),))
    try:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            return FileBytes(data=None, diagnostics=(_not_regular(shown, before.st_mode),))
        if before.st_size > bounds.file_size_bytes:
            return FileBytes(data=None, diagnostics=(too_large(before.st_size, shown, bounds),))
        data = _read(descriptor, bounds.file_size_bytes + 1)
        after_reading()
        if _changed(path, before, os.fstat(descriptor), len(data)):
            return FileBytes(data=None, diagnostics=(_changing(shown),))
        return FileBytes(data=data)
    except OSError as error:
        return FileBytes(data=None, diagnostics=(_cannot_open(path, error),))
    finally:
        os.close(descriptor)


def local_modules(folder: Path) -> frozenset[str]:
    """Names that ``import`` would find beside a notebook: ``*.py`` files in its folder, packages, and folders of modules."""
    names: set[str] = set()
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                stem, suffix = os.path.splitext(entry.name)  # noqa: PTH122  # a str is what scandir gives
                if stem.isidentifier() and (suffix == ".py" or (not suffix and _holds_modules(entry))):
                    names.add(stem)
    except OSError:
        return frozenset()
    return frozenset(names)


def _holds_modules(entry: os.DirEntry[str], deeper: int = 2) -> bool:
    """Whether it is a folder with a module in it, or in folders of it, among the first thousand entries."""
    if not entry.is_dir(follow_symlinks=False) or entry.name == "__pycache__":
        return False
    try:
        with os.scandir(entry.path) as entries:
            first = list(itertools.islice(entries, 1000))
    except OSError:
        return False
    if any(one.name.endswith(".py") for one in first):
        return True
    return deeper > 0 and any(_holds_modules(one, deeper - 1) for one in first if one.name.isidentifier())


def _read(descriptor: int, at_most: int) -> bytes:
    blocks: list[bytes] = []
    total = 0
    while total < at_most and (block := os.read(descriptor, min(_BLOCK_BYTES, at_most - total))):
        blocks.append(block)
        total += len(block)
    return b"".join(blocks)


def _changed(path: Path, before: os.stat_result, after: os.stat_result, size_bytes: int) -> bool:
    """Whether the open file, or what stands at its path, is not what was opened."""
    if (before.st_size, before.st_mtime_ns) != (
        after.st_size,
        after.st_mtime_ns,
    ) or size_bytes != after.st_size:
        return True
    try:
        now = os.lstat(path)
    except OSError:
        return True
    return (now.st_dev, now.st_ino) != (before.st_dev, before.st_ino)


def _cannot_open(path: Path, error: OSError | ValueError) -> Diagnostic:
    place = Place(path=str(path))
    if isinstance(error, OSError) and error.errno == errno.ENXIO:
        return _not_regular(str(path), stat.S_IFSOCK)
    if isinstance(error, OSError) and error.errno in {errno.ELOOP, errno.EMLINK} and path.is_symlink():
        target = path.readlink()
        return Diagnostic(
            code="NBC-A22",
            message=f"{path.name} is a link to {target}",
            cause="what a link names can change between review and run",
            fixes=(f"promote {target}",),
            place=place,
        )
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    absent = isinstance(error, FileNotFoundError | NotADirectoryError)
    return Diagnostic(
        code="NBC-A29",
        message="the notebook cannot be read",
        cause=reason,
        fixes=_instead_of(path) if absent else ("check the path and its permissions",),
        place=place,
    )


def _instead_of(path: Path) -> tuple[str, ...]:
    """What there is in place of a notebook that is not there: the nearest name, the notebooks of its folder, or none."""
    here = _notebooks_in(path.parent)
    near = nearest(path.name, here)
    if near is not None:
        return (f"did you mean {path.with_name(near)}?",)
    if not here:
        return ("check the path", "`nbcode init` writes an example notebook")
    told = ", ".join(str(path.with_name(name)) for name in here[:_LISTED])
    more = f" and {len(here) - _LISTED} more" if len(here) > _LISTED else ""
    return (f"notebooks that are here: {told}{more}", "`nbcode init` writes an example notebook")


def _notebooks_in(folder: Path) -> list[str]:
    """Names of the ``.ipynb`` files in ``folder``, and of ``.py`` files whose first lines hold a cell marker."""
    found = []
    try:
        for entry in sorted(os.listdir(folder))[:_LOOKED_AT]:  # noqa: PTH208  # names only
            suffix = os.path.splitext(entry)[1]  # noqa: PTH122
            if suffix == ".ipynb" or (suffix == ".py" and _is_percent(folder / entry)):
                found.append(entry)
    except OSError:
        return []
    return found


def _is_percent(path: Path) -> bool:
    read = read_file(path, Bounds())
    return read.data is not None and b"# %%" in read.data[:_HEAD_BYTES]


def _not_regular(path: str, mode: int) -> Diagnostic:
    kinds = (
        (stat.S_ISDIR, "a directory"),
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
        (stat.S_ISSOCK, "a socket"),
    )
    kind = next((name for is_kind, name in kinds if is_kind(mode)), "no regular file")
    return Diagnostic(
        code="NBC-A23",
        message=f"{path} is {kind}",
        cause="a notebook is a regular file",
        fixes=("name the notebook file",),
        place=Place(path=path),
    )


def _changing(path: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-A24",
        message="the file changed while it was read",
        cause="an editor or a tool is writing it",
        fixes=("save and retry",),
        place=Place(path=path),
    )
