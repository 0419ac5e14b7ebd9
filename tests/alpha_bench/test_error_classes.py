"""The class of an error says whose turn it is; its code says what happened."""

from __future__ import annotations

import ast
import inspect
import pickle
from pathlib import Path

import pandas as pd
import pytest

import alpha_bench as ab
from alpha_bench import errors

PACKAGE = Path(errors.__file__).parent
KINDS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, errors.AlphaBenchError)
]


def test_nothing_raises_the_root_of_the_tree() -> None:
    loose = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in PACKAGE.rglob("*.py")
        if path.name != "errors.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "AlphaBenchError"
    ]
    assert loose == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_class_is_public_drawn_in_the_docstring_and_survives_pickling(
    kind: type[errors.AlphaBenchError],
) -> None:
    assert getattr(ab, kind.__name__, None) is kind or kind.__name__ == "UnknownName"
    assert kind.__name__ in (errors.__doc__ or "")
    again = pickle.loads(pickle.dumps(kind("R00", "what", "fix", at=3)))
    assert (type(again), again.code, again.context) == (kind, "R00", {"at": 3})


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        (lambda: ab.data.close.lag(-1), ab.LookAheadError),
        (lambda: ab.Ridge().fit(X=[ab.fwd_ret(5)], y=ab.fwd_ret(5)), ab.LookAheadError),
        (lambda: ab.Ridge(alhpa=1), ab.DefinitionError),
        (lambda: ab.features.momentum, ab.DefinitionError),
        (lambda: ab.Panel.from_frame(pd.DataFrame({"a": [1.0]})), ab.DataError),
        (lambda: ab.load_fitted(Path("/nowhere")), ab.SavedModelError),
    ],
)
def test_the_class_says_whose_turn_it_is(what: object, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="Fix: "):
        what()  # type: ignore[operator]


LABEL = ab.fwd_ret(5)
FEATURE = ab.features.ret(3)
FRAME = pd.DataFrame({"date": ["2024-01-02"], "symbol": ["A"], "close": [1.0]})


@pytest.mark.parametrize(
    ("what", "code", "kind"),
    [
        (lambda: ab.Ridge().fit(X=[FEATURE], y=LABEL, universe=LABEL > 0), "R58", ab.LookAheadError),
        (lambda: ab.Ridge().fit(X=[FEATURE], y=LABEL, universe=FEATURE), "R58", ab.DefinitionError),
        (lambda: ab.Ridge().fit(X=[FEATURE], y=LABEL, weights=LABEL), "R59", ab.LookAheadError),
        (lambda: ab.Ridge().fit(X=[FEATURE], y=LABEL, weights=ab.data.sector), "R59", ab.DefinitionError),
        (lambda: ab.Ridge().fit(X=[FEATURE], y=FEATURE), "R32", ab.DefinitionError),
        (lambda: ab.Ridge().fit(X=[ab.data.sector], y=LABEL), "R33", ab.DefinitionError),
        (lambda: ab.use(FRAME), "R33", ab.DefinitionError),
        (lambda: ab.fit_final(ab.Ridge().fit(X=[FEATURE], y=LABEL), FRAME), "R33", ab.DefinitionError),
        (lambda: ab.Panel.of("/nowhere/prices.parquet"), "E01", ab.DataError),
        (lambda: ab.load_fitted("/nowhere"), "R35", ab.SavedModelError),
    ],
)
def test_only_what_would_read_the_future_is_a_look_ahead(
    what: object, code: str, kind: type[Exception]
) -> None:
    with pytest.raises(ab.AlphaBenchError, match=f"^{code} ") as caught:
        what()  # type: ignore[operator]
    assert type(caught.value) is kind


def test_a_condition_on_a_group_and_a_feature_within_it_are_taken() -> None:
    """The ways out of the refusal of a bare group, whose number changes with the groups that are there."""
    ways = [ab.group.demean(FEATURE, ab.data.sector), ab.data.sector == "Energy"]
    assert len(ab.Ridge().fit(X=ways, y=LABEL).features) == 2
