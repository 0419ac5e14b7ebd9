"""The window to pandas: the dates and numbers of a frame, and the frame on another future."""

from __future__ import annotations

import datetime as dt
import re
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nbcode.leaks.lineage import Change, Future, leaving
from nbcode.leaks.tables.factors import Factors

_DAY = re.compile(
    r"\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?([ T]|$)|\d{1,2}[-/. ](\d{1,2}|[A-Za-z]{3,9})[-/. ]\d{4}|[A-Za-z]{3,9}[- ]\d{4}$|(19|20)\d{6}$|\d{4}Q[1-4]$"
)
_DATE_NAMES = frozenset(
    {
        "date",
        "day",
        "datetime",
        "timestamp",
        "time",
        "asof",
        "as_of",
        "session",
        "month",
        "period",
        "yyyymm",
        "yyyymmdd",
    }
)
_ADJUSTED = re.compile(r"(^|_|\b)adj(usted)?(_|\b|close|price)", re.IGNORECASE)
_CODES = 40
_FORMS = (
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y/%m/%d",
    "%Y%m%d",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%d.%m.%Y",
)
_MOST_WORDS = 200_000
_EXACT = 2.0**53


def series_of(values: np.ndarray[Any, Any], name: str) -> pd.Series:
    """A column with a name."""
    return pd.Series(values, name=name)


def kept_as_it_is(table: Any) -> Any:
    """A copy of a frame or a series that no later change of it reaches: from pandas 3 on what is changed is copied then."""
    return table.copy(deep=int(pd.__version__.partition(".")[0]) < 3)


def is_frame(value: object) -> bool:
    """Whether it is a pandas frame; asked by type, since objects of the platform have every attribute."""
    return isinstance(value, pd.DataFrame)


def is_indexed(value: object) -> bool:
    """Whether it is a pandas frame or series."""
    return isinstance(value, pd.DataFrame | pd.Series)


def is_index(value: object) -> bool:
    """Whether it is an index of pandas."""
    return isinstance(value, pd.Index)


def shared_values(index: Any) -> Any:
    """What holds the values of an index, and of those that are made of it by another name."""
    return getattr(index, "_data", index)


