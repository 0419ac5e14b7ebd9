"""Research framework for cross-sectional signals: lazy expressions, leak-free walk-forward, honest reports."""

__version__ = "0.1.0"
