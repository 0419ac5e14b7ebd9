"""A changed directory of a kept model is refused with R35 before anything in it is believed; the unchanged one is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from sklearn.linear_model import Ridge

from alpha_bench.describe import AlphaBenchError, load_fitted, own_code, save_estimator

ROWS = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 3)), columns=["y", "a", "b"])
Change = Callable[[dict[str, Any]], None]


class Twice:
    """Stands for a class that a cell defines."""

    def fit(self, X: Any, y: Any) -> Twice:
        self.mean = float(np.mean(y))
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), 2 * self.mean)


CODE = """
import pathlib
pathlib.Path(MARK).touch()

class Twice:
    def predict(self, X):
        return [2 * self.mean] * len(X)
"""


class Source:
    """Knows the one class, and code that leaves a mark when it runs."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def name_of(self, value: object) -> str | None:
        return "Twice" if value is Twice else None

    def of(self, names: Any) -> Any:
        return own_code(CODE, {"MARK": str(self.mark)})


def saved(directory: Path, change: Change) -> Path:
    model = {
        "ridge": [Ridge().fit(ROWS[["a"]], ROWS["y"])],
        "formula": smf.ols("y ~ a + np.exp(b)", ROWS).fit(),
    }
    save_estimator(model, directory)
    document = json.loads((directory / "model.json").read_bytes())
    change(document)
    (directory / "model.json").write_text(json.dumps(document))
    return directory


def at(*path: Any, value: Any) -> Change:
    def change(document: dict[str, Any]) -> None:
        place: Any = document["model"]
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return change


RIDGE, FORMULA = ("members", 0, "members", 0), ("members", 1)
CODE_OF = (*FORMULA, "design", "factors", 0, "code")
CHANGES = {
    "a form that is none": at(*RIDGE, "form", value="pickle"),
    "a file outside": at(*RIDGE, "file", value="../../etc/passwd"),
    "a file of another kind": at(*RIDGE, "file", value="model.json"),
    "a file that is not there": at(*RIDGE, "file", value="estimator-9.skops"),
    "no parts": lambda d: d["model"]["members"][0]["members"][0].pop("parts"),
    "a part that is none": at(*RIDGE, "parts", value=[{"form": "own", "name": "Ridge"}]),
    "fewer members than keys": at("members", value=[]),
    "no members": lambda d: d["model"].pop("members"),
    "a response that is none": at(*FORMULA, "response", value="os.system"),
    "parameters of objects": at(*FORMULA, "params", "dtype", value="V8"),
    "parameters of another shape": at(*FORMULA, "params", "shape", value=[17]),
    "another booster": at(*FORMULA, value={"form": "lightgbm", "class": "evil", "params": {}, "columns": []}),
    "a class of xgboost that is none": at(
        *FORMULA, value={"form": "xgboost", "class": "DMatrix", "params": {}, "columns": []}
    ),
    "no model": lambda d: d.pop("model"),
    "a list": lambda d: d.update(model=[]),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_document_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(AlphaBenchError, match=r"R35 .* holds no saved estimator"):
        load_fitted(saved(tmp_path, CHANGES[name]))


@pytest.mark.parametrize(
    "code",
    [
        "__import__('os').system('true')",
        "a.__class__",
        "open('x')",
        "[x for x in a]",
        "np.fromfile('x')",
        "lambda: 1",
        "a" * 3000,
    ],
)
def test_a_formula_computes_and_runs_nothing(code: str, tmp_path: Path) -> None:
    model = load_fitted(saved(tmp_path, at(*CODE_OF, value=code)))
    with pytest.raises(AlphaBenchError, match="R36"):
        model.predict(ROWS)


def test_the_unchanged_one_is_read(tmp_path: Path) -> None:
    found = load_fitted(saved(tmp_path, lambda _: None)).predict_frame(ROWS)
    assert list(found.columns) == ["ridge", "formula"]


def test_code_runs_only_for_the_digest_of_just_this_text(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    save_estimator(Twice().fit(ROWS, ROWS["y"]), tmp_path / "model", Source(mark))
    with pytest.raises(AlphaBenchError, match=r"R65 .*Twice") as refused:
        load_fitted(tmp_path / "model")
    digest = str(refused.value.context["digest"])
    changed = tmp_path / "model" / "code.py"
    text = changed.read_text()
    changed.write_text(text + "# one line more\n")
    with pytest.raises(AlphaBenchError, match=r"R65 .* another than you trust"):
        load_fitted(tmp_path / "model", digest)
    assert not mark.exists(), "refused, and yet it ran"
    changed.write_text(text)
    assert load_fitted(tmp_path / "model", digest).predict(ROWS[:1]) == [2 * ROWS["y"].mean()]
    assert mark.exists()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([1.0, 2.0], "R36"),
        (np.ones((3, 7)), "fitted on 2 columns"),
        (ROWS[["a"]], "lacks b"),
        (pd.DataFrame({"a": ["x"], "b": ["y"]}), "cannot predict"),
    ],
)
def test_rows_that_do_not_fit_are_told(rows: Any, said: str, tmp_path: Path) -> None:
    save_estimator(Ridge().fit(ROWS[["a", "b"]], ROWS["y"]), tmp_path)
    with pytest.raises(AlphaBenchError, match=said):
        load_fitted(tmp_path).predict(rows)


def test_a_method_that_it_does_not_have_is_told_with_those_it_has(tmp_path: Path) -> None:
    save_estimator(Ridge().fit(ROWS[["a", "b"]], ROWS["y"]), tmp_path)
    with pytest.raises(AlphaBenchError, match="this model has no 'predict_proba'"):
        load_fitted(tmp_path).predict(ROWS[["a", "b"]], "predict_proba")
