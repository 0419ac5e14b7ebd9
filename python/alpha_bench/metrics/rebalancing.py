"""When a book is renewed: each session, or at the last session of each week or month of the panel's calendar.

A session ends a week (ISO 8601, Monday to Sunday) or a month where the next session lies in another one. The last session of a panel ends
none: whether another follows is not known at it. A calendar is known ahead, so that this looks at no value that is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MONDAY = 4  # 1970-01-05


def rebalancing_sessions(dates: NDArray[np.datetime64], every: str) -> NDArray[np.int64]:
    """Positions in ``dates`` (T,), datetime64[D], increasing: all, or those that end a week or a month."""
    if every == "day":
        return np.arange(len(dates), dtype=np.int64)
    if every == "week":
        periods = (dates.astype(np.int64) - _MONDAY) // 7
    else:
        periods = dates.astype("datetime64[M]").astype(np.int64)
    return np.flatnonzero(periods[1:] != periods[:-1]).astype(np.int64)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Tranches:
    """Which tranches are held after the close of each session.

    Attributes:
        entries: (K,) sessions at whose close a tranche is bought, increasing.
        first, last: (D,) half-open range of the positions in ``entries`` that are held after the close of each session.
        leaving: (D,) the entry of the tranche that is sold at the close, -1 for none.
    """

    entries: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    leaving: NDArray[np.int64]


def tranches_of(days: int, *, holding: int, delay: int, formed: NDArray[np.int64] | None = None) -> Tranches:
    """Of tranches formed at the sessions ``formed`` (all ``days`` of them by default), bought ``delay`` sessions later, each held until
    ``holding`` more are bought."""
    formed = np.arange(days, dtype=np.int64) if formed is None else formed
    entries = formed[formed + delay < days] + delay
    last = np.searchsorted(entries, np.arange(days), side="right").astype(np.int64)
    leaving = np.full(days, -1, np.int64)
    leaving[entries[holding:]] = entries[: max(0, len(entries) - holding)]
    return Tranches(entries=entries, first=np.maximum(last - holding, 0), last=last, leaving=leaving)
