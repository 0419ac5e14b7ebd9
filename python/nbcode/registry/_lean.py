"""MLflow's import without what it can do without, which halves it: 1.7 s of CPU become 0.9 (MLflow 3.17).

MLflow is made to be imported where these are not installed (``mlflow-skinny``). What was imported so has no functions for data
frames and flavours, so this is for a process that only ever asks the client: the program ``nbcode``, never a notebook's.
"""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Iterator

_OPTIONAL = ("numpy", "pandas", "pyarrow", "scipy", "sklearn", "matplotlib", "plotly", "PIL", "litellm")


@contextlib.contextmanager
def lean_import() -> Iterator[None]:
    """Inside, what is optional and not yet loaded cannot be imported; no garbage is looked for, since imports make none."""
    absent = [name for name in _OPTIONAL if name not in sys.modules]
    collecting = gc.isenabled()
    gc.disable()
    for name in absent:
        sys.modules[name] = None  # type: ignore[assignment]  # Python's own sign for "not to be found"
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]
        gc.freeze()
        if collecting:
            gc.enable()
