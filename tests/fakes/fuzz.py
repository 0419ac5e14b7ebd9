"""Texts that a user can write where a name, a number or a line is expected: the same ones on every machine."""

from __future__ import annotations

import random
from collections.abc import Iterator

_PIECES = (
    "{{workflow.parameters.content}}", "{{=sprig.env('HOME')}}", "{{inputs.parameters.run}}", "$(id)", "`id`", "; rm -rf /",
    '"}]}, "serviceAccountName": "default', "\nserviceAccountName: default", "---\nkind: Pod", "<<: *anchor", "!!python/object",
    "../../etc/passwd", "..", "%2e%2e/", "\x00", "\u202e", "\ud7ff", "é", "名", "🦄", "'", '"', "\\", "\t", "\r\n", " ", "-", "_", ".",
    "/", ":", "a" * 300, "nbcode-run", "sha256:", "0", "1e309", "-1", "null", "true", "{}", "[]", "&x", "*x", "#", "@", "${VAR}", "%s",
)  # fmt: skip


def texts(many: int, seed: int = 12) -> Iterator[str]:
    """``many`` texts, put together from what templates, shells, YAML, JSON and paths give a meaning to."""
    chance = random.Random(seed)
    for _ in range(many):
        pieces = chance.choices(_PIECES, k=chance.randint(1, 5))
        letters = "".join(chr(chance.randint(1, 0x2FF)) for _ in range(chance.randint(0, 6)))
        yield "".join(pieces) + letters
