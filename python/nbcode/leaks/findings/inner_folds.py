"""Folds inside of training rows, which test nothing that is reported."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from nbcode.leaks.lineage import Call, Kind, Lineage, Role
from nbcode.primitives import Diagnostic, Severity

_FEW_NEAR = 0.15  # of the training sessions: folds that touch, and do not mix


def of_training_rows(
    lineage: Lineage,
    split: Call,
    *,
    divided: np.ndarray,
    begins: Iterable[tuple[int, int]],
    near: int,
    sessions: int,
) -> tuple[Diagnostic, ...] | None:
    """What is to be noted of a split that divides training rows alone, None of one that tests. ``divided`` are its sessions as places in the
    calendar; ``begins`` the numbers of fits, and the horizon less than the first session that what they made is tested on. ``near`` of the
    ``sessions`` that a fold trains on are less than the horizon from a tested one.

    Training rows are divided for what an estimator fits of parts of them (an encoder, a calibration), for a search, which then chooses too
    well of what it should, or into folds that hardly touch, for features of a second model; or by cells that fit no model of the parts, but
    encode one by means of the others, say; and what is made of it is tested on rows that begin a horizon after them.
    """
    around = next((one for one in lineage.calls if one.number == split.within), None)
    if around is None:
        after = [at for number, at in begins if number > split.number]
        return () if after and min(after) >= divided[-1] and not _is_used(lineage, split) else None
    if not (around.kind is Kind.FIT or around.what.endswith("cross_val_predict")):
        return None
    if around.kind is not Kind.FIT and near >= _FEW_NEAR * sessions:
        return None
    after = [at for number, at in begins if number >= around.number]
    if not after or min(after) < divided[-1]:
        return None
    return (_tuned(around, split, near, sessions),) if around.searches else ()


def _is_used(lineage: Lineage, split: Call) -> bool:
    """Whether a model is fitted on, or applied to, as many rows as a part of the ``split`` has, of its sessions alone."""
    rows = split.rows_of(Role.X)
    sizes = {len(part) for fold in split.folds for part in fold}
    theirs = (
        one.rows_of(Role.X)
        for one in lineage.calls
        if one.kind is not Kind.SPLIT and one.number > split.number
    )
    return rows is None or any(
        one is not None and len(one) in sizes and bool(np.isin(one.sessions, rows.sessions).all())
        for one in theirs
    )


def _tuned(search: Call, split: Call, near: int, sessions: int) -> Diagnostic:
    return Diagnostic(
        code="NBC-E28",
        severity=Severity.NOTE,
        message=f"{search.what} chooses by folds that mix time ({split.what}): {near:,} of {sessions:,} training sessions are less than the "
        "horizon from a row that they are scored on",
        cause="labels of neighbouring sessions share prices, so it may choose what remembers best; the tested rows come after, and know "
        "nothing of it",
        fixes=("cv=TimeSeriesSplit(5, gap=...) on rows in the order of their dates",),
        place=search.place,
    )
