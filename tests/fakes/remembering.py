"""A module with a memory, which a function per window must not have."""

from __future__ import annotations


def last(values):
    """``values`` and how often this was called."""
    last.calls.append(1.0)
    return values + len(last.calls)


last.calls = []
