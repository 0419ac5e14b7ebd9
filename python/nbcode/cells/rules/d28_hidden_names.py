"""A tagged cell runs code from a text, or reaches names through ``globals()``.

Why: which names it reads or assigns cannot be seen before the run, so no check can say where they come from. A warning;
the clean run finds what is missing.

Bad::

    exec("ret_20 = features.ret(20)")

Good::

    ret_20 = features.ret(20)
"""

from __future__ import annotations

from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.primitives import Diagnostic, Severity

CODE = "D28"
TITLE = "names that cannot be seen"


def check(context: Context) -> Iterator[Diagnostic]:
    """Each such call, unless the notebook defines a function of that name."""
    for facts in context.tagged:
        for call, dotted in context.hiding_calls(facts):
            yield finding(
                CODE,
                f"`{dotted}()` hides which names are used",
                facts.place_of(call),
                cause="where they come from cannot be checked before the run",
                fixes=("write the names out",),
                severity=Severity.WARNING,
            )
