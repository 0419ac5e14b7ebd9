"""A parameter is chosen by scores on the rows that judge the model afterwards.

Why: the best of many tries on the test rows is good there by luck too, so the figure that is reported is not what new data would
give. A warning, given where candidates are fitted and scored in a loop, and the figures are made on the same rows outside it. Scores
on the rows that the candidates are fitted on in that loop are a learning curve, by which nobody chooses.

Bad::

    for alpha in (0.1, 1.0, 10.0):
        scores[alpha] = Ridge(alpha=alpha).fit(X_train, y_train).score(X_test, y_test)
    m = Ridge(alpha=max(scores, key=scores.get)).fit(X_train, y_train)
    report = {"r2": m.score(X_test, y_test)}

Good::

    for alpha in (0.1, 1.0, 10.0):
        scores[alpha] = Ridge(alpha=alpha).fit(X_train, y_train).score(X_valid, y_valid)
    m = Ridge(alpha=max(scores, key=scores.get)).fit(X_train, y_train)
    report = {"r2": m.score(X_test, y_test)}
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.cells.rules.calls import keyword
from nbcode.cells.trees import walk
from nbcode.primitives import Diagnostic, Severity

CODE = "D31"
TITLE = "chosen on the test rows"

_SCORES = frozenset({"predict", "predict_proba", "score"})
_LOOPS = ast.For | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding a loop."""
    loops = [
        (facts, node)
        for facts in context.tagged
        if "fit" in facts.cell.source
        for node in facts.nodes
        if isinstance(node, _LOOPS) and _tries_candidates(node)
    ]
    if not loops:
        return
    inside = {id(call) for _, loop in loops for call in walk(loop) if isinstance(call, ast.Call)}
    judged = {
        ast.dump(rows)
        for facts in context.tagged
        for call, _ in context.calls_of(facts)
        if id(call) not in inside and (rows := _rows(call, _SCORES)) is not None
    }
    for facts, loop in loops:
        names = _loop_names(loop)
        calls = [call for call in walk(loop) if isinstance(call, ast.Call)]
        learnt = {ast.dump(x) for call in calls if (x := _rows(call, frozenset({"fit"}))) is not None}
        for call in calls:
            rows = _rows(call, _SCORES)
            if (
                rows is None
                or ast.dump(rows) in learnt
                or _names(rows) & names
                or ast.dump(rows) not in judged
            ):
                continue
            yield finding(
                CODE,
                f"candidates are chosen on `{ast.unparse(rows)}`, and the figures are made on it too",
                facts.place_of(call),
                cause="the best of several tries on some rows is good on them by luck too",
                fixes=(
                    "choose on rows between training and test, and score once on the test rows",
                    "or let the search be nested in the training part of each fold",
                ),
                severity=Severity.WARNING,
            )
            break


def _tries_candidates(loop: ast.AST) -> bool:
    """Whether something that is made with the loop's own name is fitted in it."""
    names = _loop_names(loop)
    fits = made = False
    for call in walk(loop):
        if isinstance(call, ast.Call):
            method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            given = [*call.args, *(k.value for k in call.keywords)]
            fits = fits or method == "fit"
            made = made or (method not in _SCORES | {"fit"} and any(_names(v) & names for v in given))
    return fits and made


def _loop_names(loop: ast.AST) -> set[str]:
    targets = (
        [loop.target] if isinstance(loop, ast.For) else [g.target for g in getattr(loop, "generators", ())]
    )
    return {name for target in targets for name in _names(target)}


def _names(node: ast.AST) -> set[str]:
    return {n.id for n in walk(node) if isinstance(n, ast.Name)}


def _rows(call: ast.Call, methods: frozenset[str]) -> ast.expr | None:
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in methods:
        return None
    return call.args[0] if call.args else keyword(call, "X")
