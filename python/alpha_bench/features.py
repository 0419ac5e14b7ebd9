"""Built-in features. Each takes windows in sessions and works on the panel's own fields; the formula is in its help.

Trailing and including today; a NaN in the window gives NaN; the first ``window`` sessions are NaN.
"""

from __future__ import annotations

from typing import NoReturn

from alpha_bench.errors import unknown_name
from alpha_bench.expr import Expr, apply, field

__all__ = ["dollar_volume", "log_ret", "mom_12_1", "ret", "reversal", "turnover", "volatility"]


def ret(window: object = 1, x: object = None) -> Expr:
    """Simple return over ``window`` sessions: ``close[t] / close[t-window] - 1``; of ``x`` when given."""
    return apply("ret", field("close") if x is None else x, window=window)


def log_ret(window: object = 1, x: object = None) -> Expr:
    """Log return over ``window`` sessions: ``log(close[t] / close[t-window])``; of ``x`` when given."""
    return apply("log_ret", field("close") if x is None else x, window=window)


def turnover(window: object) -> Expr:
    """Mean of ``volume / shares_outstanding`` over the last ``window`` sessions."""
    return apply("ts.mean", field("volume") / field("shares_outstanding"), window=window)


def dollar_volume() -> Expr:
    """``close * volume`` of the session. Average it with ``ts.mean(features.dollar_volume(), 20)``."""
    return field("close") * field("volume")


def volatility(window: object) -> Expr:
    """Standard deviation (ddof=1) of the daily simple returns of the last ``window`` sessions; not annualised."""
    return apply("ts.std", ret(1), window=window)


def mom_12_1() -> Expr:
    """Momentum 12-1: the return from 252 to 21 sessions ago, ``close[t-21] / close[t-252] - 1``."""
    return ret(231).lag(21)


def reversal(window: object = 5) -> Expr:
    """Short-term reversal: minus the return over ``window`` sessions."""
    return -ret(window)


def __getattr__(name: str) -> NoReturn:
    raise unknown_name("features", name, __all__)


def __dir__() -> list[str]:
    return sorted(__all__)
