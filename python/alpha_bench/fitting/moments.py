"""Moments of complete rows: one pass over the data serves every training range that is asked for.

The sessions are cut into a grid of blocks that begins at session 0 and whose size depends on the number of assets alone. A block
is reduced to its moments (count, means, centred cross products of the rows where every column is finite), a thousand rows at a
time in the second-level cache: means first, then products of what is left after subtracting them, so nothing large is ever
subtracted. Pieces are merged in the order of the sessions by the pairwise update of Chan, Golub and LeVeque (1983).

So the bits of the moments of a set of sessions depend on its own rows and the grid only: not on threads, on BLAS, on the width
of the machine's registers, or on which other sets are asked for in the same call.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from alpha_bench.model_selection import Sessions
from alpha_bench.runtime import (
    Floats,
    carray,
    column_at,
    in_pieces,
    lanes_fma,
    lanes_load,
    lanes_of,
    lanes_sum,
    lanes_zero,
    njit,
    prefetch,
)

_CHUNK = 1024  # rows packed at once: with 24 columns 200 KB, which stays in the second-level cache
_BLOCK_CELLS = 1 << 16  # sessions times assets in one block of the grid
_STRIDE = _CHUNK + 8  # of a packed column; not a power of two, so that columns do not share cache sets


@dataclass(frozen=True, kw_only=True, slots=True)
class Moments:
    """Of complete rows of ``[X, y]``: how many, their total weight (their number where none is given), weighted means (p+1)
    and weighted centred cross products (p+1, p+1)."""

    rows: int
    weight: float
    mean: Floats
    cross: Floats

    def merge(self, other: Moments) -> Moments:
        """The moments of both sets of rows together."""
        if self.rows == 0 or other.rows == 0:
            return other if self.rows == 0 else self
        weight = self.weight + other.weight
        shift = other.mean - self.mean
        return Moments(
            rows=self.rows + other.rows,
            weight=weight,
            mean=self.mean + shift * (other.weight / weight),
            cross=self.cross
            + other.cross
            + np.multiply.outer(shift, shift) * (self.weight * (other.weight / weight)),
        )


def empty_moments(columns: int) -> Moments:
    """Moments of no rows."""
    return Moments(rows=0, weight=0.0, mean=np.zeros(columns), cross=np.zeros((columns, columns)))


def moments_by_sessions(
    columns: Sequence[Floats],
    sets: Iterable[Sessions],
    *,
    weights: Floats | None = None,
    weighted: bool = True,
) -> tuple[Moments, ...]:
    """Moments of each set of sessions, a whole block of the grid being read once however many sets hold it.

    Args:
        columns: (sessions, assets) arrays, the features, then the label; rows where one is not finite are left out.
        sets: the sessions of each.
        weights: (sessions, assets); rows where it is not finite and above 0 are left out.
        weighted: whether the rows that are left count by their weight, or once each.
    """
    sets = tuple(sets)
    block = max(1, _BLOCK_CELLS // max(1, columns[0].shape[1]))
    cut = [[piece for r in s.ranges for piece in _cut(r, block)] for s in sets]
    wanted = list(dict.fromkeys(piece for pieces in cut for piece in pieces))
    found = dict(zip(wanted, _reduced(columns, wanted, weights, weighted=weighted), strict=True))
    return tuple(_merged([found[piece] for piece in pieces], len(columns)) for pieces in cut)


def _merged(pieces: Sequence[Moments], width: int) -> Moments:
    total = empty_moments(width)
    for piece in pieces:
        total = total.merge(piece)
    return total


def _cut(r: range, block: int) -> list[tuple[int, int]]:
    """The range in pieces, none of which crosses a line of the grid."""
    lines = range(r.start // block * block, r.stop, block)
    return [(max(r.start, line), min(r.stop, line + block)) for line in lines]


def _reduced(
    columns: Sequence[Floats], pieces: Sequence[tuple[int, int]], weights: Floats | None, *, weighted: bool
) -> list[Moments]:
    """The moments of each piece, in the order of ``pieces``, whichever thread makes them."""
    held = [np.ascontiguousarray(c, dtype=np.float64) for c in columns]
    if weights is not None:
        held.append(np.ascontiguousarray(weights, dtype=np.float64))
    assets, width = held[0].shape[1], len(columns)
    addresses = np.array(
        [c.ctypes.data for c in held], dtype=np.int64
    )  # `held` lives until the end of this call
    found: list[Moments] = [empty_moments(width)] * len(pieces)

    def reduce(first: int, last: int) -> None:
        packed = np.zeros((width + 3) // 4 * 4 * _STRIDE)
        state = np.empty(2 * _STRIDE)
        for number in range(first, last):
            a, b = pieces[number]
            mean, cross = np.zeros(width), np.zeros((width, width))
            rows, weight = _piece_moments(
                addresses, a * assets, b * assets, width, weighted, packed, state, mean, cross
            )
            found[number] = Moments(rows=rows, weight=weight, mean=mean, cross=cross)

    in_pieces(reduce, len(pieces), 1, sum(b - a for a, b in pieces) * assets)
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _piece_moments(addresses, begin, end, width, weighted, packed, state, mean, cross):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    """Moments of the cells [begin, end) into ``mean`` and ``cross``; the number of complete rows, and their weight."""
    rows, total = 0, 0.0
    products = np.zeros(((width + 3) // 4 * 4, (width + 3) // 4 * 4))
    middle = np.empty(width)
    for at in range(begin, end, _CHUNK):
        cells = min(_CHUNK, end - at)
        count = _pack(addresses, at, cells, width, packed, state)
        if count == 0:
            continue
        # Where little is missing, incomplete rows stay and count 0; where much is, they are taken out.
        kept = cells if 2 * count >= cells else count
        if kept < cells:
            _compress(packed, state, cells, width)
        by_weight = weighted and len(addresses) > width
        heavy = _centre(packed, state, kept, width, count, by_weight, middle)
        _products(packed, kept, width, products, addresses, at + _CHUNK, end)
        both = total + heavy
        for i in range(width):
            shift = middle[i] - mean[i]
            for j in range(i, width):
                between = shift * (middle[j] - mean[j]) * (total * (heavy / both))
                cross[i, j] += products[i, j] + between
        for i in range(width):
            mean[i] += (middle[i] - mean[i]) * (heavy / both)
        rows, total = rows + count, both
    for i in range(width):
        for j in range(i):
            cross[i, j] = cross[j, i]
    return rows, total


@njit(cache=True, nogil=True, error_model="numpy")
def _pack(addresses, at, cells, width, packed, state):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    """Copy the cells of every column side by side; ``state[r]`` becomes 0 for a complete row and NaN for any other, and
    ``state[_STRIDE + r]`` its weight. Returns the number of complete rows."""
    good = state[:cells]
    good[:] = 0.0
    for k in range(width):
        column = carray(column_at(addresses[k] + 8 * at), (cells,))
        to = packed[k * _STRIDE : k * _STRIDE + cells]
        for r in range(cells):
            value = column[r]
            to[r] = value
            good[r] += value - value
    if len(addresses) > width:
        column = carray(column_at(addresses[width] + 8 * at), (cells,))
        to = state[_STRIDE : _STRIDE + cells]
        for r in range(cells):
            weight = column[r]
            to[r] = weight
            good[r] += weight - weight if weight > 0.0 else np.nan
    count = 0
    for r in range(cells):
        count += good[r] == 0.0
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def _compress(packed, state, cells, width):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Move the complete rows to the front, in their order."""
    place = 0
    for r in range(cells):
        if state[r] == 0.0:
            for k in range(width):
                packed[k * _STRIDE + place] = packed[k * _STRIDE + r]
            state[_STRIDE + place] = state[_STRIDE + r]
            place += 1
    state[:place] = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _centre(packed, state, kept, width, count, by_weight, middle):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    """Subtract each column's mean, which ``middle`` gets, and multiply by the root of the weight; rows that are incomplete, and
    those up to the next eight, become 0. Returns the total weight."""
    padded = (kept + 7) // 8 * 8
    good, share = state[:padded], state[_STRIDE : _STRIDE + padded]
    good[kept:] = np.nan
    total = float(count)
    if by_weight:
        for r in range(padded):
            share[r] = share[r] if good[r] == 0.0 else 0.0
        total = _sum(state, _STRIDE, padded)
    for k in range(width):
        column = packed[k * _STRIDE : k * _STRIDE + padded]
        for r in range(padded):
            column[r] = column[r] if good[r] == 0.0 else 0.0
        if by_weight:
            mean = _weighted_sum(packed, k * _STRIDE, state, _STRIDE, padded) / total
        else:
            mean = _sum(packed, k * _STRIDE, padded) / total
        for r in range(padded):
            column[r] = column[r] - mean if good[r] == 0.0 else 0.0
        middle[k] = mean
    if by_weight:
        for r in range(padded):
            share[r] = np.sqrt(share[r])
        for k in range(width):
            column = packed[k * _STRIDE : k * _STRIDE + padded]
            for r in range(padded):
                column[r] *= share[r]
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _sum(values, begin, count):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Sum of ``count`` values, a multiple of 8, in four runs of eight lanes."""
    one = lanes_of(1.0)
    a, b, c, d = lanes_zero(), lanes_zero(), lanes_zero(), lanes_zero()
    whole = count // 32 * 32
    for r in range(begin, begin + whole, 32):
        a = lanes_fma(lanes_load(values, r), one, a)
        b = lanes_fma(lanes_load(values, r + 8), one, b)
        c = lanes_fma(lanes_load(values, r + 16), one, c)
        d = lanes_fma(lanes_load(values, r + 24), one, d)
    for r in range(begin + whole, begin + count, 8):
        a = lanes_fma(lanes_load(values, r), one, a)
    return lanes_sum(lanes_fma(lanes_fma(a, one, b), one, lanes_fma(c, one, d)))


@njit(cache=True, nogil=True, error_model="numpy")
def _weighted_sum(values, begin, weights, first, count):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Sum of ``values * weights``, a multiple of 8 of them, in eight lanes."""
    a = lanes_zero()
    for r in range(0, count, 8):
        a = lanes_fma(lanes_load(values, begin + r), lanes_load(weights, first + r), a)
    return lanes_sum(a)


