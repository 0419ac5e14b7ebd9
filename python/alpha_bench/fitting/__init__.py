"""Fitting: one pass over the data for all folds; fitted models, kept without pickle."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
