"""D29, D30 and D31: splits that mix time, gaps in calendar days, candidates chosen on the rows that judge them; a twin of each is not."""

from __future__ import annotations

import pytest

from nbcode.cells import analyse
from nbcode.notebook import parse_notebook
from nbcode.primitives import Severity

HEAD = (
    "# %% [meta]\n# id: notes\n# kind: model\n# horizon: 10d\n# owner: me\n# inputs: {p: p.csv}\n# %% [setup]\n"
    "import datetime\nimport pandas as pd\nfrom sklearn.linear_model import Ridge\n"
    "from sklearn.model_selection import (GridSearchCV, KFold, ShuffleSplit, TimeSeriesSplit, cross_val_score,\n"
    "    train_test_split)\n"
    "# %% [features]\ndf = inputs['p']\ny = df['c'].shift(-10) / df['c'] - 1\nX = df[['c']]\n# %% [model]\n"
)
FITTED = "m = Ridge().fit(X, y)\n"


def codes(code: str, head: str = HEAD, of: Severity = Severity.WARNING) -> list[str]:
    notebook = parse_notebook((head + code + "\n# %% [eval]\nreport = {'n': 1}").encode(), "n.py").notebook
    assert notebook is not None
    found = [d for d in analyse(notebook).diagnostics if d.code in {"NBC-D29", "NBC-D30", "NBC-D31"}]
    assert all(d.severity is of for d in found)
    return [d.code.removeprefix("NBC-") for d in found]


@pytest.mark.parametrize(
    "code",
    [
        "a, b, c, d = train_test_split(X, y, random_state=0)\nm = Ridge().fit(a, c)",
        FITTED + "folds = KFold(5)",
        FITTED + "folds = KFold(5, shuffle=True, random_state=0)",
        FITTED + "folds = ShuffleSplit(5, random_state=0)",
        FITTED + "folds = TimeSeriesSplit(5)",
        FITTED + "folds = TimeSeriesSplit(5, gap=0)",
        "s = cross_val_score(Ridge(), X, y)\nm = Ridge()",
        "s = cross_val_score(Ridge(), X, y, cv=5)\nm = Ridge()",
        "m = GridSearchCV(Ridge(), {'alpha': [1, 2]}, cv=5).fit(X, y)",
    ],
)
def test_a_split_that_mixes_time_is_told_where_the_target_is_still_to_come(code: str) -> None:
    assert codes(code) == ["D29"]
    assert codes(code, HEAD.replace("df['c'].shift(-10) / df['c'] - 1", "df['q']")) == []


TARGET = "def target(d):\n    later = d['c'].shift(-10)\n    return later / d['c'] - 1\n"


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (TARGET, True),
        (TARGET.replace("-10", "10"), False),
        (TARGET + "def target(d):\n    return d['q']\n", False),
        (TARGET + "target = len\n", False),
        ("def target(d):\n    if len(d) > 5:\n        return d['c'].shift(-10)\n    return d['q']\n", False),
    ],
)
def test_a_target_that_is_made_in_a_function_is_one_too(function: str, told: bool) -> None:
    head = HEAD.replace("# %% [features]\n", f"{function}# %% [features]\n").replace(
        "df['c'].shift(-10) / df['c'] - 1", "target(df)"
    )
    code = FITTED + "folds = KFold(5, shuffle=True, random_state=0)"
    assert codes(code, head) == (["D29"] if told else [])


@pytest.mark.parametrize(
    "code",
    [
        FITTED + "folds = TimeSeriesSplit(5, gap=15)",
        FITTED + "gap = 15\nfolds = TimeSeriesSplit(5, gap=gap)",
        "s = cross_val_score(Ridge(), X, y, cv=TimeSeriesSplit(5, gap=15))\nm = Ridge()",
    ],
)
def test_a_split_by_date_with_a_gap_is_not(code: str) -> None:
    assert codes(code) == []


APART = "a, b = df[df['d'] < '2015'], df[df['d'] > '2015-02']\n"
SCORED = "s = cross_val_score(Ridge(), a[['c']], a['y'], cv=5)\nm = Ridge().fit(a[['c']], a['y'])\n"
SEARCHED = "m = GridSearchCV(Ridge(), {'alpha': [1, 2]}, cv=5)\nm.fit(X=a[['c']], y=a['y'])\n"
FOLDED = (
    "for i, j in KFold(5).split(a):\n    f = a.iloc[j]\n    m = Ridge().fit(a[['c']].iloc[i], a['y'].iloc[i])\n"
    "    q = m.predict(f[['c']])\n"
)


