"""What a run's declared inputs are in the object store: a file under its digest; a folder as a list of its files, each under its own, so that a new day costs one file."""

from __future__ import annotations

import json
from pathlib import Path

from nbcode.inputs import SourceFile, source_from_json, source_of
from nbcode.primitives import Diagnostic, Digest, NbcodeError, canonical_json, digests_below
from nbcode.run._object_store import ObjectStore


def put_input(store: ObjectStore, digest: Digest, path: Path) -> int:
    """Have the file or folder at ``path``, whose content is ``digest``, in the store; how many bytes were sent.

    Raises NBC-E12 where it has another content by now.
    """
    if not path.is_dir():
        return store.put_blob(digest, path)
    files = tuple(
        SourceFile(path=name, digest=found, size_bytes=(path / name).stat().st_size)
        for name, found in digests_below(path).items()
    )
    listed = source_of("", files)
    if listed.digest != digest:
        raise NbcodeError([_changed(path, digest, listed.digest)])
    sent = sum(store.put_blob(one.digest, path / one.path) for one in files)
    store.create(_folder(digest), canonical_json(listed.to_json()))
    return sent


def has_input(store: ObjectStore, digest: Digest, size_bytes: int) -> bool:
    """Whether all of it is there."""
    files = _listed(store, digest)
    if files is None:
        return store.has_blob(digest, size_bytes)
    return all(store.has_blob(one.digest, one.size_bytes) for one in files)


def get_input(store: ObjectStore, digest: Digest, into: Path) -> None:
    """Write it to ``into``, a file or a folder. Raises NBC-H40 where it is not there, or has other bytes."""
    files = _listed(store, digest)
    if files is None:
        store.get_blob(digest, into)
        return
    for one in files:
        store.get_blob(one.digest, into / one.path)


def _listed(store: ObjectStore, digest: Digest) -> tuple[SourceFile, ...] | None:
    """The files of a folder; None for what is none. A list that is not of ``digest``, or leads out of its folder, is none."""
    held = store.get(_folder(digest))
    if held is None:
        return None
    try:
        found = source_from_json(json.loads(held))
    except (ValueError, RecursionError):
        return None
    inside = all(one.path and not {"", ".", ".."} & set(one.path.split("/")) for one in found.files)
    return found.files if found.digest == digest and inside else None


def _folder(digest: Digest) -> str:
    return f"folders/sha256/{digest.hex}"


def _changed(path: Path, was: Digest, now: Digest) -> Diagnostic:
    return Diagnostic(
        code="NBC-E12",
        message=f"`{path.name}` changed while the run was submitted",
        cause=f"it was pinned as {was.short}, and is {now.short} now",
        fixes=("promote again, so that what is there now is pinned",),
    )
