"""Labels: what a model predicts. The only expressions that look ahead, and each says how far.

``fwd_ret_10d[t] = close[t+delay+10] / close[t+delay] - 1``. ``10d`` is ten sessions of the panel's own calendar. The last
``delay + 10`` sessions are NaN; a missing end price is NaN, never filled forward. Whatever is made from a label is a label, with the
same look-ahead; the splitters drop every training row whose label's prices reach into the test sessions.

    >>> from alpha_bench import labels
    >>> labels.excess(labels.fwd_ret(10))
    cs.demean(fwd_ret(close, horizon=10, delay=0))
    >>> labels.vol_scaled(labels.fwd_ret(10), window=20).lookahead
    10
"""

from __future__ import annotations

from typing import NoReturn

from alpha_bench.errors import DefinitionError, LookAheadError, unknown_name
from alpha_bench.expressions import Expr, ExprLike, answer_calls, apply, field, walk
from alpha_bench.names import VOCABULARY, is_label_name
from alpha_bench.operators import Kind, Scope, SessionCount, operator, sessions_of
from alpha_bench.vocabulary.features import volatility

__all__ = ["excess", "fwd_log_ret", "fwd_ret", "rank", "sign", "triple_barrier", "vol_scaled"]


def fwd_ret(
    horizon: SessionCount,
    delay: SessionCount = 0,
    x: ExprLike | None = None,
    delisting_return: ExprLike | None = None,
) -> Expr:
    """Forward simple return over ``horizon`` sessions, entered ``delay`` sessions after ``t``.

    ``close[t+delay+horizon] / close[t+delay] - 1``, of ``x`` when given. ``fwd_ret_10d`` is ``fwd_ret(10)``. With ``delisting_return`` a
    price that ended on the way is followed by that return, where there was no label: a number for every asset that left more than 21
    sessions before the panel's end, or a field such as ``data.dlret``, known on an asset's last session. The book takes it too.
    """
    if delisting_return is None:
        return apply("fwd_ret", _price(x), horizon=horizon, delay=delay)
    price = _price(x)
    if not isinstance(delisting_return, Expr):
        if not isinstance(price, Expr) or price.op != "field":
            raise DefinitionError(
                "R13",
                f"delisting_return={delisting_return} of {price}, which is no field: nobody knows when its price ended",
                fix="leave x out, or give delisting_return=data.dlret, a field with the return on an asset's last session",
            )
        delisting_return = apply("delisting", name=price.params[0][1], value=delisting_return)
    return apply("fwd_ret_delisted", price, delisting_return, horizon=horizon, delay=delay)


def fwd_log_ret(horizon: SessionCount, delay: SessionCount = 0, x: ExprLike | None = None) -> Expr:
    """Forward log return: ``log(close[t+delay+horizon] / close[t+delay])``, of ``x`` when given."""
    return apply("fwd_log_ret", _price(x), horizon=horizon, delay=delay)


def excess(label: ExprLike, over: ExprLike | None = None) -> Expr:
    """``label`` less its mean over the session's assets (those of the universe), or over the asset's group when ``over`` is one.

    The market is the equal-weighted mean of the label itself. ``excess(fwd_ret_10d, over=data.sector)`` is the return in excess of
    the sector's.
    """
    return apply("cs.demean", _label(label)) if over is None else apply("group.demean", _label(label), over)


def rank(label: ExprLike) -> Expr:
    """Rank of ``label`` over the session's assets, over n: least ``1/n``, greatest 1, ties averaged."""
    return apply("cs.rank", _label(label))


def sign(label: ExprLike) -> Expr:
    """-1.0, 0.0 or 1.0 by the sign of ``label``."""
    return apply("sign", _label(label))


def vol_scaled(label: ExprLike, window: SessionCount = 20) -> Expr:
    """``label`` over the asset's volatility: the standard deviation (ddof=1) of its daily returns in the ``window`` sessions up to
    ``t``, which is known at ``t``. Infinite or missing where that is 0."""
    return _label(label) / volatility(window)


def triple_barrier(
    horizon: SessionCount,
    up: float = 2.0,
    down: float = 2.0,
    *,
    window: SessionCount = 20,
    delay: SessionCount = 0,
    x: ExprLike | None = None,
    scale: ExprLike | None = None,
) -> Expr:
    """1.0 when the price gains ``up`` volatilities before it loses ``down`` of them within ``horizon`` sessions, -1.0 when it loses
    first, 0.0 when neither happens.

    A volatility is the standard deviation (ddof=1) of the daily returns in the ``window`` sessions up to ``t``, or ``scale`` when
    given: 0.05 puts the barriers at fixed returns. The path is that of the closes, ``horizon`` of them after the entry at
    ``t + delay``. Missing where a price on the way is missing, and in the last ``delay + horizon`` sessions.

    Source: López de Prado 2018, *Advances in Financial Machine Learning*, section 3.4; the vertical barrier gives 0.
    """
    width = volatility(window) if scale is None else scale
    return apply("triple_barrier", _price(x), width, horizon=horizon, delay=delay, up=up, down=down)


def _price(x: ExprLike | None) -> ExprLike:
    return field("close") if x is None else x


def _label(given: object) -> Expr:
    if isinstance(given, Expr) and given.kind is Kind.LABEL:
        return given
    shown = str(given) if isinstance(given, Expr) else f"a {type(given).__name__}"
    raise LookAheadError(
        "R13", f"{shown} is not a label", fix="give one, such as fwd_ret_10d or labels.fwd_log_ret(10)"
    )


def label_from_name(name: str) -> Expr:
    """``fwd_ret_10d`` as an expression. Raises AlphaBenchError R11 for a name that is no label's."""
    if not is_label_name(name):
        raise DefinitionError(
            "R11", f"{name!r} is not a label", fix="labels are named fwd_ret_<sessions>d, as fwd_ret_10d"
        )
    return fwd_ret(sessions_of(name.removeprefix("fwd_ret_"), name, least=1))


def horizon_sessions(label: Expr) -> int:
    """The longest horizon of the forward operators in ``label``. Raises AlphaBenchError R13 when it is not a label."""
    return _longest(label)[0]


def delay_sessions(label: Expr) -> int:
    """The delay that goes with :func:`horizon_sessions`: their sum is the label's look-ahead."""
    return _longest(label)[1]


def _longest(label: Expr) -> tuple[int, int]:
    if label.kind is not Kind.LABEL:
        raise LookAheadError(
            "R13", f"{label} is not a label: it is known at t", fix="predict fwd_ret_10d or a change of it"
        )
    forward = (node for node in walk((label,)) if operator(node.op).scope is Scope.FORWARD)
    params = [dict(node.params) for node in forward]
    ends = [(int(p["horizon"]) + int(p["delay"]), int(p["horizon"]), int(p["delay"])) for p in params]
    _, horizon, delay = max(ends)
    return horizon, delay


answer_calls(globals(), "labels", __all__)


def __getattr__(name: str) -> NoReturn:
    raise unknown_name("labels", name, VOCABULARY["labels"])


def __dir__() -> list[str]:
    return sorted(VOCABULARY["labels"])
