"""How sure a Sharpe ratio is, and what is left of it once the number of trials is allowed for.

All ratios here are of one session, not annualised: ``SR`` = mean / std. ``n`` sessions, skewness ``g3``, kurtosis ``g4`` (3 for a
normal), both with divisor n.

* Probabilistic Sharpe ratio: Bailey and López de Prado (2012), "The Sharpe ratio efficient frontier", Journal of Risk 15(2)::

      PSR(SR*) = Phi((SR - SR*) sqrt(n - 1) / sqrt(1 - g3 SR + (g4 - 1)/4 SR^2))

* Minimum track record length, in the same paper: ``1 + (1 - g3 SR + (g4 - 1)/4 SR^2) (z_confidence / (SR - SR*))^2`` sessions.
* Deflated Sharpe ratio: Bailey and López de Prado (2014), "The deflated Sharpe ratio", Journal of Portfolio Management 40(5):
  PSR at the highest ratio that ``N`` trials of no merit are expected to show::

      SR0 = sqrt(V) ((1 - c) Phi^-1(1 - 1/N) + c Phi^-1(1 - 1/(N e))),   c = Euler's 0.5772...

  ``V`` is the variance of the ratio over the trials. Where the trials' own ratios are not known, that of the ratio's own estimate is
  taken, ``(1 - g3 SR + (g4 - 1)/4 SR^2) / (n - 1)``, which holds for independent trials of equal length.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from alpha_bench.metrics.inference import exact_sum, moments, ratio
from alpha_bench.runtime import Floats

CONFIDENCE = 0.95
_EULER = 0.5772156649015329
_NORMAL = NormalDist()


@dataclass(frozen=True, kw_only=True, slots=True)
class SharpeEvidence:
    """What a daily Sharpe ratio is worth. A figure that cannot be formed is NaN.

    Attributes:
        ratio: of one session, ``n`` sessions, ``skewness``, ``kurtosis``: what it is made of.
        probabilistic: the probability that the true ratio is above 0, of one trial.
        trials: how many variants were tried; ``threshold``: the best ratio of one session expected of so many without merit.
        deflated: the probability that the true ratio is above that threshold.
        least_sessions: record needed to be 95 % sure of a ratio above 0; infinite when the ratio is 0 or less.
    """

    n: int
    ratio: float
    skewness: float
    kurtosis: float
    probabilistic: float
    trials: int
    threshold: float
    deflated: float
    least_sessions: float


def sharpe_evidence(profit: Floats, *, trials: int = 1, variance: float | None = None) -> SharpeEvidence:
    """Evidence in daily profits, a series without gaps. ``variance``: of the trials' ratios (of one session), where known."""
    n, mean, std = moments(profit)
    value = ratio(mean, std)
    g3, g4 = _shape(profit, mean, n)
    spread = 1 - g3 * value + (g4 - 1) / 4 * value * value
    threshold = expected_best(trials, ratio(spread, n - 1) if variance is None else variance)
    return SharpeEvidence(
        n=n,
        ratio=value,
        skewness=g3,
        kurtosis=g4,
        probabilistic=_probability(value, 0.0, spread, n),
        trials=trials,
        threshold=threshold,
        deflated=_probability(value, threshold, spread, n),
        least_sessions=_least(value, spread),
    )


def deflated(*, n: int, ratio: float, skewness: float, kurtosis: float, trials: int) -> float:
    """The deflated ratio at another number of ``trials``, from the other fields of :class:`SharpeEvidence`; NaN where it cannot be formed."""
    spread = 1 - skewness * ratio + (kurtosis - 1) / 4 * ratio * ratio
    best = expected_best(trials, spread / (n - 1) if n > 1 else math.nan)
    return _probability(ratio, best, spread, n)


def expected_best(trials: int, variance: float) -> float:
    """The expected highest ratio of ``trials`` without merit; 0 for one trial."""
    if trials < 2 or not variance >= 0:
        return 0.0 if trials < 2 else math.nan
    high = _NORMAL.inv_cdf(1 - 1 / trials)
    higher = _NORMAL.inv_cdf(1 - 1 / (trials * math.e))
    return math.sqrt(variance) * ((1 - _EULER) * high + _EULER * higher)


def _probability(value: float, threshold: float, spread: float, n: int) -> float:
    z = ratio((value - threshold) * math.sqrt(max(n - 1, 0)), math.sqrt(spread) if spread > 0 else math.nan)
    return _NORMAL.cdf(z) if math.isfinite(z) else math.nan


def _least(value: float, spread: float) -> float:
    if math.isnan(value) or not spread > 0:
        return math.nan
    return 1 + spread * (_NORMAL.inv_cdf(CONFIDENCE) / value) ** 2 if value > 0 else math.inf


def _shape(values: Floats, mean: float, n: int) -> tuple[float, float]:
    if n == 0:
        return math.nan, math.nan
    centred = values - mean
    squares = centred * centred
    second = exact_sum(squares) / n
    third, fourth = exact_sum(squares * centred) / n, exact_sum(squares * squares) / n
    return ratio(third, second * math.sqrt(second)), ratio(fourth, second * second)
