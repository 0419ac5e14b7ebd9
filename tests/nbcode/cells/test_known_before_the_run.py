"""What the words take, what their values have, which fields there are: told before the run, and nothing told that runs."""

from __future__ import annotations

import inspect

import pytest

import alpha_bench
from alpha_bench.names import SIGNATURES
from nbcode.cells import ModuleContext, analyse
from nbcode.notebook import parse_notebook
from nbcode.primitives import Diagnostic

HEAD = "# %% [meta]\n# id: probe\n# kind: model\n# horizon: 10d\n# owner: me\n# %% [features]\n"
FIELDS = frozenset({"close", "open", "volume", "sector"})


def findings(source: str, fields: frozenset[str] | None = None) -> list[Diagnostic]:
    text = f"{HEAD}{source}\n# %% [model]\nm = Ridge().fit(X=[features.ret(20)], y=fwd_ret_10d)\n"
    reading = parse_notebook(text.encode(), "n.py")
    assert reading.notebook is not None
    found = analyse(reading.notebook, ModuleContext(fields=fields)).diagnostics
    return [d for d in found if d.code[-3:] in {"D32", "D33", "D34", "D35", "D36", "D03", "D11", "D02"}]


def told(source: str, fields: frozenset[str] | None = None) -> list[tuple[str, str, int | None]]:
    return [
        (d.code[-3:], str(d.severity), d.place.line if d.place else None) for d in findings(source, fields)
    ]


WRONG_CALLS = [
    "features.ret(window_length=20)",
    "features.ret(n=20)",
    "features.ret(periods=20)",
    "features.volatility(20, annualize=True)",
    "features.volatility()",
    "features.mom_12_1(20)",
    "ts.mean(data.close)",
    "ts.mean(data.close, 20, min_periods=5)",
    "ts.ewm(data.close, span=20)",
    "cs.rank(data.close, ascending=False)",
    "cs.rank(data.close, by=data.sector)",
    "cs.zscore(data.close, group=data.sector)",
    "cs.winsorize(data.close, limits=0.01)",
    "where(data.close > 5, data.close, data.open)",
    "ts.corr(data.close, data.open)",
    "ts.std(data.close, 20, ddof=0)",
    "grid_search(Ridge(), {}, cv=3)",
    "Ridge(lambda_=1)",
    "Ridge(1, 2)",
    "OLS(1)",
    "LightGBM(n_trees=100)",
    "HistGB(eta=0.1)",
    "grid_search(Ridge(lambda_=1), {})",
    "walk_forward(m, n_splits=5)",
    "[ts.mean(data.close) for _ in range(2)]",
]


@pytest.mark.parametrize("call", WRONG_CALLS)
def test_a_call_that_cannot_be_made_is_told(call: str):
    assert told(f"x = {call}") == [("D32", "error", 2)]


@pytest.mark.parametrize(
    "source",
    [
        "x = features.ret(window=20)",
        "x = features.ret(20, x=data.open)",
        "x = ts.ewm(data.close, 20, window=60)",
        "x = where(data.close, data.open > 5)",
        "x = if_else(data.close > 5, data.close, data.open)",
        "x = features.ret(**{'window': 20})",
        "x = ts.mean(*[data.close, 20])",
        "def f(ts):\n    return ts.mean(axis=0)",
        "def rank(frame):\n    return frame\nx = rank(data.close)",
        "x = labels.triple_barrier(10, 2, 2, window=30)",
        "estimator('sklearn.linear_model.Ridge', alpha=2)",
        "x = [Ridge(2), Lasso(alpha=1, max_iter=5), XGBoost(n_estimators=3, gamma=1)]",
        "from sklearn.linear_model import Ridge\nx = Ridge(1, fit_intercept=True)",
    ],
)
def test_a_call_that_can_be_made_is_not_told(source: str):
    assert told(source) == []


def test_the_signatures_are_those_of_the_functions():
    for name, text in SIGNATURES.items():
        function: object = alpha_bench.Ridge().fit if name == ".fit" else alpha_bench
        for part in name.split(".") if name != ".fit" else ():
            function = getattr(function, part)
        known = [p for p in inspect.signature(function).parameters.values() if p.kind is not p.VAR_KEYWORD]  # type: ignore[arg-type]
        assert [p.name for p in known] == [
            word.partition("=")[0].strip("* ") for word in text.split(", ") if word not in {"", "*"}
        ], name


