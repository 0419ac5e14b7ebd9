"""Which cells a result needs, which names are its model and its figures: told without running anything."""

from __future__ import annotations

import pytest

from nbcode.cells.suggestion import Choice, Suggestion, suggest
from nbcode.notebook import StoredOutput, parse_notebook


def proposed(*cells: str, choice: Choice | None = None, printed: dict[int, str] | None = None) -> Suggestion:
    text = "".join(f"# %%\n{cell}\n" for cell in cells)
    notebook = parse_notebook(text.encode(), "n.py").notebook
    assert notebook is not None
    outputs = {n: StoredOutput(printed=out, execution_count=n) for n, out in (printed or {}).items()}
    return suggest(notebook, outputs, choice)


def kept(made: Suggestion) -> list[int]:
    return [cell.index for cell in made.cells if cell.tag is not None]


FIT = "m1 = Ridge().fit(x, y)"
LAZY = "from __future__ import annotations"
NEEDED = {
    "binds": (("x = 1", "z = 2", "y = 3", FIT), [1, 3, 4]),
    "rebinds": (("x = 1", "x = 2", "y = 3", FIT), [2, 3, 4]),
    "rebinds from itself": (("x = 1", "x = x + 1", "y = 3", FIT), [1, 2, 3, 4]),
    "item assignment": (("x = {}; y = 1", "x['a'] = 1", "y2 = x", FIT), [1, 2, 4]),
    "in place": (("x = load(); y = 1", "x.dropna(inplace=True)", FIT), [1, 2, 3]),
    "append": (("x = []; y = 1", "x.append(2)", FIT), [1, 2, 3]),
    "unknown method as a statement": (("x = Book(); y = 1", "x.rebalance()", FIT), [1, 2, 3]),
    "a method that only shows": (("x = load(); y = 1", "x.describe()", FIT), [1, 3]),
    "plotting changes no module": (("import matplotlib.pyplot as plt", "x = y = 1", "plt.figure()\nplt.plot(x)", FIT), [2, 4]),
    "changed after": (("x = y = 1", FIT, "x['a'] = 1"), [1, 2]),
    "bound in one branch": (("x = 1; y = 1", "if y:\n    x = 2", FIT), [1, 2, 3]),
    "bound in both branches": (("x = 1", "y = 1", "if y:\n    x = 2\nelse:\n    x = 3", FIT), [2, 3, 4]),
    "bound in a loop": (("x = 0", "y = 1", "for i in range(3):\n    x = i", FIT), [2, 3, 4]),
    "read before bound in a loop": (("x = 0", "y = 1", "for i in range(3):\n    x = x + i", FIT), [1, 2, 3, 4]),
    "loop variables of others": (("i = 0", "y = 1", "for i in range(3):\n    x = i", FIT), [2, 3, 4]),
    "with": (("y = 1", "with open('a') as f:\n    x = f.read()", FIT), [1, 2, 3]),
    "try": (("x = 0", "try:\n    x = 1\nexcept KeyError:\n    pass", "y = x", FIT), [1, 2, 3, 4]),
    "comprehension variable": (("k = 1", "x = [k for k in range(3)]; y = 1", FIT), [2, 3]),
    "function and what it reads": (("W = 5", "def f():\n    return W", "x = f(); y = 1", FIT), [1, 2, 3, 4]),
    "a constant set after the function": (("def f():\n    return W", "W = 5", "x = f(); y = 1", FIT), [1, 2, 3, 4]),
    "function through a function": (("W = 5", "def g():\n    return W", "def f():\n    return g()", "x = f(); y = 1", FIT), [1, 2, 3, 4, 5]),
    "a function that is never called": (("V = 1", "def f():\n    return V\nx = y = 1", FIT), [2, 3]),
    "method of a class": (("W = 5", "class A:\n    def f(self):\n        return W", "x = A(); y = 1", FIT), [1, 2, 3, 4]),
    "a function that changes its argument": (("def f(t):\n    t['a'] = 1", "x = {}; y = 1", "f(x)", FIT), [1, 2, 3, 4]),
    "a function that only looks": (("def f(t):\n    print(t)", "x = {}; y = 1", "f(x)", FIT), [2, 4]),
    "a function that changes a global": (("x = []; y = 1", "def log(v):\n    x.append(v)", "log(1)", FIT), [1, 2, 3, 4]),
    "a lambda reads now": (("W = 5", "x = list(map(lambda v: v + W, [1])); y = 1", FIT), [1, 2, 3]),
    "seed": (("import numpy as np", "np.random.seed(0)", "x = np.random.rand(3); y = 1", FIT), [1, 2, 3, 4]),
    "sys.path": (("import sys; sys.path.append('..')", "from lib import load", "x = y = load()", FIT), [1, 2, 3, 4]),
    "a file that is read again": (("import pandas as pd", "pd.DataFrame().to_csv('a.csv')", "x = pd.read_csv('a.csv'); y = 1", FIT), [1, 2, 3, 4]),
    "a file that is not": (("import pandas as pd", "pd.DataFrame().to_csv('b.csv')", "x = pd.read_csv('a.csv'); y = 1", FIT), [1, 3, 4]),
    "a scaler": (("s = StandardScaler()", "x0 = y = 1", "x = s.fit_transform(x0)", FIT), [1, 2, 3, 4]),
    "a line of magic": (("%matplotlib inline", "%time x = 1", "y = 2", FIT), [2, 3, 4]),
}  # fmt: skip


