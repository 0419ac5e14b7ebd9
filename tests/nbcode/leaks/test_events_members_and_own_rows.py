"""Kinds that a third set of others showed: rare events, members of today, tables with names down, predictions of rows that were learnt from,
folds inside training rows. Each leak is told; its honest twin, which differs in a line, is not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fakes.leak_runs import cells_of, looked
from nbcode.primitives import Severity, Verdict

DAYS = pd.bdate_range("2020-01-06", periods=520)
NAMES = [f"N{n:02d}" for n in range(12)]
RNG = np.random.default_rng(17)
CLOSE = pd.DataFrame(40 * np.exp(RNG.normal(0, 0.02, (520, 12)).cumsum(axis=0)), DAYS, NAMES)
PRICES = CLOSE.rename_axis(index="date", columns="symbol").stack().rename("close").reset_index()
WIDE = CLOSE.rename_axis("date").reset_index()


def events() -> pd.DataFrame:
    """In seasons of three weeks a quarter."""
    days = [day for day in DAYS[5:-5] if day.month % 3 == 1 and 10 <= day.day <= 28]
    draw = np.random.default_rng(2)
    rows = [(name, day) for day in days for name in NAMES if draw.random() < 0.1]
    return pd.DataFrame(rows, columns=["symbol", "day"])


def members() -> pd.DataFrame:
    out = [pd.NaT if n % 3 else DAYS[330 + 5 * n] for n in range(12)]
    return pd.DataFrame({"symbol": NAMES, "date_in": DAYS[0], "date_out": out})


HEAD = """
# %% [meta]
# id: n
# kind: signal
# horizon: 5d
# owner: quant
# %% [setup]
import numpy as np
import pandas as pd
from lightgbm import LGBMRegressor, early_stopping
from sklearn.cluster import KMeans
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV, KFold, train_test_split
from sklearn.preprocessing import StandardScaler
# %% [features]
"""
EVENTS = """
close = inputs["prices"].pivot(index="date", columns="symbol", values="close")
moves, rows = close.pct_change(), []
for event in inputs["events"].itertuples():
    at = close.index.get_loc(event.day)
    rows.append((close.index[at{known}], event.symbol, moves[event.symbol].iloc[at - 1 : at + 3].sum()))
made = pd.DataFrame(rows, columns=["date", "symbol", "car"]).drop_duplicates(["date", "symbol"])
sig = made.pivot(index="date", columns="symbol", values="car").reindex(index=close.index, columns=close.columns).ffill(limit=40)
# %% [eval]
report = {{"corr": float(sig.stack().corr((close.shift(-5) / close - 1).stack()))}}
"""
MEMBERS = """
close = inputs["wide"].set_index("date")
table = inputs["members"].set_index("symbol")
inside = pd.DataFrame({{s: {inside} for s in close}}, index=close.index)
sig = inside.astype(float).div(inside.sum(axis=1), axis=0)
# %% [eval]
pnl = (sig.shift(1) * close.pct_change()).sum(axis=1)
report = {{"sharpe": float(pnl.mean() / pnl.std())}}
"""
CLUSTERS = """
close = inputs["wide"].set_index("date")
moves, parts = close.pct_change(), []
for half in range(1, 4):
    past = moves.iloc[1 : {end}]
    label = KMeans(3, n_init=2, random_state=0).fit_predict(StandardScaler().fit_transform(past.T{array}))
    now = close.pct_change(20).iloc[130 * half : 130 * (half + 1)]
    parts.append(now - now.T.groupby(label).transform("mean").T)