@pytest.mark.parametrize("folds", [SCORED, SEARCHED, FOLDED], ids=["scored", "searched", "folded"])
@pytest.mark.parametrize(
    ("parts", "tested", "apart"),
    [
        (APART, "p = m.predict(b[['c']].to_numpy())", True),
        (APART, "p = [one.predict(b[['c']]) for one in [m]]", True),
        (APART, "", False),
        (APART, "p = m.predict(a[['c']])", False),
        ("a = df.dropna()\nb = a.tail(5)\n", "p = m.predict(b[['c']])", False),
        ("a = b = df.dropna()\n", "b = a\np = m.predict(b[['c']])", False),
        ("a = df.dropna()\nfor b in [a[:5], a[5:]]:\n    pass\n", "p = m.predict(b[['c']])", False),
    ],
)
def test_folds_that_mix_time_are_a_note_where_the_tested_rows_are_others(
    folds: str, parts: str, tested: str, apart: bool
) -> None:
    head = HEAD.replace("X = df[['c']]\n", "df['y'] = y\n")
    found = codes(parts + folds + tested, head, of=Severity.NOTE if apart else Severity.WARNING)
    assert found == ["D29"]


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ("LassoCV()", True),
        ("LassoCV(cv=5)", True),
        ("RidgeCV(alphas=[1, 2])", True),
        ("LassoCV(cv=folds)", False),
        ("LassoCV(cv=TimeSeriesSplit(5, gap=10))", False),
        ("Lasso(alpha=0.1)", False),
    ],
)
def test_an_estimator_that_makes_folds_of_its_own_is_a_note(made: str, told: bool) -> None:
    head = "from sklearn.linear_model import Lasso, LassoCV, RidgeCV\nfolds = [(range(9), range(20, 29))]\n"
    assert codes(f"{head}m = {made}.fit(X, y)", of=Severity.NOTE) == (["D29"] if told else [])
    assert (
        codes(f"{head}m = {made}.fit(X, y)", HEAD.replace("df['c'].shift(-10)", "df['q']"), Severity.NOTE)
        == []
    )


IN_ORDER = "a, b, c, d = train_test_split(X, y, shuffle=False)\n"


@pytest.mark.parametrize(
    ("fit", "told"),
    [
        ("m = Ridge().fit(a, c)", True),
        ("m = Ridge().fit(a[['c']], c)", True),
        ("m = Ridge().fit(a[5:], c[5:])", True),
        ("m = Ridge().fit(a[:-10], c[:-10])", False),
        ("m = Ridge().fit(a.iloc[:-10, :], c.iloc[:-10])", False),
        ("m = Ridge().fit(a.head(len(a) - 10), c.head(len(a) - 10))", False),
    ],
)
def test_a_split_in_order_is_noted_where_nothing_cuts_the_horizon_off_the_training_rows(
    fit: str, told: bool
) -> None:
    assert codes(IN_ORDER + fit, of=Severity.NOTE) == (["D29"] if told else [])
    assert codes(IN_ORDER + fit, HEAD.replace("10d", "1d"), of=Severity.NOTE) == []
    assert codes(IN_ORDER + fit, HEAD.replace("df['c'].shift(-10)", "df['q']"), of=Severity.NOTE) == []


@pytest.mark.parametrize(
    ("bound", "told"),
    [
        ("df['d'] < start - pd.Timedelta(days=10)", True),
        ("df['d'] <= start - pd.Timedelta('10D')", True),
        ("start - datetime.timedelta(12) > df['d']", True),
        ("df['d'] < start - pd.Timedelta(days=14)", False),
        ("df['d'] < start - pd.Timedelta('3 weeks')", False),
        ("df['d'] >= start - pd.Timedelta(days=5)", False),
        ("df['d'] + pd.Timedelta(days=5) < start", False),
        ("df['d'] < start - pd.Timedelta(days=gap)", False),
        ("df['d'] < start - 10", False),
    ],
)
def test_a_gap_of_fewer_sessions_than_the_horizon_is_told(bound: str, told: bool) -> None:
    code = (
        f"gap = 21\nstart = df['d'].iloc[900]\ntrain = df[{bound}]\nm = Ridge().fit(train[['c']], train['q'])"
    )
    assert codes(code) == (["D30"] if told else [])


TRIES = "scores = {}\nfor alpha in (0.1, 1.0):\n    scores[alpha] = Ridge(alpha=alpha).fit(X[:70], y[:70]).score(X[ROWS], y[ROWS])\n"
CHOSEN = "m = Ridge(alpha=max(scores, key=scores.get)).fit(X[:70], y[:70])\nr2 = m.score(X[80:], y[80:])"


def test_candidates_chosen_on_the_rows_that_judge_are_told() -> None:
    assert codes(TRIES.replace("ROWS", "80:") + CHOSEN) == ["D31"]
    comprehension = "scores = {a: Ridge(alpha=a).fit(X[:70], y[:70]).score(X[80:], y[80:]) for a in (1, 2)}\n"
    assert codes(comprehension + CHOSEN) == ["D31"]


@pytest.mark.parametrize(
    "code",
    [
        TRIES.replace("ROWS", "60:70") + CHOSEN,
        TRIES.replace("ROWS", ":70") + CHOSEN + "\ntraining = m.score(X[:70], y[:70])",  # a learning curve
        "for cut in (50, 60):\n    m = Ridge().fit(X[:cut], y[:cut])\n    print(m.score(X[cut:], y[cut:]))\nr2 = m.score(X[80:], y[80:])",
        "for name in ('a', 'b'):\n    print(str(name), m_of.predict(X[80:]))\nm = Ridge().fit(X[:70], y[:70])\nr2 = m.score(X[80:], y[80:])",
    ],
)
def test_other_loops_are_left_in_peace(code: str) -> None:
    head = HEAD.replace("# %% [model]\n", "m_of = None\n# %% [model]\n")
    assert codes(code, head) == []
