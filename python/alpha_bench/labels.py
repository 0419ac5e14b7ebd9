"""Labels: what a model predicts. The only expressions that look ahead.

``fwd_ret_10d[t] = close[t+delay+10] / close[t+delay] - 1``. ``10d`` is ten sessions of the panel's own calendar. The last
``delay + 10`` sessions are NaN; a missing end price is NaN, never filled forward.
"""

from __future__ import annotations

from alpha_bench.errors import AlphaBenchError
from alpha_bench.expr import Expr, apply, field, walk
from alpha_bench.names import is_label_name
from alpha_bench.operators import Kind, sessions_of


def fwd_ret(horizon: object, delay: object = 0, x: object = None) -> Expr:
    """Forward simple return of ``close`` (or ``x``) over ``horizon`` sessions, entered ``delay`` sessions after ``t``."""
    return apply("fwd_ret", field("close") if x is None else x, horizon=horizon, delay=delay)


def label_from_name(name: str) -> Expr:
    """``fwd_ret_10d`` as an expression. Raises AlphaBenchError R11 for a name that is no label's."""
    if not is_label_name(name):
        raise AlphaBenchError(
            "R11", f"{name!r} is not a label", fix="labels are named fwd_ret_<sessions>d, as fwd_ret_10d"
        )
    return fwd_ret(sessions_of(name.removeprefix("fwd_ret_"), name, least=1))


def horizon_sessions(label: Expr) -> int:
    """The longest horizon of the forward returns in ``label``. Raises AlphaBenchError R13 when it is not a label."""
    return _longest(label)[0]


def delay_sessions(label: Expr) -> int:
    """The delay that goes with :func:`horizon_sessions`: their sum is the label's look-ahead."""
    return _longest(label)[1]


def _longest(label: Expr) -> tuple[int, int]:
    if label.kind is not Kind.LABEL:
        raise AlphaBenchError(
            "R13", f"{label} is not a label: it is known at t", fix="predict fwd_ret_10d or a change of it"
        )
    params = [dict(node.params) for node in walk((label,)) if node.op == "fwd_ret"]
    ends = [(int(p["horizon"]) + int(p["delay"]), int(p["horizon"]), int(p["delay"])) for p in params]
    _, horizon, delay = max(ends)
    return horizon, delay
