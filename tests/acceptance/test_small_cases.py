"""Notebooks that differ from a clean one in one thing that people write: what `check` says of each, and that one clean run of all that
may pass gives the figures of a plain kernel."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

from acceptance.project import nbcode
from alpha_bench import AlphaBenchError, Panel
from fakes.cells_shown import said
from fakes.shells import live_shell
from nbcode.cells import analyse
from nbcode.commands.check import check
from nbcode.notebook import OpenCell, apply_fix, read_cells, read_notebook

Cells = list[tuple[str, str]]
Found = list[tuple[str, str, int, int]]
"""Code, severity, cell, line."""
META = "# id: probe\n# kind: model\n# horizon: 5d\n# owner: me"
WITH_PRICES = f"{META}\n# inputs:\n#   prices: data/prices.csv"
LINEAR = "from sklearn.linear_model import LinearRegression"
READ = "df = inputs['prices'].dropna()"
FIT = "m = LinearRegression().fit(df[['open']][:30], df['close'][:30])"
SCORE = "report = {'r2': m.score(df[['open']][36:], df['close'][36:])}"
RIDGE = "m = Ridge().fit(X=[x], y=fwd_ret_5d)"
WALK = "report = walk_forward(m, folds=5)"


def on_prices(setup: str = "", features: str = READ, model: str = FIT, evaluation: str = SCORE) -> Cells:
    head = f"{setup}\n{LINEAR}" if setup else LINEAR
    return [
        ("meta", WITH_PRICES),
        ("setup", head),
        ("features", features),
        ("model", model),
        ("eval", evaluation),
    ]


def on_the_panel(features: str, model: str = RIDGE, evaluation: str = WALK) -> Cells:
    return [("meta", META), ("features", features), ("model", model), ("eval", evaluation)]


def on_a_signal(features: str, *evaluation: tuple[str, str]) -> Cells:
    meta = WITH_PRICES.replace("kind: model", "kind: signal") + "\n# signal: w"
    return [("meta", meta), ("features", features), *evaluation]


PROMOTES: dict[str, Cells] = {
    "a declared file by its own path": on_prices("import pandas as pd", "df = pd.read_csv('data/prices.csv')"),
    "parameters and locals of the platform's names": on_prices(
        "import pandas as pd\n"
        "def clean(features):\n    return features.dropna().iloc[1:]\n"
        "def lagged(frame):\n    features = []\n    features.append(frame['close'].shift(1))\n    return pd.concat(features, axis=1)\n"
        "def stamp(index):\n    return [ts.strftime('%Y') for ts in index]\n"
        "def read(tokenizer):\n    inputs = tokenizer('x')\n    return inputs['ids']",
        "df = inputs['prices']\nX = clean(lagged(df))",
    ),
    "annotations of the future from another cell": [
        ("meta", WITH_PRICES),
        ("setup", "from __future__ import annotations"),
        ("setup", f"{LINEAR}\nclass Prep:\n    def fit(self) -> Prep:\n        return self"),
        ("features", READ), ("model", FIT), ("eval", SCORE),
    ],
    "names that everybody uses": on_prices(
        features="data = inputs['prices'].dropna()\ndata['spread'] = data['high'] - data['low']\nfeatures = ['open', 'spread']\nlabels = data['close']",
        model="data['root'] = data['volume'].pow(0.5)\nm = LinearRegression().fit(data[features][:30], labels[:30])",
        evaluation="report = {'r2': m.score(data[features][36:], labels[36:])}",
    ),
    "a plot without its library": on_prices(features=f"{READ}\ndf['close'].plot()"),
    "a model under a second name": on_prices(model=FIT.replace("m =", "model =") + "\nm = model"),
    "a learning curve": on_prices(
        features=f"{READ}\nX, y = df[['open']][:30], df['close'][:30]",
        model="curve = []\nfor some in (True, False):\n    m = LinearRegression(fit_intercept=some).fit(X, y)\n    curve.append(m.score(X, y))",
        evaluation="report = {'train': m.score(X, y), 'test': m.score(df[['open']][36:], df['close'][36:]), 'curve': curve}",
    ),
    "a result of statsmodels": on_prices(
        "import statsmodels.api as sm",
        model="m = sm.OLS(df['close'], sm.add_constant(df[['open']])).fit()",
        evaluation="report = {'r2': m.rsquared}",
    ),
    "a clustering that labels its own rows": on_prices(
        "from sklearn.cluster import KMeans",
        model="m = KMeans(2, random_state=0, n_init=1).fit(df[['open']])\nstate = m.predict(df[['open']])",
        evaluation="report = {'share': float((state == 0).mean())}",
    ),
    "fitted on arrays": on_prices(
        features=f"{READ}\nX, y = df[['open']].to_numpy(), df['close'].to_numpy()",
        model="m = LinearRegression().fit(X[:30], y[:30])",
        evaluation="report = {'r2': m.score(X[36:], y[36:])}",
    ),
    "a signal with a report in the cells": on_a_signal("w = inputs['prices']", ("eval", "report = {'n': len(w)}")),
    "a signal with a report in the cells of any tag": on_a_signal("w = inputs['prices']\nreport = {'n': len(w)}"),
    "a cell that is indented as a whole": on_the_panel("    x = features.ret(20)\n    x = cs.zscore(x)"),
    "a field compared with a text": on_the_panel("x = features.ret(20) * (1 + 1 * (data.sector == 'Energy'))"),
}  # fmt: skip
TOLD: dict[str, tuple[Cells, Found]] = {
    "harmless magics and help": (
        on_prices("%matplotlib inline", "%time df = inputs['prices'].dropna()", f"%%time\n{FIT}", f"{SCORE}\nreport?"),
        [("D02", "note", cell, line) for cell, line in ((2, 1), (3, 1), (4, 1), (5, 2))],
    ),
    "a signal without a figure": (on_a_signal("w = inputs['prices'].pivot(index='date', columns='symbol', values='close')"), [("H08", "error", 0, 0)]),
    "a bar of widgets": (on_prices("from tqdm.notebook import tqdm"), [("D08", "warning", 2, 1)]),
    "a magic with a space": (on_the_panel("% matplotlib inline\nx = features.ret(20)"), [("D02", "note", 2, 1)]),
    "a model called model and no report": (
        on_prices(model="model = LinearRegression()\nmodel.fit(df[['open']][:30], df['close'][:30])", evaluation="r2 = model.score(df[['open']][36:], df['close'][36:])"),
        [("D15", "error", 4, 1), ("H08", "error", 5, 1)],
    ),
    "reads through constants": (
        on_prices(
            "from pathlib import Path\nimport pandas as pd\nDATA, STORE = Path('data'), 'data/assets.h5'\nSTORE_2 = 'data/other.h5'",
            "df = pd.read_csv(DATA / 'prices.csv')\nwith pd.HDFStore(STORE_2, mode='r') as store:\n    y = store['y']\nz = pd.read_parquet(STORE_2)",
        ),
        [("D12", "error", 3, 2), ("D12", "error", 3, 4)],
    ),
    "threads set in a cell": (on_prices("import os\nos.environ['OMP_NUM_THREADS'] = '2'"), [("D35", "note", 2, 2)]),
    "a cleared environment": (on_prices("import os\nos.environ.clear()"), [("D35", "note", 2, 2)]),
    "a pool of processes": (
        on_prices("import multiprocessing as mp\nwith mp.get_context('fork').Pool(2) as pool:\n    n = pool.map(abs, [1])"),
        [("D02", "error", 2, 2)],
    ),
    "a split in order without a gap": (
        on_prices(
            "from sklearn.model_selection import train_test_split",
            f"{READ}\ny = df['close'].shift(-5) / df['close'] - 1\na, b, c, d = train_test_split(df[['open']], y, shuffle=False)",
            "m = LinearRegression().fit(a, c)",
            "report = {'r2': m.score(b, d)}",
        ),
        [("D29", "note", 3, 3)],
    ),
    "a marker inside a cell": (on_the_panel("x = features.ret(20)\n# %% cleaned\nx = cs.zscore(x)"), [("B17", "warning", 2, 2)]),
    "a prompt inside a cell": (on_the_panel("x = features.ret(20)\n# In[3]:\nx = cs.zscore(x)"), [("B17", "warning", 2, 2)]),
    "a line that Jupytext takes for a command": (on_the_panel("x = features.ret(20)\ncat = 1\ncat"), [("B17", "warning", 2, 3)]),
    "words that do not exist": (
        on_the_panel(
            "x = data.Close\nb = features.volatility(20, annualize=True)\nif x > 5:\n    c = 1",
            f"{RIDGE}\nprint(m.coef_)",
            "report = walk_forward(m, n_splits=5)\nreport.plot()",
        ),
        [("D36", "error", 2, 1), ("D32", "error", 2, 2), ("D34", "error", 2, 3), ("D33", "error", 3, 2), ("D32", "error", 4, 1), ("D33", "error", 4, 2)],
    ),
    "a keyword of another library": (
        on_the_panel("x = features.ret(window_length=20)", evaluation="report = walk_forward(m, n_splits=5)"),
        [("D32", "error", 2, 1), ("D32", "error", 4, 1)],
    ),
    "a branch on a comparison": (
        on_the_panel("x = features.ret(20)\nenergy = data.sector == 'Energy'\nif energy:\n    x = x * 2"),
        [("D34", "error", 2, 3)],
    ),
}  # fmt: skip


def as_ipynb(cells: Cells, **metadata: Any) -> str:
    """Tagged by ``metadata.tags``; ``metadata`` is the second cell's in its place."""
    documents = [
        {
            "cell_type": "code",
            "metadata": metadata if metadata and number == 1 else {"tags": [tag]},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for number, (tag, source) in enumerate(cells)
    ]
    return json.dumps({"cells": documents, "metadata": {}, "nbformat": 4, "nbformat_minor": 4})


def as_percent(cells: Cells) -> str:
    return "".join(f"# %% [{tag}]\n{source}\n" for tag, source in cells)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "nbcode.toml").write_text("")
    (tmp_path / "data").mkdir()
    lines = (f"2020-01-{d:02},{s},{d},{d + 2},{d - 1},{d + d % 3},9" for d in range(1, 29) for s in "AB")
    (tmp_path / "data" / "prices.csv").write_text(
        "\n".join(["date,symbol,open,high,low,close,volume", *lines]) + "\n"
    )
    return tmp_path


