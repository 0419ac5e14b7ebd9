"""Custom features (``@feature``): declared inputs and window, held to them by a causality probe."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
