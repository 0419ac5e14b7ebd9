"""The window to pandas: a declared input as a frame, parsed from the very bytes whose digest was checked."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nbcode.primitives import Diagnostic, NbcodeError, Place, digest_bytes
from nbcode.session.source import InputFile

_PARQUET = b"PAR1"
_COPY_ON_WRITE = int(pd.__version__.split(".", maxsplit=1)[0]) >= 3


def read_frame(file: InputFile) -> pd.DataFrame:
    """The frame of a declared input: parquet by its magic bytes, else CSV with pandas' own defaults.

    Raises:
        NbcodeError: NBC-E01 when the file is gone, NBC-E02 when its digest is another, NBC-E03 when it cannot be read as a table.
    """
    assert file.path is not None
    data = _bytes_of(file, file.path)
    try:
        if data[:4] == _PARQUET:
            return pd.read_parquet(io.BytesIO(data))
        return pd.read_csv(io.BytesIO(data))
    except (ValueError, OSError) as error:
        raise _refused(
            "NBC-E03",
            file.path,
            f"input `{file.name}` is not a table",
            f"pandas says: {error}",
            "declare a CSV with a header line, or a parquet file",
        ) from error


def share(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame that a cell may change without changing what the next cell reads: a lazy copy where pandas copies on write."""
    return frame.copy(deep=not _COPY_ON_WRITE)


def _bytes_of(file: InputFile, path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _refused(
            "NBC-E01",
            path,
            f"input `{file.name}` cannot be read",
            f"{error.strerror or error}",
            "correct its path under inputs: in [meta]",
        ) from error
    found = digest_bytes(data)
    if file.digest is not None and found != file.digest:
        raise _refused(
            "NBC-E02",
            path,
            f"input `{file.name}` changed: {file.digest.short} -> {found.short}",
            "the spec names the first digest and the file has the second",
            "promote again, so that the spec names the new bytes",
        )
    return data


def _refused(code: str, path: Path, message: str, cause: str, fix: str) -> NbcodeError:
    return NbcodeError(
        [Diagnostic(code=code, message=message, cause=cause, fixes=(fix,), place=Place(path=path.name))]
    )


_DATE_NAMES = frozenset({"date", "day", "datetime", "timestamp", "time", "asof", "as_of", "session"})


def is_frame(value: object) -> bool:
    """Whether it is a pandas frame; asked by type, since objects of the platform have every attribute."""
    return isinstance(value, pd.DataFrame)


def is_indexed(value: object) -> bool:
    """Whether it is a pandas frame or series."""
    return isinstance(value, pd.DataFrame | pd.Series)


def dates_of(values: Any, name: object) -> np.ndarray[Any, Any] | None:
    """``values`` (a column or an index level called ``name``) as datetime64[ns], None where they are no dates.

    Text is taken for dates only under a name that says so, and only when all of it is.
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        return np.asarray(pd.DatetimeIndex(values).tz_localize(None))
    if str(name).lower() not in _DATE_NAMES or pd.api.types.is_numeric_dtype(values):
        return None
    try:
        parsed = pd.to_datetime(values, errors="coerce")
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


def in_another_future(
    frame: pd.DataFrame,
    dates: np.ndarray[Any, Any],
    cut: np.datetime64,
    gone: tuple[str, frozenset[str]] | None,
) -> pd.DataFrame:
    """``frame`` up to ``cut``, and afterwards numbers moved at random, or the rows of the names ``gone`` (column, names) left out."""
    later = dates > cut
    if gone is not None:
        column, names = gone
        return frame[~(later & frame[column].astype(str).isin(names).to_numpy())]
    changed = frame.copy()
    moves = np.random.default_rng(20_260_101).lognormal(0.0, 0.5, len(frame))
    for column in changed.select_dtypes("number").columns:
        values = changed[column].to_numpy(dtype=np.float64, na_value=np.nan)
        changed[column] = np.where(later, values * moves, values)
    return changed
