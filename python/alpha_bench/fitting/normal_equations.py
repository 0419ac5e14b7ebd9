"""Linear models solved from moments: the rows are read once, whatever is asked of them.

Every sum has a fixed order that depends on no thread and on no library, so coefficients are bit-identical from run to run.
Standardisation is folded in: moments of ``(x - mean) / std`` follow from those of ``x``, and the coefficients are given back in
the features' own units.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alpha_bench.fitting.coordinate_descent import descend
from alpha_bench.fitting.moments import Moments
from alpha_bench.runtime import Floats, carray, column_at, in_pieces, njit

_PIVOT_FLOOR = 1e-9  # relative Cholesky pivot under which normal equations are not trusted
_EPSILON = float(np.finfo(np.float64).eps)
_CELLS = 1 << 15  # predicted by one thread at a time


@dataclass(frozen=True, kw_only=True, slots=True)
class Linear:
    """``prediction = intercept + X @ coef``; ``coef`` is in the order of the features."""

    coef: Floats
    intercept: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Scaling:
    """What is subtracted from each feature, and what it is then divided by."""

    mean: Floats
    scale: Floats

    def undo(self, linear: Linear) -> Linear:
        """The same predictions, from features that are not scaled."""
        coef = linear.coef / self.scale
        return Linear(coef=coef, intercept=linear.intercept - _dot(coef, self.mean))


def scaling_of(moments: Moments) -> Scaling:
    """Means and standard deviations (ddof 0) of the features; one that is constant up to rounding is divided by 1, by
    scikit-learn's rule."""
    mean, rows = moments.mean[:-1], moments.weight
    variance = np.maximum(np.diagonal(moments.cross)[:-1] / rows, 0.0)
    constant = variance <= rows * _EPSILON * variance + (rows * mean * _EPSILON) ** 2
    return Scaling(mean=mean.copy(), scale=np.where(constant, 1.0, np.sqrt(variance)))


def scaled(moments: Moments, by: Scaling) -> Moments:
    """The moments of the scaled features, and of the label as it is."""
    scale = np.append(by.scale, 1.0)
    mean = (moments.mean - np.append(by.mean, 0.0)) / scale
    return Moments(
        rows=moments.rows,
        weight=moments.weight,
        mean=mean,
        cross=moments.cross / np.multiply.outer(scale, scale),
    )


def solve_ridge(moments: Moments, *, alpha: float, fit_intercept: bool) -> Linear | None:
    """Minimise ``sum w (y - Xw)^2 + alpha |w|^2``; ``alpha=0`` is ordinary least squares.

    None where the normal equations are too ill-conditioned to be trusted: the caller then solves from the rows themselves.
    """
    gram, target = _normal_equations(moments, fit_intercept=fit_intercept)
    coef, smallest_pivot = _cholesky_solve(gram + alpha * np.eye(len(target)), target)
    return (
        _with_intercept(moments, coef, fit_intercept=fit_intercept) if smallest_pivot > _PIVOT_FLOOR else None
    )


def solve_elastic_net(
    moments: Moments, *, alpha: float, l1_ratio: float, fit_intercept: bool, max_iter: int, tol: float
) -> Linear:
    """Minimise ``|y - Xw|^2 / (2n) + alpha l1_ratio |w|_1 + alpha (1 - l1_ratio) |w|^2 / 2`` by coordinate descent from zero.

    With weights the squares count by them and ``n`` is their sum. ``alpha * l1_ratio`` is above 0.
    """
    (found,) = elastic_net_path(
        moments, alphas=[alpha], l1_ratio=l1_ratio, fit_intercept=fit_intercept, max_iter=max_iter, tol=tol
    )
    return found


def elastic_net_path(
    moments: Moments,
    *,
    alphas: Sequence[float],
    l1_ratio: float,
    fit_intercept: bool,
    max_iter: int,
    tol: float,
) -> tuple[Linear, ...]:
    """:func:`solve_elastic_net` for each of ``alphas``, in their order, each from the one before."""
    gram, target = (np.ascontiguousarray(a) for a in _normal_equations(moments, fit_intercept=fit_intercept))
    norm = float(_second_moments(moments, fit_intercept=fit_intercept)[-1, -1])
    coef, found = np.zeros(len(target)), []
    for alpha in alphas:
        coef = descend(
            gram,
            target,
            norm,
            l1=alpha * l1_ratio * moments.weight,
            l2=alpha * (1 - l1_ratio) * moments.weight,
            max_iter=max_iter,
            tol=tol,
            start=coef,
        )
        found.append(_with_intercept(moments, coef, fit_intercept=fit_intercept))
    return tuple(found)


