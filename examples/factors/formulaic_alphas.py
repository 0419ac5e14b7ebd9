"""The 101 Formulaic Alphas (Kakushadze 2016, arXiv:1601.00991) as expressions: ``ALPHAS[41]`` is Alpha#41.

Above each stands the paper's formula. What the paper leaves open is read as follows; ``docs/reference/formulaic-alphas.md`` has
the agreement with an independent implementation, also under its readings:

* ``rank`` and ``ts_rank`` are ``r / n`` with average ties, above 0 and up to 1. WorldQuant's run from 0 to 1.
* ``stddev`` and ``covariance`` have ddof=1; ``correlation`` is missing where a deviation is 0.
* ``ts_argmax`` and ``ts_argmin`` count sessions back: 0 is today.
* ``decay_linear`` weighs today most. A value missing in any window is missing in the result; nothing is filled.
* ``delay(x, d)`` and ``delta(x, d)`` look d sessions back; a number of days that is not whole is rounded down, as the paper says.
* ``indneutralize(x, g)`` is ``x`` less its group's mean; ``min`` and ``max`` of two expressions are missing where either is.
* ``adv{d}`` is the mean of close times volume, in dollars, also where it is compared with a number of shares (Alpha#7).
* ``vwap``, ``sector``, ``industry`` and ``sub_industry`` are the panel's own; where it has no vwap, derive one, such as
  ``(high + low + close) / 3``.
"""

from __future__ import annotations

from alpha_bench import Expr, cs, data, features, group, if_else, ts

open_, high, low, close, volume, vwap = data.open, data.high, data.low, data.close, data.volume, data.vwap
sector, industry, sub_industry = data.sector, data.industry, data.sub_industry
returns = features.ret(1)
cap = data.close * data.shares_outstanding
adv = features.adv


def signed_power(x: Expr, power: Expr | float) -> Expr:
    """``|x| ** power`` with the sign of ``x``."""
    return x.sign() * abs(x) ** power


change = ts.delta(close, 1)
bend = (ts.lag(close, 20) - ts.lag(close, 10)) / 10 - (ts.lag(close, 10) - close) / 10
place = ((close - low) - (high - close)) / (high - low)  # of the close between low and high, -1 to 1
spread = (high - low) / (ts.sum(close, 5) / 5)
middle = (high + low) / 2

ALPHAS: dict[int, Expr] = {}


# 1: (rank(Ts_ArgMax(SignedPower(((returns < 0) ? stddev(returns, 20) : close), 2.), 5)) - 0.5)
ALPHAS[1] = cs.rank(ts.argmax(signed_power(if_else(returns < 0, ts.std(returns, 20), close), 2.0), 5)) - 0.5

# 2: (-1 * correlation(rank(delta(log(volume), 2)), rank(((close - open) / open)), 6))
ALPHAS[2] = -ts.corr(cs.rank(ts.delta(volume.log(), 2)), cs.rank((close - open_) / open_), 6)

# 3: (-1 * correlation(rank(open), rank(volume), 10))
ALPHAS[3] = -ts.corr(cs.rank(open_), cs.rank(volume), 10)

# 4: (-1 * Ts_Rank(rank(low), 9))
ALPHAS[4] = -ts.rank(cs.rank(low), 9)

# 5: (rank((open - (sum(vwap, 10) / 10))) * (-1 * abs(rank((close - vwap)))))
ALPHAS[5] = cs.rank(open_ - ts.sum(vwap, 10) / 10) * -abs(cs.rank(close - vwap))

# 6: (-1 * correlation(open, volume, 10))
ALPHAS[6] = -ts.corr(open_, volume, 10)

# 7: ((adv20 < volume) ? ((-1 * ts_rank(abs(delta(close, 7)), 60)) * sign(delta(close, 7))) : (-1 * 1))
ALPHAS[7] = if_else(adv(20) < volume, -ts.rank(abs(ts.delta(close, 7)), 60) * ts.delta(close, 7).sign(), -1)

# 8: (-1 * rank(((sum(open, 5) * sum(returns, 5)) - delay((sum(open, 5) * sum(returns, 5)), 10))))
ALPHAS[8] = -cs.rank(ts.sum(open_, 5) * ts.sum(returns, 5) - ts.lag(ts.sum(open_, 5) * ts.sum(returns, 5), 10))

# 9: ((0 < ts_min(delta(close, 1), 5)) ? delta(close, 1) : ((ts_max(delta(close, 1), 5) < 0) ? delta(close, 1) : (-1
#     * delta(close, 1))))
ALPHAS[9] = if_else(0 < ts.min(change, 5), change, if_else(ts.max(change, 5) < 0, change, -change))

# 10: rank(((0 < ts_min(delta(close, 1), 4)) ? delta(close, 1) : ((ts_max(delta(close, 1), 4) < 0) ? delta(close, 1)
#     : (-1 * delta(close, 1)))))
ALPHAS[10] = cs.rank(if_else(0 < ts.min(change, 4), change, if_else(ts.max(change, 4) < 0, change, -change)))

# 11: ((rank(ts_max((vwap - close), 3)) + rank(ts_min((vwap - close), 3))) * rank(delta(volume, 3)))
ALPHAS[11] = (cs.rank(ts.max(vwap - close, 3)) + cs.rank(ts.min(vwap - close, 3))) * cs.rank(ts.delta(volume, 3))

