"""Every kind of model in the table: kept and read back it predicts as it did in memory, twice kept it is the same bytes; or it is
refused, and the message says what to do."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alpha_bench.describe import AlphaBenchError, load_fitted, predicts_rows, save_estimator
from model_kinds import ALL
from model_kinds.namespace import CELLS, as_cell, namespace
from model_kinds.table import Kind
from nbcode.results import estimator_problem
from nbcode.results.own_code import NotebookCode

pytestmark = pytest.mark.filterwarnings("ignore")
CLOSE = {"rtol": 1e-12, "atol": 1e-14}
"""A multinomial logit is computed in another order than statsmodels does; everything else is equal."""


def fitted(kind: Kind) -> Any:
    for root in filter(None, [kind.needs, "lightgbm" if "lgb." in kind.code else None]):
        if find_spec(root) is None:
            pytest.skip(f"{root} is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return eval(as_cell(kind.code, "eval"), dict(namespace()))  # a row of the table


def rows_of(kind: Kind) -> Any:
    """The rows to predict on: what the fit was given, by its name in the table."""
    names = namespace()
    if "smf." in kind.code:
        return names["F"]
    for name in ('X[["a"]]', 'S[["s"]]'):
        if f"fit({name}" in kind.code.replace("'", '"') and "{" not in kind.code:
            return eval(name, dict(names))
    for name in ("XP", "XC", "A", "P", "B", "S", "K", "W"):
        if f"({name}," in kind.code or f" {name})" in kind.code or f" {name}," in kind.code:
            return names[name]
    return names["X"]


def kept(kind: Kind, directory: Path) -> tuple[Any, Any]:
    """The model in memory and the one read back."""
    model = fitted(kind)
    save_estimator(model, directory / "one", NotebookCode(namespace(), CELLS))
    save_estimator(fitted(kind), directory / "two", NotebookCode(namespace(), CELLS))
    one, two = ({p.name: p.read_bytes() for p in (directory / name).iterdir()} for name in ("one", "two"))
    assert one == two, "two fits, other bytes"
    assert not any(data.startswith(b"\x80") for data in one.values()), "a pickle"
    if "code.py" not in one:
        return model, load_fitted(directory / "one")
    with pytest.raises(AlphaBenchError, match="R65") as refused:
        load_fitted(directory / "one")
    return model, load_fitted(directory / "one", str(refused.value.context["digest"]))


def in_memory(model: Any, rows: Any, method: str) -> Any:
    """What the model itself gives, or its members as a list or a dict of models means it."""
    if isinstance(model, Mapping):
        return {key: in_memory(member, rows, method) for key, member in model.items()}
    if isinstance(model, list | tuple):
        if all(hasattr(m, "predict_proba") for m in model) and method == "predict":
            mean = np.mean([m.predict_proba(rows) for m in model], axis=0)
            return model[0].classes_[mean.argmax(axis=1)]
        return np.mean([in_memory(m, rows, method) for m in model], axis=0)
    if hasattr(model, "state_dict"):
        given = namespace()["torch"].tensor(rows.to_numpy().tolist())
        values = np.array(model.eval()(given).tolist(), dtype=np.float32)
        return values[:, 0] if values.shape[1] == 1 else values
    names = getattr(model, "feature_names_in_", None)
    if names is not None and hasattr(rows, "columns"):
        rows = rows[list(names)]
    if type(model).__module__.startswith("xgboost") and type(model).__name__ == "Booster":
        return model.predict(namespace()["xgb"].DMatrix(rows))
    if type(model).__module__.startswith("linearmodels"):
        return model.predict(rows).to_numpy().ravel()
    if type(model).__module__.startswith("statsmodels") and "const" not in rows and hasattr(rows, "columns"):
        rows = namespace()["XC"] if "const" in model.model.exog_names else rows
    return getattr(model, method)(rows)


def same(found: Any, expected: Any) -> None:
    if isinstance(expected, Mapping):
        assert list(found) == list(expected)
        for key, value in expected.items():
            same(found[key], value)
    elif np.asarray(expected).dtype.kind == "f":
        np.testing.assert_allclose(np.asarray(found), np.asarray(expected), **CLOSE)
    else:
        np.testing.assert_array_equal(np.asarray(found), np.asarray(expected))


@pytest.mark.parametrize("kind", [k for k in ALL if k.becomes in {"kept", "own code"}], ids=lambda k: k.code)
def test_what_is_kept_predicts_as_it_did_in_memory(kind: Kind, tmp_path: Path) -> None:
    model, again = kept(kind, tmp_path)
    rows = np.ones((80, 1)) if "np.ones(80)" in kind.code else rows_of(kind)
    assert "predict" in again.methods
    for method in again.methods:
        same(again.predict(rows, method), in_memory(model, rows, method))
    if hasattr(rows, "columns"):
        assert len(again.predict_frame(rows)) == 80


@pytest.mark.parametrize("kind", [k for k in ALL if k.becomes == "own code"], ids=lambda k: k.code)
def test_the_notebooks_own_code_is_kept_as_source_and_held_to_be_that(kind: Kind, tmp_path: Path) -> None:
    kept(kind, tmp_path)
    text = (tmp_path / "one" / "code.py").read_text()
    assert "WIDTH = " not in text, "a constant is kept by value"
    with pytest.raises(AlphaBenchError, match="another than you trust"):
        load_fitted(tmp_path / "one", "sha256:" + "0" * 64)


@pytest.mark.parametrize("kind", [k for k in ALL if k.becomes == "parameters"], ids=lambda k: k.code)
def test_results_that_do_not_predict_keep_their_parameters(kind: Kind, tmp_path: Path) -> None:
    model, again = kept(kind, tmp_path)
    np.testing.assert_array_equal(again.estimator.params, np.asarray(model.params, dtype=float))
    assert not predicts_rows(model)
    with pytest.raises(AlphaBenchError, match=r"R36 .* does not predict a row"):
        again.predict(namespace()["X"])


@pytest.mark.parametrize("kind", [k for k in ALL if k.becomes == "refused"], ids=lambda k: k.code)
def test_what_cannot_be_kept_says_what_to_do(kind: Kind, tmp_path: Path) -> None:
    model = fitted(kind)
    problem = estimator_problem(model, keeps=NotebookCode(namespace(), CELLS).has)
    if problem is not None:
        assert problem.code in {"NBC-D15", "NBC-D16"}
        told = " ".join([problem.message, problem.cause or "", *(str(f) for f in problem.fixes)])
    else:
        with pytest.raises(AlphaBenchError, match="R35") as caught:
            save_estimator(model, tmp_path, NotebookCode(namespace(), CELLS))
        told = str(caught.value)
    assert not kind.says or kind.says.lower() in told.lower(), told


def test_there_are_as_many_kinds_as_were_asked_for() -> None:
    assert len(ALL) >= 110
    assert len({k.code for k in ALL}) == len(ALL)
