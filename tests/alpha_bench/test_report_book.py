"""The overlapping-tranche book and its figures, beside pandas, alphalens, purgedcv and statsmodels."""

from __future__ import annotations

import math
import os

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alpha_bench.metrics.book_performance import after_costs, break_even_bps, performance, underwater
from alpha_bench.metrics.information_coefficient import rank_dates
from alpha_bench.metrics.sharpe import expected_best, sharpe_evidence
from alpha_bench.metrics.style_exposures import book_exposures, daily_returns, market_fit
from alpha_bench.metrics.trading_capacity import BOOK_SIZES, LIMITS, capacity
from alpha_bench.metrics.tranches import hold_tranches, returns_by_quantile
from alpha_bench.metrics.turnover import quantile_turnover, rank_autocorrelation
from alpha_bench.vocabulary.labels import fwd_ret
from fakes.books import market_from, market_of_prices, panel_with_groups, predictions

H, DELAY = 5, 1


def prices(rows: int = 60, columns: int = 12, gaps: float = 0.0, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    p = 20 * np.exp(np.cumsum(rng.normal(0, 0.03, (rows, columns)), axis=0))
    p[rng.random(p.shape) < gaps] = np.nan
    return p


def test_weights_are_demeaned_ranks_of_gross_one() -> None:
    x = np.round(predictions(30, 20, gaps=0.1), 0)
    ranks = rank_dates(x).weights
    theirs = pd.DataFrame(x).rank(axis=1)
    theirs = theirs.sub(theirs.mean(axis=1), axis=0)
    theirs = theirs.div(theirs.abs().sum(axis=1), axis=0).fillna(0.0)
    np.testing.assert_allclose(ranks, theirs, rtol=0, atol=1e-15)


def test_a_session_without_a_prediction_or_without_variation_has_no_weights() -> None:
    x = np.array([[np.nan] * 4, [1.0] * 4, [1.0, 2.0, np.nan, np.nan], [1.0, 2.0, 3.0, np.inf]])
    made = rank_dates(x)
    assert np.array_equal(np.abs(made.weights).sum(axis=1), [0, 0, 0, 1])
    assert (made.quantiles[:3] == -1).all()


@pytest.mark.parametrize("ties", [False, True])
def test_quantiles_are_those_of_qcut(ties: bool) -> None:
    x = predictions(40, 37, gaps=0.1)
    x = np.round(x, 1) if ties else x
    made = rank_dates(x).quantiles
    for row, ours in zip(x, made, strict=True):
        known = np.isfinite(row)
        theirs = pd.qcut(pd.Series(row[known]), 5, labels=False)
        assert np.array_equal(ours[known], theirs)
        assert (ours[~known] == -1).all()


def book_by_pandas(weights: np.ndarray, price: np.ndarray, h: int, delay: int) -> pd.DataFrame:
    """Tranche by tranche: bought at its entry, untouched until its exit, valued at the last known price."""
    p = pd.DataFrame(price)
    mark = p.ffill()
    profit, traded = pd.Series(0.0, index=p.index), {}
    for t in range(len(p)):
        entry, end = t + delay, t + delay + h
        if entry >= len(p):
            break
        shares = (pd.Series(weights[t]) / p.loc[entry] / h).fillna(0.0)
        traded[entry] = traded.get(entry, 0.0) + shares
        if end < len(p):
            traded[end] = traded.get(end, 0.0) - shares
        for u in range(entry + 1, min(end, len(p) - 1) + 1):
            profit[u] += (shares * (mark.loc[u] - mark.loc[u - 1])).sum()
    turnover = pd.Series({u: (s.abs() * mark.loc[u]).sum() for u, s in traded.items()})
    return pd.DataFrame({"profit": profit, "turnover": turnover}).iloc[delay + h :]


@pytest.mark.parametrize(("h", "delay", "gaps"), [(5, 1, 0.0), (1, 0, 0.0), (10, 0, 0.1), (3, 2, 0.1)])
def test_the_book_is_that_of_its_tranches_one_by_one(h: int, delay: int, gaps: float) -> None:
    p = prices(gaps=gaps)
    weights = rank_dates(predictions(*p.shape, gaps=0.05)).weights
    book = hold_tranches(weights, market_of_prices(p), horizon=h, delay=delay)
    theirs = book_by_pandas(weights, p, h, delay)
    assert book.begin == delay + h
    assert np.isnan(book.profit[: book.begin]).all()
    np.testing.assert_allclose(book.profit[book.begin :], theirs["profit"], rtol=0, atol=1e-14)
    np.testing.assert_allclose(book.turnover[book.begin :], theirs["turnover"], rtol=1e-12, atol=1e-14)


@settings(max_examples=40, deadline=None)
@given(h=st.integers(1, 8), delay=st.integers(0, 3), seed=st.integers(0, 1000))
def test_a_tranche_earns_its_weights_times_the_label(h: int, delay: int, seed: int) -> None:
    """The book's profit over the life of one tranche is the label's: no more and no less is held, and never a day longer."""
    p = prices(seed=seed)
    t = 15
    x = np.full(p.shape, np.nan)
    x[[0, t]] = predictions(*p.shape, seed=seed)[[0, t]]  # the first, long over, only begins the record
    weights = rank_dates(x).weights
    label = p[t + delay + h] / p[t + delay] - 1
    book = hold_tranches(weights, market_of_prices(p), horizon=h, delay=delay)
    whole = book.profit[t + delay + 1 :].sum()
    assert not book.profit[delay + h + 1 : t + delay + 1].any()
    np.testing.assert_allclose(whole, (weights[t] * label).sum() / h, rtol=0, atol=1e-14)
    if h > 1:  # the control: the label of one session later is not what was earned
        assert abs(whole - (weights[t] * (p[t + delay + h + 1] / p[t + delay + 1] - 1)).sum() / h) > 1e-9


def test_the_record_begins_when_all_tranches_are_in_place() -> None:
    """Sessions before the first prediction are no days without profit: they would make every ratio smaller."""
    p, x = prices(), predictions(60, 12)
    late = np.where(np.arange(60)[:, None] < 20, np.nan, x)
    early, book = (
        hold_tranches(rank_dates(v).weights, market_of_prices(p), horizon=H, delay=DELAY) for v in (x, late)
    )
    assert (early.begin, book.begin) == (DELAY + H, 20 + DELAY + H)
    assert np.isnan(book.profit[: book.begin]).all()
    assert np.array_equal(book.profit[book.begin :], early.profit[book.begin :])
    none = hold_tranches(np.zeros((60, 12)), market_of_prices(p), horizon=H, delay=DELAY)
    assert none.begin == 60


def test_what_comes_later_does_not_change_what_was_earned() -> None:
    p = prices(gaps=0.05)
    weights = rank_dates(predictions(*p.shape)).weights
    whole = hold_tranches(weights, market_of_prices(p), horizon=H, delay=DELAY)
    cut = hold_tranches(weights[:40], market_of_prices(p[:40]), horizon=H, delay=DELAY)
    for name in ("profit", "turnover", "gross", "net"):
        assert np.array_equal(getattr(whole, name)[:40], getattr(cut, name), equal_nan=True)


@pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="threads are limited by affinity, which this system has not"
)
def test_the_bits_do_not_depend_on_the_number_of_threads() -> None:
    p, x = prices(700, 130, gaps=0.02), predictions(700, 130, gaps=0.02)

    def everything() -> bytes:
        ranks = rank_dates(x)
        book = hold_tranches(ranks.weights, market_of_prices(p), horizon=H, delay=DELAY)
        made = returns_by_quantile(ranks.quantiles, market_of_prices(p), horizon=H, delay=DELAY, bins=5)
        return b"".join(
            v.tobytes()
            for v in (book.profit, book.turnover, book.gross, book.net, made, rank_autocorrelation(ranks))
        )

    cores = os.sched_getaffinity(0)
    several = everything()
    os.sched_setaffinity(0, {min(cores)})
    try:
        assert everything() == several
    finally:
        os.sched_setaffinity(0, cores)


