"""Whether a P&L is earned by positions that its own sessions made."""

from nbcode.leaks.positions.timing import OwnSession

__all__ = [
    "OwnSession",
]
