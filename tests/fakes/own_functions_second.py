"""Functions that were written after the probe of ``@feature`` was made and run on it once: 16 that know the future, 16 that do not."""

from __future__ import annotations

import collections
import itertools
import random

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from scipy.interpolate import CubicSpline
from scipy.signal import filtfilt, savgol_filter
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import StandardScaler

DECAY = tuple(1.0 / (1.0 + age) for age in range(5))
PERIODS = (2, 3)


class Memory:
    seen: float | None = None


def keep(value, box=[]):  # noqa: B006 - the default that lives on is the case
    box.append(value)
    return box[0]


# -- leaks ---------------------------------------------------------------------------------------------------------


def standardised(close):
    return StandardScaler().fit_transform(close)


def component(close):
    return PCA(1).fit_transform(np.nan_to_num(close)) * np.ones_like(close)


def both_ways(close):
    return filtfilt([0.3], [1.0, -0.7], np.nan_to_num(close), axis=0)


def polynomial(close):
    return savgol_filter(np.nan_to_num(close), 5, 2, axis=0)


def trend_line(close):
    t = np.arange(len(close))[:, None]
    known = np.nan_to_num(close)
    return close - LinearRegression().fit(t, known).predict(t)


def spline_over_holes(close):
    out = np.array(close)
    at = np.arange(len(close))
    for j in range(close.shape[1]):
        there = np.isfinite(close[:, j])
        if 3 < there.sum() < len(at):
            out[~there, j] = CubicSpline(at[there], close[there, j])(at[~there])
    return out


def nearest_known(close):
    return pd.DataFrame(close).interpolate(method="nearest", limit_direction="both").to_numpy()


def mean_for_holes(close):
    return pd.DataFrame(close).fillna(pd.DataFrame(close).mean()).to_numpy()


def clipped_at_extremes(close):
    frame = pd.DataFrame(close)
    return frame.clip(frame.quantile(0.01), frame.quantile(0.99), axis=1).to_numpy()


def tomorrow_of_losers(close):
    r = np.full_like(close, np.nan)
    r[1:] = close[1:] / close[:-1] - 1
    ahead = np.vstack([r[1:], r[-1:]])
    return np.where(r < -0.3, ahead, r)


def next_known(close):
    out = np.array(close)
    for j in range(close.shape[1]):
        for t in range(len(close) - 1):
            if np.isnan(close[t, j]):
                out[t, j] = close[t + 1, j]
    return out


def names_that_stay(close):
    here = np.isfinite(close[-1])
    return np.where(here, close, np.nan)


def by_position_from_the_end(close):
    return close * (np.arange(len(close), 0, -1)[:, None] % 7)


def busiest_names(close, volume):
    most = np.argsort(np.nansum(volume, axis=0))[-5:]
    out = np.zeros_like(close)
    out[:, most] = 1.0
    return out


def kept_by_a_helper(close):
    return close / keep(float(np.nanmean(close[-1])))


def kept_on_a_class(close):
    Memory.seen = Memory.seen or float(np.nanmean(close[-1]))
    return close / Memory.seen


# -- honest --------------------------------------------------------------------------------------------------------


def range_position(close):
    low, high = (
        pd.DataFrame(close).rolling(5).min().to_numpy(),
        pd.DataFrame(close).rolling(5).max().to_numpy(),
    )
    with np.errstate(all="ignore"):
        return (close - low) / (high - low)


def up_days(close):
    up = np.zeros_like(close)
    up[1:] = close[1:] > close[:-1]
    return sliding_sum(up, 4)


def sliding_sum(x, n):
    out = np.full(x.shape, np.nan)
    out[n - 1 :] = sliding_window_view(x, n, axis=0).sum(axis=-1)
    return out


def several_periods(close):
    return sum(pd.DataFrame(close).pct_change(p, fill_method=None).to_numpy() for p in PERIODS)


def decayed(close):
    views = sliding_window_view(close, 5, axis=0)[..., ::-1]
    out = np.full_like(close, np.nan)
    out[4:] = (views * np.array(DECAY)).sum(axis=-1)
    return out


def winsorised_today(close):
    low, high = np.nanquantile(close, [0.05, 0.95], axis=1, keepdims=True)
    return np.clip(close, low, high)


def gaps_filled_with_the_day(close):
    return np.where(np.isnan(close), np.nanmedian(close, axis=1, keepdims=True), close)


def volume_share(close, volume):
    with np.errstate(all="ignore"):
        return close * volume / np.nansum(close * volume, axis=1, keepdims=True)


def beta_to_the_mean(close):
    r = np.full_like(close, np.nan)
    r[1:] = np.log(close[1:] / close[:-1])
    market = np.nanmean(r[1:], axis=1) if len(r) > 1 else np.empty(0)
    out = np.full_like(close, np.nan)
    for t in range(4, len(r)):
        m = market[t - 4 : t]
        x = r[t - 3 : t + 1]
        d = m - m.mean()
        if (d @ d) > 0:
            out[t] = d @ (x - x.mean(axis=0)) / (d @ d)
    return out


def last_known_in_the_window(close):
    out = np.array(close)
    for age in range(1, 4):
        out[age:] = np.where(np.isnan(out[age:]), close[: len(close) - age], out[age:])
    return out


def seeded_noise(close):
    return close + np.random.default_rng(3).normal(size=close.shape[1]) * 0.0


def jump_flag(close):
    out = np.zeros_like(close)
    with np.errstate(all="ignore"):
        out[1:] = np.abs(np.log(close[1:] / close[:-1])) > 0.4
    return out


def running_extremes(close):
    deque = collections.deque(maxlen=5)
    out = np.full_like(close, np.nan)
    for t, row in enumerate(close):
        deque.append(row)
        out[t] = np.max(np.array(deque), axis=0) if len(deque) == 5 else np.nan
    return out


def pairs_of_sessions(close):
    out = np.full_like(close, np.nan)
    for (_, before), (t, now) in itertools.pairwise(enumerate(close)):
        out[t] = now - before
    return out


def shuffled_by_seed(close):
    order = list(range(close.shape[1]))
    random.Random(5).shuffle(order)
    return close[:, order]


def rows_by_pandas(close):
    frame = pd.DataFrame(close)
    return frame.apply(lambda row: (row - row.mean()) / row.std(), axis=1).to_numpy()


def constant_where_still(close):
    same = pd.DataFrame(close).rolling(5).std().to_numpy()
    return np.where(same < 1e-9, 0.0, 1.0)


LEAKS = (
    standardised, component, both_ways, polynomial, trend_line, spline_over_holes, nearest_known, mean_for_holes,
    clipped_at_extremes, tomorrow_of_losers, next_known, names_that_stay, by_position_from_the_end, busiest_names,
    kept_by_a_helper, kept_on_a_class,
)  # fmt: skip
HONEST = (
    range_position, up_days, several_periods, decayed, winsorised_today, gaps_filled_with_the_day, volume_share,
    beta_to_the_mean, last_known_in_the_window, seeded_noise, jump_flag, running_extremes, pairs_of_sessions, shuffled_by_seed,
    rows_by_pandas, constant_where_still,
)  # fmt: skip
