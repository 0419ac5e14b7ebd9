"""A tagged cell assigns a name that the platform or Python provides.

Why: from there on the name means something else, in every cell below. It is reported only where a tagged cell also reads the name in
the meaning that is lost: a notebook that calls its own frame ``data`` and never reads the platform's loses nothing. A warning
for the platform's names, a note for Python's. Importing an estimator of the same name (scikit-learn's ``Ridge``) is deliberate
and not reported.

Bad::

    ret_20 = features.ret(20)
    features = [ret_20]

Good::

    ret_20 = features.ret(20)
    chosen = [ret_20]
"""

from __future__ import annotations

from collections.abc import Iterator

from alpha_bench.names import PLATFORM_NAMES, is_label_name
from nbcode.cells.context import Context, finding
from nbcode.cells.flow import BUILTINS
from nbcode.primitives import Diagnostic, Severity

CODE = "D23"
TITLE = "shadows a provided name"

_NAMESPACES = frozenset({"features", "data", "ts", "cs", "group", "inputs", "walk_forward", "estimator"})


def check(context: Context) -> Iterator[Diagnostic]:
    """The first assignment of each such name in each tagged cell, at module level."""
    lost = context.flow.provided_reads
    for facts in context.tagged if lost else ():
        reported: set[str] = set()
        for event in facts.events:
            name = event.name
            if event.kind != "bind" or name in reported or name not in lost:
                continue
            platform = name in PLATFORM_NAMES or is_label_name(name)
            if event.how == "import" and name not in _NAMESPACES:
                continue
            if not platform and (name not in BUILTINS or name.startswith("_")):
                continue
            reported.add(name)
            yield finding(
                CODE,
                f"`{name}` is the {'platform' if platform else 'language'}'s own name",
                facts.place_at(event),
                cause="a tagged cell reads it in that meaning, and every cell below gets this one instead",
                fixes=(f"choose another name, such as {name}_",),
                severity=Severity.WARNING if platform else Severity.NOTE,
            )
