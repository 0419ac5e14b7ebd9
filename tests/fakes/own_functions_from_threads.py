"""Functions after what public threads report, written before the probe met them: a set that knows more than it may, and one that does not.

Each leak names the thread or the library that its kind was reported in. ``LEAKS`` and ``HONEST`` hold (function, window).
"""

# ruff: noqa: A002, DTZ005, DTZ011 - names of fields, and what is wrong is the case

from __future__ import annotations

import datetime as dt
import functools
import math
import os
import random
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import numba
import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from scipy.signal import argrelextrema
from scipy.stats import rankdata
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import MinMaxScaler, PowerTransformer, QuantileTransformer, StandardScaler

from fakes import research_levels, research_settings
from fakes.research_levels import MEAN as LEVEL
from fakes.research_levels import against_the_mean
from fakes.research_settings import PAIR, SETTINGS, SINCE, SPAN, Level, Pair, Periods, Settings, Side, decay

Own = Callable[..., Any]
LEAKS: list[tuple[Own, int]] = []
HONEST: list[tuple[Own, int]] = []


def leak(window: int) -> Callable[[Own], Own]:
    return lambda f: LEAKS.append((f, window)) or f


def honest(window: int) -> Callable[[Own], Own]:
    return lambda f: HONEST.append((f, window)) or f


# -- leaks: sessions ahead -------------------------------------------------------------------------------------------


@leak(14)
def vortex(high, low):
    """peerchemist/finta#25: the shift has the wrong sign."""
    move = (pd.DataFrame(high) - pd.DataFrame(low).shift(-1)).abs()
    return move.rolling(14).sum().to_numpy()


@leak(3)
def fair_value_gap(open, high, low, close):
    """joshyattridge/smart-money-concepts#34."""
    before, after = np.roll(high, 1, axis=0), np.roll(low, -1, axis=0)
    return np.where((before < after) & (close > open), after - before, 0.0)


@leak(10)
def swing_highs_lows(high, low):
    """joshyattridge/smart-money-concepts#95: half a swing is shifted back."""
    tops = pd.DataFrame(high).shift(-5).rolling(10).max().to_numpy()
    bottoms = pd.DataFrame(low).shift(-5).rolling(10).min().to_numpy()
    return np.where(high == tops, 1.0, np.where(low == bottoms, -1.0, 0.0))


@leak(2)
def mid_price_movement(high, low):
    """spawnaga/market_direction_prediction#1: "lagged to avoid look-ahead bias"."""
    return pd.DataFrame((high + low) / 2).diff().shift(-1).to_numpy()


@leak(27)
def chikou_span(close):
    """Ichimoku's lagging span as charting libraries draw it."""
    return close / pd.DataFrame(close).shift(-26).to_numpy()


@leak(20)
def detrended_price_centred(close):
    """twopirllc/pandas-ta: dpo(centered=True)."""
    frame = pd.DataFrame(close)
    return (frame.shift(11) - frame.rolling(20).mean()).shift(-11).to_numpy()


@leak(5)
def williams_fractal(high):
    """The five-bar fractal is known two bars later."""
    return (high == pd.DataFrame(high).rolling(5, center=True).max().to_numpy()).astype(float)


@leak(11)
def local_bottoms(low):
    """ivanproskuryakov/ta-search#2: argrelextrema over the whole chunk."""
    out = np.zeros_like(low)
    at, names = argrelextrema(np.nan_to_num(low, nan=np.inf), np.less_equal, axis=0, order=5)
    out[at, names] = 1.0
    return out


@leak(5)
def zigzag(close):
    """facioquo/stock-indicators-python#363: the last leg is redrawn."""
    out = np.full_like(close, np.nan)
    for j in range(close.shape[1]):
        pivots, last = [0], close[0, j]
        for t in range(1, len(close)):
            if not abs(close[t, j] / last - 1) < 0.05:
                pivots.append(t)
                last = close[t, j]
        out[:, j] = np.interp(np.arange(len(close)), pivots, close[pivots, j])
    return out


