"""How often each t statistic rejects a true null at a nominal 5 %, when labels overlap as they do.

The null is a market of random walks: 20 independent assets over 1170 sessions (12 test blocks of the S&P panel's length), a predictor
that knows nothing (the return of the last 15 sessions) and labels of the next 10. Its daily ICs are scored, and their t statistics
formed, as in a report.

The autocorrelation of such ICs at lag k is ``(1 - k/10)(1 - k/15)``, so the variance of their mean is ``1 + 2 x 3.4 = 7.8`` times what
independence gives, and the naive t rejects with probability ``P(|Z| > 1.96 / sqrt(7.8)) = 48.3 %``. The rates that the project states
are naive 48 %, Newey-West with lag h-1 10.7 %, with lag 2(h-1) 7.3 %, every tenth date 4 %. The last is below what theory gives (5.2 %,
Student's t with 115 degrees of freedom), so a point of the band is for the noise of the stated figures themselves; the rest is three
standard errors of ours, ``3 sqrt(p (1 - p) / n)`` with ``n`` series.
"""

from __future__ import annotations

import math
import os
from functools import cache

import numpy as np
import pytest

from alpha_bench.metrics.inference import series_figures
from alpha_bench.metrics.information_coefficient import score_dates
from alpha_bench.metrics.sharpe import sharpe_evidence

HORIZON, WINDOW, SESSIONS, ASSETS = 10, 15, 1170, 20
STATED = {"t_naive": 0.48, "t_newey_west_h1": 0.107, "t_newey_west": 0.073, "t_nonoverlapping": 0.04}
SHORT, LONG = 1000, 10_000
ROUNDING = 0.01

needs_time = pytest.mark.skipif(
    "ALPHA_BENCH_LONG" not in os.environ, reason="takes minutes: `make proofs` runs it"
)


def null(rng: np.random.Generator, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """(prediction, label) by session and asset: moves of random walks, the past one and the next."""
    walk = np.cumsum(rng.normal(0, 0.02, (WINDOW + SESSIONS + horizon, ASSETS)), axis=0)
    today = walk[WINDOW : WINDOW + SESSIONS]
    return today - walk[:SESSIONS], walk[WINDOW + horizon :] - today


def daily_ic(prediction: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Pearson by session, in numpy: the report's own ICs, many times as fast on few assets."""
    x = prediction - prediction.mean(axis=1, keepdims=True)
    y = label - label.mean(axis=1, keepdims=True)
    return (x * y).sum(axis=1) / np.sqrt((x * x).sum(axis=1) * (y * y).sum(axis=1))


def test_the_simulated_ics_are_those_that_a_report_scores() -> None:
    prediction, label = null(np.random.default_rng(0), HORIZON)
    np.testing.assert_allclose(
        daily_ic(prediction, label), score_dates(prediction, label).ic, rtol=0, atol=1e-12
    )


@cache
def rejections(series: int, horizon: int = HORIZON) -> dict[str, float]:
    """The share of ``series`` nulls that each t statistic calls significant at 1.96."""
    rng = np.random.default_rng(20_000 + horizon)
    counts = dict.fromkeys(STATED, 0)
    for _ in range(series):
        figures = series_figures(daily_ic(*null(rng, horizon)), horizon=horizon)
        for name in counts:
            counts[name] += abs(getattr(figures, name)) > 1.96
    return {name: count / series for name, count in counts.items()}


def band(rate: float, series: int) -> float:
    return 3 * math.sqrt(rate * (1 - rate) / series) + ROUNDING


@pytest.mark.parametrize("name", STATED)
def test_overlap_makes_each_t_reject_as_often_as_stated(name: str) -> None:
    assert abs(rejections(SHORT)[name] - STATED[name]) < band(STATED[name], SHORT)


@needs_time
@pytest.mark.parametrize("name", STATED)
def test_overlap_makes_each_t_reject_as_often_as_stated_in_ten_thousand_series(name: str) -> None:
    assert abs(rejections(LONG)[name] - STATED[name]) < band(STATED[name], LONG) + 0.01


def test_the_statistic_that_a_report_leads_with_is_far_nearer_to_its_level_than_the_naive_one() -> None:
    rates = rejections(SHORT)
    assert rates["t_newey_west"] < rates["t_newey_west_h1"] < rates["t_naive"] / 3


def test_labels_of_one_session_need_no_correction() -> None:
    """The control: without overlap the naive t keeps its level, so it is overlap that inflates it."""
    rates = rejections(SHORT // 2, horizon=1)
    assert abs(rates["t_naive"] - 0.05) < band(0.05, SHORT // 2)
    assert rates["t_naive"] == rates["t_newey_west"] or abs(rates["t_newey_west"] - 0.05) < band(
        0.05, SHORT // 2
    )


# -- the best of many trials ---------------------------------------------------------------------------------------------

ROUNDS = 300


@cache
def believed(trials: int) -> tuple[float, float]:
    """The shares of ``ROUNDS`` searches over ``trials`` strategies without merit whose best one is believed at 95 %: by the
    probabilistic Sharpe ratio, which knows of one trial, and by the deflated one, which is told of all."""
    rng = np.random.default_rng(30_000 + trials)
    alone = allowed = 0
    for _ in range(ROUNDS):
        profits = rng.normal(0, 0.01, (trials, 500))
        ratios = profits.mean(axis=1) / profits.std(axis=1, ddof=1)
        best = profits[np.argmax(ratios)]
        variance = float(ratios.var(ddof=1)) if trials > 1 else None
        evidence = sharpe_evidence(best, trials=trials, variance=variance)
        alone += evidence.probabilistic > 0.95
        allowed += evidence.deflated > 0.95
    return alone / ROUNDS, allowed / ROUNDS


@pytest.mark.parametrize("trials", [10, 50])
def test_the_best_of_many_trials_is_believed_unless_the_trials_are_counted(trials: int) -> None:
    """Of ``N`` independent trials at 5 % one at least is believed with probability ``1 - 0.95 ** N``; deflated, few are."""
    alone, allowed = believed(trials)
    chance = 1 - 0.95**trials
    assert abs(alone - chance) < band(chance, ROUNDS)
    assert allowed < 0.05


def test_one_trial_is_believed_at_its_level_either_way() -> None:
    """The control: with nothing to allow for the two are one, and reject as often as they say."""
    alone, allowed = believed(1)
    assert alone == allowed
    assert abs(alone - 0.05) < band(0.05, ROUNDS)
