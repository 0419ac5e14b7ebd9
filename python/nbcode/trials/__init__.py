"""The ledger of trials: every variant that was looked at in a project, once, by definition, label and panel.

Window: ``_ledger.py``, the file in the store.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
