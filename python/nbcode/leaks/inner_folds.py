"""Folds inside of training rows, which test nothing that is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbcode.leaks.calls import Call, Kind, Lineage, Rows

if TYPE_CHECKING:
    from nbcode.leaks.facts import Facts

_FEW_NEAR = 0.15  # of the training sessions: folds that touch, and do not mix


def is_inner(facts: Facts, lineage: Lineage, split: Call, rows: Rows, near: float) -> bool:
    """Whether a split divides training rows alone, for what an estimator fits of parts of them (an encoder, a calibration), or into folds that
    hardly touch, for features of a second model: what is made of it is tested a horizon after them. What a search chooses by is a test.
    ``near`` is the share of training sessions of a fold that are less than the horizon from a tested one."""
    around = next((one for one in lineage.calls if one.number == split.within), None)
    if around is None or not (around.kind is Kind.FIT or around.what.endswith("cross_val_predict")):
        return False
    if around.searches or (around.kind is not Kind.FIT and near >= _FEW_NEAR):
        return False
    begins = [facts.positions(one.tested) for one in facts.judged if one.fit.number >= around.number]
    sessions = facts.positions(rows)
    return bool(begins) and all(
        len(at) and not facts.near(sessions, at) and at[0] > sessions[-1] for at in begins
    )
