"""Rows of one session that stand on both sides of a split as near copies: two lines of one issuer, say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nbcode.leaks.findings.facts import Facts, told
from nbcode.leaks.lineage import Call, Kind, Lineage, Role
from nbcode.primitives import Diagnostic

_COPIED = 0.2
_FEW = 40
_MOST = 2_000
_COLUMNS = 3  # in fewer, rows are near to each other by chance
_NEAR = 0.1  # of the distance to the tenth
_TENTH = 10


def copied(facts: Facts, lineage: Lineage) -> Iterator[Diagnostic]:
    """E28 of copies on both sides of a split of rows of one session."""
    for call, tested, train, test in _sides(facts, lineage):
        share = share_of_copies(train, test)
        if share > _COPIED:
            yield told(
                "E28",
                call,
                f"{share:.0%} of the rows that are tested have a near copy among the training rows, on the same session",
                "a copy is known by heart: two lines of one issuer, or one row that was drawn twice, say nothing of others",
                "split by what the copies have in common: GroupKFold().split(X, y, groups=table['issuer'])",
                tested=tested,
            )


def _sides(
    facts: Facts, lineage: Lineage
) -> Iterator[tuple[Call, Call | None, np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
    """Calls on rows of one session, and the values that they learn from and test."""
    by_number = {call.number: call for call in lineage.calls}
    for one in facts.judged:
        train, test = next(one.fit.of(Role.X)).numbers, next(one.call.of(Role.X)).numbers
        both = np.union1d(facts.positions(one.trained), facts.positions(one.tested))
        if train is not None and test is not None and len(both) == 1:
            yield one.fit, one.call, train, test
    for split in lineage.calls:
        call, rows = by_number.get(split.within), split.rows_of(Role.X)
        if split.kind is not Kind.SPLIT or call is None or rows is None or len(facts.positions(rows)) != 1:
            continue
        x = next(call.of(Role.X)).numbers
        if x is not None and len(x) == len(rows):
            yield from ((call, None, x[a], x[b]) for a, b in split.folds)


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
