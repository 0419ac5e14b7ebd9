"""Where a dataset of nbcode.toml may come from: a path of this machine, an object store, an address with a digest. Pure."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from nbcode.primitives import Digest, has_userinfo

DIGEST_EXAMPLE = '"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"'
TABLES = (".csv", ".parquet")
"""Suffixes of what is one file in an object store; any other key is a prefix of the files below it."""
FETCHED = ("data", "fetched")
"""Where in a store fetched files are."""
_S3 = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/(?P<key>[^/].*)")
_HTTPS = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]+)?/(?P<path>[^?#]+)(\?(?P<query>[^#]*))?")
_SECRET = re.compile(r"(?i)(^|&)[^=&]*(signature|token|secret|passw|credential|api[-_]?key|sig)[^=&]*=")
_PASSWORD = re.compile(r"://[^/@]*:[^/]*@")
_VARIABLE = re.compile(r"\$[A-Z_][A-Z0-9_]*")
_SCHEME = re.compile(r"[a-z][a-z0-9+_]*://?.*|duckdb:.*")


def is_remote(text: str) -> bool:
    """Whether it names an object store or a server, and no path."""
    return "://" in text


def source_refusal(text: str) -> str:
    """Why the text names no data elsewhere, or an empty text."""
    if text.startswith("s3://"):
        found = _S3.fullmatch(text)
        if found is None:
            return "expected s3://bucket/key.parquet, or s3://bucket/prefix for all files below it"
        parts = found["key"].rstrip("/").split("/")
        bad = next((part for part in parts if part in {"", ".", ".."}), None)
        return "" if bad is None else f"a key has no part {bad!r}"
    if text.startswith("https://"):
        address = _HTTPS.fullmatch(text)
        if address is None:
            return "expected https://host/path/file.parquet"
        suffix = PurePosixPath(address["path"]).suffix.lower()
        return "" if suffix in TABLES else "its path has to end with .parquet or .csv"
    return "data elsewhere is s3:// or https://"


def source_holds_secret(text: str) -> bool:
    """Whether an address holds a user, a password, or what looks like a token."""
    return has_userinfo(text) or _SECRET.search(text.partition("?")[2]) is not None


def connection_holds_secret(text: str) -> bool:
    """Whether a database's URL holds more of a secret than a user's name."""
    return _PASSWORD.search(text) is not None or _SECRET.search(text.partition("?")[2]) is not None


def connection_refusal(text: str) -> str:
    """Why the text is no connection of a query, or an empty text."""
    if _VARIABLE.fullmatch(text) or _SCHEME.fullmatch(text):
        return ""
    return 'expected duckdb:path, a URL of SQLAlchemy, or "$NAME" for one in your environment'


def digest_refusal(text: str) -> str:
    """Why the text is no digest, or an empty text."""
    try:
        Digest(text)
    except ValueError as error:
        return str(error)
    return ""


def place_of(base: Path, store: str, dataset: str, key: str, text: str) -> Path:
    """Where the data of a key are on this machine: as written below ``base``, or where they are once they were fetched."""
    if not is_remote(text):
        return base / text
    path = text.partition("?")[0]
    suffix = "" if path.endswith("/") else PurePosixPath(path).suffix.lower()
    return (base / store).joinpath(*FETCHED, "of", f"{dataset}.{key}{suffix if suffix in TABLES else ''}")