@pytest.mark.parametrize("case", NEEDED)
def test_a_slice_keeps_what_the_result_needs_and_nothing_else(case: str) -> None:
    cells, expected = NEEDED[case]
    assert kept(proposed(*cells)) == expected


MODELS = {
    "assigned": ("a = Ridge().fit(1, 2)", "a"),
    "receiver": ("a = Ridge()\na.fit(1, 2)", "a"),
    "receiver, result kept": ("a = Ridge()\n_ = a.fit(1, 2)", "a"),
    "search": ("from sklearn.model_selection import GridSearchCV\ng = GridSearchCV(Ridge(), {})\ng.fit(1, 2)", "g.best_estimator_"),
    "search that keeps none": ("from sklearn.model_selection import GridSearchCV\ng = GridSearchCV(Ridge(), {}, refit=False)\ng.fit(1, 2)", "g"),
    "search in a function": ("from sklearn.model_selection import GridSearchCV\ndef f():\n    g = GridSearchCV(Ridge(), {})\n    g.fit(1, 2)\n    return g\na = f()", "a.best_estimator_"),
    "search in a function that keeps none": ("from sklearn.model_selection import GridSearchCV\ndef f():\n    return GridSearchCV(Ridge(), {}, refit=False).fit(1, 2)\na = f()", "a"),
    "native": ("import lightgbm as lgb\nb = lgb.train({}, None)", "b"),
    "native xgboost": ("from xgboost import train\nb = train({}, None)", "b"),
    "results, not the specification": ("import statsmodels.api as sm\nspec = sm.OLS(1, 2)\nres = spec.fit()", "res"),
    "history is no model": ("from keras.models import Sequential\nnet = Sequential()\nhist = net.fit(1, 2)", "net"),
    "function": ("def f():\n    return Ridge().fit(1, 2)\na = f()", "a"),
    "function with a local": ("def f():\n    est = Ridge()\n    est.fit(1, 2)\n    return est\na = f()", "a"),
    "function with figures": ("def f():\n    est = Ridge().fit(1, 2)\n    return 3, est\ns, a = f()", "a"),
    "function through a function": ("def f():\n    return Ridge().fit(1, 2)\ndef g():\n    return f()\na = g()", "a"),
    "list": ("a = []\nfor i in range(3):\n    e = Ridge().fit(1, i)\n    a.append(e)", "a"),
    "dict": ("a = {}\nfor i in range(3):\n    e = Ridge()\n    a[i] = e.fit(1, i)", "a"),
    "dict comprehension": ("a = {i: Ridge().fit(1, i) for i in range(3)}", "a"),
    "part of a dict": ("d = {}\nd[1] = Ridge().fit(1, 2)\na = d[1]", "a"),
    "last one": ("a = Ridge().fit(1, 2)\nb = Lasso().fit(1, 2)", "b"),
    "no transformer": ("from sklearn.preprocessing import StandardScaler\na = Ridge().fit(1, 2)\ns = StandardScaler()\ns.fit(1)", "a"),
    "coefficients are no model": ("a = Ridge().fit(1, 2)\nc = Lasso().fit(1, 2).coef_", "a"),
    "a name that is thrown away": ("a = Ridge().fit(1, 2)\n_ = Lasso().fit(1, 2)", "a"),
    "a receiver that is thrown away": ("a = Ridge().fit(1, 2)\n_ = Lasso()\n_.fit(1, 2)\n__[0] = Lasso().fit(1, 2)", "a"),
    "unpacked and thrown away": ("def f():\n    return 3, Lasso().fit(1, 2)\na = Ridge().fit(1, 2)\nq, _ = f()", "a"),
    "unpacked and never fitted": ("def f():\n    return Lasso().fit(1, 2), 3\na = Ridge().fit(1, 2)\n_, b = f()\nb, c = g()", "a"),
    "a transformer of a function": ("from sklearn.decomposition import PCA\ndef f():\n    p = PCA(2).fit(1)\n    return p.components_, p\na = Ridge().fit(1, 2)\nq, b = f()", "a"),
    "a transformer that a function returns": ("from sklearn.decomposition import PCA\ndef f():\n    return PCA(2).fit(1)\na = Ridge().fit(1, 2)\nb = f()", "a"),
    "a prediction is no model": ("a = Ridge().fit(1, 2)\np = a.predict(1)", "a"),
}  # fmt: skip