@leak(6)
def barrier_first_touched(close):
    """The label of a triple barrier given as a feature."""
    out = np.zeros_like(close)
    for ahead in range(5, 0, -1):
        move = np.full_like(close, np.nan)
        move[:-ahead] = close[ahead:] / close[:-ahead] - 1
        out = np.where(move > 0.03, 1.0, np.where(move < -0.03, -1.0, out))
    return out


@leak(20)
def realised_volatility_to_come(close):
    """pandas.api.indexers.FixedForwardWindowIndexer."""
    ahead = pd.api.indexers.FixedForwardWindowIndexer(window_size=10)
    return pd.DataFrame(np.log(close)).diff().rolling(ahead, min_periods=2).std().to_numpy()


@leak(3)
def sessions_to_the_next_spike(volume):
    """Counts of days to an event whose date was not announced."""
    spike = volume > 2 * np.nanmedian(volume, axis=1, keepdims=True)
    out, left = np.full_like(volume, 99.0), np.full(volume.shape[1], 99.0)
    for t in range(len(volume) - 1, -1, -1):
        left = np.where(spike[t], 0.0, np.minimum(left + 1, 99.0))
        out[t] = left
    return out


# -- leaks: the whole sample ------------------------------------------------------------------------------------------


@leak(20)
def regression_channel(close):
    """twopirllc/pandas-ta#667: TOS_STDEVALL."""
    at = np.arange(len(close))
    out = np.full_like(close, np.nan)
    for j in range(close.shape[1]):
        there = np.isfinite(close[:, j])
        if there.sum() > 2:
            slope, level = np.polyfit(at[there], close[there, j], 1)
            out[:, j] = (close[:, j] - slope * at - level) / np.nanstd(close[:, j])
    return out


@leak(1)
def normaliser(close):
    """jinglescode/time-series-forecasting-pytorch#19."""
    mean, deviation = np.nanmean(close, axis=0), np.nanstd(close, axis=0)
    return (close - mean) / deviation


@leak(1)
def three_scalers(close):
    """AnswerXuan/Galformer#3: training, validation and test rows each by a scaler of their own."""
    a, b = int(len(close) * 0.6), int(len(close) * 0.8)
    parts = [p for p in (close[:a], close[a:b], close[b:]) if len(p)]
    return np.vstack([StandardScaler().fit_transform(p) for p in parts])


@leak(5)
def window_with_what_follows(close):
    """shiyu-coder/Kronos#228: mean and deviation over look-back and prediction window."""
    out = np.full_like(close, np.nan)
    for t in range(4, len(close)):
        part = close[t - 4 : t + 3]
        out[t] = (close[t] - part.mean(axis=0)) / (part.std(axis=0) + 1e-5)
    return out


@leak(1)
def share_of_the_highest(open, high, low, close):
    """gsyyysg/StockFormer#21: by the maximum of open, high, low and close."""
    return close / np.nanmax(np.stack([open, high, low, close]), axis=(0, 1))


@leak(1)
def imputed_by_columns(close):
    """blue-yonder/tsfresh#807: impute on the combined frame."""
    frame = pd.DataFrame(close).replace([np.inf], np.nan)
    return frame.fillna(frame.median()).to_numpy()


@leak(2)
def volatility_regime(close):
    """richkuo/go-trader#1094: a mixture fitted to all sessions."""
    move = np.zeros(len(close))
    move[1:] = np.nanmean(np.abs(close[1:] / close[:-1] - 1), axis=1)
    move = np.nan_to_num(move)[:, None]
    label = GaussianMixture(2, random_state=0).fit(move).predict_proba(move)[:, 0]
    return label[:, None] * np.ones_like(close)


