"""What a rule module offers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from nbcode.cells.context import Context
from nbcode.primitives import Diagnostic


class Rule(Protocol):
    """A module with a code, a title in a few words, a docstring that explains it, and a check."""

    CODE: str
    TITLE: str

    def check(self, context: Context) -> Iterable[Diagnostic]:
        """Every finding of this rule."""
        ...
