"""The window to what was fetched: files by their digest, sources laid out from them, and which digest an object had when it was last read.

``data/fetched/files/<hex>`` are files by content, read-only; ``data/fetched/parts/<hex>`` are files of which some columns are here alone, by what is; ``data/fetched/<hex>/NAME`` is a source as a run reads it, by its content and name, made of links to them. Both can be
fetched again. ``data/fetched/of/DATASET.KEY`` leads to the one that was fetched last.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from secrets import token_hex

from alpha_bench.describe import place_directory, write_atomic
from nbcode.configuration import FETCHED
from nbcode.inputs._elsewhere import Listed
from nbcode.inputs._files import RefusedFileError
from nbcode.inputs.sources import FileParts, InputSource, SourceFile
from nbcode.primitives import Digest, Json, dataclass, digest_json, from_plain, locked_directory, to_plain

_UNFINISHED = ".fetch-"


def home_in(store: Path) -> Path:
    """Where fetched data are in a store."""
    return store.joinpath(*FETCHED)


def hashed(blocks: Iterable[bytes], size_bytes: int, target: Path | None) -> Digest:
    """The digest of ``blocks``, which are written to ``target`` where one is given.

    Raises:
        RefusedFileError: E12 where there are more or fewer than ``size_bytes``.
    """
    total, taken = hashlib.sha256(), 0
    with contextlib.nullcontext() if target is None else target.open("xb") as stream:
        for block in blocks:
            total.update(block)
            taken += len(block)
            if stream is not None:
                stream.write(block)
            if taken > size_bytes:
                break
    if taken != size_bytes:
        why = f"it had {size_bytes} bytes, and {taken} were read"
        raise RefusedFileError("E12", why, "let the writer finish, then try again")
    return Digest(f"sha256:{total.hexdigest()}")


@contextlib.contextmanager
def incoming(home: Path) -> Iterator[Path]:
    """A path at which a file of ``home`` can be written before its digest is known. Nothing is left there."""
    with _passing(home / "files") as path:
        yield path


@contextlib.contextmanager
def looked_at(store: Path) -> Iterator[Path]:
    """A path at which a file can be while it is looked at. Nothing is left there."""
    with _passing(store / "cache" / "inputs") as path:
        yield path


@contextlib.contextmanager
def _passing(folder: Path) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f".{token_hex(8)}"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def kept_file(home: Path, digest: Digest) -> Path:
    """Where the file of that content is, or would be."""
    return home / "files" / digest.hex


def keep(home: Path, written: Path, digest: Digest) -> Path:
    """Have the file ``written`` under its digest."""
    target = kept_file(home, digest)
    written.chmod(0o444)
    written.replace(target)
    return target


def is_kept(home: Path, one: SourceFile) -> bool:
    """Whether a file of that content is there whole."""
    with contextlib.suppress(OSError):
        return kept_file(home, one.digest).stat().st_size == one.size_bytes
    return False


def kept_parts(home: Path, one: SourceFile) -> Path:
    """Where the file is, or would be, of which the parts alone are here that are asked for: never where a whole one is looked for."""
    return home / "parts" / digest_json([one.digest, to_plain(one.parts)]).hex


def here(home: Path, one: SourceFile) -> Path | None:
    """The file, whole or the parts of it that are asked for; None where it is not there."""
    if is_kept(home, one):
        return kept_file(home, one.digest)
    if one.parts is None or not (found := kept_parts(home, one)).is_file():
        return None
    return found


def make_sparse(path: Path, size_bytes: int) -> None:
    """A file of this size of which nothing is written yet."""
    with path.open("xb") as stream:
        stream.truncate(size_bytes)


def write_at(path: Path, begin: int, end: int, blocks: Iterable[bytes]) -> None:
    """Write ``blocks`` from the byte ``begin`` to ``end``.

    Raises:
        RefusedFileError: E12 where there are more or fewer bytes.
    """
    at = begin
    with path.open("r+b") as stream:
        stream.seek(begin)
        for block in blocks:
            at += len(block)
            if at > end:
                break
            stream.write(block)
    if at != end:
        why = f"of its bytes {begin} to {end} only some, or others, were given"
        raise RefusedFileError("E12", why, "let the writer finish, then try again")


def keep_parts(home: Path, written: Path, one: SourceFile) -> Path:
    """Have the file ``written``, of which some parts are there, by what these are."""
    target = kept_parts(home, one)
    target.parent.mkdir(parents=True, exist_ok=True)
    written.chmod(0o444)
    written.replace(target)
    return target


def laid_out(home: Path, source: InputSource) -> Path:
    """The source as a file or folder, made of links to files that are all here. Raises ``OSError`` where it cannot be made."""
    found = place_of(home, source)
    if not os.path.lexists(found):
        home.mkdir(parents=True, exist_ok=True)
        with locked_directory(home, _UNFINISHED) as temporary:
            for one in source.files:
                path = temporary / found.name / one.path if one.path else temporary / found.name
                path.parent.mkdir(parents=True, exist_ok=True)
                link(here(home, one) or kept_file(home, one.digest), path)
            temporary.chmod(0o755)
            place_directory(temporary, found.parent, durable=False)
    return found


def place_of(home: Path, source: InputSource) -> Path:
    """Where the source is, or would be: a folder by its digest and name, since one content may be fetched under several, and by its parts, where it is not whole."""
    name = PurePosixPath(source.uri.partition("?")[0].rstrip("/")).name
    parts = source.parts_digest
    return home / digest_json([source.digest, name, *([] if parts is None else [parts])]).hex / name


def point(at: Path, target: Path) -> None:
    """Have ``at`` lead to ``target``, at once."""
    at.parent.mkdir(parents=True, exist_ok=True)
    beside = at.parent / f".{token_hex(8)}"
    beside.symlink_to(target)
    beside.replace(at)


def link(source: Path, target: Path) -> None:
    """Have a kept file under another name."""
    try:
        os.link(source, target)
    except OSError:  # a disk without links
        shutil.copyfile(source, target)


@dataclass(frozen=True, kw_only=True, slots=True)
class Remembered:
    """What is remembered of an object: what a listing had of it, its digest, its version, and the parts of it that were looked at."""

    stamp: list[object]
    digest: Digest
    version: str | None
    parts: FileParts | None = None


def recalled(store: Path, uri: str, endpoint: str) -> dict[str, Remembered]:
    """What is remembered of the objects at ``uri``, by path."""
    try:
        stored = json.loads(_memory(store, uri, endpoint).read_bytes())
        return {path: _recalled(*one) for path, one in stored.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _recalled(stamp: list[object], digest: str, version: str | None, parts: Json = None) -> Remembered:
    found = None if parts is None else from_plain(FileParts, parts, "parts")
    return Remembered(stamp=stamp, digest=Digest(digest), version=version, parts=found)


def remember(store: Path, uri: str, endpoint: str, found: Mapping[str, Remembered]) -> None:
    """Remember these objects of ``uri``, and no others."""
    memory = _memory(store, uri, endpoint)
    rows = {
        path: [one.stamp, one.digest, one.version, *([] if one.parts is None else [to_plain(one.parts)])]
        for path, one in found.items()
    }
    with contextlib.suppress(OSError):
        memory.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(memory, json.dumps(rows).encode(), durable=False, mode=0o600)


def forget(store: Path, uri: str, endpoint: str) -> None:
    """Read all of ``uri`` anew at the next look."""
    with contextlib.suppress(OSError):
        _memory(store, uri, endpoint).unlink(missing_ok=True)


def stamp_of(one: Listed) -> list[object]:
    """What of a listed object changes when its content does."""
    return [one.etag, one.size_bytes, one.modified]


def _memory(store: Path, uri: str, endpoint: str) -> Path:
    return store / "cache" / "inputs" / f"source-{digest_json([uri, endpoint]).hex}.json"
