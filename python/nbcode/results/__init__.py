"""The end of a clean run: what the cells left becomes a model, a report and predictions, or a finding."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
