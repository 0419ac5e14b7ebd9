"""A split trains on rows that come after those it tests, or right before them, while the target is a return still to come.

Why: labels of neighbouring dates share prices. A shuffled split puts dates of one week on both sides, k-fold trains on both sides
of a block without a gap, and a time-series split without a gap trains on labels that reach into the block: what is measured is
memory. A warning, given only where the target is seen to look ahead (`shift(-10)`, a label). A note where the notebook tests on rows
that no fold holds, and where an estimator makes folds of what it is fitted on (`LassoCV(cv=5)`): then it is the choice that is made
by memory, and not the figure. And a note where `train_test_split` keeps the order and nothing cuts the horizon off the training rows:
one seam, a few labels.

Bad::

    y = df["close"].shift(-10) / df["close"] - 1
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)

Good::

    y = df["close"].shift(-10) / df["close"] - 1
    dates = np.sort(df["date"].unique())
    for before, after in TimeSeriesSplit(5, gap=10).split(dates):
        train, test = df["date"].isin(dates[before]), df["date"].isin(dates[after])

The splitter counts rows: on the rows of a panel, gap=10 is a part of one session. Where sessions and names make up the rows, the
sessions are what is split, as here (a clean run tells it otherwise: E29).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.cells.facts import CellFacts
from nbcode.cells.rules.calls import has_double_star, keyword, literal, sessions_of_horizon
from nbcode.cells.rules.held_out import CROSS_VALIDATORS, held_out
from nbcode.primitives import Diagnostic, Severity

CODE = "D29"
TITLE = "split that mixes time"

_HOME = "sklearn.model_selection."
_MIXES = frozenset(
    {
        "KFold", "StratifiedKFold", "GroupKFold", "RepeatedKFold", "ShuffleSplit", "GroupShuffleSplit",
        "StratifiedShuffleSplit", "LeaveOneOut", "LeavePOut", "RepeatedStratifiedKFold",
    }
)  # fmt: skip
_BY_CV = CROSS_VALIDATORS | {"GridSearchCV", "RandomizedSearchCV"}

_INNER = frozenset(
    {
        "linear_model.ElasticNetCV", "linear_model.LarsCV", "linear_model.LassoCV", "linear_model.LassoLarsCV",
        "linear_model.LogisticRegressionCV", "linear_model.MultiTaskElasticNetCV", "linear_model.MultiTaskLassoCV",
        "linear_model.OrthogonalMatchingPursuitCV", "linear_model.RidgeCV", "linear_model.RidgeClassifierCV",
        "feature_selection.RFECV", "feature_selection.SequentialFeatureSelector", "calibration.CalibratedClassifierCV",
    }
)  # fmt: skip
"""Estimators of scikit-learn that choose by folds of the rows that they are fitted on."""
_CUTTING = frozenset({"head", "drop", "truncate"})


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding a call that splits so, where some fit's target looks ahead."""
    if all(fit.y_ahead is None for fit in context.fits):
        return
    rows = held_out(context)
    for facts in context.tagged:
        for call, name in context.calls_of(facts):
            what = _mixes(call, name.removeprefix(_HOME)) if name.startswith(_HOME) else None
            if what is not None:
                inner = rows is not None and not name.endswith("train_test_split")
                yield finding(
                    CODE,
                    what,
                    facts.place_of(call),
                    cause="the target is a return still to come: labels of neighbouring rows share prices, so the test rows are known"
                    + (
                        f"; `{rows}` is tested apart, so what is chosen by these folds is chosen by memory"
                        if inner
                        else ""
                    ),
                    fixes=(
                        "split the dates, and leave out the horizon before each test block: TimeSeriesSplit(5, gap=10).split(dates)",
                        "let walk_forward(m) split",
                    ),
                    severity=Severity.NOTE if inner else Severity.WARNING,
                )
            elif name.removeprefix("sklearn.") in _INNER:
                yield from _inner(facts, call, name.rpartition(".")[2])
            elif name == f"{_HOME}train_test_split":
                yield from _seam(context, facts, call)


def _inner(facts: CellFacts, call: ast.Call, name: str) -> Iterator[Diagnostic]:
    """An estimator that makes folds of its own, by k-fold unless it is given a splitter."""
    cv = keyword(call, "cv")
    if has_double_star(call) or not (cv is None or isinstance(literal(cv), int)):
        return
    yield finding(
        CODE,
        f"`{name}` chooses by k-fold where `cv` is {'not given' if cv is None else 'a number'}",
        facts.place_of(call),
        cause="labels of neighbouring rows share prices, so each fold is known by those beside it: what is chosen is chosen by memory",
        fixes=(
            "give it folds by date: cv=list(TimeSeriesSplit(5, gap=10).split(X)), where a session is one row",
        ),
        severity=Severity.NOTE,
    )


def _seam(context: Context, facts: CellFacts, call: ast.Call) -> Iterator[Diagnostic]:
    """A split in order: the labels of the last training rows reach over the seam, unless these rows are cut off."""
    horizon = sessions_of_horizon(context)
    if horizon is None or horizon < 2 or has_double_star(call):
        return
    part = _first_part(facts, call)
    if part is not None and _is_cut(context, part):
        return
    such = "" if part is None else f", such as {part}[:-{horizon}] and its target where a session is one row"
    yield finding(
        CODE,
        "`train_test_split` in order leaves no gap before the test rows",
        facts.place_of(call),
        cause=f"the labels of the last {horizon} training sessions reach into the test rows",
        fixes=(f"leave the last {horizon} sessions out of the training rows{such}",),
        severity=Severity.NOTE,
    )


def _first_part(facts: CellFacts, call: ast.Call) -> str | None:
    """``X_train`` of ``X_train, X_test, ... = call``."""
    for assigned in facts.all_of(ast.Assign):
        target = assigned.targets[0]
        if assigned.value is call and isinstance(target, ast.Tuple) and target.elts:
            return target.elts[0].id if isinstance(target.elts[0], ast.Name) else None
    return None


def _is_cut(context: Context, name: str) -> bool:
    """Whether some cell takes rows off the end of ``name``: ``X_train[:-10]``, ``X_train.iloc[:n]``, ``X_train.head(n)``."""
    for facts in context.tagged:
        for part in facts.all_of(ast.Subscript):
            cut = any(isinstance(node, ast.Slice) and node.upper is not None for node in ast.walk(part.slice))
            if cut and _root(part.value) == name:
                return True
        for call, _ in context.calls_of(facts):
            if (
                isinstance(call.func, ast.Attribute)
                and call.func.attr in _CUTTING
                and _root(call.func) == name
            ):
                return True
    return False


def _root(node: ast.expr) -> str | None:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _mixes(call: ast.Call, name: str) -> str | None:
    if has_double_star(call):
        return None
    if name == "train_test_split":
        kept = literal(keyword(call, "shuffle")) is False
        return None if kept else "`train_test_split` shuffles past and future"
    if name in _MIXES:
        return f"`{name}` trains on rows after the test rows, and right beside them"
    if name == "TimeSeriesSplit":
        gap = keyword(call, "gap")
        none = gap is None or literal(gap) == 0
        return (
            "`TimeSeriesSplit` without a gap trains on labels that reach into the test rows" if none else None
        )
    if name in _BY_CV:
        cv = keyword(call, "cv")
        if cv is None or isinstance(literal(cv), int):
            return f"`{name}` splits by k-fold where `cv` is {'not given' if cv is None else 'a number'}"
    return None
