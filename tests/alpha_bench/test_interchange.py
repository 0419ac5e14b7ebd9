"""Ways in: one panel, bit for bit, whichever way the data comes; what cannot be told is asked for."""

from __future__ import annotations

import decimal
import gzip
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as pa_dataset
import pyarrow.parquet as pq
import pytest

from alpha_bench.errors import AlphaBenchError
from alpha_bench.panel.panel import Panel, read_panel

DAYS = pd.bdate_range("2023-12-20", periods=30)
SYMBOLS = ["AAA", "000001", "NA", "C.D", "E"]


def long_frame() -> pd.DataFrame:
    """30 sessions of 5 assets, some rows absent, some values missing; closes are ordinary decimals that 32 bits hold exactly."""
    rng = np.random.default_rng(5)
    rows = pd.MultiIndex.from_product([DAYS, SYMBOLS], names=["date", "symbol"])
    frame = pd.DataFrame(
        {
            "close": np.round(rng.uniform(5, 90, len(rows)) * 64) / 64,
            "volume": rng.integers(0, 10**6, len(rows)).astype(float),
        },
        index=rows,
    ).reset_index()
    frame = frame[rng.random(len(frame)) > 0.1].reset_index(drop=True)
    frame.loc[[3, 40], "close"] = np.nan
    return frame


FRAME = long_frame()
WIDE = {
    n: FRAME.pivot_table(index="date", columns="symbol", values=n, dropna=False) for n in ("close", "volume")
}
EXPECTED = Panel.from_arrays(
    WIDE["close"].index.to_numpy().astype("datetime64[D]"),
    list(WIDE["close"].columns),
    {n: w.to_numpy() for n, w in WIDE.items()},
).digest


def arrow() -> pa.Table:
    return pa.Table.from_pandas(FRAME, preserve_index=False)


def levels(order: list[str]) -> pd.DataFrame:
    both = pd.concat(WIDE, axis=1, names=["Price", "Ticker"])
    return both if order == ["Price", "Ticker"] else both.swaplevel(axis=1).sort_index(axis=1)


def parquet(folder: Path, frame: pd.DataFrame = FRAME) -> Path:
    frame.to_parquet(folder / "p.parquet", index=False, row_group_size=17)
    return folder / "p.parquet"


def hive(folder: Path, *keys: str) -> Path:
    table = arrow()
    if "year" in keys:
        table = table.append_column("year", pa.array(FRAME["date"].dt.year))
    place = folder / "parts"
    pq.write_to_dataset(table, place, partition_cols=list(keys))
    return place


def csv(folder: Path, name: str = "p.csv") -> Path:
    text = FRAME.to_csv(index=False, date_format="%Y-%m-%d")
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    return path


def odd_csv(folder: Path) -> Path:
    path = folder / "p.csv"
    FRAME.rename(columns=str.upper).to_csv(path, index=False, date_format="%Y-%m-%d", sep=";", decimal=",")
    return path


def csv_called(folder: Path, name: str) -> Path:
    path = folder / "p.csv"
    FRAME.rename(columns={"symbol": name}).to_csv(path, index=False, date_format="%Y-%m-%d")
    return path


def duck(query: str) -> Panel:
    with duckdb.connect() as con:
        con.register("prices", FRAME)
        return Panel.from_duckdb(query, con)


def decimals() -> pd.DataFrame:
    return FRAME.assign(
        close=[None if np.isnan(v) else decimal.Decimal(repr(v)) for v in FRAME["close"]],
        volume=FRAME["volume"].astype("Int64"),
    )