def dates_of(values: Any, name: object) -> np.ndarray[Any, Any] | None:
    """``values`` (a column or an index level called ``name``) as datetime64[ns], None where they are no dates.

    Text is taken for dates where it is written like one, and under a name that says so; whole numbers such as 20240131 where all of
    them are days, and 202401 under such a name. And only when all of it is.
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        return np.asarray(pd.DatetimeIndex(values).tz_localize(None)).astype("datetime64[ns]")
    if isinstance(values.dtype, pd.PeriodDtype):
        return np.asarray(pd.PeriodIndex(values).to_timestamp(how="end").normalize()).astype("datetime64[ns]")
    named = str(name).lower() in _DATE_NAMES
    if len(values) == 0 or pd.api.types.is_bool_dtype(values) or pd.api.types.is_float_dtype(values):
        return None
    if pd.api.types.is_numeric_dtype(values):
        return _dates_of_numbers(values, named=named) if pd.api.types.is_integer_dtype(values) else None
    first = values[0] if isinstance(values, pd.Index) else values.iloc[0]
    if not named and not isinstance(first, dt.date) and not _DAY.match(str(first)):
        return None
    codes, words = pd.factorize(values)
    if (codes < 0).any() or len(words) > _MOST_WORDS:
        return None
    return _parsed_words(words, codes)


def dates_of_words(values: Any) -> np.ndarray[Any, Any] | None:
    """A list, an array or an index as datetime64[ns], None where it holds no dates."""
    index = values if isinstance(values, pd.Index) else pd.Index(np.asarray(values).ravel())
    if index.nlevels != 1 or pd.api.types.is_numeric_dtype(index):
        return None
    return dates_of(index, None)


def _parsed_words(words: Any, codes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            parsed = pd.to_datetime(words, errors="coerce")
            if bool(parsed.isna().any()):
                parsed = pd.to_datetime(words, errors="coerce", format="mixed")
        except (TypeError, ValueError):
            return None
    if bool(parsed.isna().any()):
        return None
    days = np.asarray(pd.DatetimeIndex(parsed).tz_localize(None)).astype("datetime64[ns]")
    return np.asarray(days[codes])


def _dates_of_numbers(values: Any, *, named: bool) -> np.ndarray[Any, Any] | None:
    numbers = np.asarray(values)
    low, high = int(numbers.min()), int(numbers.max())
    if low >= 1900_01_01 and high <= 2199_12_31:
        form, months = "%Y%m%d", numbers // 100 % 100
    elif named and low >= 1900_01 and high <= 2199_12:
        form, months = "%Y%m", numbers % 100
    else:
        return None
    if months.min() < 1 or months.max() > 12:
        return None
    codes, words = pd.factorize(numbers)
    parsed = pd.to_datetime(pd.Series(words).astype(str), errors="coerce", format=form)
    return None if bool(parsed.isna().any()) else np.asarray(parsed).astype("datetime64[ns]")[codes]


def names_series(values: Any, dates: np.ndarray[Any, Any]) -> bool:
    """Whether a column of texts tells series apart: several words, each on several dates, and on none of them twice."""
    if (
        pd.api.types.is_numeric_dtype(values)
        or pd.api.types.is_datetime64_any_dtype(values)
        or len(values) == 0
    ):
        return False
    codes, words = pd.factorize(values)
    if not 1 < len(words) <= len(values) // 3 or (codes < 0).any():
        return False
    _, days = np.unique(dates, return_inverse=True)
    return len(np.unique(codes.astype(np.int64) * (len(days) + 1) + days)) == len(values)


def numbers_of(value: Any) -> np.ndarray[Any, Any] | None:
    """A frame, a series or an array as (rows, columns) float64, with a number for each text and each day, what has more axes flat; None where it is no table."""
    if isinstance(value, pd.Series):
        value = value.to_frame()
    if isinstance(value, pd.DataFrame):
        if all(getattr(kind, "kind", "") in "fiub" for kind in value.dtypes):
            array: Any = value.to_numpy(dtype=np.float64)
        else:
            array = np.column_stack([_numbered(value.iloc[:, at]) for at in range(value.shape[1])])
    else:
        try:
            array = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            return None
    flat = (
        array[:, None]
        if array.ndim == 1
        else array.reshape(len(array), -1)
        if array.ndim > 2 and len(array)
        else array
    )
    table: np.ndarray[Any, Any] = np.asarray(flat)
    return table if table.ndim == 2 and table.shape[1] else None


def is_plain(value: Any) -> bool:
    """Whether a table holds nothing but numbers, so that :func:`numbers_of` has them as they are."""
    kinds = value.dtypes if isinstance(value, pd.DataFrame) else [getattr(value, "dtype", None)]
    return all(getattr(kind, "kind", "") in "fiub" and isinstance(kind, np.dtype) for kind in kinds)


def float_columns(frame: pd.DataFrame) -> Iterator[np.ndarray[Any, Any]]:
    """The columns of a frame that are floating-point numbers, as float64."""
    for at, kind in enumerate(frame.dtypes):
        if pd.api.types.is_float_dtype(kind):
            yield frame.iloc[:, at].to_numpy(dtype=np.float64, na_value=np.nan)


def _numbered(values: Any) -> np.ndarray[Any, Any]:
    if pd.api.types.is_datetime64_any_dtype(values):
        return np.asarray(values.astype("int64"), dtype=np.float64)
    if pd.api.types.is_numeric_dtype(values):
        return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan))
    words = np.asarray(values.astype(str), dtype=object)
    return np.asarray(pd.util.hash_array(words, categorize=True) >> np.uint64(12), dtype=np.float64)


def changed(
    frame: pd.DataFrame,
    dates: np.ndarray[Any, Any],
    names: np.ndarray[Any, Any] | None,
    future: Future,
    keys: Collection[object] = (),
    *,
    events: tuple[Collection[object], Collection[object]] = ((), ()),
    revised: Sequence[tuple[Collection[object], np.ndarray[Any, Any]]] = (),
) -> pd.DataFrame:
    """``frame`` with another future, by the session and the name of each row; the columns ``keys`` stay. Numbers are moved at random,
    texts, truth values and codes change places, where they are not one value a name for ever. The level of prices that are adjusted
    for splits is restated before the cut as well, by a power of two a name. ``events`` are columns of dates that nobody knew before, of what
    was told, which comes a week later where it comes after the cut, and of what ended, which change places there. ``revised`` columns have dates of
    their own, as late as their rows' or later. It is a copy."""
    later, earlier = dates > future.cut, dates < future.cut
    made = frame.copy()
    kept = {*keys, *events[0], *events[1]}
    others = [column for column in frame.columns if column not in kept]
    if future.change.of_past:
        _move(made, others, names, earlier, Factors(None, dates, names, earlier, others))
    if future.change.is_flat:
        _flatten(made, others, dates, names, later)
    if future.change.of_future:
        own = {column for columns, _ in revised for column in columns}
        for some, known in ((set(others) - own, dates), *revised):
            columns, after = [one for one in others if one in some], known > future.cut
            _move(made, columns, names, after, Factors(future.change, dates, names, after, columns))
            if future.change is Change.TURNED:
                _turn(made, columns, after)
        for column in others:
            if _ADJUSTED.search(str(column)) and pd.api.types.is_float_dtype(made[column]):
                made[column] = made[column] * np.where(later, 1.0, _powers(names, len(frame)))
        for told in events[0]:
            _postpone(made, told, future.cut)
        for ended in events[1]:
            _end_otherwise(made, ended, future.cut)
    if future.names_leave and names is not None:
        made = made[~(later & np.isin(names, sorted(leaving(names))))]
    return made


