"""The window to obstore. Credentials and the endpoint come from the environment (AWS_*), or from a workload's identity; never from an address."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from nbcode.primitives import Diagnostic, NbcodeError, dataclass

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_BLOCK_BYTES = 4 << 20
_PART_BYTES = 16 << 20
"""What is larger is put in parts, of which so many are on their way at once."""
_PARTS = 4
_RETRIES = 3
_CLIENT = {"connect_timeout": "5s", "read_timeout": "60s", "timeout": "2h"}
"""Of a stream every read has its time, and the whole has much: how large an object is says nothing of whether its store answers."""
_NO_ACCESS = ("PermissionDeniedError", "UnauthenticatedError")
_DENIED = ("403 Forbidden", "401 Unauthorized", "credential", "169.254.")
_AWAY = re.compile(r"HTTP error|status code: (?:5(?!01)\d\d|429)")
_CODE = re.compile(r"\bCode>(\w+)")
_NOTHING = "404 Not Found"
_NO_IDENTITY = "169.254."
"""Where obstore asks who a machine is, when nobody said who the user is."""
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION")
_ADDRESS = re.compile(r"https?://[^/\s]+(/\S*)?")
Opened: TypeAlias = "tuple[ObjectStore, str]"
"""A store, and the key or prefix in it."""
Opening: TypeAlias = Callable[[str], Opened]


class Refusal(StrEnum):
    """Why a store does not do what it is asked: nothing is there, it is another object by now, there is one already, the asker may not, the store does not answer now,
    its endpoint is no address, or anything else."""

    MISSING = "missing"
    CHANGED = "changed"
    EXISTS = "exists"
    DENIED = "denied"
    AWAY = "away"
    NO_ADDRESS = "no address"
    OTHER = "other"


class StoreError(NbcodeError):
    """A store that does not do what it is asked. ``said`` is the first line of what it said, and its word for it: never its whole answer, which tells account ids."""

    def __init__(self, kind: Refusal, said: str) -> None:
        """Say why, and what was said."""
        self.kind, self.said = kind, said
        told = Diagnostic(
            code="NBC-H40",
            message="a store of objects does not do what it is asked",
            cause=said,
            fixes=("look at its address, at AWS_ENDPOINT_URL and at the credentials in AWS_*",),
        )
        super().__init__([told])


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """An object as its store tells of it. ``etag`` changes when its content does; ``modified`` is ISO 8601; ``version`` is None where its bucket keeps none."""

    key: str
    size_bytes: int
    etag: str
    modified: str
    version: str | None


def open_address(uri: str, endpoint: str | None = None, *, keys: Mapping[str, str] | None = None) -> Opened:
    """The store that ``uri`` names, and the key or prefix in it; ``endpoint`` is that of an S3, by default what AWS_ENDPOINT_URL says; so are the credentials, where there are
    no AWS_* in ``keys``. Nothing is asked yet."""
    from obstore.store import HTTPStore, LocalStore, S3Store

    if uri.startswith("/"):
        return LocalStore("/"), uri.strip("/")
    parts = urlsplit(uri)
    retries: Any = {"max_retries": _RETRIES, "retry_timeout": timedelta(seconds=30)}
    if parts.scheme == "s3":
        named = endpoint or endpoint_named()
        if named and not _ADDRESS.fullmatch(named):  # obstore panics
            said = f"its endpoint is {named!r}, and an address begins with http:// or https://"
            raise StoreError(Refusal.NO_ADDRESS, said)
        client: Any = {**_CLIENT, "allow_http": named.startswith("http://")}
        config: Any = {"endpoint": named} if named else {}
        config |= {name.lower(): keys[name] for name in _KEYS if name in keys} if keys else {}
        store = S3Store(parts.netloc, config=config, client_options=client, retry_config=retries)
        return store, uri.removeprefix(f"s3://{parts.netloc}").strip("/")
    key = parts.path.lstrip("/") + (f"?{parts.query}" if parts.query else "")
    client = dict(_CLIENT)
    return HTTPStore.from_url(
        f"{parts.scheme}://{parts.netloc}/", client_options=client, retry_config=retries
    ), key


def endpoint_named() -> str:
    """The address of the S3 server that the environment names, empty for Amazon's."""
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL", "")


def opened(uri: str, opening: Opening | None = None) -> tuple[Bucket, str]:
    """What is at ``uri``; ``opening`` is :func:`open_address` or what stands for it. Raises :class:`StoreError`."""
    with _refusals():
        store, key = (opening or open_address)(uri)
    return Bucket(store), key


