"""Figures that cells draw again for nobody to see: they are made, and neither laid out, rendered nor saved, nor are they open afterwards:
a kernel renders what is open at the end of a cell."""

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
    figures: Any = getattr(sys.modules.get("matplotlib._pylab_helpers"), "Gcf", None)
    open_before = set() if figures is None else set(figures.figs)
    try:
        yield
    finally:
        for number in [] if figures is None else [one for one in figures.figs if one not in open_before]:
            figures.destroy(number)
        for holder, method, before in changed:
            setattr(holder, method, before)


def _nothing(*_: Any, **__: Any) -> None:
    """Draw nothing."""
