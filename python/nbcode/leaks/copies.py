"""Rows of one session that stand on both sides of a split as near copies: two lines of one issuer, say."""

from __future__ import annotations

from typing import Any

import numpy as np

_FEW = 40
_MOST = 2_000
_COLUMNS = 3  # in fewer, rows are near to each other by chance
_NEAR = 0.1  # of the distance to the tenth
_TENTH = 10


def share_of_copies(train: np.ndarray[Any, Any], test: np.ndarray[Any, Any]) -> float:
    """The share of the rows of ``test`` (rows x columns) whose nearest row of ``train`` is ten times nearer than the tenth: of rows that
    have nothing to do with each other hardly any is. 0 where there are too few rows or columns to tell."""
    both = np.isfinite(train).all(axis=0) & np.isfinite(test).all(axis=0) & (train.std(axis=0) > 0)
    if both.sum() < _COLUMNS or len(train) < _FEW or not len(test):
        return 0.0
    train, test = train[:_MOST, both], test[:_MOST, both]
    size = train.std(axis=0)
    train, test = train / size, test / size
    squares = (test**2).sum(axis=1)[:, None] + (train**2).sum(axis=1) - 2 * test @ train.T
    nearest = np.sqrt(np.maximum(np.partition(squares, _TENTH, axis=1), 0.0))
    first, tenth = nearest[:, :_TENTH].min(axis=1), nearest[:, _TENTH]
    return float((first < _NEAR * tenth).mean())
