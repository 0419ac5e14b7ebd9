"""Notebooks as they are written elsewhere, each with the findings that are right: nothing that is false, nothing that is missing."""

from __future__ import annotations

import json

import pytest

from nbcode.cells import ModuleContext, analyse
from nbcode.notebook import parse_notebook

META = "# id: probe\n# kind: model\n# horizon: 5d\n# owner: someone\n# inputs:\n#   prices: data/prices.csv"
LINEAR = "from sklearn.linear_model import LinearRegression"
OWN_WORDS = META.partition("\n# inputs")[0]
FIT = "m = LinearRegression().fit(df[['open']][:900], df['close'][:900])"
SCORE = "report = {'r2': m.score(df[['open']][950:], df['close'][950:])}"
CASES: dict[str, tuple[list[tuple[str, str]], list[tuple[str, str, int]]]] = {
    "a declared file by its own path": (
        [("setup", f"import pandas as pd\n{LINEAR}"), ("features", 'df = pd.read_csv("data/prices.csv")'), ("model", FIT), ("eval", SCORE)],
        [],
    ),
    "magics, help and an indented cell": (
        [
            ("setup", f"%matplotlib inline\nimport pandas as pd\n{LINEAR}"),
            ("features", "%time df = inputs['prices'].dropna()"),
            ("features", "    n = len(df)\n    k = n"),
            ("model", f"%%time\n{FIT}"),
            ("eval", f"{SCORE}\nreport?"),
        ],
        [("D02", "note", 2), ("D02", "note", 3), ("D02", "note", 5), ("D02", "note", 6)],
    ),
    "a model called model and no report": (
        [
            ("setup", LINEAR),
            ("features", "df = inputs['prices'].dropna()"),
            ("model", "model = LinearRegression()\nmodel.fit(df[['open']][:900], df['close'][:900])"),
            ("eval", "r2 = model.score(df[['open']][950:], df['close'][950:])\nprint(f'R2 {r2:.4f}')"),
        ],
        [("D15", "error", 4), ("H08", "error", 5)],
    ),
    "names that everybody uses": (
        [
            ("setup", LINEAR),
            ("features", "data = inputs['prices'].dropna()\ndata['spread'] = data['high'] - data['low']\nfeatures = ['open', 'spread']\nlabels = data['close']"),
            ("features", "data['log_volume'] = data['volume'].pow(0.5)"),
            ("model", "m = LinearRegression().fit(data[features][:900], labels[:900])"),
            ("eval", "report = {'r2': m.score(data[features][950:], labels[950:])}"),
        ],
        [],
    ),
    "a signal without a figure": (
        [("features", "w = inputs['prices'].pivot(index='date', columns='symbol', values='close')")],
        [("H08", "error", 0)],
    ),
    "a signal with a report in the cells": (
        [("features", "w = inputs['prices']"), ("eval", "report = {'n': len(w)}")],
        [],
    ),
    "a signal with a report in the cells of any tag": (
        [("features", "w = inputs['prices']\nreport = {'n': len(w)}")],
        [],
    ),
    "reads through constants": (
        [
            ("setup", f"from pathlib import Path\nimport pandas as pd\n{LINEAR}\nDATA_DIR = Path('data')\nSTORE = 'data/assets.h5'"),
            ("features", "df = pd.read_csv(DATA_DIR / 'prices.csv')\nwith pd.HDFStore(STORE, mode='r') as store:\n    prices = store['prices']\nother = pd.read_parquet(STORE)"),
            ("model", FIT),
            ("eval", SCORE),
        ],
        [("D12", "error", 3), ("D12", "error", 3)],
    ),
    "a learning curve and a clustering": (
        [
            ("setup", "from sklearn.cluster import KMeans\nfrom sklearn.tree import DecisionTreeRegressor"),
            ("features", "df = inputs['prices'].dropna()\nX, y = df[['open']][:500], df['close'][:500]\nX_test, y_test = df[['open']][600:], df['close'][600:]"),
            ("model", "regime = KMeans(2, random_state=0, n_init=1).fit(X)\nstate = regime.predict(X)\ncurve = []\nfor depth in (1, 2, 3):\n    m = DecisionTreeRegressor(max_depth=depth, random_state=0).fit(X, y)\n    curve.append(m.score(X, y))"),
            ("eval", "report = {'train': m.score(X, y), 'test': m.score(X_test, y_test), 'curve': curve}"),
        ],
        [],
    ),
    "a setting of threads": (
        [("setup", f"import os\nos.environ['OMP_NUM_THREADS'] = '2'\n{LINEAR}"), ("features", "df = inputs['prices'].dropna()"), ("model", FIT), ("eval", SCORE)],
        [("D35", "note", 2)],
    ),
    "a bar of widgets": (
        [("setup", f"from tqdm.notebook import tqdm\n{LINEAR}"), ("features", "df = inputs['prices'].dropna()"), ("model", FIT), ("eval", SCORE)],
        [("D08", "warning", 2)],
    ),
    "words that do not exist": (
        [
            ("features", "a = data.Close\nb = features.volatility(20, annualize=True)\nif a > 5:\n    c = 1"),
            ("model", "m = Ridge().fit(X=[a, b], y=fwd_ret_5d)\nprint(m.coef_)"),
            ("eval", "report = walk_forward(m, n_splits=5)\nreport.plot()"),
        ],
        [("D36", "error", 2), ("D32", "error", 2), ("D34", "error", 2), ("D33", "error", 3), ("D32", "error", 4), ("D33", "error", 4)],
    ),
}  # fmt: skip


def found(cells: list[tuple[str, str]], form: str) -> list[tuple[str, str, int]]:
    meta = (
        META
        if any("inputs" in source or "data/" in source or "DATA" in source for _, source in cells)
        else OWN_WORDS
    )
    if not any(tag == "model" for tag, source in cells):
        meta = meta.replace("kind: model", "kind: signal") + "\n# signal: w"
    every = [("meta", meta), *cells]
    if form == "ipynb":
        documents = [
            {
                "cell_type": "code",
                "metadata": {"tags": [tag]},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for tag, source in every
        ]
        text = json.dumps({"cells": documents, "metadata": {}, "nbformat": 4, "nbformat_minor": 4})
    else:
        text = "".join(f"# %% [{tag}]\n{source}\n" for tag, source in every)
    reading = parse_notebook(text.encode(), f"n.{'ipynb' if form == 'ipynb' else 'py'}")
    assert reading.notebook is not None
    assert reading.diagnostics == ()
    fields = frozenset({"open", "high", "low", "close", "volume"})
    return [
        (d.code[-3:], str(d.severity), d.place.cell if d.place and d.place.cell else 0)
        for d in analyse(reading.notebook, ModuleContext(fields=fields)).diagnostics
    ]


@pytest.mark.parametrize("form", ["ipynb", "percent"])
@pytest.mark.parametrize("name", CASES)
def test_a_notebook_is_told_what_is_right_of_it_and_nothing_else(name: str, form: str):
    cells, right = CASES[name]
    assert found(cells, form) == right
