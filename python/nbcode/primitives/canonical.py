"""Canonical JSON by RFC 8785 (JCS): one byte string for one value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

_Scalar = None | bool | int | float | str
Json: TypeAlias = "_Scalar | Sequence[Json] | Mapping[str, Json]"
"""Plain JSON data. Integers stay within ±(2**53-1); no NaN, no infinity; keys are text."""


def canonical_json(value: Json) -> bytes:
    """The RFC 8785 bytes of ``value``, by alpha_bench's one writer of them.

    Raises:
        ValueError: for NaN, infinity, an integer beyond ±(2**53-1), or a value that is not JSON.
    """
    from alpha_bench.describe import canonical  # when there is something to write, and not before

    return canonical(value)
