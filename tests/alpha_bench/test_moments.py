"""Moments of training ranges: what they are, and that their bits depend on nothing but their own rows."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alpha_bench.fitting.moments import Moments, moments_by_sessions
from alpha_bench.fitting.normal_equations import Linear, predict, scaled, scaling_of
from alpha_bench.model_selection.session_ranges import Sessions

SESSIONS = 100


def columns(seed: int = 1, sessions: int = SESSIONS, assets: int = 7, width: int = 3) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    made = [rng.normal(10.0 ** (k % 5), 1, (sessions, assets)) for k in range(width)]
    made[0][rng.random((sessions, assets)) < 0.1] = np.nan
    made[0][sessions // 2, assets // 3] = np.inf
    return made


def weights_of(seed: int = 2, sessions: int = SESSIONS, assets: int = 7) -> np.ndarray:
    weights = np.random.default_rng(seed).random((sessions, assets))
    weights[5], weights[6, 1], weights[7, 2] = 0.0, np.nan, np.inf
    return weights


def rows_of(
    given: list[np.ndarray], r: range, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    rows = np.column_stack([c[r.start : r.stop].ravel() for c in given])
    weight = np.ones(len(rows)) if weights is None else weights[r.start : r.stop].ravel()
    complete = np.isfinite(rows).all(axis=1) & np.isfinite(weight) & (weight > 0)
    return rows[complete], weight[complete]


def moments(given: list[np.ndarray], *ranges: range, weights: np.ndarray | None = None) -> list[Moments]:
    return list(moments_by_sessions(given, [Sessions.of(r) for r in ranges], weights=weights))


def same(left: Moments, right: Moments) -> bool:
    return (left.rows, left.weight) == (right.rows, right.weight) and all(
        np.array_equal(a, b) for a, b in ((left.mean, right.mean), (left.cross, right.cross))
    )


@pytest.mark.parametrize("width", [2, 3, 5, 9])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", [(SESSIONS, 7), (9, 2500), (400, 1)])
def test_moments_are_those_of_the_complete_rows(width: int, weighted: bool, shape: tuple[int, int]) -> None:
    given = columns(width=width, sessions=shape[0], assets=shape[1])
    weights = weights_of(sessions=shape[0], assets=max(shape[1], 3))[:, : shape[1]] if weighted else None
    r = range(1, shape[0] - 1)
    (found,) = moments(given, r, weights=weights)
    rows, weight = rows_of(given, r, weights)
    mean = np.average(rows, axis=0, weights=weight)
    assert found.rows == len(rows)
    np.testing.assert_allclose(found.weight, weight.sum(), rtol=1e-12)
    np.testing.assert_allclose(found.mean, mean, rtol=1e-12)
    np.testing.assert_allclose(
        found.cross, ((rows - mean) * weight[:, None]).T @ (rows - mean), rtol=1e-8, atol=1e-8
    )


def test_mostly_missing_rows_are_left_out_as_few_missing_ones_are() -> None:
    given = columns(assets=40)
    given[1][np.random.default_rng(0).random(given[1].shape) < 0.8] = np.nan
    (found,) = moments(given, range(SESSIONS))
    rows, _ = rows_of(given, range(SESSIONS))
    assert found.rows == len(rows)
    np.testing.assert_allclose(found.cross, np.cov(rows.T, ddof=0) * len(rows), rtol=1e-9, atol=1e-7)


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.tuples(st.integers(0, SESSIONS), st.integers(0, SESSIONS)), min_size=1, max_size=5),
    st.integers(0, 3),
)
def test_the_bits_of_a_range_do_not_depend_on_the_other_ranges(
    edges: list[tuple[int, int]], seed: int
) -> None:
    given = columns(seed, assets=5000 // 7)
    ranges = [range(min(e), max(e)) for e in edges]
    together = moments(given, *ranges)
    for r, found in zip(ranges, together, strict=True):
        (alone,) = moments(given, r)
        assert same(found, alone)


@pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="this system cannot say on which cores a process runs"
)
def test_the_bits_do_not_depend_on_the_number_of_threads() -> None:
    given = columns(assets=3000)
    every = os.sched_getaffinity(0)
    many = moments(given, range(90), range(40))
    os.sched_setaffinity(0, {min(every)})
    try:
        one = moments(given, range(90), range(40))
    finally:
        os.sched_setaffinity(0, every)
    assert all(same(a, b) for a, b in zip(many, one, strict=True))


def test_rows_after_a_range_change_no_bit_of_it() -> None:
    given, later = columns(assets=1500), columns(assets=1500)
    for column in later:
        column[60:] = 1e9
    assert same(moments(given, range(60))[0], moments(later, range(60))[0])
    assert not same(moments(given, range(61))[0], moments(later, range(61))[0])


def test_a_far_mean_takes_no_precision_from_a_small_spread() -> None:
    rng = np.random.default_rng(0)
    spread = rng.normal(0, 1, (200, 50))
    exact = np.sum((spread - spread.mean()) ** 2)
    far = spread + 2.0**33
    (found,) = moments([far, spread], range(200))
    np.testing.assert_allclose(found.cross[0, 0], exact, rtol=1e-6)
    textbook = np.sum(far**2) - far.size * far.mean() ** 2  # the control: subtracting large sums
    assert abs(textbook / exact - 1) > 0.1


def test_a_range_without_sessions_has_no_rows() -> None:
    assert moments(columns(), range(5, 5))[0].rows == 0


def test_scaled_moments_are_those_of_scaled_rows() -> None:
    from sklearn.preprocessing import StandardScaler

    given = columns()
    given[1][:] = 3.0
    (found,) = moments(given, range(80))
    rows, _ = rows_of(given, range(80))
    scaler = StandardScaler().fit(rows[:, :2])
    scaling = scaling_of(found)
    np.testing.assert_allclose(scaling.mean, scaler.mean_, rtol=1e-12)
    np.testing.assert_allclose(scaling.scale, scaler.scale_, rtol=1e-12)
    theirs = np.column_stack([scaler.transform(rows[:, :2]), rows[:, 2]])
    np.testing.assert_allclose(
        scaled(found, scaling).cross, np.cov(theirs.T, ddof=0) * len(rows), rtol=1e-9, atol=1e-7
    )


def test_predictions_are_the_sum_in_the_order_of_the_features() -> None:
    given = columns(assets=900)
    model = Linear(coef=np.array([0.5, -2.0, 1e-3]), intercept=0.1)
    found = predict(given, 7, 93, model)
    with np.errstate(invalid="ignore"):
        plain = ((0.1 + given[0] * 0.5) + given[1] * -2.0) + given[2] * 1e-3
    expected = np.where(np.isfinite(plain), plain, np.nan)[7:93]
    assert np.array_equal(found, expected, equal_nan=True)


def test_several_ranges_count_as_their_rows_together() -> None:
    given = columns()
    (found,) = moments_by_sessions(given, [Sessions.of(range(10, 30), range(70, 100))])
    rows = np.concatenate([rows_of(given, r)[0] for r in (range(10, 30), range(70, 100))])
    assert found.rows == len(rows)
    np.testing.assert_allclose(found.cross, np.cov(rows.T, ddof=0) * len(rows), rtol=1e-9, atol=1e-7)
