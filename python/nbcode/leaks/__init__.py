"""The leak probe: whether what plain Python cells learnt from knew the future."""

from nbcode.leaks._parts import PART, can_have_parts, parts_of, write_parts
from nbcode.leaks.keys import has_dates
from nbcode.leaks.look import Look, Obstacle, not_looked_at
from nbcode.leaks.probe import probe_leaks

__all__ = [
    "PART",
    "Look",
    "Obstacle",
    "can_have_parts",
    "has_dates",
    "not_looked_at",
    "parts_of",
    "probe_leaks",
    "write_parts",
]