ROUTES: dict[str, Callable[[Path], Panel]] = {
    "pandas, keys as columns": lambda _: Panel.of(FRAME),
    "pandas, keys as index": lambda _: Panel.of(FRAME.set_index(["date", "symbol"])),
    "pandas, index without names": lambda _: Panel.of(FRAME.set_index(["symbol", "date"]).rename_axis(index=[None, None])),
    "pandas, columns (field, symbol)": lambda _: Panel.of(levels(["Price", "Ticker"])),
    "pandas, columns (symbol, field)": lambda _: Panel.of(levels(["Ticker", "Price"])),
    "pandas, columns without names": lambda _: Panel.of(levels(["Ticker", "Price"]).rename_axis(columns=[None, None])),
    "pandas, a wide frame a field": lambda _: Panel.of(WIDE),
    "pandas, other names": lambda _: Panel.of(FRAME.rename(columns=str.upper), rename=str.lower),
    "pandas, categories": lambda _: Panel.of(FRAME.astype({"symbol": "category"})),
    "pandas, dates as text": lambda _: Panel.of(FRAME.assign(date=FRAME["date"].dt.strftime("%Y-%m-%d"))),
    "pandas, dates as numbers": lambda _: Panel.of(FRAME.assign(date=FRAME["date"].dt.strftime("%Y%m%d").astype(int))),
    "pandas, dates with a zone": lambda _: Panel.of(FRAME.assign(date=FRAME["date"].dt.tz_localize("America/New_York"))),
    "pandas, 32 bits": lambda _: Panel.of(FRAME.astype({"close": "float32"})),
    "pandas, decimals and nullable": lambda _: Panel.of(decimals()),
    "pandas, objects": lambda _: Panel.of(FRAME.astype({"close": object, "volume": object})),
    "pandas, arrow types": lambda _: Panel.of(FRAME.convert_dtypes(dtype_backend="pyarrow")),
    "polars": lambda _: Panel.of(pl.from_pandas(FRAME)),
    "polars, lazy": lambda _: Panel.of(pl.from_pandas(FRAME).lazy()),
    "polars, categories": lambda _: Panel.of(pl.from_pandas(FRAME).with_columns(pl.col("symbol").cast(pl.Categorical))),
    "arrow": lambda _: Panel.of(arrow()),
    "arrow, pieces": lambda _: Panel.of(pa.concat_tables([arrow().slice(0, 9), arrow().slice(9, 0), arrow().slice(9)])),
    "arrow, reader": lambda _: Panel.of(arrow().to_reader(11)),
    "arrow, dataset": lambda p: Panel.of(pa_dataset.dataset(parquet(p))),
    "parquet": lambda p: Panel.of(parquet(p)),
    "parquet, by read_panel": lambda p: read_panel(parquet(p)),
    "parquet, by year": lambda p: Panel.of(hive(p, "year")),
    "parquet, by symbol": lambda p: Panel.of(hive(p, "symbol")),
    "parquet, by year and date": lambda p: Panel.of(str(hive(p, "year", "date"))),
    "csv": lambda p: Panel.of(csv(p)),
    "csv, packed": lambda p: Panel.of(csv(p, "p.csv.gz")),
    "csv, other names and marks": lambda p: Panel.from_csv(odd_csv(p), delimiter=";", decimal_point=",", rename=str.lower),
    "csv, by a mapping": lambda p: Panel.of(csv_called(p, "id"), rename={"id": "symbol"}),
    "named: pandas": lambda _: Panel.from_pandas(FRAME),
    "named: wide": lambda _: Panel.from_wide(WIDE),
    "named: polars": lambda _: Panel.from_polars(pl.from_pandas(FRAME).lazy()),
    "named: arrow": lambda _: Panel.from_arrow(arrow().to_batches()[0]),
    "named: parquet without a suffix": lambda p: Panel.from_parquet(parquet(p).rename(p / "prices")),
    "named: csv": lambda p: Panel.from_csv(csv(p, "prices.txt")),
    "duckdb, query": lambda _: duck("select * from prices order by volume"),
    "duckdb, relation": lambda _: Panel.of(duckdb.from_arrow(arrow())),
}  # fmt: skip


@pytest.mark.parametrize("route", ROUTES)
def test_the_same_data_is_the_same_panel_bit_for_bit(route: str, tmp_path: Path) -> None:
    assert ROUTES[route](tmp_path).digest == EXPECTED


def test_the_digest_tells_one_value_one_date_and_one_name_apart() -> None:
    """The control: what differs in one place has another digest."""
    other = [
        FRAME.assign(close=FRAME["close"].where(FRAME.index != 9, np.nextafter(FRAME["close"][9], 100))),
        FRAME.assign(close=FRAME["close"].where(FRAME.index != 9)),
        FRAME.assign(date=FRAME["date"] + pd.Timedelta(days=7)),
        FRAME.assign(symbol=FRAME["symbol"].replace("E", "F")),
        FRAME.rename(columns={"volume": "shares"}),
    ]
    assert len({EXPECTED, *(Panel.of(f).digest for f in other)}) == 6


