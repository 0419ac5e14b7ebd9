"""Numbers and what they mean, in plain words."""

from __future__ import annotations

import math
from collections.abc import Iterable

_FIVE_PERCENT = 1.96
_MANY_TESTS = 3.0
"""Harvey, Liu, Zhu (2016), '...and the Cross-Section of Expected Returns': a new factor should pass t > 3."""


def number(value: float | None, digits: int = 4) -> str:
    """``0.0123``, or a dash for what is not there."""
    return "–" if value is None or not math.isfinite(value) else f"{value:.{digits}f}"


def significance(t: float | None) -> str:
    """What a t statistic says, without promising more."""
    if t is None or not math.isfinite(t):
        return "too few dates to tell"
    if abs(t) < _FIVE_PERCENT:
        return "not significant"
    sign = ", with the wrong sign" if t < 0 else ""
    if abs(t) < _MANY_TESTS:
        return f"significant at 5 %{sign}, if this was the only idea tried"
    return f"significant{sign}, also after many tries (|t| > 3)"


def size_text(size_bytes: int) -> str:
    """``1.2 MB``."""
    size = float(size_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def seconds_text(seconds: float) -> str:
    """``4.1 s``, ``2 min 5 s``."""
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds) // 60} min {int(seconds) % 60} s"


_OF_COLUMNS = ("verified", "recomputed", "different")


def columns_text(counts: Iterable[tuple[str, int]]) -> str:
    """What a run says of the columns that it computed, beside what live kernels had kept: ``3 verified, 1 recomputed``."""
    return ", ".join(f"{count} {name}" for name, count in counts if name in _OF_COLUMNS and count)
