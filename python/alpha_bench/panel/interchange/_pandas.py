"""The window to pandas: frames in and out. Nothing else in the way in or out of a panel imports pandas."""

from __future__ import annotations

import decimal
import numbers
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from alpha_bench.errors import DataError
from alpha_bench.names import CLASSIFIERS, VOCABULARY
from alpha_bench.panel.interchange import _arrow
from alpha_bench.panel.interchange.tables import (
    LongTable,
    Rename,
    WideField,
    WideTable,
    no_rows,
    not_numbers,
    renamed,
    word_of,
)
from alpha_bench.panel.validation import Finding

_SOURCE = "the frame"
_LOOKED_AT = 8
_FIELD_LEVELS = frozenset(
    {"field", "price", "attributes"}
)  # yfinance says Price, pandas-datareader Attributes
_SYMBOL_LEVELS = frozenset({"symbol", "ticker", "asset", "symbols", "tickers"})
_DAILY = frozenset({"D", "B"})  # frequencies whose period is one day
_FIELDS = frozenset({*VOCABULARY["data"], "adj close", "adj_close", "vwap"})


def read(frame: Any, *, date: str, symbol: str, field: str | None, rename: Rename) -> LongTable | WideTable:
    """A frame or series of any layout; see :meth:`alpha_bench.panel.constructors.PanelConstructors.from_pandas`."""
    if isinstance(frame, pd.Series):
        name = field or frame.name
        if name is None:
            raise DataError("R57", "a series without a name: which field is it?", fix='give field="close"')
        frame = frame.to_frame(str(name))
    if len(frame) == 0:
        raise no_rows(_SOURCE)
    if frame.columns.nlevels == 2:
        return _two_levels(frame, symbol=symbol, rename=rename)
    names = {*map(str, frame.columns), *(str(n) for n in frame.index.names)}
    if frame.index.nlevels == 1 and not {date, symbol} <= names and _texts_of_dates(frame.index):
        raise DataError(
            "R57",
            f"the frame's index holds dates as texts, such as {frame.index[0]!r}: they cannot be distinguished from other texts",
            fix="frame.index = pandas.to_datetime(frame.index)",
        )
    if frame.index.nlevels == 2 or {date, symbol} <= names or not _dated(frame.index):
        return long(frame, date=date, symbol=symbol, rename=rename)
    if field is not None:
        return wide({field: frame}, rename=None)
    told = ", ".join(map(str, frame.columns[:6])) + (", ..." if len(frame.columns) > 6 else "")
    one = any(str(c).lower() in _FIELDS for c in frame.columns)
    raise DataError(
        "R57",
        f"a frame by date with the columns {told}: "
        + ("fields of one asset, which is not named" if one else "one field, which is not named"),
        fix=f"add a column {symbol!r} that names the asset" if one else 'give field="close"',
    )


def _dated(index: pd.Index) -> bool:
    return isinstance(index, pd.DatetimeIndex | pd.PeriodIndex)


def _texts_of_dates(index: pd.Index) -> bool:
    if not all(isinstance(value, str) for value in index[:_LOOKED_AT]):
        return False
    try:
        return len(pd.to_datetime(index[:_LOOKED_AT], format="ISO8601")) > 0
    except ValueError:
        return False


# -- long ----------------------------------------------------------------------------------------------------------


def long(frame: pd.DataFrame, *, date: str, symbol: str, rename: Rename = None) -> LongTable:
    """Keys as columns or as index levels, one column a field. Raises AlphaBenchError E13 to E16, R56."""
    frame = keys_as_columns(frame, date=date, symbol=symbol)
    twice = [str(n) for n, count in Counter(frame.columns).items() if count > 1]
    if twice:
        raise DataError("E16", f"the frame has column {twice[0]!r} twice", fix="keep one of them")
    if len(frame) == 0:
        raise no_rows(_SOURCE)
    columns = {str(n): _as_arrow(frame[n], str(n)) for n in frame.columns}
    table = pa.table(columns)
    return _arrow.long_table(table, _SOURCE, date=date, symbol=symbol, rename=rename)


