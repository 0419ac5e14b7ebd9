"""Walk-forward positions are scikit-learn's and skfolio's, and nothing that trains a fold knows its test block."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.model_selection import TimeSeriesSplit

from alpha_bench.errors import AlphaBenchError
from alpha_bench.model_selection.walk_forward import WalkForward, parse_walk_forward

SHAPES = [
    (2500, 12, 10, 5, 0),
    (1259, 12, 10, 5, 0),
    (130, 3, 1, 0, 0),
    (77, 5, 4, 2, 1),
    (61, 2, 20, 0, 0),
    (1000, 49, 3, 1, 0),
]


def splits(sessions: int, folds: int, horizon: int, embargo: int, delay: int, *, window: int | None = None):
    splitter = WalkForward(folds=folds, embargo_sessions=embargo, window_sessions=window)
    return splitter.split(sessions, horizon=horizon, delay=delay)


def same_as_sklearn(sessions: int, folds: int, horizon: int, embargo: int, delay: int, *, gap: int) -> bool:
    theirs = TimeSeriesSplit(folds, gap=gap).split(np.zeros(sessions))
    return all(
        list(us.train) == train.tolist() and list(us.test) == test.tolist()
        for us, (train, test) in zip(splits(sessions, folds, horizon, embargo, delay), theirs, strict=True)
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_the_folds_are_those_of_time_series_split(shape: tuple[int, ...]) -> None:
    _, _, horizon, embargo, delay = shape
    assert same_as_sklearn(*shape, gap=horizon + embargo + delay)


def test_a_gap_one_short_is_seen() -> None:
    """The control."""
    assert not same_as_sklearn(2500, 12, 10, 5, 0, gap=14)


@given(st.integers(10, 3000), st.integers(1, 60), st.integers(1, 30), st.integers(0, 20), st.integers(0, 3))
def test_the_folds_are_those_of_time_series_split_for_any_shape(
    sessions: int, folds: int, horizon: int, embargo: int, delay: int
) -> None:
    gap = horizon + embargo + delay
    block = sessions // (folds + 1)
    assume(block > 0 and folds > 1 and sessions - folds * block - gap > 0)
    assert same_as_sklearn(sessions, folds, horizon, embargo, delay, gap=gap)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_folds_are_those_of_skfolio(shape: tuple[int, ...]) -> None:
    from skfolio.model_selection import WalkForward as Skfolio

    sessions, folds, horizon, embargo, delay = shape
    ours = splits(*shape)
    theirs = Skfolio(
        test_size=sessions // (folds + 1),
        train_size=len(ours[0].train),
        purged_size=horizon + embargo + delay,
        expand_train=True,
    )
    pairs = list(theirs.split(np.zeros((sessions, 1))))
    assert [(list(s.train), list(s.test)) for s in ours] == [(a.tolist(), b.tolist()) for a, b in pairs]


@given(
    st.integers(20, 2000),
    st.integers(1, 20),
    st.integers(1, 20),
    st.integers(0, 10),
    st.integers(0, 3),
    st.integers(1, 300),
)
def test_a_rolling_window_is_the_end_of_the_expanding_one(  # noqa: PLR0917
    sessions: int, folds: int, horizon: int, embargo: int, delay: int, window: int
) -> None:
    block = sessions // (folds + 1)
    assume(block > 0 and sessions - folds * block - horizon - embargo - delay > 0)
    for rolling, whole in zip(
        splits(sessions, folds, horizon, embargo, delay, window=window),
        splits(sessions, folds, horizon, embargo, delay),
        strict=True,
    ):
        assert list(rolling.train) == list(whole.train)[-window:]
        assert rolling.test == whole.test


@pytest.mark.parametrize("shape", SHAPES)
def test_every_training_row_is_known_before_the_embargo_of_its_test_block(shape: tuple[int, ...]) -> None:
    _, _, horizon, embargo, delay = shape
    for split in splits(*shape):
        assert max(split.train) + delay + horizon + embargo < split.test.start
        assert max(split.train) + 1 + delay + horizon + embargo >= split.test.start
        assert list(split.purge) == list(range(split.test.start - horizon - delay, split.test.start))
        assert list(split.embargo) == list(range(split.train.stop, split.purge.start))
        assert len(split.embargo) == embargo


def test_test_blocks_tile_the_end_of_the_calendar() -> None:
    blocks = [s.test for s in splits(2500, 12, 10, 5, 0)]
    assert [i for b in blocks for i in b] == list(range(2500 - 12 * (2500 // 13), 2500))


@pytest.mark.parametrize(("folds", "embargo"), [("12", "5d"), (12, 5), ("12", "5"), (12, "5d")])
def test_twelve_is_twelve_however_it_is_written(folds: object, embargo: object) -> None:
    assert parse_walk_forward(folds, embargo, "expanding") == WalkForward(folds=12, embargo_sessions=5)


@pytest.mark.parametrize("window", [{"rolling": 250}, {"rolling": "250d"}, "rolling:250", "rolling:250d"])
def test_a_rolling_window_is_read(window: object) -> None:
    assert parse_walk_forward(12, 5, window).window_sessions == 250


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("12d", 5, "expanding"), "folds is '12d'"),
        ((0, 5, "expanding"), "folds is 0"),
        ((True, 5, "expanding"), "folds is True"),
        ((12.5, 5, "expanding"), "folds is 12.5"),
        ((12, "5D", "expanding"), "embargo is '5D'"),
        ((12, "1w", "expanding"), "lower-case d is the only unit"),
        ((12, -5, "expanding"), "embargo is -5"),
        ((12, 5, "sliding"), "window is 'sliding'"),
        ((12, 5, {"rolling": 0}), "rolling window is 0"),
        ((12, 5, 250), "window is 250"),
    ],
)
def test_an_argument_that_would_have_to_be_guessed_is_refused(arguments: tuple, message: str) -> None:
    with pytest.raises(AlphaBenchError, match=message):
        parse_walk_forward(*arguments)


@given(st.integers(1, 900), st.integers(1, 30), st.integers(1, 30), st.integers(0, 10))
def test_the_sessions_that_an_error_asks_for_are_the_next_that_do(
    sessions: int, folds: int, horizon: int, embargo: int
) -> None:
    splitter = WalkForward(folds=folds, embargo_sessions=embargo)
    needed = splitter.sessions_needed(sessions, horizon=horizon, rows=1)
    assert len(splitter.split(needed, horizon=horizon)) == folds
    if needed > sessions:
        with pytest.raises(AlphaBenchError, match=f"need {needed} sessions; the panel has {needed - 1}"):
            splitter.split(needed - 1, horizon=horizon)
