"""Content digests, written ``sha256:<64 hex>`` as OCI and in-toto do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from nbcode.primitives.canonical import Json, canonical_json

_FORM = re.compile(r"sha256:[0-9a-f]{64}")


class Digest(str):
    """A ``sha256:<64 lower-case hex>`` text. Raises ``ValueError`` for any other form."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Check the form once, so that a Digest is always one."""
        if not _FORM.fullmatch(text):
            raise ValueError(f"expected sha256:<64 hex>, got {text[:80]!r}")
        return super().__new__(cls, text)

    @property
    def hex(self) -> str:
        """The 64 hexadecimal digits, for file names."""
        return self[7:]

    @property
    def short(self) -> str:
        """``sha256:`` and 12 digits: for people, never for look-up."""
        return self[:19]


def digest_bytes(data: bytes) -> Digest:
    """Digest of ``data``."""
    import hashlib  # start-up counts: a command that digests nothing does not load OpenSSL

    return Digest("sha256:" + hashlib.sha256(data).hexdigest())


def digest_json(value: Json) -> Digest:
    """Digest of the RFC 8785 bytes of ``value``. Raises ``ValueError`` where :func:`canonical_json` does."""
    return digest_bytes(canonical_json(value))


def digest_file(path: Path) -> Digest:
    """Digest of a file's bytes, read in blocks. Raises ``OSError`` as ``open`` does."""
    import hashlib

    with path.open("rb") as stream:
        return Digest("sha256:" + hashlib.file_digest(stream, "sha256").hexdigest())


def digest_path(path: Path) -> Digest:
    """Digest of a file's bytes; of a folder, of the names and bytes of all files below it. Raises ``OSError`` as ``open`` does.

    A folder's digest is that of the canonical JSON object of relative path (with ``/``) to digest; empty folders do not count.
    """
    if not path.is_dir():
        return digest_file(path)
    return digest_files(digests_below(path))


def digests_below(folder: Path) -> dict[str, Digest]:
    """Relative path (with ``/``) and digest of every file below ``folder``, sorted. Raises ``OSError`` as ``open`` does."""
    return {
        file.relative_to(folder).as_posix(): digest_file(file)
        for file in sorted(folder.rglob("*"))
        if not file.is_dir() or file.is_symlink()
    }


def digest_files(files: Mapping[str, Digest]) -> Digest:
    """Digest of a folder by the digests of its files, each under its path relative to the folder."""
    return digest_json(dict(files))
