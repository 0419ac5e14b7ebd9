"""Which session and which name each row of a table is of, from what the table itself says or from the table that it was taken of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nbcode.leaks._pandas import dates_of
from nbcode.leaks._polars import is_polars, levels_of
from nbcode.primitives import dataclass

_NAME_NAMES = frozenset(
    {
        "symbol",
        "asset",
        "ticker",
        "name",
        "sid",
        "permno",
        "code",
        "instrument",
        "stock",
        "id",
        "gvkey",
        "isin",
        "cusip",
        "figi",
        "ric",
        "secid",
        "sym",
    }
)


_SESSIONS = frozenset(
    {
        "date",
        "day",
        "datetime",
        "timestamp",
        "time",
        "session",
        "trade_date",
        "tradedate",
        "trading_day",
        "dt",
        "quote_date",
        "price_date",
    }
)
_KNOWN = re.compile(
    r"fil(ed|ing)|announ|report|publi|releas|known|avail|accept|updat|revis|vintag|rdq|as_?of|receiv",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Keys:
    """By row: ``dates`` (datetime64), and ``names`` as text where it is known."""

    dates: np.ndarray[Any, Any]
    names: np.ndarray[Any, Any] | None


def explicit_keys(table: Any) -> Keys | None:
    """The keys that a frame or a series carries in its columns or its index; None where it has no dates. Of several columns of dates
    that of the session counts: one that is called so, else the first."""
    levels = dict(_levels(table))
    dated = _dated(levels)
    if not dated:
        return None
    session = next((name for name in dated if str(name).lower() in _SESSIONS), next(iter(dated)))
    return Keys(dates=dated[session], names=_names(levels))


def known_keys(table: Any) -> Keys | None:
    """As :func:`explicit_keys`, but the date of a row is the one on which it was known: the latest of its first date and of those that
    are called a filing, a report, an update and so on, where none of them is called a session."""
    levels = dict(_levels(table))
    dated = _dated(levels)
    if not dated:
        return None
    session = next((dates for name, dates in dated.items() if str(name).lower() in _SESSIONS), None)
    if session is None:
        told = [dates for name, dates in dated.items() if _KNOWN.search(str(name))]
        session = np.maximum.reduce([next(iter(dated.values())), *told])
    return Keys(dates=session, names=_names(levels))


def _dated(levels: Mapping[object, Any]) -> dict[object, np.ndarray[Any, Any]]:
    found: dict[object, np.ndarray[Any, Any]] = {}
    for name, values in levels.items():
        if str(name).lower() not in _NAME_NAMES and (dates := dates_of(values, name)) is not None:
            found[name] = dates
    return found


def _names(levels: Mapping[object, Any]) -> np.ndarray[Any, Any] | None:
    names = next((values for name, values in levels.items() if str(name).lower() in _NAME_NAMES), None)
    return None if names is None else np.asarray(names, dtype=str)


def has_dates(table: Any) -> bool:
    """Whether a frame says of each of its rows which session it is of."""
    return explicit_keys(table) is not None


def name_column(frame: Any) -> str | None:
    """The column that says which name a row is of."""
    return next((c for c in getattr(frame, "columns", ()) if str(c).lower() in _NAME_NAMES), None)


def key_columns(frame: Any) -> tuple[object, ...]:
    """The columns that say of which session and which name a row is: numbers in them are no values."""
    return tuple(
        column
        for column in frame.columns
        if str(column).lower() in _NAME_NAMES or dates_of(frame[column], column) is not None
    )


def wide_keys(frame: Any) -> Keys | None:
    """The keys of every value of a frame of one session a row and one name a column, row after row; None where it is none."""
    if frame.index.nlevels != 1 or frame.columns.nlevels != 1 or frame.shape[1] < 2 or not _all_float(frame):
        return None
    dates = dates_of(frame.index, frame.index.name)
    if dates is None:
        return None
    names = np.tile(np.asarray(frame.columns, dtype=str), len(frame))
    return Keys(dates=np.repeat(dates, frame.shape[1]), names=names)


def _all_float(frame: Any) -> bool:
    return all(getattr(kind, "kind", "") == "f" for kind in frame.dtypes)


def _levels(table: Any) -> Iterator[tuple[object, Any]]:
    if is_polars(table):
        yield from levels_of(table)
        return
    index = table.index
    for number, name in enumerate(index.names):
        yield name, index.get_level_values(number)
    for column in getattr(table, "columns", ()):
        yield column, table[column]
