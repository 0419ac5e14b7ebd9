"""How fast the predictions change: turnover of the outer quantiles and autocorrelation of the ranks.

As alphalens defines them (``quantile_turnover``, ``factor_rank_autocorrelation``, period 1), over all predictions: the share of today's
members that were not members on the session before; Pearson's correlation of today's and yesterday's ranks over the assets with both.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alpha_bench.metrics.information_coefficient import DateRanks
from alpha_bench.runtime import Floats, in_pieces, njit

_DATES_A_PIECE = 64


def quantile_turnover(quantiles: NDArray[np.int8], which: int) -> Floats:
    """(D,) share of the quantile's members that are new; NaN on the first session and where a session has none."""
    member = quantiles == which
    new = (member[1:] & ~member[:-1]).sum(axis=1)
    size = member.sum(axis=1)
    out = np.full(len(quantiles), np.nan)
    here = (size[1:] > 0) & (size[:-1] > 0)
    out[1:][here] = new[here] / size[1:][here]
    return out


def rank_autocorrelation(ranks: DateRanks) -> Floats:
    """(D,) correlation with the session before; NaN on the first session and where it cannot be formed.

    A weight is a rank, shifted and scaled by the date, so that their correlations are the same.
    """
    out = np.full(len(ranks.weights), np.nan)

    def piece(first: int, last: int) -> None:
        _autocorrelation(ranks.weights, ranks.quantiles, first, last, out)

    in_pieces(piece, len(out), _DATES_A_PIECE, ranks.weights.size)
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _autocorrelation(weights, quantiles, first, last, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    for d in range(max(first, 1), last):
        n = 0
        before = now = 0.0
        for i in range(weights.shape[1]):
            if quantiles[d, i] >= 0 and quantiles[d - 1, i] >= 0:
                before += weights[d - 1, i]
                now += weights[d, i]
                n += 1
        if n < 3:
            continue
        before /= n
        now /= n
        both = square_before = square_now = 0.0
        for i in range(weights.shape[1]):
            if quantiles[d, i] >= 0 and quantiles[d - 1, i] >= 0:
                x, y = weights[d - 1, i] - before, weights[d, i] - now
                both += x * y
                square_before += x * x
                square_now += y * y
        size = np.sqrt(square_before) * np.sqrt(square_now)
        if size > 0.0:
            out[d] = both / size
