"""``@feature`` finds what its authors did not choose: functions held out while the probe was made, each leak told and no honest one."""

from __future__ import annotations

import inspect
import linecache
import os
import sqlite3
import sys
import types
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow.csv
import pytest
from numpy.typing import NDArray

from alpha_bench import AlphaBenchError, Panel, data, feature
from alpha_bench.custom.adversarial import backwards, disturbed, with_future
from alpha_bench.custom.fresh import fresh_copy
from alpha_bench.expressions import Expr
from fakes import own_functions_held_out, own_functions_second
from fakes.own_functions_held_out import (
    any_hole_moves_all,
    any_zero_moves_all,
    before_a_volume_spike,
    holes_by_last_known,
    holes_interpolated,
    past_adjusted_for_splits,
)

Function = Callable[..., NDArray[np.float64]]
SESSIONS, NAMES, WINDOW = 240, 40, 5
CORPORA = (own_functions_held_out, own_functions_second)
LEAKS = [f for corpus in CORPORA for f in corpus.LEAKS]
HONEST = [f for corpus in CORPORA for f in corpus.HONEST]


@cache
def panel(seed: int = 7, *, gaps: bool = False) -> Panel:
    """Prices without a hole, a split or a jump; with ``gaps`` also names that enter, leave and miss sessions."""
    rng = np.random.default_rng(seed)
    days = pd.bdate_range("2019-01-01", periods=SESSIONS)
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.02, (SESSIONS, NAMES)), axis=0))
    volume = rng.lognormal(11, 0.3, (SESSIONS, NAMES)).round()
    if gaps:
        close[rng.random(close.shape) < 0.01] = np.nan
        close[SESSIONS // 2 :, :3] = close[: SESSIONS // 3, 3:6] = np.nan
    names = [f"S{j:03d}" for j in range(NAMES)]
    return Panel.of(
        {n: pd.DataFrame(v, index=days, columns=names) for n, v in (("close", close), ("volume", volume))}
    )


def made(function: Function, window: int = WINDOW) -> Expr:
    expr: Expr = feature(inputs=[data[n] for n in inspect.signature(function).parameters], window=window)(
        function
    )
    return expr


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The files that some of the functions would read."""
    monkeypatch.chdir(tmp_path)
    with sqlite3.connect("held-out.db") as there:
        there.execute("create table lasts (last real)")
        there.execute("insert into lasts values (101.5)")
    Path("held-out.txt").write_text("101.5", encoding="utf-8")
    yield
    os.environ.pop("HELD_OUT_LAST", None)


@pytest.mark.usefixtures("outside")
@pytest.mark.parametrize("function", LEAKS, ids=lambda f: f.__name__)
def test_a_function_that_knows_the_future_is_told(function: Function) -> None:
    with pytest.raises(AlphaBenchError, match=r"^R4[89] @feature") as caught:
        panel().compute((made(function),))
    assert caught.value.fix


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("function", HONEST, ids=lambda f: f.__name__)
def test_an_honest_function_is_not_told(function: Function, gaps: bool) -> None:
    values = panel(8, gaps=gaps).compute((made(function),))[0]
    assert np.isfinite(values).any()


@pytest.mark.parametrize(
    "function",
    [
        any_zero_moves_all,
        any_hole_moves_all,
        holes_by_last_known,
        holes_interpolated,
        before_a_volume_spike,
        past_adjusted_for_splits,
    ],
    ids=lambda f: f.__name__,
)
def test_the_control_on_clean_data_alone_these_would_not_be_seen(function: Function) -> None:
    """The panel has no hole, zero, spike or split: cut anywhere, they give the same values."""
    inputs = [np.asarray(panel().fields[n]) for n in inspect.signature(function).parameters]
    with np.errstate(all="ignore"):
        whole = function(*inputs)
        for cut in (WINDOW, 100, SESSIONS - 1):
            np.testing.assert_array_equal(function(*(a[:cut] for a in inputs)), whole[:cut])


def test_filling_backwards_is_told_on_a_panel_without_a_hole() -> None:
    with pytest.raises(AlphaBenchError, match=r"^R49 .* looks ahead: on inputs with holes"):
        panel().compute((made(holes_interpolated),))


# -- memory, files, constants ----------------------------------------------------------------------------------------

hidden = types.ModuleType("hidden_box_of_a_test")
hidden.box = {}  # type: ignore[attr-defined]
SOURCE = """
def remember(value):
    remember.seen.append(value)
    return remember.seen[0]

remember.seen = []
"""
FRAME = pd.DataFrame({"close": [1.0, 2.5, 3.25]})
MEAN = float(FRAME["close"].mean())
LASTS = tuple(float(x) for x in np.arange(40) + 1)
HALF_OF_MEAN = MEAN / 2


def by_mean(close):
    return close - MEAN


def by_half_of_mean(close):
    return close - HALF_OF_MEAN


def by_default(close, *, mean=MEAN):
    return close - mean


def by_closure(frame):
    mean = float(frame["close"].mean())

    def inside(close):
        return close - mean

    return inside


def by_plain_closure(scale):
    half = scale / 2

    def inside(close):
        return close * half

    return inside


def by_lasts(close):
    return close / np.array(LASTS)


def by_kept_list(close):
    by_kept_list.kept.append(float(np.nanmean(close[-1])))
    return close / by_kept_list.kept[0]


def in_a_module(close):
    import hidden_box_of_a_test

    hidden_box_of_a_test.box.setdefault("last", np.array(close[-1]))
    return close / hidden_box_of_a_test.box["last"][: close.shape[1]]


def by_helper_of_a_module(close):
    import remembering_module_of_a_test

    return close / remembering_module_of_a_test.remember(float(np.nanmean(close[-1])))


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, hidden.__name__, hidden)
    (tmp_path / "remembering_module_of_a_test.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "remembering_module_of_a_test", raising=False)


@pytest.mark.usefixtures("modules")
def test_what_an_imported_module_keeps_is_told() -> None:
    with pytest.raises(AlphaBenchError, match=r"^R48 .* reads hidden_box_of_a_test.box, a dict"):
        made(in_a_module)
    with pytest.raises(AlphaBenchError, match=r"^R49 .* remembers from call to call") as caught:
        panel().compute((made(by_helper_of_a_module),))
    assert caught.value.context["kind"] == "varies"


def test_what_a_helper_of_the_function_remembers_is_told() -> None:
    """No store is in the function's own body: the list is the function's, put there where it was defined."""
    by_kept_list.kept = []  # type: ignore[attr-defined]
    with pytest.raises(AlphaBenchError, match=r"^R49 .* remembers from call to call"):
        panel().compute((made(by_kept_list),))


@pytest.mark.usefixtures("modules")
def test_two_fresh_copies_share_nothing_that_the_function_keeps() -> None:
    one, other = fresh_copy(by_helper_of_a_module), fresh_copy(by_helper_of_a_module)
    ones, twos = np.ones((3, 2)), np.full((3, 2), 2.0)
    np.testing.assert_array_equal(one(ones), ones)
    np.testing.assert_array_equal(one(twos), twos)  # it remembers 1
    np.testing.assert_array_equal(other(twos), ones)  # it remembers 2
    by_helper_of_a_module(twos)
    np.testing.assert_array_equal(by_helper_of_a_module(ones), ones / 2)  # and so does the function itself


@pytest.mark.parametrize("function", [by_mean, by_half_of_mean, by_default, by_closure(FRAME)])
def test_a_constant_that_was_computed_from_data_is_told(function: Function) -> None:
    with pytest.raises(AlphaBenchError, match=r"^R48 .* is computed from (FRAME, a DataFrame|frame, which)"):
        feature(inputs=[data.close], window=1)(function)


def cell(number: int, text: str, names: dict[str, object]) -> None:
    """Run ``text`` as a cell of a notebook."""
    file = f"<cell {number} of a test [features]>"
    linecache.cache.pop(file, None)
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    exec(compile(text, file, "exec"), names)


DEFINITION = "def tried(close):\n    return close - MEAN\n"


@pytest.mark.parametrize(
    "constant",
    [
        "frame = pd.DataFrame({'close': [1.0, 2.5]})\nMEAN = float(frame['close'].mean())",
        "MEAN = float(data.close.to_frame(there).mean().mean())",
        "MEAN = float(there.fields['close'][-1, 0])",
        "values = there.fields['close']\nMEAN = float(values.mean())",
        "MEAN = float(pd.read_csv(path)['close'].mean())",
        "MEAN = float(np.loadtxt(path, skiprows=1).mean())",
        "def mean():\n    return float(inputs['prices']['close'].mean())\nMEAN = mean()",
        "MEAN = float(pl.scan_csv(path).collect()['close'].mean())",
        "MEAN = float(len(csv.read_csv(path)))",
        "MEAN = float(os.stat(path).st_size)",
        "MEAN = float(linecache.getline(str(path), 2))",
        "MEAN = float(Panel.of(frame_of(path)).fields['close'].mean())",
        "with open(path) as file:\n    MEAN = float(len(file.read()))",
        "frame = pd.DataFrame({'close': [1.0, 2.5]})\nfor MEAN in frame['close'].tolist(): pass",
    ],
)
def test_a_constant_of_another_cell_is_followed_to_the_data(constant: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("close\n1\n2\n", encoding="utf-8")
    inputs = {"prices": pd.DataFrame({"close": [1.0, 2.5]})}
    names = {
        "np": np,
        "pd": pd,
        "data": data,
        "there": panel(),
        "path": path,
        "inputs": inputs,
        "csv": pyarrow.csv,
        "frame_of": lambda at: pd.read_csv(at).assign(date="2024-01-02", symbol="A")[:1],
        "linecache": linecache,
        "os": os,
        "Panel": Panel,
        "pl": pl,
        "__name__": "__main__",
    }
    cell(1, constant, names)
    cell(2, DEFINITION, names)
    with pytest.raises(AlphaBenchError, match=r"^R48 .* MEAN is computed from "):
        made(names["tried"], window=1)
    cell(3, "MEAN = 2.5", names)  # the control, and the way out: what a cell replaced counts no more
    cell(2, DEFINITION, names)
    made(names["tried"], window=1)


@pytest.mark.parametrize(
    "constant",
    [
        "MEAN = 252 ** 0.5",
        "MEAN = float(np.sqrt(252))",
        "MEAN = tuple(0.9**age for age in range(5))[0]",
        "def share(n):\n    return 1 / n\nMEAN = share(4)",
        "settings = {'mean': 3.0}\nMEAN = settings['mean']",
        "half = np.log(2)\nMEAN = float(half / 20)",
        "MEAN: float = 1.5\nMEAN += 1",
    ],
)
def test_a_constant_that_is_written_or_computed_from_such_is_taken(constant: str) -> None:
    names: dict[str, object] = {"np": np, "pd": pd, "data": data, "__name__": "__main__"}
    cell(1, constant, names)
    cell(2, DEFINITION, names)
    made(names["tried"], window=1)


def test_a_constant_that_was_computed_from_constants_is_none_of_the_data() -> None:
    made(by_plain_closure(3.0), window=1)


def test_a_number_for_each_asset_or_session_is_told() -> None:
    expr = made(by_lasts, window=1)
    with pytest.raises(AlphaBenchError, match=r"^R48 .* reads LASTS, 40 values, one for each asset"):
        panel().compute((expr,))


def body(lines: str) -> Function:
    """A function with ``lines`` as its body, which ``inspect`` and the causality probe find the source of."""
    text = "def tried(close):\n" + "".join(f"    {line}\n" for line in lines.splitlines())
    file = f"<cell {abs(hash(lines))} [features]>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    names: dict[str, object] = {"np": np, "pd": pd, "os": os, "sys": sys, "__name__": "__main__"}
    exec(compile(text, file, "exec"), names)
    tried: Function = names["tried"]  # type: ignore[assignment]
    return tried


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("tried.last = close[-1]\nreturn close", "stores into tried.last"),
        ("np.kept = close[-1]\nreturn close", "stores into np.kept"),
        ("os.environ['LAST'] = '1'\nreturn close", "stores into os.environ"),
        ("import os as system\nsystem.last = 1\nreturn close", "stores into system.last"),
        ("del np.kept\nreturn close", "stores into np.kept"),
        ("for np.kept in close: pass\nreturn close", "stores into np.kept"),
        ("setattr(np, 'kept', close)\nreturn close", "by setattr"),
        ("vars(tried)['x'] = 1\nreturn close", "stores into vars(tried)"),
        ("globals()['x'] = close\nreturn close", "stores into globals()"),
        ("exec('x = 1')\nreturn close", "by exec"),
        ("tried.__dict__.update(x=1)\nreturn close", "__dict__"),
        ("return close * len(sys.modules)", "reads sys.modules, a dict"),
        ("return close / float(open('x').read())", "reads a file"),
        ("return close / pd.read_csv('x').to_numpy()[-1]", "reads by pd.read_csv"),
        ("return close / np.load('x.npy')", "reads by np.load"),
        ("return close / np.loadtxt('x')", "reads by np.loadtxt"),
        ("return close / np.genfromtxt('x')", "reads by np.genfromtxt"),
        ("from pathlib import Path\nreturn close / float(Path('x').read_text())", "read_text"),
        ("import pickle\nreturn close / pickle.loads(b'')", "uses pickle"),
        ("import sqlite3\nreturn close", "uses sqlite3"),
        ("from urllib.request import urlopen\nreturn close", "uses urllib"),
        ("import importlib\nreturn close", "uses importlib"),
        (
            "import polars as pl\nreturn close / pl.scan_parquet('x').collect().to_numpy()",
            "reads by pl.scan_parquet",
        ),
        (
            "from polars import scan_csv\nreturn close / scan_csv('x').collect().to_numpy()",
            "reads by scan_csv",
        ),
        (
            "import pyarrow.parquet as pq\nreturn close / pq.ParquetFile('x').read()",
            "reads by pq.ParquetFile",
        ),
        ("import pyarrow.dataset as ds\nreturn close / ds.dataset('x').to_table()", "reads by ds.dataset"),
        ("import duckdb\nreturn close / duckdb.sql('select 1').fetchnumpy()", "reads by duckdb.sql"),
        ("import alpha_bench as ab\nreturn close / ab.Panel.of('x').fields['close']", "reads by ab.Panel.of"),
        (
            "from alpha_bench import read_panel\nreturn close / read_panel('x').fields['close']",
            "reads by read_panel",
        ),
        ("import h5py\nreturn close / h5py.File('x')['close'][:]", "reads by h5py.File"),
        ("return close / pd.HDFStore('x')['close']", "reads by pd.HDFStore"),
        ("import linecache\nreturn close / float(linecache.getline('x', 1))", "reads by linecache.getline"),
        ("import io\nreturn close / float(io.FileIO('x').read())", "reads by io.FileIO"),
        ("return close / os.stat('x').st_size", "reads by os.stat"),
        ("return close / os.path.getsize('x')", "reads by os.path.getsize"),
        ("from numpy import load\nreturn close / load('x.npy')", "reads by load"),
        ("pd.DataFrame(close).to_csv('x')\nreturn close", "writes by"),
    ],
)
def test_what_keeps_something_or_reaches_outside_is_refused_at_its_definition(lines: str, told: str) -> None:
    with pytest.raises(AlphaBenchError, match=r"^R48 @feature tried: it ") as caught:
        made(body(lines), window=1)
    assert told in caught.value.message


@pytest.mark.parametrize(
    "lines",
    [
        "out = np.array(close)\nout[:, 0] = 1\nreturn out",
        "frame = pd.DataFrame(close)\nframe.columns = range(frame.shape[1])\nframe.attrs['x'] = 1\nreturn frame.to_numpy()",
        "held = {}\nheld['x'] = close\nreturn held['x']",
        "class Own: pass\nown = Own()\nown.x = close\nsetattr(own, 'y', 1)\nreturn own.x",
        "def inner(x):\n    x = np.array(x)\n    x[:, 0] = 0\n    return x\nreturn inner(close)",
        "import math\nreturn close * math.pi * np.pi * sys.float_info.epsilon",
        "from numpy.lib.stride_tricks import sliding_window_view as view\nreturn view(close, 1, axis=0)[..., 0]",
        "return np.where(np.isnan(close), 0.0, close).T.T",
        "import json\nreturn close * json.loads('2')",
        "import polars as pl\nreturn pl.DataFrame(np.asarray(close)).to_numpy()",
        "import pyarrow as pa\nreturn np.column_stack([pa.array(c).to_numpy() for c in np.asarray(close).T])",
        "import io\nreturn close * len(io.StringIO('x').getvalue())",
        "return close * len(os.path.join('', 'a'))",
        "return np.c_[close]",
    ],
)
def test_what_keeps_nothing_is_taken(lines: str) -> None:
    panel().compute((made(body(lines), window=1),))


# -- the inputs made for the purpose ---------------------------------------------------------------------------------


def test_hostile_inputs_have_holes_around_each_cut_spikes_jumps_and_zeros_and_are_the_same_each_time() -> (
    None
):
    close = np.asarray(panel().fields["close"])[:60]
    flag = (close > 50).astype(float)
    one, two = disturbed([close, flag], [20, 40])
    again = disturbed([close, flag], [20, 40])
    np.testing.assert_array_equal(one, again[0])
    for cut in (20, 40):
        assert all(np.isnan(one[row]).any() for row in (cut - 1, cut, cut + 1))
    known = np.isfinite(one)
    assert 0.02 < 1 - known.mean() < 0.4
    with np.errstate(all="ignore"):
        moves = np.abs(np.log(one[1:] / one[:-1]))
    assert (moves > 0.6).sum() > 20
    assert (one == 0).any()
    assert set(np.unique(two[np.isfinite(two)])) == {0.0, 1.0}  # what holds few numbers keeps them
    assert not np.array_equal(known, np.isfinite(two))
    assert np.isfinite(disturbed([close], holes=False)[0]).all()


def test_another_future_leaves_the_past_as_it_is() -> None:
    close = np.asarray(panel().fields["close"])[:30]
    np.testing.assert_array_equal(backwards(close, 20)[:20], close[:20])
    np.testing.assert_array_equal(backwards(close, 20)[20:], close[19:9:-1])
    (mixed,) = with_future([close], [close * 2], 12)
    np.testing.assert_array_equal(mixed, np.vstack([close[:12], 2 * close[12:]]))


def ten_sessions_early(close: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ahead only where it is asked for all assets and all sessions, as no sample is."""
    return np.roll(close, -10, axis=0) if close.shape == (SESSIONS, NAMES) else close


def early_for_a_while(close: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same, on some sessions in the middle."""
    value = np.array(close)
    if close.shape == (SESSIONS, NAMES):
        value[60:130] = close[70:140]
    return value


@pytest.mark.parametrize("function", [ten_sessions_early, early_for_a_while])
def test_a_function_that_knows_a_sample_by_its_shape_is_told(function: Function) -> None:
    with pytest.raises(AlphaBenchError, match=r"^R49 @feature .* looks ahead"):
        panel().compute((made(function),))


@pytest.mark.parametrize("function", [ten_sessions_early, early_for_a_while])
def test_the_samples_alone_do_not_tell_it(function: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alpha_bench.custom.causality._check_whole", lambda *_: None)
    assert np.isfinite(panel().compute((made(function),))[0]).any()
