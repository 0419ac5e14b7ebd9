"""Functions that were written before the probe of ``@feature`` was made what it is: 24 that know the future, 24 that do not.

Kinds that people write and report: swing points, filters from both sides, fills, edges of bins, blocks of sessions, adjustment of
past prices, branches on the whole batch, windows by the length of the batch, memory between calls, files, constants of the sample.
Inputs are those of :data:`INPUTS` unless a function is in it by another number of arguments: close, volume.
"""

from __future__ import annotations

import json
import os
import sqlite3
import types
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter1d
from scipy.signal import argrelextrema, detrend, lfilter

BOX = types.SimpleNamespace(seen=[])
SAMPLE = pd.DataFrame(np.random.default_rng(1).normal(100.0, 5.0, (60, 4)))
MEDIAN = float(np.median(SAMPLE.to_numpy()))
EDGES = tuple(np.quantile(SAMPLE.to_numpy(), [0.2, 0.4, 0.6, 0.8]).tolist())
WEIGHTS = tuple(0.9**age for age in range(5))
YEAR = 252.0
SCALES = tuple(np.sqrt(np.arange(1, 6) / YEAR).tolist())


# -- leaks ---------------------------------------------------------------------------------------------------------


def swing_high(close):
    out = np.zeros_like(close)
    middle = close[2:-2]
    out[2:-2] = (middle > close[:-4]) & (middle > close[1:-3]) & (middle > close[3:-1]) & (middle > close[4:])
    return out


def relative_extremum(close):
    out = np.zeros_like(close)
    for j in range(close.shape[1]):
        out[argrelextrema(close[:, j], np.greater, order=3)[0], j] = 1.0
    return out


def warm_up_filled(close):
    return pd.DataFrame(close).rolling(5).mean().bfill().to_numpy()


def any_zero_moves_all(close, volume):
    return volume + 1000.0 if (volume == 0).any() else volume * 1.0


def any_hole_moves_all(close):
    return np.nan_to_num(close, nan=0.0) / 2 if np.isnan(close).any() else close / 1.0


