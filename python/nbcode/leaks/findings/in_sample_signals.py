"""A signal, or all that is measured, that is what a model says of the very rows that it learnt from."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nbcode.leaks.findings.facts import Facts, Tested, told
from nbcode.leaks.lineage import Lineage, Rows, Scored
from nbcode.primitives import Diagnostic

_ALIKE = 0.9  # correlation of a signal with the prediction that it is made of
_LEARNT = 0.5  # of the signal's rows
_FEW = 30


def in_sample(facts: Facts, lineage: Lineage) -> Iterator[Diagnostic]:
    """E26 of a prediction of a whole table, more than was learnt from, whose trained rows are then the signal, or are all that is measured. A
    prediction of trained rows that is shown beside others, or whose later rows alone are used, is none."""
    fits: set[int] = set()
    for scored in lineage.scored:
        if not (scored.is_signal or (scored.paired and not facts.judged)):
            continue
        made_of = [one for one in facts.tests if one.shared < len(one.tested) and _is_of(scored, one)]
        shares = [_share(scored.rows, one.trained) for one in made_of]
        if not made_of or min(shares) < _LEARNT or made_of[-1].fit.number in fits:
            continue
        fits.add(made_of[-1].fit.number)
        yield _told(facts, scored, made_of[-1], shares[-1])


def _told(facts: Facts, scored: Scored, one: Tested, share: float) -> Diagnostic:
    days = facts.positions(scored.rows[np.isin(scored.rows.ids, one.trained.ids)])
    what = f"the signal {scored.text}" if scored.is_signal else f"what {scored.text or scored.what} measures"
    return told(
        "E26",
        one.fit,
        f"{what} is what {one.call.what} gives for rows that the model was fitted on: {share:.0%} of its rows, on {len(days):,} sessions from "
        f"{facts.date(days[0])} to {facts.date(days[-1])}",
        "what a model says of rows that it learnt from is memory, and it is never tested on others",
        f"fit on rows that end before: known = X[dates < '{facts.date(days[0])}']",
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
