"""What the recorded calls of a run say of leaks: each with its code, place, count and fix; its honest twin is left in peace, and so is
a run that nobody recorded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from fakes.leak_runs import cells_of, looked, recorded
from nbcode.leaks.lineage.calls import Kind, Role
from nbcode.primitives import Diagnostic, Severity

FACTS = frozenset({f"NBC-E{number}" for number in range(26, 33)})
HEAD = """# %% [meta]
# id: facts
# kind: model
# horizon: 5d
# owner: quant
# inputs:
#   prices: prices.csv
# %% [setup]
import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import LassoCV, Ridge
from sklearn.model_selection import GridSearchCV, KFold, TimeSeriesSplit, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
# %% [features]
long = inputs["prices"].sort_values(["day", "ticker"]).reset_index(drop=True)
close = long.groupby("ticker")["close"]
long["past"] = close.pct_change(10)
long["size"] = np.log(long["volume"])
long["ahead"] = close.shift(-5) / long["close"] - 1
rows = long.dropna().reset_index(drop=True)
days = np.sort(rows["day"].unique())
use = ["past", "size"]
train, test = rows[rows["day"] < days[95]], rows[rows["day"] >= days[100]]
# %% [model]
"""


def prices(sessions: int = 150, names: int = 8) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    days = pd.bdate_range("2021-01-04", periods=sessions).strftime("%Y-%m-%d")
    close = 20 * np.exp(rng.normal(0, 0.02, (sessions, names)).cumsum(axis=0))
    return pd.DataFrame(
        {
            "day": np.repeat(days, names),
            "ticker": np.tile([f"N{n}" for n in range(names)], sessions),
            "close": close.ravel(),
            "volume": rng.lognormal(10, 1, sessions * names),
        }
    )


def facts(model: str, *, record: bool = True) -> list[Diagnostic]:
    cells = cells_of(HEAD + model)
    return [
        d
        for d in looked(cells, {"prices": prices()}, horizon=5, record=record).diagnostics
        if d.code in FACTS
    ]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A leak that the calls show, the code and a part of the sentence that tell it, and its honest twin."""

    name: str
    leak: str
    twin: str
    code: str
    says: str


