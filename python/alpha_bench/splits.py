"""Walk-forward splits: which sessions train each fold and which it is tested on.

Sizes count **sessions** (rows of the panel's own calendar), never calendar days. With ``T`` sessions, ``K`` folds,
horizon ``h``, label delay ``d`` and embargo ``e``::

    n_test = T // (K + 1)             test blocks are the last K * n_test sessions, tiled: fold k starts at
    s_k    = T - (K - k) * n_test     position s_k (k = 0..K-1)
    gap    = d + h + e
    train  = [0, s_k - gap)           or its last W sessions for a rolling window
    test   = [s_k, s_k + n_test)

A label at ``t`` is known at the close of session ``t + d + h``, so every training row satisfies ``t + d + h + e < s_k``.
The rows between are dropped: the last ``d + h`` before the test block because their labels reach into it (*purge*), the ``e``
before those as a further margin (*embargo*, the word as Numerai uses it). López de Prado's embargo, rows dropped *after* a
test block, has no effect in walk-forward, where nothing after a test block trains its fold.

The positions are those of scikit-learn's ``TimeSeriesSplit(K, gap=gap)`` and of skfolio's
``WalkForward(test_size=n_test, train_size=..., purged_size=gap, expand_train=True)``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from alpha_bench.errors import AlphaBenchError
from alpha_bench.operators import sessions_of

_COUNT = re.compile(r"[1-9][0-9]*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """One fold as half-open ranges of session positions; ``purge_from`` cuts the gap into embargo and purge."""

    train: range
    purge_from: int
    test: range


@dataclass(frozen=True, kw_only=True, slots=True)
class WalkForward:
    """``folds`` test blocks in time order; ``window_sessions`` is None for an expanding training window."""

    folds: int = 12
    embargo_sessions: int = 5
    window_sessions: int | None = None

    def gap(self, *, horizon: int, delay: int = 0) -> int:
        """Sessions dropped before each test block."""
        return delay + horizon + self.embargo_sessions

    def split(self, sessions: int, *, horizon: int, delay: int = 0) -> tuple[Split, ...]:
        """Return the folds of a calendar of ``sessions`` sessions.

        Raises:
            AlphaBenchError: R29 when the first fold has no training session; the message says how many are needed.
        """
        block = sessions // (self.folds + 1)
        gap = self.gap(horizon=horizon, delay=delay)
        first = sessions - self.folds * block
        if block == 0 or first - gap < 1:
            needed = self.sessions_needed(sessions, horizon=horizon, delay=delay, rows=1)
            raise AlphaBenchError(
                "R29",
                f"{self.folds} folds with horizon {horizon}d, delay {delay}d and embargo {self.embargo_sessions}d need "
                f"{needed} sessions; the panel has {sessions}",
                fix="use fewer folds, a shorter embargo, or a longer panel",
            )
        return tuple(self._fold(start, block, gap) for start in range(first, sessions, block))

    def _fold(self, start: int, block: int, gap: int) -> Split:
        end = start - gap
        begin = 0 if self.window_sessions is None else max(0, end - self.window_sessions)
        return Split(
            train=range(begin, end),
            purge_from=min(end + self.embargo_sessions, start),
            test=range(start, start + block),
        )

    def sessions_needed(self, sessions: int, *, horizon: int, delay: int = 0, rows: int) -> int:
        """The next calendar length, ``sessions`` or more, whose first fold has at least ``rows`` training sessions."""
        need = self.gap(horizon=horizon, delay=delay) + rows
        sessions = max(sessions, self.folds + 1)
        while sessions - self.folds * (sessions // (self.folds + 1)) < need:
            sessions += 1
        return sessions


def parse_walk_forward(folds: object, embargo: object, window: object) -> WalkForward:
    """Read the three arguments as users write them: ``12`` or ``"12"``; ``5`` or ``"5d"``; ``"expanding"``,
    ``{"rolling": 250}``, ``"rolling:250"`` or ``"rolling:250d"``.

    Raises:
        AlphaBenchError: R28 for folds or window, R01 or R02 for a number of sessions: what it may be, and what was given.
    """
    return WalkForward(
        folds=_folds(folds), embargo_sessions=sessions_of(embargo, "embargo"), window_sessions=_window(window)
    )


def _folds(value: object) -> int:
    if isinstance(value, str) and _COUNT.fullmatch(value):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    raise AlphaBenchError(
        "R28", f"folds is {value!r}", fix="write a whole number of at least 1, such as folds=12"
    )


def _window(value: object) -> int | None:
    if value == "expanding":
        return None
    size: object = None
    if isinstance(value, Mapping) and list(value) == ["rolling"]:
        size = value["rolling"]
    elif isinstance(value, str) and value.startswith("rolling:"):
        size = value.removeprefix("rolling:")
    if size is not None:
        return sessions_of(size, "the rolling window", least=1)
    raise AlphaBenchError(
        "R28",
        f"window is {value!r}",
        fix='write window="expanding", or window="rolling:250" for the last 250 sessions of each training range',
    )
