"""Models of many kinds in one notebook, as a dict: promoted by a clean run, loaded by MLflow in a process that never saw the notebook,
equal to those that a plain Python made of the same cells. Their code runs there only for who names it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from acceptance.project import nbcode

pytestmark = pytest.mark.long

CELLS = """
# %% [setup]
import lightgbm as lgb
import numpy as np
import statsmodels.api as sm
import xgboost as xgb
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline

# %% [setup]
def ic(y, p):
    return np.corrcoef(y, p)[0, 1]

class Winsorizer(BaseEstimator, TransformerMixin):
    def __init__(self, q=0.05):
        self.q = q

    def fit(self, X, y=None):
        self.low_ = X.quantile(self.q)
        return self

    def transform(self, X):
        return X.clip(self.low_, axis=1)

# %% [features]
frame = inputs["table"]
X, y = frame[["a", "b"]], frame["y"]

# %% [model]
model = {
    "search": GridSearchCV(make_pipeline(Winsorizer(), Ridge()), {"ridge__alpha": [0.1, 1.0]}, cv=TimeSeriesSplit(2), scoring=make_scorer(ic)).fit(X, y),
    "booster": lgb.train({"verbosity": -1, "deterministic": True, "num_threads": 1}, lgb.Dataset(X, y), 4),
    "ols": sm.OLS(y, sm.add_constant(X)).fit(),
    "bag": [Ridge(alpha=a).fit(X, y) for a in (0.1, 10.0)],
    "xgb": xgb.XGBRegressor(n_estimators=3, max_depth=2, n_jobs=1).fit(X, y),
}

# %% [eval]
report = {"ic": ic(y, model["ols"].predict(sm.add_constant(X)))}
"""
META = """# %% [meta]
# id: {id}
# kind: model
# horizon: 5d
# owner: quant
# model: {model}
# inputs:
#   table: table.csv
"""
ARRAYS = """
# %% [setup]
from sklearn.ensemble import RandomForestClassifier
# %% [features]
frame = inputs["table"]
X, up = frame[["a", "b"]].to_numpy(), (frame["y"] > 0).to_numpy()
# %% [model]
clf = RandomForestClassifier(5, random_state=0).fit(X, up)
# %% [eval]
report = {"hit_rate": clf.score(X, up)}
"""
MODULES = """
# %% [setup]
import lib.steps
from helpers import squeezed
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
# %% [features]
frame = inputs["table"]
X, y = frame[["a", "b"]], frame["y"]
# %% [model]
def model_of(scale):
    return make_pipeline(
        lib.steps.Clip(0.5), FunctionTransformer(squeezed), FunctionTransformer(lambda x: x * scale), Ridge()
    )
fitted = model_of(3.0).fit(X, y)
# %% [eval]
report = {"mean": float(fitted.predict(X).mean())}
"""
FILES = {
    "lib/steps.py": """
from lib.base import Fits
class Clip(Fits):
    def transform(self, X):
        return X.clip(-self.limit, self.limit)
""",
    "lib/base.py": """
from sklearn.base import BaseEstimator, TransformerMixin
class Fits(TransformerMixin, BaseEstimator):
    def __init__(self, limit):
        self.limit = limit
    def fit(self, X, y=None):
        self.columns_ = list(X.columns)
        return self
""",
    "helpers.py": "import numpy as np\ndef squeezed(x):\n    return np.tanh(x)\n",
}
LOAD = """
import json, sys, warnings
warnings.simplefilter("ignore")
import mlflow, numpy as np, pandas as pd
mlflow.set_tracking_uri(f"sqlite:///{sys.argv[1]}/.nbcode/registry/mlflow.db")
given = json.loads(sys.argv[3])
try:
    model = mlflow.pyfunc.load_model(f"models:/{sys.argv[2]}@candidate", model_config=given["config"])
except Exception as error:
    print(json.dumps({"refused": str(error), "context": getattr(error, "context", {})}))
    sys.exit()