ATTRIBUTES = [
    ("features.ret(20).head()", "D33"),
    ("x = features.ret(20)\nx.iloc[0]", "D33"),
    ("x = data.close / data.open\ny = -x\ny.describe()", "D33"),
    ("x = fwd_ret_10d.tail", "D33"),
    ("p = Ridge().fit(X=[features.ret(5)], y=fwd_ret_10d)\nprint(p.coef_)", "D33"),
    ("e = Ridge()\ne.predict", "D33"),
    ("p = Ridge().fit(X=[features.ret(5)], y=fwd_ret_10d)\nr = walk_forward(p)\nr.plot()", "D33"),
    ("x = features.ret(20)\nif x > 5:\n    y = 1", "D34"),
    ("x = features.ret(20)\ny = 1 if x > 5 else 2", "D34"),
    ("x = features.ret(20)\ny = x > 0 and x < 1", "D34"),
    ("x = features.ret(20)\ny = not x", "D34"),
    ("x = features.ret(20)\ny = 0 < x < 1", "D34"),
    ("x = features.ret(20)\nwhile x:\n    pass", "D34"),
    ("energy = data.sector == 'Energy'\nif energy:\n    y = 1", "D34"),
    ("y = 1 if data.close != data.open else 2", "D34"),
    ("x = data.close * (data.sector in ('Energy', 'Utilities'))", "D34"),
    ("x = features.ret(20)\ny = x not in [1, 2]", "D34"),
]


@pytest.mark.parametrize(("source", "code"), ATTRIBUTES)
def test_what_the_platforms_values_do_not_have_or_say_is_told(source: str, code: str):
    assert [found[:2] for found in told(source)] == [(code, "error")]


@pytest.mark.parametrize(
    ("source", "fix"),
    [
        ("x = data.sector in ('Energy', 'Utilities')", "write data.sector.is_in('Energy', 'Utilities')"),
        ("x = data.sector not in ['Energy']", "write ~data.sector.is_in('Energy')"),
    ],
)
def test_the_way_to_ask_for_one_of_several_can_be_typed(source: str, fix: str):
    (found,) = findings(source)
    assert [one.title for one in found.fixes] == [fix]
    typed = eval(fix.removeprefix("write "), {"data": alpha_bench.data})
    assert typed.kind == (alpha_bench.data.close > 5).kind


PANDAS = {
    "data.close.pct_change(20)": "features.ret(20)",
    "data.volume.pct_change(20)": "features.ret(20, data.volume)",
    "data.close.shift(1)": "ts.lag(data.close, 1)",
    "data.close.shift()": "ts.lag(data.close, 1)",
    "data['close'].rolling(20).mean()": "ts.mean(data.close, 20)",
    "data.close.rolling(window=20, min_periods=5).std()": "ts.std(data.close, 20)",
    "data.close.diff(5)": "ts.delta(data.close, 5)",
    "data.close.pct_change(20).rolling(60).std()": "ts.std(features.ret(20), 60)",
    "data.close.pct_change(20).abs().rolling(60).mean()": "ts.mean(features.ret(20).abs(), 60)",
    "features.ret(20).fillna(0)": "features.ret(20)",
    "features.ret(20).dropna().rank(axis=1, pct=True)": "cs.rank(features.ret(20))",
    "(data.close / data.open).ewm(halflife=10).mean()": "ts.ewm(data.close / data.open, halflife=10)",
    "data.close.rolling(20).corr(data['volume'])": "ts.corr(data.close, data.volume, 20)",
    "data.close.isna()": "data.close.missing()",
}


@pytest.mark.parametrize(("written", "instead"), PANDAS.items())
def test_a_call_of_pandas_is_told_with_the_same_in_words_of_the_platform(written: str, instead: str):
    (found,) = findings(f"x = {written}")
    assert (found.code, found.fix_titles) == ("NBC-D33", (f"write {instead}",))
    ((edit,),) = [fix.edits for fix in found.fixes]
    assert (edit.line, edit.column, edit.end_column, edit.text) == (2, 5, 5 + len(written), instead)
    assert findings(f"x = {instead}") == []
    names = {name: getattr(alpha_bench, name) for name in ("data", "features", "ts", "cs")}
    assert isinstance(eval(instead, names), type(alpha_bench.data.close))


@pytest.mark.parametrize(
    ("source", "fix"),
    [
        ("x = data.close.shift(-5)", "fwd_ret_5d"),
        ("x = data.close.pct_change(periods=-10)", "fwd_ret_10d"),
        ("x = data.close.rolling(20)", "ts.mean(x, 20)"),
        ("x = data.close.ewm(span=20).std()", "ts.ewm(x, halflife=10)"),
        ("x = features.ret(20)\nx.head()", "x.to_frame().head()"),
        ("p = Ridge().fit(X=[features.ret(5)], y=fwd_ret_10d)\nprint(p.coef_)", "report.folds[0].coef"),
        (
            "p = Ridge().fit(X=[features.ret(5)], y=fwd_ret_10d)\nr = walk_forward(p)\nr.t_stat",
            "report.ic_t_newey_west",
        ),
    ],
)
def test_where_nothing_is_the_same_the_hint_of_the_run_is_given(source: str, fix: str):
    (found,) = [one for one in findings(source) if one.code == "NBC-D33"]
    assert fix in found.fix_titles[0]


def test_the_hint_is_the_one_that_the_run_gives():
    with pytest.raises(Exception, match="rolling") as raised:
        alpha_bench.data.close.rolling(20)
    (found,) = findings("x = data.close.rolling(20)")
    assert found.fix_titles == (raised.value.fix,)  # type: ignore[attr-defined]  # of the framework's own error


