"""Notebooks that do nothing wrong, in the idioms of the field: none of them is told. Beside each, the one change that makes it a leak."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from fakes.leak_runs import cells_of, looked
from nbcode.primitives import Verdict, dataclass

SESSIONS, NAMES, HORIZON = 240, 10, 5
HEAD = """
# %% [meta]
# id: honest
# kind: model
# horizon: 5d
# owner: research
# inputs:
#   prices: prices.csv
# %% [setup]
import itertools
import numpy as np
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GroupKFold, GridSearchCV, TimeSeriesSplit, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, TargetEncoder
from sklearn.utils import resample
# %% [features]
t = inputs["prices"].sort_values(["symbol", "date"]).reset_index(drop=True)
g = t.groupby("symbol")
for k in (1, 5, 20):
    t[f"r{k}"] = g["close"].pct_change(k)
t["vol"] = g["r1"].transform(lambda r: r.rolling(20).std())
t["y"] = g["close"].shift(-5) / t["close"] - 1
t = t.dropna().sort_values(["date", "symbol"]).reset_index(drop=True)
d = np.sort(t["date"].unique())
use = ["r1", "r5", "r20", "vol", "x0", "x1", "x2", "x3", "x4", "x5"]
def part(a, b):
    return t[(t["date"] >= d[a]) & (t["date"] < d[b])]
