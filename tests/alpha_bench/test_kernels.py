"""The compiled kernels against their numpy references, on what real data has: holes, constants, spikes, one asset, one session."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from alpha_bench.kernels import COMPILED, REFERENCE, warm_up
from alpha_bench.operators import OPERATORS, Reach
from fakes.small_panels import WITH_ARGUMENTS, same_bits

Floats = NDArray[np.float64]
ROLLING = [n for n in WITH_ARGUMENTS if n.startswith("ts.")]
CROSS = ["cs.rank", "cs.demean", "cs.zscore"]  # the others are in test_cross and test_groups
SHIFTING = ["lag", "delta", "ret", "log_ret", "fwd_ret"]
ELEMENT = [n for n in WITH_ARGUMENTS if OPERATORS[n].reach is Reach.ELEMENT]
NUMBERS = st.one_of(
    st.floats(-1e3, 1e3, width=32),
    st.sampled_from([0.0, -0.0, 1.0, 0.1, np.nan, np.nan, np.inf, -np.inf, 1e8, -1e8, 1e-9]),
)


@st.composite
def arrays(draw: st.DrawFn) -> Floats:
    rows, columns = draw(st.integers(1, 24)), draw(st.integers(1, 5))
    flat = draw(st.lists(NUMBERS, min_size=rows * columns, max_size=rows * columns))
    x = np.array(flat).reshape(rows, columns)
    if draw(st.booleans()):
        x[:, 0] = draw(st.sampled_from([0.1, 1e8, -3.3, np.nan]))
    return x


def close_to(name: str, ours: Floats, oracle: Floats, x: Floats) -> None:
    """Equal missing values; numbers within 1e-9 of the size of the data that they are made of."""
    assert np.array_equal(np.isnan(ours), np.isnan(oracle)), (name, ours, oracle)
    finite = np.abs(x[np.isfinite(x)])
    scale = float(finite.max(initial=1.0)) ** (2 if name == "ts.var" else 1)
    absolute = 1e-7 if name.endswith("zscore") else 1e-12 * scale
    assert np.allclose(ours, oracle, rtol=1e-9, atol=absolute, equal_nan=True), (name, ours, oracle)


def settled(x: Floats, name: str) -> Floats:
    """z-scores of numbers that differ in their last digits only are noise in any arithmetic: round those away."""
    return np.round(x, 6) if name.endswith("zscore") and np.nanmax(np.abs(x), initial=0) < 1e4 else x


@pytest.mark.parametrize("name", ROLLING)
@settings(max_examples=30, deadline=None)
@given(x=arrays(), window=st.integers(2, 9))
@example(x=np.full((9, 2), 0.1), window=3)
@example(x=np.array([[1.0], [1e8], [0.1], [0.2], [0.3], [0.4]]), window=2)
def test_rolling_kernels_equal_their_reference(name: str, x: Floats, window: int) -> None:
    x = settled(x, name)
    ours, oracle = COMPILED[name](x, window=window), REFERENCE[name](x, window=window)
    if name == "ts.zscore":
        skip = noisy(x, window)
        ours, oracle = np.where(skip, np.nan, ours), np.where(skip, np.nan, oracle)
    close_to(name, ours, oracle, x)


def noisy(x: Floats, window: int) -> NDArray[np.bool_]:
    """Windows whose deviation is under 1e-6 of their size: the score's last digits are rounding, in any order of sums."""
    std, size = REFERENCE["ts.std"](x, window=window), REFERENCE["ts.max"](np.abs(x), window=window)
    return (std < 1e-6 * size) & (std > 0)


@pytest.mark.parametrize("name", ["ts.sum", "ts.mean", "ts.min", "ts.max"])
@given(x=arrays())
@settings(max_examples=20, deadline=None)
def test_a_window_of_one_session_is_that_session(name: str, x: Floats) -> None:
    known = np.where(np.isfinite(x), x, np.nan)
    assert np.array_equal(COMPILED[name](x, window=1), known, equal_nan=True)