def test_symbols_are_texts_whatever_they_look_like(tmp_path: Path) -> None:
    assert "000001" in Panel.of(csv(tmp_path)).assets.tolist()
    assert "NA" in Panel.of(csv(tmp_path)).assets.tolist()
    assert Panel.of(FRAME.assign(symbol=FRAME["symbol"].map(SYMBOLS.index))).assets.tolist() == list("01234")


def test_every_decimal_is_the_nearest_number() -> None:
    """Arrow's own cast of decimals is off in the last bit for many; ours is not."""
    prices = [decimal.Decimal(n).scaleb(-4) for n in range(1, 40_001, 7)]
    table = pa.table(
        {
            "date": ["2024-01-02"] * len(prices),
            "symbol": [f"{n:05d}" for n in range(len(prices))],
            "close": prices,
        }
    )
    expected = np.array([float(p) for p in prices])
    assert (Panel.of(table).fields["close"][0] == expected).all()
    assert not (np.array(table.column("close").cast(pa.float64())) == expected).all()


def test_conditions_are_one_and_zero_and_missing() -> None:
    table = pa.table(
        {
            "date": ["2024-01-02"] * 3,
            "symbol": list("ABC"),
            "close": [1.0, 2, 3],
            "member": [True, False, None],
        }
    )
    for made in (Panel.of(table), Panel.of(table.to_pandas())):
        np.testing.assert_array_equal(made.fields["member"], [[1.0, 0.0, np.nan]])


def test_objects_that_are_all_numbers_are_numbers() -> None:
    mixed = [1, 2.5, decimal.Decimal("0.1"), np.float32(4), None, True]
    frame = pd.DataFrame(
        {"date": ["2024-01-02"] * 6, "symbol": list("ABCDEF"), "close": pd.Series(mixed, dtype=object)}
    )
    np.testing.assert_array_equal(Panel.of(frame).fields["close"], [[1.0, 2.5, 0.1, 4.0, np.nan, 1.0]])


def test_a_zone_is_kept_to_and_said() -> None:
    """Midnight in Tokyo is the day before in UTC; the date is Tokyo's."""
    table = pa.table(
        {"date": pa.array([1704121200], pa.timestamp("s", "Asia/Tokyo")), "symbol": ["A"], "close": [1.0]}
    )
    panel = Panel.of(table)
    assert panel.dates.astype(str).tolist() == ["2024-01-02"]
    assert [(f.code, f.examples) for f in panel.findings] == [("time_zone", ("Asia/Tokyo",))]


def rows(**columns: Any) -> pd.DataFrame:
    base = {"date": ["2024-01-02", "2024-01-03"], "symbol": ["A", "A"], "close": [1.0, 2.0]}
    return pd.DataFrame({**base, **columns})