def test_long_and_short_parts_add_up_and_the_book_is_nearly_neutral() -> None:
    p = prices(200, 60)
    weights = rank_dates(predictions(*p.shape)).weights
    book = hold_tranches(weights, market_of_prices(p), horizon=H, delay=0)
    assert np.nanmax(np.abs(book.net)) < 0.1
    assert 0.3 < np.nanmean(book.gross) <= 1.05
    part = hold_tranches(np.maximum(weights, 0), market_of_prices(p), horizon=H, delay=0)
    other = hold_tranches(np.minimum(weights, 0), market_of_prices(p), horizon=H, delay=0)
    np.testing.assert_allclose(book.profit[H:], (part.profit + other.profit)[H:], atol=1e-14)


def test_returns_by_quantile_are_means_over_tranches_and_members() -> None:
    p, h, delay = prices(50, 30, gaps=0.05), 3, 1
    quantiles = rank_dates(predictions(*p.shape)).quantiles
    ours = returns_by_quantile(quantiles, market_of_prices(p), horizon=h, delay=delay, bins=5)
    returns = pd.DataFrame(p).ffill().pct_change(fill_method=None)
    for u in range(h + delay, len(p)):
        for q in range(5):
            parts = [returns.loc[u][quantiles[u - delay - j] == q].mean() for j in range(1, h + 1)]
            np.testing.assert_allclose(ours[u, q], np.mean(parts), atol=1e-14)
    assert np.isnan(ours[: h + delay]).all()