@pytest.mark.parametrize("name", CROSS)
@settings(max_examples=50, deadline=None)
@given(x=arrays())
def test_cross_sectional_kernels_equal_their_reference(name: str, x: Floats) -> None:
    x = settled(x.T.copy(), name)
    ours, oracle = COMPILED[name](x), REFERENCE[name](x)
    if name == "cs.zscore":
        known = np.where(np.isfinite(x), x, np.nan)
        spread, size = (
            np.nanmax(known, 1, initial=-np.inf) - np.nanmin(known, 1, initial=np.inf),
            np.nanmax(np.abs(known), 1, initial=0),
        )
        skip = ((spread < 1e-6 * size) & (spread > 0))[:, None]
        ours, oracle = np.where(skip, np.nan, ours), np.where(skip, np.nan, oracle)
    close_to(name, ours, oracle, x)


@pytest.mark.parametrize("name", SHIFTING)
@settings(max_examples=30, deadline=None)
@given(x=arrays(), d=st.integers(1, 30), delay=st.integers(0, 3))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_shifting_kernels_have_the_bits_of_their_reference(name: str, x: Floats, d: int, delay: int) -> None:
    params = {"lag": {"d": d - 1}, "fwd_ret": {"horizon": d, "delay": delay}}.get(name, {"window": d})
    assert same_bits(COMPILED[name](x, **params), REFERENCE[name](x, **params))


@pytest.mark.parametrize("name", ELEMENT)
@settings(max_examples=30, deadline=None)
@given(x=arrays(), constant=NUMBERS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_element_wise_kernels_have_the_bits_of_their_reference(name: str, x: Floats, constant: float) -> None:
    operands = (x, constant, x + 1)[: len(OPERATORS[name].arguments)]
    assert same_bits(COMPILED[name](*operands), np.asarray(REFERENCE[name](*operands), dtype=float))


@pytest.mark.parametrize("name", [*ROLLING, *CROSS])
def test_threads_and_pieces_change_no_bit(name: str) -> None:
    """A wide panel, cut over threads, has the bits of each part computed alone."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=(130, 900))
    x[rng.random(x.shape) < 0.02] = np.nan
    if name in CROSS:
        parts = np.vstack([COMPILED[name](x[t : t + 1]) for t in range(len(x))])
        assert same_bits(COMPILED[name](x), parts)
    else:
        parts = np.hstack(
            [COMPILED[name](np.ascontiguousarray(x[:, j : j + 7]), window=20) for j in range(0, 900, 7)]
        )
        assert same_bits(COMPILED[name](x, window=20), parts)


@pytest.mark.parametrize("value", [0.1, 1e8, -7.3e-9, 1 / 3])
def test_constants_are_exact(value: float) -> None:
    x = np.full((50, 3), value)
    assert (COMPILED["ts.mean"](x, window=20)[19:] == value).all()
    assert (COMPILED["ts.std"](x, window=20)[19:] == 0).all()
    assert np.isnan(COMPILED["ts.zscore"](x, window=20)).all()
    assert (COMPILED["cs.demean"](x) == 0).all()
    assert np.isnan(COMPILED["cs.zscore"](x)).all()


def test_nothing_is_left_of_a_spike_when_it_has_left_the_window() -> None:
    x = np.random.default_rng(1).normal(size=(60, 2))
    spiked = x.copy()
    spiked[25] = 1e8
    for name in ROLLING:
        clean, after = COMPILED[name](x, window=20), COMPILED[name](spiked, window=20)
        assert same_bits(after[45:], clean[45:]), name


def test_ranks_of_ties_are_their_average_and_run_to_one() -> None:
    x = np.array([[3.0, 1.0, np.nan, 1.0, -0.0, 0.0, np.inf]])
    ranks = COMPILED["cs.rank"](x)[0]
    assert ranks.tolist() == pytest.approx([1.0, 0.7, np.nan, 0.7, 0.3, 0.3, np.nan], nan_ok=True)


def test_every_operator_has_a_reference_and_a_kernel() -> None:
    assert set(WITH_ARGUMENTS) == set(REFERENCE) == set(COMPILED)


def test_warming_up_says_what_it_compiles() -> None:
    seen: list[str] = []
    warm_up(seen.append)
    assert set(seen) >= {*ROLLING, *(n for n in WITH_ARGUMENTS if OPERATORS[n].reach is Reach.CROSS)}


def test_the_oracle_bites() -> None:
    """The control: population deviation in place of the sample's is seen."""
    x = np.random.default_rng(2).normal(size=(20, 2))
    with pytest.raises(AssertionError, match=r"ts\.std"):
        close_to(
            "ts.std", COMPILED["ts.std"](x, window=5) * np.sqrt(4 / 5), REFERENCE["ts.std"](x, window=5), x
        )
