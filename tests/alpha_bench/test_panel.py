"""Panels from files: what is read, what is refused, what is noticed, on small files and on the real ones."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from alpha_bench import features
from alpha_bench.errors import AlphaBenchError
from alpha_bench.panel.panel import Panel, read_panel
from alpha_bench.panel.sample import write_sample
from alpha_bench.vocabulary.panel_fields import data
from fakes.small_panels import SHARED, panel_of, random_fields

DAYS = [date(2020, 1, d) for d in (2, 3, 6, 7)]


def long_table(**columns: Iterable[object]) -> pa.Table:
    """Two symbols on four days; ``columns`` replace or add."""
    base: dict[str, object] = {
        "date": [d for d in DAYS for _ in range(2)],
        "symbol": ["B", "A"] * 4,
        "close": [10.0, 1.0, 11.0, 1.1, 12.0, 1.2, 13.0, 1.3],
        "volume": [100, 10, 100, 0, 100, 10, 100, 10],
    }
    return pa.table({**base, **columns})


def write(tmp_path: Path, table: pa.Table) -> Path:
    path = tmp_path / "prices.parquet"
    pq.write_table(table, path)
    return path


def write_csv(tmp_path: Path, text: str, name: str = "prices.csv") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def codes(panel: Panel) -> dict[str, int]:
    return {f"{f.field}:{f.code}" if f.field else f.code: f.count for f in panel.validation.findings}


def test_a_long_table_becomes_dates_by_assets_both_sorted(tmp_path: Path) -> None:
    panel = read_panel(write(tmp_path, long_table()))
    assert panel.dates.astype(str).tolist() == ["2020-01-02", "2020-01-03", "2020-01-06", "2020-01-07"]
    assert panel.assets.tolist() == ["A", "B"]
    assert panel.fields["close"].tolist() == [[1.0, 10.0], [1.1, 11.0], [1.2, 12.0], [1.3, 13.0]]
    assert panel.fields["volume"].dtype == np.float64
    assert panel.fields["close"].flags.c_contiguous


def test_values_are_read_only(tmp_path: Path) -> None:
    panel = read_panel(write(tmp_path, long_table()))
    with pytest.raises(ValueError, match="read-only"):
        panel.fields["close"][0, 0] = 5.0
    with pytest.raises(TypeError, match="item assignment"):
        panel.fields["close"] = np.ones((4, 2))  # type: ignore[index]


@pytest.mark.parametrize("order", [[7, 2, 5, 0, 1, 6, 3, 4], [1, 3, 5, 7, 0, 2, 4, 6]])
def test_the_order_of_rows_changes_nothing(tmp_path: Path, order: list[int]) -> None:
    table = long_table()
    sorted_panel = read_panel(write(tmp_path, table))
    shuffled = read_panel(write(tmp_path, table.take(order)))
    assert (shuffled.fields["close"] == sorted_panel.fields["close"]).all()
    by_symbol = order[0] == 1
    assert ("unsorted_rows" in codes(shuffled)) is not by_symbol
    assert "unsorted_rows" not in codes(sorted_panel)


def test_csv_parquet_and_frames_give_the_same_panel(tmp_path: Path) -> None:
    table = long_table()
    frame = table.to_pandas()
    frame.to_csv(tmp_path / "p.csv", index=False)
    panels = [
        read_panel(write(tmp_path, table)),
        read_panel(tmp_path / "p.csv"),
        Panel.from_frame(frame),
        Panel.from_frame(frame.set_index(["date", "symbol"])),
        Panel.from_frame(
            frame.assign(date=pd.to_datetime(frame["date"]), symbol=frame["symbol"].astype("category"))
        ),
    ]
    for panel in panels:
        assert panel.dates.tolist() == panels[0].dates.tolist()
        assert panel.assets.tolist() == panels[0].assets.tolist()
        assert (panel.fields["close"] == panels[0].fields["close"]).all()


def test_missing_rows_and_nulls_are_nan_and_stay_so(tmp_path: Path) -> None:
    table = long_table(close=[10.0, 1.0, None, 1.1, 12.0, 1.2, 13.0, 1.3]).take([0, 1, 2, 3, 5, 6, 7])
    panel = read_panel(write(tmp_path, table))
    assert np.isnan(panel.fields["close"][1:3, 1]).all()
    assert panel.frame(features.ret(1))["B"].isna().all()


def test_reference_columns_are_constant_fields_and_groups(tmp_path: Path) -> None:
    reference = write_csv(tmp_path, "symbol,sector,cap,price\nA,Energy,20,4\nZ,Utilities,1,1\n", "ref.csv")
    derive = {"shares_outstanding": "cap / price", "dollars": "-(close * volume) + 2 * 0.5"}
    panel = read_panel(write(tmp_path, long_table()), reference, derive)
    assert panel.fields["shares_outstanding"].shape == (4, 2)
    assert panel.fields["shares_outstanding"][:, 0].tolist() == [5.0] * 4
    assert np.isnan(panel.fields["shares_outstanding"][:, 1]).all()
    assert panel.fields["dollars"][0].tolist() == [-9.0, -999.0]
    assert panel.groups["sector"][0, 0] == 0.0
    assert panel.group_names["sector"] == ("Energy", "Utilities")
    found = {f.code: f.examples for f in panel.validation.findings}
    assert found["not_in_reference"] == ("B",)


@pytest.mark.parametrize(
    "formula",
    ["__import__('os')", "close.real", "close[0]", "close ** 2", "lambda: 1", "nothing / 2", "close /", "'a'", "True", "close if 1 else 2",
     "(" * 90 + "close" + ")" * 90 + "+1" * 200, "x" * 2000],
)  # fmt: skip
def test_a_formula_is_arithmetic_and_nothing_else(tmp_path: Path, formula: str) -> None:
    with pytest.raises(AlphaBenchError, match="R10 derive: made = "):
        read_panel(write(tmp_path, long_table()), None, {"made": formula})


BAD: list[tuple[str, str, Callable[[Path], Path]]] = [
    ("E01", r"is not there", lambda p: p / "none.parquet"),
    ("E13", r"no rows", lambda p: write(p, long_table().slice(0, 0))),
    ("E13", r"no rows", lambda p: write_csv(p, "")),
    ("E13", r"no rows", lambda p: write_csv(p, "date,symbol,close\n")),
    ("E13", r"no column of numbers", lambda p: write_csv(p, "date,symbol\n2020-01-02,A\n")),
    ("E14", r"close has no value at all", lambda p: write(p, long_table(close=[float("nan")] * 8))),
    ("E14", r"close has no value at all", lambda p: write_csv(p, "date,symbol,close\n2020-01-02,A,\n")),
    ("E15", r"close holds string; numbers are needed", lambda p: write(p, long_table(close=["1"] * 8))),
    ("E15", r"no column 'symbol'.*rename 'Symbol'", lambda p: write_csv(p, "date,Symbol,close\n2020-01-02,A,1\n")),
    ("E15", r"does not hold dates", lambda p: write_csv(p, "date,symbol,close\nMonday,A,1\n")),
    ("E15", r"does not hold dates", lambda p: write(p, long_table(date=list(range(8))))),
    ("E15", r"1 rows have no symbol", lambda p: write(p, long_table(symbol=[None, *"ABABABA"]))),
    ("E15", r"1 rows have no date", lambda p: write(p, long_table(date=[None, *([DAYS[0]] * 7)]))),
    ("E15", r"1 date and symbol pairs more than once.*A on 2020-01-02", lambda p: write(p, pa.concat_tables([long_table(), long_table().slice(1, 1)]))),
    ("E15", r"cannot be read", lambda p: Path(write_csv(p, "not parquet", "x.parquet"))),
    ("E16", r"column 'close' twice", lambda p: write_csv(p, "date,symbol,close,close\n2020-01-02,A,1,2\n")),
    ("E17", r"close is infinite in 1 rows; the first is A on 2020-01-03", lambda p: write(p, long_table(close=[1.0, 1, 1, np.inf, 1, 1, 1, 1]))),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "message", "make"), BAD, ids=[f"{c}-{n}" for n, (c, _, _) in enumerate(BAD)]
)
def test_data_that_cannot_be_used_is_refused(
    tmp_path: Path, code: str, message: str, make: Callable[[Path], Path]
) -> None:
    with pytest.raises(AlphaBenchError, match=message) as caught:
        read_panel(make(tmp_path))
    assert caught.value.code == code


def test_a_symbol_twice_in_the_reference_is_refused(tmp_path: Path) -> None:
    reference = write_csv(tmp_path, "symbol,cap\nA,1\nA,2\n", "ref.csv")
    with pytest.raises(AlphaBenchError, match=r"E15 .*symbol 'A' is not there exactly once"):
        read_panel(write(tmp_path, long_table()), reference)


def test_a_column_in_both_files_is_refused(tmp_path: Path) -> None:
    reference = write_csv(tmp_path, "symbol,close\nA,1\n", "ref.csv")
    with pytest.raises(AlphaBenchError, match=r"E16 column 'close' is in the prices and in the reference"):
        read_panel(write(tmp_path, long_table()), reference)


def test_a_truncated_panel_is_the_panel_of_that_day() -> None:
    panel = panel_of(random_fields(1))
    short = panel.truncate(10)
    assert short.shape == (10, panel.shape[1])
    assert short.compute((features.ret(3),))[0].shape == short.shape


@pytest.fixture(scope="module")
def sp500() -> Panel:
    prices = SHARED / "sp500_daily_2013_2018.parquet"
    if not prices.exists():
        pytest.skip("the S&P 500 panel is not beside the checkout")
    return read_panel(
        prices,
        SHARED / "sp500_reference_2018_02_08.csv",
        {"shares_outstanding": "market_cap_usd / price_usd"},
    )


def test_features_on_the_real_panel_equal_pandas(sp500: Panel) -> None:
    close, volume = (pd.DataFrame(np.array(sp500.fields[f])) for f in ("close", "volume"))
    shares = sp500.fields["shares_outstanding"][0]
    ours = sp500.compute((features.ret(20), features.turnover(20), features.volatility(20)))
    theirs = (
        close / close.shift(20) - 1,
        (volume / shares).rolling(20).mean(),
        close.pct_change(fill_method=None).rolling(20).std(),
    )
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other.to_numpy(), rtol=1e-9, atol=1e-12)


def test_the_sample_is_the_same_bytes_at_every_run(tmp_path: Path) -> None:
    first = write_sample(tmp_path / "a")
    script = "import sys; from pathlib import Path; from alpha_bench.panel.sample import write_sample; write_sample(Path(sys.argv[1]))"
    subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "b")], check=True, env={"PYTHONHASHSEED": "7"}
    )
    for path in sorted((tmp_path / "a").iterdir()):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
    assert first.name == "sample_prices.parquet"
    assert len(list((tmp_path / "a").iterdir())) == 2


def test_the_sample_is_like_a_market(tmp_path: Path) -> None:
    panel = read_panel(write_sample(tmp_path), tmp_path / "sample_reference.csv")
    found = codes(panel)
    assert panel.shape == (1250, 300)
    assert {"open", "high", "low", "close", "volume", "shares_outstanding"} == set(panel.fields)
    assert len(panel.group_names["sector"]) == 11
    assert found["late_start"] > 10
    assert found["early_end"] > 10
    assert found["interior_gap"] > 100
    assert not {"ohlc_inconsistent", "unsorted_rows", "bad_session"} & set(found)
    assert not {f"close:{c}" for c in ("bad_print", "unadjusted", "split_like", "wrong_scale")} & set(found)
    turnover = panel.compute((features.turnover(20),))[0]
    assert 0.001 < np.nanmedian(turnover) < 0.02


def test_reading_a_panel_does_not_load_pandas_or_numba(tmp_path: Path) -> None:
    path = write(tmp_path, long_table(close=[None, 1.0, 11.0, 1.1, 12.0, 1.2, 13.0, 1.3]))
    reference = write_csv(tmp_path, "symbol,sector,cap\nA,Energy,1\nB,,\n", "ref.csv")
    script = (
        "import sys; from pathlib import Path; from alpha_bench import read_panel;"
        "read_panel(Path(sys.argv[1]), Path(sys.argv[2]), {'c': 'cap / close'}).validation;"
        "sys.exit(any(m in sys.modules for m in ('pandas', 'numba', 'matplotlib', 'sklearn')))"
    )
    command = [sys.executable, "-c", script, str(path), str(reference)]
    assert subprocess.run(command, check=False).returncode == 0


def test_groups_show_their_names(tmp_path: Path) -> None:
    reference = write_csv(tmp_path, "symbol,sector\nA,Energy\nB,\n", "ref.csv")
    frame = read_panel(write(tmp_path, long_table()), reference).frame(data.sector)
    assert frame["A"].tolist() == ["Energy"] * 4
    assert frame["B"].isna().all()
