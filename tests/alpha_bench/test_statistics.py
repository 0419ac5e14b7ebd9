"""Figures of single dates and of series, beside pandas, scipy and statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alpha_bench.metrics.inference import long_run_variance, series_figures
from alpha_bench.metrics.information_coefficient import MIN_PAIRS, daily_ic, score_dates

KINDS = ["spread", "ties", "outliers", "two values", "far from zero", "tiny"]


def pairs(kind: str, seed: int, dates: int = 40, assets: int = 83) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(dates, assets))
    match kind:
        case "ties":
            x = np.round(x, 1)
        case "outliers":
            x[:, 3] *= 1e15
        case "two values":
            x = np.where(x > 0, 1.0, -0.0)
        case "far from zero":
            x = 1e6 + x * 1e-6
        case "tiny":
            x = x * 1e-300
    y = rng.normal(size=x.shape)
    x[rng.random(x.shape) < 0.1], y[rng.random(x.shape) < 0.1] = np.nan, np.inf
    return x, y


@pytest.mark.parametrize("kind", KINDS)
def test_ic_and_rank_ic_are_pandas_correlations(kind: str) -> None:
    x, y = pairs(kind, 1)
    scores = score_dates(x, y)
    for d in range(len(x)):
        both = pd.DataFrame({"x": x[d], "y": y[d]}).replace(np.inf, np.nan).dropna()
        assert scores.pairs[d] == len(both)
        centred = both["x"] - both["x"].mean()
        theirs = (centred / centred.abs().max()).corr(both["y"])  # pandas loses tiny values in its squares
        np.testing.assert_allclose(scores.ic[d], theirs, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(
            scores.rank_ic[d], both["x"].rank().corr(both["y"].rank()), rtol=0, atol=1e-12
        )


@pytest.mark.parametrize("kind", ["spread", "outliers", "far from zero", "tiny"])
def test_quantile_returns_are_those_of_qcut(kind: str) -> None:
    x, y = pairs(kind, 2)
    scores = score_dates(x, y)
    for d in range(len(x)):
        both = pd.DataFrame({"x": x[d], "y": y[d]}).replace(np.inf, np.nan).dropna()
        theirs = both["y"].groupby(pd.qcut(both["x"], 5, labels=False)).mean()
        np.testing.assert_allclose(scores.quantile_returns[d], theirs, rtol=1e-12, atol=1e-15)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=5, max_size=60), st.integers(0, 2**32 - 1))
def test_quantiles_with_ties_are_those_of_qcut_wherever_it_has_five_bins(
    values: list[int], seed: int
) -> None:
    x = np.array(values, dtype=float)
    y = np.random.default_rng(seed).normal(size=len(x))
    scores = score_dates(x[None], y[None])
    try:
        bins = pd.qcut(pd.Series(x), 5, labels=False)
    except ValueError:  # two edges are equal
        return
    theirs = pd.Series(y).groupby(bins).mean().reindex(range(5))
    np.testing.assert_allclose(scores.quantile_returns[0], theirs, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    ("x", "y", "scored"),
    [
        ([1, 2, 3], [1, 3, 2], True),
        ([1, 2, np.nan], [1, 3, 2], False),
        ([1, 1, 1], [1, 3, 2], False),
        ([0.1, 0.1, 0.1], [1, 3, 2], False),
        ([1, 2, 3], [5, 5, 5], False),
        ([], [], False),
    ],
)
def test_a_date_is_scored_with_three_pairs_that_vary(x: list[float], y: list[float], scored: bool) -> None:
    assert MIN_PAIRS == 3
    scores = score_dates(np.array([x], dtype=float), np.array([y], dtype=float))
    assert np.isfinite(scores.ic[0]) == np.isfinite(scores.rank_ic[0]) == scored
    assert np.isnan(scores.quantile_returns[0]).all() == (not scored)


def test_scores_do_not_depend_on_the_number_of_dates_around_them() -> None:
    x, y = pairs("spread", 3, dates=900, assets=120)
    whole = score_dates(x, y)
    assert np.array_equal(whole.ic[700:705], score_dates(x[700:705], y[700:705]).ic, equal_nan=True)


@pytest.mark.parametrize("lag", [0, 1, 9, 18, 500])
def test_the_newey_west_variance_is_statsmodels(lag: int) -> None:
    import statsmodels.api as sm

    series = np.convolve(np.random.default_rng(4).normal(0.02, 0.1, 400), np.ones(10), "valid")
    fit = sm.OLS(series, np.ones(len(series))).fit(
        cov_type="HAC", cov_kwds={"maxlags": min(lag, len(series) - 1)}
    )
    ours = long_run_variance(series, min(lag, len(series) - 1)) / len(series)
    np.testing.assert_allclose(ours, fit.cov_params()[0, 0], rtol=1e-9)


def test_figures_leave_out_dates_without_an_ic() -> None:
    ic = np.array([0.1, np.nan, -0.05, 0.2, 0.0, np.nan, 0.03])
    known = ic[np.isfinite(ic)]
    figures = series_figures(ic, horizon=2)
    assert figures.n_dates == 5
    assert figures.hit_rate == 3 / 5
    np.testing.assert_allclose(
        figures.t_nonoverlapping, known[::2].mean() / (known[::2].std(ddof=1) / np.sqrt(3))
    )
    np.testing.assert_allclose(figures.std, np.std(known, ddof=1))


@pytest.mark.parametrize("ic", [[], [np.nan], [0.1], [0.1, 0.1]])
def test_figures_that_cannot_be_formed_are_nan_and_never_an_error(ic: list[float]) -> None:
    figures = series_figures(np.array(ic), horizon=3)
    assert np.isnan(figures.t_naive)
    assert figures.n_dates == np.isfinite(ic).sum()


def test_overlap_inflates_the_naive_t_and_newey_west_corrects_it() -> None:
    """Under a null with overlapping labels: naive rejects far too often, Newey-West(2(h-1)) nearly as often as it should."""
    rng, h, rounds = np.random.default_rng(5), 10, 300
    naive = honest = 0
    for _ in range(rounds):
        ic = np.convolve(rng.normal(size=500 + h - 1), np.ones(h) / h, "valid")
        figures = series_figures(ic, horizon=h)
        naive += abs(figures.t_naive) > 1.96
        honest += abs(figures.t_newey_west) > 1.96
    assert naive / rounds > 0.3
    assert honest / rounds < 0.16


def test_the_ic_alone_has_the_bits_of_the_whole_score() -> None:
    x, y = np.random.default_rng(3).normal(size=(2, 300, 40))
    x[np.random.default_rng(4).random(x.shape) < 0.2] = np.nan
    x[5], y[6], x[7] = 1.0, np.nan, np.inf
    made, whole = daily_ic(x, y), score_dates(x, y).ic
    assert np.array_equal(made, whole, equal_nan=True)
    assert np.isnan(made[[5, 6, 7]]).all()
    assert np.isfinite(made).sum() == 297
