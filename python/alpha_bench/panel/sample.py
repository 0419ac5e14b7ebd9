"""The sample panel: made by the project itself, the same bytes every time, so that the first command needs nothing else.

US-equity-like: 300 names on 1,250 sessions, sectors that move together, names that enter and leave, sessions that are missing,
prices and volumes adjusted for splits, volumes that rise with moves, shares outstanding that change slowly. A small momentum
effect is planted: names that gained over the last 20 and 60 sessions gain a little more than the others afterwards. It is a
demonstration, not a market: its figures say nothing about any real one.

Every number comes from one seeded generator's integers by additions, multiplications and roundings; means over names are sums of
integers. So no library's logarithm, exponential or order of summation, which differ between machines, reaches the file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alpha_bench.runtime import Floats, atomic_file

SESSIONS, ASSETS = 1250, 300
SECTORS = (
    "Communication Services",
    "Consumer Discretionary",
    "Consumer Staples",
    "Energy",
    "Financials",
    "Health Care",
    "Industrials",
    "Information Technology",
    "Materials",
    "Real Estate",
    "Utilities",
)
PRICES, REFERENCE = "sample_prices.parquet", "sample_reference.csv"
_FIRST_DAY = "2019-01-02"
_SEED = 20190102
_EFFECT = 0.0018  # a name's expected daily return for each unit of past return above the others'
_FIXED_POINT = 2.0**30


@dataclass(frozen=True, kw_only=True, slots=True)
class _Names:
    """What stays with a name: its sector, its daily volatility, its usual turnover, when it is listed."""

    symbols: NDArray[np.str_]
    sector: NDArray[np.int64]
    volatility: Floats
    turnover: Floats
    first: NDArray[np.int64]
    last: NDArray[np.int64]


def write_sample(directory: Path) -> Path:
    """Write the sample into ``directory`` and return the path of its prices (long parquet).

    Columns: ``date, symbol, open, high, low, close`` (USD, adjusted for splits), ``volume`` and ``shares_outstanding`` (shares,
    adjusted). Beside it, ``sample_reference.csv`` has ``symbol, sector``. The bytes are the same at every run with the same
    pyarrow; each file appears whole or not at all.
    """
    import pyarrow as pa
    import pyarrow.csv as pa_csv
    import pyarrow.parquet as pq

    draw = np.random.Generator(np.random.PCG64(_SEED))
    names = _names(draw)
    columns = _columns(draw, names)
    directory.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pydict(
        {
            "date": _numbers(columns.pop("day").astype(np.int32), pa.date32()),
            "symbol": pa.DictionaryArray.from_arrays(
                _numbers(columns.pop("asset").astype(np.int32), pa.int32()), _texts(names.symbols)
            ),
            **{name: _numbers(values, pa.from_numpy_dtype(values.dtype)) for name, values in columns.items()},
        }
    )
    reference = pa.Table.from_pydict(
        {"symbol": _texts(names.symbols), "sector": _texts([SECTORS[s] for s in names.sector])}
    )
    with atomic_file(directory / REFERENCE, durable=False) as file:
        pa_csv.write_csv(reference, file)
    with atomic_file(directory / PRICES, durable=False) as file:
        pq.write_table(table, file, compression="zstd", row_group_size=1 << 17)
    return directory / PRICES


def _numbers(values: NDArray[np.generic], kind: Any) -> Any:
    """``values`` as a column without nulls. ``pyarrow.array`` would import pandas, to see whether it was given a series."""
    import pyarrow as pa

    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(np.ascontiguousarray(values))], 0)


def _texts(words: Iterable[str]) -> Any:
    import pyarrow as pa

    encoded = [word.encode() for word in words]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(encoded), buffers, 0)


def _bell(draw: np.random.Generator, *shape: int) -> Floats:
    """About normal (mean 0, deviation 1) with fat tails: sums of twelve uniform integers, 3 % of them tripled."""
    total = np.zeros(shape, dtype=np.int64)
    for _ in range(3):
        bits = draw.integers(0, (1 << 64) - 1, shape, dtype=np.uint64, endpoint=True)
        for shift in (0, 16, 32, 48):
            total += (bits >> np.uint64(shift) & np.uint64(0xFFFF)).astype(np.int64)
    wild = draw.integers(0, 100, shape) < 3
    return (total - 6 * 0xFFFF) / float(1 << 16) * np.where(wild, 3.0, 1.0)


def _uniform(draw: np.random.Generator, low: float, high: float, *shape: int) -> Floats:
    return low + (high - low) * (draw.integers(0, 1 << 30, shape) / float(1 << 30))


def _names(draw: np.random.Generator) -> _Names:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    chosen = np.sort(draw.permutation(26**3)[:ASSETS])
    symbols = [letters[c // 676] + letters[c // 26 % 26] + letters[c % 26] for c in chosen]
    first = np.where(draw.integers(0, 8, ASSETS) == 0, draw.integers(60, SESSIONS - 250, ASSETS), 0)
    left = np.where(
        draw.integers(0, 10, ASSETS) == 0, draw.integers(200, SESSIONS - 40, ASSETS), SESSIONS - 1
    )
    return _Names(
        symbols=np.array(symbols),
        sector=draw.integers(0, len(SECTORS), ASSETS),
        volatility=_uniform(draw, 0.008, 0.028, ASSETS),
        turnover=_uniform(draw, 0.002, 0.012, ASSETS),
        first=first,
        last=np.maximum(left, np.minimum(first + 200, SESSIONS - 1)),
    )


def _columns(draw: np.random.Generator, names: _Names) -> dict[str, NDArray[np.int64] | Floats]:
    """The long table's columns, by date and then symbol."""
    close, moves = _prices(draw, names)
    before = np.vstack([close[:1], close[:-1]])
    opening = before * (1.0 + 0.3 * (close / before - 1.0) + 0.002 * _bell(draw, *close.shape))
    high = np.maximum(opening, close) * (1.0 + _uniform(draw, 0.0, 0.012, *close.shape))
    low = np.minimum(opening, close) * (1.0 - _uniform(draw, 0.0, 0.012, *close.shape))
    shares = _shares(draw)
    busy = 0.5 + _uniform(draw, 0.0, 0.7, *close.shape) + 12.0 * np.abs(moves)
    session = np.arange(SESSIONS)[:, None]
    listed = (session >= names.first) & (session <= names.last)
    there = listed & (draw.integers(0, 1000, close.shape) > 0)
    at = np.nonzero(there)
    days = np.busday_offset(np.datetime64(_FIRST_DAY), np.arange(SESSIONS), busdaycal=_calendar())
    return {
        "day": days.astype(np.int64)[at[0]],
        "asset": at[1],
        **{
            name: np.round(values[at], 2)
            for name, values in (("open", opening), ("high", high), ("low", low), ("close", close))
        },
        "volume": np.rint(shares * names.turnover * busy)[at].astype(np.int64),
        "shares_outstanding": np.rint(shares)[at].astype(np.int64),
    }


