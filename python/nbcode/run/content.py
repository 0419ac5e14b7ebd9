"""What is to be run as bytes: ``decode_content(encode_content(c)) == c``, and one byte string for one content."""

from __future__ import annotations

import json

from nbcode.primitives import Digest, canonical_json, digest_bytes, from_plain, to_plain
from nbcode.run.values import RunContent

_SCHEMA_VERSION = 1


def encode_content(content: RunContent) -> bytes:
    """Canonical JSON (RFC 8785) of ``content``."""
    return canonical_json({"schema_version": _SCHEMA_VERSION, "content": to_plain(content)})


def content_digest(content: RunContent) -> Digest:
    """The identity of what is run, on whatever machine."""
    return digest_bytes(encode_content(content))


def decode_content(data: bytes) -> RunContent:
    """The content in ``data``. Raises ``ValueError`` for anything but the output of :func:`encode_content`."""
    try:
        raw = json.loads(data)
        made = from_plain(RunContent, raw["content"], "content")
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not the content of a run: {error}") from error
    if encode_content(made) != data:
        raise ValueError("not the content of a run: another schema version, or bytes that are not canonical")
    return made