frame = pd.read_csv("table.csv")[["a", "b"]]
rows = {"frame": frame, "array": frame.to_numpy(), "list": frame.to_numpy().tolist()}[given["as"]]
found = model.predict(rows, params=given["params"])
print(json.dumps(found.to_dict("list") if hasattr(found, "columns") else np.asarray(found).tolist()))
"""


def loaded(
    directory: Path, model: str, *, by: str = "frame", params: object = None, config: object = None
) -> Any:
    """What the candidate gives by MLflow, in a process of its own."""
    given = json.dumps({"as": by, "params": params, "config": config})
    command = [sys.executable, "-c", LOAD, str(directory), model, given]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("kinds")
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(120, 2)), columns=["a", "b"])
    table.assign(y=table["a"] + 0.1 * rng.normal(size=120)).to_csv(made / "table.csv", index=False)
    (made / "many.py").write_text(META.format(id="many", model="model") + CELLS)
    (made / "arrays.py").write_text(META.format(id="arrays", model="clf") + ARRAYS)
    (made / "nbcode.toml").write_text("")
    for name, text in FILES.items():
        (made / "nb" / name).parent.mkdir(parents=True, exist_ok=True)
        (made / "nb" / name).write_text(text)
    (made / "nb" / "modules.py").write_text(META.format(id="modules", model="fitted") + MODULES)
    for name in ("many", "arrays", "nb/modules"):
        ended = nbcode(made, "promote", f"{name}.py", "--json")
        assert ended.code == 0, ended.said
    return made


@pytest.fixture(scope="module")
def in_memory(directory: Path) -> dict[str, Any]:
    """The names that the cells leave in a plain Python."""
    names: dict[str, Any] = {
        "__name__": "__main__",
        "inputs": {"table": pd.read_csv(directory / "table.csv")},
    }
    exec(compile(CELLS, "many.py", "exec"), names)
    return names


def test_the_notebooks_code_is_named_and_runs_for_nobody_who_did_not_say_so(directory: Path) -> None:
    refused = loaded(directory, "many")
    assert "R65 the model needs code of its notebook to load: Winsorizer" in refused["refused"]
    assert "class Winsorizer" in Path(refused["context"]["file"]).read_text()


def test_every_model_of_the_dict_predicts_as_in_the_notebook(
    directory: Path, in_memory: dict[str, Any]
) -> None:
    digest = loaded(directory, "many")["context"]["digest"]
    found = loaded(directory, "many", config={"trust": digest})
    X, models = in_memory["X"], in_memory["model"]
    expected = {
        "search": models["search"].predict(X),
        "booster": models["booster"].predict(X),
        "ols": models["ols"].predict(in_memory["sm"].add_constant(X)),
        "bag": np.mean([m.predict(X) for m in models["bag"]], axis=0),
        "xgb": models["xgb"].predict(X),
    }
    assert list(found) == list(expected)
    for key, values in expected.items():
        np.testing.assert_allclose(found[key], values, rtol=1e-12)


def _code(artifact: Path) -> str:
    path = artifact / "model" / "code.py"
    return path.read_text() if path.is_file() else ""


def test_another_clean_run_gives_the_same_bytes_as_the_artifact(directory: Path) -> None:
    ended = nbcode(directory, "run", "many.py", "--json")
    assert ended.code == 0, ended.said
    (artifact,) = (d for d in (directory / ".nbcode" / "artifacts").iterdir() if "Winsorizer" in _code(d))
    out = Path(ended.json["out"])
    again, before = (
        {p.name: p.read_bytes() for p in (folder / "model").iterdir()} for folder in (out, artifact)
    )
    assert again == before
    assert "model.json" in before


def test_classes_and_functions_of_modules_beside_the_notebook_predict_where_these_are_not(
    directory: Path,
) -> None:
    refused = loaded(directory, "modules")
    assert (
        "needs code of its notebook to load: helpers.squeezed, lambda_1, lib.steps.Clip" in refused["refused"]
    )
    found = loaded(directory, "modules", config={"trust": refused["context"]["digest"]})
    plain = (
        "import json, pandas as pd\ninputs = {'table': pd.read_csv('../table.csv')}\n"
        + MODULES
        + "print(json.dumps(fitted.predict(X).tolist()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", plain], cwd=directory / "nb", capture_output=True, text=True, check=True
    )
    np.testing.assert_allclose(found, json.loads(done.stdout), rtol=1e-12)


@pytest.mark.parametrize("by", ["array", "list", "frame"])
def test_a_model_that_was_fitted_on_arrays_takes_arrays_lists_and_frames(directory: Path, by: str) -> None:
    classes = loaded(directory, "arrays", by=by)
    shares = loaded(directory, "arrays", by=by, params={"method": "predict_proba"})
    shares = np.array(list(shares.values())).T if isinstance(shares, dict) else np.array(shares)
    assert shares.shape == (120, 2)
    np.testing.assert_array_equal(shares[:, 1] > 0.5, classes)
