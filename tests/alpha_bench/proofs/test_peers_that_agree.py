"""Independent implementations beside ours: the same positions, scores and statistics, each with its tolerance.

Sources: scikit-learn and skfolio splitters are in ``test_splits``; here purgedcv (walk-forward), skfolio's cross-sectional
transformers, alphalens on the real S&P panel, statsmodels' HAC and the French factors of linearmodels, alpha101v's operators.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from alpha_bench import cs, features, ts
from alpha_bench.expressions.expr import Expr
from alpha_bench.metrics.inference import long_run_variance, series_figures
from alpha_bench.metrics.information_coefficient import DateScores, score_dates
from alpha_bench.model_selection.purged import CombinatorialPurgedKFold, PurgedKFold
from alpha_bench.model_selection.walk_forward import WalkForward
from alpha_bench.vocabulary.labels import fwd_ret
from alpha_bench.vocabulary.panel_fields import data
from fakes.small_panels import panel_of, random_fields
from fakes.sp500 import needs_sp500, panel

HORIZON, BUFFER = 10, 60


# -- splitters -------------------------------------------------------------------------------------------------------


def purgedcv_walk_forward(sessions: int, folds: int, horizon: int, embargo: int) -> list[tuple[list, list]]:
    """Session ``t`` is day ``t`` of a calendar without holes, so that its durations count sessions."""
    from purgedcv import WalkForwardSplit

    days = pd.Series(pd.date_range("2000-01-01", periods=sessions))
    splitter = WalkForwardSplit(
        folds,
        sessions // (folds + 1),
        prediction_times=days,
        evaluation_times=days + pd.Timedelta(days=horizon),
        purge_horizon=pd.Timedelta(days=embargo),
    )
    return [(a.tolist(), b.tolist()) for a, b in splitter.split(np.zeros((sessions, 1)))]


@pytest.mark.parametrize(
    ("sessions", "folds", "horizon", "embargo"), [(1259, 12, 10, 5), (700, 5, 1, 0), (333, 4, 20, 3)]
)
def test_the_folds_are_those_of_purgedcv_where_a_day_is_a_session(
    sessions: int, folds: int, horizon: int, embargo: int
) -> None:
    """With one session more of horizon: purgedcv's intervals may touch, so it keeps the row whose label becomes known on the very
    session of the first prediction; here that row is dropped."""
    ours = WalkForward(folds=folds, embargo_sessions=embargo).split(sessions, horizon=horizon)
    positions = [(list(s.train), list(s.test)) for s in ours]
    assert positions == purgedcv_walk_forward(sessions, folds, horizon + 1, embargo)
    assert positions != purgedcv_walk_forward(sessions, folds, horizon, embargo)  # the control


@pytest.mark.parametrize(("folds", "horizon", "embargo"), [(5, 10, 5), (4, 1, 2), (6, 3, 12)])
def test_purged_k_fold_is_purgedcvs_where_a_day_is_a_session(folds: int, horizon: int, embargo: int) -> None:
    """purgedcv's intervals touch where ours do not (hence a day more of horizon), and its embargo is closed at both ends
    (hence a day less)."""
    from purgedcv import PurgedKFold as Peer

    days = pd.Series(pd.date_range("2000-01-01", periods=600))
    ours = PurgedKFold(folds=folds, embargo_sessions=embargo).split(600, horizon=horizon)

    def theirs(more: int) -> list[tuple[list, list]]:
        peer = Peer(
            folds,
            prediction_times=days,
            evaluation_times=days + pd.Timedelta(days=horizon + more),
            embargo=pd.Timedelta(days=embargo - 1),
        )
        return [(a.tolist(), b.tolist()) for a, b in peer.split(np.zeros((600, 1)))]

    assert [(list(s.train), list(s.test)) for s in ours] == theirs(1)
    assert [(list(s.train), list(s.test)) for s in ours] != theirs(0)  # the control


def test_combinatorial_folds_are_purgedcvs_where_a_day_is_a_session() -> None:
    from purgedcv import CombinatorialPurgedCV

    days = pd.Series(pd.date_range("2000-01-01", periods=600))
    ours = CombinatorialPurgedKFold(groups=6, test_groups=2, embargo_sessions=5).split(600, horizon=10)
    peer = CombinatorialPurgedCV(
        6,
        2,
        prediction_times=days,
        evaluation_times=days + pd.Timedelta(days=11),
        embargo=pd.Timedelta(days=4),
    )
    theirs = [(a.tolist(), b.tolist()) for a, b in peer.split(np.zeros((600, 1)))]
    assert [list(s.test) for s in ours] == [test for _, test in theirs]
    for us, (train, _) in zip(ours, theirs, strict=True):
        assert list(us.train) == train


# -- cross-sectional transformers ---------------------------------------------------------------------------------------


def cross_section() -> np.ndarray:
    x = random_fields(11, rows=40, columns=33)["close"]
    x[5] = np.round(x[5], -1)
    return x


def test_the_cross_sectional_z_score_is_skfolios() -> None:
    from skfolio.preprocessing import CSStandardScaler

    x = cross_section()
    ours = panel_of({"x": x}).compute((cs.zscore(data.x),))[0]
    np.testing.assert_allclose(ours, CSStandardScaler().fit_transform(x), rtol=1e-12, atol=1e-13)


def test_the_cross_sectional_rank_is_skfolios_less_half_a_place() -> None:
    """skfolio: ``(r - 0.5) / n``; ours: ``r / n``. Both average ties."""
    from skfolio.preprocessing import CSPercentileRankScaler

    x = cross_section()
    ours = panel_of({"x": x}).compute((cs.rank(data.x),))[0]
    n = np.isfinite(x).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(ours - 0.5 / n, CSPercentileRankScaler().fit_transform(x), rtol=0, atol=1e-12)


def test_normal_scores_are_skfolios_gaussian_ranks() -> None:
    from skfolio.preprocessing import CSGaussianRankScaler

    x = cross_section()
    ours = panel_of({"x": x}).compute((cs.zscore(cs.gaussianize(data.x)),))[0]
    np.testing.assert_allclose(ours, CSGaussianRankScaler().fit_transform(x), rtol=0, atol=1e-9)


def test_the_cross_sectional_winsorizer_is_skfolios() -> None:
    from skfolio.preprocessing import CSWinsorizer

    x = cross_section()
    ours = panel_of({"x": x}).compute((cs.winsorize(data.x, 0.1),))[0]
    np.testing.assert_allclose(ours, CSWinsorizer(low=0.1, high=0.9).fit_transform(x), rtol=0, atol=1e-12)


# -- statistics ----------------------------------------------------------------------------------------------------------


def french_momentum() -> np.ndarray:
    from linearmodels.datasets import french

    return french.load()["Mom"].to_numpy()


def test_the_french_momentum_factor_has_its_known_mean_and_t_statistics() -> None:
    """819 months of Kenneth French's Mom as linearmodels ships it: mean .006977, t 5.125974, Newey-West (lag 6) 5.058527."""
    figures = series_figures(french_momentum(), horizon=4)  # 2 (h - 1) = 6
    assert figures.n_dates == 819
    np.testing.assert_allclose(
        [figures.mean, figures.t_naive, figures.t_newey_west], [0.006977, 5.125974, 5.058527], atol=5e-7
    )


