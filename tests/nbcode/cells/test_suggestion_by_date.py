"""Research without a fitted model of a library: what holds a value for each date, by which expression, how far ahead it looks, and what
is told where nothing does."""

from __future__ import annotations

import pytest

from nbcode.cells.suggestion import Suggestion, suggest
from nbcode.notebook import StoredOutput, parse_notebook

READ = "import numpy as np\nimport pandas as pd\npx = pd.read_csv('p.csv', index_col=0, parse_dates=True)"
SOLVE = f"{READ}\nfrom scipy.optimize import minimize\nres = minimize(f, [0.1, 0.2])"
FILTER = """def filtered(y, x):
    n = len(y)
    b, e = np.zeros(n), np.zeros_like(y)
    for t in range(n):
        b[t] = b[t - 1] + 0.1 * (y[t] - b[t - 1] * x[t])
    return b, e"""
OWN = """class Regimes:
    def fit(self, x):
        self.mean = x.mean()
        return self

    def predict_proba(self, x):
        return x * self.mean"""


def proposed(*cells: str, stored: StoredOutput | None = None) -> Suggestion:
    text = "".join(f"# %%\n{cell}\n" for cell in cells)
    notebook = parse_notebook(text.encode(), "n.py").notebook
    assert notebook is not None
    return suggest(notebook, {} if stored is None else {len(cells): stored})


RESULTS = {
    "an array of a filter": ((READ, FILTER, "betas, e = filtered(px['a'].values, px['b'].values)"), "pd.Series(betas, index=px.index)"),
    "an array of arithmetic": ((READ, "y = np.log(px)['a'].values", "resid = y - 2 * y"), "pd.Series(resid, index=px.index)"),
    "positions by np.where": ((READ, "z = px['a'].diff()", "pos = np.where(z > 1, -1, 1)"), "pd.Series(pos, index=z.index)"),
    "a list filled in a loop": ((READ, "signals = []\nfor x, y in zip(px['a'].values, px['b'].values):\n    signals.append(x - y)"), "pd.Series(signals, index=px.index)"),
    "a list by row": ((READ, "scores = []\nfor date, row in px.iterrows():\n    scores.append(row.sum())"), "pd.Series(scores, index=px.index)"),
    "a comprehension": ((READ, "scores = [f(t) for t in range(len(px))]"), "pd.Series(scores, index=px.index)"),
    "weights in a dict": ((SOLVE, "weights = dict(zip(px.columns, res.x.round(4)))"), "pd.DataFrame([weights], index=px.index[-1:])"),
    "weights in a series": ((SOLVE, "weights = pd.Series(res.x, index=px.columns)"), "pd.DataFrame([weights], index=px.index[-1:])"),
    "parameters called alpha": ((SOLVE, "omega, alpha = res.x", "cond_vol = pd.Series(np.sqrt(h(res.x)), index=px.index)"), "cond_vol"),
    "a prediction by hand": ((READ, "pred = px[['a', 'b']] @ np.array([1, 2])"), "pred"),
    "the state of a class that does not predict": ((READ, OWN, "hmm = Regimes().fit(px.values)", "regime = pd.Series(hmm.predict_proba(px.values), index=px.index)"), "regime"),
    "a frame that is turned": ((READ, "found = {}\nW = pd.DataFrame(found, index=px.columns).T"), "W"),
    "weights that are shown by symbol": ((READ, "w = np.linalg.solve(px.cov().values, mu)", "pd.Series(w, index=px.columns)"), "pd.DataFrame([w], index=px.index[-1:], columns=px.columns)"),
    "a column": ((READ, "df = pd.DataFrame({'close': px['a']})\ndf['signal'] = np.where(df['close'] > 1, 1, -1)"), "df['signal']"),
    "a column of a function's frame": (("import pandas as pd\ndef run(x):\n    return pd.DataFrame(x)", "out = run(1)", "print('corr', out['level'].corr(1))"), "out['level']"),
    "a column by symbol": (("import pandas as pd\ndf = pd.read_csv('p.csv')", "df['score'] = df.groupby('ticker')['close'].diff()\nn = df['date']"), "df.set_index(['date', 'ticker'])['score']"),
    "an attribute": ((READ, "class S:\n    def run(self, x):\n        self.position = x.rank()\n        return self", "s = S().run(px)"), "s.position"),
    "positions before states": ((READ, "spread = px['a'] - px['b']", "position = spread.rank()"), "position"),
}  # fmt: skip


