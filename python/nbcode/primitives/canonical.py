"""Canonical JSON by RFC 8785 (JCS): one byte string for one value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

_Scalar = None | bool | int | float | str
Json: TypeAlias = "_Scalar | Sequence[Json] | Mapping[str, Json]"
"""Plain JSON data. Integers stay within ±(2**53-1); no NaN, no infinity; keys are text."""


def canonical_json(value: Json) -> bytes:
    """Return the RFC 8785 bytes of ``value``.

    ``canonical_json(a) == canonical_json(b)`` exactly when ``a`` and ``b`` are the same JSON value; note that
    ``1`` and ``1.0`` are the same value there.

    Raises:
        ValueError: for NaN, infinity, an integer beyond ±(2**53-1), or a value that is not JSON.
    """
    import rfc8785

    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as error:
        raise ValueError(f"not canonical JSON: {error}") from error