@pytest.mark.parametrize("horizon", [1, 2, 5, 10, 21])
def test_the_newey_west_t_is_statsmodels_hac(horizon: int) -> None:
    """Bartlett weights, lag 2(h-1), no small-sample factor; to 1e-9."""
    import statsmodels.api as sm

    series = french_momentum()
    lag = 2 * (horizon - 1)
    hac = sm.OLS(series, np.ones(len(series))).fit(cov_type="HAC", cov_kwds={"maxlags": lag})
    if horizon > 1:
        np.testing.assert_allclose(
            series_figures(series, horizon=horizon).t_newey_west, hac.tvalues[0], rtol=1e-9
        )
    np.testing.assert_allclose(
        long_run_variance(series, lag) / len(series), hac.cov_params()[0, 0], rtol=1e-9
    )


# -- alphalens on the real panel -----------------------------------------------------------------------------------------


@cache
def by_alphalens(filter_zscore: float | None = None) -> pd.DataFrame:
    """20-day return as the factor, 10-day forward return, the S&P names whose close is there on every session."""
    from alphalens.utils import get_clean_factor_and_forward_returns

    close = gap_free()
    factor = (close / close.shift(20) - 1).iloc[20:].stack()
    factor.index.names = ["date", "asset"]
    return get_clean_factor_and_forward_returns(
        factor, close, quantiles=5, periods=(HORIZON,), filter_zscore=filter_zscore, max_loss=1.0
    )


@cache
def gap_free() -> pd.DataFrame:
    return data.close.to_frame(panel()).dropna(axis="columns").iloc[:330]


@cache
def our_values() -> tuple[pd.DatetimeIndex, list[np.ndarray]]:
    close = gap_free()
    factor = features.ret(20)
    values = panel_of({"close": close.to_numpy()}).compute((factor, fwd_ret(HORIZON), cs.rank(factor)))
    return pd.DatetimeIndex(close.index), values


