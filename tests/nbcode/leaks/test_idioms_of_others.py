"""Kinds that notebooks of others showed: signals to their last session, columns that change each by itself, tables whose rows have several
dates or moments. Each is told; its honest twin, which differs in a line, is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest

from alpha_bench.panel import Panel
from fakes.leak_runs import cells_of, looked
from nbcode.leaks import Recorder
from nbcode.leaks.futures.again import Again
from nbcode.leaks.lineage.changes import Change, Future
from nbcode.leaks.tables.factors import Factors
from nbcode.leaks.tables.values import between_neighbours, is_window
from nbcode.primitives import Verdict

DAYS = pd.bdate_range("2021-01-04", periods=300)
NAMES = [f"N{n:02d}" for n in range(12)]
RNG = np.random.default_rng(11)
CLOSE = pd.DataFrame(40 * np.exp(RNG.normal(0, 0.02, (300, 12)).cumsum(axis=0)), DAYS, NAMES)
GONE = CLOSE.where((np.arange(300)[:, None] < 260) | (np.arange(12) > 1))


def long(close: pd.DataFrame = CLOSE) -> pd.DataFrame:
    table = close.rename_axis(index="date", columns="ticker").stack().rename("close").reset_index()
    table["open"] = table["close"] * np.exp(np.random.default_rng(1).normal(0, 0.01, len(table)))
    table["volume"] = np.random.default_rng(2).lognormal(10, 1, len(table))
    table["date"] = table["date"].dt.strftime("%Y-%m-%d")
    return table


def wide() -> pd.DataFrame:
    return CLOSE.rename_axis("date").reset_index().assign(date=lambda t: t["date"].dt.strftime("%Y-%m-%d"))


def filings() -> pd.DataFrame:
    """Quarterly numbers, every third of them filed once more seven weeks later."""
    draw, rows = np.random.default_rng(4), []
    for name in NAMES:
        for end in pd.date_range("2020-12-31", "2022-01-31", freq="QE"):
            filed = end + pd.Timedelta(days=int(draw.integers(20, 40)))
            eps, book = draw.lognormal(0, 0.3), draw.lognormal(2, 0.3)
            rows.append((name, end, filed, "10-Q", eps, book))
            if draw.random() < 0.4:
                rows.append(
                    (name, end, filed + pd.Timedelta(days=49), "10-Q/A", eps * draw.lognormal(0, 0.3), book)
                )
    made = pd.DataFrame(rows, columns=["ticker", "period_end", "filed", "form", "eps", "book"])
    made[["period_end", "filed"]] = made[["period_end", "filed"]].astype(str)
    return made


def releases() -> pd.DataFrame:
    """Two series a month, of which the number of the month before is published again beside the new one."""
    draw, rows = np.random.default_rng(6), []
    for month in pd.date_range("2020-11-01", "2022-02-01", freq="MS"):
        out = month + pd.Timedelta(days=40)
        for series in ("ISM", "CPI"):
            rows.append((series, month, out, draw.normal(50, 5), 1))
            rows.append((series, month - pd.DateOffset(months=1), out, draw.normal(50, 5), 2))
    made = pd.DataFrame(rows, columns=["series", "ref_month", "released", "value", "vintage"])
    made[["ref_month", "released"]] = made[["ref_month", "released"]].astype(str)
    return made


def announcements() -> pd.DataFrame:
    draw = np.random.default_rng(7)
    days = DAYS[draw.integers(20, 280, 240)]
    hours = np.where(draw.random(240) < 0.6, 16.5, 7.25)
    return pd.DataFrame(
        {
            "ticker": draw.choice(NAMES, 240),
            "announced": (days + pd.to_timedelta(hours, unit="h")).strftime("%Y-%m-%d %H:%M:%S"),
            "surprise": draw.normal(size=240),
        }
    ).drop_duplicates(["ticker", "announced"])


HEAD = """# %% [meta]
# id: idiom
# kind: model
# horizon: 5d
# owner: quant
# %% [setup]
import io
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.preprocessing import MinMaxScaler
# %% [features]
px = inputs["prices"].assign(date=lambda t: pd.to_datetime(t["date"])).sort_values(["ticker", "date"])
close = px.pivot(index="date", columns="ticker", values="close")
moves = close.pct_change()
days = close.index
"""
BOOK = """
# %% [eval]
pnl = (signal.shift(1) * moves).mean(axis=1)
report = {"mean": float(pnl.mean())}
"""
FIT = """
px["ahead"] = px.groupby("ticker")["close"].shift(-5) / px["close"] - 1
rows = px.dropna()
train, test = rows[rows["date"] < days[150]], rows[rows["date"] >= days[160]]
# %% [model]
m = Ridge().fit(train[use], train["ahead"])
# %% [eval]
p = m.predict(test[use])
report = {"corr": float(np.corrcoef(p, test["ahead"])[0, 1])}
"""
SCORED = """
# %% [eval]
top = table[table["score"] > table.groupby("date")["score"].transform("median")]
report = {"mean": float(top.groupby("date")["next"].mean().mean())}
"""


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    leak: str
    twin: str
    after: str = BOOK
    signal: str = "signal"
    tables: Mapping[str, pd.DataFrame] = field(default_factory=lambda: {"prices": long()})
    code: str = "NBC-E23"


JOINED = (
    "px['next'] = px.groupby('ticker')['close'].pct_change().groupby(px['ticker']).shift(-1)\n"
    "q = inputs['filings'].assign(period_end=lambda t: pd.to_datetime(t['period_end']), filed=lambda t: pd.to_datetime(t['filed']))\n"
)
MERGED = (
    "table = pd.merge_asof(px.sort_values('date'), q.sort_values('known'), left_on='date', right_on='known', by='ticker').dropna()\n"
    "table['score'] = table['eps'] / table['book']\n"
)
CASES = [
    Case(
        name="names without a gap over the whole sample",
        leak="held = close.dropna(axis=1)\nsignal = -held.pct_change(60).rank(axis=1)",
        twin="held = close\nsignal = -held.pct_change(60).rank(axis=1)",
        tables={"prices": long(GONE)},
    ),
    Case(
        name="labels that are not known yet, in a regression by hand",
        leak="m, x = np.log(close).mean(axis=1), np.log(close).mean(axis=1).diff(5).to_numpy()\nahead = (m.shift(-5) - m).to_numpy()\n"
        "signal = pd.DataFrame(np.nan, days, close.columns)\nfor t in range(80, len(m)):\n    at = np.arange(t - 40, t)\n"
        "    at = at[np.isfinite(ahead[at])]\n    signal.iloc[t] = x[t] * (x[at] @ ahead[at]) / (x[at] @ x[at])",
        twin="m, x = np.log(close).mean(axis=1), np.log(close).mean(axis=1).diff(5).to_numpy()\nahead = (m.shift(-5) - m).to_numpy()\n"
        "signal = pd.DataFrame(np.nan, days, close.columns)\nfor t in range(80, len(m)):\n    at = np.arange(t - 45, t - 5)\n"
        "    at = at[np.isfinite(ahead[at])]\n    signal.iloc[t] = x[t] * (x[at] @ ahead[at]) / (x[at] @ x[at])",
    ),
    Case(
        name="turning points on their own bar",
        leak="low = close == close.rolling(9, center=True).min()\nsignal = low.astype(float)",
        twin="low = (close == close.rolling(9, center=True).min()).shift(4, fill_value=False)\nsignal = low.astype(float)",
    ),
    Case(
        name="weeks that carry the date of their Monday",
        leak="week = close.resample('W-MON', closed='left', label='left').last()\n"
        "signal = (week > week.rolling(4).mean()).astype(float).reindex(days, method='ffill')",
        twin="week = close.resample('W-FRI').last()\nsignal = (week > week.rolling(4).mean()).astype(float).reindex(days, method='ffill')",
    ),
    Case(
        name="announced after the close, held from that close on",
        leak="e = inputs['events'].assign(day=lambda t: pd.to_datetime(t['announced']).dt.normalize())\n"
        "e['entry'] = days[days.searchsorted(e['day'])]\nsignal = e.set_index(['entry', 'ticker'])['surprise'].groupby(level=[0, 1]).last()",
        twin="e = inputs['events'].assign(when=lambda t: pd.to_datetime(t['announced']))\n"
        "e['day'] = e['when'].dt.normalize() + pd.to_timedelta((e['when'].dt.hour >= 16).astype(int), unit='D')\n"
        "e['entry'] = days[days.searchsorted(e['day'])]\nsignal = e.set_index(['entry', 'ticker'])['surprise'].groupby(level=[0, 1]).last()",
        after="\n# %% [eval]\nreport = {'n': float(len(signal)), 'mean': float(signal.mean())}\n",
        tables={"prices": long(), "events": announcements()},
    ),
    Case(
        name="restated numbers, dated by the first filing, in a ratio",
        leak=JOINED + "first = q.groupby(['ticker', 'period_end'])['filed'].min().rename('known')\n"
        "q = q.sort_values('filed').drop_duplicates(['ticker', 'period_end'], keep='last').merge(first, on=['ticker', 'period_end'])\n"
        + MERGED,
        twin=JOINED + "q = q.sort_values('filed').assign(known=lambda t: t['filed'])\n"
        "q = q[q['period_end'] >= q.groupby('ticker')['period_end'].cummax()]\n" + MERGED,
        after=SCORED,
        signal="table.set_index(['date', 'ticker'])['score']",
        tables={"prices": long(), "filings": filings()},
    ),
    Case(
        name="amended forms left out, joined by the end of the quarter",
        leak="q = inputs['filings'].query(\"form == '10-Q'\").assign(when=lambda t: pd.to_datetime(t['period_end'])).sort_values(['ticker', 'when'])\n"
        "q['growth'] = q.groupby('ticker')['eps'].pct_change()\n"
        "px = pd.merge_asof(px.sort_values('date'), q[['ticker', 'when', 'growth']].sort_values('when'), left_on='date', right_on='when', by='ticker')\n"
        "use = ['growth']",
        twin="q = inputs['filings'].query(\"form == '10-Q'\").assign(when=lambda t: pd.to_datetime(t['filed'])).sort_values(['ticker', 'when'])\n"
        "q['growth'] = q.groupby('ticker')['eps'].pct_change()\n"
        "px = pd.merge_asof(px.sort_values('date'), q[['ticker', 'when', 'growth']].sort_values('when'), left_on='date', right_on='when', by='ticker')\n"
        "use = ['growth']",
        after=FIT,
        signal="",
        tables={"prices": long(), "filings": filings()},
    ),
    Case(
        name="one series of several, first vintage, by its month",
        leak="m = inputs['releases'].query(\"series == 'ISM' and vintage == 1\").set_index('ref_month')['value']\n"
        "m.index = pd.to_datetime(m.index)\npx['ism'] = m.reindex(days, method='ffill').reindex(px['date']).to_numpy()\nuse = ['ism']",
        twin="m = inputs['releases'].query(\"series == 'ISM' and vintage == 1\").set_index('released')['value']\n"
        "m.index = pd.to_datetime(m.index)\npx['ism'] = m.reindex(days, method='ffill').reindex(px['date']).to_numpy()\nuse = ['ism']",
        after=FIT,
        signal="",
        tables={"prices": long(), "releases": releases()},
    ),
    Case(
        name="tomorrow's move from the open to the close",
        leak="px['body'] = (px['close'] / px['open'] - 1).groupby(px['ticker']).shift(-1)\nuse = ['body']",
        twin="px['body'] = px['close'] / px['open'] - 1\nuse = ['body']",
        after=FIT,
        signal="",
    ),
    Case(
        name="ranks over names of a table with a column a name",
        leak="w = inputs['wide'].set_index('date')\nw.index = pd.to_datetime(w.index)\nr = w.pct_change().rank(axis=1).shift(-1)\n"
        "px['r'] = r.stack().reindex(pd.MultiIndex.from_frame(px[['date', 'ticker']])).to_numpy()\nuse = ['r']",
        twin="w = inputs['wide'].set_index('date')\nw.index = pd.to_datetime(w.index)\nr = w.pct_change().rank(axis=1)\n"
        "px['r'] = r.stack().reindex(pd.MultiIndex.from_frame(px[['date', 'ticker']])).to_numpy()\nuse = ['r']",
        after=FIT,
        signal="",
        tables={"prices": long(), "wide": wide()},
    ),
    Case(
        name="a scaler on a file's whole column, of which nothing is kept, before its windows",
        leak="one = pd.read_csv(io.StringIO(inputs['wide'].to_csv(index=False)), index_col='date', parse_dates=True)[['N03']].to_numpy()\n"
        "scaler = MinMaxScaler()\nscaled = scaler.fit_transform(one).ravel()\n",
        twin="one = pd.read_csv(io.StringIO(inputs['wide'].to_csv(index=False)), index_col='date', parse_dates=True)[['N03']].to_numpy()\n"
        "scaler = MinMaxScaler().fit(one[:240])\nscaled = scaler.transform(one).ravel()\n",
        after="X = np.stack([scaled[i - 10 : i] for i in range(10, len(scaled))])\ny = scaled[10:]\n"
        "# %% [model]\nm = Ridge(1e-4).fit(X[:230], y[:230])\n"
        "# %% [eval]\nreport = {'rmse': float(np.sqrt(np.mean((m.predict(X[230:]) - y[230:]) ** 2)))}\n",
        signal="",
        tables={"prices": long(), "wide": wide()},
    ),
]


def verdict(case: Case, part: str) -> tuple[bool, tuple[str, ...]]:
    source = HEAD + (case.leak if part == "leak" else case.twin) + case.after
    look = looked(cells_of(source), case.tables, horizon=5, signal=case.signal)
    return look.ahead.verdict is Verdict.FOUND, tuple(d.code for d in look.diagnostics)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_leak_is_told_and_its_twin_is_not(case: Case) -> None:
    found, codes = verdict(case, "leak")
    assert found
    assert case.code in codes
    assert not verdict(case, "twin")[0]


def test_a_row_that_comes_or_goes_is_named_and_the_signals_last_assignment_is_the_place() -> None:
    (case,) = (one for one in CASES if "announced" in one.name)
    look = looked(
        cells_of(HEAD + case.leak + case.after), case.tables, horizon=5, signal="signal.dropna() * 1.0"
    )
    (told,) = [d for d in look.diagnostics if "which rows the signal" in d.message]
    assert told.place is not None
    assert (told.place.cell, told.place.tag) == (3, "features")
    assert told.cause.split(" on ")[0] in NAMES


HONEST = {
    "a formula's table has the label among its columns": "import statsmodels.formula.api as smf\n"
    "px['mom'] = px.groupby('ticker')['close'].pct_change(5)\nuse = ['mom']\n"
    + FIT.replace(
        "m = Ridge().fit(train[use], train['ahead'])", "m = smf.ols('ahead ~ mom', data=train).fit()"
    )
    .replace('m = Ridge().fit(train[use], train["ahead"])', "m = smf.ols('ahead ~ mom', data=train).fit()")
    .replace("m.predict(test[use])", "m.predict(test)"),
    "stopped early by a validation part that the last model learns from": "from lightgbm import LGBMRegressor, early_stopping\n"
    "px['mom'] = px.groupby('ticker')['close'].pct_change(5)\npx['ahead'] = px.groupby('ticker')['close'].shift(-5) / px['close'] - 1\n"
    "rows, use = px.dropna(), ['mom']\na, v = rows[rows['date'] < days[100]], rows[(rows['date'] >= days[106]) & (rows['date'] < days[150])]\n"
    "test = rows[rows['date'] >= days[160]]\n# %% [model]\n"
    "probe = LGBMRegressor(n_estimators=30, verbose=-1).fit(a[use], a['ahead'], eval_set=[(v[use], v['ahead'])], callbacks=[early_stopping(5, verbose=False)])\n"
    "level = np.quantile(probe.predict(v[use]), 0.8)\nboth = pd.concat([a, v])\n"
    "m = LGBMRegressor(n_estimators=probe.best_iteration_ or 5, verbose=-1).fit(both[use], both['ahead'])\n"
    "# %% [eval]\np = m.predict(test[use])\nreport = {'hit': float((test['ahead'][p > level] > 0).mean()), 'corr': float(np.corrcoef(p, test['ahead'])[0, 1])}\n",
    "arrays by way of a column with values that repeat": "one = px[px['ticker'] == 'N03'].assign(vol=lambda t: t['volume'].round(-3))\n"
    "X = np.column_stack([np.diff(np.log(one['close']), prepend=np.nan), one['vol'].to_numpy()])\n"
    "y = (one['close'].shift(-5) / one['close'] - 1).to_numpy()\nok = np.isfinite(X).all(axis=1) & np.isfinite(y)\nX, y = X[ok], y[ok]\n"
    "# %% [model]\nm = Ridge().fit(X[:145], y[:145])\n# %% [eval]\nreport = {'corr': float(np.corrcoef(m.predict(X[160:]), y[160:])[0, 1])}\n",
}


@pytest.mark.parametrize("name", HONEST)
def test_what_is_honest_is_left_in_peace(name: str) -> None:
    look = looked(cells_of(HEAD + HONEST[name]), {"prices": long()}, horizon=5)
    assert look.ahead.verdict is not Verdict.FOUND, look.diagnostics


def test_each_column_has_factors_of_its_own_and_prices_of_a_bar_go_together() -> None:
    table = long()
    later = np.ones(len(table), dtype=bool)
    for change in (Change.MOVED, Change.TURNED, Change.TRENDING):
        made = Factors(
            change,
            pd.to_datetime(table["date"]).to_numpy(),
            table["ticker"].to_numpy(),
            later,
            [*table.columns, "ret"],
        )
        close, opened, volume, ret = (made.of(c) for c in ("close", "open", "volume", "ret"))
        assert np.std(np.log(opened / close)) < 0.05 < np.std(np.log(close))
        assert np.std(np.log(opened / close)) > 0.01
        assert abs(np.corrcoef(np.log(close), np.log(volume))[0, 1]) < 0.5
        assert abs(np.corrcoef(np.log(ret), np.log(volume))[0, 1]) < 0.5


@pytest.mark.parametrize("change", [Change.MOVED, Change.TURNED, Change.TRENDING])
def test_ratios_of_the_panels_fields_are_others_after_the_cut_alone(change: Change) -> None:
    panel = Panel.of(long().rename(columns={"ticker": "symbol"}))
    again = Again(
        cells=[],
        inputs={},
        dated={},
        open_session=lambda names, _inputs, other: names.update(panel=other),
        panel=panel,
        recorder=Recorder([]),
        seed=lambda: None,
    )
    names, _ = again.names(Future(change=change, cut=panel.dates[200].astype("datetime64[ns]")))
    made = names["panel"]
    assert isinstance(made, Panel)
    for one, other in (("open", "close"), ("volume", "close")):
        before, now = (held.fields[one] / held.fields[other] for held in (panel, made))
        assert np.array_equal(before[:201], now[:201])
        assert np.mean(np.abs(now[201:] / before[201:] - 1) > 1e-3) > 0.9


def test_the_moment_of_a_future_is_told_with_its_time() -> None:
    cut = np.datetime64("2022-03-04", "ns")
    assert Future(change=Change.MOVED, cut=cut).moment == "2022-03-04"
    assert Future(change=Change.MOVED, cut=cut, time=np.timedelta64(8, "h")).moment == "2022-03-04 08:00"


def test_rows_between_known_ones_are_those_between_them() -> None:
    numbers = np.array([1.0, 2.0, 2.0, 3.0, 2.0])
    assert between_neighbours(np.array([0, -1, -1, 3]), numbers[:4], numbers).tolist() == [0, 1, 2, 3]
    assert between_neighbours(np.array([0, -1, 3]), np.array([1.0, 7.0, 3.0]), numbers).tolist() == [0, -1, 3]


def test_windows_are_told_from_columns() -> None:
    series = np.random.default_rng(1).normal(size=60)
    assert is_window(np.stack([series[i - 5 : i] for i in range(5, 60)]))
    assert is_window(np.stack([series[i - 5 : i][::-1] for i in range(5, 60)]))
    assert not is_window(np.random.default_rng(2).normal(size=(60, 5)))
    assert not is_window(np.ones((60, 5)))