# 12: (sign(delta(volume, 1)) * (-1 * delta(close, 1)))
ALPHAS[12] = ts.delta(volume, 1).sign() * -ts.delta(close, 1)

# 13: (-1 * rank(covariance(rank(close), rank(volume), 5)))
ALPHAS[13] = -cs.rank(ts.cov(cs.rank(close), cs.rank(volume), 5))

# 14: ((-1 * rank(delta(returns, 3))) * correlation(open, volume, 10))
ALPHAS[14] = -cs.rank(ts.delta(returns, 3)) * ts.corr(open_, volume, 10)

# 15: (-1 * sum(rank(correlation(rank(high), rank(volume), 3)), 3))
ALPHAS[15] = -ts.sum(cs.rank(ts.corr(cs.rank(high), cs.rank(volume), 3)), 3)

# 16: (-1 * rank(covariance(rank(high), rank(volume), 5)))
ALPHAS[16] = -cs.rank(ts.cov(cs.rank(high), cs.rank(volume), 5))

# 17: (((-1 * rank(ts_rank(close, 10))) * rank(delta(delta(close, 1), 1))) * rank(ts_rank((volume / adv20), 5)))
ALPHAS[17] = (
    -cs.rank(ts.rank(close, 10)) * cs.rank(ts.delta(ts.delta(close, 1), 1)) * cs.rank(ts.rank(volume / adv(20), 5))
)

# 18: (-1 * rank(((stddev(abs((close - open)), 5) + (close - open)) + correlation(close, open, 10))))
ALPHAS[18] = -cs.rank(ts.std(abs(close - open_), 5) + (close - open_) + ts.corr(close, open_, 10))

# 19: ((-1 * sign(((close - delay(close, 7)) + delta(close, 7)))) * (1 + rank((1 + sum(returns, 250)))))
ALPHAS[19] = -(close - ts.lag(close, 7) + ts.delta(close, 7)).sign() * (1 + cs.rank(1 + ts.sum(returns, 250)))

# 20: (((-1 * rank((open - delay(high, 1)))) * rank((open - delay(close, 1)))) * rank((open - delay(low, 1))))
ALPHAS[20] = -cs.rank(open_ - ts.lag(high, 1)) * cs.rank(open_ - ts.lag(close, 1)) * cs.rank(open_ - ts.lag(low, 1))

# 21: ((((sum(close, 8) / 8) + stddev(close, 8)) < (sum(close, 2) / 2)) ? (-1 * 1) : (((sum(close, 2) / 2) <
#     ((sum(close, 8) / 8) - stddev(close, 8))) ? 1 : (((1 < (volume / adv20)) || ((volume / adv20) == 1)) ? 1 : (-1
#     * 1))))
ALPHAS[21] = if_else(
    ts.sum(close, 8) / 8 + ts.std(close, 8) < ts.sum(close, 2) / 2,
    -1,
    if_else(ts.sum(close, 2) / 2 < ts.sum(close, 8) / 8 - ts.std(close, 8), 1, if_else(1 <= volume / adv(20), 1, -1)),
)

# 22: (-1 * (delta(correlation(high, volume, 5), 5) * rank(stddev(close, 20))))
ALPHAS[22] = -(ts.delta(ts.corr(high, volume, 5), 5) * cs.rank(ts.std(close, 20)))

# 23: (((sum(high, 20) / 20) < high) ? (-1 * delta(high, 2)) : 0)
ALPHAS[23] = if_else(ts.sum(high, 20) / 20 < high, -ts.delta(high, 2), 0)

# 24: ((((delta((sum(close, 100) / 100), 100) / delay(close, 100)) < 0.05) || ((delta((sum(close, 100) / 100), 100)
#     / delay(close, 100)) == 0.05)) ? (-1 * (close - ts_min(close, 100))) : (-1 * delta(close, 3)))
ALPHAS[24] = if_else(
    ts.delta(ts.sum(close, 100) / 100, 100) / ts.lag(close, 100) <= 0.05,
    -(close - ts.min(close, 100)),
    -ts.delta(close, 3),
)

# 25: rank(((((-1 * returns) * adv20) * vwap) * (high - close)))
ALPHAS[25] = cs.rank(-returns * adv(20) * vwap * (high - close))

# 26: (-1 * ts_max(correlation(ts_rank(volume, 5), ts_rank(high, 5), 5), 3))
ALPHAS[26] = -ts.max(ts.corr(ts.rank(volume, 5), ts.rank(high, 5), 5), 3)

# 27: ((0.5 < rank((sum(correlation(rank(volume), rank(vwap), 6), 2) / 2.0))) ? (-1 * 1) : 1)
ALPHAS[27] = if_else(0.5 < cs.rank(ts.sum(ts.corr(cs.rank(volume), cs.rank(vwap), 6), 2) / 2.0), -1, 1)

# 28: scale(((correlation(adv20, low, 5) + ((high + low) / 2)) - close))
ALPHAS[28] = cs.scale(ts.corr(adv(20), low, 5) + middle - close)

