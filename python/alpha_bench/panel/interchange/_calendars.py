"""The window to exchange_calendars: the sessions of an exchange. An optional extra: ``alpha-bench[calendars]``."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from alpha_bench.errors import DataError, MissingLibraryError, nearest


def sessions_of(exchange: str, first: np.datetime64, last: np.datetime64) -> NDArray[np.datetime64]:
    """(n,) datetime64[D]: the sessions of ``exchange`` from ``first`` to ``last``, both included.

    Raises:
        AlphaBenchError: E19 for a calendar that there is not, E21 where the library is not installed.
    """
    try:
        import exchange_calendars
    except ImportError:
        raise MissingLibraryError(
            "E21",
            "calendars of exchanges come from exchange_calendars, which is not installed",
            fix="pip install 'alpha-bench[calendars]'",
        ) from None
    known = exchange_calendars.get_calendar_names()
    if exchange not in known:
        close = nearest(exchange, known)
        raise DataError(
            "E19",
            f"there is no calendar {exchange!r}",
            fix=f"did you mean {close!r}?"
            if close
            else "XNYS is New York, XLON London, XTKS Tokyo, 24/7 every day",
            exchange=exchange,
        )
    # A calendar with room at both ends: the library refuses bounds at which nothing trades.
    room = np.timedelta64(15, "D")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is written for older pandas
        calendar = exchange_calendars.get_calendar(exchange, start=str(first - room), end=str(last + room))
    days: NDArray[np.datetime64] = calendar.sessions.to_numpy().astype("datetime64[D]")
    return np.asarray(days[(days >= first) & (days <= last)])
