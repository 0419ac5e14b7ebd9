"""The manifest: every file of an artifact by path, size, digest and media type. Its digest is the artifact's."""

from __future__ import annotations

import json
from dataclasses import field
from pathlib import PurePosixPath
from typing import Literal

from nbcode.primitives import Digest, canonical_json, dataclass, digest_bytes, from_plain, to_plain
from nbcode.run import ResultFile

MANIFEST_NAME = "manifest.json"
PROVENANCE_NAME = "provenance.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """The files of an artifact without the manifest itself, sorted by path. Refuses what cannot be a file below a directory.

    Raises:
        ValueError: for a path that is absolute, climbs, is written in two ways, or is there twice.
    """

    files: tuple[ResultFile, ...]

    def __post_init__(self) -> None:
        """Check once, so that a Manifest can be followed without looking."""
        paths = [file.path for file in self.files]
        for path in paths:
            if not _is_plain(path):
                raise ValueError(f"not a path inside an artifact: {path[:200]!r}")
        if paths != sorted(set(paths)):
            raise ValueError("the files of a manifest are sorted by path, each once")


@dataclass(frozen=True, kw_only=True, slots=True)
class _WireFile:
    path: str
    size: int = field(metadata={"text": True})
    sha256: str
    media_type: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _WireManifest:
    schema_version: Literal[1]
    files: tuple[_WireFile, ...]


def encode_manifest(manifest: Manifest) -> bytes:
    """RFC 8785 bytes: ``decode_manifest(encode_manifest(m)) == m``. Sizes are text: they can pass 2**53."""
    wire = _WireManifest(
        schema_version=1,
        files=tuple(
            _WireFile(path=f.path, size=f.size_bytes, sha256=f.digest.hex, media_type=f.media_type)
            for f in manifest.files
        ),
    )
    return canonical_json(to_plain(wire))


def decode_manifest(data: bytes) -> Manifest:
    """The manifest in ``data``. Raises ``ValueError`` for anything but the output of :func:`encode_manifest`."""
    try:
        wire = from_plain(_WireManifest, json.loads(data), "manifest")
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not an artifact manifest: {error}") from error
    manifest = Manifest(
        files=tuple(
            ResultFile(
                path=f.path,
                size_bytes=f.size,
                digest=Digest("sha256:" + f.sha256),
                media_type=f.media_type,
            )
            for f in wire.files
        )
    )
    if encode_manifest(manifest) != data:
        raise ValueError("not an artifact manifest in canonical form")
    return manifest


def manifest_digest(manifest: Manifest) -> Digest:
    """The artifact's digest: over the manifest's canonical bytes."""
    return digest_bytes(encode_manifest(manifest))


def _is_plain(path: object) -> bool:
    if not isinstance(path, str) or not path or "\\" in path or "\0" in path:
        return False
    pure = PurePosixPath(path)
    return not pure.is_absolute() and ".." not in pure.parts and str(pure) == path and path != MANIFEST_NAME
