"""Leaks into X are found; what only looks like one is not."""

from __future__ import annotations

import pytest

from nbcode.cells import analyse
from nbcode.notebook import parse_notebook
from nbcode.primitives import Diagnostic, Severity

HEAD = "# %% [meta]\n# id: xsmom_v3\n# kind: model\n# horizon: 10d\n# owner: me\n# inputs: {p: p.csv}\n# %% [setup]\nimport numpy as np\nimport pandas as pd\n# %% [model]\nret = features.ret(5)\ndf = inputs['p']\nm = Ridge()\n"


def found(code: str, *wanted: str) -> list[Diagnostic]:
    reading = parse_notebook((HEAD + code).encode(), "notebook.py")
    assert reading.notebook is not None
    diagnostics = analyse(reading.notebook).diagnostics
    assert not [d for d in diagnostics if d.code in {"NBC-D01", "NBC-D05"}], diagnostics
    return [d for d in diagnostics if d.code.removeprefix("NBC-") in wanted]


LEAKS = [
    "m.fit(X=[ret, fwd_ret_10d], y=fwd_ret_10d)",
    "m.fit([ret, fwd_ret_10d], fwd_ret_10d)",
    "m.fit(X=[fwd_ret_5d], y=fwd_ret_10d)",
    "a = fwd_ret_10d\nm.fit(X=[a], y=fwd_ret_10d)",
    "a = fwd_ret_10d * 2 + ret\nb = [ret, a]\nm.fit(X=b, y=fwd_ret_10d)",
    "a = ts.mean(fwd_ret_10d, 5)\nm.fit(X=[a], y=fwd_ret_10d)",
    "a = cs.rank(fwd_ret_10d)\nm.fit(X=[a], y=fwd_ret_10d)",
    "a = np.sign(fwd_ret_10d)\nm.fit(X=[a], y=fwd_ret_10d)",
    "a = fwd_ret_10d.rolling(3).mean()\nm.fit(X=[a], y=fwd_ret_10d)",
    "a = fwd_ret_10d.lag(5)\nm.fit(X=[a], y=fwd_ret_10d)",
    "xs = [ret]\nxs.append(fwd_ret_10d)\nm.fit(X=xs, y=fwd_ret_10d)",
    "xs = [ret]\nxs += [fwd_ret_10d]\nm.fit(X=xs, y=fwd_ret_10d)",
    "xs = [cs.zscore(x) for x in (ret, fwd_ret_10d)]\nm.fit(X=xs, y=fwd_ret_10d)",
    "def f(x): return x\nm.fit(X=[f(fwd_ret_10d)], y=fwd_ret_10d)",
    "for a in [fwd_ret_10d]:\n    m.fit(X=[a], y=fwd_ret_10d)",
    "a, b = ret, fwd_ret_10d\nm.fit(X=[a, b], y=fwd_ret_10d)",
    "m.fit(X=[data.close.lag(-1)], y=fwd_ret_10d)",
    "m.fit(X=[ret.where(fwd_ret_10d > 0)], y=fwd_ret_10d)",
    "df['t'] = df['c'].shift(-10)\nm.fit(df[['c', 't']], df['t'])",
    "df['t'] = df['c'].shift(-10)\nm.fit(df, df['t'])",
    "t = df['c'].pct_change(-5)\nX = pd.concat([df['c'], t], axis=1)\nm.fit(X, t)",
    "a = df[['c']].bfill()\nm.fit(a, df['c'])",
    "a = df[['c']].rolling(5, center=True).mean()\nm.fit(a, df['c'])",
    "df['t'] = df['c'].shift(-10)\nX = df.drop(columns='c').values\nfrom sklearn.model_selection import cross_val_score\ncross_val_score(m, df, df['t'])",
    "df['t'] = df['c'].shift(-10)\ncols = ['c', 't']\nm.fit(df[cols], df['t'])",
    "df['t'] = df['c'].shift(-10)\nlate = df[df['d'] > 3]\nm.fit(late[['c', 't']], late['t'])",
    "df['t'] = df['c'].shift(-10)\ndf['e'] = df.groupby('g')['t'].transform('mean')\nm.fit(df[['c', 'e']], df['t'])",
    "ts = df['c']\na = ts.bfill().to_frame()\nm.fit(a, df['c'])",
    "df['t'] = df.c.shift(-10)\ndf['e'] = df.t * 2\nm.fit(df[['c', 'e']], df.t)",
    "df['t'] = df.c.shift(-10)\ndf['p'] = df.groupby('g').t.shift(6)\nm.fit(df[['p']], df.t)",
    "df['t'] = df.c.shift(-10)\nm.fit(df.values, df.t)",
    "df['t'] = df['c'].shift(-10)\nfrom sklearn.model_selection import train_test_split\na, b = train_test_split(df, shuffle=False)\nm.fit(a[['t']], a['c'])",
]
CLEAN = [
    (
        "df['t'] = df.c.shift(-10)\nlate = df[df.d > 3].copy()\n"
        "late['z'] = late.groupby('g').c.transform(lambda s: s.rank())\nlate['z'] = (late.c - late.b) / late.b\nm.fit(late[['z']], late.t)"
    ),
    "df['t'] = df.c.shift(-5)\ndf['p'] = df.groupby('g').t.shift(6)\nm.fit(df[['p']], df.t)",
    "a = ts.backfill(data.close, 40)\nm.fit(X=[a], y=fwd_ret_10d)",
    "a = df[['b', 'c']].bfill(axis=1)\nm.fit(a, df['c'])",
    "a = df[['b', 'c']].bfill(axis='columns')\nm.fit(a, df['c'])",
    "df['t'] = df['c'].shift(-10)\ncols = ['c']\nlate = df[df['d'] > 3]\nm.fit(late[cols], late['t'])",
    "df['t'] = df['c'].shift(-10)\ndf['e'] = df.groupby('g')['c'].transform('mean')\nm.fit(df[['c', 'e']], df['t'])",
    "m.fit(X=[ret], y=fwd_ret_10d)",
    "m.fit(X=[ret, fwd_ret_10d.lag(10)], y=fwd_ret_10d)",
    "y = cs.demean(fwd_ret_10d)\nm.fit(X=[ret], y=y)",
    "a = fwd_ret_10d\na = ret\nm.fit(X=[a], y=fwd_ret_10d)",
    "df['t'] = df['c'].shift(-10)\nm.fit(df[['c']], df['t'])",
    "df['t'] = df['c'].shift(-10)\ndf = df.dropna()\ncols = ['c']\nX = df[cols]\nm.fit(X, df['t'])",
    "df['t'] = df['c'].shift(-10)\nm.fit(df.drop(columns='t'), df['t'])",
    "df['t'] = df['c'].shift(-10)\nm.fit(df.loc[df['t'].notna(), ['c']], df['t'].dropna())",
    "y = df['c'].shift(-10)\nX = df[['c']]\nX = X[y.notna()]\nm.fit(X, y.dropna())",
    "y = df['c'].shift(-10)\nX = df[['c']].loc[y.index]\nm.fit(X, y)",
    "y = df['c'].shift(-10)\nfrom sklearn.model_selection import train_test_split\na, b, c, d = train_test_split(df[['c']], y, random_state=0)\nm.fit(a, c)\nm.predict(b)",
    "a = df['c'].shift(10)\nm.fit(a.to_frame(), df['c'])",
    "n = len(fwd_ret_10d.to_frame())\nm.fit(X=[ret * n], y=fwd_ret_10d)",
    "p = m.fit(X=[ret], y=fwd_ret_10d)\nq = Lasso().fit(X=[ret], y=fwd_ret_10d)",
    "from sklearn.model_selection import cross_val_predict\ny = df['c'].shift(-10)\nz = np.column_stack([cross_val_predict(m, df[['c']], y) for _ in range(2)])\nm.fit(z, y)",
    "diff = df['c'].diff(1)\nm.fit(diff.to_frame(), df['c'].shift(-1))",
]