@pytest.mark.parametrize("case", MODELS)
def test_the_model_is_what_was_fitted_last(case: str) -> None:
    source, expected = MODELS[case]
    assert proposed(source).model == expected


def test_scores_or_positions_are_a_signal_where_nothing_is_fitted() -> None:
    made = proposed("prices = load()", "weights = prices.rank()", "print(f'sharpe {weights.mean():.2f}')")
    assert (made.model, made.signal) == (None, "weights")
    assert proposed("prices = load()").signal is None


SHOWN = {
    "f-string": ("print(f'IC {ic:.4f}')", "IC 0.0173\n", ("ic", "ic", "0.0173")),
    "percent": ("print('IC %.4f' % ic)", "IC -0.0173\n", ("ic", "ic", "-0.0173")),
    "format": ("print('n {} IC {:.4f}'.format(n, ic))", "n 5 IC 0.0173\n", ("ic", "ic", "0.0173")),
    "comma": ("print('mean IC:', ic)", "mean IC: 1.5e-05\n", ("mean_ic", "ic", "1.5e-05")),
    "sum of texts": ("print('IC: ' + str(ic))", "IC: 0.25\n", ("ic", "ic", "0.25")),
    "rounded": ("print('IC', round(ic, 3))", "IC 0.017\n", ("ic", "ic", "0.017")),
    "hundredths": ("print(f'IC {ic:.2%} net')", "IC 1.73% net\n", ("ic", "ic", "1.73")),
    "other lines in one print": (
        "print(f'rows {n}\\nIC {ic:.2f}\\ndone')",
        "rows 5\nIC 0.25\ndone\n",
        ("ic", "ic", "0.25"),
    ),
    "between other values": (
        "print(f'{n} a={n} ic={ic:.2f} b={n}')",
        "5 a=x y ic=0.25 b=7 8\n",
        ("ic", "ic", "0.25"),
    ),
    "thousands": ("print(f'score {ic:,.1f}')", "score 1,234.5\n", ("score", "ic", "1,234.5")),
    "expression": ("print(f'IC {ics[5].mean():.3f}')", "IC 0.017\n", ("ic", "ics[5].mean()", "0.017")),
    "last of a loop": (
        "for k in [1]:\n    print(f'IC {ic:.2f}')",
        "IC 0.01\nIC 0.02\n",
        ("ic", "ic", "0.02"),
    ),
}


@pytest.mark.parametrize("case", SHOWN)
def test_a_printed_figure_is_found_with_the_number_that_is_stored(case: str) -> None:
    source, printed, expected = SHOWN[case]
    made = proposed(f"n = ic = ics = 1\nm1 = Ridge().fit(1, 2)\n{source}", printed={1: printed})
    first = max(made.candidates, key=lambda one: (one.name == expected[0], one.rank))
    assert (first.name, first.text, first.stored) == expected


def test_what_is_shown_and_is_no_number_is_no_figure() -> None:
    cell = "score = 1\nm1 = Ridge().fit(1, 2)\nprint(score)"
    assert [one.text for one in proposed(cell, printed={1: "      a  b\n0  1\n"}).figures] == []
    assert [one.text for one in proposed(cell, printed={1: "0.5\n"}).figures] == ["score"]


def test_a_figure_that_is_bound_again_below_is_not_taken_by_itself() -> None:
    cells = ("m1 = Ridge().fit(1, 2); ic = 1", "print(f'IC {ic:.2f}')")
    assert [one.text for one in proposed(*cells).figures] == ["ic"]
    assert proposed(*cells, "ic = 2").figures == ()


def test_a_choice_decides_the_slice() -> None:
    cells = ("x = 1", "a = Ridge().fit(x, 1)", "b = Ridge().fit(2, 1)", "print(f'IC {a.score(x):.2f}')")
    assert kept(proposed(*cells, choice=Choice(model="b", figures=(("f", "b.score(2)"),)))) == [3]
    assert kept(proposed(*cells, choice=Choice(model="a"))) == [1, 2, 4]
    assert proposed(*cells, choice=Choice(model="c")).unknown == ("c",)