def _second_moments(moments: Moments, *, fit_intercept: bool) -> Floats:
    if fit_intercept:
        return moments.cross
    origin: Floats = np.multiply.outer(moments.mean, moments.mean) * moments.weight
    return moments.cross + origin


def _normal_equations(moments: Moments, *, fit_intercept: bool) -> tuple[Floats, Floats]:
    second = _second_moments(moments, fit_intercept=fit_intercept)
    return second[:-1, :-1], second[:-1, -1]


def _with_intercept(moments: Moments, coef: Floats, *, fit_intercept: bool) -> Linear:
    if not fit_intercept:
        return Linear(coef=coef, intercept=0.0)
    return Linear(coef=coef, intercept=float(moments.mean[-1]) - _dot(coef, moments.mean[:-1]))


def _dot(left: Floats, right: Floats) -> float:
    """A dot product summed in the order of the elements, whatever BLAS is installed."""
    total = 0.0
    for a, b in zip(left.tolist(), right.tolist(), strict=True):
        total += a * b
    return total


@njit(cache=True, nogil=True)
def _cholesky_solve(gram, target):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Solve by Cholesky on the matrix scaled to a unit diagonal; also the smallest pivot, as a share of 1."""
    size = len(target)
    scale = np.empty(size)
    for i in range(size):
        if not gram[i, i] > 0.0:
            return np.zeros(size), 0.0
        scale[i] = 1.0 / np.sqrt(gram[i, i])
    lower = np.zeros((size, size))
    smallest = 1.0
    for i in range(size):
        for j in range(i + 1):
            value = gram[i, j] * scale[i] * scale[j]
            for k in range(j):
                value -= lower[i, k] * lower[j, k]
            if i == j:
                smallest = min(smallest, value)
                if not value > 0.0:
                    return np.zeros(size), 0.0
                lower[i, i] = np.sqrt(value)
            else:
                lower[i, j] = value / lower[j, j]
    solution = target * scale
    for i in range(size):
        for k in range(i):
            solution[i] -= lower[i, k] * solution[k]
        solution[i] /= lower[i, i]
    for i in range(size - 1, -1, -1):
        for k in range(i + 1, size):
            solution[i] -= lower[k, i] * solution[k]
        solution[i] /= lower[i, i]
    return solution * scale, smallest


def predict(columns: Sequence[Floats], begin: int, end: int, model: Linear) -> Floats:
    """Predictions of sessions [begin, end), (end - begin, assets); NaN where a feature is not finite.

    One pass: ``((intercept + x0 w0) + x1 w1) + ...`` in the order of the features, each product and sum rounded.
    """
    held = [np.ascontiguousarray(c[begin:end], dtype=np.float64) for c in columns]
    addresses = np.array(
        [c.ctypes.data for c in held], dtype=np.int64
    )  # `held` lives until the end of this call
    out = np.empty((end - begin, columns[0].shape[1]))
    flat, coef = out.reshape(-1), np.ascontiguousarray(model.coef)

    def piece(first: int, last: int) -> None:
        _predict(addresses, first, last, coef, model.intercept, flat)

    in_pieces(piece, flat.size, _CELLS, flat.size * len(columns))
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _predict(addresses, first, last, coef, intercept, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    step = 2048  # cells at a time: their sums stay in the first-level cache
    for begin in range(first, last, step):
        cells = min(step, last - begin)
        total = out[begin : begin + cells]
        total[:] = intercept
        for k in range(len(coef)):
            column, weight = carray(column_at(addresses[k] + 8 * begin), (cells,)), coef[k]
            for r in range(cells):
                total[r] += column[r] * weight
        for r in range(cells):
            value = total[r]
            total[r] = value if math.isfinite(value) else np.nan