def keys_as_columns(frame: pd.DataFrame, *, date: str, symbol: str) -> pd.DataFrame:
    """The frame with its keys as columns; of two index levels without names, the one that holds dates is the date."""
    levels = list(frame.index.names)
    if frame.index.nlevels == 2 and not {date, symbol} <= {*levels, *frame.columns}:
        dated = [_dated(frame.index.get_level_values(at)) for at in (0, 1)]
        if sorted(dated) == [False, True]:
            frame = frame.rename_axis(index=[date if d else symbol for d in dated])
            levels = list(frame.index.names)
    if not any(name in {date, symbol} for name in levels):
        return frame
    for name in levels:
        if name in frame.columns:
            raise DataError(
                "E16", f"the frame has {name!r} as a column and as an index level", fix="keep one of them"
            )
    return frame.reset_index()


def of_arrow(table: pa.Table) -> pd.DataFrame:
    """An Arrow table as a frame of Arrow-backed columns: every value as it is."""

    def column(name: str) -> pd.Series[Any]:
        held = table.column(name)
        if pa.types.is_string_view(held.type):  # of polars; rows of it cannot be chosen
            held = held.cast(pa.large_string())
        return pd.Series(pd.arrays.ArrowExtensionArray(held))

    return pd.DataFrame({name: column(name) for name in table.column_names})


def constants_of(
    frame: pd.DataFrame, columns: Sequence[str], numbers: Sequence[str] = (), *, symbol: str
) -> pd.DataFrame:
    """One row a symbol of those ``columns`` that hold one text for all rows of each symbol, and those of ``numbers`` that hold one
    number; the others are by date."""
    keyed = keys_as_columns(frame, date="date", symbol=symbol)
    codes, names = _arrow.codes_of(pa.chunked_array([_as_arrow(keyed[symbol], symbol)]), symbol, _SOURCE)
    texts = np.array(names, dtype=object)[codes]
    held: dict[str, Any] = {n: keyed[n].to_numpy(dtype=object) for n in columns}
    for name in numbers:
        held[name] = _floats(keyed[name], name)
    rows = pd.DataFrame({symbol: texts, **held}).drop_duplicates()
    found = rows.groupby(symbol, sort=False).first()  # the first that is known
    for name in held:
        known = rows[[symbol, name]].dropna().drop_duplicates()
        if known[symbol].duplicated().any():
            del found[name]
        elif name in columns:
            found[name] = found[name].map(word_of, na_action="ignore").astype(object)
    return found.reset_index()


def _floats(column: pd.Series[Any], name: str) -> NDArray[np.float64]:
    """A column of numbers as those of a long table are read. Raises AlphaBenchError E15 where it holds something else."""
    held = _as_arrow(column, name)
    if not _arrow.is_number(held.type):
        raise not_numbers(_SOURCE, name, str(held.type))
    chunks = held.chunks if isinstance(held, pa.ChunkedArray) else [held]
    return np.concatenate([part for chunk in chunks for part in _arrow.numbers_of(chunk)]).astype(np.float64)


