"""The vocabulary: what a quant writes. ``features ts cs group labels``, the fields of ``data``, conditions."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