# 29: (min(product(rank(rank(scale(log(sum(ts_min(rank(rank((-1 * rank(delta((close - 1), 5))))), 2), 1))))), 1), 5)
#     + ts_rank(delay((-1 * returns), 6), 5))
ALPHAS[29] = ts.min(
    ts.product(
        cs.rank(cs.rank(cs.scale(ts.sum(ts.min(cs.rank(cs.rank(-cs.rank(ts.delta(close - 1, 5)))), 2), 1).log()))), 1
    ),
    5,
) + ts.rank(ts.lag(-returns, 6), 5)

# 30: (((1.0 - rank(((sign((close - delay(close, 1))) + sign((delay(close, 1) - delay(close, 2)))) +
#     sign((delay(close, 2) - delay(close, 3)))))) * sum(volume, 5)) / sum(volume, 20))
ALPHAS[30] = (
    (
        1.0
        - cs.rank(
            (close - ts.lag(close, 1)).sign()
            + (ts.lag(close, 1) - ts.lag(close, 2)).sign()
            + (ts.lag(close, 2) - ts.lag(close, 3)).sign()
        )
    )
    * ts.sum(volume, 5)
    / ts.sum(volume, 20)
)

# 31: ((rank(rank(rank(decay_linear((-1 * rank(rank(delta(close, 10)))), 10)))) + rank((-1 * delta(close, 3)))) +
#     sign(scale(correlation(adv20, low, 12))))
ALPHAS[31] = (
    cs.rank(cs.rank(cs.rank(ts.decay_linear(-cs.rank(cs.rank(ts.delta(close, 10))), 10))))
    + cs.rank(-ts.delta(close, 3))
    + cs.scale(ts.corr(adv(20), low, 12)).sign()
)

# 32: (scale(((sum(close, 7) / 7) - close)) + (20 * scale(correlation(vwap, delay(close, 5), 230))))
ALPHAS[32] = cs.scale(ts.sum(close, 7) / 7 - close) + 20 * cs.scale(ts.corr(vwap, ts.lag(close, 5), 230))

# 33: rank((-1 * ((1 - (open / close))^1)))
ALPHAS[33] = cs.rank(-((1 - open_ / close) ** 1))

# 34: rank(((1 - rank((stddev(returns, 2) / stddev(returns, 5)))) + (1 - rank(delta(close, 1)))))
ALPHAS[34] = cs.rank(1 - cs.rank(ts.std(returns, 2) / ts.std(returns, 5)) + (1 - cs.rank(ts.delta(close, 1))))

# 35: ((Ts_Rank(volume, 32) * (1 - Ts_Rank(((close + high) - low), 16))) * (1 - Ts_Rank(returns, 32)))
ALPHAS[35] = ts.rank(volume, 32) * (1 - ts.rank(close + high - low, 16)) * (1 - ts.rank(returns, 32))

# 36: (((((2.21 * rank(correlation((close - open), delay(volume, 1), 15))) + (0.7 * rank((open - close)))) + (0.73 *
#     rank(Ts_Rank(delay((-1 * returns), 6), 5)))) + rank(abs(correlation(vwap, adv20, 6)))) + (0.6 *
#     rank((((sum(close, 200) / 200) - open) * (close - open)))))
ALPHAS[36] = (
    2.21 * cs.rank(ts.corr(close - open_, ts.lag(volume, 1), 15))
    + 0.7 * cs.rank(open_ - close)
    + 0.73 * cs.rank(ts.rank(ts.lag(-returns, 6), 5))
    + cs.rank(abs(ts.corr(vwap, adv(20), 6)))
    + 0.6 * cs.rank((ts.sum(close, 200) / 200 - open_) * (close - open_))
)

# 37: (rank(correlation(delay((open - close), 1), close, 200)) + rank((open - close)))
ALPHAS[37] = cs.rank(ts.corr(ts.lag(open_ - close, 1), close, 200)) + cs.rank(open_ - close)

# 38: ((-1 * rank(Ts_Rank(close, 10))) * rank((close / open)))
ALPHAS[38] = -cs.rank(ts.rank(close, 10)) * cs.rank(close / open_)

# 39: ((-1 * rank((delta(close, 7) * (1 - rank(decay_linear((volume / adv20), 9)))))) * (1 + rank(sum(returns,
#     250))))
ALPHAS[39] = -cs.rank(ts.delta(close, 7) * (1 - cs.rank(ts.decay_linear(volume / adv(20), 9)))) * (
    1 + cs.rank(ts.sum(returns, 250))
)

# 40: ((-1 * rank(stddev(high, 10))) * correlation(high, volume, 10))
ALPHAS[40] = -cs.rank(ts.std(high, 10)) * ts.corr(high, volume, 10)

# 41: (((high * low)^0.5) - vwap)
ALPHAS[41] = (high * low) ** 0.5 - vwap

# 42: (rank((vwap - close)) / rank((vwap + close)))
ALPHAS[42] = cs.rank(vwap - close) / cs.rank(vwap + close)

# 43: (ts_rank((volume / adv20), 20) * ts_rank((-1 * delta(close, 7)), 8))
ALPHAS[43] = ts.rank(volume / adv(20), 20) * ts.rank(-ts.delta(close, 7), 8)

# 44: (-1 * correlation(high, rank(volume), 5))
ALPHAS[44] = -ts.corr(high, cs.rank(volume), 5)

