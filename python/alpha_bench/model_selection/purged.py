"""Cross-validation that purges: every session is tested, and training lies on both sides of the test sessions.

``T`` sessions are cut into ``groups`` blocks of ``T // groups``; the ``T mod groups`` that are left over go one each to the first
blocks (:class:`PurgedKFold`, as :func:`numpy.array_split` and scikit-learn's ``KFold`` cut) or all to the last block
(:class:`CombinatorialPurgedKFold`, as skfolio cuts). With horizon ``h``, label delay ``d`` and embargo ``e``, around each test
block ``[a, b)``::

    purge    [a - d - h, a)               labels of these rows reach into the block
             [b, b + d + h)               the block's labels reach into these rows
    embargo  [b + d + h, b + d + h + e)   what the block's prices still move, serially correlated

(López de Prado 2018, *Advances in Financial Machine Learning*, chapters 7 and 12). The positions of the combinatorial splitter are
those of skfolio's ``CombinatorialPurgedCV(purged_size=d + h, embargo_size=e)``, on any ``T`` that skfolio takes.

Models that were fitted on later sessions predict earlier ones: good for judging a model's stability, not a simulation of trading.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, pairwise
from math import comb
from typing import Literal, TypeAlias

from alpha_bench.errors import DataError, DefinitionError
from alpha_bench.model_selection.session_ranges import Sessions
from alpha_bench.model_selection.walk_forward import Split, whole_number
from alpha_bench.operators import sessions_of

Remainder: TypeAlias = Literal["first", "last"]
"""Where the sessions go that do not divide: one each to the first blocks, or all to the last one."""


def blocks_of(sessions: int, count: int, remainder: Remainder = "first") -> tuple[range, ...]:
    """``count`` contiguous blocks that tile ``[0, sessions)``, of ``sessions // count`` each and the ``remainder``."""
    size, longer = divmod(sessions, count)
    edges = [k * size + (min(k, longer) if remainder == "first" else 0) for k in range(count)]
    return tuple(range(a, b) for a, b in pairwise((*edges, sessions)))


def purged_split(sessions: int, test: tuple[range, ...], *, reach: int, embargo: int) -> Split:
    """The fold that tests ``test``; ``reach`` is delay + horizon."""
    tested = Sessions.of(*test)
    near = Sessions.of(
        *(range(max(0, r.start - reach), r.start) for r in tested.ranges),
        *(range(r.stop, min(sessions, r.stop + reach)) for r in tested.ranges),
    ).without(tested.ranges)
    after = Sessions.of(
        *(
            range(min(sessions, r.stop + reach), min(sessions, r.stop + reach + embargo))
            for r in tested.ranges
        )
    ).without((*tested.ranges, *near.ranges))
    train = Sessions.of(range(sessions)).without((*tested.ranges, *near.ranges, *after.ranges))
    return Split(train=train, test=tested, purge=near, embargo=after)


