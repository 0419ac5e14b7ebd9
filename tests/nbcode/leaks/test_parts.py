"""Inputs that cells open themselves: stores and folders of tables are given another future too, and of any other file it is told that
it was not."""

from __future__ import annotations

import contextlib
import io
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest

from fakes.plans import inside_plan
from fakes.seeded_leaks import market
from nbcode.leaks import parts_of
from nbcode.namespace import DataSource, InputFile, cell_file, open_session
from nbcode.primitives import Diagnostic
from nbcode.run import _leak_probe
from nbcode.run._other_future import OtherFuture
from nbcode.run.inside import InsideCell, InsideInput

PRICES = market()["prices"]


def long() -> pd.DataFrame:
    return PRICES.assign(date=pd.to_datetime(PRICES["date"]))


def store(path: Path) -> None:
    long().set_index(["date", "symbol"]).to_hdf(path, key="prices/daily")


def store_of_tables(path: Path) -> None:
    long().set_index("date").to_hdf(path, key="prices/daily", format="table", data_columns=True)


def folder(path: Path) -> None:
    path.mkdir()
    for symbol, rows in PRICES.groupby("symbol"):
        rows.to_csv(path / f"{symbol}.csv", index=False)
    (path / "README.txt").write_text("daily bars")


def headed(path: Path) -> None:
    long().pivot_table(index="date", columns="symbol", values=["close", "volume"]).to_csv(path)


def archive(path: Path) -> None:
    np.savez(path, close=PRICES.pivot_table(index="date", columns="symbol", values="close").to_numpy())


def pickled(path: Path) -> None:
    joblib.dump(PRICES, path)


@dataclass(frozen=True, kw_only=True)
class Kind:
    name: str
    make: Callable[[Path], None]
    read: str


FOLLOWED = [
    Kind(name="a.h5", make=store, read="pd.read_hdf('../data/a.h5', 'prices/daily').reset_index()"),
    Kind(
        name="t.h5",
        make=store_of_tables,
        read="pd.read_hdf('../data/t.h5', 'prices/daily', where='close > 0').reset_index()",
    ),
    Kind(
        name="by_symbol",
        make=folder,
        read="pd.concat(pd.read_csv(p, parse_dates=['date']) for p in sorted(Path('../data/by_symbol').glob('*.csv')))",
    ),
    Kind(
        name="two_rows.csv",
        make=headed,
        read="pd.read_csv('../data/two_rows.csv', header=[0, 1], index_col=0, parse_dates=True)['close']"
        ".stack().rename('close').rename_axis(['date', 'symbol']).reset_index()",
    ),
]
OTHERS = [
    Kind(
        name="a.npz",
        make=archive,
        read="pd.DataFrame(np.load('../data/a.npz')['close'], index=pd.date_range('2020-01-01', periods=300, name='date')).rename_axis(columns='symbol').stack().rename('close').reset_index()",
    ),
    Kind(name="a.joblib", make=pickled, read="joblib.load('../data/a.joblib')"),
]
SETUP = "import numpy as np\nimport pandas as pd\nimport joblib\nfrom pathlib import Path\nfrom sklearn.linear_model import Ridge"
TABLE = (
    "prices = READ\n"
    "close = prices.pivot_table(index='date', columns='symbol', values='close')\n"
    "table = pd.DataFrame({'x': (FEATURE).stack(), 'y': (close.shift(-10) / close - 1).stack()}).dropna()\n"
    "X, y = table[['x']], table['y']"
)
LEAK, HONEST = "(close - close.mean()) / close.std()", "close / close.rolling(20).mean()"