HORIZONS = {
    "shift": ("y = x.shift(-7)", 7, True),
    "named": ("H = 4\ny = x.shift(-H)", 4, True),
    "keyword": ("y = x.shift(periods=-6)", 6, True),
    "loop": ("for h in [1, 5, 3]:\n    y = x.shift(-h)", 5, True),
    "comprehension over a dict": ("t = {h: x.shift(-h) for h in (1, 9)}", 9, True),
    "default of a function": ("def f(x, n=3):\n    return x.shift(-n)\ny = f(x)", 3, True),
    "label": ("y = fwd_ret_10d", 10, True),
    "behind is not ahead": ("y = x.shift(5)", 1, False),
}


@pytest.mark.parametrize("case", HORIZONS)
def test_the_horizon_is_how_far_ahead_the_cells_look(case: str) -> None:
    source, sessions, certain = HORIZONS[case]
    found = proposed("x = load()\n" + source + "\nm1 = Ridge().fit(x, 1)").horizon
    assert (found.sessions, found.certain) == (sessions, certain)


INPUTS = {
    "literal": ("x = pd.read_csv('../data/p.csv')", {"p": "../data/p.csv"}),
    "folded": ("D = Path('..') / 'data'\nx = pd.read_parquet(D / 'p.parquet')", {"p": "../data/p.parquet"}),
    "two of one name": (
        "x = pd.read_csv('a/p.csv'), pd.read_csv('b/p.csv')",
        {"p": "a/p.csv", "p_2": "b/p.csv"},
    ),
    "a pattern is its folder": ("x = [pd.read_csv(f'data/{k}.csv') for k in K]", {"data": "data"}),
    "default of a function": ("def f(p='d/p.csv'):\n    return pd.read_csv(p)\nx = f()", {"p": "d/p.csv"}),
    "written before": ("pd.DataFrame().to_csv('p.csv')\nx = pd.read_csv('p.csv')", {}),
    "written in another folder": (
        "OUT = Path('artifacts')\nx = [pd.read_csv(f) for f in Path('data').glob('*.csv')]\npickle.dump(x, open(OUT / 'best.pkl', 'wb'))",
        {"data": "data"},
    ),
    "written by a name": (
        "p = OUT / 'best.pkl'\nx = [pd.read_csv(f) for f in Path('data').glob('*.csv')]\nwith p.open('wb') as f:\n    pickle.dump(x, f)",
        {"data": "data"},
    ),
    "written by a function": (
        "def save(t, name):\n    pickle.dump(t, open(OUT / name, mode='wb'))\nx = [pd.read_csv(f) for f in Path('data').glob('*.csv')]\nsave(x, 'a.pkl')\nsave(t=x, name='b.pkl')",
        {"data": "data"},
    ),
    "an array that is saved": (
        "import numpy as np\nx = [pd.read_csv(f) for f in Path('data').glob('*.csv')]\nnp.save('a.npy', x); np.savez(file=OUT / 'b.npz', x=x)",
        {"data": "data"},
    ),
    "a table that is saved": (
        "x = pd.concat(pd.read_csv(f) for f in F)\nx.to_csv(OUT / 'b.csv'); x.to_csv(path_or_buf='c.csv'); x.plot().savefig('d.zip')",
        {},
    ),
    "part of a path that is known": (
        "import os\nD = '../data'\nwith open(os.path.join(D, 'p.csv')) as fh:\n    x = pd.read_csv(fh), pd.read_csv(F), pd.read_csv(f'{D}/q.csv')\ny = load('b.csv')",
        {"p": "../data/p.csv", "q": "../data/q.csv", "b": "b.csv"},
    ),
    "a file that a function reads stays": (
        "x = [pd.read_csv(f) for f in F]\ny = load('b.csv')\nx.to_csv('c.csv')",
        {"b": "b.csv"},
    ),
    "an archive that is made": (
        "import tarfile, zipfile\nx = pd.read_csv('p.csv')\ntarfile.open('t.zip', 'w:gz'); zipfile.ZipFile('z.zip', 'w')",
        {"p": "p.csv"},
    ),
    "the network": ("x = pd.read_csv('https://a.org/p.csv')", {}),
}


@pytest.mark.parametrize("case", INPUTS)
def test_inputs_are_the_files_that_kept_cells_read(case: str) -> None:
    source, expected = INPUTS[case]
    made = proposed(f"import pandas as pd\nfrom pathlib import Path\n{source}\nm1 = Ridge().fit(x, 1)")
    assert dict(made.inputs) == expected


