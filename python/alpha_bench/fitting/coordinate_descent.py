"""Coordinate descent on ``w'Gw/2 - t'w + l1 |w|_1 + l2 |w|^2/2``, compiled; every sum in the order of the coordinates.

The order of the coordinates, the gap-safe screening (Fercoq, Gramfort, Salmon 2015) and the stopping rule (duality gap
<= tol |y|^2) are scikit-learn's, so from zero the iterates are too, up to rounding.
"""

from __future__ import annotations

import numpy as np

from alpha_bench.runtime import Floats, njit


def descend(
    gram: Floats,
    target: Floats,
    norm: float,
    *,
    l1: float,
    l2: float,
    max_iter: int,
    tol: float,
    start: Floats,
) -> Floats:
    """The minimiser, from ``start``, in at most ``max_iter`` sweeps. ``norm`` is |y|^2; ``l1`` is above 0."""
    coef = start.copy()
    _descend(gram, target, norm, l1, l2, max_iter, tol, coef)
    return coef


@njit(cache=True, nogil=True, error_model="numpy")
def _descend(gram, target, norm, l1, l2, max_iter, tol, coef):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    size = len(target)
    active, residual = np.empty(size, dtype=np.bool_), np.empty(size)
    for j in range(size):
        active[j] = gram[j, j] > 0.0
        if not active[j]:
            coef[j] = 0.0
    gap = _gap(gram, target, norm, l1, l2, coef, residual)
    if gap <= tol * norm:
        return
    _screen(gram, l1, l2, coef, active, gap, residual)
    for turn in range(max_iter):
        largest, moved = _sweep(gram, target, l1, l2, coef, active)
        if largest == 0.0 or moved / largest <= tol or turn == max_iter - 1:
            gap = _gap(gram, target, norm, l1, l2, coef, residual)
            if gap <= tol * norm:
                return
            _screen(gram, l1, l2, coef, active, gap, residual)


@njit(cache=True, nogil=True, error_model="numpy")
def _sweep(gram, target, l1, l2, coef, active):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    """One turn over the active coordinates; the largest of them, and the largest change."""
    largest = moved = 0.0
    for j in range(len(coef)):
        if not active[j]:
            continue
        old, own = coef[j], gram[j, j]
        reach = 0.0
        for k in range(len(coef)):
            reach += gram[j, k] * coef[k]
        slope = target[j] - reach + old * own
        size = max(abs(slope) - l1, 0.0) / (own + l2)
        coef[j] = size if slope > 0.0 else -size
        largest, moved = max(largest, size), max(moved, abs(coef[j] - old))
    return largest, moved


@njit(cache=True, nogil=True, error_model="numpy")
def _gap(gram, target, norm, l1, l2, coef, residual):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    """The duality gap; ``residual`` becomes ``X'r - l2 w``."""
    scale = reach = own = square = length = 0.0
    for j in range(len(coef)):
        fitted = 0.0
        for k in range(len(coef)):
            fitted += gram[j, k] * coef[k]
        residual[j] = target[j] - fitted - l2 * coef[j]
        scale = max(scale, abs(residual[j]))
        reach += target[j] * coef[j]
        own += coef[j] * fitted
        square += coef[j] * coef[j]
        length += abs(coef[j])
    squares, along = norm - 2.0 * reach + own, norm - reach  # |r|^2 and r'y
    shrink = l1 / scale if scale > l1 else 1.0
    return 0.5 * (1.0 + shrink * shrink) * (squares + l2 * square) + l1 * length - shrink * along


@njit(cache=True, nogil=True, error_model="numpy")
def _screen(gram, l1, l2, coef, active, gap, residual):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    """Drop the coordinates that the gap proves to be zero at the optimum."""
    scale = 0.0
    for j in range(len(coef)):
        scale = max(scale, abs(residual[j]))
    reach = np.sqrt(2.0 * max(gap, 0.0)) / l1
    for j in range(len(coef)):
        if active[j] and (1.0 - abs(residual[j]) / max(l1, scale)) / np.sqrt(gram[j, j] + l2) > reach:
            active[j] = False
            coef[j] = 0.0
