"""The engine: plan, schedule, execute. The only place that walks the data."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