HONEST = "m = Ridge().fit(train[use], train['ahead'])\np = m.predict(test[use])"
CASES = [
    Case(
        name="fitted on all, scored on the end",
        leak="m = Ridge().fit(rows[use], rows['ahead'])\np = m.predict(test[use])",
        twin=HONEST,
        code="E26",
        says="Ridge.predict is given rows that the model was fitted on: 280 of 280, on 35 sessions from 2021-06-07 to 2021-07-23",
    ),
    Case(
        name="no gap",
        leak="train = rows[rows['day'] < days[100]]\n" + HONEST,
        twin=HONEST,
        code="E27",
        says="labels of 4 training sessions reach into the tested rows (Ridge.predict): these begin 1 session after the last training "
        "session, 2021-06-04, and the horizon is 5",
    ),
    Case(
        name="a gap of one session less than the horizon",
        leak="train = rows[rows['day'] < days[97]]\n" + HONEST,
        twin="train = rows[rows['day'] < days[96]]\n" + HONEST,
        code="E27",
        says="labels of 1 training sessions",
    ),
    Case(
        name="no gap, inside a helper, on arrays",
        leak="def learn(table, cut):\n    a = table[table['day'] < days[cut]]\n    return Ridge().fit(a[use].to_numpy(), a['ahead'].to_numpy())\n"
        "m = learn(rows, 100)\np = m.predict(test[use].to_numpy())",
        twin="def learn(table, cut):\n    a = table[table['day'] < days[cut]]\n    return Ridge().fit(a[use].to_numpy(), a['ahead'].to_numpy())\n"
        "m = learn(rows, 95)\np = m.predict(test[use].to_numpy())",
        code="E27",
        says="labels of 4 training sessions",
    ),
    Case(
        name="no gap in a loop over blocks",
        leak="for k in range(60, 140, 20):\n    a, b = rows['day'] < days[k], (rows['day'] >= days[k]) & (rows['day'] < days[min(k + 20, 134)])\n"
        "    m = Ridge().fit(rows.loc[a, use].values, rows.loc[a, 'ahead'].values)\n    p = m.predict(rows.loc[b, use].values)",
        twin="for k in range(60, 140, 20):\n    a, b = rows['day'] < days[k - 5], (rows['day'] >= days[k]) & (rows['day'] < days[min(k + 20, 134)])\n"
        "    m = Ridge().fit(rows.loc[a, use].values, rows.loc[a, 'ahead'].values)\n    p = m.predict(rows.loc[b, use].values)",
        code="E27",
        says="labels of 4 training sessions",
    ),
    Case(
        name="no gap, slices of an array",
        leak="X, y = rows[use].to_numpy(), rows['ahead'].to_numpy()\nk = 8 * 100\nm = Ridge().fit(X[:k], y[:k])\np = m.predict(X[k:])",
        twin="X, y = rows[use].to_numpy(), rows['ahead'].to_numpy()\nk = 8 * 100\nm = Ridge().fit(X[:k - 40], y[:k - 40])\np = m.predict(X[k:])",
        code="E27",
        says="labels of 4 training sessions",
    ),
    Case(
        name="no gap, scaled arrays",
        leak="train = rows[rows['day'] < days[100]]\ns = StandardScaler().fit(train[use])\nm = Ridge().fit(s.transform(train[use]), train['ahead'])\n"
        "p = m.predict(s.transform(test[use]))",
        twin="s = StandardScaler().fit(train[use])\nm = Ridge().fit(s.transform(train[use]), train['ahead'])\np = m.predict(s.transform(test[use]))",
        code="E27",
        says="labels of 4 training sessions",
    ),
    Case(
        name="no gap, gradient boosting by lightgbm's own train",
        leak="import lightgbm as lgb\ntrain = rows[rows['day'] < days[100]]\nm = lgb.train({'verbose': -1, 'num_leaves': 4}, "
        "lgb.Dataset(train[use], train['ahead']), 2)\np = m.predict(test[use])",
        twin="import lightgbm as lgb\nm = lgb.train({'verbose': -1, 'num_leaves': 4}, "
        "lgb.Dataset(train[use], train['ahead']), 2)\np = m.predict(test[use])",
        code="E27",
        says="(Booster.predict)",
    ),
    Case(
        name="no gap, xgboost's own train",
        leak="import xgboost as xgb\ntrain = rows[rows['day'] < days[100]]\nm = xgb.train({'max_depth': 2}, xgb.DMatrix(train[use], train['ahead']), 2)\n"
        "p = m.predict(xgb.DMatrix(test[use]))",
        twin="import xgboost as xgb\nm = xgb.train({'max_depth': 2}, xgb.DMatrix(train[use], train['ahead']), 2)\n"
        "p = m.predict(xgb.DMatrix(test[use]))",
        code="E27",
        says="(Booster.predict)",
    ),
    Case(
        name="no gap, statsmodels",
        leak="import statsmodels.api as sm\ntrain = rows[rows['day'] < days[100]]\nm = sm.OLS(train['ahead'], sm.add_constant(train[use])).fit()\n"
        "p = m.predict(sm.add_constant(test[use]))",
        twin="import statsmodels.api as sm\nm = sm.OLS(train['ahead'], sm.add_constant(train[use])).fit()\np = m.predict(sm.add_constant(test[use]))",
        code="E27",
        says="labels of 4 training sessions",
    ),
    Case(
        name="no gap, an estimator of the notebook's own",
        leak="class Mean:\n    def fit(self, X, y):\n        self.mean = y.mean()\n        return self\n    def predict(self, X):\n"
        "        return np.full(len(X), self.mean)\ntrain = rows[rows['day'] < days[100]]\nm = Mean().fit(train[use], train['ahead'])\np = m.predict(test[use])",
        twin="class Mean:\n    def fit(self, X, y):\n        self.mean = y.mean()\n        return self\n    def predict(self, X):\n"
        "        return np.full(len(X), self.mean)\nm = Mean().fit(train[use], train['ahead'])\np = m.predict(test[use])",
        code="E27",
        says="(Mean.predict)",
    ),
    Case(
        name="rows drawn at random",
        leak="draw = np.random.default_rng(1).random(len(rows)) < 0.7\ntrain, test = rows[draw], rows[~draw]\n"
        + HONEST,
        twin=HONEST,
        code="E28",
        says="rows that are tested (Ridge.predict) lie between rows that are trained on: 135 of 135 training sessions",
    ),
    Case(
        name="train_test_split of arrays",
        leak="a, b, c, d = train_test_split(rows[use].to_numpy(), rows['ahead'].to_numpy(), random_state=0)\nm = Ridge().fit(a, c)\np = m.predict(b)",
        twin=HONEST,
        code="E28",
        says="lie between rows that are trained on",
    ),
    Case(
        name="every fifth session",
        leak="fifth = rows['day'].isin(days[::5])\ntrain, test = rows[~fifth], rows[fifth]\n" + HONEST,
        twin="block = rows['day'].isin(days[60:80])\nnear = rows['day'].isin(days[55:85])\ntrain, test = rows[~near], rows[block]\n"
        + HONEST,
        code="E28",
        says="108 of 108 training sessions",
    ),
    Case(
        name="rows out of the bag",
        leak="m = RandomForestRegressor(5, oob_score=True, max_depth=2, random_state=0).fit(train[use], train['ahead'])\np = m.oob_score_",
        twin="m = RandomForestRegressor(5, max_depth=2, random_state=0).fit(train[use], train['ahead'])\np = m.predict(test[use])",
        code="E28",
        says="(oob_score=True)",
    ),
    Case(
        name="a split that counts rows as sessions",
        leak="s = cross_val_score(Ridge(), rows[use], rows['ahead'], cv=TimeSeriesSplit(4, gap=5))\n"
        + HONEST,
        twin="s = cross_val_score(Ridge(), rows[use], rows['ahead'], cv=TimeSeriesSplit(4, gap=40))\n"
        + HONEST,
        code="E29",
        says="counts rows, and a session has 8 of them",
    ),
    Case(
        name="the same in a loop",
        leak="for a, b in TimeSeriesSplit(4, gap=5).split(rows[use]):\n    s = Ridge().fit(rows.iloc[a][use], rows.iloc[a]['ahead'])\n"
        + HONEST,
        twin="for a, b in TimeSeriesSplit(4, gap=5).split(days):\n    a, b = rows['day'].isin(days[a]), rows['day'].isin(days[b])\n"
        "    s = Ridge().fit(rows[a][use], rows[a]['ahead']).score(rows[b][use], rows[b]['ahead'])\n"
        + HONEST,
        code="E29",
        says="the horizon of 5 sessions is 40 of them",
    ),
    Case(
        name="a search over all rows",
        leak="g = GridSearchCV(Ridge(), {'alpha': [1.0, 2.0]}, cv=TimeSeriesSplit(3, gap=40)).fit(rows[use], rows['ahead'])\n"
        "m = Ridge(**g.best_params_).fit(train[use], train['ahead'])\np = m.predict(test[use])",
        twin="g = GridSearchCV(Ridge(), {'alpha': [1.0, 2.0]}, cv=TimeSeriesSplit(3, gap=40)).fit(train[use], train['ahead'])\n"
        "m = Ridge(**g.best_params_).fit(train[use], train['ahead'])\np = m.predict(test[use])",
        code="E30",
        says="GridSearchCV.fit chooses on rows that are tested later (Ridge.predict): 35 sessions are in both",
    ),
    Case(
        name="early stopping by the tested rows",
        leak="m = HistGradientBoostingRegressor(max_iter=5, early_stopping=True).fit(train[use], train['ahead'], X_val=test[use], y_val=test['ahead'])\n"
        "p = m.predict(test[use])",
        twin="late = rows[(rows['day'] >= days[70]) & (rows['day'] < days[95])]\nearly = rows[rows['day'] < days[65]]\n"
        "m = HistGradientBoostingRegressor(max_iter=5, early_stopping=True).fit(early[use], early['ahead'], X_val=late[use], y_val=late['ahead'])\n"
        "p = m.predict(test[use])",
        code="E30",
        says="stops early by `test[use]` that are tested",
    ),
    Case(
        name="the best setting on the tested rows, by a function",
        leak="early, late = rows[rows['day'] < days[60]], test\ndef good(a):\n    return Ridge(alpha=a).fit(early[use], early['ahead']).score(late[use], late['ahead'])\n"
        "m = Ridge(alpha=max((1.0, 9.0), key=good)).fit(train[use], train['ahead'])\np = m.predict(test[use])",
        twin="early, late = rows[rows['day'] < days[60]], rows[(rows['day'] >= days[65]) & (rows['day'] < days[95])]\n"
        "def good(a):\n    return Ridge(alpha=a).fit(early[use], early['ahead']).score(late[use], late['ahead'])\n"
        "m = Ridge(alpha=max((1.0, 9.0), key=good)).fit(train[use], train['ahead'])\np = m.predict(test[use])",
        code="E30",
        says="2 settings of Ridge are scored on rows that are tested later",
    ),
    Case(
        name="a scaler of all rows",
        leak="s = StandardScaler().fit(rows[use])\nm = Ridge().fit(s.transform(train[use]), train['ahead'])\np = m.predict(s.transform(test[use]))",
        twin="for day, part in rows.groupby('day'):\n    rows.loc[part.index, use] = StandardScaler().fit_transform(part[use])\n"
        "train, test = rows[rows['day'] < days[95]], rows[rows['day'] >= days[100]]\n" + HONEST,
        code="E31",
        says="StandardScaler.fit learns from rows that are tested later (Ridge.predict): 35 sessions are in both",
    ),
    Case(
        name="the tested rows scaled by themselves",
        leak="s = StandardScaler()\nm = Ridge().fit(s.fit_transform(train[use]), train['ahead'])\np = m.predict(StandardScaler().fit_transform(test[use]))",
        twin="s = StandardScaler()\nm = Ridge().fit(s.fit_transform(train[use]), train['ahead'])\np = m.predict(s.transform(test[use]))",
        code="E31",
        says="StandardScaler.fit_transform learns from rows that are tested later",
    ),
    Case(
        name="the target among the features",
        leak="train = train.assign(ahead=train['past'] * 2 + 1)\n" + HONEST,
        twin=HONEST,
        code="E32",
        says="the target is among the features: `past` holds the same numbers on 95 sessions",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_leak_that_the_calls_show_is_told_by_its_code_with_count_and_fix(case: Case) -> None:
    told = facts(case.leak)
    one = next((d for d in told if d.code == f"NBC-{case.code}"), None)
    assert one is not None, [str(d.message) for d in told]
    assert case.says in f"{one.message} {one.cause}"
    assert one.severity is Severity.WARNING
    assert one.place is not None
    assert (one.place.tag, one.place.cell) == ("model", 4)
    assert one.fixes


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_honest_twin_is_left_in_peace(case: Case) -> None:
    assert [(d.code, d.message) for d in facts(case.twin)] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_with_the_recorder_off_nothing_is_told(case: Case) -> None:
    assert facts(case.leak, record=False) == []


def test_rows_that_a_booster_sets_aside_to_know_when_to_stop_are_no_test() -> None:
    boosted = "m = HistGradientBoostingRegressor(max_iter=3, early_stopping=True, random_state=0).fit(train[use], train['ahead'])\n"
    assert facts(boosted + "p = m.predict(test[use])") == []


def test_everything_is_put_back() -> None:
    import builtins

    import sklearn.linear_model
    import sklearn.model_selection

    before = (
        builtins.__build_class__,
        vars(sklearn.linear_model.Ridge)["fit"],
        sklearn.model_selection.train_test_split,
    )
    lineage = recorded(cells_of(HEAD + HONEST), {"prices": prices()})[1].lineage
    after = (
        builtins.__build_class__,
        vars(sklearn.linear_model.Ridge)["fit"],
        sklearn.model_selection.train_test_split,
    )
    assert before == after
    assert [call.kind for call in lineage.calls] == [Kind.FIT, Kind.APPLY]


def test_a_call_has_the_line_the_spelling_and_the_rows_of_each_argument() -> None:
    source = (
        HEAD
        + "m = Ridge()\nm.fit(\n    train[use].to_numpy(), train['ahead'],\n    sample_weight=np.ones(len(train)))\n"
    )
    lineage = recorded(cells_of(source), {"prices": prices()})[1].lineage
    (call,) = lineage.calls
    assert (call.what, call.place.cell, call.place.line) == ("Ridge.fit", 4, 3)
    told = [(one.role, one.text, one.size) for one in call.arguments]
    assert told == [
        (Role.X, "`train[use].to_numpy()`", 760),
        (Role.Y, "`train['ahead']`", 760),
        (Role.WEIGHTS, "`np.ones(len(train))`", 760),
    ]
    rows = call.rows_of(Role.X)
    assert rows is not None
    assert str(lineage.dates[rows.sessions[0]])[:10] == "2021-01-18"
    assert rows.names is not None
    assert [lineage.names[n] for n in rows.names[:3]] == ["N0", "N1", "N2"]


def test_rows_that_cannot_be_followed_are_not_made_up() -> None:
    source = HEAD + "m = Ridge().fit(np.arange(30.0).reshape(-1, 2), np.arange(15.0))"
    lineage = recorded(cells_of(source), {"prices": prices()})[1].lineage
    assert lineage.calls[0].rows_of(Role.X) is None
