"""A signal as data: scores or positions by date and symbol, kept as one parquet file and given back by date."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from alpha_bench.errors import DataError, SavedModelError

SIGNAL_FILES = ("signal.json", "signal.parquet")
"""What a signal is kept in: of which levels it is, and its values."""
_DATES = frozenset({"date", "datetime", "day", "session", "time", "timestamp"})


class NoSignalError(ValueError):
    """A value that is no signal; its text says why."""


class Signal:
    """A signal that was kept. ``values`` is a Series of float64 with the levels ``date`` (datetime64[ns]) and ``symbol`` (text),
    sorted, without missing values; a signal without symbols has the level ``date`` alone."""

    def __init__(self, values: pd.Series[float]) -> None:
        """``values`` as :func:`load_signal` reads them."""
        self.values = values

    @property
    def has_symbols(self) -> bool:
        """Whether there is a value for each symbol, or one for each date."""
        return isinstance(self.values.index, pd.MultiIndex)

    def predict(self, data: Any) -> pd.Series[float]:
        """The signal on the rows of ``data``: a frame with the columns or index levels ``date`` and ``symbol``. NaN where the
        signal has no value for a row.

        Raises:
            DataError: R36 where the frame has no dates (or no symbols), or for none of its rows the signal has a value.
        """
        frame = data if isinstance(data, pd.DataFrame) else pd.DataFrame(index=pd.Index(data))
        dates = _level(frame, "date")
        keys: pd.Index[Any] = pd.DatetimeIndex(dates, name="date")
        known = self.values.index.get_level_values("date")
        if not keys.isin(known).any():
            raise DataError(
                "R36",
                f"the signal has no value on these dates: it has {known.min():%Y-%m-%d} to {known.max():%Y-%m-%d}",
                "ask for dates that it has, or promote the notebook on newer data",
            )
        if self.has_symbols:
            keys = pd.MultiIndex.from_arrays([keys, _level(frame, "symbol")], names=["date", "symbol"])
            if not keys.isin(self.values.index).any():
                raise DataError(
                    "R36",
                    f"the signal has no value of these symbols on these dates: it has {_some(self.values.index)}",
                    "write symbols as the signal has them",
                )
        found = self.values.reindex(keys)
        return pd.Series(found.to_numpy(), index=frame.index, name="signal")


def has_signal(directory: Path) -> bool:
    """Whether a signal is kept in ``directory``, and no model."""
    return (directory / SIGNAL_FILES[0]).is_file()


def load_signal(directory: Path) -> Signal:
    """Read what a clean run kept. Raises SavedModelError R35 for anything else."""
    try:
        plain = json.loads((directory / SIGNAL_FILES[0]).read_bytes())
        keys = [str(key) for key in plain["keys"]]
        if plain["kind"] != "signal" or keys not in (["date"], ["date", "symbol"]):
            raise ValueError("it is of another kind")  # noqa: TRY301
        frame = pd.read_parquet(directory / SIGNAL_FILES[1])
        return Signal(frame.set_index(keys)["value"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SavedModelError(
            "R35", f"{directory} holds no saved signal: {str(error)[:300]}", "promote it again"
        ) from error


def as_signal(value: object) -> pd.Series[float]:
    """``value`` as one Series on ``date`` or on ``date`` and ``symbol``. Raises ``NoSignalError`` for anything else."""
    if isinstance(value, pd.DataFrame) and value.shape[1] == 1 and isinstance(value.index, pd.MultiIndex):
        value = value.iloc[:, 0]
    if isinstance(value, pd.DataFrame):
        if isinstance(value.index, pd.MultiIndex) or isinstance(value.columns, pd.MultiIndex):
            raise NoSignalError("it has more than one column and an index of more than one level")
        wide = value.set_axis(_dates(value.index), axis=0).set_axis(value.columns.astype(str), axis=1)
        stacked: Any = wide.stack()
        return _sorted(stacked, list(stacked.index.get_level_values(0)), stacked.index.get_level_values(1))
    if not isinstance(value, pd.Series):
        raise NoSignalError(f"it is a {type(value).__name__}")
    if not isinstance(value.index, pd.MultiIndex):
        return _sorted(value, _dates(value.index), None)
    if value.index.nlevels != 2:
        raise NoSignalError(f"its index has {value.index.nlevels} levels")
    levels = [value.index.get_level_values(n) for n in (0, 1)]
    at = next((n for n in (0, 1) if _is_dates(levels[n])), None)
    if at is None:
        raise NoSignalError("no level of its index holds dates")
    return _sorted(value, _dates(levels[at]), levels[1 - at])


def _sorted(values: pd.Series[Any], dates: Any, symbols: Any) -> pd.Series[float]:
    try:
        numbers = np.asarray(values, dtype="float64")
    except (TypeError, ValueError) as error:
        raise NoSignalError("its values are no numbers") from error
    index: pd.Index[Any] = pd.DatetimeIndex(dates, name="date").astype("datetime64[ns]")
    if symbols is not None:
        index = pd.MultiIndex.from_arrays([index, pd.Index(symbols).astype(str)], names=["date", "symbol"])
    return pd.Series(numbers, index=index).dropna().sort_index()


def _is_dates(level: pd.Index[Any]) -> bool:
    return isinstance(level, pd.DatetimeIndex | pd.PeriodIndex) or str(level.name).lower() in _DATES


def _dates(level: pd.Index[Any]) -> pd.DatetimeIndex:
    if isinstance(level, pd.PeriodIndex):
        level = level.to_timestamp()
    if pd.api.types.is_numeric_dtype(level):
        raise NoSignalError("its index holds numbers, not dates")
    try:
        found = pd.DatetimeIndex(pd.to_datetime(level))
    except (TypeError, ValueError) as error:
        raise NoSignalError("its index holds no dates") from error
    return found.tz_localize(None) if found.tz is not None else found


def _some(index: pd.Index[Any]) -> str:
    """The first symbols of a signal."""
    symbols = index.get_level_values("symbol").unique()
    return ", ".join(symbols[:5]) + (", ..." if len(symbols) > 5 else "")


def _level(frame: pd.DataFrame, name: str) -> Any:
    if name in frame.columns:
        found = pd.Index(frame[name])
    elif name in frame.index.names:
        found = frame.index.get_level_values(name)
    elif name == "date" and isinstance(frame.index, pd.DatetimeIndex):
        found = frame.index
    else:
        raise DataError("R36", f"the frame has no `{name}`", "give it the columns date and symbol")
    if name == "symbol":
        return found.astype(str)
    try:
        return _dates(found)
    except ValueError as error:
        raise DataError("R36", f"`{name}` holds no dates", "convert it by pandas.to_datetime") from error
