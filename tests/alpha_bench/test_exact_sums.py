"""The sum behind every figure: the value of ``math.fsum``, whatever is added; and the resampled and rolling sums in their stated order."""

import math

import numpy as np
import pytest

from alpha_bench.metrics.inference import exact_sum
from alpha_bench.metrics.monotonicity import monotonicity_p
from alpha_bench.metrics.style_exposures import mean_dollar_volume


def _drawn(kind: str, draw: np.random.Generator) -> np.ndarray:
    n = int(draw.integers(0, 400))
    values = draw.normal(size=n)
    if kind == "many sizes":
        return values * np.exp2(draw.integers(-900, 900, n))
    if kind == "halves":  # many ties half-way between two floats
        return np.round(values * 8) / 8 * draw.choice([2.0**53, 1.0, -1.0, 2.0**-53], n) + draw.choice(
            [0.0, -0.0], n
        )
    if kind == "cancelling":
        return np.concatenate([values, -values[::-1], values[:1] * 2.0**-60])
    return values


@pytest.mark.parametrize("kind", ["returns", "many sizes", "halves", "cancelling"])
def test_a_sum_is_correctly_rounded(kind: str) -> None:
    draw = np.random.default_rng(20100910)
    naive = 0
    for _ in range(500):
        values = _drawn(kind, draw)
        right = math.fsum(values.tolist())
        assert exact_sum(values) == right
        naive += float(np.add.reduce(values)) != right
    assert naive > 100  # control: the sum as numpy makes it is not


def test_more_partials_than_there_is_room_for() -> None:
    values = np.exp2(np.arange(-1000.0, 1000.0, 7.0)) * (1 + 2.0**-50)
    assert exact_sum(np.concatenate([values, -values[1:]])) == values[0]


@pytest.mark.parametrize(
    ("values", "right"), [([], 0.0), ([-0.0], 0.0), ([math.inf, 1.0], math.inf), ([1, 2, 3], 6.0)]
)
def test_the_edges_of_a_sum(values: list[float], right: float) -> None:
    assert exact_sum(np.array(values)) == right


def test_a_missing_value_is_not_lost_in_a_sum() -> None:
    assert math.isnan(exact_sum(np.array([1.0, math.nan, 2.0])))


def test_a_strided_column_is_summed_like_its_copy() -> None:
    table = np.random.default_rng(1).normal(size=(300, 4))
    assert exact_sum(table[:, 2]) == math.fsum(table[:, 2].tolist())


def test_a_resample_is_added_row_by_row_in_its_order() -> None:
    by_date = np.random.default_rng(2).normal(size=(600, 4)) + 0.02 * np.arange(4)
    steps = np.diff(by_date, axis=1)
    means = np.array([math.fsum(column) / len(steps) for column in steps.T])
    centred, n = steps - means, len(steps)
    draw = np.random.Generator(np.random.PCG64(20100910))
    seen = 0
    for _ in range(200):
        fresh = draw.random(n) < 1 / 10
        fresh[0] = True
        starts = draw.integers(0, n, n)
        begun = np.maximum.accumulate(np.where(fresh, np.arange(n), 0))
        rows = (starts[begun] + np.arange(n) - begun) % n
        seen += bool((np.add.reduce(centred[rows], axis=0) / n).min() >= means.min())
    assert 0 < seen < 200
    assert monotonicity_p(by_date, block_sessions=10, rounds=200) == seen / 200


def test_a_mean_dollar_volume_leaves_out_what_is_missing() -> None:
    draw = np.random.default_rng(3)
    volume = draw.uniform(1e5, 1e9, (60, 50))
    volume[draw.random(volume.shape) < 0.4] = np.nan
    volume[:, 7] = np.inf
    for t in (3, 8, 19, 40):
        block = volume[max(0, t - 19) : t + 1]
        known = np.isfinite(block)
        right = np.where(
            known.sum(axis=0) >= 10,
            np.add.reduce(np.where(known, block, 0.0), axis=0) / np.maximum(1, known.sum(axis=0)),
            np.nan,
        )
        assert np.array_equal(mean_dollar_volume(volume, t), right, equal_nan=True)