# -- figures of the daily profits ------------------------------------------------------------------------------------

profits = st.lists(st.floats(-0.1, 0.1).map(lambda v: round(v, 6)), min_size=1, max_size=60)


@settings(max_examples=150, deadline=None)
@given(profits)
def test_the_drawdown_is_the_worst_fall_from_any_earlier_point(values: list[float]) -> None:
    total = np.concatenate([[0.0], np.cumsum(values)])
    worst = min(total[j] - total[i] for i in range(len(total)) for j in range(i, len(total)))
    made = performance(np.array(values))
    np.testing.assert_allclose(made.drawdown, worst, atol=1e-12)
    if worst < -1e-9:
        np.testing.assert_allclose(total[made.trough + 1] - total[made.peak + 1], worst, atol=1e-12)
        if made.recovered is not None:
            assert made.recovered > made.trough
            assert total[made.recovered + 1] >= total[made.peak + 1]
    assert (underwater(np.array(values)) <= 0).all()


def test_sharpe_return_and_costs_by_hand() -> None:
    rng = np.random.default_rng(2)
    profit, turnover = rng.normal(0.002, 0.01, 300), rng.uniform(0.1, 0.3, 300)
    made = performance(profit)
    np.testing.assert_allclose(made.sharpe, profit.mean() / profit.std(ddof=1) * np.sqrt(252), rtol=1e-12)
    np.testing.assert_allclose(made.annual_return, profit.mean() * 252, rtol=1e-12)
    even = break_even_bps(profit, turnover)
    np.testing.assert_allclose(performance(after_costs(profit, turnover, even)).annual_return, 0, atol=1e-15)
    assert performance(after_costs(profit, turnover, 2 * even)).annual_return < 0 < made.annual_return


@pytest.mark.parametrize("values", [[], [0.01], [0.01, 0.01], [0.0, 0.0]])
def test_a_ratio_that_cannot_be_formed_is_nan(values: list[float]) -> None:
    assert math.isnan(performance(np.array(values)).sharpe)
    assert math.isnan(sharpe_evidence(np.array(values), trials=5).deflated)


