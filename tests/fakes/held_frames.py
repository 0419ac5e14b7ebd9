"""Prices as people hold them: how each frame is made of a plain long one, and what a model's predictions of it have to be.

The plain frame has the columns date (midnights), symbol (texts of whole numbers), close and volume, by date and symbol.
"""

from __future__ import annotations

import decimal
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from alpha_bench import AlphaBenchError
from alpha_bench.fitting.predictions import Predictions
from fakes.small_model import model, rows

Make = Callable[[pd.DataFrame, Path], Any]
KEYS = ["date", "symbol"]


@dataclass(frozen=True, kw_only=True)
class Held:
    """``make`` of the plain frame is held. ``code`` is that of the refusal; without one each row has the bits of ``plain``'s."""

    make: Make
    code: str = ""
    plain: Callable[[pd.DataFrame], pd.DataFrame] = lambda f: f


def value(
    make: Callable[[pd.DataFrame], Any], plain: Callable[[pd.DataFrame], pd.DataFrame] | None = None
) -> Held:
    return Held(make=lambda f, _: make(f)) if plain is None else Held(make=lambda f, _: make(f), plain=plain)


def refused(code: str, make: Callable[[pd.DataFrame], Any]) -> Held:
    return Held(make=lambda f, _: make(f), code=code)


def dated(change: Callable[[pd.Series[Any]], Any]) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda f: f.assign(date=change(f["date"]))


def named(change: Callable[[pd.Series[Any]], Any]) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda f: f.assign(symbol=change(f["symbol"]))


def at_row(row: int, **values: Any) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        made = frame.copy()
        for name, one in values.items():
            held = made[name].astype(object) if isinstance(one, str) or one is None else made[name].copy()
            held.iloc[row] = one
            made[name] = held
        return made

    return change


