"""Research framework for cross-sectional signals: lazy expressions, leak-free walk-forward, honest reports.

The public names stand in ``__init__.pyi``, as every room's do. Importing the package imports nothing else: a name loads its own
module when it is first used.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
