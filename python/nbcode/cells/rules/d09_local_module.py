"""A tagged cell imports a module from the notebook's own folder.

Why: the file is no part of the spec. It can change without the spec's digest changing, and the clean run does not
have it.

Bad::

    from my_helpers import winsorise

Good::

    # %% [setup]
    def winsorise(frame, limit=0.01): ...
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.primitives import Diagnostic

CODE = "D09"
TITLE = "local module"


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding a module. Relative imports count: a notebook is no package."""
    told: set[str] = set()
    for facts in context.tagged:
        for found in facts.imports:
            module = found.module.split(".")[0]
            beside = module in context.beside and module not in sys.stdlib_module_names
            locked = context.locked is not None and module in context.locked
            if not (found.relative or (beside and not locked)) or module in told:
                continue
            told.add(module)
            shown = f".{found.module}" if found.relative else module
            yield finding(
                CODE,
                f"`{shown}` is a file beside the notebook",
                facts.place_of(found.node),
                cause="it is no part of the spec, and the clean run does not have it",
                fixes=(
                    "move what is used into a [setup] cell",
                    "make it a package and add it to the dependencies",
                ),
            )
