"""Rolling operators of two series, and least squares on time."""

from __future__ import annotations

from alpha_bench.operators.rolling import rolling
from alpha_bench.operators.spec import Operator

_CHAN = "co-moments merged as in Chan, Golub and LeVeque (1983)"
_PAIR = ("x", "y")
_MARKET = "features.ret(1), cs.mean(features.ret(1))"

REGRESSIONS: tuple[Operator, ...] = (
    rolling(
        "ts.cov",
        "Covariance (ddof=1) of x and y over the last window sessions, today included.",
        least=2,
        arguments=_PAIR,
        formula="sum((x - mean(x)) (y - mean(y))) / (w - 1)",
        source=f"pandas rolling(w).cov(y); {_CHAN}.",
        example=f"ts.cov({_MARKET}, 60)",
    ),
    rolling(
        "ts.corr",
        "Pearson's correlation of x and y over the last window sessions, today included: -1 to 1.",
        least=2,
        arguments=_PAIR,
        formula="cov(x, y) / (std(x) std(y))",
        also="where either deviation is 0",
        source=f"pandas rolling(w).corr(y); correlation of Kakushadze (2016), 101 Formulaic Alphas; {_CHAN}.",
        example="ts.corr(data.close, data.volume, 20)",
    ),
    rolling(
        "ts.beta",
        "Slope of the least-squares line of x on y over the last window sessions, today included.",
        least=2,
        arguments=_PAIR,
        formula="cov(x, y) / var(y)",
        also="where the variance of y is 0",
        source=f"Fama and MacBeth (1973) for market beta; {_CHAN}.",
        example=f"ts.beta({_MARKET}, 252)",
    ),
    rolling(
        "ts.resid_on",
        "Today's residual of the least-squares line of x on y, with intercept, over the last window sessions.",
        least=3,
        arguments=_PAIR,
        formula="x[t] - mean(x) - beta (y[t] - mean(y))",
        also="where the variance of y is 0",
        source=f"Blitz, Huij and Martens (2011), Residual Momentum; {_CHAN}.",
        example=f"ts.resid_on({_MARKET}, 252)",
    ),
    rolling(
        "ts.slope",
        "Slope a session of the least-squares line of x on time over the last window sessions.",
        least=2,
        formula="cov(x, i) / var(i), i = 0..w-1",
        source="qlib Slope; WorldQuant BRAIN ts_regression on ts_step with rettype 2.",
        example="ts.slope(data.close.log(), 90)",
    ),
    rolling(
        "ts.rsq",
        "Share of the variance that the least-squares line of x on time explains: 0 to 1.",
        least=3,
        formula="corr(x, i)^2, i = 0..w-1",
        also="where the variance is 0",
        source="qlib Rsquare.",
        example="ts.rsq(data.close.log(), 90)",
    ),
    rolling(
        "ts.resid",
        "Today's residual of the least-squares line of x on time over the last window sessions.",
        least=3,
        formula="x[t] - mean(x) - slope (w-1) / 2",
        source="qlib Resi.",
        example="ts.resid(data.close.log(), 90)",
    ),
)