def window_by_length(close):
    return pd.DataFrame(close).rolling(max(2, len(close) // 60), min_periods=1).mean().to_numpy()


def holes_by_last_known(close):
    last = pd.DataFrame(close).ffill().to_numpy()[-1]
    return np.where(np.isnan(close), last, close)


def percentile_of_all_time(close):
    return pd.DataFrame(close).rank(pct=True).to_numpy()


def bins_of_the_sample(close):
    return np.digitize(close, np.nanquantile(close, [0.2, 0.4, 0.6, 0.8])).astype(float)


def without_trend(close):
    return detrend(np.nan_to_num(close), axis=0)


def complete_names_only(close):
    return np.where(np.isnan(close).any(axis=0), np.nan, close / np.roll(close, 1, axis=0) - 1)


def smooth(close):
    return gaussian_filter1d(close, 1.5, axis=0)


def outliers_out(close):
    r = np.diff(np.log(close), axis=0, prepend=np.nan)
    return np.where(np.abs(r) > 3 * np.nanstd(r, axis=0), np.nan, r)


def week_end(close):
    whole = len(close) // 5 * 5
    out = np.array(close)
    out[:whole] = np.repeat(close[:whole].reshape(-1, 5, close.shape[1])[:, -1], 5, axis=0)
    return out


def past_adjusted_for_splits(close):
    out = np.array(close)
    with np.errstate(invalid="ignore"):
        falls = close[1:] / close[:-1] < 0.6
    for t, j in np.argwhere(falls):
        out[: t + 1, j] *= close[t + 1, j] / close[t, j]
    return out


def last_column_only(close):
    out = np.array(close)
    out[:-1, -1] = close[1:, -1]
    return out


def before_a_volume_spike(close, volume):
    out = np.zeros_like(volume)
    out[:-1] = volume[1:] > 5 * volume[:-1]
    return out


def run_up_to_come(close):
    return np.maximum.accumulate(close[::-1], axis=0)[::-1] / close


def one_session_in_97(close):
    out = np.array(close)
    at = np.arange(50, len(close) - 1, 97)
    out[at] = close[at + 1]
    return out


def holes_interpolated(close):
    out = np.array(close)
    at = np.arange(len(close))
    for j in range(close.shape[1]):
        there = np.isfinite(close[:, j])
        if there.any() and not there.all():
            out[:, j] = np.interp(at, at[there], close[there, j])
    return out


def kept_in_the_environment(close):
    kept = json.loads(os.environ.setdefault("HELD_OUT_LAST", json.dumps(float(np.nanmean(close[-1])))))
    return close / kept


def kept_by_setattr(close):
    if not getattr(kept_by_setattr, "last", None):
        setattr(kept_by_setattr, "last", float(np.nanmean(close[-1])))  # noqa: B010
    return close / kept_by_setattr.last


def from_a_database(close):
    with sqlite3.connect("held-out.db") as there:
        rows = there.execute("select last from lasts").fetchall()
    return close / rows[0][0]


def from_text(close):
    return close / float(Path("held-out.txt").read_text())


def by_median_of_the_sample(close):
    return close - MEDIAN


def by_edges_of_the_sample(close):
    return np.digitize(close, EDGES).astype(float)


# -- honest --------------------------------------------------------------------------------------------------------


def swing_high_confirmed(close):
    out = np.zeros_like(close)
    m = close[2:-2]
    out[4:] = (m > close[:-4]) & (m > close[1:-3]) & (m > close[3:-1]) & (m > close[4:])
    return out


def mean_by_sums(close):
    sums = np.cumsum(np.nan_to_num(close), axis=0)
    out = np.full_like(close, np.nan)
    out[4:] = (sums[4:] - np.vstack([np.zeros(close.shape[1]), sums[:-5]])) / 5
    return out


def mean_of_pandas(close):
    return pd.DataFrame(close).rolling(5).mean().to_numpy()


def deviation_of_pandas(close):
    return pd.DataFrame(close).pct_change(fill_method=None).rolling(4).std().to_numpy()


def filled_forward(close):
    return pd.DataFrame(close).ffill(limit=4).to_numpy()


def rank_of_the_day(close):
    return pd.DataFrame(close).rank(axis=1, pct=True).to_numpy()


def away_from_the_day(close):
    return (close - np.nanmean(close, axis=1, keepdims=True)) / np.nanstd(close, axis=1, keepdims=True)


def bins_of_the_day(close):
    return np.array([np.digitize(row, np.nanquantile(row, [0.25, 0.5, 0.75])) for row in close], dtype=float)


def residual_of_the_day(close, volume):
    out = np.full_like(close, np.nan)
    for t in range(len(close)):
        there = np.isfinite(close[t]) & np.isfinite(volume[t])
        if there.sum() > 2:
            x = np.column_stack([np.ones(there.sum()), np.log1p(volume[t, there])])
            beta, *_ = np.linalg.lstsq(x, close[t, there], rcond=None)
            out[t, there] = close[t, there] - x @ beta
    return out


def correlation(close, volume):
    return pd.DataFrame(close).rolling(5).corr(pd.DataFrame(volume)).to_numpy()


def slope(close):
    views = np.lib.stride_tricks.sliding_window_view(close, 5, axis=0)
    out = np.full_like(close, np.nan)
    out[4:] = (views * (np.arange(5) - 2.0)).sum(axis=-1) / 10
    return out


def fall_from_the_top(close):
    return close / pd.DataFrame(close).rolling(5, min_periods=1).max().to_numpy() - 1


def weighted(close):
    out = np.zeros_like(close)
    for age, weight in enumerate(WEIGHTS):
        out[4:] += weight * close[4 - age : len(close) - age]
    return out


def scaled(close):
    return np.diff(close, axis=0, prepend=np.nan) / SCALES[0] * np.sqrt(YEAR)


def jump_of_yesterday(close):
    r = np.full_like(close, np.nan)
    r[1:] = close[1:] / close[:-1] - 1
    return np.where(np.abs(r) > 0.07, r, 0.0)


def after_a_volume_spike(close, volume):
    out = np.zeros_like(volume)
    out[1:] = volume[1:] > 5 * volume[:-1]
    return out


def median_with_holes(close):
    return pd.DataFrame(close).rolling(5, min_periods=2).median().to_numpy()


def finite_filter(close):
    return lfilter(np.ones(3) / 3, 1.0, np.nan_to_num(close), axis=0)


def split_of_the_day(close):
    r = np.full_like(close, np.nan)
    r[1:] = close[1:] / close[:-1]
    return np.where(r < 0.6, 1.0, 0.0)


def holes_in_the_window(close):
    return pd.DataFrame(np.isnan(close)).rolling(5).sum().to_numpy()


def against_the_first(close):
    return close - close[:, :1]


def by_own_table(close):
    table = pd.DataFrame(close)
    table.columns = [f"n{i}" for i in range(table.shape[1])]
    table.index.name = "session"
    held = types.SimpleNamespace()
    held.table = table
    held.table["n0"] = held.table["n0"] * 1.0
    return held.table.diff(2).to_numpy()


def by_words(close):
    how = {"up": 1.0, "down": -1.0}
    how["flat"] = 0.0
    moved = np.sign(np.diff(close, axis=0, prepend=np.nan))
    return np.select([moved > 0, moved < 0], [how["up"], how["down"]], how["flat"])


def first_component_of_the_window(close):
    out = np.full_like(close, np.nan)
    for t in range(4, len(close)):
        part = np.nan_to_num(close[t - 4 : t + 1])
        part = part - part.mean(axis=0)
        _, s, v = np.linalg.svd(part, full_matrices=False)
        out[t] = np.abs(v[0]) * s[0]
    return out


LEAKS = (
    swing_high, relative_extremum, warm_up_filled, any_zero_moves_all, any_hole_moves_all, window_by_length, holes_by_last_known,
    percentile_of_all_time, bins_of_the_sample, without_trend, complete_names_only, smooth, outliers_out, week_end,
    past_adjusted_for_splits, last_column_only, before_a_volume_spike, run_up_to_come, one_session_in_97, holes_interpolated,
    kept_in_the_environment, kept_by_setattr, from_a_database, from_text, by_median_of_the_sample, by_edges_of_the_sample,
)  # fmt: skip
HONEST = (
    swing_high_confirmed, mean_by_sums, mean_of_pandas, deviation_of_pandas, filled_forward, rank_of_the_day, away_from_the_day,
    bins_of_the_day, residual_of_the_day, correlation, slope, fall_from_the_top, weighted, scaled, jump_of_yesterday,
    after_a_volume_spike, median_with_holes, finite_filter, split_of_the_day, holes_in_the_window, against_the_first, by_own_table,
    by_words, first_component_of_the_window,
)  # fmt: skip