@pytest.mark.parametrize("case", RESULTS)
def test_what_has_a_value_for_each_date_is_the_signal(case: str) -> None:
    cells, expected = RESULTS[case]
    made = proposed(*cells)
    assert (made.model, made.signal) == (None, expected)


def test_the_frame_that_has_the_dates_of_an_array_is_a_feature() -> None:
    made = proposed(READ, "y = np.log(px)", "n = y", "betas = n['a'].values")
    assert [cell.tag for cell in made.cells] == ["features", "features", "features", "model"]


NONE = {
    "prices": (READ, "ret = px.pct_change()"),
    "numbers": (READ, "alpha, beta = 0.1, 2", "score = px['a'].mean()"),
    "numbers of a function": (READ, "def f(x):\n    return x.mean(), 2\nvol, beta = f(px['a'])"),
    "a value for each column": (READ, "beta = px.mean()"),
    "a column of a file without dates": (
        "import pandas as pd\ndf = pd.read_csv('p.csv')",
        "df['w'] = df['iv'] ** 2",
    ),
    "what an object is made with": (
        READ,
        "class S:\n    def __init__(self):\n        self.position = 3",
        "s = S()",
    ),
    "an array of unknown rows": (READ, "betas = np.zeros(7)"),
    "a filter that is given up": (READ, FILTER, "betas = filtered(load(), load())[0]"),
}


@pytest.mark.parametrize("case", NONE)
def test_what_has_no_date_is_no_signal(case: str) -> None:
    assert proposed(*NONE[case]).signal is None


MODELS = {
    "in a dict": ("def f():\n    m = Ridge().fit(1, 2)\n    return {'model': m, 'ic': 3}", "out = f()", "out['model']"),
    "in a dict in a tuple": ("def f():\n    return 1, {'ic': 3, 'model': Ridge().fit(1, 2)}", "n, out = f()", "out['model']"),
    "a dict of models": ("def f():\n    return {'a': Ridge().fit(1, 2), 'b': Ridge().fit(1, 3)}", "out = f()", "out"),
    "a class that predicts": (f"{OWN}\n\n    def predict(self, x):\n        return x", "out = Regimes().fit(1)", "out"),
    "a class that is updated": (f"{OWN}\n\n    def predict(self, x):\n        return x\n\n    def update(self, x):\n        pass", "out = Regimes()\nout.update(1)", "out"),
    "a class of another": ("class A:\n    def predict(self, x):\n        return x\nclass B(A):\n    def fit(self, x):\n        return self", "out = B().fit(1)", "out"),
    "a class that may": ("class B(BaseEstimator):\n    def fit(self, x):\n        return self", "out = B().fit(1)", "out"),
}  # fmt: skip


@pytest.mark.parametrize("case", MODELS)
def test_a_model_is_found_where_a_function_keeps_it(case: str) -> None:
    above, cell, expected = MODELS[case]
    assert proposed(above, cell).model == expected


