"""Which rows the figures of a notebook are reported for, and which models predicted them."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from nbcode.leaks.lineage import UNKNOWN, Call, Kind, Lineage, Role, Rows

_FEWEST = 20  # sessions
_PART = 0.15  # of all sessions: less is a block of a loop


class Reported:
    """The reported rows of ``lineage``; places are in ``sessions``, the calendar."""

    def __init__(self, lineage: Lineage, sessions: np.ndarray[Any, Any]) -> None:
        self._lineage, self._sessions = lineage, sessions
        self._place = np.append(np.searchsorted(sessions, lineage.dates), UNKNOWN)

    @cached_property
    def span(self) -> tuple[int, int] | None:
        """The first and the last session that is reported: of the figures that begin last, else of what was predicted so, else of the
        later part of the signal or, for a figure that is the best of several, of all; None where nothing is known of it."""
        figures = [
            one for one in map(self._span, (s.rows for s in self._lineage.scored if not s.is_signal)) if one
        ]
        if figures:
            return max(figures)
        parts = [
            one for _, rows in self.applied if (one := self._span(rows)) and one[1] - one[0] >= self._part
        ]
        if parts:
            return max(parts)
        signals = [
            one for one in map(self._span, (s.rows for s in self._lineage.scored if s.is_signal)) if one
        ]
        end = len(self._sessions) - 1
        signals += [(0, end)] if self._lineage.bests else []
        return max(((b - int(0.6 * (b - a)), b) for a, b in signals), default=None)

    @property
    def begin(self) -> int:
        """The first session that is reported; the number of sessions where none is known."""
        return len(self._sessions) if self.span is None else self.span[0]

    @property
    def _part(self) -> float:
        return max(_FEWEST, _PART * len(self._sessions))

    def _span(self, rows: Rows) -> tuple[int, int] | None:
        at = np.unique(self._place[rows.sessions])
        at = at[at >= 0]
        return (int(at[0]), int(at[-1])) if len(at) >= _FEWEST else None

    @staticmethod
    def fits_of(lineage: Lineage) -> dict[int, Call]:
        """The last fit of its owner before each call that applies one, by the number of that call."""
        fits: dict[int, Call] = {}
        found: dict[int, Call] = {}
        for call in sorted(lineage.calls, key=lambda one: one.number):
            if call.owner == UNKNOWN or call.transforms:
                continue
            if call.kind is Kind.FIT:
                fits[call.owner] = call
            elif call.kind is Kind.APPLY and call.owner in fits:
                found[call.number] = fits[call.owner]
        return found

    @cached_property
    def fit_of(self) -> dict[int, Call]:
        """As :meth:`fits_of`, of this run."""
        return self.fits_of(self._lineage)

    @cached_property
    def applied(self) -> list[tuple[Call, Rows]]:
        """Fits, and the rows that the model was applied to of those that it had not learnt from."""
        found: list[tuple[Call, Rows]] = []
        for call in self._lineage.calls:
            fit = self.fit_of.get(call.number)
            rows, learnt = call.rows_of(Role.X), None if fit is None else fit.rows_of(Role.X)
            if fit is None or rows is None or learnt is None:
                continue
            if not np.isin(rows.sessions, learnt.sessions).any():
                found.append((fit, rows))
        return found

    def variants(self, call: Call) -> int:
        """How many models, or settings of one, were applied to the rows of ``call``."""
        rows = call.rows_of(Role.X)
        if rows is None:
            return 0
        made = set()
        for other in self._lineage.calls:
            theirs, fit = other.rows_of(Role.X), self.fit_of.get(other.number)
            if fit is not None and theirs is not None and np.array_equal(theirs.sessions, rows.sessions):
                made.add((fit.owner, fit.settings))
        return len(made)