@pytest.mark.parametrize("code", LEAKS)
def test_a_leak_into_x_is_found(code: str):
    assert len(found(code, "D20")) == 1


@pytest.mark.parametrize("code", CLEAN)
def test_a_clean_fit_is_left_in_peace(code: str):
    assert [str(d) for d in found(code, "D20", "D21")] == []


def test_a_label_in_x_stops_and_what_only_a_run_can_tell_warns():
    """A file may be sorted newest first, where the row after is the day before."""
    assert found(LEAKS[0], "D20")[0].severity is Severity.ERROR
    assert found("x = df[['c']].shift(-1)\nm.fit(x, df['q'])", "D20")[0].severity is Severity.WARNING
    assert found("df['t'] = df['c'].shift(-10)\nm.fit(df, df['t'])", "D20")[0].severity is Severity.WARNING


@pytest.mark.parametrize("y", ["fwd_ret_5d", "cs.rank(fwd_ret_5d)", "fwd_ret_21d * 2"])
def test_a_label_of_another_horizon_is_found(y: str):
    (diagnostic,) = found(f"t = {y}\nm.fit(X=[ret], y=t)", "D21")
    assert "horizon 10d in [meta]" in diagnostic.message


def test_a_label_of_another_horizon_beside_the_models_is_not():
    assert found("m.fit(X=[ret], y=fwd_ret_10d)\nprint(fwd_ret_5d)", "D21") == []
