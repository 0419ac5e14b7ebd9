"""Linear models from Gram matrices: one pass over the data serves every fold.

The sessions are cut wherever a training range begins or ends. Each piece is reduced once to its moments (count, means, centred
cross products of the complete rows of ``[X, y]``); a fold's moments are merged from its pieces by the pairwise update of Chan,
Golub and LeVeque (1983), which subtracts nothing that is large, and the model is solved from them.

Every sum has a fixed order that depends on no thread and on no library, so coefficients are bit-identical from run to run, and
a fold's bits depend only on its own training rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from alpha_bench._numba import njit
from alpha_bench.kernels.pieces import in_pieces
from alpha_bench.sessions import Sessions

Floats = NDArray[np.float64]

_ROWS_A_CHUNK = 8192  # rows gathered at once: the buffer stays in the second-level cache
_PIVOT_FLOOR = 1e-9  # relative Cholesky pivot under which normal equations are not trusted


@dataclass(frozen=True, kw_only=True, slots=True)
class Moments:
    """Of complete rows of ``[X, y]``: how many, their means (p+1) and centred cross products (p+1, p+1)."""

    rows: int
    mean: Floats
    cross: Floats

    def merge(self, other: Moments) -> Moments:
        """The moments of both sets of rows together."""
        if self.rows == 0 or other.rows == 0:
            return other if self.rows == 0 else self
        rows = self.rows + other.rows
        shift = other.mean - self.mean
        return Moments(
            rows=rows,
            mean=self.mean + shift * (other.rows / rows),
            cross=self.cross
            + other.cross
            + np.multiply.outer(shift, shift) * (self.rows * (other.rows / rows)),
        )


def empty_moments(columns: int) -> Moments:
    """Moments of no rows."""
    return Moments(rows=0, mean=np.zeros(columns), cross=np.zeros((columns, columns)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Linear:
    """``prediction = intercept + X @ coef``; ``coef`` is in the order of the features."""

    coef: Floats
    intercept: float


def moments_of(columns: Sequence[Floats], begin: int, end: int) -> Moments:
    """Moments of the rows of sessions [begin, end) where every column is finite.

    ``columns`` are (sessions, assets) arrays: the features, then the label.
    """
    width, assets = len(columns), columns[0].shape[1]
    step = max(1, _ROWS_A_CHUNK // max(1, assets))
    found: list[Moments] = [empty_moments(width)] * -(-(end - begin) // step)

    def chunks(first: int, last: int) -> None:
        block, rows = np.empty((width, step, assets)), np.empty((step * assets, width))
        for number in range(first, last):
            at = begin + number * step
            sessions = min(step, end - at)
            for k, column in enumerate(columns):
                block[k, :sessions] = column[at : at + sessions]
            count, mean, cross = _chunk_moments(block, sessions, rows)
            found[number] = Moments(rows=count, mean=mean, cross=cross)

    in_pieces(chunks, len(found), 8, (end - begin) * assets)
    total = empty_moments(width)
    for piece in found:  # merged in the order of the sessions, whichever thread made them
        total = total.merge(piece)
    return total


def moments_by_range(columns: Sequence[Floats], sets: Iterable[Sessions]) -> tuple[Moments, ...]:
    """Moments of each set of sessions, every session being read once however many sets hold it."""
    sets = tuple(sets)
    cuts = sorted({edge for s in sets for r in s.ranges for edge in (r.start, r.stop)})
    pieces = {(a, b): moments_of(columns, a, b) for a, b in pairwise(cuts) if any(a in s for s in sets)}
    merged = []
    for wanted in sets:
        total = empty_moments(len(columns))
        for (a, _), piece in pieces.items():
            if a in wanted:
                total = total.merge(piece)
        merged.append(total)
    return tuple(merged)


@njit(cache=True, nogil=True)
def _chunk_moments(chunk, sessions, rows):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    width, _, assets = chunk.shape
    count = 0
    for t in range(sessions):
        for a in range(assets):
            complete = True
            for k in range(width):
                value = chunk[k, t, a]
                rows[count, k] = value
                complete = complete and np.isfinite(value)
            if complete:
                count += 1
    mean = np.zeros(width)
    cross = np.zeros((width, width))
    if count == 0:
        return count, mean, cross
    for r in range(count):
        for k in range(width):
            mean[k] += rows[r, k]
    mean /= count
    for r in range(count):
        for k in range(width):
            rows[r, k] -= mean[k]
    whole = count - count % 4
    for r in range(0, whole, 4):
        for i in range(width):
            a0, a1, a2, a3 = rows[r, i], rows[r + 1, i], rows[r + 2, i], rows[r + 3, i]
            for j in range(i, width):
                cross[i, j] += (a0 * rows[r, j] + a1 * rows[r + 1, j]) + (
                    a2 * rows[r + 2, j] + a3 * rows[r + 3, j]
                )
    for r in range(whole, count):
        for i in range(width):
            for j in range(i, width):
                cross[i, j] += rows[r, i] * rows[r, j]
    for i in range(width):
        for j in range(i):
            cross[i, j] = cross[j, i]
    return count, mean, cross


def solve_ridge(moments: Moments, *, alpha: float, fit_intercept: bool) -> Linear | None:
    """Minimise ``|y - Xw|^2 + alpha |w|^2``; ``alpha=0`` is ordinary least squares.

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
    """Minimise ``|y - Xw|^2 / (2n) + alpha l1_ratio |w|_1 + alpha (1 - l1_ratio) |w|^2 / 2`` by coordinate descent.

    The order of the coordinates, the gap-safe screening (Fercoq, Gramfort, Salmon 2015) and the stopping rule (duality gap
    <= tol |y|^2) are scikit-learn's, so the iterates are too, up to rounding.
    """
    gram, target = _normal_equations(moments, fit_intercept=fit_intercept)
    norm = float(_second_moments(moments, fit_intercept=fit_intercept)[-1, -1])
    descent = _Descent(
        gram=gram,
        target=target,
        norm=norm,
        l1=alpha * l1_ratio * moments.rows,
        l2=alpha * (1 - l1_ratio) * moments.rows,
    )
    coef = descent.run(max_iter=max_iter, tol=tol)
    return _with_intercept(moments, coef, fit_intercept=fit_intercept)


