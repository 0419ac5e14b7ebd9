"""The target among the columns that it is learnt from."""

from __future__ import annotations

import numpy as np

from nbcode.leaks.lineage.calls import Argument

_FEW = 20
_SAME = 1e-9


def column_of_target(x: Argument, y: Argument) -> int | None:
    """The column of X that is y, or y times a number plus a number."""
    if x.numbers is None or y.numbers is None or y.numbers.shape[1] != 1 or len(x.numbers) != len(y.numbers):
        return None
    target = y.numbers[:, 0]
    for at in range(x.numbers.shape[1]):
        column = x.numbers[:, at]
        both = np.isfinite(column) & np.isfinite(target)
        if both.sum() < _FEW or len(np.unique(target[both][:1000])) < 3:
            continue
        a, b = column[both] - column[both].mean(), target[both] - target[both].mean()
        size = float(np.sqrt((a @ a) * (b @ b)))
        if size > 0 and abs(a @ b) > (1 - _SAME) * size:
            return at
    return None
