"""What a kept model takes along of its notebook: lambdas and functions of functions by their source, modules of the project whole;
elsewhere it predicts the same, and its modules are nobody else's."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from alpha_bench.describe import AlphaBenchError, load_fitted, save_estimator
from model_kinds.namespace import as_cell
from nbcode.results import ProjectModules
from nbcode.results.own_code import NotebookCode

ROWS = pd.DataFrame({"a": [0.1, 0.9, 2.0, 3.5], "b": [1.0, -1.0, 0.5, 4.0]})
Y = np.array([1.0, 2.0, 3.0, 5.0])
HEAD = "import numpy as np\nfrom functools import partial\nLIMIT = 2.0\n"
FUNCTIONS = {
    "a lambda in a call": "step = [lambda x: x.clip(-LIMIT, LIMIT)][0]",
    "a lambda with a name": "step = lambda x: x.clip(-LIMIT, LIMIT)",
    "the second lambda of a line": "other, step = (lambda x: x * 7), (lambda x: x.clip(-LIMIT, LIMIT))",
    "a lambda within a lambda": "step = (lambda limit: (lambda x: x.clip(-limit, limit)))(LIMIT)",
    "a lambda of many lines": "step = [\n    lambda x: x.clip(\n        -LIMIT, LIMIT)\n][0]",
    "a default that a loop gave": "steps = []\nfor limit in (1.0, LIMIT):\n    steps.append(lambda x, limit=limit: x.clip(-limit, limit))\nstep = steps[1]",
    "a default by keyword only": "def make(limit):\n    return lambda x, *, limit=limit: x.clip(-limit, limit)\nstep = make(LIMIT)",
    "a function of a function": 'def make(limit):\n    def clip(x: object) -> object:\n        """Both sides."""\n        return x.clip(-limit, limit)\n    return clip\nstep = make(LIMIT)',
    "a function that reads another": "def make(limit):\n    low = lambda: -limit\n    def clip(x):\n        return x.clip(low(), limit)\n    return clip\nstep = make(LIMIT)",
    "a function that calls itself": "def make(limit):\n    def step(x, n=0):\n        return x if n == 2 else step(x.clip(-limit, limit) + n, n + 1)\n    return step\nstep = make(LIMIT)",
    "a lambda that calls itself": "def make(limit):\n    again = lambda x, n=0: x if n == 2 else again(x.clip(-limit, limit) + n, n + 1)\n    return again\nstep = make(LIMIT)",
    "names of a star": "from numpy import *\nfrom pandas import *\ndef step(x):\n    return concat([DataFrame(clip(asarray(x), -LIMIT, LIMIT))])",
    "a coroutine beside it": "async def bound(x):\n    return x.clip(-LIMIT, LIMIT)\ndef step(x):\n    try:\n        bound(x).send(None)\n    except StopIteration as done:\n        return done.value",
    "a wrapped function": "from functools import wraps\ndef twice(f):\n    def inner(x):\n        return f(f(x))\n    return wraps(f)(inner)\ndef make():\n    @twice\n    def step(x):\n        return x.clip(-LIMIT, LIMIT) + 1\n    return step\nstep = make()",
    "a partial of a function": "def clip(x, limit):\n    return x.clip(-limit, limit)\nstep = partial(clip, limit=LIMIT)",
    "a function that reads a named lambda": "bound = lambda x, l: x.clip(-l, l)\ndef step(x):\n    return bound(x, LIMIT)",
}
NOT_KEPT = {
    "a text that was evaluated": "step = eval('lambda x: x')",
    "two functions that call each other": "def make():\n    def step(x, n=0):\n        return x if n else other(x)\n    def other(x):\n        return step(x, 1)\n    return step\nstep = make()",
}


def ran(*cells: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in cells:
        exec(as_cell(cell), names)  # cells of these tests
    return names


def elsewhere(model: Any, code: NotebookCode, directory: Path) -> Any:
    save_estimator(model, directory, code)
    with pytest.raises(AlphaBenchError, match="R65") as refused:
        load_fitted(directory)
    return load_fitted(directory, str(refused.value.context["digest"]))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_of_cells_predicts_elsewhere_as_it_did(name: str, tmp_path: Path) -> None:
    cells = (HEAD, FUNCTIONS[name])
    names = ran(*cells)
    model = make_pipeline(FunctionTransformer(names["step"]), Ridge()).fit(ROWS, Y)
    again = elsewhere(model, NotebookCode(names, cells), tmp_path)
    np.testing.assert_array_equal(again.predict(ROWS), model.predict(ROWS))
    without = make_pipeline(FunctionTransformer(), Ridge()).fit(ROWS, Y)
    assert not np.allclose(model.predict(ROWS), without.predict(ROWS))


NAMED_TUPLE = """
class Smile(NamedTuple):
    level: float
    steps: tuple
    def predict(self, X):
        return self.steps[0].predict(X) + self.level
