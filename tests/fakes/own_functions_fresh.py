"""A second set after public threads, written from other ones and run on the probe once it was mended: what it finds is the figure to quote.

Each leak names the thread or the library that its kind was reported in. ``LEAKS`` and ``HONEST`` hold (function, window).
"""

# ruff: noqa: A002, DTZ003, DTZ005, DTZ007 - names of fields, and what is wrong is the case

from __future__ import annotations

import itertools
import math
import operator
import statistics
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import median_filter, shift, uniform_filter1d
from scipy.signal import find_peaks, hilbert, lfilter
from scipy.stats import zscore
from sklearn.cluster import KMeans
from sklearn.decomposition import FastICA
from sklearn.ensemble import IsolationForest
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import HuberRegressor
from sklearn.preprocessing import KBinsDiscretizer, RobustScaler

from fakes import research_levels as levels
from fakes import research_settings as settings
from fakes.research_settings import Loose, Settings, Side

Own = Callable[..., Any]
LEAKS: list[tuple[Own, int]] = []
HONEST: list[tuple[Own, int]] = []
TABLE = pd.DataFrame({"close": [48.0, 52.0, 51.0]})
TYPICAL = TABLE.close.median()
STARTED = datetime.now().toordinal()
HALF_LIFE = 3.0
WEIGHTS = tuple(0.5 ** (age / HALF_LIFE) for age in range(6))
CENT = Decimal("0.01")
THIRD = Fraction(1, 3)
CRASH = pd.Timestamp("2020-03-16")


def leak(window: int) -> Callable[[Own], Own]:
    return lambda f: LEAKS.append((f, window)) or f


def honest(window: int) -> Callable[[Own], Own]:
    return lambda f: HONEST.append((f, window)) or f


# -- leaks: sessions ahead and from both sides ------------------------------------------------------------------------


@leak(2)
def announcement_return(close):
    """OpenSourceAP/CrossSection#158: the two sessions after the event are part of it."""
    logs = pd.DataFrame(np.log(close))
    return (logs.shift(-2) - logs.shift(1)).to_numpy()


@leak(2)
def rolled_without_an_axis(close):
    """np.roll over the flat array: the last name gets the first one's next session."""
    return np.roll(close, -1) / close


@leak(3)
def moved_by_scipy(close):
    return shift(np.nan_to_num(close), (-1, 0), order=0, mode="nearest") / close


@leak(2)
def change_of_the_wrong_sign(close):
    """freqtrade/freqtrade#9240: pct_change over -1."""
    return pd.DataFrame(close).pct_change(-1, fill_method=None).to_numpy()


@leak(3)
def difference_appended(close):
    return np.diff(close, axis=0, append=close[-1:])


@leak(7)
def median_of_both_sides(close):
    return median_filter(close, size=(5, 1), mode="nearest")


@leak(7)
def box_of_both_sides(close):
    return uniform_filter1d(np.nan_to_num(close), 5, axis=0, mode="nearest")


@leak(9)
def phase(close):
    """A Hilbert transform is made of the whole signal."""
    return np.angle(hilbert(np.nan_to_num(close), axis=0))


@leak(11)
def peaks_that_stand_out(high):
    """The prominence of a peak depends on what comes after it."""
    out = np.zeros_like(high)
    for j in range(high.shape[1]):
        at, _ = find_peaks(np.nan_to_num(high[:, j]), prominence=2.0)
        out[at, j] = 1.0
    return out


@leak(6)
def stop_redrawn(high, low):
    """ta4j/ta4j-wiki#16: earlier values change as bars are added."""
    out = np.minimum.accumulate(np.nan_to_num(low, nan=np.inf)[::-1], axis=0)[::-1]
    return np.where(np.isfinite(out), high - out, np.nan)


@leak(5)
def averaged_backwards(close):
    return pd.DataFrame(close[::-1]).ewm(span=4).mean().to_numpy()[::-1]


@leak(3)
def forward_filled_upside_down(close):
    """freqtrade/technical#238: bfill, written as a fill of the reversed frame."""
    return pd.DataFrame(close).iloc[::-1].ffill(limit=2).iloc[::-1].to_numpy()