def looked(tmp_path: Path, kind: Kind, feature: str) -> tuple[Diagnostic, ...]:
    """What the probe says at the end of a run whose cells open ``kind`` by its path."""
    scratch = tmp_path / "scratch"
    original, place, working = (
        tmp_path / kind.name,
        scratch / "cwd" / "data" / kind.name,
        scratch / "cwd" / "nb",
    )
    for path in (place.parent, working):
        path.mkdir(parents=True)
    kind.make(original)
    place.symlink_to(original)
    given = InsideInput(
        name="prices", role="input", path=str(original), digest="", derive=(), place=str(place)
    )
    cells = (
        InsideCell(tag="setup", index=2, source=SETUP),
        InsideCell(
            tag="features", index=3, source=TABLE.replace("READ", kind.read).replace("FEATURE", feature)
        ),
        InsideCell(tag="model", index=4, source="m = Ridge().fit(X, y)"),
    )
    plan = replace(
        inside_plan(tmp_path, cells, time_s=1800),
        inputs=(given,),
        scratch=str(scratch),
        opens_paths=True,
        horizon_sessions=10,
    )
    source = DataSource(inputs=(InputFile(name="prices", path=original, place=place),))
    namespace: dict[str, object] = {"__name__": "__main__"}
    active = open_session(namespace, source, [])
    try:
        with contextlib.chdir(working), warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            spent = _leak_probe.begin(plan, time.monotonic())
            try:
                for one in plan.cells:
                    file = cell_file(one.index, one.tag)
                    exec(compile(one.source, file, "exec"), namespace)
            finally:
                spent.end(namespace, None)
            return _leak_probe.probe(plan, active, source, spent, working).diagnostics
    finally:
        active.close()


@pytest.mark.parametrize("kind", FOLLOWED, ids=lambda kind: kind.name)
def test_a_feature_that_knows_the_future_is_told_where_its_data_are_in_a_store_or_a_folder(
    kind: Kind, tmp_path: Path
) -> None:
    (found,) = looked(tmp_path, kind, LEAK)
    assert found.code == "NBC-E23"
    assert found.message.startswith("`X` knows the future")
    assert found.place is not None
    assert found.place.cell == 4


@pytest.mark.parametrize("kind", FOLLOWED, ids=lambda kind: kind.name)
def test_an_honest_one_is_not(kind: Kind, tmp_path: Path) -> None:
    assert looked(tmp_path, kind, HONEST) == ()


@pytest.mark.parametrize("kind", OTHERS, ids=lambda kind: kind.name)
def test_of_any_other_file_it_is_told_that_it_was_not_looked_at(kind: Kind, tmp_path: Path) -> None:
    (found,) = looked(tmp_path, kind, LEAK)
    assert found.message == "look-ahead was not looked at"
    assert found.cause == f"prices is no table with dates ({Path(kind.name).suffix})"


@pytest.mark.parametrize("kind", FOLLOWED, ids=lambda kind: kind.name)
def test_another_future_leaves_the_input_as_it_is_and_what_is_no_table_beside_it(
    kind: Kind, tmp_path: Path
) -> None:
    original, working = tmp_path / kind.name, tmp_path / "scratch" / "cwd"
    working.mkdir(parents=True)
    kind.make(original)
    before = {part: frame.copy() for part, frame in parts_of(original).items()}
    given = InsideInput(
        name="p", role="input", path=str(original), digest="", derive=(), place=str(working / kind.name)
    )
    other = OtherFuture((given,), tmp_path / "scratch", working)
    (made,) = [
        path() for path in other.write({name: frame[:1] for name, frame in other.parts.items()}).values()
    ]
    try:
        assert {part: len(frame) for part, frame in parts_of(made).items()} == dict.fromkeys(before, 1)
        assert all(frame.equals(before[part]) for part, frame in parts_of(original).items())
        assert not made.is_dir() or (made / "README.txt").read_text() == "daily bars"
    finally:
        other.leave()
    assert not made.exists()


def test_a_file_under_one_header_row_is_a_table_as_it_is(tmp_path: Path) -> None:
    long().to_csv(tmp_path / "a.csv", index=False)
    headed(tmp_path / "b.csv")
    assert parts_of(tmp_path / "a.csv") == {}
    assert list(parts_of(tmp_path / "b.csv")) == [""]


def test_a_store_of_another_program_has_no_frames(tmp_path: Path) -> None:
    (tmp_path / "a.h5").write_bytes(b"no HDF5")
    assert parts_of(tmp_path / "a.h5") == {}
