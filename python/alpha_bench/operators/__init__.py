"""The operators: one declaration each. A new operator is a new entry here plus its reference and its kernel."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