def _prices(draw: np.random.Generator, names: _Names) -> tuple[Floats, Floats]:
    """(T, N) closes and daily returns: market, sector and own moves, and the planted momentum."""
    market = 0.0004 + 0.008 * _bell(draw, SESSIONS)
    sector = 0.006 * _bell(draw, SESSIONS, len(SECTORS))
    own = _bell(draw, SESSIONS, ASSETS) * names.volatility
    close = np.empty((SESSIONS, ASSETS))
    moves = np.zeros((SESSIONS, ASSETS))
    close[0] = _uniform(draw, 10.0, 250.0, ASSETS)
    for t in range(1, SESSIONS):
        drift = np.zeros(ASSETS)
        if t > 60:
            gain = 0.5 * (close[t - 1] / close[t - 21] - 1.0) + 0.5 * (close[t - 1] / close[t - 61] - 1.0)
            drift = _EFFECT * np.clip(gain - _exact_mean(gain), -0.3, 0.3)
        moves[t] = np.clip(market[t] + sector[t, names.sector] + own[t] + drift, -0.25, 0.25)
        close[t] = np.round(close[t - 1] * (1.0 + moves[t]), 2)
    return np.maximum(close, 0.5), moves


def _exact_mean(values: Floats) -> float:
    """The mean in fixed point: integers add up to the same in any order."""
    return float(np.rint(values * _FIXED_POINT).astype(np.int64).sum()) / _FIXED_POINT / len(values)


def _shares(draw: np.random.Generator) -> Floats:
    """(T, N) shares outstanding: buybacks and issues of up to 2 % a quarter."""
    start = np.rint(_uniform(draw, 2e7, 9e8, ASSETS))
    quarters = SESSIONS // 63 + 1
    steps = np.cumprod(1.0 + 0.005 * _bell(draw, quarters, ASSETS), axis=0)
    level: Floats = start * steps[np.arange(SESSIONS) // 63]
    return level


def _calendar() -> np.busdaycalendar:
    years = range(2019, 2026)
    return np.busdaycalendar(
        holidays=[np.datetime64(f"{y}-{d}") for y in years for d in ("01-01", "07-04", "12-25")]
    )
