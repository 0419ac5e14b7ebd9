"""The window to the object store that a cluster's runs travel through: any S3, by pyarrow's file systems.

What has a digest lies once under ``blobs/sha256/<hex>``; what belongs to a run under ``runs/<run_id>/``. Credentials come from the environment
(``AWS_ACCESS_KEY_ID`` and its like, or the workload's identity), never from an address.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.configuration import ArgoConfig, cluster_store
from nbcode.primitives import Diagnostic, Digest, NbcodeError

if TYPE_CHECKING:
    from pyarrow import NativeFile
    from pyarrow.fs import FileSystem

_BLOCK = 1 << 20
_CONNECT_S, _REQUEST_S = 5.0, 60.0


class ObjectStore:
    """Objects below one prefix, by key. Every method raises ``NbcodeError`` (NBC-H40) where the store does not answer or refuses."""

    def __init__(self, uri: str, open_files: Callable[[], tuple[FileSystem, str]]) -> None:
        """``open_files`` gives a file system, and the prefix there; it is asked once, at the first use. ``uri`` is for texts."""
        self.uri = uri
        self._open, self._opened = open_files, False

    def put(self, key: str, data: bytes | Path) -> None:
        """Write an object, whole or not at all; what was there is replaced."""
        with self._asked(key):
            files, place = self._files(), self._place(key)
            if not isinstance(data, bytes):
                with data.open("rb") as source, files.open_output_stream(place, compression=None) as stream:
                    shutil.copyfileobj(source, stream, _BLOCK)
                return
            with files.open_output_stream(place, compression=None) as stream:
                stream.write(data)

    def put_blob(self, digest: Digest, data: bytes | Path) -> int:
        """Have the bytes of ``digest`` in the store; how many were sent: none where they are there."""
        size = len(data) if isinstance(data, bytes) else data.stat().st_size
        if self.has_blob(digest, size):
            return 0
        self.put(_blob(digest), data)
        return size

    def has_blob(self, digest: Digest, size: int) -> bool:
        """Whether so many bytes lie under ``digest``; whether they are those is looked at where they are taken."""
        return self.size(_blob(digest)) == size

    def get(self, key: str) -> bytes | None:
        """An object's bytes, None where there is none."""
        with self._asked(key):
            try:
                with self._reading(key) as stream:
                    return bytes(stream.read())
            except FileNotFoundError:
                return None

    def get_blob(self, digest: Digest, into: Path) -> None:
        """Write the bytes of ``digest`` to the file ``into``. Raises NBC-H40 where there are none, or others."""
        found = hashlib.sha256()
        into.parent.mkdir(parents=True, exist_ok=True)
        key = _blob(digest)
        with self._asked(key), into.open("wb") as target, self._reading(key) as stream:
            while block := stream.read(_BLOCK):
                found.update(block)
                target.write(block)
        if found.hexdigest() != digest.hex:
            raise NbcodeError([_refused(self.uri, key, "its bytes are not those of its digest")])

    def size(self, key: str) -> int | None:
        """How many bytes an object has, None where there is none."""
        with self._asked(key):
            (info,) = self._files().get_file_info([self._place(key)])
            return int(info.size) if info.is_file else None

    def keys(self, folder: str) -> tuple[str, ...]:
        """Every object below ``folder``, relative to it, sorted."""
        from pyarrow.fs import FileSelector

        place = self._place(folder)
        with self._asked(folder):
            found = self._files().get_file_info(FileSelector(place, allow_not_found=True, recursive=True))
        return tuple(sorted(one.path.removeprefix(f"{place}/") for one in found if one.is_file))

    def download(self, folder: str, into: Path) -> None:
        """Every object below ``folder`` as a file below ``into``. A key that leads out of it is refused (NBC-H40)."""
        for key in self.keys(folder):
            parts = key.split("/")
            if any(part in ("", ".", "..") for part in parts):
                raise NbcodeError([_refused(self.uri, key, "an object's name leads out of its folder")])
            target = into.joinpath(*parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            with self._asked(key), target.open("wb") as stream, self._reading(f"{folder}/{key}") as source:
                shutil.copyfileobj(source, stream, _BLOCK)

    def remove(self, folder: str) -> None:
        """Delete every object below ``folder``; again is fine."""
        for key in self.keys(folder):
            with self._asked(key):
                try:
                    self._files().delete_file(self._place(f"{folder}/{key}"))
                except FileNotFoundError:
                    continue

    def _reading(self, key: str) -> NativeFile:
        return self._files().open_input_stream(self._place(key), compression=None)

    def _files(self) -> FileSystem:
        if not self._opened:
            self._system, self._prefix = self._open()
            self._opened = True
        return self._system

    def _place(self, key: str) -> str:
        self._files()
        return f"{self._prefix}/{key}"

    @contextmanager
    def _asked(self, key: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:  # pyarrow gives what S3 says as one
            raise NbcodeError([_refused(self.uri, key, str(error))]) from error


def open_store(uri: str, endpoint: str | None = None) -> ObjectStore:
    """The store at ``s3://bucket/prefix``; ``endpoint`` is its server's address, by default what ``AWS_ENDPOINT_URL`` says.

    Raises ``ValueError`` for another address.
    """
    scheme, _, rest = uri.partition("://")
    rest = rest.rstrip("/")
    if scheme == "s3" and rest.partition("/")[0]:
        named = endpoint or os.environ.get("AWS_ENDPOINT_URL") or None
        return ObjectStore(uri, lambda: (_s3(named), rest))
    raise ValueError(f"{uri!r} is no address of an object store: s3://bucket/prefix")


def store_of(argo: ArgoConfig, environment: Mapping[str, str]) -> ObjectStore:
    """The store of a cluster's runs, by nbcode.toml or by the user's ``environment``. Raises ``NbcodeError`` (NBC-H40) where neither names one."""
    return open_store(cluster_store(argo.store, environment), argo.endpoint)


def _s3(endpoint: str | None) -> FileSystem:
    from pyarrow.fs import S3FileSystem

    chosen: dict[str, str] = {}
    if endpoint:
        scheme, _, address = endpoint.rpartition("://")
        chosen = {"endpoint_override": address.rstrip("/"), "scheme": scheme or "https"}
    if region := os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"):
        chosen["region"] = region
    return S3FileSystem(connect_timeout=_CONNECT_S, request_timeout=_REQUEST_S, **chosen)


def _blob(digest: Digest) -> str:
    return f"blobs/sha256/{digest.hex}"


def _refused(uri: str, key: str, cause: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-H40",
        message=f"the object store {uri} could not be used for {key}",
        cause=cause,
        fixes=("`nbcode doctor --on argo` tries it, and says what is missing",),
    )