@njit(cache=True, nogil=True, error_model="numpy")
def _products(packed, kept, width, out, addresses, after, end):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    """``out[i, j]``, j >= i: the sum of column i times column j, four columns by four in registers. Meanwhile the cells
    [after, end) that will be packed next are asked of the memory, a column a tile."""
    rows = (kept + 7) // 8 * 8
    column = 0
    for i in range(0, width, 4):
        for j in range(i, width, 4):
            if column < len(addresses):
                for cell in range(after, min(after + _CHUNK, end), 8):
                    prefetch(addresses[column] + 8 * cell)
                column += 1
            _tile(packed, i, j, rows, out)


@njit(cache=True, nogil=True, error_model="numpy")
def _tile(packed, i, j, rows, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    s = _STRIDE
    p, q = i * s, j * s
    z = lanes_zero()
    a0, a1, a2, a3, b0, b1, b2, b3 = z, z, z, z, z, z, z, z
    c0, c1, c2, c3, d0, d1, d2, d3 = z, z, z, z, z, z, z, z
    for r in range(0, rows, 8):
        y0, y1 = lanes_load(packed, q + r), lanes_load(packed, q + s + r)
        y2, y3 = lanes_load(packed, q + 2 * s + r), lanes_load(packed, q + 3 * s + r)
        x = lanes_load(packed, p + r)
        a0, a1, a2, a3 = (
            lanes_fma(x, y0, a0),
            lanes_fma(x, y1, a1),
            lanes_fma(x, y2, a2),
            lanes_fma(x, y3, a3),
        )
        x = lanes_load(packed, p + s + r)
        b0, b1, b2, b3 = (
            lanes_fma(x, y0, b0),
            lanes_fma(x, y1, b1),
            lanes_fma(x, y2, b2),
            lanes_fma(x, y3, b3),
        )
        x = lanes_load(packed, p + 2 * s + r)
        c0, c1, c2, c3 = (
            lanes_fma(x, y0, c0),
            lanes_fma(x, y1, c1),
            lanes_fma(x, y2, c2),
            lanes_fma(x, y3, c3),
        )
        x = lanes_load(packed, p + 3 * s + r)
        d0, d1, d2, d3 = (
            lanes_fma(x, y0, d0),
            lanes_fma(x, y1, d1),
            lanes_fma(x, y2, d2),
            lanes_fma(x, y3, d3),
        )
    for k, row in enumerate(((a0, a1, a2, a3), (b0, b1, b2, b3), (c0, c1, c2, c3), (d0, d1, d2, d3))):
        out[i + k, j], out[i + k, j + 1] = lanes_sum(row[0]), lanes_sum(row[1])
        out[i + k, j + 2], out[i + k, j + 3] = lanes_sum(row[2]), lanes_sum(row[3])
