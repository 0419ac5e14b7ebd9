"""What `nbcode.toml` says, and where a notebook's project and store are. Standard library only."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
