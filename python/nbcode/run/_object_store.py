"""The window to the object store that a cluster's runs travel through: any S3.

What has a digest lies once under ``blobs/sha256/<hex>``, and beside it, under ``written/sha256/<hex>``, which object that is; what belongs to a run is under
``runs/<run_id>/``. Credentials come from the environment (``AWS_ACCESS_KEY_ID`` and its like, or the workload's identity), never from an address.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

from nbcode.configuration import STORE_VARIABLE, ArgoConfig, cluster_store, setting
from nbcode.objects import Bucket, Opening, Refusal, StoreError, open_address, opened
from nbcode.primitives import Diagnostic, Digest, NbcodeError, digest_bytes

_BLOCK = 1 << 20
_HELD = 16 << 20
"""A file that is not larger is held in memory, and put on the condition that none is there."""
PATIENT_S = 90.0
"""How long whoever has nothing else to do waits for a store that does not answer."""
_PAUSE_S, _LONGEST_S = 0.5, 8.0
_WAYS = {
    Refusal.DENIED: "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION to those of an account that may read, write and delete there",
    Refusal.MISSING: f"make the bucket, or correct its name in {STORE_VARIABLE} or {setting('argo', 'store')}",
    Refusal.AWAY: f"start it, or correct its address in AWS_ENDPOINT_URL or {setting('argo', 'endpoint')}",
    Refusal.NO_ADDRESS: f"write http://HOST:PORT or https://HOST as AWS_ENDPOINT_URL or {setting('argo', 'endpoint')}",
}
"""What is to be done about a refusal."""
T = TypeVar("T")


class ObjectStore:
    """Objects below one prefix, by key. Every method raises ``NbcodeError`` (NBC-H40) where the store does not answer or refuses."""

    def __init__(
        self,
        uri: str,
        opening: Opening | None = None,
        *,
        patience_s: float = 0.0,
        pause: Callable[[float], None] = time.sleep,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """``opening`` opens ``uri``, at the first use. A store that does not answer is asked again for ``patience_s`` seconds."""
        self.uri = uri
        self._opening, self._patience_s = opening, patience_s
        self._pause, self._monotonic_s = pause, monotonic_s
        self._opened: tuple[Bucket, str] | None = None

    def put(self, key: str, data: bytes | Path) -> None:
        """Write an object, whole or not at all; what was there is replaced."""
        self._asked(key, lambda: self._bucket().put(self._place(key), _whole(data)))

    def create(self, key: str, data: bytes) -> bool:
        """Write an object where there is none; whether it was written, or another that had the same bytes was there."""
        try:
            self._asked(key, lambda: self._bucket().put(self._place(key), data, new=True))
        except _ThereAlreadyError:
            return self.get(key) == data  # of a put whose answer was lost, it is our own
        return True

    def put_blob(self, digest: Digest, data: bytes | Path) -> int:
        """Have the bytes of ``digest`` in the store; how many were sent: none where they are there, as whoever wrote them found.

        Raises NBC-E12 where ``data`` are not those bytes any more.
        """
        size = len(data) if isinstance(data, bytes) else data.stat().st_size
        if self._is_written(digest, size):
            return 0
        held = data if isinstance(data, bytes) else data.read_bytes() if size <= _HELD else None
        etag = self._put_streamed(digest, data) if held is None else self._put_held(digest, held)
        self.put(_written(digest), etag.encode())
        return size

    def has_blob(self, digest: Digest, size: int) -> bool:
        """Whether the ``size`` bytes of ``digest`` are there. What nobody has written down is read once, and written down."""
        if self._is_written(digest, size):
            return True
        key = _blob(digest)
        try:
            found = self._asked(key, lambda: self._bucket().head(self._place(key)))
        except _NotThereError:
            return False
        if found.size_bytes != size:
            return False
        read = self._asked(key, lambda: _hashed(self._blocks(key, found.etag), _nowhere))
        if read == digest:
            self.put(_written(digest), found.etag.encode())
        return read == digest

    def get(self, key: str) -> bytes | None:
        """An object's bytes, None where there is none."""
        try:
            return self._asked(key, lambda: b"".join(self._blocks(key)))
        except _NotThereError:
            return None

    def get_blob(self, digest: Digest, into: Path) -> None:
        """Write the bytes of ``digest`` to the file ``into``. Raises NBC-H40 where there are none, or others."""
        into.parent.mkdir(parents=True, exist_ok=True)
        key = _blob(digest)
        if self._asked(key, lambda: self._take(key, into)) != digest:
            raise NbcodeError([_refused(self.uri, key, "its bytes are not those of its digest")])

    def size(self, key: str) -> int | None:
        """How many bytes an object has, None where there is none."""
        try:
            return self._asked(key, lambda: self._bucket().head(self._place(key))).size_bytes
        except _NotThereError:
            return None

    def keys(self, folder: str) -> tuple[str, ...]:
        """Every object below ``folder``, relative to it, sorted."""
        above = f"{self._place(folder)}/"
        found = self._asked(folder, lambda: list(self._bucket().below(above.rstrip("/"))))
        return tuple(sorted(one.key.removeprefix(above) for one in found if not one.key.endswith("/")))

    def download(self, folder: str, into: Path) -> None:
        """Every object below ``folder`` as a file below ``into``. A key that leads out of it is refused (NBC-H40)."""
        for key in self.keys(folder):
            parts = key.split("/")
            if any(part in ("", ".", "..") for part in parts):
                raise NbcodeError([_refused(self.uri, key, "an object's name leads out of its folder")])
            target, whole = into.joinpath(*parts), f"{folder}/{key}"
            target.parent.mkdir(parents=True, exist_ok=True)
            self._asked(whole, partial(self._take, whole, target))

    def remove(self, folder: str) -> None:
        """Delete every object below ``folder``; again is fine."""
        for key in self.keys(folder):
            whole = f"{folder}/{key}"
            self._asked(whole, partial(self._bucket().delete, self._place(whole)))

    def _put_held(self, digest: Digest, data: bytes) -> str:
        """Write a blob where none is; one that is there, and is not what was written down, is replaced."""
        key, found = _blob(digest), digest_bytes(data)
        if found != digest:
            raise NbcodeError([_changed(digest, found)])
        try:
            return self._asked(key, lambda: self._bucket().put(self._place(key), data, new=True))
        except _ThereAlreadyError:
            return self._asked(key, lambda: self._bucket().put(self._place(key), data))

    def _put_streamed(self, digest: Digest, data: bytes | Path) -> str:
        """Write a blob that is not held in memory; its digest is found on the way, and another is not left there."""
        key = _blob(digest)

        def put() -> tuple[str, Digest]:
            found = hashlib.sha256()
            etag = self._bucket().put(self._place(key), _told(_blocks(data), found.update))
            return etag, Digest(f"sha256:{found.hexdigest()}")

        etag, found = self._asked(key, put)
        if found != digest:
            self._asked(key, lambda: self._bucket().delete(self._place(key)))
            raise NbcodeError([_changed(digest, found)])
        return etag

    def _is_written(self, digest: Digest, size: int) -> bool:
        """Whether the blob is the object that was written down: one request for it, and one for what was written down."""
        key = _blob(digest)
        try:
            found = self._asked(key, lambda: self._bucket().head(self._place(key)))
        except _NotThereError:
            return False
        return (
            found.size_bytes == size
            and found.etag != ""
            and self.get(_written(digest)) == found.etag.encode()
        )

    def _take(self, key: str, into: Path) -> Digest:
        with into.open("wb") as target:
            return _hashed(self._blocks(key), target.write)

    def _blocks(self, key: str, etag: str = "") -> Iterator[bytes]:
        return self._bucket().read(self._place(key), etag=etag)[1]

    def _open(self) -> tuple[Bucket, str]:
        if self._opened is None:
            self._opened = opened(self.uri, self._opening)
        return self._opened

    def _bucket(self) -> Bucket:
        return self._open()[0]

    def _place(self, key: str) -> str:
        return f"{self._open()[1]}/{key}".lstrip("/")

    def _asked(self, key: str, ask: Callable[[], T]) -> T:
        """What ``ask`` gives, which is asked again while the store does not answer."""
        until_s, pause_s = self._monotonic_s() + self._patience_s, _PAUSE_S
        while True:
            try:
                return ask()
            except StoreError as error:
                if error.kind is Refusal.AWAY and self._monotonic_s() < until_s:
                    self._pause(pause_s)
                    pause_s = min(pause_s * 2, _LONGEST_S)
                    continue
                kind = {Refusal.MISSING: _NotThereError, Refusal.EXISTS: _ThereAlreadyError}.get(
                    error.kind, NbcodeError
                )
                raise kind([_refused(self.uri, key, error.said, error.kind)]) from error


