"""What a fit came to is put into the object of another run, whatever the object was fitted to since."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestRegressor, VotingRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fakes.leak_runs import begin, cells_of, looked, recorded
from nbcode.leaks.futures.again import Again, reseed
from nbcode.leaks.lineage.changes import Change, Future
from nbcode.leaks.recording.fits import _apart
from nbcode.leaks.tables.keys import dated_keys

X = np.random.default_rng(1).normal(size=(60, 3))
Y = X @ np.array([1.0, -2.0, 0.5])
MODELS = {
    "a pipeline": make_pipeline(StandardScaler(), Ridge()),
    "a pipeline in a pipeline": make_pipeline(make_pipeline(StandardScaler()), Ridge()),
    "models side by side": VotingRegressor([("a", Ridge()), ("b", Ridge(5.0))]),
    "a forest": RandomForestRegressor(3, random_state=0),
}


@pytest.mark.parametrize("name", MODELS)
def test_what_was_kept_of_a_fit_stays_when_the_object_is_fitted_again(name: str) -> None:
    model: BaseEstimator = MODELS[name]
    model.fit(X, Y)
    first, state = model.predict(X), _apart(vars(model))
    model.fit(X, -Y)
    assert not np.allclose(model.predict(X), first)
    vars(model).update(_apart(state))
    assert np.array_equal(model.predict(X), first)
    model.fit(X, -Y)
    vars(model).update(_apart(state))
    assert np.array_equal(model.predict(X), first)


CELLS = """# %% [setup]
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
# %% [features]
px = inputs["prices"].sort_values(["date", "ticker"]).reset_index(drop=True)
close = px.groupby("ticker")["close"]
px["past"], px["ahead"] = close.pct_change(5), close.shift(-5) / px["close"] - 1
rows = px.dropna()
days = np.sort(rows["date"].unique())
# %% [model]
m = make_pipeline(StandardScaler(), RandomForestRegressor(40, max_depth=4, random_state=0))
made = []
for begin in (80, 100, 120, 140):
    train = rows[rows["date"] < days[begin - 6]]
    test = rows[(rows["date"] >= days[begin]) & (rows["date"] < days[begin + 20])]
    m.fit(train[["past"]], train["ahead"])
    made.append(test.assign(p=m.predict(test[["past"]])))
# %% [eval]
report = {"mean": float(made[0]["p"].mean())}
"""


def test_a_pipeline_that_is_fitted_in_a_loop_predicts_in_a_look_what_it_predicted() -> None:
    days = np.datetime_as_string(np.arange("2021-01-01", "2021-07-20", dtype="datetime64[D]"))

    moves = np.random.default_rng(4).normal(0, 0.02, (len(days), 5)).cumsum(axis=0)
    table = pd.DataFrame(np.exp(moves), days, list("ABCDE")).rename_axis(index="date", columns="ticker")
    inputs = {"prices": table.stack().rename("close").reset_index()}
    cells = cells_of(CELLS)
    _, recorder = recorded(cells, inputs)
    assert len(recorder.fits.made) == 4
    again = Again(
        cells=cells,
        inputs=inputs,
        dated=dated_keys(inputs),
        open_session=begin,
        panel=None,
        recorder=recorder,
        seed=reseed,
    )
    second, failed = again.calls(
        Future(change=Change.MOVED, cut=np.datetime64("2021-06-01", "ns")), scores=True
    )
    assert failed is None
    assert second is not None
    then = {(call.at, call.time): call.gave for call in second.calls}
    gave = [(call.gave, then[call.at, call.time]) for call in recorder.lineage.calls if call.gave is not None]
    assert len(gave) == 4
    for one, other in gave[:3]:
        assert np.array_equal(one, other)


COMPRESSED = (
    CELLS.partition("# %% [model]")[0]
    + """# %% [model]
from sklearn.cross_decomposition import PLSRegression
for k in (3, 8):
    rows[f"past{k}"] = rows.groupby("ticker")["close"].pct_change(k)
rows, use = rows.dropna(), ["past", "past3", "past8"]
known = rows if LEAK else rows[rows["date"] < days[120]]
compress = PLSRegression(1).fit(known[use], known["ahead"])
train, test = rows[rows["date"] < days[120]], rows[rows["date"] >= days[130]]
m = RandomForestRegressor(4, max_depth=4, random_state=0).fit(compress.transform(train[use]), train["ahead"])
p = m.predict(compress.transform(test[use]))
# %% [eval]
report = {"mean": float(p.mean())}
"""
)


@pytest.mark.parametrize(("leak", "told"), [("True", True), ("False", False)])
def test_what_others_learn_from_is_fitted_again_however_long_it_took(
    leak: str, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a look tells may not depend on how busy the machine is: there every fit is long."""
    monkeypatch.setattr("nbcode.leaks.recording.fits._LONG_S", 0.0)
    days = np.datetime_as_string(np.arange("2021-01-01", "2021-07-20", dtype="datetime64[D]"))
    moves = np.random.default_rng(4).normal(0, 0.02, (len(days), 5)).cumsum(axis=0)
    table = pd.DataFrame(np.exp(moves), days, list("ABCDE")).rename_axis(index="date", columns="ticker")
    inputs = {"prices": table.stack().rename("close").reset_index()}
    look = looked(cells_of(COMPRESSED.replace("LEAK", leak)), inputs, horizon=5)
    assert ("NBC-E23" in {one.code for one in look.diagnostics}) == told