def found(folder: Path, text: str, name: str = "probe.ipynb") -> Found:
    (folder / name).write_text(text)
    return [
        (d.code[-3:], str(d.severity), (d.place and d.place.cell) or 0, (d.place and d.place.line) or 0)
        for d in check(folder / name).diagnostics
    ]


@pytest.mark.parametrize("name", PROMOTES)
def test_nothing_is_said_of_what_may_be_promoted(name: str, folder: Path) -> None:
    assert found(folder, as_ipynb(PROMOTES[name])) == []
    assert found(folder, as_percent(PROMOTES[name]), "probe.py") == []


@pytest.mark.parametrize("name", TOLD)
def test_what_is_said_is_said_where_it_stands_and_nothing_else_is(name: str, folder: Path) -> None:
    cells, right = TOLD[name]
    assert found(folder, as_ipynb(cells)) == right
    if all(code != "B17" for code, *_ in right):  # of an .ipynb: what becomes of it as a percent file
        below = [(code, severity, cell, line and line + 1) for code, severity, cell, line in right]
        # What is said of a whole cell stands at its first line, which is the marker there.
        assert found(folder, as_percent(cells), "probe.py") in (below, right)


def test_a_key_twice_in_an_output_is_a_note_and_elsewhere_an_error(folder: Path) -> None:
    text = as_ipynb(on_the_panel("x = features.ret(20)"))
    stream = '{"output_type": "stream", "name": "stdout", "name": "stdout", "text": "hi"}'
    assert found(folder, text.replace('"outputs": []', f'"outputs": [{stream}]', 1)) == [
        ("A09", "note", 1, 0)
    ]
    twice = text.replace('"cell_type": "code"', '"cell_type": "code", "cell_type": "code"', 1)
    assert [one[:2] for one in found(folder, twice)] == [("A09", "error")]


