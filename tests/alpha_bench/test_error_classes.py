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
