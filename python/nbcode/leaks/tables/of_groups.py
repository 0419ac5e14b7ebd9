"""The correlation of two columns in each group of a frame at once: what a function that asks for no more than that would give for them
one by one. The commonest figure of the field, the information coefficient of each session, is one."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from nbcode.primitives import dataclass

_HARDLY = 1e-20  # of the squares is left when the mean is taken off

Numbers = np.ndarray[Any, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Correlation:
    """What is asked of a group: how two of its columns go together, by ``method`` (pearson, spearman)."""

    one: str
    other: str
    method: str


class _Column:
    """A column of no group: it can be correlated with another one, and nothing else."""

    def __init__(self, name: str) -> None:
        self.name = name

    def corr(self, other: object, method: object = "pearson") -> Correlation:
        if not isinstance(other, _Column) or method not in ("pearson", "spearman"):
            raise TypeError
        return Correlation(one=self.name, other=other.name, method=str(method))


class _Group:
    """No group: it has columns, and nothing else."""

    def __init__(self, columns: Collection[object], kind: type) -> None:
        self._columns, self._kind = columns, kind

    def __getitem__(self, name: object) -> _Column:
        if not isinstance(name, str) or name not in self._columns:
            raise TypeError
        return _Column(name)

    def __getattr__(self, name: str) -> _Column:
        if hasattr(self._kind, name):
            raise AttributeError(name)
        return self[name]


def correlation_asked(function: Any, table: Any) -> Correlation | None:
    """The correlation that ``function`` gives for any group of ``table``, None where it does anything else. It is asked about a group that has
    columns alone, so that it may change nothing."""
    columns = [
        name
        for name, kind in zip(table.columns, table.dtypes, strict=True)
        if getattr(kind, "kind", "") in "fi"
    ]
    try:
        made = function(_Group(columns, type(table)))
    except Exception:
        return None
    return made if isinstance(made, Correlation) else None


def correlations(asked: Correlation, table: Any, groups: Numbers, count: int) -> Numbers | None:
    """By group (``groups`` has its number by row, below 0 for none, ``count`` of them), NaN where it is not defined; None where a value is
    infinite or a column is hardly more than constant."""
    a, b = (table[name].to_numpy().astype(np.float64) for name in (asked.one, asked.other))
    known = (groups >= 0) & ~np.isnan(a) & ~np.isnan(b)
    a, b, of = a[known], b[known], groups[known]
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return None
    if asked.method == "spearman":
        a, b = _ranks(a, of), _ranks(b, of)
    rows = np.maximum(np.bincount(of, minlength=count), 1)
    squares = [np.bincount(of, x * x, minlength=count) for x in (a, b)]
    a, b = (x - (np.bincount(of, x, minlength=count) / rows)[of] for x in (a, b))
    left = [np.bincount(of, x * x, minlength=count) for x in (a, b)]
    constant = [one == 0 for one in left]
    if any(
        ((one <= _HARDLY * whole) & ~none).any()
        for one, whole, none in zip(left, squares, constant, strict=True)
    ):
        return None
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.bincount(of, a * b, minlength=count) / np.sqrt(left[0] * left[1])
    return np.where(constant[0] | constant[1], np.nan, found)


def _ranks(values: Numbers, of: Numbers) -> Numbers:
    """Ranks in each group; equal values have the mean of theirs."""
    if not len(values):
        return values
    order = np.lexsort((values, of))
    ordered, group = values[order], of[order]
    new = np.concatenate([[True], (ordered[1:] != ordered[:-1]) | (group[1:] != group[:-1]), [True]])
    begins = np.flatnonzero(new)
    made = np.empty(len(values))
    made[order] = np.repeat((begins[:-1] + begins[1:] + 1) / 2, np.diff(begins))
    return made - np.searchsorted(group, of)
