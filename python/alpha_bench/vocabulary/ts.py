"""Time-series operators: per asset, over the last ``window`` sessions, today included.

Each takes an expression (or a number) and gives an expression of the same shape, (T, N): sessions down, assets across.

* **The window** is sessions ``t-window+1 .. t``, both ends in it. It counts sessions of the panel's own calendar, never days of the
  year: ``20``, ``"20"`` and ``"20d"`` are the same. It never reaches past ``t``.
* **Missing values.** A window must be full: the result is NaN on the first ``window - 1`` sessions, and wherever a value in the
  window is NaN or infinite. :func:`count` and :func:`backfill` are the two that look at missing values themselves.
* **Bits.** A result is made from the sessions of its window only. It has the same bits when the data ends at ``t``, on any number of
  threads; constants give exactly 0 for their deviation, and nothing is left of a value when it has left the window.
* **Errors.** R01 for a window that is no number of sessions or too short, R02 for a negative one, R09 for an operand that is no
  expression and no number.
"""

from __future__ import annotations

import math
from typing import NoReturn

from alpha_bench.errors import DefinitionError
from alpha_bench.expressions import Expr, ExprLike, answer_calls, apply, as_expr, unknown_function
from alpha_bench.operators import Kind, SessionCount, operator, sessions_of

__all__ = [
    "argmax",
    "argmin",
    "backfill",
    "beta",
    "corr",
    "count",
    "cov",
    "decay_linear",
    "delta",
    "ewm",
    "kurt",
    "lag",
    "max",
    "mean",
    "median",
    "min",
    "product",
    "quantile",
    "rank",
    "resid",
    "resid_on",
    "rsq",
    "skew",
    "slope",
    "std",
    "sum",
    "var",
    "zscore",
]

_HALVINGS = 10  # half-lives in the window of ewm when none is given


def lag(x: ExprLike, d: SessionCount) -> Expr:
    """``x`` as it was ``d`` sessions ago, ``d >= 0``: ``x[t-d]``.

    NaN on the first ``d`` sessions and where ``x[t-d]`` is. pandas' ``shift(d)``, qlib's ``Ref``, WorldQuant's ``ts_delay``.

    Raises:
        AlphaBenchError: R02 when ``d`` is negative: it would read the future.

    Example: ``data.close / ts.lag(data.close, 1) - 1``
    """
    return apply("lag", x, d=d)


def delta(x: ExprLike, window: SessionCount) -> Expr:
    """The change over ``window`` sessions: ``x[t] - x[t-window]``, in the unit of ``x``.

    NaN where either end is, and on the first ``window`` sessions. pandas' ``diff``, qlib's ``Delta``.

    Example: ``ts.delta(data.volume, 5)``
    """
    return apply("delta", x, window=window)


def sum(x: ExprLike, window: SessionCount) -> Expr:  # noqa: A001 - the field's own name
    """Sum of the window, in the unit of ``x``; of a condition, on how many of its sessions it was true.

    Example: ``ts.sum(features.ret(1) > 0, 20)``
    """
    return apply("ts.sum", x, window=window)


def product(x: ExprLike, window: SessionCount) -> Expr:
    """Product of the window.

    Example: ``ts.product(1 + features.ret(1), 20) - 1``
    """
    return apply("ts.product", x, window=window)


def mean(x: ExprLike, window: SessionCount) -> Expr:
    """Mean of the window, in the unit of ``x``; of a condition, on what share of its sessions it was true.

    Example: ``ts.mean(features.dollar_volume(), 20)``
    """
    return apply("ts.mean", x, window=window)


def ewm(x: ExprLike, halflife: SessionCount | float, window: SessionCount | None = None) -> Expr:
    """Mean with weights that halve every ``halflife`` sessions going back: ``0.5 ** (a / halflife)`` for ``a`` sessions ago.

    The weights are over the last ``window`` sessions and add up to 1, so the look-back is static and a missing value is forgotten when
    it has left the window. Without ``window`` it is ten half-lives, rounded up: sessions before that would have had less than 0.1 %
    of the weight. Equal to the last value of pandas' ``x[-window:].ewm(halflife=halflife).mean()``.

    Args:
        x: what is averaged.
        halflife: in sessions, 0.01 to 100000, whole or not. For a span ``s`` (pandas, qlib's ``EMA``) it is
            ``log(2) / log((s + 1) / (s - 1))``, about 0.35 ``s``.
        window: in sessions.

    Example: ``ts.ewm(features.ret(1), halflife=10)``
    """
    given = sessions_of(halflife, "ts.ewm: halflife") if isinstance(halflife, str) else halflife
    sessions = float(operator("ts.ewm").params[0].read(given, "ts.ewm"))
    return apply(
        "ts.ewm", x, halflife=sessions, window=math.ceil(_HALVINGS * sessions) if window is None else window
    )


