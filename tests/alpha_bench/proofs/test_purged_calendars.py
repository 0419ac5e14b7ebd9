"""What purged splitters say of themselves is so: found wanting by changing single operators of their source."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alpha_bench.errors import AlphaBenchError
from alpha_bench.model_selection.purged import CombinatorialPurgedKFold, PurgedKFold

small = st.integers(0, 6)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 7), st.integers(1, 12), small, small, st.integers(1, 40))
def test_a_calendar_as_long_as_is_asked_for_is_long_enough(
    folds: int, horizon: int, delay: int, embargo: int, rows: int
) -> None:
    """Also with a delay, which lengthens the purge on both sides of every block."""
    for splitter in (
        PurgedKFold(folds=folds, embargo_sessions=embargo),
        CombinatorialPurgedKFold(groups=folds + 1, test_groups=2, embargo_sessions=embargo),
    ):
        needed = splitter.sessions_needed(1, horizon=horizon, delay=delay, rows=rows)
        for split in splitter.split(needed, horizon=horizon, delay=delay):
            assert len(split.train) >= rows


def test_a_calendar_that_is_far_too_short_is_refused() -> None:
    """The control."""
    with pytest.raises(AlphaBenchError, match="R29"):
        PurgedKFold(folds=5, embargo_sessions=5).split(20, horizon=10, delay=2)


@pytest.mark.parametrize(("groups", "tested"), [(6, 2), (5, 3), (8, 1)])
def test_folds_and_paths_are_as_many_as_is_said(groups: int, tested: int) -> None:
    splitter = CombinatorialPurgedKFold(groups=groups, test_groups=tested, embargo_sessions=1)
    splits = splitter.split(400, horizon=2)
    said = splitter.describe()
    assert f" {len(splits)} folds, {len(splitter.paths(splits))} paths" in said
    assert len(splits) == splitter.folds
