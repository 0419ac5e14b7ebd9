"""Researchers' custom features, honest and not, for the checks: each dishonest one with the twin that does it right."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

WINDOW = 5


def known_through(x):
    """Rows of windows, oldest first, for t >= WINDOW - 1."""
    return np.swapaxes(sliding_window_view(x, WINDOW, axis=0), 1, 2)


def trailing(x, statistic):
    out = np.full(x.shape, np.nan)
    out[WINDOW - 1 :] = statistic(known_through(x), axis=1)
    return out


# -- looking ahead -------------------------------------------------------------------------------------------------


def reversed_cumulative(close, volume):
    return np.nancumsum(close[::-1], axis=0)[::-1]


def rolled(close, volume):
    return np.roll(close, -1, axis=0)


def full_sample_mean(close, volume):
    return close - np.nanmean(close, axis=0)


def full_sample_rank(close, volume):
    return pd.DataFrame(close).rank(pct=True).to_numpy()


def centred(close, volume):
    return pd.DataFrame(close).rolling(WINDOW, center=True, min_periods=1).mean().to_numpy()


def filled_backward(close, volume):
    return pd.DataFrame(close).bfill().to_numpy()


def survivors(close, volume):
    return np.where(np.isfinite(close[-1]), close, np.nan)


def blocks_from_the_end(close, volume):
    start = len(close) % 10
    out = close.copy()
    for row in range(start, len(close), 10):
        out[row : row + 10] = close[row]
    return out


def kalman_smoother(close, volume):
    x = np.nan_to_num(close, nan=100.0)
    for t in range(len(x) - 2, -1, -1):
        x[t] = 0.5 * x[t] + 0.5 * x[t + 1]
    return x


def only_the_last_session(close, volume):
    out = np.zeros_like(close)
    out[-1] = 1.0
    return out


LOOKING_AHEAD = [
    reversed_cumulative,
    rolled,
    full_sample_mean,
    full_sample_rank,
    centred,
    filled_backward,
    survivors,
    blocks_from_the_end,
    kalman_smoother,
    only_the_last_session,
]


# -- looking further back than the window --------------------------------------------------------------------------


def expanding_mean(close, volume):
    return pd.DataFrame(close).expanding().mean().to_numpy()


def one_session_too_many(close, volume):
    return close / pd.DataFrame(close).shift(WINDOW).to_numpy() - 1


def exponential(close, volume):
    return pd.DataFrame(close).ewm(span=WINDOW).mean().to_numpy()


def filled_forward(close, volume):
    return pd.DataFrame(close).ffill().to_numpy()


LOOKING_TOO_FAR_BACK = [expanding_mean, one_session_too_many, exponential, filled_forward]


# -- honest twins --------------------------------------------------------------------------------------------------


def cumulative_difference(close, volume):
    sums = np.cumsum(np.nan_to_num(close), axis=0)
    out = sums.copy()
    out[WINDOW:] = sums[WINDOW:] - sums[:-WINDOW]
    return out


def lagged(close, volume):
    return pd.DataFrame(close).shift(1).to_numpy()


def window_mean(close, volume):
    return close - trailing(close, np.nanmean)


def window_rank(close, volume):
    return pd.DataFrame(close).rolling(WINDOW).rank(pct=True).to_numpy()


def trailing_mean(close, volume):
    return pd.DataFrame(close).rolling(WINDOW).mean().to_numpy()


def filled_forward_a_little(close, volume):
    return pd.DataFrame(close).ffill(limit=WINDOW - 1).to_numpy()


def still_here(close, volume):
    return np.where(np.isfinite(close), close, np.nan)


def across_assets(close, volume):
    return close - np.nanmedian(close, axis=1, keepdims=True)


def by_matrix_product(close, volume):
    weights = np.linspace(-1.0, 1.0, close.shape[1])
    return np.outer(np.nan_to_num(close) @ weights, np.ones(close.shape[1]))


def market_residual(close, volume):
    x, y = known_through(np.nan_to_num(volume)), known_through(np.nan_to_num(close))
    market = x.mean(axis=2, keepdims=True)
    beta = (market * y).sum(axis=1) / np.maximum((market**2).sum(axis=1), 1.0)
    out = np.full(close.shape, np.nan)
    out[WINDOW - 1 :] = y[:, -1] - beta * market[:, -1]
    return out


def seeded(close, volume):
    noise = np.random.default_rng(7).normal(size=close.shape[1])
    return close + noise


def constant(close, volume):
    return np.zeros_like(close)


HONEST = [
    cumulative_difference,
    lagged,
    window_mean,
    window_rank,
    trailing_mean,
    filled_forward_a_little,
    still_here,
    across_assets,
    by_matrix_product,
    market_residual,
    seeded,
    constant,
]
