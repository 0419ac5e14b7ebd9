"""A run: the promoted cells alone, in a fresh kernel, in the sandbox, with only what they declare.

What to run (``RunContent``) is apart from where (``Placement``). A ``Runner`` takes a plan and is asked about it later; ``drive``
follows a run to its end by feeding what is observed to the state machine. ``_local.py`` is the runner of this machine.
Windows: ``_local.py``, ``_attempt.py`` (here), ``_execute.py``, ``_papermill.py``, ``_kernel.py`` (inside the sandbox).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
