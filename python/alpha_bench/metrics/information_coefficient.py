"""Information coefficients per date, ranks and quantile returns; what a series of them says is :mod:`.inference`.

A date is *scored* when at least :data:`MIN_PAIRS` assets have both a prediction and a label, and both vary over them.
Information coefficient (IC): Pearson's correlation over those assets. Rank IC: the same of average ranks (Spearman).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alpha_bench.runtime import Floats, in_pieces, njit

MIN_PAIRS = 3
QUANTILES = 5
_DATES_A_PIECE = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class DateScores:
    """By date: pairs (D,), IC and rank IC (D,; NaN where not scored), mean label by quantile (D, Q; NaN where empty)."""

    pairs: NDArray[np.int64]
    ic: Floats
    rank_ic: Floats
    quantile_returns: Floats


def score_dates(prediction: Floats, label: Floats, bins: int = QUANTILES) -> DateScores:
    """Score each date (row) of two (dates, assets) arrays.

    Quantiles are ``pandas.qcut``'s with ``bins`` bins over the predictions that have a label: edges by linear interpolation,
    intervals closed on the right. Where ties make two edges equal, the bin between them is empty on that date.
    """
    # The kernel is compiled for one layout: another would be compiled anew in each run, since a run keeps nothing.
    prediction, label = np.ascontiguousarray(prediction), np.ascontiguousarray(label)
    dates, levels = len(prediction), quantile_levels(bins)
    pairs = np.zeros(dates, np.int64)
    ic, rank_ic = np.full(dates, np.nan), np.full(dates, np.nan)
    means = np.full((dates, bins), np.nan)

    def piece(first: int, last: int) -> None:
        cut = slice(first, last)
        _score_dates(
            prediction[cut], label[cut], levels, MIN_PAIRS, pairs[cut], ic[cut], rank_ic[cut], means[cut]
        )

    in_pieces(piece, dates, _DATES_A_PIECE, prediction.size)
    return DateScores(pairs=pairs, ic=ic, rank_ic=rank_ic, quantile_returns=means)


def daily_ic(prediction: Floats, label: Floats) -> Floats:
    """(D,) the IC of each date alone, bit for bit that of :func:`score_dates`, in a tenth of its time: nothing is sorted."""
    prediction, label = np.ascontiguousarray(prediction), np.ascontiguousarray(label)
    ic = np.full(len(prediction), np.nan)

    def piece(first: int, last: int) -> None:
        _daily_ic(prediction[first:last], label[first:last], MIN_PAIRS, ic[first:last])

    in_pieces(piece, len(ic), _DATES_A_PIECE, prediction.size)
    return ic


@dataclass(frozen=True, kw_only=True, slots=True)
class DateRanks:
    """By date and asset (D, N): the prediction's rank as a weight, and its quantile, 0 the lowest (-1: no prediction).

    A weight is the average rank less the mean rank of the date, over the sum of the sizes of these: the weights of a date sum
    to 0, their sizes to 1. A date with fewer than :data:`MIN_PAIRS` predictions, or with all equal, has weights 0.
    """

    weights: Floats
    quantiles: NDArray[np.int8]


def rank_dates(prediction: Floats, bins: int = QUANTILES) -> DateRanks:
    """Rank each date (row) of a (dates, assets) array. Quantiles are cut as in :func:`score_dates`, over all predictions."""
    prediction = np.ascontiguousarray(prediction)
    weights, quantiles = np.zeros(prediction.shape), np.full(prediction.shape, -1, np.int8)
    levels = quantile_levels(bins)

    def piece(first: int, last: int) -> None:
        cut = slice(first, last)
        _rank_dates(prediction[cut], levels, MIN_PAIRS, weights[cut], quantiles[cut])

    in_pieces(piece, len(prediction), _DATES_A_PIECE, prediction.size)
    return DateRanks(weights=weights, quantiles=quantiles)


def quantile_levels(bins: int) -> Floats:
    """The inner levels 1/bins, 2/bins, ... rounded up where they have no exact binary form, as ``pandas.qcut`` does."""
    levels = np.linspace(0, 1, bins + 1)
    rounded = np.where(bins * levels != np.arange(bins + 1), np.nextafter(levels, 1), levels)
    return np.asarray(rounded[1:-1] * 100 / 100)


@njit(cache=True, nogil=True)
def _score_dates(prediction, label, levels, min_pairs, pairs, ic, rank_ic, means):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    dates, assets = prediction.shape
    values, ranks = np.empty((2, assets)), np.empty((2, assets))  # the label, the prediction
    keys, spare = np.empty(assets, np.uint64), np.empty(assets, np.uint64)
    order, other = np.empty(assets, np.int32), np.empty(assets, np.int32)
    for d in range(dates):
        n = 0
        for a in range(assets):
            if np.isfinite(prediction[d, a]) and np.isfinite(label[d, a]):
                values[0, n] = label[d, a] + 0.0  # the two zeros are one value
                values[1, n] = prediction[d, a] + 0.0
                n += 1
        pairs[d] = n
        if n < min_pairs or not (_varies(values[0], n) and _varies(values[1], n)):
            continue
        for side in range(2):
            _sort(values[side], n, keys, spare, order, other)
            _average_ranks(values[side], n, order, ranks[side])
        _quantile_means(values[1], values[0], n, order, levels, means[d])
        ic[d] = _pearson(values[1], values[0], n)
        rank_ic[d] = _pearson(ranks[1], ranks[0], n)


@njit(cache=True, nogil=True)
def _daily_ic(prediction, label, min_pairs, ic):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    dates, assets = prediction.shape
    left, right = np.empty(assets), np.empty(assets)
    for d in range(dates):
        n = 0
        for a in range(assets):
            if np.isfinite(prediction[d, a]) and np.isfinite(label[d, a]):
                left[n] = prediction[d, a] + 0.0
                right[n] = label[d, a] + 0.0
                n += 1
        if n >= min_pairs and _varies(left, n) and _varies(right, n):
            ic[d] = _pearson(left, right, n)


@njit(cache=True, nogil=True)
def _rank_dates(prediction, levels, min_pairs, weights, quantiles):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    dates, assets = prediction.shape
    values, ranks = np.empty(assets), np.empty(assets)
    keys, spare = np.empty(assets, np.uint64), np.empty(assets, np.uint64)
    order, other, where = np.empty(assets, np.int32), np.empty(assets, np.int32), np.empty(assets, np.int32)
    for d in range(dates):
        n = 0
        for a in range(assets):
            if np.isfinite(prediction[d, a]):
                values[n] = prediction[d, a] + 0.0
                where[n] = a
                n += 1
        if n < min_pairs or not _varies(values, n):
            continue
        _sort(values, n, keys, spare, order, other)
        _average_ranks(values, n, order, ranks)
        gross = 0.0
        for i in range(n):
            gross += abs(ranks[i] - 0.5 * (n + 1))
        for i in range(n):
            weights[d, where[i]] = (ranks[i] - 0.5 * (n + 1)) / gross
        i = 0
        for q in range(len(levels) + 1):
            edge = _edge(values, n, order, levels[q]) if q < len(levels) else np.inf
            while i < n and values[order[i]] <= edge:
                quantiles[d, where[order[i]]] = q
                i += 1


@njit(cache=True, nogil=True)
def _varies(values, n):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    for i in range(1, n):  # noqa: SIM110 - compiled: no generator
        if values[i] != values[0]:
            return True
    return False


@njit(cache=True, nogil=True, error_model="numpy")
def _pearson(left, right, n):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    left_mean = right_mean = 0.0
    for i in range(n):  # from the first value, so that a common level costs no digits
        left_mean += left[i] - left[0]
        right_mean += right[i] - right[0]
    left_mean /= n
    right_mean /= n
    left_most = right_most = 0.0
    for i in range(n):
        left_most = max(left_most, abs(left[i] - left[0] - left_mean))
        right_most = max(right_most, abs(right[i] - right[0] - right_mean))
    both = left_square = right_square = 0.0
    for i in range(n):  # in units of the largest deviation, so that no square is lost or overflows
        x = (left[i] - left[0] - left_mean) / left_most
        y = (right[i] - right[0] - right_mean) / right_most
        both += x * y
        left_square += x * x
        right_square += y * y
    size = np.sqrt(left_square) * np.sqrt(right_square)
    return both / size if size > 0.0 else np.nan


@njit(cache=True, nogil=True, error_model="numpy")
def score_returns(prediction, price, offset, horizon, delay, least, first, last, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, PLR0917
    """The daily IC of dates ``[first, last)`` with the return over ``horizon`` sessions, straight from the prices. It stands in this file
    because numba keeps compiled code by the one file that it is written in: what it calls must change with it."""
    assets = prediction.shape[1]
    left, right = np.empty(assets), np.empty(assets)
    for d in range(first, last):
        begin, end = offset + d + delay, offset + d + delay + horizon
        if end >= len(price):
            continue
        n = 0
        for i in range(assets):
            x, y = prediction[d, i], price[end, i] / price[begin, i] - 1.0
            if np.isfinite(x) and np.isfinite(y):
                left[n] = x
                right[n] = y
                n += 1
        if n >= least:
            out[d] = _pearson(left, right, n)


@njit(cache=True, nogil=True)
def _sort(values, n, keys, spare, order, other):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    """Put in ``order`` the positions that sort ``values``.

    Values are mapped to 33 bits between their least and their greatest, radix sorted in three passes, and what those bits do not
    tell apart is sorted by insertion; where that would be long (an outlier squeezes the others), by all 64 bits.
    """
    low = high = values[0]
    for i in range(1, n):
        low, high = min(low, values[i]), max(high, values[i])
    scale = 8589934591.0 / (high - low)  # 2**33 - 1
    top = np.uint64(1) << np.uint64(63)
    bits = values.view(np.uint64)
    for passes in (3, 6):
        if passes == 3 and not 0.0 < scale < np.inf:
            continue
        for i in range(n):
            if passes == 3:
                keys[i] = np.uint64((values[i] - low) * scale)
            else:
                keys[i] = ~bits[i] if bits[i] & top else bits[i] | top
        _radix(n, passes, keys, spare, order, other)
        if passes == 6 or _insertion(values, n, order, 8 * n):
            return


@njit(cache=True, nogil=True)
def _radix(n, passes, keys, spare, order, other):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    """Stable sort of ``keys``, eleven bits a pass; ``order`` becomes the positions. Passes where all agree are skipped."""
    counts = np.zeros((passes, 2048), np.int32)
    mask = np.uint64(2047)
    for i in range(n):
        order[i] = i
        key = keys[i]
        for k in range(passes):
            counts[k, (key >> np.uint64(11 * k)) & mask] += 1
    for k in range(passes):
        shift = np.uint64(11 * k)
        if counts[k, (keys[0] >> shift) & mask] == n:
            continue
        position = 0
        for b in range(2048):
            position, counts[k, b] = position + counts[k, b], position
        for i in range(n):
            b = (keys[i] >> shift) & mask
            to = counts[k, b]
            counts[k, b] = to + 1
            spare[to] = keys[i]
            other[to] = order[i]
        for i in range(n):
            keys[i] = spare[i]
            order[i] = other[i]


@njit(cache=True, nogil=True)
def _insertion(values, n, order, budget):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Finish an almost sorted ``order``; False, and nothing promised, when more than ``budget`` moves are needed."""
    moves = 0
    for i in range(1, n):
        here = order[i]
        value = values[here]
        j = i
        while j > 0 and values[order[j - 1]] > value:
            order[j] = order[j - 1]
            j -= 1
            moves += 1
        order[j] = here
        if moves > budget:
            return False
    return True


@njit(cache=True, nogil=True)
def _average_ranks(values, n, order, ranks):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    first = 0
    while first < n:
        last = first
        while last + 1 < n and values[order[last + 1]] == values[order[first]]:
            last += 1
        for i in range(first, last + 1):
            ranks[order[i]] = 0.5 * (first + last) + 1.0
        first = last + 1


@njit(cache=True, nogil=True)
def _edge(values, n, order, level):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    position = (n - 1) * level
    low = int(np.floor(position))
    part = position - low
    a = values[order[low]]
    b = values[order[min(low + 1, n - 1)]]
    return a + (b - a) * part if part < 0.5 else b - (b - a) * (1.0 - part)


@njit(cache=True, nogil=True)
def _quantile_means(values, label, n, order, levels, means):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    bins = len(levels) + 1
    i = 0
    for q in range(bins):
        edge = _edge(values, n, order, levels[q]) if q < bins - 1 else np.inf
        total = 0.0
        count = 0
        while i < n and values[order[i]] <= edge:
            total += label[order[i]]
            count += 1
            i += 1
        if count > 0:
            means[q] = total / count
