"""The leak probe: whether what plain Python cells learnt from knew the future."""

from nbcode.leaks.probe import probe_leaks

__all__ = ["probe_leaks"]