class _NotThereError(NbcodeError):
    """Nothing is under that key, or there is no such bucket."""


class _ThereAlreadyError(NbcodeError):
    """Something is under that key."""


def open_store(uri: str, endpoint: str | None = None, *, patient: bool = False) -> ObjectStore:
    """The store at ``s3://bucket/prefix``; ``endpoint`` is its server's address, by default what ``AWS_ENDPOINT_URL`` says.

    Raises ``ValueError`` for another address.
    """
    scheme, _, rest = uri.partition("://")
    if scheme == "s3" and rest.partition("/")[0]:
        return ObjectStore(
            uri, lambda named: open_address(named, endpoint), patience_s=PATIENT_S if patient else 0.0
        )
    raise ValueError(f"{uri!r} is no address of an object store: s3://bucket/prefix")


def store_of(argo: ArgoConfig, environment: Mapping[str, str], *, patient: bool = True) -> ObjectStore:
    """The store of a cluster's runs, by nbcode.toml or by the user's ``environment``. Raises ``NbcodeError`` (NBC-H40) where neither names one."""
    return open_store(cluster_store(argo.store, environment), argo.endpoint, patient=patient)


def _blob(digest: Digest) -> str:
    return f"blobs/sha256/{digest.hex}"


def _written(digest: Digest) -> str:
    """Where the ETag is written down that the blob had when its bytes were known to be those of its digest."""
    return f"written/sha256/{digest.hex}"


