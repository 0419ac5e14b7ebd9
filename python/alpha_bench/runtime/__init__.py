"""What every room may use: compilers, threads, canonical JSON, Arrow buffers. No finance."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
