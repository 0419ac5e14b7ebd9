"""An estimator or a splitter that draws random numbers has no seed, or runs on several threads.

Why: the same spec should give the same artifact. Without ``random_state`` the clean
run draws other numbers than the kernel did; with ``n_jobs`` other
than 1 sums are taken in another order each time, and differ in their last digits. A warning: the run goes on, and
records it.

Bad::

    m = RandomForestRegressor(n_jobs=-1)

Good::

    m = RandomForestRegressor(random_state=0, n_jobs=1)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.cells.facts import CellFacts
from nbcode.cells.rules.calls import SEEDED_BY_THE_RUN, keyword, literal, seeds
from nbcode.cells.rules.edits import added_argument, rewritten
from nbcode.cells.rules.generators import draws_unseeded
from nbcode.primitives import Diagnostic, Fix, Severity

CODE = "D10"
TITLE = "estimator without seed, or with threads"

_LIBRARIES = ("sklearn.", "lightgbm.", "xgboost.", "catboost.", "imblearn.", "statsmodels.", "joblib.")


def check(context: Context) -> Iterator[Diagnostic]:
    """Each such call on a class or function of a known library."""
    seeded = seeds(context, "numpy.random.seed")
    for facts in context.tagged:
        for call, dotted in context.calls_of(facts):
            if not dotted.startswith(_LIBRARIES):
                continue
            name = dotted.rpartition(".")[2]
            if draws_unseeded(call, name) and not seeded:
                yield finding(
                    CODE,
                    f"`{name}` without random_state",
                    facts.place_of(call),
                    cause=SEEDED_BY_THE_RUN,
                    fixes=(_seeded(facts, call),),
                    severity=Severity.WARNING,
                )
            jobs = keyword(call, "n_jobs")
            if jobs is not None and isinstance(literal(jobs), int) and literal(jobs) != 1:
                yield finding(
                    CODE,
                    f"`{name}` with n_jobs={literal(jobs)}",
                    facts.place_of(jobs),
                    cause="threads add in another order each time; the last digits differ",
                    fixes=(rewritten("write n_jobs=1", facts.place_of(jobs), "1"),),
                    severity=Severity.WARNING,
                )


def _seeded(facts: CellFacts, call: ast.Call) -> Fix:
    title, given = "add random_state=0", keyword(call, "random_state")
    if given is not None:
        return rewritten(title, facts.place_of(given), "0")
    return added_argument(title, facts, call, "random_state=0")
