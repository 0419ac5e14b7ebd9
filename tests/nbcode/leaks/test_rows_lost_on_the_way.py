"""Leaks whose rows are lost on the way to the call: each is told, its honest twin is left in peace, and so is a run that nobody
recorded."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from fakes.leak_runs import cells_of, looked
from nbcode.primitives import Verdict

HEAD = """# %% [meta]
# id: lost
# kind: model
# horizon: 5d
# owner: quant
# inputs:
#   market: market.csv
# %% [setup]
import numpy as np
import pandas as pd
# %% [model]
"""
LONG = """
from sklearn.linear_model import Ridge, SGDRegressor
t = inputs["market"].sort_values(["asset", "when"])
by = t.groupby("asset")["px"]
t["slow"], t["fast"] = by.pct_change(12), by.pct_change(3)
t["ahead"] = by.shift(-5) / t["px"] - 1
t = t.dropna().sort_values(["when", "asset"]).reset_index(drop=True)
when = np.sort(t["when"].unique())
x = ["slow", "fast"]
train, test = t[t["when"] < when[90]], t[t["when"] >= when[95]]
"""

WINDOWS = """
from sklearn.linear_model import LinearRegression
wide = inputs["market"].pivot(index="when", columns="asset", values="px")
logs = np.log(wide.to_numpy())
n, h, w = len(logs), 5, 8
ends = np.arange(w - 1, n - h)
ahead = logs[ends + h] - logs[ends]
windows = np.lib.stride_tricks.sliding_window_view(logs, w, axis=0)[: len(ends)]
k = 95
"""


def market(sessions: int = 160, names: int = 7) -> pd.DataFrame:
    rng = np.random.default_rng(11)
    days = pd.bdate_range("2020-03-02", periods=sessions).strftime("%Y-%m-%d")
    px = 30 * np.exp(rng.normal(0, 0.02, (sessions, names)).cumsum(axis=0))
    return pd.DataFrame(
        {
            "when": np.repeat(days, names),
            "asset": np.tile([f"A{n}" for n in range(names)], sessions),
            "px": px.ravel(),
            "traded": rng.lognormal(9, 1, sessions * names),
        }
    )


@dataclass(frozen=True, kw_only=True)
class Case:
    """A leak, the code and a part of the sentence that tell it, and its honest twin: ``before`` is common to both."""

    name: str
    before: str
    leak: str
    twin: str
    after: str
    code: str
    says: str


CASES = [
    Case(
        name="each block is learnt and then scored",
        before=LONG
        + "m = SGDRegressor(random_state=0)\nsaid = []\nblocks = [b for _, b in t.groupby('when')]\n",
        leak="for k in range(5, len(blocks)):\n    new = blocks[k]\n    m.partial_fit(new[x].values, new['ahead'].values)\n"
        "    said.append(m.score(new[x].values, new['ahead'].values))\n",
        twin="for k in range(5, len(blocks)):\n    new, old = blocks[k], blocks[k - 5]\n    m.partial_fit(old[x].values, old['ahead'].values)\n"
        "    said.append(m.score(new[x].values, new['ahead'].values))\n",
        after="",
        code="E26",
        says="SGDRegressor.score is given rows that the model was fitted on",
    ),
    Case(
        name="two vendors overlap",
        before=LONG + "a = inputs['market'].query('when <= @when[90]').copy()\n"
        "def table(raw):\n    raw = raw.sort_values(['asset', 'when'])\n    g = raw.groupby('asset')['px']\n"
        "    raw = raw.assign(slow=g.pct_change(12), fast=g.pct_change(3), ahead=g.shift(-5) / raw['px'] - 1)\n"
        "    return raw.dropna().set_index(['when', 'asset'])\na = table(a)\n",
        leak="b = table(inputs['market'].query('when >= @when[40]').copy())\n",
        twin="b = table(inputs['market'].query('when >= @when[80]').copy())\nb = b[b.index.get_level_values('when') > when[90]]\n",
        after="m = Ridge().fit(a[x].to_numpy(), a['ahead'].to_numpy())\np = m.predict(b[x].to_numpy())\n",
        code="E26",
        says="Ridge.predict is given rows that the model was fitted on",
    ),
    Case(
        name="polars, no gap",
        before="import polars as pl\nfrom sklearn.ensemble import RandomForestRegressor\n"
        "t = pl.from_pandas(inputs['market']).with_columns(pl.col('when').str.to_date()).sort('asset', 'when')\n"
        "t = t.with_columns(f=pl.col('px').pct_change(6).over('asset'), v=pl.col('traded').log(),\n"
        "    y=pl.col('px').shift(-5).over('asset') / pl.col('px') - 1).drop_nulls()\n"
        "when = t['when'].unique().sort()\n",
        leak="train = t.filter(pl.col('when') < when[95])\n",
        twin="train = t.filter(pl.col('when') < when[90])\n",
        after="test = t.filter(pl.col('when') >= when[95])\n"
        "m = RandomForestRegressor(5, random_state=0).fit(train.select('f', 'v'), train['y'])\np = m.predict(test.select('f', 'v'))\n",
        code="E27",
        says="labels of 4 training sessions",
    ),
    Case(
        name="polars, the mean of all sessions",
        before="import polars as pl\nfrom sklearn.linear_model import Ridge\n"
        "t = pl.from_pandas(inputs['market']).lazy().with_columns(pl.col('when').str.to_date()).sort('asset', 'when')\n"
        "t = t.with_columns(f=pl.col('px').pct_change(6).over('asset'), y=pl.col('px').shift(-5).over('asset') / pl.col('px') - 1)\n",
        leak="t = t.with_columns(f=pl.col('f') / pl.col('f').std().over('asset'))\n",
        twin="t = t.with_columns(f=pl.col('f') / pl.col('f').rolling_std(20).over('asset'))\n",
        after="t = t.collect().drop_nulls().drop_nans()\nwhen = t['when'].unique().sort()\n"
        "a, b = t.filter(pl.col('when') < when[80]), t.filter(pl.col('when') > when[85])\n"
        "m = Ridge().fit(a['f'].to_numpy().reshape(-1, 1), a['y'].to_numpy())\np = m.predict(b['f'].to_numpy().reshape(-1, 1))\n",
        code="E23",
        says="another",
    ),
    Case(
        name="windows standardised by all of them",
        before=WINDOWS + "flat = windows.reshape(-1, w)\nper = logs.shape[1]\n",
        leak="known = flat\n",
        twin="known = flat[: (k - h) * per]\n",
        after="flat = (flat - known.mean(axis=0)) / known.std(axis=0)\n"
        "m = LinearRegression().fit(flat[: (k - h) * per], ahead[: k - h].ravel())\np = m.predict(flat[k * per :])\n",
        code="E23",
        says="100% of its rows are others when only data after",
    ),
    Case(
        name="mixed rows of all sessions",
        before=WINDOWS + "def mixed(X, y, count=400, seed=3):\n    rng = np.random.default_rng(seed)\n"
        "    i, j, a = rng.integers(0, len(X), count), rng.integers(0, len(X), count), rng.beta(0.4, 0.4, (count, 1))\n"
        "    return a * X[i] + (1 - a) * X[j], a[:, 0] * y[i] + (1 - a[:, 0]) * y[j]\n"
        "per = logs.shape[1]\nX = (windows - windows[:, :, -1:]).reshape(-1, w)[:, :-1]\ny = ahead.ravel()\n",
        leak="more_X, more_y = mixed(X, y)\n",
        twin="more_X, more_y = mixed(X[: (k - h) * per], y[: (k - h) * per])\n",
        after="m = LinearRegression().fit(np.r_[X[: (k - h) * per], more_X], np.r_[y[: (k - h) * per], more_y])\n"
        "p = m.predict(X[k * per :])\n",
        code="E26",
        says="is made of rows that are tested",
    ),
    Case(
        name="arrays without dates, fitted on all",
        before=WINDOWS + "X, y = (windows - windows[:, :, :1]).mean(axis=1)[:, 1:], ahead.mean(axis=1)\n",
        leak="m = LinearRegression().fit(X, y)\n",
        twin="m = LinearRegression().fit(X[: k - h], y[: k - h])\n",
        after="p = m.predict(X[k:])\n",
        code="E26",
        says="LinearRegression.predict is given rows that the model was fitted on",
    ),
    Case(
        name="a step of the pipeline whitens what it is given",
        before=LONG
        + "from sklearn.base import BaseEstimator, TransformerMixin\nfrom sklearn.pipeline import Pipeline\n",
        leak="class Whiten(BaseEstimator, TransformerMixin):\n    def fit(self, X, y=None):\n        return self\n"
        "    def transform(self, X):\n        return (X - X.mean()) / X.std()\n",
        twin="class Whiten(BaseEstimator, TransformerMixin):\n    def fit(self, X, y=None):\n        self.mean_, self.std_ = X.mean(), X.std()\n        return self\n"
        "    def transform(self, X):\n        return (X - self.mean_) / self.std_\n",
        after="m = Pipeline([('w', Whiten()), ('r', Ridge())]).fit(train[x], train['ahead'])\np = m.predict(test[x])\n",
        code="E31",
        says="later rows of the same table",
    ),
    Case(
        name="another model's foresight is a feature",
        before=LONG + "from sklearn.neighbors import KNeighborsRegressor\nfirst = KNeighborsRegressor(7)\n",
        leak="first.fit(t[x].to_numpy(), t['ahead'].to_numpy())\n",
        twin="first.fit(train[x].to_numpy(), train['ahead'].to_numpy())\n",
        after="level = lambda part: np.column_stack([part[x].to_numpy(), first.predict(part[x].to_numpy())])\n"
        "m = Ridge().fit(level(train), train['ahead'])\np = m.predict(level(test))\n",
        code="E31",
        says="KNeighborsRegressor.fit learns from rows that are tested later",
    ),
    Case(
        name="fitted values of all sessions",
        before="from statsmodels.tsa.arima.model import ARIMA\n"
        "one = inputs['market'].query('asset == \"A0\"')['px']\nr = np.diff(np.log(one.to_numpy()))\nk = 110\n",
        leak="p = ARIMA(r, order=(1, 0, 0)).fit().predict(start=k)\n",
        twin="p = ARIMA(r[:k], order=(1, 0, 0)).fit().append(r[k:]).predict(start=k)\n",
        after="",
        code="E26",
        says="rows that the model was fitted on: 49 of 49",
    ),
    Case(
        name="labels are of other days",
        before="from sklearn.linear_model import LinearRegression\n"
        "one = inputs['market'].query('asset == \"A0\"').set_index('when')['px']\n"
        "X = pd.concat({'a': one.pct_change(4), 'b': one.pct_change(11)}, axis=1)\ny = one.shift(-5) / one - 1\n",
        leak="X, y = X.dropna().values, y.dropna().values\nX, y = X[:140], y[:140]\n",
        twin="both = X.notna().all(axis=1) & y.notna()\nX, y = X[both].values, y[both].values\n",
        after="m = LinearRegression().fit(X[:85], y[:85])\np = m.predict(X[95:])\n",
        code="E32",
        says="ends before the features of its row do",
    ),
]
CONTROL = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


HONEST = {
    "ranks within a session, in a step of the pipeline": LONG
    + "from sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import FunctionTransformer\n"
    "rank = FunctionTransformer(lambda X: X[x].groupby(X['when']).rank(pct=True))\n"
    "m = make_pipeline(rank, Ridge()).fit(train[['when', *x]], train['ahead'])\np = m.predict(test[['when', *x]])\n",
    "a model of the notebook's own that looks back": LONG
    + "class Smooth:\n    def fit(self, X, y):\n        self.b = np.linalg.lstsq(X, y, rcond=None)[0]\n        return self\n"
    "    def predict(self, X):\n        return (X @ self.b).rolling(20, min_periods=1).mean().to_numpy()\n"
    "m = Smooth().fit(train[x], train['ahead'])\np = m.predict(test[x])\n",
    "a model of sequences begins with a few trained rows": LONG
    + "both = pd.concat([train.tail(30), test])\nm = Ridge().fit(train[x], train['ahead'])\np = m.predict(both[x])[30:]\n",
    "fitted values beside a forecast": "from statsmodels.tsa.ar_model import AutoReg\n"
    "r = np.diff(np.log(inputs['market'].query('asset == \"A0\"')['px'].to_numpy()))\n"
    "m = AutoReg(r[:110], lags=2).fit()\ninside, p = m.predict(20, 109), m.forecast(40)\n",
    "a hedge that is fitted on each window": WINDOWS
    + "spread = []\nfor t in range(40, n):\n    a, b = logs[t - 40 : t, :1], logs[t - 40 : t, 1]\n"
    "    spread.append((b - LinearRegression().fit(a, b).predict(a))[-1])\n",
}


@pytest.mark.parametrize("name", HONEST)
def test_what_is_honest_is_left_in_peace(name: str) -> None:
    look = looked(cells_of(HEAD + HONEST[name]), {"market": market()}, horizon=5)
    assert look.ahead.verdict is not Verdict.FOUND, look.diagnostics


def told(case: Case, part: str, *, record: bool = True) -> dict[str, str]:
    cells = cells_of(HEAD + case.before + getattr(case, part) + case.after)
    look = looked(cells, {"market": market()}, horizon=5, record=record)
    found = look.diagnostics if look.ahead.verdict is Verdict.FOUND else ()
    return {one.code.removeprefix("NBC-"): f"{one.message}; {one.cause}" for one in found}


@CONTROL
def test_it_is_told_with_its_right_code(case: Case) -> None:
    found = told(case, "leak")
    assert case.says in found.get(case.code, "nothing told"), found


@CONTROL
def test_its_honest_twin_is_left_in_peace(case: Case) -> None:
    assert told(case, "twin") == {}


@CONTROL
def test_what_nobody_recorded_is_not_told(case: Case) -> None:
    assert told(case, "leak", record=False) == {}


def test_what_was_imported_meanwhile_keeps_no_wrapped_function() -> None:
    """statsmodels' wrappers of results hold what they wrap in closures; a module takes functions by names of its own."""
    code = """
import gc, sys, types
from nbcode.leaks import Recorder
recorder = Recorder([])
with recorder:
    import sklearn.discriminant_analysis, sklearn.model_selection, statsmodels.tsa.ar_model
    helper = types.ModuleType("helper")
    sys.modules["helper"] = helper
    exec("from sklearn.model_selection import train_test_split as halves", vars(helper))
    assert helper.halves.__code__.co_name == "recorded"
del recorder
gc.collect()
print(sum(isinstance(f, types.FunctionType) and f.__code__.co_name == "recorded" for f in gc.get_objects()))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"
