"""Facts of dates and rows that another future refutes: a label that ends before its horizon does, a scaler that feeds nothing that is learnt
from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nbcode.leaks.futures.again import Again
from nbcode.leaks.futures.compare import different
from nbcode.leaks.lineage import Call, Change, Doubt, Future, Kind, Lineage, Role
from nbcode.primitives import Diagnostic

_MOST = 2  # facts that are doubted: each costs a run of the cells, or two


def without_refuted(
    facts: Sequence[Diagnostic], doubts: Sequence[Doubt], again: Again
) -> tuple[Diagnostic, ...]:
    """``facts`` without those that another future refutes."""
    told = [one for one in doubts if any(fact is one.fact for fact in facts)]
    refuted = [one.fact for one in told if _is_refuted(one, again)] if len(told) <= _MOST else []
    return tuple(one for one in facts if not any(one is other for other in refuted))


def _is_refuted(doubt: Doubt, again: Again) -> bool:
    second = _on_another(again, doubt.cut)
    if second is None or _is_same(doubt.call, doubt.role, second) is not True:
        return False
    if doubt.moves is not None:
        return _is_same(doubt.moves, Role.X, second) is False
    assert doubt.moves_at is not None
    third = _on_another(again, doubt.moves_at)
    return third is not None and _is_same(doubt.call, doubt.role, third) is False


def _on_another(again: Again, cut: np.datetime64) -> Lineage | None:
    second, failed = again.calls(Future(change=Change.MOVED, cut=cut))
    return None if failed is not None else second


def _is_same(call: Call, role: Role, second: Lineage) -> bool | None:
    """Whether an argument of a fit is what it was, None where that is not known."""
    fits = [one for one in second.calls if (one.at, one.time, one.kind) == (call.at, call.time, Kind.FIT)]
    one, other = (next(made.of(role), None) for made in (call, *fits[:1])) if fits else (None, None)
    if one is None or other is None or one.numbers is None or other.numbers is None:
        return None
    return one.numbers.shape == other.numbers.shape and not different(one.numbers, other.numbers).any()
