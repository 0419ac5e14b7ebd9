"""A window to pyarrow: numpy columns as Arrow arrays, by their buffers.

``pyarrow.array`` imports pandas the first time it is called, which costs an evaluation 0.4 s and gives it nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def arrow_table(columns: Mapping[str, pa.Array]) -> pa.Table:
    """A table of ``columns``, in their order."""
    return pa.Table.from_arrays(list(columns.values()), names=list(columns))


def arrow_numbers(values: NDArray[Any], known: NDArray[np.bool_] | None = None) -> pa.Array:
    """(rows,) of a numpy number type; null where ``known`` is false."""
    kind = pa.from_numpy_dtype(values.dtype)
    bits = None if known is None else pa.py_buffer(np.packbits(known, bitorder="little"))
    return pa.Array.from_buffers(kind, len(values), [bits, pa.py_buffer(np.ascontiguousarray(values))])


def arrow_dates(days: NDArray[np.datetime64]) -> pa.Array:
    """(rows,) datetime64 of whole days, as ``date32``."""
    counted = np.ascontiguousarray(days.astype("datetime64[D]").astype(np.int32))
    return pa.Array.from_buffers(pa.date32(), len(days), [None, pa.py_buffer(counted)])


def arrow_texts(
    words: Iterable[str], codes: NDArray[np.integer[Any]], known: NDArray[np.bool_] | None = None
) -> pa.Array:
    """(rows,) the word at each position in ``codes``; null where ``known`` is false."""
    encoded = [word.encode() for word in words]
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(encoded), buffers).take(
        arrow_numbers(codes.astype(np.int64), known)
    )