@leak(2)
def state_by_viterbi(close):
    """hmmlearn/hmmlearn#540: predict sees the whole sequence."""
    move = np.zeros(len(close))
    move[1:] = np.nan_to_num(np.nanmean(np.log(close[1:] / close[:-1]), axis=1))
    score = np.stack([-(((move - m) / 0.01) ** 2) for m in (-0.003, 0.003)], axis=1)
    best, back = score[0], []
    for row in score[1:]:
        stay = best[:, None] + np.array([[0.0, -1.0], [-1.0, 0.0]])
        back.append(stay.argmax(axis=0))
        best = stay.max(axis=0) + row
    path = [int(best.argmax())]
    for step in reversed(back):
        path.append(int(step[path[-1]]))
    return np.array(path[::-1], dtype=float)[:, None] * np.ones_like(close)


@leak(3)
def smoothed_by_kalman(close):
    """pykalman/pykalman#76: smooth() in place of filter()."""
    seen, filtered = np.nan_to_num(close[0]), []
    for row in close:
        seen = np.where(np.isnan(row), seen, seen + 0.3 * (row - seen))
        filtered.append(seen)
    smooth = [filtered[-1]]
    for row in filtered[-2::-1]:
        smooth.append(row + 0.3 * (smooth[-1] - row))
    return np.array(smooth[::-1])


