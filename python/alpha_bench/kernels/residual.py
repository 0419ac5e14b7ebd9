"""What is left of ``x`` on each session when a weighted least squares fit on exposures and groups is taken out.

Group dummies are taken out first, exactly, as weighted means within groups (Frisch and Waugh 1933, Lovell 1963); without groups
there is one group, which is the intercept. The exposures, each at unit length, are then taken out one by one, the one with the
greatest remainder first (modified Gram-Schmidt with pivoting; Björck 1967). An exposure of which less than ``_LITTLE`` remains is
a combination of those before it and is left out, so that collinear and constant exposures do no harm. What is left of ``x`` is
taken out of the same directions once more, and is exactly 0 where no more than rounding remains. No BLAS: sums have one order.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alpha_bench.runtime import Floats, njit, types

Cube = NDArray[np.float64]
Slots = NDArray[np.int32]

_LITTLE = 1e-10
_ROUNDING = 1e-14
_READ = types.Array(types.float64, 2, "C", readonly=True)  # writable arrays are taken too
_READ_CUBE = types.Array(types.float64, 3, "C", readonly=True)
_WRITTEN = types.Array(types.float64, 2, "C")
_LINE = types.Array(types.float64, 1, "C")
_SLOTS = types.Array(types.int32, 2, "C")
_COUNTS = types.Array(types.int32, 1, "C")


@njit(cache=True, nogil=True)
def _dot(a: Floats, b: Floats, low: int, high: int) -> float:
    """The sum of ``a[i] * b[i]`` over ``[low, high)`` as four interleaved sums."""
    # Four, as in the moments across assets: a fixed order that does not wait for itself. BLAS chooses its order by the processor.
    s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
    whole = low + (high - low) // 4 * 4
    for i in range(low, whole, 4):
        s0 += a[i] * b[i]
        s1 += a[i + 1] * b[i + 1]
        s2 += a[i + 2] * b[i + 2]
        s3 += a[i + 3] * b[i + 3]
    for i in range(whole, high):
        s0 += a[i] * b[i]
    return (s0 + s1) + (s2 + s3)


@njit(cache=True, nogil=True)
def _take_out(y: Floats, q: Floats, low: int, high: int) -> None:
    share = _dot(y, q, low, high)
    for i in range(low, high):
        y[i] -= share * q[i]


@njit(cache=True, nogil=True, error_model="numpy")
def _centre(v: Floats, root: Floats, low: int, high: int) -> float:
    """Less the mean with weights ``root**2``, about the first value; then times ``root``. Returns the square sum there was."""
    pivot = v[low]
    total, weight, square = 0.0, 0.0, 0.0
    for i in range(low, high):
        total += root[i] * root[i] * (v[i] - pivot)
        weight += root[i] * root[i]
        square += root[i] * root[i] * v[i] * v[i]
    mean = pivot + total / weight
    for i in range(low, high):
        v[i] = (v[i] - mean) * root[i]
    return square


@njit(cache=True, nogil=True, error_model="numpy")
def _fit(  # noqa: PLR0917
    y: Floats, columns: Floats, squares: Floats, left: Slots, low: int, high: int
) -> None:
    """Take ``columns`` out of ``y`` on ``[low, high)``; both are overwritten. ``squares`` are their sums before centring, y's last."""
    rounding = _ROUNDING * np.sqrt(high - low)
    wanted = 0
    for k in range(len(columns)):
        size = np.sqrt(_dot(columns[k], columns[k], low, high))
        # Held against its size before centring: what is left of a constant exposure is rounding, and not a direction.
        if size > rounding * np.sqrt(squares[k]):
            for i in range(low, high):
                columns[k, i] /= size
            left[wanted] = k
            wanted += 1
    used = 0
    while used < wanted:
        best, greatest = -1, _LITTLE
        for place in range(used, wanted):
            size = np.sqrt(_dot(columns[left[place]], columns[left[place]], low, high))
            if size > greatest:
                best, greatest = place, size
        if best < 0:
            break
        left[used], left[best] = left[best], left[used]
        q = columns[left[used]]
        for i in range(low, high):
            q[i] /= greatest
        # Once more: after taking out nearly all of a column, what is left is no longer orthogonal to the others. Twice is enough.
        for place in range(used):
            _take_out(q, columns[left[place]], low, high)
        greatest = np.sqrt(_dot(q, q, low, high))
        for i in range(low, high):
            q[i] /= greatest
        used += 1
        _take_out(y, q, low, high)
        for place in range(used, wanted):
            _take_out(columns[left[place]], q, low, high)
    for place in range(used):
        _take_out(y, columns[left[place]], low, high)
    if np.sqrt(_dot(y, y, low, high)) <= rounding * np.sqrt(squares[-1]):
        y[low:high] = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _find_members(  # noqa: PLR0917 - numba takes no keywords here
    x: Floats,
    exposures: Cube,
    weights: Floats,
    slots: Slots,
    t: int,
    row: int,
    count: int,
    members: Slots,
    ends: Slots,
) -> None:
    """``members`` gets the group of each asset of session ``t`` that has all its values, -1 for the others; ``ends[g]`` how many are
    in the groups before ``g``."""
    ends[: count + 1] = 0
    for j in range(x.shape[1]):
        known = slots[row, j] >= 0 and x[t, j] - x[t, j] == 0.0
        if len(weights) > 0:
            w = weights[t, j]
            known = known and w > 0.0 and w - w == 0.0
        for k in range(len(exposures)):
            v = exposures[k, row, j]
            known = known and v - v == 0.0
        members[j] = slots[row, j] if known else -1
        if known:
            ends[members[j] + 1] += 1
    for g in range(count):
        ends[g + 1] += ends[g]