def test_a_title_with_signs_of_metadata_tags_in_both_forms(folder: Path) -> None:
    cells = on_the_panel("x = features.ret(20)")
    assert found(folder, as_ipynb(cells, title="[features] a=b {x}")) == []
    percent = "\n".join(f"# %% [{tag}]{' a=b {x}' * (tag == 'features')}\n{source}" for tag, source in cells)
    assert found(folder, percent, "probe.py") == []


def digests_of(path: Path) -> list[tuple[str, str]]:
    """Tag and code digest of each promoted cell."""
    notebook = read_notebook(path).notebook
    assert notebook is not None
    graph = analyse(notebook).graph
    assert graph is not None
    return [(cell.tag, str(cell.code_digest)) for cell in graph.tagged]


@pytest.mark.parametrize("above", ["\n", "\n \n\n"])
def test_a_marker_below_blank_lines_tags_its_cell_as_in_a_percent_file(above: str, folder: Path) -> None:
    cells = on_the_panel("x = features.ret(20)")
    marked = [("", f"{above}# %% [{tag}]\n{source}") for tag, source in cells]
    assert found(folder, as_ipynb(marked)) == found(folder, as_percent(cells), "probe.py") == []
    digests = [digests_of(folder / name) for name in ("probe.ipynb", "probe.py")]
    assert digests[0] == digests[1]
    assert len(digests[0]) == 3


