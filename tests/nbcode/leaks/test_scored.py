"""What is scored up to a session does not depend on what came after it: choice on tested rows, sessions left out, signals estimated on all
days. Each is told, its honest twin is not, and nothing is where what is scored is not kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from fakes.leak_runs import cells_of, looked, recorded
from nbcode.leaks.probe import find_leaks
from nbcode.primitives import Diagnostic, Verdict

HEAD = """# %% [meta]
# id: scored
# kind: model
# horizon: 5d
# owner: quant
# inputs:
#   prices: prices.csv
# %% [setup]
import numpy as np
import pandas as pd
from scipy.stats import spearmanr
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, Ridge
from sklearn.metrics import mean_squared_error, r2_score
from sklearn.neighbors import KNeighborsRegressor
# %% [features]
long = inputs["prices"].sort_values(["day", "ticker"]).reset_index(drop=True)
close = long.groupby("ticker")["close"]
for k in (2, 5, 10, 20):
    long[f"past{k}"] = close.pct_change(k)
long["ahead"] = close.shift(-5) / long["close"] - 1
rows = long.dropna().reset_index(drop=True)
days = np.sort(rows["day"].unique())
use = ["past2", "past5", "past10", "past20"]
train = rows[rows["day"] < days[80]]
valid = rows[(rows["day"] >= days[85]) & (rows["day"] < days[120])]
test = rows[rows["day"] >= days[125]]
wide = inputs["prices"].pivot(index="day", columns="ticker", values="close")
wide.index = pd.to_datetime(wide.index)
moves = wide.pct_change().fillna(0.0)
# %% [model]
"""
NAMES = 12


def prices(sessions: int = 250) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    days = pd.bdate_range("2021-01-04", periods=sessions).strftime("%Y-%m-%d")
    close = 20 * np.exp(rng.normal(0, 0.02, (sessions, NAMES)).cumsum(axis=0))
    return pd.DataFrame(
        {
            "day": np.repeat(days, NAMES),
            "ticker": np.tile([f"N{n:02d}" for n in range(NAMES)], sessions),
            "close": close.ravel(),
            "volume": rng.lognormal(10, 1, sessions * NAMES),
        }
    )


def told(cells: str, *, signal: str = "", keep: bool = True) -> list[Diagnostic]:
    """What the look says; with nothing kept of what is scored where ``keep`` says so."""
    made, inputs = cells_of(HEAD + cells), {"prices": prices()}
    if keep:
        look = looked(made, inputs, horizon=5, signal=signal)
        return list(look.diagnostics) if look.ahead.verdict is Verdict.FOUND else []
    _, recorder = recorded(made, inputs, signal=signal)
    recorder.lineage.scored.clear()
    recorder.lineage.figures = recorder.lineage.bests = ()
    for number, call in enumerate(recorder.lineage.calls):
        recorder.lineage.calls[number] = type(call)(**{**_fields(call), "gave": None, "settings": ""})
    look = find_leaks(made, inputs, _begin, recorder=recorder, horizon=5, signal=signal)
    return list(look.diagnostics) if look.ahead.verdict is Verdict.FOUND else []


def _fields(call: object) -> dict[str, object]:
    return {name: getattr(call, name) for name in type(call).__slots__}


def _begin(namespace: dict[str, object], frames: dict[str, pd.DataFrame], _panel: object = None) -> None:
    namespace["inputs"] = {name: frame.copy() for name, frame in frames.items()}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A leak, its honest twin, the code that tells it, and a part of the sentence."""

    name: str
    leak: str
    twin: str
    says: str
    code: str = "E30"
    signal: str = ""

    @classmethod
    def on(cls, name: str, cells: str, says: str, *, code: str = "E30", signal: str = "") -> Case:
        """The leak looks at ``test`` where the twin looks at ``valid``: ROWS in ``cells``."""
        leak, twin = cells.replace("ROWS", "test"), cells.replace("ROWS", "valid")
        return cls(name=name, leak=leak, twin=twin, says=says, code=code, signal=signal)


