"""The window to what was fetched: files by their digest, sources laid out from them, and which digest an object had when it was last read.

``data/fetched/files/<hex>`` are files by content, read-only; ``data/fetched/<hex>/NAME`` is a source as a run reads it, by its content and name, made of links to them. Both can be
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
from nbcode.inputs.sources import InputSource, SourceFile
from nbcode.primitives import Digest, digest_json, locked_directory

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
    folder = home / "files"
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


def laid_out(home: Path, source: InputSource) -> Path:
    """The source as a file or folder, made of links to files that are all kept. Raises ``OSError`` where it cannot be made."""
    found = place_of(home, source)
    if not os.path.lexists(found):
        home.mkdir(parents=True, exist_ok=True)
        with locked_directory(home, _UNFINISHED) as temporary:
            for one in source.files:
                path = temporary / found.name / one.path if one.path else temporary / found.name
                path.parent.mkdir(parents=True, exist_ok=True)
                link(kept_file(home, one.digest), path)
            temporary.chmod(0o755)
            place_directory(temporary, found.parent, durable=False)
    return found


def place_of(home: Path, source: InputSource) -> Path:
    """Where the source is, or would be: a folder by its digest and name, since one content may be fetched under several."""
    name = PurePosixPath(source.uri.partition("?")[0].rstrip("/")).name
    return home / digest_json([source.digest, name]).hex / name


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


def recalled(store: Path, uri: str, endpoint: str) -> dict[str, tuple[list[object], Digest, str | None]]:
    """What is remembered of the objects at ``uri``: path -> what a listing had of it, its digest, its version."""
    try:
        stored = json.loads(_memory(store, uri, endpoint).read_bytes())
        return {path: (stamp, Digest(digest), version) for path, (stamp, digest, version) in stored.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def remember(
    store: Path, uri: str, endpoint: str, found: Mapping[str, tuple[list[object], Digest, str | None]]
) -> None:
    """Remember these objects of ``uri``, and no others."""
    memory = _memory(store, uri, endpoint)
    with contextlib.suppress(OSError):
        memory.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(
            memory,
            json.dumps({path: list(one) for path, one in found.items()}).encode(),
            durable=False,
            mode=0o600,
        )


def forget(store: Path, uri: str, endpoint: str) -> None:
    """Read all of ``uri`` anew at the next look."""
    with contextlib.suppress(OSError):
        _memory(store, uri, endpoint).unlink(missing_ok=True)


def stamp_of(one: Listed) -> list[object]:
    """What of a listed object changes when its content does."""
    return [one.etag, one.size_bytes, one.modified]


def _memory(store: Path, uri: str, endpoint: str) -> Path:
    return store / "cache" / "inputs" / f"source-{digest_json([uri, endpoint]).hex}.json"