def _move(
    made: pd.DataFrame,
    columns: Sequence[Any],
    names: np.ndarray[Any, Any] | None,
    where: np.ndarray[Any, Any],
    factors: Factors,
) -> None:
    places = np.arange(len(made))
    places[where] = np.random.default_rng(20_260_101).permutation(places[where])
    before = made.copy(deep=False)
    for column in columns:
        values = made[column]
        if not isinstance(values, pd.Series) or pd.api.types.is_datetime64_any_dtype(values):
            continue
        whole = pd.api.types.is_integer_dtype(values)
        if (
            not pd.api.types.is_numeric_dtype(values)
            or pd.api.types.is_bool_dtype(values)
            or (whole and values.nunique() <= _CODES)
        ):
            if not _for_ever(values, names):
                made[column] = values.array.take(places)
            continue
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
        moved = np.where(where, numbers * factors.of(column), numbers)
        kind: Any = values.dtype
        if whole and kind.kind in "iu" and np.abs(moved).max(initial=0) < _EXACT:
            made[column] = np.where(where, np.round(moved), numbers).astype(kind)
        else:
            made[column] = moved
    for column, others, extreme in factors.ends():
        if _is_end(before, column, others, extreme):
            values = extreme.reduce(made[[column, *others]].to_numpy(dtype=np.float64), axis=1)
            made[column] = np.where(where, values, made[column])


def _is_end(made: pd.DataFrame, column: Any, others: Sequence[Any], extreme: np.ufunc) -> bool:
    """Whether a column is the highest, or the lowest, of the prices of its rows."""
    kinds = made[[column, *others]].dtypes
    if not others or not all(pd.api.types.is_float_dtype(kind) for kind in kinds):
        return False
    values = made[[column, *others]].to_numpy(dtype=np.float64)
    return bool(np.array_equal(extreme.reduce(values, axis=1), values[:, 0], equal_nan=True))


def _turn(made: pd.DataFrame, columns: Sequence[Any], where: np.ndarray[Any, Any]) -> None:
    """Give every second column of both signs, from the last on, the other sign."""
    signed = [
        c for c in columns if pd.api.types.is_float_dtype(made[c]) and made[c].min() < 0 < made[c].max()
    ]
    for column in signed[::-1][::2]:
        made[column] = made[column] * np.where(where, -1.0, 1.0)


