"""The window to the cuts of a store: the rows of a table up to the end of a day, in a file that a run reads in place of the whole one.

A cut is named by the digest of its bytes, and what file it was made of is remembered, so that it is made once. Cuts can be made again:
the newest few stay, and those that a living process reads.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import os
import shutil
from dataclasses import replace
from pathlib import Path, PurePosixPath

from alpha_bench.describe import AlphaBenchError, place_directory
from nbcode.configuration import TableLayout
from nbcode.inputs._cut_folders import TABLES, UpTo, columns_in, cut_folder
from nbcode.inputs._cut_memory import MadeCut, recalled_cut, remember_cut
from nbcode.inputs._files import RefusedFileError, digest_now
from nbcode.inputs.dated import (
    UNDECLARED,
    WITHOUT_DATES,
    UndatedError,
    date_column_in,
    days_missing,
    no_rows,
)
from nbcode.inputs.pinned import PinnedInput, Role
from nbcode.primitives import (
    Diagnostic,
    Digest,
    Place,
    Severity,
    canonical_json,
    digest_bytes,
    digest_file,
    digest_json,
    locked_directory,
)

FOLDER = "cuts"
_UNFINISHED = ".cut-"
_KEPT = 4
_held: dict[Path, int] = {}
"""Descriptors of the cuts that this process has pinned: while one is open, no other process takes it away."""


def cut_at(pinned: PinnedInput, as_of: str, store: Path) -> PinnedInput:
    """``pinned`` with the rows of the day ``as_of`` and before alone: another file or folder of the same name, with its own digest.

    Its ``date_column`` says when a row was known; of an input that declares none, the only column of dates. What has no dates by
    declaration stays as it is: the reference table of a dataset, and an input whose column is ``none``.

    Raises:
        RefusedFileError: H37 for what cannot be cut: a file that is no table, one without dates, a folder with such a file.
        OSError: the store cannot be written.
    """
    if pinned.role is Role.REFERENCE or pinned.date_column == WITHOUT_DATES:
        return pinned
    kind = _kind_of(pinned)
    if not pinned.path.is_dir() and kind not in TABLES:
        raise RefusedFileError(
            "H37",
            "it is no CSV or parquet file, and as_of cuts the rows of tables",
            f"write it as a table with a column of dates, or `#date={WITHOUT_DATES}` behind its path where nothing in it has a date",
        )
    declared = pinned.role is Role.PRICES or pinned.date_column != UNDECLARED
    schema = columns_in(pinned.path) if pinned.path.is_dir() and not declared else pinned.schema
    column = pinned.date_column if declared else date_column_in(schema)
    up_to = UpTo(column=column, day=dt.date.fromisoformat(as_of), layout=pinned.layout or TableLayout())
    try:
        made = _made(pinned, up_to, store / "data" / FOLDER, store)
    except UndatedError as error:
        if pinned.role is not Role.PRICES:
            raise
        fix = f'say at [data.{pinned.name}] in nbcode.toml how its days are written: date_format = "%d.%m.%Y", or which column they are: date = "COLUMN"'
        raise RefusedFileError(error.code, str(error), fix) from error
    return replace(
        pinned,
        path=made.path,
        digest=made.digest,
        size_bytes=made.size_bytes,
        as_of=made.cut.last,
        date_column=column,
        cut_of=pinned.path,
        left_out=made.cut.of_rows - made.cut.rows,
        source=None,
    )


def rows_before(
    pinned: PinnedInput, digest: Digest, *, date_column: str, as_of: str | None, store: Path
) -> PinnedInput | None:
    """``pinned``, a cut, with the rows of an earlier build of it, by their ``digest``; None where they are not here any more.

    Sought are the same rows, a cut of the store, the whole file, and what is cut from that at ``as_of`` now: where nothing of that time was
    changed since, it has the same digest.
    """
    if pinned.digest == digest:
        return pinned
    if pinned.cut_of is None:
        return None
    earlier = replace(pinned, digest=digest, date_column=date_column)
    kept = _folder(store / "data" / FOLDER, digest, pinned.path.name)
    with contextlib.suppress(OSError, RefusedFileError):
        if _hold(kept) and digest_now(kept / pinned.path.name) == digest:
            return replace(earlier, path=kept / pinned.path.name)
    try:
        whole = digest_now(pinned.cut_of)
        if whole == digest:
            return replace(earlier, path=pinned.cut_of, cut_of=None)
        source = replace(earlier, path=pinned.cut_of, digest=whole, cut_of=None)
        found = None if as_of is None else cut_at(source, as_of, store)
    except (OSError, RefusedFileError):
        return None
    return None if found is None or found.digest != digest else found


def is_all_of(pinned: PinnedInput, digest: Digest) -> bool:
    """Whether ``pinned`` is a cut that left no row out of the file whose ``digest`` that is."""
    if pinned.cut_of is None or pinned.left_out:
        return False
    try:
        return digest_now(pinned.cut_of) == digest
    except (OSError, RefusedFileError):
        return False


def late(pinned: PinnedInput, as_of: str) -> Diagnostic | None:
    """NBC-H38, a note, where the data end before the day ``as_of``, but for days without a session between; and what is wrong with the calendar
    that they are counted by."""
    try:
        if pinned.as_of is None or not days_missing(pinned.as_of, as_of, pinned.calendar):
            return None
    except AlphaBenchError as error:
        return Diagnostic(
            code=f"NBC-{error.code}",
            message=f"[data.{pinned.name}] calendar: {error.message}",
            cause="by it a holiday is told from data that are late",
            fixes=(error.fix,),
        )
    return Diagnostic(
        code="NBC-H38",
        severity=Severity.NOTE,
        message=f"the data of `{pinned.name}` end on {pinned.as_of}, before as_of {as_of}",
        cause=why_late(pinned),
        fixes=(f"ask for as_of {pinned.as_of}, or wait for the data",),
        place=Place(path=str(pinned.cut_of or pinned.path)),
    )


def why_late(pinned: PinnedInput) -> str:
    """Why data that end before a day do, as far as it is known."""
    if pinned.calendar:
        return f"they are late: {pinned.calendar} had a session since"
    return f'they are late, or there was no session: `calendar = "XNYS"` at [data.{pinned.name}] in nbcode.toml would tell them apart'


def _kind_of(pinned: PinnedInput) -> str:
    """The suffix that says what is in it: its own, or where that says nothing (``x.dat``) the one under which it was declared."""
    own, declared = (PurePosixPath(name).suffix.lower() for name in (pinned.path.name, pinned.uri))
    return own if own in TABLES else declared


def _made(pinned: PinnedInput, up_to: UpTo, home: Path, store: Path) -> MadeCut:
    layout, name = up_to.layout, pinned.path.name
    asked = [
        pinned.digest, up_to.column, layout.date_format, layout.delimiter, up_to.day.isoformat(), name,
    ]  # fmt: skip
    memory = store / "cache" / FOLDER / f"{digest_bytes(canonical_json(asked)).hex}.json"
    known = _recalled(memory, home, name)
    if known is not None:
        return known
    home.mkdir(parents=True, exist_ok=True)
    with locked_directory(home, _UNFINISHED) as temporary:
        target = temporary / name
        if pinned.path.is_dir():
            cut, digest, size_bytes = cut_folder(pinned.path, target, up_to, store)
        else:
            cut = up_to.cut(pinned.path, target, _kind_of(pinned))
            digest, size_bytes = digest_file(target), target.stat().st_size
        if not cut.rows:
            raise no_rows(up_to.day)
        temporary.chmod(0o755)
        there = _folder(home, digest, name)
        place_directory(temporary, there, durable=False)
        _hold(there)
    made = MadeCut(path=there / name, digest=digest, size_bytes=size_bytes, cut=cut)
    remember_cut(memory, made)
    _sweep(home)
    return made


def _recalled(memory: Path, home: Path, name: str) -> MadeCut | None:
    known = recalled_cut(memory)
    if known is None or known.digest is None:
        return None
    there = _folder(home, known.digest, name)
    path = there / name
    with contextlib.suppress(OSError):
        if _hold(there) and _size(path) == known.size_bytes:
            os.utime(there)
            return MadeCut(path=path, digest=known.digest, size_bytes=known.size_bytes, cut=known.cut)
    return None


def _size(path: Path) -> int:
    files = (one for one in path.rglob("*") if one.is_file()) if path.is_dir() else (path,)
    return sum(one.stat().st_size for one in files)


def _folder(home: Path, digest: Digest, name: str) -> Path:
    return home / digest_json([digest, name]).hex


def _hold(there: Path) -> bool:
    """Keep other processes from taking it away; False where one is about to."""
    if there in _held:
        return there.is_dir()
    descriptor = os.open(there, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        return not isinstance(error, BlockingIOError)  # a disk without locks: nobody can take it away there
    _held[there] = descriptor
    return True


def _sweep(home: Path) -> None:
    """Take away all but the newest cuts; those that are read stay."""
    with contextlib.suppress(OSError):
        found = [path for path in home.iterdir() if not path.name.startswith(".")]
        for path in sorted(found, key=lambda one: one.stat().st_mtime)[:-_KEPT]:
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
            except OSError:
                continue
            finally:
                os.close(descriptor)