def as_texts(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """The frame with ``columns`` as texts, codes too."""
    return frame.assign(**{n: frame[n].astype(object).map(word_of, na_action="ignore") for n in columns})


def _as_arrow(column: pd.Series[Any], name: str) -> pa.Array | pa.ChunkedArray:
    """One column as Arrow: objects that are all numbers become numbers, whatever mixture they are."""
    if isinstance(column.dtype, pd.PeriodDtype):
        _refuse_longer_periods(column.dtype, name)
        column = column.dt.to_timestamp()
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        ticks = column.dt.tz_convert(None).to_numpy()
        there = pa.timestamp(column.dtype.unit, pa.lib.tzinfo_to_string(column.dtype.tz))
        return pa.Array.from_pandas(ticks).view(there)
    try:
        return pa.Array.from_pandas(column)
    except (pa.ArrowException, TypeError, ValueError) as error:
        numbers_of = _numbers(column.to_numpy(dtype=object))
        if numbers_of is None:
            raise DataError(
                "E15",
                f"the frame has a column of mixed types: {name} ({str(error).splitlines()[0]})",
                fix="make each column one type",
            ) from None
        return pa.array(numbers_of)


def _refuse_longer_periods(held: pd.PeriodDtype, name: str) -> None:
    """Raise AlphaBenchError R56 for periods that are no days: the first day of one comes before what its row knows."""
    if held.freq.freqstr not in _DAILY:
        raise DataError(
            "R56",
            f"the frame: {name!r} holds {held}, whose periods are no days; a panel has one row a session",
            fix="write the day on which each row was known, such as the last of its period: "
            "column.dt.to_timestamp(how='end').dt.normalize()",
            column=name,
        )


def _numbers(values: NDArray[Any]) -> NDArray[np.float64] | None:
    """Objects as float64, None and NA as NaN; or None where one is no number."""
    out = np.full(values.shape, np.nan)
    for at, value in np.ndenumerate(values):
        if isinstance(value, numbers.Real | decimal.Decimal | np.bool_):
            out[at] = float(value)
        elif value is not None and value is not pd.NA:
            return None
    return out


# -- wide ----------------------------------------------------------------------------------------------------------


def wide(frames: Mapping[str, Any], *, rename: Rename = None) -> WideTable:
    """One frame a field, dates down and symbols across. Raises AlphaBenchError E13 to E17, R56."""
    new = renamed([str(n) for n in frames], rename, "the mapping")
    findings: list[Finding] = []
    fields: dict[str, WideField] = {}
    texts: dict[str, WideField] = {}
    for name, frame in frames.items():
        if not isinstance(frame, pd.DataFrame):
            raise DataError(
                "R57",
                f"{name!r} is a {type(frame).__name__}; a mapping holds one wide frame a field",
                fix="give dates down and symbols across, one frame a field",
            )
        called = new[str(name)]
        part = _wide_field(frame, str(name), findings, called in CLASSIFIERS)
        (texts if part.values.dtype == object else fields)[called] = part
    noticed = tuple(dict.fromkeys(findings))
    return WideTable(source="the frames", fields=fields, texts=texts, findings=noticed, renames=new)


def _wide_field(frame: pd.DataFrame, name: str, findings: list[Finding], is_group: bool) -> WideField:  # noqa: FBT001
    """Its values as numbers, or as objects where they are texts or the field ``is_group``."""
    if len(frame) == 0:
        raise no_rows(f"the frame {name!r}")
    days, noticed = _index_days(frame.index, name)
    findings += noticed
    kinds = {getattr(t, "kind", "O") for t in frame.dtypes}
    values: NDArray[Any] | None
    if is_group or any(k in "OTUS" or k == "M" for k in kinds):
        objects = frame.to_numpy(dtype=object)
        values = None if is_group else _numbers(objects)
        if values is None:
            if not is_group and (name in VOCABULARY["data"] or not _texts(objects)):
                raise not_numbers(_SOURCE, name, "objects")
            values = objects
    else:
        values = frame.to_numpy(dtype=np.float64, na_value=np.nan)
    return WideField(days=days, symbols=tuple(map(str, frame.columns)), values=values)


def _texts(objects: NDArray[Any]) -> bool:
    return all(isinstance(v, str) or v is None or v is pd.NA or v != v for v in objects.ravel().tolist())  # noqa: PLR0124 - NaN


def _index_days(index: pd.Index, name: str) -> tuple[NDArray[np.int32], tuple[Finding, ...]]:
    return _days(index.to_series(), "the index", f"the frame {name!r}")


def days_of_column(column: pd.Series[Any], name: str) -> NDArray[np.int32]:
    """(rows,) days since 1970-01-01. Raises AlphaBenchError E15, R56."""
    return _days(column, name, _SOURCE)[0]


def _days(column: pd.Series[Any], name: str, source: str) -> tuple[NDArray[np.int32], tuple[Finding, ...]]:
    table = _as_arrow(column, name)
    chunked = table if isinstance(table, pa.ChunkedArray) else pa.chunked_array([table])
    return _arrow.days_of(chunked, name, source)


def _two_levels(frame: pd.DataFrame, *, symbol: str, rename: Rename) -> WideTable:
    return replace(wide(fields_of_levels(frame, symbol=symbol), rename=rename), source=_SOURCE)


def fields_of_levels(frame: pd.DataFrame, *, symbol: str) -> dict[str, pd.DataFrame]:
    """A frame a field of columns (field, symbol) or (symbol, field), by the names of the levels, else by what they hold. Raises R57."""
    level = _field_level(frame.columns, symbol)
    names = list(dict.fromkeys(frame.columns.get_level_values(level)))
    return {str(n): pd.DataFrame(frame.xs(n, axis=1, level=level)) for n in names}


def _field_level(columns: pd.Index, symbol: str) -> int:
    named = [str(n).lower() for n in columns.names]
    for at in (0, 1):
        if named[at] in _FIELD_LEVELS or named[1 - at] in {*_SYMBOL_LEVELS, symbol.lower()}:
            return at
    known = [sum(str(v).lower() in _FIELDS for v in columns.unique(at)) for at in (0, 1)]
    if (known[0] > 0) != (known[1] > 0):
        return int(known[1] > 0)
    raise DataError(
        "R57",
        f"two levels of columns, {columns.names[0]!r} and {columns.names[1]!r}: neither says which holds the fields",
        fix='name them: frame.columns.names = ["field", "symbol"]',
    )


# -- out -----------------------------------------------------------------------------------------------------------


def wide_frame(dates: NDArray[np.datetime64], assets: NDArray[np.str_], values: NDArray[Any]) -> pd.DataFrame:
    """(T, N) values as a frame, sessions down and assets across; a copy."""
    return pd.DataFrame(values.copy(), index=sessions(dates), columns=symbols(assets))


def wide_frames(
    dates: NDArray[np.datetime64], assets: NDArray[np.str_], columns: Mapping[str, NDArray[Any]]
) -> pd.DataFrame:
    """Several (T, N) fields beside each other: columns (field, symbol)."""
    parts = {name: wide_frame(dates, assets, values) for name, values in columns.items()}
    return pd.concat(parts, axis=1, names=["field", "symbol"])


def long_frame(
    dates: NDArray[np.datetime64],
    assets: NDArray[np.str_],
    columns: Mapping[str, NDArray[Any]],
    keep: NDArray[np.bool_],
) -> pd.DataFrame:
    """Columns of (T, N) values where ``keep``, by a MultiIndex (date, symbol)."""
    session, asset = np.nonzero(keep)
    index = pd.MultiIndex(
        levels=[sessions(dates), symbols(assets)],  # type: ignore[list-item]
        codes=[session, asset],  # type: ignore[list-item]
        names=["date", "symbol"],
    )
    return pd.DataFrame({n: v[keep] for n, v in columns.items()}, index=index)


def sessions(dates: NDArray[np.datetime64]) -> pd.DatetimeIndex:
    """The index ``date``, at midnight."""
    return pd.DatetimeIndex(dates.astype("datetime64[ns]"), name="date")


def symbols(assets: NDArray[np.str_]) -> pd.Index:
    """The index ``symbol``."""
    named: pd.Index = pd.Index(assets.astype(object), name="symbol")
    return named


__all__ = [
    "as_texts",
    "constants_of",
    "days_of_column",
    "fields_of_levels",
    "keys_as_columns",
    "long",
    "long_frame",
    "of_arrow",
    "read",
    "sessions",
    "symbols",
    "wide",
    "wide_frame",
    "wide_frames",
]