@leak(10)
def next_rebalance(close):
    """The price of the coming rebalance, every tenth session."""
    out = np.array(close)
    for t in range(len(close)):
        at = (t // 10 + 1) * 10
        out[t] = close[at] if at < len(close) else np.nan
    return out


# -- leaks: the whole sample ------------------------------------------------------------------------------------------


@leak(1)
def price_against_the_session_vwap(close, volume):
    """freqtrade/freqtrade#5728: qtpylib.vwap over the whole time range."""
    traded = np.nansum(close * volume, axis=0) / np.nansum(volume, axis=0)
    return close / traded


@leak(1)
def filled_by_the_mean_of_all(close):
    """dhopp1/nowcast_lstm#13: np.nanmean of the series."""
    return np.where(np.isnan(close), np.nanmean(close, axis=0), close)


@leak(1)
def filled_by_neighbours(close):
    """scikit-learn/scikit-learn#18426: KNNImputer on all rows."""
    return KNNImputer(n_neighbors=3, keep_empty_features=True).fit_transform(close)


@leak(1)
def filled_by_an_imputer(volume):
    return SimpleImputer(strategy="median", keep_empty_features=True).fit_transform(volume)


@leak(1)
def last_row_for_all(close):
    """freqtrade/freqtrade#12168: iloc[-1] in a backtest."""
    last = pd.DataFrame(close).iloc[-1].to_numpy()
    return last / close


@leak(1)
def bins_of_all_sessions(volume):
    """KBinsDiscretizer fitted on what it transforms."""
    known = np.nan_to_num(volume)
    return KBinsDiscretizer(4, encode="ordinal", strategy="quantile").fit_transform(known)


@leak(1)
def scores_of_scipy(volume):
    """Z-scores over axis 0: down the sessions."""
    return zscore(volume, axis=0, nan_policy="omit")


@leak(1)
def robust(close):
    return RobustScaler().fit_transform(close)


@leak(1)
def outlier_of_the_sample(close):
    """An isolation forest over all sessions of all names."""
    known = np.nan_to_num(close).reshape(-1, 1)
    return (
        IsolationForest(n_estimators=20, random_state=0).fit(known).score_samples(known).reshape(close.shape)
    )


@leak(3)
def cluster_of_sessions(close):
    move = np.zeros_like(close)
    move[1:] = np.nan_to_num(close[1:] / close[:-1] - 1)
    label = KMeans(3, random_state=0, n_init=2).fit_predict(move)
    return label[:, None] * np.ones_like(close)


@leak(2)
def independent_component(close):
    move = np.zeros_like(close)
    move[1:] = np.nan_to_num(close[1:] / close[:-1] - 1)
    one = FastICA(1, random_state=0).fit_transform(move)
    return one * np.ones_like(close)


@leak(1)
def isotonic_trend(close):
    at = np.arange(len(close))
    columns = [IsotonicRegression().fit_transform(at, c) for c in np.nan_to_num(close).T]
    return close - np.column_stack(columns)


@leak(1)
def robust_line(close):
    at = np.arange(len(close))[:, None]
    fitted = [HuberRegressor().fit(at, c).predict(at) if len(c) > 2 else c for c in np.nan_to_num(close).T]
    return close - np.column_stack(fitted)


@leak(1)
def share_of_the_way(close):
    """A clock by the length of the batch."""
    return close * np.linspace(0, 1, len(close))[:, None]


@leak(6)
def sign_by_what_worked(close):
    """The sign of a factor chosen by its own correlation with returns to come."""
    past = pd.DataFrame(close).pct_change(5, fill_method=None).to_numpy()
    ahead = np.vstack([past[5:], np.full((min(5, len(past)), past.shape[1]), np.nan)])[: len(past)]
    both = np.isfinite(past) & np.isfinite(ahead)
    worked = np.corrcoef(past[both], ahead[both])[0, 1] if both.sum() > 2 else 0.0
    return past * np.sign(worked)


@leak(1)
def names_that_will_trade(close, volume):
    """f1xgun/finalayze#196: those that are traded at the end."""
    return np.where(np.isfinite(volume[-3:]).any(axis=0), close, np.nan)


@leak(1)
def duplicate_kept_last(close):
    """drop_duplicates(keep="last"): a price that comes again is missing until then."""
    frame = pd.DataFrame(close).round(0)
    return frame.apply(lambda c: c.where(~c.duplicated(keep="last"))).to_numpy()


@leak(1)
def place_in_the_sorted_sample(close):
    ranks = np.sort(np.nan_to_num(close).ravel())
    return np.searchsorted(ranks, close) / ranks.size


# -- leaks: what is not an input --------------------------------------------------------------------------------------


@leak(1)
def reader_by_another_name(close):
    table = pd.read_parquet
    return close / table("held-out.parquet").to_numpy()[-1].mean()


@leak(1)
def reader_handed_on(close):
    return close / sum(map(np.load, ["held-out.npy"]))


@leak(1)
def reader_made_partial(close):
    return close / partial(np.loadtxt, skiprows=1)("held-out.txt")


@leak(1)
def reader_by_getattr(close):
    return close / getattr(pd, "read_csv")("held-out.csv").to_numpy()[-1].mean()  # noqa: B009 - the case


@leak(1)
def typical_of_a_table(close):
    return close / TYPICAL


@leak(1)
def since_the_notebook_began(close):
    return close * (STARTED - 737000)


@leak(1)
def typical_through_a_default(close, *, typical=levels.MEAN):
    return close / typical


@leak(1)
def class_that_holds_a_level(close):
    return np.minimum(close, levels.Levels.top)


@leak(1)
def day_by_strftime(close):
    return close * float(time.strftime("%j"))


@leak(1)
def day_of_an_imported_class(close):
    from datetime import datetime as clock

    return close * clock.utcnow().day


@leak(1)
def drawn_by_uuid(close):
    return close * (uuid.uuid4().int % 7)


@leak(1)
def generator_without_a_seed(close):
    return close + np.random.default_rng().normal(size=close.shape)


@leak(1)
def vendor(close):
    """TauricResearch/TradingAgents#1163: a live snapshot."""
    import yfinance as yf

    return close / yf.Ticker("SPY").info["fiftyDayAverage"]


# -- honest -----------------------------------------------------------------------------------------------------------


@honest(27)
def aroon(high, low):
    n = 25
    up = pd.DataFrame(high).rolling(n + 1).apply(lambda x: x[::-1].argmax(), raw=True)
    down = pd.DataFrame(low).rolling(n + 1).apply(lambda x: x[::-1].argmin(), raw=True)
    return ((down - up) / n).to_numpy()


@honest(20)
def chaikin(high, low, close, volume):
    place = ((close - low) - (high - close)) / (high - low)
    flow = pd.DataFrame(place * volume)
    return (flow.rolling(20).sum() / pd.DataFrame(volume).rolling(20).sum()).to_numpy()


@honest(16)
def triple_smoothed(close):
    x = pd.DataFrame(np.log(close))
    for _ in range(3):
        x = x.rolling(5).mean()
    return x.diff().to_numpy()


@honest(21)
def rogers_satchell(open, high, low, close):
    one = np.log(high / close) * np.log(high / open) + np.log(low / close) * np.log(low / open)
    return pd.DataFrame(one).rolling(21).mean().clip(lower=0).to_numpy() ** 0.5


@honest(3)
def corwin_schultz(high, low):
    beta = pd.DataFrame(np.log(high / low) ** 2).rolling(2).sum().to_numpy()
    top, bottom = pd.DataFrame(high).rolling(2).max(), pd.DataFrame(low).rolling(2).min()
    gamma = np.log((top / bottom).to_numpy()) ** 2
    k = 3 - 2 * math.sqrt(2)
    alpha = (np.sqrt(2 * beta) - np.sqrt(beta)) / k - np.sqrt(gamma / k)
    return 2 * (np.exp(alpha) - 1) / (1 + np.exp(alpha))


@honest(2)
def overnight(open, close):
    out = np.full_like(close, np.nan)
    out[1:] = open[1:] / close[:-1] - 1
    return out


@honest(1)
def intraday(open, close):
    return close / open - 1


@honest(10)
def efficiency_ratio(close):
    frame = pd.DataFrame(close)
    return (frame.diff(9).abs() / frame.diff().abs().rolling(9).sum()).to_numpy()


@honest(22)
def lottery(close):
    move = pd.DataFrame(close).pct_change(fill_method=None)
    return move.rolling(21).apply(lambda x: np.sort(x)[-5:].mean(), raw=True).to_numpy()


@honest(22)
def skewness(close):
    move = pd.DataFrame(close).pct_change(fill_method=None)
    views = move.rolling(21)
    return ((views.mean() - views.median()) / views.std()).to_numpy()


@honest(11)
def price_and_volume(close, volume):
    return pd.DataFrame(close).rolling(11).corr(pd.DataFrame(volume)).to_numpy()


@honest(6)
def finite_filter(close):
    return lfilter([0.4, 0.3, 0.2, 0.1], [1.0], np.nan_to_num(close), axis=0)


@honest(6)
def by_half_lives(close):
    out = np.full_like(close, np.nan)
    if len(close) >= 6:
        out[5:] = sliding_window_view(close, 6, axis=0)[..., ::-1] @ np.array(WEIGHTS)
    return out


@honest(5)
def moved_forward_by_scipy(close):
    return close / shift(close, (4, 0), order=0, cval=np.nan)


@honest(5)
def median_of_the_past(close):
    return median_filter(np.nan_to_num(close), size=(5, 1), origin=(2, 0), mode="constant")


@honest(1)
def imputed_across_names(close):
    return SimpleImputer(strategy="mean", keep_empty_features=True).fit_transform(close.T).T


@honest(1)
def robust_across_names(volume):
    return RobustScaler().fit_transform(volume.T).T


@honest(1)
def scores_of_the_day(volume):
    return zscore(volume, axis=1, nan_policy="omit")


@honest(1)
def bins_by_rank(volume):
    return np.floor(pd.DataFrame(volume).rank(axis=1, pct=True).to_numpy() * 4.999)


@honest(1)
def sorted_and_put_back(close):
    order = np.argsort(np.argsort(np.nan_to_num(close), axis=1), axis=1)
    return order / close.shape[1]


@honest(5)
def rows_by_a_deque(close):
    held: deque[Any] = deque(maxlen=5)
    out = []
    for row in close:
        held.append(row)
        out.append(np.median(np.array(held), axis=0) if len(held) == 5 else np.full(len(row), np.nan))
    return np.array(out)


@honest(4)
def statistics_of_python(close):
    out = np.full_like(close, np.nan)
    for t in range(3, len(close)):
        for j in range(close.shape[1]):
            part = close[t - 3 : t + 1, j]
            if np.isfinite(part).all():
                out[t, j] = statistics.median(part.tolist())
    return out


@honest(3)
def counted(close):
    up = np.sign(pd.DataFrame(close).diff()).to_numpy()
    out = np.full_like(close, np.nan)
    for t in range(2, len(close)):
        for j in range(close.shape[1]):
            out[t, j] = Counter(up[t - 1 : t + 1, j].tolist())[1.0]
    return out


@honest(2)
def by_operators(close):
    moves = itertools.starmap(operator.sub, itertools.pairwise(close))
    return np.vstack([np.full((1, close.shape[1]), np.nan), *moves])


@honest(1)
def rounded_to_cents(close):
    return np.round(close / float(CENT)) * float(CENT)


@honest(1)
def by_a_third(close):
    return close ** float(THIRD)


@honest(1)
def days_to_a_crash_that_is_written(close):
    return close * CRASH.day_of_week


@honest(5)
def by_a_dataclass_with_a_property(close):
    return pd.DataFrame(close).rolling(settings.SETTINGS.slow).mean().to_numpy() * settings.SETTINGS.ratio


@honest(3)
def by_a_dataclass_that_can_change_made_inside(close):
    loose = Loose()
    loose.fast = 2
    return pd.DataFrame(close).rolling(loose.fast).mean().to_numpy()


@honest(1)
def by_all_members(close):
    return close * sum(side.value for side in Side) + 1.0


@honest(3)
def by_weights_of_a_dataclass(close):
    weights = np.array(Settings().weights)
    out = np.full_like(close, np.nan)
    if len(close) >= 3:
        out[2:] = sliding_window_view(close, 3, axis=0) @ weights
    return out


@honest(1)
def seeded_projection(close):
    weights = np.random.default_rng(11).normal(size=8)
    return close * weights[:4].sum()


@honest(1)
def seeded_forest_of_the_day(close, volume):
    """Outliers among the names of one session."""
    out = np.full_like(close, np.nan)
    for t in range(len(close)):
        row = np.column_stack([np.nan_to_num(close[t]), np.nan_to_num(volume[t])])
        out[t] = row[:, 0] - np.median(row[:, 0])
    return out


@honest(1)
def parsed_date(close):
    from datetime import datetime as clock

    return close * clock.strptime("2020-01-01", "%Y-%m-%d").month


@honest(10)
def regression_of_the_window(close, volume):
    out = np.full_like(close, np.nan)
    for t in range(9, len(close)):
        x, y = volume[t - 9 : t + 1], close[t - 9 : t + 1]
        x = x - x.mean(axis=0)
        out[t] = (x * (y - y.mean(axis=0))).sum(axis=0) / (x * x).sum(axis=0)
    return out
