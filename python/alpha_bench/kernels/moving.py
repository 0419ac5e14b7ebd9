"""Tiles moved between a buffer and a large array, past the cache where that is faster.

A tile that is written to a large array is not read again soon. Written as usual, each line of the array would be read from memory
first and would push something useful out of the cache; non-temporal stores do neither.
"""

from __future__ import annotations

from typing import Any

from alpha_bench.runtime import Floats, intrinsic, njit, types

_TILE = types.Array(types.float64, 2, "C", readonly=True)  # writable arrays are taken too
_STORED = types.Array(types.float64, 2, "C")

_WORDS: Any = types.CPointer(types.int64)  # type: ignore[no-untyped-call]


@intrinsic  # type: ignore[untyped-decorator]
def _address(_context: Any, array: Any) -> Any:
    """Where the first number of a contiguous array is, as a pointer to 64-bit words."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        return builder.bitcast(data, context.get_value_type(_WORDS))

    return _WORDS(array), generate


@intrinsic  # type: ignore[untyped-decorator]
def _store_past_cache(_context: Any, _pointer: Any, _at: Any, _value: Any) -> Any:
    """``pointer[at] = value``, without reading the line into the cache."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        pointer, at, value = args
        word = context.get_value_type(types.int64)
        store = builder.store(builder.bitcast(value, word), builder.gep(pointer, [at]))
        store.set_metadata("nontemporal", builder.module.add_metadata([context.get_constant(types.int32, 1)]))
        return context.get_dummy_value()

    return types.void(_WORDS, types.int64, types.float64), generate


@intrinsic  # type: ignore[untyped-decorator]
def _fence(_context: Any) -> Any:
    """What was stored is seen by every thread before what comes after."""

    def generate(context: Any, builder: Any, _signature: Any, _args: Any) -> Any:
        builder.fence("seq_cst")
        return context.get_dummy_value()

    return types.void(), generate


@njit((_TILE, _STORED, types.int64, types.int64), cache=True, nogil=True)
def save_rows(tile: Floats, stored: Floats, row: int, column: int) -> None:
    """``stored[row:row + tile.shape[0], column:column + tile.shape[1]] = tile``."""
    # Row by row in order: the processor gathers eight stores to a line of the cache and writes it out whole.
    to = _address(stored)
    for t in range(tile.shape[0]):
        values, at = tile[t], (row + t) * stored.shape[1] + column
        for j in range(tile.shape[1]):
            _store_past_cache(to, at + j, values[j])
    # Non-temporal stores are not ordered with others: another thread that sees the tile as done must find it.
    _fence()


@njit((_TILE, _STORED, types.int64, types.int64), cache=True, nogil=True)
def load_rows(stored: Floats, tile: Floats, row: int, column: int) -> None:
    """``tile[...] = stored[row:row + tile.shape[0], column:column + tile.shape[1]]``."""
    # Read as usual: the tile is worked on at once, so it may be in the cache.
    for t in range(tile.shape[0]):
        values, to = stored[row + t, column : column + tile.shape[1]], tile[t]
        for j in range(tile.shape[1]):
            to[j] = values[j]