# 45: (-1 * ((rank((sum(delay(close, 5), 20) / 20)) * correlation(close, volume, 2)) * rank(correlation(sum(close,
#     5), sum(close, 20), 2))))
ALPHAS[45] = -(
    cs.rank(ts.sum(ts.lag(close, 5), 20) / 20)
    * ts.corr(close, volume, 2)
    * cs.rank(ts.corr(ts.sum(close, 5), ts.sum(close, 20), 2))
)

# 46: ((0.25 < (((delay(close, 20) - delay(close, 10)) / 10) - ((delay(close, 10) - close) / 10))) ? (-1 * 1) :
#     (((((delay(close, 20) - delay(close, 10)) / 10) - ((delay(close, 10) - close) / 10)) < 0) ? 1 : ((-1 * 1) *
#     (close - delay(close, 1)))))
ALPHAS[46] = if_else(0.25 < bend, -1, if_else(bend < 0, 1, -change))

# 47: ((((rank((1 / close)) * volume) / adv20) * ((high * rank((high - close))) / (sum(high, 5) / 5))) - rank((vwap
#     - delay(vwap, 5))))
ALPHAS[47] = cs.rank(1 / close) * volume / adv(20) * (high * cs.rank(high - close) / (ts.sum(high, 5) / 5)) - cs.rank(
    vwap - ts.lag(vwap, 5)
)

# 48: (indneutralize(((correlation(delta(close, 1), delta(delay(close, 1), 1), 250) * delta(close, 1)) / close),
#     IndClass.subindustry) / sum(((delta(close, 1) / delay(close, 1))^2), 250))
ALPHAS[48] = group.demean(
    ts.corr(ts.delta(close, 1), ts.delta(ts.lag(close, 1), 1), 250) * ts.delta(close, 1) / close, sub_industry
) / ts.sum((ts.delta(close, 1) / ts.lag(close, 1)) ** 2, 250)

# 49: (((((delay(close, 20) - delay(close, 10)) / 10) - ((delay(close, 10) - close) / 10)) < (-1 * 0.1)) ? 1 : ((-1
#     * 1) * (close - delay(close, 1))))
ALPHAS[49] = if_else(bend < -0.1, 1, -change)

# 50: (-1 * ts_max(rank(correlation(rank(volume), rank(vwap), 5)), 5))
ALPHAS[50] = -ts.max(cs.rank(ts.corr(cs.rank(volume), cs.rank(vwap), 5)), 5)

# 51: (((((delay(close, 20) - delay(close, 10)) / 10) - ((delay(close, 10) - close) / 10)) < (-1 * 0.05)) ? 1 : ((-1
#     * 1) * (close - delay(close, 1))))
ALPHAS[51] = if_else(bend < -0.05, 1, -change)

# 52: ((((-1 * ts_min(low, 5)) + delay(ts_min(low, 5), 5)) * rank(((sum(returns, 240) - sum(returns, 20)) / 220))) *
#     ts_rank(volume, 5))
ALPHAS[52] = (
    (-ts.min(low, 5) + ts.lag(ts.min(low, 5), 5))
    * cs.rank((ts.sum(returns, 240) - ts.sum(returns, 20)) / 220)
    * ts.rank(volume, 5)
)

# 53: (-1 * delta((((close - low) - (high - close)) / (close - low)), 9))
ALPHAS[53] = -ts.delta((close - low - (high - close)) / (close - low), 9)

# 54: ((-1 * ((low - close) * (open^5))) / ((low - high) * (close^5)))
ALPHAS[54] = -((low - close) * open_**5) / ((low - high) * close**5)

# 55: (-1 * correlation(rank(((close - ts_min(low, 12)) / (ts_max(high, 12) - ts_min(low, 12)))), rank(volume), 6))
ALPHAS[55] = -ts.corr(cs.rank((close - ts.min(low, 12)) / (ts.max(high, 12) - ts.min(low, 12))), cs.rank(volume), 6)

# 56: (0 - (1 * (rank((sum(returns, 10) / sum(sum(returns, 2), 3))) * rank((returns * cap)))))
ALPHAS[56] = 0 - cs.rank(ts.sum(returns, 10) / ts.sum(ts.sum(returns, 2), 3)) * cs.rank(returns * cap)

# 57: (0 - (1 * ((close - vwap) / decay_linear(rank(ts_argmax(close, 30)), 2))))
ALPHAS[57] = 0 - (close - vwap) / ts.decay_linear(cs.rank(ts.argmax(close, 30)), 2)

# 58: (-1 * Ts_Rank(decay_linear(correlation(IndNeutralize(vwap, IndClass.sector), volume, 3.92795), 7.89291),
#     5.50322))
ALPHAS[58] = -ts.rank(ts.decay_linear(ts.corr(group.demean(vwap, sector), volume, 3), 7), 5)

# 59: (-1 * Ts_Rank(decay_linear(correlation(IndNeutralize(((vwap * 0.728317) + (vwap * (1 - 0.728317))),
#     IndClass.industry), volume, 4.25197), 16.2289), 8.19648))
ALPHAS[59] = -ts.rank(
    ts.decay_linear(ts.corr(group.demean(vwap * 0.728317 + vwap * (1 - 0.728317), industry), volume, 4), 16), 8
)

