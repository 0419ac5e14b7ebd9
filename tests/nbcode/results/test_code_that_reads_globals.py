"""What kept code reads of the notebook: kept by value, made again by the code itself, or named with the line and a way out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from alpha_bench.describe import AlphaBenchError, load_fitted, save_estimator
from model_kinds.namespace import as_cell
from nbcode.namespace import CellName, cell_file
from nbcode.results.not_saved import not_saved
from nbcode.results.own_code import NotebookCode

ROWS = pd.DataFrame({"a": [0.1, 0.9, 2.0, 3.5], "b": [1.0, -1.0, 0.5, 4.0]}).to_numpy()
Y = np.array([1.0, 2.0, 3.0, 5.0])
SETUP = "import numpy as np\nfrom scipy.optimize import minimize\nopt = None"
FIT = """class Own:
    def fit(self, X, y):
        global opt
        opt = minimize(lambda b: ((X @ b - y) ** 2).sum(), np.zeros(X.shape[1]))
        {then}
        return self
    def predict(self, X):
        return X @ {of}
est = Own()
"""
MODEL = CellName(index=3, tag="model")


def ran(*cells: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in cells[:-1]:
        exec(as_cell(cell), names)  # cells of these tests
    exec(compile(cells[-1], cell_file(MODEL.index, MODEL.tag), "exec"), names)
    return names


def kept(tmp_path: Path, *cells: str, fits: bool = True) -> tuple[Any, Any]:
    """The model that the cells made, and what is read of its files."""
    names = ran(*cells)
    model = names["est"].fit(ROWS, Y) if fits else names["est"]
    save_estimator(model, tmp_path, NotebookCode(names, cells))
    with pytest.raises(AlphaBenchError, match="R65") as refused:
        load_fitted(tmp_path)
    return model, load_fitted(tmp_path, str(refused.value.context["digest"]))


def refused(tmp_path: Path, *cells: str) -> Any:
    names = ran(*cells)
    code = NotebookCode(names, cells)
    with pytest.raises(AlphaBenchError, match="R35") as error:
        save_estimator(names["est"].fit(ROWS, Y), tmp_path, code)
    return not_saved(error.value, "est", code, [MODEL])


def test_a_global_that_fit_sets_before_it_reads_it_need_not_be_kept(tmp_path: Path) -> None:
    cell = FIT.format(then="self.coef_ = opt.x", of="self.coef_")
    model, again = kept(tmp_path, SETUP, cell)
    np.testing.assert_array_equal(again.predict(ROWS), model.predict(ROWS))
    refit = type(again.estimator)().fit(ROWS, 2 * Y)
    np.testing.assert_allclose(refit.coef_, 2 * model.coef_, rtol=1e-4)


@pytest.mark.parametrize(
    ("of", "fix"),
    [
        ("opt.x", "in Own.fit, after opt is set, write self.opt_x = opt.x; in `predict` write self.opt_x for opt.x"),
        ("np.array(list(opt['x']))", "in Own.fit keep the numbers that `predict` needs of opt as self.opt_, and read self.opt_ there"),
    ],
)  # fmt: skip
def test_a_global_that_predict_needs_is_named_with_reader_line_and_fix(
    of: str, fix: str, tmp_path: Path
) -> None:
    found = refused(tmp_path, SETUP, FIT.format(then="pass", of=of))
    assert (
        found.message
        == "`est` cannot be saved: `Own.predict` reads the global `opt`, of the class OptimizeResult, which is no data"
    )
    assert (found.place.cell, found.place.tag, found.place.line) == (3, "model", 8)
    assert found.fix_titles == (fix,)


def test_the_fix_of_a_global_that_predict_needs_works(tmp_path: Path) -> None:
    typed = FIT.format(then="self.opt_x = opt.x", of="self.opt_x")
    model, again = kept(tmp_path, SETUP, typed)
    np.testing.assert_array_equal(again.predict(ROWS), model.predict(ROWS))


def test_an_attribute_that_is_no_data_is_named_and_its_fix_works(tmp_path: Path) -> None:
    then = "self.coef_ = opt.x; self.opt_ = opt"
    found = refused(tmp_path, SETUP, FIT.format(then=then, of="self.coef_"))
    assert found.message.startswith(
        "`est` cannot be saved: its attribute `opt_` is of the class OptimizeResult"
    )
    assert found.fix_titles == (
        "keep numbers or arrays in self.opt_, or delete it at the end of `fit`: del self.opt_",
    )
    model, again = kept(tmp_path, SETUP, FIT.format(then=f"{then}; del self.opt_", of="self.coef_"))
    np.testing.assert_array_equal(again.predict(ROWS), model.predict(ROWS))


@pytest.mark.parametrize(
    "setting",
    [
        "if len(y) > 99:\n            opt = None",
        "self.k = len(str(opt)); opt = minimize(lambda b: b @ b, [1.0])",
    ],
)
def test_a_global_that_some_calls_read_before_they_set_it_is_named(setting: str, tmp_path: Path) -> None:
    cell = f"class Own:\n    def fit(self, X, y):\n        global opt\n        {setting}\n        self.n_ = len(str(opt))\n        return self\n    def predict(self, X):\n        return X[:, 0] * self.n_\nest = Own()\n"
    assert (
        "reads the global `opt`"
        in refused(tmp_path, f"{SETUP}\nopt = minimize(lambda b: b @ b, [1.0])", cell).message
    )


def test_a_module_under_another_name_is_imported_again(tmp_path: Path) -> None:
    cell = "linear = np.linalg\nclass Own:\n    def fit(self, X, y):\n        self.coef_ = linear.lstsq(X, y, rcond=None)[0]\n        return self\n    def predict(self, X):\n        return linear.multi_dot([X, np.eye(2), self.coef_])\nest = Own()\n"
    model, again = kept(tmp_path, SETUP, cell)
    np.testing.assert_array_equal(again.predict(ROWS), model.predict(ROWS))


def test_a_class_within_a_class_is_kept_with_it(tmp_path: Path) -> None:
    cell = "class Kinds:\n    class Own:\n        def fit(self, X, y):\n            self.mean_ = float(y.mean())\n            return self\n        def predict(self, X):\n            return X[:, 0] + self.mean_\nest = Kinds.Own()\n"
    _, again = kept(tmp_path, SETUP, cell)
    np.testing.assert_array_equal(again.predict(ROWS), ROWS[:, 0] + 2.75)
