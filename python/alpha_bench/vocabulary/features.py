"""Built-in features. Each takes windows in sessions and works on the panel's own fields; the formula and its source are in its help.

Every one is (T, N), made of the asset's own trailing sessions, today included; a missing value in the window gives a missing
value. Only ``beta`` looks at other assets, through the market's return. They are compositions of operators, so equal parts are
computed once, and ``print(features.amihud(21))`` shows of what each is made.
"""

from __future__ import annotations

from typing import NoReturn

from alpha_bench.expressions import Expr, ExprLike, answer_calls, apply, field, unknown_function
from alpha_bench.operators import SessionCount

__all__ = [
    "adv",
    "amihud",
    "beta",
    "dollar_volume",
    "high_low_range",
    "log_ret",
    "max_ret",
    "mom_12_1",
    "ret",
    "reversal",
    "size",
    "skew",
    "turnover",
    "volatility",
    "vwap_gap",
]


def ret(window: SessionCount = 1, x: ExprLike | None = None) -> Expr:
    """Simple return over ``window`` sessions, of ``x`` when given.

    Formula: close[t] / close[t-window] - 1.
    Units: a share: 0.01 is one per cent.
    Missing: the first window sessions, and where one of the two closes is missing or not above 0; nothing is filled.
    Source: Campbell, Lo and MacKinlay (1997), The Econometrics of Financial Markets, section 1.4.
    Example: features.ret(20)
    """
    return apply("ret", field("close") if x is None else x, window=window)


def log_ret(window: SessionCount = 1, x: ExprLike | None = None) -> Expr:
    """Log return over ``window`` sessions, of ``x`` when given.

    Formula: log(close[t] / close[t-window]).
    Units: natural logarithms.
    Missing: the first window sessions, and where one of the two closes is missing or not above 0.
    Source: Campbell, Lo and MacKinlay (1997), The Econometrics of Financial Markets, section 1.4.
    Example: features.log_ret(20)
    """
    return apply("log_ret", field("close") if x is None else x, window=window)


def turnover(window: SessionCount) -> Expr:
    """Share turnover: the mean of volume over shares outstanding in the last ``window`` sessions.

    Formula: mean(volume / shares_outstanding) over window.
    Units: the share of the company that changes hands in a session.
    Missing: where any of the window's volumes or share counts is missing.
    Source: Datar, Naik and Radcliffe (1998), Liquidity and stock returns, Journal of Financial Markets 1, 203-219.
    Example: features.turnover(20)
    """
    return apply("ts.mean", field("volume") / field("shares_outstanding"), window=window)


def dollar_volume() -> Expr:
    """Money traded in the session.

    Formula: close * volume.
    Units: the currency of close.
    Missing: where either is missing.
    Source: Chordia, Subrahmanyam and Anshuman (2001), Trading activity and expected stock returns, Journal of Financial Economics 59.
    Example: features.dollar_volume()
    """
    return field("close") * field("volume")


def adv(window: SessionCount = 20) -> Expr:
    """Average daily dollar volume of the last ``window`` sessions: what a universe or a capacity is measured by.

    Formula: mean(close * volume) over window.
    Units: the currency of close, a session.
    Missing: where any of the window's closes or volumes is missing.
    Source: adv{d} of Kakushadze (2016), 101 Formulaic Alphas, Wilmott 84, 72-81.
    Example: features.adv(20)
    """
    return apply("ts.mean", dollar_volume(), window=window)


def amihud(window: SessionCount = 21) -> Expr:
    """Illiquidity: the mean price move that a million of money traded goes with.

    Formula: 10^6 * mean(|close[t] / close[t-1] - 1| / (close * volume)) over window.
    Units: return for a million of the currency of close.
    Missing: where any of the window's values is missing, or nothing was traded on one of its sessions.
    Source: Amihud (2002), Illiquidity and stock returns, Journal of Financial Markets 5, 31-56.
    Example: features.amihud(21)
    """
    return apply("ts.mean", abs(ret(1)) / dollar_volume(), window=window) * 1e6


def volatility(window: SessionCount) -> Expr:
    """Standard deviation (ddof=1) of the daily simple returns of the last ``window`` sessions; not annualised.

    Formula: std(close[t] / close[t-1] - 1) over window.
    Units: return a session; times sqrt(252) it is a year's.
    Missing: the first window sessions, and where any of the window's returns is missing.
    Source: Ang, Hodrick, Xing and Zhang (2006), The cross-section of volatility and expected returns, Journal of Finance 61, 259-299.
    Example: features.volatility(20)
    """
    return apply("ts.std", ret(1), window=window)


