"""The window to data that are elsewhere: what is below an address, and its bytes; a refusal is why the data are not taken."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from nbcode.inputs._files import RefusedFileError
from nbcode.inputs.sources import SourceFile
from nbcode.objects import Found, Opening, Refusal, StoreError, opened
from nbcode.primitives import dataclass

_MOST_FILES = 20_000
_SUFFIXES = (".parquet", ".csv")
_STATED = "sha256"
_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """An object as a listing has it: its key, and what changes when its content does."""

    key: str
    path: str
    size_bytes: int
    etag: str
    modified: str


def is_one_file(uri: str) -> bool:
    """Whether an address names one file, and no prefix of many."""
    return uri.startswith("https://") or (uri.lower().endswith(_SUFFIXES))


class Objects:
    """What is at one address."""

    def __init__(self, uri: str, opening: Opening | None = None) -> None:
        """Open it; ``opening`` is what obstore does or what stands for it."""
        self.uri = uri
        with _refusals(uri):
            self._bucket, self._key = opened(uri, opening)

    def list(self) -> tuple[Listed, ...]:
        """The file, or all files below the prefix, by path.

        Raises:
            RefusedFileError: E01 for nothing there, E03 for too many, E50 for a store that does not answer or refuses.
        """
        with _refusals(self.uri):
            if is_one_file(self.uri):
                return (_listed(self._bucket.head(self._key), self._key, ""),)
            found: list[Listed] = []
            for one in self._bucket.below(self._key):
                path = one.key.removeprefix(f"{self._key}/")
                if path and not path.endswith("/"):
                    found.append(_listed(one, one.key, path))
                if len(found) > _MOST_FILES:
                    raise RefusedFileError(
                        "E03", f"it holds more than {_MOST_FILES} files", "name the prefix that is read"
                    )
        if not found:
            raise _nothing(self.uri)
        return tuple(sorted(found, key=lambda one: one.path))

    def listed(self, one: SourceFile) -> Listed:
        """The object that a file of a source was, as :meth:`read` asks for it."""
        key = f"{self._key}/{one.path}" if one.path else self._key
        return Listed(key=key, path=one.path, size_bytes=one.size_bytes, etag=one.etag, modified="")

    def read(self, one: Listed, version: str | None = None) -> tuple[str | None, Iterator[bytes]]:
        """The version of an object and its bytes in blocks: of ``version`` where one is given, else of the object that was listed.

        Raises:
            RefusedFileError: E12 where another object is in its place; as :meth:`list`, also while the blocks are read.
        """
        with _refusals(f"{self.uri} {one.path}".strip()):
            found, blocks = self._bucket.read(one.key, version=version, etag=one.etag)
            return found, self._blocks(blocks, one.path)

    def read_range(self, one: Listed, begin: int, end: int, version: str | None = None) -> Iterator[bytes]:
        """The bytes of an object from ``begin`` to ``end`` in blocks; of which object, and what is raised, as :meth:`read`."""
        with _refusals(f"{self.uri} {one.path}".strip()):
            blocks = self._bucket.read_range(one.key, begin, end, version=version, etag=one.etag)
            return self._blocks(blocks, one.path)

    def stated(self, one: Listed) -> tuple[str, str | None]:
        """The SHA-256 that whoever wrote an object stated in its metadata (``sha256``), empty where none is, and its version. No byte of it is read: whoever reads
        them later compares. Raises as :meth:`read`."""
        with _refusals(f"{self.uri} {one.path}".strip()):
            attributes, version = self._bucket.attributes(one.key, etag=one.etag)
        told = attributes.get(_STATED, "")
        return told if _HEX.fullmatch(told) else "", version

    def _blocks(self, blocks: Iterator[bytes], path: str) -> Iterator[bytes]:
        with _refusals(f"{self.uri} {path}".strip()):
            yield from blocks


def _listed(found: Found, key: str, path: str) -> Listed:
    return Listed(key=key, path=path, size_bytes=found.size_bytes, etag=found.etag, modified=found.modified)


@contextlib.contextmanager
def _refusals(what: str) -> Iterator[None]:
    """What the store refuses, as why the data are not taken."""
    try:
        yield
    except StoreError as error:
        if error.kind is Refusal.MISSING:
            raise _nothing(what) from error
        if error.kind is Refusal.CHANGED:
            why = f"{what} changed while it was read"
            raise RefusedFileError("E12", why, "let the writer finish, then try again") from error
        raise RefusedFileError("E50", f"{what}: {error.said}", _way_out(error.kind, what)) from error


def _nothing(what: str) -> RefusedFileError:
    return RefusedFileError(
        "E01", f"nothing is at {what}", "put the data there, or correct the address in nbcode.toml"
    )


def _way_out(kind: Refusal, what: str) -> str:
    if not what.startswith("s3://"):
        return f"`curl -I {what}` shows what the server says"
    if kind is Refusal.DENIED:
        return "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION (AWS_SKIP_SIGNATURE=true for a public bucket) of an account that may read it"
    return "set AWS_ENDPOINT_URL to the address of the store, AWS_REGION to its region"
