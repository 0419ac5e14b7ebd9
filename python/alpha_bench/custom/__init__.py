"""Researchers' own functions: ``@feature``, what identifies a function, how it is computed, and how it is checked."""
