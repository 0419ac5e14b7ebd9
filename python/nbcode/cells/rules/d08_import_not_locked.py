"""A tagged cell imports a module that the environment's lock does not hold.

Why: the clean run has what the lock names and nothing else, so the import would fail there; or it would bring whatever
version happens to be installed. An import inside ``try: ... except ImportError`` is left alone. Modules in the notebook's
own folder are D09.

Bad::

    import talib

Good::

    # pyproject.toml: dependencies = ["ta-lib"], then `uv lock`
    import talib
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.primitives import Diagnostic, nearest

CODE = "D08"
TITLE = "import not in the lock"

_ALWAYS = frozenset(sys.stdlib_module_names) | {
    "alpha_bench",
    "nbcode",
    "__future__",
    "distutils",
    "imp",
    "asyncore",
}


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding a module; none where the lock is not known."""
    if context.locked is None:
        return
    told: set[str] = set()
    for facts in context.tagged:
        for found in facts.imports:
            module = found.module.split(".")[0]
            if (
                found.relative
                or found.guarded
                or module in told
                or module in _ALWAYS
                or module in context.beside
            ):
                continue
            if module not in context.locked:
                told.add(module)
                meant = nearest(module, context.locked)
                yield finding(
                    CODE,
                    f"module `{module}` is not in the lock" + (f": did you mean `{meant}`?" if meant else ""),
                    facts.place_of(found.node),
                    cause="the clean run has what the lock names and nothing else",
                    fixes=(
                        f"add {module} to the project's dependencies and run uv lock",
                        "remove the import",
                    ),
                )