def beta(window: SessionCount = 252, market: ExprLike | None = None) -> Expr:
    """Slope of the asset's daily returns on the market's over the last ``window`` sessions.

    The market is the equal-weighted mean return of the session's assets (those of the universe), or ``market``: a return.

    Formula: cov(r, m) / var(m) over window, r = close[t] / close[t-1] - 1, m = mean of r over the assets.
    Units: none.
    Missing: the first window sessions, and where any of the window's returns is missing.
    Source: the market model of Sharpe (1963), A simplified model for portfolio analysis, Management Science 9, 277-293.
    Example: features.beta(60)
    """
    against = apply("cs.mean", ret(1)) if market is None else market
    return apply("ts.beta", ret(1), against, window=window)


def mom_12_1() -> Expr:
    """Momentum 12-1: the return from 252 to 21 sessions ago, a year without its last month.

    Formula: close[t-21] / close[t-252] - 1.
    Units: a share: 0.01 is one per cent.
    Missing: the first 252 sessions, and where one of the two closes is missing.
    Source: Jegadeesh and Titman (1993), Returns to buying winners and selling losers, Journal of Finance 48, 65-91.
    Example: features.mom_12_1()
    """
    return ret(231).lag(21)


def reversal(window: SessionCount = 5) -> Expr:
    """Short-term reversal: minus the return over ``window`` sessions, so that the greatest value is the greatest loser.

    Formula: -(close[t] / close[t-window] - 1).
    Units: a share: 0.01 is one per cent.
    Missing: the first window sessions, and where one of the two closes is missing.
    Source: Jegadeesh (1990), Evidence of predictable behavior of security returns, Journal of Finance 45, 881-898; Lehmann (1990).
    Example: features.reversal(5)
    """
    return -ret(window)


def max_ret(window: SessionCount = 21) -> Expr:
    """MAX: the greatest daily return of the last ``window`` sessions.

    Formula: max(close[t] / close[t-1] - 1) over window.
    Units: a share: 0.01 is one per cent.
    Missing: the first window sessions, and where any of the window's returns is missing.
    Source: Bali, Cakici and Whitelaw (2011), Maxing out: stocks as lotteries, Journal of Financial Economics 99, 427-446.
    Example: features.max_ret(21)
    """
    return apply("ts.max", ret(1), window=window)


def skew(window: SessionCount = 252) -> Expr:
    """Skewness of the daily returns of the last ``window`` sessions, corrected for bias as pandas does.

    Formula: w sqrt(w-1) / (w-2) * sum(d^3) / sum(d^2)^1.5 over window, d = r - mean(r), r = close[t] / close[t-1] - 1.
    Units: none.
    Missing: the first window sessions, where any of the window's returns is missing, and where all are equal.
    Source: total skewness as in Bali, Cakici and Whitelaw (2011), Maxing out, Journal of Financial Economics 99, 427-446.
    Example: features.skew(60)
    """
    return apply("ts.skew", ret(1), window=window)


def high_low_range(window: SessionCount = 20) -> Expr:
    """Mean daily range: the logarithm of high over low, a measure of volatility that needs one session.

    Formula: mean(log(high / low)) over window.
    Units: natural logarithms; its square over 4 log 2 estimates a session's variance.
    Missing: where any of the window's highs or lows is missing or not above 0.
    Source: Parkinson (1980), The extreme value method for estimating the variance of the rate of return, Journal of Business 53, 61-65.
    Example: features.high_low_range(20)
    """
    return apply("ts.mean", (field("high") / field("low")).log(), window=window)


def vwap_gap(window: SessionCount = 20) -> Expr:
    """How far the close is from the volume-weighted average of the last ``window`` closes, today's included.

    Daily bars do not hold trades, so each session counts at its close; where the panel has an intraday ``vwap``, the gap of one
    session is ``data.close / data.vwap - 1``.

    Formula: close[t] / (sum(close * volume) / sum(volume)) - 1, sums over window.
    Units: a share: 0.01 is one per cent.
    Missing: where any of the window's closes or volumes is missing, or nothing was traded in all of it.
    Source: Berkowitz, Logue and Noser (1988), The total cost of transactions on the NYSE, Journal of Finance 43, 97-112.
    Example: features.vwap_gap(20)
    """
    traded = apply("ts.sum", dollar_volume(), window=window) / apply("ts.sum", field("volume"), window=window)
    return field("close") / traded - 1


def size() -> Expr:
    """Logarithm of the market value.

    Formula: log(close * shares_outstanding).
    Units: natural logarithm of the currency of close.
    Missing: where either is missing or not above 0.
    Source: Banz (1981), The relationship between return and market value of common stocks, Journal of Financial Economics 9, 3-18.
    Example: features.size()
    """
    return (field("close") * field("shares_outstanding")).log()


answer_calls(globals(), "features", __all__)


def __getattr__(name: str) -> NoReturn:
    raise unknown_function("features", name, __all__)


def __dir__() -> list[str]:
    return sorted(__all__)
