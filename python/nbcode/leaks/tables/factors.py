"""By which factors the values of a table become those of another future: each column by its own, the prices of one bar together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nbcode.leaks.lineage import Change, trends

_WAVE, _LONG = 1.5, 120
_NOISE = 0.15  # so that what looks back some weeks follows the wave best: neither the shortest window nor the longest
_SIZE, _INSIDE = 0.5, 0.03
_CLOSES = re.compile(r"(?:\w*_)?(?:close|last|price|px|settle)(?:_\w*)?", re.IGNORECASE)
_OF_A_BAR = re.compile(r"(?:\w*_)?(?:open|high|low|vwap|mid|bid|ask)(?:_\w*)?", re.IGNORECASE)
_HIGH, _LOW = (re.compile(rf"(?:\w*_)?{word}(?:_\w*)?", re.IGNORECASE) for word in ("high", "low"))
_LETTERS = {"o": "open", "h": "high", "l": "low", "c": "close"}

Array = np.ndarray[Any, Any]


class Factors:
    """The factors of a table with ``columns`` at ``change``, by the session (``dates``) and the name of each row; ``later`` are the rows after
    the cut."""

    def __init__(
        self,
        change: Change | None,
        dates: Array,
        names: Array | None,
        later: Array,
        columns: Sequence[object],
    ) -> None:
        self._change, self._dates, self._later = change, dates, later
        words = {str(column).lower() for column in columns}
        letters = _LETTERS if words >= set(_LETTERS) else {}  # else they are symbols
        self._words = {column: letters.get(str(column).lower(), str(column)) for column in columns}
        self._of = (
            np.zeros(len(dates), dtype=np.int64)
            if names is None
            else np.unique(names, return_inverse=True)[1]
        )
        self._common = self._drawn(0)

    def of(self, column: object) -> Array:
        """By row, for a column."""
        name, number = self._words[column], list(self._words).index(column)
        if _CLOSES.fullmatch(name):
            return self._common
        if _OF_A_BAR.fullmatch(name):
            own = np.random.default_rng([20_260_105, number])
            return np.asarray(self._common * own.lognormal(0.0, _INSIDE, len(self._common)))
        return self._drawn(number + 1)

    def ends(self) -> Iterator[tuple[Any, list[Any], Any]]:
        """The columns of highest and of lowest prices, the other prices of their bar, and how they are made of these."""
        prices = [
            c for c, name in self._words.items() if _CLOSES.fullmatch(name) or _OF_A_BAR.fullmatch(name)
        ]
        for word, extreme in ((_HIGH, np.fmax), (_LOW, np.fmin)):
            for column in prices:
                if word.fullmatch(self._words[column]):
                    yield column, [c for c in prices if c != column], extreme

    def _drawn(self, number: int) -> Array:
        if self._change is Change.TURNED:
            return self._wave(number)
        if self._change is Change.TRENDING:
            return self._trend(number)
        return np.random.default_rng([20_260_101, number]).lognormal(0.0, _SIZE, len(self._dates))

    def _wave(self, number: int) -> Array:
        """Of each name a wave over the sessions, so that what has risen goes on to rise for months."""
        draw = np.random.default_rng([20_260_103, number])
        begun = draw.uniform(0.0, 2 * np.pi, self._of.max(initial=0) + 1)[self._of]
        _, session = np.unique(self._dates, return_inverse=True)
        since = session - (session[self._later].min() if self._later.any() else 0)
        wave = _WAVE * (np.sin(begun + 2 * np.pi * since / _LONG) - np.sin(begun))
        return np.asarray(np.exp(wave) * draw.lognormal(0.0, _NOISE, len(self._dates)))

    def _trend(self, number: int) -> Array:
        """Of each name a walk that goes on in a direction for a while."""
        sessions, at = np.unique(self._dates, return_inverse=True)
        begin = int(at[self._later].min()) if self._later.any() else len(sessions)
        if begin == len(sessions):
            return np.ones(len(at))
        names = int(self._of.max(initial=0)) + 1
        factors = trends(len(sessions) - begin, names * (number + 1))[:, names * number :]
        return np.where(self._later, factors[np.maximum(at - begin, 0), self._of], 1.0)
