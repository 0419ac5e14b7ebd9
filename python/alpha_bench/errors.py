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

    PredictionWarning              predictions are given, and something is to be known about some of them
    ├── MissingPredictionsWarning  rows that have none: which, and why
    └── InSampleWarning            rows of sessions that trained the model
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class _Coded(BaseException):
    """What an error and a warning have in common: both are exceptions.

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


def _rebuild(kind: type[_Coded], code: str, message: str, fix: str, context: dict[str, object]) -> _Coded:
    return kind(code, message, fix, **context)


class AlphaBenchError(_Coded, Exception):
    """Something the user wrote or brought cannot be right. It has a ``code``, a ``message``, a ``fix`` and a ``context``."""


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


class PredictionWarning(_Coded, UserWarning):
    """Predictions are given, and something is to be known about some of them; parts as those of :class:`AlphaBenchError`."""


class MissingPredictionsWarning(PredictionWarning):
    """Rows that have no prediction: how many, of which sessions and names, and why."""


class InSampleWarning(PredictionWarning):
    """Rows of sessions that trained the model: their predictions know what came after."""


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The word that ``word`` was probably meant to be, or None. Case does not matter.

    At most two letters are missing, too many, wrong or swapped, one in a word of less than six, none below four unless its letters are only in another order; or ``word`` is the beginning of one of them
    only, or goes on after one. Nothing is offered rather than something that is further away: a hint that leads away costs more than none.
    """
    known = {w.lower(): w for w in sorted(words, reverse=True)}
    given = word.lower()
    most = (len(given) >= _LONG_ENOUGH_FOR_ONE) + (len(given) >= _LONG_ENOUGH_FOR_TWO)
    apart = {w: _edits(given, w, most) for w in known}
    near = [w for w in known if apart[w] <= most]
    if near:  # of equally near ones the one that has more in common
        return known[max(near, key=lambda w: (-apart[w], difflib.SequenceMatcher(None, given, w).ratio(), w))]
    swapped = [w for w in known if len(w) == len(given) and sorted(w) == sorted(given)]
    if len(swapped) == 1:
        return known[swapped[0]]
    begun = [w for w in known if w.startswith(given)] if len(given) >= _BEGINNING else []
    if len(begun) == 1:
        return known[begun[0]]
    held = [w for w in known if len(w) >= _BEGINNING and given.startswith(w) and _goes_on(given, w)]
    return known[max(held, key=len)] if held else None


def _goes_on(given: str, known: str) -> bool:
    """Whether ``known`` is a word of its own at the beginning of ``given``: ``adv`` in ``adv_20``."""
    return len(known) >= _LONG_ENOUGH_FOR_TWO or not given[len(known)].isalpha()


_BEGINNING = 3
_LONG_ENOUGH_FOR_ONE = 4
_LONG_ENOUGH_FOR_TWO = 6


def _edits(one: str, other: str, most: int) -> int:
    """How many letters are to be added, left out, changed or swapped with the next one; above ``most`` any number above it."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, there in enumerate(other, 1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != there))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == there:
                least = min(least, last[j - 2] + 1)
            row.append(least)
        if min(row) > most:
            return most + 1
    return row[-1]


def some(names: Iterable[str], most: int = 12) -> str:
    """The first ``most`` of ``names``, and how many more there are."""
    shown = list(names)
    return ", ".join(shown[:most]) + (f" and {len(shown) - most} more" if len(shown) > most else "")


def unknown_name(where: str, name: str, known: Iterable[str]) -> UnknownName:
    """The error for ``where.name`` when ``where`` has only ``known``."""
    names = sorted(known)
    close = nearest(name, names)
    fix = f"did you mean {where}.{close}?" if close else f"{where} has: {some(names)}"
    return UnknownName("R11", f"{where} has no {name!r}", fix, name=name)
