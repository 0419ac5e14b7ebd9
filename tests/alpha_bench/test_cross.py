"""Operators across assets against numpy, pandas, SciPy and skfolio, and the laws that they keep."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import ndtri
from skfolio.preprocessing import CSGaussianRankScaler, CSPercentileRankScaler, CSStandardScaler, CSWinsorizer

from alpha_bench import cs, data
from alpha_bench.errors import AlphaBenchError
from alpha_bench.kernels import COMPILED, REFERENCE
from alpha_bench.operators import Kind
from fakes.small_panels import same_bits

Floats = NDArray[np.float64]
Run = Callable[[Floats], Floats]
CALLS: dict[str, tuple[str, dict[str, object]]] = {
    "rank": ("cs.rank", {}),
    "demean": ("cs.demean", {}),
    "zscore": ("cs.zscore", {}),
    "mean": ("cs.mean", {}),
    "std": ("cs.std", {}),
    "scale": ("cs.scale", {}),
    "gaussianize": ("cs.gaussianize", {}),
    "winsorize": ("cs.winsorize", {"limit": 0.1, "by": "quantile"}),
    "winsorize std": ("cs.winsorize", {"limit": 1.5, "by": "std"}),
    "winsorize mad": ("cs.winsorize", {"limit": 2.0, "by": "mad"}),
    "quantile": ("cs.quantile", {"bins": 4}),
    "top": ("cs.top", {"n": 2}),
    "bottom": ("cs.bottom", {"n": 2}),
}
EXACT = {"rank", "quantile", "top", "bottom"}
BY_ORDER = {*EXACT, "gaussianize", "winsorize", "winsorize std", "winsorize mad"}
GIVEN_TO_ALL = {"mean", "std"}
NUMBERS = st.one_of(
    st.floats(-1e3, 1e3, width=32),
    st.sampled_from([0.0, -0.0, 1.0, 1.0, 0.1, np.nan, np.nan, np.inf, -np.inf, 1e8, -1e8, 1e-9]),
)


def ours(call: str, x: Floats) -> Floats:
    name, params = CALLS[call]
    return COMPILED[name](x, **params)


def oracle(call: str, x: Floats) -> Floats:
    name, params = CALLS[call]
    return REFERENCE[name](x, **params)


@st.composite
def sessions(draw: st.DrawFn) -> Floats:
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(1, 24))
    x = np.array(draw(st.lists(NUMBERS, min_size=rows * columns, max_size=rows * columns))).reshape(
        rows, columns
    )
    x[0] = draw(st.sampled_from([x[0, 0], 0.1, 1e8, np.nan]))
    return x


def agree(call: str, here: Floats, there: Floats, x: Floats) -> None:
    """Equal missing values; exact where only order counts, else within rounding of the data's size."""
    if call in EXACT:
        np.testing.assert_array_equal(here, there, err_msg=call)
        return
    size = 1.0 if call in {"zscore", "gaussianize", "scale"} else np.abs(x[np.isfinite(x)]).max(initial=1.0)
    np.testing.assert_allclose(here, there, rtol=1e-10, atol=1e-13 * size, err_msg=call)


def noisy(x: Floats) -> bool:
    """Whether some session's spread is nothing but the last digits of its size: its z-score is rounding in any order of sums."""
    known = np.where(np.isfinite(x), x, np.nan)
    high, low = np.nanmax(known, 1, initial=-np.inf), np.nanmin(known, 1, initial=np.inf)
    size = np.nanmax(np.abs(known), 1, initial=0)
    return bool(((high - low < 1e-5 * size) & (high > low)).any())


@pytest.mark.parametrize("call", CALLS)
@settings(max_examples=60, deadline=None)
@given(x=sessions())
@example(x=np.full((2, 3), 0.1))
@example(x=np.array([[1.0, 1e8, 1.0, -1e8, 2.0]]))
def test_kernels_equal_their_reference(call: str, x: Floats) -> None:
    assume(call != "zscore" or not noisy(x))
    agree(call, ours(call, x), oracle(call, x), x)