"""


def test_a_named_tuple_of_cells_is_kept_by_its_items(tmp_path: Path) -> None:
    cells = ("from typing import NamedTuple\nfrom sklearn.linear_model import Ridge", NAMED_TUPLE)
    names = ran(*cells)
    smile = names["Smile"](0.5, (Ridge().fit(ROWS, Y),))
    again = elsewhere(smile, NotebookCode(names, cells), tmp_path / "alone")
    np.testing.assert_array_equal(again.predict(ROWS), smile.predict(ROWS))
    within = elsewhere({"one": [smile]}, NotebookCode(names, cells), tmp_path / "within")
    np.testing.assert_array_equal(np.ravel(within.predict(ROWS)["one"]), smile.predict(ROWS))


def test_a_function_is_kept_in_the_same_bytes_each_time(tmp_path: Path) -> None:
    cells = (HEAD, FUNCTIONS["a function that reads another"])
    for folder in ("one", "two"):
        names = ran(*cells)
        model = make_pipeline(FunctionTransformer(names["step"]), Ridge()).fit(ROWS, Y)
        save_estimator(model, tmp_path / folder, NotebookCode(names, cells))
    one, two = ({p.name: p.read_bytes() for p in (tmp_path / f).iterdir()} for f in ("one", "two"))
    assert one == two


@pytest.mark.parametrize("name", NOT_KEPT)
def test_a_function_that_cannot_be_made_again_has_no_code(name: str) -> None:
    cells = (HEAD, NOT_KEPT[name])
    names = ran(*cells)
    assert not NotebookCode(names, cells).has(names["step"])


HELPERS = """
import numpy as np
import project_lib.base as base
from project_lib import scale

class Clip(base.Fits):
    def transform(self, X):
        return scale.scaled(np.clip(np.asarray(X), -self.limit, self.limit))
"""
BASE = """
from sklearn.base import BaseEstimator, TransformerMixin
from .scale import FACTOR

class Fits(TransformerMixin, BaseEstimator):
    def __init__(self, limit=2.0):
        self.limit = limit

    def fit(self, X, y=None):
        self.factor_ = FACTOR
        return self
"""
FILES = {
    "project_helpers.py": HELPERS,
    "project_lib/__init__.py": "",
    "project_lib/base.py": BASE,
    "project_lib/scale.py": "FACTOR = 3.0\ndef scaled(x):\n    return x * FACTOR\n",
    "project_plots.py": "import a_library_that_nobody_has\n",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    root = tmp_path / "project"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    monkeypatch.syspath_prepend(root)
    yield root
    for name in [one for one in sys.modules if one.startswith("project_")]:
        del sys.modules[name]


def of_project(root: Path) -> ProjectModules:
    return ProjectModules(sorted(root.rglob("*.py")), [root])


def test_a_class_of_a_module_of_the_project_predicts_elsewhere_as_it_did(
    project: Path, tmp_path: Path
) -> None:
    helpers = importlib.import_module("project_helpers")
    scale = importlib.import_module("project_lib.scale")
    model = make_pipeline(helpers.Clip(1.5), FunctionTransformer(scale.scaled), Ridge()).fit(ROWS, Y)
    code = NotebookCode({}, [], of_project(project))
    expected = model.predict(ROWS)
    again = elsewhere(model, code, tmp_path / "model")
    assert code.taken == ("project_helpers.Clip", "project_lib.scale.scaled")
    kept = {path.name for path in (tmp_path / "model").glob("code-*")}
    assert kept == {
        "code-project_helpers.py", "code-project_lib.__init__.py", "code-project_lib.base.py", "code-project_lib.scale.py",
    }  # fmt: skip
    # What the process itself has under these names is not what the model runs, nor is it changed.
    scale.FACTOR = 100.0
    np.testing.assert_array_equal(again.predict(ROWS), expected)
    assert sys.modules["project_helpers"] is helpers
    assert type(again.estimator[0]).__module__.startswith("nbcode_code_")


def test_a_class_of_a_cell_takes_along_the_modules_that_it_imports(project: Path, tmp_path: Path) -> None:
    cell = "from project_helpers import Clip\nclass Tight(Clip):\n    pass\n"
    names = ran(cell)
    model = make_pipeline(names["Tight"](0.5), Ridge()).fit(ROWS, Y)
    again = elsewhere(model, NotebookCode(names, [cell], of_project(project)), tmp_path / "model")
    np.testing.assert_array_equal(again.predict(ROWS), model.predict(ROWS))


def test_a_changed_module_does_not_run_for_the_digest_of_another(project: Path, tmp_path: Path) -> None:
    helpers = importlib.import_module("project_helpers")
    model = make_pipeline(helpers.Clip(1.5), Ridge()).fit(ROWS, Y)
    save_estimator(model, tmp_path / "model", NotebookCode({}, [], of_project(project)))
    with pytest.raises(
        AlphaBenchError, match=r"R65 .*project_helpers.Clip.* code-project_lib.scale.py beside"
    ) as refused:
        load_fitted(tmp_path / "model")
    digest = str(refused.value.context["digest"])
    changed = tmp_path / "model" / "code-project_lib.scale.py"
    changed.write_text(changed.read_text() + "FACTOR = 4.0\n")
    with pytest.raises(AlphaBenchError, match=r"R65 .* another than you trust"):
        load_fitted(tmp_path / "model", digest)


def test_a_name_that_leads_out_of_the_folder_is_no_module(project: Path, tmp_path: Path) -> None:
    helpers = importlib.import_module("project_helpers")
    model = make_pipeline(helpers.Clip(1.5), Ridge()).fit(ROWS, Y)
    save_estimator(model, tmp_path / "model", NotebookCode({}, [], of_project(project)))
    document = tmp_path / "model" / "model.json"
    document.write_text(document.read_text().replace('"project_helpers"', '"../../project_helpers"'))
    with pytest.raises(AlphaBenchError, match="R35"):
        load_fitted(tmp_path / "model")


def test_a_class_of_another_module_is_not_the_projects(project: Path) -> None:
    code = NotebookCode({}, [], of_project(project))
    assert code.name_of(Ridge) is None
    assert code.name_of(np.clip) is None