def test_an_exploratory_read_is_no_input() -> None:
    made = proposed("import pandas as pd", "pd.read_csv('other.csv').head()", "m1 = Ridge().fit(1, 2)")
    assert made.inputs == ()


def test_tags_say_what_a_cell_is_for() -> None:
    made = proposed(
        "import pandas as pd\nDATA = '../d.csv'",
        "df = pd.read_csv(DATA)",
        "def ic(p, y):\n    return p.corr(y)",
        "m1 = Ridge().fit(df, 1)",
        "print(f'IC {ic(m1.predict(df), df):.3f}')",
    )
    assert [cell.tag for cell in made.cells] == ["setup", "features", "setup", "model", "eval"]


def test_cells_that_ran_in_another_order_are_told() -> None:
    notebook = parse_notebook(b"# %%\nx = 1\n# %%\nm1 = Ridge().fit(x, 1)\n", "n.py").notebook
    assert notebook is not None
    ran = {1: StoredOutput(execution_count=9), 2: StoredOutput(execution_count=3)}
    assert any("ran after" in one for one in suggest(notebook, ran).remarks)
    in_order = {1: StoredOutput(execution_count=3), 2: StoredOutput(execution_count=9)}
    assert suggest(notebook, in_order).remarks == ()


def test_what_a_notebook_printed_cannot_make_the_search_long() -> None:
    cells = (
        "m1 = Ridge().fit(1, 2)\nprint(" + ", ".join(["ic"] * 3000) + ")",
        "print('" + "%s a" * 12 + "' % (" + "ic, " * 12 + "))",
        "print(f'" + "{ic}" * 12 + "')",
        "print('x' + " + " + ".join(["str(ic)"] * 200) + ")",
    )
    printed = dict.fromkeys((1, 2, 3, 4), ("a" * 399 + "\n") * 2000 + "1" * 399 + "\n" + "1," * 1_000_000)
    assert proposed(*cells, printed=printed).figures == ()


PATHS = {
    "a default": ('import os; from pathlib import Path\nD = Path(os.environ.get("DATA", "../data"))', "../data/p.csv"),
    "getenv": ('import os; from pathlib import Path\nD = Path(os.getenv("DATA", default="d"))', "d/p.csv"),
    "set above": ('import os; from pathlib import Path\nos.environ["DATA"] = "../own"\nD = Path(os.environ["DATA"])', "../own/p.csv"),
    "the kernel's folder": ('from pathlib import Path\nD = Path.cwd() / ".." / "data"', "../data/p.csv"),
}  # fmt: skip


@pytest.mark.parametrize("case", PATHS)
@pytest.mark.parametrize(
    "read",
    ["import pandas as pd\nx = y = pd.read_csv({})", "import alpha_bench as ab\nx = y = ab.read_panel({})"],
)
def test_a_path_of_a_variable_is_declared_by_what_the_clean_run_makes_of_it(case: str, read: str) -> None:
    cell, path = PATHS[case]
    made = proposed(cell, read.format('D / "p.csv"'), FIT)
    assert [where for _, where in made.inputs] == [path]


def test_a_panel_declares_its_prices_and_its_reference() -> None:
    read = 'import alpha_bench as ab\nx = y = ab.use(ab.read_panel("a.parquet", "b.csv", {"z": "a / b"}))'
    assert [where for _, where in proposed(read, FIT).inputs] == ["a.parquet", "b.csv"]


def test_what_the_clean_run_makes_of_a_variable_is_told() -> None:
    cells = ('import os\nx = os.environ.get("A", "../data")', 'y = os.environ["B"]', FIT)
    assert proposed(*cells).remarks == (
        "cell 1 reads the environment variable A: the clean run takes its default, '../data'",
        'cell 2 reads the environment variable B, which the clean run does not have: add a cell above, os.environ.setdefault("B", VALUE)',
    )
    made = proposed('import os\nos.environ.setdefault("B", "1")', *cells)
    assert [one[:45] for one in made.remarks] == ["cell 2 reads the environment variable A: the "]
    assert kept(made) == [1, 2, 3, 4]


REPORTING = """def evaluate(name, y, p, digits=4):
    rmse, ic = 1.0 * y, 2.0 * p
    print(f'{name:6s} RMSE={rmse:.5f} IC={ic:.4f}')
    return {'rmse': rmse, 'ic': ic, 'n': 3}"""