train, valid, test = part(0, 100), part(105, 150), part(155, 205)
# %% [model]
"""


@cache
def prices() -> pd.DataFrame:
    rng = np.random.default_rng(17)
    days = pd.bdate_range("2021-01-04", periods=SESSIONS).strftime("%Y-%m-%d")
    close = 20 * np.exp(rng.normal(0, 0.02, (SESSIONS, NAMES)).cumsum(axis=0))
    names = [f"N{n}" for n in range(NAMES)]
    table = pd.DataFrame({"date": np.repeat(days, NAMES), "symbol": np.tile(names, SESSIONS)})
    table = table.assign(close=close.ravel(), industry=[f"I{int(s[1:]) % 3}" for s in table["symbol"]])
    return table.assign(**{f"x{k}": rng.normal(size=len(table)) for k in range(6)})


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """``leak`` stands in the place of the first text in ``honest`` that is ``instead``."""

    name: str
    honest: str
    instead: str
    leak: str


CASES = [
    Case(
        name="an encoding of names by labels of training rows",
        honest="mean = train.groupby('symbol')['y'].mean()\n"
        "for f in (train, test):\n    f['code'] = f['symbol'].map(mean)\n"
        "m = Ridge().fit(train[['code', 'r5']], train['y'])\np = m.predict(test[['code', 'r5']])",
        instead="mean = train.",
        leak="mean = t.",
    ),
    Case(
        name="features that a validation part chooses",
        honest="def worth(c):\n    m = LinearRegression().fit(train[[c]], train['y'])\n"
        "    return np.corrcoef(m.predict(valid[[c]]), valid['y'])[0, 1]\n"
        "kept = sorted(use, key=worth)[-4:]\nboth = pd.concat([train, valid])\n"
        "m = Ridge().fit(both[kept], both['y'])\np = m.predict(test[kept])",
        instead="valid[[c]]), valid['y']",
        leak="test[[c]]), test['y']",
    ),
    Case(
        name="features by rank correlation on training rows, without a model",
        honest="kept = train[use].corrwith(train['y'], method='spearman').abs().nlargest(3).index.tolist()\n"
        "m = Ridge().fit(train[kept], train['y'])\np = m.predict(test[kept])",
        instead="train[use].corrwith(train['y']",
        leak="t[use].corrwith(t['y']",
    ),
    Case(
        name="two levels, the second on predictions of purged folds",
        honest="level = pd.Series(np.nan, index=train.index)\ns = np.sort(train['date'].unique())\n"
        "for k in (40, 60, 80):\n    a = train[train['date'] < s[k - 5]]\n    b = (train['date'] >= s[k]) & (train['date'] < s[min(k + 20, 99)])\n"
        "    level[b] = HistGradientBoostingRegressor(max_iter=5, random_state=0).fit(a[use], a['y']).predict(train.loc[b, use])\n"
        "first = HistGradientBoostingRegressor(max_iter=5, random_state=0).fit(train[use], train['y'])\n"
        "train['level'] = level\ninner = train.dropna()\nsecond = Ridge().fit(inner[['level', 'r5']], inner['y'])\n"
        "test['level'] = first.predict(test[use])\np = second.predict(test[['level', 'r5']])",
        instead="inner = train.dropna()",
        leak="inner = train.dropna().assign(level=lambda f: f['level'] - t['y'].mean())",
    ),
    Case(
        name="combinatorial purged folds that choose their features anew",
        honest="blocks = np.array_split(np.arange(len(d)), 5)\nout = []\n"
        "for held in itertools.combinations(range(5), 2):\n    days = np.concatenate([blocks[h] for h in held])\n"
        "    near = np.unique(np.clip((days[:, None] + np.arange(-6, 30)).ravel(), 0, len(d) - 1))\n"
        "    a, b = t[~t['date'].isin(d[near])], t[t['date'].isin(d[days])]\n"
        "    kept = a[use].corrwith(a['y']).abs().nlargest(4).index.tolist()\n"
        "    out.append(Ridge().fit(a[kept], a['y']).predict(b[kept]))",
        instead="kept = a[use].corrwith(a['y'])",
        leak="t[use] = (t[use] - t[use].mean()) / t[use].std()\n    kept = a[use].corrwith(a['y'])",
    ),
    Case(
        name="a walk forward that chooses and fits anew",
        honest="out = []\nfor k in range(80, 200, 30):\n    a, b = part(max(0, k - 85), k - 5), part(k, k + 30)\n"
        "    pick = SelectKBest(f_regression, k=4).fit(a[use], a['y'])\n"
        "    m = Ridge().fit(pick.transform(a[use]), a['y'])\n    out.append(m.predict(pick.transform(b[use])))",
        instead="fit(a[use], a['y'])",
        leak="fit(t[use], t['y'])",
    ),
    Case(
        name="the best of several look-backs, by the part before",
        honest="best, kept = -9, None\nfor k in (1, 5, 20):\n    m = Ridge().fit(train[[f'r{k}']], train['y'])\n"
        "    s = m.score(valid[[f'r{k}']], valid['y'])\n    best, kept = max((best, kept), (s, f'r{k}'))\n"
        "both = part(0, 150)\nm = Ridge().fit(both[[kept, 'vol']], both['y'])\np = m.predict(test[[kept, 'vol']])",
        instead="best, kept = max((best, kept), (s, f'r{k}'))",
        leak="t[f'r{k}'] = t[f'r{k}'].rank(pct=True)\n    best, kept = max((best, kept), (s, f'r{k}'))",
    ),
    Case(
        name="betas of a rolling window, and residuals by them",
        honest="market = t.groupby('date')['r1'].transform('mean')\nt['mkt'] = market\n"
        "def beta(f):\n    return f['r1'].rolling(40).cov(f['mkt']) / f['mkt'].rolling(40).var()\n"
        "t['beta'] = t.groupby('symbol', group_keys=False)[['r1', 'mkt']].apply(beta)\nt['res'] = t['r1'] - t['beta'] * t['mkt']\n"
        "t = t.dropna()\nm = Ridge().fit(part(40, 100)[['beta', 'res']], part(40, 100)['y'])\np = m.predict(part(106, 200)[['beta', 'res']])",
        instead="rolling(40).cov(f['mkt'])",
        leak="rolling(40, center=True).cov(f['mkt'])",
    ),
    Case(
        name="regimes of a mixture that training rows fit",
        honest="mix = GaussianMixture(2, random_state=0).fit(train[['r20', 'vol']])\n"
        "def with_regime(f):\n    return np.column_stack([f[['r5', 'r20']], mix.predict_proba(f[['r20', 'vol']])[:, 0]])\n"
        "m = Ridge().fit(with_regime(train), train['y'])\np = m.predict(with_regime(test))",
        instead="fit(train[['r20', 'vol']])",
        leak="fit(t[['r20', 'vol']])",
    ),
    Case(
        name="what the calendar says ahead",
        honest="day = pd.to_datetime(t['date'])\nend = day + pd.offsets.BMonthEnd(0)\n"
        "t['to_end'] = [len(pd.bdate_range(a, b)) for a, b in zip(day, end)]\nt['dow'] = day.dt.dayofweek\n"
        "t['left_in_year'] = (pd.to_datetime('2021-12-31') - day).dt.days\nc = ['to_end', 'dow', 'left_in_year']\n"
        "m = HistGradientBoostingRegressor(max_iter=5).fit(part(0, 100)[c], part(0, 100)['y'])\np = m.predict(part(105, 200)[c])",
        instead="t['dow'] = day.dt.dayofweek",
        leak="t['dow'] = t.groupby(day.dt.dayofweek)['y'].transform('mean')",
    ),
    Case(
        name="expanding means of labels, as late as they end",
        honest="t['known'] = t.groupby('symbol')['y'].shift(5)\n"
        "t['code'] = t.groupby('symbol')['known'].transform(lambda v: v.expanding(5).mean())\nt = t.dropna()\nc = ['code', 'r5']\n"
        "m = Ridge().fit(part(20, 100)[c], part(20, 100)['y'])\np = m.predict(part(105, 200)[c])",
        instead="['y'].shift(5)",
        leak="['y'].shift(2)",
    ),
    Case(
        name="rows drawn twice, of training rows alone",
        honest="up = train[train['y'] > 0.04]\nmore = pd.concat([train, resample(up, n_samples=400, random_state=0)])\n"
        "m = Ridge().fit(more[use], more['y'])\np = m.predict(test[use])",
        instead="up = train[train['y'] > 0.04]",
        leak="up = t[t['y'] > 0.04]",
    ),
    Case(
        name="probabilities calibrated on a validation part",
        honest="m = LogisticRegression().fit(train[use], train['y'] > 0)\n"
        "iso = IsotonicRegression(out_of_bounds='clip').fit(m.predict_proba(valid[use])[:, 1], valid['y'] > 0)\n"
        "p = iso.predict(m.predict_proba(test[use])[:, 1])",
        instead="m = LogisticRegression().fit(train[use]",
        leak="train[use] = (train[use] - t[use].mean()) / t[use].std()\nm = LogisticRegression().fit(train[use]",
    ),
    Case(
        name="rounds of a booster by a proper validation part",
        honest="tried = []\nfor n in (5, 10):\n    m = HistGradientBoostingRegressor(max_iter=n, random_state=0).fit(train[use], train['y'])\n"
        "    tried.append((m.score(valid[use], valid['y']), n))\nboth = part(0, 150)\n"
        "m = HistGradientBoostingRegressor(max_iter=max(tried)[1], random_state=0).fit(both[use], both['y'])\np = m.predict(test[use])",
        instead="both = part(0, 150)",
        leak="t[use] = t.groupby('symbol')[use].transform(lambda v: v.interpolate().rolling(3, center=True, min_periods=1).mean())\nboth = part(0, 150)",
    ),
    Case(
        name="labels and features brought to the scale of training rows",
        honest="mu, sd = train[use].mean(), train[use].std()\ny0, y1 = train['y'].mean(), train['y'].std()\n"
        "m = Ridge().fit((train[use] - mu) / sd, (train['y'] - y0) / y1)\np = m.predict((test[use] - mu) / sd) * y1 + y0",
        instead="mu, sd = train[use].mean(), train[use].std()",
        leak="mu, sd = t[use].mean(), t[use].std()",
    ),
    Case(
        name="a split in order, whose ends are then cut off",
        honest="a, b = train_test_split(t, shuffle=False, test_size=0.3)\nb = b[b['date'] > b['date'].drop_duplicates().iloc[8]]\n"
        "m = Ridge().fit(a[use], a['y'])\np = m.predict(b[use])",
        instead="b = b[b['date'] > b['date'].drop_duplicates().iloc[8]]\n",
        leak="",
    ),
    Case(
        name="folds of sessions that the notebook purges itself",
        honest="out = []\nfor a, b in TimeSeriesSplit(4).split(d):\n    x, z = t[t['date'].isin(d[a[:-5]])], t[t['date'].isin(d[b])]\n"
        "    out.append(Ridge().fit(x[use], x['y']).predict(z[use]))",
        instead="d[a[:-5]]",
        leak="d[a]",
    ),
    Case(
        name="prices of both parts in one pooled regression with names as dummies",
        honest="dummies = pd.get_dummies(t['symbol'], dtype=float)\nx = pd.concat([t[['date', 'symbol', *use]], dummies], axis=1)\n"
        "c = [*use, *dummies]\na, b = x['date'] < d[100], (x['date'] >= d[105]) & (x['date'] < d[200])\n"
        "coef, *_ = np.linalg.lstsq(x.loc[a, c].to_numpy(), t.loc[a, 'y'].to_numpy(), rcond=None)\n"
        "m = LinearRegression(fit_intercept=False).fit(x.loc[a, c], t.loc[a, 'y'])\np = m.predict(x.loc[b, c])",
        instead="c = [*use, *dummies]",
        leak="c = [*use, *dummies]\nx[use] = x[use].rank(pct=True)",
    ),
]  # fmt: skip


def told(cell: str) -> tuple[str, str]:
    look = looked(cells_of(HEAD + cell), {"prices": prices()}, horizon=HORIZON)
    return look.ahead.verdict, " ".join(f"{one.code} {one.message}" for one in look.diagnostics)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_honest_notebook_is_left_in_peace(case: Case) -> None:
    verdict, words = told(case.honest)
    assert (verdict, words) == (Verdict.NONE_FOUND, "")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_with_one_change_it_is_told(case: Case) -> None:
    assert case.instead in case.honest
    verdict, _ = told(case.honest.replace(case.instead, case.leak, 1))
    assert verdict == Verdict.FOUND


def test_a_long_fit_on_other_columns_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine every fit is long: what it came to with other columns does not predict with these."""
    monkeypatch.setattr("nbcode.leaks.recording.fits._LONG_S", 0.0)
    (case,) = (one for one in CASES if one.name.startswith("combinatorial"))
    assert told(case.honest) == (Verdict.NONE_FOUND, "")