@pytest.mark.parametrize("call", CALLS)
def test_wide_sessions_equal_their_reference(call: str) -> None:
    """Enough assets for every pass of the sort, with many that agree in their first digits."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(5, 2000))
    x[1] = 1.0 + 1e-12 * rng.integers(0, 50, 2000)
    x[2] = np.round(x[2], 1)
    x[3, ::3] = np.nan
    x[4, ::7] = np.inf
    if call in {"zscore", "std", "demean"}:
        x = np.delete(x, 1, axis=0)  # digits of a 1 + 1e-12 are not those of its deviation
    agree(call, ours(call, x), oracle(call, x), x)


@pytest.mark.parametrize("call", CALLS)
@settings(max_examples=40, deadline=None)
@given(x=sessions(), seed=st.integers(0, 1000))
@example(x=np.array([[0.0, -0.0, 0.0, -0.0, 1.0, -1.0]]), seed=1)
@example(x=np.array([[-0.0, 0.0, -0.0]]), seed=2)
def test_the_order_of_the_assets_decides_nothing(call: str, x: Floats, seed: int) -> None:
    """Bit by bit where values are taken in their own order, else within rounding of the sums."""
    assume(call != "zscore" or not noisy(x))
    order = np.random.default_rng(seed).permutation(x.shape[1])
    here, there = ours(call, x)[:, order], ours(call, np.ascontiguousarray(x[:, order]))
    if call in BY_ORDER:
        assert same_bits(np.ascontiguousarray(here), there)
    else:
        agree(call, here, there, x)


@pytest.mark.parametrize("call", CALLS)
def test_sessions_and_threads_know_nothing_of_each_other(call: str) -> None:
    rng = np.random.default_rng(7)
    x = rng.normal(size=(130, 900))
    x[rng.random(x.shape) < 0.02] = np.nan
    assert same_bits(ours(call, x), np.vstack([ours(call, x[t : t + 1]) for t in range(len(x))]))


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("factor", [4.0, 2.0**-20])
def test_laws_of_scale(call: str, factor: float) -> None:
    """A power of two is exact: ranks, scores and shares do not see it, the others follow it."""
    rng = np.random.default_rng(8)
    x = rng.normal(size=(20, 50))
    x[rng.random(x.shape) < 0.1] = np.nan
    follows = 1.0 if call in {*EXACT, "zscore", "scale", "gaussianize"} else factor
    assert same_bits(ours(call, x * factor), ours(call, x) * follows)


@pytest.mark.parametrize("call", ["rank", "gaussianize", "top", "bottom"])
def test_what_is_made_of_ranks_sees_order_alone(call: str) -> None:
    x = np.random.default_rng(9).normal(size=(10, 40))
    assert same_bits(ours(call, np.exp(x)), ours(call, x))


@pytest.mark.parametrize("call", sorted(CALLS.keys() - GIVEN_TO_ALL))
def test_who_has_no_finite_value_has_no_result_and_does_not_count(call: str) -> None:
    x = np.random.default_rng(10).normal(size=(6, 12))
    holes = np.insert(x, [0, 5, 12], [np.nan, np.inf, -np.inf], axis=1)
    result = ours(call, holes)
    assert np.isnan(result[:, [0, 6, 14]]).all()
    assert same_bits(np.delete(result, [0, 6, 14], axis=1), ours(call, x))


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_empty_universe_has_no_result(call: str, value: float) -> None:
    assert np.isnan(ours(call, np.full((2, 5), value))).all()


def test_one_asset_alone() -> None:
    alone = {call: float(ours(call, np.array([[7.0]]))[0, 0]) for call in CALLS}
    assert alone == pytest.approx(
        {
            "rank": 1.0, "demean": 0.0, "zscore": np.nan, "mean": 7.0, "std": np.nan, "scale": 1.0, "gaussianize": 0.0,
            "winsorize": 7.0, "winsorize std": 7.0, "winsorize mad": 7.0, "quantile": 1.0, "top": 1.0, "bottom": 1.0,
        },
        nan_ok=True,
    )  # fmt: skip


@pytest.mark.parametrize("value", [0.1, 1e8, -7.3e-9, 1 / 3])
def test_constants_are_exact(value: float) -> None:
    x = np.full((3, 11), value)
    assert (ours("demean", x) == 0).all()
    assert (ours("std", x) == 0).all()
    assert np.isnan(ours("zscore", x)).all()
    assert (ours("gaussianize", x) == 0).all()
    for call in ("winsorize", "winsorize std", "winsorize mad", "mean"):
        assert (ours(call, x) == value).all()
    assert (ours("quantile", x) == 1).all()
    assert (ours("top", x) == 1).all()


def test_normal_scores_are_symmetric_to_the_bit() -> None:
    x = np.random.default_rng(11).normal(size=(4, 333))
    np.testing.assert_array_equal(ours("gaussianize", x), -ours("gaussianize", -x))


@pytest.mark.parametrize("n", [1, 2, 3, 10, 1001, 100_000])
def test_normal_scores_are_scipys_inverse(n: int) -> None:
    scores = ours("gaussianize", np.arange(float(n))[None, :])[0]
    np.testing.assert_allclose(scores, ndtri((np.arange(n) + 0.5) / n), rtol=1e-12, atol=1e-15)


def test_pandas_agrees() -> None:
    rng = np.random.default_rng(12)
    x = np.round(rng.normal(size=(30, 200)), 2)
    x[rng.random(x.shape) < 0.1] = np.nan
    frame = pd.DataFrame(x)
    smooth = pd.DataFrame(x + 1e-6 * rng.normal(size=x.shape))
    np.testing.assert_allclose(ours("rank", x), frame.rank(axis=1, pct=True), rtol=1e-14)
    np.testing.assert_allclose(ours("mean", x)[:, 0], frame.mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(ours("std", x)[:, 0], frame.std(axis=1), rtol=1e-12)
    np.testing.assert_allclose(ours("scale", x), frame.div(frame.abs().sum(axis=1), axis=0), rtol=1e-12)
    low, high = frame.quantile(0.1, axis=1), frame.quantile(0.9, axis=1)
    np.testing.assert_allclose(ours("winsorize", x), frame.clip(low, high, axis=0), rtol=1e-12)
    qcut = smooth.apply(lambda row: pd.qcut(row, 4, labels=False) + 1.0, axis=1)
    np.testing.assert_array_equal(ours("quantile", smooth.to_numpy().copy()), qcut)
    for row in range(len(frame)):
        greatest = frame.loc[row].nlargest(2, keep="all").index
        assert set(np.flatnonzero(ours("top", x)[row] == 1)) == set(greatest)


def test_skfolio_agrees() -> None:
    """To 1e-12; its percentile is (r - 1/2) / n, and its Gaussian scores are centred and scaled afterwards."""
    rng = np.random.default_rng(13)
    x = np.round(rng.normal(size=(25, 60)), 1)
    x[rng.random(x.shape) < 0.1] = np.nan
    count = np.isfinite(x).sum(axis=1, keepdims=True)
    peers: list[tuple[Floats, Floats]] = [
        (ours("zscore", x), CSStandardScaler().fit_transform(x)),
        (ours("rank", x) - 0.5 / count, CSPercentileRankScaler().fit_transform(x)),
        (ours("zscore", ours("gaussianize", x)), CSGaussianRankScaler().fit_transform(x)),
        (ours("winsorize", x), CSWinsorizer(low=0.1, high=0.9).fit_transform(x)),
    ]
    for here, there in peers:
        np.testing.assert_allclose(here, there, rtol=1e-12, atol=1e-12)


def test_the_median_absolute_deviation_does_not_move_with_an_outlier() -> None:
    """The control: the standard deviation does, and lets the outlier stand."""
    x = np.append(np.linspace(-1.0, 1.0, 21), 1e6)[None, :]
    assert ours("winsorize mad", x).max() < 3
    assert ours("winsorize std", x).max() > 1e5


def test_the_oracles_bite() -> None:
    """The controls: ranks from 0, population deviation, open bins and broken ties are all seen."""
    x = np.round(np.random.default_rng(14).normal(size=(4, 30)), 1)
    x[:, :4] = [10.0, 9.0, 9.0, 9.0]  # three share the second place, and two are wanted
    wrong: dict[str, Run] = {
        "rank": lambda v: oracle("rank", v) - 1 / v.shape[1],
        "std": lambda v: oracle("std", v) * np.sqrt((v.shape[1] - 1) / v.shape[1]),
        "quantile": lambda v: REFERENCE["cs.quantile"](v, bins=5),
        "top": lambda v: (oracle("rank", v) > 1 - 2 / v.shape[1]).astype(float),
    }
    for call, broken in wrong.items():
        with pytest.raises(AssertionError, match=call):
            agree(call, ours(call, x), broken(x), x)


REFUSED: list[tuple[str, Callable[[], object], str]] = [
    ("R44", lambda: cs.winsorize(data.close, 0.5), r"cuts 0\.5 .* on each side"),
    ("R01", lambda: cs.winsorize(data.close, -0.1), r"limit is -0\.1; it must be 0 to 100"),
    (
        "R01",
        lambda: cs.winsorize(data.close, 3, by="stdev"),
        r"one of quantile, std, mad.*did you mean 'std'",
    ),
    ("R01", lambda: cs.quantile(data.close, 1), r"bins is 1; it is a whole number, 2 to 1000"),
    ("R01", lambda: cs.quantile(data.close, "5"), r"bins is '5'; it is a whole number"),
    ("R01", lambda: cs.top(data.close, 0), r"n is 0; it is a whole number, 1 to"),
    ("R01", lambda: cs.top(data.close, 0.2), r"n is 0\.2; it is a whole number"),
    ("R09", lambda: cs.rank(data.sector), r"sector is a group.*group\.demean\(x, sector\)"),
]


@pytest.mark.parametrize(("code", "write", "message"), REFUSED, ids=[str(n) for n in range(len(REFUSED))])
def test_what_cannot_be_meant_is_refused_with_a_way_out(
    code: str, write: Callable[[], object], message: str
) -> None:
    with pytest.raises(AlphaBenchError, match=message) as caught:
        write()
    assert caught.value.code == code


def test_top_and_bottom_are_filters() -> None:
    assert cs.top(data.close, 5).kind is cs.bottom(data.close, 5).kind is Kind.FILTER
    assert (cs.top(data.volume, 500) & (data.close > 5)).kind is Kind.FILTER
