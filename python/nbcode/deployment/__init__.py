"""What nbcode is in a cluster: the manifests that ship with it, filled in for one place, and whether a cluster has them as they are."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
