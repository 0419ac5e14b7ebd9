"""Clocks that a test moves."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def ticking(start: datetime = datetime(2026, 1, 5, 9, tzinfo=UTC)) -> Callable[[], str]:
    """Each call is one second after the one before, as ISO 8601 UTC text."""
    ticks = itertools.count()
    return lambda: (start + timedelta(seconds=next(ticks))).isoformat().replace("+00:00", "Z")
