"""A tagged cell imports everything from a module.

Why: which names a star brings depends on the module's version, so nobody, and no check, can say where a name comes from.
A module of the project is none of these: its source is part of the spec, and D09 says so.

Bad::

    from numpy import *

Good::

    import numpy as np
"""

from __future__ import annotations

from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.primitives import Diagnostic

CODE = "D07"
TITLE = "star import"


def check(context: Context) -> Iterator[Diagnostic]:
    """Each ``from module import *``, but of the project's own modules."""
    for facts in context.tagged:
        for found in facts.imports:
            if found.name == "*" and not context.is_of_project(found):
                yield finding(
                    CODE,
                    f"`from {found.module} import *`",
                    facts.place_of(found.node),
                    cause="which names it brings depends on the module's version",
                    fixes=(f"import {found.module}, and write {found.module}.name", "name what is used"),
                )
