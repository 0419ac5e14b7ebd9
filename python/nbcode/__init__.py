"""Promote the tagged cells of a notebook to a registered candidate, by a clean run, with no line rewritten."""

__version__ = "0.1.0"
