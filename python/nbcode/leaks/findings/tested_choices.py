"""Choices on tested rows that the calls show: a second model that learns from predictions on them, and the best of a search as the figure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nbcode.leaks.findings.facts import Facts, Tested
from nbcode.leaks.lineage import Call, Kind, Lineage, Role
from nbcode.primitives import Diagnostic, Related, Severity

_FEWEST = 3  # settings of a search


def choices(facts: Facts, lineage: Lineage) -> Iterator[Diagnostic]:
    """E30 for each."""
    yield from _second_stages(facts)
    yield from _best_scores(facts, lineage)


def _second_stages(facts: Facts) -> Iterator[Diagnostic]:
    """A model that learns from what another gives for rows that this one is tested on, and is tested on the same rows alone."""
    outside = {one.fit.owner for one in facts.judged}
    for one in facts.tests:
        if one.fit.owner in outside or one.shared < len(one.tested):
            continue
        first = next((j for j in facts.judged if j.call.number < one.fit.number and _feeds(j, one.fit)), None)
        if first is None:
            continue
        sessions = facts.positions(one.tested)
        yield Diagnostic(
            code="NBC-E30",
            severity=Severity.WARNING,
            message=f"{one.fit.what} learns from what {first.call.what} gives for tested rows, and is tested on them: {len(one.tested):,} rows, "
            f"on {len(sessions):,} sessions from {facts.date(sessions[0])} to {facts.date(sessions[-1])}",
            cause="probabilities that are calibrated, or weights of a blend that are fitted, on the rows that score them fit these rows alone",
            fixes=(
                "fit it on predictions for rows between the training and the tested ones: c.fit(m.predict(valid[columns]), valid[target])",
            ),
            place=one.fit.place,
            related=(Related(message=f"predicted here, by {first.call.what}", place=first.call.place),),
        )


def _feeds(one: Tested, fit: Call) -> bool:
    """Whether a column of what ``fit`` learns from is what ``one`` predicted."""
    x, gave = next(fit.of(Role.X), None), one.call.gave
    if x is None or x.numbers is None or gave is None or len(x.numbers) != len(gave):
        return False
    return any(np.array_equal(column, given) for column in x.numbers.T for given in gave.T)


def _best_scores(facts: Facts, lineage: Lineage) -> Iterator[Diagnostic]:
    """A figure that is the score by which a search chose, where no rows outside of the search were tested."""
    for search in lineage.calls:
        best, rows = search.best, search.rows_of(Role.X)
        if search.kind is not Kind.FIT or best is None or best.count < _FEWEST:
            continue
        name = next((name for name, value in lineage.figures if _is(value, best.score)), None)
        if name is None or any(
            rows is None or not np.isin(one.tested.sessions, rows.sessions).all() for one in facts.judged
        ):
            continue
        yield Diagnostic(
            code="NBC-E30",
            severity=Severity.WARNING,
            message=f"the figure {name} is the best of {best.count} scores by which {search.what} chose",
            cause="the best of several on some rows is better there than anywhere else, and no other rows are tested",
            fixes=(
                "keep later rows out of the search, and score them once: search.score(test[columns], test[target])",
            ),
            place=search.place,
        )


def _is(figure: float, score: float) -> bool:
    """Whether a figure is a score, also one whose sign was turned, or the root of such a one."""
    forms = (score, -score, np.sqrt(-score) if score < 0 else score)
    return any(abs(figure - form) <= 1e-12 * max(1.0, abs(form)) for form in forms)