def wide(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {name: frame.pivot(index="date", columns="symbol", values=name) for name in ("close", "volume")}


def levels(frame: pd.DataFrame, names: tuple[str | None, str | None] = ("field", "symbol")) -> pd.DataFrame:
    return pd.concat(wide(frame), axis=1, names=list(names))


def prices_of(change: Callable[[pd.Series[Any]], Any]) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda f: f.assign(close=change(f["close"]))


def rounded(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(close=frame["close"].astype("float32").astype(float))


def cents(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(close=frame["close"].round(2))


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [dict(zip(frame.columns, row, strict=True)) for row in frame.itertuples(index=False, name=None)]


def shuffled(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sample(frac=1.0, random_state=1)


FINDINGS: dict[str, Held] = {
    # -- rows and columns
    "the plain frame": value(lambda f: f),
    "shuffled rows": value(shuffled),
    "columns in another order": value(lambda f: f[["volume", "symbol", "close", "date"]]),
    "further columns": value(lambda f: f.assign(note="x", open=np.inf, empty=None)),
    "a field missing": refused("R36", lambda f: f.drop(columns="volume")),
    "no symbol": refused("R36", lambda f: f.drop(columns="symbol")),
    "no date": refused("R36", lambda f: f.drop(columns="date")),
    "a row twice": refused("E15", lambda f: pd.concat([f, f.iloc[5:6]])),
    "a column twice": refused("R36", lambda f: f[["date", "symbol", "close", "volume", "close"]]),
    "no rows": refused("E13", lambda f: f.iloc[:0]),
    "one row": refused("R64", lambda f: f.iloc[-1:]),
    "one date": refused("R64", lambda f: f[f["date"] == f["date"].max()]),
    "one session less than is needed": refused("R64", lambda f: f[f["date"].isin(f["date"].unique()[-10:])]),
    "just as many sessions as are needed": value(
        lambda f: f[f["date"].isin(f["date"].unique()[-11:])].reset_index(drop=True),
        plain=lambda f: f[f["date"].isin(f["date"].unique()[-11:])],
    ),
    # -- dates
    "midnights in New York": value(dated(lambda d: d.dt.tz_localize("America/New_York"))),
    "midnights in UTC": value(dated(lambda d: d.dt.tz_localize("UTC"))),
    "midnights in Tokyo": value(dated(lambda d: d.dt.tz_localize("Asia/Tokyo"))),
    "a time of day": refused("R56", dated(lambda d: d + pd.Timedelta(hours=16))),
    "whole numbers as dates": value(dated(lambda d: d.dt.strftime("%Y%m%d").astype(int))),
    "days since 1970": refused("E15", dated(lambda d: d.astype("datetime64[s]").astype("int64") // 86_400)),
    "texts as dates": value(dated(lambda d: d.dt.strftime("%Y-%m-%d"))),
    "periods of a day": value(dated(lambda d: d.dt.to_period("D"))),
    "periods of a month": refused("R56", dated(lambda d: d.dt.to_period("M"))),
    "python dates": value(dated(lambda d: d.dt.date)),
    "Arrow's date32": value(dated(lambda d: d.dt.date.astype(pd.ArrowDtype(pa.date32())))),
    "a date missing": refused("E15", at_row(9, date=pd.NaT)),
    # -- symbols
    "whole numbers as symbols": value(named(lambda s: s.astype(int))),
    "real numbers as symbols": value(named(lambda s: s.astype(float))),
    "real numbers, one missing": refused(
        "E15", lambda f: at_row(9, symbol=np.nan)(f.astype({"symbol": float}))
    ),
    "categories as symbols": value(named(lambda s: s.astype("category"))),
    "categories that no row has": value(
        named(lambda s: s.astype(pd.CategoricalDtype([*sorted(set(s)), "gone", "new"])))
    ),
    # -- values
    "prices of 32 bits": value(prices_of(lambda c: c.astype("float32")), plain=rounded),
    "whole numbers as volume": value(lambda f: f.astype({"volume": "int64"})),
    "prices as texts": refused("E15", lambda f: f.astype({"close": str})),
    "numbers as objects": value(lambda f: f.astype({"close": object})),
    "an infinite price": refused("E17", at_row(50, close=np.inf)),
    "a price below zero": value(at_row(50, close=-5.0), plain=at_row(50, close=-5.0)),
    "a price of zero": value(at_row(50, close=0.0), plain=at_row(50, close=0.0)),
    "a price missing": value(
        at_row(50, close=np.nan), plain=lambda f: f.assign(close=f["close"].where(np.arange(len(f)) != 50))
    ),
    "no price at all": refused("E14", lambda f: f.assign(close=np.nan)),
    # -- layouts
    "an index (date, symbol)": value(lambda f: f.set_index(KEYS)),
    "an index (symbol, date)": value(lambda f: f.set_index(KEYS[::-1])),
    "the date as index": value(lambda f: f.set_index("date")),
    "wide frames": value(wide),
    "columns (field, symbol)": value(levels),
    "columns (symbol, field)": value(lambda f: levels(f).swaplevel(axis=1)),
    # -- other containers
    "an array": refused("R36", lambda f: f.to_numpy()),
    "a dict of columns": value(lambda f: f.to_dict("list")),
    "a list of dicts": value(records),
    "polars": value(pl.from_pandas),
    "an Arrow table": value(lambda f: pa.Table.from_pandas(f, preserve_index=False)),
    "one column": refused("R36", lambda f: f["close"]),
}
"""The frames of the outside try that found predictions of another day."""


class Equity:
    """What zipline has as a symbol."""

    def __init__(self, sid: int) -> None:
        self.sid = sid


class OwnFrame(pd.DataFrame):
    """A subclass, as geopandas or a data vendor has."""

    @property
    def _constructor(self) -> type[OwnFrame]:
        return OwnFrame


def yfinance(frame: pd.DataFrame) -> pd.DataFrame:
    """``yfinance.download(names)``: columns (Price, Ticker), fields with a capital."""
    made = levels(frame.rename(columns=str), ("Price", "Ticker"))
    return made.rename(columns={"close": "Close", "volume": "Volume"}, level=0).rename_axis(index="Date")


def qlib(frame: pd.DataFrame) -> pd.DataFrame:
    """``D.features(...)``: index (instrument, datetime), fields with a dollar sign."""
    made = frame.rename(
        columns={"date": "datetime", "symbol": "instrument", "close": "$close", "volume": "$volume"}
    )
    return made.set_index(["instrument", "datetime"]).sort_index()


def parquet(frame: pd.DataFrame, folder: Path) -> Path:
    path = folder / "prices.parquet"
    pq.write_table(
        pa.Table.from_pandas(frame.assign(note="x"), preserve_index=False), path, row_group_size=50
    )
    return path


def split(frame: pd.DataFrame, dates: Callable[[pd.Series[Any]], pd.Series[Any]]) -> pd.DataFrame:
    """What MLflow's scoring server makes of ``dataframe_split``."""
    held = frame.assign(date=dates(frame["date"])).to_dict("split")
    return pd.DataFrame(**json.loads(json.dumps(held)))


def iso(dates: pd.Series[Any]) -> pd.Series[Any]:
    return dates.dt.strftime("%Y-%m-%dT%H:%M:%S.000")


OWN: dict[str, Held] = {
    # -- from libraries
    "yfinance": refused("R36", yfinance),
    "yfinance in small letters": value(lambda f: yfinance(f).rename(columns=str.lower, level=0)),
    "yfinance by ticker": value(
        lambda f: yfinance(f).rename(columns=str.lower, level=0).swaplevel(axis=1).sort_index(axis=1)
    ),
    "vectorbt": value(lambda f: {n: w.tz_localize("UTC") for n, w in wide(f).items()}),
    "vectorbt, one frame": refused("R36", lambda f: wide(f)["close"]),
    "qlib": refused("R36", qlib),
    "qlib without dollars": value(lambda f: qlib(f).rename(columns=lambda c: c.strip("$"))),
    "zipline with equities": refused("E15", named(lambda s: s.map({n: Equity(int(n)) for n in set(s)}))),
    "zipline with sids": value(
        lambda f: f.assign(
            date=f["date"].dt.tz_localize("UTC"), symbol=f["symbol"].astype("int64")
        ).set_index(KEYS)
    ),
    "alphalens, no names of levels": value(lambda f: f.set_index(KEYS).rename_axis([None, None])),
    "a subclass of the frame": value(OwnFrame),
    # -- pandas' other types
    "nullable types": value(lambda f: f.convert_dtypes()),
    "Arrow-backed types": value(lambda f: f.convert_dtypes(dtype_backend="pyarrow")),
    "nullable volume with one missing": value(
        lambda f: at_row(60, volume=pd.NA)(f.astype({"volume": "Int64"})),
        plain=lambda f: f.assign(volume=f["volume"].where(np.arange(len(f)) != 60)),
    ),
    "sparse volume": value(lambda f: f.astype({"volume": pd.SparseDtype(float)})),
    "complex prices": refused("E15", lambda f: f.astype({"close": complex})),
    "decimals": value(prices_of(lambda c: [decimal.Decimal(f"{v:.2f}") for v in c]), plain=cents),
    "texts with the day first": refused("E15", dated(lambda d: d.dt.strftime("%d.%m.%Y"))),
    "texts YYYYMMDD": refused("E15", dated(lambda d: d.dt.strftime("%Y%m%d"))),
    "texts with month names": refused("E15", dated(lambda d: d.dt.strftime("%d %b %Y"))),
    "days of Excel": refused("E15", dated(lambda d: (d - pd.Timestamp("1899-12-30")).dt.days)),
    "real numbers as dates": refused("E15", dated(lambda d: d.dt.strftime("%Y%m%d").astype(float))),
    "nanoseconds as dates": refused("E15", dated(lambda d: d.astype("datetime64[ns]").astype("int64"))),
    "objects of midnights": value(dated(lambda d: d.astype(object))),
    "objects of zoned midnights": value(dated(lambda d: d.dt.tz_localize("Europe/Berlin").astype(object))),
    "midnights of two offsets as texts": refused(
        "E15",
        dated(
            lambda d: (
                d.dt.strftime("%Y-%m-%d") + np.where(d.dt.month > 1, "T00:00:00+02:00", "T00:00:00+01:00")
            )
        ),
    ),
    "closes in New York as UTC": refused(
        "R56",
        dated(lambda d: (d + pd.Timedelta(hours=16)).dt.tz_localize("America/New_York").dt.tz_convert("UTC")),
    ),
    "symbols with a blank at the end on some days": refused(
        "E15", lambda f: f.assign(symbol=f["symbol"] + np.where(np.arange(len(f)) < 70, "", " "))
    ),
    "symbols as texts of real numbers on some days": refused(
        "E15", lambda f: f.assign(symbol=f["symbol"] + np.where(np.arange(len(f)) < 70, "", ".0"))
    ),
    "an index of three levels": value(lambda f: f.assign(venue="N").set_index([*KEYS, "venue"])),
    "a column prediction": value(lambda f: f.assign(prediction=0.5)),
    "capitals": refused("R36", lambda f: f.rename(columns=str.capitalize)),
    "an index with one label": value(lambda f: f.set_axis([0] * len(f))),
    # -- polars and Arrow
    "polars, lazy": value(lambda f: pl.from_pandas(f).lazy()),
    "polars, a parquet file scanned": Held(make=lambda f, p: pl.scan_parquet(parquet(f, p))),
    "polars, categories and dates": value(
        lambda f: pl.from_pandas(f).with_columns(
            pl.col("symbol").cast(pl.Categorical), pl.col("date").cast(pl.Date)
        )
    ),
    "polars, an enumeration": value(
        lambda f: pl.from_pandas(f).with_columns(pl.col("symbol").cast(pl.Enum(sorted(set(f["symbol"])))))
    ),
    "polars, zoned nanoseconds": value(
        lambda f: pl.from_pandas(f).with_columns(
            pl.col("date").dt.cast_time_unit("ns").dt.replace_time_zone("Asia/Tokyo")
        )
    ),
    "polars, decimals": value(
        lambda f: pl.from_pandas(cents(f)).with_columns(pl.col("close").cast(pl.Decimal(12, 2))), plain=cents
    ),
    "polars, a null price": value(
        lambda f: pl.from_pandas(f).with_columns(
            pl.when(pl.int_range(pl.len()) == 50).then(None).otherwise(pl.col("close")).alias("close")
        ),
        plain=lambda f: f.assign(close=f["close"].where(np.arange(len(f)) != 50)),
    ),
    "polars, no rows": refused("E13", lambda f: pl.from_pandas(f).clear()),
    "an Arrow batch": value(lambda f: pa.RecordBatch.from_pandas(f, preserve_index=False)),
    "an Arrow reader": value(
        lambda f: pa.Table.from_pandas(f, preserve_index=False).to_reader(max_chunksize=40)
    ),
    "an Arrow dataset": Held(make=lambda f, p: ds.dataset(parquet(f, p))),
    "an Arrow table with a dictionary": value(
        lambda f: pa.table(
            {
                "date": pa.array(f["date"].dt.date),
                "symbol": pa.array(f["symbol"]).dictionary_encode(),
                "close": f["close"],
                "volume": f["volume"],
            }
        )
    ),
    "an Arrow table with a column twice": refused(
        "E16", lambda f: pa.Table.from_arrays([pa.array(f[n]) for n in (*f, "close")], names=[*f, "close"])
    ),
    "a DuckDB relation": value(lambda f: __import__("duckdb").from_df(f)),
    "an Arrow table of runs": value(
        lambda f: pa.table(
            {n: pc.run_end_encode(pa.array(f[n])) for n in f},
        )
    ),
    "polars, symbols as objects": refused(
        "E15",
        lambda f: pl.from_pandas(f).with_columns(pl.Series("symbol", [*f["symbol"]], dtype=pl.Object)),
    ),
    "polars, prices as objects": refused(
        "E15", lambda f: pl.from_pandas(f).with_columns(pl.Series("close", [*f["close"]], dtype=pl.Object))
    ),
    "symbols of bytes": refused("E15", named(lambda s: s.str.encode("utf-8"))),
    "a text of JSON": refused("R36", lambda f: f.to_json(date_format="iso")),
    # -- plain Python and numpy
    "a dict of arrays": value(lambda f: {n: f[n].to_numpy() for n in f}),
    "a dict of series of polars": value(lambda f: {n: pl.from_pandas(f)[n] for n in f}),
    "a dict of columns of unequal length": refused(
        "R36", lambda f: {**f.to_dict("list"), "close": [1.0, 2.0]}
    ),
    "a dict of one row": refused("R36", lambda f: records(f)[0]),
    "records of JSON": value(lambda f: json.loads(json.dumps(records(f.assign(date=iso(f["date"])))))),
    "a tuple of dicts": value(lambda f: tuple(records(f.assign(date=f["date"].dt.date)))),
    "a list of lists": refused("R36", lambda f: f.to_numpy().tolist()),
    "an empty list": refused("E13", lambda f: []),
    "a structured array": value(lambda f: f.to_records(index=False)),
    "nothing": refused("R36", lambda f: None),
    "a path": Held(make=lambda f, p: str(parquet(f, p)), code="R36"),
    # -- wide
    "wide frames in other orders": value(
        lambda f: {"close": wide(f)["close"].iloc[::-1], "volume": wide(f)["volume"].iloc[:, ::-1]}
    ),
    "wide frames, one field missing": refused("R36", lambda f: {"close": wide(f)["close"]}),
    "wide frames with a day twice": refused(
        "E15", lambda f: {n: pd.concat([w, w.iloc[:1]]) for n, w in wide(f).items()}
    ),
    "wide frames with whole numbers as names": value(
        lambda f: {n: w.rename(columns=int) for n, w in wide(f).items()}
    ),
    "a frame and a column": refused(
        "R36", lambda f: {"close": wide(f)["close"], "volume": f["volume"].tolist()}
    ),
    "levels that say nothing": refused(
        "R57",
        lambda f: levels(
            f.rename(columns={"close": "a", "volume": "b"}).assign(close=1.0, volume=1.0), (None, None)
        ).rename(columns={"close": "u", "volume": "v"}),
    ),
    # -- what MLflow hands over
    "MLflow's split with ISO dates": value(lambda f: split(f, iso)),
    "MLflow's split with milliseconds": refused(
        "E15", lambda f: split(f, lambda d: d.astype("datetime64[ms]").astype("int64"))
    ),
    "MLflow's split with UTC": refused("E15", lambda f: split(f, lambda d: iso(d) + "Z")),
    "CSV": value(lambda f: pd.read_csv(io.StringIO(f.to_csv(index=False)))),
    "CSV with its index": value(lambda f: pd.read_csv(io.StringIO(f.to_csv()))),
    "python datetimes": value(
        dated(lambda d: pd.Series([t.to_pydatetime() for t in d], index=d.index, dtype=object))
    ),
}
"""What else people hold."""


def by_key(out: Any) -> dict[tuple[str, str], float]:
    """The prediction of each day and name, of a series or of a wide frame."""
    if isinstance(out, Predictions):
        table = out.table()
        days = table["date"].dt.strftime("%Y-%m-%d")
        return dict(zip(zip(days, table["symbol"], strict=True), table["prediction"], strict=True))
    days = [str(d)[:10] for d in out.index]
    return {
        (day, str(name)): value
        for day, line in zip(days, out.to_numpy(), strict=True)
        for name, value in zip(out.columns, line, strict=True)
    }


def outcome(held: Held, folder: Path, asked: Any) -> str:
    """What ``asked`` makes of it beside the small model: ``equal``, the code of the refusal, or what is wrong."""
    try:
        out = asked.predict(held.make(rows().copy(), folder))
    except AlphaBenchError as error:
        return error.code if error.fix else "no fix"
    wanted, found = by_key(model().predict(held.plain(rows().copy()))), by_key(out)
    if set(wanted) != set(found):
        return "other keys"
    bits = [np.array([one[key] for key in sorted(wanted)]).tobytes() for one in (wanted, found)]
    return "equal" if bits[0] == bits[1] else "other values"
