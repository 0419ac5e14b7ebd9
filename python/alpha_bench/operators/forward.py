"""Labels: the only operators that look ahead."""

from __future__ import annotations

from collections.abc import Mapping

from alpha_bench.operators.params import Param, Value
from alpha_bench.operators.spec import Kind, Operator, Reach


def _forward(params: Mapping[str, Value]) -> int:
    return int(params["horizon"]) + int(params["delay"])


LABELS: tuple[Operator, ...] = (
    Operator(
        name="fwd_ret",
        summary="x[t+delay+horizon] / x[t+delay] - 1: known only horizon + delay sessions later; never filled.",
        reach=Reach.FORWARD,
        params=(
            Param(name="horizon", kind="sessions", least=1),
            Param(name="delay", kind="sessions", least=0, default=0),
        ),
        gives=Kind.LABEL,
        lookahead=_forward,
    ),
)
