"""Values that every room speaks in: digests, canonical JSON, a codec, diagnostics, errors, cancellation, held directories.

Imports no other room. Each is loaded when it is first asked for: `nbcode --help` needs two of them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