@pytest.mark.parametrize(
    "source",
    [
        "features.ret(20).to_frame().head()",
        "x = features.ret(20).lag(5).abs().clip(0, 1)",
        "x = data.close.to_series()\nx.iloc[0]",
        "from sklearn.linear_model import Ridge as R\nr = R()\nr.coef_",
        "import pandas as pd\ndata = pd.DataFrame()\ndata.close.head()\nif data.empty:\n    y = 1",
        "e = Ridge().fit(frame_of_prices, target)\ne.coef_".replace(
            "frame_of_prices, target", "[[1.0]], [1.0]"
        ),
        "p = Ridge().fit(X=[features.ret(5)], y=fwd_ret_10d)\nr = walk_forward(p)\nr.ic_mean, r['icir'], r.to_html()",
        "x = features.ret(20)\nx = 3\nif x > 5:\n    y = 1",
        "x = features.ret(20)\ny = (x > 0) & (x < 1)",
        "def f(x):\n    return x.head() if x else x",
        "try:\n    features.ret(20).head()\nexcept AttributeError:\n    y = 1",
        "for x in (1, 2):\n    if x > 1:\n        y = x",
        "if features is not None:\n    y = 1",
        "x = features.ret(20)\nif x is None:\n    y = 1",
        "x = features.ret(20) * (data.sector == 'Energy')",
        "x = features.ret(20)\ny = x in [x, data.close]",
        "window = 20\nif window in (5, 20):\n    y = 1",
    ],
)
def test_what_they_have_and_what_is_nobodys_is_not_told(source: str):
    assert told(source) == []


@pytest.mark.parametrize(
    ("source", "codes"),
    [
        ("x = data.Close", ["D36"]),
        ("x = data.market_cap", ["D36"]),
        ("x = data['Close']", ["D36"]),
        ("x = data['close']", []),
        ("data = {}\nx = data['Close']", []),
        ("key = 'Close'\nx = data[key]", []),
        ("x = features.turnover(20)", ["D36"]),
        ("x = features.high_low_range()", ["D36", "D36"]),
        ("x = data.close\ny = features.ret(20)\nz = data.sector", []),
        ("def f(data):\n    return data.Close", []),
        ("data = {}\nx = data.Close", []),
    ],
)
def test_a_field_that_the_data_do_not_have_is_told_where_the_data_are_known(source: str, codes: list[str]):
    assert [code for code, _, _ in told(source, FIELDS)] == codes
    assert told(source, None) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import os\nos.environ['OMP_NUM_THREADS'] = '2'", [("D35", "note", 3)]),
        ("import os\nos.environ.update({'A': '1'})", [("D35", "note", 3)]),
        ("import os\ndel os.environ['A']", [("D35", "note", 3)]),
        ("import os\nos.environ.clear()", [("D35", "note", 3)]),
        ("import os\nos.putenv('A', '1')", [("D35", "note", 3)]),
        ("environ = {}\nenviron['A'] = '1'", []),
        ("import asyncio\nx = asyncio.run(f())", [("D03", "error", 3)]),
        ("async def f(): pass\nx = await f()\nasync for y in x: pass\nasync with x: pass", []),
        ("import asyncio, nest_asyncio\nnest_asyncio.apply()\nx = asyncio.run(f())", []),
        ("breakpoint()", [("D11", "warning", 2)]),
        ("import multiprocessing as mp\nwith mp.Pool(2) as pool:\n    pass", [("D02", "error", 3)]),
        (
            "import multiprocessing as mp\nwith mp.get_context('fork').Pool(2) as pool:\n    pass",
            [("D02", "error", 3)],
        ),
        ("from concurrent.futures import ThreadPoolExecutor\nx = ThreadPoolExecutor(2)", []),
    ],
)
def test_what_a_cell_asks_of_the_process_is_told(source: str, found: list[tuple[str, str, int | None]]):
    assert told(source) == found


def test_what_was_not_looked_at_is_said():
    def unseen(source: str, surroundings: ModuleContext) -> tuple[str, ...]:
        reading = parse_notebook(f"{HEAD}{source}\n# %% [model]\nm = Ridge()\n".encode(), "n.py")
        assert reading.notebook is not None
        return analyse(reading.notebook, surroundings).unseen

    known = ModuleContext(fields=FIELDS, locked=frozenset())
    assert unseen("x = 1", known) == ("what the cells compute",)
    assert unseen("x = 1", ModuleContext())[1:] == (
        "the columns of the data",
        "whether imports are installed",
    )
    assert unseen("exec('x = 1')", known)[1:] == ("names that cell 2 brings from a text or a star",)
    assert unseen("x = (", known)[1:] == ("cell 2, which is no Python",)


def test_a_field_by_habit_is_told_with_what_it_is_here():
    (found,) = findings("x = data.returns", FIELDS)
    assert found.fix_titles[0] == "features.ret(1) is the daily return"
    (found,) = findings("x = data['Close']", FIELDS)
    assert found.fix_titles[0] == "write data.close"
