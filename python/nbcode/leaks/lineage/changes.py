"""What of a run's inputs is given another future, or another past."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import numpy as np

from nbcode.primitives import dataclass


class Change(StrEnum):
    """What changes: values after the cut, each by itself; the same, but so that they follow one another, and every second column of both signs
    with the other sign, so that another choice is the best one of them; or so that they go on in a direction for a while; values after the cut, and a
    third of the names leaves then; values before it; these, and nothing happens after it; that alone; nothing at all, for a look at whether a run
    gives the same twice."""

    MOVED = "moved"
    TURNED = "turned"
    TRENDING = "trending"
    LEAVING = "leaving"
    PAST = "past"
    PAST_FLAT = "past, nothing after"
    FLAT = "nothing after"
    NONE = "none"

    @property
    def of_past(self) -> bool:
        """Whether values before the cut are others."""
        return self in {Change.PAST, Change.PAST_FLAT}

    @property
    def of_future(self) -> bool:
        """Whether values after the cut are others."""
        return self in {Change.MOVED, Change.TURNED, Change.TRENDING, Change.LEAVING}

    @property
    def of_values(self) -> bool:
        """Whether values after the cut are others, and nothing else is."""
        return self in {Change.MOVED, Change.TURNED}

    @property
    def is_flat(self) -> bool:
        """Whether every value stays after the cut what it was then."""
        return self in {Change.FLAT, Change.PAST_FLAT}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Future:
    """A change at ``cut``, a session whose own values stay; where rows of a day are known at several times of it, those up to ``time``.
    ``leaves``: a third of the names leaves as well."""

    change: Change
    cut: np.datetime64
    time: np.timedelta64 | None = None
    leaves: bool = False

    @property
    def stamp(self) -> np.datetime64:
        """The last moment whose values stay."""
        return self.cut + (np.timedelta64(86_399, "s") if self.time is None else self.time)

    @property
    def names_leave(self) -> bool:
        """Whether a third of the names is not there after the cut."""
        return self.leaves or self.change is Change.LEAVING

    @property
    def moment(self) -> str:
        """The cut as a day, and the time of it where there is one."""
        return self.day if self.time is None else str(self.stamp)[:16].replace("T", " ")

    @property
    def day(self) -> str:
        """The cut as a day."""
        return str(self.cut)[:10]


def leaving(names: np.ndarray[Any, Any]) -> frozenset[str]:
    """The third of the names that leaves."""
    return frozenset(sorted(set(names.tolist()))[1::3])


def trends(sessions: int, names: int) -> np.ndarray[Any, Any]:
    """(T, N) factors that begin near 1 and go up or down for some weeks each: who rose goes on rising."""
    draw = np.random.default_rng(20_260_103)
    speed, out = np.zeros(names), np.zeros((sessions, names))
    for at in range(sessions):
        speed = 0.95 * speed + draw.normal(0.0, 0.01, names)
        out[at] = speed
    return np.asarray(np.exp(np.cumsum(out, axis=0)))
