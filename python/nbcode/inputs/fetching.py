"""Data that is elsewhere, identified by content and brought here: what was read once is not read again while its object stays the same."""

from __future__ import annotations

import contextlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from nbcode.inputs import _fetched
from nbcode.inputs._elsewhere import Listed, Objects, is_one_file
from nbcode.inputs._files import RefusedFileError
from nbcode.inputs._parts import parts_of
from nbcode.inputs.in_parts import other_content, take_parts
from nbcode.inputs.sources import FileParts, InputSource, SourceFile, source_of
from nbcode.objects import Opening
from nbcode.primitives import Digest, dataclass

_AT_ONCE = 8
_PARQUET = ".parquet"
_MOST_PARTS = 200_000
"""Columns of all files of a source."""


class StoreUnwritableError(Exception):
    """What was to be fetched cannot be written; ``error`` says why."""

    def __init__(self, error: OSError) -> None:
        """By what the disk said."""
        self.error = error
        super().__init__(str(error))


@dataclass(frozen=True, kw_only=True, slots=True)
class Identified:
    """A source, and what had to be read to know its content: all else was remembered."""

    source: InputSource
    read_files: int
    read_bytes: int


def identify(uri: str, store: Path, *, keep: bool = True, opening: Opening | None = None) -> Identified:
    """What is at ``uri`` now, by content. Only objects that are not remembered in ``store`` as they are now are read; ``keep`` has their bytes in the store.

    Where they are not kept, the SHA-256 that an object's metadata state (``x-amz-meta-sha256``) is taken, too, and nothing of it is read: whoever stages it compares.

    An object is the same while its ETag, size and time are. The same object is not read twice; another one under its name is.

    Raises:
        RefusedFileError: E01 for nothing there, E03 too many files, E12 changed while it was read, E50 the store refuses or does not answer.
        OSError: the store of the project cannot be written.
    """
    objects = Objects(uri, opening)
    known = _fetched.recalled(store, uri, _endpoint(uri))
    listed = objects.list()

    def file_of(one: Listed) -> tuple[SourceFile, bool]:
        before = known.get(one.path)
        if before is not None and before.stamp == _fetched.stamp_of(one):
            return _file(one, before.digest, before.version, before.parts), False
        told, version = ("", None) if keep else objects.stated(one)
        if told:
            return _file(one, Digest(f"sha256:{told}"), version), False
        return _read(objects, one, store, keep=keep), True

    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        found = list(pool.map(file_of, listed))
    files = _few_parts(tuple(file for file, _ in found))
    seen = {
        one.path: _fetched.Remembered(
            stamp=_fetched.stamp_of(one), digest=file.digest, version=file.version, parts=file.parts
        )
        for one, file in zip(listed, files, strict=True)
    }
    _fetched.remember(store, uri, _endpoint(uri), seen)
    read = [file.size_bytes for file, was_read in found if was_read]
    return Identified(source=source_of(uri, files), read_files=len(read), read_bytes=sum(read))


def _few_parts(files: tuple[SourceFile, ...]) -> tuple[SourceFile, ...]:
    """The files; without their parts where these are so many that to carry them costs more than they save."""
    if sum(len(one.parts.columns) for one in files if one.parts is not None) <= _MOST_PARTS:
        return files
    return tuple(replace(one, parts=None) for one in files)


def fetch(source: InputSource, store: Path, *, opening: Opening | None = None, parts: bool = False) -> Path:
    """The content of ``source`` as a file or folder of ``store``, each file read that is not there yet. With ``parts`` no bytes of a file are read but those
    of the parts that the source lists, where it lists any; the others are holes.

    Raises:
        RefusedFileError: E02 where an object has another content than the source says, and as :func:`identify`.
        OSError: the store of the project cannot be written.
    """
    home = _fetched.home_in(store)
    if not parts:
        source = source.of_columns(None)
    objects = Objects(source.uri, opening)
    missing = [one for one in source.files if _fetched.here(home, one) is None]
    try:
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            list(pool.map(lambda one: take(objects, one, home), missing))
    except RefusedFileError:  # what is remembered of it may be what its writer stated
        _fetched.forget(store, source.uri, _endpoint(source.uri))
        raise
    return _fetched.laid_out(home, source)