def test_a_marker_below_a_comment_is_told_with_a_fix_that_tags_the_cell(folder: Path) -> None:
    cells = on_the_panel("x = features.ret(20)")
    marked = [("", f"# %% [{tag}]\n{source}") for tag, source in cells]
    marked[1] = ("", f"# momentum\n{marked[1][1]}")
    assert ("B07", "error", 2, 2) in found(folder, as_ipynb(marked))
    (told,) = [d for d in check(folder / "probe.ipynb").diagnostics if d.code == "NBC-B07"]
    document = read_notebook(folder / "probe.ipynb").notebook
    assert document is not None
    opened = [OpenCell(kind=cell.kind, source=cell.source) for cell in document.cells]
    mended = read_cells(apply_fix(opened, told.fixes[0]), "probe.ipynb")
    assert mended.diagnostics == ()
    assert mended.notebook is not None
    assert [cell.tag for cell in mended.notebook.cells] == [tag for tag, _ in cells]


WHOLE = on_prices(
    "%matplotlib inline\nfrom __future__ import annotations\nimport os\nimport pandas as pd\nimport statsmodels.api as sm\nos.environ['OMP_NUM_THREADS'] = '2'",
    "    df = pd.read_csv('data/prices.csv', parse_dates=['date'])\n    df = df.set_index('date')\n    df['close'].plot()",
    "model = sm.OLS(df['close'], sm.add_constant(df[['open']]))\nm = model.fit()",
    "report = {'rows': len(df[:'2020-01-10']), 'r2': m.rsquared}",
)  # fmt: skip


def test_one_clean_run_of_what_may_pass_gives_the_figures_of_a_plain_kernel(folder: Path) -> None:
    (folder / "probe.ipynb").write_text(as_ipynb(WHOLE))
    ended = nbcode(folder, "run", "probe.ipynb", "--isolation", "process", "--json")
    assert ended.code == 0, ended.said
    frame = pd.read_csv(folder / "data" / "prices.csv")
    r2 = frame["open"].corr(frame["close"]) ** 2
    figures = ended.json["metrics"]
    assert figures["rows"] == (frame["date"] <= "2020-01-10").sum() == 20  # read as texts it would be 18
    assert figures["r2"] == pytest.approx(r2, abs=1e-12)


def test_a_notebook_that_is_not_there_is_answered_with_those_that_are(folder: Path) -> None:
    (folder / "mine.py").write_text("# %% [meta]\n")
    ended = nbcode(folder, "promote", "notebook.ipynb")
    assert ended.code == 2
    assert "NBC-A29" in ended.err + ended.out
    assert "mine.py" in ended.err + ended.out


def test_a_frame_whose_dates_are_texts_is_told_how_they_become_dates() -> None:
    close = pd.DataFrame({"AAA": [10.0, 10.1], "BBB": [20.0, 19.0]}, index=["2024-01-02", "2024-01-03"])
    with pytest.raises(AlphaBenchError, match=r"^R57 .*dates as texts.*pandas\.to_datetime\(frame\.index\)"):
        Panel.of(close, field="close")
    close.index = pd.to_datetime(close.index)
    assert Panel.of(close, field="close").shape == (2, 2)


@pytest.fixture
def shell(folder: Path) -> Iterator[InteractiveShell]:
    with live_shell(folder) as shell:
        yield shell


def test_a_universe_without_a_sector_is_what_it_says(shell: InteractiveShell) -> None:
    said(shell, "u = (data.close > 5) & ~(data.sector == 'Financials')")
    assert shell.run_cell("assert u is (data.close > 5) & ~data.sector.is_in('Financials')").success
    assert shell.run_cell("assert (data.close == data.open) is data.close.eq(data.open)").success
    assert not shell.run_cell("assert u is (data.close > 5)").success
