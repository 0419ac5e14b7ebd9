"""Purged cross-validation: the positions are skfolio's, and no training row shares a price with a test row."""

from __future__ import annotations

from dataclasses import replace
from math import comb

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from alpha_bench import Ridge, combinatorial_purged_kfold, features, fwd_ret
from alpha_bench.definitions import build
from alpha_bench.errors import AlphaBenchError
from alpha_bench.model_selection.purged import (
    CombinatorialPurgedKFold,
    PurgedKFold,
    blocks_of,
    parse_combinatorial,
    parse_purged_kfold,
)
from alpha_bench.model_selection.registry import completed, splitter_from_plain
from alpha_bench.model_selection.session_ranges import Sessions
from alpha_bench.model_selection.walk_forward import Split

SHAPES = [
    (1200, 6, 2, 10, 5, 0),
    (1204, 7, 3, 5, 2, 1),
    (500, 5, 2, 1, 0, 0),
    (260, 4, 2, 20, 10, 2),
    (65, 3, 2, 5, 2, 0),
    (1259, 6, 2, 10, 5, 1),
    (1205, 7, 3, 5, 2, 1),
]


def positions(sessions: Sessions) -> list[int]:
    return list(sessions)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("mistake", [0, 1])
def test_the_folds_and_paths_are_those_of_skfolio(shape: tuple[int, ...], mistake: int) -> None:
    """``mistake`` is the control: a purge one session longer is another set of positions."""
    from skfolio.model_selection import CombinatorialPurgedCV

    sessions, groups, tested, horizon, embargo, delay = shape
    theirs = CombinatorialPurgedCV(
        n_folds=groups,
        n_test_folds=tested,
        purged_size=horizon + delay + mistake,
        embargo_size=embargo,
    )
    ours = CombinatorialPurgedKFold(groups=groups, test_groups=tested, embargo_sessions=embargo)
    splits = ours.split(sessions, horizon=horizon, delay=delay)
    pairs = list(theirs.split(np.zeros((sessions, 1))))
    same = [
        positions(s.train) == train.tolist() and positions(s.test) == np.concatenate(test).tolist()
        for s, (train, test) in zip(splits, pairs, strict=True)
    ]
    assert all(same) is (mistake == 0)
    assert len(ours.paths(splits)) == theirs.n_test_paths