ONE = pd.DataFrame({"A": [1.0, 2.0], "B": [3.0, 4.0]}, index=pd.to_datetime(["2024-01-02", "2024-01-03"]))
REFUSED: list[tuple[str, str, Callable[[], object]]] = [
    ("R56", r"1 of 2 values of 'date' have a time of day, such as 2024-01-03 09:30:00", lambda: Panel.of(rows(date=pd.to_datetime(["2024-01-02 00:00", "2024-01-03 09:30"])))),
    ("R56", r"05:00:00 in UTC", lambda: Panel.of(rows(date=pd.to_datetime(["2024-01-02 05:00", "2024-01-03 05:00"]).tz_localize("UTC")))),
    ("R56", r"time of day", lambda: Panel.of({"close": ONE.set_axis(ONE.index + pd.Timedelta(hours=16))})),
    ("R56", r"'date' holds period\[M\].*dt\.to_timestamp\(how='end'\)\.dt\.normalize", lambda: Panel.of(rows(date=pd.period_range("2024-01", periods=2, freq="M")))),
    ("R56", r"'date' holds period\[W-FRI\]", lambda: Panel.of(rows(date=pd.period_range("2024-01-02", periods=2, freq="W-FRI")).set_index(["date", "symbol"]))),
    ("R56", r"'date' holds period\[Q-DEC\]", lambda: Panel.of(rows(date=pd.period_range("2024Q1", periods=2, freq="Q")))),
    ("R56", r"'date' holds period\[h\]", lambda: Panel.of(rows(date=pd.period_range("2024-01-02", periods=2, freq="h")))),
    ("R56", r"'date' holds period\[2D\]", lambda: Panel.of(rows(date=pd.period_range("2024-01-02", periods=2, freq="2D")))),
    ("R56", r"'the index' holds period\[M\]", lambda: Panel.of({"close": ONE.set_axis(pd.period_range("2024-01", periods=2, freq="M"))})),
    ("E15", r"20240230 is not YYYYMMDD", lambda: Panel.of(rows(date=[20240102, 20240230]))),
    ("E15", r"A on 2024-01-02", lambda: Panel.of(rows(date=["2024-01-02"] * 2))),
    ("E15", r"1 rows have no symbol", lambda: Panel.of(rows(symbol=["A", ""]))),
    ("E15", r"close holds .*string; numbers are needed", lambda: Panel.of(rows(close=["1.0", "x"]))),
    ("E15", r"mixed types: close", lambda: Panel.of(rows(close=[1.0, "x"]))),
    ("E15", r"no column 'date'; .*give date='Date'", lambda: Panel.of(rows().rename(columns={"date": "Date"}))),
    ("E15", r"no column 'Close' to rename.*did you mean 'close'", lambda: Panel.of(rows(), rename={"Close": "x"})),
    ("E15", r"2024-01-02 more than once", lambda: Panel.of({"close": pd.concat([ONE, ONE.head(1)])})),
    ("E15", r"'?B more than once", lambda: Panel.of({"close": ONE.set_axis(["B", "B"], axis=1)})),
    ("E16", r"'close' twice", lambda: Panel.of(rows(Close=[1, 2]), rename=str.lower)),
    ("E17", r"close is infinite in 1 rows; the first is B on 2024-01-03", lambda: Panel.of({"close": ONE.replace(4.0, np.inf)})),
    ("E14", r"close has no value", lambda: Panel.of({"close": ONE * np.nan})),
    ("E13", r"no rows", lambda: Panel.of(rows().head(0))),
    ("E13", r"no rows", lambda: Panel.of({"close": ONE.head(0)})),
    ("R57", r"one field, which is not named.*give field=\"close\"", lambda: Panel.of(ONE)),
    ("R57", r"fields of one asset.*add a column 'symbol'", lambda: Panel.of(ONE.set_axis(["Open", "Close"], axis=1))),
    ("R57", r"neither says which holds the fields", lambda: Panel.of(pd.concat({"x": ONE, "y": ONE}, axis=1))),
    ("R57", r"a series without a name", lambda: Panel.of(rows().set_index(["date", "symbol"])["close"].rename(None))),
    ("R57", r"no panel is made of a int", lambda: Panel.of(3)),
    ("R57", r"'close' is a list; a mapping holds one wide frame a field", lambda: Panel.of({"close": [1, 2]})),
    ("R57", r"this is a DataFrame of pandas, not of polars", lambda: Panel.from_polars(rows())),  # type: ignore[arg-type]
    ("E15", r"dates are not in order, each once: 2024-01-02 comes after 2024-01-03", lambda: Panel.from_arrays(ONE.index.to_numpy()[::-1], ["A", "B"], {"close": ONE.to_numpy()})),
    ("E15", r"assets are not in order, each once: A comes after A", lambda: Panel.from_arrays(ONE.index.to_numpy(), ["A", "A"], {"close": ONE.to_numpy()})),
    ("E15", r"close has shape \(1, 2\); 2 sessions by 2 assets are needed", lambda: Panel.from_arrays(ONE.index.to_numpy(), ["A", "B"], {"close": ONE.to_numpy()[:1]})),
    ("R57", r"DuckDB refuses the query", lambda: Panel.from_duckdb("select nothing", duckdb.connect())),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "message", "make"), REFUSED, ids=[f"{c}-{n}" for n, (c, _, _) in enumerate(REFUSED)]
)
def test_what_cannot_be_a_panel_is_refused_and_said(
    code: str, message: str, make: Callable[[], object]
) -> None:
    with pytest.raises(AlphaBenchError, match=message) as caught:
        make()
    assert caught.value.code == code