def _second_moments(moments: Moments, *, fit_intercept: bool) -> Floats:
    if fit_intercept:
        return moments.cross
    origin: Floats = np.multiply.outer(moments.mean, moments.mean) * moments.rows
    return moments.cross + origin


def _normal_equations(moments: Moments, *, fit_intercept: bool) -> tuple[Floats, Floats]:
    second = _second_moments(moments, fit_intercept=fit_intercept)
    return second[:-1, :-1], second[:-1, -1]


def _with_intercept(moments: Moments, coef: Floats, *, fit_intercept: bool) -> Linear:
    if not fit_intercept:
        return Linear(coef=coef, intercept=0.0)
    explained = 0.0
    for weight, mean in zip(coef.tolist(), moments.mean.tolist(), strict=False):
        explained += weight * mean
    return Linear(coef=coef, intercept=float(moments.mean[-1]) - explained)


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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Descent:
    """Coordinate descent on ``w'Gw/2 - t'w + l1 |w|_1 + l2 |w|^2/2``."""

    gram: Floats
    target: Floats
    norm: float
    l1: float
    l2: float

    def run(self, *, max_iter: int, tol: float) -> Floats:
        coef = np.zeros(len(self.target))
        gap, residual, scale = self._gap(coef)
        if gap <= tol * self.norm:
            return coef
        active = self._screen(
            coef, [j for j in range(len(coef)) if self.gram[j, j] > 0], gap, residual, scale
        )
        for turn in range(max_iter):
            largest, moved = self._sweep(coef, active)
            if largest == 0.0 or moved / largest <= tol or turn == max_iter - 1:
                gap, residual, scale = self._gap(coef)
                if gap <= tol * self.norm:
                    break
                active = self._screen(coef, active, gap, residual, scale)
        return coef

    def _sweep(self, coef: Floats, active: list[int]) -> tuple[float, float]:
        largest = moved = 0.0
        for j in active:
            old, own = float(coef[j]), float(self.gram[j, j])
            slope = float(self.target[j]) - _dot(self.gram[j], coef) + old * own
            new = math.copysign(max(abs(slope) - self.l1, 0.0), slope) / (own + self.l2)
            coef[j] = new
            largest, moved = max(largest, abs(new)), max(moved, abs(new - old))
        return largest, moved

    def _gap(self, coef: Floats) -> tuple[float, Floats, float]:
        """Duality gap, ``X'r - l2 w``, and its largest absolute value."""
        fitted = np.array([_dot(row, coef) for row in self.gram])
        residual = self.target - fitted - self.l2 * coef
        scale = float(np.max(np.abs(residual)))
        reach, own = _dot(self.target, coef), _dot(coef, fitted)
        squares, along = self.norm - 2 * reach + own, self.norm - reach  # |r|^2 and r'y
        shrink = self.l1 / scale if scale > self.l1 else 1.0
        gap = 0.5 * (1 + shrink**2) * (squares + self.l2 * _dot(coef, coef))
        return gap + self.l1 * float(np.sum(np.abs(coef))) - shrink * along, residual, scale

    def _screen(
        self, coef: Floats, active: list[int], gap: float, residual: Floats, scale: float
    ) -> list[int]:
        """Drop the coordinates that the gap proves to be zero at the optimum."""
        kept, reach = [], math.sqrt(2 * max(gap, 0.0)) / self.l1
        for j in active:
            slack = 1 - abs(float(residual[j])) / max(self.l1, scale)
            if slack / math.sqrt(float(self.gram[j, j]) + self.l2) <= reach:
                kept.append(j)
            else:
                coef[j] = 0.0
        return kept


def _dot(left: Floats, right: Floats) -> float:
    """A dot product summed in the order of the elements, whatever BLAS is installed."""
    total = 0.0
    for a, b in zip(left.tolist(), right.tolist(), strict=True):
        total += a * b
    return total


def predict(columns: Sequence[Floats], begin: int, end: int, model: Linear) -> Floats:
    """Predictions of sessions [begin, end), (end - begin, assets); NaN where a feature is not finite."""
    total = np.full((end - begin, columns[0].shape[1]), model.intercept)
    scratch = np.empty_like(total)
    with np.errstate(invalid="ignore", over="ignore"):
        for column, weight in zip(columns, model.coef.tolist(), strict=True):
            np.multiply(column[begin:end], weight, out=scratch)
            total += scratch
    total[~np.isfinite(total)] = np.nan
    return total
