"""The window to obstore: what is below an address, and its bytes. Credentials and the endpoint come from the environment (AWS_*), or from a workload's identity."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from nbcode.inputs._files import RefusedFileError
from nbcode.inputs.sources import SourceFile
from nbcode.primitives import dataclass

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_BLOCK_BYTES = 4 << 20
_MOST_FILES = 20_000
_SUFFIXES = (".parquet", ".csv")
_RETRIES = 3
_NO_ACCESS = ("PermissionDeniedError", "UnauthenticatedError")
_DENIED = ("403 Forbidden", "401 Unauthorized", "credential")
_CODE = re.compile(r"\bCode>(\w+)")
Opened: TypeAlias = "tuple[ObjectStore, str]"
"""A store, and the key or prefix in it."""
Opening: TypeAlias = Callable[[str], Opened]


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """An object as a listing has it: its key, and what changes when its content does."""

    key: str
    path: str
    size_bytes: int
    etag: str
    modified: str


def open_store(uri: str) -> Opened:
    """The store that ``uri`` names, and the key or prefix in it. Nothing is asked yet."""
    from obstore.store import HTTPStore, LocalStore, S3Store

    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL", "")
    if uri.startswith("/"):
        return LocalStore("/"), uri.strip("/")
    parts = urlsplit(uri)
    retries: Any = {"max_retries": _RETRIES}
    if parts.scheme == "s3":
        allowed: Any = {"allow_http": endpoint.startswith("http://")}
        named: Any = {"endpoint": endpoint} if endpoint else {}
        store = S3Store(parts.netloc, config=named, client_options=allowed, retry_config=retries)
        return store, uri.removeprefix(f"s3://{parts.netloc}/").rstrip("/")
    key = parts.path.lstrip("/") + (f"?{parts.query}" if parts.query else "")
    return HTTPStore.from_url(f"{parts.scheme}://{parts.netloc}/", retry_config=retries), key


def is_one_file(uri: str) -> bool:
    """Whether an address names one file, and no prefix of many."""
    return uri.startswith("https://") or (uri.lower().endswith(_SUFFIXES))


class Objects:
    """What is at one address."""

    def __init__(self, uri: str, opening: Opening | None = None) -> None:
        """Open it; ``opening`` is :func:`open_store` or what stands for it."""
        self.uri = uri
        with _refusals(uri):
            self._store, self._key = (opening or open_store)(uri)

    def list(self) -> tuple[Listed, ...]:
        """The file, or all files below the prefix, by path.

        Raises:
            RefusedFileError: E01 for nothing there, E03 for too many, E50 for a store that does not answer or refuses.
        """
        import obstore

        with _refusals(self.uri):
            if is_one_file(self.uri):
                meta = obstore.head(self._store, self._key)
                return (_listed(meta, self._key, ""),)
            found: list[Listed] = []
            for batch in obstore.list(self._store, self._key):
                for meta in batch:
                    path = meta["path"].removeprefix(f"{self._key}/")
                    if path and not path.endswith("/"):
                        found.append(_listed(meta, meta["path"], path))
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
        import obstore

        asked: Any = {"version": version} if version else ({"if_match": one.etag} if one.etag else {})
        with _refusals(f"{self.uri} {one.path}".strip()):
            answer = obstore.get(self._store, one.key, options=asked)
            blocks = self._blocks(answer.stream(min_chunk_size=_BLOCK_BYTES), one.path)
            return answer.meta.get("version"), blocks

    def _blocks(self, stream: Any, path: str) -> Iterator[bytes]:
        with _refusals(f"{self.uri} {path}".strip()):
            for block in stream:
                yield bytes(block)


def _listed(meta: Any, key: str, path: str) -> Listed:
    return Listed(
        key=key,
        path=path,
        size_bytes=meta["size"],
        etag=meta.get("e_tag") or "",
        modified=meta["last_modified"].isoformat(),
    )


@contextlib.contextmanager
def _refusals(what: str) -> Iterator[None]:
    """What obstore raises, as why the data are not taken."""
    from obstore.exceptions import BaseError, PreconditionError

    try:
        yield
    except FileNotFoundError as error:
        raise _nothing(what) from error
    except PreconditionError as error:
        why = f"{what} changed while it was read"
        raise RefusedFileError("E12", why, "let the writer finish, then try again") from error
    except (BaseError, OSError, ValueError) as error:
        if "404 Not Found" in str(error):  # a listing of a bucket that is not there
            raise _nothing(what) from error
        raise RefusedFileError("E50", f"{what}: {_said(error)}", _way_out(error, what)) from error


def _nothing(what: str) -> RefusedFileError:
    return RefusedFileError(
        "E01", f"nothing is at {what}", "put the data there, or correct the address in nbcode.toml"
    )


def _way_out(error: BaseException, what: str) -> str:
    if not what.startswith("s3://"):
        return f"`curl -I {what}` shows what the server says"
    said = str(error)
    if type(error).__name__ in _NO_ACCESS or any(word in said for word in _DENIED):
        return "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION (AWS_SKIP_SIGNATURE=true for a public bucket) of an account that may read it"
    return "set AWS_ENDPOINT_URL to the address of the store, AWS_REGION to its region"


def _said(error: BaseException) -> str:
    """The first line of what was said, and the store's word for it: never its whole answer, which tells account ids."""
    first = (str(error).splitlines() or [type(error).__name__])[0].partition("<?xml")[0]
    code = _CODE.search(str(error))
    return f"{first[:300].rstrip(': ')}{f' ({code[1]})' if code else ''}"