def test_one_wide_frame_or_series_is_the_field_that_is_named() -> None:
    named = Panel.of(ONE, field="close")
    stacked = ONE.stack().rename_axis(["date", "symbol"]).rename("close")
    assert named.digest == Panel.of(stacked).digest == Panel.of(stacked.rename(None), field="close").digest


def test_a_query_takes_parameters_and_names_nothing_by_itself() -> None:
    with duckdb.connect() as con:
        con.register("prices", FRAME)
        panel = Panel.from_duckdb(
            "select * from prices where symbol = ?", con, ["E'; drop view prices; --"[:1]]
        )
        assert panel.assets.tolist() == ["E"]
        with pytest.raises(AlphaBenchError, match=r"E13 .* has no rows"):
            Panel.from_duckdb(
                "select * from prices where symbol = $s", con, {"s": "E'; drop view prices; --"}
            )
        assert con.execute("select count(*) from prices").fetchone() == (len(FRAME),)


def test_parts_that_do_not_agree_are_refused(tmp_path: Path) -> None:
    place = hive(tmp_path, "year")
    FRAME.drop(columns="volume").to_parquet(place / "year=2023" / "other.parquet", index=False)
    with pytest.raises(AlphaBenchError, match=r"E15 parts: .*do not have the same columns: volume"):
        Panel.of(place)


def test_a_folder_without_parts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AlphaBenchError, match=r"E13 .* holds no parquet file"):
        Panel.of(tmp_path)


@pytest.fixture
def many(tmp_path: Path) -> Path:
    n = 1 << 20
    days = np.repeat(np.datetime64("1990-01-01") + np.arange(n // 256), 256)
    symbols = pa.DictionaryArray.from_arrays(
        np.tile(np.arange(256, dtype=np.int32), n // 256), [f"S{i:03d}" for i in range(256)]
    )
    fields = {f"f{k}": np.random.default_rng(k).random(n) for k in range(6)}
    path = tmp_path / "many.parquet"
    pq.write_table(pa.table({"date": days, "symbol": symbols, **fields}), path, row_group_size=1 << 16)
    return path


def test_reading_holds_the_arrays_and_little_else(many: Path) -> None:
    """Peak of what Arrow holds while six columns of 8 MB each are read: less than three of them. The control reads the table whole."""
    script = (
        "import sys, pyarrow as pa; from pathlib import Path;"
        "from alpha_bench.panel.panel import Panel;"
        "import pyarrow.parquet as pq;"
        "pq.read_table(sys.argv[1]) if sys.argv[2] == 'whole' else Panel.of(Path(sys.argv[1]));"
        "print(pa.default_memory_pool().max_memory() // 2**20, 'pandas' in sys.modules)"
    )
    peaks = {}
    for how in ("whole", "panel"):
        told = subprocess.run(
            [sys.executable, "-c", script, str(many), how], capture_output=True, text=True, check=True
        )
        peaks[how] = int(told.stdout.split()[0])
        assert how == "whole" or told.stdout.split()[1] == "False"
    assert peaks["whole"] >= 48
    assert peaks["panel"] <= 24


def test_periods_of_a_day_are_days_and_longer_ones_are_as_their_refusal_says() -> None:
    """A month's row knows its last close: dated by its first day it would look a month ahead."""
    daily = Panel.of(rows(date=pd.period_range("2024-01-02", periods=2, freq="D")))
    assert list(map(str, daily.dates)) == ["2024-01-02", "2024-01-03"]
    monthly = rows(date=pd.period_range("2024-01", periods=2, freq="M"))
    ends = Panel.of(monthly.assign(date=monthly["date"].dt.to_timestamp(how="end").dt.normalize()))
    assert list(map(str, ends.dates)) == ["2024-01-31", "2024-02-29"]


@pytest.mark.parametrize("between", [",", ";", "\t", "|"])
def test_a_file_that_is_separated_otherwise_is_told_as_that(tmp_path: Path, between: str) -> None:
    other = ";" if between == "," else ","
    file = tmp_path / "prices.csv"
    file.write_text(
        between.join(["date", "symbol", "close"]) + "\n" + between.join(["2024-01-02", "A", "1"]) + "\n"
    )
    with pytest.raises(AlphaBenchError, match=r"E15 .* is one column, .* separated otherwise"):
        Panel.from_csv(file, delimiter=other)
