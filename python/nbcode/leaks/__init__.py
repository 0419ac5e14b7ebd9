"""The leak probe: whether what plain Python cells learnt from knew the future."""

from nbcode.leaks.foresight import foresight

__all__ = ["foresight"]