@njit(cache=True, nogil=True, error_model="numpy")
def _fit_groups(  # noqa: PLR0917 - numba takes no keywords here
    y: Floats, root: Floats, columns: Floats, squares: Floats, left: Slots, ends: Slots, apart: int
) -> None:
    """Take from ``y`` its group's mean and what the columns explain of the rest: of all groups together, or of each ``apart``."""
    low = 0
    squares[:] = 0.0
    for g in range(len(ends)):
        if ends[g] > low:
            squares[-1] += _centre(y, root, low, ends[g])
            for k in range(len(columns)):
                squares[k] += _centre(columns[k], root, low, ends[g])
            if apart:
                _fit(y, columns, squares, left, low, ends[g])
                squares[:] = 0.0
        low = ends[g]
    if not apart and low > 0:
        _fit(y, columns, squares, left, 0, low)


@njit(
    (_READ, _READ_CUBE, _READ, _SLOTS, _COUNTS, _WRITTEN, types.int64, types.int64, types.int64),
    cache=True,
    nogil=True,
    error_model="numpy",
)
def residual(  # noqa: PLR0917 - numba takes no keywords here
    x: Floats,
    exposures: Cube,
    weights: Floats,
    slots: Slots,
    counts: Slots,
    out: Floats,
    first: int,
    last: int,
    apart: int,
) -> None:
    """Residuals of sessions ``[first, last)``; NaN for an asset that lacks any of its values, or whose weight is not above 0.

    ``exposures`` is (K, last - first, N); ``weights`` has no row for equal weights; ``slots`` are from ``groups.number``. With
    ``apart``, each group has coefficients of its own.
    """
    assets = x.shape[1]
    y, root, columns = np.empty(assets), np.ones(assets), np.empty((len(exposures), assets))
    members, ends = np.empty(assets, np.int32), np.empty(assets + 1, np.int32)
    left, squares = np.empty(len(exposures), np.int32), np.empty(len(exposures) + 1)
    for t in range(first, last):
        row, count = t - first, counts[t - first]
        out[t] = np.nan
        _find_members(x, exposures, weights, slots, t, row, count, members, ends)
        # Members of a group side by side: each sum below then runs over one contiguous stretch.
        # Group by group, in the order of the assets; afterwards ends[g] is where group g ends.
        for j in range(assets):
            g = members[j]
            if g >= 0:
                at = ends[g]
                y[at] = x[t, j]
                if len(weights) > 0:
                    root[at] = np.sqrt(weights[t, j])
                for k in range(len(exposures)):
                    columns[k, at] = exposures[k, row, j]
                members[j] = at
                ends[g] += 1
        _fit_groups(y, root, columns, squares, left, ends[:count], apart)
        for j in range(assets):
            if members[j] >= 0:
                out[t, j] = y[members[j]] / root[members[j]]
