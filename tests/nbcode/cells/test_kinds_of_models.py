"""What `check` says of each kind of model in the table: an error at its line for what cannot be kept, nothing for what can."""

from __future__ import annotations

import pytest

from model_kinds import ALL
from model_kinds.namespace import CELLS
from model_kinds.table import Kind
from nbcode.cells import analyse
from nbcode.notebook import parse_notebook
from nbcode.primitives import Severity

HEAD = "# %% [meta]\n# id: xsmom_v3\n# kind: model\n# horizon: 10d\n# owner: me\n# %% [setup]\n"
IMPORTS = """
import lightgbm as lgb
import xgboost as xgb
import statsmodels.api as sm
import statsmodels.formula.api as smf
from sklearn.cluster import DBSCAN, AgglomerativeClustering, Birch
from sklearn.linear_model import Ridge
from sklearn.manifold import TSNE
from sklearn.neighbors import LocalOutlierFactor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from statsmodels.regression.rolling import RollingOLS
from linearmodels import PanelOLS, PooledOLS, FamaMacBeth, RandomEffects
"""
AT_CHECK = [k for k in ALL if k.at_check]
SILENT = [k for k in ALL if k.becomes != "refused"]


def found(*model: str) -> list[tuple[str, int | None, str]]:
    """Code, line of the [model] cell and text of each error about what the model is."""
    cells = "\n".join(CELLS) + IMPORTS
    text = f"{HEAD}{cells}\n# %% [model]\n" + "\n".join(model) + '\n# %% [eval]\nreport = {"ic": 1.0}\n'
    reading = parse_notebook(text.encode(), "notebook.py")
    assert reading.notebook is not None
    return [
        (
            d.code[-3:],
            d.place.line if d.place else None,
            f"{d.message} {d.cause} {' '.join(map(str, d.fixes))}",
        )
        for d in analyse(reading.notebook).diagnostics
        if d.code[-3:] in {"D15", "D16"} and d.severity is Severity.ERROR
    ]


@pytest.mark.parametrize("kind", AT_CHECK, ids=lambda k: k.code)
def test_what_cannot_be_kept_is_said_before_any_run_at_its_line(kind: Kind) -> None:
    ((code, line, text),) = found("q = 1", f"m = {kind.code}")
    assert (code, line) in {("D15", 3), ("D16", 3)}  # the marker is line 1
    assert kind.says.lower() in text.lower()


@pytest.mark.parametrize("kind", SILENT, ids=lambda k: k.code)
def test_what_is_kept_is_no_finding(kind: Kind) -> None:
    assert found(f"m = {kind.code}") == []


def test_it_is_seen_through_names_and_a_fit() -> None:
    assert found("model = DBSCAN()", "fitted = model.fit(X)", "m = fitted") != []
    assert found("model = sm.OLS(y, X)", "res = model.fit()", "m = res") == []
    assert found("model = sm.OLS(y, X)", "m = model") != []


@pytest.mark.parametrize(
    "library",
    ["keras", "tensorflow", "prophet", "hmmlearn", "imblearn", "arch", "pmdarima", "ngboost", "flaml"],
)
def test_models_of_libraries_that_have_no_form_are_said_with_the_nearest_way(library: str) -> None:
    ((code, line, text),) = found(f"from {library} import Model", "m = Model().fit(X, y)")
    assert (code, line) == ("D15", 3)
    assert "signal" in text or "scikit-learn" in text or "sklearn" in text or "inside it" in text
    assert found("from sklearn.linear_model import Lasso as Model", "m = Model().fit(X, y)") == []


@pytest.mark.parametrize(
    ("made", "filled"),
    [
        ("m = {}", "for k in (1, 2):\n    m[k] = Ridge()"),
        ("m = []", "m.append(Ridge())"),
        ("m = []", "m += [Ridge()]"),
        ("m = {}", "m.update(a=Ridge())"),
    ],
)
def test_a_collection_that_is_filled_below_is_no_finding(made: str, filled: str) -> None:
    assert found(made, filled) == []
    assert [
        code
        for code, _, _ in found(made, filled.replace("m[", "n[").replace("m.", "n.").replace("m +", "n +"))
    ] == ["D15"]