PX = f"{READ}\nm = Ridge().fit(px, 1)"
WEEKLY = "weekly = px.resample('W-FRI').last()"
HORIZONS = {
    "weekly": (("y = 1", f"{WEEKLY}\ny = weekly.pct_change().shift(-1)"), 5),
    "two months of monthly": (("y = 1", "y = px.resample('ME').last().pct_change(2).shift(-2)"), 42),
    "by a grouper": (("y = 1", "y = px.groupby(pd.Grouper(freq='QE')).last().shift(-1)"), 63),
    "two weeks": (("y = 1", "y = px.asfreq('2W').shift(-1)"), 10),
    "daily again": (("y = 1", f"{WEEKLY}\nd = weekly.reindex(px.index)\ny = d.shift(-1)"), 1),
    "an option of argparse": (("import argparse\np = argparse.ArgumentParser()\np.add_argument('--fwd-days', type=int, default=7)\nargs = p.parse_args([])", "y = px.shift(-args.fwd_days)"), 7),
    "a class of settings": (("class Cfg:\n    ahead: int = 4", "y = px.shift(-Cfg.ahead)"), 4),
    "a dict of settings": (("cfg = {'horizon': 8}", "y = px.shift(-cfg['horizon'])"), 8),
    "a name alone": (("FORECAST_HORIZON = 6", "y = 1"), 6),
    "rows beside later rows": (("y = 1", "x0, y = px.values[:-3], px.values[3:]"), 3),
    "a split is none": (("y = 1", "x0, y = px.iloc[:-60], px.iloc[-60:]"), None),
}  # fmt: skip


@pytest.mark.parametrize("case", HORIZONS)
def test_the_horizon_is_counted_in_sessions(case: str) -> None:
    (above, label), expected = HORIZONS[case]
    made = proposed(READ, above, label, "m = Ridge().fit(px, y)\nn = (FORECAST_HORIZON, x0)")
    assert made.horizon.certain is (expected is not None)
    assert made.horizon.sessions == (expected or 1)


def test_a_signal_is_held_until_its_next_date() -> None:
    monthly = proposed(READ, "weights = px.resample('M').last().rank(axis=1)", "pnl = weights.shift(1) * px")
    assert (monthly.horizon.sessions, monthly.horizon.certain) == (21, True)
    daily = proposed(
        READ, "weights = px.rank(axis=1)", "pnl = weights.shift(1) * px\nprint('sharpe', pnl.mean())"
    )
    assert (daily.horizon.sessions, daily.horizon.certain) == (1, True)
    assert not proposed(READ, "weights = px.rank(axis=1)").horizon.certain


PLACES = {
    "Colab or here": "try:\n    from google.colab import drive\n    drive.mount('/content/drive')\n    ROOT = '/content/drive/MyDrive/'\nexcept ImportError:\n    ROOT = '../'\npath = ROOT + 'p.csv'",
    "Colab if it is there": "import os\npath = '/content/p.csv'\nif not os.path.exists(path):\n    path = '../p.csv'",
    "Kaggle": "import os\nROOT = '/kaggle/input/x' if os.path.exists('/kaggle/input/x') else '..'\npath = f'{ROOT}/p.csv'",
    "the notebook's name in quotes": "import os\npath = os.path.join(os.path.dirname(os.path.abspath('__file__')), '../p.csv')",
    "the folder above": "from pathlib import Path\nROOT = Path(__file__).resolve().parents[1] if '__file__' in globals() else Path.cwd().parents[0]\npath = ROOT / 'p.csv'",
    "an option": "import argparse\np = argparse.ArgumentParser()\np.add_argument('--data', default='../p.csv')\npath = p.parse_args([]).data",
    "given to a class": "class Data:\n    def __init__(self, folder, n=3):\n        self.df = pd.read_csv(f'{folder}/p.csv')\nd = Data('..')\npath = 'q'",
    "given to a function": "def load(folder, name='p.csv'):\n    return pd.read_csv(folder + '/' + name)\nd = load(folder='..')\npath = 'q'",
}  # fmt: skip


@pytest.mark.parametrize("case", PLACES)
def test_a_file_is_declared_wherever_its_place_comes_from(case: str) -> None:
    read = "df = pd.read_csv(path)" if "path = 'q'" not in PLACES[case] else "df = d"
    made = proposed("import pandas as pd", PLACES[case], read, "m = Ridge().fit(df, 1)")
    assert made.inputs == (("p", "../p.csv"),)


