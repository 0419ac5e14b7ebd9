"""A tagged cell, or [meta], holds what looks like a credential.

Why: what is promoted is stored with the model and shown to everyone who may see it. Refused for safety; the text is
masked in the message. Only forms that nothing else has are recognised (AWS, GitHub, GitLab, Slack, private keys, ...).

Bad::

    token = "ghp_" + "..."  # written out in full

Good::

    # take the data as a declared input; a clean run has no network and needs no token
"""

from __future__ import annotations

from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.notebook.secrets import find_secret
from nbcode.primitives import Diagnostic

CODE = "C16"
TITLE = "looks like a secret"


def check(context: Context) -> Iterator[Diagnostic]:
    """The first secret of each tagged cell; those of [meta] values are found where they are read."""
    for facts in context.tagged:
        found = find_secret(facts.cell.source)
        if found is None:
            continue
        offset, masked = found
        line = facts.cell.source.count("\n", 0, offset) + 1
        start = facts.cell.source.rfind("\n", 0, offset) + 1
        yield finding(
            CODE,
            f"looks like a secret: {masked}",
            facts.place(line, len(facts.cell.source[start:offset].encode())),
            cause="what is promoted is stored and shown",
            fixes=("remove it and revoke the key",),
        )
