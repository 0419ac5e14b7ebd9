"""The window to the cut of a folder: of each table below it the rows up to the end of a day, in a folder of the same shape.

A file is written anew even where none of its rows is left out: whoever adds later days to it then changes no digest of an earlier day. It is written once,
whatever day is asked for, and kept under ``data/cut-files`` by its content.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote

from nbcode.configuration import TableLayout
from nbcode.inputs import _fetched, _tables
from nbcode.inputs._cut_memory import MadeCut, recalled_cut, remember_cut
from nbcode.inputs._files import RefusedFileError, changed, files_below, look_at_nothing, read_content
from nbcode.inputs._point_in_time import cut_parquet
from nbcode.inputs.dated import WITHOUT_DATES, Cut, cut_csv, day_reader, no_dates, no_rows
from nbcode.inputs.pinned import Column
from nbcode.primitives import (
    Digest,
    canonical_json,
    dataclass,
    digest_bytes,
    digest_file,
    digest_files,
)

TABLES = (".csv", ".parquet")
FILES = "cut-files"
_UNUSED_S = 86_400.0
"""How long a file is kept that no folder has any more: another process may be about to use it."""
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True, kw_only=True, slots=True)
class UpTo:
    """The rows whose ``column`` is of ``day`` or before it, in tables written as ``layout`` says."""

    column: str
    day: dt.date
    layout: TableLayout

    def cut(self, source: Path, target: Path, kind: str) -> Cut:
        """Write them to ``target``; ``kind`` is one of ``TABLES``. Raises as :func:`cut_parquet` and :func:`cut_csv`."""
        if kind == ".parquet":
            return cut_parquet(source, target, self.column, self.day, self.layout.date_format)
        return cut_csv(
            source,
            target,
            self.column,
            self.day,
            date_format=self.layout.date_format,
            delimiter=self.layout.delimiter or ",",
        )


def columns_in(folder: Path) -> Sequence[Column]:
    """The columns of the first table of a folder, and what its folders say (``date=2024-01-05/``). Raises as :func:`cut_folder`."""
    name, path = tables_in(folder)[0]
    size_bytes = path.stat().st_size
    if path.suffix.lower() == ".parquet":
        columns, _ = _tables.inspect_parquet(path, size_bytes, "")
    else:
        columns, _ = _tables.inspect_csv(path, size_bytes)
    return (*columns, *(Column(name=key, dtype="string") for key in said_by_folders(name)))


def cut_folder(folder: Path, target: Path, up_to: UpTo, store: Path) -> tuple[Cut, Digest, int]:
    """Write the rows of ``folder`` to the folder ``target``; what was kept, the digest and the size of it. A file without such rows is left out, and so is what readers of
    tables pass over: names that begin with ``.`` or ``_``.

    Raises:
        RefusedFileError: H37 for a file that is no table, one without the column, none with such a row; as :func:`read_folder`.
        OSError: ``target`` or the store cannot be written.
    """
    kept: dict[str, Digest] = {}
    cuts: list[Cut] = []
    size_bytes = 0
    for name, path in tables_in(folder):
        made = _by_its_folder(name, path, up_to, store) or _by_its_rows(path, up_to, store)
        cuts.append(_cut_of(made))
        if isinstance(made, Cut):
            continue
        kept[name] = made.digest
        size_bytes += made.size_bytes
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        _fetched.link(made.path, place)
    _sweep(_home(store) / "files")
    if not kept:
        raise no_rows(up_to.day)
    last = max(one.last for one in cuts if one.last is not None)
    whole = Cut(rows=sum(one.rows for one in cuts), of_rows=sum(one.of_rows for one in cuts), last=last)
    return whole, digest_files(kept), size_bytes


def tables_in(folder: Path) -> list[tuple[str, Path]]:
    """The path of each table below a folder, and where it is, in order. Raises as :func:`cut_folder`."""
    found = []
    for name, path in files_below(folder):
        if any(part.startswith((".", "_")) for part in name.split("/")):
            continue
        if path.suffix.lower() not in TABLES:
            raise RefusedFileError(
                "H37",
                f"`{name}` in it is no CSV or parquet file, and as_of cuts the rows of tables",
                f"move it out of the folder, or write `#date={WITHOUT_DATES}` behind the folder's path where nothing in it has a date",
            )
        found.append((name, path))
    if not found:
        raise RefusedFileError("H37", "it is a folder without a table", "name the folder above the tables")
    return found


def said_by_folders(name: str) -> dict[str, str]:
    """What the folders above a file say of all its rows."""
    pairs = (part.partition("=") for part in name.split("/")[:-1] if "=" in part)
    return {key: unquote(value) for key, _, value in pairs}


def _by_its_folder(name: str, path: Path, up_to: UpTo, store: Path) -> MadeCut | Cut | None:
    """A file whose folder says the day of all its rows: taken as it is, or not at all."""
    value = said_by_folders(name).get(up_to.column)
    if value is None:
        return None
    day = None if value == _NO_VALUE else day_reader(up_to.layout.date_format)(value)
    if day is None and value != _NO_VALUE:
        raise no_dates(f"the folder `{up_to.column}={value[:30]}` in it says no date")
    if day is None or day > up_to.day:
        return Cut(rows=0, of_rows=1, last=None)
    read = read_content(path, "bytes", look_at_nothing, store)
    cut = Cut(rows=1, of_rows=1, last=day.isoformat())
    kept = _fetched.kept_file(_home(store), read.digest)
    if not kept.is_file():
        with _fetched.incoming(_home(store)) as written:
            shutil.copyfile(path, written)  # a link would change the time of the user's own file
            made = _kept(written, cut, store)
        if made.digest != read.digest:
            raise changed()
    return MadeCut(path=kept, digest=read.digest, size_bytes=read.size_bytes, cut=cut)


def _by_its_rows(path: Path, up_to: UpTo, store: Path) -> MadeCut | Cut:
    digest = read_content(path, "bytes", look_at_nothing, store).digest
    kind = path.suffix.lower()
    of_any_day = [digest, kind, up_to.column, up_to.layout.date_format, up_to.layout.delimiter]
    memories = [
        store / "cache" / FILES / f"{digest_bytes(canonical_json(asked)).hex}.json"
        for asked in (of_any_day, [*of_any_day, up_to.day.isoformat()])
    ]
    for memory in memories:
        known = _recalled(memory, store)
        if known is not None and (_cut_of(known).last or "") <= up_to.day.isoformat():
            return known
    with _fetched.incoming(_home(store)) as written:
        cut = up_to.cut(path, written, kind)
        made = _kept(written, cut, store) if cut.rows else cut
    remember_cut(memories[0] if 0 < cut.rows == cut.of_rows else memories[1], made)
    return made


def _kept(written: Path, cut: Cut, store: Path) -> MadeCut:
    digest, size_bytes = digest_file(written), written.stat().st_size
    path = _fetched.keep(_home(store), written, digest)
    return MadeCut(path=path, digest=digest, size_bytes=size_bytes, cut=cut)


def _cut_of(made: MadeCut | Cut) -> Cut:
    return made if isinstance(made, Cut) else made.cut


def _recalled(memory: Path, store: Path) -> MadeCut | Cut | None:
    known = recalled_cut(memory)
    if known is None or known.digest is None:
        return known.cut if known else None
    path = _fetched.kept_file(_home(store), known.digest)
    with contextlib.suppress(OSError):
        if path.stat().st_size == known.size_bytes:
            os.utime(path)
            return MadeCut(path=path, digest=known.digest, size_bytes=known.size_bytes, cut=known.cut)
    return None


def _home(store: Path) -> Path:
    return store / "data" / FILES


def _sweep(home: Path) -> None:
    """Take away what no folder has any more."""
    with contextlib.suppress(OSError):
        for path in home.iterdir():
            found = path.stat()
            if found.st_nlink == 1 and time.time() - found.st_mtime > _UNUSED_S:
                path.unlink(missing_ok=True)