def test_two_calls_with_two_files_name_neither() -> None:
    load = "def load(path):\n    return pd.read_csv(path + '.csv')"
    made = proposed("import pandas as pd", load, "a, b = load('../a'), load('../b')", "m = Ridge().fit(a, b)")
    assert made.inputs == ()


FIT = "m = Ridge().fit(1, 2)\nmse = r2 = m.score(1, 2)"
FRAME = "                HAR\nMSE     9.78e-08\nR2 OOS  2.85e-01"
SHOWN = {
    "a frame made there": ("pd.DataFrame({'HAR': [mse, r2]}, index=['MSE', 'R2 OOS'])", StoredOutput(result=FRAME, execution_count=1), [(("HAR", "MSE"), "9.78e-08"), (("HAR", "R2 OOS"), "2.85e-01")]),
    "what a function gives": ("def figures(x):\n    return pd.Series({'sharpe': x, 'vol': x})\nfigures(r2)", StoredOutput(result="sharpe    0.5\nvol       0.1\ndtype: float64", execution_count=1), [(("sharpe",), "0.5"), (("vol",), "0.1")]),
    "what an object gives": ("class S:\n    def stats(self):\n        return {'sharpe': 1}\ns = S()\ns.stats()", StoredOutput(result="{'sharpe': 0.5}", execution_count=1), [(("sharpe",), "0.5")]),
    "the items of a dict": ("d = {'ic': mse, 'rmse': r2}\nfor k, v in d.items():\n    print(f'{k}: {v:.3f}')", StoredOutput(printed="ic: 0.043\nrmse: 0.061\n", execution_count=1), [(("ic",), "0.043"), (("rmse",), "0.061")]),
}  # fmt: skip


@pytest.mark.parametrize("case", SHOWN)
def test_figures_that_are_shown_where_they_are_made_are_the_report(case: str) -> None:
    cell, output, parts = SHOWN[case]
    made = proposed(f"import pandas as pd\n{FIT}", cell, stored=output)
    assert [list(one.parts) for one in made.figures] == [parts]
    assert made.report is not None


def test_a_dict_that_ends_a_cell_stores_its_figures() -> None:
    output = StoredOutput(result="{'corr': np.float64(0.25), 'n': 3}", execution_count=1)
    made = proposed(FIT, "{'corr': r2, 'n': 3}", stored=output)
    assert [(one.text, one.stored) for one in made.figures] == [("r2", "0.25")]


def test_a_label_keeps_the_word_that_says_what_it_is() -> None:
    output = StoredOutput(printed="RMSE of the one-step fit 0.25\nlog-likelihood: -12.5\n", execution_count=1)
    made = proposed(
        f"{FIT}\nres = m",
        "print('RMSE of the one-step fit', r2 + 1)\nprint(f'log-likelihood: {-res.fun:.1f}')",
        stored=output,
    )
    assert {(one.name, one.stored) for one in made.figures} == {
        ("rmse_of_the_one", "0.25"),
        ("log_likelihood", "-12.5"),
    }


NET = """class Net:
    def __init__(self, n):
        self.n = n

    def forward(self, x):
        return x * self.n"""


def test_what_comes_near_to_a_result_is_told() -> None:
    (net,) = proposed(READ, NET, "net = Net(3)").nearest
    assert (net.name, net.cell, net.option) == ("net", 3, "--model net")
    assert "`    predict = forward` as the last line of class Net" in net.before
    assert proposed(READ, f"{NET}\n\n    predict = forward\n", "net = Net(3).fit(1)").model == "net"
    (table, *_) = proposed(READ, "curve = px['a'].rolling(5).mean()").nearest
    assert (table.name, table.before, table.option) == ("curve", "", "--signal curve")
    assert [one.name for one in proposed(SOLVE).nearest] == ["res"]
    (unfitted,) = proposed(
        READ, f"{NET}\n\n    def predict(self, x):\n        return x", "net = Net(3)"
    ).nearest
    assert (unfitted.before, unfitted.option) == ("", "--model net")
    assert proposed("x = 1").nearest == ()
    assert proposed(READ, "weights = px.rank()").nearest == ()
