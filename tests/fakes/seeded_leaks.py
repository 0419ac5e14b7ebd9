"""Twenty-five leaks as they are really written, and a clean twin of each that does the same thing honestly.

``EXPRESSIONS`` are in the language of alpha_bench, ``NOTEBOOKS`` in cells of pandas and scikit-learn over a declared input ``prices``
(date, symbol, close, volume; some names leave it) and ``reference`` (symbol, sector; of the names that are left at the end).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from alpha_bench import cs, feature, features, group, labels, ts
from alpha_bench.definitions.named_estimators import Ridge
from alpha_bench.expressions.expr import Expr
from alpha_bench.session.evaluation_report import evaluate
from alpha_bench.session.evaluations import walk_forward
from alpha_bench.vocabulary.labels import fwd_ret
from alpha_bench.vocabulary.panel_fields import data
from fakes.small_panels import panel_of

RET, LABEL = features.ret(20), fwd_ret(10)


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpressionLeak:
    """A definition that leaks, its clean twin, and the code that refuses it."""

    name: str
    leak: Callable[[], object]
    twin: Callable[[], object]
    code: str


def _fit(*x: object, **how: object) -> object:
    return Ridge().fit(X=[RET, *x], y=LABEL, **how)


def _by_a_variable() -> object:
    target = LABEL
    renamed = {"quality": target}
    return _fit(renamed["quality"] * 1.0)


def _helped(signal: object) -> object:
    return ts.mean(cs.zscore(signal), 3)


def _computed(x: Expr) -> object:
    """A definition with ``x``, evaluated on a small market: where custom features are held to their word."""
    rng = np.random.default_rng(4)
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.02, (220, 12)), axis=0))
    return evaluate(
        walk_forward(Ridge().fit(X=[x], y=LABEL), folds=4, embargo="5d"), panel_of({"close": close})
    )


@feature(inputs=[data.close], window=11)
def centred(close):
    out = np.full(close.shape, np.nan)
    for t in range(5, len(close) - 5):
        out[t] = close[t] / close[t - 5 : t + 6].mean(axis=0)
    return out


@feature(inputs=[data.close], window=11)
def trailing(close):
    out = np.full(close.shape, np.nan)
    for t in range(10, len(close)):
        out[t] = close[t] / close[t - 10 : t + 1].mean(axis=0)
    return out


@feature(inputs=[features.ret(5)], window=1)
def scored_over_the_sample(ret):
    return (ret - np.nanmean(ret)) / np.nanstd(ret)


@feature(inputs=[features.ret(5)], window=1)
def scored_over_the_session(ret):
    return (ret - ret.mean(axis=1, keepdims=True)) / ret.std(axis=1, keepdims=True)


EXPRESSIONS = (
    ExpressionLeak(
        name="the label itself", leak=lambda: _fit(LABEL), twin=lambda: _fit(features.ret(10)), code="R31"
    ),
    ExpressionLeak(
        name="the label by arithmetic",
        leak=lambda: _fit(features.ret(5) - 0.5 * LABEL),
        twin=lambda: _fit(features.ret(5) - 0.5 * features.ret(10)),
        code="R31",
    ),
    ExpressionLeak(
        name="a rank of the label",
        leak=lambda: _fit(cs.rank(LABEL)),
        twin=lambda: _fit(cs.rank(features.ret(10))),
        code="R31",
    ),
    ExpressionLeak(
        name="the label by another name",
        leak=_by_a_variable,
        twin=lambda: _fit({"quality": features.ret(10)}["quality"] * 1.0),
        code="R31",
    ),
    ExpressionLeak(
        name="the label through a helper and a condition",
        leak=lambda: _fit(_helped(features.ret(5).where(LABEL > 0))),
        twin=lambda: _fit(_helped(features.ret(5).where(features.ret(10) > 0))),
        code="R09",
    ),
    ExpressionLeak(
        name="a negative lag",
        leak=lambda: _fit(data.close.lag(-1) / data.close),
        twin=lambda: _fit(data.close / data.close.lag(1)),
        code="R02",
    ),
    ExpressionLeak(
        name="a universe of the names that will rise",
        leak=lambda: _fit(universe=LABEL > 0),
        twin=lambda: _fit(universe=features.ret(10) > 0),
        code="R58",
    ),
    ExpressionLeak(
        name="groups that are encoded by the target",
        leak=lambda: _fit(LABEL - group.demean(LABEL, data.sector)),
        twin=lambda: _fit(RET - group.demean(features.ret(10), data.sector)),
        code="R31",
    ),
    ExpressionLeak(
        name="an embargo in calendar days",
        leak=lambda: walk_forward(Ridge().fit(X=[RET], y=LABEL), embargo="5 days"),
        twin=lambda: walk_forward(Ridge().fit(X=[RET], y=labels.excess(LABEL)), embargo="5d"),
        code="R01",
    ),
    ExpressionLeak(
        name="a centred window in a custom feature",
        leak=lambda: _computed(centred),
        twin=lambda: _computed(trailing),
        code="R49",
    ),
    ExpressionLeak(
        name="a z-score over the sample in a custom feature",
        leak=lambda: _computed(scored_over_the_sample),
        twin=lambda: _computed(scored_over_the_session),
        code="R49",
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class NotebookLeak:
    """The lines between [setup] and [eval] of a notebook, with ``{}`` where leak and twin differ."""

    name: str
    features: str
    leak: str
    twin: str
    code: str
    model: str = "m = Ridge().fit(train[columns], train['target'])"

    def source(self, part: str) -> str:
        """A notebook with ``part`` (the leak or the twin) in it."""
        filled = self.features.replace("{}", part), self.model.replace("{}", part)
        return (
            HEAD
            + "\n# %% [features]\n"
            + BASE
            + filled[0]
            + "\n"
            + TABLE
            + "\n# %% [model]\n"
            + filled[1]
            + EVAL
        )


HEAD = """# %% [meta]
# id: seeded
# kind: model
# horizon: 10d
# owner: me
# inputs:
#   prices: prices.csv
#   reference: reference.csv

