"""Rows as a caller holds them, of any library, as one pandas frame: rows and their order stay, of columns only what is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alpha_bench.errors import DataError
from alpha_bench.panel.interchange.tables import refuse_twice

if TYPE_CHECKING:
    import pandas as pd

_LONGEST_PATH = 1024
_TAKEN = (
    "give a pandas or polars frame, an Arrow table, a dict of columns, a list of dicts, "
    'or wide frames as {"close": frame, ...}'
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class HandedOver:
    """What a caller gave.

    Attributes:
        frame: rows; None where ``wide`` is given.
        wide: field -> frame, sessions down and symbols across, of a mapping or of columns in two levels.
        names: what all columns are called, also those that were not asked for.
        indexed: ``frame`` is a pandas frame of the caller's, whose index means something to them.
    """

    frame: pd.DataFrame | None = None
    wide: Mapping[str, pd.DataFrame] | None = None
    names: tuple[str, ...] = ()
    indexed: bool = False


def handed_over(x: Any, wanted: Collection[str]) -> HandedOver:
    """What ``x`` holds. Of polars, Arrow and what is read lazily only the columns ``wanted`` are collected.

    Raises:
        AlphaBenchError: R36 for what holds no named columns; E16 for two columns of one name.
    """
    import pandas as pd

    if isinstance(x, pd.Series):
        x = x.to_frame(x.name)
    if isinstance(x, pd.DataFrame):
        if x.columns.nlevels == 2:
            from alpha_bench.panel.interchange import _pandas

            return _of_mapping(_pandas.fields_of_levels(x, symbol="symbol"))
        return HandedOver(frame=x, names=tuple(map(str, x.columns)), indexed=True)
    home = type(x).__module__.partition(".")[0]
    if isinstance(x, Mapping):
        return _of_mapping(x)
    if home == "polars" and hasattr(x, "select"):
        return _of_polars(x, wanted)
    if home == "pyarrow" or hasattr(x, "__arrow_c_stream__"):
        return _of_arrow(x, wanted)
    if isinstance(x, list | tuple) and x and all(isinstance(row, Mapping) for row in x):
        return _made(lambda: pd.DataFrame.from_records([dict(row) for row in x]), "the list")
    if isinstance(x, np.ndarray) and x.dtype.names and x.ndim == 1:
        return _made(lambda: pd.DataFrame.from_records(x), "the array")
    if isinstance(x, list | tuple) and not x:
        raise DataError("E13", "the list has no rows", fix="check how it was made")
    if isinstance(x, str) and (len(x) > _LONGEST_PATH or x.lstrip()[:1] in {"[", "{"}):
        raise DataError(
            "R36", f"no predictions are made of a text, {x[:40]!r}... ({len(x):,} characters)", fix=_TAKEN
        )
    if isinstance(x, str | os.PathLike):
        raise DataError(
            "R36",
            f"no predictions are made of a path, {os.fspath(x)!r}",
            fix="give Panel.of(path), or what pandas.read_csv or read_parquet makes of it: the columns that the model was fitted on may be called otherwise in the file",
        )
    what = f"a {type(x).__name__}" + ("" if home == "builtins" else f" of {home}")
    raise DataError("R36", f"no predictions are made of {what}: it has no named columns", fix=_TAKEN)


def _of_mapping(x: Mapping[Any, Any]) -> HandedOver:
    """Wide frames where every value is a pandas frame, else columns."""
    import pandas as pd

    if x and all(pd.api.types.is_scalar(value) for value in x.values()):
        raise DataError("R36", "the mapping is one row", fix="give the rows as a list of such mappings")
    frames = [name for name, value in x.items() if isinstance(value, pd.DataFrame)]
    if frames and len(frames) == len(x):
        return HandedOver(wide={str(n): f for n, f in x.items()}, names=tuple(map(str, x)))
    if frames or any(hasattr(value, "columns") for value in x.values()):
        other = next(name for name in x if name not in frames)
        raise DataError(
            "R36",
            f"of the mapping {frames[0] if frames else other!r} is a frame and "
            f"{other!r} a {type(x[other]).__name__}",
            fix="give one wide pandas frame a field, or one column a field",
        )
    return _made(lambda: pd.DataFrame({str(n): _column(v) for n, v in x.items()}), "the mapping")


def _column(values: Any) -> Any:
    """One column of a mapping; what is of no library that pandas knows is left to it."""
    return values.to_list() if type(values).__module__.partition(".")[0] in {"polars", "pyarrow"} else values


def _made(make: Callable[[], pd.DataFrame], source: str) -> HandedOver:
    try:
        frame = make()
    except (ValueError, TypeError) as error:
        raise DataError("R36", f"{source} holds no columns of one length: {error}", fix=_TAKEN) from error
    if not len(frame):
        raise DataError("E13", f"{source} has no rows", fix="check how it was made")
    names = tuple(map(str, frame.columns))
    return HandedOver(frame=frame.set_axis(list(names), axis=1), names=names)


def _of_polars(x: Any, wanted: Collection[str]) -> HandedOver:
    lazy = hasattr(x, "collect")
    names = tuple(x.collect_schema().names() if lazy else x.columns)
    kept = x.select([n for n in names if n in wanted])
    held = _of_arrow(kept.collect() if lazy else kept, wanted)
    return HandedOver(frame=held.frame, names=names)


def _of_arrow(x: Any, wanted: Collection[str]) -> HandedOver:
    from alpha_bench.panel.interchange import _arrow, _pandas

    table = _arrow.table_of(x)
    names = tuple(map(str, table.column_names))
    refuse_twice(list(names), f"the {type(x).__name__}")
    kept = _pandas.of_arrow(table.select([n for n in names if n in wanted]))
    return HandedOver(frame=kept, names=names)


def days_of_rows(frame: pd.DataFrame, name: str = "date") -> NDArray[np.datetime64]:
    """(rows,) the day of each row of a long frame, by its column or index level ``name``, or of a frame by date, by its index.

    Raises:
        AlphaBenchError: E15 and R56 as :meth:`alpha_bench.panel.constructors.PanelConstructors.of`.
    """
    from alpha_bench.panel.interchange import _pandas

    keyed = _pandas.keys_as_columns(frame, date=name, symbol="symbol")
    column = keyed[name] if name in keyed.columns else frame.index.to_series()
    return _pandas.days_of_column(column, name).astype("datetime64[D]")


def dates_of_texts(column: pd.Series[Any], date_format: str) -> pd.Series[Any]:
    """A column of texts as dates, where all of them are written in ``date_format``; anything else as it is."""
    import pandas as pd

    if not pd.api.types.is_string_dtype(column):
        return column
    try:
        return pd.to_datetime(column, format=date_format)
    except ValueError:
        return column
