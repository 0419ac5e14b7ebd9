"""Canonical JSON (RFC 8785) and digests over it: one byte string, and one name, for one value."""

from __future__ import annotations


def canonical(plain: object) -> bytes:
    """The RFC 8785 bytes of plain JSON data.

    ``canonical(a) == canonical(b)`` exactly when ``a`` and ``b`` are the same JSON value; ``1`` and ``1.0`` are the same there.

    Raises:
        ValueError: for NaN, infinity, an integer beyond ±(2**53-1), or a value that is not JSON.
    """
    import rfc8785

    try:
        return rfc8785.dumps(plain)  # type: ignore[arg-type]
    except rfc8785.CanonicalizationError as error:
        raise ValueError(f"not canonical JSON: {error}") from error


def digest_of(plain: object) -> str:
    """``sha256:<hex>`` over the canonical bytes."""
    import hashlib

    return "sha256:" + hashlib.sha256(canonical(plain)).hexdigest()