# 60: (0 - (1 * ((2 * scale(rank(((((close - low) - (high - close)) / (high - low)) * volume)))) -
#     scale(rank(ts_argmax(close, 10))))))
ALPHAS[60] = 0 - (2 * cs.scale(cs.rank(place * volume)) - cs.scale(cs.rank(ts.argmax(close, 10))))

# 61: (rank((vwap - ts_min(vwap, 16.1219))) < rank(correlation(vwap, adv180, 17.9282)))
ALPHAS[61] = cs.rank(vwap - ts.min(vwap, 16)) < cs.rank(ts.corr(vwap, adv(180), 17))

# 62: ((rank(correlation(vwap, sum(adv20, 22.4101), 9.91009)) < rank(((rank(open) + rank(open)) < (rank(((high +
#     low) / 2)) + rank(high))))) * -1)
ALPHAS[62] = -(
    cs.rank(ts.corr(vwap, ts.sum(adv(20), 22), 9))
    < cs.rank(cs.rank(open_) + cs.rank(open_) < cs.rank(middle) + cs.rank(high))
)

# 63: ((rank(decay_linear(delta(IndNeutralize(close, IndClass.industry), 2.25164), 8.22237)) -
#     rank(decay_linear(correlation(((vwap * 0.318108) + (open * (1 - 0.318108))), sum(adv180, 37.2467), 13.557),
#     12.2883))) * -1)
ALPHAS[63] = -(
    cs.rank(ts.decay_linear(ts.delta(group.demean(close, industry), 2), 8))
    - cs.rank(ts.decay_linear(ts.corr(vwap * 0.318108 + open_ * (1 - 0.318108), ts.sum(adv(180), 37), 13), 12))
)

# 64: ((rank(correlation(sum(((open * 0.178404) + (low * (1 - 0.178404))), 12.7054), sum(adv120, 12.7054), 16.6208))
#     < rank(delta(((((high + low) / 2) * 0.178404) + (vwap * (1 - 0.178404))), 3.69741))) * -1)
ALPHAS[64] = -(
    cs.rank(ts.corr(ts.sum(open_ * 0.178404 + low * (1 - 0.178404), 12), ts.sum(adv(120), 12), 16))
    < cs.rank(ts.delta(middle * 0.178404 + vwap * (1 - 0.178404), 3))
)

# 65: ((rank(correlation(((open * 0.00817205) + (vwap * (1 - 0.00817205))), sum(adv60, 8.6911), 6.40374)) <
#     rank((open - ts_min(open, 13.635)))) * -1)
ALPHAS[65] = -(
    cs.rank(ts.corr(open_ * 0.00817205 + vwap * (1 - 0.00817205), ts.sum(adv(60), 8), 6))
    < cs.rank(open_ - ts.min(open_, 13))
)

# 66: ((rank(decay_linear(delta(vwap, 3.51013), 7.23052)) + Ts_Rank(decay_linear(((((low * 0.96633) + (low * (1 -
#     0.96633))) - vwap) / (open - ((high + low) / 2))), 11.4157), 6.72611)) * -1)
ALPHAS[66] = -(
    cs.rank(ts.decay_linear(ts.delta(vwap, 3), 7))
    + ts.rank(ts.decay_linear((low * 0.96633 + low * (1 - 0.96633) - vwap) / (open_ - middle), 11), 6)
)

# 67: ((rank((high - ts_min(high, 2.14593)))^rank(correlation(IndNeutralize(vwap, IndClass.sector),
#     IndNeutralize(adv20, IndClass.subindustry), 6.02936))) * -1)
ALPHAS[67] = -(
    cs.rank(high - ts.min(high, 2))
    ** cs.rank(ts.corr(group.demean(vwap, sector), group.demean(adv(20), sub_industry), 6))
)

# 68: ((Ts_Rank(correlation(rank(high), rank(adv15), 8.91644), 13.9333) < rank(delta(((close * 0.518371) + (low * (1
#     - 0.518371))), 1.06157))) * -1)
ALPHAS[68] = -(
    ts.rank(ts.corr(cs.rank(high), cs.rank(adv(15)), 8), 13)
    < cs.rank(ts.delta(close * 0.518371 + low * (1 - 0.518371), 1))
)

# 69: ((rank(ts_max(delta(IndNeutralize(vwap, IndClass.industry), 2.72412), 4.79344))^Ts_Rank(correlation(((close *
#     0.490655) + (vwap * (1 - 0.490655))), adv20, 4.92416), 9.0615)) * -1)
ALPHAS[69] = -(
    cs.rank(ts.max(ts.delta(group.demean(vwap, industry), 2), 4))
    ** ts.rank(ts.corr(close * 0.490655 + vwap * (1 - 0.490655), adv(20), 4), 9)
)

# 70: ((rank(delta(vwap, 1.29456))^Ts_Rank(correlation(IndNeutralize(close, IndClass.industry), adv50, 17.8256),
#     17.9171)) * -1)
ALPHAS[70] = -(cs.rank(ts.delta(vwap, 1)) ** ts.rank(ts.corr(group.demean(close, industry), adv(50), 17), 17))