@dataclass(frozen=True, kw_only=True, slots=True)
class PurgedKFold:
    """``folds`` test blocks that tile the calendar; each is predicted by a fit on the sessions around it."""

    folds: int = 5
    embargo_sessions: int = 5

    @property
    def name(self) -> str:
        """``purged_kfold``."""
        return "purged_kfold"

    def split(self, sessions: int, *, horizon: int, delay: int = 0) -> tuple[Split, ...]:
        """The folds, in order of their test blocks.

        Raises:
            AlphaBenchError: R29 when a fold would have no training session.
        """
        return _checked(self, sessions, combinations(blocks_of(sessions, self.folds), 1), horizon, delay)

    def sessions_needed(self, sessions: int, *, horizon: int, delay: int = 0, rows: int) -> int:
        """The next calendar length, ``sessions`` or more, on which every fold has at least ``rows`` training sessions."""
        around = _around(horizon, delay, self.embargo_sessions)
        return _needed(self.folds, 1, "first", sessions, around=around, rows=rows)

    def paths(self, splits: tuple[Split, ...]) -> tuple[tuple[tuple[int, range], ...], ...]:
        """One path: each fold predicts its own block."""
        return (tuple((k, r) for k, split in enumerate(splits) for r in split.test.ranges),)

    def describe(self) -> str:
        """``purged k-fold, 5 folds, embargo 5 sessions``."""
        return f"purged k-fold, {self.folds} folds, embargo {self.embargo_sessions} sessions"

    def to_plain(self) -> dict[str, object]:
        """``{"splitter": "purged_kfold", "folds", "embargo_sessions"}``."""
        return {
            "splitter": self.name,
            "folds": self.folds,
            "embargo_sessions": self.embargo_sessions,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class CombinatorialPurgedKFold:
    """Every choice of ``test_groups`` out of ``groups`` blocks is a fold, so that each block is tested several times.

    There are ``C(groups, test_groups)`` folds and ``C(groups - 1, test_groups - 1)`` paths: a path has one prediction for each
    session. Path ``p`` takes for each block the ``p``-th fold, in lexicographic order, that tests it. ``remainder`` is part of the plain
    data: definitions that do not state it were cut with ``"first"``.
    """

    groups: int = 6
    test_groups: int = 2
    embargo_sessions: int = 5
    remainder: Remainder = "last"

    @property
    def name(self) -> str:
        """``combinatorial_purged_kfold``."""
        return "combinatorial_purged_kfold"

    @property
    def folds(self) -> int:
        """``C(groups, test_groups)``."""
        return comb(self.groups, self.test_groups)

    def split(self, sessions: int, *, horizon: int, delay: int = 0) -> tuple[Split, ...]:
        """The folds, in lexicographic order of their test blocks.

        Raises:
            AlphaBenchError: R29 when a fold would have no training session.
        """
        blocks = blocks_of(sessions, self.groups, self.remainder)
        return _checked(self, sessions, combinations(blocks, self.test_groups), horizon, delay)

    def sessions_needed(self, sessions: int, *, horizon: int, delay: int = 0, rows: int) -> int:
        """The next calendar length, ``sessions`` or more, on which every fold has at least ``rows`` training sessions."""
        around = _around(horizon, delay, self.embargo_sessions)
        return _needed(self.groups, self.test_groups, self.remainder, sessions, around=around, rows=rows)

    def paths(self, splits: tuple[Split, ...]) -> tuple[tuple[tuple[int, range], ...], ...]:
        """For each path the fold of every block, in order of the blocks."""
        last = max(split.test.stop for split in splits)
        chosen = tuple(combinations(range(self.groups), self.test_groups))
        of_block = [[k for k, groups in enumerate(chosen) if g in groups] for g in range(self.groups)]
        return tuple(
            tuple(
                (of_block[g][p], block)
                for g, block in enumerate(blocks_of(last, self.groups, self.remainder))
            )
            for p in range(comb(self.groups - 1, self.test_groups - 1))
        )

    def describe(self) -> str:
        """``combinatorial purged k-fold, 2 of 6 groups: 15 folds, 5 paths, embargo 5 sessions``."""
        paths = comb(self.groups - 1, self.test_groups - 1)
        return (
            f"combinatorial purged k-fold, {self.test_groups} of {self.groups} groups: {self.folds} folds, {paths} paths, "
            f"embargo {self.embargo_sessions} sessions"
        )

    def to_plain(self) -> dict[str, object]:
        """``{"splitter": "combinatorial_purged_kfold", "groups", "test_groups", "embargo_sessions", "remainder"}``."""
        return {
            "splitter": self.name,
            "groups": self.groups,
            "test_groups": self.test_groups,
            "embargo_sessions": self.embargo_sessions,
            "remainder": self.remainder,
        }


_MOST_FOLDS = 1_000


def parse_purged_kfold(folds: object, embargo: object) -> PurgedKFold:
    """Read the arguments as users write them. Raises AlphaBenchError R28, or R01 and R02 for the embargo."""
    return PurgedKFold(
        folds=whole_number(folds, "folds", least=2), embargo_sessions=sessions_of(embargo, "embargo")
    )


def parse_combinatorial(groups: object, test_groups: object, embargo: object) -> CombinatorialPurgedKFold:
    """Read the arguments as users write them. Raises AlphaBenchError R28, or R01 and R02 for the embargo."""
    made = CombinatorialPurgedKFold(
        groups=whole_number(groups, "groups", least=2),
        test_groups=whole_number(test_groups, "test_groups", least=1),
        embargo_sessions=sessions_of(embargo, "embargo"),
    )
    if made.test_groups >= made.groups:
        raise DefinitionError(
            "R28",
            f"test_groups is {made.test_groups} of {made.groups} groups: nothing would be left to train on",
            fix=f"use test_groups of 1 to {made.groups - 1}, usually 2",
        )
    if made.folds > _MOST_FOLDS:
        raise DefinitionError(
            "R28",
            f"{made.test_groups} of {made.groups} groups are {made.folds} folds, each a fit; at most {_MOST_FOLDS}",
            fix="use fewer groups; 2 of 10 are 45 folds",
        )
    return made


def _checked(
    splitter: PurgedKFold | CombinatorialPurgedKFold,
    sessions: int,
    tests: combinations[tuple[range, ...]],
    horizon: int,
    delay: int,
) -> tuple[Split, ...]:
    reach, embargo = horizon + delay, splitter.embargo_sessions
    splits = tuple(purged_split(sessions, test, reach=reach, embargo=embargo) for test in tests)
    if any(not len(split.train) or not len(split.test) for split in splits):
        needed = splitter.sessions_needed(sessions, horizon=horizon, delay=delay, rows=1)
        raise DataError(
            "R29",
            f"{splitter.describe()} with horizon {horizon}d and delay {delay}d needs {needed} sessions; the panel has {sessions}",
            fix="use fewer folds or groups, a shorter embargo, or a longer panel",
        )
    return splits


def _around(horizon: int, delay: int, embargo: int) -> int:
    """Sessions beside a tested block that it may cost: the purge on both sides, and the embargo."""
    return 2 * (horizon + delay) + embargo


def _needed(groups: int, tested: int, remainder: Remainder, sessions: int, *, around: int, rows: int) -> int:
    """Every tested block may cost its own length and the sessions ``around`` it."""
    sessions = max(sessions, groups)
    while True:
        largest = sorted(map(len, blocks_of(sessions, groups, remainder)))[-tested:]
        if sessions - sum(largest) - tested * around >= rows:
            return sessions
        sessions += 1
