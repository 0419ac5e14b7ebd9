"""The leak probe: whether what plain Python cells learnt from knew the future."""

from nbcode.leaks._parts import can_have_parts, parts_of, write_parts
from nbcode.leaks.keys import has_dates
from nbcode.leaks.probe import probe_leaks

__all__ = ["can_have_parts", "has_dates", "parts_of", "probe_leaks", "write_parts"]
