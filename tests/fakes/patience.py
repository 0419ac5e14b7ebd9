"""Tests of time limits on a machine of any speed: a limit is doubled twice until what it is to interrupt had begun."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LIMITS_S = (1.0, 4.0, 16.0, 64.0, 256.0)
ENOUGH_S = 900.0
"""For what ends by itself: long enough on the slowest machine, and never waited for when all is well."""


def with_time_to_begin(run: Callable[[float], T], begun: Callable[[T], bool], *, least_s: float = 1.0) -> T:
    """``run(limit_s)`` with the shortest limit in which what is limited had ``begun``."""
    limits = [limit for limit in LIMITS_S if limit >= least_s]
    for limit in limits[:-1]:
        found = run(limit)
        if begun(found):
            return found
    return run(limits[-1])
