"""Errors a researcher sees: a code, what happened, and one way out; the class says whose turn it is.

::

    AlphaBenchError
    ├── DefinitionError            what is written cannot mean anything: an expression, a model, an argument
    │   ├── LookAheadError         it would read the future
    │   └── UnknownName            there is no such name; also an AttributeError
    ├── DataError                  the panel or the frame: its shape, its columns, its dates, too little of it
    ├── FitError                   a fold, or the whole, cannot be fitted
    ├── SavedModelError            files of a model are damaged, or hold what a model may not hold
    ├── CacheError                 columns that are kept are damaged, or the place for them cannot be used
    ├── MissingLibraryError        an optional library is not installed
    └── ValuesNeeded               values are asked for where no data is bound
"""

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


class DefinitionError(AlphaBenchError):
    """What is written cannot mean anything: an expression, a model, an argument."""


class LookAheadError(DefinitionError):
    """What is written would read the future."""


class DataError(AlphaBenchError):
    """The panel or the frame is not what is needed."""


class FitError(AlphaBenchError):
    """There is nothing to fit, or the estimator refused."""


class SavedModelError(AlphaBenchError):
    """The files of a model are damaged, or hold what a model may not hold."""


class CacheError(AlphaBenchError):
    """Columns that are kept are damaged, or the place for them cannot be used."""


class MissingLibraryError(AlphaBenchError):
    """An optional library is not installed."""


class ValuesNeeded(AlphaBenchError):  # noqa: N818 - says what to do, not that it failed
    """A value was asked for where no data is bound (a definition is being described, or no session is open)."""


class UnknownName(DefinitionError, AttributeError):  # noqa: N818 - says what it is
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
