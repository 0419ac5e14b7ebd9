"""How the values of two runs differ, and which differences say nothing: another scale, another label, a part of a benchmark taken out."""

from __future__ import annotations

from typing import Any

import numpy as np

_SAME = 1e-6  # of their spread
_FEW_VALUES = 8
_MOST_COLUMNS = 24
_MORE = 12  # rows than columns: no chance fits so many

Array = np.ndarray[Any, Any]


def unlike(one: Array, other: Array) -> Array:
    """By row, whether a value is another by more than rounding."""
    known = one[np.isfinite(one)]
    size = float(np.abs(known).max()) if len(known) else 0.0
    with np.errstate(invalid="ignore"):
        apart = (np.isnan(one) != np.isnan(other)) | (np.abs(one - other) > _SAME * size)
    return np.asarray((apart & ~(one == other)).any(axis=1))


def is_same_order(one: Array, other: Array) -> bool:
    """Whether many different values are in the same order: scaled, shifted, ranked, or cut off at the ends."""
    a, b = one.ravel(), other.ravel()
    known = np.isfinite(a) & np.isfinite(b)
    a, b = a[known], b[known]
    if len(np.unique(a)) <= _FEW_VALUES or len(np.unique(b)) <= _FEW_VALUES:
        return False
    ordered = b[np.lexsort((b, a))]
    return bool((np.diff(ordered) >= -_SAME * np.abs(b).max()).all())


def is_label(early: tuple[Array, Array], late: tuple[Array, Array]) -> bool:
    """Whether values (of two runs) change where they reach over the cut (``late``) and much less before (``early``), or there by another
    level of a threshold alone."""
    before, after = unlike(*early), unlike(*late)
    if not len(after) or after.mean() < 0.3:
        return False
    if before.mean() < 0.5 * after.mean():
        return True
    return _one_way(*early) and not _one_way(*late)


def _one_way(one: Array, other: Array) -> bool:
    """Whether all few values that change do so in one direction."""
    change = other.astype(float) - one.astype(float)
    few = len(np.unique(one)) <= _FEW_VALUES
    return few and bool((change >= 0).all() or (change <= 0).all())


def is_combination(one: Array, other: Array, beside: Array) -> bool:
    """Whether a series differs by a constant part of series that the notebook has beside it (sessions x series), as what is left over a
    benchmark does when its beta is another; and is not simply one of them."""
    if one.shape[1] != 1 or not beside.shape[1]:
        return False
    a, b = one[:, 0], other[:, 0]
    columns = beside[:, np.isfinite(beside).all(axis=0)][:, :_MOST_COLUMNS]
    known = np.isfinite(a) & np.isfinite(b)
    a, b, columns = a[known], b[known], columns[known]
    columns = columns[:, : max(0, len(a) - _MORE)]
    size = float(np.abs(b).max())
    if any(np.abs(b - column).max() <= _SAME * size for column in columns.T):
        return False
    table = np.column_stack([np.ones(len(a)), a, columns])
    change = b - a
    left = change - table @ np.linalg.lstsq(table, change, rcond=None)[0]
    return bool(np.abs(left).max() <= 1e-6 * np.abs(change).max())


def is_rescaled(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any], size: float) -> bool:
    """Whether two sessions' labels are the same but for a scale and a level, which the past may set: of training rows, say."""
    if len(one) < 3 or not (np.isfinite(one).all() and np.isfinite(other).all()):
        return False
    spread = one - one.mean()
    slope = float(spread @ other / (spread @ spread)) if spread @ spread > (1e-6 * size) ** 2 else 0.0
    left = other - other.mean() - slope * spread
    return bool(np.abs(left).max() <= 1e-6 * max(size, float(np.abs(other).max())))
