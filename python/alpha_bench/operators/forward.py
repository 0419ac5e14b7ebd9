"""Labels: the only operators that look ahead."""

from __future__ import annotations

from collections.abc import Mapping

from alpha_bench.operators.params import Param, Value
from alpha_bench.operators.spec import Kind, Operator, Scope

_HORIZON = Param(name="horizon", kind="sessions", least=1)
_DELAY = Param(name="delay", kind="sessions", least=0, default=0)
_NEVER_FILLED = "missing where a price at either end is missing or not above 0, nothing being filled, and in the last horizon + delay sessions"


def _forward(params: Mapping[str, Value]) -> int:
    return int(params["horizon"]) + int(params["delay"])


LABELS: tuple[Operator, ...] = (
    Operator(
        name="fwd_ret",
        summary="x[t+delay+horizon] / x[t+delay] - 1: known only horizon + delay sessions later; never filled.",
        scope=Scope.FORWARD,
        params=(_HORIZON, _DELAY),
        result_kind=Kind.LABEL,
        lookahead=_forward,
        formula="x[t+delay+horizon] / x[t+delay] - 1",
        missing=_NEVER_FILLED,
        source="simple return over a holding period: Campbell, Lo and MacKinlay 1997, eq. 1.4.1",
        example="labels.fwd_ret(10)",
    ),
    Operator(
        name="fwd_ret_delisted",
        summary="fwd_ret, and where the price ended on the way the return to the last price and then the delisting return.",
        scope=Scope.FORWARD,
        arguments=("x", "delisting"),
        params=(_HORIZON, _DELAY),
        result_kind=Kind.LABEL,
        lookahead=_forward,
        formula="x[t+delay+horizon] / x[t+delay] - 1; where that price is missing, x[s] * (1 + delisting[s]) / x[t+delay] - 1 at the last "
        "known session s on the way",
        missing="missing where the entry is missing or not above 0, where the end is and no delisting return is known at s, and in the last "
        "horizon + delay sessions",
        source="Shumway (1997), The Delisting Bias in CRSP Data: the delisting return completes the holding period's",
        example="labels.fwd_ret(10, delisting_return=-0.3)",
    ),
    Operator(
        name="fwd_log_ret",
        summary="log(x[t+delay+horizon] / x[t+delay]): known only horizon + delay sessions later; never filled.",
        scope=Scope.FORWARD,
        params=(_HORIZON, _DELAY),
        result_kind=Kind.LABEL,
        lookahead=_forward,
        formula="log(x[t+delay+horizon] / x[t+delay])",
        missing=_NEVER_FILLED,
        source="continuously compounded return: Campbell, Lo and MacKinlay 1997, eq. 1.4.3",
        example="labels.fwd_log_ret(10)",
    ),
    Operator(
        name="triple_barrier",
        summary="1.0 when x gains `up` scales before it loses `down` scales within the horizon, -1.0 when it loses first, "
        "0.0 when neither is reached.",
        scope=Scope.FORWARD,
        arguments=("x", "scale"),
        params=(
            _HORIZON,
            _DELAY,
            Param(name="up", kind="number", default=2.0, between=(1e-6, 1e6)),
            Param(name="down", kind="number", default=2.0, between=(1e-6, 1e6)),
        ),
        result_kind=Kind.LABEL,
        lookahead=_forward,
        formula="sign of the first r[s] = x[t+delay+s] / x[t+delay] - 1, s = 1..horizon, that is outside "
        "(-down * scale[t], up * scale[t]); 0 when there is none",
        missing="missing where scale[t], the entry price or any price up to the first touch is missing or not above 0, and in the last "
        "horizon + delay sessions, also where a barrier is touched before the panel ends",
        source="López de Prado 2018, Advances in Financial Machine Learning, section 3.4; the vertical barrier gives 0",
        example="labels.triple_barrier(10, up=2, down=2)",
    ),
)