sig = -pd.concat(parts)
# %% [eval]
report = {{"ic": float(sig.stack().corr((close.shift(-5) / close - 1).stack()))}}
"""
OWN_ROWS = """
close = inputs["wide"].set_index("date")
X = pd.concat({{f"r{{n}}": close.pct_change(n).stack() for n in (1, 5, 20)}}, axis=1).dropna()
y = (close.shift(-5) / close - 1).stack().reindex(X.index)
day = X.index.get_level_values(0)
known = y.notna(){known}
m = RandomForestRegressor(8, random_state=0).fit(X[known], y[known])
sig = pd.Series(m.predict(X), X.index)[day >= close.index[300]].unstack()
# %% [eval]
report = {{"ic": float(sig.stack().corr((close.shift(-5) / close - 1).stack()))}}
"""
MEASURED = """
close = inputs["wide"].set_index("date")
d = pd.concat({{f"r{{n}}": close.pct_change(n).stack() for n in (1, 5, 20)}}, axis=1)
d["y"] = (close.shift(-5) / close - 1).stack()
X, day = ["r1", "r5", "r20"], d.index.get_level_values(0)
learnt = d[d.y.notna(){known}].dropna()
m = RandomForestRegressor(8, random_state=0).fit(learnt[X], learnt.y)
d = d.dropna(subset=X)
d["p"] = m.predict(d[X])
late = d.loc[close.index[300] :].dropna()
# %% [eval]
report = {{"ic": float(late.p.corr(late.y))}}
"""
TABLE = """
close = inputs["wide"].set_index("date")
d = pd.concat({f"r{n}": close.pct_change(n).stack() for n in (1, 5, 20)}, axis=1)
d["y"] = (close.shift(-5) / close - 1).stack()
d = d.dropna()
X, day = ["r1", "r5", "r20"], d.index.get_level_values(0)
past, late = d[day < close.index[300]], d[day >= close.index[310]]
# %% [model]
"""
SEARCHED = """
m = GridSearchCV(Ridge(), {"alpha": [0.1, 1.0, 10.0]}, cv=KFold(4, shuffle=True, random_state=1)).fit(past[X], past.y).best_estimator_
# %% [eval]
report = {"corr": float(np.corrcoef(m.predict(late[X]), late.y)[0, 1])}
"""
VALIDATED = """
a, b = train_test_split({rows}, test_size=0.2, random_state=0)
m = LGBMRegressor(n_estimators=20, num_leaves=4, random_state=0, verbosity=-1)
m.fit(a[X], a.y, eval_set=[(b[X], b.y)], callbacks=[early_stopping(5, verbose=False)])
# %% [eval]
tested = {tested}
report = {{"corr": float(np.corrcoef(m.predict(tested[X]), tested.y)[0, 1])}}
"""
STATES = """
market = inputs["wide"].set_index("date").pct_change().mean(axis=1).dropna()
X = pd.DataFrame({{"r": market.rolling(10).mean(), "v": market.rolling(10).std()}}).dropna()
past = X.loc[{past}]
states = GaussianMixture(2, random_state=0).fit(past)
after = market.loc[{past}].shift(-1).reindex(past.index)
good = int(np.argmax([after[states.predict(past) == k].mean() for k in range(2)]))
held = pd.Series(np.where(states.predict(X) == good, 1.0, -0.5), X.index).loc["2021":]
# %% [eval]
pnl = held.shift(1) * market.reindex(held.index)
report = {{"sharpe": float(pnl.mean() / pnl.std())}}
"""
NEAREST = """
close = inputs["prices"].sort_values("date")
shorts = inputs["shorts"].sort_values("published")
joined = pd.merge_asof(close, shorts, left_on="date", right_on="published", by="symbol", direction="{way}")
sig = -joined.set_index(["date", "symbol"]).si.dropna()
# %% [eval]
price = close.pivot(index="date", columns="symbol", values="close")
report = {{"corr": float(sig.corr((price.shift(-10) / price - 1).stack()))}}
"""
SHORTS = pd.DataFrame(
    {
        "published": np.repeat(DAYS[3::11], 12),
        "symbol": NAMES * len(DAYS[3::11]),
        "si": np.random.default_rng(3).normal(4, 1, 12 * len(DAYS[3::11])),
    }
)
HOURS = pd.date_range("2021-01-04", periods=24 * 120, freq="h")
MOVES = np.random.default_rng(6).normal(0, 0.01, len(HOURS)).cumsum()
BARS = pd.DataFrame({"time": HOURS, "symbol": "C0", "close": 50 * np.exp(MOVES)})
AT_NOON = """
bars = inputs["bars"].sort_values("time")
bars["side"] = bars.close.pct_change(6){ahead}
noon = bars[bars.time.dt.hour == 13]
sig = noon.assign(date=noon.time.dt.normalize()).set_index(["date", "symbol"]).side
# %% [eval]
ahead = bars.close.shift(-1) / bars.close - 1
report = {{"corr": float(bars.side.corr(ahead))}}
"""
INPUTS = {
    "prices": PRICES,
    "bars": BARS,
    "shorts": SHORTS,
    "wide": WIDE,
    "events": events(),
    "members": members(),
}
PAIRS = {
    "an event's window that ends after it, dated by the event": (
        EVENTS.format(known=""),
        EVENTS.format(known=" + 2"),
        ("prices", "events"),
        "sig",
    ),
    "members of today": (
        MEMBERS.format(inside="pd.isna(table.date_out[s])"),
        MEMBERS.format(
            inside="(close.index >= table.date_in[s]) & ~(close.index >= table.date_out[s])"
        ),
        ("wide", "members"),
        "sig",
    ),
    "clusters of all sessions, names down": (
        CLUSTERS.format(end="None", array=""),
        CLUSTERS.format(end="130 * half", array=""),
        ("wide",),
        "sig",
    ),
    "clusters of all sessions, an array": (
        CLUSTERS.format(end="None", array=".to_numpy()"),
        CLUSTERS.format(end="130 * half", array=".to_numpy()"),
        ("wide",),
        "sig",
    ),
    "a signal of rows that were learnt from": (
        OWN_ROWS.format(known=""),
        OWN_ROWS.format(known=" & (day < close.index[294])"),
        ("wide",),
        "sig",
    ),
    "all that is measured are rows that were learnt from": (
        MEASURED.format(known=""),
        MEASURED.format(known=" & (day < close.index[294])"),
        ("wide",),
        "",
    ),
    "states that are named by the days that they were learnt from": (
        STATES.format(past="'2020':"),
        STATES.format(past="'2020':'2020-11-30'"),
        ("wide",),
        "",
    ),
    "numbers joined from the nearest publication": (
        NEAREST.format(way="nearest"),
        NEAREST.format(way="backward"),
        ("prices", "shorts"),
        "sig",
    ),
    "a signal of days, from bars of hours": (
        AT_NOON.format(ahead=".shift(-24)"),
        AT_NOON.format(ahead=""),
        ("bars",),
        "sig",
    ),
    "random validation": (
        TABLE + VALIDATED.format(rows="d", tested="b"),
        TABLE + VALIDATED.format(rows="past", tested="late"),
        ("wide",),
        "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("pair", list(PAIRS))
def test_the_leak_is_told_and_its_twin_is_not(pair: str) -> None:
    leak, twin, names, signal = PAIRS[pair]
    inputs = {name: INPUTS[name] for name in names}
    told = [looked(cells_of(HEAD + source), inputs, horizon=5, signal=signal) for source in (leak, twin)]
    assert [one.ahead.verdict for one in told] == [Verdict.FOUND, Verdict.NONE_FOUND]


def test_a_search_inside_training_rows_is_a_note_where_its_best_estimator_is_tested() -> None:
    found = looked(cells_of(HEAD + TABLE + SEARCHED), {"wide": WIDE}, horizon=5)
    assert found.ahead.verdict is Verdict.NONE_FOUND
    assert [(one.code, one.severity) for one in found.diagnostics] == [("NBC-E28", Severity.NOTE)]


def test_a_search_on_rows_that_are_tested_is_told_of_its_best_estimator() -> None:
    leak = SEARCHED.replace("fit(past[X], past.y)", "fit(d[X], d.y)")
    assert looked(cells_of(HEAD + TABLE + leak), {"wide": WIDE}, horizon=5).ahead.verdict is Verdict.FOUND