# 71: max(Ts_Rank(decay_linear(correlation(Ts_Rank(close, 3.43976), Ts_Rank(adv180, 12.0647), 18.0175), 4.20501),
#     15.6948), Ts_Rank(decay_linear((rank(((low + open) - (vwap + vwap)))^2), 16.4662), 4.4388))
ALPHAS[71] = ts.rank(ts.decay_linear(ts.corr(ts.rank(close, 3), ts.rank(adv(180), 12), 18), 4), 15).maximum(
    ts.rank(ts.decay_linear(cs.rank(low + open_ - (vwap + vwap)) ** 2, 16), 4)
)

# 72: (rank(decay_linear(correlation(((high + low) / 2), adv40, 8.93345), 10.1519)) /
#     rank(decay_linear(correlation(Ts_Rank(vwap, 3.72469), Ts_Rank(volume, 18.5188), 6.86671), 2.95011)))
ALPHAS[72] = cs.rank(ts.decay_linear(ts.corr(middle, adv(40), 8), 10)) / cs.rank(
    ts.decay_linear(ts.corr(ts.rank(vwap, 3), ts.rank(volume, 18), 6), 2)
)

# 73: (max(rank(decay_linear(delta(vwap, 4.72775), 2.91864)), Ts_Rank(decay_linear(((delta(((open * 0.147155) + (low
#     * (1 - 0.147155))), 2.03608) / ((open * 0.147155) + (low * (1 - 0.147155)))) * -1), 3.33829), 16.7411)) * -1)
ALPHAS[73] = -cs.rank(ts.decay_linear(ts.delta(vwap, 4), 2)).maximum(
    ts.rank(
        ts.decay_linear(
            -(ts.delta(open_ * 0.147155 + low * (1 - 0.147155), 2) / (open_ * 0.147155 + low * (1 - 0.147155))), 3
        ),
        16,
    )
)

# 74: ((rank(correlation(close, sum(adv30, 37.4843), 15.1365)) < rank(correlation(rank(((high * 0.0261661) + (vwap *
#     (1 - 0.0261661)))), rank(volume), 11.4791))) * -1)
ALPHAS[74] = -(
    cs.rank(ts.corr(close, ts.sum(adv(30), 37), 15))
    < cs.rank(ts.corr(cs.rank(high * 0.0261661 + vwap * (1 - 0.0261661)), cs.rank(volume), 11))
)

# 75: (rank(correlation(vwap, volume, 4.24304)) < rank(correlation(rank(low), rank(adv50), 12.4413)))
ALPHAS[75] = cs.rank(ts.corr(vwap, volume, 4)) < cs.rank(ts.corr(cs.rank(low), cs.rank(adv(50)), 12))

# 76: (max(rank(decay_linear(delta(vwap, 1.24383), 11.8259)),
#     Ts_Rank(decay_linear(Ts_Rank(correlation(IndNeutralize(low, IndClass.sector), adv81, 8.14941), 19.569),
#     17.1543), 19.383)) * -1)
ALPHAS[76] = -cs.rank(ts.decay_linear(ts.delta(vwap, 1), 11)).maximum(
    ts.rank(ts.decay_linear(ts.rank(ts.corr(group.demean(low, sector), adv(81), 8), 19), 17), 19)
)

# 77: min(rank(decay_linear(((((high + low) / 2) + high) - (vwap + high)), 20.0451)),
#     rank(decay_linear(correlation(((high + low) / 2), adv40, 3.1614), 5.64125)))
ALPHAS[77] = cs.rank(ts.decay_linear(middle + high - (vwap + high), 20)).minimum(
    cs.rank(ts.decay_linear(ts.corr(middle, adv(40), 3), 5))
)

# 78: (rank(correlation(sum(((low * 0.352233) + (vwap * (1 - 0.352233))), 19.7428), sum(adv40, 19.7428),
#     6.83313))^rank(correlation(rank(vwap), rank(volume), 5.77492)))
ALPHAS[78] = cs.rank(ts.corr(ts.sum(low * 0.352233 + vwap * (1 - 0.352233), 19), ts.sum(adv(40), 19), 6)) ** cs.rank(
    ts.corr(cs.rank(vwap), cs.rank(volume), 5)
)

# 79: (rank(delta(IndNeutralize(((close * 0.60733) + (open * (1 - 0.60733))), IndClass.sector), 1.23438)) <
#     rank(correlation(Ts_Rank(vwap, 3.60973), Ts_Rank(adv150, 9.18637), 14.6644)))
ALPHAS[79] = cs.rank(ts.delta(group.demean(close * 0.60733 + open_ * (1 - 0.60733), sector), 1)) < cs.rank(
    ts.corr(ts.rank(vwap, 3), ts.rank(adv(150), 9), 14)
)

# 80: ((rank(Sign(delta(IndNeutralize(((open * 0.868128) + (high * (1 - 0.868128))), IndClass.industry),
#     4.04545)))^Ts_Rank(correlation(high, adv10, 5.11456), 5.53756)) * -1)
ALPHAS[80] = -(
    cs.rank(ts.delta(group.demean(open_ * 0.868128 + high * (1 - 0.868128), industry), 4).sign())
    ** ts.rank(ts.corr(high, adv(10), 5), 5)
)

# 81: ((rank(Log(product(rank((rank(correlation(vwap, sum(adv10, 49.6054), 8.47743))^4)), 14.9655))) <
#     rank(correlation(rank(vwap), rank(volume), 5.07914))) * -1)
ALPHAS[81] = -(
    cs.rank(ts.product(cs.rank(cs.rank(ts.corr(vwap, ts.sum(adv(10), 49), 8)) ** 4), 14).log())
    < cs.rank(ts.corr(cs.rank(vwap), cs.rank(volume), 5))
)

