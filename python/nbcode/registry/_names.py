"""What a registry calls a figure or a parameter: MLflow takes letters, digits and ``_ - . / :`` and spaces, and no name twice."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from typing import TypeVar

_Value = TypeVar("_Value")
_LONGEST = 250
_LEFT_OUT = re.compile(r"""[()\[\]{},;'"`<>]""")
_REFUSED = re.compile(r"[^\w.\-/: ]")


def accepted_names(named: Iterable[tuple[str, _Value]]) -> list[tuple[str, _Value]]:
    """``named`` under names that MLflow takes: ``Hit rate %`` is ``Hit rate pct``, ``IC (5d)`` is ``IC 5d``. A name that it takes
    stays as it is; of two that would be one, the later gets a number. The report has the names as they are written."""
    given = list(named)
    taken = {name for name, _ in given if _accepted(name) == name}
    found: list[tuple[str, _Value]] = []
    for name, value in given:
        new = _accepted(name)
        if new != name:
            new = next(n for n in (new, *(f"{new} {k}" for k in range(2, len(given) + 2))) if n not in taken)
            taken.add(new)
        found.append((new, value))
    return found


def _accepted(name: str) -> str:
    plain = _REFUSED.sub("_", _LEFT_OUT.sub(" ", name.replace("%", " pct ")))
    if plain != name:
        plain = " ".join(plain.split())
    path = posixpath.normpath(plain).lstrip("./")[: _LONGEST - 5].rstrip() if plain.strip() else ""
    return path or "figure"
