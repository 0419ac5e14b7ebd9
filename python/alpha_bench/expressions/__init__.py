"""Expressions: immutable, hash-consed, not computed; their text, and the values that are bound to them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
