"""The sandbox: one command, confined as strongly as this machine allows, and the isolation level reported as it is.

Isolation levels, each holding what the one before it holds: ``process`` (clean subprocess), ``environment`` (an interpreter
from the lock), ``landlock`` (files and TCP by the kernel), ``namespaces`` (bubblewrap: nothing else exists).
Nothing here imports what only Linux has; the windows do, when an isolation level asks for it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
