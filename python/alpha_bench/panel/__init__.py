"""Panels: dates x assets; in and out of other libraries, and what is odd about their data."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
