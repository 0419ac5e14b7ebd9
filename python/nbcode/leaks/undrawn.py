"""Figures that cells draw again for nobody to see: they are made, and neither laid out, rendered nor saved."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_DRAWS = {
    "matplotlib.figure": ("Figure", ("draw", "savefig", "tight_layout")),
    "matplotlib.backends.backend_agg": ("FigureCanvasAgg", ("draw", "print_figure")),
}
"""Methods that give None; a figure that is not laid out has the same values."""


@contextmanager
def undrawn() -> Iterator[None]:
    """Matplotlib, where it is imported already, draws nothing meanwhile; it is not imported for that."""
    changed: list[tuple[Any, str, Any]] = []
    for module, (name, methods) in _DRAWS.items():
        holder = getattr(sys.modules.get(module), name, None)
        for method in methods if isinstance(holder, type) else ():
            if method in vars(holder):
                changed.append((holder, method, vars(holder)[method]))
                setattr(holder, method, _nothing)
    try:
        yield
    finally:
        for holder, method, before in changed:
            setattr(holder, method, before)


def _nothing(*_: Any, **__: Any) -> None:
    """Draw nothing."""