def _postpone(made: pd.DataFrame, column: Any, cut: np.datetime64) -> None:
    """Let every date of ``column`` after ``cut`` be a week later, as it is written: in the same order, so that a table stays sorted."""
    values = made[column]
    days = days_in(values)
    if days is None:
        return
    after = np.asarray(days > pd.Timestamp(cut))
    later = days + pd.Timedelta(days=7)
    if pd.api.types.is_datetime64_any_dtype(values):
        made[column] = values.mask(after, values + pd.Timedelta(days=7))
        return
    known = days[values.notna().to_numpy()]
    words = values[values.notna()].astype(str).to_numpy()
    form = next((form for form in _FORMS if np.array_equal(known.strftime(form), words)), None)
    if form is not None:
        other = pd.Series(later.strftime(form), index=values.index)
        whole = pd.api.types.is_integer_dtype(values)
        made[column] = values.mask(after, other.astype(values.dtype) if whole else other)


def _end_otherwise(made: pd.DataFrame, column: Any, cut: np.datetime64) -> None:
    """Let the dates of ``column`` after ``cut`` change places, with those that are not there yet."""
    days = days_in(made[column])
    if days is None:
        return
    after = np.asarray(days > pd.Timestamp(cut)) | np.asarray(days.isna())
    places = np.arange(len(made))
    places[after] = np.random.default_rng(20_260_104).permutation(places[after])
    made[column] = made[column].array.take(places)


def days_in(values: Any) -> pd.DatetimeIndex | None:
    """The days of a column, NaT where it has none; None where something else is in it."""
    if not isinstance(values, pd.Series) or not len(values) or pd.api.types.is_float_dtype(values):
        return None
    text = (
        values
        if pd.api.types.is_datetime64_any_dtype(values)
        else values.astype(object).map(str, na_action="ignore")
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        days = pd.DatetimeIndex(pd.to_datetime(text, errors="coerce", utc=True)).tz_localize(None)
    return None if bool(days[values.notna().to_numpy()].isna().any()) else days


def _for_ever(values: Any, names: np.ndarray[Any, Any] | None) -> bool:
    """Whether a column is one value a name, or one at all: what it is, not what it was on a day."""
    if names is None:
        return bool(values.nunique(dropna=False) < 2)
    return bool((values.groupby(names).nunique(dropna=False) < 2).all())


def _flatten(
    made: pd.DataFrame,
    columns: Sequence[Any],
    dates: np.ndarray[Any, Any],
    names: np.ndarray[Any, Any] | None,
    later: np.ndarray[Any, Any],
) -> None:
    """Give each later row the last values of its name that are not later."""
    of = np.zeros(len(made), dtype=np.int64) if names is None else pd.factorize(names)[0]
    order = np.lexsort((np.arange(len(made)), dates, of))
    last = np.where(later[order], -1, np.arange(len(made)))
    filled = np.maximum.accumulate(last)
    same = (filled >= 0) & (of[order][np.maximum(filled, 0)] == of[order])
    source = np.arange(len(made))
    source[order] = np.where(later[order] & same, order[np.maximum(filled, 0)], order)
    for column in columns:
        if isinstance(made[column], pd.Series) and not pd.api.types.is_datetime64_any_dtype(made[column]):
            made[column] = made[column].array.take(source)


def _powers(names: np.ndarray[Any, Any] | None, rows: int) -> np.ndarray[Any, Any]:
    """By row a power of two that is drawn for its name: ratios of adjusted prices stay the same bits."""
    if names is None:
        return np.full(rows, 0.25)
    codes, words = pd.factorize(names)
    return np.asarray(
        np.array([0.25, 0.5, 2.0, 4.0])[np.random.default_rng(7).integers(0, 4, len(words))][codes]
    )


def table_at(path: Path) -> pd.DataFrame | None:
    """The table of a CSV or parquet file, None where it cannot be read."""
    try:
        return pd.read_parquet(path) if path.suffix.lower() == ".parquet" else pd.read_csv(path)
    except (ValueError, OSError):
        return None


def table_below(path: Path, rows: int, columns: Sequence[str]) -> pd.DataFrame | None:
    """The table of a CSV file below its first ``rows``, under ``columns``; None where it cannot be read."""
    try:
        return pd.read_csv(path, skiprows=rows, header=None, names=list(columns))
    except (ValueError, OSError):
        return None


def write_table(path: Path, frame: pd.DataFrame) -> None:
    """``frame`` as a CSV or parquet file, as its suffix says."""
    if path.suffix.lower() == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False)