TWO_MODELS = (
    "lin = Ridge().fit(1, 2)\np1 = lin.predict(1)\nprint('R2:', r2_score(2, p1))",
    "rf = Forest().fit(1, 2)",
    "p2 = rf.predict(1)",
    REPORTING,
    "res1 = evaluate('Lin', 2, p1)\nres2 = evaluate('Forest', 2, p=p2)",
)
PRINTED = {1: "R2: 0.5\n", 5: "Lin    RMSE=0.11111 IC=0.1234\nForest RMSE=0.22222 IC=0.5678\n"}


def test_the_figures_are_those_of_the_model_that_is_proposed() -> None:
    made = proposed(*TWO_MODELS, printed=PRINTED)
    assert [(one.text, one.stored) for one in made.figures] == [
        ("res2['rmse']", "0.22222"),
        ("res2['ic']", "0.5678"),
    ]
    other = proposed(*TWO_MODELS, printed=PRINTED, choice=Choice(model="lin"))
    assert [(one.text, one.stored) for one in other.figures][:2] == [
        ("res1['rmse']", "0.11111"),
        ("res1['ic']", "0.1234"),
    ]
    assert "r2_score(2, p1)" in [one.text for one in other.figures]


def test_where_no_figure_depends_on_the_model_that_is_said() -> None:
    told = "no figure that is shown depends on what is proposed as the result"
    assert told in proposed("a = Ridge().fit(1, 2)\nprint('sharpe', pnl)", "b = Lasso().fit(1, 2)").remarks
    assert told not in proposed("b = Lasso().fit(1, 2)", "print('r2', b.score(1, 2))").remarks


def test_what_stands_above_the_model_is_no_evaluation() -> None:
    made = proposed(
        "from sklearn.metrics import r2_score\nlin = Ridge().fit(1, 2)",
        "rf = Forest().fit(1, 2)",
        "print('r2', r2_score(2, rf.predict(1)))",
    )
    assert [cell.tag for cell in made.cells] == ["features", "model", "eval"]


def test_the_one_that_is_picked_from_several_is_the_model() -> None:
    made = proposed(
        "a = Ridge().fit(1, 2)", "b = Lasso().fit(1, 2)", "best = {'a': a, 'b': b}[name]", "worst = [1, 2][0]"
    )
    assert made.model == "best"


def test_the_sharpe_of_a_signal_comes_before_its_turnover_and_hold_is_its_horizon() -> None:
    made = proposed(
        "lookback, hold = 126, 5\nx = load(lookback)",
        "weights = f(x)",
        "def perf(r):\n    return r.mean(), r.std()",
        "ann, sharpe = perf(weights)",
        "print(f'Sharpe: {sharpe:.2f} | Turnover {weights.diff().mean():.1%}')",
        printed={5: "Sharpe: 0.12 | Turnover 3.4%\n"},
    )
    assert [(one.name, one.stored) for one in made.figures] == [("sharpe", "0.12"), ("turnover", "3.4")]
    assert (made.signal, made.horizon.sessions, made.horizon.certain) == ("weights", 5, True)


def test_a_cell_that_writes_for_others_is_left_with_what_it_writes() -> None:
    made = proposed(
        "x = y = 1",
        "import joblib, os",
        FIT,
        "import joblib\nout = y\njoblib.dump(m1, 'm.joblib')",
        "import sys",
    )
    assert [cell.why for cell in made.cells if cell.tag is None] == [
        "imports what nothing kept uses",
        "writes m.joblib, which nothing kept reads",
        "imports what nothing kept uses",
    ]


@pytest.mark.parametrize(
    ("returned", "target", "text"),
    [
        ("est, auc", "m1, auc_oos", "auc_oos"),
        ("auc", "auc_oos", "auc_oos"),
        ("{'auc': auc}", "r", "r['auc']"),
    ],
)
def test_a_figure_that_a_function_prints_is_what_it_returns(returned: str, target: str, text: str) -> None:
    made = proposed(
        f"def main(x):\n    est = Ridge().fit(x, 1)\n    auc = est.score(x, 1)\n    print('AUC = %.3f' % auc)\n    return {returned}",
        f"{target} = main(1)",
        "" if "m1" in target else "m1 = main(1)[0].fit(1, 2)",
        printed={2: "AUC = 0.512\n"},
    )
    assert [(one.text, one.stored) for one in made.candidates] == [(text, "0.512")]


def test_what_a_model_scored_is_no_signal() -> None:
    cells = (
        "from sklearn.model_selection import cross_val_score\nfrom sklearn.svm import SVC",
        "clf = SVC()\nscores = cross_val_score(clf, 1, 2)\nprint(scores.mean())",
    )
    assert (proposed(*cells).model, proposed(*cells).signal) == (None, None)
    assert proposed(*cells, "positions = f(1)").signal == "positions"