def our_scores() -> tuple[pd.DatetimeIndex, DateScores]:
    dates, (factor, label, _) = our_values()
    return dates, score_dates(factor, label)


@needs_sp500
@pytest.mark.filterwarnings("ignore")
def test_the_rank_ic_of_every_date_is_alphalens() -> None:
    from alphalens.performance import factor_information_coefficient

    theirs = factor_information_coefficient(by_alphalens()).iloc[:, 0].dropna()
    dates, scores = our_scores()
    ours = pd.Series(scores.rank_ic, dates).dropna()
    assert ours.index.equals(pd.DatetimeIndex(theirs.index))
    assert len(ours) == 330 - 20 - HORIZON
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)


@needs_sp500
@pytest.mark.filterwarnings("ignore")
def test_the_quantile_returns_of_every_date_are_alphalens() -> None:
    from alphalens.performance import mean_return_by_quantile

    by_quantile = mean_return_by_quantile(by_alphalens(), by_date=True, demeaned=False)[0].iloc[:, 0]
    theirs = by_quantile.unstack("factor_quantile")
    dates, scores = our_scores()
    ours = pd.DataFrame(scores.quantile_returns, dates).loc[theirs.index]
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)


@needs_sp500
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("lag", [1, 5])
def test_the_rank_autocorrelation_is_alphalens(lag: int) -> None:
    """The correlation of today's ranks with those of ``lag`` sessions ago."""
    from alphalens.performance import factor_rank_autocorrelation

    rows = by_alphalens()
    known = pd.DatetimeIndex(rows.index.get_level_values("date").unique())
    rows.index = rows.index.set_levels(rows.index.levels[0]._with_freq(None), level=0)  # sessions, not days
    theirs = factor_rank_autocorrelation(rows, period=lag).dropna()
    dates, (_, _, rank) = our_values()
    at = dates.get_indexer(known)
    now, before = rank[at[lag:]], rank[at[:-lag]]
    np.testing.assert_allclose(score_dates(now, before).ic, theirs, rtol=0, atol=1e-12)


# -- the operators of the 101 alphas -----------------------------------------------------------------------------------


def pairs() -> dict[str, tuple[Expr, object]]:
    """Ours, and what alpha101v calls it with our conventions: ``r/n`` ranks, ddof=1."""
    import alpha101v as peer

    return {
        "sum": (ts.sum(data.close, 7), lambda x: peer.ts_sum(x, 7)),
        "mean": (ts.mean(data.close, 7), lambda x: peer.sma(x, 7)),
        "std": (ts.std(data.close, 7), lambda x: peer.stddev(x, 7, ddof=1)),
        "min": (ts.min(data.close, 7), lambda x: peer.ts_min(x, 7)),
        "max": (ts.max(data.close, 7), lambda x: peer.ts_max(x, 7)),
        "delta": (ts.delta(data.close, 3), lambda x: peer.delta(x, 3)),
        "delay": (ts.lag(data.close, 3), lambda x: peer.delay(x, 3)),
        "rank": (cs.rank(data.close), lambda x: peer.rank(x, normalization="one_over_n")),
        "ts_rank": (ts.rank(data.close, 7), lambda x: peer.ts_rank(x, 7, normalization="one_over_n")),
        "argmax": (ts.argmax(data.close, 7), lambda x: peer.ts_argmax(x, 7)),
        "argmin": (ts.argmin(data.close, 7), lambda x: peer.ts_argmin(x, 7)),
        "product": (ts.product(data.close / 100, 7), lambda x: peer.product(x / 100, 7)),
        "decay": (ts.decay_linear(data.close, 7), lambda x: peer.decay_linear(x, 7, dense=True)),
        "scale": (cs.scale(data.close), peer.scale),
        "corr": (
            ts.corr(data.close, ts.lag(data.close, 2), 7),
            lambda x: peer.correlation(x, peer.delay(x, 2), 7),
        ),
        "cov": (
            ts.cov(data.close, ts.lag(data.close, 2), 7),
            lambda x: peer.covariance(x, peer.delay(x, 2), 7, ddof=1),
        ),
    }


@pytest.mark.parametrize("name", pairs())
def test_an_operator_of_the_formulaic_alphas_is_alpha101vs(name: str) -> None:
    ours, theirs = pairs()[name]
    close = random_fields(12, rows=80, columns=9)["close"]
    expected = theirs(pd.DataFrame(close)).to_numpy()  # type: ignore[operator]
    np.testing.assert_allclose(panel_of({"close": close}).compute((ours,))[0], expected, rtol=0, atol=1e-9)