@pytest.mark.parametrize("trials", [1, 2, 17, 1000])
def test_probabilistic_and_deflated_sharpe_are_scipys_and_purgedcvs(trials: int) -> None:
    """purgedcv divides the standard deviation by n and corrects the moments for bias, which moves the fourth digit here."""
    import purgedcv
    from scipy import stats

    profit = np.random.default_rng(8).standard_t(5, 700) * 0.01 + 0.0006
    made = sharpe_evidence(profit, trials=trials, variance=0.03**2)
    ratio, g3, g4 = (
        profit.mean() / profit.std(ddof=1),
        stats.skew(profit),
        stats.kurtosis(profit, fisher=False),
    )
    np.testing.assert_allclose([made.ratio, made.skewness, made.kurtosis], [ratio, g3, g4], rtol=1e-9)
    size = np.sqrt(1 - g3 * ratio + (g4 - 1) / 4 * ratio**2)
    for threshold, ours in ((0.0, made.probabilistic), (made.threshold, made.deflated)):
        np.testing.assert_allclose(ours, stats.norm.cdf((ratio - threshold) * np.sqrt(699) / size), rtol=1e-9)
    theirs = purgedcv.deflated_sharpe_ratio_full(profit, n_trials=trials, var_sharpe=0.03**2)
    np.testing.assert_allclose(made.threshold, theirs.sr_star, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(made.deflated, theirs.dsr, rtol=3e-3)
    np.testing.assert_allclose(
        made.probabilistic, purgedcv.probabilistic_sharpe_ratio(profit, 0.0), rtol=3e-3
    )
    least = purgedcv.min_track_record_length(made.ratio, 0.0, 0.05, made.skewness, made.kurtosis)
    assert math.ceil(made.least_sessions) == least


def test_more_trials_deflate_more_and_the_best_of_many_random_books_is_not_believed() -> None:
    """The best of 200 series of pure noise passes the plain test and fails the deflated one; a real one passes both."""
    noise = np.random.default_rng(11).normal(0, 0.01, (200, 750))
    best = noise[np.argmax(noise.mean(axis=1) / noise.std(axis=1))]
    plain, deflated = sharpe_evidence(best), sharpe_evidence(best, trials=200)
    assert plain.probabilistic > 0.99
    assert deflated.deflated < 0.9
    assert sharpe_evidence(best + 0.002, trials=200).deflated > 0.99  # the control
    assert [expected_best(n, 1.0) for n in (1, 10, 100)] == sorted(
        expected_best(n, 1.0) for n in (1, 10, 100)
    )


# -- how fast the predictions change -----------------------------------------------------------------------------------


def test_turnover_and_rank_autocorrelation_are_alphalens() -> None:
    from alphalens.performance import factor_rank_autocorrelation
    from alphalens.performance import quantile_turnover as theirs_turnover

    x = predictions(60, 33, gaps=0.08)
    ranks = rank_dates(x)
    index = pd.MultiIndex.from_product(
        [pd.date_range("2020-01-01", periods=60), range(33)], names=["date", "asset"]
    )
    frame = pd.DataFrame({"factor": x.ravel(), "factor_quantile": ranks.quantiles.ravel() + 1}, index=index)
    frame = frame[np.isfinite(frame["factor"])]
    for which in (0, 4):
        theirs = theirs_turnover(frame["factor_quantile"], which + 1)
        np.testing.assert_allclose(quantile_turnover(ranks.quantiles, which)[1:], theirs[1:], atol=1e-15)
    np.testing.assert_allclose(
        rank_autocorrelation(ranks)[1:], factor_rank_autocorrelation(frame)[1:], atol=1e-12
    )


# -- exposures and capacity ----------------------------------------------------------------------------------------------


def setting(gaps: float = 0.02):
    panel = panel_with_groups(gaps=gaps)
    market = market_from(panel, fwd_ret(H, DELAY), 30, 420)
    x = predictions(390, 45, gaps=0.05)
    book = hold_tranches(rank_dates(x).weights, market, horizon=H, delay=DELAY)
    return panel, market, x, book


def test_exposures_are_those_of_pandas() -> None:
    panel, market, x, book = setting()
    returns = daily_returns(market)
    dates = panel.dates[30:420]
    made = book_exposures(book, market, returns, x, dates)
    close = pd.DataFrame(np.array(panel.fields["close"]))
    r = close.pct_change(fill_method=None)
    average = r.mean(axis=1)
    np.testing.assert_allclose(returns.average[1:], average[1:], rtol=1e-12)
    np.testing.assert_allclose(returns.of_asset, r, atol=1e-15)
    assert len(made.at) > 15
    assert all(dates[d].astype("datetime64[M]") != dates[d + 1].astype("datetime64[M]") for d in made.at[:-1])
    for m, d in enumerate(made.at):
        t = 30 + d
        value = pd.Series(book.shares[d]) * close.ffill().loc[t]
        wanted = pd.Series(np.isfinite(x[d]))
        beta = r.iloc[max(1, t - 251) : t + 1].apply(
            lambda c: c.cov(average) / average.loc[c.index][c.notna()].var()
        )
        enough = r.iloc[max(0, t - 251) : t + 1].notna().sum() >= 126
        if enough.any():
            np.testing.assert_allclose(
                made.styles["market beta"][m], (value * beta[enough]).sum(), atol=1e-12
            )
        else:
            assert math.isnan(made.styles["market beta"][m])
        size = np.log(close.ffill().loc[t] * np.array(panel.fields["shares_outstanding"])[t])
        z = (size - size[wanted].mean()) / size[wanted].std()
        np.testing.assert_allclose(made.styles["size"][m], (value * z).sum(), atol=1e-12)
        volatility = r.iloc[t - 59 : t + 1].std() if t >= 59 else r.iloc[: t + 1].std()
        z = (volatility - volatility[wanted].mean()) / volatility[wanted].std()
        if t >= 61:
            np.testing.assert_allclose(made.styles["volatility"][m], (value * z).sum(), atol=1e-12)
        if t >= 252:
            past = close.loc[t - 21] / close.loc[t - 252] - 1
            z = (past - past[wanted].mean()) / past[wanted].std()
            np.testing.assert_allclose(made.styles["momentum 12-1"][m], (value * z).sum(), atol=1e-12)
        net = value.groupby(np.arange(45) % 3).sum()
        np.testing.assert_allclose([made.groups[n][m] for n in sorted(made.groups)], net, atol=1e-14)


def test_a_book_that_bets_on_a_characteristic_is_exposed_to_it() -> None:
    panel, market, _, _ = setting(gaps=0.0)
    size = np.log(panel.fields["close"] * panel.fields["shares_outstanding"])[30:420]
    for sign in (1, -1):
        book = hold_tranches(rank_dates(sign * size).weights, market, horizon=H, delay=DELAY)
        made = book_exposures(book, market, daily_returns(market), size, panel.dates[30:420])
        assert (sign * made.styles["size"] > 0.5).all()
        assert (np.abs(made.styles["volatility"]) < 0.5).all()


def test_the_fit_to_the_market_is_statsmodels() -> None:
    import statsmodels.api as sm

    rng = np.random.default_rng(4)
    x = rng.normal(0.0004, 0.01, 500)
    y = 0.0003 + 0.4 * x + np.convolve(rng.normal(0, 0.004, 508), np.ones(9) / 3, "valid")
    fit = sm.OLS(y, sm.add_constant(x)).fit(cov_type="HAC", cov_kwds={"maxlags": 8})
    made = market_fit(y, x, lag=8)
    np.testing.assert_allclose([made.annual_alpha / 252, made.beta], fit.params, rtol=1e-9)
    np.testing.assert_allclose(made.alpha_t, fit.tvalues[0], rtol=1e-9)
    np.testing.assert_allclose(made.r_squared, fit.rsquared, rtol=1e-9)


def test_capacity_counts_trades_above_their_share_of_volume() -> None:
    panel, market, _, book = setting()
    made = capacity(book, market)
    close = pd.DataFrame(np.array(panel.fields["close"]))
    adv = (
        (close * np.array(panel.fields["volume"]))
        .rolling(20, min_periods=10)
        .mean()[30:]
        .reset_index(drop=True)
    )
    shares = pd.DataFrame(book.shares).diff()[book.begin :]
    bought = pd.DataFrame(book.bought)
    exact = (bought - bought.shift(H).fillna(0.0))[book.begin :]
    np.testing.assert_allclose(shares, exact, atol=1e-12)  # what is traded is the change of what is held
    part = (exact.abs() * close.ffill()[30:].reset_index(drop=True) / adv)[book.begin :]
    part = part.where(exact != 0).stack().dropna()
    np.testing.assert_allclose(made.median, part.median(), rtol=1e-9)
    assert made.trades == len(part)
    for size, row in zip(BOOK_SIZES, made.exceeding, strict=True):
        np.testing.assert_allclose(row, [(part * size > limit).mean() for limit in LIMITS], atol=1e-12)
    np.testing.assert_allclose((part * made.book_at_5_percent).median(), 0.05, rtol=1e-9)
    assert (part * made.tail_at_5_percent > 0.05 * (1 + 1e-9)).mean() <= 0.05


def test_without_volume_there_is_no_capacity() -> None:
    p = prices()
    book = hold_tranches(rank_dates(predictions(*p.shape)).weights, market_of_prices(p), horizon=H, delay=0)
    assert capacity(book, market_of_prices(p)) is None
