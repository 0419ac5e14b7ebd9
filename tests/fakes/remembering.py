"""A module with a memory, which a function per window must not have."""

from __future__ import annotations

_seen = [0.0]


def last(values):
    """``values`` and how often this was called."""
    _seen[0] += 1.0
    return values + _seen[0]
