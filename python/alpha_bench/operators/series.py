"""Time-series operators: the same asset, the last sessions, today included."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from alpha_bench.operators.params import Param, Value
from alpha_bench.operators.spec import Operator, Reach


def _sessions(name: str) -> Callable[[Mapping[str, Value]], int]:
    return lambda params: int(params[name])


def _before_today(params: Mapping[str, Value]) -> int:
    return int(params["window"]) - 1


def _rolling(name: str, summary: str, least: int = 1) -> Operator:
    return Operator(
        name=name,
        summary=summary,
        reach=Reach.SERIES,
        params=(Param(name="window", kind="sessions", least=least),),
        lookback=_before_today,
    )


def _change(name: str, summary: str) -> Operator:
    return Operator(
        name=name,
        summary=summary,
        reach=Reach.SERIES,
        params=(Param(name="window", kind="sessions", least=1),),
        lookback=_sessions("window"),
    )


SERIES: tuple[Operator, ...] = (
    Operator(
        name="lag",
        summary="x as it was d sessions ago; d >= 0.",
        reach=Reach.SERIES,
        params=(Param(name="d", kind="sessions", least=0),),
        lookback=_sessions("d"),
    ),
    _change("delta", "x[t] - x[t-window]."),
    _change("ret", "x[t] / x[t-window] - 1."),
    _change("log_ret", "log(x[t] / x[t-window])."),
    _rolling("ts.sum", "Sum of the last window sessions, today included."),
    _rolling("ts.mean", "Mean of the last window sessions, today included."),
    _rolling("ts.var", "Variance (ddof=1) of the last window sessions, today included.", least=2),
    _rolling("ts.std", "Standard deviation (ddof=1) of the last window sessions, today included.", least=2),
    _rolling(
        "ts.zscore", "(x - mean) / std (ddof=1) over the last window sessions; NaN where std is 0.", least=2
    ),
    _rolling("ts.min", "Least of the last window sessions, today included."),
    _rolling("ts.max", "Greatest of the last window sessions, today included."),
)
