"""Choices by a condition, for every asset and session: ``where`` and ``if_else``."""

from __future__ import annotations

from alpha_bench.expressions import Expr, ExprLike, answer_calls, apply

__all__ = ["if_else", "where"]


def where(x: ExprLike, condition: ExprLike) -> Expr:
    """``x`` where ``condition`` is true, missing where it is false or missing; also written ``x.where(condition)``.

    The shape is that of the panel, (T, N). Where ``x`` is missing the result is missing.

    Raises:
        AlphaBenchError: R09 when ``condition`` is not one.

    Example: ``cs.rank(where(features.ret(20), cs.top(features.adv(20), 500)))`` ranks the 500 most traded names only.
    """
    return apply("where", x, condition)


def if_else(condition: ExprLike, x: ExprLike, y: ExprLike) -> Expr:
    """``x`` where ``condition`` is true and ``y`` where it is false; missing where the condition is.

    The value that is not chosen is not looked at: it may be missing.

    Raises:
        AlphaBenchError: R09 when ``condition`` is not one.
    """
    return apply("if_else", condition, x, y)


answer_calls(globals(), "", __all__)
