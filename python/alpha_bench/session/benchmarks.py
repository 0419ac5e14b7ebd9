"""What a book is measured against: an asset of the panel, or a series of returns."""

from __future__ import annotations

from typing import Any

import numpy as np

from alpha_bench.errors import DataError, nearest, some
from alpha_bench.expressions import ValueSource, field
from alpha_bench.runtime import Floats, digest_of


def benchmark_returns(given: object, panel: ValueSource) -> tuple[Floats | None, str | None]:
    """(T,) returns of each session of ``panel``, NaN where there is none, and what they are called. ``(None, None)`` for None.

    ``given`` is the name of an asset, whose return is that of its close, or a pandas series of returns by date.

    Raises:
        AlphaBenchError: R28 for anything else, R06 for an asset that there is not or a panel without ``close``, E15 for a series that
            has no date in common with the panel.
    """
    if given is None:
        return None, None
    dates, assets = np.asarray(panel.dates, dtype="datetime64[D]"), np.asarray(panel.assets)
    if isinstance(given, str):
        if given not in assets:
            close = nearest(given, map(str, assets))
            fix = f"write benchmark={close!r}" if close else f"the panel has {some(map(str, assets))}"
            raise DataError("R06", f"the panel has no asset {given!r}", fix=fix)
        price = panel.compute((field("close"),))[0][:, int(np.flatnonzero(assets == given)[0])]
        out = np.full(len(dates), np.nan)
        out[1:] = price[1:] / price[:-1] - 1.0
        return out, given
    return _of_series(given, dates)


def _of_series(given: Any, dates: Any) -> tuple[Floats, str]:
    try:
        at = np.asarray(given.index.values, dtype="datetime64[D]")
        values = np.asarray(given, dtype=np.float64)
    except (AttributeError, TypeError, ValueError):
        at, values = np.empty(0, "datetime64[D]"), np.empty((0, 0))
    if values.ndim != 1:
        raise DataError(
            "R28",
            f"benchmark is a {type(given).__name__}",
            fix="give the name of an asset, or a pandas series of returns by date",
        )
    order = np.argsort(at, kind="stable")
    at, values = at[order], values[order]
    place = np.minimum(np.searchsorted(at, dates), max(len(at) - 1, 0))
    known = at[place] == dates if len(at) else np.zeros(len(dates), bool)
    if not known.any():
        raise DataError(
            "E15",
            f"the benchmark has no date in common with the panel, {dates[0]} to {dates[-1]}",
            fix="give it an index of days, as pandas.to_datetime makes them",
        )
    out = np.where(known, values[place], np.nan)
    name = str(given.name) if given.name is not None else "benchmark"
    return out, f"{name} {digest_of([None if v != v else v for v in out.tolist()])[7:19]}"  # noqa: PLR0124
