"""A signal that is what a model says of the very rows that it learnt from."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nbcode.leaks.calls import Lineage, Rows, Scored
from nbcode.leaks.facts import Facts, Tested, told
from nbcode.primitives import Diagnostic

_ALIKE = 0.9  # correlation of a signal with the prediction that it is made of
_LEARNT = 0.5  # of the signal's rows
_FEW = 30


def in_sample(facts: Facts, lineage: Lineage) -> Iterator[Diagnostic]:
    """E26 of a prediction of a whole table, more than was learnt from, whose trained rows are then the signal. A prediction of trained rows
    that is shown, or whose later rows alone are used, is none."""
    for signal in (one for one in lineage.scored if one.is_signal):
        made_of = [one for one in facts.tests if one.shared < len(one.tested) and _is_of(signal, one)]
        shares = [_share(signal.rows, one.trained) for one in made_of]
        if not made_of or min(shares) < _LEARNT:
            continue
        one, days = (
            made_of[-1],
            facts.positions(signal.rows[np.isin(signal.rows.ids, made_of[-1].trained.ids)]),
        )
        yield told(
            "E26",
            one.fit,
            f"the signal {signal.text} is what {one.call.what} gives for rows that the model was fitted on: {shares[-1]:.0%} of its rows, on "
            f"{len(days):,} sessions from {facts.date(days[0])} to {facts.date(days[-1])}",
            "what a model says of rows that it learnt from is memory, and it is never tested on others",
            "fit on rows that end before the signal begins: known = X[X.index.get_level_values(0) < first]",
            tested=one.call,
        )


def _share(rows: Rows, trained: Rows) -> float:
    return float(np.isin(rows.ids, trained.ids).mean())


def _is_of(signal: Scored, one: Tested) -> bool:
    """Whether the signal's values are those that were predicted for its rows, but for a scale or a level of each session."""
    given = one.call.gave
    if given is None or given.shape[1] != 1 or signal.numbers.shape[1] != 1 or len(given) != len(one.tested):
        return False
    order = np.argsort(one.tested.ids, kind="stable")
    ids = one.tested.ids[order]
    at = np.minimum(np.searchsorted(ids, signal.rows.ids), len(ids) - 1)
    predicted, values = given[order[at], 0], signal.numbers[:, 0]
    both = (ids[at] == signal.rows.ids) & np.isfinite(predicted) & np.isfinite(values)
    if both.sum() < max(_FEW, 0.9 * np.isfinite(values).sum()):
        return False
    a, b = predicted[both], values[both]
    return bool(a.std() > 0 and b.std() > 0 and abs(np.corrcoef(a, b)[0, 1]) >= _ALIKE)
