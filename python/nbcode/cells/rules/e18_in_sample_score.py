"""Every prediction or score is made on the very rows that an estimator was fitted on.

Why: figures on training rows say how well a model remembers, not how well it foresees. A warning, not an error: the run
is reproducible all the same. It is given only where *all* scoring uses training rows; a look at them beside held-out rows
is good practice, and so are ``walk_forward``, ``cross_val_score`` and the other ways that split by themselves. What is fitted without
a target, such as a clustering, labels the rows that it was fitted on by design, and is left alone.

Bad::

    # %% [model]
    m = LinearRegression().fit(X, y)
    # %% [eval]
    report = {"r2": m.score(X, y)}

Good::

    # %% [model]
    m = LinearRegression().fit(X.iloc[:cut], y.iloc[:cut])
    # %% [eval]
    report = {"r2": m.score(X.iloc[cut + 10:], y.iloc[cut + 10:])}
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.cells.rules.calls import keyword
from nbcode.cells.trees import walk
from nbcode.primitives import Diagnostic, Severity

CODE = "E18"
TITLE = "scored where it was fitted"

_SCORES = frozenset({"predict", "predict_proba", "decision_function", "score"})
_SPLITS_BY_ITSELF = ("cross_val", "cross_validate", "walk_forward", "GridSearchCV", "RandomizedSearchCV")


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding, at the first score, when no score anywhere is on other rows."""
    calls = [(facts, call, name) for facts in context.tagged for call, name in context.calls_of(facts)]
    if any(word in name for _, _, name in calls for word in _SPLITS_BY_ITSELF):
        return
    fitted = {
        ast.dump(rows)
        for _, call, _ in calls
        if _has_target(call) and (rows := _rows(call, frozenset({"fit"}))) is not None
    }
    scored = [(facts, call, rows) for facts, call, _ in calls if (rows := _rows(call, _SCORES)) is not None]
    bound = Counter(event.name for facts in context.tagged for event in facts.events if event.kind == "bind")
    if scored and all(_same(rows, fitted, bound) for _, _, rows in scored):
        facts, call, rows = scored[0]
        yield finding(
            CODE,
            f"`{ast.unparse(rows)}` is scored where it was fitted",
            facts.place_of(call),
            cause="figures on training rows say how well a model remembers, not how well it foresees",
            fixes=("fit on the earlier rows, score on later ones, with the horizon left out between them",),
            severity=Severity.WARNING,
        )


def _has_target(call: ast.Call) -> bool:
    return len(call.args) > 1 or any(k.arg in {"y", None} for k in call.keywords)


def _rows(call: ast.Call, methods: frozenset[str]) -> ast.expr | None:
    """What a method call is given as its rows: the first argument, or ``X=``."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in methods:
        return None
    return call.args[0] if call.args else keyword(call, "X")


def _same(rows: ast.expr, fitted: set[str], bound: Counter[str]) -> bool:
    """Whether the same text was fitted, and each of its names is bound once: then it is the same value."""
    names = {node.id for node in walk(rows) if isinstance(node, ast.Name)}
    return ast.dump(rows) in fitted and all(bound[name] == 1 for name in names)
