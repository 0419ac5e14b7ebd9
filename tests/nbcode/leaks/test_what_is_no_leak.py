"""What looks like a leak by its rows and dates, and is none: each is left in peace, and its neighbour that is one is told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold

from fakes.leak_runs import cells_of, looked
from nbcode.leaks.futures.compare import share_of
from nbcode.leaks.recording.given import shown_splitter
from nbcode.primitives import Severity, Verdict

DAYS = pd.bdate_range("2021-01-04", periods=700)
NAMES = [f"N{n:02d}" for n in range(6)]
HEAD = """# %% [meta]
# id: neighbours
# kind: model
# horizon: 5d
# owner: quant
# %% [setup]
import numpy as np
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, TargetEncoder
# %% [features]
px = inputs["prices"].assign(date=lambda t: pd.to_datetime(t["date"])).sort_values(["ticker", "date"])
close = px.groupby("ticker")["close"]
px["past5"], px["past20"] = close.pct_change(5), close.pct_change(20)
px["ahead"] = close.shift(-5) / px["close"] - 1
px["ahead20"] = close.shift(-20) / px["close"] - 1
px["month"] = px["date"].dt.month
rows = px.dropna().sort_values(['date', 'ticker']).reset_index(drop=True)
use = ["past5", "past20"]
days = np.sort(rows["date"].unique())
train, test = rows[rows["date"] < days[560]], rows[rows["date"] >= days[566]].copy()
near = rows[rows["date"] >= days[562]].copy()
"""
SCORED = """
# %% [eval]
p = m.predict(tested[use])
report = {"corr": float(np.corrcoef(p, tested["ahead"])[0, 1])}
"""


def prices() -> pd.DataFrame:
    moves = np.random.default_rng(8).normal(0, 0.02, (len(DAYS), len(NAMES)))
    wide = pd.DataFrame(40 * np.exp(moves.cumsum(axis=0)), DAYS, NAMES).rename_axis(
        index="date", columns="ticker"
    )
    return wide.stack().rename("close").reset_index().assign(date=lambda t: t["date"].dt.strftime("%Y-%m-%d"))


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    honest: str
    leak: str
    code: str
    after: str = SCORED


ENCODED = (
    "use = ['ticker', 'past5']\n# %% [model]\n"
    "m = make_pipeline(TargetEncoder(cv=4, shuffle=False), StandardScaler(), Ridge()).fit(train[use], train['ahead'])\ntested = "
)
STACKED = (
    "# %% [model]\nfirst = Ridge()\ninner = cross_val_predict(first, train[use], train['ahead'], cv=KFold(4, shuffle=SHUFFLE))\n"
    "second = LinearRegression().fit(np.column_stack([inner, train['past5']]), train['ahead'])\n"
    "stage = first.fit(train[use], train['ahead']).predict(test[use])\n"
    "# %% [eval]\np = second.predict(np.column_stack([stage, test['past5']]))\n"
    "report = {'corr': float(np.corrcoef(p, test['ahead'])[0, 1])}\n"
)
BARRIERS = (
    "one = px[px['ticker'] == 'N03'].set_index('date')\nvalues = one['close'].to_numpy()\n"
    "y, end = np.full(len(values), np.nan), np.full(len(values), len(values))\nfor i in range(len(values) - 5):\n"
    "    path = np.abs(values[i + 1 : i + 6] / values[i] - 1) > 0.03\n    y[i], end[i] = values[i + 1 + (path.argmax() if path.any() else 4)] / values[i] - 1, "
    "i + 1 + (path.argmax() if path.any() else 4)\n"
    "one['ahead'], one['end'], one['n'] = y, end, np.arange(len(one))\none = one[[*use, 'ahead', 'end', 'n']].dropna()\n"
    "train, tested = one[(one['n'] < 280) & (KEPT)], one[one['n'] >= 280]\n# %% [model]\nm = Ridge().fit(train[use], train['ahead'])"
)
ROOM = "late = rows[rows['date'] >= days[BEGIN]]\n# %% [model]\nmodels = {h: Ridge().fit(train[use], train[h]) for h in ('ahead', 'ahead20')}\n# %% [eval]\np = {h: m.predict(late[use]) for h, m in models.items()}\nreport = {'corr': float(np.corrcoef(p['ahead'], late['ahead'])[0, 1]), 'apart': float((p['ahead'] - p['ahead20']).std())}\n"
BY_HAND = (
    "def encoded(source, keys):\n    return keys.map(source.groupby('ticker')['ahead'].mean()).to_numpy()\n"
    "SOURCE = SOURCE.copy()\nSOURCE['mean'] = 0.0\nfor a, b in KFold(5).split(SOURCE):\n"
    "    SOURCE.iloc[b, SOURCE.columns.get_loc('mean')] = encoded(SOURCE.iloc[a], SOURCE.iloc[b]['ticker'])\n"
)
CASES = [
    Case(
        name="means of the other folds, by hand",
        honest=BY_HAND.replace("SOURCE", "train")
        + "tested = test.assign(mean=encoded(train, test['ticker']))\nuse = [*use, 'mean']\n"
        "# %% [model]\nm = Ridge().fit(train[use], train['ahead'])",
        leak=BY_HAND.replace("SOURCE", "rows")
        + "train, tested = rows[rows['date'] < days[560]], rows[rows['date'] >= days[566]]\nuse = [*use, 'mean']\n"
        "# %% [model]\nm = Ridge().fit(train[use], train['ahead'])",
        code="E28",
    ),
    Case(
        name="an encoder's own folds",
        honest=ENCODED + "test",
        leak=ENCODED + "near",
        code="E27",
    ),
    Case(
        name="folds for the features of a second model",
        honest=STACKED.replace("SHUFFLE", "False"),
        leak=STACKED.replace("SHUFFLE", "True, random_state=0"),
        code="E28",
        after="",
    ),
    Case(
        name="rows that are left out by the end of their labels",
        honest=BARRIERS.replace("KEPT", "one['end'] < 280"),
        leak=BARRIERS.replace("KEPT", "one['end'] < 284"),
        code="E27",
    ),
    Case(
        name="a scaler for a description of all rows",
        honest="described = PCA(2).fit(StandardScaler().fit_transform(rows[use])).explained_variance_ratio_\n"
        "# %% [model]\nm = make_pipeline(StandardScaler(), Ridge()).fit(train[use], train['ahead'])\ntested = test",
        leak="rows = rows.assign(**dict(zip(use, StandardScaler().fit_transform(rows[use]).T)))\n"
        "train, tested = rows[rows['date'] < days[560]], rows[rows['date'] >= days[566]]\n"
        "# %% [model]\nm = Ridge().fit(train[use], train['ahead'])",
        code="E31",
    ),
    Case(
        name="several horizons, and room for the longest",
        honest=ROOM.replace("BEGIN", "582"),
        leak=ROOM.replace("BEGIN", "568"),
        code="E23",
        after="",
    ),
    Case(
        name="labels counted by month",
        honest="known = train.groupby('month')['ahead'].mean().rename('season')\n"
        "use = ['past5', 'season']\ntrain, tested = train.join(known, on='month'), test.join(known, on='month').fillna(0.0)\n"
        "# %% [model]\nm = Ridge().fit(train[use], train['ahead'])",
        leak="rows = rows.assign(season=rows.groupby('month')['ahead'].transform('mean'))\nuse = ['past5', 'season']\n"
        "train, tested = rows[rows['date'] < days[560]], rows[rows['date'] >= days[566]]\n"
        "# %% [model]\nm = Ridge().fit(train[use], train['ahead'])",
        code="E23",
    ),
]


def codes(cells: str) -> list[str]:
    look = looked(cells_of(HEAD + cells), {"prices": prices()}, horizon=5)
    return [d.code for d in look.diagnostics] if look.ahead.verdict is Verdict.FOUND else []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_none_is_left_in_peace_and_what_is_one_is_told(case: Case) -> None:
    assert codes(case.honest + case.after) == []
    assert f"NBC-{case.code}" in codes(case.leak + case.after)


def test_a_search_by_folds_that_mix_time_is_noted_where_the_tested_rows_are_later() -> None:
    searched = "# %% [model]\nm = GridSearchCV(Ridge(), {'alpha': [1.0, 2.0]}, cv=KFold(4)).fit(train[use], train['ahead'])\ntested = test"
    look = looked(cells_of(HEAD + searched + SCORED), {"prices": prices()}, horizon=5)
    assert look.ahead.verdict is Verdict.NONE_FOUND
    (note,) = (d for d in look.diagnostics if d.code == "NBC-E28")
    assert note.severity is Severity.NOTE
    assert "GridSearchCV.fit chooses by folds that mix time (KFold(n_splits=4" in note.message
    assert "NBC-E27" in codes(searched.replace("tested = test", "tested = near") + SCORED)


def test_how_a_splitter_reads_has_no_address_and_no_line_of_its_own() -> None:
    shown = shown_splitter(KFold(4, shuffle=True, random_state=np.random.RandomState(0)))
    assert " at 0x" not in shown
    assert "\n" not in shown
    assert shown.startswith("KFold(n_splits=4")


@pytest.mark.parametrize(("changed", "of", "says"), [(30, 100, "30%"), (1, 100, "1%"), (7, 1000, "7")])
def test_a_small_share_is_told_as_a_number(changed: int, of: int, says: str) -> None:
    assert share_of(np.arange(of) < changed) == says