HEDGE = (
    "import numpy as np\nimport statsmodels.api as sm\npx = load()",
    "positions = px * 0\nhedge = {}\nfor a in px:\n    ols = sm.OLS(px[a], 1).fit()\n    hedge[a] = ols.params[1]\n    positions[a] += hedge[a]",
    "pnl = (positions.shift() * px).sum()\nsharpe = pnl.mean() / pnl.std()\n{}",
    "adfuller(pnl)[1]",
)


@pytest.mark.parametrize(
    ("shown", "stored"),
    [
        ("'Sharpe: %.4f' % sharpe", StoredOutput(result="'Sharpe: 0.6112'", execution_count=3)),
        ("f'Sharpe: {sharpe:.4f}'", StoredOutput(result="'Sharpe: 0.6112'", execution_count=3)),
        (
            "print('Sharpe: {:.4f}'.format(sharpe))",
            StoredOutput(printed="Sharpe: 0.6112\n", execution_count=3),
        ),
    ],
)
def test_a_regression_that_is_a_step_to_positions_is_no_model(shown: str, stored: StoredOutput) -> None:
    cells = [cell.replace("{}", shown) if cell.startswith("pnl") else cell for cell in HEDGE]
    made = proposed(*cells)
    assert (made.model, made.signal, made.signals) == (None, "positions", ("positions",))
    assert [(one.name, one.text) for one in made.figures] == [("sharpe", "sharpe")]
    notebook = parse_notebook("".join(f"# %%\n{cell}\n" for cell in cells).encode(), "n.py").notebook
    assert notebook is not None
    assert [one.stored for one in suggest(notebook, {3: stored}).figures] == ["0.6112"]


STAYS_A_MODEL = {
    "it predicts": ("m1 = Ridge().fit(1, 2)", "positions = m1.predict(px)"),
    "it predicts in a loop": ("ps = []\nfor k in 1, 2:\n    m1 = Ridge().fit(1, k)\n    ps.append(m1.predict(k))", "positions = f(ps)"),
    "a function is given it": ("m1 = Ridge().fit(1, 2)", "positions = decide(m1)"),
    "it is put away": ("m1 = {}\nfor k in 1, 2:\n    m1[k] = Ridge().fit(1, k)", "positions = f(m1[1].coef_)"),
}  # fmt: skip


@pytest.mark.parametrize("case", STAYS_A_MODEL)
def test_a_model_that_positions_are_made_of_is_the_model(case: str) -> None:
    made = proposed(
        "px = load()", *STAYS_A_MODEL[case], "sharpe = positions.mean()\nprint(f'Sharpe {sharpe:.2f}')"
    )
    assert (made.model, made.signal, made.signals) == ("m1", None, ("positions",))


def test_a_regression_whose_positions_nobody_judges_is_the_model() -> None:
    made = proposed("r = Spec().fit(1, 2)", "weights = r.params * 2", "print('t', r.tvalues[0])")
    assert (made.model, made.signal, made.signals) == ("r", None, ())


def test_a_constant_and_a_function_are_no_signal() -> None:
    cells = (
        "alpha = 0.5\ndef zscore(x):\n    return x * alpha",
        "sharpe = zscore(load())\nprint(f'Sharpe {sharpe:.2f}')",
    )
    assert proposed(*cells).signal is None
    assert proposed(*cells, "signal = zscore(load())").signal == "signal"


CHOSEN = {
    "called so": ("positions = f(1)", Choice(model="positions"), (None, "positions")),
    "a frame": ("import pandas as pd\nbook = pd.DataFrame(1)", Choice(model="book"), (None, "book")),
    "a frame's method": ("book = load().rank(axis=1)", Choice(model="book"), (None, "book")),
    "by its option": ("book = f(1)", Choice(signal="book"), (None, "book")),
    "an expression": ("book = f(1)", Choice(signal="book['long']"), (None, "book['long']")),
    "a model": ("b = Lasso().fit(1, 2)", Choice(model="m1"), ("m1", None)),
    "a model called so": ("alpha = Lasso().fit(1, 2)", Choice(model="alpha"), ("alpha", None)),
    "what somebody made": ("book = Book(1)", Choice(model="book"), ("book", None)),
}  # fmt: skip


@pytest.mark.parametrize("case", CHOSEN)
def test_positions_that_are_chosen_are_a_signal(case: str) -> None:
    cell, choice, expected = CHOSEN[case]
    made = proposed("m1 = Ridge().fit(1, 2)", cell, choice=choice)
    assert ((made.model, made.signal), made.unknown) == (expected, ())


