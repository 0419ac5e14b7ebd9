"""Time-series operators: the same asset, the last sessions, today included."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from alpha_bench.operators.params import Param, Value
from alpha_bench.operators.regressions import REGRESSIONS
from alpha_bench.operators.rolling import rolling
from alpha_bench.operators.spec import Operator, Scope


def _sessions(name: str) -> Callable[[Mapping[str, Value]], int]:
    return lambda params: int(params[name])


def _change(name: str, summary: str, *, formula: str, missing: str, source: str, example: str) -> Operator:
    return Operator(
        name=name,
        summary=summary,
        scope=Scope.SERIES,
        params=(Param(name="window", kind="sessions", least=1),),
        lookback=_sessions("window"),
        formula=formula,
        missing=missing,
        source=source,
        example=example,
    )


_TWO_ENDS = "Missing where x[t] or x[t-w] is, and in the first w sessions; what is between does not matter."

SHIFTS: tuple[Operator, ...] = (
    Operator(
        name="lag",
        summary="x as it was d sessions ago; d >= 0.",
        scope=Scope.SERIES,
        params=(Param(name="d", kind="sessions", least=0),),
        lookback=_sessions("d"),
        lookahead=lambda params: -int(params["d"]),
        formula="x[t-d]",
        missing="Missing where x[t-d] is, and in the first d sessions.",
        source="pandas shift(d); qlib Ref; delay of Kakushadze (2016), 101 Formulaic Alphas.",
        example="ts.lag(data.close, 1)",
    ),
    _change(
        "delta",
        "The change over window sessions.",
        formula="x[t] - x[t-w]",
        missing=_TWO_ENDS,
        source="pandas diff(w); qlib Delta; delta of Kakushadze (2016), 101 Formulaic Alphas.",
        example="ts.delta(data.close, 5)",
    ),
    _change(
        "ret",
        "The simple return over window sessions, as a fraction.",
        formula="x[t] / x[t-w] - 1",
        missing=f"{_TWO_ENDS} Missing where either is not above 0: it is no price.",
        source="pandas pct_change(w, fill_method=None), of prices.",
        example="features.ret(20)",
    ),
    _change(
        "log_ret",
        "The logarithmic return over window sessions.",
        formula="log(x[t] / x[t-w])",
        missing=f"{_TWO_ENDS} Missing where either is not above 0: it is no price.",
        source="Campbell, Lo and MacKinlay (1997), The Econometrics of Financial Markets, 1.4.",
        example="features.log_ret(20)",
    ),
)

MOMENTS: tuple[Operator, ...] = (
    rolling(
        "ts.sum",
        "Sum of the last window sessions, today included.",
        formula="sum(x[t-w+1..t])",
        source="pandas rolling(w).sum(); two stacks of van Herk (1992).",
        example="ts.sum(data.volume, 20)",
    ),
    rolling(
        "ts.product",
        "Product of the last window sessions, today included.",
        formula="x[t-w+1] * .. * x[t]",
        source="product of Kakushadze (2016), 101 Formulaic Alphas; two stacks of van Herk (1992).",
        example="ts.product(1 + features.ret(1), 20) - 1",
    ),
    rolling(
        "ts.mean",
        "Mean of the last window sessions, today included.",
        formula="sum(x[t-w+1..t]) / w",
        source="pandas rolling(w).mean(); merged as in Chan, Golub and LeVeque (1983).",
        example="ts.mean(data.volume, 20)",
    ),
    rolling(
        "ts.ewm",
        "Mean of the last window sessions with weights that halve every halflife sessions, going back.",
        first=(Param(name="halflife", kind="number", between=(0.01, 100_000.0)),),
        formula="sum(0.5^(a/halflife) * x[t-a]) / sum(0.5^(a/halflife)), a = 0..w-1",
        source="pandas ewm(halflife=halflife).mean() of the window alone; RiskMetrics (1996).",
        example="ts.ewm(features.ret(1), halflife=10)",
    ),
    rolling(
        "ts.decay_linear",
        "Mean of the last window sessions with weights w for today, w-1 for yesterday, down to 1.",
        formula="sum((w-a) * x[t-a]) / (w (w+1) / 2), a = 0..w-1",
        source="decay_linear of Kakushadze (2016), 101 Formulaic Alphas; qlib WMA.",
        example="ts.decay_linear(features.ret(1), 10)",
    ),
    rolling(
        "ts.var",
        "Variance (ddof=1) of the last window sessions, today included.",
        least=2,
        formula="sum((x - mean)^2) / (w - 1)",
        source="pandas rolling(w).var(); merged as in Chan, Golub and LeVeque (1983).",
        example="ts.var(features.ret(1), 20)",
    ),
    rolling(
        "ts.std",
        "Standard deviation (ddof=1) of the last window sessions, today included.",
        least=2,
        formula="sqrt(sum((x - mean)^2) / (w - 1))",
        source="pandas rolling(w).std(); WorldQuant's ts_std_dev divides by w instead.",
        example="ts.std(features.ret(1), 20)",
    ),
    rolling(
        "ts.zscore",
        "Today less the mean of the last window sessions, over their standard deviation (ddof=1).",
        least=2,
        formula="(x[t] - mean) / std",
        also="where the deviation is 0",
        source="The standard score over a trailing window; WorldQuant ts_zscore.",
        example="ts.zscore(data.volume, 20)",
    ),
    rolling(
        "ts.skew",
        "Skewness of the last window sessions, bias-corrected.",
        least=3,
        formula="sqrt(w (w-1)) / (w-2) * m3 / m2^1.5, mk = sum((x - mean)^k) / w",
        also="where the variance is 0",
        source="Joanes and Gill (1998), G1; pandas rolling(w).skew(); merged as in Pebay (2008).",
        example="ts.skew(features.ret(1), 60)",
    ),
    rolling(
        "ts.kurt",
        "Excess kurtosis of the last window sessions, bias-corrected: about 0 for normal numbers.",
        least=4,
        formula="(w-1) / ((w-2) (w-3)) * ((w+1) m4 / m2^2 - 3 (w-1)), mk = sum((x - mean)^k) / w",
        also="where the variance is 0",
        source="Joanes and Gill (1998), G2; pandas rolling(w).kurt(); merged as in Pebay (2008).",
        example="ts.kurt(features.ret(1), 60)",
    ),
)

ORDER: tuple[Operator, ...] = (
    rolling(
        "ts.min",
        "Least of the last window sessions, today included.",
        formula="min(x[t-w+1..t])",
        source="pandas rolling(w).min(); ts_min of Kakushadze (2016), 101 Formulaic Alphas.",
        example="ts.min(data.low, 20)",
    ),
    rolling(
        "ts.max",
        "Greatest of the last window sessions, today included.",
        formula="max(x[t-w+1..t])",
        source="pandas rolling(w).max(); ts_max of Kakushadze (2016), 101 Formulaic Alphas.",
        example="ts.max(data.high, 20)",
    ),
    rolling(
        "ts.argmin",
        "Sessions since the least of the last window sessions: 0 is today; of equal ones the first counts.",
        formula="w - 1 - argmin(x[t-w+1..t])",
        source="WorldQuant BRAIN ts_arg_min. qlib's IdxMin is window - ts.argmin(x, window).",
        example="ts.argmin(data.close, 20)",
    ),
    rolling(
        "ts.argmax",
        "Sessions since the greatest of the last window sessions: 0 is today; of equal ones the first counts.",
        formula="w - 1 - argmax(x[t-w+1..t])",
        source="WorldQuant BRAIN ts_arg_max. qlib's IdxMax is window - ts.argmax(x, window).",
        example="ts.argmax(data.close, 20)",
    ),
    rolling(
        "ts.median",
        "Median of the last window sessions, today included.",
        formula="the middle value, or the mean of the two in the middle",
        source="pandas rolling(w).median().",
        example="ts.median(data.volume, 20)",
    ),
    rolling(
        "ts.quantile",
        "The q quantile of the last window sessions, between the two nearest values in proportion.",
        then=(Param(name="q", kind="number", between=(0.0, 1.0)),),
        formula="s[i] + (q (w-1) - i) (s[i+1] - s[i]), s = sorted x[t-w+1..t], i = floor(q (w-1))",
        source="Hyndman and Fan (1996), type 7; pandas rolling(w).quantile(q).",
        example="ts.quantile(features.ret(1), 60, 0.05)",
    ),
    rolling(
        "ts.rank",
        "Rank of today among the last window sessions over window: least 1/w, greatest 1; ties take their average.",
        formula="(number less than x[t] + (number equal to x[t] + 1) / 2) / w",
        source="pandas rolling(w).rank(pct=True). WorldQuant's ts_rank is (w r - 1) / (w - 1) of it.",
        example="ts.rank(data.volume, 20)",
    ),
    Operator(
        name="ts.count",
        summary="How many of the last window sessions have a value, today included.",
        scope=Scope.SERIES,
        params=(Param(name="window", kind="sessions", least=1),),
        lookback=lambda params: int(params["window"]) - 1,
        formula="number of finite values in x[t-w+1..t]",
        missing="Missing values are what is counted out; the result is missing in the first w-1 sessions only.",
        source="pandas rolling(w).count() of complete windows; qlib Count.",
        example="ts.count(data.close, 20)",
    ),
    Operator(
        name="ts.backfill",
        summary="x, or where it is missing its last known value, at most limit sessions old.",
        scope=Scope.SERIES,
        params=(Param(name="limit", kind="sessions", least=1),),
        lookback=_sessions("limit"),
        formula="x[t-a] with the least a in 0..limit for which x[t-a] is known",
        missing="Missing where none of today and the limit sessions before is known.",
        source="WorldQuant BRAIN ts_backfill; pandas ffill(limit=limit). Never filled from the future.",
        example="ts.backfill(data.close, 5)",
    ),
)

SERIES: tuple[Operator, ...] = (*SHIFTS, *MOMENTS, *ORDER, *REGRESSIONS)