@dataclass(frozen=True, kw_only=True, slots=True)
class Brought:
    """A source, and where its content is here; of a folder that was only identified, where it would be."""

    source: InputSource
    path: Path


def bring(
    uri: str,
    at: Path,
    store: Path,
    *,
    stated: Digest | None = None,
    local: bool = True,
    opening: Opening | None = None,
) -> Brought:
    """What is at ``uri`` now; its content is here then, and ``at`` leads to it. One file whose content is ``stated`` and was fetched before is not asked for.
    A folder that is not read here (``local``) is identified and not kept.

    Raises:
        RefusedFileError: as :func:`identify` and :func:`fetch`, and E02 for another content than is stated.
        StoreUnwritableError: the store of the project cannot be written.
    """
    try:
        known = None if stated is None or not is_one_file(uri) else _kept(uri, stated, store)
        source = known or identify(uri, store, keep=local or is_one_file(uri), opening=opening).source
        hold_to(stated, source.digest)
        if source.is_folder and not local:
            whole = source.of_columns(None)
            return Brought(source=source, path=_fetched.place_of(_fetched.home_in(store), whole))
        path = fetch(source, store, opening=opening)
        _fetched.point(at, path)
    except OSError as error:
        raise StoreUnwritableError(error) from error
    return Brought(source=source, path=path)


def hold_to(stated: Digest | None, found: Digest) -> None:
    """Raise E02 where nbcode.toml states another content than was found."""
    if stated not in (None, found):
        raise RefusedFileError(
            "E02",
            f"nbcode.toml states {stated}, and it has {found}",
            "put the file with the stated content there, or state the new digest",
        )


def _kept(uri: str, digest: Digest, store: Path) -> InputSource | None:
    try:
        size_bytes = _fetched.kept_file(_fetched.home_in(store), digest).stat().st_size
    except OSError:
        return None
    return source_of(uri, (SourceFile(path="", digest=digest, size_bytes=size_bytes),))


def take(objects: Objects, one: SourceFile, home: Path) -> Path:
    """Have a file of a source in ``home``, under its digest; or the parts of it that the source lists.

    Raises:
        RefusedFileError: E02 for another content; as :func:`identify`.
    """
    if one.parts is not None and (found := take_parts(objects, one, one.parts, home)) is not None:
        return found
    with _fetched.incoming(home) as written:
        _, blocks = objects.read(objects.listed(one), one.version)
        digest = _fetched.hashed(blocks, one.size_bytes, written)
        if digest != one.digest:
            raise other_content(one, digest, one.digest)
        return _fetched.keep(home, written, digest)


def _read(objects: Objects, one: Listed, store: Path, *, keep: bool) -> SourceFile:
    home = _fetched.home_in(store)
    has_parts = one.key.lower().endswith(_PARQUET) and not objects.uri.startswith("https://")
    with contextlib.ExitStack() as stack:
        written = None
        if keep:
            written = stack.enter_context(_fetched.incoming(home))
        elif has_parts:
            with contextlib.suppress(
                OSError
            ):  # a store that cannot be written: then it is read whole where it is run
                written = stack.enter_context(_fetched.looked_at(store))
        version, blocks = objects.read(one)
        digest = _fetched.hashed(blocks, one.size_bytes, written)
        parts = parts_of(written) if has_parts and written is not None else None
        if keep and written is not None:
            _fetched.keep(home, written, digest)
    return _file(one, digest, version, parts)


def _file(one: Listed, digest: Digest, version: str | None, parts: FileParts | None = None) -> SourceFile:
    return SourceFile(
        path=one.path,
        digest=digest,
        size_bytes=one.size_bytes,
        etag=one.etag,
        version=version,
        parts=parts,
    )


def _endpoint(uri: str) -> str:
    """Which of the stores that have such a bucket is meant."""
    return os.environ.get("AWS_ENDPOINT_URL", "") if uri.startswith("s3://") else ""
