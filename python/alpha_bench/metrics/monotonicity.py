"""Whether returns rise with the prediction, from each quantile to the next.

Patton and Timmermann (2010), "Monotonicity in asset returns: new tests with applications to the term structure, the CAPM, and
portfolio sorts", Journal of Financial Economics 98(3). The statistic is the smallest mean difference between neighbouring quantiles; under
the null that no rise is there, its distribution is that of the centred differences under the stationary bootstrap of Politis and
Romano (1994), blocks of a mean length. A small p speaks *for* monotonically rising returns. Beside it Spearman's rank correlation of
the quantiles' mean returns with their order: 1 for rising all the way.
"""

from __future__ import annotations

import math

import numpy as np

from alpha_bench.metrics.inference import exact_sum
from alpha_bench.runtime import Floats, njit

ROUNDS = 1000
_SEED = 20100910


def monotonicity_p(by_date: Floats, *, block_sessions: int, rounds: int = ROUNDS) -> float:
    """The p value of "returns do not rise from each quantile to the next"; (D, Q) returns, dates with a gap left out.

    NaN for fewer than two dates or quantiles. The draws are seeded: the same returns give the same p.
    """
    known = by_date[np.isfinite(by_date).all(axis=1)]
    steps = np.diff(known, axis=1)
    n, pairs = steps.shape
    if n < 2 or pairs < 1:
        return math.nan
    means = np.array([exact_sum(column) / n for column in steps.T])
    centred = np.ascontiguousarray(steps - means)
    draw = np.random.Generator(np.random.PCG64(_SEED))
    seen = 0
    for _ in range(rounds):
        # Blocks from uniform starts, of geometric lengths, round the end.
        fresh = draw.random(n) < 1.0 / max(1, block_sessions)
        starts = draw.integers(0, n, n)
        drawn = np.zeros(pairs)
        _add_resample(centred, fresh, starts, drawn)
        seen += bool((drawn / n).min() >= means.min())
    return seen / rounds


@njit(cache=True, nogil=True, error_model="numpy")
def _add_resample(steps, fresh, starts, total):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Add to ``total`` the rows of ``steps`` (n, pairs) that one resample takes: at ``starts[t]`` where a block begins, else the next."""
    n, pairs = steps.shape
    at = starts[0]
    for t in range(n):
        if t > 0:
            at = starts[t] if fresh[t] else at + 1
            at = 0 if at == n else at
        for pair in range(pairs):
            total[pair] += steps[at, pair]


def order_correlation(means: list[float]) -> float:
    """Spearman's correlation of the quantiles' mean returns with their order; NaN with a gap or all equal."""
    n = len(means)
    if n < 2 or not all(math.isfinite(m) for m in means) or len(set(means)) == 1:
        return math.nan
    ranks = [sum(o < m for o in means) + (sum(o == m for o in means) + 1) / 2 for m in means]
    middle = (n + 1) / 2
    both = sum((r - middle) * (i + 1 - middle) for i, r in enumerate(ranks))
    squares = [sum((r - middle) ** 2 for r in row) for row in (ranks, range(1, n + 1))]
    return both / math.sqrt(squares[0] * squares[1])