@leak(5)
def denoised(close):
    """vrcarva/vmdpy#4: a decomposition of the whole series."""
    spectrum = np.fft.rfft(np.nan_to_num(close), axis=0)
    spectrum[len(spectrum) // 3 :] = 0
    return np.fft.irfft(spectrum, n=len(close), axis=0)


@leak(8)
def trend_component(close):
    """BeBeYourLove/TDformer#7, statsmodels seasonal_decompose(two_sided=True)."""
    from statsmodels.tsa.seasonal import seasonal_decompose

    filled = pd.DataFrame(close).ffill().fillna(0.0).to_numpy()
    return seasonal_decompose(filled, period=4, model="additive").trend


@leak(1)
def spread_of_the_pair(close):
    """KidQuant/Pairs-Trading-With-Python#2: the hedge ratio of the whole sample."""
    base = np.nan_to_num(close[:, :1])
    return close - LinearRegression().fit(base, np.nan_to_num(close)).predict(base)


@leak(21)
def best_look_back(close):
    """The look-back with the best figure over the sample that it is tried on."""
    ahead = np.full_like(close, np.nan)
    ahead[:-1] = close[1:] / close[:-1] - 1
    found = []
    for n in (5, 10, 20):
        past = pd.DataFrame(close).pct_change(n, fill_method=None).to_numpy()
        both = np.isfinite(past) & np.isfinite(ahead)
        found.append((np.corrcoef(past[both], ahead[both])[0, 1] if both.sum() > 2 else 0.0, past))
    return max(found, key=lambda one: abs(one[0]))[1]


@leak(5)
def week_known_on_monday(close):
    """freqtrade/technical#238: the weekly bar merged by when it begins."""
    frame = pd.DataFrame(close)
    return frame.groupby(np.arange(len(frame)) // 5).transform("last").to_numpy()


@leak(10)
def range_of_the_block(high, low):
    """richkuo/go-trader#732: the day's eventual range for a bar inside it."""
    block = np.arange(len(high)) // 10
    top = pd.DataFrame(high).groupby(block).transform("max")
    return (top - pd.DataFrame(low).groupby(block).transform("min")).to_numpy()


@leak(1)
def gap_by_the_last_value(close):
    """goldmansachs/gs-quant#362: a gap filled with the last value of the series."""
    last = pd.DataFrame(close).ffill().iloc[-1].to_numpy()
    return np.where(np.isnan(close), last, close)


@leak(5)
def rolling_mean_with_its_start_filled(close):
    """rolling(5).mean().bfill(), so that no row is lost."""
    return pd.DataFrame(close).rolling(5, min_periods=5).mean().bfill().to_numpy()


@leak(3)
def gaps_between_known(close):
    """emerzon/mt-data-mcp#90: linear interpolation over finite points."""
    out = np.array(close)
    at = np.arange(len(close))
    for j in range(close.shape[1]):
        there = np.isfinite(close[:, j])
        if there.any():
            out[:, j] = np.interp(at, at[there], close[there, j])
    return out


@leak(1)
def names_with_a_full_history(close):
    """dropna(axis=1) before anything else."""
    kept = pd.DataFrame(close).dropna(axis=1).columns
    return pd.DataFrame(close).reindex(columns=kept).reindex(columns=range(close.shape[1])).to_numpy()


@leak(1)
def liquid_half(close, volume):
    """The most traded names of the whole sample."""
    traded = np.nanmedian(close * volume, axis=0)
    return np.where(traded > np.nanmedian(traded), close, np.nan)


@leak(5)
def encoded_weekday(close):
    """Target encoding: the mean of what follows on such days."""
    ahead = np.zeros_like(close)
    ahead[:-1] = np.nan_to_num(close[1:] / close[:-1] - 1)
    day = np.arange(len(close)) % 5
    means = np.array([ahead[day == d].mean() if (day == d).any() else 0.0 for d in range(5)])
    return means[day][:, None] * np.ones_like(close)


@leak(1)
def back_adjusted(close):
    """Prices before a split divided by it, back to the beginning."""
    step = np.ones_like(close)
    ratio = close[1:] / close[:-1]
    step[:-1] = np.where(ratio < 0.6, 0.5, np.where(ratio > 1.7, 2.0, 1.0))
    return close * np.cumprod(step[::-1], axis=0)[::-1]


@leak(2)
def sigma_filter(close):
    """Moves beyond three deviations of all time are dropped."""
    move = np.zeros_like(close)
    move[1:] = close[1:] / close[:-1] - 1
    return np.where(np.abs(move) > 3 * np.nanstd(move), np.nan, move)


@leak(1)
def gaussianised(volume):
    """QuantileTransformer fitted on what it transforms."""
    return QuantileTransformer(n_quantiles=20, output_distribution="normal").fit_transform(volume)


@leak(1)
def symmetric(volume):
    """A power transform whose exponent is fitted to all sessions."""
    return PowerTransformer().fit_transform(np.log1p(volume))


@leak(6)
def fitted_in_sample(close):
    """A model that learns from returns to come, and predicts the same rows."""
    past = np.nan_to_num(pd.DataFrame(close).pct_change(5, fill_method=None).to_numpy())
    ahead = np.zeros_like(close)
    ahead[:-1] = np.nan_to_num(close[1:] / close[:-1] - 1)
    model = Ridge().fit(past.reshape(-1, 1), ahead.ravel())
    return model.predict(past.reshape(-1, 1)).reshape(close.shape)


@leak(1)
def fixed_effects(close):
    """Demeaned by asset over all sessions."""
    logs = np.log(close)
    return logs - np.nanmean(logs, axis=0) - np.nanmean(logs, axis=1, keepdims=True) + np.nanmean(logs)


@leak(1)
def percentile_of_own_history(volume):
    """rank(pct=True) down the sessions."""
    return pd.DataFrame(volume).rank(pct=True).to_numpy()


# -- leaks: what is not an input --------------------------------------------------------------------------------------


@leak(1)
def years_until_now(close):
    """TauricResearch/TradingAgents#1300: the clock of the wall in a historical value."""
    return close * (dt.datetime.now().year - 2000)


@leak(1)
def age_today(close):
    return close * (date.today() - date(2019, 1, 1)).days


@leak(1)
def months_by_pandas(close):
    return close * (pd.Timestamp.now() - pd.Timestamp("2019-01-01")).days


@leak(1)
def today_by_text(close):
    return close * pd.to_datetime("today").month


@leak(1)
def hours_by_time(close):
    return close * (time.time() // 3600)


@leak(1)
def today_by_numpy(close):
    return close * (np.datetime64("today") - np.datetime64("2019-01-01")).astype(float)


@leak(1)
def scale_of_the_machine(close):
    return close * float(os.getenv("SCALE_OF_A_TEST", "1"))


@leak(1)
def noise(close):
    return close + np.random.normal(size=close.shape)


@leak(1)
def noise_by_day(close):
    return close * (1 + random.random() / 1e3)


@leak(1)
def noise_with_a_common_seed(close):
    np.random.seed(0)
    return close * (1 + np.random.rand(*close.shape))


@leak(5)
def forest_without_a_seed(close):
    x = np.nan_to_num(close)
    return RandomForestRegressor(3).fit(x, x).predict(x)


@leak(1)
def by_hash_of_a_text(close):
    return close * (hash("AAPL") % 7)


@leak(1)
def level_of_a_sibling(close):
    """A constant that another module of the project computes from data."""
    return close / research_levels.MEAN


@leak(1)
def level_imported_by_name(close):
    return close / LEVEL


@leak(1)
def half_level_imported_inside(close):
    from fakes.research_levels import HALF

    return close - HALF


@leak(1)
def edges_of_a_sibling(close):
    return np.digitize(close, research_levels.EDGES).astype(float)


@leak(1)
def helper_of_a_sibling(close):
    return against_the_mean(close)


@leak(1)
def class_of_a_sibling(close):
    return close / research_levels.Levels.top


@leak(1)
def renamed_reader(close):
    from pandas import read_csv as table

    return close / table("held-out.csv").to_numpy()[-1].mean()


@leak(1)
def renamed_numpy_reader(close):
    from numpy import loadtxt as numbers

    return close / numbers("held-out.txt", skiprows=1)


# -- honest -----------------------------------------------------------------------------------------------------------


@honest(14)
def relative_strength(close):
    """Cutler's RSI."""
    move = pd.DataFrame(close).diff()
    up, down = move.clip(lower=0).rolling(13).mean(), (-move.clip(upper=0)).rolling(13).mean()
    return (100 - 100 / (1 + up / down)).to_numpy()


@honest(14)
def average_true_range(high, low, close):
    before = pd.DataFrame(close).shift(1).to_numpy()
    true = np.fmax(high, before) - np.fmin(low, before)
    return pd.DataFrame(true).rolling(13).mean().to_numpy() / close


@honest(20)
def percent_b(close):
    frame = pd.DataFrame(close)
    mean, deviation = frame.rolling(20).mean(), frame.rolling(20).std()
    return ((frame - mean + 2 * deviation) / (4 * deviation)).to_numpy()


@honest(14)
def stochastic(high, low, close):
    top, bottom = pd.DataFrame(high).rolling(14).max(), pd.DataFrame(low).rolling(14).min()
    return ((close - bottom) / (top - bottom)).to_numpy()


@honest(20)
def donchian_break(high, close):
    top = pd.DataFrame(high).shift(1).rolling(19).max()
    return (pd.DataFrame(close) > top).astype(float).to_numpy()


@honest(20)
def commodity_channel(high, low, close):
    typical = pd.DataFrame((high + low + close) / 3)
    mean = typical.rolling(20).mean()
    spread = typical.rolling(20).apply(lambda x: np.abs(x - x.mean()).mean(), raw=True)
    return ((typical - mean) / (0.015 * spread)).to_numpy()


@honest(15)
def money_flow(high, low, close, volume):
    typical = pd.DataFrame((high + low + close) / 3)
    flow = typical * volume
    up = flow.where(typical.diff() > 0, 0.0).rolling(14).sum()
    down = flow.where(typical.diff() < 0, 0.0).rolling(14).sum()
    return (up / (up + down)).to_numpy()


@honest(11)
def balance_of_volume(close, volume):
    side = np.sign(pd.DataFrame(close).diff())
    return (side * volume).rolling(10).sum().to_numpy()


@honest(20)
def weighted_average_price(close, volume):
    money = pd.DataFrame(close * volume).rolling(20).sum()
    return (money / pd.DataFrame(volume).rolling(20).sum()).to_numpy() / close


@honest(20)
def parkinson(high, low):
    return np.sqrt(pd.DataFrame(np.log(high / low) ** 2).rolling(20).mean().to_numpy() / (4 * math.log(2)))


@honest(20)
def garman_klass(open, high, low, close):
    one = 0.5 * np.log(high / low) ** 2 - (2 * math.log(2) - 1) * np.log(close / open) ** 2
    return pd.DataFrame(one).rolling(20, min_periods=10).mean().to_numpy()


@honest(21)
def amihud_of_twenty(close, volume):
    move = pd.DataFrame(close).pct_change(fill_method=None).abs()
    return (move / (close * volume)).rolling(20, min_periods=5).mean().to_numpy() * 1e6


@honest(12)
def roll_spread(close):
    move = pd.DataFrame(close).diff()
    before = move.shift(1)
    both = (move * before).rolling(10).mean() - move.rolling(10).mean() * before.rolling(10).mean()
    return (2 * np.sqrt(np.clip(-both, 0, None))).to_numpy()


@honest(7)
def swing_confirmed_later(high):
    top = pd.DataFrame(high).rolling(7).max()
    return (pd.DataFrame(high).shift(3) == top).astype(float).to_numpy()


@honest(3)
def gap_known_at_its_third_bar(high, low):
    before = pd.DataFrame(high).shift(2).to_numpy()
    return np.where(low > before, low - before, 0.0)


@honest(30)
def exponential_of_a_window(close):
    weights = 0.9 ** np.arange(30)[::-1]
    out = np.full_like(close, np.nan)
    if len(close) >= 30:
        out[29:] = sliding_window_view(close, 30, axis=0) @ (weights / weights.sum())
    return out


@honest(20)
def trend_of_a_window(close):
    at = np.arange(20) - 9.5
    return pd.DataFrame(np.log(close)).rolling(20).apply(lambda y: at @ y / (at @ at), raw=True).to_numpy()


@honest(10)
def rank_in_its_window(volume):
    return pd.DataFrame(volume).rolling(10).rank(pct=True).to_numpy()


@honest(1)
def normal_scores_of_the_day(volume):
    out = np.full_like(volume, np.nan)
    for t, row in enumerate(volume):
        there = np.isfinite(row)
        out[t, there] = rankdata(row[there]) / (there.sum() + 1)
    return out


@honest(2)
def residual_to_the_market(close):
    move = np.full_like(close, np.nan)
    move[1:] = close[1:] / close[:-1] - 1
    return move - np.nanmean(move, axis=1, keepdims=True)


@honest(1)
def neutral_to_volume(close, volume):
    out = np.full_like(close, np.nan)
    for t in range(len(close)):
        x, y = np.log1p(volume[t]), np.log1p(close[t])
        there = np.isfinite(x) & np.isfinite(y)
        if there.sum() > 3:
            design = np.column_stack([np.ones(there.sum()), x[there]])
            out[t, there] = y[there] - design @ np.linalg.lstsq(design, y[there], rcond=None)[0]
    return out


@honest(1)
def min_max_of_the_day(close):
    return MinMaxScaler().fit_transform(close.T).T


@honest(20)
def scaled_in_its_window(close):
    out = np.full_like(close, np.nan)
    for t in range(19, len(close)):
        out[t] = StandardScaler().fit_transform(close[t - 19 : t + 1])[-1]
    return out


@honest(20)
def component_of_the_window(close):
    out = np.full_like(close, np.nan)
    for t in range(19, len(close)):
        move = np.nan_to_num(np.diff(np.log(close[t - 19 : t + 1]), axis=0))
        move -= move.mean(axis=0)
        vector = np.linalg.svd(move, full_matrices=False)[2][0]
        out[t] = np.abs(vector)
    return out


@honest(6)
def filled_for_three(close):
    return pd.DataFrame(close).ffill(limit=3).pct_change(2, fill_method=None).to_numpy()


@honest(10)
def known_share(close):
    return pd.DataFrame(close).notna().rolling(10).mean().to_numpy()


@honest(5)
def turnover_surprise(volume):
    logs = np.log1p(pd.DataFrame(volume))
    return (logs - logs.rolling(5).median()).to_numpy()


@honest(10)
def maximum_drawdown(close):
    out = np.full_like(close, np.nan)
    for t in range(9, len(close)):
        part = close[t - 9 : t + 1]
        out[t] = (part / np.maximum.accumulate(part, axis=0)).min(axis=0) - 1
    return out


@honest(20)
def semi_deviation(close):
    move = pd.DataFrame(close).pct_change(fill_method=None).clip(upper=0)
    return (move**2).rolling(19, min_periods=10).mean().to_numpy() ** 0.5


@numba.njit
def _streak(x):
    out = np.zeros_like(x)
    for t in range(1, x.shape[0]):
        for j in range(x.shape[1]):
            n = 0.0
            while n < 4 and t - n >= 1 and x[int(t - n), j] > x[int(t - n - 1), j]:
                n += 1
            out[t, j] = n
    return out


@honest(5)
def streak(close):
    return _streak(np.ascontiguousarray(close))


@honest(5)
def settings_of_a_dataclass(close):
    frame = pd.DataFrame(close)
    return (frame.rolling(SETTINGS.fast).mean() / frame.rolling(SETTINGS.slow).mean()).to_numpy()


@honest(5)
def settings_made_inside(close):
    settings = Settings(fast=2)
    return pd.DataFrame(close).rolling(settings.fast).mean().to_numpy() * settings.ratio


@honest(3)
def settings_of_a_module(close):
    return close * research_settings.SETTINGS.weights[0]


@honest(1)
def side_of_an_enumeration(close):
    return close * Side.SHORT.value


@honest(1)
def level_of_an_enumeration(close):
    return np.where(close > 50, float(Level.HIGH), float(Level.LOW))


@honest(5)
def named_tuple(close):
    frame = pd.DataFrame(close)
    return (frame.rolling(PAIR.fast).mean() - frame.rolling(PAIR.slow).mean()).to_numpy()


@honest(5)
def named_tuple_made_inside(close):
    pair = Pair(2, 5)
    return pd.DataFrame(close).rolling(pair.slow).mean().to_numpy() * pair.fast


@honest(5)
def constants_of_a_class(close):
    return pd.DataFrame(close).diff(Periods.LONG).to_numpy() / Periods.SHORT


@honest(1)
def a_date_that_is_written(close):
    return close * (SINCE - date(2000, 1, 1)).days


@honest(1)
def a_timestamp_that_is_written(close):
    return close * (pd.Timestamp("2020-01-01") - pd.Timestamp("2019-01-01")).days


@honest(4)
def a_span(close):
    frame = pd.DataFrame(close)
    return sum(frame.diff(n) for n in SPAN).to_numpy()


@honest(5)
def weights_kept_by_a_cache(close):
    out = np.full_like(close, np.nan)
    if len(close) >= 5:
        out[4:] = sliding_window_view(close, 5, axis=0) @ np.array(decay(5))
    return out


@honest(5)
def constant_of_a_sibling(close):
    return close * research_levels.YEAR + research_levels.ROOT


@honest(5)
def helper_of_a_sibling_without_data(close):
    return research_levels.by_the_year(close)


@honest(2)
def reduced(close):
    return functools.reduce(np.add, [close, close]) / 2


@honest(5)
def timed(close):
    """Times itself, and gives nothing of it."""
    began = time.perf_counter()
    value = pd.DataFrame(close).rolling(5).mean().to_numpy()
    if time.perf_counter() < began:
        raise RuntimeError("time ran backwards")
    return value
