"""The store: ``<root>/<hex of the digest>/``. Content-addressed, idempotent, safe for many writers and for a kill at any point.

A put copies into a directory of its own, makes it durable, and renames it to its name in one step; whoever comes second
finds it there. What a killed put left is swept by the next one.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path

from alpha_bench.describe import place_directory, sync_directory
from nbcode.artifact._shared import SharedFiles
from nbcode.artifact.manifest import (
    MANIFEST_NAME,
    PROVENANCE_NAME,
    Manifest,
    decode_manifest,
    encode_manifest,
)
from nbcode.artifact.provenance import Provenance, encode_provenance
from nbcode.primitives import Diagnostic, Digest, NbcodeError, dataclass, digest_bytes, locked_directory
from nbcode.run import ResultFile

_INCOMING = ".incoming-"
_OUTGOING = ".outgoing-"
SHARED = ".shared"
"""The names by which files of more than one artifact are found again."""
_IS_NAME = re.compile(r"[0-9a-f]{64}")
_BLOCK = 1 << 20
_STORED_MODE = 0o444


@dataclass(frozen=True, kw_only=True, slots=True)
class Artifact:
    """A stored artifact. ``path`` is its directory, ``files`` what its manifest lists."""

    digest: Digest
    path: Path
    files: tuple[ResultFile, ...]


class ArtifactMissingError(NbcodeError, LookupError):
    """The store has no artifact of that digest."""

    def __init__(self, digest: Digest, root: Path) -> None:
        """Name the store and what is not in it."""
        missing = Diagnostic(
            code="NBC-I06",
            message=f"no artifact {digest.short} in the store",
            cause=f"{root} has no readable {digest.hex}/{MANIFEST_NAME}",
            fixes=("restore the store, or promote the notebook again",),
        )
        super().__init__([missing])


class ArtifactRefusedError(NbcodeError, ValueError):
    """What was to be stored or read is not what was described, or not plain files."""

    def __init__(self, why: str) -> None:
        """Say which file, and what is wrong with it."""
        refused = Diagnostic(
            code="NBC-I06",
            message=why,
            cause="an artifact is what its manifest says, in plain files, or it is not taken",
            fixes=("promote again: the run is made anew",),
        )
        super().__init__([refused])


class ArtifactStore:
    """Artifacts below one directory, which is made when the first one comes. Files that are equal are stored once."""

    def __init__(self, root: Path) -> None:
        """Take the directory, such as ``.nbcode/artifacts``."""
        self.root = root
        self.shared = SharedFiles(root / SHARED)

    def put(self, directory: Path, files: Iterable[ResultFile], provenance: Provenance) -> Artifact:
        """Store ``files`` of ``directory`` with ``provenance``; the same content again is the same artifact.

        Raises:
            ArtifactRefusedError: a file is missing, a link, not a plain file, or differs from its description.
            OSError: the disk refuses; nothing is left behind.
        """
        described = _described(files)
        self.root.mkdir(parents=True, exist_ok=True)
        with locked_directory(self.root, _INCOMING) as incoming:
            kept = [_copied(directory, file, incoming) for file in described.files]
            kept.append(_written(encode_provenance(provenance), incoming / PROVENANCE_NAME))
            manifest = Manifest(files=tuple(sorted(kept, key=lambda f: f.path)))
            digest = self._complete(incoming, manifest)
        return Artifact(digest=digest, path=self.path_of(digest), files=manifest.files)

    def take(self, directory: Path, digest: Digest) -> Artifact:
        """Store the artifact of ``digest`` whose files, with its manifest, are in ``directory``.

        Raises:
            ArtifactRefusedError: they are not that artifact's.
            OSError: the disk refuses; nothing is left behind.
        """
        try:
            data = (directory / MANIFEST_NAME).read_bytes()
            manifest = decode_manifest(data)
        except (OSError, ValueError) as error:
            raise ArtifactRefusedError(f"{MANIFEST_NAME} cannot be read: {error}") from error
        if digest_bytes(data) != digest:
            raise ArtifactRefusedError(f"{MANIFEST_NAME} is not that of {digest.short}")
        self.root.mkdir(parents=True, exist_ok=True)
        with locked_directory(self.root, _INCOMING) as incoming:
            for file in manifest.files:
                _copied(directory, file, incoming)
            self._complete(incoming, manifest)
        return Artifact(digest=digest, path=self.path_of(digest), files=manifest.files)

    def open(self, digest: Digest) -> Artifact:
        """The artifact of ``digest``, its manifest checked against it (its files are checked by ``verify``).

        Raises:
            ArtifactMissingError: it is not here.
            ArtifactRefusedError: its manifest is another's.
        """
        path = self.path_of(digest)
        try:
            data = (path / MANIFEST_NAME).read_bytes()
        except OSError as error:
            raise ArtifactMissingError(digest, self.root) from error
        if digest_bytes(data) != digest:
            raise ArtifactRefusedError(f"the manifest in {path.name} is not that of {digest.short}")
        return Artifact(digest=digest, path=path, files=decode_manifest(data).files)

    def path_of(self, digest: Digest) -> Path:
        """Where an artifact is, or would be."""
        return self.root / digest.hex

    def digests(self) -> tuple[Digest, ...]:
        """Of the artifacts that are here, sorted."""
        return tuple(
            sorted(Digest(f"sha256:{one.name}") for one in _listed(self.root) if _IS_NAME.fullmatch(one.name))
        )

    def remove(self, digest: Digest) -> None:
        """Have the artifact here no more: it loses its name at once, so that nobody finds a part of it. Nothing happens where it is not.

        Raises:
            OSError: the disk refuses; what lost its name goes with the next `sweep`.
        """
        outgoing = self.root / f"{_OUTGOING}{digest.hex}"
        shutil.rmtree(outgoing, ignore_errors=True)
        with contextlib.suppress(FileNotFoundError):
            self.path_of(digest).rename(outgoing)
            shutil.rmtree(outgoing)

    def outgoing(self) -> tuple[Path, ...]:
        """What lost its name and is still here, since a removal was interrupted."""
        return tuple(one for one in _listed(self.root) if one.name.startswith(_OUTGOING))

    def sweep(self) -> None:
        """Remove what an interrupted removal left, and the second names of files that nothing else names."""
        for one in self.outgoing():
            shutil.rmtree(one, ignore_errors=True)
        self.shared.sweep()

    def _complete(self, incoming: Path, manifest: Manifest) -> Digest:
        """Give the files in ``incoming`` their manifest and their place."""
        data = encode_manifest(manifest)
        _written(data, incoming / MANIFEST_NAME)
        for file in manifest.files:
            self.shared.share(incoming / file.path, file.digest)
        digest = digest_bytes(data)
        self._place(incoming, digest)
        return digest

    def _place(self, incoming: Path, digest: Digest) -> None:
        incoming.chmod(0o755)
        home = self.path_of(digest)
        if not place_directory(incoming, home, durable=True):
            if not home.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, "not a directory", str(home))
            # Another was first, with the same content; its name may not be on the disk yet.
            sync_directory(self.root)


def _listed(root: Path) -> list[Path]:
    with contextlib.suppress(FileNotFoundError):
        return sorted(root.iterdir())
    return []


def _described(files: Iterable[ResultFile]) -> Manifest:
    try:
        described = Manifest(files=tuple(sorted(files, key=lambda f: f.path)))
    except ValueError as error:
        raise ArtifactRefusedError(str(error)) from error
    if any(file.path == PROVENANCE_NAME for file in described.files):
        raise ArtifactRefusedError(f"{PROVENANCE_NAME} is a name that the store itself uses")
    return described


def _copied(directory: Path, file: ResultFile, incoming: Path) -> ResultFile:
    """Copy one file, and refuse it unless what was read is what was described."""
    if any((directory / parent).is_symlink() for parent in Path(file.path).parents):
        raise ArtifactRefusedError(f"{file.path} is reached through a link")
    target = incoming / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        source = os.open(directory / file.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise ArtifactRefusedError(f"{file.path} cannot be taken: {error.strerror}") from error
    with os.fdopen(source, "rb") as stream:
        if not stat.S_ISREG(os.fstat(source).st_mode):
            raise ArtifactRefusedError(f"{file.path} is not a plain file")
        size, digest = 0, hashlib.sha256()
        with target.open("xb") as out:
            while block := stream.read(_BLOCK):
                size += len(block)
                digest.update(block)
                out.write(block)
            os.fchmod(out.fileno(), _STORED_MODE)
    if size != file.size_bytes or digest.hexdigest() != file.digest.hex:
        raise ArtifactRefusedError(f"{file.path} is not what the result manifest says")
    return file


def _written(data: bytes, target: Path) -> ResultFile:
    with target.open("xb") as out:
        out.write(data)
        os.fchmod(out.fileno(), _STORED_MODE)
    return ResultFile(
        path=target.name, size_bytes=len(data), digest=digest_bytes(data), media_type="application/json"
    )
