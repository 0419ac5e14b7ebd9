"""The notebook language: ``.ipynb`` and percent ``.py`` to cells and their tags, and the ``[meta]`` block. Pure, but
for :func:`read_notebook`, which opens the file."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