def test_a_signal_that_no_cell_gives_is_told() -> None:
    assert proposed("m1 = Ridge().fit(1, 2)", choice=Choice(signal="books")).unknown == ("books",)


def test_a_line_of_figures_begins_with_what_it_is_about() -> None:
    made = proposed(
        "import numpy as np\nm1 = Ridge().fit(1, 2)\nfold_ic = m1.coef_",
        "print(f'mean IC {np.mean(fold_ic):.4f} +/- {np.std(fold_ic):.4f}')",
        printed={2: "mean IC 0.0123 +/- 0.0456\n"},
    )
    assert [(one.name, one.text, one.stored) for one in made.figures] == [
        ("mean_ic", "np.mean(fold_ic)", "0.0123"),
        ("fold_ic_std", "np.std(fold_ic)", "0.0456"),
    ]


@pytest.mark.parametrize(
    "own",
    [
        "def fit(self, X) -> W:\n        return self",
        "def f(self, o: W | None = None) -> list[W]:\n        return []",
    ],
)
def test_an_annotation_that_is_not_evaluated_needs_no_cell(own: str) -> None:
    cells = (f"class W:\n    {own}", "x = y = W()", FIT)
    assert proposed(f"{LAZY}\nimport os", *cells).remarks == ()
    assert proposed(f"{LAZY}\n{cells[0]}", *cells[1:]).remarks == ()
    assert proposed("import os", *cells).remarks == ("no cell gives W",)  # Python evaluates it, and fails
    base = ("class W(Base):\n    pass", *cells[1:])
    assert proposed(LAZY, *base).remarks == ("no cell gives Base",)


LABELS = {
    "each behind its word": ("print('QLIKE', q, 'corr', c)", [("corr", "c"), ("qlike", "q")]),
    "each behind its words": ("print('CV corr:', s, 'rmse:', r)", [("cv_corr", "s"), ("rmse", "r")]),
    "in one text": ("print('R2 oos %.8f, ic %.8f' % (r, c))", [("r2_oos", "r"), ("ic", "c")]),
    "an f-string": ("print(f'pooled t {r:.2f}  FM t {c:.2f}')", [("pooled_t", "r"), ("fm_t", "c")]),
    "below a heading": ("print(f'Test results\\nIC {c}')", [("ic", "c")]),
    "no word of its own": ("print('fold', q, ic)", [("ic", "ic")]),
    "a yearly return": ("print('loglik', q); print('ann', s.mean() * 252)", [("ann", "s.mean() * 252"), ("loglik", "q")]),
    "nothing stands before it": ("print(q, ic); print(s.loc[c].mean() * 1)", [("ic", "ic")]),
    "a name that says nothing": ("print('rank ic', c)", [("rank_ic", "c")]),
}  # fmt: skip


@pytest.mark.parametrize("case", LABELS)
def test_a_figure_is_called_by_the_words_before_it(case: str) -> None:
    source, expected = LABELS[case]
    made = proposed(f"q = r = s = c = ic = 1\nm1 = Ridge().fit(1, 2)\n{source}")
    assert [(one.name, one.text) for one in made.figures] == expected


@pytest.mark.parametrize(
    "shown",
    [
        "m.describe().T",
        "m.describe().round(3)",
        "m.T",
        "score.sort_values()",
        "gc.collect()",
        "ret.corr().style.format('{:.2f}')",
        "print('loss', gc.collect())",
        "ret.nlargest(3)",
    ],
)
def test_a_table_and_what_no_cell_computes_are_no_figures(shown: str) -> None:
    made = proposed("import gc", f"m = score = ret = load()\nm1 = Ridge().fit(m, 1)\n{shown}")
    assert made.candidates == ()
    assert [
        one.text
        for one in proposed(
            "import gc", "score = load()\nm1 = Ridge().fit(score, 1)\nscore.mean()"
        ).candidates
    ] == ["score.mean()"]


def test_a_score_that_is_one_number_is_no_signal() -> None:
    cells = (
        "import numpy as np\nm1 = Ridge().fit(1, 2)",
        "score = np.corrcoef(1, m1.predict(2))[0, 1]\nrmse = score + 1\nprint('corr', score, 'rmse', rmse)",
    )
    assert proposed(*cells).signals == ()
    assert proposed(
        *cells, "scores = m1.predict(1)\nsharpe = scores.mean()\nprint('sharpe', sharpe)"
    ).signals == ("scores",)
