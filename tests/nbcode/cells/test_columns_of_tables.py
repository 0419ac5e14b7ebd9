"""Columns of declared tables: one that is not there is told before the run; where the frame may have been changed, nothing is."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from nbcode.cells import Analysis, ModuleContext, analyse
from nbcode.commands.check import check
from nbcode.notebook import parse_notebook

HEAD = "# %% [meta]\n# id: probe\n# kind: model\n# horizon: 5d\n# owner: me\n# inputs:\n#   prices: data/prices.csv\n#   sectors: data/sectors.parquet\n"
IMPORTS = "# %% [setup]\nimport pandas as pd\nimport polars as pl\nfrom pathlib import Path\nDATA = Path('data')\n# %% [features]\n"
COLUMNS = {"prices": frozenset({"date", "symbol", "close", "volume"})}


def analysis(source: str, *, known: bool = True) -> Analysis:
    notebook = parse_notebook(f"{HEAD}{IMPORTS}{source}\n".encode(), "n.py").notebook
    assert notebook is not None
    return analyse(notebook, ModuleContext(columns=COLUMNS.get if known else None))


def told(source: str) -> list[tuple[int | None, str]]:
    return [
        (d.place.line if d.place else None, d.message)
        for d in analysis(source).diagnostics
        if d.code == "NBC-D37"
    ]


WRONG = [
    "df = inputs['prices']\nx = df['clsoe']",
    "df = pd.read_csv('data/prices.csv')\nx = df['clsoe']",
    "df = pd.read_csv(DATA / 'prices.csv', parse_dates=['date'], index_col='date')\nx = df['clsoe']",
    "df = pl.read_csv('data/prices.csv')\nx = df['clsoe']",
    "df = inputs['prices'].dropna().sort_values('date')\nx = df['clsoe'].shift(1)",
    "df = inputs['prices']\nlate = df[df['close'] > 5].copy()\nx = late['clsoe']",
    "df = inputs['prices']\nx = df[['close', 'clsoe']]",
    "df = inputs['prices']\nx = df.groupby('symbol')['clsoe'].shift(-5)",
    "df = inputs['prices']\ndf['ret'] = df['clsoe'].pct_change()",
    "df = inputs['prices']\nprint(len(df), df.shape)\ndf.info()\nx = df['clsoe'] * df.loc[:, 'close']",
    "df = inputs['prices']\nboth = pd.concat([df, df])\nx = df['clsoe']",
    "df = inputs['prices']\nfor window in (5, 20):\n    x = df['clsoe'].rolling(window).mean()",
    "x = inputs['prices']['clsoe']",
    "x = pd.read_csv('data/prices.csv')['clsoe']",
]


@pytest.mark.parametrize("source", WRONG)
def test_a_column_that_the_table_does_not_have_is_told_once_with_the_one_that_is_meant(source: str):
    ((line, message),) = told(source)
    assert line == next(n for n, text in enumerate(source.split("\n"), 2) if "clsoe" in text)
    assert message == "`prices` has no column `clsoe`: did you mean `close`?"


@pytest.mark.parametrize("source", WRONG)
def test_the_column_that_is_meant_is_right_and_so_is_every_one_where_headers_are_not_known(source: str):
    assert told(source.replace("clsoe", "close")) == []
    assert [d for d in analysis(source, known=False).diagnostics if d.code == "NBC-D37"] == []


SILENT = {
    "written before": "df = inputs['prices']\ndf['ret'] = df['close'].pct_change()\nx = df['ret']",
    "written by loc": "df = inputs['prices']\ndf.loc[df['close'] > 5, 'big'] = 1\nx = df['big']",
    "two written": "df = inputs['prices']\ndf[['a', 'b']] = 0\nx = df['a']",
    "written by a name that is computed": "df = inputs['prices']\nfor n in (1, 5):\n    df[f'ret_{n}'] = df['close'].pct_change(n)\nx = df['ret_5']",
    "written in a function of the cell": "df = inputs['prices']\ndef add(frame):\n    frame[str(1)] = 0\nadd(df)\nx = df['1']",
    "inserted": "df = inputs['prices']\ndf.insert(0, 'one', 1)\nx = df['one']",
    "index put back in place": "df = inputs['prices']\ndf.reset_index(inplace=True)\nx = df['index']",
    "columns renamed": "df = inputs['prices']\ndf.columns = ['a', 'b', 'c', 'd']\nx = df['a']",
    "renamed": "df = inputs['prices'].rename(columns={'close': 'px'})\nx = df['px']",
    "assigned": "df = inputs['prices'].assign(px=1)\nx = df['px']",
    "joined": "df = inputs['prices'].merge(inputs['sectors'], on='symbol')\nx = df['sector']",
    "under another name": "df = inputs['prices']\nother = df\nother.insert(0, 'one', 1)\nx = df['one']",
    "read otherwise": "df = pd.read_csv('data/prices.csv', names=['a', 'b'])\nx = df['a']",
    "read with another separator": "df = pd.read_csv('data/prices.csv', sep=';')\nx = df['a']",
    "dates of two columns": "df = pd.read_csv('data/prices.csv', parse_dates={'t': ['date', 'symbol']})\nx = df['t']",
    "options that are computed": "how = {}\ndf = pd.read_csv('data/prices.csv', **how)\nx = df['a']",
    "another file": "df = pd.read_csv(f'data/{1}.csv')\nx = df['a']",
    "a table without a header that is known": "df = inputs['sectors']\nx = df['a']",
    "assigned again": "df = inputs['prices']\ndf = df.pivot(index='date', columns='symbol', values='close')\nx = df['AAPL']",
    "in a branch": "df = inputs['prices']\nif 'adj' in df:\n    x = df['adj']",
    "in a try": "df = inputs['prices']\ntry:\n    x = df['adj']\nexcept KeyError:\n    x = df['close']",
    "in a value of a branch": "df = inputs['prices']\nx = df['adj'] if 'adj' in df.columns else df['close']",
    "in a function": "df = inputs['prices']\ndef f():\n    return df['adj']",
    "a parameter": "df = inputs['prices']\ndef f(df):\n    return df['adj']\nx = [df['y'] for df in ({'y': 1},)]",
    "a computed name": "df = inputs['prices']\nname = 'adj'\nx = df[name]",
    "a frame of its own": "df = pd.DataFrame({'a': [1]})\nx = df['b']",
}  # fmt: skip


@pytest.mark.parametrize("name", SILENT)
def test_nothing_is_told_of_what_may_be_there(name: str):
    assert told(SILENT[name]) == []


def test_a_frame_that_is_changed_is_named_among_what_was_not_looked_at():
    assert "the columns of df, which the cells change" in analysis(SILENT["inserted"]).unseen
    assert "the columns of df, which the cells change" in analysis(SILENT["assigned again"]).unseen
    assert not any("columns of df" in one for one in analysis(WRONG[0]).unseen)


@pytest.mark.parametrize("form", ["csv", "parquet", "unnamed"])
def test_check_reads_the_header_of_the_file(tmp_path: Path, form: str):
    frame = pd.DataFrame({"date": ["2024-01-02"], "close": [1.0]})
    uri = "prices.parquet" if form == "parquet" else "prices.csv"
    if form == "parquet":
        frame.to_parquet(tmp_path / uri)
    else:
        frame.to_csv(tmp_path / uri, index=form == "unnamed")
    (tmp_path / "nbcode.toml").touch()
    read = "close" if form != "unnamed" else "Unnamed: 0"
    tail = "# %% [model]\ndf = inputs['prices']\nm = df[COLUMN]\n# %% [eval]\nreport = {'a': 1.0}\n"
    head = HEAD.partition("# inputs")[0] + f"# inputs:\n#   prices: {uri}\n"
    codes = {}
    for column in (read, "clsoe"):
        (tmp_path / "n.py").write_text(head + tail.replace("COLUMN", repr(column)))
        codes[column] = [d.code for d in check(tmp_path / "n.py").diagnostics]
    assert codes == {read: [], "clsoe": ["NBC-D37"]}


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("absent.csv", "NBC-E01"),
        ("../../outside.csv", "NBC-E04"),
        ("/etc/passwd", "NBC-E04"),
        ("s3://bucket/prices.csv", "NBC-E05"),
        ("https://example.org/prices.csv", "NBC-E06"),
        ("here.csv#sha256=0", "NBC-E02"),
        ("here.csv", None),
    ],
)
def test_check_says_what_a_build_would_refuse_of_a_path(tmp_path: Path, uri: str, code: str | None):
    root = tmp_path / "p" / "nb"
    root.mkdir(parents=True)
    (root / "nbcode.toml").touch()
    (root / "here.csv").write_text("a,b\n1,2\n")
    head = HEAD.partition("# inputs")[0] + f'# inputs:\n#   prices: "{uri}"\n'
    (root / "n.py").write_text(
        f"{head}# %% [model]\nm = inputs['prices']\n# %% [eval]\nreport = {{'a': 1.0}}\n"
    )
    found = [d.code for d in check(root / "n.py").diagnostics]
    assert found == ([] if code is None else [code])