# 82: (min(rank(decay_linear(delta(open, 1.46063), 14.8717)), Ts_Rank(decay_linear(correlation(IndNeutralize(volume,
#     IndClass.sector), ((open * 0.634196) + (open * (1 - 0.634196))), 17.4842), 6.92131), 13.4283)) * -1)
ALPHAS[82] = -cs.rank(ts.decay_linear(ts.delta(open_, 1), 14)).minimum(
    ts.rank(
        ts.decay_linear(ts.corr(group.demean(volume, sector), open_ * 0.634196 + open_ * (1 - 0.634196), 17), 6), 13
    )
)

# 83: ((rank(delay(((high - low) / (sum(close, 5) / 5)), 2)) * rank(rank(volume))) / (((high - low) / (sum(close, 5)
#     / 5)) / (vwap - close)))
ALPHAS[83] = cs.rank(ts.lag(spread, 2)) * cs.rank(cs.rank(volume)) / (spread / (vwap - close))

# 84: SignedPower(Ts_Rank((vwap - ts_max(vwap, 15.3217)), 20.7127), delta(close, 4.96796))
ALPHAS[84] = signed_power(ts.rank(vwap - ts.max(vwap, 15), 20), ts.delta(close, 4))

# 85: (rank(correlation(((high * 0.876703) + (close * (1 - 0.876703))), adv30,
#     9.61331))^rank(correlation(Ts_Rank(((high + low) / 2), 3.70596), Ts_Rank(volume, 10.1595), 7.11408)))
ALPHAS[85] = cs.rank(ts.corr(high * 0.876703 + close * (1 - 0.876703), adv(30), 9)) ** cs.rank(
    ts.corr(ts.rank(middle, 3), ts.rank(volume, 10), 7)
)

# 86: ((Ts_Rank(correlation(close, sum(adv20, 14.7444), 6.00049), 20.4195) < rank(((open + close) - (vwap + open))))
#     * -1)
ALPHAS[86] = -(ts.rank(ts.corr(close, ts.sum(adv(20), 14), 6), 20) < cs.rank(open_ + close - (vwap + open_)))

# 87: (max(rank(decay_linear(delta(((close * 0.369701) + (vwap * (1 - 0.369701))), 1.91233), 2.65461)),
#     Ts_Rank(decay_linear(abs(correlation(IndNeutralize(adv81, IndClass.industry), close, 13.4132)), 4.89768),
#     14.4535)) * -1)
ALPHAS[87] = -cs.rank(ts.decay_linear(ts.delta(close * 0.369701 + vwap * (1 - 0.369701), 1), 2)).maximum(
    ts.rank(ts.decay_linear(abs(ts.corr(group.demean(adv(81), industry), close, 13)), 4), 14)
)

# 88: min(rank(decay_linear(((rank(open) + rank(low)) - (rank(high) + rank(close))), 8.06882)),
#     Ts_Rank(decay_linear(correlation(Ts_Rank(close, 8.44728), Ts_Rank(adv60, 20.6966), 8.01266), 6.65053),
#     2.61957))
ALPHAS[88] = cs.rank(ts.decay_linear(cs.rank(open_) + cs.rank(low) - (cs.rank(high) + cs.rank(close)), 8)).minimum(
    ts.rank(ts.decay_linear(ts.corr(ts.rank(close, 8), ts.rank(adv(60), 20), 8), 6), 2)
)

# 89: (Ts_Rank(decay_linear(correlation(((low * 0.967285) + (low * (1 - 0.967285))), adv10, 6.94279), 5.51607),
#     3.79744) - Ts_Rank(decay_linear(delta(IndNeutralize(vwap, IndClass.industry), 3.48158), 10.1466), 15.3012))
ALPHAS[89] = ts.rank(ts.decay_linear(ts.corr(low * 0.967285 + low * (1 - 0.967285), adv(10), 6), 5), 3) - ts.rank(
    ts.decay_linear(ts.delta(group.demean(vwap, industry), 3), 10), 15
)

# 90: ((rank((close - ts_max(close, 4.66719)))^Ts_Rank(correlation(IndNeutralize(adv40, IndClass.subindustry), low,
#     5.38375), 3.21856)) * -1)
ALPHAS[90] = -(cs.rank(close - ts.max(close, 4)) ** ts.rank(ts.corr(group.demean(adv(40), sub_industry), low, 5), 3))

# 91: ((Ts_Rank(decay_linear(decay_linear(correlation(IndNeutralize(close, IndClass.industry), volume, 9.74928),
#     16.398), 3.83219), 4.8667) - rank(decay_linear(correlation(vwap, adv30, 4.01303), 2.6809))) * -1)
ALPHAS[91] = -(
    ts.rank(ts.decay_linear(ts.decay_linear(ts.corr(group.demean(close, industry), volume, 9), 16), 3), 4)
    - cs.rank(ts.decay_linear(ts.corr(vwap, adv(30), 4), 2))
)