class Bucket:
    """The objects of one store. Every method raises :class:`StoreError` for what the store does not do."""

    def __init__(self, store: ObjectStore) -> None:
        """Nothing is asked yet."""
        self._store = store

    def head(self, key: str) -> Found:
        """What the store tells of an object."""
        import obstore

        with _refusals():
            return _found(obstore.head(self._store, key))

    def below(self, prefix: str) -> Iterator[Found]:
        """Every object below a prefix, in no order."""
        import obstore

        with _refusals():
            for batch in obstore.list(self._store, prefix or None):
                yield from map(_found, batch)

    def read(
        self, key: str, *, version: str | None = None, etag: str = ""
    ) -> tuple[str | None, Iterator[bytes]]:
        """The version of an object and its bytes in blocks; of ``version`` where one is given, else only where it has the ``etag``. Errors come while blocks are read, too."""
        import obstore

        asked: Any = {"version": version} if version else ({"if_match": etag} if etag else {})
        with _refusals():
            answer = obstore.get(self._store, key, options=asked)
            return answer.meta.get("version"), _blocks(answer.stream(min_chunk_size=_BLOCK_BYTES))

    def read_range(
        self, key: str, begin: int, end: int, *, version: str | None = None, etag: str = ""
    ) -> Iterator[bytes]:
        """The bytes of an object from ``begin`` to ``end`` in blocks, as :meth:`read`; fewer where it has no more. Nothing else of it is asked for."""
        import obstore

        same = {"version": version} if version else ({"if_match": etag} if etag else {})
        asked: Any = {**same, "range": (begin, end)}
        with _refusals():
            answer = obstore.get(self._store, key, options=asked)
            return _blocks(answer.stream(min_chunk_size=_BLOCK_BYTES))

    def attributes(self, key: str, *, etag: str = "") -> tuple[dict[str, str], str | None]:
        """What whoever wrote an object said of it, and its version; nothing of it is read."""
        import obstore

        asked: Any = {"head": True, **({"if_match": etag} if etag else {})}
        with _refusals():
            answer = obstore.get(self._store, key, options=asked)
            return {name: str(said) for name, said in answer.attributes.items()}, answer.meta.get("version")

    def put(self, key: str, data: bytes | Iterable[bytes], *, new: bool = False) -> str:
        """Write an object, whole or not at all, and return its ETag. With ``new``, which is for ``bytes``, only where there is none."""
        import obstore

        large = len(data) > _PART_BYTES if isinstance(data, bytes) else True
        with _refusals():
            written = obstore.put(
                self._store,
                key,
                data,
                mode="create" if new else "overwrite",
                use_multipart=large and not new,
                chunk_size=_PART_BYTES,
                max_concurrency=_PARTS,
            )
            return written.get("e_tag") or ""

    def delete(self, key: str) -> None:
        """Remove an object; of one that is not there it is no error."""
        import obstore

        try:
            with _refusals():
                obstore.delete(self._store, key)
        except StoreError as error:
            if error.kind is not Refusal.MISSING:
                raise


def _found(meta: Any) -> Found:
    return Found(
        key=meta["path"],
        size_bytes=meta["size"],
        etag=meta.get("e_tag") or "",
        modified=meta["last_modified"].isoformat(),
        version=meta.get("version"),
    )


def _blocks(stream: Iterable[Any]) -> Iterator[bytes]:
    with _refusals():
        for block in stream:
            yield bytes(block)


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    """What obstore raises, by what it means."""
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, OSError, ValueError) as error:
        raise StoreError(_kind(error), _said(error)) from error


def _kind(error: BaseException) -> Refusal:
    from obstore.exceptions import AlreadyExistsError, PreconditionError

    said = str(error)
    if isinstance(error, FileNotFoundError) or _NOTHING in said:  # a listing of a bucket that is not there
        return Refusal.MISSING
    if isinstance(error, AlreadyExistsError):
        return Refusal.EXISTS
    if isinstance(error, PreconditionError):
        return Refusal.CHANGED
    if type(error).__name__ in _NO_ACCESS or any(word in said for word in _DENIED):
        return Refusal.DENIED
    return Refusal.AWAY if _AWAY.search(said) else Refusal.OTHER


def _said(error: BaseException) -> str:
    if _NO_IDENTITY in str(error):
        return (
            "nobody says who asks: AWS_ACCESS_KEY_ID is not set, and this machine has no identity of its own"
        )
    first = (str(error).splitlines() or [type(error).__name__])[0].partition("<?xml")[0]
    code = _CODE.search(str(error))
    return f"{first[:300].rstrip(': ')}{f' ({code[1]})' if code else ''}"