def decay_linear(x: ExprLike, window: SessionCount) -> Expr:
    """Mean with weights ``window`` for today, ``window - 1`` for yesterday, down to 1; they are divided by their sum.

    ``decay_linear`` of Kakushadze (2016), 101 Formulaic Alphas; qlib's ``WMA``.

    Example: ``ts.decay_linear(features.ret(1), 10)``
    """
    return apply("ts.decay_linear", x, window=window)


def var(x: ExprLike, window: SessionCount) -> Expr:
    """Variance of the window with ``ddof=1``; ``window >= 2``. Exactly 0 for equal values.

    Example: ``ts.var(features.ret(1), 20)``
    """
    return apply("ts.var", x, window=window)


def std(x: ExprLike, window: SessionCount) -> Expr:
    """Standard deviation of the window with ``ddof=1``, in the unit of ``x``; ``window >= 2``. Exactly 0 for equal values.

    Not annualised. WorldQuant's ``ts_std_dev`` has ``ddof=0``: it is ``sqrt((window - 1) / window)`` of this.

    Example: ``ts.std(features.ret(1), 20)``
    """
    return apply("ts.std", x, window=window)


def zscore(x: ExprLike, window: SessionCount) -> Expr:
    """``(x[t] - mean) / std`` over the window, ``ddof=1``; NaN where the deviation is 0; ``window >= 2``.

    Example: ``ts.zscore(data.volume, 20)``
    """
    return apply("ts.zscore", x, window=window)


def skew(x: ExprLike, window: SessionCount) -> Expr:
    """Skewness of the window, bias-corrected as pandas does it (G1 of Joanes and Gill 1998); ``window >= 3``.

    ``sqrt(n (n-1)) / (n-2) * m3 / m2 ** 1.5``. NaN where the variance is 0, where pandas says 0.

    Example: ``ts.skew(features.ret(1), 60)``
    """
    return apply("ts.skew", x, window=window)


def kurt(x: ExprLike, window: SessionCount) -> Expr:
    """Excess kurtosis of the window, bias-corrected as pandas does it (G2 of Joanes and Gill 1998); ``window >= 4``.

    ``(n-1) / ((n-2) (n-3)) * ((n+1) m4 / m2 ** 2 - 3 (n-1))``. NaN where the variance is 0, where pandas says -3.

    Example: ``ts.kurt(features.ret(1), 60)``
    """
    return apply("ts.kurt", x, window=window)


def min(x: ExprLike, window: SessionCount) -> Expr:  # noqa: A001 - the field's own name
    """Least value of the window. Of two expressions on the same session it is ``x.minimum(y)``.

    Example: ``ts.min(data.low, 20)``
    """
    return apply("ts.min", x, window=window)


def max(x: ExprLike, window: SessionCount) -> Expr:  # noqa: A001 - the field's own name
    """Greatest value of the window. Of two expressions on the same session it is ``x.maximum(y)``.

    Example: ``data.close / ts.max(data.high, 252)``
    """
    return apply("ts.max", x, window=window)


def argmin(x: ExprLike, window: SessionCount) -> Expr:
    """Sessions since the least value of the window: 0 is today, ``window - 1`` the oldest; of equal ones the first counts.

    WorldQuant BRAIN's ``ts_arg_min``. qlib's ``IdxMin``, which counts from the oldest as 1, is ``window - ts.argmin(x, window)``.

    Example: ``ts.argmin(data.close, 20)``
    """
    return apply("ts.argmin", x, window=window)


def argmax(x: ExprLike, window: SessionCount) -> Expr:
    """Sessions since the greatest value of the window: 0 is today, ``window - 1`` the oldest; of equal ones the first counts.

    WorldQuant BRAIN's ``ts_arg_max``; the paper of the 101 Formulaic Alphas says only "which day". qlib's ``IdxMax``, which counts
    from the oldest as 1, is ``window - ts.argmax(x, window)``.

    Example: ``ts.argmax(data.close, 20)``
    """
    return apply("ts.argmax", x, window=window)


def median(x: ExprLike, window: SessionCount) -> Expr:
    """Median of the window: the middle value, or the mean of the two in the middle.

    Example: ``data.volume / ts.median(data.volume, 20)``
    """
    return apply("ts.median", x, window=window)


def quantile(x: ExprLike, window: SessionCount, q: float) -> Expr:
    """The ``q`` quantile of the window, ``0 <= q <= 1``, between the two nearest values in proportion (type 7, as pandas).

    Example: ``ts.quantile(features.ret(1), 60, 0.05)``
    """
    return apply("ts.quantile", x, window=window, q=q)


