"""Canonical JSON (RFC 8785) and digests over it: one byte string, and one name, for one value."""

from __future__ import annotations


def canonical(plain: object) -> bytes:
    """The RFC 8785 bytes of plain JSON data."""
    import rfc8785

    return rfc8785.dumps(plain)  # type: ignore[arg-type]


def digest_of(plain: object) -> str:
    """``sha256:<hex>`` over the canonical bytes."""
    import hashlib

    return "sha256:" + hashlib.sha256(canonical(plain)).hexdigest()
