"""Ranks and correlations of plain rows of numbers by a shorter way: cells ask for one of each session, and the looks for all of these
again. They are what scipy and pandas give, but for the last digits; whatever is no plain row goes to these."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

_FEWEST = 3
_LONGEST = 20_000  # rows: of longer ones the calls around it are no more than a small part
_HARDLY = 1e-20  # of the squares is left when the mean is taken off
_NEARLY_ONE = 1 - 1e-9

Numbers = np.ndarray[Any, Any]


@contextmanager
def short_ways() -> Iterator[None]:
    """``scipy.stats.rankdata``, ``scipy.stats.spearmanr`` and ``pandas.Series.corr`` meanwhile, where they are imported already."""
    stats, pandas = sys.modules.get("scipy.stats"), sys.modules.get("pandas")
    series = getattr(pandas, "Series", None)
    changed: list[tuple[Any, str, Any]] = []
    for holder, name, shortened in (
        (stats, "rankdata", _rankdata),
        (stats, "spearmanr", _spearmanr),
        (series, "corr", _corr),
    ):
        before = None if holder is None else vars(holder).get(name)
        if callable(before):
            changed.append((holder, name, before))
            setattr(holder, name, functools.wraps(before)(shortened(before)))
    try:
        yield
    finally:
        for holder, name, before in changed:
            setattr(holder, name, before)


def ranks(row: Numbers) -> Numbers:
    """Ranks from 1 on; equal values have the mean of theirs."""
    order = row.argsort(kind="stable")
    ordered, made = row[order], np.empty(len(row))
    new = ordered[1:] != ordered[:-1]
    if new.all():
        made[order] = np.arange(1.0, len(row) + 1)
        return made
    begins = np.flatnonzero(np.concatenate([[True], new, [True]]))
    made[order] = np.repeat((begins[:-1] + begins[1:] + 1) / 2, np.diff(begins))
    return made


def correlation(one: Numbers, other: Numbers) -> float | None:
    """Pearson's, None where one of them is hardly more than constant."""
    a, b = one - one.mean(), other - other.mean()
    both = a @ a, b @ b
    if both[0] <= _HARDLY * (one @ one) or both[1] <= _HARDLY * (other @ other):
        return None
    return float((a @ b) / (both[0] * both[1]) ** 0.5)


def _rankdata(before: Any) -> Any:
    def rankdata(a: Any, *args: Any, **keywords: Any) -> Any:
        row = None if args or keywords else _row(a)
        plain = row is not None and isinstance(a, np.ndarray) and bool(np.isfinite(row).all())
        return ranks(row) if plain and row is not None else before(a, *args, **keywords)

    return rankdata


def _spearmanr(before: Any) -> Any:
    @functools.cache
    def kind() -> Any:
        return type(before([1.0, 2.0, 3.0], [1.0, 3.0, 2.0]))

    def spearmanr(a: Any, *args: Any, **keywords: Any) -> Any:
        one, other = _row(a), _row(args[0]) if len(args) == 1 and not keywords else None
        found = None if one is None or other is None else _of_ranks(one, other)
        if found is None or abs(found) > _NEARLY_ONE or one is None:
            return before(a, *args, **keywords)
        from scipy.special import stdtr

        free = len(one) - 2
        chance = 2 * stdtr(free, -abs(found) * (free / ((1.0 + found) * (1.0 - found))) ** 0.5)
        made = kind()(np.float64(found), np.float64(chance))
        made.correlation = made.statistic
        return made

    return spearmanr


def _corr(before: Any) -> Any:
    def corr(self: Any, other: Any, method: Any = "pearson", *args: Any, **keywords: Any) -> Any:
        found = None
        if not args and not keywords and method in _WAYS:
            one, two = _row(self), _row(other)
            if (
                one is not None
                and two is not None
                and type(self) is type(other)
                and self.index.is_(other.index)
            ):
                found = _WAYS[method](one, two)
        return before(self, other, method, *args, **keywords) if found is None else np.float64(found)

    return corr


def _of_ranks(one: Numbers, other: Numbers) -> float | None:
    return correlation(ranks(one), ranks(other)) if _are_plain(one, other) else None


def _of_values(one: Numbers, other: Numbers) -> float | None:
    return correlation(one, other) if _are_plain(one, other) else None


_WAYS = {"pearson": _of_values, "spearman": _of_ranks}


def _are_plain(one: Numbers, other: Numbers) -> bool:
    return len(one) == len(other) and bool(np.isfinite(one + other).all())


def _row(value: Any) -> Numbers | None:
    """A plain row as an array of float64, None for anything else."""
    kind = getattr(value, "dtype", None)
    if not isinstance(kind, np.dtype) or kind.kind not in "fiu" or value.ndim != 1:
        return None
    if not _FEWEST <= len(value) <= _LONGEST:
        return None
    if isinstance(value, np.ndarray):
        return value.astype(np.float64, copy=False) if type(value) is np.ndarray else None
    return value.to_numpy().astype(np.float64, copy=False) if hasattr(value, "iloc") else None
