"""The compiled kernels against their numpy references, on what real data has: holes, constants, spikes, one asset, one session."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from alpha_bench.kernels import COMPILED, REFERENCE, compiled_series, warm_up
from alpha_bench.operators import OPERATORS, Scope
from fakes.small_panels import WITH_ARGUMENTS, same_bits

Floats = NDArray[np.float64]
ROLLING = [n for n in WITH_ARGUMENTS if n.startswith("ts.")]
CROSS = ["cs.rank", "cs.demean", "cs.zscore"]  # the others are in test_cross and test_groups
SHIFTING = ["lag", "delta", "ret", "log_ret", "fwd_ret"]
ELEMENT = [n for n in WITH_ARGUMENTS if OPERATORS[n].scope is Scope.ELEMENT]
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
    if draw(st.booleans()):  # a run of missing or of equal values, as suspended assets have
        begin = draw(st.integers(0, rows - 1))
        x[begin : begin + draw(st.integers(1, 9)), -1] = draw(st.sampled_from([np.nan, 12.5, np.inf]))
    return x


MORE = {"ts.ewm": {"halflife": 2.5}, "ts.quantile": {"q": 0.3}}
EXACT = {f"ts.{n}" for n in "min max argmin argmax median quantile rank count backfill".split()}
PLACES = {f"ts.{n}" for n in "argmin argmax rank count backfill".split()}
SHAPES = {f"ts.{n}" for n in "zscore skew kurt corr rsq".split()}


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Floats, Floats]:
    """Two arrays of one shape."""
    x = draw(arrays())
    return x, np.array(draw(st.lists(NUMBERS, min_size=x.size, max_size=x.size))).reshape(x.shape)


def close_to(
    name: str, ours: Floats, oracle: Floats, x: Floats, absolute: Floats | float | None = None
) -> None:
    """Equal missing values; numbers within 1e-9 of themselves, or of the size of the data that they are made of."""
    assert np.array_equal(np.isnan(ours), np.isnan(oracle)), (name, ours, oracle)
    if absolute is None:
        finite = np.abs(x[np.isfinite(x)])
        scale = float(finite.max(initial=1.0)) ** (2 if name == "ts.var" else 1)
        absolute = 1e-7 if name.endswith("zscore") else 1e-12 * scale
    known = ~np.isnan(oracle)
    far = np.abs(ours - oracle)[known] > (1e-9 * np.abs(oracle) + absolute)[known]
    assert not far.any(), (name, ours, oracle)


def settled(x: Floats, name: str) -> Floats:
    """z-scores of numbers that differ in their last digits only are noise in any arithmetic: round those away."""
    return np.round(x, 6) if name.endswith("zscore") and np.nanmax(np.abs(x), initial=0) < 1e4 else x


def params_of(name: str, window: int) -> dict[str, float]:
    """What ``name`` is called with for a window."""
    return {"limit": window} if name == "ts.backfill" else {"window": window} | MORE.get(name, {})


def operands_of(name: str, x: Floats, y: Floats) -> tuple[Floats, ...]:
    return (x, y)[: len(OPERATORS[name].arguments)]


def tolerance(name: str, x: Floats, y: Floats, window: int) -> Floats | float:
    """How far rounding may take a result, in its own unit: order and presence are exact, shares are of 1, the rest of the data."""
    if name in EXACT:
        return 0.0
    size, other = (REFERENCE["ts.max"](np.abs(v), window=window) for v in (x, y))
    std, std_y = REFERENCE["ts.std"](x, window=window), REFERENCE["ts.std"](y, window=window)
    units = {
        "ts.var": size**2,
        "ts.cov": size * other,
        "ts.beta": 1e5 * std / np.where(std_y > 0, std_y, 1.0),
        "ts.resid_on": size + 1e5 * std,
    }
    return 1e-7 if name in SHAPES else 1e-12 * np.where(np.isnan(size), 1.0, 1.0 + units.get(name, size))


@pytest.mark.parametrize("name", ROLLING)
@settings(max_examples=30, deadline=None)
@given(both=pairs(), window=st.integers(1, 9))
@example(both=(np.full((9, 2), 0.1), np.full((9, 2), 1e8)), window=3)
@example(both=(np.array([[1.0], [1e8], [0.1], [0.2], [0.3], [0.4]]), np.arange(6.0)[:, None]), window=2)
@example(both=(np.array([[1e8], [0.1], [0.4], [0.2], [0.3], [0.9]]), np.arange(6.0)[:, None] % 4), window=4)
def test_rolling_kernels_equal_their_reference(name: str, both: tuple[Floats, Floats], window: int) -> None:
    window = max(window, OPERATORS[name].params[0].least if name != "ts.ewm" else 1)
    x, y = settled(both[0], name), both[1]
    operands, params = operands_of(name, x, y), params_of(name, window)
    ours, oracle = COMPILED[name](*operands, **params), REFERENCE[name](*operands, **params)
    if name in SHAPES | {"ts.beta", "ts.resid_on"} and window > 1:
        skip = np.any([noisy(v, window) for v in operands], axis=0)
        ours, oracle = np.where(skip, np.nan, ours), np.where(skip, np.nan, oracle)
    close_to(name, ours, oracle, x, tolerance(name, x, y, window) if window > 1 else None)


def noisy(x: Floats, window: int) -> NDArray[np.bool_]:
    """Windows whose deviation is under 1e-6 of their size: what is left of the digits is rounding, in any order of sums."""
    std, size = REFERENCE["ts.std"](x, window=window), REFERENCE["ts.max"](np.abs(x), window=window)
    return (std < 1e-6 * size) & (std > 0)


@pytest.mark.parametrize("name", [n for n in ROLLING if OPERATORS[n].params[0].least < 2 and n not in PLACES])
@given(x=arrays())
@settings(max_examples=20, deadline=None)
def test_a_window_of_one_session_is_that_session(name: str, x: Floats) -> None:
    known = np.where(np.isfinite(x), x, np.nan)
    assert np.array_equal(COMPILED[name](x, **params_of(name, 1)), known, equal_nan=True)


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
        operands, params = operands_of(name, x, x**2 - x), params_of(name, 20)
        parts = np.hstack(
            [
                COMPILED[name](*(np.ascontiguousarray(v[:, j : j + 7]) for v in operands), **params)
                for j in range(0, 900, 7)
            ]
        )
        assert same_bits(COMPILED[name](*operands, **params), parts)


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
        params = params_of(name, 20)
        clean, after = (COMPILED[name](*operands_of(name, v, v**2), **params) for v in (x, spiked))
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
    assert set(seen) >= {*ROLLING, *(n for n in WITH_ARGUMENTS if OPERATORS[n].scope is Scope.CROSS)}


def test_the_oracle_bites() -> None:
    """The control: population deviation in place of the sample's is seen."""
    x = np.random.default_rng(2).normal(size=(20, 2))
    with pytest.raises(AssertionError, match=r"ts\.std"):
        close_to(
            "ts.std", COMPILED["ts.std"](x, window=5) * np.sqrt(4 / 5), REFERENCE["ts.std"](x, window=5), x
        )


def test_a_return_is_the_same_number_however_the_prices_lie_in_memory() -> None:
    values = np.random.default_rng(5).normal(1.0, 1.0, (40, 12))
    values[3:9, 2], values[:, 5], values[11, 7], values[12, 8] = np.nan, 0.0, np.inf, -np.inf
    kept = np.ascontiguousarray(values)
    other = np.asfortranarray(values)
    one, two = (
        compiled_series.ret(kept, window=3),
        compiled_series.ret(other, window=3, out=np.empty_like(other)),
    )
    assert np.array_equal(one, two, equal_nan=True)
    with np.errstate(all="ignore"):
        right = values[3:] / values[:-3] - 1.0
    right[(values[3:] <= 0) | (values[:-3] <= 0)] = np.nan
    assert np.isnan(one[:3]).all()
    assert np.array_equal(one[3:], right, equal_nan=True)
    assert np.isfinite(right).any()
