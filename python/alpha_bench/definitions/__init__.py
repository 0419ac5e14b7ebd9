"""Definitions: features, label, estimator, universe, search as values. Nothing is computed."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