# %% [setup]
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, TimeSeriesSplit, cross_val_score, train_test_split
from sklearn.preprocessing import StandardScaler
"""
BASE = """frame = inputs["prices"].sort_values(["symbol", "date"]).reset_index(drop=True)
by_symbol = frame.groupby("symbol")["close"]
frame["ret_20"] = by_symbol.pct_change(20)
frame["target"] = by_symbol.shift(-10) / frame["close"] - 1
columns = ["ret_20", "signal"]
"""
TABLE = """table = frame.dropna(subset=["target", *columns]).sort_values(["date", "symbol"]).reset_index(drop=True)
dates = table["date"].drop_duplicates().reset_index(drop=True)
start = dates[int(len(dates) * 0.7)]
train = table[table["date"] < dates[int(len(dates) * 0.7) - 10]]
test = table[table["date"] >= start]
"""
EVAL = """
# %% [eval]
scored = test.assign(prediction=m.predict(test[columns]))
ic = scored.groupby("date").apply(lambda day: day["prediction"].corr(day["target"]))
report = {"ic": float(ic.mean())}
"""

NOTEBOOKS = (
    NotebookLeak(
        name="shift(-1) in a feature",
        features='frame["signal"] = by_symbol.{} / frame["close"]',
        leak="shift(-1)",
        twin="shift(1)",
        code="D20",
    ),
    NotebookLeak(
        name="a centred window",
        features='frame["signal"] = by_symbol.transform(lambda x: x.rolling(11{}).mean()) / frame["close"]',
        leak=", center=True",
        twin="",
        code="E23",
    ),
    NotebookLeak(
        name="a backward fill",
        features='frame["signal"] = frame["volume"].where(frame["volume"] > 9e4).groupby(frame["symbol"]).{}',
        leak="bfill()",
        twin="ffill()",
        code="D20",
    ),
    NotebookLeak(
        name="a z-score over the whole sample",
        features='momentum = by_symbol.pct_change(5)\nframe["signal"] = {}',
        leak="(momentum - momentum.mean()) / momentum.std()",
        twin='(momentum - momentum.groupby(frame["date"]).transform("mean")) / momentum.groupby(frame["date"]).transform("std")',
        code="E23",
    ),
    NotebookLeak(
        name="a scaler that is fitted before the split",
        features='frame["signal"] = by_symbol.pct_change(5)',
        model="{}\nm = Ridge().fit(scaled.loc[train.index], train['target'])",
        leak="values = StandardScaler().fit_transform(table[columns])\nscaled = pd.DataFrame(values, table.index, columns)",
        twin="values = StandardScaler().fit(train[columns]).transform(train[columns])\n"
        "scaled = pd.DataFrame(values, train.index, columns)",
        code="E23",
    ),
    NotebookLeak(
        name="groups encoded by the mean of their target",
        features='sector = frame["symbol"].str[-1]\nframe["signal"] = {}.transform("mean")',
        leak='frame.groupby(sector)["target"]',
        twin='frame["ret_20"].groupby([frame["date"], sector])',
        code="D20",
    ),
    NotebookLeak(
        name="the nearest later quote",
        features='frame["day"] = pd.to_datetime(frame["date"])\n'
        'friday = frame["day"].dt.dayofweek == 4\n'
        'weekly = frame.loc[friday, ["day", "symbol", "volume"]].rename(columns={"volume": "signal"})\n'
        'frame = pd.merge_asof(frame.sort_values("day"), weekly.sort_values("day"), on="day", by="symbol", direction="{}")',
        leak="forward",
        twin="backward",
        code="E23",
    ),
    NotebookLeak(
        name="the week's last price at the week's beginning",
        features='wide = frame.pivot(index="date", columns="symbol", values="close")\nwide.index = pd.to_datetime(wide.index)\n'
        'weekly = wide.resample("W-FRI"{}).last().reindex(wide.index, method="ffill").shift(1)\n'
        'weekly.index = weekly.index.strftime("%Y-%m-%d")\n'
        'long = weekly.rename_axis("date").reset_index().melt(id_vars="date", value_name="week", var_name="symbol")\n'
        'frame = frame.merge(long, on=["date", "symbol"])\nframe["signal"] = frame["week"] / frame["close"]',
        leak=', label="left"',
        twin="",
        code="E23",
    ),
    NotebookLeak(
        name="the largest names of the last day",
        features='frame["signal"] = by_symbol.pct_change(5)\n{}',
        leak='largest = frame.groupby("symbol")["volume"].last().nlargest(12).index\nframe = frame[frame["symbol"].isin(largest)]',
        twin='size = frame.groupby("date")["volume"].rank(ascending=False)\nframe = frame[size <= 12]',
        code="E23",
    ),
    NotebookLeak(
        name="only the names of today's reference table",
        features='frame["signal"] = by_symbol.pct_change(5)\n{}',
        leak='frame = frame[frame["symbol"].isin(inputs["reference"]["symbol"])]',
        twin='frame = frame.merge(inputs["reference"], on="symbol", how="left")',
        code="E24",
    ),
    NotebookLeak(
        name="a split that shuffles time",
        features='frame["signal"] = by_symbol.pct_change(5)',
        model="{}\nm = Ridge().fit(train[columns], train['target'])",
        leak="train, test = train_test_split(table, test_size=0.3, random_state=0)",
        twin="train, test = train.copy(), test.copy()",
        code="D29",
    ),
    NotebookLeak(
        name="k-fold without a purge",
        features='frame["signal"] = by_symbol.pct_change(5)',
        model="score = cross_val_score(Ridge(), table[columns], table['target'], cv={}).mean()\n"
        "m = Ridge().fit(train[columns], train['target'])",
        leak="KFold(5)",
        twin="TimeSeriesSplit(5, gap=15 * 30)",
        code="D29",
    ),
    NotebookLeak(
        name="a gap in calendar days",
        features='frame["signal"] = by_symbol.pct_change(5)',
        model='day = pd.to_datetime(table["date"])\ntrain = table[day < pd.Timestamp(start) - pd.Timedelta(days={})]\n'
        "m = Ridge().fit(train[columns], train['target'])",
        leak="10",
        twin="21",
        code="D30",
    ),
    NotebookLeak(
        name="the parameter that does best on the test block",
        features='frame["signal"] = by_symbol.pct_change(5)',
        model="best, most = 1.0, -9.0\nfor alpha in (0.1, 1.0, 10.0):\n"
        "    tried = Ridge(alpha=alpha).fit(train[columns], train['target'])\n"
        "    score = tried.score({}[columns], {}['target'])\n"
        "    if score > most:\n        best, most = alpha, score\n"
        "m = Ridge(alpha=best).fit(train[columns], train['target'])",
        leak="test",
        twin="train",
        code="D31",
    ),
)


@cache
def market() -> dict[str, pd.DataFrame]:
    """The declared inputs: 40 names, 300 weekdays; every eighth name leaves half-way, and the reference lacks those."""
    rng = np.random.default_rng(3)
    dates, names = pd.bdate_range("2020-01-01", periods=300), [f"S{j:02d}" for j in range(40)]
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.02, (300, 40)), axis=0))
    volume = np.round(rng.lognormal(11, 1, close.shape))
    close[150:, ::8] = np.nan
    long = pd.DataFrame(
        {
            "date": np.repeat(dates.strftime("%Y-%m-%d"), 40),
            "symbol": np.tile(names, 300),
            "close": close.ravel(),
            "volume": volume.ravel(),
        }
    ).dropna(ignore_index=True)
    left = [n for j, n in enumerate(names) if j % 8]
    return {"prices": long, "reference": pd.DataFrame({"symbol": left, "sector": [n[-1] for n in left]})}