def rank(x: ExprLike, window: SessionCount) -> Expr:
    """Rank of today's value in the window over ``window``: the least is ``1/window``, the greatest 1; ties take their average.

    pandas' ``rolling(window).rank(pct=True)``. WorldQuant's ``ts_rank`` runs from 0 to 1: it is
    ``(window * ts.rank(x, window) - 1) / (window - 1)``.

    Example: ``ts.rank(data.volume, 20)``
    """
    return apply("ts.rank", x, window=window)


def cov(x: ExprLike, y: ExprLike, window: SessionCount) -> Expr:
    """Covariance of ``x`` and ``y`` over the window, ``ddof=1``; ``window >= 2``. A value missing in either is missing in both.

    Example: ``ts.cov(features.ret(1), cs.mean(features.ret(1)), 60)``
    """
    return apply("ts.cov", x, y, window=window)


def corr(x: ExprLike, y: ExprLike, window: SessionCount) -> Expr:
    """Pearson's correlation of ``x`` and ``y`` over the window, -1 to 1; NaN where either deviation is 0; ``window >= 2``.

    Exactly 1 of anything with itself, and the same bits whichever comes first.

    Example: ``ts.corr(data.close, data.volume, 20)``
    """
    return apply("ts.corr", x, y, window=window)


def beta(x: ExprLike, y: ExprLike, window: SessionCount) -> Expr:
    """Slope of the least-squares line of ``x`` on ``y`` over the window: ``cov(x, y) / var(y)``; ``window >= 2``.

    NaN where the variance of ``y`` is 0. The line has an intercept.

    Example: ``ts.beta(features.ret(1), cs.mean(features.ret(1)), 252)``
    """
    return apply("ts.beta", x, y, window=window)


def resid_on(x: ExprLike, y: ExprLike, window: SessionCount) -> Expr:
    """Today's residual of the least-squares line of ``x`` on ``y`` over the window, with intercept; ``window >= 3``.

    ``x[t] - mean(x) - beta * (y[t] - mean(y))``. NaN where the variance of ``y`` is 0. Against time it is :func:`resid`.

    Example: ``ts.resid_on(features.ret(1), cs.mean(features.ret(1)), 252)``
    """
    return apply("ts.resid_on", x, y, window=window)


def slope(x: ExprLike, window: SessionCount) -> Expr:
    """Slope of the least-squares line of ``x`` on time over the window, in the unit of ``x`` a session; ``window >= 2``.

    qlib's ``Slope``. Against another expression it is :func:`beta`.

    Example: ``ts.slope(data.close.log(), 90)``
    """
    return apply("ts.slope", x, window=window)


def rsq(x: ExprLike, window: SessionCount) -> Expr:
    """Share of the variance that the least-squares line of ``x`` on time explains, 0 to 1; NaN where it is 0; ``window >= 3``.

    qlib's ``Rsquare``. Against another expression it is ``ts.corr(x, y, window) ** 2``.

    Example: ``ts.slope(data.close.log(), 90) * ts.rsq(data.close.log(), 90)``
    """
    return apply("ts.rsq", x, window=window)


def resid(x: ExprLike, window: SessionCount) -> Expr:
    """Today's residual of the least-squares line of ``x`` on time over the window, in the unit of ``x``; ``window >= 3``.

    qlib's ``Resi``. Against another expression it is :func:`resid_on`.

    Example: ``ts.resid(data.close.log(), 90)``
    """
    return apply("ts.resid", x, window=window)


def count(x: ExprLike, window: SessionCount) -> Expr:
    """On how many sessions of the window ``x`` has a value: 0 to ``window``; NaN only on the first ``window - 1`` sessions.

    Raises:
        AlphaBenchError: R40 for a condition: whether it is known is not whether it is true.

    Example: ``ts.count(data.close, 20)``
    """
    operand = as_expr(x, "ts.count")
    if operand.kind is Kind.FILTER:
        raise DefinitionError(
            "R40",
            f"ts.count of the condition {operand}: it counts sessions that have a value, not those on which it is true",
            fix="ts.sum(condition, 20) counts those on which it is true; ts.count(data.close, 20) those with a value",
        )
    return apply("ts.count", operand, window=window)


def backfill(x: ExprLike, limit: SessionCount) -> Expr:
    """``x``, and where it is missing its last known value, if that is at most ``limit`` sessions old; else NaN.

    It looks back, never ahead, like pandas' ``ffill(limit=limit)``; the name is WorldQuant's (``ts_backfill``), and pandas' ``bfill``,
    which reads the future, does not exist here. A price that is filled in gives a return of 0, so a stale one looks calm: keep
    ``limit`` small, and prefer it for figures that are published seldom.

    Example: ``ts.backfill(data.shares_outstanding, 60)``
    """
    return apply("ts.backfill", x, limit=limit)


answer_calls(globals(), "ts", __all__)


def __getattr__(name: str) -> NoReturn:
    raise unknown_function("ts", name, __all__)


def __dir__() -> list[str]:
    return sorted(__all__)
