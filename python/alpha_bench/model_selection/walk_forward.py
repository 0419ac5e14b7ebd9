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

A window of ``rolling:W`` keeps the last ``W`` of the training sessions, ``fixed:W`` refuses a calendar where a fold has fewer.

The positions are those of scikit-learn's ``TimeSeriesSplit(K, gap=gap)`` and of skfolio's
``WalkForward(test_size=n_test, train_size=..., purged_size=gap, expand_train=True)``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from alpha_bench.errors import DataError, DefinitionError
from alpha_bench.model_selection.session_ranges import Sessions
from alpha_bench.operators import sessions_of

_COUNT = re.compile(r"[1-9][0-9]*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """One fold: disjoint sets of sessions. What is in none of them (before a rolling window) has no part in it.

    Attributes:
        train: sessions whose rows fit the fold.
        test: sessions that it predicts; none of them trains it.
        purge: dropped because their labels reach into the test sessions, or those of the test sessions reach into them.
        embargo: dropped as a further margin.
    """

    train: Sessions
    test: Sessions
    purge: Sessions
    embargo: Sessions


@dataclass(frozen=True, kw_only=True, slots=True)
class WalkForward:
    """``folds`` test blocks in time order, each predicted by a fit on sessions before it.

    Attributes:
        folds: number of test blocks.
        embargo_sessions: sessions dropped before each test block, beside those whose labels reach into it.
        window_sessions: None for an expanding training window; else the most recent sessions that train a fold.
        fixed: whether every fold has to have all of ``window_sessions``; without, the first folds may have fewer.
    """

    folds: int = 12
    embargo_sessions: int = 5
    window_sessions: int | None = None
    fixed: bool = False

    @property
    def name(self) -> str:
        """``walk_forward``."""
        return "walk_forward"

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
        rows = self.window_sessions if self.fixed and self.window_sessions is not None else 1
        if block == 0 or first - gap < rows:
            needed = self.sessions_needed(sessions, horizon=horizon, delay=delay, rows=rows)
            fixed = f" and a training window fixed at {rows}d" if self.fixed else ""
            raise DataError(
                "R29",
                f"{self.folds} folds with horizon {horizon}d, delay {delay}d and embargo {self.embargo_sessions}d{fixed} need "
                f"{needed} sessions; the panel has {sessions}",
                fix="use fewer folds, a shorter embargo or window, or a longer panel",
            )
        return tuple(self._fold(start, block, gap) for start in range(first, sessions, block))

    def _fold(self, start: int, block: int, gap: int) -> Split:
        end = start - gap
        begin = 0 if self.window_sessions is None else max(0, end - self.window_sessions)
        purge_from = min(end + self.embargo_sessions, start)
        return Split(
            train=Sessions.of(range(begin, end)),
            test=Sessions.of(range(start, start + block)),
            purge=Sessions.of(range(purge_from, start)),
            embargo=Sessions.of(range(end, purge_from)),
        )

    def sessions_needed(self, sessions: int, *, horizon: int, delay: int = 0, rows: int) -> int:
        """The next calendar length, ``sessions`` or more, whose first fold has at least ``rows`` training sessions."""
        need = self.gap(horizon=horizon, delay=delay) + rows
        sessions = max(sessions, self.folds + 1)
        while sessions - self.folds * (sessions // (self.folds + 1)) < need:
            sessions += 1
        return sessions

    def paths(self, splits: tuple[Split, ...]) -> tuple[tuple[tuple[int, range], ...], ...]:
        """One path: each fold predicts its own block."""
        return (tuple((k, r) for k, split in enumerate(splits) for r in split.test.ranges),)

    def describe(self) -> str:
        """``12 folds, expanding window, embargo 5 sessions``."""
        kind = "fixed" if self.fixed else "rolling"
        window = (
            "expanding window"
            if self.window_sessions is None
            else f"{kind} window of {self.window_sessions} sessions"
        )
        return f"walk-forward, {self.folds} folds, {window}, embargo {self.embargo_sessions} sessions"

    def to_plain(self) -> dict[str, object]:
        """``{"splitter": "walk_forward", "folds", "embargo_sessions", "window"}``."""
        window: object = "expanding"
        if self.window_sessions is not None:
            window = {"fixed" if self.fixed else "rolling": self.window_sessions}
        return {
            "splitter": self.name,
            "folds": self.folds,
            "embargo_sessions": self.embargo_sessions,
            "window": window,
        }


def parse_walk_forward(folds: object, embargo: object, window: object) -> WalkForward:
    """Read the three arguments as users write them: ``12`` or ``"12"``; ``5`` or ``"5d"``; ``"expanding"``,
    ``"rolling:250"`` or ``{"rolling": 250}`` (the last 250 sessions, fewer in the first folds), ``"fixed:750"`` or
    ``{"fixed": 750}`` (exactly 750 in every fold).

    Raises:
        AlphaBenchError: R28 for folds or window, R01 or R02 for a number of sessions: what it may be, and what was given.
    """
    size, fixed = _window(window)
    return WalkForward(
        folds=whole_number(folds, "folds", least=1),
        embargo_sessions=sessions_of(embargo, "embargo"),
        window_sessions=size,
        fixed=fixed,
    )


def whole_number(value: object, name: str, *, least: int) -> int:
    """A whole number of at least ``least``, also as text. Raises AlphaBenchError R28."""
    if isinstance(value, str) and _COUNT.fullmatch(value):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= least:
        return value
    raise DefinitionError(
        "R28",
        f"{name} is {value!r}",
        fix=f"write a whole number of at least {least}, such as {name}={max(least, 6)}",
    )


def _window(value: object) -> tuple[int | None, bool]:
    if value == "expanding":
        return None, False
    kind, size = "", None
    if isinstance(value, Mapping) and len(value) == 1:
        ((key, size),) = value.items()
        kind = str(key)
    elif isinstance(value, str):
        kind, colon, text = value.partition(":")
        size = text if colon else None
    if kind in {"rolling", "fixed"} and size is not None:
        return sessions_of(size, f"the {kind} window", least=1), kind == "fixed"
    raise DefinitionError(
        "R28",
        f"window is {value!r}",
        fix='write window="expanding", "rolling:250" for the last 250 sessions of each training range, or "fixed:750" for '
        "exactly 750 in every fold",
    )