def frames_of_store(path: Path) -> dict[str, pd.DataFrame]:
    """The frames of an HDF5 store that pandas has written, by key; none where it is another kind of HDF5 or PyTables is not there."""
    try:
        with pd.HDFStore(path, mode="r") as store:
            held = {key: store.get(key) for key in store.keys()}  # noqa: SIM118 - a store is no mapping
    except (ImportError, ValueError, OSError, KeyError, AttributeError, TypeError, RuntimeError):
        return {}
    return {key: frame for key, frame in held.items() if isinstance(frame, pd.DataFrame)}


def write_to_store(path: Path, frames: Mapping[str, pd.DataFrame]) -> None:
    """``frames`` in the store at ``path`` under their keys, each in the format that it had there."""
    opened: Any = pd.HDFStore(path, mode="a")
    with opened as store:
        for key, frame in frames.items():
            table = bool(store.get_storer(key).is_table)
            how = "table" if table else "fixed"
            store.put(key, frame, format=how, data_columns=table or None, track_times=False)


def grid_of(value: Any) -> tuple[np.ndarray[Any, Any] | None, tuple[str, ...] | None, Any] | None:
    """A table of one row a session and one column a name: dates (datetime64[ns], ascending; None where it has none), names (None where
    there is one column or they are not known), and float64 values (sessions x names). A long series or table, by date and name, becomes
    one. None for what is none."""
    if isinstance(value, pd.DataFrame):
        value = _long_series(value) if value.index.nlevels > 1 or _is_long(value) else value
    if isinstance(value, pd.Series) and value.index.nlevels == 2:
        value = _unstacked(value)
    if isinstance(value, pd.Series):
        return _ascending(dates_of(value.index, value.index.name), None, numbers_of(value))
    if isinstance(value, pd.DataFrame):
        if value.index.nlevels > 1 or not all(getattr(kind, "kind", "") in "fiub" for kind in value.dtypes):
            return None
        return _ascending(
            dates_of(value.index, value.index.name), tuple(map(str, value.columns)), numbers_of(value)
        )
    if value is None or isinstance(value, str):
        return None
    values = numbers_of(value)
    return None if values is None else (None, None, values)


def _ascending(
    dates: np.ndarray[Any, Any] | None, names: tuple[str, ...] | None, values: np.ndarray[Any, Any] | None
) -> tuple[np.ndarray[Any, Any] | None, tuple[str, ...] | None, Any] | None:
    if values is None:
        return None
    if dates is None or bool((np.diff(dates) > np.timedelta64(0)).all()):
        return dates, names, values
    days, at = np.unique(dates, return_index=True)
    return (days, names, values[at]) if len(days) == len(dates) else None


def _is_long(frame: pd.DataFrame) -> bool:
    return any(getattr(kind, "kind", "") not in "fiub" for kind in frame.dtypes)


def _long_series(frame: pd.DataFrame) -> Any:
    """The one column of numbers of a table by date and name, under these; the table itself where it is none."""
    if frame.index.nlevels > 1:
        return frame.iloc[:, 0] if frame.shape[1] == 1 else frame
    numbers = [c for c, kind in frame.dtypes.items() if getattr(kind, "kind", "") in "fiub"]
    others = [c for c in frame.columns if c not in numbers]
    if len(numbers) != 1 or len(others) not in {1, 2}:
        return frame
    return frame.set_index(others)[numbers[0]]


def _unstacked(series: Any) -> Any:
    """A series by date and name as a wide frame; an empty one where it has no dates or a row twice."""
    levels = [series.index.get_level_values(number) for number in (0, 1)]
    for at, level in enumerate(levels):
        dates = dates_of(level, level.name)
        if dates is not None and series.index.is_unique:
            index = pd.MultiIndex.from_arrays([pd.DatetimeIndex(dates), levels[1 - at].astype(str)])
            return pd.Series(series.to_numpy(), index).unstack()
    return pd.DataFrame()
