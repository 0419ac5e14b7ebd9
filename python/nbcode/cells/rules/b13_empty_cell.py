"""A tagged cell holds no code.

Why: the tag says that something is promoted here, and nothing is: perhaps the code went to another cell. A warning.

Bad::

    # %% [features]

Good::

    # %% [features]
    ret_20 = features.ret(window=20)
"""

from __future__ import annotations

from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.notebook.editing import without_marker_tag
from nbcode.primitives import Diagnostic, Fix, Severity

CODE = "B13"
TITLE = "empty tagged cell"


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding for each tagged cell without a statement."""
    for facts in context.tagged:
        if facts.tree is not None and not facts.tree.body and not facts.parsed.magics:
            yield finding(
                CODE,
                f"[{facts.tag}] cell without code",
                facts.place(1),
                cause="the tag promotes nothing",
                fixes=(
                    Fix(title="remove the tag", edits=without_marker_tag(facts.cell)),
                    "put the code there",
                ),
                severity=Severity.WARNING,
            )
