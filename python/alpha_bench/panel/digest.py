"""What a panel holds, as a digest: of each field's values, and of the whole. The same data has the same digest whichever way it came in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alpha_bench.runtime import Floats, digest_of

_ROWS = 256  # sessions hashed at once: what is copied fits the cache


def values_digest(values: Floats) -> str:
    """``sha256:<hex>`` over a (T, N) array, row by row, little-endian; all NaN are one value, -0.0 and 0.0 are two.

    Shape is part of it. A field that is constant over time has the digest of the array that it stands for.
    """
    digest = hashlib.sha256(f"float64 {values.shape[0]} {values.shape[1]}\n".encode())
    for start in range(0, len(values), _ROWS):
        block = np.ascontiguousarray(values[start : start + _ROWS], dtype="<f8")
        digest.update(np.where(np.isnan(block), np.nan, block).astype("<f8", copy=False).tobytes())
    return f"sha256:{digest.hexdigest()}"


def panel_digest(
    dates: NDArray[np.datetime64],
    assets: NDArray[np.str_],
    fields: Mapping[str, str],
    groups: Mapping[str, tuple[str, Sequence[str]]],
) -> str:
    """Over the calendar, the assets, the digests of all fields, and the groups with their names; not over findings."""
    plain: dict[str, Any] = {
        "dates": [str(d) for d in dates],
        "assets": [str(a) for a in assets],
        "fields": dict(fields),
        "groups": {name: [digest, list(names)] for name, (digest, names) in groups.items()},
    }
    return digest_of(plain)
