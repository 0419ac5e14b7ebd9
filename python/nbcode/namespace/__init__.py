"""The platform's names in a namespace, the same in the three places that run cells, and which cell an exception came from."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
