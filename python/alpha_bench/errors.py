"""Errors a researcher sees: a code, what happened, and one way out. The codes R01 to R23 and E13 to E17 are raised here."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class AlphaBenchError(Exception):
    """Something the user wrote or brought cannot be right.

    Attributes:
        code: the stable code, such as ``"R02"``; the same number never means two things.
        message: what happened, with both sides (expected and got).
        fix: one action that helps.
        context: further plain facts (names, positions), for programs.
    """

    def __init__(self, code: str, message: str, fix: str, **context: object) -> None:
        super().__init__(f"{code} {message}. Fix: {fix}")
        self.code = code
        self.message = message
        self.fix = fix
        self.context = context

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.code, self.message, self.fix, self.context)


def _rebuild(
    kind: type[AlphaBenchError], code: str, message: str, fix: str, context: dict[str, object]
) -> AlphaBenchError:
    return kind(code, message, fix, **context)


class ValuesNeeded(AlphaBenchError):  # noqa: N818 - says what to do, not that it failed
    """A value was asked for where no data is bound (a definition is being described, or no session is open)."""


class UnknownName(AlphaBenchError, AttributeError):  # noqa: N818 - says what it is
    """An attribute that does not exist; also an ``AttributeError``, so that ``hasattr`` keeps its meaning."""


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The word that ``word`` was probably meant to be, or None. Case does not matter."""
    known = {w.lower(): w for w in sorted(words)}
    close = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return known[close[0]] if close else None


def unknown_name(where: str, name: str, known: Iterable[str]) -> UnknownName:
    """The error for ``where.name`` when ``where`` has only ``known``."""
    names = sorted(known)
    close = nearest(name, names)
    shown = ", ".join(names[:30]) + (", ..." if len(names) > 30 else "")
    fix = f"did you mean {where}.{close}?" if close else f"{where} has: {shown}"
    return UnknownName("R11", f"{where} has no {name!r}", fix, name=name)