def _whole(data: bytes | Path) -> bytes | Iterator[bytes]:
    return data if isinstance(data, bytes) else _blocks(data)


def _blocks(data: bytes | Path) -> Iterator[bytes]:
    if isinstance(data, bytes):
        yield from (data[at : at + _BLOCK] for at in range(0, len(data), _BLOCK))
        return
    with data.open("rb") as stream:
        while block := stream.read(_BLOCK):
            yield block


def _told(blocks: Iterable[bytes], hears: Callable[[bytes], object]) -> Iterator[bytes]:
    for block in blocks:
        hears(block)
        yield block


def _hashed(blocks: Iterable[bytes], hears: Callable[[bytes], object]) -> Digest:
    found = hashlib.sha256()
    for block in _told(blocks, hears):
        found.update(block)
    return Digest(f"sha256:{found.hexdigest()}")


def _nowhere(_block: bytes) -> None:
    """What is read is only hashed."""


def _changed(digest: Digest, found: Digest) -> Diagnostic:
    return Diagnostic(
        code="NBC-E12",
        message="what the run needs changed while it was brought to the object store",
        cause=f"it was {digest.short}, and {found.short} was read",
        fixes=("let the writer finish, then promote again",),
    )


def _refused(uri: str, key: str, cause: str, kind: Refusal = Refusal.OTHER) -> Diagnostic:
    tried = "`nbcode doctor --on argo` tries it, and says what is missing"
    return Diagnostic(
        code="NBC-H40",
        message=f"the object store {uri} could not be used for {key}",
        cause=cause,
        fixes=(*([_WAYS[kind]] if kind in _WAYS else []), tried),
    )
