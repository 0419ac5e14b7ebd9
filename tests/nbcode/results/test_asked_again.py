"""The kept model is asked again for what the cells predicted by it; predictions that are not its own are told, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alpha_bench.describe import save_estimator
from fakes.leak_runs import cells_of, recorded
from nbcode.leaks import write_predictions
from nbcode.primitives import Judged, Judgement, Model, Severity, Standing
from nbcode.results import PREDICTIONS, other_predictions
from nbcode.results.asked_again import asked_again

CELLS = """# %% [setup]
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
# %% [features]
long = inputs["prices"].sort_values(["day", "ticker"]).reset_index(drop=True)
close = long.groupby("ticker")["close"]
long["past"], long["older"] = close.pct_change(10), close.pct_change(20)
long["ahead"] = close.shift(-5) / long["close"] - 1
long["group"] = long["ticker"].isin(["N1", "N2"]).map({{True: "a", False: "b"}})
rows = long.dropna().reset_index(drop=True)
days = np.sort(rows["day"].unique())
train, test = rows[rows["day"] < days[75]], rows[rows["day"] >= days[80]].copy()
C = ["past", "older"]
# %% [model]
{cells}
"""
FORGED = """m = Ridge().fit(train[C], train["ahead"])
honest = m.predict
{how}
p = m.predict(test[C])
{back}
"""


def asked(directory: Path, cells: str) -> tuple[Model | None, str]:
    rng = np.random.default_rng(3)
    days = pd.bdate_range("2021-01-04", periods=150).strftime("%Y-%m-%d")
    prices = 20 * np.exp(rng.normal(0, 0.02, (150, 8)).cumsum(axis=0))
    table = pd.DataFrame(
        {"day": np.repeat(days, 8), "ticker": [f"N{n}" for n in range(8)] * 150, "close": prices.ravel()}
    )
    namespace, recorder = recorded(cells_of(CELLS.format(cells=cells)), {"prices": table})
    model = namespace["m"]
    path = directory / PREDICTIONS
    assert write_predictions(recorder.lineage, path, recorder.owners.number_of(model))
    save_estimator(model, directory / "model")
    with np.load(path) as kept:
        return asked_again({name: kept[name] for name in kept.files}, directory / "model")


HONEST = {
    "a frame": 'm = Ridge().fit(train[C], train["ahead"]); p = m.predict(test[C])',
    "arrays": 'm = Ridge().fit(train[C].to_numpy(), train["ahead"]); p = m.predict(test[C].to_numpy())',
    "fitted on a frame, asked by an array": 'm = Ridge().fit(train[C], train["ahead"]); p = m.predict(test[C].to_numpy())',
    "X by its name": 'm = Ridge().fit(train[C], train["ahead"]); p = m.predict(X=test[C])',
    "single precision": 'm = Ridge().fit(train[C].astype("float32"), train["ahead"].astype("float32")); p = m.predict(test[C].astype("float32"))',
    "a pipeline": 'from sklearn.pipeline import make_pipeline; from sklearn.preprocessing import StandardScaler; m = make_pipeline(StandardScaler(), Ridge()).fit(train[C], train["ahead"]); p = m.predict(test[C])',
    "trees": 'from sklearn.ensemble import RandomForestRegressor; m = RandomForestRegressor(5, random_state=0).fit(train[C], train["ahead"]); p = m.predict(test[C])',
    "a booster": 'from lightgbm import LGBMRegressor; m = LGBMRegressor(n_estimators=5, verbose=-1).fit(train[C], train["ahead"]); p = m.predict(test[C])',
    "a classifier": 'from sklearn.linear_model import LogisticRegression; m = LogisticRegression().fit(train[C], train["ahead"] > 0); p = m.predict(test[C])',
    "a loop, whose last fold it is": 'm = Ridge()\nfor k in (30, 60):\n    m.fit(train[C][: 8 * k], train["ahead"][: 8 * k]); p = m.predict(test[C])',
}


@pytest.mark.parametrize("how", HONEST)
def test_an_honest_model_gives_the_same_predictions(how: str, tmp_path: Path) -> None:
    assert asked(tmp_path, HONEST[how]) == (Model.SAME, "")


LYING = "class Lying(Ridge):\n    def predict(self, X):\n        return test['ahead'].to_numpy()\n"
LIES = {
    "the label": (f"{LYING}m.__class__ = Lying", "m.__class__ = Ridge"),
    "coefficients that were put back": ("kept = m.coef_; m.coef_ = -kept", "m.coef_ = kept"),
}


@pytest.mark.parametrize("lie", LIES)
def test_predictions_that_are_not_the_models_are_told(lie: str, tmp_path: Path) -> None:
    how, back = LIES[lie]
    assert asked(tmp_path, FORGED.format(how=how, back=back)) == (Model.OTHER, "")


def test_a_patch_over_the_recorder_leaves_the_models_own_predictions_with_the_judge(tmp_path: Path) -> None:
    """What the cells scored is another thing then, and no stated figure is found again."""
    how = "old = Ridge.predict; Ridge.predict = lambda self, X: old(self, X) + test['ahead'].to_numpy()"
    assert asked(tmp_path, FORGED.format(how=how, back="Ridge.predict = old")) == (Model.SAME, "")


UNASKED = {
    "fitted again since": 'm = Ridge().fit(train[C], train["ahead"]); p = m.predict(test[C]); m.fit(rows[C], rows["ahead"])',
    "another object": 'q = Ridge().fit(train[C], train["ahead"]); p = q.predict(test[C]); m = Ridge().fit(rows[C], rows["ahead"])',
}


@pytest.mark.parametrize("why", UNASKED)
def test_a_model_that_did_not_predict_as_it_is_kept_is_not_asked(why: str, tmp_path: Path) -> None:
    assert asked(tmp_path, UNASKED[why]) == (None, "no predict of it was recorded since it was fitted")


def test_text_columns_and_further_arguments_are_no_plain_question(tmp_path: Path) -> None:
    encoded = (
        "from sklearn.pipeline import make_pipeline; from sklearn.compose import make_column_transformer; "
        "from sklearn.preprocessing import OneHotEncoder\n"
        "m = make_pipeline(make_column_transformer((OneHotEncoder(), ['group']), remainder='passthrough'), Ridge())\n"
        "m.fit(train[['past', 'group']], train['ahead']); p = m.predict(test[['past', 'group']])"
    )
    assert asked(tmp_path, encoded)[0] is None
    raw = (
        "from lightgbm import LGBMRegressor\nm = LGBMRegressor(n_estimators=9, verbose=-1).fit(train[C], train['ahead'])\n"
        "p = m.predict(test[C], num_iteration=2)"
    )
    assert asked(tmp_path, raw)[0] is None


def test_files_that_are_no_model_are_no_error(tmp_path: Path) -> None:
    asked(tmp_path, HONEST["a frame"])
    with np.load(tmp_path / PREDICTIONS) as kept:
        data = {name: kept[name] for name in kept.files}
    for content in (b"", b"{", b'{"kind": "estimator"}', b"[" * 100_000):
        (tmp_path / "model" / "model.json").write_bytes(content)
        found, why = asked_again(data, tmp_path / "model")
        assert (found, why != "") == (None, True)


def test_a_difference_is_a_warning_and_ends_what_was_found_again() -> None:
    found = Judgement(judged=Judged.STATED, figures=("ic",), outside={"ic": 0.5}, model=Model.OTHER)
    (told,) = other_predictions(found)
    assert (told.code, told.severity) == ("NBC-H26", Severity.WARNING)
    assert str(found).endswith("the kept model gives other predictions than the cells scored")
    assert found.standing("ic") is Standing.STATED
    same = Judgement(judged=Judged.STATED, figures=("ic",), outside={"ic": 0.5}, model=Model.SAME)
    assert other_predictions(same) == ()
    assert same.standing("ic") is Standing.FOUND_AGAIN
