"""The window to a signal as data: scores or positions by date and symbol, written as one parquet file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from alpha_bench.describe import as_signal, signal_files
from nbcode.primitives import Diagnostic, Json, Place, canonical_json
from nbcode.results._pyarrow import write_columns

_SCHEMA_VERSION = 1


def save_signal(value: object, directory: Path, called: str) -> tuple[Diagnostic, ...]:
    """Write ``signal.json`` and ``signal.parquet``; equal signals give equal bytes. What hinders is returned (NBC-D15, H08).

    ``value`` is a Series or one column of a frame on dates, or on dates and symbols in either order; or a frame with a row a date
    and a column a symbol. Missing values are rows that the signal does not have.
    """
    try:
        values = as_signal(value)
    except ValueError as error:
        return (
            _problem(
                "NBC-D15",
                f"`{called}` is no signal: {error}",
                "a signal is a Series on (date, symbol), or a frame with a row a date and a column a symbol",
                f"give {called} an index of dates, as pandas.to_datetime makes them",
            ),
        )
    found = tuple(_wrong(values, called))
    if found:
        return found
    directory.mkdir(parents=True, exist_ok=True)
    described, kept = (directory / name for name in signal_files())
    keys = [str(name) for name in values.index.names]
    columns = {key: values.index.get_level_values(key) for key in keys}
    write_columns({**columns, "value": values.to_numpy()}, kept)
    plain: dict[str, Json] = {"schema_version": _SCHEMA_VERSION, "kind": "signal", "keys": [*keys]}
    described.write_bytes(canonical_json(plain) + b"\n")
    return ()


def _wrong(values: pd.Series[float], called: str) -> Iterator[Diagnostic]:
    if values.empty:
        yield _problem("NBC-H08", f"`{called}` has no value", "every row is missing", "look at its inputs")
    elif not np.isfinite(values.to_numpy()).all():
        yield _problem(
            "NBC-H08", f"`{called}` holds infinite values", "a score is a finite number", "clip them"
        )
    elif not values.index.is_unique:
        twice = values.index[values.index.duplicated()][0]
        yield _problem(
            "NBC-H08",
            f"`{called}` has two values for {twice}",
            "a signal has one value for a date and a symbol",
            "take one of them",
        )


def _problem(code: str, message: str, cause: str, fix: str) -> Diagnostic:
    return Diagnostic(code=code, message=message, cause=cause, fixes=(fix,), place=Place(tag="meta"))