# 92: min(Ts_Rank(decay_linear(((((high + low) / 2) + close) < (low + open)), 14.7221), 18.8683),
#     Ts_Rank(decay_linear(correlation(rank(low), rank(adv30), 7.58555), 6.94024), 6.80584))
ALPHAS[92] = ts.rank(ts.decay_linear(middle + close < low + open_, 14), 18).minimum(
    ts.rank(ts.decay_linear(ts.corr(cs.rank(low), cs.rank(adv(30)), 7), 6), 6)
)

# 93: (Ts_Rank(decay_linear(correlation(IndNeutralize(vwap, IndClass.industry), adv81, 17.4193), 19.848), 7.54455) /
#     rank(decay_linear(delta(((close * 0.524434) + (vwap * (1 - 0.524434))), 2.77377), 16.2664)))
ALPHAS[93] = ts.rank(ts.decay_linear(ts.corr(group.demean(vwap, industry), adv(81), 17), 19), 7) / cs.rank(
    ts.decay_linear(ts.delta(close * 0.524434 + vwap * (1 - 0.524434), 2), 16)
)

# 94: ((rank((vwap - ts_min(vwap, 11.5783)))^Ts_Rank(correlation(Ts_Rank(vwap, 19.6462), Ts_Rank(adv60, 4.02992),
#     18.0926), 2.70756)) * -1)
ALPHAS[94] = -(cs.rank(vwap - ts.min(vwap, 11)) ** ts.rank(ts.corr(ts.rank(vwap, 19), ts.rank(adv(60), 4), 18), 2))

# 95: (rank((open - ts_min(open, 12.4105))) < Ts_Rank((rank(correlation(sum(((high + low) / 2), 19.1351), sum(adv40,
#     19.1351), 12.8742))^5), 11.7584))
ALPHAS[95] = cs.rank(open_ - ts.min(open_, 12)) < ts.rank(
    cs.rank(ts.corr(ts.sum(middle, 19), ts.sum(adv(40), 19), 12)) ** 5, 11
)

# 96: (max(Ts_Rank(decay_linear(correlation(rank(vwap), rank(volume), 3.83878), 4.16783), 8.38151),
#     Ts_Rank(decay_linear(Ts_ArgMax(correlation(Ts_Rank(close, 7.45404), Ts_Rank(adv60, 4.13242), 3.65459),
#     12.6556), 14.0365), 13.4143)) * -1)
ALPHAS[96] = -ts.rank(ts.decay_linear(ts.corr(cs.rank(vwap), cs.rank(volume), 3), 4), 8).maximum(
    ts.rank(ts.decay_linear(ts.argmax(ts.corr(ts.rank(close, 7), ts.rank(adv(60), 4), 3), 12), 14), 13)
)

# 97: ((rank(decay_linear(delta(IndNeutralize(((low * 0.721001) + (vwap * (1 - 0.721001))), IndClass.industry),
#     3.3705), 20.4523)) - Ts_Rank(decay_linear(Ts_Rank(correlation(Ts_Rank(low, 7.87871), Ts_Rank(adv60, 17.255),
#     4.97547), 18.5925), 15.7152), 6.71659)) * -1)
ALPHAS[97] = -(
    cs.rank(ts.decay_linear(ts.delta(group.demean(low * 0.721001 + vwap * (1 - 0.721001), industry), 3), 20))
    - ts.rank(ts.decay_linear(ts.rank(ts.corr(ts.rank(low, 7), ts.rank(adv(60), 17), 4), 18), 15), 6)
)

# 98: (rank(decay_linear(correlation(vwap, sum(adv5, 26.4719), 4.58418), 7.18088)) -
#     rank(decay_linear(Ts_Rank(Ts_ArgMin(correlation(rank(open), rank(adv15), 20.8187), 8.62571), 6.95668),
#     8.07206)))
ALPHAS[98] = cs.rank(ts.decay_linear(ts.corr(vwap, ts.sum(adv(5), 26), 4), 7)) - cs.rank(
    ts.decay_linear(ts.rank(ts.argmin(ts.corr(cs.rank(open_), cs.rank(adv(15)), 20), 8), 6), 8)
)

# 99: ((rank(correlation(sum(((high + low) / 2), 19.8975), sum(adv60, 19.8975), 8.8136)) < rank(correlation(low,
#     volume, 6.28259))) * -1)
ALPHAS[99] = -(cs.rank(ts.corr(ts.sum(middle, 19), ts.sum(adv(60), 19), 8)) < cs.rank(ts.corr(low, volume, 6)))

# 100: (0 - (1 * (((1.5 * scale(indneutralize(indneutralize(rank(((((close - low) - (high - close)) / (high - low))
#     * volume)), IndClass.subindustry), IndClass.subindustry))) - scale(indneutralize((correlation(close,
#     rank(adv20), 5) - rank(ts_argmin(close, 30))), IndClass.subindustry))) * (volume / adv20))))
ALPHAS[100] = 0 - (
    1.5 * cs.scale(group.demean(group.demean(cs.rank(place * volume), sub_industry), sub_industry))
    - cs.scale(group.demean(ts.corr(close, cs.rank(adv(20)), 5) - cs.rank(ts.argmin(close, 30)), sub_industry))
) * (volume / adv(20))

# 101: ((close - open) / ((high - low) + .001))
ALPHAS[101] = (close - open_) / (high - low + 0.001)