@given(st.integers(60, 700), st.integers(3, 9), st.integers(2, 4), st.integers(1, 6), st.integers(0, 3))
def test_the_folds_are_those_of_skfolio_on_any_calendar(
    sessions: int, groups: int, tested: int, horizon: int, embargo: int
) -> None:
    """The control: blocks cut as numpy cuts are others exactly where the sessions do not divide."""
    from skfolio.model_selection import CombinatorialPurgedCV

    assume(tested < groups and horizon + embargo < sessions // groups - 1)
    ours = CombinatorialPurgedKFold(groups=groups, test_groups=tested, embargo_sessions=embargo)
    assume(ours.sessions_needed(sessions, horizon=horizon, rows=1) == sessions)
    numpys = replace(ours, remainder="first")
    assume(numpys.sessions_needed(sessions, horizon=horizon, rows=1) == sessions)
    theirs = CombinatorialPurgedCV(
        n_folds=groups, n_test_folds=tested, purged_size=horizon, embargo_size=embargo
    )
    pairs = [(tr.tolist(), np.concatenate(te).tolist()) for tr, te in theirs.split(np.zeros((sessions, 1)))]
    for splitter, equal in ((ours, True), (numpys, sessions % groups == 0)):
        splits = splitter.split(sessions, horizon=horizon)
        assert ([(positions(s.train), positions(s.test)) for s in splits] == pairs) is equal


def test_a_definition_that_does_not_say_how_blocks_are_cut_means_what_it_meant() -> None:
    plain = CombinatorialPurgedKFold().to_plain()
    older = {k: v for k, v in plain.items() if k != "remainder"}
    assert splitter_from_plain(plain) == CombinatorialPurgedKFold(remainder="last")
    read = splitter_from_plain(completed(older))  # type: ignore[arg-type]
    assert read == CombinatorialPurgedKFold(remainder="first")
    made = (len(s.split(65, horizon=1)[0].test) for s in (read, CombinatorialPurgedKFold()))  # type: ignore[union-attr]
    assert tuple(made) == (11 + 11, 10 + 10)
    model = Ridge().fit(X=[features.ret(5)], y=fwd_ret(1))
    written = combinatorial_purged_kfold(model).definition.to_plain()
    evaluation = {**written["evaluation"], "trials": 1}  # type: ignore[dict-item]
    assert build(written).to_plain() == written
    del evaluation["remainder"]
    assert build({**written, "evaluation": evaluation}).splitter == read  # type: ignore[union-attr]
    with pytest.raises(AlphaBenchError, match="remainder is 'middle'"):
        splitter_from_plain({**plain, "remainder": "middle"})


def check_no_price_is_shared(split: Split, *, horizon: int, delay: int, sessions: int) -> None:
    """The prices of a row's label are those of sessions ``t + delay .. t + delay + horizon``."""
    touched = np.zeros(sessions + horizon + delay + 1, bool)
    for t in split.test:
        touched[t : t + delay + horizon + 1] = True
    for t in split.train:
        assert not touched[t]
        assert not touched[t + delay : t + delay + horizon].any()


@given(st.integers(30, 300), st.integers(2, 8), st.integers(1, 12), st.integers(0, 6), st.integers(0, 2))
def test_no_training_row_shares_a_price_with_a_test_row(
    sessions: int, folds: int, horizon: int, embargo: int, delay: int
) -> None:
    splitter = PurgedKFold(folds=folds, embargo_sessions=embargo)
    assume(splitter.sessions_needed(sessions, horizon=horizon, delay=delay, rows=1) == sessions)
    for split in splitter.split(sessions, horizon=horizon, delay=delay):
        check_no_price_is_shared(split, horizon=horizon, delay=delay, sessions=sessions)


def test_a_purge_one_session_short_shares_a_price() -> None:
    """The control."""
    short = PurgedKFold(folds=4, embargo_sessions=0).split(200, horizon=9)[1]
    with pytest.raises(AssertionError, match="assert not"):
        check_no_price_is_shared(short, horizon=10, delay=0, sessions=200)


@given(st.integers(20, 400), st.integers(2, 7), st.integers(1, 3), st.integers(1, 5), st.integers(0, 4))
def test_every_session_has_one_part_in_every_fold(
    sessions: int, groups: int, tested: int, horizon: int, embargo: int
) -> None:
    assume(tested < groups)
    splitter = CombinatorialPurgedKFold(groups=groups, test_groups=tested, embargo_sessions=embargo)
    assume(splitter.sessions_needed(sessions, horizon=horizon, rows=1) == sessions)
    splits = splitter.split(sessions, horizon=horizon)
    assert len(splits) == splitter.folds == comb(groups, tested)
    for split in splits:
        parts = [t for s in (split.train, split.test, split.purge, split.embargo) for t in s]
        assert sorted(parts) == list(range(sessions))


@given(st.integers(2, 8), st.integers(1, 4))
def test_every_path_predicts_every_session_once_by_a_fold_that_tests_it(groups: int, tested: int) -> None:
    assume(tested < groups)
    splitter = CombinatorialPurgedKFold(groups=groups, test_groups=tested, embargo_sessions=0)
    sessions = 40 * groups
    splits = splitter.split(sessions, horizon=1)
    paths = splitter.paths(splits)
    assert len(paths) == comb(groups - 1, tested - 1)
    for path in paths:
        assert [t for _, block in path for t in block] == list(range(sessions))
        assert all(block.start in splits[k].test for k, block in path)
    used = {(k, block.start) for path in paths for k, block in path}
    assert len(used) == len(paths) * groups  # no prediction stands on two paths


def test_blocks_are_cut_as_numpy_cuts() -> None:
    for sessions, count in ((10, 3), (1259, 12), (7, 7)):
        assert [len(b) for b in blocks_of(sessions, count)] == [
            len(a) for a in np.array_split(np.arange(sessions), count)
        ]
        size = sessions // count
        last = [size] * (count - 1) + [sessions - (count - 1) * size]
        assert [len(b) for b in blocks_of(sessions, count, "last")] == last


def test_a_calendar_that_is_too_short_says_how_long_it_must_be() -> None:
    splitter = PurgedKFold(folds=2, embargo_sessions=5)
    with pytest.raises(AlphaBenchError, match=r"needs \d+ sessions; the panel has 20"):
        splitter.split(20, horizon=10)
    needed = splitter.sessions_needed(20, horizon=10, rows=1)
    assert all(len(s.train) for s in splitter.split(needed, horizon=10))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: parse_purged_kfold(1, "5d"), "folds is 1"),
        (lambda: parse_purged_kfold(5, "5w"), "lower-case d is the only unit"),
        (lambda: parse_combinatorial(6, 6, 5), "nothing would be left to train on"),
        (lambda: parse_combinatorial(20, 8, 5), "125970 folds"),
        (lambda: parse_combinatorial(6.5, 2, 5), "groups is 6.5"),
    ],
)
def test_an_argument_that_cannot_be_meant_is_refused(make: object, message: str) -> None:
    with pytest.raises(AlphaBenchError, match=message):
        make()  # type: ignore[operator]


def test_sets_of_sessions_join_what_touches_and_keep_what_is_apart() -> None:
    assert Sessions.of(range(3, 5), range(3), range(7, 9)).ranges == (range(5), range(7, 9))
    assert list(Sessions.of(range(10)).without([range(2, 4), range(8, 20)])) == [0, 1, 4, 5, 6, 7]
    assert list(Sessions.of(range(3), range(6, 9)).last(4)) == [2, 6, 7, 8]
