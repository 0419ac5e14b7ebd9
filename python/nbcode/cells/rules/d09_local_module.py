"""A tagged cell imports a module of the project: it is taken along.

Why: a kernel finds a file beside the notebook. A build reads it, with all that it imports of the project, into the spec: the clean run
has it in the same place, and the spec's digest changes with it. So this is a note. A relative import is an error: a notebook is no
package, and its own kernel refuses it too.

Bad::

    from .my_helpers import winsorise

Good::

    from my_helpers import winsorise
"""

from __future__ import annotations

from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.primitives import Diagnostic, Severity

CODE = "D09"
TITLE = "local module"


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding a module."""
    reported: set[str] = set()
    for facts in context.tagged:
        for found in facts.imports:
            module = found.module.split(".")[0]
            if not (found.relative or context.is_of_project(found)) or module in reported:
                continue
            reported.add(module)
            if found.relative:
                yield finding(
                    CODE,
                    f"`.{found.module}` is imported as from a package",
                    facts.place_of(found.node),
                    cause="a notebook is no package",
                    fixes=(f"write `from {found.module or 'module'} import ...` without the dot",),
                )
                continue
            yield finding(
                CODE,
                f"`{module}` is a module of the project: it is part of the spec",
                facts.place_of(found.node),
                cause="the clean run has it, with what it imports of the project, as it is now",
                fixes=(),
                severity=Severity.NOTE,
            )
