"""The window to pandas: the dates and numbers of a frame, and the frame on another future."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_FIRST_DAY = 1900_01_01
_DATE_NAMES = frozenset({"date", "day", "datetime", "timestamp", "time", "asof", "as_of", "session"})


def is_frame(value: object) -> bool:
    """Whether it is a pandas frame; asked by type, since objects of the platform have every attribute."""
    return isinstance(value, pd.DataFrame)


def is_indexed(value: object) -> bool:
    """Whether it is a pandas frame or series."""
    return isinstance(value, pd.DataFrame | pd.Series)


def dates_of(values: Any, name: object) -> np.ndarray[Any, Any] | None:
    """``values`` (a column or an index level called ``name``) as datetime64[ns], None where they are no dates.

    Text is taken for dates under a name that says so or where it is written as 2024-01-31, and whole numbers such as 20240131 under
    such a name; and only when all of it is.
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        return np.asarray(pd.DatetimeIndex(values).tz_localize(None))
    named, numeric = str(name).lower() in _DATE_NAMES, pd.api.types.is_numeric_dtype(values)
    if not named and (numeric or not all(_ISO.match(str(one)) for one in values[:1])):
        return None
    if numeric and not (pd.api.types.is_integer_dtype(values) and (np.asarray(values) >= _FIRST_DAY).all()):
        return None
    try:
        text = values.astype(str) if numeric else values
        parsed = pd.to_datetime(text, errors="coerce", format="%Y%m%d" if numeric else None)
    except (TypeError, ValueError):
        return None
    return None if len(parsed) == 0 or bool(parsed.isna().any()) else np.asarray(parsed)


def numbers_of(value: Any) -> np.ndarray[Any, Any] | None:
    """The numeric columns of a frame, series or array as (rows, columns) float64; None where there are none."""
    if isinstance(value, pd.Series):
        value = value.to_frame()
    if isinstance(value, pd.DataFrame):
        value = value.select_dtypes(["number", "bool"])
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        return None
    array = array[:, None] if array.ndim == 1 else array
    return array if array.ndim == 2 and array.shape[1] else None


def with_other_future(
    frame: pd.DataFrame,
    dates: np.ndarray[Any, Any],
    cut: np.datetime64,
    gone: tuple[str, frozenset[str]] | None,
    keys: Collection[object] = (),
) -> pd.DataFrame:
    """``frame`` up to ``cut``, and afterwards numbers moved at random (but in the columns ``keys``), or the rows of the names ``gone`` (column, names) left out."""
    later = dates > cut
    if gone is not None:
        column, names = gone
        return frame[~(later & frame[column].astype(str).isin(names).to_numpy())]
    changed = frame.copy()
    moves = np.random.default_rng(20_260_101).lognormal(0.0, 0.5, len(frame))
    for column in changed.select_dtypes("number").columns.difference(list(keys), sort=False):
        values = changed[column].to_numpy(dtype=np.float64, na_value=np.nan)
        changed[column] = np.where(later, values * moves, values)
    return changed


def table_at(path: Path) -> pd.DataFrame | None:
    """The table of a CSV or parquet file, None where it cannot be read."""
    try:
        return pd.read_parquet(path) if path.suffix.lower() == ".parquet" else pd.read_csv(path)
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