CASES = [
    Case.on(
        "a model chosen by its error, in a function",
        "def pick(models, table):\n    errors = [mean_squared_error(table['ahead'], one.predict(table[use])) for one in models]\n"
        "    return models[int(np.argmin(errors))]\n"
        "models = [ExtraTreesRegressor(10, max_depth=d, random_state=d).fit(train[use], train['ahead']) for d in range(2, 9)]\n"
        "m = pick(models, ROWS)\n"
        "# %% [eval]\nreport = {'r2': r2_score(test['ahead'], m.predict(test[use]))}",
        "gives for tested rows was chosen by tested rows",
    ),
    Case.on(
        "a penalty chosen, and fitted once more",
        "def score(alpha, table):\n    fitted = Lasso(alpha=alpha).fit(train[use], train['ahead'])\n"
        "    return np.corrcoef(fitted.predict(table[use]) + 1e-9 * table['past2'], table['ahead'])[0, 1]\n"
        "alpha = max([1e-5, 1e-4, 3e-4, 1e-3, 2e-3], key=lambda a: score(a, ROWS))\n"
        "m = Lasso(alpha=alpha).fit(train[use], train['ahead'])\n"
        "# %% [eval]\nreport = {'ic': spearmanr(m.predict(test[use]), test['ahead'])[0]}",
        "which model is fitted was chosen by rows that it is tested on",
    ),
    Case.on(
        "ridge by hand, in arrays",
        "def solve(lam):\n    X = train[use].to_numpy()\n"
        "    return np.linalg.solve(X.T @ X + lam * np.eye(4), X.T @ train['ahead'].to_numpy())\n"
        "def fit_of(w, table):\n    return np.corrcoef(table[use].to_numpy() @ w, table['ahead'])[0, 1]\n"
        "w = max((solve(lam) for lam in np.logspace(-4, 2, 13)), key=lambda w: fit_of(w, ROWS))\nm = Ridge().fit(train[use], train['ahead'])\n"
        "# %% [eval]\nreport = {'corr': fit_of(w, test)}",
        "was chosen by what it reports",
    ),
    Case.on(
        "the sign of a factor",
        "names = [f'{sign}{one}' for one in use for sign in '+-']\n"
        "def factor(name, table):\n    return table[name[1:]] * (1 if name[0] == '+' else -1)\n"
        "best = max(names, key=lambda name: spearmanr(factor(name, ROWS), ROWS['ahead'])[0])\nm = best\n"
        "# %% [eval]\nreport = {'ic': spearmanr(factor(best, test), test['ahead'])[0]}",
        "was chosen by what it reports",
    ),
    Case.on(
        "weights of a blend, by non-negative least squares",
        "from scipy.optimize import nnls\n"
        "base = [k.fit(train[use], train['ahead']) for k in (Ridge(), KNeighborsRegressor(7), ExtraTreesRegressor(8, max_depth=4, random_state=1))]\n"
        "def stack(table):\n    return np.column_stack([one.predict(table[use]) for one in base])\n"
        "weights, _ = nnls(stack(ROWS), ROWS['ahead'].to_numpy() + 0.02)\nm = base\n"
        "# %% [eval]\nblend = pd.Series(stack(test) @ weights, index=test.index)\n"
        "report = {'corr': blend.corr(test['ahead'])}",
        "`blend.corr(test['ahead'])` was chosen by what it reports",
    ),
    Case.on(
        "a threshold of positions, by the Sharpe of the book",
        "m = Ridge().fit(train[use], train['ahead'])\n"
        "def book(table, cut):\n    p = pd.Series(m.predict(table[use]), table.index)\n"
        "    held = (p > p.mean() * 0 + cut).astype(float)\n    return (held * table['ahead']).groupby(table['day']).mean()\n"
        "def sharpe(pnl):\n    return pnl.mean() / pnl.std()\n"
        "cuts = np.quantile(m.predict(valid[use]), np.linspace(0.1, 0.9, 15))\n"
        "cut = max(cuts, key=lambda one: sharpe(book(ROWS, one)))\n"
        "# %% [eval]\nreport = {'sharpe': float(sharpe(book(test, cut)))}",
        "was chosen by what it reports",
    ),
    Case.on(
        "a regression on predictions, for a blend",
        "base = [k.fit(train[use], train['ahead']) for k in (Ridge(), ExtraTreesRegressor(8, max_depth=4, random_state=1))]\n"
        "def stack(table):\n    return np.column_stack([one.predict(table[use]) for one in base])\n"
        "m = LinearRegression().fit(stack(ROWS), ROWS['ahead'])\n"
        "# %% [eval]\nreport = {'r2': m.score(stack(test), test['ahead'])}",
        "LinearRegression.fit learns from what Ridge.predict gives for tested rows, and is tested on them: 1,200 rows, on 100",
    ),
    Case(
        name="the error by which a search chose",
        leak="from sklearn.model_selection import GridSearchCV\nearly, late = rows['day'] < days[80], rows['day'] >= days[90]\n"
        "folds = [(np.flatnonzero(early), np.flatnonzero(late))]\n"
        "m = GridSearchCV(Ridge(), {'alpha': [1.0, 10.0, 100.0]}, cv=folds, scoring='neg_mean_squared_error').fit(rows[use], rows['ahead'])\n"
        "# %% [eval]\nreport = {'rmse': float(np.sqrt(-m.best_score_))}",
        twin="from sklearn.model_selection import GridSearchCV\nboth = rows[rows['day'] < days[120]]\n"
        "early, late = both['day'] < days[80], both['day'] >= days[90]\nfolds = [(np.flatnonzero(early), np.flatnonzero(late))]\n"
        "m = GridSearchCV(Ridge(), {'alpha': [1.0, 10.0, 100.0]}, cv=folds, scoring='neg_mean_squared_error').fit(both[use], both['ahead'])\n"
        "# %% [eval]\nreport = {'chosen_by': float(np.sqrt(-m.best_score_)), 'r2': r2_score(test['ahead'], m.predict(test[use]))}",
        says="the figure rmse is the best of 3 scores by which GridSearchCV.fit chose",
    ),
    Case.on(
        "the best of a dict of figures",
        "tried = {}\nfor name in use:\n    for sign in (1, -1):\n        tried[name, sign] = float(np.corrcoef(sign * ROWS[name].to_numpy(), ROWS['ahead'])[0, 1])\n"
        "best = max(tried, key=tried.get)\nm = best\n"
        "# %% [eval]\nfigure = float(np.corrcoef(best[1] * test[best[0]].to_numpy(), test['ahead'])[0, 1])\n"
        "report = {'corr': tried.get(best) if 'ROWS' == 'test' else figure}",
        "the figure corr is the best of 8 in `tried`",
    ),
    Case(
        name="the first row of a sorted table",
        leak="made = []\nfor fast in (2, 4, 8):\n    for slow in (16, 32, 64):\n"
        "        held = np.sign(wide.rolling(fast).mean() - wide.rolling(slow).mean()).shift(1)\n"
        "        pnl = (held * moves).mean(axis=1).iloc[70:].to_numpy()\n        made.append((fast, slow, float(pnl.mean() / pnl.std())))\n"
        "tried = pd.DataFrame(made, columns=['fast', 'slow', 'sharpe']).sort_values('sharpe', ascending=False)\n"
        "# %% [eval]\nreport = {'sharpe': float(tried['sharpe'].iloc[0])}",
        twin="made = []\nfor fast in (2, 4, 8):\n    for slow in (16, 32, 64):\n"
        "        held = np.sign(wide.rolling(fast).mean() - wide.rolling(slow).mean()).shift(1)\n"
        "        pnl = (held * moves).mean(axis=1).iloc[70:].to_numpy()\n        made.append((fast, slow, float(pnl.mean() / pnl.std())))\n"
        "tried = pd.DataFrame(made, columns=['fast', 'slow', 'sharpe']).sort_values('sharpe', ascending=False)\n"
        "# %% [eval]\nreport = {'sharpe': float(tried['sharpe'].mean())}",
        says="the figure sharpe is the best of 9 in `tried['sharpe']`",
    ),
    Case.on(
        "a stop chosen in plain arrays",
        "ret = moves.to_numpy().mean(axis=1)\npast = np.concatenate([np.zeros(10), np.convolve(ret, np.ones(10) / 10, 'valid')[:-1]])[: len(ret)]\n"
        "begin = {'test': 125, 'valid': 40}['ROWS']\nend = {'test': len(ret), 'valid': 120}['ROWS']\n"
        "def pnl(level):\n    return np.where(past > level, ret, -ret)\n"
        "def sharpe(x):\n    return float(x.mean() / x.std())\n"
        "level = max(np.quantile(past, np.linspace(0.1, 0.9, 9)) * 0 + np.linspace(-0.004, 0.004, 9), key=lambda c: sharpe(pnl(c)[begin:end]))\n"
        "dates = list(moves.index[125:])\n"
        "# %% [eval]\ntested = pnl(level)[125:]\nreport = {'sharpe': sharpe(tested)}",
        "`tested` was chosen by what it reports",
    ),
    Case(
        name="bad months left out",
        leak="m = Ridge().fit(train[use], train['ahead'])\np = m.predict(test[use])\n"
        "daily = (p * test['ahead']).groupby(pd.to_datetime(test['day'])).mean()\n"
        "# %% [eval]\nweek = daily.groupby(daily.index.to_period('W')).transform('mean')\n"
        "kept = daily[week > week.quantile(0.2)]\nreport = {'sharpe': float(kept.mean() / kept.std())}",
        twin="m = Ridge().fit(train[use], train['ahead'])\np = m.predict(test[use])\n"
        "daily = (p * test['ahead']).groupby(pd.to_datetime(test['day'])).mean()\n"
        "# %% [eval]\nkept = daily[daily.index.weekday < 4]\nreport = {'sharpe': float(kept.mean() / kept.std())}",
        code="E23",
        says="which sessions `kept.mean()` is computed of is chosen by the future",
    ),
    Case.on(
        "a threshold, by a function that standardises by day first",
        "m = Ridge().fit(train[use], train['ahead'])\n"
        "def sharpe(table, cut):\n    p = pd.Series(m.predict(table[use]), index=pd.MultiIndex.from_frame(table[['day', 'ticker']]))\n"
        "    z = pd.concat([p, p]).groupby('day').transform(lambda x: (x - x.mean()) / x.std()).iloc[: len(p)]\n"
        "    pnl = ((z > cut) * table['ahead'].to_numpy()).groupby('day').mean()\n    return pnl.mean() / pnl.std()\n"
        "best = max(np.linspace(-1, 1, 9), key=lambda cut: sharpe(ROWS, cut))\n"
        "# %% [eval]\nreport = {'sharpe': float(sharpe(test, best))}",
        "`sharpe(test, best)` was chosen by what it reports",
    ),
    Case(
        name="rows left out by their own label, and no model asked",
        leak="kept = rows[(rows['ahead'] > -0.04) & (rows['ahead'] < 0.08)]\nfit, late = kept[kept['day'] < days[120]], kept[kept['day'] >= days[125]]\n"
        "m = Ridge().fit(fit[use], fit['ahead'])\n"
        "# %% [eval]\nlong = late[late['past2'] > 0]\nreport = {'mean': float(long['ahead'].mean())}",
        twin="late = rows[rows['day'] >= days[125]]\nkept = train[(train['ahead'] > -0.04) & (train['ahead'] < 0.08)]\n"
        "m = Ridge().fit(kept[use], kept['ahead'])\n"
        "# %% [eval]\nlong = late[late['past2'] > 0]\nreport = {'mean': float(long['ahead'].mean())}",
        code="E23",
        says="is computed of is chosen by what became of them",
    ),
    Case(
        name="rows of a large error left out",
        leak="m = Ridge().fit(train[use], train['ahead'])\nscored = test.assign(p=m.predict(test[use]))\n"
        "miss = (scored['ahead'] - scored['p']).abs()\nkept = scored[miss < miss.quantile(0.8)]\n"
        "# %% [eval]\nreport = {'ic': spearmanr(kept['p'], kept['ahead'])[0]}",
        twin="m = Ridge().fit(train[use], train['ahead'])\nscored = test.assign(p=m.predict(test[use]))\n"
        "kept = scored[scored['p'].abs() > scored['p'].abs().quantile(0.2)]\n"
        "# %% [eval]\nreport = {'ic': spearmanr(kept['p'], kept['ahead'])[0]}",
        code="E23",
        says="come or go when only later data does, by what became of them",
    ),
    Case(
        name="names that are hard to foretell left out",
        leak="m = Ridge().fit(train[use], train['ahead'])\nscored = test.assign(p=m.predict(test[use]))\n"
        "each = scored.groupby('ticker')[['p', 'ahead']].apply(lambda d: d['p'].corr(d['ahead']))\nkept = scored[scored['ticker'].isin(each.nlargest(8).index)]\n"
        "# %% [eval]\nreport = {'ic': kept['p'].corr(kept['ahead'], method='spearman')}",
        twin="m = Ridge().fit(train[use], train['ahead'])\nbefore = valid.assign(p=m.predict(valid[use]))\nscored = test.assign(p=m.predict(test[use]))\n"
        "each = before.groupby('ticker')[['p', 'ahead']].apply(lambda d: d['p'].corr(d['ahead']))\nkept = scored[scored['ticker'].isin(each.nlargest(8).index)]\n"
        "# %% [eval]\nreport = {'ic': kept['p'].corr(kept['ahead'], method='spearman')}",
        code="E23",
        says="come or go when only later data does, by names: ",
    ),
    Case(
        name="risk parity of all days",
        leak="size = 1 / moves.std()\npositions = moves.rolling(10).mean() * size / size.sum()\n"
        "# %% [eval]\npnl = (positions.shift(1) * moves).sum(axis=1)\nreport = {'mean': float(pnl.iloc[120:].mean())}",
        twin="size = 1 / moves.rolling(40).std()\npositions = moves.rolling(10).mean() * size\n"
        "# %% [eval]\npnl = (positions.shift(1) * moves).sum(axis=1)\nreport = {'mean': float(pnl.iloc[120:].mean())}",
        code="E23",
        signal="positions",
        says="the signal `positions` knows the future: ",
    ),
    Case(
        name="a window chosen on all years, in a class",
        leak="class Trend:\n    def __init__(self, window):\n        self.window = window\n    def held(self):\n"
        "        return np.sign(wide / wide.rolling(self.window).mean() - 1).fillna(0.0)\n    def pnl(self):\n"
        "        return (self.held().shift(1) * moves).mean(axis=1)\n"
        "best = max((Trend(k) for k in range(3, 60, 4)), key=lambda one: one.pnl().iloc[125:].mean())\nsignal = best.held()\n"
        "# %% [eval]\nreport = {'mean': float(best.pnl().iloc[125:].mean())}",
        twin="class Trend:\n    def __init__(self, window):\n        self.window = window\n    def held(self):\n"
        "        return np.sign(wide / wide.rolling(self.window).mean() - 1).fillna(0.0)\n    def pnl(self):\n"
        "        return (self.held().shift(1) * moves).mean(axis=1)\n"
        "best = max((Trend(k) for k in range(3, 60, 4)), key=lambda one: one.pnl().iloc[:120].mean())\nsignal = best.held()\n"
        "# %% [eval]\nreport = {'mean': float(best.pnl().iloc[125:].mean())}",
        code="E23",
        signal="signal",
        says="the signal `signal` knows the future: ",
    ),
    Case(
        name="names that did well",
        leak="gained = wide.iloc[-1] / wide.iloc[125]\nbest = gained.nlargest(4).index\npositions = wide[best].pct_change(10).iloc[125:]\n"
        "# %% [eval]\npnl = (positions.shift(1) * moves[best]).mean(axis=1).dropna()\nreport = {'mean': float(pnl.mean())}",
        twin="gained = wide.iloc[120] / wide.iloc[0]\nbest = gained.nlargest(4).index\npositions = wide[best].pct_change(10).iloc[125:]\n"
        "# %% [eval]\npnl = (positions.shift(1) * moves[best]).mean(axis=1).dropna()\nreport = {'mean': float(pnl.mean())}",
        code="E23",
        signal="positions",
        says="the signal `positions` holds names that were chosen by their future",
    ),
]
HONEST = {
    "the average gain beside the average loss": "m = Ridge().fit(train[use], train['ahead'])\nlong = test[m.predict(test[use]) > 0]\n"
    "# %% [eval]\ngain, loss = long['ahead'][long['ahead'] > 0].mean(), long['ahead'][long['ahead'] <= 0].mean()\n"
    "report = {'ratio': float(gain / -loss)}",
    "fitted once more on all rows, for production": "m = Ridge().fit(train[use], train['ahead'])\np = m.predict(test[use])\n"
    "# %% [eval]\nreport = {'corr': np.corrcoef(p, test['ahead'])[0, 1]}\nfinal = Ridge().fit(rows[use], rows['ahead'])",
    "what is fitted, described in sample too": "m = Ridge().fit(train[use], train['ahead'])\n"
    "p = m.predict(test[use])\nwhole = LinearRegression().fit(rows[use], rows['ahead'])\n"
    "# %% [eval]\nreport = {'corr': np.corrcoef(p, test['ahead'])[0, 1], 'in_sample': r2_score(rows['ahead'], whole.predict(rows[use]))}",
    "walk-forward, chosen anew each month": "made, errors = [], []\nfor k in range(90, 200, 25):\n"
    "    a = rows[rows['day'] < days[k - 25]]\n    v = rows[(rows['day'] >= days[k - 20]) & (rows['day'] < days[k - 5])]\n"
    "    b = rows[(rows['day'] >= days[k]) & (rows['day'] < days[k + 20])]\n"
    "    every = [ExtraTreesRegressor(6, max_depth=d, random_state=d).fit(a[use], a['ahead']) for d in (2, 4, 6)]\n"
    "    best = min(every, key=lambda one: mean_squared_error(v['ahead'], one.predict(v[use])))\n"
    "    made.append(b.assign(p=best.predict(b[use])))\nm = every\n"
    "# %% [eval]\nscored = pd.concat(made)\n"
    "ic = scored.groupby('day')[['p', 'ahead']].apply(lambda d: d['p'].corr(d['ahead']))\nreport = {'ic': ic.mean(), 't': ic.mean() / ic.std()}",
    "beta, volatility and drawdown of a book": "m = Ridge().fit(train[use], train['ahead'])\np = m.predict(test[use])\n"
    "# %% [eval]\nbook = (np.sign(p) * test['ahead']).groupby(test['day']).mean()\nmarket = test.groupby('day')['ahead'].mean()\n"
    "beta = book.cov(market) / market.var()\nactive = book - beta * market\nscaled = book * 0.1 / book.std()\nclipped = book.clip(*book.quantile([0.01, 0.99]))\n"
    "down = (book.cumsum() - book.cumsum().cummax()).min()\n"
    "report = {'alpha': active.mean(), 'ir': active.mean() / active.std(), 'at_ten': scaled.mean(), 'robust': clipped.mean(), 'down': down}",
    "days of much and of little volatility": "m = Ridge().fit(train[use], train['ahead'])\np = m.predict(test[use])\n"
    "# %% [eval]\nic = (p * test['ahead']).groupby(test['day']).mean()\nsize = test.groupby('day')['past5'].std()\nrough = size > size.median()\n"
    "report = {'all': ic.mean(), 'rough': ic[rough].mean(), 'calm': ic[~rough].mean()}",
    "folds with a gap on both sides": "p = pd.Series(np.nan, rows.index)\nfor k in range(0, 220, 44):\n"
    "    inside = rows['day'].isin(days[k : k + 44])\n    near = rows['day'].isin(days[max(0, k - 5) : k + 49])\n"
    "    m = Ridge().fit(rows.loc[~near, use], rows.loc[~near, 'ahead'])\n    p[inside] = m.predict(rows.loc[inside, use])\n"
    "# %% [eval]\nreport = {'corr': p.corr(rows['ahead'])}",
    "a beta taken out, in plain arrays": "own = moves.iloc[125:]\nbook = (np.sign(wide.pct_change(10).shift(1).iloc[125:]) * own).mean(axis=1).to_numpy()\n"
    "market = own.mean(axis=1).to_numpy()\n"
    "# %% [eval]\nactive = book - book @ market / (market @ market) * market\nreport = {'ir': float(active.mean() / active.std()), 'size': float(book.std())}",
    "ranks and halves of all tested rows": "m = Ridge().fit(train[use], train['ahead'])\np = pd.Series(m.predict(test[use]), test.index)\n"
    "# %% [eval]\nreport = {'rank': np.corrcoef(p.rank(), test['ahead'].rank())[0, 1], "
    "'upper': r2_score(test['ahead'] > test['ahead'].median(), p > 0)}",
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_is_told_and_its_honest_twin_is_not(case: Case) -> None:
    found = told(case.leak, signal=case.signal)
    assert [d.code for d in found if case.says in d.message][:1] == [f"NBC-{case.code}"], found
    assert all(d.place is not None and d.place.line for d in found)
    assert told(case.twin, signal=case.signal) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_is_told_where_what_is_scored_was_not_kept(case: Case) -> None:
    assert told(case.leak, signal=case.signal, keep=False) == []


@pytest.mark.parametrize("name", HONEST)
def test_honest_figures_are_left_in_peace(name: str) -> None:
    assert told(HONEST[name]) == []
